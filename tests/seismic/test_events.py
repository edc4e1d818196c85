"""Filters on events."""

from __future__ import annotations

import itertools

import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.seismic.events import check_region, select_events, utc_moment
from analysis.sources.regions import REGIONS


def make_events(n=2000, seed=0):
    generator = np.random.default_rng(seed)
    seconds = generator.integers(0, 1_500_000_000, n)
    return pd.DataFrame(
        {
            "id": [f"e{i}" for i in range(n)],
            "time": pd.to_datetime(seconds, unit="s"),
            "longitude": np.round(generator.uniform(-180, 180, n), 1),
            "latitude": np.round(generator.uniform(-90, 90, n), 1),
            "depth": generator.uniform(0, 700, n),
            "mag": np.round(generator.uniform(3, 9, n), 1),
            "source": generator.choice(["gcmt", "simulated"], n),
            "simulated": generator.random(n) < 0.5,
        }
    )


EVENTS = make_events()


def test_no_filter_keeps_everything():
    assert select_events(EVENTS) is EVENTS


def test_windows_in_a_row_share_no_event_and_lose_none():
    edges = pd.to_datetime(
        ["1970-01-01", "1975-03-01", str(EVENTS["time"].iloc[7]), "2100-01-01"],
        format="ISO8601",
    )
    parts = [select_events(EVENTS, start=a, end=b) for a, b in itertools.pairwise(edges)]
    pd.testing.assert_frame_equal(pd.concat(parts).sort_index(), EVENTS)


def test_a_zone_is_understood():
    moment = EVENTS["time"].iloc[0]
    local = moment.tz_localize("UTC").tz_convert("Asia/Almaty")
    assert 0 in select_events(EVENTS, start=local).index
    assert 0 not in select_events(EVENTS, end=local).index


def test_ranges_include_both_ends_and_none_leaves_a_side_open():
    selected = select_events(EVENTS, magnitude=(5.0, 6.0))
    assert selected["mag"].min() == 5.0
    assert selected["mag"].max() == 6.0
    assert select_events(EVENTS, depth=(100, None))["depth"].min() >= 100
    assert select_events(EVENTS, depth=(None, 100))["depth"].max() <= 100


def test_events_without_the_value_do_not_pass_a_filter_on_it():
    table = EVENTS.head(3).assign(mag=[np.nan, 5.0, 6.0])
    assert len(select_events(table, magnitude=(0, 10))) == 2
    assert len(select_events(table, magnitude=(None, None))) == 2
    assert len(select_events(table, depth=(0, 1000))) == 3


def test_sources_and_kind_of_data():
    assert set(select_events(EVENTS, sources=["gcmt"])["source"]) == {"gcmt"}
    assert select_events(EVENTS, simulated=True)["simulated"].all()
    assert not select_events(EVENTS, simulated=False)["simulated"].any()
    assert len(select_events(EVENTS, sources=[])) == 0


def test_filters_together_are_the_filters_one_by_one():
    limits = {
        "start": "1980",
        "end": "2010",
        "magnitude": (4, 8),
        "depth": (0, 300),
        "region": (100, -60, -60, 70),
        "sources": ["gcmt"],
        "simulated": False,
    }
    one_by_one = EVENTS
    for name, value in limits.items():
        one_by_one = select_events(one_by_one, **{name: value})
    assert 0 < len(one_by_one) < len(EVENTS)
    pd.testing.assert_frame_equal(select_events(EVENTS, **limits), one_by_one)


@given(
    st.floats(-360, 360).map(lambda value: round(value, 1)),
    st.floats(0, 359).map(lambda value: round(value, 1)),
    st.booleans(),
)
def test_a_region_agrees_with_arithmetic_on_the_circle(west, span, eastward):
    shifted = EVENTS.assign(longitude=EVENTS["longitude"] % 360) if eastward else EVENTS
    selected = select_events(shifted, region=(west, -90, west + span, 90))
    offset = np.round((EVENTS["longitude"] - west) % 360, 6) % 360
    clear = (offset - span).abs() > 1e-6
    inside = pd.Series(EVENTS.index.isin(selected.index), index=EVENTS.index)
    assert (inside == (offset <= span))[clear & (offset > 1e-6)].all()


@pytest.mark.parametrize("east", [180, -180])
def test_both_names_of_the_date_line_are_the_same_edge(east):
    table = pd.DataFrame({"longitude": [180.0, -180.0, 179.9, -179.9], "latitude": 0.0})
    assert len(select_events(table, region=(170, -10, east, 10))) == 3


def test_the_whole_world_holds_every_event():
    for region in [(-180, -90, 180, 90), (0, -90, 360, 90), (-500, -90, 500, 90)]:
        assert len(select_events(EVENTS, region=region)) == len(EVENTS)


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"start": "2000", "end": "1999"}, "before the start"),
        ({"start": pd.NaT}, "give a date"),
        ({"magnitude": (6, 5)}, "range of magnitude"),
        ({"depth": (np.nan, 5)}, "range of depth"),
        ({"region": (0, 10, 10, 0)}, "south 10.0 and north 0.0"),
        ({"region": (0, -91, 10, 0)}, "south -91"),
        ({"region": (0, np.inf, 10, 0)}, "four finite numbers"),
        ({"region": (0, 10, 10)}, "four finite numbers"),
    ],
)
def test_an_impossible_filter_says_what_is_wrong(limits, message):
    with pytest.raises(ValueError, match=message):
        select_events(EVENTS, **limits)


