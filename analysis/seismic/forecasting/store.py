"""Runs on disk: settings, model card, fits, forecasts, one folder each."""

from __future__ import annotations

import contextlib
import json
import logging
import shutil
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from analysis import settings as product
from analysis.sealed import UnsealedError, read_sealed, trust, write_sealed
from analysis.seismic.forecasting.card import card_text
from analysis.seismic.forecasting.choicechecks import RANDOM
from analysis.seismic.forecasting.choices import Settings
from analysis.seismic.forecasting.fits import DAMAGED
from analysis.seismic.forecasting.preparing import VERSION
from analysis.spelling import did_you_mean

CARD: Final = "card.json"
SETTLED = 60.0
"""Seconds after which nobody is still replacing a run."""

LONGEST: Final = 100
"""Characters of a name."""
_NEEDED: Final = frozenset(
    ("key", "title", "made", "settings", "events", "scores", "models", "base_rate", "simulated")
)
log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Stored:
    """A run as it lies on disk.

    Attributes
    ----------
    name
        Its folder.
    settings
        The choices.
    card
        The model card.
    attrs
        What is to be known of its features.
    comparison
        Scores, forecasts and fits; None for one that was not asked for them.
    """

    name: str
    settings: Settings
    card: dict[str, Any]
    attrs: dict[str, Any]
    comparison: Any = None

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return run_folder(self.name)

    @classmethod
    def load(cls, name: str, *, comparison: bool = True) -> Stored:
        """Return a stored run.

        Parameters
        ----------
        name
            Its name.
        comparison
            Whether to read scores and forecasts too.

        Returns
        -------
        Stored
            The run.

        Raises
        ------
        ValueError
            There is no such run, and the message proposes one; or it is damaged.
        UnsealedError
            This installation did not write it.
        """
        folder = run_folder(name)
        if not (folder / CARD).is_file():
            _restore()
        if not (folder / CARD).is_file():
            known = list_runs()["name"].tolist()
            hint = (
                did_you_mean(name, known) if known else "None is stored: qazcube train makes one."
            )
            raise ValueError(f"There is no stored run {name!r}. {hint}")
        card = _read_card(folder / CARD)
        if card is None:
            raise ValueError(f"The card of the run {name!r} is damaged; train it anew.")
        if card["format"] != VERSION:
            raise ValueError(f"The run {name!r} was stored by another version; train it anew.")
        settings = Settings.from_yaml(folder / "settings.yml")
        attrs = json.loads((folder / "features.json").read_text(encoding="utf-8"))
        found = _read_object(folder / "comparison.joblib", name) if comparison else None
        return cls(name, settings, card, attrs, found)

    def fits(self) -> dict[str, Any]:
        """Return the fitted models by name."""
        folder = self.folder / "fits"
        names = self.card["models"]
        return {one: _read_object(folder / f"{one}.joblib", self.name) for one in names}


def models_folder() -> Path:
    """Return the folder of all stored runs."""
    return product.cache_dir() / "models"


def run_folder(name: str) -> Path:
    """Return the folder of a run, whether or not it is there.

    Parameters
    ----------
    name
        Letters, digits, hyphens, underscores; at most 100.

    Returns
    -------
    pathlib.Path
        In ``data_cache/models``.

    Raises
    ------
    ValueError
        The name is impossible.
    """
    if not name.replace("-", "").replace("_", "").isalnum():
        raise ValueError(f"The name is {name!r}; use letters, digits, hyphens and underscores.")
    if len(name) > LONGEST:
        raise ValueError(f"The name has {len(name)} characters; at most {LONGEST}.")
    return models_folder() / name


def run_name(settings: Settings) -> str:
    """Return the name under which a run is stored: its own, or one made from the settings.

    Examples
    --------
    >>> run_name(Settings(name="mine"))
    'mine'
    >>> run_name(Settings(region="japan", magnitude=5.5)).startswith("japan-m55-")
    True
    """
    if settings.name:
        return settings.name
    region = settings.region if isinstance(settings.region, str) else "own"
    plain = "".join(one if one.isalnum() or one in "-_" else "-" for one in region)
    mark = f"{RANDOM}-" if settings.leaky else ""
    return f"{plain}-m{round(10 * settings.magnitude)}-{mark}{settings.key()[:8]}"


def find_run(settings: Settings) -> dict[str, Any] | None:
    """Return the card of the stored run of equal settings, None where there is none."""
    path = run_folder(run_name(settings)) / CARD
    if not path.is_file():
        return None
    card = _read_card(path)
    fits = card is not None and card["format"] == VERSION and card["key"] == settings.key()
    return card if fits else None


def refuse_other(settings: Settings) -> None:
    """Refuse a name that a stored run of other settings has: it would be lost.

    Parameters
    ----------
    settings
        Of what is about to be trained.

    Raises
    ------
    ValueError
        Such a run is stored, and can be read.
    """
    folder = run_folder(run_name(settings))
    card = _read_card(folder / CARD) if (folder / CARD).is_file() else None
    if card is not None and card["format"] == VERSION and card["key"] != settings.key():
        raise ValueError(
            f"There is a stored run {folder.name!r} of other settings. Give another name, or "
            f"delete {folder}."
        )


