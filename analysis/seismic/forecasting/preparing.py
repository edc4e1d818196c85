"""Tables to learn from and to be judged by, from settings: made once, then found."""

from __future__ import annotations

import hashlib
import json
import shutil
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import pandas as pd

from analysis import settings as product
from analysis.cells.lattice import Lattice
from analysis.keeping import hold, trim
from analysis.learning import Cancelled
from analysis.learning.splits import Split, leaky_random_split, temporal_split
from analysis.notes import from_plain, to_plain
from analysis.seismic.forecasting.choices import CATALOGUE, STATIC, Settings, split_times
from analysis.seismic.forecasting.featurenames import check_names
from analysis.seismic.forecasting.grids import grids_digest
from analysis.seismic.forecasting.groupchecks import check_groups
from analysis.seismic.forecasting.memory import check_memory
from analysis.seismic.forecasting.paramchecks import check_params
from analysis.seismic.forecasting.rates import count_events, target_events
from analysis.seismic.forecasting.records import Record, read_record
from analysis.seismic.forecasting.relations import check_relations
from analysis.seismic.forecasting.rows import RATE_FEATURES, feature_tables

Progress = Callable[[int, int, str], None]
Cancel = Callable[[], bool]
ABOUT: Final = "about.json"
PREPARING: Final = 100
"""What the progress of the tables counts to."""
COSTS: Final = {"rows": 4.0, "test": 2.0, "rate_adaptive": 6.0, "rate_triggered": 4.0,
                "rate_uniform": 0.3, "rate_cell": 0.3, "rate_mixture": 0.5,
                "writing": 1.5}  # fmt: skip
"""Seconds that steps take, about, for the shares of the progress; others count 1."""
VERSION: Final = 7
"""Of tables and runs; with another number tables are made anew, and runs are to be trained anew."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """Tables of a forecast; they are read when they are first asked for.

    Attributes
    ----------
    settings
        The choices.
    folder
        Where the tables lie.
    lattice
        Cells of the region.
    record
        All events, and where they come from.
    attrs
        What is to be known of the tables: features, horizon, base rate, completeness, notes.
    """

    settings: Settings
    folder: Path
    lattice: Lattice
    record: Record
    attrs: dict[str, Any]

    @cached_property
    def table(self) -> pd.DataFrame:
        """Rows to learn from: all positives, all rows with history, a sample of the empty ones."""
        return _read(self.folder, "table", self.attrs)

    @cached_property
    def evaluation(self) -> pd.DataFrame:
        """All cells of all windows of the test part, in order of time.

        In addition to features, target and rates: ``events``, the number of events of the target.
        """
        return _read(self.folder, "evaluation", self.attrs)

    @cached_property
    def split(self) -> Split:
        """Parts of `table`, in time; at random where the settings say so, for teaching."""
        if self.settings.leaky:
            return leaky_random_split(self.table, seed=self.settings.seed)
        parts = split_times(self.settings)
        return temporal_split(
            self.table, dates=(parts["validation"], parts["test"]), gap=self.settings.gap
        )

    @cached_property
    def events(self) -> pd.DataFrame:
        """Events of the target in the cells and the windows, ascending in time."""
        issue = self.settings.issue_times
        kept = target_events(self.record.events, self.settings)
        end = issue[-1] + pd.Timedelta(self.settings.horizon)
        window = (kept["time"] >= issue[0]) & (kept["time"] < end)
        cell = self.lattice.index(kept["longitude"].to_numpy(), kept["latitude"].to_numpy())
        return kept[window & (cell >= 0)].reset_index(drop=True)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know."""
        return (*self.attrs["notes"], *self.split.notes)

    @property
    def base_rate(self) -> float:
        """Share of cells and windows of the train part with an event, in the region."""
        return float(self.attrs["base_rate"])

    @property
    def simulated(self) -> bool:
        """Whether any feature or event is simulated."""
        features = self.attrs["features"].values()
        return bool(self.record.about["simulated"]) or any(one["simulated"] for one in features)


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
    check_names(settings)
    check_params(settings)
    lattice, issue = settings.lattice, settings.issue_times
    folder = tables_folder(settings, record)
    if not (folder / ABOUT).is_file():
        check_memory(settings)
        work = _Work(settings, progress or _silent, cancel or _never)
        counts = count_events(record.events, settings, lattice, issue)
        test = issue[issue >= split_times(settings)["test"]]
        tables = feature_tables(record, settings, lattice, issue, test, counts, work.step)
        work.step("writing")
        _write(folder, tables)
    if cancel is not None:
        _stop(cancel)
    about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    about["notes"] = [from_plain(one) for one in about["notes"]]
    made = Prepared(settings, folder, lattice, record, about)
    hold(folder, made)
    trim([folder.parent], keep=["fits"])
    return made


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


def tables_folder(settings: Settings, record: Record) -> Path:
    """Return where the tables of settings and events lie, whether or not they are made."""
    grids = hashlib.sha256(grids_digest(settings).encode()).hexdigest()[:6]
    key = f"{settings.key(table=True)}-{record.digest}-{grids}-{VERSION}"
    return product.cache_dir() / "forecasting" / key


def _read(folder: Path, name: str, attrs: dict[str, Any]) -> pd.DataFrame:
    """Return a table of a folder, its index and attributes set."""
    table = pd.read_parquet(folder / f"{name}.parquet")
    index = pd.MultiIndex.from_arrays([table.pop("time"), table.pop("cell")])
    table.index = index.set_names(["time", "cell"])
    table.attrs.clear()
    table.attrs.update(attrs)
    return table


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
        about = {**tables[0].attrs, "notes": [to_plain(one) for one in tables[0].attrs["notes"]]}
        text = json.dumps(about, ensure_ascii=False, default=str)
        (beside / ABOUT).write_text(text, encoding="utf-8")
        if not folder.exists():
            beside.rename(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


class _Work:
    """Tells how far the work is, by the time that steps usually take, and stops it when asked."""

    def __init__(self, settings: Settings, progress: Progress, cancel: Cancel):
        self.progress, self.cancel, self.done, self.now = progress, cancel, 0.0, 0.0
        twice = settings.learning_lattice != settings.lattice
        rates = [f"rate_{name}" for name in settings.baselines]
        steps = ["rows", "test", *rates, "writing"]
        steps += [f"rate_{name}" for name in RATE_FEATURES if twice and name in settings.baselines]
        sources = [one for one in settings.features if one not in (CATALOGUE, STATIC)]
        steps += sources * (2 if twice else 1)
        self.total = sum(COSTS.get(one, 1.0) for one in steps)

    def step(self, text: str) -> None:
        """Begin a step."""
        _stop(self.cancel)
        self.done += self.now
        self.now = COSTS.get(text, 1.0)
        share = min(1.0, self.done / self.total)
        self.progress(round(PREPARING * share), PREPARING, text)


def _stop(cancel: Cancel) -> None:
    if cancel():
        raise Cancelled("Stopped; what is finished is kept.")


def _silent(_done: int, _total: int, _text: str) -> None:
    """Tell nobody."""


def _never() -> bool:
    return False
