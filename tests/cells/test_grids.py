"""Grids aligned to cells."""

from __future__ import annotations

import dask.array as da
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.cells import Cells, align, gridblocks

JANUARY = {"start": "2020-01-01", "end": "2020-01-31"}


def make_grid(step=5.0, months=3, seed=0, west=-180.0, gaps=0.1, descending=False):
    generator = np.random.default_rng(seed)
    lons = west + step / 2 + step * np.arange(round(360 / step))
    lats = -90 + step / 2 + step * np.arange(round(180 / step))
    if descending:
        lats = lats[::-1]
    edges = pd.date_range("2020-01-01", periods=months + 1, freq="MS").to_numpy()
    values = generator.normal(size=(months, lats.size, lons.size)).astype("float32")
    values[generator.random(values.shape) < gaps] = np.nan
    bounds = np.stack([edges[:-1], edges[1:]], axis=1)
    attrs = {"units": "cm", "long_name": "Water", "source": "test", "simulated": True}
    return xr.Dataset(
        {"lwe": (("time", "latitude", "longitude"), values, attrs)},
        coords={
            "time": edges[:-1],
            "latitude": lats,
            "longitude": lons,
            "time_bounds": (("time", "bnds"), bounds),
        },
    )


def month_of(grid, step=0):
    """Return a grid of one step that lies in the windows of January."""
    part = grid.isel(time=[step])
    return part.drop_vars("time_bounds").assign_coords(time=np.array(["2020-01-10"], "M8[ns]"))


def test_the_grid_itself_comes_back_from_cells_of_its_own_size():
    grid = month_of(make_grid())
    cells = Cells.from_grid(resolution=5, **JANUARY)
    expected = grid["lwe"].to_numpy().reshape(1, -1)
    for how in ("mean", "nearest", "linear", "sum", "max"):
        result = align(grid, cells, how)
        np.testing.assert_allclose(result["lwe"], expected, rtol=1e-6, err_msg=how)
        np.testing.assert_array_equal(result["lwe_count"], ~np.isnan(expected), err_msg=how)


@pytest.mark.parametrize("how", ["mean", "nearest", "linear", "sum", "max", "count"])
def test_conventions_of_the_axes_make_no_difference(how):
    cells = Cells.from_grid((150, -40, -150, 60), 2.5, **JANUARY)
    grid = month_of(make_grid())
    turned = grid.assign_coords(longitude=grid["longitude"] % 360).sortby("longitude")
    flipped = grid.isel(latitude=slice(None, None, -1))
    expected = align(grid, cells, how)
    xr.testing.assert_allclose(align(turned, cells, how), expected)
    xr.testing.assert_allclose(align(flipped, cells, how), expected)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from([1, 2.5, 4, 9, 20, 60]), st.integers(0, 5), st.sampled_from([-180, 0, -177]))
def test_sums_are_kept_over_the_whole_world_whatever_the_cells(resolution, seed, west):
    grid = month_of(make_grid(seed=seed, west=west, gaps=0))
    result = align(grid, Cells.from_grid(resolution=resolution, **JANUARY), "sum")
    assert float(result["lwe"].sum()) == pytest.approx(float(grid["lwe"].sum()), rel=1e-5)


@settings(max_examples=15, deadline=None)
@given(st.sampled_from([1, 2.5, 4, 9, 20, 60]), st.integers(0, 5))
def test_area_means_of_the_world_agree_whatever_the_cells(resolution, seed):
    grid = month_of(make_grid(seed=seed, gaps=0))
    cells = Cells.from_grid(resolution=resolution, **JANUARY)
    result = align(grid, cells, "mean")["lwe"].to_numpy()[0]
    weights = np.cos(np.radians(grid["latitude"]))
    band = np.sin(np.radians(2.5)) / np.radians(2.5)  # sin a - sin b = 2 cos m sin d: same factor
    expected = float(grid["lwe"].weighted(weights * band).mean())
    assert np.average(result, weights=cells.areas_km2) == pytest.approx(expected, abs=1e-6)


def test_a_constant_stays_constant():
    grid = month_of(make_grid(gaps=0.3)) * 0 + 7
    for how in ("mean", "nearest", "linear", "max"):
        value = align(grid, Cells.from_grid(resolution=3, **JANUARY), how)["lwe"].to_numpy()
        np.testing.assert_allclose(value[np.isfinite(value)], 7, rtol=1e-12)


