"""A file of the user's own as an entry of the user's own catalogue."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.lib
import pyarrow.parquet
import xarray as xr
import yaml

from analysis import settings
from analysis.sources import catalogue, handwriting
from analysis.sources.entries import Entry
from analysis.sources.formats import find_format, formats, local_path


def add_entry(
    path: str | Path,
    name: str,
    metadata: Mapping[str, Any] | None = None,
    *,
    options: Mapping[str, Any] | None = None,
    overwrite: bool = False,
) -> Entry:
    """Add a file to the user's catalogue, after opening it.

    The catalogue is :func:`analysis.settings.user_catalog`; it is made if it is missing. Comments
    in it are lost.

    Parameters
    ----------
    path : str or pathlib.Path
        File, pattern of files, or address.
    name : str
        Letters, digits and underscores.
    metadata : mapping, optional
        ``title``, ``units``, ``licence``, ``citation``, ``variables`` (name in the file -> name
        here), ``select``, ``crs``, ``simulated``, ``format`` ...; what is left out is taken from
        the file.
    options : mapping, optional
        Options of the reader, for example ``{"sep": ";"}`` for CSV.
    overwrite : bool, optional
        Replace an entry of this name.

    Returns
    -------
    Entry
        As it stands in the catalogue now.

    Raises
    ------
    ValueError
        The name is taken or no name, or the file does not open; nothing is written then.
    """
    given = dict(metadata or {})
    if not handwriting.NAME.match(name):
        raise ValueError(f"{name!r} is no name: letters, digits and _ only, a letter first.")
    if catalogue.is_taken(name) and not overwrite:
        raise ValueError(f"There is a source {name!r} already; choose another name or overwrite.")
    here = local_path(str(path))
    form = find_format(_first(str(path)), given.pop("format", None) or _geographic(here))
    url = str(here.expanduser().absolute()) if here else str(path)
    row = {"url": url, "format": form.name, "kwargs": dict(options or {}), **given}
    target = settings.user_catalog()
    rows = catalogue.read_catalogue(target) if target.is_file() else handwriting.complete({})
    trial = handwriting.complete({"entries": {name: row}})
    opened = catalogue.read_trial(trial, name)
    for key, value in _found(opened).items():
        trial["entries"][name]["metadata"].setdefault(key, value)
    for section in ("data", "entries", "aliases"):
        rows[section] = {**rows[section], **trial[section]}
    _write(target, rows)
    return catalogue.entry(name)


def _found(opened: Any) -> dict[str, Any]:
    """Kind, units and coverage that the data themselves tell."""
    if isinstance(opened, xr.Dataset):
        units = {
            str(n): v.attrs["units"] for n, v in opened.data_vars.items() if "units" in v.attrs
        }
        box = [float(opened[axis][k]) for k in (0, -1) for axis in ("longitude", "latitude")]
        times = None if opened.attrs.get("static") else opened.time.values[[0, -1]]
        row = {"kind": "grid", "units": units, "coverage": _coverage(box, times)}
        simulated = any(one.attrs.get("simulated") for one in opened.data_vars.values())
        return {**row, "simulated": True} if simulated else row
    if hasattr(opened, "geometry"):
        shapes = set(opened.geom_type.str.replace("Multi", "").str.lower())
        kinds = {"point": "points", "linestring": "lines", "polygon": "polygons"}
        kind = kinds.get(next(iter(shapes)), "polygons") if len(shapes) == 1 else "polygons"
        return {"kind": kind, "coverage": _coverage(list(opened.total_bounds), None)}
    columns = set(opened.columns)
    if {"longitude", "latitude"} <= columns:
        table = opened[[c for c in ("longitude", "latitude", "time") if c in columns]].compute()
        box = [float(table[c].agg(f)) for f in ("min", "max") for c in ("longitude", "latitude")]
        kind = "events" if {"time", "mag"} <= columns else "points"
        times = table["time"].agg(["min", "max"]).to_numpy() if "time" in columns else None
        return {"kind": kind, "coverage": _coverage(box, times)}
    return {"kind": "table"}


def _first(url: str) -> str:
    """Name the first file of a local pattern: it tells the format where the pattern does not."""
    if "*" not in url or "://" in url or "::" in url:
        return url
    pattern = Path(url).expanduser().absolute()
    found = Path(pattern.anchor).glob(str(pattern.relative_to(pattern.anchor)))
    return str(min(found, default=url))


def _geographic(path: Path | None) -> str | None:
    """Name the format of a Parquet file that holds shapes; its suffix does not tell."""
    if path is None or path.suffix.lower() not in formats()["parquet"].suffixes:
        return None
    if not path.is_file():
        return None
    try:
        metadata = pyarrow.parquet.read_schema(path).metadata or {}
    except pyarrow.lib.ArrowException as error:
        raise ValueError(f"{path} cannot be read as Parquet: {error}") from error
    return "geoparquet" if b"geo" in metadata else None


def _coverage(box: list[Any], times: Any) -> dict[str, Any]:
    edges = ("west", "south", "east", "north")
    row: dict[str, Any] = {e: round(float(v), 6) for e, v in zip(edges, box, strict=True)}
    if times is not None and not pd.isna(times).any():
        days = np.asarray(times).astype("datetime64[D]").astype(str)
        row |= {"start": str(days[0]), "end": str(days[-1])}
    return row


def _write(target: Path, rows: Mapping[str, Any]) -> None:
    """Write beside, then rename: a crash leaves the old catalogue whole."""
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    text = yaml.safe_dump(dict(rows), sort_keys=False, allow_unicode=True)
    beside.write_text(text, encoding="utf-8")
    beside.replace(target)
