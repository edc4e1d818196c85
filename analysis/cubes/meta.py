"""The description of a finished cube: ``meta.json``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.cubes.axis import Floats
from analysis.cubes.build import Build
from analysis.cubes.layout import Layout
from analysis.cubes.source import GridSource, plain
from analysis.cubes.weighting import histogram

FORMAT = 1
_BINS = 100


@dataclass(frozen=True)
class Meta:
    """All that is known about a cube without reading an array.

    Parameters
    ----------
    name : str
    data : str
        Folder of the arrays, inside the cube's own.
    fingerprint : str
        Of the source (:meth:`analysis.cubes.source.GridSource.fingerprint`).
    layout : Layout
    latitudes, longitudes : array of float
        Centres of the cells, degrees.
    times : array of datetime64[ns], shape (time,)
    time_bounds : array of datetime64[ns], shape (time, 2), or None
    static : bool
        True where the only time step stands for all times.
    attrs : dict
        Of the whole dataset.
    variables : dict
        Name -> attributes, with percentiles, minimum, maximum, valid share and histogram.
    """

    name: str
    data: str
    fingerprint: str
    layout: Layout
    latitudes: Floats
    longitudes: Floats
    times: npt.NDArray[np.datetime64]
    time_bounds: npt.NDArray[np.datetime64] | None
    static: bool
    attrs: dict[str, Any]
    variables: dict[str, dict[str, Any]]


def describe(build: Build, name: str, fingerprint: str, data: str) -> str:
    """Text of ``meta.json`` for a build that has ended.

    Parameters
    ----------
    build : Build
    name, fingerprint, data : str
        As in :class:`Meta`.

    Returns
    -------
    str
        JSON.
    """
    source = build.source
    bounds = source.time_bounds
    meta = {
        "format": FORMAT,
        "name": name,
        "data": data,
        "fingerprint": fingerprint,
        "layout": build.layout.as_json(),
        "static": source.static,
        "attrs": plain(source.dataset.attrs),
        "latitude": source.latitude.values.tolist(),
        "longitude": source.longitude.values.tolist(),
        "time": source.times.tolist(),
        "time_bounds": None if bounds is None else bounds.tolist(),
        "variables": {name: _describe_variable(build, source, name) for name in source.variables},
    }
    return json.dumps(meta)


def _describe_variable(build: Build, source: GridSource, variable: str) -> dict[str, Any]:
    entries = [
        entry
        for entry in build.journal.entries
        if entry["stage"] == "map" and entry["variable"] == variable
    ]
    valid = sum(entry["valid"] for entry in entries)
    attrs = plain(source.dataset[variable].attrs)
    attrs["valid_share"] = valid / int(np.prod(build.layout.shape))
    if valid == 0:
        return attrs
    files = [build.samples / variable / f"{entry['piece']}.npy" for entry in entries]
    sample = np.concatenate([np.load(file) for file in files])
    low = min(entry["minimum"] for entry in entries)
    high = max(entry["maximum"] for entry in entries)
    attrs |= {"minimum": low, "maximum": high}
    if sample.size == 0:
        return attrs | {"percentiles": [low, high]}
    attrs["percentiles"] = np.percentile(sample, [2, 98]).tolist()
    counts, edges = histogram(sample, None, _BINS, (low, high))
    attrs["histogram"] = {"counts": counts.tolist(), "edges": edges.tolist()}
    return attrs


def read_meta(path: Path) -> Meta:
    """Read the description of a finished cube.

    Parameters
    ----------
    path : pathlib.Path
        Its ``meta.json``.

    Returns
    -------
    Meta

    Raises
    ------
    ValueError
        The file is damaged, or was written by a version that this one does not know.
    """
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        if stored["format"] != FORMAT:
            message = f"The cube {path.parent} has format {stored['format']!r}, "
            raise ValueError(message + f"but this version reads format {FORMAT}. Ingest it again.")
        bounds = stored["time_bounds"]
        return Meta(
            name=stored["name"],
            data=stored["data"],
            fingerprint=stored["fingerprint"],
            layout=Layout.from_json(stored["layout"]),
            latitudes=np.array(stored["latitude"]),
            longitudes=np.array(stored["longitude"]),
            times=np.array(stored["time"], dtype=np.int64).view("datetime64[ns]"),
            time_bounds=None
            if bounds is None
            else np.array(bounds, dtype=np.int64).view("datetime64[ns]"),
            static=stored["static"],
            attrs=stored["attrs"],
            variables=stored["variables"],
        )
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise ValueError(
            f"The description of the cube {path} is damaged. Ingest it again."
        ) from error