def test_linear_interpolation_keeps_a_plane_between_the_middles():
    grid = month_of(make_grid(gaps=0))
    plane = 2 * grid["latitude"] + 0.5 * grid["longitude"]
    grid["lwe"] = plane.expand_dims(time=grid["time"]).transpose("time", "latitude", "longitude")
    cells = Cells.from_grid((-170, -80, 170, 80), 1, **JANUARY)
    lons, lats = cells.centres
    np.testing.assert_allclose(align(grid, cells, "linear")["lwe"][0], 2 * lats + 0.5 * lons)


def test_linear_interpolation_continues_across_the_date_line():
    grid = month_of(make_grid(gaps=0))
    cells = Cells.from_grid((179, 0, 180, 1), 1, **JANUARY)
    lon, lat = (centre[0] for centre in cells.centres)
    ring = grid["lwe"].pad(longitude=1, mode="wrap")
    ring["longitude"] = np.concatenate([[-182.5], grid["longitude"], [182.5]])
    expected = float(ring.interp(longitude=lon, latitude=lat).squeeze())
    assert float(align(grid, cells, "linear")["lwe"][0, 0]) == pytest.approx(expected, rel=1e-6)


def test_linear_interpolation_is_missing_beside_a_gap_and_the_mean_is_not():
    grid = month_of(make_grid(gaps=0))
    grid["lwe"][0, 18, 36] = np.nan
    cells = Cells.from_grid((0, 0, 5, 5), 2.5, **JANUARY)
    assert np.isnan(align(grid, cells, "linear")["lwe"]).all()
    coarse = Cells.from_grid((0, 0, 10, 10), 10, **JANUARY)
    mean = align(grid, coarse, "mean")
    assert int(mean["lwe_count"].sum()) == 3
    assert np.isfinite(float(mean["lwe"].sum()))


def test_cells_that_the_grid_does_not_reach_are_missing():
    grid = month_of(make_grid()).sel(latitude=slice(0, 90), longitude=slice(0, 90))
    for how in ("mean", "nearest", "linear", "sum", "max"):
        result = align(grid, Cells.from_grid((-40, -40, -20, -20), 5, **JANUARY), how)
        assert np.isnan(result["lwe"]).all()
        assert not result["lwe_count"].any()


def test_maximum_and_count():
    grid = month_of(make_grid())
    cells = Cells.from_grid(resolution=10, **JANUARY)
    boxes = grid["lwe"].coarsen(latitude=2, longitude=2)
    np.testing.assert_array_equal(
        align(grid, cells, "count")["lwe"][0], boxes.count()[0].data.ravel()
    )
    np.testing.assert_allclose(align(grid, cells, "max")["lwe"][0], boxes.max()[0].data.ravel())


def test_months_are_spread_over_windows_by_their_length():
    grid = make_grid(gaps=0)
    cells = Cells.from_grid((0, 0, 5, 5), 5, start="2020-01-01", end="2020-03-31", period="30D")
    months = grid["lwe"].sel(longitude=2.5, latitude=2.5).to_numpy().astype(float)
    # 31 days of January, 29 of February, 31 of March in windows of 30 days.
    expected = [months[0], (months[0] + 29 * months[1]) / 30, months[2]]
    mean = align(grid, cells, "mean")
    np.testing.assert_allclose(mean["lwe"][:, 0], expected, rtol=1e-6)
    assert mean["lwe_count"][:, 0].values.tolist() == [1, 2, 1]
    total = align(grid, cells, "sum")["lwe"][:, 0]
    shares = [30 / 31 * months[0], months[0] / 31 + months[1], 30 / 31 * months[2]]
    np.testing.assert_allclose(total, shares, rtol=1e-6)


def test_a_gap_in_time_stays_a_gap():
    grid = make_grid(months=6, gaps=0).isel(time=[0, 4])
    cells = Cells.from_grid((0, 0, 5, 5), 5, start="2020-01-01", end="2020-06-01", period="MS")
    result = align(grid, cells, "mean")
    assert np.isnan(result["lwe"].to_numpy()[:, 0]).tolist() == [False, True, True, True, False]
    assert result["lwe_count"].values[:, 0].tolist() == [1, 0, 0, 0, 1]


