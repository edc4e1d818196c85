"""What a belt shares vanishes, what a place has alone stays."""

from __future__ import annotations

import dask
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from analysis.seismic.ionosphere import Limits, activity, dipole_latitude, local_part, screen_grid
from tests.seismic.ionosphere import skies

LAT, LON = np.arange(-85, 86, 10.0), np.arange(-180, 180, 10.0)
TIMES = pd.date_range("2024-03-20", periods=12 * 36, freq="2h")
STORM = {"2024-04-20T06:00": -220.0}
DURING = slice("2024-04-20T10:00", "2024-04-21T22:00")


def beyond(data: xr.DataArray) -> float:
    judged = data.values[np.isfinite(data.values)]
    return float((np.abs(judged) > 3).mean())


def test_a_storm_that_no_index_tells_of_is_no_local_anomaly() -> None:
    hours = pd.date_range("2024-03-15", periods=24 * 45, freq="h")
    quiet = activity(skies.indices(hours, {}))  # the indices do not know of it
    values = skies.quiet_sky(TIMES, LAT, LON)
    moved = values * skies.storm_factor(TIMES, LAT, LON, STORM)
    local = skies.local_factor(TIMES, LAT, LON, "2024-04-20T12:00", size=1.5, width=10.0)
    judged = {
        name: screen_grid(skies.as_grid(TIMES, LAT, LON, one), quiet, limits=Limits(f107=None))[
            "tec_anomaly"
        ].sel(time=DURING)
        for name, one in (("storm", moved), ("both", moved * local))
    }
    assert beyond(judged["storm"]) > 0.25
    assert beyond(local_part(judged["storm"])) < 0.03
    here = {
        "latitude": 45.0,
        "longitude": 80.0,
        "time": slice("2024-04-20T14:00", "2024-04-20T18:00"),
    }
    assert float(local_part(judged["both"]).sel(here).min()) > 3


def test_values_set_aside_stay_aside_and_small_groups_are_not_judged() -> None:
    rng = np.random.default_rng(1)
    grid = skies.as_grid(TIMES[:4], LAT, LON, rng.normal(0, 1, (4, LAT.size, LON.size)) + 5)
    holed = grid.where(rng.uniform(size=grid.shape) > 0.3)
    out = local_part(holed)
    assert (out.isnull() >= holed.isnull()).all()  # noqa: PD003
    assert np.isnan(local_part(holed.isel(longitude=slice(0, 2)))).all()
    assert np.isnan(local_part(holed, least=10_000)).all()


def test_median_is_that_of_the_belt_and_sector() -> None:
    rng = np.random.default_rng(2)
    grid = skies.as_grid(TIMES[:2], LAT, LON, rng.normal(0, 3, (2, LAT.size, LON.size)))
    row, column = 12, 20
    magnetic = dipole_latitude(LAT[:, None], LON[None, :], TIMES[0])
    hours = (TIMES[1].hour + LON / 15) % 24
    same = (np.floor((magnetic + 90) / 20) == np.floor((magnetic[row, column] + 90) / 20)) & (
        np.floor(hours / 6) == np.floor(hours[column] / 6)
    )[None, :]
    want = grid.values[1, row, column] - np.median(grid.values[1][same])
    assert float(local_part(grid, least=1)[1, row, column]) == pytest.approx(want, abs=1e-5)


def test_local_part_is_lazy_and_refuses_what_cannot_be(refuse_compute: None) -> None:
    grid = skies.as_grid(TIMES[:4], LAT, LON, np.ones((4, LAT.size, LON.size))).chunk(
        {"latitude": 3}
    )
    assert dask.is_dask_collection(local_part(grid).data)
    with pytest.raises(ValueError, match="Belts of 0 degrees"):
        local_part(grid, band=0)
    with pytest.raises(ValueError, match="not time, latitude, longitude"):
        local_part(grid.isel(time=0))
