"""From the units of one year to those of another: what became of each, and values carried over."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from analysis.agrarian.units import project

SAME: Final = 0.99
"""Common share of two outlines (intersection over union) from which they are the same place."""
SLIVER: Final = 1e-4
"""Share of a unit below which a common area is an error of drawing, no piece of it."""


def crosswalk(old: Any, new: Any, sliver: float = SLIVER) -> pd.DataFrame:
    """Cut the units of one year by those of another.

    Parameters
    ----------
    old, new : geopandas.GeoDataFrame
        Of :func:`analysis.agrarian.units.read_units`.
    sliver : float, optional
        Pieces smaller than this share of both units are left out.

    Returns
    -------
    pandas.DataFrame
        A row a piece: ``old`` and ``new`` (ids), ``area_km2``, ``share_of_old``,
        ``share_of_new`` (of the unit's area). What of an old unit lies in no new one is missing
        from its shares, which then sum to less than 1; nothing is spread silently.

    Raises
    ------
    ValueError
        The sliver is no share.

    Examples
    --------
    One district divided in two equal halves:

    >>> import geopandas as gpd
    >>> whole = gpd.GeoDataFrame({"id": ["a"]}, geometry=[shapely.box(60, 50, 62, 51)], crs=4326)
    >>> halves = [shapely.box(60, 50, 61, 51), shapely.box(61, 50, 62, 51)]
    >>> parts = gpd.GeoDataFrame({"id": ["b", "c"]}, geometry=halves, crs=4326)
    >>> crosswalk(whole, parts)["share_of_old"].round(6).tolist()
    [0.5, 0.5]
    """
    if not 0 <= sliver < 1:
        raise ValueError(f"sliver={sliver!r}; it is a share from 0 to 1.")
    before, after = project(old.geometry), project(new.geometry)
    first, second = shapely.STRtree(after).query(before, predicate="intersects")
    common = shapely.area(shapely.intersection(before[first], after[second])) / 1e6
    of_old = common / (shapely.area(before) / 1e6)[first]
    of_new = common / (shapely.area(after) / 1e6)[second]
    kept = np.maximum(of_old, of_new) > sliver
    table = pd.DataFrame(
        {
            "old": np.asarray(old["id"])[first],
            "new": np.asarray(new["id"])[second],
            "area_km2": common,
            "share_of_old": of_old,
            "share_of_new": of_new,
        }
    )
    return table[kept].sort_values(["old", "area_km2"], ascending=[True, False], ignore_index=True)


def fates(
    old: Any, new: Any, pieces: pd.DataFrame | None = None, same: float = SAME
) -> pd.DataFrame:
    """Tell what became of each old unit.

    Parameters
    ----------
    old, new : geopandas.GeoDataFrame
        Of :func:`analysis.agrarian.units.read_units`.
    pieces : pandas.DataFrame, optional
        Of :func:`crosswalk`; made where not given.
    same : float, optional
        Common share from which two outlines are the same place.

    Returns
    -------
    pandas.DataFrame
        Indexed by the old id: ``kato``, ``successor`` (id of the new unit with the largest common
        area), ``overlap`` (intersection over union with it), ``code_overlap`` (with the new unit
        of the same code; NaN where there is none) and ``fate``: "same" (code and outline),
        "changed" (same code, another outline), "recoded" (same outline, another code),
        "recoded and changed" (another code, at least half of the outline), "moved" (its code now
        names another place) or "divided" (neither code nor outline remain).

    Examples
    --------
    >>> import geopandas as gpd
    >>> box = [shapely.box(60, 50, 62, 51)]
    >>> a = gpd.GeoDataFrame({"id": ["1-2018"], "kato": ["1"]}, geometry=box, crs=4326)
    >>> b = gpd.GeoDataFrame({"id": ["2-2024"], "kato": ["2"]}, geometry=box, crs=4326)
    >>> fates(a, b).loc["1-2018", "fate"], fates(a, a).loc["1-2018", "fate"]
    ('recoded', 'same')
    """
    pieces = crosswalk(old, new) if pieces is None else pieces
    overlap = 1 / (1 / pieces["share_of_old"] + 1 / pieces["share_of_new"] - 1)
    table = pieces.assign(overlap=overlap)
    codes_new = dict(zip(new["kato"], new["id"], strict=True))
    rows = []
    for name, kato in zip(old["id"], old["kato"], strict=True):
        mine = table[table["old"] == name].sort_values("overlap", ascending=False)
        best = mine.iloc[0] if len(mine) else None
        namesake = codes_new.get(kato) if kato else None
        own = mine.loc[mine["new"] == namesake, "overlap"]
        by_code = np.nan if namesake is None else float(own.iloc[0]) if len(own) else 0.0
        largest = 0.0 if best is None else float(best["overlap"])
        rows.append(
            {
                "id": name,
                "kato": kato,
                "successor": "" if best is None else best["new"],
                "overlap": largest,
                "code_overlap": by_code,
                "fate": _fate(largest, by_code, same),
            }
        )
    return pd.DataFrame(rows).set_index("id")


def _fate(largest: float, by_code: float, same: float) -> str:
    if np.isnan(by_code):
        if largest >= same:
            return "recoded"
        return "recoded and changed" if largest >= 0.5 else "divided"
    if by_code >= same:
        return "same"
    if by_code < 0.1:
        return "moved"
    return "changed"


def carry(
    values: pd.Series, pieces: pd.DataFrame, kind: str = "amount", least: float = 0.99
) -> pd.Series:
    """Carry values of old units over to the new ones.

    Parameters
    ----------
    values : pandas.Series
        By old id.
    pieces : pandas.DataFrame
        Of :func:`crosswalk`.
    kind : str, optional
        "amount" (tonnes, people: divided by area, as if even within a unit) or "mean" (NDVI,
        yield: averaged by area).
    least : float, optional
        Share of a new unit that must be covered by old units with a value; else it is NaN.

    Returns
    -------
    pandas.Series
        By new id.

    Raises
    ------
    ValueError
        The kind is unknown, or an old id is there twice.

    Examples
    --------
    Amounts keep their sum, an even mean stays what it is:

    >>> pieces = pd.DataFrame({"old": ["a", "a"], "new": ["b", "c"], "area_km2": [3.0, 1.0]})
    >>> pieces = pieces.assign(share_of_old=[0.75, 0.25], share_of_new=[1.0, 1.0])
    >>> carry(pd.Series({"a": 8.0}), pieces).tolist()
    [6.0, 2.0]
    >>> carry(pd.Series({"a": 8.0}), pieces, "mean").tolist()
    [8.0, 8.0]
    """
    if kind not in ("amount", "mean"):
        raise ValueError(f"kind={kind!r}; it is 'amount' or 'mean'.")
    if values.index.duplicated().any():
        twice = values.index[values.index.duplicated()][0]
        raise ValueError(f"The unit {twice!r} is there twice.")
    given = pieces["old"].map(values).astype(np.float64)
    known = given.notna()
    weight = pieces["share_of_old" if kind == "amount" else "area_km2"].where(known, 0.0)
    total = (given.fillna(0.0) * weight).groupby(pieces["new"], sort=False).sum()
    if kind == "mean":
        total = total / weight.groupby(pieces["new"], sort=False).sum()
    covered = pieces["share_of_new"].where(known, 0.0).groupby(pieces["new"], sort=False).sum()
    carried = total.where(covered >= least)
    carried.name = values.name
    return carried


def check_units(units: Any, parents: Any = None, least_km2: float = 0.01) -> pd.DataFrame:
    """Find what is wrong with a division: overlaps, gaps, units of no parent.

    Parameters
    ----------
    units : geopandas.GeoDataFrame
        Of :func:`analysis.agrarian.units.read_units`.
    parents : geopandas.GeoDataFrame, optional
        The oblasts of these districts, of the same year.
    least_km2 : float, optional
        Faults smaller than this are left out.

    Returns
    -------
    pandas.DataFrame
        A row a fault, the largest first: ``fault`` ("overlap", "gap", "outside its parent",
        "parent not covered", "no parent", "mended"), ``unit``, ``other``, ``area_km2``. Empty
        where all is well.

    Examples
    --------
    >>> import geopandas as gpd
    >>> boxes = [shapely.box(60, 50, 62, 51), shapely.box(61, 50, 63, 51)]
    >>> two = gpd.GeoDataFrame({"id": ["a", "b"]}, geometry=boxes, crs=4326)
    >>> check_units(two)[["fault", "unit", "other"]].values.tolist()
    [['overlap', 'a', 'b']]
    """
    shapes, ids = project(units.geometry), np.asarray(units["id"])
    rows: list[tuple[str, str, str, float]] = [
        ("mended", str(note), "", np.nan) for note in units.attrs.get("notes", [])
    ]
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    once = first < second
    first, second = first[once], second[once]
    common = shapely.area(shapely.intersection(shapes[first], shapes[second])) / 1e6
    rows += [
        ("overlap", ids[a], ids[b], size)
        for a, b, size in zip(first, second, common, strict=True)
        if size >= least_km2
    ]
    whole = shapely.union_all(shapes)
    for part in shapely.get_parts(whole):
        for hole in shapely.get_rings(part)[1:]:
            size = shapely.area(shapely.polygons(hole)) / 1e6
            if size >= least_km2:
                rows.append(("gap", str(_nearest(hole, shapes, ids)), "", float(size)))
    if parents is not None:
        rows += _against_parents(units, shapes, ids, parents, least_km2)
    table = pd.DataFrame(rows, columns=["fault", "unit", "other", "area_km2"])
    return table.sort_values("area_km2", ascending=False, ignore_index=True, kind="stable")


def _nearest(hole: Any, shapes: NDArray[Any], ids: NDArray[Any]) -> Any:
    return ids[int(np.argmin(shapely.distance(shapes, hole)))]


def _against_parents(
    units: Any, shapes: NDArray[Any], ids: NDArray[Any], parents: Any, least: float
) -> list[tuple[str, str, str, float]]:
    outlines = dict(zip(parents["kato"], project(parents.geometry), strict=True))
    rows = []
    codes = np.asarray(units["parent"])
    for place, code in enumerate(codes):
        if code not in outlines:
            rows.append(("no parent", str(ids[place]), str(code), np.nan))
            continue
        outside = shapely.area(shapely.difference(shapes[place], outlines[code])) / 1e6
        if outside >= least:
            rows.append(("outside its parent", str(ids[place]), str(code), float(outside)))
    for code, outline in outlines.items():
        mine = shapes[codes == code]
        left = shapely.area(shapely.difference(outline, shapely.union_all(mine))) / 1e6
        if left >= least:
            rows.append(("parent not covered", str(code), "", float(left)))
    return rows
