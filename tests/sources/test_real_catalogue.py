"""Real files through a catalogue written by hand, to the values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio

from analysis.sources import open_source

CATALOGUE = """
entries:
  gravity:
    url: {root}/gravity/grace_gracefo_jpl_rl06_sh_ewh_global_2deg_lon360_2002_2022.nc
  gravity_asia:
    url: {root}/gravity/grace_gracefo_jpl_rl06_sh_ewh_centralasia_1deg_2002_2022.nc
  sst:
    url: {root}/sst_and_climate/ostia_monthly.nc
    variables: {{surface_temperature: sst}}
  scenario:
    url: {root}/sst_and_climate/A1B_north_america.nc
  wind:
    url: {root}/sst_and_climate/navy_winds_UWND_1982_1992.nc
    variables: {{UWND: u_wind}}
  density:
    url: {root}/ionex/space_weather_tec_ne.nc
    variables: {{Ne: density}}
    select: {{height: 300000}}
  ndvi_sinop:
    url: "{root}/ndvi/mod13q1_sinop_sits/*.jp2"
    kwargs: {{bands: [ndvi]}}
    scale: {{ndvi: 0.0001}}
  ndvi_mixed:
    url: "{root}/ndvi/mod13a1_modistsp_2016/*.tif"
    kwargs: {{bands: [ndvi]}}
    scale: {{ndvi: 0.0001}}
"""


@pytest.fixture
def real(real_data: Path, tmp_path, monkeypatch):
    path = tmp_path / "real.yml"
    path.write_text(CATALOGUE.format(root=real_data / "grids"))
    monkeypatch.setenv("QAZCUBE_CATALOG", str(path))
    return real_data / "grids"


@pytest.mark.parametrize("name", ["gravity", "gravity_asia", "sst", "scenario", "wind", "density"])
def test_real_grids_open_lazily(real, name, refuse_compute):
    opened = open_source(name)
    variables = [v for v in opened.data_vars if v != "time_bounds"]
    assert len(variables) == 1
    assert opened[variables[0]].chunks is not None


def test_height_is_chosen_by_its_value(real):
    near, same = open_source("density"), open_source("density", select={"height": 310000})
    np.testing.assert_array_equal(near.density.values, same.density.values)
    other = open_source("density", select={"height": 900000})
    assert not np.array_equal(near.density.values, other.density.values, equal_nan=True)


def test_sinusoidal_series_has_the_values_of_its_files(real):
    opened = open_source("ndvi_sinop").ndvi
    paths = sorted((real / "ndvi" / "mod13q1_sinop_sits").glob("*.jp2"))
    assert opened.sizes["time"] == len(paths) == 12
    assert np.all(np.diff(opened.time.values) > np.timedelta64(0))
    lon, lat = float(opened.longitude.mean()), float(opened.latitude.mean())
    ours = opened.sel(longitude=lon, latitude=lat, method="nearest")
    x = np.radians(float(ours.longitude)) * 6371007.181 * np.cos(np.radians(float(ours.latitude)))
    y = np.radians(float(ours.latitude)) * 6371007.181
    theirs = []
    for path in paths:
        with rasterio.open(path) as file:
            theirs.append(next(file.sample([(x, y)]))[0] * 1e-4)
    np.testing.assert_allclose(ours.values, theirs, rtol=1e-5)
    assert 0 < float(ours.min()) < float(ours.max()) <= 1


def test_series_with_two_units_is_refused(real):
    with pytest.raises(ValueError, match="units change inside the series"):
        open_source("ndvi_mixed")
