"""Agriculture: units of land, the growing season against its norm, drought, land cover.

Doors: `unit_series` (a cube by farm, district or oblast), `by_year`, `season_norm`, `judge_year`,
`season_integral`, `season_table`, the indices of `analysis.agrarian.drought`; of land cover
`classify`, `draw_places`, `judge_map`, `area_adjusted_accuracy`, `error_matrix` and
`sampling_design`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from analysis.agrarian.byunit import unit_series
from analysis.agrarian.drought import drought_class
from analysis.agrarian.season import judge_year, season_norm
from analysis.agrarian.seasontable import season_integral, season_table
from analysis.agrarian.simulate import SimulatedVegetation, land_cover, vegetation
from analysis.agrarian.yearly import by_year

if TYPE_CHECKING:
    from analysis.agrarian.accuracy import (
        area_adjusted_accuracy,
        draw_places,
        error_matrix,
        judge_map,
        sampling_design,
    )
    from analysis.agrarian.landcover import CLASSIFIERS, cross_validate
    from analysis.agrarian.mapping import classify

_LATER = {
    "CLASSIFIERS": "analysis.agrarian.landcover",
    "area_adjusted_accuracy": "analysis.agrarian.accuracy",
    "classify": "analysis.agrarian.mapping",
    "cross_validate": "analysis.agrarian.landcover",
    "draw_places": "analysis.agrarian.accuracy",
    "error_matrix": "analysis.agrarian.accuracy",
    "judge_map": "analysis.agrarian.accuracy",
    "sampling_design": "analysis.agrarian.accuracy",
}
"""Doors behind which slow imports lie, opened when they are first asked for: name -> module."""

__all__ = [
    "CLASSIFIERS",
    "SimulatedVegetation",
    "area_adjusted_accuracy",
    "by_year",
    "classify",
    "cross_validate",
    "draw_places",
    "drought_class",
    "error_matrix",
    "judge_map",
    "judge_year",
    "land_cover",
    "sampling_design",
    "season_integral",
    "season_norm",
    "season_table",
    "unit_series",
    "vegetation",
]


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(import_module(_LATER[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
