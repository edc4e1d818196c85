"""Maps of land: classify a cube of any size, smooth, join, measure, compare, give out.

Doors: `classify`, `open_map`, `smooth`, `mosaic`, `areas`, `change`, `write_cog`, `stac_item`.
"""

from analysis.agrarian.mapping.classify import classify
from analysis.agrarian.mapping.files import stac_item, write_cog
from analysis.agrarian.mapping.mosaic import mosaic
from analysis.agrarian.mapping.smooth import smooth
from analysis.agrarian.mapping.store import open_map

__all__ = [
    "classify",
    "mosaic",
    "open_map",
    "smooth",
    "stac_item",
    "write_cog",
]
