"""Simulated vegetation: identities, calendars, rotation, determinism."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from analysis.agrarian import SimulatedVegetation, land_cover, vegetation
from analysis.agrarian.simulate import CLASSES, YEARS
from analysis.settings import ROOT
from analysis.sources.normalise import normalise

KEYS = [one.key for one in CLASSES]


@pytest.fixture(scope="module")
def ds() -> xr.Dataset:
    return vegetation().compute()


def mean_of(ds: xr.Dataset, key: str, year: int) -> xr.DataArray:
    inside = land_cover(year).to_numpy() == KEYS.index(key)
    season = ds["ndvi"].sel(time=str(year))
    return season.where(inside).mean(("latitude", "longitude"))


def day_of_peak(season: xr.DataArray) -> int:
    return int(season["time"].dt.dayofyear[int(np.argmax(season.to_numpy()))])


def test_nothing_is_computed_at_open(refuse_compute: None) -> None:
    assert vegetation()["ndvi"].chunks is not None


def test_grid_and_labels(ds: xr.Dataset) -> None:
    assert dict(ds.sizes) == {"time": 207, "latitude": 150, "longitude": 300, "bnds": 2}
    for name in ("ndvi", "red", "nir"):
        assert ds[name].dtype == np.float32
        assert ds[name].attrs["simulated"] is True
        assert "seed 2015" in ds[name].attrs["source"]
        assert np.isfinite(ds[name].to_numpy()).all()
    times = pd.DatetimeIndex(ds["time"].to_numpy())
    assert (times[times.year == 2020].day_of_year == np.arange(1, 366, 16)).all()
    bounds = ds["time_bounds"].to_numpy()
    np.testing.assert_array_equal(bounds[1:, 0], bounds[:-1, 1])


def test_ndvi_is_exactly_that_of_its_bands(ds: xr.Dataset) -> None:
    red, nir = ds["red"].to_numpy(), ds["nir"].to_numpy()
    np.testing.assert_array_equal(ds["ndvi"].to_numpy(), (nir - red) / (nir + red))


def test_reflectances_are_physical(ds: xr.Dataset) -> None:
    for name in ("red", "nir"):
        assert float(ds[name].min()) >= 0.0
        assert float(ds[name].max()) <= 1.0
    assert -0.35 < float(ds["ndvi"].min()) < float(ds["ndvi"].max()) < 0.97


def test_values_do_not_depend_on_chunks(ds: xr.Dataset) -> None:
    part = slice(20, 49)
    cut = vegetation(("nir",), chunks=(5, 40, 70))["nir"][part]
    np.testing.assert_array_equal(cut.to_numpy(), ds["nir"][part].to_numpy())


def test_the_door_changes_nothing(ds: xr.Dataset) -> None:
    out = normalise(vegetation(), source="test")
    np.testing.assert_array_equal(out["ndvi"][100].to_numpy(), ds["ndvi"][100].to_numpy())
    assert out["red"].attrs["simulated"] is True


def test_another_seed_is_another_country(ds: xr.Dataset) -> None:
    other = vegetation(("ndvi",), seed=7)["ndvi"][10].to_numpy()
    assert not np.array_equal(other, ds["ndvi"][10].to_numpy())


@pytest.mark.parametrize("year", [2016, 2020, 2023])
def test_classes_keep_their_calendars(ds: xr.Dataset, year: int) -> None:
    season = {key: mean_of(ds, key, year) for key in KEYS}
    assert 180 <= day_of_peak(season["wheat"]) <= 215  # July: heading of spring wheat
    assert day_of_peak(season["pasture"]) < day_of_peak(season["wheat"])
    assert day_of_peak(season["wheat"]) <= day_of_peak(season["oilseed"])
    assert float(season["water"].sel(time=f"{year}-07").max()) < 0.0
    peaks = {key: float(one.max()) for key, one in season.items()}
    assert peaks["forest"] > peaks["wheat"] > peaks["pasture"] > peaks["fallow"]


def test_snow_hides_the_green_in_winter(ds: xr.Dataset) -> None:
    january = ds["ndvi"].sel(time="2019-01")
    assert float(january.max()) < 0.2
    assert float(ds["red"].sel(time="2019-01").mean()) > 0.5


def test_fields_lie_fallow_every_fourth_year() -> None:
    crops = np.stack([land_cover(year).to_numpy() for year in YEARS])
    field = np.isin(crops, [KEYS.index(k) for k in ("wheat", "oilseed", "fallow")]).all(axis=0)
    rest = (crops == KEYS.index("fallow"))[:, field]
    assert set(rest.sum(axis=0)) <= {2, 3}  # nine years hold two or three fourths
    np.testing.assert_array_equal(rest[:-4], rest[4:])
    still = crops[:, ~field]
    assert (still == still[0]).all()


def test_every_class_occurs_and_has_names(ds: xr.Dataset) -> None:
    cover = land_cover(2020)
    share = np.bincount(cover.to_numpy().ravel(), minlength=len(KEYS)) / cover.size
    assert (share > 0.002).all()
    assert share.sum() == pytest.approx(1.0)
    assert cover.attrs["classes"].split() == KEYS
    assert cover.attrs["simulated"] is True
    for one in CLASSES:
        assert set(one.names) == {"kk", "ru", "en"}


def test_years_differ_by_drought(ds: xr.Dataset) -> None:
    july = [float(mean_of(ds, "pasture", year).max()) for year in YEARS]
    assert max(july) - min(july) > 0.04


def test_demonstration_farms_lie_inside_the_grid(ds: xr.Dataset) -> None:
    farms = gpd.read_parquet(ROOT / "analysis" / "starter" / "demo_farms.parquet")
    west, south, east, north = farms.total_bounds
    assert float(ds["longitude"][0]) < west
    assert east < float(ds["longitude"][-1])
    assert float(ds["latitude"][0]) < south
    assert north < float(ds["latitude"][-1])


def test_the_reader_opens_it() -> None:
    found: Any = SimulatedVegetation(variables=["ndvi"]).read()
    assert "ndvi" in found
    assert "red" not in found


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match=r"'nvdi'.*Did you mean 'ndvi'"):
        vegetation(("nvdi",))
    with pytest.raises(ValueError, match="2015 to 2023"):
        land_cover(2024)
