"""Fixtures of the tests of the fields page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.views.fields import data
from tests.apps.fields.fieldkit import make_cube


@pytest.fixture(scope="session")
def field_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Cache folder with a small cube of vegetation."""
    folder = tmp_path_factory.mktemp("fields")
    make_cube(folder)
    return folder


@pytest.fixture
def vegetation(field_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The small cube, in use."""
    monkeypatch.setenv("QAZCUBE_CACHE", str(field_cache))
    yield field_cache
    data._series.clear()
