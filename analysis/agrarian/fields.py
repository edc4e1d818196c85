"""Farms and fields of one's own: read, checked, ready for areas and series."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.agrarian.crosswalk import check_units
from analysis.agrarian.units import areas_km2
from analysis.sources.tables import tidy_vectors
from analysis.spelling import did_you_mean

_NAMES: Final = (
    "name",
    "farm",
    "field",
    "title",
    "атауы",
    "шаруашылық",
    "хозяйство",
    "поле",
    "имя",
)
_IDS: Final = ("id", "code", "farm_id", "field_id", "cadastre", "kato", "kad_nomer")
_LARGEST_KM2: Final = 5000.0


def read_fields(
    source: Any,
    *,
    crs: Any = None,
    name: str | None = None,
    year: int | None = None,
    least_overlap_ha: float = 0.1,
) -> gpd.GeoDataFrame:
    """Read farms or fields, mend their outlines, and find what is wrong with them.

    Parameters
    ----------
    source
        GeoPackage, GeoJSON or Shapefile (zipped too), or shapes.
    crs
        Reference system where the file states none. Without it, numbers that are no degrees are
        refused.
    name
        Column of the names; None to look for one.
    year
        Year for which the outlines hold.
    least_overlap_ha
        Overlaps smaller than this are not told of, hectares.

    Returns
    -------
    geopandas.GeoDataFrame
        In longitude and latitude: id, name_kk, name_ru, name_en (the one name that is given), year,
        level "farm", area_ha, geometry, and the other columns of the file.
        `attrs["faults"]`: a list of {"fault", "unit", "other", "area_ha"}: "overlap", "gap",
        "mended", "very large", "same outline"; `attrs["notes"]`: what was changed, in sentences.

    Raises
    ------
    ValueError
        No file, no polygons, no reference system, an unknown column, two fields of one id.

    Examples
    --------
    >>> import shapely
    >>> boxes = [shapely.box(70, 50, 70.02, 50.01), shapely.box(70.01, 50, 70.03, 50.01)]
    >>> two = gpd.GeoDataFrame({"name": ["Алтын дән", "Береке"]}, geometry=boxes, crs=4326)
    >>> fields = read_fields(two)
    >>> fields["area_ha"].round().tolist(), fields.attrs["faults"][0]["fault"]
    ([159.0, 159.0], 'overlap')
    """
    frame = _open(source)
    kinds = sorted(set(frame.geom_type.dropna()) - {"Polygon", "MultiPolygon"})
    if kinds or not len(frame):
        raise ValueError(f"Fields are polygons; the file has {', '.join(kinds) or 'no rows'}.")
    frame = frame.set_axis(pd.Index(_names(frame, name), name="unit"), axis=0)
    frame = tidy_vectors(frame, str(crs) if crs is not None else None)
    shapes = frame.geometry.to_numpy()
    names = frame.index.tolist()
    ids = _ids(frame, names)
    found = gpd.GeoDataFrame(
        {"id": ids, "name_kk": names, "name_ru": names, "name_en": names, "year": year,
         "level": "farm", "area_ha": 100 * areas_km2(shapes)},
        geometry=shapes, crs=4326,
    )  # fmt: skip
    extra = [one for one in frame.columns if one not in found and one != frame.geometry.name]
    for one in extra:
        found[one] = frame[one].to_numpy()
    notes = list(frame.attrs.get("notes", []))
    found.attrs["notes"] = notes
    found.attrs["faults"] = _faults(found, least_overlap_ha)
    return found


def _faults(fields: Any, least_ha: float) -> list[dict[str, Any]]:
    table = check_units(fields, least_km2=least_ha / 100)
    table["area_ha"] = 100 * table.pop("area_km2")
    rows: list[dict[str, Any]] = [
        {str(key): value for key, value in one.items()} for one in table.to_dict("records")
    ]
    shapes = fields.geometry.normalize()
    twice = pd.Series(shapes.to_wkb().to_numpy()).duplicated(keep="first").to_numpy()
    for row in np.flatnonzero(twice):
        one = fields.iloc[row]
        rows.append(
            {"fault": "same outline", "unit": one["id"], "other": "", "area_ha": one["area_ha"]}
        )
    for _, one in fields[fields["area_ha"] > 100 * _LARGEST_KM2].iterrows():
        rows.append(
            {"fault": "very large", "unit": one["id"], "other": "", "area_ha": one["area_ha"]}
        )
    return rows


def _open(source: Any) -> Any:
    if hasattr(source, "geom_type"):
        return source.reset_index(drop=True)
    path = Path(str(source))
    if not path.exists():
        raise ValueError(f"There is no file {path}.")
    try:
        return gpd.read_file(path)
    except (OSError, RuntimeError) as error:  # pyogrio's errors are RuntimeErrors
        raise ValueError(
            f"{path.name} cannot be read as GeoPackage, GeoJSON or Shapefile: {error}"
        ) from error


def _names(frame: Any, name: str | None) -> list[str]:
    if name is not None and name not in frame:
        raise ValueError(f"There is no column {name!r}. {did_you_mean(name, map(str, frame))}")
    known = {str(one).casefold(): one for one in frame.columns}
    column = name or next((known[one] for one in _NAMES if one in known), None)
    if column is None:
        return [f"{k + 1}" for k in range(len(frame))]
    texts = frame[column].astype(str).str.strip()
    empty = frame[column].isna() | (texts == "")
    return [
        f"{k + 1}" if bad else text for k, (text, bad) in enumerate(zip(texts, empty, strict=True))
    ]


def _ids(frame: Any, names: list[str]) -> list[str]:
    known = {str(one).casefold(): one for one in frame.columns}
    column = next((known[one] for one in _IDS if one in known), None)
    ids = list(names) if column is None else frame[column].astype(str).tolist()
    counts = pd.Series(ids).value_counts()
    if column is not None and (counts > 1).any():
        raise ValueError(
            f"{column} {counts.index[0]!r} is there {counts.iloc[0]} times; give each its own."
        )
    if (counts > 1).any():  # names may repeat: number them
        seen: dict[str, int] = {}
        for k, one in enumerate(ids):
            seen[one] = seen.get(one, 0) + 1
            ids[k] = f"{one} ({seen[one]})" if counts[one] > 1 else one
    return ids
