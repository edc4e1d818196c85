"""Visitors' spaces: apart from each other, removed in time, removable, with room for all."""

import os
import threading
import time

import pytest

from analysis.uploads import Item, Refused, own_space, sweep, tidying, visitor_space
from analysis.uploads import spaces as module
from analysis.uploads.spaces import DAY, check_room, days, mode
from analysis.uploads.work import Stopped, add, environment, look, run
from tests.uploads.filekit import csv, netcdf

TOKEN, OTHER = "a" * 24, "b" * 24


@pytest.fixture
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    folder.mkdir()
    monkeypatch.setenv("QAZCUBE_CACHE", str(folder))
    (tmp_path / "catalog.yml").write_text("{}")
    monkeypatch.setenv("QAZCUBE_CATALOG", str(tmp_path / "catalog.yml"))
    return folder


def item(name="my_a", **more):
    return Item(**({"title": "A", "file": "a.nc", "kind": "grid", "size": 5, "added": 1.0} | more),
                name=name)  # fmt: skip


def test_a_token_is_never_a_path(cache):
    for bad in ("", "short", "../" * 10, "a" * 24 + "/", "a" * 101):
        with pytest.raises(ValueError, match="20 to 100"):
            visitor_space(bad)
    folder = visitor_space(TOKEN).folder
    assert TOKEN not in str(folder)
    assert folder.parent == cache / "visitors"
    assert not folder.exists()


def test_visitors_see_only_their_own(cache):
    one, other = visitor_space(TOKEN), visitor_space(OTHER)
    one.keep(item())
    assert [found.name for found in one.items()] == ["my_a"]
    assert other.items() == []
    assert not other.exists()
    (one.folder / "items" / "broken.json").write_text("{")
    assert len(one.items()) == 1


def test_names_are_free_and_readable(cache):
    space = visitor_space(TOKEN)
    assert space.free_name("Rain (2020)") == "my_rain_2020"
    assert space.free_name("Жаңбыр") == "my_layer"
    space.keep(item("my_layer"))
    assert space.free_name("Жаңбыр") == "my_layer_2"


def test_who_does_not_come_back_is_forgotten(cache, monkeypatch):
    monkeypatch.setenv("QAZCUBE_UPLOAD_DAYS", "3")
    one, other = visitor_space(TOKEN), visitor_space(OTHER)
    one.keep(item())
    other.keep(item())
    old = time.time() - 4 * DAY
    os.utime(one.folder / "used", (old, old))
    assert sweep() == 1
    assert not one.folder.exists()
    assert other.items()
    other.touch()
    assert sweep(time.time() + 2 * DAY) == 0
    assert sweep(time.time() + 4 * DAY) == 1


def test_the_server_removes_by_itself_what_is_over(cache, monkeypatch):
    monkeypatch.setenv("QAZCUBE_UPLOAD_DAYS", "3")
    one, other = visitor_space(TOKEN), visitor_space(OTHER)
    old = time.time() - 4 * DAY
    rounds, go, stop = [], threading.Semaphore(0), threading.Event()

    def watched():
        go.acquire(timeout=20)
        rounds.append(sweep())
        if len(rounds) == 3:
            stop.set()
        if len(rounds) == 2:
            raise OSError("the disc is away")
        return rounds[-1]

    monkeypatch.setattr(tidying, "sweep", watched)
    one.keep(item())
    os.utime(one.folder / "used", (old, old))
    thread = tidying.keep_tidy(stop, every=0.001)
    go.release()  # at the start
    while not rounds:
        time.sleep(0.001)
    other.keep(item())
    os.utime(other.folder / "used", (old, old))
    go.release()  # again, and it fails
    go.release()  # and still again
    thread.join(20)
    assert not thread.is_alive()
    assert rounds == [1, 1, 0]
    assert not one.folder.exists()
    assert not other.folder.exists()
    with pytest.raises(ValueError, match="above 0"):
        tidying.keep_tidy(every=0)


