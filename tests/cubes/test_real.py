"""Real grids: a click gives what a direct read of the file gives, at any longitude."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import netCDF4
import numpy as np
import pytest
import xarray as xr

from analysis.cubes import ingest
from analysis.sources.normalise import Hints, normalise

POINTS = 1000


@dataclass(frozen=True)
class Grid:
    """A file, its names for things, and what normalising does to the unit."""

    path: str
    variable: str
    lon: str
    lat: str
    offset: float = 0.0
    hints: Hints | None = None


GRIDS = [
    Grid(
        "gravity/grace_gracefo_jpl_rl06_sh_ewh_global_2deg_lon360_2002_2022.nc",
        "lwe_thickness",
        "lon",
        "lat",
    ),
    Grid(
        "gravity/grace_gracefo_jpl_rl06_sh_ewh_centralasia_1deg_2002_2022.nc",
        "lwe_thickness",
        "lon",
        "lat",
    ),
    Grid(
        "sst_and_climate/ostia_monthly.nc", "surface_temperature", "longitude", "latitude", -273.15
    ),
    Grid(
        "sst_and_climate/A1B_north_america.nc", "air_temperature", "longitude", "latitude", -273.15
    ),
    Grid("sst_and_climate/navy_winds_UWND_1982_1992.nc", "UWND", "", ""),
]


@pytest.mark.parametrize("grid", GRIDS, ids=lambda grid: grid.path.split("/")[-1])
def test_a_thousand_clicks_equal_a_direct_read(cache, real_data, grid):
    path = real_data / "grids" / grid.path
    with xr.open_dataset(path, decode_times=xr.coders.CFDatetimeCoder(use_cftime=None)) as opened:
        cube = ingest(normalise(opened, hints=grid.hints), "real")
    lons, lats, read = raw(path, grid)
    rng = np.random.default_rng(0)
    rows, columns = rng.integers(lats.size, size=POINTS), rng.integers(lons.size, size=POINTS)
    for row, column in zip(rows, columns, strict=True):
        turn = 360 * int(rng.integers(-1, 2))
        nudge_lon, nudge_lat = rng.uniform(-0.4, 0.4, 2) * [step(lons), step(lats)]
        lat = float(np.clip(lats[row] + nudge_lat, -90, 90))
        clicked = cube.series(float(lons[column] + nudge_lon) + turn, lat).to_numpy()
        expected = read(row, column) + grid.offset
        np.testing.assert_allclose(clicked, expected, rtol=1e-5, atol=1e-4)


def step(values: np.ndarray) -> float:
    return float(np.abs(np.diff(values)).min())


def raw(path, grid) -> tuple[np.ndarray, np.ndarray, Callable[[int, int], np.ndarray]]:
    """Longitudes and latitudes as in the file, and a reader of one cell's series."""
    with netCDF4.Dataset(path) as file:
        variable = file.variables[grid.variable]
        lat_name, lon_name = variable.dimensions[-2:]
        lons = np.asarray(file.variables[grid.lon or lon_name][:])
        lats = np.asarray(file.variables[grid.lat or lat_name][:])
        values = np.ma.filled(variable[:].astype(float), np.nan)
    return lons, lats, lambda row, column: values[..., row, column].reshape(-1)


def test_the_western_hemisphere_of_a_grid_from_0_to_360(cache, real_data):
    """Two well-known servers answer this point with an empty list and with an error."""
    path = real_data / "grids" / GRIDS[0].path
    with xr.open_dataset(path) as opened:
        cube = ingest(normalise(opened), "gravity")
        expected = opened["lwe_thickness"].sel(lon=299, lat=-3).to_numpy()
    assert cube.bounds == (-180, -90, 180, 90)
    for lon in (-61, 299, -421):
        series = cube.series(lon, -3)
        np.testing.assert_allclose(series.to_numpy(), expected, rtol=1e-6)
    assert np.diff(series["time"].to_numpy()).max() > np.timedelta64(365, "D")
