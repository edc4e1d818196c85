"""Simulated land to classify: identities, classes, samples, determinism."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr

from analysis.agrarian.landmodel import LABELS, STEPS
from analysis.agrarian.legends import legend
from analysis.agrarian.simulatedland import (
    PLACES,
    SimulatedLand,
    SimulatedLandSamples,
    land_cube,
    land_samples,
    land_truth,
)
from analysis.settings import ROOT

CODES = legend().codes


@pytest.fixture(scope="module")
def season() -> xr.Dataset:
    return land_cube().isel(time=slice(0, STEPS)).compute()


def test_nothing_is_computed_at_open(refuse_compute: None) -> None:
    assert land_cube()["ndvi"].chunks is not None


def test_grid_and_dates() -> None:
    ds = land_cube()
    assert dict(ds.sizes) == {"time": 48, "latitude": 200, "longitude": 320, "bnds": 2}
    times = pd.DatetimeIndex(ds["time"].to_numpy())
    assert set(times.day) == {1, 16}
    assert times.year.value_counts().to_dict() == {2021: 24, 2022: 24}
    bounds = ds["time_bounds"].to_numpy()
    np.testing.assert_array_equal(bounds[1:, 0], bounds[:-1, 1])
    assert all(ds[name].attrs["simulated"] for name in ("green", "ndvi"))


def test_values_are_physical_and_ndvi_is_that_of_its_bands(season: xr.Dataset) -> None:
    red, nir = season["red"].to_numpy(), season["nir"].to_numpy()
    np.testing.assert_array_equal(season["ndvi"].to_numpy(), (nir - red) / (nir + red))
    for name in ("green", "red", "nir", "swir16"):
        assert season[name].dtype == np.float32
        assert float(season[name].min()) > 0.0
        assert float(season[name].max()) <= 1.0


def test_values_do_not_depend_on_chunks(season: xr.Dataset) -> None:
    cut = land_cube(("swir16",), chunks=(7, 60, 90))["swir16"][5:9]
    np.testing.assert_array_equal(cut.to_numpy(), season["swir16"][5:9].to_numpy())


def test_classes_follow_their_calendars(season: xr.Dataset) -> None:
    codes = land_truth(2021).to_numpy()
    mean = {
        label: season["ndvi"].where(codes == CODES[label]).mean(("latitude", "longitude"))
        for label in LABELS
    }
    july = {label: float(one.sel(time="2021-07-16")) for label, one in mean.items()}
    assert july["forest"] > july["arable"] > july["pasture"] > july["water"]
    spring = {label: float(one.sel(time="2021-06-01")) for label, one in mean.items()}
    assert spring["hayfield"] > spring["pasture"] > spring["bare_fallow"] > spring["bare"]
    peak = {label: int(np.argmax(one.to_numpy())) for label, one in mean.items()}
    assert peak["hayfield"] < peak["arable"]
    assert (
        float(season["swir16"].where(codes == CODES["water"]).sel(time="2021-07-16").mean()) < 0.05
    )


def test_truth_has_all_classes_and_changes_between_the_years() -> None:
    one, other = land_truth(2021), land_truth(2022)
    assert one.attrs["simulated"] is True
    assert set(np.unique(one)) == {CODES[label] for label in LABELS}
    moved = (one != other).to_numpy()
    assert 0.02 < moved.mean() < 0.3
    for still in ("water", "forest", "hayfield"):
        was = one.to_numpy() == CODES[still]
        assert (other.to_numpy()[was] != CODES[still]).mean() < 0.02
    grown = (other == CODES["built"]).sum() > (one == CODES["built"]).sum()
    assert bool(grown)


def test_samples_have_the_values_of_their_pixels(season: xr.Dataset) -> None:
    table = land_samples(("ndvi", "red"))
    assert table.columns.tolist() == [
        *("sample_id", "longitude", "latitude", "start_date", "end_date", "label", "date"),
        *("ndvi", "red", "simulated"),
    ]
    places = table.drop_duplicates("sample_id")
    assert places["label"].value_counts().to_dict() == dict.fromkeys(LABELS, PLACES)
    assert not places.duplicated(["longitude", "latitude"]).any()
    where = {
        "longitude": xr.DataArray(places["longitude"].to_numpy(), dims="place"),
        "latitude": xr.DataArray(places["latitude"].to_numpy(), dims="place"),
    }
    found = season["ndvi"].sel(where, method="nearest").to_numpy()
    np.testing.assert_array_equal(table["ndvi"].to_numpy().reshape(-1, STEPS), found.T)
    truth = land_truth(2021).sel(where, method="nearest").to_numpy()
    assert (truth == places["label"].map(CODES).to_numpy()).all()


def test_farms_of_three_oblasts_lie_in_the_cube() -> None:
    farms = gpd.read_parquet(ROOT / "analysis" / "starter" / "demo_farms.parquet")
    inside = farms[farms.within(shapely.box(64.4, 51.5, 66.8, 53.0))]
    assert len(inside) >= 10
    assert inside["oblast_id"].nunique() == 3


def test_readers_open_them() -> None:
    cube: Any = SimulatedLand(variables=["ndvi"]).read()
    assert "red" not in cube
    table: Any = SimulatedLandSamples(variables=["ndvi"], year=2022).read()
    assert table.compute()["date"].dt.year.unique().tolist() == [2022]


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="Did you mean 'ndvi'"):
        land_cube(("nvdi",))
    with pytest.raises(ValueError, match="2021 and 2022"):
        land_truth(2020)
    with pytest.raises(ValueError, match="2021 and 2022"):
        land_samples(year=1999)
