"""The feature table of events: rows, weights, targets, and nothing of the future in any column."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.cells.lattice import Lattice
from analysis.seismic.history import Recipe, catalogue_grid, catalogue_table, feature_names

LATTICE = Lattice.from_bounds((69, 42, 73, 45), 0.5)
ISSUE = pd.date_range("2003-01-01", "2005-12-01", freq="30D")
SMALL = {"b_events": 20, "b_radius_km": 400.0}


def simulated(n: int = 600, seed: int = 1) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    seconds = np.sort(random.uniform(0, 6 * 365.25 * 86_400, n))
    return pd.DataFrame(
        {
            "time": pd.Timestamp("2000-01-01") + pd.to_timedelta(seconds.round(), "s"),
            "longitude": 71 + random.normal(0, 0.8, n),
            "latitude": 43.5 + random.normal(0, 0.6, n),
            "mag": np.round(4 + random.exponential(0.45, n), 1),
            "simulated": True,
        }
    )


EVENTS = simulated()
TABLE = catalogue_table(EVENTS, LATTICE, ISSUE, completeness=4.0, keep_empty=0.3, **SMALL)
NAMES = list(TABLE.attrs["features"])


def test_every_feature_is_there_and_says_what_it_is() -> None:
    assert list(feature_names(Recipe(**SMALL))) == NAMES
    assert list(TABLE) == [*NAMES, "target", "weight"]
    assert TABLE.index.names == ["time", "cell"]
    assert TABLE.index.is_unique
    assert TABLE.index.is_monotonic_increasing
    assert (TABLE.dtypes[NAMES] == np.float32).all()
    assert TABLE["target"].dtype == np.int8
    for told in TABLE.attrs["features"].values():
        assert set(told["title"]) == {"kk", "ru", "en"}
        assert told["simulated"]
        assert told["group"] == "catalogue"
        assert told["known"]
    assert TABLE["b_value"].notna().any()
    assert TABLE["clustered_share_300_km"].notna().any()


def test_all_positives_stay_and_weights_stand_for_the_grid() -> None:
    whole = catalogue_table(EVENTS, LATTICE, ISSUE, completeness=4.0, keep_empty=None, **SMALL)
    assert len(whole) == len(whole.index.levels[0]) * LATTICE.size
    assert (whole["weight"] == 1).all()
    assert whole["target"].sum() == TABLE["target"].sum() > 20
    assert whole["count"].sum() == TABLE["count"].sum()
    missed = whole["target"].eq(1) & whole["count"].eq(0)
    assert missed.sum() > 5  # a table of cells with events would drop these
    pd.testing.assert_frame_equal(whole.loc[TABLE.index, NAMES], TABLE[NAMES])
    empty = TABLE["target"].eq(0) & TABLE["count"].eq(0)
    assert set(TABLE["weight"][~empty]) == {1.0}
    np.testing.assert_allclose(TABLE["weight"][empty], 1 / 0.3)
    assert abs(TABLE["weight"].sum() / len(whole) - 1) < 0.05


def test_targets_and_counts_are_those_of_masks() -> None:
    place = LATTICE.ids[np.maximum(LATTICE.index(EVENTS["longitude"], EVENTS["latitude"]), 0)]
    place = np.where(LATTICE.index(EVENTS["longitude"], EVENTS["latitude"]) < 0, -1, place)
    for (when, cell), row in TABLE.sample(60, random_state=3).iterrows():
        here = EVENTS[place == cell]
        ahead = here["time"].between(when, when + pd.Timedelta("30D"), inclusive="left")
        past = here["time"].between(when - pd.Timedelta("180D"), when, inclusive="left")
        assert row["target"] == (here["mag"][ahead] >= 5).any()
        assert row["count"] == past.sum()
        before = here["time"][here["time"] < when]
        since = (when - before.max()).total_seconds() / 86_400 if len(before) else np.nan
        np.testing.assert_allclose(row["days_since_last"], since, rtol=1e-6)


@settings(max_examples=7)
@given(st.integers(0, len(ISSUE) - 2), st.integers(0, 2**31), st.booleans())
def test_no_feature_knows_the_future(step: int, seed: int, gone: bool) -> None:
    when = TABLE.index.levels[0][min(step, len(TABLE.index.levels[0]) - 1)]
    later = EVENTS["time"] >= when
    random = np.random.default_rng(seed)
    changed = EVENTS.copy()
    n = int(later.sum())
    changed.loc[later, "mag"] = random.choice([4.0, 6.5, 8.0], n)
    changed.loc[later, "longitude"] = random.uniform(69, 73, n)
    changed.loc[later, "latitude"] = random.uniform(42, 45, n)
    if gone:
        changed = changed[~later]
    settings_ = {"completeness": 4.0, "since": EVENTS["time"].min(), "until": "2006-06-01"}
    table = catalogue_table(changed, LATTICE, ISSUE, keep_empty=None, **settings_, **SMALL)
    before = TABLE[TABLE.index.get_level_values("time") <= when]
    again = table.loc[before.index]
    for name in NAMES:  # every feature by its name
        np.testing.assert_array_equal(before[name], again[name], err_msg=name)


def test_what_is_estimated_is_estimated_from_the_past() -> None:
    given_, found = (
        catalogue_table(EVENTS, LATTICE, ISSUE[:4], completeness=one, features="count", magnitude=6)
        for one in (None, 4.0)
    )
    del found
    later = EVENTS.copy()
    later.loc[later["time"] >= ISSUE[0], "mag"] += 2
    other = catalogue_table(later, LATTICE, ISSUE[:4], features="count", magnitude=6)
    assert other.attrs["completeness"] == given_.attrs["completeness"]


def test_a_grid_equals_the_table() -> None:
    when = TABLE.index.levels[0][17]
    told = TABLE.attrs
    grid = catalogue_grid(
        EVENTS, LATTICE, when, completeness=told["completeness"], **told["recipe"]
    )
    assert len(grid) == LATTICE.size
    rows = TABLE.loc[[when], NAMES]
    pd.testing.assert_frame_equal(grid.loc[rows.index], rows)
    past = catalogue_grid(
        EVENTS[EVENTS["time"] < when], LATTICE, when, completeness=4.0, **told["recipe"]
    )
    pd.testing.assert_frame_equal(past, grid)


def test_a_cell_has_the_same_numbers_in_every_block() -> None:
    part = Lattice.from_bounds((70, 43, 71.5, 44), 0.5)
    table = catalogue_table(EVENTS, part, ISSUE, completeness=4.0, keep_empty=0.3, **SMALL)
    pd.testing.assert_frame_equal(table, TABLE.loc[table.index])
    inside = TABLE.index.get_level_values("cell").isin(part.ids)
    assert len(table) == inside.sum() > 100


def test_a_late_catalogue_knows_less() -> None:
    late = catalogue_table(
        EVENTS, LATTICE, ISSUE, completeness=4.0, delay="20D", keep_empty=None, **SMALL
    )
    when = late.index.levels[0][9]
    hidden = EVENTS["time"].between(when - pd.Timedelta("20D"), when, inclusive="left")
    assert hidden.sum() > 2
    rest = catalogue_table(
        EVENTS[~hidden], LATTICE, [when], completeness=4.0, delay="20D", keep_empty=None,
        since=EVENTS["time"].min(), **SMALL,
    )  # fmt: skip
    pd.testing.assert_frame_equal(rest[NAMES], late.loc[[when], NAMES])


def test_a_block_over_the_date_line_is_in_order() -> None:
    moved = EVENTS.assign(longitude=EVENTS["longitude"] + 109)
    block = Lattice.from_bounds((178, 42, -178, 45), 0.5)
    table = catalogue_table(moved, block, ISSUE, completeness=4.0, keep_empty=None, **SMALL)
    assert table.index.is_monotonic_increasing
    ids = pd.Series(block.ids, LATTICE.ids)
    own = catalogue_table(EVENTS, LATTICE, ISSUE, completeness=4.0, keep_empty=None, **SMALL)
    times, cells = own.index.get_level_values("time"), own.index.get_level_values("cell")
    other = table.loc[pd.MultiIndex.from_arrays([times, ids[cells]])]
    for name in ("count", "log10_energy", "days_since_target", "target"):
        np.testing.assert_array_equal(own[name], other[name])


def test_a_target_below_completeness_is_refused() -> None:
    with pytest.raises(ValueError, match=r"complete from 5\.4 on"):
        catalogue_table(EVENTS, LATTICE, ISSUE, completeness=5.4)
    table = catalogue_table(
        EVENTS, LATTICE, ISSUE[:3], completeness=5.4, allow_incomplete=True, features="count"
    )
    assert "not in the record counts as nothing" in table.attrs["notes"][0]


def test_times_and_lengths_may_be_of_other_types() -> None:
    given_ = {"completeness": 4.0, "features": ["count"], "keep_empty": None}
    text = catalogue_table(EVENTS, LATTICE, ISSUE[:3], history="90D", **given_)
    typed = catalogue_table(
        EVENTS,
        LATTICE,
        pd.Series(ISSUE[:3]).dt.tz_localize("UTC").dt.tz_convert("Asia/Almaty"),
        history=pd.Timedelta("90D"),
        horizon=np.timedelta64(30, "D"),
        **given_,
    )
    pd.testing.assert_frame_equal(typed, text)
    assert typed.attrs == text.attrs


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"features": ["cuont"]}, "Did you mean 'count'"),
        ({"keep_empty": 3}, "share"),
        ({"magnitude": float("nan")}, "no number|number such as"),
        ({"completeness": None, "issue_times": ["2000-01-20"]}, "Give completeness"),
        ({"issue_times": ["2020-01-01"]}, "in the record"),
        ({"issue_times": [2004]}, "issue time is 2004; give dates"),
        ({"rings_km": (50, 20)}, "ascending radii"),
        ({"horizon": "x"}, "length such as"),
    ],
)
def test_what_cannot_be_is_refused(change: dict[str, Any], words: str) -> None:
    good: dict[str, Any] = {"issue_times": ISSUE, "completeness": 4.0}
    given_ = good | change
    with pytest.raises(ValueError, match=words):
        catalogue_table(EVENTS, LATTICE, given_.pop("issue_times"), **given_)
