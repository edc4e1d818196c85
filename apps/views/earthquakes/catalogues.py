"""The catalogues of events that can be shown, each read once and shared by all sessions."""

from __future__ import annotations

import functools
import logging
import sqlite3
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis import settings
from analysis.language import LANGUAGES, translator
from analysis.seismic import (
    EventDatabase,
    gardner_knopoff,
    reasenberg,
    tectonic_regimes,
    zaliapin,
)
from analysis.seismic.columns import as_events
from analysis.sources import entry, list_sources, open_source
from analysis.spelling import did_you_mean
from apps.views.geometry import to_mercator

log = logging.getLogger(__name__)
Floats = npt.NDArray[np.float64]
DATABASE = "database"
WINDOWS = ("gardner-knopoff", "gruenthal", "uhrhammer")
_lock = threading.RLock()
_at_hand: set[str] = set()


@dataclass(frozen=True)
class Catalogue:
    """What is known of a catalogue before it is read."""

    key: str
    titles: Mapping[str, str]
    simulated: bool
    citation: str
    licence: str

    def title(self, language: str) -> str:
        """Return the title in the reader's language."""
        return self.titles.get(language) or self.titles["en"]


@dataclass(frozen=True)
class Events:
    """All events of a catalogue in the order of time, shape (event).

    ``time`` holds milliseconds since 1970 (UTC), ``x`` and ``y`` Web Mercator metres.
    """

    table: pd.DataFrame
    time: npt.NDArray[np.int64]
    magnitude: Floats
    depth: Floats
    x: Floats
    y: Floats
    _kept: dict[str, npt.NDArray[np.bool_]] = field(default_factory=dict, repr=False)

    @classmethod
    def from_table(cls, table: pd.DataFrame) -> Events:
        """Take any table of events; rows without a time, a place or in a wrong order are mended.

        >>> late, early = "2020-01-02T00:00:00Z", "2020-01-01T00:00:00Z"
        >>> raw = pd.DataFrame({"time": [late, early], "latitude": 0.0, "longitude": 350.0})
        >>> events = Events.from_table(raw)
        >>> bool((np.diff(events.time) > 0).all()), float(events.table["longitude"].iloc[0])
        (True, -10.0)
        """
        known = as_events(table)
        placed = known["time"].notna() & known["longitude"].notna() & known["latitude"].notna()
        found = known[placed].sort_values("time", kind="stable", ignore_index=True)
        found["longitude"] = (found["longitude"] + 180.0) % 360.0 - 180.0
        x, y = to_mercator(found["longitude"].to_numpy(float), found["latitude"].to_numpy(float))
        time = found["time"].to_numpy().astype("datetime64[ms]").astype(np.int64)
        magnitude, depth = (found[name].to_numpy(float) for name in ("mag", "depth"))
        return cls(found, time, magnitude, depth, x, y)

    def __len__(self) -> int:
        """Return the number of events."""
        return len(self.time)

    def values(self, column: str) -> list[str]:
        """Return the texts of a column that occur, most frequent first; none without the column."""
        if column not in self.table:
            return []
        counts = self.table[column].astype("string").fillna("").value_counts()
        return [str(name) for name in counts.index if name]

    def declustered(self, method: str) -> bool:
        """Whether the clusters of a method are known already."""
        return method in self._kept

    def mainshocks(self, method: str) -> npt.NDArray[np.bool_]:
        """Return which events stand for their cluster, by a method of declustering.

        The whole catalogue is declustered, whatever the filters; the result is kept.

        Raises
        ------
        ValueError
            If there is no such method.
        """
        with _lock:
            if method not in self._kept:
                ids = decluster(self.table, method)
                self._kept[method] = np.asarray(ids) == np.arange(len(self))
            return self._kept[method]


def decluster(table: pd.DataFrame, method: str) -> Any:
    """Return the position of each event's mainshock by the method that a link names.

    Raises
    ------
    ValueError
        If there is no such method.
    """
    if method in WINDOWS:
        return gardner_knopoff(table, window=method)
    if method == "reasenberg":
        return reasenberg(table)
    if method == "zaliapin":
        return zaliapin(table)
    allowed = (*WINDOWS, "reasenberg", "zaliapin")
    raise ValueError(f"unknown method of declustering {method!r}; allowed: {', '.join(allowed)}")


def catalogues() -> dict[str, Catalogue]:
    """Return key -> catalogue of all that is at hand: observed ones first.

    These are the sources that need no network, and the database of events if it holds any.

    >>> [found.simulated for found in catalogues().values()][0]
    False
    """
    listed = list_sources()
    names = listed[(listed["kind"] == "events") & listed["access"].isin(["packaged", "user"])]
    found = []
    for name in names["name"]:
        about = entry(str(name))
        found.append(
            Catalogue(str(name), about.title, about.simulated, about.citation, about.licence)
        )
    found += _kept_here()
    return {one.key: one for one in sorted(found, key=lambda one: one.simulated)}


def _kept_here() -> list[Catalogue]:
    """Return the database of events as a catalogue; nothing where it is absent, empty or broken."""
    path = database_path()
    if not path.is_file():
        return []
    try:
        holds, simulated = _contents(*_stamp(DATABASE))
    except (ValueError, OSError, sqlite3.Error) as error:
        log.warning("the event database %s cannot be read: %s", path, error)
        return []
    if not holds:
        return []
    titles = {
        language: _("Events kept on this computer")
        for language in LANGUAGES
        for _ in [translator(language)]
    }
    return [Catalogue(DATABASE, titles, simulated, "", "")]


@functools.lru_cache(maxsize=8)
def _contents(path: str, _revision: int) -> tuple[bool, bool]:
    """Return whether a database holds events, and whether all of them are simulated."""
    with EventDatabase(path, read_only=True) as database:
        return bool(database.query()), not database.query(simulated=False)


def database_path() -> Path:
    """Return the file of the local database, which need not exist."""
    return settings.cache_dir() / "events.sqlite"


def events(key: str) -> Events:
    """Return the events of a catalogue; read once, the database anew after a change of it.

    Raises
    ------
    ValueError
        If there is no such catalogue, or its table has no times or places.
    """
    with _lock:
        if key not in _at_hand and key not in (known := catalogues()):
            raise ValueError(f"There is no catalogue {key!r}. {did_you_mean(key, known)}")
        found = _read(key, _stamp(key))
        _at_hand.add(key)
        return found


def at_hand(key: str) -> bool:
    """Whether a catalogue has been read already."""
    return key in _at_hand


def _stamp(key: str) -> tuple[str, int]:
    if key != DATABASE:
        return "", 0
    with EventDatabase(database_path(), read_only=True) as database:
        return str(database_path()), database.revision


@functools.lru_cache(maxsize=8)
def _read(key: str, stamp: tuple[str, int]) -> Events:
    if key == DATABASE:
        with EventDatabase(stamp[0], read_only=True) as database:
            return Events.from_table(with_regimes(database.query().to_frame()))
    opened = open_source(key)
    table = opened.compute() if hasattr(opened, "compute") else opened
    return Events.from_table(with_regimes(table))


def with_regimes(table: pd.DataFrame) -> pd.DataFrame:
    """Add the tectonic regime of the polygon round each event where the catalogue tells none.

    >>> events = pd.DataFrame({"time": ["2011-03-11"], "longitude": [142.4], "latitude": [38.3]})
    >>> with_regimes(events)["regime"].tolist()
    ['subduction']
    """
    if "regime" in table:
        return table
    return table.assign(regime=tectonic_regimes(table)["polygon"].to_numpy())
