"""Administrative units of Kazakhstan: oblasts and districts by KATO code and year.

A code alone is no key: codes were given anew in 2022, and one code went to another place. So a
unit is known by its code *and* the year of the division, and :mod:`analysis.agrarian.crosswalk`
leads from one year to another.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from analysis.sources.tables import mend, tidy_vectors
from analysis.spelling import did_you_mean

LEVELS: Final = ("country", "oblast", "district")
"""ADM0, ADM1, ADM2."""
EQUAL_AREA: Final = "EPSG:6933"
"""Lambert's cylindrical equal-area projection of the ellipsoid WGS 84 (EASE-Grid 2.0)."""
COLUMNS: Final = (
    *("id", "kato", "year", "level", "name_kk", "name_ru", "name_en"),
    *("parent", "parent_name_kk", "parent_name_ru", "parent_name_en", "area_km2"),
)
_STEP: Final = 0.05  # degrees between points of an edge before it is projected
_KATO: Final = re.compile(r"^\d{9}$")
_YEAR: Final = re.compile(r"(?<!\d)(19|20)\d\d(?!\d)")


def read_units(
    source: Any, *, year: int | None = None, level: str | None = None, crs: str | None = None
) -> gpd.GeoDataFrame:
    """Read oblasts or districts in any of the known layouts, as one table.

    Known are the layout of OCHA COD-AB and of its national copies (``ADM1_EN``, ``ADM2_PCODE``,
    ``KATO``, ``Year``), that of geoBoundaries (``shapeName``, ``shapeISO``, ``shapeType``), and
    the oblasts that come with Qazcube (``kato``, ``name_kk``).

    Parameters
    ----------
    source : str, pathlib.Path or geopandas.GeoDataFrame
        File (GeoJSON, GeoPackage, Shapefile, zipped too), or a table.
    year : int, optional
        Year of the division, where the file does not say it.
    level : str, optional
        "country", "oblast" or "district", where the file does not say it.
    crs : str, optional
        Coordinate reference system, where the file does not say it.

    Returns
    -------
    geopandas.GeoDataFrame
        In longitude and latitude, columns :data:`COLUMNS` and geometry: ``id`` is code-year,
        ``kato`` nine digits ("" where the source has no code), ``parent`` the code of the oblast
        of a district, ``area_km2`` on the ellipsoid. ``attrs["notes"]`` lists what was mended.

    Raises
    ------
    ValueError
        The layout is unknown, the year or level is missing, a code is none or is there twice, an
        outline is no polygon.
    """
    frame = _open(source, crs)
    if not len(frame):
        raise ValueError("There is no unit in the file.")
    found = level or _level(frame)
    if found not in LEVELS:
        raise ValueError(f"There is no level {found!r}. {did_you_mean(str(found), LEVELS)}")
    rows = _columns(frame, found)
    rows["year"] = _year(frame, year, source)
    rows["level"] = found
    rows["kato"] = [_code(one) for one in rows["kato"]]
    shapes, notes = mend(frame.geometry.to_numpy(), rows["name_en"].to_numpy())
    _polygons_only(shapes, rows["name_en"])
    rows["id"] = [
        f"{kato or key}-{one}"
        for kato, key, one in zip(rows["kato"], rows.pop("key"), rows["year"], strict=True)
    ]
    twice = rows["id"][rows["id"].duplicated()]
    if len(twice):
        raise ValueError(f"The unit {twice.iloc[0]!r} is there twice (code and year).")
    rows["area_km2"] = areas_km2(shapes)
    out = gpd.GeoDataFrame(rows[list(COLUMNS)], geometry=shapes, crs=4326)
    out.attrs["notes"] = [*frame.attrs.get("notes", []), *notes]
    return out


def areas_km2(shapes: Any) -> NDArray[np.float64]:
    """Areas of shapes on the ellipsoid WGS 84.

    Parameters
    ----------
    shapes : array or GeoSeries of shapely shapes
        In longitude and latitude, degrees; an edge is a straight line of longitude and latitude.

    Returns
    -------
    numpy.ndarray
        km2, by an equal-area projection (:data:`EQUAL_AREA`).

    Examples
    --------
    A box of a degree at the equator is 12,308.46 km2 on the ellipsoid, a third of it a third:

    >>> boxes = shapely.box([0, 0], [0, 0], [1, 1 / 3], [1, 1])
    >>> whole, third = areas_km2(boxes)
    >>> round(float(whole), 1), round(float(whole / third), 6)
    (12308.5, 3.0)
    """
    return np.asarray(shapely.area(project(shapes)) / 1e6)


def project(shapes: Any) -> NDArray[Any]:
    """Bring shapes to the equal-area projection, edges made of short pieces.

    Parameters
    ----------
    shapes : array or GeoSeries of shapely shapes
        In longitude and latitude, degrees.

    Returns
    -------
    numpy.ndarray
        Shapes in metres.
    """
    import pyproj

    way = pyproj.Transformer.from_crs("EPSG:4326", EQUAL_AREA, always_xy=True)
    fine = shapely.segmentize(np.asarray(shapes, dtype=object), _STEP)
    return np.asarray(
        shapely.transform(fine, lambda xy: np.column_stack(way.transform(xy[:, 0], xy[:, 1])))
    )


