"""From a source to a cube on disk: atomic, resumable, in bounded memory."""

from __future__ import annotations

import logging
import shutil
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import xarray as xr
from tqdm import tqdm

from analysis import compute, sources
from analysis.cubes.build import Build, Progress
from analysis.cubes.cube import Cube
from analysis.cubes.errors import CannotAppendError, disk_full, is_full
from analysis.cubes.journal import Journal, exclusive, sync_folder, write_durably
from analysis.cubes.layout import Layout, choose_layout
from analysis.cubes.meta import describe
from analysis.cubes.names import META, check_name, cubes_folder
from analysis.cubes.registry import open_cube
from analysis.cubes.source import GridSource
from analysis.sources.normalise import normalise

log = logging.getLogger(__name__)

_DATA = "data-"
_MOST_MEMORY = 2_000_000_000


def ingest(
    source_or_dataset: str | xr.Dataset,
    name: str,
    *,
    overwrite: bool = False,
    append: bool = False,
    progress: Progress | None = None,
    memory_limit: int | None = None,
) -> Cube:
    """Write a source as a cube: a pyramid of maps and a copy ordered for series.

    The cube is built beside (``<name>.building``) and appears in one step at the end; until then
    an earlier cube of that name stays readable. An ingest that was interrupted, at any moment and
    in any way, continues when it is started again with the same source.

    Parameters
    ----------
    source_or_dataset : str or xarray.Dataset
        Name of a gridded source of the catalogue, or a normalised dataset with dimensions
        (time, latitude, longitude); another one is normalised first. It is read lazily, once.
    name : str
        Name of the cube: letters, digits, '_' and '-'.
    overwrite : bool
        Replace a cube of that name.
    append : bool
        Put the steps of the source that are later than the last of a cube of that name behind it;
        all earlier ones are taken from the cube and not read from the source, which need not hold
        them any more. Without later steps the cube stays as it is.
    progress : callable, optional
        Called with (done, total). Without one, a terminal shows a bar.
    memory_limit : int, optional
        Bytes to use, roughly, beyond what the source itself needs; a quarter of the free memory
        and at most 2 GB if not given.

    Returns
    -------
    Cube
        Ready for reading.

    Raises
    ------
    ValueError
        The cube exists and `overwrite` is False, the name cannot be used, or the source is not a
        usable grid.
    CannotAppendError
        The grid, the variables or their units are others than those of the cube.
    CubeBusyError
        Another ingest of this cube is running.
    DiskFullError
        The disk is full; what was written is kept for the next try.
    """
    folder = cubes_folder() / check_name(name)
    building = folder.with_name(f"{name}.building")
    try:
        with exclusive(folder.with_name(f"{name}.lock"), name):
            exists = (folder / META).is_file()
            if exists and not (overwrite or append):
                message = f"There is a cube {name!r} already; "
                raise ValueError(message + "pass overwrite=True to replace it.")
            source = _as_source(source_or_dataset)
            if exists and append:
                longer = _behind(source, open_cube(folder))
                if longer is None:
                    return open_cube(folder)
                source = longer
            with _bar(name, progress) as report:
                _build(source, folder, building, memory_limit or _affordable(), report)
    except (OSError, ValueError) as error:
        if is_full(error):
            raise disk_full(building, name) from error
        raise
    return open_cube(folder)


def _behind(source: GridSource, cube: Cube) -> GridSource | None:
    """Put the later steps of a source behind all of a cube; None where it has none."""
    held, given = cube.dataset(), source.dataset
    reasons = {
        "a grid without time": cube.static or source.static,
        "other latitudes or longitudes": not all(
            np.array_equal(held[axis], given[axis]) for axis in ("latitude", "longitude")
        ),
        "other variables": set(held.data_vars) != set(given.data_vars),
    }
    for reason, true in reasons.items():
        if true:
            raise CannotAppendError(f"The source cannot be put behind {cube.name!r}: {reason}.")
    for name in source.variables:
        ours, theirs = held[name].attrs["units"], given[name].attrs["units"]
        if ours != theirs:
            message = f"The source cannot be put behind {cube.name!r}: {name} is in {theirs}, "
            raise CannotAppendError(f"{message}not in {ours}.")
    later = given.isel(time=np.flatnonzero(given["time"].to_numpy() > cube.times[-1]))
    if not later.sizes["time"]:
        return None
    longer = xr.concat(
        [held, later.transpose("time", ...)],
        "time",
        data_vars="minimal",
        coords="minimal",
        compat="override",
        join="override",
    )
    longer.attrs = dict(given.attrs)
    for name in source.variables:
        longer[name].attrs = dict(given[name].attrs)
    return GridSource(longer)


