"""Tables to learn from and to be judged by, from settings: made once, then found."""

from __future__ import annotations

import hashlib
import json
import shutil
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from analysis import settings as product
from analysis.cells.lattice import Lattice
from analysis.learning.splits import Split, temporal_split
from analysis.seismic.forecasting.choices import Settings
from analysis.seismic.forecasting.grids import check_groups, grids_digest
from analysis.seismic.forecasting.rates import count_events, target_events
from analysis.seismic.forecasting.records import Record, read_record
from analysis.seismic.forecasting.relations import check_relations
from analysis.seismic.forecasting.rows import feature_tables

Progress = Callable[[int, int, str], None]
Cancel = Callable[[], bool]
VERSION: Final = 2
"""Of the tables in the cache: another number, and they are made anew."""


class Cancelled(RuntimeError):  # noqa: N818 - what happened, no fault
    """The work was stopped by whoever asked for it; what is finished stays in the cache."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """Tables of a forecast.

    Attributes
    ----------
    settings
        The choices.
    table
        Rows to learn from: all positives, all rows with history, a sample of the empty ones.
    evaluation
        All cells of all windows of the test part, in order of time; in addition ``events``, the
        number of events of the target in the window.
    split
        Parts of `table`.
    lattice
        Cells.
    events
        Events of the target in the cells and the windows, ascending in time.
    record
        All events, and where they come from.
    notes
        What a reader must know.
    simulated
        Whether any feature or event is simulated.
    """

    settings: Settings
    table: pd.DataFrame
    evaluation: pd.DataFrame
    split: Split
    lattice: Lattice
    events: pd.DataFrame
    record: Record
    notes: tuple[str, ...]
    simulated: bool


def prepare(
    settings: Settings, progress: Progress | None = None, cancel: Cancel | None = None
) -> Prepared:
    """Make the tables of a forecast, or find them.

    Parameters
    ----------
    settings
        The choices.
    progress
        Told ``(done, total, text)``.
    cancel
        Asked now and then; True stops the work.

    Returns
    -------
    Prepared
        Tables, kept in the cache under what they depend on: settings and content of the events.

    Raises
    ------
    ValueError
        Settings and data do not fit: a target below the completeness, a period without events, an
        unknown group of features.
    Cancelled
        `cancel` said so.
    """
    record = read_record(settings.events)
    _check(settings, record)
    check_groups(settings)
    check_relations(settings)
    lattice, issue = settings.lattice, settings.issue_times
    parts = split_times(settings)
    folder = _folder(settings, record)
    tables = _read(folder)
    if tables is None:
        work = _Work(progress or _silent, cancel or _never, len(settings.baselines) + 4)
        counts = count_events(record.events, settings, lattice, issue)
        test = issue[issue >= parts["test"]]
        tables = feature_tables(record, settings, lattice, issue, test, counts, work.step)
        work.step("writing")
        _write(folder, tables)
    table, evaluation = tables
    if cancel is not None:
        _stop(cancel)
    split = temporal_split(table, dates=(parts["validation"], parts["test"]), gap=settings.gap)
    kept = target_events(record.events, settings)
    window = (kept["time"] >= issue[0]) & (
        kept["time"] < issue[-1] + pd.Timedelta(settings.horizon)
    )
    inside = lattice.index(kept["longitude"].to_numpy(), kept["latitude"].to_numpy()) >= 0
    events = kept[window & inside].reset_index(drop=True)
    simulated = bool(record.about["simulated"]) or any(
        one["simulated"] for one in table.attrs["features"].values()
    )
    notes = (*table.attrs["notes"], *split.notes)
    return Prepared(settings, table, evaluation, split, lattice, events, record, notes, simulated)


def split_times(settings: Settings) -> dict[str, pd.Timestamp]:
    """Return the first issue times of the validation and of the test part.

    Parameters
    ----------
    settings
        Split, gap, period and horizon.

    Returns
    -------
    dict
        "validation" and "test".

    Raises
    ------
    ValueError
        As for `temporal_split`.

    Examples
    --------
    >>> found = split_times(Settings(split=("2010-01-01", "2014-01-01")))
    >>> found["test"] >= pd.Timestamp("2014-01-01") > found["validation"]
    True
    """
    times, chosen = settings.issue_times, settings.split
    options: dict[str, Any] = {"gap": settings.gap, "horizon": settings.horizon}
    if len(chosen) == 2:
        options["dates"] = chosen
    elif chosen:
        options["shares"] = chosen
    split = temporal_split(times, **options)
    return {name: split.bounds[name][0] for name in ("validation", "test")}


def _check(settings: Settings, record: Record) -> None:
    """Refuse a period that the record does not cover."""
    first, last = pd.Timestamp(record.about["first"]), pd.Timestamp(record.about["last"])
    if pd.Timestamp(settings.since) < first.floor("D") - pd.Timedelta("31D"):
        raise ValueError(
            f"since is {settings.since}, but the first event of {settings.events} is of {first}."
        )
    if pd.Timestamp(settings.period[1]) > last + pd.Timedelta("31D"):
        raise ValueError(
            f"The period ends {settings.period[1]}, but the last event of {settings.events} is of "
            f"{last}: windows after it would all seem empty."
        )
    if not len(settings.issue_times):
        raise ValueError(f"No window of {settings.horizon} fits into the period {settings.period}.")


def _folder(settings: Settings, record: Record) -> Path:
    grids = hashlib.sha256(grids_digest(settings).encode()).hexdigest()[:6]
    key = f"{settings.key(table=True)}-{record.digest}-{grids}-{VERSION}"
    return product.cache_dir() / "forecasting" / key


def _read(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    """Return the tables of a folder, None where it is not whole."""
    if not (folder / "about.json").is_file():
        return None
    about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
    found = []
    for name in ("table", "evaluation"):
        table = pd.read_parquet(folder / f"{name}.parquet")
        index = pd.MultiIndex.from_arrays([table.pop("time"), table.pop("cell")])
        table.index = index.set_names(["time", "cell"])
        table.attrs = about
        found.append(table)
    return found[0], found[1]


def _write(folder: Path, tables: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    """Write tables beside, then give them their name in one step."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = folder.with_name(f"{folder.name}.{uuid.uuid4().hex[:8]}")
    beside.mkdir()
    try:
        for name, table in zip(("table", "evaluation"), tables, strict=True):
            plain = table.reset_index()
            plain.attrs = {}
            plain.to_parquet(beside / f"{name}.parquet", compression="zstd", index=False)
        text = json.dumps(tables[0].attrs, ensure_ascii=False, default=str)
        (beside / "about.json").write_text(text, encoding="utf-8")
        if not folder.exists():
            beside.rename(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


class _Work:
    """Tells how far the work is and stops it where that is wanted."""

    def __init__(self, progress: Progress, cancel: Cancel, total: int):
        self.progress, self.cancel, self.total, self.done = progress, cancel, total, 0

    def step(self, text: str) -> None:
        """Begin a step."""
        _stop(self.cancel)
        self.progress(min(self.done, self.total), self.total, text)
        self.done += 1


def _stop(cancel: Cancel) -> None:
    if cancel():
        raise Cancelled("Stopped; what is finished is kept.")


def _silent(_done: int, _total: int, _text: str) -> None:
    """Tell nobody."""


def _never() -> bool:
    return False
