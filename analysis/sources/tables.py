"""Tables and vectors as they leave the catalogue: decoded times, longitude and latitude."""

from __future__ import annotations

from typing import Any, Final

import dask.dataframe as dd
import pandas as pd

WORLD: Final = "EPSG:4326"
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
    """Bring vectors to longitude and latitude.

    Parameters
    ----------
    frame : geopandas.GeoDataFrame
        As read.
    crs : str or None
        Coordinate reference system to take where the file states none.

    Returns
    -------
    geopandas.GeoDataFrame
        In EPSG:4326.

    Raises
    ------
    ValueError
        Neither the file nor the entry states a system, and the coordinates are no degrees.
    """
    if frame.crs is None:
        west, south, east, north = frame.total_bounds
        if crs is None and not (-360 <= west <= east <= 360 and -90 <= south <= north <= 90):
            raise ValueError(
                "the file states no coordinate reference system. Add one to the entry, "
                "for example crs: EPSG:32642."
            )
        frame = frame.set_crs(crs or WORLD)
    return frame.to_crs(WORLD)