def test_a_table_without_the_column_says_which_it_has():
    with pytest.raises(ValueError, match="no column 'mag'; it has time"):
        select_events(EVENTS[["time"]], magnitude=(5, 6))


def test_region_may_start_anywhere():
    assert check_region((350, 0, 370, 10)) == (-10, 0, 10, 10)
    assert check_region((-190, 0, -170, 10)) == (170, 0, 190, 10)


@pytest.mark.timeout(10)
@pytest.mark.parametrize("region", [(1e300, 0, 1e300, 5), (1e18, 0, 10, 5), (10, 0, -1e17, 5)])
def test_an_absurd_region_is_answered_at_once(region):
    assert len(select_events(EVENTS, region=region)) <= len(EVENTS)


@pytest.mark.parametrize("kind", ["int64", "float64", "boolean", object])
def test_marks_of_simulation_may_be_numbers(kind):
    numbered = EVENTS.assign(simulated=EVENTS["simulated"].astype(kind))
    for wanted in (True, False):
        found = select_events(numbered, simulated=wanted)
        assert found["id"].tolist() == select_events(EVENTS, simulated=wanted)["id"].tolist()


def test_a_dask_table_stays_lazy_and_gives_the_same_events(refuse_compute):
    lazy = dd.from_pandas(EVENTS, npartitions=3)
    limits = {"start": "1990", "magnitude": (5, 9), "region": (170, -60, -170, 60)}
    selected = select_events(lazy, **limits, sources=["gcmt"], simulated=True)
    pd.testing.assert_frame_equal(
        selected.compute(scheduler="sync"),
        select_events(EVENTS, **limits, sources=["gcmt"], simulated=True),
        check_dtype=False,
    )


def test_the_name_of_a_region_is_its_box():
    box = REGIONS["pacific_ring"].bounds
    assert check_region("pacific_ring") == check_region(box)
    found = select_events(EVENTS, region="pacific_ring")
    assert 0 < len(found) < len(EVENTS)
    pd.testing.assert_frame_equal(found, select_events(EVENTS, region=box))
    with pytest.raises(ValueError, match="Did you mean 'japan'"):
        select_events(EVENTS, region="japam")
    with pytest.raises(ValueError, match="four finite numbers"):
        select_events(EVENTS, region=5)


@pytest.mark.parametrize(
    "written",
    [
        lambda times: times.astype(str),
        lambda times: times.astype(str).astype(object),
        lambda times: times.dt.tz_localize("UTC"),
        lambda times: times.dt.tz_localize("UTC").dt.tz_convert("Asia/Almaty"),
        lambda times: times.dt.tz_localize("UTC").dt.tz_convert("Asia/Almaty").astype(str),
        lambda times: times.dt.tz_localize("UTC").astype("timestamp[us, tz=UTC][pyarrow]"),
        lambda times: times.astype("timestamp[us][pyarrow]"),
        lambda times: times.astype(object),
    ],
)
def test_times_as_text_or_with_a_zone_give_the_same_events(written):
    raw = EVENTS.assign(time=written(EVENTS["time"])).set_index(pd.Index(["same"] * len(EVENTS)))
    found = select_events(raw, start="1990", end="2001-05-06T07:08:09")
    expected = select_events(EVENTS, start="1990", end="2001-05-06T07:08:09")
    assert found["id"].tolist() == expected["id"].tolist()
    assert 0 < len(found) < len(EVENTS)
    assert found["time"].dtype == raw["time"].dtype


def test_text_that_is_no_time_is_named():
    table = EVENTS.head(2).assign(time=["yesterday", "2020-01-01"])
    with pytest.raises(ValueError, match="holds 'yesterday' in row 0"):
        select_events(table, start="2015")


def test_a_dask_table_with_a_zone_stays_lazy_and_text_is_refused(refuse_compute):
    zoned = EVENTS.assign(time=EVENTS["time"].dt.tz_localize("UTC"))
    found = select_events(dd.from_pandas(zoned, npartitions=3), start="1990", end="2000")
    expected = select_events(EVENTS, start="1990", end="2000")["id"].tolist()
    assert found.compute(scheduler="sync")["id"].tolist() == expected
    text = EVENTS.assign(time=EVENTS["time"].astype(str))
    with pytest.raises(ValueError, match="make times of it first"):
        select_events(dd.from_pandas(text, npartitions=3), start="1990")


@pytest.mark.parametrize("year", [2000, np.int64(2000), "2000"])
def test_a_year_as_a_number_is_that_year(year):
    assert utc_moment(year, "start") == pd.Timestamp("2000-01-01")
    found = select_events(EVENTS, start=1990, end=year)
    pd.testing.assert_frame_equal(found, select_events(EVENTS, start="1990", end="2000"))
    assert len(found) > 0


@pytest.mark.parametrize("value", [2015.5, 999, 10_000, 1_600_000_000_000, True, -1, 0, [], "soon"])
def test_what_is_no_time_is_refused_in_words(value):
    with pytest.raises(ValueError, match=r"The start is .*; give a date such as '2011-03-11'"):
        select_events(EVENTS, start=value)
