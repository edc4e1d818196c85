"""Targets that are arrays or functions, conditions as people write them, lengths without units."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from analysis.features import (
    all_of,
    build_table,
    climatology,
    derivative,
    fill,
    rolling_correlation,
    trend,
    zscore,
)


def cube():
    random = np.random.default_rng(0)
    times = pd.date_range("2005-01-01", periods=40, freq="30D")
    axes = ("time", "cell")
    return xr.Dataset(
        {
            "count": (axes, random.poisson(0.4, (40, 5)).astype(float)),
            "heat": (axes, random.normal(size=(40, 5)), {"units": "K"}),
        },
        {"time": times, "cell": np.arange(5)},
    )


@pytest.mark.parametrize(
    "of",
    [
        lambda one: one["count"] > 0,
        lambda one: (one["count"] > 0).transpose("cell", "time"),
        lambda one: (one["count"] > 0).to_numpy(),
        lambda one: lambda same: same["count"] > 0,
    ],
    ids=["array", "turned", "plain", "function"],
)
def test_a_target_may_be_an_array_or_a_function(of):
    one = cube()
    expected = build_table(one, history="90D", target="count")
    pd.testing.assert_frame_equal(build_table(one, history="90D", target=of(one)), expected)


def test_a_target_that_is_not_known_everywhere_leaves_rows_out():
    one = cube()
    known = (one["count"] > 0).where(one["cell"] != 3)
    table = build_table(one, history="90D", target=known)
    assert set(table.index.get_level_values("cell")) == {0, 1, 2, 4}


def test_a_target_on_a_grid_is_brought_to_its_cells():
    one = cube()
    grid = one["heat"].isel(cell=slice(4)).to_numpy().reshape(40, 2, 2)
    axes = {"time": one["time"], "latitude": [45.0, 40.0], "longitude": [60.0, 70.0]}
    heat = xr.DataArray(grid, axes, ("time", "latitude", "longitude"), name="heat")
    table = build_table(heat, history="90D", target="heat > 1")
    pd.testing.assert_frame_equal(build_table(heat, history="90D", target=heat > 1), table)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (lambda _: None, "function that returned None"),
        (np.zeros((3, 3)), r"array \(3, 3\); the variables of the cube have \(40, 5\)"),
        (cube()["count"][5:] > 0, "another axis 'time'"),
        (cube()["count"][0] > 0, "with the axis 'time'"),
        (5, "The target is 5; give the name of a variable"),
        (pd.DataFrame({"a": [1]}), "The target is a DataFrame"),
        ({}, "The target is a dict"),
    ],
)
def test_what_is_no_target_is_told_in_few_words(target, words):
    with pytest.raises(ValueError, match=words) as told:
        build_table(cube(), history="90D", target=target)
    assert len(str(told.value)) < 200


@pytest.mark.parametrize(
    "text",
    [
        "gravity_anomaly > 2 sigma AND TEC > 1.5 sigma",
        "gravity_anomaly > 2 Sigma And TEC > 1.5 SIGMA",
        "(gravity_anomaly > 2 sigma) and (TEC > 1.5 sigma)",
        "(gravity_anomaly > 2 sigma)AND(TEC > 1.5 sigma)",
        "((gravity_anomaly > 2 sigma AND TEC > 1.5 sigma))",
        "ABS(gravity_anomaly) > 2σ & TEC>1.5σ",
    ],
)
def test_conditions_are_read_as_people_write_them(text):
    def one(*numbers):
        return xr.DataArray(list(numbers), dims="cell", attrs={"statistic": "zscore"})

    known = {"gravity_anomaly": one(3, 3, 1, 3), "TEC": one(2, 1, 2, np.nan)}
    np.testing.assert_array_equal(all_of(text, known), [1, 0, 0, np.nan])


@pytest.mark.parametrize("text", ["(a > 1", "a > 1)", "(a > 1) or (b > 2)", "and", "a > 1 AND"])
def test_what_cannot_be_read_is_refused(text):
    with pytest.raises(ValueError, match="cannot be read"):
        all_of(text, {"a": cube()["heat"], "b": cube()["heat"]})


def test_upper_case_in_targets_and_relations():
    one = cube()
    upper, lower = (
        build_table(one, history="90D", target=f"count >= 1 {word} heat > 0",
                    relations=[f"heat > 0.5 {word} count > 0"])
        for word in ("AND", "and")
    )  # fmt: skip
    pd.testing.assert_frame_equal(upper, lower)


@pytest.mark.parametrize("length", [12, 12.0, np.int64(12), "12"])
def test_a_window_without_a_unit_is_refused(length):
    with pytest.raises(ValueError, match="give a length such as '30D'"):
        rolling_correlation(cube()["heat"], cube()["count"], length)
    with pytest.raises(ValueError, match="give a length such as '30D'"):
        build_table(cube(), history=length, target="count")


def fill_week(data):
    return fill(data, longest="7D")


@pytest.mark.parametrize("door", [zscore, climatology, derivative, trend, fill_week])
def test_what_is_no_array_with_times_is_refused(door):
    with pytest.raises(ValueError, match="ndarray; give an xarray DataArray"):
        door(np.zeros(10))
    with pytest.raises(ValueError, match="give one of its variables: count, heat"):
        door(cube())
    with pytest.raises(ValueError, match="'time' must be an axis"):
        door(cube()["heat"].isel(time=0))


def test_what_is_no_list_of_names_is_refused():
    with pytest.raises(ValueError, match="relations are 5"):
        build_table(cube(), history="90D", target="count", relations=5)
    with pytest.raises(ValueError, match="features are 5"):
        build_table(cube(), history="90D", target="count", features=5)


def test_windows_and_norms_of_another_kind_are_refused():
    with pytest.raises(ValueError, match="window is 'x'; give a whole odd number"):
        zscore(cube()["heat"], window="x")
    with pytest.raises(ValueError, match="norm is a int"):
        zscore(cube()["heat"], norm=5)
