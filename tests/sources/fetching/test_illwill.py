"""Servers that mean ill: answers without end, secrets of others in redirects."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.sources import open_source
from analysis.sources.fetching import FetchError, courier, fetch, plan, records, transfer
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


def test_a_public_address_does_not_lead_into_a_private_network(server, one, the_plan, monkeypatch):
    server.fault("d/a.bin", "redirect", times=None, to=server.url("inside", host="localhost"))
    server.files["inside"] = DATA
    public = courier.urlsplit(server.url("d/a.bin")).netloc
    real = courier._private
    monkeypatch.setattr(
        courier, "_private", lambda url: courier.urlsplit(url).netloc != public and real(url)
    )
    with pytest.raises(FetchError, match="an address of a private network"):
        fetch(the_plan, **QUICK)
    check_nothing(one)
    assert all(asked.path != "/inside" for asked in server.requests)


@pytest.mark.parametrize(
    ("host", "private"),
    [("127.0.0.1", True), ("10.1.2.3", True), ("[::1]", True), ("169.254.169.254", True),
     ("8.8.8.8", False)],
)  # fmt: skip
def test_addresses_of_private_networks_are_known(host, private):
    assert courier._private(f"http://{host}:8000/a") is private


def test_a_server_that_drips_is_given_up(server, one, the_plan, monkeypatch):
    monkeypatch.setattr(transfer, "SLOWEST", (0.2, 50_000))
    server.fault("d/a.bin", "slow", times=None, rate=20_000)
    with pytest.raises(FetchError, match=r"bytes in 0\.2 s"):
        fetch(the_plan, **{**QUICK, "tries": 1})
    check_nothing(one)


def test_the_record_keeps_no_key(server, source):
    server.files["d/a.bin"] = DATA
    address = server.url("d/a.bin?day=1&api_key=f00dface").replace("//", "//me:pass@")
    folder = source({"how": "files", "urls": [address]})
    fetch(plan("tide", pause=0.0), **QUICK)
    kept = (folder / records.RECORD).read_text(encoding="utf-8")
    assert "a.bin?day=1" in kept
    assert "f00dface" not in kept + "".join(path.name for path in folder.iterdir())
    assert "me:pass" not in kept


def test_a_file_of_another_product_is_refused(tmp_path):
    terra = tmp_path / "MOD11A1.A2020001.h22v04.061.2021003003400.hdf"
    with pytest.raises(ValueError, match=r"MOD11A1, which is the source 'lst_modis_terra'"):
        open_source("lst_modis_aqua", path=terra)
