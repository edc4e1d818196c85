"""Finished results within limits: the oldest unused go first, and never one in use."""

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from analysis.keeping import FRESH, Limits, held, hold, limits, trim

DAY = 86400.0
NOW = 100 * DAY
WIDE = Limits(1e12, 1e12)


class Owner:
    """Something that lives as long as a result is worked with."""


@pytest.fixture
def shelf(tmp_path):
    """Five entries of 1000 bytes, two of them folders, used 1 to 5 days ago; names tell when."""

    def put(name, days):
        path = tmp_path / name
        if days % 2:
            path.write_bytes(bytes(1000))
        else:
            (path / "c" / "0").mkdir(parents=True)
            (path / "c" / "0" / "1").write_bytes(bytes(1000))
        os.utime(path, (NOW - days * DAY, NOW - days * DAY))
        return path

    paths = {days: put(f"used{days}", days) for days in (3, 1, 5, 2, 4)}
    return SimpleNamespace(folder=tmp_path, paths=paths)


def names(found):
    return [path.name for path in found]


def left(shelf):
    return sorted(path.name for path in shelf.folder.glob("[!.]*"))


def test_what_was_unused_longest_goes_first_and_no_more_than_needed(shelf):
    assert trim([shelf.folder], WIDE, now=NOW) == []
    removed = trim([shelf.folder], Limits(2999, 1e12), now=NOW)
    assert names(removed) == ["used5", "used4", "used3"]
    assert left(shelf) == ["used1", "used2"]


def test_what_is_older_than_allowed_goes_though_there_is_room(shelf):
    assert names(trim([shelf.folder], Limits(1e12, 3.5 * DAY), now=NOW)) == ["used5", "used4"]


def test_the_size_is_that_of_all_folders_together(shelf, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    (other / "big").write_bytes(bytes(5000))
    os.utime(other / "big", (NOW - 4.5 * DAY, NOW - 4.5 * DAY))
    removed = trim([shelf.folder, other], Limits(5000, 1e12), now=NOW)
    assert names(removed) == ["used5", "big"]


def test_what_is_held_stays_until_its_owner_is_gone(shelf):
    owner = Owner()
    hold(shelf.paths[5], owner)
    os.utime(shelf.paths[5], (0, 0))
    with held(shelf.paths[4]):
        os.utime(shelf.paths[4], (0, 0))
        trim([shelf.folder], Limits(1, DAY / 2), now=NOW)
        assert left(shelf) == ["used4", "used5"]
    assert names(trim([shelf.folder], Limits(1, DAY / 2), now=NOW)) == ["used4"]
    del owner
    assert names(trim([shelf.folder], Limits(1, DAY / 2), now=NOW)) == ["used5"]
    assert list(shelf.folder.glob(".used*")) == []


def test_what_another_process_holds_stays(shelf):
    code = (
        "import sys; from pathlib import Path; from analysis.keeping import held\n"
        "with held(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(shelf.paths[5])],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    with other:
        assert other.stdout.readline() == b"held\n"
        os.utime(shelf.paths[5], (0, 0))
        trim([shelf.folder], Limits(1, DAY / 2), now=NOW)
        assert left(shelf) == ["used5"]
        other.stdin.close()
    assert names(trim([shelf.folder], Limits(1, DAY / 2), now=NOW)) == ["used5"]


def test_what_was_just_used_hidden_or_named_is_no_prey(shelf):
    os.utime(shelf.paths[1], (NOW, NOW - FRESH / 2))
    (shelf.folder / ".hidden").write_bytes(bytes(9))
    os.utime(shelf.folder / ".hidden", (0, 0))
    removed = trim([shelf.folder], Limits(1, 1), keep=["used3"], now=NOW)
    assert names(removed) == ["used5", "used4", "used2"]
    assert (shelf.folder / ".hidden").exists()
    assert trim([shelf.folder / "nothing"], Limits(1, 1), now=NOW) == []


@pytest.mark.parametrize("text", ["0", "-5", "many", "nan", "inf"])
@pytest.mark.parametrize("name", ["QAZCUBE_RESULTS_MB", "QAZCUBE_RESULTS_DAYS"])
def test_nonsense_in_the_settings_is_told(monkeypatch, name, text):
    monkeypatch.setenv(name, text)
    with pytest.raises(ValueError, match=name):
        limits()


def test_the_settings_are_megabytes_and_days(monkeypatch):
    monkeypatch.setenv("QAZCUBE_RESULTS_MB", "2.5")
    monkeypatch.setenv("QAZCUBE_RESULTS_DAYS", "2")
    assert limits() == Limits(2.5e6, 2 * DAY)
