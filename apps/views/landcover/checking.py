"""A checking sample: places drawn on a map of simulated imagery, labelled by the made-up truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
import xarray as xr

from apps.views.landcover.imagery import FIRST, Imagery

PLACES = 600
SEED = 0
"""Of the drawing, so that the same map always has the same places."""


@dataclass(frozen=True)
class Check:
    """A map judged by places drawn on it.

    Attributes
    ----------
    places
        place, longitude, latitude, label, drawn, simulated: a row a place.
    accuracy
        :class:`analysis.agrarian.accuracy.Accuracy` of the map.
    """

    places: pd.DataFrame
    accuracy: Any

    def whole(self) -> pd.DataFrame:
        """Return by class: mapped, area, low, high (ha); users, producers with their ends."""
        names = {"mapped_area": "mapped", "area": "area", "area_low": "low", "area_high": "high"}
        shares = [
            f"{name}{end}" for name in ("users", "producers") for end in ("", "_low", "_high")
        ]
        found: pd.DataFrame = self.accuracy.classes
        return found[[*names, *shares]].rename(columns=names)


def checkable(imagery: Imagery) -> bool:
    """Whether the truth of the imagery is known: that of the starter set, made by the simulator."""
    return imagery.key == FIRST[0] and imagery.simulated


def check_by_truth(land: xr.Dataset, year: int) -> Check:
    """Draw places on a map, label them by the made-up truth, and judge the map.

    Parameters
    ----------
    land : xarray.Dataset
        Map of a year of the simulated land (:func:`analysis.agrarian.mapping.classify`).
    year : int
        Of the truth.

    Returns
    -------
    Check
        Places of each class of the map at random, apart from the samples that were learnt from.

    Raises
    ------
    ValueError
        The year is not simulated, or the map has no areas.
    """
    from analysis.agrarian.accuracy import draw_places, judge_map
    from analysis.agrarian.legends import legend
    from analysis.agrarian.simulatedland import land_truth

    places = draw_places(land, size=PLACES, seed=SEED)
    where = {name: xr.DataArray(places[name], dims="place") for name in ("latitude", "longitude")}
    codes = land_truth(year).sel(where, method="nearest").to_numpy()
    keys = {one.code: one.key for one in legend().classes}
    places["label"] = [keys[int(code)] for code in codes]
    return Check(places.assign(simulated=True), judge_map(land, places))
