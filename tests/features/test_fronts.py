"""Weather fronts are wide, anomalies of the ground are not."""

from __future__ import annotations

import dask
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from analysis.features import departure, fronts
from analysis.features.fronts import screen_fronts, surroundings


def field(latitude, longitude, steps=1, seed=0) -> xr.DataArray:
    rng = np.random.default_rng(seed)
    values = rng.normal(0, 1, (steps, len(latitude), len(longitude)))
    return xr.DataArray(
        values, {"time": np.arange(steps), "latitude": latitude, "longitude": longitude}
    ).assign_attrs(units="degC", long_name="Departure")


def by_hand(data: xr.DataArray, radius: float, inner: float) -> np.ndarray:
    """Mean of the ring of each cell, cell by cell, by the haversine."""
    lat, lon = np.meshgrid(np.radians(data.latitude), np.radians(data.longitude), indexing="ij")
    lat, lon = lat.ravel(), lon.ravel()
    half = np.sin((lat[:, None] - lat) / 2) ** 2
    half += np.cos(lat[:, None]) * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    distance = 2 * fronts.EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1)))
    ring = (distance <= radius) & (distance > inner)
    weight = np.where(ring, np.cos(lat)[None], 0.0)
    flat = data.values.reshape(data.shape[0], -1)
    good = np.isfinite(flat)
    total = np.where(good, flat, 0.0) @ weight.T
    return (total / (good @ weight.T)).reshape(data.shape)


@pytest.mark.parametrize(
    "longitude",
    [np.arange(60.0, 80, 2.0), np.arange(-179.0, 180, 6.0)],
    ids=["regional", "round the globe"],
)
def test_ring_is_that_of_great_circles(longitude):
    data = field(np.arange(31.0, 70, 2.0), longitude, steps=2)
    data[0, 3, 4] = np.nan
    found = surroundings(data, radius=700, inner=250, minimum=0.01)
    np.testing.assert_allclose(found.values, by_hand(data, 700, 250), rtol=2e-5, atol=1e-6)


def test_cells_and_grid_give_the_same():
    data = field(np.arange(40.0, 56, 1.0), np.arange(60.0, 80, 1.0), steps=3)
    latitude, longitude = np.meshgrid(data.latitude, data.longitude, indexing="ij")
    cells = xr.DataArray(
        data.values.reshape(3, -1),
        dims=("time", "cell"),
        coords={"latitude": ("cell", latitude.ravel()), "longitude": ("cell", longitude.ravel())},
    )
    one = surroundings(data).values.reshape(3, -1)
    np.testing.assert_allclose(surroundings(cells).values, one, rtol=1e-5, atol=1e-6)


def test_a_front_is_screened_and_a_local_anomaly_kept():
    """A front of 8 K passes from west to east; one spot of 6 K stays where it is."""
    data = field(np.arange(40.0, 56, 0.5), np.arange(55.0, 85, 0.5), steps=30, seed=1) * 0.5
    for step in range(30):
        data[step, :, max(0, 2 * step - 20) : 2 * step] += 8.0
    data[:, 16, 30] += 6.0
    found = screen_fronts(data, threshold=2.0)
    raw_false = int((np.abs(data) > 4).sum()) - 30
    kept_false = int((np.abs(found.local) > 4).sum()) - int((found.local[:, 16, 30] > 4).sum())
    assert raw_false > 10_000
    assert kept_false < 0.02 * raw_false
    calm = found.front[:, 16, 30] == 0
    assert int(calm.sum()) >= 10
    np.testing.assert_allclose(found.local[:, 16, 30].values[calm.values].mean(), 6.0, atol=1.5)
    assert set(np.unique(found.front)) <= {0.0, 1.0, 2.0}
    assert found.front.attrs["role"] == "quality"


def test_shifting_and_scaling_the_values():
    data = field(np.arange(40.0, 50, 1.0), np.arange(60.0, 72, 1.0))
    mean = surroundings(data)
    np.testing.assert_allclose(surroundings(data * 3 + 7), mean * 3 + 7, rtol=1e-4, atol=1e-4)


def test_too_little_around_is_unknown():
    data = field(np.arange(40.0, 50, 1.0), np.arange(60.0, 72, 1.0))
    data[:, :, 2:] = np.nan  # clouds over all but the west
    found = screen_fronts(data, threshold=2.0, minimum=0.5)
    assert (found.front[0, :, 8:] == 2).all()
    assert np.isnan(found.local[0, :, 8:]).all()


def test_lazy_and_blockwise(refuse_compute):
    data = field(np.arange(40.0, 50, 1.0), np.arange(60.0, 72, 1.0), steps=4)
    lazy = screen_fronts(data.chunk(time=1, longitude=5), threshold=2.0)
    assert lazy.local.chunks is not None
    with dask.config.set(scheduler="synchronous"):
        xr.testing.assert_allclose(lazy.compute(), screen_fronts(data, threshold=2.0))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"threshold": 0}, "above 0"),
        ({"radius": 50.0}, "0 <= inner < radius"),
        ({"minimum": 0.0}, "least share"),
    ],
)
def test_impossible_parameters(change, told):
    data = field(np.arange(40.0, 50, 1.0), np.arange(60.0, 72, 1.0))
    with pytest.raises(ValueError, match=told):
        screen_fronts(data, **{"threshold": 2.0, **change})


def test_wrong_axes():
    data = field([40.0, 41.0, 45.0], np.arange(60.0, 72, 1.0))
    with pytest.raises(ValueError, match="not evenly spaced"):
        surroundings(data)
    with pytest.raises(ValueError, match="cell with the coordinates"):
        surroundings(data.rename(latitude="y"))


def test_seasons_clouds_and_fronts_are_removed_and_a_warm_spot_stays():
    """Daily temperature of four years: season, passing fronts, clouds, one warm spot at the end."""
    rng = np.random.default_rng(2)
    times = pd.date_range("2016-01-01", "2019-12-31")
    latitude, longitude = np.arange(42.5, 54, 1.0), np.arange(60.5, 76, 1.0)
    season = -15 * np.cos(2 * np.pi * (times.dayofyear.to_numpy() - 20) / 365.25)
    weather = rng.normal(0, 6, times.size)  # the same everywhere on a day
    values = (season + weather)[:, None, None] + rng.normal(0, 1, (times.size, 12, 16))
    warm = slice(times.size - 60, times.size)
    values[warm, 6, 8] += 5.0
    values[rng.random(values.shape) < 0.4] = np.nan  # clouds
    axes = {"time": times, "latitude": latitude, "longitude": longitude}
    lst = xr.DataArray(values, axes, name="lst").assign_attrs(units="degC")
    seasonless = departure(lst, base=("2016", "2018"), window=31)
    found = screen_fronts(seasonless, threshold=8.0, minimum=0.2)
    spot, around = found.local[warm, 6, 8], found.local[warm, 3, 3]
    assert np.nanmean(spot) > 4.0
    assert abs(np.nanmean(around)) < 1.0
    # without the ring the weather is five times the noise and hides the spot
    assert float(seasonless[warm].std()) > 3 * float(found.local[warm, :5].std())
    assert 0.02 < float((found.front == 1).mean()) < 0.4