def test_there_is_room_until_all_have_too_much(cache, monkeypatch):
    check_room()
    monkeypatch.setattr(module, "TOTAL", 0)
    visitor_space(TOKEN).keep(item())
    with pytest.raises(Refused) as caught:
        check_room()
    assert caught.value.reason == "full"


@pytest.mark.parametrize(
    ("name", "call"), [("QAZCUBE_UPLOADS", mode), ("QAZCUBE_UPLOAD_DAYS", days)]
)
def test_settings_that_make_no_sense_are_told(monkeypatch, name, call):
    monkeypatch.setenv(name, "sometimes")
    with pytest.raises(ValueError, match=name):
        call()


def test_the_child_gets_no_secret(cache, monkeypatch):
    monkeypatch.setenv("EARTHDATA_PASSWORD", "hush")
    found = environment(visitor_space(TOKEN))
    assert "EARTHDATA_PASSWORD" not in found
    assert found["QAZCUBE_CACHE"] == str(visitor_space(TOKEN).cache)


def test_a_file_is_understood_added_shown_and_removed_by_children(cache):
    """The whole way, with real processes: nothing of it reaches the shared catalogue."""
    from analysis.cubes import list_cubes, open_cube
    from analysis.sources import list_sources

    space = visitor_space(TOKEN)
    path = netcdf(space.incoming() / "rain.nc", units=None)
    found = look(space, path, "netcdf", "rain.nc", {})
    assert found["questions"][0]["name"] == "rain"
    told = []
    answers = {"units": {"rain": "mm"}}
    made = add(space, path, "netcdf", "rain.nc", "Rain", answers, lambda *a: told.append(a))
    assert (made.name, made.kind, made.variables) == ("my_rain", "grid", {"rain": "mm"})
    assert told[-1][0] == told[-1][1]
    cube = open_cube(space.cache / "cubes" / "my_rain")
    assert float(cube.series(65.2, 45.1, "rain")[0]) == 65.0
    assert made.size > path.stat().st_size
    assert list_cubes() == []
    assert "my_rain" not in list_sources().index
    space.remove("my_rain")
    assert space.items() == []
    assert not path.exists()
    assert not (space.cache / "cubes" / "my_rain").exists()
    with pytest.raises(ValueError, match="no file"):
        space.remove("my_rain")


def test_a_refused_file_leaves_nothing(cache):
    space = visitor_space(TOKEN)
    path = csv(space.incoming() / "w.csv")
    path.write_text("lon,lat\n999,999\n")
    with pytest.raises(Refused) as caught:
        add(space, path, "csv", "w.csv", "W", {})
    assert caught.value.reason == "place"
    assert not path.parent.exists()
    assert space.items() == []


def test_a_child_that_dies_or_hangs_is_told(cache, monkeypatch):
    space = visitor_space(TOKEN)
    space.incoming()
    for script, reason, most in (
        ("import os; os.abort()", "crash", 60),
        ("while True: pass", "slow", 1.5),
    ):
        monkeypatch.setattr("sys.executable", str(fake(cache, script)))
        with pytest.raises(Refused) as caught:
            run(space, {"path": "x"}, most)
        assert caught.value.reason == reason


def test_work_can_be_given_up(cache, monkeypatch):
    import threading

    space, stop = visitor_space(TOKEN), threading.Event()
    space.incoming()
    monkeypatch.setattr("sys.executable", str(fake(cache, "while True: pass")))
    threading.Timer(0.5, stop.set).start()
    with pytest.raises(Stopped):  # and not Refused, as after so many seconds
        run(space, {"path": "x"}, 200, stop=stop)


def fake(folder, script):
    """A program that takes the place of the child."""
    import sys

    path = folder / "child.sh"
    path.write_text(f"#!/bin/sh\nexec {sys.__dict__.get('_base_executable')} -c '{script}'\n")
    path.chmod(0o755)
    return path


def test_the_own_space_is_the_catalogue_of_the_installation(cache, tmp_path):
    space = own_space()
    assert space.catalog == tmp_path / "catalog.yml"
    assert space.cache == cache
    assert space.days == 0
