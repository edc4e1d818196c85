"""Since when each class of magnitude is complete."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.seismic.magnitudes import stepp
from tests.seismic.magnitudes.catalogues import load


def poisson(rate, start, end, mag, seed):
    """Events of one magnitude at a constant rate a year."""
    random = np.random.default_rng(seed)
    times = random.uniform(start, end, random.poisson(rate * (end - start)))
    moments = pd.Timestamp("1900-01-01") + pd.to_timedelta((times - 1900) * 365.25, unit="D")
    return pd.DataFrame({"time": moments.as_unit("us"), "mag": mag})


@pytest.mark.parametrize("seed", range(10))
def test_the_year_of_a_better_network_is_found(seed):
    events = pd.concat(
        [
            poisson(40, 1970, 2020, 4.2, seed),
            poisson(4, 1920, 1970, 4.2, seed + 100),
            poisson(15, 1920, 2020, 5.2, seed + 200),
        ]
    )
    found = stepp(events, end="2020-01-01").classes.set_index("magnitude")
    assert abs(found.loc[4.0, "since"].year + found.loc[4.0, "since"].day_of_year / 365 - 1970) <= 2
    assert found.loc[4.0, "rate"] == pytest.approx(40, abs=4 * found.loc[4.0, "std"])
    assert found.loc[5.0, "since"] < pd.Timestamp("1923")
    assert found["upper"].tolist() == [4.5, 5.5]


def test_steps_of_better_networks_are_followed_to_the_last():
    events = pd.concat(
        [
            poisson(rate, start, start + 40, 3.0, start)
            for rate, start in ((2, 1900), (12, 1940), (60, 1980))
        ]
    )
    found = stepp(events, end="2020-01-01").classes.iloc[0]
    assert abs(found["since"].year - 1980) <= 2


def test_constant_rates_are_whole():
    whole = [
        stepp(poisson(10, 1950, 2020, 5.0, seed), end="2020-01-01", drop=1).classes["years"][0]
        for seed in range(200)
    ]
    assert np.mean(np.array(whole) >= 68) >= 0.95


def test_clusters_are_no_break():
    calm = poisson(10, 1950, 2020, 5.0, 3)
    burst = poisson(400, 2011, 2011.5, 5.0, 4)
    found = stepp(pd.concat([calm, burst]), end="2020-01-01").classes
    assert found["years"][0] >= 65


def test_lines_hold_what_stepp_plots():
    events = poisson(20, 1980, 2020, 4.0, 1)
    found = stepp(events, end="2020-01-01", step=2)
    lines = found.lines
    assert lines["years"].tolist() == (2.0 * np.arange(1, len(lines) + 1)).tolist()
    np.testing.assert_allclose(lines["std"], np.sqrt(lines["n"]) / lines["years"])
    np.testing.assert_allclose(lines["poisson"] ** 2 * lines["years"], found.classes["rate"][0])
    assert np.abs(np.log(lines["std"] / lines["poisson"])).max() < 0.3


@given(st.lists(st.floats(0, 30), max_size=60), st.sampled_from([0.1, 0.5, 1.0]))
def test_every_event_is_in_one_class(ages, width):
    times = pd.Timestamp("2020-01-01") - pd.to_timedelta(np.array(ages) * 365.25, unit="D")
    mags = 4.0 + np.arange(len(ages)) % 20 * 0.1
    found = stepp(pd.DataFrame({"time": times, "mag": mags}), width=width, end="2020-01-01")
    assert found.classes["n"].sum() <= len(ages)
    assert found.lines.groupby("magnitude")["n"].max().sum() <= len(ages)
    np.testing.assert_allclose(found.classes["upper"] - found.classes["magnitude"], width)
    assert (found.classes["since"] >= pd.Timestamp("1989-12-01")).all()


def test_years_before_1970_and_catalogues_without_a_whole_step():
    old = stepp(poisson(20, 1920, 1960, 4.0, 1)).classes
    assert old["years"][0] >= 38
    assert old["since"][0].year in (1920, 1921)
    young = stepp(poisson(50, 2000, 2000.5, 4.0, 1))
    assert young.classes.empty
    assert young.lines.empty


def test_large_events_are_complete_as_long_as_smaller_ones():
    events = pd.concat([poisson(30, 1960, 2020, 6.0, 1), poisson(1.5, 2010, 2020, 8.0, 2)])
    found = stepp(events, end="2020-01-01").classes
    assert found["years"][1] == found["years"][0] >= 58


def test_no_events_are_no_classes():
    found = stepp(pd.DataFrame({"time": pd.to_datetime([]), "mag": np.array([], dtype=float)}))
    assert found.classes.empty
    assert found.lines.columns.tolist() == ["magnitude", "years", "n", "rate", "std", "poisson"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"width": 0.25}, "width of a class is 0.25"),
        ({"step": 0}, "step is 0 years"),
        ({"step": 1e-9}, "take a longer step"),
        ({"drop": 0}, "drop is 0"),
        ({"end": "yesterday"}, "yesterday"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        stepp(poisson(10, 1990, 2020, 4.0, 1), **arguments)


def test_the_catalogue_of_the_usgs_is_complete_from_magnitude_5_since_1973(real_data):
    # its yearly number of M >= 5 jumps from 634 in 1972 to 1439 in 1973
    found = stepp(load(real_data, "usgs_m5_1900_2022"), end="2023-01-01").classes
    since = found.set_index("magnitude")["since"].dt.year
    assert since[5.0] in (1972, 1973)
    assert since[5.5] < since[5.0]
    assert since[7.0] < 1910
