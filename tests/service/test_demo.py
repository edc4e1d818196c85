"""The cubes of the demonstration."""

from __future__ import annotations

import time

import pytest

from analysis.cubes import list_cubes
from analysis.service import demo


@pytest.fixture
def two_grids(monkeypatch):
    """Leave two quick grids and a table in the catalogue."""
    whole = demo.list_sources()
    part = whole[whole["name"].isin(["relief", "wind", "plates"])]
    monkeypatch.setattr(demo, "list_sources", lambda: part)


def test_grids_that_are_missing_are_made_once(cache, two_grids):
    seen = []
    made = demo.prepare_demo(lambda *report: seen.append(report))
    assert sorted(made) == ["relief", "wind"] == list_cubes()
    assert demo.missing_cubes() == []
    for name in made:
        reports = [(done, total) for cube, done, total in seen if cube == name]
        assert reports[0] == (0, 0)
        assert reports[-1][0] == reports[-1][1] > 0
        assert reports == sorted(reports)
    assert demo.prepare_demo() == []


def test_an_interrupted_demo_goes_on_with_the_rest(cache, two_grids, monkeypatch):
    real = demo.ingest

    def stop_at_the_second(name, *args, **kwargs):
        if list_cubes():
            raise KeyboardInterrupt
        return real(name, *args, **kwargs)

    monkeypatch.setattr(demo, "ingest", stop_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        demo.prepare_demo()
    first = list_cubes()
    assert len(first) == 1
    monkeypatch.setattr(demo, "ingest", real)
    assert set(demo.prepare_demo()) == {"relief", "wind"} - set(first)


@pytest.mark.slow
def test_the_whole_demo_is_ready_within_a_minute(cache):
    begin = time.monotonic()
    made = demo.prepare_demo()
    took = time.monotonic() - begin
    assert len(made) == 8
    assert took < 60
