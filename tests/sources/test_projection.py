"""Grids in map projections come to longitude and latitude without a value of their own."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pyproj
import pytest
import xarray as xr

from analysis.sources import projection
from analysis.sources.axes import Axes
from analysis.sources.projection import find_crs, to_geographic

AXES = Axes("x", "y", "time", False)


def cells(xs, ys, steps=1, chunks=1):
    """Number of each source cell, and of each step in front of it."""
    numbers = np.arange(ys.size * xs.size, dtype="float64").reshape(1, ys.size, xs.size)
    values = numbers + 1e5 * np.arange(steps)[:, None, None]
    data = da.from_array(values, chunks=(chunks, -1, -1))
    return xr.Dataset({"a": (("time", "y", "x"), data)}, coords={"x": xs, "y": ys})


@pytest.mark.parametrize(
    ("crs", "x0", "y0", "step"),
    [
        ("EPSG:32642", 400_000, 5_600_000, 500),
        ("EPSG:3857", 7_400_000, 6_400_000, 800),
        ("EPSG:3413", -900_000, -2_600_000, 3_000),
        ("EPSG:32760", 300_000, 8_100_000, 800),  # reaches over the date line
    ],
)
def test_each_value_is_that_of_the_cell_around_it(crs, x0, y0, step):
    xs, ys = x0 + step * np.arange(70), y0 - step * np.arange(50)
    out, axes = to_geographic(cells(xs, ys), AXES, pyproj.CRS.from_user_input(crs))
    assert axes.geographic
    values = out.a.isel(time=0).values
    back = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    x, y = back.transform(*np.meshgrid(out.longitude, out.latitude))
    column, row = np.rint((x - x0) / step), np.rint((y0 - y) / step)
    inside = (column >= 0) & (column < 70) & (row >= 0) & (row < 50)
    edge = np.abs((x - x0) / step % 1 - 0.5) < 1e-6
    np.testing.assert_array_equal(np.isfinite(values) | edge, inside | edge)
    np.testing.assert_array_equal(values[inside], (row * 70 + column)[inside])
    used = np.unique(values[inside]).size / (70 * 50)
    assert used > 0.6, "the resolution of the source is lost"
    assert np.ptp(out.longitude.values) < 60


def test_blocks_and_one_piece_give_the_same(monkeypatch):
    xs, ys = 400_000.0 + 500 * np.arange(200), 5_600_000.0 - 500 * np.arange(150)
    crs = pyproj.CRS.from_epsg(32642)
    whole, _ = to_geographic(cells(xs, ys, steps=3), AXES, crs)
    monkeypatch.setattr(projection, "_BLOCK", 64)
    cut, _ = to_geographic(cells(xs, ys, steps=3, chunks=2), AXES, crs)
    assert len(cut.a.chunks[1]) > 1
    xr.testing.assert_equal(whole.compute(), cut.compute())


def test_places_are_found_once_for_all_steps(monkeypatch):
    calls = []
    real = projection._nearest

    def counted(*args):
        calls.append(1)
        return real(*args)

    monkeypatch.setattr(projection, "_nearest", counted)
    xs, ys = 400_000.0 + 500 * np.arange(40), 5_600_000.0 - 500 * np.arange(30)
    out, _ = to_geographic(cells(xs, ys, steps=6), AXES, pyproj.CRS.from_epsg(32642))
    planned = len(calls)
    out.a.compute(scheduler="synchronous")
    assert len(calls) - planned == 1


def test_system_is_found_wherever_the_file_states_it():
    utm = pyproj.CRS.from_epsg(32642)
    by_wkt = xr.Dataset({"spatial_ref": ((), 0, {"crs_wkt": utm.to_wkt()})})
    by_cf = xr.Dataset(
        {
            "a": ((), 1.0, {"grid_mapping": "albers"}),
            "albers": ((), 0, pyproj.CRS.from_epsg(6933).to_cf() | {"crs_wkt": ""}),
        }
    )
    assert find_crs(by_wkt).to_epsg() == 32642
    assert find_crs(by_cf).to_dict()["proj"] == "cea"
    assert find_crs(xr.Dataset()) is None
    assert find_crs(by_wkt, "EPSG:3857").to_epsg() == 3857


@pytest.mark.parametrize("bad", ["EPSG:999999", "nonsense"])
def test_unreadable_system_is_an_error(bad):
    with pytest.raises(ValueError, match="unreadable"):
        find_crs(xr.Dataset(), bad)


SINUSOIDAL = "+proj=sinu +R=6371007.181 +units=m +no_defs"


@pytest.mark.parametrize("west", [-12_000_000, -4_000_000, 0, 5_500_000, 6_400_000])
def test_shear_far_from_the_middle_meridian_costs_no_resolution(west):
    """In MODIS tiles of Central Asia the longitude runs along y as fast as along x."""
    xs, ys = west + 926.625 * np.arange(120), 5_559_752.6 - 926.625 * (np.arange(120) + 0.5)
    crs = pyproj.CRS.from_proj4(SINUSOIDAL)
    out, _ = to_geographic(cells(xs, ys), AXES, crs)
    met = np.unique(out.a.values[np.isfinite(out.a.values)]).size
    assert met > 0.85 * 120 * 120
    assert np.isfinite(out.a.values).sum() < 1.3 * 120 * 120, "cells are repeated for nothing"


def test_what_lies_beyond_the_outline_of_the_map_is_not_on_the_other_side():
    """A tile across the outline of the sinusoidal map has cells that are nowhere on the globe."""
    step = 50_000.0
    edge = np.pi * 6371007.181 * np.cos(np.radians(60.0))  # half of the parallel of 60 degrees
    xs, ys = edge - 8e5 + step * np.arange(32), 6.7e6 - step * np.arange(20)
    out, _ = to_geographic(cells(xs, ys), AXES, pyproj.CRS.from_proj4(SINUSOIDAL))
    assert np.ptp(out.longitude.values) < 60
    assert float(out.longitude.max()) <= 180.0 + step / 1e5
