"""Whatever a server does, a file comes whole or not at all, and the reason is told."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import subprocess
import threading
import time
from dataclasses import replace

import numpy as np
import pytest

from analysis.sources.fetching import AccountError, FetchError, fetch, plan
from analysis.sources.fetching.records import RECORD
from tests.sources.fetching.conftest import QUICK

DATA = np.random.default_rng(5).bytes(300_000)
MD5 = hashlib.md5(DATA, usedforsecurity=False).hexdigest()


@pytest.fixture
def one(server, source):
    """One file of all times on the server, and where it goes."""
    server.files["d/a.bin"] = DATA
    return source({"how": "files", "urls": [server.url("d/a.bin")]})


def ready(server, suffix=""):
    """Plan, so that the faults meet the download and not the question for its size."""
    the_plan = plan("tide", pause=0.0)
    server.requests.clear()
    items = tuple(replace(item, checksum_suffix=suffix) for item in the_plan.items)
    return replace(the_plan, items=items)


def check_whole(folder, name="a.bin", data=DATA):
    assert (folder / name).read_bytes() == data
    assert not list(folder.glob(".*.part*"))


def check_nothing(folder):
    assert [path.name for path in folder.glob("*") if path.name[0] != "."] == []


def test_a_file_comes_whole_and_is_put_down(server, one):
    report = fetch("tide", **QUICK)
    check_whole(one)
    assert report.fetched == [one / "a.bin"]
    assert report.size == len(DATA)
    (row,) = json.loads((one / RECORD).read_text())["files"].values()
    assert row["url"] == server.url("d/a.bin")
    assert row["size"] == len(DATA)
    assert row["sha256"] == hashlib.sha256(DATA).hexdigest()
    assert row["licence"] == "CC0-1.0"
    assert row["fetched"].endswith("Z")


def test_what_is_here_and_unchanged_is_not_sent_again(server, one):
    fetch("tide", **QUICK)
    again = fetch("tide", **QUICK)
    assert again.fetched == []
    assert again.present == [one / "a.bin"]
    assert server.requests[-1].status == 304
    server.files["d/a.bin"] = DATA[::-1]
    assert fetch("tide", **QUICK).fetched == [one / "a.bin"]
    check_whole(one, data=DATA[::-1])


def test_what_was_damaged_here_is_brought_again(server, source):
    server.files["2020.bin"] = DATA
    folder = source({"how": "files", "urls": [server.url("{date:%Y}.bin")], "step": "P1Y"})
    wish = ("tide", None, "2020", "2020")
    fetch(*wish, **QUICK)
    assert plan(*wish, pause=0.0).wanted == ()
    (folder / "2020.bin").write_bytes(DATA[:1000])
    assert len(plan(*wish, pause=0.0).wanted) == 1
    assert fetch(*wish, **QUICK).fetched == [folder / "2020.bin"]
    check_whole(folder, "2020.bin")
    (folder / RECORD).write_text("{damaged")
    assert plan(*wish, pause=0.0).wanted == ()


def test_a_dropped_connection_goes_on_where_it_was(server, one):
    planned = ready(server)
    for after in (1000, 100_000, 50_000):
        server.fault("d/a.bin", "drop", after=after)
    fetch(planned, **QUICK)
    check_whole(one)
    begins = [r.headers.get("range") for r in server.requests if r.headers.get("if-range")]
    assert begins == ["bytes=1000-", "bytes=101000-", "bytes=151000-"]
    assert sum(r.sent for r in server.requests if r.status in (200, 206)) < 1.02 * len(DATA)


def test_no_end_of_drops_without_a_byte_is_given_up_with_a_reason(server, one):
    server.fault("d/a.bin", "drop", times=None, after=0)
    with pytest.raises(FetchError, match=r"1 of 1 files did not come. a\.bin: .*5 times") as caught:
        fetch("tide", **QUICK)
    check_nothing(one)
    assert caught.value.report.failed.keys() == {"a.bin"}
    server.heal()
    fetch("tide", **QUICK)
    check_whole(one)


def test_another_version_on_the_server_is_never_mixed_with_the_old(server, one):
    planned = ready(server)
    server.fault("d/a.bin", "drop", after=100_000)
    server.fault("d/a.bin", "status", times=None, status=503)
    with pytest.raises(FetchError, match=r"busy \(503\), 5 times"):
        fetch(planned, **QUICK)
    (part,) = one.glob(".*.part")
    assert part.stat().st_size == 100_000
    server.heal()
    server.files["d/a.bin"] = DATA[::-1]
    fetch("tide", **QUICK)
    check_whole(one, data=DATA[::-1])


@pytest.mark.parametrize("validators", [True, False])
def test_a_server_without_ranges_or_validators_starts_anew(server, one, validators):
    server.validators = validators
    planned = ready(server)
    server.fault("d/a.bin", "drop", after=100_000)
    server.fault("d/a.bin", "whole")
    fetch(planned, **QUICK)
    check_whole(one)


def test_a_length_that_is_not_kept_is_no_whole_file(server, one):
    server.fault("d/a.bin", "lie", times=None, by=10)
    with pytest.raises(FetchError, match=r"a\.bin"):
        fetch("tide", **{**QUICK, "tries": 2})
    check_nothing(one)


def test_more_bytes_than_announced_are_cut_by_nobody_in_silence(server, one):
    server.fault("d/a.bin", "lie", times=None, by=-10)
    server.files["d/a.bin.md5"] = MD5.encode()
    with pytest.raises(FetchError, match="checksum"):
        fetch(ready(server, "md5"), **QUICK)
    check_nothing(one)


def test_wrong_bytes_are_seen_by_the_checksum_and_asked_for_once_more(server, one):
    server.files["d/a.bin.md5"] = f"{MD5}  a.bin\n".encode()
    planned = ready(server, "md5")
    server.fault("d/a.bin", "corrupt")
    fetch(planned, **QUICK)
    check_whole(one)
    assert len(server.asked("d/a.bin")) == 2


def test_a_checksum_that_never_fits_leaves_nothing(server, one):
    server.files["d/a.bin.md5"] = b"0" * 32
    with pytest.raises(FetchError, match=r"md5 checksum of .*a\.bin is not the one announced"):
        fetch(ready(server, "md5"), **QUICK)
    check_nothing(one)
    assert not any(path.stat().st_size for path in one.glob(".*.part"))


def test_a_promised_checksum_that_is_not_there_is_an_error(server, one):
    with pytest.raises(FetchError, match=r"checksum of .* is not there"):
        fetch(ready(server, "md5"), **QUICK)
    check_nothing(one)
    server.files["d/a.bin.md5"] = b"no digits"
    with pytest.raises(FetchError, match="holds no md5 checksum"):
        fetch(ready(server, "md5"), **QUICK)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_is_told_and_not_repeated(server, one, status):
    server.fault("d/a.bin", "status", times=None, status=status)
    the_plan = ready(server)
    with pytest.raises(AccountError, match=f"answered {status}: the file is not open to everybody"):
        fetch(the_plan, **QUICK)
    check_nothing(one)
    assert len(server.requests) == 1


@pytest.mark.parametrize("kind", ["text/html", "application/octet-stream"])
def test_a_page_to_log_in_is_no_file(server, one, kind):
    server.fault("d/a.bin", "html", times=None, type=kind)
    with pytest.raises(FetchError, match=r"is a page to read in a browser, not the file"):
        fetch("tide", **QUICK)
    check_nothing(one)


def test_other_content_than_the_name_says_is_no_file(server, source):
    server.files["a.nc"] = b"<?xml version='1.0'?><Error>AccessDenied</Error>"
    folder = source({"how": "files", "urls": [server.url("a.nc")]})
    with pytest.raises(FetchError, match=r"is no \.nc file: it begins with b.<\?xml"):
        fetch("tide", **QUICK)
    check_nothing(folder)


def test_an_empty_file_is_no_file(server, one):
    server.files["d/a.bin"] = b""
    with pytest.raises(FetchError, match="is empty"):
        fetch("tide", **QUICK)
    check_nothing(one)


def test_a_file_that_nobody_has_is_told(server, one):
    del server.files["d/a.bin"]
    with pytest.raises(FetchError, match=r"a\.bin is nowhere: .*no such file \(404\)"):
        fetch("tide", **QUICK)
    check_nothing(one)
    assert not list(one.glob(".*.part"))


def test_busy_is_asked_again_and_as_late_as_it_wishes(server, one):
    the_plan = ready(server)
    server.fault("d/a.bin", "status", status=503)
    server.fault("d/a.bin", "status", status=429, headers={"Retry-After": "1"})
    fetch(the_plan, **QUICK)
    check_whole(one)
    times = [r.at for r in server.requests]
    assert times[2] - times[1] >= 1.0
    assert times[1] - times[0] < 0.9


def test_a_wish_beyond_our_patience_is_told(server, one):
    server.fault("d/a.bin", "status", times=None, status=503, headers={"Retry-After": "9999"})
    with pytest.raises(FetchError, match="asks to wait 9999 s, longer than our patience of 300 s"):
        fetch("tide", **QUICK)


def test_mirrors_are_tried_in_order(server, source):
    server.files["second/a.bin"] = DATA
    urls = [server.url(f"{one}/a.bin") for one in ("first", "second", "third")]
    folder = source({"how": "files", "urls": urls})
    fetch("tide", **QUICK)
    check_whole(folder)
    assert server.asked("third/a.bin") == []
    server.files["first/a.bin"] = DATA[:1000]
    server.fault("first/a.bin", "drop", times=None, after=0)
    (folder / "a.bin").unlink()
    fetch("tide", **QUICK)
    check_whole(folder)


def test_an_unreachable_server_is_told(server, source):
    folder = source({"how": "files", "urls": ["http://127.0.0.1:9/a.bin"]})
    with pytest.raises(FetchError, match=r"127\.0\.0\.1:9 cannot be reached .*3 times"):
        fetch("tide", **QUICK)
    check_nothing(folder)


def test_silence_is_not_endless(server, one):
    server.fault("d/a.bin", "hang", times=None, seconds=3)
    with pytest.raises(FetchError, match="does not answer in time, 2 times"):
        fetch("tide", **{**QUICK, "read": 0.2, "tries": 2})


def test_redirects_are_followed_but_not_without_end(server, one):
    server.files["else/b.bin"] = DATA
    server.fault("d/a.bin", "redirect", to=server.url("else/b.bin", host="localhost"))
    server.fault("d/a.bin", "redirect", to="../else/b.bin")
    fetch("tide", **QUICK)
    check_whole(one)
    server.files["else/b.bin"] = DATA[::-1]
    server.fault("d/a.bin", "redirect", times=None, to=server.url("d/a.bin"))
    with pytest.raises(FetchError, match="leads on without end"):
        fetch("tide", **QUICK)
    server.heal()
    server.fault("d/a.bin", "redirect", times=None, to="file:///etc/passwd")
    with pytest.raises(FetchError, match="no web address"):
        fetch("tide", **QUICK)


def test_somebody_stops_it_and_goes_on(server, one):
    the_plan = plan("tide", pause=0.0)
    server.fault("d/a.bin", "slow", rate=200_000)
    stop = threading.Event()

    def tell(how_far):
        if how_far.done > 20_000:
            stop.set()

    report = fetch(the_plan, cancel=stop, progress=tell, **QUICK)
    assert report.cancelled
    check_nothing(one)
    (part,) = one.glob(".*.part")
    here = part.stat().st_size
    assert here >= 20_000
    assert not fetch("tide", **QUICK).cancelled
    check_whole(one)
    assert server.requests[-1].headers["range"] == f"bytes={here}-"


def test_a_full_disk_is_told_and_what_came_is_kept(server, one, tmp_path, monkeypatch):
    if os.geteuid() != 0:
        pytest.skip("only an administrator may mount the small disk that this test fills")
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(disk)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no small disk can be mounted here")
    try:
        monkeypatch.setenv("QAZCUBE_CACHE", str(disk))
        with pytest.raises(FetchError, match=r"GB are to come, and the disk of .* free"):
            fetch("tide", **QUICK)
        blind = replace(plan("tide", pause=0.0), size=None)
        with pytest.raises(FetchError, match=r"The disk of .* is full; what came is kept"):
            fetch(blind, **QUICK)
        check_nothing(disk / "downloads" / "tide")
        assert list((disk / "downloads" / "tide").glob(".a.bin.part"))
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_folder_that_cannot_be_written_is_told(server, one):
    one.parent.mkdir(parents=True)
    one.write_text("a file where the folder should be")
    with pytest.raises(FetchError, match="downloads"):
        fetch("tide", **QUICK)


def test_progress_ends_at_the_whole(server, one):
    told = []
    fetch("tide", progress=told.append, **QUICK)
    assert told[-1].files == told[-1].all_files == 1
    assert told[-1].done == told[-1].total == len(DATA)
    assert [one.done for one in told] == sorted(one.done for one in told)


def test_two_sessions_do_not_bring_a_file_twice(server, one):
    the_plan = ready(server)
    server.fault("d/a.bin", "slow", rate=300_000)
    reports = []
    threads = [
        threading.Thread(target=lambda: reports.append(fetch(the_plan, **QUICK))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
        time.sleep(0.2)
    for thread in threads:
        thread.join()
    check_whole(one)
    assert sorted(len(report.fetched) for report in reports) == [0, 1]
    assert sum(r.sent for r in server.requests) == len(DATA)


def test_without_a_network_the_other_files_are_not_waited_for(server, source):
    folder = source(
        {"how": "files", "urls": ["http://127.0.0.1:9/{date:%Y%m%d}.bin"], "step": "P1D"}
    )
    with pytest.raises(FetchError, match=r"366 of 366 files did not come\. .*cannot be reached"):
        fetch("tide", None, "2020", "2020", **QUICK)
    check_nothing(folder)


FAULTS = (
    ("drop", {"after": 0}),
    ("drop", {"after": 70_000}),
    ("drop", {"after": 299_999}),
    ("corrupt", {}),
    ("short", {}),
    ("lie", {"by": 1000}),
    ("lie", {"by": -1000}),
    ("status", {"status": 503}),
    ("status", {"status": 404}),
    ("status", {"status": 403}),
    ("status", {"status": 500}),
    ("html", {}),
    ("whole", {}),
    ("redirect", {"to": "/d/a.bin"}),
)


@pytest.mark.parametrize("seed", range(8))
def test_whatever_comes_in_whatever_order_the_name_stands_for_the_whole_file(server, one, seed):
    rng = np.random.default_rng(seed)
    server.files["d/a.bin.md5"] = MD5.encode()
    planned = ready(server, "md5")
    for _ in range(6):
        for k in rng.integers(0, len(FAULTS), rng.integers(1, 6)):
            kind, options = FAULTS[k]
            server.fault("d/a.bin", kind, times=int(rng.integers(1, 4)), **options)
        server.validators = bool(rng.integers(0, 2))
        with contextlib.suppress(FetchError):
            fetch(planned, **QUICK)
        if (one / "a.bin").exists():
            check_whole(one)
            (one / "a.bin").unlink()
    server.heal()
    fetch(planned, **QUICK)
    check_whole(one)