def test_a_static_grid_holds_in_every_window():
    grid = month_of(make_grid(gaps=0)).assign_attrs(static=True)
    cells = Cells.from_grid((0, 0, 20, 20), 5, start="1990-01-01", end="1991-01-01")
    result = align(grid, cells, "mean")["lwe"]
    assert (result == result[0]).all()
    flat = align(grid["lwe"][0].drop_vars("time"), cells, "mean")["lwe"]
    np.testing.assert_array_equal(flat, result)


def test_polygons_take_the_part_of_each_pixel_that_they_cover():
    grid = month_of(make_grid(gaps=0))
    shapes = [shapely.box(0, 0, 5, 5), shapely.box(0, 0, 7.5, 5), shapely.box(175, 0, 185, 5)]
    cells = Cells.from_polygons(gpd.GeoSeries(shapes, crs="EPSG:4326"), **JANUARY)
    row = grid["lwe"].sel(latitude=2.5).squeeze()
    one, two = (float(row.sel(longitude=lon)) for lon in (2.5, 7.5))
    east, west = (float(row.sel(longitude=lon)) for lon in (177.5, -177.5))
    expected = [one, (one + two / 2) / 1.5, (east + west) / 2]
    result = align(grid, cells, "mean")
    np.testing.assert_allclose(result["lwe"][0], expected, rtol=1e-6)
    assert result["lwe_count"].values[0].tolist() == [1, 2, 2]
    np.testing.assert_allclose(align(grid, cells, "sum")["lwe"][0, 1], one + two / 2, rtol=1e-6)


def test_polygons_of_boxes_agree_with_boxes():
    grid = month_of(make_grid())
    boxes = Cells.from_grid((60, 30, 72, 42), 4, **JANUARY)
    shapes = Cells.from_polygons(gpd.GeoSeries(boxes.polygons, crs="EPSG:4326"), **JANUARY)
    for how in ("mean", "max", "count", "nearest", "linear", "sum"):
        np.testing.assert_allclose(align(grid, shapes, how)["lwe"], align(grid, boxes, how)["lwe"])


def test_nothing_is_computed_before_it_is_asked_for(refuse_compute):
    grid = make_grid()
    grid["lwe"] = grid["lwe"].chunk(time=1, latitude=10)
    result = align(grid, Cells.from_grid(resolution=10, start="2020-01-01", end="2020-03-31"))
    assert isinstance(result["lwe"].data, da.Array)
    with pytest.raises(AssertionError, match="had to stay lazy"):
        result["lwe"].compute()


@pytest.mark.parametrize("how", sorted(gridblocks.MODES))
@pytest.mark.parametrize(("period", "windows"), [("30D", 12), ("YS", 1)])
def test_blocks_of_windows_and_of_steps_give_the_same_values(monkeypatch, how, period, windows):
    grid = make_grid(months=12).chunk(time=5, longitude=20)
    cells = Cells.from_grid((0, -30, 60, 30), 7.5, "2020-01-01", "2021-01-01", period)
    whole = align(grid, cells, how).compute()
    monkeypatch.setattr(gridblocks, "BLOCK_BYTES", 24 * cells.ids.size)
    parts = align(grid, cells, how)
    assert len(parts["lwe"].data.chunks[0]) == windows
    xr.testing.assert_allclose(parts.compute(), whole, rtol=1e-12)


def test_attributes_travel_and_simulated_stays_said():
    result = align(make_grid(), Cells.from_grid((0, 0, 10, 10), 5, **JANUARY))
    assert result["lwe"].attrs["units"] == "cm"
    assert result["lwe"].attrs["simulated"] is True
    assert result["lwe"].attrs["source"] == "test"
    assert result["lwe_count"].attrs["units"] == "1"
    assert result["lwe_count"].attrs["role"] == "count"
    assert result["lwe_count"].attrs["simulated"] is True


def test_impossible_grids_are_refused():
    grid, cells = make_grid(), Cells.from_grid((0, 0, 10, 10), 5, **JANUARY)
    with pytest.raises(ValueError, match="how='median' is unknown for a grid; it is one of mean"):
        align(grid, cells, "median")
    with pytest.raises(ValueError, match="no axis latitude"):
        align(grid.rename(latitude="lat"), cells)
    with pytest.raises(ValueError, match="strictly monotonic"):
        align(grid.isel(latitude=[1, 1]), cells)
    with pytest.raises(ValueError, match="latitude goes to 92"):
        align(grid.assign_coords(latitude=grid["latitude"] + 5).isel(latitude=slice(30, 36)), cells)
    with pytest.raises(ValueError, match="A list is neither a grid"):
        align([1, 2], cells)


