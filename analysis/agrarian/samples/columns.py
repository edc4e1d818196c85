"""Columns of samples: reading them, their names, their places."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from analysis.spelling import did_you_mean

KEYS: Final = (
    *("sample_id", "label", "longitude", "latitude", "start", "end", "zone", "polygon", "pixel"),
)
"""Columns of samples that are no features."""
_SYNONYMS: Final = {
    "sample_id": ("sample_id", "sampleid", "id_sample"),
    "label": ("label", "class", "classes", "landcover", "land_cover", "lulc", "сынып", "класс"),
    "longitude": ("longitude", "lon", "long", "lng", "x"),
    "latitude": ("latitude", "lat", "y"),
    "start": ("start", "start_date", "from"),
    "end": ("end", "end_date", "to"),
    "date": ("date", "time", "index_date"),
    "zone": ("zone",),
}
_PLACES: Final = (*_SYNONYMS["longitude"], *_SYNONYMS["latitude"])
DEGREES: Final = {"lon": "longitude", "lng": "longitude", "lat": "latitude"}
NEVER: Final = frozenset({"id", "fid", "index", "unnamed: 0", "lon", "lat", "lng", "fold", "year"})
SKIPPED: Final = NEVER | {"date", *(one for many in _SYNONYMS.values() for one in many)}


def open_table(source: Any, sheet: Any) -> pd.DataFrame:
    """Read a table or shapes from a file, or take a table as it is.

    Parameters
    ----------
    source
        File, table, shapes, or lazy table of Dask.
    sheet
        Sheet of a workbook.

    Returns
    -------
    pandas.DataFrame
        A copy.

    Raises
    ------
    ValueError
        There is no such file, or its kind is unknown.
    """
    if hasattr(source, "compute"):
        source = source.compute()
    if isinstance(source, pd.DataFrame):
        return source.copy()
    path = Path(source)
    if not path.exists():
        raise ValueError(f"There is no file {path}.")
    kind = path.suffix.lower()
    if kind in (".csv", ".txt", ".tsv"):
        return pd.read_csv(path, sep=None, engine="python", encoding="utf-8-sig")
    if kind in (".parquet", ".pq"):
        return pd.read_parquet(path)
    if kind in (".xlsx", ".xls"):
        return pd.read_excel(path, sheet_name=sheet)
    if kind in (".gpkg", ".geojson", ".json", ".shp", ".zip"):
        import geopandas as gpd

        return gpd.read_file(path)
    raise ValueError(
        f"Samples in {path.name} cannot be read; give CSV, Parquet, XLSX, GeoPackage, GeoJSON or "
        "Shapefile."
    )


def with_places(table: Any, crs: Any) -> pd.DataFrame:
    """Return a plain table with longitude and latitude of WGS 84.

    Parameters
    ----------
    table
        Table or shapes.
    crs
        Reference system where it is not stated.

    Returns
    -------
    pandas.DataFrame
        Without shapes.

    Raises
    ------
    ValueError
        The system is not known, or the shapes are no points.
    """
    if hasattr(table, "geom_type"):
        if table.crs is None and crs is None:
            raise ValueError("The shapes state no coordinate reference system; give it as crs=.")
        kinds = sorted(set(table.geom_type.dropna()) - {"Point"})
        if kinds or table.geometry.isna().any():
            raise ValueError(
                f"The shapes are {', '.join(kinds) or 'partly missing'}; samples are points. Take "
                "samples from polygons with `extract`."
            )
        shapes = (table if table.crs is not None else table.set_crs(crs)).geometry.to_crs(4326)
        plain = pd.DataFrame(table.drop(columns=table.geometry.name))
        plain = plain.drop(columns=[one for one in plain if str(one).lower() in _PLACES])
        return plain.assign(longitude=shapes.x.to_numpy(), latitude=shapes.y.to_numpy())
    return table if crs is None else _to_degrees(table, crs)


def _to_degrees(table: pd.DataFrame, crs: Any) -> pd.DataFrame:
    from pyproj import Transformer

    found = rename_columns(table, None, need_label=False)
    if not {"longitude", "latitude"} <= set(found.columns):
        raise ValueError("A crs is given, but the table has no longitude and latitude (or x, y).")
    change = Transformer.from_crs(crs, 4326, always_xy=True)
    east, north = change.transform(found["longitude"].to_numpy(), found["latitude"].to_numpy())
    return found.assign(longitude=east, latitude=north)


def rename_columns(table: pd.DataFrame, label: str | None, need_label: bool = True) -> pd.DataFrame:
    """Give keys their own names.

    Parameters
    ----------
    table
        Table.
    label
        Column of the classes, where it has another name.
    need_label
        Whether there must be one.

    Returns
    -------
    pandas.DataFrame
        With the columns of `KEYS` as far as they are there.

    Raises
    ------
    ValueError
        There is no label, or coordinates are beyond the globe.
    """
    known = {str(one).strip().casefold(): one for one in table.columns}
    names: dict[Any, str] = {}
    for key, synonyms in _SYNONYMS.items():
        found = [known[one] for one in synonyms if one in known]
        if key == "label" and label is not None:
            if label not in table.columns:
                advice = did_you_mean(label, map(str, table.columns))
                raise ValueError(f"There is no column {label!r}. {advice}")
            found = [label]
        if found:
            names[found[0]] = key
    if need_label and "label" not in names.values():
        listed = ", ".join(map(str, table.columns[:12]))
        raise ValueError(
            f"The samples have no label; name its column as label=. Columns: {listed}."
        )
    taken = [one for one in table.columns if str(one) in names.values() and one not in names]
    found_table = table.drop(columns=taken).rename(columns=names)
    found_table.columns = [str(one) for one in found_table.columns]
    return found_table


def check_places(table: pd.DataFrame) -> None:
    """Make sure that places are on the globe.

    Parameters
    ----------
    table
        With longitude and latitude, or without both.

    Raises
    ------
    ValueError
        They are beyond it, as metres of a projection are.
    """
    if "longitude" not in table or "latitude" not in table:
        return
    for name, most in (("longitude", 360.0), ("latitude", 90.0)):
        values = pd.to_numeric(table[name], errors="coerce").to_numpy(np.float64)
        if (np.abs(values) > most).any():
            raise ValueError(
                f"A {name} is {values[np.nanargmax(np.abs(values))]:g}, beyond {most:g} degrees; "
                "if these are metres of a projection, name it as crs=."
            )


def as_times(values: pd.Series, name: str) -> pd.Series:
    """Return a column as times.

    Parameters
    ----------
    values
        Dates or texts (row,).
    name
        Of the column.

    Returns
    -------
    pandas.Series
        datetime64[ns].

    Raises
    ------
    ValueError
        They are no dates.
    """
    if pd.api.types.is_datetime64_any_dtype(values):
        zone = getattr(values.dtype, "tz", None)
        plain = values.dt.tz_convert("UTC").dt.tz_localize(None) if zone is not None else values
        return plain.astype("datetime64[ns]")
    for form in ("ISO8601", "%d.%m.%Y"):
        try:
            return pd.to_datetime(values, format=form).astype("datetime64[ns]")
        except (ValueError, TypeError):
            continue
    raise ValueError(
        f"The column {name} holds no dates: {values.iloc[0]!r}; write 2021-05-31 or 31.05.2021."
    )
