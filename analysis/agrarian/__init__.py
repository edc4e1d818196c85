"""Agriculture: units of land, the growing season against its norm, drought, simulated vegetation.

Doors: `unit_series` (a cube by farm, district or oblast), `by_year`, `season_norm`, `judge_year`,
`season_integral`, `season_table`, and the indices of `analysis.agrarian.drought`.
"""

from analysis.agrarian.byunit import unit_series
from analysis.agrarian.drought import drought_class
from analysis.agrarian.season import judge_year, season_norm
from analysis.agrarian.seasontable import season_integral, season_table
from analysis.agrarian.simulate import SimulatedVegetation, land_cover, vegetation
from analysis.agrarian.yearly import by_year

__all__ = [
    "SimulatedVegetation",
    "by_year",
    "drought_class",
    "judge_year",
    "land_cover",
    "season_integral",
    "season_norm",
    "season_table",
    "unit_series",
    "vegetation",
]