@pytest.mark.parametrize("how", sorted(gridblocks.MODES))
@pytest.mark.parametrize("chunks", [(-1, 7, 9), (1, -1, -1), (2, 10, 24), (3, 36, 5)])
def test_chunks_of_any_form_give_the_same_values(monkeypatch, how, chunks):
    grid = make_grid(months=6)
    places = Cells.from_grid((150, -90, -150, 90), 7.5, "2020-01-01", "2020-06-29")
    shapes = Cells.from_polygons(
        gpd.GeoSeries([shapely.box(-170, -80, 100, 60), shapely.Point(0, 88).buffer(30)]),
        "2020-01-01",
        "2020-06-29",
    )
    for cells in (places, shapes):
        whole = align(grid, cells, how).compute()
        monkeypatch.setattr(gridblocks, "BLOCK_BYTES", 24 * 100)
        lazy = grid.chunk(dict(zip(("time", "latitude", "longitude"), chunks, strict=True)))
        xr.testing.assert_allclose(align(lazy, cells, how).compute(), whole, rtol=1e-10)


def test_flags_are_left_out_and_numbers_of_values_are_added_up():
    grid = month_of(make_grid(gaps=0))
    grid["lwe_count"] = grid["lwe"] * 0 + 3
    grid["lwe_count"].attrs = {"role": "count", "units": "1"}
    grid["lwe_quality"] = grid["lwe_count"].astype("int32").assign_attrs(role="quality")
    grid["lwe"][0, 18, 36] = np.nan
    cells = Cells.from_grid((0, 0, 10, 10), 10, **JANUARY)
    found = align(grid.chunk(latitude=18), cells)
    assert set(found.data_vars) == {"lwe", "lwe_count"}
    assert int(found["lwe_count"][0, 0]) == 9
    with pytest.raises(ValueError, match="no variable on latitude and longitude"):
        align(grid[["lwe_quality"]], cells)


def test_a_meridian_that_is_there_twice_is_refused():
    grid = month_of(make_grid(gaps=0)).isel(longitude=slice(0, 37))
    cells = Cells.from_grid((0, 0, 10, 10), 10, **JANUARY)
    with pytest.raises(ValueError, match="a meridian is there twice"):
        align(grid.assign_coords(longitude=np.arange(0.0, 361, 10)), cells)
    align(grid.isel(longitude=slice(36)).assign_coords(longitude=np.arange(0.0, 360, 10)), cells)


@pytest.mark.parametrize("names", [["lwe", "lwe_count"], ["lwe_count", "lwe"]])
def test_a_variable_is_not_overwritten_by_the_count_of_another(names):
    grid = month_of(make_grid(gaps=0))
    grid["lwe_count"] = grid["lwe"] * 0 + 3
    cells = Cells.from_grid((0, 0, 10, 10), 10, **JANUARY)
    with pytest.raises(ValueError, match=r"lwe_count, which would be overwritten.*role"):
        align(grid[names], cells)
    alone = align(grid[["lwe_count"]], cells)["lwe_count"]
    assert float(alone[0, 0]) == pytest.approx(3)


def test_the_poles_and_the_date_line_lose_nothing():
    grid = month_of(make_grid(gaps=0, west=-177))
    cells = Cells.from_grid((175, 60, -175, 90), 10, **JANUARY)
    ones = grid * 0 + 1
    areas = align(ones, cells, "sum")["lwe"].sum()
    # boxes from 170 to -170 degrees of longitude: 4 x 6 pixels of 5 degrees
    assert float(areas) == pytest.approx(24, rel=1e-6)
    cap = Cells.from_polygons(gpd.GeoSeries([shapely.box(-180, 75, 180, 90)]), **JANUARY)
    expected = grid["lwe"].isel(latitude=slice(33, 36))
    height = np.diff(np.sin(np.radians([75, 80, 85, 90])))
    mean = float((expected.mean("longitude") * height).sum() / height.sum())
    assert float(align(grid, cap)["lwe"][0, 0]) == pytest.approx(mean, rel=1e-5)
