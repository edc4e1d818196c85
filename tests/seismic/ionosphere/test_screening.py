"""A storm of the whole globe does not raise the screened anomaly; a local one does."""

from __future__ import annotations

from dataclasses import dataclass

import dask
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from analysis.cells import Cells, align
from analysis.seismic.ionosphere import (
    REASONS,
    Conditions,
    Limits,
    QuietDays,
    activity,
    explain,
    screen_grid,
)
from tests.seismic.ionosphere import skies

LAT, LON = np.arange(-75, 76, 15.0), np.arange(-180, 180, 24.0)
TIMES = pd.date_range("2024-03-01", periods=12 * 80, freq="2h")
HOURS = pd.date_range("2024-02-25", periods=24 * 86, freq="h")
STORM = {"2024-04-20T06:00": -220.0}
AFTER = slice("2024-04-20T06:00", "2024-04-30")
DURING = slice("2024-04-20T10:00", "2024-04-21T22:00")
FADING = slice("2024-04-21T08:00", "2024-04-22T02:00")
BLIND = Limits(kp=None, dst=None, f107=None)


@dataclass(frozen=True)
class Sky:
    """The same days with and without a storm, and what was screened and what was not.

    ``still`` is the calm sky judged as if its indices were those of the storm: the same values are
    set aside, and the same days make the reference.
    """

    calm: xr.Dataset
    still: xr.Dataset
    stormy: xr.Dataset
    blind: xr.Dataset
    hasty: xr.Dataset
    values: np.ndarray
    indices: dict[str, pd.Series]


@pytest.fixture(scope="module")
def sky() -> Sky:
    values = skies.quiet_sky(TIMES, LAT, LON)
    storm = values * skies.storm_factor(TIMES, LAT, LON, STORM)
    quiet = activity(skies.indices(HOURS, {}))
    loud = activity(skies.indices(HOURS, STORM))
    grid, calm = (skies.as_grid(TIMES, LAT, LON, one) for one in (storm, values))
    now = Limits(kp=(3.0, 0.0), dst=(-100.0, 0.0), f107=None)
    return Sky(
        calm=screen_grid(calm, quiet).compute(),
        still=screen_grid(calm, loud).compute(),
        stormy=screen_grid(grid, loud).compute(),
        blind=screen_grid(grid, loud, limits=BLIND).compute(),
        hasty=screen_grid(grid, loud, limits=now).compute(),
        values=storm,
        indices=loud,
    )


def beyond(data: xr.Dataset, when: slice, where: np.ndarray | None = None) -> float:
    """Share of judged values that lie more than three spreads away."""
    anomaly = data["tec_anomaly"].sel(time=when).values
    judged = np.isfinite(anomaly) if where is None else where
    return float((np.abs(anomaly[judged]) > 3).mean())


def test_a_storm_does_not_raise_the_screened_anomaly(sky: Sky) -> None:
    judged = sky.stormy["tec_anomaly"].sel(time=AFTER).values
    without = sky.still["tec_anomaly"].sel(time=AFTER).values
    kept = np.isfinite(judged)
    assert 0.3 < kept.mean() < 0.9
    assert np.abs(judged[kept] - without[kept]).max() < 0.6
    assert beyond(sky.stormy, AFTER) <= beyond(sky.still, AFTER) + 0.005
    # the storm is there to be seen: without screening it makes the anomalies of these days
    assert beyond(sky.blind, DURING) > 0.25 > 10 * beyond(sky.calm, DURING)
    # screening that looks only at the moment lets the end of the storm pass
    assert beyond(sky.hasty, FADING) > 0.05 > 10 * beyond(sky.calm, FADING)
    assert sky.stormy["tec_anomaly"].sel(time=FADING).isnull().all()  # noqa: PD003


def test_values_of_the_storm_are_set_aside_with_the_reason(sky: Sky) -> None:
    why = sky.stormy["tec_anomaly_quality"]
    main = why.sel(time=slice("2024-04-20T12:00", "2024-04-21T12:00")).values
    assert (main & REASONS["dst"] != 0).all()
    assert (main[:3] & REASONS["kp"] != 0).all()
    assert np.isnan(sky.stormy["tec_anomaly"].values[why.values != 0]).all()
    assert np.isfinite(sky.stormy["tec_anomaly"].values[why.values == 0]).all()
    assert why.attrs["role"] == "quality"
    assert explain(main)["kept"] == 0
    late = why.sel(time=slice("2024-04-27", None)).values
    assert (late == 0).mean() > 0.9


def test_days_of_the_storm_are_no_reference_later(sky: Sky) -> None:
    why = sky.stormy["tec_anomaly_quality"].values[:, 0, 0]
    moved = sky.values.copy()
    moved[why & (REASONS["kp"] | REASONS["dst"]) != 0] *= 10
    data = screen_grid(skies.as_grid(TIMES, LAT, LON, moved), sky.indices).compute()
    np.testing.assert_array_equal(data["tec_reference"], sky.stormy["tec_reference"])


@pytest.mark.parametrize("size", [1.0, -0.8])
@pytest.mark.parametrize("statistic", ["z", "ratio"])
def test_a_local_anomaly_does(sky: Sky, size: float, statistic: str) -> None:
    start = "2024-05-06T04:00"
    local = skies.local_factor(TIMES, LAT, LON, start, size=size, width=12.0)
    grid = skies.as_grid(TIMES, LAT, LON, sky.values * local)
    data = screen_grid(grid, sky.indices, statistic=statistic).compute()
    there = {"latitude": skies.ALMATY[0], "longitude": skies.ALMATY[1], "method": "nearest"}
    window = slice(start, "2024-05-06T12:00")
    here = data["tec_anomaly"].sel(**there).sel(time=window)  # type: ignore[arg-type]
    assert np.isfinite(here.values).all()
    assert (np.sign(here) == np.sign(size)).all()
    limit = 3.0 if statistic == "z" else 0.2
    assert float(np.abs(here).median()) > limit
    far = data["tec_anomaly"].sel(latitude=-45.0, longitude=-84.0, time=window)
    assert float(np.abs(far).max()) < limit