def _affordable() -> int:
    """Memory that an ingest takes where nobody said how much."""
    free = min(psutil.virtual_memory().available, compute.resources().memory)
    return min(free // 4, _MOST_MEMORY)


def _build(
    source: GridSource, folder: Path, building: Path, limit: int, report: Progress | None
) -> None:
    fingerprint = source.fingerprint()
    journal = Journal(building / "journal.jsonl")
    if journal.header is not None and journal.header["fingerprint"] != fingerprint:
        log.warning("Starting afresh: %s was begun from another source.", building)
        journal.header = None
    if journal.header is None:
        journal.path.unlink(missing_ok=True)  # first, so that no crash leaves it without its data
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir(parents=True)
        layout = choose_layout(source.shape, source.steps_together)
        header: dict[str, Any] = {
            "fingerprint": fingerprint,
            "layout": layout.as_json(),
            "limit": limit,
        }
        journal.start(header)
    else:
        header = journal.header
        journal.mend()
        log.info("Continuing %s after %d finished pieces.", building, len(journal.entries))
    data = _moved_data(journal, folder)
    if data is None:
        layout = Layout.from_json(header["layout"])
        build = Build(source, building, journal, layout, header["limit"], report)
        build.run()
        data = _move(build, folder, fingerprint)
    _publish(folder, data, building)


def _moved_data(journal: Journal, folder: Path) -> str | None:
    """Name the data that an interrupted ingest had finished and moved already."""
    moves = [str(entry["data"]) for entry in journal.entries if entry["stage"] == "move"]
    there = [data for data in moves if (folder / data / META).is_file()]
    return there[-1] if there else None


def _move(build: Build, folder: Path, fingerprint: str) -> str:
    """Move the finished data into the cube's folder, where nothing refers to them yet."""
    data = f"{_DATA}{uuid.uuid4().hex[:12]}"
    write_durably(build.data / META, describe(build, folder.name, fingerprint, data))
    for leftover in build.data.rglob("*.__lock"):
        leftover.unlink()
    folder.mkdir(exist_ok=True)
    build.journal.add({"stage": "move", "data": data})
    build.data.rename(folder / data)
    sync_folder(folder)
    return data


def _publish(folder: Path, data: str, building: Path) -> None:
    """Point ``meta.json`` at the new data in one step, then remove what is no longer needed."""
    write_durably(folder / META, (folder / data / META).read_text(encoding="utf-8"))
    for other in folder.glob(f"{_DATA}*"):
        if other.name != data:
            # away in one step, so that a reader finds all of it or nothing, never NaN for a part
            shutil.rmtree(other.rename(other.with_name(f"{_DATA}{uuid.uuid4().hex[:12]}")))
    shutil.rmtree(building)


def _as_source(source_or_dataset: object) -> GridSource:
    if isinstance(source_or_dataset, xr.Dataset):
        return GridSource(_normalised(source_or_dataset))
    if not isinstance(source_or_dataset, str):
        kind = type(source_or_dataset).__name__
        raise ValueError(f"The name of a source or an xarray.Dataset is needed, not {kind}.")
    opened = sources.open_source(source_or_dataset)
    if not isinstance(opened, xr.Dataset):
        message = f"The source {source_or_dataset!r} is not a grid; "
        raise ValueError(message + "only gridded sources become cubes.")
    return GridSource(opened)


def _normalised(dataset: xr.Dataset) -> xr.Dataset:
    """Return the dataset itself where its axes are in our order, else its normalised form."""
    try:
        GridSource(dataset)
    except (ValueError, KeyError):
        return normalise(dataset)
    return dataset


@contextmanager
def _bar(name: str, progress: Progress | None) -> Iterator[Progress | None]:
    """Give the caller's progress function, or a bar where a person is watching a terminal."""
    if progress is not None or not sys.stderr.isatty():
        yield progress
        return
    with tqdm(desc=name, unit="map") as bar:

        def report(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield report
