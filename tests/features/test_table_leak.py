"""No feature knows what was measured, or published, after the issue time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.features import build_table, known_at, undeclared
from analysis.learning import average_precision, leaky_random_split, temporal_split

DELAYS = {"gravity": 61, "tec": 0, "count": 0, "energy": 0, "magnitude": 0, "flag": 14, "kp": 1}
RELATIONS = [
    ("gravity", "tec"),
    "pearson(tec, kp, 400D)",
    "gravity > 0.3 and tec < 0.8",
    "abs(tec) > 0.5 sigma",
]


def edges(kind: str, steps: int, random: np.random.Generator) -> tuple[Any, Any]:
    """Return beginnings and ends of windows: regular, calendar months, uneven, with holes."""
    if kind == "months":
        times = pd.date_range("2001-01-01", periods=steps + 1, freq="MS")
        return times[:-1], times[1:]
    days = np.cumsum(random.integers(20, 45, steps + 1)) if kind == "uneven" else None
    days = 30 * np.arange(steps + 1) if days is None else days
    times = pd.Timestamp("2001-01-01") + pd.to_timedelta(days, "D")
    begin, end = times[:-1], times[1:]
    if kind == "holes":
        kept = random.random(steps) > 0.15
        kept[[0, -1]] = True
        begin, end = begin[kept], end[kept]
    return begin, end


def make_cube(kind: str, seed: int) -> xr.Dataset:
    random = np.random.default_rng(seed)
    begin, end = edges(kind, 100, random)
    shape = (len(begin), 2)
    both = ("time", "cell")

    def holes(values: Any) -> Any:
        return np.where(random.random(shape) < 0.1, np.nan, values)

    count = random.poisson(0.4, shape)
    cube = xr.Dataset(
        {
            "count": (both, count),
            "energy": (both, np.where(count > 0, 10.0 ** random.uniform(9, 16, shape), 0.0)),
            "magnitude": (both, np.where(count > 0, random.uniform(4, 7, shape), np.nan)),
            "gravity": (both, holes(random.normal(size=shape)), {"latency": "P61D"}),
            "tec": (both, holes(random.normal(size=shape)).astype(np.float32)),
            "flag": (both, random.integers(-3, 3, shape).astype(np.int16)),
            "kp": ("time", random.normal(size=shape[0])),
        },
        {"time": begin, "cell": [3, 9]},
    )
    cube["time_bounds"] = ("time", "bnds"), np.stack([begin, end], axis=1).astype("M8[ns]")
    return cube.set_coords("time_bounds")


def spoil(cube: xr.Dataset, when: Any, seed: int) -> xr.Dataset:
    """Change everything that is not known at a time."""
    random = np.random.default_rng(seed)
    end = pd.DatetimeIndex(cube["time_bounds"][:, 1].to_numpy())
    changed = cube.copy(deep=True)
    for name, delay in DELAYS.items():
        late = np.asarray(end + pd.Timedelta(delay, "D") > when)
        values = changed[name].to_numpy()
        other = random.normal(50, 100, values.shape).astype(values.dtype)
        if values.dtype.kind == "f":
            other[random.random(other.shape) < 0.3] = np.nan
        keep = ~late.reshape(-1, *[1] * (values.ndim - 1))
        changed[name] = cube[name].dims, np.where(keep, values, other), cube[name].attrs
    return changed


def make_table(cube: xr.Dataset, target: str | None = None) -> pd.DataFrame:
    table: pd.DataFrame = build_table(
        cube, "180D", target, relations=RELATIONS, delays={"flag": "14D", "kp": "24h"}
    )
    return table


@pytest.mark.parametrize("kind", ["regular", "months", "uneven", "holes"])
@settings(max_examples=5)
@given(st.integers(0, 2**31), st.floats(0, 1))
def test_no_feature_changes_with_what_comes_later(kind: str, seed: int, where: float) -> None:
    cube = make_cube(kind, seed % 5)
    table = make_table(cube)
    times = table.index.get_level_values("time")
    when = times[int(where * (len(times) - 1))]
    spoilt = make_table(spoil(cube, when, seed))
    rows = times <= when
    assert table.attrs["features"].keys() == spoilt.attrs["features"].keys()
    for name in table.attrs["features"]:  # each feature by its name
        one, other = (each.loc[rows, name].to_numpy() for each in (table, spoilt))
        np.testing.assert_array_equal(one, other, err_msg=name)


def test_the_test_of_leaks_sees_every_feature_and_would_find_a_leak() -> None:
    cube = make_cube("regular", 0)
    table = make_table(cube)
    filled = table.iloc[-40:].notna().any()
    assert filled.all(), f"never known: {list(filled.index[~filled])}"
    when = table.index.get_level_values("time")[-61]
    spoilt = make_table(spoil(cube, when - pd.Timedelta("30D"), 1))  # one window too many
    rows = table.index.get_level_values("time") == when
    moved = [
        name
        for name in table.attrs["features"]
        if not np.array_equal(table.loc[rows, name], spoilt.loc[rows, name], equal_nan=True)
    ]
    assert {one.split("_")[0] for one in moved} >= {"count", "energy", "tec", "kp", "magnitude"}


@settings(max_examples=6)
@given(st.integers(0, 2**31), st.integers(20, 90))
def test_targets_know_only_their_own_windows(seed: int, step: int) -> None:
    cube = make_cube("regular", seed % 5)
    table = make_table(cube, "magnitude >= 5 and tec > 0")
    times = table.index.get_level_values("time")
    end = pd.DatetimeIndex(cube["time_bounds"][:, 1].to_numpy())
    past = cube.copy(deep=True)
    values = past["magnitude"].to_numpy().copy()
    values[:step] = 9.0  # all that ended before the last issue time
    past["magnitude"] = past["magnitude"].dims, values
    other = make_table(past, "magnitude >= 5 and tec > 0")
    after = table.loc[times >= end[step - 1], "target"]
    pd.testing.assert_series_equal(after, other["target"].reindex(after.index))


def test_nothing_is_known_before_it_is_measured() -> None:
    cube = make_cube("regular", 0)
    with pytest.raises(ValueError, match="must not be negative"):
        build_table(cube, "180D", "count", delays={"tec": "-30D"})
    cube["tec"].attrs["latency"] = -30
    with pytest.raises(ValueError, match="nothing is known before it is measured"):
        build_table(cube, "180D", "count")


def test_features_say_until_when_their_data_reach() -> None:
    table = make_table(make_cube("regular", 0))
    times = table.index.get_level_values("time")
    for name, told in table.attrs["features"].items():
        known = known_at(table, name)
        assert (known <= times).all()
        assert (times - pd.DatetimeIndex(known) == pd.Timedelta(told["delay"])).all()
    assert known_at(table, "gravity_mean").iloc[0] == times[0] - pd.Timedelta("61D")


def test_a_planted_feature_of_the_future_is_found_out_or_gains_nothing() -> None:
    random = np.random.default_rng(3)
    shape = (300, 40)
    count = (random.random(shape) < 0.05).astype(int)
    times = pd.date_range("1990-01-01", periods=300, freq="30D")
    both = ("time", "cell")
    cube = xr.Dataset(
        {"count": (both, count), "omen": (both, count + 0.1 * random.normal(size=shape))},
        {"time": times, "cell": np.arange(40)},
    )
    table = build_table(cube, "180D", "count", keep_empty=None)
    base = table["target"].mean()
    for name in [one for one in table.attrs["features"] if one.startswith("omen")]:
        values = table[name].fillna(table[name].median())
        score = max(average_precision(table["target"], sign * values) for sign in (1, -1))
        assert score < 1.6 * base, name
    table["omen_now"] = cube["omen"].to_numpy()[6:].ravel()  # what only the future knows
    assert average_precision(table["target"], table["omen_now"]) > 0.95
    assert undeclared(table) == ["omen_now"]
    with pytest.raises(ValueError, match="does not say when 'omen_now' was known"):
        known_at(table, "omen_now")


def test_a_random_split_flatters_what_only_remembers() -> None:
    random = np.random.default_rng(0)
    state = np.repeat(random.random((60, 30)) < 0.1, 5, axis=0)  # sequences of five windows
    count = (state & (random.random(state.shape) < 0.9)).astype(int)
    times = pd.date_range("1990-01-01", periods=300, freq="30D")
    cube = xr.Dataset({"count": (("time", "cell"), count)}, {"time": times, "cell": range(30)})
    table = build_table(cube, "180D", "count", keep_empty=None)
    honest, leaky = temporal_split(table), leaky_random_split(table)
    scores = {}
    for name, split in (("honest", honest), ("leaky", leaky)):
        known = table["target"].to_numpy().astype(float)
        known[split.test] = np.nan
        grid = pd.DataFrame(known.reshape(-1, 30))
        near = grid.rolling(5, center=True, min_periods=1).mean().ffill()  # it remembers
        forecast = near.fillna(0).to_numpy().ravel()
        truth = table["target"].to_numpy()[split.test]
        scores[name] = average_precision(truth, forecast[split.test])
    assert scores["leaky"] > 2 * scores["honest"]
