"""Regular steps from irregular dates: what was filled is marked, laws of the smooth curve."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.agrarian.samples import regularise, whittaker
from analysis.agrarian.samples.regular import regular_values


def irregular(seed=0):
    rng = np.random.default_rng(seed)
    parts = []
    for sample, label in enumerate(["егін", "су", "егін"]):
        days = np.unique(rng.integers(0, 160, 14))
        part = pd.DataFrame({"date": pd.Timestamp("2021-04-01") + pd.to_timedelta(days, unit="D")})
        part["ndvi"] = 0.002 * days + sample
        parts.append(part.assign(sample_id=sample, label=label, cloud=0, start="2021-04-01"))
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize("method", ["linear", "whittaker"])
def test_straight_lines_stay_and_gaps_are_marked(method):
    found = regularise(irregular(), every=16, steps=9, method=method, bands=["ndvi"])
    assert found.shape[0] == 3
    assert found.attrs["steps"] == 9
    inner = found[[f"ndvi_{k}" for k in range(2, 9)]].to_numpy()
    expected = 0.002 * 16 * np.arange(1, 8) + np.arange(3)[:, None]
    np.testing.assert_allclose(inner, expected, atol=1e-9 if method == "linear" else 0.03)
    marked = sum(map(len, found.attrs["filled"].values()))
    assert found["filled"].sum() * 9 == pytest.approx(marked)


def test_clouds_are_filled_and_long_gaps_stay():
    table = irregular()
    table.loc[
        (table["sample_id"] == 1) & table["date"].between("2021-05-01", "2021-07-15"), "cloud"
    ] = 1
    clear = regularise(irregular(), every=16, steps=9, bands=["ndvi"])
    filled = regularise(table, every=16, steps=9, clouds="cloud")
    assert filled.loc[1, "filled"] > clear.loc[1, "filled"]
    assert filled.attrs["bands"] == ["ndvi"]
    gaps = regularise(table, every=16, steps=9, clouds="cloud", longest_gap=40)
    assert gaps.loc[1].isna().sum() >= 3
    assert gaps.loc[[0, 2]].notna().all(axis=None)


def test_real_days_of_composites_move_the_values():
    table = pd.DataFrame({"sample_id": 1, "label": "a", "ndvi": [0.0, 1.0], "doy": [1, 33],
                          "date": pd.to_datetime(["2021-01-01", "2021-01-17"]),
                          "start": pd.Timestamp("2021-01-01")})  # fmt: skip
    found = regularise(table, every=16, steps=3, bands=["ndvi"], day_of_year="doy")
    np.testing.assert_allclose(found[["ndvi_1", "ndvi_2", "ndvi_3"]].iloc[0], [0, 0.5, 1])
    with pytest.raises(ValueError, match="1 to 366"):
        regularise(table.assign(doy=400), every=16, day_of_year="doy")


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.floats(0.1, 1e4))
def test_the_smooth_curve_is_linear_in_its_values_and_keeps_the_mean(seed, smoothness):
    rng = np.random.default_rng(seed)
    one, two = rng.normal(size=(2, 20))
    both = whittaker(one + 3 * two, smoothness=smoothness)
    parts = whittaker(one, smoothness=smoothness) + 3 * whittaker(two, smoothness=smoothness)
    np.testing.assert_allclose(both, parts, atol=1e-7)
    np.testing.assert_allclose(both.mean(), (one + 3 * two).mean(), atol=1e-7)
    rough = np.square(np.diff(one, 2)).sum()
    assert np.square(np.diff(whittaker(one, smoothness=smoothness), 2)).sum() <= rough


def test_the_smooth_curve_solves_its_equation():
    rng = np.random.default_rng(1)
    values, weights = rng.normal(size=12), rng.uniform(0, 2, 12)
    second = np.diff(np.eye(12), 2, axis=0)
    expected = np.linalg.solve(np.diag(weights) + 7 * second.T @ second, weights * values)
    np.testing.assert_allclose(whittaker(values, weights, smoothness=7), expected, atol=1e-10)


def test_bad_wishes_say_why():
    for options, words in (
        ({"method": "spline"}, "'spline'"),
        ({"every": 0}, "impossible"),
        ({"clouds": "mask"}, "no column 'mask'"),
    ):
        with pytest.raises(ValueError, match=words):
            regularise(irregular(), **options)
    with pytest.raises(ValueError, match="smoothness"):
        whittaker([1, 2, 3], smoothness=0)
    with pytest.raises(ValueError, match="2 steps"):
        whittaker([1, 2])
    made, filled = regular_values([0, 1], [np.nan, np.nan], [0, 1, 2])
    assert np.isnan(made).all()
    assert filled.all()
