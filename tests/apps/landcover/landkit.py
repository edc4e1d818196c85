"""A small cube of the simulated land, and ways to the page, for tests of the land-cover page."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.agrarian.simulatedland import land_cube
from analysis.cubes import ingest
from analysis.language import translator
from apps.views.landcover.page import LandPage
from apps.views.visitor import Session

EVERY = 5
"""One pixel of so many in both directions is kept."""


def make_cube(folder: Path) -> None:
    """Put a coarse cube of two bands and two years into a cache folder."""
    thin = slice(2, None, EVERY)
    cube = land_cube(("ndvi", "nir")).isel(latitude=thin, longitude=thin).load()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QAZCUBE_CACHE", str(folder))
        ingest(cube, "landcover_simulated", progress=lambda done, total: None)


def page_of(monkeypatch: pytest.MonkeyPatch, language: str = "en", **query: str) -> LandPage:
    """Open the page with a query and wait until it is at rest."""
    monkeypatch.setattr("apps.views.landcover.page.arguments", lambda _raw: query)
    page = LandPage(Session(language, translator(language)))
    settle(page)
    return page


def settle(page: LandPage) -> None:
    """Wait until no piece of work follows another."""
    for _turn in range(10):
        page.work.job.wait()
        if not page.work.job.running:
            return
