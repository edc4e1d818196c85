"""Maps of land: classify a cube of any size, smooth, join, measure, compare, give out.

Doors: `classify`, `open_map`, `smooth`, `mosaic`, `areas`, `add_up`, `compare_points`, `change`,
`change_map`, `write_cog`, `stac_item`.
"""

from analysis.agrarian.mapping.classification import classify
from analysis.agrarian.mapping.files import stac_item, write_cog
from analysis.agrarian.mapping.hectares import add_up, areas
from analysis.agrarian.mapping.joining import mosaic
from analysis.agrarian.mapping.points import compare_points
from analysis.agrarian.mapping.smoothing import smooth
from analysis.agrarian.mapping.store import legend_of_map, open_map
from analysis.agrarian.mapping.transitions import Change, change, change_map

__all__ = [
    "Change",
    "add_up",
    "areas",
    "change",
    "change_map",
    "classify",
    "compare_points",
    "legend_of_map",
    "mosaic",
    "open_map",
    "smooth",
    "stac_item",
    "write_cog",
]
