"""Areas of the classes of a map: the whole map corrected by its error matrix, and by unit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from apps.views.landcover.checking import Check
from apps.views.landcover.maps import ClassMap
from apps.views.landcover.training import Outcome
from apps.views.unitsets import Units

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
        By class, the whole map: mapped, area, low, high (ha), users, producers (shares) and, by a
        checking sample, the ends of the two: users_low, users_high, producers_low, producers_high.
    notes
        What limits the estimates, English.
    check
        The checking sample by which the map was judged; None for the matrix of whole blocks.
    """

    table: pd.DataFrame
    units: pd.DataFrame
    whole: pd.DataFrame
    notes: tuple[str, ...] = field(default=())
    check: Check | None = None

    def shares(self, label: str) -> pd.DataFrame:
        """Return by unit area, its interval (ha) and share of a class."""
        table = self.table
        total = table.groupby("unit")["area_ha"].sum()
        part = table[table["class"] == label].set_index("unit").reindex(total.index)
        area = part["area_ha"].fillna(0.0)
        ends = {"low": part["low_ha"], "high": part["high_ha"]}
        return pd.DataFrame({"area": area, "share": area / total.where(total > 0), **ends})


def unit_areas(
    one: ClassMap,
    kind: Units,
    outcome: Outcome,
    report: Report,
    *,
    check: Callable[[Any], Check] | None = None,
) -> UnitAreas:
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
    check : callable, optional
        Judges the map, which it is given, by a checking sample; None for the matrix of whole
        blocks.

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
    judged = check(land) if check is not None else None
    used: Any = matrix if judged is None else judged.accuracy
    table = areas(land, frame, used, progress=report)
    about = pd.DataFrame.from_dict(table.attrs["units"], orient="index").rename_axis("unit")
    held = about.index[(about["unit_ha"] - about["outside_ha"]) > LEAST * about["unit_ha"]]
    if judged is not None:
        notes = tuple(dict.fromkeys((*judged.accuracy.notes, *table.attrs["notes"])))
        listed = table[table["unit"].isin(held)].reset_index(drop=True)
        return UnitAreas(listed, about.loc[held], judged.whole(), notes, judged)
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
