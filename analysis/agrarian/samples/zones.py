"""The zone in which a sample lies: agro-climatic zones, districts, oblasts."""

from __future__ import annotations

from typing import Any

import pandas as pd

from analysis.agrarian.samples.table import as_samples
from analysis.spelling import did_you_mean


def add_zones(samples: Any, zones: Any, column: str) -> pd.DataFrame:
    """Add the zone of every sample, for holding back one zone after the other.

    Parameters
    ----------
    samples
        Samples with longitude and latitude.
    zones
        Polygons in any stated reference system, such as districts joined with their
        agro-climatic zone.
    column
        Column of `zones` with the name of the zone; several polygons may have one.

    Returns
    -------
    pandas.DataFrame
        The samples that lie in a zone, with the column zone; `attrs["outside"]`: positions of
        those that do not.

    Raises
    ------
    ValueError
        No places, no reference system, an unknown column, or no sample inside.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> zones = gpd.GeoDataFrame(
    ...     {"zone_kk": ["дала", "шөл"]},
    ...     geometry=[shapely.box(70, 50, 71, 51), shapely.box(70, 45, 71, 50)],
    ...     crs=4326,
    ... )
    >>> table = pd.DataFrame({"label": "a", "longitude": [70.5, 70.5], "latitude": [50.5, 40.0]})
    >>> found = add_zones(table, zones, "zone_kk")
    >>> found["zone"].tolist(), found.attrs["outside"]
    (['дала'], [1])
    """
    import geopandas as gpd

    table = as_samples(samples)
    if not {"longitude", "latitude"} <= set(table.columns):
        raise ValueError("The samples have no longitude and latitude to find their zones by.")
    if column not in zones:
        raise ValueError(f"There is no column {column!r}. {did_you_mean(column, map(str, zones))}")
    if zones.crs is None:
        raise ValueError("The zones state no coordinate reference system; set one first.")
    points = gpd.GeoSeries.from_xy(table["longitude"], table["latitude"], crs=4326)
    shapes = zones[[column, zones.geometry.name]].to_crs(4326)
    near, polygon = shapes.sindex.query(points, predicate="intersects")
    first = pd.Series(polygon, near).groupby(level=0).min()
    inside = first.index.to_numpy()
    if not inside.size:
        raise ValueError("No sample lies in any of the zones.")
    found = table.iloc[inside].copy()
    found["zone"] = shapes[column].astype(str).to_numpy()[first.to_numpy()]
    outside = sorted(set(range(len(table))) - set(inside.tolist()))
    found.attrs = {**table.attrs, "outside": outside}
    return found
