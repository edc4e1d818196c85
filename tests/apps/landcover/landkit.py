"""A small cube of the simulated land, for the tests of the land-cover page."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.agrarian.simulatedland import land_cube
from analysis.cubes import ingest

EVERY = 5
"""One pixel of so many in both directions is kept."""


def make_cube(folder: Path) -> None:
    """Put a coarse cube of two bands and two years into a cache folder."""
    thin = slice(2, None, EVERY)
    cube = land_cube(("ndvi", "nir")).isel(latitude=thin, longitude=thin).load()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QAZCUBE_CACHE", str(folder))
        ingest(cube, "landcover_simulated", progress=lambda done, total: None)
