"""Fixtures that every room of tests shares."""

from __future__ import annotations

import os
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import dask
import hypothesis
import pytest

# Times on a busy machine say nothing of the code. `make test` tries the same examples on every
# machine, so that it is green or red for all; `make test-anew` tries others each time.
hypothesis.settings.register_profile("qazcube", deadline=None, derandomize=True)
hypothesis.settings.register_profile("anew", deadline=None, print_blob=True)
hypothesis.settings.load_profile("qazcube")

APPS = Path(__file__).parent / "apps"


@pytest.hookimpl(tryfirst=True)  # before tests are chosen by their marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of a running server and in Chromium, and run them last.

    Playwright keeps an event loop running in this thread from its first use on; Panel then only
    schedules the callbacks whose result a test without a browser waits for.
    """
    for item in items:
        if {"chromium", "site"}.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("browser")
        quick = item.get_closest_marker("slow") is None
        if quick and item.get_closest_marker("browser") and APPS not in item.path.parents:
            raise pytest.UsageError(f"{item.nodeid}: tests in Chromium belong into tests/apps")
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture(autouse=True)
def _no_catalogue_of_the_users_own(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keep the catalogue of whoever runs the tests out of them."""
    monkeypatch.delenv("QAZCUBE_CATALOG", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.getbasetemp() / "no-config"))


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Empty cache folder of its own for one test."""
    folder = tmp_path / "cache"
    folder.mkdir()
    monkeypatch.setenv("QAZCUBE_CACHE", str(folder))
    return folder


@pytest.fixture
def refuse_compute() -> Iterator[None]:
    """Dask scheduler that raises: whatever runs under it must stay lazy."""

    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise AssertionError("something was computed that had to stay lazy")

    with dask.config.set(scheduler=refuse):
        yield


@pytest.fixture(scope="session")
def _twin_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    build = runpy.run_path(str(Path(__file__).parent / "data" / "twin.py"))["build"]
    return Path(build(tmp_path_factory.mktemp("twin")))


@pytest.fixture
def twin(_twin_files: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Catalogue with the names of ours on tiny files; it replaces ours for one test."""
    monkeypatch.setenv("QAZCUBE_CATALOG", str(_twin_files))
    return _twin_files


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real sample files; the test is skipped where none is named."""
    folder = os.environ.get("QAZCUBE_REAL_DATA")
    if not folder:
        pytest.skip("QAZCUBE_REAL_DATA names no folder with real sample files")
    return Path(folder)