def _restore() -> None:
    """Bring back a run whose replacement was killed between its two renames."""
    for old in models_folder().glob(".*.old.*"):
        folder = old.with_name(old.name[1:].rpartition(".old.")[0])
        with contextlib.suppress(OSError):  # somebody else was quicker
            if not folder.exists() and time.time() - old.stat().st_ctime > SETTLED:
                old.rename(folder)


def store_run(one: Stored) -> Path:
    """Write a run; it appears in one step, and replaces one of its name.

    Parameters
    ----------
    one
        The run, with its comparison.

    Returns
    -------
    pathlib.Path
        Its folder: ``card.json``, ``card.md``, ``settings.yml``, ``features.json``,
        ``scores.csv``, ``comparison.joblib``, ``fits/``.

    Raises
    ------
    OSError
        It cannot be written; what was there stays.
    """
    folder = one.folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = folder.with_name(f".{one.name}.{uuid.uuid4().hex[:8]}")
    old = folder.with_name(f".{one.name}.old.{uuid.uuid4().hex[:8]}")
    try:
        (beside / "fits").mkdir(parents=True)
        for name, fitted in one.comparison.fitted.items():
            write_sealed(fitted, beside / "fits" / f"{name}.joblib")
        write_sealed(one.comparison, beside / "comparison.joblib")
        one.comparison.scores.to_csv(beside / "scores.csv")
        _write(beside / "settings.yml", one.settings.to_yaml())
        _write(beside / "features.json", json.dumps(one.attrs, ensure_ascii=False, default=str))
        _write(beside / "card.md", card_text(one.card))
        _write(beside / CARD, json.dumps(one.card, ensure_ascii=False, indent=1, default=str))
        if folder.exists():
            folder.rename(old)
        try:
            beside.rename(folder)
        except OSError:
            if old.exists() and not folder.exists():
                old.rename(folder)
            raise
    finally:
        for left in (beside, old):
            shutil.rmtree(left, ignore_errors=True)
    return folder


def list_runs() -> pd.DataFrame:
    """Return the stored runs, the latest first.

    Returns
    -------
    pandas.DataFrame
        Columns ``name``, ``title``, ``made``, ``region``, ``magnitude``, ``resolution``, ``best``
        (name of the best average precision), ``average_precision``, ``baseline`` (the average
        precision of smoothed seismicity), ``base_rate``, ``simulated``, ``leaky`` (split at random,
        for teaching: its scores are no measure). One with a damaged card is
        left out, which the log tells.
    """
    _restore()
    rows = []
    for path in sorted(models_folder().glob(f"[!.]*/{CARD}")):
        card = _read_card(path)
        if card is None or card["format"] != VERSION:
            continue
        best = card["scores"][0]
        smoothed = [one for one in card["scores"] if one["name"] == "rate_smoothed"]
        rows.append(
            {
                "name": path.parent.name,
                "title": card["title"],
                "made": card["made"],
                "region": card["settings"]["region"],
                "magnitude": card["settings"]["magnitude"],
                "resolution": card["settings"]["resolution"],
                "best": best["name"],
                "average_precision": best["average_precision"],
                "baseline": smoothed[0]["average_precision"] if smoothed else float("nan"),
                "base_rate": card["base_rate"],
                "simulated": card["simulated"],
                "leaky": bool(card.get("leaky")),
            }
        )
    columns = ["name", "title", "made", "region", "magnitude", "resolution", "best"]
    columns += ["average_precision", "baseline", "base_rate", "simulated", "leaky"]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values("made", ascending=False).reset_index(drop=True)


def remove_run(name: str) -> None:
    """Remove a stored run, and its layer of the explorer.

    Parameters
    ----------
    name
        Its name.

    Raises
    ------
    ValueError
        There is no such run.
    """
    from analysis.seismic.forecasting.layers import remove_layer

    folder = run_folder(name)
    if not (folder / CARD).is_file():
        Stored.load(name, comparison=False)  # says which there are
    remove_layer(name)
    shutil.rmtree(folder)


def trust_run(name: str) -> int:
    """Take a run of another installation as if it had been trained here.

    Parameters
    ----------
    name
        Its name.

    Returns
    -------
    int
        Files that are read from now on. They can run any code: who made them is trusted.

    Raises
    ------
    ValueError
        There is no such run.
    """
    folder = Stored.load(name, comparison=False).folder
    files = sorted(folder.rglob("*.joblib"))
    for path in files:
        trust(path)
    return len(files)


def _read_card(path: Path) -> dict[str, Any] | None:
    """Return a model card; None, told in the log, where it is damaged."""
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        log.warning("The model card %s cannot be read: %s", path, error)
        return None
    current = isinstance(card, dict) and "format" in card
    if not current or (card["format"] == VERSION and not _NEEDED.issubset(card)):
        log.warning("The model card %s lacks something.", path)
        return None
    return card


def _read_object(path: Path, name: str) -> Any:
    """Return an object of a run, if this installation wrote it."""
    try:
        return read_sealed(path)
    except UnsealedError as error:
        raise UnsealedError(
            f"{error} Train the run {name!r} anew from its settings.yml; or, if you trust whoever "
            f"made it as you trust his programs: qazcube forecast {name} --trust"
        ) from error
    except DAMAGED as error:
        raise ValueError(
            f"The file {path} of the run {name!r} is damaged: train it anew."
        ) from error


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
