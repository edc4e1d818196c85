"""New steps behind a cube: equal to making it anew, without reading what it holds."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest
import xarray as xr

from analysis.cubes import CannotAppendError, ingest, open_cube
from analysis.cubes.appending import renew
from analysis.sources.fetching import records
from tests.cubes.conftest import make_grid


def unreadable(grid: xr.Dataset, steps: slice) -> xr.Dataset:
    """Replace some steps by values that fail when they are computed."""

    def fail(block: np.ndarray) -> np.ndarray:
        raise AssertionError("a step that the cube holds was read from its source")

    out = grid.copy()
    for name in ("height",):
        lazy = da.from_array(grid[name].to_numpy(), chunks=(1, -1, -1))
        parts = [
            lazy[k : k + 1].map_blocks(fail, dtype=lazy.dtype, meta=np.empty((0, 0, 0), "f4"))
            if steps.start <= k < steps.stop
            else lazy[k : k + 1]
            for k in range(lazy.shape[0])
        ]
        out[name] = (grid[name].dims, da.concatenate(parts), grid[name].attrs)
    return out


def test_appended_equals_made_anew_and_old_steps_are_not_read(cache):
    grid = make_grid(times=9)
    ingest(grid.isel(time=slice(0, 5)), "a")
    longer = ingest(unreadable(grid, slice(0, 5)), "a", append=True)
    anew = ingest(grid, "b")
    xr.testing.assert_identical(longer.dataset().compute(), anew.dataset().compute())
    for place in ((12.5, 7.5), (-177.5, 82.5)):
        np.testing.assert_array_equal(longer.series(*place), anew.series(*place))
    bounds = (-180, -90, 180, 90)
    np.testing.assert_array_equal(
        longer.view(longer.times[7], bounds, 30, 20), anew.view(anew.times[7], bounds, 30, 20)
    )


def test_nothing_later_changes_nothing_and_a_source_may_hold_the_new_alone(cache):
    grid = make_grid(times=8)
    first = ingest(grid.isel(time=slice(0, 6)), "a")
    before = first.dataset().compute()
    again = ingest(grid.isel(time=slice(2, 6)), "a", append=True)
    xr.testing.assert_identical(again.dataset().compute(), before)
    longer = ingest(grid.isel(time=slice(6, 8)), "a", append=True)
    np.testing.assert_array_equal(longer.dataset()["height"], grid["height"])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda g: g.isel(latitude=slice(0, 9)), "other latitudes"),
        (lambda g: g.rename(height="depth"), "other variables"),
        (lambda g: g.assign(height=g["height"].assign_attrs(units="cm")), "is in cm, not in m"),
        (lambda g: g.drop_vars("time_bounds"), "other variables"),
    ],
)
def test_another_grid_is_refused_and_the_cube_stays(cache, change, reason):
    grid = make_grid(times=8)
    ingest(grid.isel(time=slice(0, 6)), "a")
    with pytest.raises(CannotAppendError, match=reason):
        ingest(change(grid), "a", append=True)
    assert len(open_cube("a").times) == 6


def test_files_later_than_the_cube_are_appended_others_make_it_anew(cache, tmp_path):
    grid = make_grid(times=8)
    paths = {}
    for name, date in (("new.nc", "2001-08-02"), ("old.nc", "2001-02-01"), ("none.nc", "")):
        records.add(tmp_path, name, {"date": date} if date else {}, "x")
        paths[name] = tmp_path / name
    ingest(grid.isel(time=slice(0, 7)), "a")
    renew(unreadable(grid, slice(0, 7)), "a", [paths["new.nc"]])
    assert len(open_cube("a").times) == 8
    for name in ("old.nc", "none.nc"):
        ingest(grid.isel(time=slice(0, 7)), "a", overwrite=True)
        with pytest.raises(AssertionError, match="was read from its source"):
            renew(unreadable(grid, slice(0, 7)), "a", [paths["new.nc"], paths[name]])
    renew(grid.isel(latitude=slice(0, 9)), "a", [paths["new.nc"]])
    assert open_cube("a").latitudes.size == 9
    assert len(renew(grid, "fresh", []).times) == 8
