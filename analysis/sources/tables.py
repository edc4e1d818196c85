"""Tables and vectors as they leave the catalogue: decoded times, longitude and latitude."""

from __future__ import annotations

from typing import Any, Final

import dask.dataframe as dd
import numpy as np
import pandas as pd
import shapely

WORLD: Final = "EPSG:4326"
_LABELS: Final = ("ADM2_EN", "ADM1_EN", "shapeName", "name_en", "NAME_EN", "name", "NAME", "id")
_TIMES: Final = ("time", "datetime", "date", "timestamp")


def tidy_table(table: Any) -> Any:
    """Decode the columns named time, datetime, date or timestamp; UTC without a zone.

    Parameters
    ----------
    table : dask.dataframe.DataFrame or pandas.DataFrame
        As read.

    Returns
    -------
    same type
        Other columns are untouched; a column of numbers stays numbers.

    Examples
    --------
    >>> table = pd.DataFrame({"time": ["2020-01-01T06:00:00+06:00"], "level": [1.5]})
    >>> str(tidy_table(table)["time"][0])
    '2020-01-01 00:00:00'
    """
    for name in table.columns:
        kind = table.dtypes[name]
        if str(name).lower() not in _TIMES or not _is_text(kind):
            continue
        meta = pd.Series([], dtype="datetime64[ns]", name=name)
        column = table[name]
        decoded = (
            column.map_partitions(_decode, meta=meta)
            if isinstance(column, dd.Series)
            else _decode(column)
        )
        table = table.assign(**{str(name): decoded})
    return table


def _is_text(kind: Any) -> bool:
    return bool(pd.api.types.is_string_dtype(kind) or isinstance(kind, pd.DatetimeTZDtype))


def _decode(column: pd.Series) -> pd.Series:
    moments = pd.to_datetime(column, utc=True, format="ISO8601")
    return moments.dt.tz_localize(None).astype("datetime64[ns]")


def tidy_vectors(frame: Any, crs: str | None) -> Any:
    """Bring vectors to longitude and latitude, and mend the outlines that cross themselves.

    Parameters
    ----------
    frame : geopandas.GeoDataFrame
        As read.
    crs : str or None
        Coordinate reference system to take where the file states none.

    Returns
    -------
    geopandas.GeoDataFrame
        In EPSG:4326, without heights; rows without a shape are left out. ``attrs["notes"]`` tells
        what was unusual and what was changed.

    Raises
    ------
    ValueError
        Neither the file nor the entry states a system, and the coordinates are no degrees; no
        shape is left.
    """
    notes = list(frame.attrs.get("notes", []))
    empty = frame.geometry.isna() | frame.geometry.is_empty
    if empty.any():
        if empty.all():
            raise ValueError("no row has a shape.")
        notes.append(f"{int(empty.sum())} of {len(frame)} rows have no shape; they were left out.")
        frame = frame[~empty]
    if frame.crs is None:
        west, south, east, north = frame.total_bounds
        degrees = -360 <= west <= east <= 360 and -90 <= south <= north <= 90
        if crs is None and not degrees:
            raise ValueError(
                "the file states no coordinate reference system. Add one to the entry, "
                "for example crs: EPSG:32642."
            )
        if crs is None:
            notes.append("No coordinate reference system is stated; degrees of WGS 84 were taken.")
        frame = frame.set_crs(crs or WORLD)
    frame = frame.to_crs(WORLD)
    shapes = shapely.force_2d(frame.geometry.to_numpy())
    if not np.isfinite(shapely.bounds(shapes)).all():
        raise ValueError("some coordinates are infinite or outside the coordinate system.")
    label = next((name for name in _LABELS if name in frame), None)
    shapes, mended = mend(shapes, (frame[label] if label else frame.index).to_numpy())
    frame = frame.set_geometry(shapes, crs=WORLD)
    frame.attrs["notes"] = [*notes, *mended]
    return frame


def mend(shapes: Any, labels: Any) -> tuple[Any, list[str]]:
    """Mend outlines that cross themselves.

    Parameters
    ----------
    shapes : array of shapely shapes
        Any shapes.
    labels : sequence
        A name of each, for the notes.

    Returns
    -------
    shapes : numpy.ndarray
        Valid shapes. Of a mended polygon its areas are kept, the lines that mending leaves are
        not; a polygon without any area stays as it is.
    notes : list of str
        One for each mended shape: name, reason, change of its area.

    Examples
    --------
    A bow of two triangles:

    >>> bow = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    >>> shapes, notes = mend(np.array([bow]), ["bow"])
    >>> float(shapely.area(shapes[0])), notes[0][:40]
    (2.0, 'bow: Self-intersection[1 1]; mended, are')
    """
    out = np.array(shapes, dtype=object)
    notes = []
    known = np.array([one is not None for one in out])
    for place in np.flatnonzero(known & ~shapely.is_valid(out)):
        reason = shapely.is_valid_reason(out[place])
        before = abs(float(shapely.area(out[place])))
        fixed = shapely.make_valid(out[place])
        if "Polygon" in out[place].geom_type:
            parts = [one for one in shapely.get_parts(fixed) if one.geom_type == "Polygon"]
            areas = [one for part in parts for one in shapely.get_parts(part)]
            if fixed.geom_type == "GeometryCollection":
                inner = shapely.get_parts(fixed)
                areas = [a for one in inner for a in shapely.get_parts(one) if a.area > 0]
            if not areas:
                notes.append(f"{labels[place]}: {reason}; it has no area.")
                continue
            fixed = shapely.union_all(areas)
        after = float(shapely.area(fixed))
        change = f"area {before:.6g} to {after:.6g}" if after else "no area"
        out[place] = fixed
        notes.append(f"{labels[place]}: {reason}; mended, {change} (square units of the map).")
    return out, notes


def describe_shapes(shapes: Any) -> list[str]:
    """Tell what kinds of shapes a file mixes, and whether they have heights.

    Parameters
    ----------
    shapes : array of shapely shapes
        Any shapes.

    Returns
    -------
    list of str
        Empty where all are of one kind (a multipolygon is a polygon) and flat.

    Examples
    --------
    >>> describe_shapes(np.array([shapely.Point(0, 0), shapely.box(0, 0, 1, 1)]))
    ['The file mixes 1 Point, 1 Polygon.']
    """
    names = [one.geom_type.removeprefix("Multi") for one in shapes if one is not None]
    kinds, counts = np.unique(np.array(names, dtype=str), return_counts=True)
    notes = []
    if kinds.size > 1:
        told = ", ".join(f"{count} {kind}" for kind, count in zip(kinds, counts, strict=True))
        notes.append(f"The file mixes {told}.")
    if shapely.has_z(np.array([one for one in shapes if one is not None], dtype=object)).any():
        notes.append("The heights of the shapes were left out.")
    return notes
