"""``qazcube train``: from a settings file to a stored run, without a browser."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from analysis.commands.common import (
    INTERRUPTED,
    echo_table,
    plainly,
    progress_bar,
    terminal_language,
)
from analysis.commands.common import translate as _

if TYPE_CHECKING:
    from analysis.seismic.forecasting import Run, Settings

_SCORES: Final = ("area_skill", "information_gain", "brier_skill", "roc_auc")
_BAR: Final = "{desc}: {percentage:3.0f}%|{bar}| {elapsed}<{remaining}{postfix}"


@plainly
def train(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="SETTINGS.yml", help=_("Settings; without it those by default.")),
    ] = None,
    region: Annotated[
        str,
        typer.Option(help=_("Without settings: name of a region, or west,south,east,north.")),
    ] = "kazakhstan_central_asia",
    events: Annotated[
        str,
        typer.Option(help=_("Without settings: source of events, database, or a file.")),
    ] = "events_gcmt",
    show: Annotated[
        bool, typer.Option("--show", help=_("Only write the settings out, to be changed."))
    ] = False,
    own: Annotated[
        list[str] | None,
        typer.Option(help=_("Your forecasts, NAME=FILE.csv of time, cell, probability; compared.")),
    ] = None,
) -> None:
    """Train models, compare them with baselines, store them."""
    from analysis.seismic.forecasting import Settings

    chosen = Settings.from_yaml(file) if file is not None else _defaults(region, events)
    if show:
        typer.echo(chosen.to_yaml(), nl=False)
        return
    begun = time.monotonic()
    done = _work(chosen, _own(own or []))
    _tell(done, time.monotonic() - begun)


def _defaults(region: str, events: str) -> Settings:
    """Return the settings that suit events and a region."""
    from analysis.commands.events import parse_region
    from analysis.seismic.forecasting import defaults_for, read_record

    return defaults_for(read_record(events).events, parse_region(region), source=events)


def _own(texts: list[str]) -> dict[str, str]:
    """Return the files given as NAME=FILE."""
    found = {}
    for text in texts:
        name, sign, path = text.partition("=")
        if not (name and sign and path):
            message = _("--own is {text}; give NAME=FILE, for example mine=forecast.csv.")
            raise ValueError(message.format(text=repr(text)))
        found[name] = path
    return found


def _work(chosen: Settings, own: dict[str, str]) -> Run:
    """Run with a bar; Ctrl-C keeps what is finished."""
    from analysis.seismic.forecasting import iterate

    bar = progress_bar(_("Forecast"), 1, bar_format=_BAR)
    words = {
        "rows": _("Choosing the rows"),
        "test": _("Choosing the rows of the test part"),
        "writing": _("Writing the tables"),
        "baselines": _("Scoring the baselines"),
    }

    def step(done: int, total: int, text: str) -> None:
        bar.total = total
        bar.set_postfix_str(words.get(text, text), refresh=False)
        bar.update(done - bar.n)

    try:
        with contextlib.closing(bar):
            return list(iterate(chosen, step, predictions=own or None))[-1]
    except KeyboardInterrupt:
        text = _("Stopped; what is finished is kept. To continue, give the same command again.")
        typer.echo(text, err=True)
        raise typer.Exit(INTERRUPTED) from None


def _tell(done: Run, seconds: float) -> None:
    """Print the statement, the scores of models beside their baselines, and where all lies."""
    from analysis.notes import in_language
    from analysis.seismic.forecasting import statement
    from analysis.seismic.forecasting.statement import leaky_statement
    from analysis.seismic.forecasting.store import run_folder

    typer.echo(statement(terminal_language()))
    if done.settings.leaky:
        typer.secho(leaky_statement(terminal_language()), fg="red")
    if done.prepared.simulated:
        typer.secho(_("Simulated data: some of the values are no observation."), fg="yellow")
    comparison = done.comparison
    text = _("Base rate: {share} % of the cells and windows of the train part have an event.")
    typer.echo(text.format(share=f"{100 * done.prepared.base_rate:.4f}"))
    text = _("Judged: {rows} cells and windows, {count} of them with an event ({share} %).")
    count, size = int(comparison.outcome.sum()), len(comparison.outcome)
    share = f"{100 * count / max(size, 1):.4f}"
    typer.echo(text.format(rows=size, count=count, share=share))
    typer.echo()
    against = comparison.against
    rows = [[_("name"), _("kind"), _("average precision (95 %)")]]
    rows[0] += [_("more than {name} (95 %)").format(name=against)] if against else []
    rows[0] += [_("Area skill"), _("Information gain per event, nats"), _("Brier skill")]
    rows[0] += [_("ROC-AUC")]
    for row in comparison.scores.reset_index().to_dict("records"):
        line = [row["name"], _kind(row["kind"]), _between(row)]
        if against:
            pair = row["name"], against
            known = pair in comparison.differences.index
            line.append(_between(comparison.differences.loc[pair]) if known else "–")
        rows.append([*line, *(_number(row[one]) for one in _SCORES)])
    echo_table(rows)
    typer.echo()
    for name, reason in comparison.failures.items():
        said = in_language(reason, terminal_language())
        typer.secho(_("{name} gave no forecast: {reason}").format(name=name, reason=said),
                    fg="yellow")  # fmt: skip
    for note in dict.fromkeys([*done.prepared.notes, *comparison.notes]):
        typer.echo(f"- {in_language(note, terminal_language())}")
    if done.finished:
        text = _("Stored as {name} in {folder}, {seconds} s. For a map: qazcube forecast {name}")
        folder = run_folder(done.name)
        typer.echo(text.format(name=done.name, folder=folder, seconds=f"{seconds:.0f}"))
    else:
        typer.echo(_("Compared with your forecasts; nothing was stored."))


def _between(row: Any) -> str:
    """Return an average precision and its interval, where there is one."""
    value, low, high = (row[f"average_precision{end}"] for end in ("", "_low", "_high"))
    known = low == low and high == high
    return f"{_number(value)} ({low:.4f} … {high:.4f})" if known else _number(value)


def _kind(kind: str) -> str:
    return {"model": _("model"), "baseline": _("baseline"), "own": _("own")}[kind]


def _number(value: Any) -> str:
    return f"{value:.4f}" if value == value else "–"
