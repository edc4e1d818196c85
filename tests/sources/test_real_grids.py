"""Real grids: normalised values equal a direct read of the file by independent arithmetic."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import dask
import netCDF4
import numpy as np
import pytest
import rioxarray
import xarray as xr

from analysis.sources.normalise import Hints, normalise


@dataclass(frozen=True)
class Grid:
    path: str
    variable: str
    longitude: str
    latitude: str
    name: str = ""
    scale: float = 1.0
    offset: float = 0.0
    units: str = ""
    steps: int = 1
    hints: dict = field(default_factory=dict)


GRIDS = [
    Grid(
        f"gravity/grace_gracefo_jpl_rl06_sh_ewh_{part}.nc",
        "lwe_thickness",
        "lon",
        "lat",
        units="cm",
        steps=steps,
    )
    for part, steps in (("centralasia_1deg_2002_2022", 196), ("global_2deg_lon360_2002_2022", 196))
] + [
    Grid(
        "gravity/grace_jpl_rl06_sh_ewh_global_1deg_first60.nc",
        "lwe_thickness",
        "lon",
        "lat",
        units="cm",
        steps=60,
    ),
    Grid(
        "sst_and_climate/ostia_monthly.nc",
        "surface_temperature",
        "longitude",
        "latitude",
        name="sst",
        offset=-273.15,
        units="degC",
        steps=54,
    ),
    Grid(
        "sst_and_climate/tmmx_20190121.nc",
        "air_temperature",
        "lon",
        "lat",
        offset=-273.15,
        units="degC",
    ),
    Grid("topo/etopo20.cdf", "ROSE", "ETOPO20X1_1081", "ETOPO20Y", name="elevation", units="m"),
    Grid("topo/etopo40.cdf", "ROSE", "ETOPO40X", "ETOPO40Y", name="elevation", units="m"),
    Grid("topo/landsea_hd.nc", "LSMASK", "lon", "lat", units="1", hints={"units": {"LSMASK": "1"}}),
    Grid("topo/basin_mask.nc", "basin", "X", "Y", units="ids", hints={"select": {"Z": 0}}),
]
GRIDS += [
    Grid(
        f"sst_and_climate/{run}_north_america.nc",
        "air_temperature",
        "longitude",
        "latitude",
        offset=-273.15,
        units="degC",
        steps=240,
    )
    for run in ("A1B", "E1")
]
GRIDS += [
    Grid(
        f"sst_and_climate/navy_winds_{letter}WND_1982_1992.nc",
        f"{letter}WND",
        "FNOCX",
        "FNOCY",
        name=f"{letter.lower()}_wind",
        units="m/s",
        steps=132,
    )
    for letter in "UV"
]


@pytest.mark.parametrize("grid", GRIDS, ids=lambda grid: Path(grid.path).stem)
def test_a_thousand_points_equal_a_direct_read(grid: Grid, real_data: Path, refuse_compute):
    path = real_data / "grids" / grid.path
    name = grid.name or grid.variable
    with xr.open_dataset(path, chunks={}) as raw:
        out = normalise(
            raw,
            variable_names={grid.variable: name},
            source="test",
            hints=Hints(**grid.hints),
        )
        assert out[name].dims == ("time", "latitude", "longitude")
        assert out[name].dtype == np.float32
        assert out[name].attrs["units"] == grid.units
        assert out.sizes["time"] == grid.steps
        assert np.all(np.diff(out.time.values) > np.timedelta64(0))
        assert np.all(np.diff(out.longitude.values) > 0)
        assert np.all(np.diff(out.latitude.values) > 0)
        assert out.longitude.values[0] >= -180
        assert out.longitude.values[-1] < 180
        bounds = out.time_bounds.values
        assert np.all(bounds[:, 0] <= bounds[:, 1])

        with dask.config.set(scheduler="synchronous"):
            ours = out[name].values
        longitudes, latitudes = out.longitude.values, out.latitude.values

    with netCDF4.Dataset(path) as file:
        native_lon = np.asarray(file[grid.longitude][:], dtype=float)
        native_lat = np.asarray(file[grid.latitude][:], dtype=float)
        packed = file[grid.variable]
        values = np.ma.filled(packed[:].astype(float), np.nan)
        dims = packed.dimensions
    while values.ndim > 2 + ("time" in [d.lower() for d in dims]):
        values = values[0]
    if values.ndim == 2:
        values = values[np.newaxis]
    values = values * grid.scale + grid.offset

    rng = np.random.default_rng(7)
    t = rng.integers(0, values.shape[0], 1000)
    j = rng.integers(0, native_lat.size, 1000)
    i = rng.integers(0, native_lon.size, 1000)
    turn = rng.integers(-1, 2, 1000) * 360.0
    angle = np.radians(native_lon[i] + turn)
    # nearest meridian by the angle between unit vectors: no modulo arithmetic
    ours_angle = np.radians(longitudes)
    column = np.argmax(np.cos(angle[:, None] - ours_angle[None, :]), axis=1)
    row = np.argmin(np.abs(latitudes[None, :] - native_lat[j][:, None]), axis=1)
    np.testing.assert_allclose(ours[t, row, column], values[t, j, i], rtol=2e-6, atol=3e-5)
    assert np.isfinite(values[t, j, i]).any()


def test_calendar_of_360_days_keeps_all_years_and_dates(real_data: Path):
    path = real_data / "grids" / "sst_and_climate" / "A1B_north_america.nc"
    with xr.open_dataset(path, chunks={}) as raw:
        native = [(t.year, t.month, t.day) for t in raw.time.values]
        out = normalise(raw, source="test")
    index = out.indexes["time"]
    assert out.attrs["native_calendar"] == "360_day"
    assert list(zip(index.year, index.month, index.day, strict=True)) == native


def test_irregular_months_and_the_gap_stay(real_data: Path):
    name = "grace_gracefo_jpl_rl06_sh_ewh_global_2deg_lon360_2002_2022.nc"
    with xr.open_dataset(real_data / "grids" / "gravity" / name, chunks={}) as raw:
        out = normalise(raw, source="test")
        np.testing.assert_array_equal(out.time.values, raw.time.values)
        np.testing.assert_array_equal(out.time_bounds.values, raw.time_bounds.values)
    steps = np.diff(out.time.values) / np.timedelta64(1, "D")
    assert steps.max() == 370.0


def test_gravity_west_of_greenwich_has_a_series(real_data: Path):
    name = "grace_gracefo_jpl_rl06_sh_ewh_global_2deg_lon360_2002_2022.nc"
    with xr.open_dataset(real_data / "grids" / "gravity" / name, chunks={}) as raw:
        out = normalise(raw, source="test")
        here = out.lwe_thickness.sel(longitude=-61, latitude=-3).values
        there = raw.lwe_thickness.sel(lon=299, lat=-3).values
    np.testing.assert_allclose(here, there, rtol=1e-6)
    assert np.isfinite(here).all()


def test_rotated_pole_lands_where_trigonometry_says(real_data: Path):
    path = real_data / "grids" / "ionex" / "space_weather_tec_ne.nc"
    with xr.open_dataset(path, chunks={}) as raw:
        out = normalise(raw, variable_names={"TEC": "tec"}, source="test")
        tec = out.tec.isel(time=0).values
        native, row_lat, col_lon = raw.TEC.values, raw.rLat.values, raw.rLon.values
    # pole of the rotated grid at 45 N, 180 E (attributes of the file): its origin is at 45 N, 0 E
    lat, lon = np.meshgrid(np.radians(out.latitude), np.radians(out.longitude), indexing="ij")
    x, y, z = np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)
    tilt = np.radians(45)
    rotated_lat = np.degrees(np.arcsin(-np.sin(tilt) * x + np.cos(tilt) * z))
    rotated_lon = np.degrees(np.arctan2(y, np.cos(tilt) * x + np.sin(tilt) * z))
    row = np.rint((rotated_lat - row_lat[0]) / 3).astype(int)
    column = np.rint((rotated_lon - col_lon[0]) / 3).astype(int)
    inside = (row >= 0) & (row < 31) & (column >= 0) & (column < 31)
    assert inside.sum() > 500
    np.testing.assert_array_equal(np.isfinite(tec), inside)
    np.testing.assert_allclose(tec[inside], native[row[inside], column[inside]], rtol=1e-6)


def test_axes_of_projected_geotiff(real_data: Path):
    folder = real_data / "grids" / "ndvi" / "mod13a1_modistsp_2016"
    path = min(folder.glob("*.tif"))
    raw = rioxarray.open_rasterio(path, chunks={}, masked=True).to_dataset(name="ndvi")
    out = normalise(raw, source="test", hints=Hints(units={"ndvi": "1"}))
    assert 5 < float(out.longitude.min()) < float(out.longitude.max()) < 15
    assert 40 < float(out.latitude.min()) < float(out.latitude.max()) < 50
    ours = out.ndvi.values
    theirs = raw.ndvi.values
    assert set(np.unique(ours[np.isfinite(ours)])) <= set(np.unique(theirs[np.isfinite(theirs)]))
    share = np.isfinite(ours).mean()
    assert share > 0.3
