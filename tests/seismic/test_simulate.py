"""Simulated global grids: physics they promise, and values that no chunk can change."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from analysis.seismic import backdrop, simulate
from analysis.sources.noise import circle_basis, coefficients, global_field
from analysis.sources.normalise import normalise
from analysis.sources.vocabulary import variable

NAMES = {
    "gravity": "lwe_thickness",
    "temperature": "lst",
    "ionosphere": "tec",
    "deformation": "displacement",
}


@pytest.fixture(scope="module")
def computed() -> dict[str, xr.DataArray]:
    return {key: simulate.GRIDS[key]()[name].compute() for key, name in NAMES.items()}


def at(data: xr.DataArray, longitude: float, latitude: float) -> xr.DataArray:
    return data.sel(longitude=longitude, latitude=latitude, method="nearest")


@pytest.mark.parametrize("key", NAMES)
def test_nothing_is_computed_at_open(key: str, refuse_compute: None) -> None:
    ds = simulate.GRIDS[key]()
    assert ds[NAMES[key]].chunks is not None


@pytest.mark.parametrize("key", NAMES)
def test_grids_are_normalised_and_marked(key: str) -> None:
    ds = simulate.GRIDS[key]()
    data = ds[NAMES[key]]
    assert data.dims == ("time", "latitude", "longitude")
    assert data.dtype == np.float32
    assert data.attrs["simulated"] is True
    assert "seed 2002" in data.attrs["source"]
    assert data.attrs["units"] == variable(NAMES[key]).units
    assert "simulated" in data.attrs["long_name"]
    assert ds.attrs["licence"] == "CC0-1.0"
    longitude, latitude = ds["longitude"].to_numpy(), ds["latitude"].to_numpy()
    assert (np.diff(longitude) > 0).all()
    assert (np.diff(latitude) > 0).all()
    assert longitude[0] >= -180
    assert longitude[-1] < 180
    assert np.unique(np.diff(ds["time"].to_numpy())).min() > np.timedelta64(0)
    low, high = ds["time_bounds"].to_numpy().T
    assert (low < ds["time"].to_numpy()).all()
    assert (ds["time"].to_numpy() < high).all()


@pytest.mark.parametrize("key", NAMES)
def test_the_door_changes_nothing(key: str, computed: dict[str, xr.DataArray]) -> None:
    out = normalise(simulate.GRIDS[key](), source="test")[NAMES[key]]
    np.testing.assert_array_equal(out[5], computed[key][5])
    assert out.attrs["simulated"] is True


@pytest.mark.parametrize("key", NAMES)
def test_values_do_not_depend_on_chunks(key: str, computed: dict[str, xr.DataArray]) -> None:
    part = slice(30, 41)
    cut = simulate.GRIDS[key](chunks=(7, 100, -1))[NAMES[key]][part]
    np.testing.assert_array_equal(cut.to_numpy(), computed[key][part].to_numpy())


def test_the_seed_changes_the_values_and_only_the_seed() -> None:
    one, again, other = (simulate.ionosphere(seed=s)["tec"][:3].to_numpy() for s in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("key", NAMES)
def test_values_are_plausible(key: str, computed: dict[str, xr.DataArray]) -> None:
    known, data = variable(NAMES[key]), computed[key]
    assert known.minimum is not None
    assert known.maximum is not None
    assert float(data.min()) >= known.minimum
    assert float(data.max()) <= known.maximum
    assert np.isfinite(data).any()


def test_gravity_has_the_gaps_of_the_mission(computed: dict[str, xr.DataArray]) -> None:
    months = pd.DatetimeIndex(computed["gravity"]["time"].to_numpy()).strftime("%Y-%m")
    assert len(months) == 192 - len(simulate.GRAVITY_GAPS.split(" ")) == 168
    assert not set(months) & set(simulate.GRAVITY_GAPS.split(" "))
    steps = np.diff(computed["gravity"]["time"].to_numpy())
    assert steps.max() > np.timedelta64(120, "D")


def test_greenland_loses_mass_and_the_amazon_breathes(computed: dict[str, xr.DataArray]) -> None:
    years = computed["gravity"]["time"].dt.year + computed["gravity"]["time"].dt.dayofyear / 365
    ice = at(computed["gravity"], -42, 72)
    assert np.polyfit(years, ice, 1)[0] < -3.0  # cm of water a year
    river = at(computed["gravity"], -60, -3)
    month = river.groupby("time.month").mean()
    assert float(month.max() - month.min()) > 8.0


@pytest.mark.parametrize("key", ["temperature", "deformation"])
def test_the_sea_has_no_value(key: str, computed: dict[str, xr.DataArray]) -> None:
    assert np.isnan(at(computed[key], -150, 0)).all()
    assert np.isfinite(at(computed[key], 76.9, 43.2)).all()  # Almaty
    assert np.isfinite(at(computed[key], 51.9, 47.1)).all()  # Atyrau, below sea level
    assert np.isfinite(at(computed[key], 0, -89)).all()  # South Pole
    share = float(np.isfinite(computed[key][0]).mean())
    assert 0.28 < share < 0.36  # cells of a plate carree map that are land


def test_seasons_are_opposite_in_the_hemispheres(computed: dict[str, xr.DataArray]) -> None:
    def warmest(longitude: float, latitude: float) -> int:
        month = at(computed["temperature"], longitude, latitude).groupby("time.month").mean()
        return int(month["month"][int(np.argmax(month.to_numpy()))])

    assert warmest(71.4, 51.2) in (6, 7, 8)
    assert warmest(134.0, -25.0) in (12, 1, 2)
    kazakh = at(computed["temperature"], 71.4, 51.2)
    assert float(kazakh.min()) < -10 < 15 < float(kazakh.max())


def test_mountains_are_colder_than_the_plain_beside(computed: dict[str, xr.DataArray]) -> None:
    assert float(at(computed["temperature"], 88, 33).mean()) < float(
        at(computed["temperature"], 88, 25).mean() - 10
    )


def test_the_ionosphere_follows_the_sun(computed: dict[str, xr.DataArray]) -> None:
    mean = computed["ionosphere"].mean(("latitude", "longitude")).groupby("time.year").mean()
    assert float(mean.sel(year=2002)) > float(mean.sel(year=2014)) > 2 * float(mean.sel(year=2009))
    assert float(computed["ionosphere"].min()) > 0
    zonal = computed["ionosphere"].mean(("time", "longitude"))
    assert float(zonal.sel(latitude=0, method="nearest")) > 2 * float(zonal.sel(latitude=80))


def test_an_earthquake_leaves_a_step_and_none_before_it(
    computed: dict[str, xr.DataArray],
) -> None:
    tohoku = at(computed["deformation"], 140.5, 38.5)
    month = tohoku["time"].dt.strftime("%Y-%m")
    before = tohoku[month < "2011-03"]
    after = tohoku[month > "2011-03"]
    assert float(after[:6].mean() - before[-6:].mean()) > 100.0  # mm
    assert abs(float(before[-3:].mean() - before[-15:-3].mean())) < 10.0


def test_steps_know_nothing_of_the_future() -> None:
    here = backdrop.scene(1.0, 1.0)
    first = (backdrop.great_events()["time"].min() - pd.Timestamp("2002-01-01")).days // 31
    early = backdrop.steps_of_events(here, list(range(first)), "deformation")
    assert not early.any()
    events = backdrop.great_events()
    assert not events.duplicated().any()
    assert (events["mag"] >= backdrop.LEAST).all()


def test_relief_and_land_agree() -> None:
    here = backdrop.scene(1.0, 1.0)
    assert (here.elevation[here.land] > -150).mean() > 0.98
    assert (here.elevation[~here.land] < 300).mean() > 0.99


def test_smooth_fields_meet_across_the_date_line() -> None:
    amplitudes = coefficients(5, 2, (12, 8), memory=0.5, scale=4.0, circle=True)
    latitude = np.linspace(-89, 89, 30)
    west, east = global_field(amplitudes, latitude, np.array([-180.0, 180.0])).transpose(2, 0, 1)
    np.testing.assert_allclose(west, east, atol=1e-5)
    assert circle_basis(np.array([0.0]), 2).shape == (1, 5)


def test_smooth_fields_have_unit_variance_and_memory() -> None:
    amplitudes = coefficients(6, 300, (20, 12), memory=0.8, scale=4.0, circle=True)
    field = global_field(amplitudes, np.linspace(-40, 40, 21), np.arange(-180.0, 180.0, 10))
    assert 0.6 < field.var() < 1.4
    flat = field.reshape(300, -1)
    lag = np.mean([np.corrcoef(x[1:], x[:-1])[0, 1] for x in flat.T[::20]])
    assert lag == pytest.approx(0.8, abs=0.1)


def test_the_reader_opens_each_grid_by_name() -> None:
    for key, name in NAMES.items():
        ds: Any = simulate.SimulatedGrid(variable=key).read()
        assert next(iter(ds.data_vars)) == name


def test_an_unknown_grid_is_answered_with_a_suggestion() -> None:
    with pytest.raises(ValueError, match=r"'gravty'.*Did you mean 'gravity'"):
        simulate.SimulatedGrid(variable="gravty").read()
