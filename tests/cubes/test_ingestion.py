"""Ingest: whole or not at all, resumed where it stopped, in little memory, one at a time."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import dask.array as da
import numpy as np
import pytest
import xarray as xr

from analysis.cubes import CubeBusyError, DiskFullError, ingest, ingestion, layout, open_cube
from analysis.cubes.build import Build
from analysis.cubes.source import GridSource
from analysis.sources import open_source
from analysis.sources.normalise import normalise

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def small_files(monkeypatch):
    """Files of 20 kB, so that a small grid has many pieces."""
    monkeypatch.setattr(layout, "_FILE_BYTES", 20_000)


def assert_same(cube, ds: xr.Dataset) -> None:
    for one in ("map", "series"):
        xr.testing.assert_equal(cube.dataset(one).compute(), ds)


class StopError(Exception):
    """What an impatient person does."""


def interrupt_after(count: int, error: type[BaseException]):
    """Progress function that raises at its n-th call."""
    calls = []

    def report(done: int, total: int) -> None:
        calls.append(done)
        if len(calls) == count:
            raise error

    return report


def test_the_source_is_read_once_and_only_when_it_must(cache, make_grid):
    ds = make_grid(times=12)
    values, read = ds["height"].to_numpy(), []

    def chunk(block_info):
        (start, stop), *_ = block_info[None]["array-location"]
        read.append(start)
        return values[start:stop]

    lazy = da.map_blocks(chunk, chunks=((3,) * 4, (36,), (72,)), dtype="f4", meta=values[:0])
    source = ds.assign(height=(ds["height"].dims, lazy, ds["height"].attrs))
    GridSource(source)
    assert read == []
    cube = ingest(source, "once", memory_limit=1)
    probes = 4
    assert len(read) <= 4 + probes
    assert_same(cube, ds)


@pytest.mark.parametrize("limit", [1, 300_000, 10**9])
def test_the_result_does_not_depend_on_the_memory(cache, make_grid, small_files, limit):
    ds = make_grid(7, np.linspace(-89, 89, 301), (np.arange(500) + 0.5) * 0.72 - 180)
    cube = ingest(ds, "any", memory_limit=limit)
    assert_same(cube, ds)
    assert cube.attrs() == ingest(ds, "other").attrs()
    world = (-180, -90, 180, 90)
    np.testing.assert_array_equal(
        cube.view(3, world, 100, 50), open_cube("other").view(3, world, 100, 50)
    )


@pytest.mark.parametrize("error", [KeyboardInterrupt, StopError])
@pytest.mark.parametrize("count", [1, 2, 5, 6, 7])
def test_an_interrupted_ingest_is_resumed(cache, make_grid, small_files, count, error, monkeypatch):
    ds = make_grid(times=6)
    with pytest.raises(error):
        ingest(ds, "resumed", progress=interrupt_after(count, error), memory_limit=1)
    assert (cache / "cubes" / "resumed.building").is_dir()
    blocks = []
    write = Build._write_block
    monkeypatch.setattr(
        Build, "_write_block", lambda self, *args: blocks.append(1) or write(self, *args)
    )
    cube = ingest(ds, "resumed", memory_limit=1)
    assert len(blocks) == max(0, 6 - count)
    assert_same(cube, ds)
    assert not (cache / "cubes" / "resumed.building").exists()


def test_another_source_does_not_continue_the_first(cache, make_grid, small_files, caplog):
    with pytest.raises(KeyboardInterrupt):
        ingest(
            make_grid(seed=1), "one", progress=interrupt_after(4, KeyboardInterrupt), memory_limit=1
        )
    other = make_grid(seed=2)
    assert_same(ingest(other, "one", memory_limit=1), other)
    assert "Starting afresh" in caplog.text


@pytest.mark.parametrize(
    "change",
    [
        lambda ds: ds.assign_coords(latitude=ds.latitude + 0.1),
        lambda ds: ds.assign_attrs(title="another"),
        lambda ds: ds + 1,
        lambda ds: ds.isel(time=slice(5)),
        lambda ds: ds.rename(height="depth"),
    ],
)
def test_a_fingerprint_tells_sources_apart(make_grid, change):
    with xr.set_options(keep_attrs=True):
        ds = make_grid().drop_vars("time_bounds")
        before = GridSource(ds).fingerprint()
        assert before == GridSource(ds.copy(deep=True).chunk({"time": 2})).fingerprint()
        assert before != GridSource(change(ds)).fingerprint()


def test_a_changed_file_is_another_source(tmp_path, make_grid):
    path = tmp_path / "grid.nc"
    ds = make_grid().drop_vars("time_bounds")
    ds.to_netcdf(path)
    with xr.open_dataset(path) as opened:
        before = GridSource(opened).fingerprint()
        assert before == GridSource(opened).fingerprint()
    os.utime(path, (1, 1))
    with xr.open_dataset(path) as opened:
        assert before != GridSource(opened).fingerprint()


def test_a_change_far_from_the_middle_is_noticed(make_grid):
    ds = make_grid(gaps=0, latitudes=np.arange(-89.5, 90), longitudes=np.arange(-180.0, 180))
    north = ds["latitude"] > 40
    first, second = ds.where(north), (ds + 1).where(north)
    with xr.set_options(keep_attrs=True):
        assert GridSource(first).fingerprint() != GridSource(second).fingerprint()


def test_a_changed_file_of_a_catalogue_is_another_source(tmp_path, make_grid, monkeypatch):
    path = tmp_path / "heights.nc"
    ds = make_grid().drop_vars("time_bounds")
    ds.to_netcdf(path)
    (tmp_path / "own.yml").write_text("entries: {heights: {url: heights.nc}}")
    monkeypatch.setenv("QAZCUBE_CATALOG", str(tmp_path / "own.yml"))
    before = GridSource(open_source("heights")).fingerprint()
    assert before == GridSource(open_source("heights")).fingerprint()
    with xr.open_dataset(path) as opened:
        before_normalised = GridSource(normalise(opened)).fingerprint()
    os.utime(path, (1, 1))
    assert before != GridSource(open_source("heights")).fingerprint()
    with xr.open_dataset(path) as opened:
        assert before_normalised != GridSource(normalise(opened)).fingerprint()


@pytest.mark.parametrize("folder", ["a b", "100%", "100%25", "q?x#y", "каталог"])
def test_the_cache_may_lie_in_any_folder(tmp_path, monkeypatch, make_grid, folder):
    monkeypatch.setenv("QAZCUBE_CACHE", str(tmp_path / folder))
    ds = make_grid()
    assert_same(ingest(ds, "anywhere"), ds)


def test_a_variable_may_have_a_cyrillic_name(cache, make_grid):
    ds = make_grid(variables=("биіктік",))
    assert_same(ingest(ds, "height"), ds)


@pytest.mark.parametrize("value", [510_000_003, 1e20, -3e38, 0, 1e-40])
def test_a_field_of_one_value_is_a_cube(cache, make_grid, value):
    ds = make_grid(gaps=0.5)
    ds["height"][:] = ds["height"].to_numpy() * 0 + np.float32(value)
    cube = ingest(ds, "constant")
    assert cube.attrs()["percentiles"] == (np.float32(value),) * 2
    assert sum(cube.attrs()["histogram"]["counts"]) > 0
    mean = cube.statistics(0, (-180, -90, 180, 90)).mean
    assert mean == pytest.approx(float(np.float32(value)), rel=1e-6, abs=0)


def test_what_is_infinite_is_missing(cache, make_grid):
    ds = make_grid()
    large = ds["height"].to_numpy() > 1
    ds["height"].to_numpy()[large] = np.inf
    cube = ingest(ds, "infinite")
    ds["height"].to_numpy()[large] = np.nan
    assert_same(cube, ds)


def test_a_cube_is_replaced_only_when_asked(cache, make_grid):
    ds = make_grid(seed=1)
    ingest(ds, "kept")
    with pytest.raises(ValueError, match="overwrite=True"):
        ingest(make_grid(seed=2), "kept")
    assert_same(open_cube("kept"), ds)


def test_the_old_cube_stays_until_the_swap(cache, make_grid, small_files):
    old, new = make_grid(seed=1), make_grid(seed=2)
    cube = ingest(old, "swap")
    seen = []

    def report(done: int, total: int) -> None:
        assert_same(cube, old)
        seen.append((done, total))

    ingest(new, "swap", overwrite=True, progress=report, memory_limit=1)
    assert_same(cube, new)
    done = [one for one, _ in seen]
    assert done == sorted(done)
    assert seen[-1] == (12, 12)
    folder = cache / "cubes" / "swap"
    assert len(list(folder.glob("data-*"))) == 1


@pytest.mark.parametrize("moment", ["after the move", "after the swap"])
def test_a_crash_around_the_swap_is_mended(cache, make_grid, monkeypatch, moment):
    old, new = make_grid(seed=1), make_grid(seed=2)
    cube = ingest(old, "edge")

    def crash(*args: object, **kwargs: object) -> None:
        raise StopError

    with monkeypatch.context() as patch:
        if moment == "after the move":
            patch.setattr(ingestion, "_publish", crash)
        else:
            patch.setattr(
                ingestion, "sync_folder", lambda _: patch.setattr(shutil, "rmtree", crash)
            )
        with pytest.raises(StopError):
            ingest(new, "edge", overwrite=True)
    assert_same(cube, old if moment == "after the move" else new)
    assert_same(ingest(new, "edge", overwrite=True), new)
    assert len(list((cache / "cubes" / "edge").glob("data-*"))) == 1
    assert not (cache / "cubes" / "edge.building").exists()


def test_two_ingests_of_one_cube_do_not_mix(cache, make_grid):
    ds = make_grid()
    code = "from analysis.cubes import ingest; import sys; sys.path.insert(0, sys.argv[1])\n"
    code += "from tests.cubes.conftest import make_grid\n"
    code += "from analysis.cubes import CubeBusyError\n"
    code += "try: ingest(make_grid(), 'busy')\nexcept CubeBusyError as error: print(error)"
    answers = []

    def meanwhile(done: int, total: int) -> None:
        if not answers:
            run = subprocess.run(
                [sys.executable, "-c", code, str(ROOT)],
                capture_output=True,
                text=True,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                check=True,
            )
            answers.append(run.stdout)
            with pytest.raises(CubeBusyError, match="is running"):
                ingest(ds, "busy")
            ingest(ds, "free")

    assert_same(ingest(ds, "busy", progress=meanwhile), ds)
    assert "Another ingest of the cube 'busy' is running" in answers[0]


@pytest.fixture
def tiny_disk(tmp_path):
    """Disk of 3 MB."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    try:
        done = subprocess.run(mount, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("this system has no mount command")
    if done.returncode:
        pytest.skip(f"a small disk needs the right to mount: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_keeps_the_old_cube_and_the_work(tiny_disk, monkeypatch, make_grid):
    monkeypatch.setenv("QAZCUBE_CACHE", str(tiny_disk))
    monkeypatch.setattr(layout, "_FILE_BYTES", 20_000)
    old, new = make_grid(seed=1), make_grid(times=120, seed=2)
    cube = ingest(old, "full")
    ballast = tiny_disk / "ballast"
    ballast.write_bytes(bytes(2_000_000))
    with pytest.raises(DiskFullError, match="The disk is full") as caught:
        ingest(new, "full", overwrite=True, memory_limit=1)
    assert caught.value.errno == errno.ENOSPC
    assert str(tiny_disk / "cubes" / "full.building") in str(caught.value)
    assert_same(cube, old)
    ballast.unlink()
    monkeypatch.setenv("QAZCUBE_CACHE", str(tiny_disk))
    assert_same(cube, old)
    with pytest.raises(DiskFullError):
        ingest(new, "full", overwrite=True, memory_limit=1)
    small = make_grid(times=12, seed=3)
    assert_same(ingest(small, "full", overwrite=True, memory_limit=1), small)


@pytest.mark.parametrize(
    ("error", "full"),
    [
        (OSError(errno.EDQUOT, os.strerror(errno.EDQUOT)), True),
        (ValueError("RESOURCE_EXHAUSTED: write: No space left on device"), True),
        (OSError(errno.EACCES, os.strerror(errno.EACCES)), False),
    ],
)
def test_a_full_quota_is_a_full_disk_and_other_errors_are_not(
    cache, make_grid, monkeypatch, error, full
):
    def fail(self: Build) -> None:
        raise error

    monkeypatch.setattr(Build, "run", fail)
    with pytest.raises(DiskFullError if full else type(error)) as caught:
        ingest(make_grid(), "full")
    assert isinstance(caught.value, DiskFullError) == full


@pytest.mark.parametrize(
    "name", ["", "a/b", "../x", "a.building", "көк", "x y", "-x", "a" * 101, 5]
)
def test_a_name_that_is_no_folder_is_refused(cache, make_grid, name):
    with pytest.raises(ValueError, match="ASCII letters"):
        ingest(make_grid(), name)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda ds: ds["height"], "not DataArray"),
        (lambda ds: ds.rename(height="he/ight"), "cannot be used"),
        (lambda ds: ds[["time_bounds"]], "."),
        (lambda ds: ds.assign_coords(time=ds["time"].astype("M8[s]") - 20_000_000_000), "1678"),
    ],
)
def test_what_is_no_grid_is_refused(cache, make_grid, spoil, message):
    with pytest.raises(ValueError, match=message):
        ingest(spoil(make_grid()), "bad")
    assert not list((cache / "cubes").glob("bad*/"))


def test_a_grid_as_people_have_it_is_normalised(cache, make_grid):
    ds = make_grid().drop_vars("time_bounds")
    native = ds.assign_coords(longitude=ds.longitude % 360).sortby("longitude")
    native = native.sortby("latitude", ascending=False).rename(longitude="lon", latitude="lat")
    native.lat.attrs["units"], native.lon.attrs["units"] = "degrees_north", "degrees_east"
    cube = ingest(native, "native")
    np.testing.assert_array_equal(
        cube.series(-60, 2.5), ds["height"].sel(longitude=-60, latitude=2.5)
    )
    assert cube.bounds == (-180, -90, 180, 90)