def names(units: Any, language: str = "en") -> pd.Series:
    """Names of units in a language, by id.

    Parameters
    ----------
    units : geopandas.GeoDataFrame
        Of :func:`read_units`.
    language : str, optional
        kk, ru or en.

    Returns
    -------
    pandas.Series
        Districts with their oblast, for several districts share a name.

    Raises
    ------
    ValueError
        There is no such language.
    """
    if language not in ("kk", "ru", "en"):
        raise ValueError(f"There is no language {language!r}; it is kk, ru or en.")
    label, above = units[f"name_{language}"], units[f"parent_name_{language}"]
    joined = np.where(above.astype(str).str.len() > 0, label + ", " + above, label)
    return pd.Series(joined, index=pd.Index(units["id"], name="id"), name=f"name_{language}")


def _open(source: Any, crs: str | None) -> Any:
    if hasattr(source, "geometry"):
        return tidy_vectors(source, crs)
    from analysis.sources.vectors import read_vectors

    return read_vectors(Path(source), crs=crs)


def _level(frame: Any) -> str:
    columns = {str(one).upper() for one in frame.columns}
    kind = str(frame["shapeType"].iloc[0]) if "shapeType" in frame else ""
    if "ADM2_EN" in columns or kind == "ADM2":
        return "district"
    if "ADM1_EN" in columns or kind == "ADM1":
        return "oblast"
    if "ADM0_EN" in columns or kind == "ADM0":
        return "country"
    if {"KATO", "NAME_KK"} <= columns:
        return "oblast"
    raise ValueError(
        "The layout of the units is unknown: neither ADM1_EN / ADM2_EN (OCHA COD-AB), nor "
        f"shapeName (geoBoundaries), nor kato and name_kk; it has {', '.join(map(str, frame))}."
    )


def _columns(frame: Any, level: str) -> Any:
    have = {str(one).upper(): str(one) for one in frame.columns}

    def column(*names: str) -> pd.Series:
        for name in names:
            if name.upper() in have:
                return frame[have[name.upper()]].fillna("").astype(str).str.strip()
        return pd.Series([""] * len(frame), index=frame.index)

    number = LEVELS.index(level)
    out: dict[str, Any] = {}
    for language in ("kk", "ru", "en"):
        code = language.upper()
        own = (f"ADM{number}_{code}", f"NAME_{code}")
        spare = (f"ADM{number}_EN", "shapeName") if language == "en" else (*own[:1], "shapeName")
        out[f"name_{language}"] = column(*own, *spare, "NAME_EN")
        above = f"ADM{number - 1}_{code}" if number else ""
        out[f"parent_name_{language}"] = column(above) if number == 2 else column("")
    out["kato"] = column("KATO")
    pcode = column(f"ADM{number}_PCODE", "shapeISO", "shapeID", "id")
    out["key"] = pcode.where(pcode != "", column("shapeID"))
    out["kato"] = out["kato"].where(out["kato"] != "", out["key"].map(_kato_of_pcode))
    parent = out["kato"].str[:2] + "0000000"
    out["parent"] = parent.where((out["kato"] != "") & (number == 2), "")
    return pd.DataFrame(out)


def _kato_of_pcode(pcode: str) -> str:
    """KATO code inside a place code of OCHA: KZ111000 is 111000000, KZ11 is 110000000."""
    digits = pcode.removeprefix("KZ")
    known = pcode.startswith("KZ") and digits.isdigit() and len(digits) in (2, 6, 9)
    return digits.ljust(9, "0") if known else ""


def _code(text: Any) -> str:
    code = str(text).strip().removesuffix(".0")
    if not code:
        return ""
    code = code.ljust(9, "0") if len(code) in (2, 4, 6) else code
    if not _KATO.match(code):
        raise ValueError(f"{text!r} is no KATO code; it has nine digits, as 111000000.")
    return code


def _year(frame: Any, year: int | None, source: Any) -> Any:
    stated = frame["Year"] if "Year" in frame else frame.get("year")
    if stated is not None and year is None:
        return stated.astype(int)
    named = _YEAR.findall(str(source)) if isinstance(source, (str, Path)) else []
    if year is None and named:
        found = [match.group() for match in _YEAR.finditer(Path(source).stem)]
        year = int(found[-1]) if found else None
    if year is None:
        raise ValueError("Say of which year the division is: year=2024. A code means nothing else.")
    if not 1990 <= int(year) <= 2100:
        raise ValueError(f"year={year!r}; it is a year since 1990.")
    return int(year)


def _polygons_only(shapes: NDArray[Any], labels: Any) -> None:
    bad = ~np.isin(shapely.get_type_id(shapes), (3, 6)) | shapely.is_empty(shapes)
    if bad.any():
        place = int(np.flatnonzero(bad)[0])
        what = "missing" if shapes[place] is None else shapes[place].geom_type
        raise ValueError(f"The outline of {labels.iloc[place]!r} is {what}; it must be a polygon.")


NAMES_OF_LEVELS: Final[Mapping[str, Mapping[str, str]]] = {
    "country": {"kk": "ел", "ru": "страна", "en": "country"},
    "oblast": {"kk": "облыс", "ru": "область", "en": "oblast"},
    "district": {"kk": "аудан", "ru": "район", "en": "district"},
}
