"""Servers that mean ill: answers without end, secrets of others in redirects."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.sources.fetching import FetchError, fetch, plan, transfer
from tests.sources.fetching.conftest import QUICK

DATA = np.random.default_rng(5).bytes(300_000)


@pytest.fixture
def one(server, source):
    """One file of all times on the server, and where it goes."""
    server.files["d/a.bin"] = DATA
    return source({"how": "files", "urls": [server.url("d/a.bin")]})


@pytest.fixture
def the_plan(server, one):
    """Plan, so that the faults meet the download and not the question for its size."""
    found = plan("tide", pause=0.0)
    server.requests.clear()
    return found


def check_nothing(folder):
    assert [path.name for path in folder.glob("*") if path.name[0] != "."] == []


def test_an_answer_without_end_stops_at_the_announced_size(server, one, the_plan):
    items = tuple(replace(item, size=len(DATA)) for item in the_plan.items)
    server.fault("d/a.bin", "endless", times=None, most=200_000_000)
    with pytest.raises(FetchError, match="has more than the 300000 bytes announced"):
        fetch(replace(the_plan, items=items), **QUICK)
    check_nothing(one)
    assert all(asked.sent < 100_000_000 for asked in server.requests)


def test_an_answer_without_end_leaves_room_on_the_disk(server, one, the_plan, monkeypatch):
    monkeypatch.setattr(transfer, "SPARE", 2**62)
    monkeypatch.setattr(transfer, "_LOOKED_AFTER", 1_000_000)
    server.fault("d/a.bin", "endless", times=None, most=500_000_000)
    with pytest.raises(FetchError, match=r"The disk of .* is full"):
        fetch(the_plan, **QUICK)
    check_nothing(one)
    assert sum(path.stat().st_size for path in one.iterdir()) < 2_000_000


@pytest.mark.parametrize("status", [404, 410, 418])
def test_the_signature_of_a_redirect_is_not_shown(server, one, the_plan, status):
    signed = server.url("bucket/a.bin?X-Amz-Signature=f00dface").replace("//", "//me:pass@")
    server.fault("d/a.bin", "redirect", times=None, to=signed)
    server.fault("bucket/a.bin", "status", times=None, status=status)
    with pytest.raises(FetchError, match=r"bucket/a\.bin") as told:
        fetch(the_plan, **QUICK)
    assert "f00dface" not in str(told.value) + repr(told.value.report)
    assert "me:pass" not in str(told.value) + repr(told.value.report)
