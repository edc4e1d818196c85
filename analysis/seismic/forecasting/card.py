"""The model card: data, settings, scores, versions and what a reader must know."""

from __future__ import annotations

import importlib.metadata
import platform
from typing import Any, Final

import numpy as np
import pandas as pd

from analysis.language import LANGUAGES
from analysis.learning import Comparison
from analysis.seismic.forecasting.choices import CATALOGUE, STATIC, Settings
from analysis.seismic.forecasting.grids import RELIEF, publication_delay
from analysis.seismic.forecasting.preparing import VERSION, Prepared
from analysis.seismic.forecasting.statement import leaky_statement, statement
from analysis.sources import entry

PACKAGES: Final = ("qazcube", "numpy", "pandas", "scipy", "scikit-learn", "xgboost-cpu", "torch")
_SHOWN: Final = (
    "average_precision",
    "area_skill",
    "information_gain",
    "brier_skill",
    "precision",
    "recall",
    "f1",
    "roc_auc",
    "accuracy",
    "always_no",
    "mean_forecast",
    "observed_rate",
)


def make_card(
    name: str, settings: Settings, prepared: Prepared, comparison: Comparison
) -> dict[str, Any]:
    """Return the model card of a run, as JSON can hold it.

    Parameters
    ----------
    name
        Of the run.
    settings, prepared, comparison
        The run.

    Returns
    -------
    dict
        Everything a reader needs to judge and repeat it.
    """
    parts = prepared.split.describe(prepared.table)
    outcome = comparison.outcome
    return {
        "format": VERSION,
        "name": name,
        "title": settings.title or name,
        "made": f"{pd.Timestamp.now('UTC'):%Y-%m-%dT%H:%M:%S.%fZ}",
        "key": settings.key(),
        "statement": {language: statement(language) for language in LANGUAGES},
        "leaky": {one: leaky_statement(one) for one in LANGUAGES} if settings.leaky else {},
        "simulated": prepared.simulated,
        "settings": settings.to_mapping(),
        "events": dict(prepared.record.about),
        "grids": [_grid(source, settings) for source in settings.features if source != CATALOGUE],
        "target": prepared.attrs["target"],
        "base_rate": prepared.base_rate,
        "test_rate": float(outcome.mean()),
        "rows": {
            "learnt": len(prepared.table),
            "judged": len(outcome),
            "positives": int(outcome.sum()),
        },
        "parts": _records(parts.rename_axis("part").reset_index()),
        "features": prepared.attrs["features"],
        "models": list(comparison.fitted),
        "threshold": comparison.threshold,
        "judging": {
            "reference": comparison.grid.reference_name,
            "windows": comparison.grid.windows,
            "block": comparison.grid.block,
        },
        "scores": _records(comparison.scores.reset_index()),
        "differences": _records(comparison.differences.reset_index()),
        "failures": dict(comparison.failures),
        "seconds": dict(comparison.seconds),
        "notes": list(dict.fromkeys([*prepared.notes, *comparison.notes])),
        "versions": {"python": platform.python_version(), **_versions()},
    }


def card_text(card: dict[str, Any]) -> str:
    """Return a model card for reading, in Markdown.

    Parameters
    ----------
    card
        As `make_card` gives it.

    Returns
    -------
    str
        The statement comes first, in three languages; every model stands beside the baselines.
    """
    events, how = card["events"], card["judging"]
    stated = card["settings"].get("threshold") is not None
    chosen = "as the settings say" if stated else "the best F1 of the validation part"
    lines = [f"# {card['title']}", ""]
    lines += [f"> {text}\n" for text in card["statement"].values()]
    lines += [f"**{text}**\n" for text in card["leaky"].values()]
    if card["simulated"]:
        lines += ["**Simulated data:** some values are no observation; see below.", ""]
    rate, seen = (f"{100 * card[one]:.4f} %" for one in ("base_rate", "test_rate"))
    lines += [
        f"- Made {card['made']}, stored as `{card['name']}`",
        f"- Target: {card['target']}; base rate {rate} of cells and windows (train part)",
        f"- Rows: {card['rows']['learnt']} learnt from, {card['rows']['judged']} judged, "
        f"{card['rows']['positives']} of them with events ({seen})",
        "",
        "## Data",
        "",
        f"- Events: {events['title']} (`{events['name']}`), {events['count']} from "
        f"{events['first']} to {events['last']}, {events['left_out']} left out; licence "
        f"{events['licence']}. {events['citation']}"
        + (" **Simulated.**" if events["simulated"] else ""),
    ]
    for one in card["grids"]:
        mark = " **Simulated.**" if one["simulated"] else ""
        lines.append(
            f"- {one['title']} (`{one['name']}`), known {one['delay']} after each step; licence "
            f"{one['licence']}. {one['citation']}{mark}"
        )
    lines += ["", "## Parts", "", *_table(card["parts"], list(card["parts"][0]))]
    lines += [
        "",
        "## Scores on the test part",
        "",
        f"95 % intervals from drawing blocks of {how['block']} consecutive windows again, of "
        f"{how['windows']}. Information gain in nats per event over `{how['reference']}`. "
        f"Precision, recall, F1 and accuracy of alarms from a probability of "
        f"{card['threshold']:.4g} on, {chosen}.",
        "",
    ]
    lines += _table([_shown(one) for one in card["scores"]], ["name", "kind", *_SHOWN])
    if card["failures"]:
        lines += ["", "## Without a forecast", ""]
        lines += [f"- {name}: {reason}" for name, reason in card["failures"].items()]
    lines += ["", "## Notes", "", *(f"- {note}" for note in card["notes"])]
    lines += ["", "## Features", ""]
    rows = [
        {
            "name": name,
            "group": one["group"],
            "units": one["units"],
            "known": one["known"],
            "simulated": "yes" if one["simulated"] else "",
        }
        for name, one in card["features"].items()
    ]
    lines += _table(rows, ["name", "group", "units", "known", "simulated"])
    lines += ["", "## Versions", ""]
    lines += [f"- {name} {version}" for name, version in card["versions"].items()]
    return "\n".join(lines) + "\n"


def _grid(source: str, settings: Settings) -> dict[str, Any]:
    about = entry(RELIEF if source == STATIC else source)
    return {
        "name": about.name,
        "title": about.title["en"],
        "licence": about.licence,
        "citation": about.citation,
        "simulated": about.simulated,
        "delay": "0D" if source == STATIC else publication_delay(source, settings),
    }


def _versions() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # an extra that is not installed
    return found


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table with values that JSON knows: what is missing is None."""
    return [
        {str(name): _plain(value) for name, value in row.items()}
        for row in table.to_dict("records")
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None if np.isnan(value) else str(value)
    return value


def _shown(row: dict[str, Any]) -> dict[str, str]:
    found = {"name": str(row["name"]), "kind": str(row["kind"])}
    for name in _SHOWN:
        low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
        text = _number(row.get(name))
        found[name] = text if low is None else f"{text} ({_number(low)} to {_number(high)})"
    return found


def _number(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, int | float) else str(value or "–")


def _table(rows: list[dict[str, Any]], names: list[str]) -> list[str]:
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    for row in rows:
        cells = (str(row.get(name, "")).replace("|", "/") for name in names)
        lines.append("| " + " | ".join(cells) + " |")
    return lines
