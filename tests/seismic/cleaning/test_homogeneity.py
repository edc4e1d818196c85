"""Jumps of rate: false alarms as stated, jumps found where they are, what changes named."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.seismic import rate_changes
from analysis.seismic.cleaning.changepoints import calibrate, dispersion_of, ratios, segment

YEAR = 365.25


def catalogue(*rates, years=20.0, seed=0, start="1980-01-01", **columns):
    """Poisson catalogue with one rate a year after the other, `years` each."""
    rng = np.random.default_rng(seed)
    numbers = [rng.poisson(rate * years) for rate in rates]
    days = [rng.uniform(i * years * YEAR, (i + 1) * years * YEAR, n) for i, n in enumerate(numbers)]
    table = pd.DataFrame(
        {"time": pd.Timestamp(start) + pd.to_timedelta(np.concatenate(days), "D")}
    ).assign(longitude=70.0, latitude=43.0)
    for name, values in columns.items():
        table[name] = np.repeat(values, numbers)
    return table


@pytest.mark.parametrize(
    ("alarm", "years", "rate"), [(0.05, 40, 30), (0.05, 30, 2), (0.2, 60, 200)]
)
def test_false_alarms_are_as_rare_as_stated(alarm, years, rate):
    """Stationary Poisson counts; the scatter is estimated from them as for real ones."""
    exposure = np.ones(years)
    rng = np.random.default_rng(5)
    runs = 400
    total = rate * years
    penalty = calibrate(total, exposure, false_alarm=alarm, min_bins=3, runs=2000, seed=1).penalty
    known = estimated = 0
    for counts in rng.multinomial(total, exposure / years, size=runs).astype(float):
        known += segment(counts, exposure, penalty, min_bins=3, dispersion=1.0).size > 0
        scatter = dispersion_of(counts, exposure)
        estimated += segment(counts, exposure, penalty, min_bins=3, dispersion=scatter).size > 0
    spread = 3 * math.sqrt(alarm * (1 - alarm) / runs)
    assert abs(known / runs - alarm) < spread + 0.01
    assert estimated <= known


def test_stationary_catalogues_show_nothing():
    alarms = [
        len(rate_changes(catalogue(40.0, years=30, seed=seed), false_alarm=0.01))
        for seed in range(40)
    ]
    assert sum(alarm > 0 for alarm in alarms) <= 2  # 0.01 of 40; three are less likely than 0.01


@pytest.mark.parametrize("rates", [(30, 90), (90, 30), (50, 150, 50), (0.5, 40)])
def test_jumps_are_found_at_their_year(rates):
    found = rate_changes(catalogue(*rates), dispersion=1.0)
    years = found.changes["time"].dt.year.tolist()
    assert years == pytest.approx([1980 + 20 * (i + 1) for i in range(len(rates) - 1)], abs=1)
    level = found.counts["level"]
    assert np.average(level, weights=found.counts["years"]) == pytest.approx(
        found.counts["count"].sum() / found.counts["years"].sum()
    )
    for change, (before, after) in zip(
        found.changes.itertuples(), itertools.pairwise(rates), strict=True
    ):
        assert change.earliest <= change.time <= change.latest
        assert change.rate_before == pytest.approx(before, rel=0.2, abs=0.6)
        assert change.rate_after == pytest.approx(after, rel=0.2)
        assert change.p_value < 0.01


@settings(max_examples=60)
@given(
    st.lists(st.integers(0, 60), min_size=4, max_size=9),
    st.floats(0.5, 40),
    st.integers(1, 3),
    st.randoms(),
)
def test_segmentation_is_the_best_of_all(numbers, penalty, min_bins, random):
    counts = np.array(numbers, dtype=float)
    exposure = np.array([random.uniform(0.5, 2.0) for _ in numbers])

    def cost(edges):
        total = penalty * (len(edges) - 2)
        for a, b in itertools.pairwise(edges):
            count, time = counts[a:b].sum(), exposure[a:b].sum()
            total -= 2 * count * math.log(count / time) if count else 0.0
        return total

    n = counts.size
    every = [
        (0, *inner, n)
        for size in range(n)
        for inner in itertools.combinations(range(1, n), size)
        if all(b - a >= min_bins for a, b in itertools.pairwise((0, *inner, n)))
    ]
    if not every:
        return
    found = segment(counts, exposure, penalty, min_bins=min_bins, dispersion=1.0)
    assert cost((0, *found, n)) == pytest.approx(min(map(cost, every)), abs=1e-6)


def test_ratio_of_one_change_is_that_of_poisson():
    counts, exposure = np.array([3.0, 5.0, 20.0]), np.array([1.0, 1.0, 2.0])
    expected = 2 * (8 * math.log(8 / 2) + 20 * math.log(20 / 2) - 28 * math.log(28 / 4))
    assert ratios(counts, exposure, 1)[2] == pytest.approx(expected)
    assert ratios(counts, exposure, 1)[0] == -math.inf


def test_aftershocks_are_scatter_and_no_change():
    """Counts of ten times the Poisson variance without a trend: alarms stay rare."""
    rng = np.random.default_rng(3)
    alarms = raw = 0
    for _ in range(40):
        counts = rng.negative_binomial(11.1, 0.1, 60).astype(float)  # mean 100, variance 1000
        penalty = calibrate(
            int(counts.sum()), np.ones(60), false_alarm=0.05, min_bins=3, runs=300, seed=0
        ).penalty
        options = {"min_bins": 3}
        scatter = dispersion_of(counts, np.ones(60))
        alarms += segment(counts, np.ones(60), penalty, dispersion=scatter, **options).size > 0
        raw += segment(counts, np.ones(60), penalty, dispersion=1.0, **options).size > 0
    assert raw == 40
    assert alarms <= 8


def test_what_changes_is_named_first():
    table = catalogue(40, 120, net=["old", "new"], magType=["mb", "mb"])
    found = rate_changes(table)
    first = found.shares.iloc[0]
    assert (first["column"], first["distance"]) == ("net", 1.0)
    parts = found.shares.groupby("column")["part"].sum()
    assert parts.to_numpy() == pytest.approx(np.ones(len(parts)))
    same = found.shares[found.shares["column"] == "magType"]
    assert same["distance"].tolist() == [0.0]
    assert set(found.shares["column"]) == {"net", "magType"}
    assert "net new 0% -> 100%" in str(found)


def test_periods_and_parts_of_bins():
    table = catalogue(300, 900, years=1.0)
    assert rate_changes(table).period == "month"
    weeks = rate_changes(table, period="week")
    assert weeks.counts["time"].dt.day_of_week.eq(0).all()
    assert weeks.counts["count"].sum() == len(table)
    assert weeks.counts["years"].sum() == pytest.approx(
        (table["time"].max() - table["time"].min()).total_seconds() / 31_557_600
    )
    assert abs((weeks.changes["time"][0] - pd.Timestamp("1981-01-01")).days) < 15


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_a_few_events_have_no_changes(n):
    table = catalogue(30).head(n)
    found = rate_changes(table)
    assert len(found) == 0
    assert found.counts["count"].sum() == n
    assert found.shares.empty
    assert str(found).startswith("0 changes")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"false_alarm": 0.0}, "false alarm is 0.0"),
        ({"period": "decade"}, "'decade'; give one of year"),
        ({"period": "day"}, "bins of one day; choose"),
        ({"min_bins": 0}, "are 0; give 1"),
        ({"dispersion": 0.5}, "dispersion is 0.5"),
    ],
)
def test_refusals(options, message):
    with pytest.raises(ValueError, match=message):
        rate_changes(catalogue(5, 5), **options)


def test_real_jump_of_1973(real_data):
    """634 events of M >= 5 in 1972 and 1,439 in 1973: the largest jump of the century."""
    table = pd.read_csv(real_data / "seismic" / "usgs_m5_global_1900_2022.csv.gz")
    found = rate_changes(table)
    counts = found.counts.set_index(found.counts["time"].dt.year)["count"]
    assert (counts[1972], counts[1973]) == (634, 1439)
    best = found.changes.loc[found.changes["statistic"].idxmax()]
    assert best["time"] == best["earliest"] == best["latest"] == pd.Timestamp("1973-01-01")
    assert best["statistic"] > 6 * found.changes["statistic"].nlargest(2).iloc[1]
    assert best["ratio"] > 2
    assert found.shares.empty  # the file has no networks


def test_real_swarm_of_2018_changes_the_network(real_data):
    """The eruption of Kilauea: events of the network hv, typed as eruptions, end in August 2018."""
    table = pd.read_csv(real_data / "seismic" / "usgs_m5_global_2013_2023.csv")
    found = rate_changes(table, period="week")
    at = found.shares[found.shares["time"] == pd.Timestamp("2018-08-06")]
    hv = at[(at["column"] == "net") & (at["value"] == "hv")].iloc[0]
    assert hv["before"] > 0.1
    assert hv["after"] == 0
