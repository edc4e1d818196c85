"""Days of IONEX maps joined to one lazy grid of the total electron content."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import dask
import dask.array as da
import numpy as np
import xarray as xr
from intake.readers import datatypes
from intake.readers.readers import FileReader
from numpy.typing import NDArray

from analysis.sources.ionosphere.ionex import (
    KINDS,
    Header,
    Records,
    outline,
    read_maps,
    read_records,
)
from analysis.sources.ionosphere.packed import find_files, unpack
from analysis.spelling import did_you_mean

PLAUSIBLE: Final = (-100.0, 1000.0)
"""Electron content that a map may hold, TECU; real maps have a few values below zero."""

_LABELS: Final = {
    "tec": ("TECU", "Total electron content"),
    "tec_rms": ("TECU", "RMS error of the total electron content"),
    "tec_height": ("km", "Height of the single layer"),
}


@dataclass(frozen=True)
class _Day:
    """One file: what its header says, the epochs that are kept of it, the kinds of its maps."""

    path: Path
    header: Header
    epochs: NDArray[np.datetime64]
    keep: slice
    kinds: frozenset[str]


class IonexReader(FileReader):
    """Reader for the catalogue: maps of the electron content, see `open_ionex`."""

    output_instance = "xarray:Dataset"
    implements = {datatypes.Text}  # noqa: RUF012 - Intake's own way to say what a reader opens

    def _read(self, data: Any, kinds: Iterable[str] = ("tec", "tec_rms"), **_: Any) -> xr.Dataset:
        return open_ionex(data.url, kinds=kinds)


def open_ionex(
    paths: str | Path | Sequence[str | Path], *, kinds: Iterable[str] = ("tec", "tec_rms")
) -> xr.Dataset:
    """Open files of global ionosphere maps, joined in time.

    All generations of names are read, for the name does not matter: ``codg0080.20i.Z``,
    ``codg2930.11i``, ``IGS0OPSFIN_20243490000_01D_02H_GIM.INX.gz``.

    Parameters
    ----------
    paths : path, pattern, folder or sequence of them
        Files of one centre, one to a day as a rule, in any order.
    kinds : iterable of str
        Of "tec", "tec_rms" and "tec_height"; those that no file has are left out.

    Returns
    -------
    xarray.Dataset
        Lazy, a block for each file: ``tec`` and ``tec_rms`` (time, height, latitude, longitude)
        in TECU, NaN where the file has no value. Latitudes are geocentric on a sphere and
        descend; longitudes are those of the file without the meridian that is there twice.
        The map at midnight that ends one file and begins the next is taken from the next.

    Raises
    ------
    ValueError
        A file is none of this format, is damaged or cut short, two begin at the same time,
        or their grids differ; the message names the file.

    Notes
    -----
    A map is the state at its epoch, not a mean. Between epochs centres interpolate in a frame that
    turns with the sun; the steps here are those of the files (15 minutes, 1 or 2 hours).

    Examples
    --------
    >>> open_ionex("nowhere/*.inx")
    Traceback (most recent call last):
    ...
    ValueError: No file matches nowhere/*.inx.
    """
    wanted = list(kinds)
    for kind in wanted:
        if kind not in _LABELS:
            raise ValueError(f"There is no kind of map {kind!r}. {did_you_mean(kind, _LABELS)}")
    days = _join([_look(path) for path in find_files(paths)])
    first = days[0].header
    times = np.concatenate([day.epochs[day.keep] for day in days])
    variables = {}
    for label, name in KINDS.items():
        if name in wanted and any(label in day.kinds for day in days):
            blocks = [_block(day, label) for day in days]
            about = {"units": _LABELS[name][0], "long_name": _LABELS[name][1]}
            dims = ("time", "height", "latitude", "longitude")
            variables[name] = (dims, da.concatenate(blocks, axis=0), about)
    coords = {
        "time": times,
        "height": ("height", first.heights, {"units": "km", "long_name": "Height of the layer"}),
        "latitude": ("latitude", first.latitudes, {"units": "degrees_north"}),
        "longitude": ("longitude", _once(first), {"units": "degrees_east"}),
    }
    centres = sorted({day.header.agency for day in days if day.header.agency})
    attrs = {
        "format": f"IONEX {first.version}",
        "centre": ", ".join(centres),
        "mapping_function": first.mapping,
        "base_radius_km": first.base_radius,
        "latitude_kind": "geocentric, on a sphere of the base radius",
    }
    return xr.Dataset(variables, coords=coords, attrs=attrs)


def _look(path: Path) -> _Day:
    """Header and epochs of a file."""
    try:
        records = read_records(outline(unpack(path)))
        _refuse_half(records)
    except ValueError as error:
        raise ValueError(_about(path, error)) from None
    kinds = {kind for kind in KINDS if np.any(records.labels == f"START OF {kind} MAP".encode())}
    return _Day(path, records.header, records.epochs, slice(None), frozenset(kinds))


def _refuse_half(records: Records) -> None:
    """Refuse a file whose maps end before its header says; half of one may have as many maps.

    The number of maps that a header states is that of one kind, or of all kinds together.
    """
    where = np.flatnonzero(records.labels == b"EPOCH OF LAST MAP")
    try:
        parts = [int(float(one)) for one in records.lines[where[0], :60].tobytes().split()]
        year, month, day, hour, minute, second = parts[:6]
        stated = np.datetime64(f"{year:04d}-{month:02d}-{day:02d}", "s")
    except (IndexError, ValueError):
        return  # not stated
    stated += np.timedelta64(hour * 3600 + minute * 60 + second, "s")
    last = records.epochs[-1]
    if stated > last + np.timedelta64(round(records.header.interval * 5e8), "ns"):
        raise ValueError(
            f"its header promises maps until {stated}, but the last is of "
            f"{last.astype('datetime64[s]')}; it is cut short or damaged"
        )


def _about(path: Path, error: Exception) -> str:
    text = str(error)
    return text if str(path) in text else f"{path} cannot be read as IONEX: {text}."


def _join(days: list[_Day]) -> list[_Day]:
    """Put files in order of time; of what two of them hold, the later begun is kept."""
    days = sorted(days, key=lambda day: day.epochs[0])
    out = []
    for day, after in zip(days, [*days[1:], None], strict=True):
        for axis in ("latitudes", "longitudes", "heights"):
            ours, theirs = getattr(days[0].header, axis), getattr(day.header, axis)
            if not np.array_equal(ours, theirs):
                raise ValueError(
                    f"{day.path} has other {axis} than {days[0].path}: {theirs.size} from "
                    f"{theirs[0]:g} to {theirs[-1]:g}, not {ours.size} from {ours[0]:g} to "
                    f"{ours[-1]:g}. Open files of one kind at a time."
                )
        if after is None:
            out.append(day)
            continue
        if after.epochs[0] == day.epochs[0]:
            raise ValueError(
                f"{day.path} and {after.path} both begin at {day.epochs[0]}. Give one of them; "
                "maps of different centres are different sources."
            )
        half = np.timedelta64(round(day.header.interval * 5e8), "ns")
        stop = int(np.searchsorted(day.epochs, after.epochs[0] - half, side="left"))
        out.append(_Day(day.path, day.header, day.epochs, slice(0, max(1, stop)), day.kinds))
    return out


def _once(header: Header) -> NDArray[np.float64]:
    """Longitudes without the last where it is the first again."""
    every = header.longitudes
    return every[:-1] if abs(abs(every[-1] - every[0]) - 360) < 1e-6 else every


def _block(day: _Day, kind: str) -> da.Array:
    """Values of a file, to be read when asked for: (time, height, latitude, longitude)."""
    header = day.header
    width = _once(header).size
    count = day.epochs[day.keep].size
    shape = (count, header.heights.size, header.latitudes.size, width)
    if kind not in day.kinds:
        return da.full(shape, np.nan, dtype=np.float32, chunks=shape)
    task = dask.delayed(_read_block, pure=True)(
        str(day.path), day.path.stat().st_mtime_ns, kind, day.epochs, count, width
    )
    return da.from_delayed(task, shape, dtype=np.float32)


def _read_block(
    path: str, changed: int, kind: str, epochs: NDArray[np.datetime64], count: int, width: int
) -> NDArray[np.float32]:
    """Read the maps of one kind of a file."""
    del changed  # a file that was written anew is another task
    try:
        records = read_records(unpack(path))
        maps = read_maps(records, kind)
        if maps is None or not np.array_equal(records.epochs, epochs):
            raise ValueError("it was changed since it was opened")
        values = _by_epoch(maps.times, maps.values, epochs)[:count, ..., :width]
        low, high = PLAUSIBLE
        wrong = (values < low) | (values > high)
        if kind != "HEIGHT" and np.any(wrong):
            raise ValueError(
                f"a {kind} map holds {values[wrong][0]:g} TECU, outside {low:g} to {high:g}; "
                "it is damaged"
            )
    except ValueError as error:
        raise ValueError(_about(Path(path), error)) from None
    return values


def _by_epoch(
    times: NDArray[np.datetime64], values: NDArray[np.float32], epochs: NDArray[np.datetime64]
) -> NDArray[np.float32]:
    """Put maps of one kind at the epochs of the TEC maps; NaN where there is none."""
    if np.array_equal(times, epochs):
        return values
    place = np.searchsorted(epochs, times)
    known = place < epochs.size
    known[known] = epochs[place[known]] == times[known]
    if not np.all(known):
        raise ValueError("a map of errors has an epoch of which there is no map")
    out = np.full((epochs.size, *values.shape[1:]), np.nan, np.float32)
    out[place] = values
    return out
