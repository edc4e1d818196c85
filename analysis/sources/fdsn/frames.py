"""Tables of other libraries and GeoJSON brought to one plain table with columns of places."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

_PREFIX: Final = "properties."
_PLACE: Final = "geometry.coordinates"
_DEEPEST, _HIGHEST = 1000.0, -10.0  # km below the sea; no ground is higher than 9 km
_LAZY: Final = ("compute", "to_frame", "to_pandas")


def plain_frame(table: Any) -> pd.DataFrame:
    """Bring a table of any library, or GeoJSON, to a plain table of pandas.

    Parameters
    ----------
    table : object
        A table of pandas or geopandas, a mapping of columns, a list of records, a read GeoJSON or
        its features, or anything that becomes a table by ``compute``, ``to_frame`` or
        ``to_pandas``: tables of dask, PyArrow and Polars, and events of the database.

    Returns
    -------
    pandas.DataFrame
        Rows and index as given. Properties of features lose the prefix ``properties.``.

    Raises
    ------
    ValueError
        It is no table.

    Examples
    --------
    >>> feature = {"id": "us1", "type": "Feature", "properties": {"mag": 5, "type": "earthquake"}}
    >>> plain_frame({"type": "FeatureCollection", "features": [feature]}).to_dict("records")
    [{'id': 'us1', 'mag': 5, 'type': 'earthquake'}]
    """
    frame = _table(table)
    if {"properties", "geometry"} <= set(frame.columns) and _holds(frame["properties"], dict):
        records: Any = frame.to_dict("records")
        frame = pd.json_normalize(records).set_index(frame.index)
    inner = [name for name in frame.columns if str(name).startswith(_PREFIX)]
    if not inner:
        return frame
    if f"{_PREFIX}type" in inner:
        frame = frame.drop(columns="type", errors="ignore")  # the word "Feature"
    taken = set(frame.columns)
    short = {name: name.removeprefix(_PREFIX) for name in inner}
    return frame.rename(columns={name: new for name, new in short.items() if new not in taken})


def placed(frame: pd.DataFrame, *, depth: bool) -> pd.DataFrame:
    """Take longitude and latitude out of a column of points or of coordinates of GeoJSON.

    Parameters
    ----------
    frame : pandas.DataFrame
        (n) rows with a column of geometry, as geopandas has it, or ``geometry.coordinates``, as
        ``pandas.json_normalize`` names it; any other table is returned as it is.
    depth : bool
        Take a third coordinate as the depth in km, as the USGS gives it.

    Returns
    -------
    pandas.DataFrame
        (n) rows with ``longitude``, ``latitude`` (degrees) and, if told, ``depth`` (km) instead
        of the column. Points of another system of coordinates are brought to degrees.

    Raises
    ------
    ValueError
        The geometry is no point, or the third coordinate can be no depth in km.

    Examples
    --------
    >>> table = pd.DataFrame({"geometry.coordinates": [[76.9, 43.2, 10.0]]})
    >>> placed(table, depth=True).to_dict("records")
    [{'longitude': 76.9, 'latitude': 43.2, 'depth': 10.0}]
    """
    points = [name for name, kind in frame.dtypes.items() if str(kind) == "geometry"]
    if points:
        column = "geometry" if "geometry" in points else points[0]
        place = _of_points(frame[column].array)
    elif _PLACE in frame:
        column, place = _PLACE, _of_lists(frame[_PLACE])
    else:
        return frame
    names = ["longitude", "latitude"]
    if depth and not np.isnan(place[:, 2]).all():
        names.append("depth")
        wrong = ~np.isnan(place[:, 2])
        wrong &= ~((place[:, 2] >= _HIGHEST) & (place[:, 2] <= _DEEPEST))
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise ValueError(
                f"The third coordinate of row {row} is {place[row, 2]:g}, which is no depth in km "
                f"from {_HIGHEST:g} to {_DEEPEST:g}; give the depth in a column 'depth'."
            )
    new = pd.DataFrame(place[:, : len(names)], columns=names, index=frame.index)
    return pd.concat([frame.drop(columns=column), new], axis=1)


def _table(table: Any) -> pd.DataFrame:
    """Make a table of pandas of whatever came."""
    if isinstance(table, pd.DataFrame):
        return table if type(table) is pd.DataFrame else pd.DataFrame(table)
    if isinstance(table, Mapping) and isinstance(table.get("features"), list):
        found = [one for one in table["features"] if isinstance(one, dict)]
        empty = pd.DataFrame(columns=["time", "longitude", "latitude"])
        return pd.json_normalize(found) if found else empty
    if not isinstance(table, str | pd.Series | pd.Index):
        for name in _LAZY:
            made = getattr(table, name)() if hasattr(table, name) else None
            if isinstance(made, pd.DataFrame):
                return _table(made)
    if table is not None and not isinstance(table, str | int | float | pd.Series | pd.Index):
        try:
            return pd.DataFrame(table)
        except (TypeError, ValueError) as error:
            reason = f" ({error})"
    else:
        reason = ""
    raise ValueError(
        f"{type(table).__name__} is no table of events{reason}; give a table of pandas, geopandas "
        "or dask, a mapping of columns, or read GeoJSON."
    )


def _holds(values: pd.Series, kind: type) -> bool:
    known = values.dropna()
    return values.dtype == object and bool(len(known)) and isinstance(known.iloc[0], kind)


def _of_points(points: Any) -> Any:
    """Longitude, latitude and third coordinate, (n, 3), of an array of geometries."""
    kinds = set(pd.unique(pd.Series(points.geom_type).dropna())) - {"Point"}
    if kinds:
        raise ValueError(
            f"The geometry of events holds {', '.join(sorted(kinds))}; give points, or columns "
            "longitude and latitude."
        )
    if points.crs is not None and not points.crs.is_geographic:
        points = points.to_crs(4326)
    height = np.full(len(points), np.nan)
    solid = np.asarray(points.has_z, dtype=bool)
    height[solid] = points[solid].z
    return np.column_stack([points.x, points.y, height]).astype(np.float64)


def _of_lists(lists: pd.Series) -> Any:
    """Do the same for lists of coordinates."""
    place = np.full((len(lists), 3), np.nan)
    for row, values in enumerate(lists):
        if isinstance(values, list | tuple | np.ndarray):
            try:
                place[row, : len(values)] = [
                    np.nan if one is None else float(one) for one in values
                ]
            except (TypeError, ValueError):
                raise ValueError(
                    f"The coordinates of row {row} are {values!r}; give a longitude, a latitude "
                    "and perhaps a depth."
                ) from None
    return place
