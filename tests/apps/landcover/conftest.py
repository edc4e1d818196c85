"""Fixtures of the tests of the land-cover page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.views.landcover import maps, training
from tests.apps.landcover.landkit import make_cube


@pytest.fixture(scope="session")
def land_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Cache folder with a small cube of simulated land."""
    folder = tmp_path_factory.mktemp("landcover")
    make_cube(folder)
    return folder


@pytest.fixture
def land(land_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The small cube, in use."""
    monkeypatch.setenv("QAZCUBE_CACHE", str(land_cache))
    yield land_cache
    training._outcomes.clear()
    maps._maps.clear()
