"""What a file holds, what it does not tell, and how it becomes an entry with a cube or a table.

Runs in a child process only: here the files of visitors meet the libraries that read them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyogrio.errors
import pyproj
import xarray as xr

from analysis.sources import add_entry, entry, handwriting
from analysis.sources.catalogue import read_trial
from analysis.sources.guardedprocess import Unreadable
from analysis.sources.tables import tidy_vectors
from analysis.uploads.checks import check_content, unpack_shapefile
from analysis.uploads.csvfile import ROLES, as_points, guess_role, read_csv, unit_of
from analysis.uploads.gridfile import look_geotiff, look_netcdf, plain_detail
from analysis.uploads.refusals import Refused

MOST_SHAPES: Final = 200_000
DESCRIBED: Final = 6
"""Variables of which the least and the greatest value are told."""

Answers = dict[str, Any]
Progress = Callable[[int, int], None]


def understand(path: Path, form: str, name: str, answers: Answers) -> dict[str, Any]:
    """Tell what a file holds and what it leaves open.

    Parameters
    ----------
    path : pathlib.Path
        The file, in a folder of its own.
    form : str
        csv, geotiff, netcdf or shapefile.
    name : str
        Name of the file as it came, for messages.
    answers : dict
        What the visitor said so far: ``units`` (variable -> unit), ``columns`` (role -> head),
        ``crs``.

    Returns
    -------
    dict
        ``kind``, ``variables`` (name, unit, low, high), ``times`` (first, last, number) or None,
        ``box`` or None, ``count``, ``dropped``, ``columns``, and ``questions``: each with ``what``
        (unit, column or crs), ``name``, ``given`` and ``needed``.

    Raises
    ------
    Refused
        It is not what it says, damaged, too large, or holds nothing that can be shown.
    """
    check_content(path, form, name)
    if form == "csv":
        return _table(path, name, answers)[0]
    if form == "shapefile":
        return _shapes(path, name, answers)[0]
    return _grid(path, form, name, answers)


def take(
    path: Path, form: str, name: str, title: str, answers: Answers, progress: Progress
) -> dict[str, Any]:
    """Make the entry, and the cube or the table, of a file that is understood.

    Parameters
    ----------
    path, form, answers
        As for :func:`understand`.
    name : str
        Name of the entry and of the cube.
    title : str
        What the visitor calls it.
    progress : callable
        Told (done, total).

    Returns
    -------
    dict
        As :func:`understand`, with ``data``: the file that pages read; "" for a cube.

    Raises
    ------
    Refused
        As :func:`understand`, or a question is open.
    """
    found: dict[str, Any]
    if form == "csv":
        found, table = _table(path, title, answers)
        made: Path = path.with_name("points.parquet")
    elif form == "shapefile":
        found, table = _shapes(path, title, answers)
        made = path.with_name("shapes.geoparquet")
    else:
        found, table, made = _grid(path, form, title, answers), None, path
    if any(one["needed"] and not one["given"] for one in found["questions"]):
        raise Refused("answer", detail="A question about the file is still open.")
    if table is not None:
        table.to_parquet(made)
        form = "geoparquet" if form == "shapefile" else "parquet"
    units = {one["name"]: one["unit"] for one in found["variables"] if one["unit"]}
    metadata = {"title": title, "format": form, "access": "user", "units": units}
    if answers.get("crs") and form == "geotiff":
        metadata["crs"] = answers["crs"]
    add_entry(made, name, metadata)
    if found["kind"] == "grid":
        from analysis.cubes import ingest  # only here: looking at a file needs no cube

        ingest(name, name, progress=progress)
    found["kind"] = entry(name).kind
    return found | {"data": "" if table is None else made.name}


# tables ------------------------------------------------------------------------------------------


def _table(path: Path, name: str, answers: Answers) -> tuple[dict[str, Any], Any]:
    raw = read_csv(path, name)
    heads = [str(head) for head in raw.columns]
    told = dict(answers.get("columns") or {})
    columns = {role: str(told.get(role, guess_role(heads, role))) for role in ROLES}
    questions = [
        {"what": "column", "name": role, "given": head, "options": heads, "needed": role != "time"}
        for role, head in columns.items()
    ]
    found: dict[str, Any] = {
        "kind": "points", "variables": [], "times": None, "box": None, "count": len(raw),
        "dropped": 0, "columns": heads, "questions": questions,
    }  # fmt: skip
    if not columns["longitude"] or not columns["latitude"]:
        return found, None
    table, found["dropped"] = as_points(raw, columns)
    found["box"] = _box(table["longitude"], table["latitude"])
    if "time" in table:
        found["times"] = _times(table["time"].dropna().to_numpy())
    units = raw.attrs["units"] | dict(answers.get("units") or {})
    for head in table.columns:
        if head in ROLES or not pd.api.types.is_numeric_dtype(table[head]):
            continue
        values = table[head].to_numpy(float)
        unit = unit_of(str(head), units)
        found["variables"].append({"name": str(head), "unit": unit, **_ends(values)})
        if not raw.attrs["units"].get(head) and not unit_of(str(head), {}):
            given = {"what": "unit", "name": str(head), "given": unit, "needed": False}
            questions.append(given)
    return found, table


# shapes ------------------------------------------------------------------------------------------


def _shapes(path: Path, name: str, answers: Answers) -> tuple[dict[str, Any], Any]:
    folder = path.with_name("unpacked")
    folder.mkdir(exist_ok=True)
    shape = unpack_shapefile(path, folder)
    try:
        about = pyogrio.read_info(shape)
        if about["features"] > MOST_SHAPES:
            raise Refused("rows", count=about["features"], limit=MOST_SHAPES)
        frame = _read_shapes(shape)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError) as error:
        if isinstance(error, Refused):
            raise
        raise Refused("broken", name=name, detail=str(error)[:200]) from error
    frame = frame[frame.geometry.notna() & ~frame.geometry.is_empty].reset_index(drop=True)
    if frame.empty:
        raise Refused("nothing", name=name, detail="no shape has corners")
    questions: list[dict[str, Any]] = []
    if frame.crs is None:
        west, south, east, north = frame.total_bounds
        degrees = -360 <= west <= east <= 360 and -90 <= south <= north <= 90
        given = _crs(answers) or ("EPSG:4326" if degrees else "")
        questions.append({"what": "crs", "name": "", "given": given, "needed": True})
        if not given:
            return _unplaced(frame, questions), None
        frame = frame.set_crs(given)
    frame = tidy_vectors(frame, None)
    west, south, east, north = map(float, frame.total_bounds)
    if not np.isfinite([west, south, east, north]).all() or south < -90 or north > 90:
        raise Refused("nothing", name=name, detail="its shapes do not lie on the globe")
    found = _unplaced(frame, questions) | {"box": [west, south, east, north]}
    return found, frame


def _read_shapes(shape: Path) -> Any:
    """Read attributes as stated, else as UTF-8, else as Windows Cyrillic."""
    stated = shape.with_suffix(".cpg").is_file()
    try:
        return gpd.read_file(shape, encoding=None if stated else "utf-8")
    except UnicodeDecodeError:
        return gpd.read_file(shape, encoding="cp1251")


def _unplaced(frame: Any, questions: list[dict[str, Any]]) -> dict[str, Any]:
    shapes = set(frame.geom_type.str.replace("Multi", "").str.lower())
    kinds = {"point": "points", "linestring": "lines", "polygon": "polygons"}
    numbers = frame.select_dtypes("number")
    variables = [
        {"name": str(n), "unit": unit_of(str(n), {}), **_ends(numbers[n].to_numpy(float))}
        for n in numbers.columns
    ]
    return {
        "kind": kinds.get(next(iter(shapes)), "polygons") if len(shapes) == 1 else "polygons",
        "variables": variables, "times": None, "box": None, "count": len(frame), "dropped": 0,
        "columns": [str(n) for n in frame.columns if n != "geometry"], "questions": questions,
    }  # fmt: skip


# grids -------------------------------------------------------------------------------------------


def _grid(path: Path, form: str, name: str, answers: Answers) -> dict[str, Any]:
    questions: list[dict[str, Any]] = []
    crs = ""
    if form == "geotiff":
        variables, stated, seems = look_geotiff(path, name)
        if not stated:
            crs = _crs(answers) or seems
            questions.append({"what": "crs", "name": "", "given": crs, "needed": True})
    else:
        variables = look_netcdf(path, name)
    units = dict(answers.get("units") or {})
    for one in variables:
        if not one["unit"]:
            one["unit"] = str(units.get(one["name"], ""))
            given = {"what": "unit", "name": one["name"], "given": one["unit"], "needed": True}
            questions.append(given)
    found: dict[str, Any] = {
        "kind": "grid", "variables": variables, "times": None, "box": None, "count": 0,
        "dropped": 0, "columns": [], "questions": questions,
    }  # fmt: skip
    if any(one["needed"] and not one["given"] for one in questions):
        return found
    row: dict[str, Any] = {"url": str(path), "format": form, "access": "user"}
    row["units"] = {one["name"]: one["unit"] for one in variables if one["unit"]}
    if crs:
        row["crs"] = crs
    try:
        trial = handwriting.complete({"entries": {"trial": row}})
        data = read_trial(trial, "trial")
    except ValueError as error:
        detail = str(error).removeprefix("The source 'trial' cannot be opened: ")[:300]
        if isinstance(error.__cause__, Unreadable):
            detail = error.__cause__.reason
        raise Refused("nothing", name=name, detail=detail) from error
    try:
        return found | _described(data)
    except (OSError, RuntimeError, LookupError, TypeError, ValueError, ArithmeticError) as error:
        raise Refused("broken", name=name, detail=plain_detail(error)) from error


def _described(data: xr.Dataset) -> dict[str, Any]:
    box = [float(data[axis][k]) for k in (0, -1) for axis in ("longitude", "latitude")]
    variables = []
    grids = {key: one for key, one in data.data_vars.items() if "latitude" in one.dims}
    for place, (key, one) in enumerate(grids.items()):
        ends = _ends(np.empty(0))
        if place < DESCRIBED and one.attrs.get("role") != "quality":
            last = one.isel(time=-1) if "time" in one.dims else one
            ends = _ends(np.asarray(last.values, float))
        variables.append({"name": str(key), "unit": str(one.attrs.get("units", "")), **ends})
    times = None if data.attrs.get("static") else _times(data["time"].values)
    count = int(sum(one.size for one in grids.values()))
    return {"variables": variables, "box": box, "times": times, "count": count}


# small things ------------------------------------------------------------------------------------


def _crs(answers: Answers) -> str:
    text = str(answers.get("crs") or "").strip()
    if not text:
        return ""
    text = f"EPSG:{text}" if text.isdigit() else text
    try:
        return str(pyproj.CRS.from_user_input(text).to_string())
    except pyproj.exceptions.CRSError as error:
        detail = f"{text[:60]!r} is no coordinate reference system; write it as EPSG:32642."
        raise Refused("answer", detail=detail) from error


def _times(values: Any) -> list[Any] | None:
    if not len(values):
        return None
    days = np.sort(np.asarray(values).astype("datetime64[ns]"))
    return [str(days[0])[:10], str(days[-1])[:10], len(np.unique(days))]


def _box(longitude: Any, latitude: Any) -> list[float]:
    return [
        float(longitude.min()), float(latitude.min()),
        float(longitude.max()), float(latitude.max()),
    ]  # fmt: skip


def _ends(values: Any) -> dict[str, float | None]:
    known = values[np.isfinite(values)]
    if not known.size:
        return {"low": None, "high": None}
    return {"low": float(known.min()), "high": float(known.max())}