def test_a_local_anomaly_within_a_storm_is_not_judged(sky: Sky) -> None:
    local = skies.local_factor(TIMES, LAT, LON, "2024-04-20T12:00", size=0.5)
    grid = skies.as_grid(TIMES, LAT, LON, sky.values * local)
    data = screen_grid(grid, sky.indices).compute()
    within = data["tec_anomaly"].sel(time=slice("2024-04-20T14:00", "2024-04-20T20:00"))
    assert np.isnan(within.values).all()


def test_nothing_that_comes_later_changes_an_earlier_judgement(sky: Sky) -> None:
    changed = sky.values.copy()
    changed[700:] *= 3.0
    data = screen_grid(skies.as_grid(TIMES, LAT, LON, changed), sky.indices).compute()
    for name in ("tec_anomaly", "tec_reference", "tec_anomaly_quality"):
        np.testing.assert_array_equal(data[name].values[:700], sky.stormy[name].values[:700])
    # nor is the time judged part of its own reference
    np.testing.assert_array_equal(
        data["tec_reference"].values[700], sky.stormy["tec_reference"].values[700]
    )


def test_reference_is_the_median_of_the_quiet_days_at_that_hour(sky: Sky) -> None:
    wanted = QuietDays(days=15, least=7, reach=45)
    step, row, column = 600, 6, 9
    bits = sky.stormy["tec_anomaly_quality"].values
    same = [k for k in range(step - 12, -1, -12) if not bits[k, row, column] & 15][:15]
    grid = skies.as_grid(TIMES, LAT, LON, sky.values).values[:, row, column]
    middle = np.median(grid[same])
    spread = 1.4826 * np.median(np.abs(grid[same] - middle))
    got = sky.stormy.isel(time=step, latitude=row, longitude=column)
    assert float(got["tec_reference"]) == pytest.approx(middle, rel=1e-6)
    assert float(got["tec_spread"]) == pytest.approx(spread, rel=1e-5)
    assert int(got["tec_anomaly_count"]) == 15
    assert wanted.words() in sky.stormy["tec_anomaly"].attrs["reference"]
    early = sky.stormy["tec_anomaly_quality"].values[: 12 * 7]
    assert (early & REASONS["few_quiet_days"] != 0).all()


def test_conditions_of_light_hour_and_magnetic_latitude(sky: Sky) -> None:
    grid = skies.as_grid(TIMES, LAT, LON, sky.values).isel(time=slice(0, 240))
    asked = Conditions(light="night", magnetic=(0, 50), hours=(20, 4))
    why = screen_grid(grid, sky.indices, conditions=asked)["tec_anomaly_quality"].compute()
    dark = (why.values & REASONS["light_or_local_time"]) == 0
    local = (TIMES[:240].hour.to_numpy()[:, None, None] + LON[None, None, :] / 15) % 24
    evening = np.broadcast_to((local >= 20) | (local < 4), dark.shape)
    assert dark.any()
    assert not (dark & ~evening).any()
    polar = (why.sel(latitude=75.0).values & REASONS["magnetic_latitude"]) != 0
    assert polar.all()


def test_screened_anomaly_lies_on_cells_with_the_count_of_what_was_kept(sky: Sky) -> None:
    cells = Cells.from_grid((60, 30, 90, 60), 10.0, start="2024-04-01", end="2024-05-31")
    judged = sky.stormy["tec_anomaly"].sel(latitude=[30.0, 45.0], longitude=[60.0, 84.0])
    data = align(judged, cells, "mean")
    assert np.isfinite(data["tec_anomaly"].values).any()
    assert float(data["tec_anomaly_count"].max()) > 0
    gone = align(judged.where(False), cells, "mean")
    assert float(gone["tec_anomaly_count"].sum()) == 0


def test_screening_is_lazy_and_keeps_marks(sky: Sky, refuse_compute: None) -> None:
    grid = skies.as_grid(TIMES, LAT, LON, sky.values).chunk({"time": 13})
    data = screen_grid(grid, sky.indices)
    assert all(dask.is_dask_collection(one.data) for one in data.data_vars.values())
    assert data["tec_anomaly"].attrs["simulated"] is True
    assert data["tec_reference"].attrs["units"] == "TECU"


def test_wrong_questions_are_refused(sky: Sky) -> None:
    grid = skies.as_grid(TIMES[:24], LAT, LON, sky.values[:24])
    with pytest.raises(ValueError, match="statistic 'sigma' is unknown"):
        screen_grid(grid, sky.indices, statistic="sigma")
    with pytest.raises(ValueError, match="not time, latitude, longitude"):
        screen_grid(grid.expand_dims("height"), sky.indices)
    with pytest.raises(ValueError, match=r"no values of dst.*Limits\(dst=None\)"):
        screen_grid(grid, {"kp": sky.indices["kp"], "f107": sky.indices["f107"]})
    with pytest.raises(ValueError, match="2 <= least <= days <= reach"):
        QuietDays(days=5, least=9)
    with pytest.raises(ValueError, match="limit of kp"):
        Limits(kp=(3.0, -1.0))
    with pytest.raises(ValueError, match="direction 'up' is unknown"):
        Conditions(direction="up")
