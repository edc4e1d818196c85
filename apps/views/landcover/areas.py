"""Areas of the classes of a map: the whole map corrected by its error matrix, and by unit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from apps.views.fields.unitsets import Units
from apps.views.landcover.maps import ClassMap
from apps.views.landcover.training import Outcome

LEAST = 1e-3
"""Share of a unit that the map must hold for the unit to be listed."""

Report = Callable[[int, int, str], None]


@dataclass(frozen=True)
class UnitAreas:
    """Areas of one map.

    Attributes
    ----------
    table
        A row a unit and class: unit, class, area_ha (as mapped), estimate_ha, low_ha, high_ha.
    units
        By unit: unit_ha, mapped_ha, rejected_ha, nodata_ha, outside_ha.
    whole
        By class, the whole map: mapped, area, low, high (ha), users, producers (shares).
    notes
        What limits the estimates, English.
    """

    table: pd.DataFrame
    units: pd.DataFrame
    whole: pd.DataFrame
    notes: tuple[str, ...] = field(default=())


def unit_areas(one: ClassMap, kind: Units, outcome: Outcome, report: Report) -> UnitAreas:
    """Measure the classes of a map in every unit, and in the whole.

    Parameters
    ----------
    one
        The map.
    kind
        The units; those that lie beside the map are left out.
    outcome
        The classifier of the map; its error matrix of whole blocks corrects the areas.
    report : callable
        Told what is done, the total and what; it raises to give up.

    Returns
    -------
    UnitAreas
        Hectares.

    Raises
    ------
    ValueError
        No unit lies in the map, or the matrix does not fit it.
    """
    import geopandas as gpd

    from analysis.agrarian.accuracy import area_adjusted_accuracy
    from analysis.agrarian.mapping import areas, open_map

    land = open_map(one.path)
    matrix = outcome.ways["block"].matrix.rename(index=str, columns=str)
    matrix = matrix.rename_axis(index="map", columns="reference")
    near = _near(one, kind)
    shapes = kind.shapes[near]
    if not len(shapes):
        raise ValueError(f"None of the {len(kind.ids)} units lies in the map.")
    frame = gpd.GeoDataFrame({"id": list(shapes.index)}, geometry=list(shapes), crs="EPSG:4326")
    table = areas(land, frame, matrix, progress=report)
    about = pd.DataFrame.from_dict(table.attrs["units"], orient="index").rename_axis("unit")
    held = about.index[(about["unit_ha"] - about["outside_ha"]) > LEAST * about["unit_ha"]]
    whole = areas(land).set_index("class")["area_ha"].rename("mapped")
    found = area_adjusted_accuracy(matrix, whole, unsampled="exclude")
    names = {"area": "area", "area_low": "low", "area_high": "high"}
    both = found.classes[[*names, "users", "producers"]].rename(columns=names)
    return UnitAreas(
        table[table["unit"].isin(held)].reset_index(drop=True),
        about.loc[held],
        both.join(whole).reindex(whole.index),
        tuple(found.notes),
    )


def _near(one: ClassMap, kind: Units) -> Any:
    """Tell which units' boxes meet the map."""
    west, south, east, north = kind.boxes.T
    lon, lat = one.longitudes, one.latitudes
    low_x, high_x, low_y, high_y = np.min(lon), np.max(lon), np.min(lat), np.max(lat)
    return (west <= high_x) & (east >= low_x) & (south <= high_y) & (north >= low_y)
