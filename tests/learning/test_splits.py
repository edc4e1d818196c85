"""No part of a split knows the next one; what cannot be split says why."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from analysis.learning import block_folds, leaky_random_split, temporal_folds, temporal_split
from analysis.learning.splits import issue_times

DAY = pd.Timedelta("1D")


def table(windows: int = 40, cells: int = 5, step: str = "30D", seed: int = 0) -> pd.DataFrame:
    times = pd.date_range("2010-01-01", periods=windows, freq=step)
    index = pd.MultiIndex.from_product([times, range(cells)], names=["time", "cell"])
    generator = np.random.default_rng(seed)
    rows = pd.DataFrame({"target": (generator.random(len(index)) < 0.3).astype(int)}, index=index)
    return rows.iloc[generator.permutation(len(rows))]


@settings(max_examples=60)
@given(
    st.lists(st.integers(0, 3000), min_size=20, max_size=200),
    st.integers(0, 60),
    st.integers(1, 8).flatmap(lambda a: st.tuples(st.just(a), st.integers(1, 9 - a))),
)
def test_target_windows_never_reach_the_next_part(days, gap, tenths):
    times = (np.datetime64("2000-01-01") + np.array(days)).astype("datetime64[ns]")
    train, validation = tenths[0] / 10, tenths[1] / 10
    wait = (gap * DAY).to_timedelta64()
    shares = (train, validation, 1 - train - validation)
    if np.unique(times).size < 3:
        with pytest.raises(ValueError, match="need at least 3"):
            temporal_split(times, shares=shares, gap=wait)
        return
    try:
        split = temporal_split(times, shares=shares, gap=wait)
    except ValueError:  # the gap swallows a part, which another test reads
        event("nothing left")
        return
    assert times[split.train].max() + wait <= times[split.validation].min()
    assert times[split.validation].max() + wait <= times[split.test].min()
    every = np.concatenate([split.train, split.validation, split.test])
    assert np.unique(every).size == every.size == times.size - split.dropped
    for name in ("train", "validation", "test"):
        rows = getattr(split, name)
        assert split.bounds[name] == (times[rows].min(), times[rows].max())


def test_shares_are_of_windows_and_not_of_rows():
    many = pd.date_range("2010-01-01", periods=100, freq="30D")
    times = np.concatenate([many.to_numpy(), np.repeat(many.to_numpy()[99], 10_000)])
    split = temporal_split(times)
    assert np.unique(times[split.train]).size == 70
    assert np.unique(times[split.validation]).size == np.unique(times[split.test]).size == 15


def test_dates_begin_the_parts():
    rows = table(170)
    split = temporal_split(rows, dates=("2020-01-01", "2022-01-01"), gap="60D")
    times = issue_times(rows)
    assert times[split.train].max() <= np.datetime64("2019-11-02")
    assert times[split.validation].min() >= np.datetime64("2020-01-01")
    assert times[split.validation].max() <= np.datetime64("2021-11-02")
    assert times[split.test].min() >= np.datetime64("2022-01-01")
    shown = split.describe(rows)
    assert shown["positives"].sum() + rows["target"].sum() > 0
    assert shown.loc["test", "positives"] == rows["target"].to_numpy()[split.test].sum()


def test_order_of_rows_does_not_matter():
    rows = table()
    one, other = temporal_split(rows), temporal_split(rows.sort_index())
    for name in ("train", "validation", "test"):
        kept = rows.iloc[getattr(one, name)].sort_index()
        pd.testing.assert_frame_equal(kept, rows.sort_index().iloc[getattr(other, name)])


def test_time_may_be_a_column_or_alone():
    rows = table()
    flat = rows.reset_index()
    for other in (flat, pd.DatetimeIndex(flat["time"]), flat["time"]):
        assert np.array_equal(temporal_split(rows).test, temporal_split(other).test)


def test_part_without_positives_is_told_not_raised():
    rows = table()
    late = issue_times(rows) > np.datetime64("2012-03-01")
    rows.loc[late, "target"] = 0
    notes = temporal_split(rows).notes
    assert len(notes) == 2
    assert "validation" in notes[0]
    assert "test" in notes[1]
    assert temporal_split(table()).notes == ()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"shares": (0.7, 0.3, 0.1)}, "the sum 1"),
        ({"shares": (0.7, 0.3)}, "three positive"),
        ({"shares": (0.7, 0.15, 0.15), "dates": ("2011", "2012")}, "Both shares and dates"),
        ({"dates": ("2012", "2011")}, "ascending"),
        ({"dates": ("2012", "abc")}, "give two"),
        ({"dates": ("2012", "2050")}, "No row is left for test"),
        ({"gap": "abc"}, "such as '30D'"),
        ({"gap": "-1D"}, "negative"),
        ({"gap": "3000D"}, "No row is left for train"),
        ({"gap": "10D", "horizon": "30D"}, "shorter than the target window"),
    ],
)
def test_impossible_splits_say_why(options, words):
    with pytest.raises(ValueError, match=words):
        temporal_split(table(), **options)


def test_stated_horizon_is_kept():
    rows = table()
    rows.attrs["horizon"] = "90D"
    with pytest.raises(ValueError, match="90 days"):
        temporal_split(rows, gap="30D")
    assert temporal_split(rows, gap="90D").dropped == 2 * 2 * 5


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (pd.DataFrame({"x": [1]}), "no time"),
        (np.array([1.0]), "numbers, first 1"),
        (np.array([], "datetime64[ns]"), "no rows"),
        (np.array(["2020", "NaT"], "datetime64[ns]"), "1 rows have no issue time"),
        (np.array(["2020", "2021"], "datetime64[ns]"), "at least 3"),
    ],
)
def test_tables_without_times_say_so(rows, words):
    with pytest.raises(ValueError, match=words):
        temporal_split(rows)


def test_random_split_is_labelled_and_leaks():
    split = leaky_random_split(table(), seed=3)
    assert split.leaky
    assert "inflated" in split.notes[0]
    assert not temporal_split(table()).leaky
    assert np.array_equal(split.train, leaky_random_split(table(), seed=3).train)
    times = issue_times(table())
    assert np.intersect1d(times[split.train], times[split.test]).size > 0


def test_folds_go_forward_in_time_within_the_rows():
    rows = table(60)
    split = temporal_split(rows, gap="60D")
    train = rows.iloc[split.train]
    pairs = temporal_folds(rows, folds=4, gap="60D", rows=split.train)
    times = issue_times(train)
    judged = np.concatenate([test for _, test in pairs])
    assert np.unique(judged).size == judged.size
    for learnt, test in pairs:
        assert times[learnt].max() + 60 * np.timedelta64(1, "D") <= times[test].min()
    assert judged.max() < len(train)
    with pytest.raises(ValueError, match="impossible"):
        temporal_folds(table(4), folds=4)
    with pytest.raises(ValueError, match="learns from nothing"):
        temporal_folds(table(10), folds=4, gap="400D")


@settings(max_examples=30)
@given(st.integers(2, 6), st.integers(0, 99))
def test_blocks_stay_whole_and_folds_are_even(folds, seed):
    generator = np.random.default_rng(seed)
    longitude = generator.uniform(-180, 180, 3000)
    latitude = np.degrees(np.arcsin(generator.uniform(-1, 1, 3000)))
    fold = block_folds(longitude, latitude, size=15, folds=folds, seed=seed)
    assert np.array_equal(
        fold, block_folds(longitude + 360, latitude, size=15, folds=folds, seed=seed)
    )
    counts = np.bincount(fold, minlength=folds)
    assert counts.max() - counts.min() < 40
    middle = block_folds([0.1, 0.2, 90.0, -170.0], [0.1, 0.2, 0.0, -80.0], size=15, folds=2)
    assert middle[0] == middle[1]


@pytest.mark.parametrize(
    ("place", "options", "words"),
    [
        (([0, 1], [0, 1]), {}, "impossible"),
        (([0, np.nan], [0, 1]), {}, "missing or beyond"),
        (([0, 1], [0, 91]), {}, "missing or beyond"),
        (([0, 1], [0]), {}, "must be"),
        (([0, 99], [0, 1]), {"size": 0, "folds": 2}, "side of a block"),
    ],
)
def test_impossible_blocks_say_why(place, options, words):
    with pytest.raises(ValueError, match=words):
        block_folds(*place, **options)
