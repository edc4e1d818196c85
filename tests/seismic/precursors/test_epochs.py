"""Superposed epochs: nothing where there is nothing, the planted where it was planted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.stats
import xarray as xr

from analysis.cells import Cells
from analysis.seismic.planted import ANOMALY, plant
from analysis.seismic.precursors import adjust, match, superposed_epochs, surroundings

MONTHS = pd.date_range("2000-01-01", periods=156, freq="MS")
LATITUDE, LONGITUDE = np.arange(-9.5, 10), np.arange(0.5, 30)
SHAPE = (MONTHS.size, LATITUDE.size, LONGITUDE.size)


def grid(values: Any, units: str = "cm") -> xr.Dataset:
    axes = {"time": MONTHS, "latitude": LATITUDE, "longitude": LONGITUDE}
    return xr.Dataset({"level": (tuple(axes), values, {"units": units, "simulated": True})}, axes)


def noise(seed: int) -> Any:
    """A common signal of the whole map, and memory from month to month."""
    random = np.random.default_rng(seed)
    values = random.normal(size=SHAPE) + 2 * random.normal(size=(SHAPE[0], 1, 1))
    for step in range(1, SHAPE[0]):
        values[step] = 0.5 * values[step - 1] + values[step]
    return values


def quakes(seed: int, count: int = 60) -> pd.DataFrame:
    """Events in bursts: several in one month at far places."""
    random = np.random.default_rng(seed + 500)
    days = np.repeat(random.uniform(700, 4000, count // 3), 3) + random.uniform(0, 20, count)
    return pd.DataFrame(
        {
            "time": pd.Timestamp("2000-01-01") + pd.to_timedelta(days, "D"),
            "longitude": random.uniform(0, 30, count),
            "latitude": random.uniform(-9, 9, count),
            "mag": 6.0,
        }
    )


def test_p_values_are_even_where_nothing_precedes_events():
    """Also with bursts of events, a signal common to all places, and memory."""
    found = [
        superposed_epochs(
            quakes(seed), grid(noise(seed)), lags=["-30D"], radii=[0], by=None, draws=99, seed=seed
        ).table["p"][0]
        for seed in range(20)
    ]
    below = sum(one <= 0.1 for one in found)
    assert below <= 6  # 2 are expected; 7 and more has a chance of 0.2 %
    assert scipy.stats.kstest(found, "uniform").pvalue > 0.01


def test_a_step_that_the_event_leaves_is_no_precursor():
    events = quakes(3)
    values = noise(3)
    edges = np.append(MONTHS.to_numpy(), np.datetime64("2013-01-01"))
    for when, lon, lat in events[["time", "longitude", "latitude"]].to_numpy():
        step = np.searchsorted(edges, np.datetime64(when), side="right")
        row, column = np.abs(LATITUDE - lat).argmin(), np.abs(LONGITUDE - lon).argmin()
        values[step:, row, column] += 8.0
    values += 0.05 * np.arange(SHAPE[0])[:, np.newaxis, np.newaxis]
    found = superposed_epochs(
        events, grid(values), lags=["-60D", "-30D", "0D"], radii=[0], by=None, draws=999
    )
    assert found.table["p"].min() > 0.01
    assert not found.table["passes"].any()


def test_a_planted_rise_is_found_at_its_lag_and_near_the_epicentre():
    events, values = quakes(5), np.random.default_rng(5).normal(size=SHAPE)
    for when, lon, lat in events[["time", "longitude", "latitude"]].to_numpy():
        month = (
            np.searchsorted(MONTHS.to_numpy(), np.datetime64(when), side="right") - 2
        )  # the last month that had ended
        row, column = np.abs(LATITUDE - lat).argmin(), np.abs(LONGITUDE - lon).argmin()
        values[month, row, column] += 3.0
    found = superposed_epochs(
        events, grid(10 * values), lags=["-90D", "0D"], radii=[0, 400], by=None, draws=999
    )
    strongest = found.scale().iloc[0]
    assert (strongest["lag_days"], strongest["radius_km"]) == (0.0, 0.0)
    near = found.table[(found.table["lag_days"] == 0) & (found.table["radius_km"] == 0)].iloc[0]
    assert near["passes"]
    assert near["low"] < near["effect"] < near["high"]
    assert 1.5 < near["effect"] < 3.2  # the rise is in the deviation that Z is counted by, too
    assert 20 < near["effect_units"] < 40
    assert not found.table.loc[found.table["lag_days"] == -90, "passes"].any()
    assert found.simulated == ["level"]
    assert found.counts["given"] == 60
    one_sided = superposed_epochs(
        events, grid(10 * values), lags=["0D"], radii=[0], by=None, draws=999, alternative="less"
    )
    assert one_sided.table["p"][0] > 0.9


def test_the_simulators_precursor_is_found_and_its_absence_is_not():
    cells = Cells.from_grid((60, 36, 84, 48), 1.0, "1990-01-01", "2005-01-01", "10D")
    lattice: Any = cells.geometry
    rates = np.full(cells.ids.size, 0.5 / cells.ids.size)
    lons, lats = cells.centres
    for strength in (0.0, 3.0):
        events, cube = plant(cells, rates, strength=strength, aftershocks=0.0, seed=6)
        box = cube[ANOMALY].to_numpy().reshape(-1, lattice.rows, lattice.columns)
        places = {
            "time": cube["time"].to_numpy(),
            "latitude": lats[:: lattice.columns],
            "longitude": lons[: lattice.columns],
        }
        data = xr.Dataset({ANOMALY: (tuple(places), box, cube[ANOMALY].attrs)}, places)
        data["time_bounds"] = (("time", "bnds"), cube["time_bounds"].to_numpy())
        found = superposed_epochs(
            events, data, lags=["-40D", "-5D"], radii=[0, 100], by=None, reference="180D",
            block="10D", draws=999,
        )  # fmt: skip
        early = found.table["lag_days"] == -40
        assert not found.table.loc[early, "passes"].any()
        assert found.table.loc[~early, "passes"].any() == (strength > 0)
        assert found.simulated == [ANOMALY, "events"]


def test_groups_are_tested_beside_all_and_small_ones_are_not():
    events = quakes(2).assign(kind=["a"] * 56 + ["b"] * 4)
    found = superposed_epochs(events, grid(noise(2)), lags=["0D"], radii=[0], by="kind", draws=99)
    assert found.table["group"].tolist() == ["all", "a", "b"]
    assert found.table["p"].notna().tolist() == [True, True, False]
    assert found.tests == 2
    assert found.by_chance == pytest.approx(0.1)
    same = superposed_epochs(
        events, grid(noise(2)), lags=["0D"], radii=[0], by=events["kind"].to_numpy(), draws=99
    )
    pd.testing.assert_frame_equal(found.table, same.table)
    shuffled = events.sample(frac=1, random_state=1)
    again = superposed_epochs(shuffled, grid(noise(2)), lags=["0D"], radii=[0], by="kind", draws=99)
    pd.testing.assert_frame_equal(found.table, again.table)


def test_nothing_after_the_event_is_looked_at():
    """Changing the maps of the last year, after all events and matched times, changes nothing."""
    events = quakes(1)
    when = np.datetime64(events["time"].max()) + np.timedelta64(1, "D")
    one = surroundings(grid(noise(1)), events["longitude"], events["latitude"], [0.0, 200.0])[0]
    frame = events.sort_values("time", ignore_index=True)
    matched = match(frame, ["-30D", "0D"])
    from analysis.seismic.precursors.epochs import _difference

    times = matched.shifted(0)
    row = np.flatnonzero(matched.kept)
    history = one.z[:, np.argsort(events["time"].to_numpy(), kind="stable")][:, row]
    before = _difference(history, one, times, matched.open(0), matched)
    spoilt = history.copy()
    spoilt[one.ends > when] = 99.0
    np.testing.assert_array_equal(before, _difference(spoilt, one, times, matched.open(0), matched))
    for place in range(0, row.size, 7):
        spoilt = history.copy()
        spoilt[one.ends > matched.times[place]] = 99.0
        np.testing.assert_array_equal(
            before[place], _difference(spoilt, one, times, matched.open(0), matched)[place]
        )


def test_matched_times_keep_away_from_other_events():
    times = pd.to_datetime(["2004-06-01", "2008-03-01", "2008-05-01"])
    events = pd.DataFrame({"time": times, "longitude": [70.0, 71.0, 99.0], "latitude": 43.0})
    found = match(events, ["-60D", "0D"], reference="365D", apart_km=300)
    assert found.kept.all()
    years = dict(zip(range(-5, 6), found.open(5)[0].tolist(), strict=True))
    # +1: its own step; +4: the second event came three months before
    assert [year for year, free in years.items() if not free] == [1, 4]
    back = dict(zip(range(-5, 6), found.open(5)[1].tolist(), strict=True))
    # -3: nine months after the first event; +1: its own step
    assert [year for year, free in back.items() if not free] == [-3, 1]


def test_corrections():
    p = np.random.default_rng(0).uniform(size=30) ** 3
    np.testing.assert_allclose(
        adjust(p, "benjamini-hochberg"), scipy.stats.false_discovery_control(p, method="bh")
    )
    assert adjust([0.01, 0.04, 0.03, 0.005]).tolist() == [0.03, 0.06, 0.06, 0.02]  # by hand
    with_gap = adjust(np.append(p, np.nan))
    np.testing.assert_array_equal(with_gap[:-1], adjust(p))
    assert np.isnan(with_gap[-1])
    assert (adjust(p, "none") == p).all()
    assert (adjust(p) >= adjust(p, "benjamini-hochberg")).all()


def test_a_short_record_is_judged_beside_a_long_one_as_alone():
    """The years that are drawn hold data of the test, whatever else is tested."""
    options: Any = {"lags": ["-30D", "0D"], "radii": [0], "by": None, "draws": 199}
    long = grid(noise(4))
    short = grid(noise(5)).isel(time=slice(0, 80)).rename(level="short")
    alone = superposed_epochs(quakes(4), short, **options).table
    beside = superposed_epochs(quakes(4), [long, short], **options).table
    pd.testing.assert_frame_equal(
        beside[beside["variable"] == "short"][["events", "effect", "low", "high", "p"]],
        alone[["events", "effect", "low", "high", "p"]].set_axis([2, 3]),
    )


def test_events_are_drawn_together_for_as_long_as_anomalies_last():
    """Else the events of one lasting anomaly count as many, and chance as a finding."""
    options: Any = {"lags": ["0D"], "radii": [0], "by": None, "draws": 99}
    common = np.random.default_rng(0).normal(size=(SHAPE[0], 1, 1))
    for step in range(1, SHAPE[0]):
        common[step] += 0.9 * common[step - 1]
    brief = np.random.default_rng(1).normal(size=SHAPE)
    lasting = superposed_epochs(quakes(6), grid(common + 0.1 * brief), **options)
    assert 90 < lasting.block_days <= 365
    assert superposed_epochs(quakes(6), grid(brief), **options).block_days == 30
    assert superposed_epochs(quakes(6), grid(brief), block="50D", **options).block_days == 50
    with pytest.raises(ValueError, match="block='0D'"):
        superposed_epochs(quakes(6), grid(brief), block="0D", **options)


def test_names_of_groups_stay_with_their_events():
    """Also where an event has no possible place, and is left out."""
    events = quakes(2).assign(kind=["a", "b"] * 30)
    events.loc[4, "latitude"] = 95.0
    options: Any = {"lags": ["0D"], "radii": [0], "draws": 99}
    named = superposed_epochs(events, grid(noise(2)), by=events["kind"].to_numpy(), **options)
    column = superposed_epochs(events, grid(noise(2)), by="kind", **options)
    pd.testing.assert_frame_equal(named.table, column.table)


def test_a_variable_that_cannot_be_tested_is_named():
    options: Any = {"lags": ["0D"], "radii": [0], "by": None, "draws": 99}
    still = grid(np.ones(SHAPE)).rename(level="still")
    found = superposed_epochs(quakes(1), [grid(noise(1)), still], **options)
    assert found.tests == 1
    assert any("still" in one for one in found.notes)
    with pytest.raises(ValueError, match="without any change there: still"):
        superposed_epochs(quakes(1), still, **options)
    with pytest.raises(ValueError, match="do not ascend"):
        superposed_epochs(quakes(1), grid(noise(1)).isel(time=slice(None, None, -1)), **options)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"lags": ["5D"]}, "none after the event"),
        ({"lags": ["soon"]}, "'soon'"),
        ({"lags": [-30]}, "such as '-30D'"),
        ({"level": "x"}, "a level from 0 to 1"),
        ({"radii": [-1]}, "radii"),
        ({"alternative": "up"}, "two-sided"),
        ({"correction": "hope"}, "holm"),
        ({"by": "colour"}, "no column 'colour'"),
        ({"by": ["a"]}, "1 names of groups for 60"),
        ({"reference": "0D"}, "longer than nothing"),
        ({"draws": 3}, "99 draws"),
        ({"apart_km": 0}, "above 0"),
        ({"minimum": 61}, "No test has 61 events"),
    ],
)
def test_impossible_parameters_are_refused(wrong, words):
    options = {"lags": ["0D"], "radii": [0], "by": None, "draws": 99} | wrong
    with pytest.raises(ValueError, match=words):
        superposed_epochs(quakes(1), grid(noise(1)), **options)
