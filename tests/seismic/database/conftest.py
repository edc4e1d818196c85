"""Fixtures of the tests of the event database."""

from __future__ import annotations

import pytest

from analysis.seismic.database import EventDatabase


@pytest.fixture
def database(tmp_path):
    with EventDatabase(tmp_path / "events.sqlite") as opened:
        yield opened
        assert opened.check() == []
