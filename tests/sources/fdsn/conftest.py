"""A local server for the tests of the earthquake client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from analysis.sources.fdsn import Transport
from tests.fdsnserver import EventServer


@pytest.fixture
def server() -> Iterator[EventServer]:
    """Small catalogue with small limits, so that windows must be cut."""
    with EventServer(1_200) as one:
        one.usgs_limit, one.fdsn_limit = 300, 250
        yield one


@pytest.fixture
def quick() -> Transport:
    """Transport without pauses."""
    return Transport(pause=0, backoff=0.01, patience=5, read=0.5)
