"""The record of events a forecast learns from: read, checked, described."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from analysis import settings as product
from analysis.seismic.cleaning.kinds import INDUCED, NON_TECTONIC, event_kinds
from analysis.seismic.columns import as_events

DATABASE: Final = "database"
_COLUMNS: Final = ("time", "longitude", "latitude", "mag", "depth")
_ALSO: Final = ("id", "place", "source", "simulated")


@dataclass(frozen=True, eq=False)
class Record:
    """Earthquakes in order of time, and where they come from.

    Attributes
    ----------
    events
        Columns ``time`` (UTC), ``longitude``, ``latitude`` (degrees), ``mag``, ``depth`` (km),
        ``id``, ``place``, ``source``, ``simulated``.
    about
        For the model card: ``name``, ``title``, ``licence``, ``citation``, ``simulated``,
        ``count``, ``first``, ``last``, ``left_out``, ``digest``.
    """

    events: pd.DataFrame
    about: dict[str, Any]

    @property
    def digest(self) -> str:
        """Text that is the same for equal events."""
        return str(self.about["digest"])


def read_record(name: str) -> Record:
    """Read events, without explosions, induced events and rows without time, place or magnitude.

    Parameters
    ----------
    name
        A source of events of the catalogue, "database" for the event database of the cache, or a
        file: .csv, .csv.gz or .parquet.

    Returns
    -------
    Record
        Events, sorted.

    Raises
    ------
    ValueError
        There is no such source, database or file, or no event in it.

    Examples
    --------
    >>> record = read_record("events_gcmt")
    >>> record.about["simulated"], bool(record.events["time"].is_monotonic_increasing)
    (False, True)
    """
    table, about = _read(name)
    raw = as_events(table)
    kinds = event_kinds(raw["type"])
    whole = raw[["time", "longitude", "latitude", "mag"]].notna().all(axis=1).to_numpy()
    kept = raw.loc[whole & ~np.isin(kinds, [NON_TECTONIC, INDUCED]), [*_COLUMNS, *_ALSO]]
    if kept.empty:
        raise ValueError(f"There is no earthquake with a time, a place and a magnitude in {name}.")
    kept = kept.sort_values("time", kind="stable").reset_index(drop=True)
    kept["time"] = kept["time"].astype("datetime64[ns]")
    kept["mag"] = kept["mag"].astype(np.float64).round(2)
    about |= {
        "name": name,
        "count": len(kept),
        "left_out": len(raw) - len(kept),
        "first": str(kept["time"].iloc[0]),
        "last": str(kept["time"].iloc[-1]),
        "simulated": bool(about.get("simulated", False) or (raw["simulated"] == 1).any()),
        "digest": _digest(kept),
    }
    return Record(kept, about)


def _read(name: str) -> tuple[Any, dict[str, Any]]:
    """Return the table of a name, and what is known of it."""
    if name == DATABASE:
        from analysis.seismic.database import EventDatabase

        path = product.cache_dir() / "events.sqlite"
        if not path.exists():
            raise ValueError(f"There is no event database {path}. To make one: qazcube events sync")
        with EventDatabase(path, read_only=True) as store:
            table = store.query().to_frame()
        return table, {"title": "Event database", "licence": "of its agencies", "citation": ""}
    path = Path(name).expanduser()
    if path.suffix or len(path.parts) > 1:
        return _file(path), {"title": path.name, "licence": "not stated", "citation": ""}
    from analysis.sources import entry, open_source

    found = entry(name)
    if found.kind != "events":
        raise ValueError(f"The source {name!r} holds {found.kind}, not events.")
    about = {
        "title": found.title["en"],
        "licence": found.licence,
        "citation": found.citation,
        "simulated": found.simulated,
    }
    return open_source(name), about


def _file(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise ValueError(f"There is no file {path}.")
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    if path.name.endswith((".csv", ".csv.gz")):
        return pd.read_csv(path, low_memory=False)
    raise ValueError(f"The file {path} is no table of events; give a .parquet or .csv file.")


def _digest(events: pd.DataFrame) -> str:
    found = hashlib.sha256()
    for name in _COLUMNS:
        values = events[name].to_numpy()
        number = values.astype(np.int64 if name == "time" else np.float64)
        found.update(np.ascontiguousarray(number).tobytes())
    return found.hexdigest()[:16]
