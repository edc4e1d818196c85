"""A cache with one small cube and some downloads, and short ways to the sources page."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from analysis.language import translator


def visitor(language: str = "en") -> Any:
    return SimpleNamespace(language=language, _=translator(language), theme="light", timezone=None)


@pytest.fixture
def visit() -> Any:
    return visitor()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv("QAZCUBE_CACHE", str(folder))
    folder.mkdir()
    return folder
