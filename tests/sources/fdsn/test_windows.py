"""A long time is asked for in windows, and nothing is lost or doubled at their borders."""

from __future__ import annotations

import itertools

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.sources.fdsn import (
    ServiceError,
    TooManyEventsError,
    event_query,
    iter_windows,
    service,
)
from tests.fdsnbooks import END, START

AGENCIES = ("usgs", "emsc", "fdsn")
EMPTY = '{"type": "FeatureCollection", "metadata": {"count": 0}, "features": []}'


def reach(server, agency, quick, **more):
    url = {"usgs": server.usgs_url, "emsc": server.emsc_url, "fdsn": server.fdsn_url}[agency]
    name = url if agency == "fdsn" else agency
    more = {"form": "text", **more} if agency == "fdsn" else more  # quicker than QuakeML
    return service(name, base_url=url, transport=quick, **more)


def collect(windows, kept):
    for window in windows:
        kept.append(window)


def book(server, agency):
    return server.emsc if agency == "emsc" else server.usgs


def joined(windows):
    return pd.concat([window.events for window in windows], ignore_index=True)


def truth(server, agency, start=START, end=END):
    table = book(server, agency).kept()
    inside = (table["time"] >= start) & (table["time"] < end)
    return table[inside].sort_values(["time", "id"])["id"].tolist()


@pytest.mark.parametrize("agency", AGENCIES)
def test_windows_follow_one_another_and_hold_everything_once(server, quick, agency):
    windows = list(iter_windows(reach(server, agency, quick), event_query(START, END)))
    assert len(windows) > 3
    assert windows[0].start == START
    assert windows[-1].end == END
    for one, following in itertools.pairwise(windows):
        assert one.end == following.start
    for one in windows:
        assert one.events["time"].between(one.start, one.end, inclusive="left").all()
        assert len(one.rejected) == 0
    assert joined(windows)["id"].tolist() == truth(server, agency)
    assert sum(window.requests for window in windows) == len(server.requests)


@pytest.mark.parametrize("form", ["geojson", "csv", "text", "quakeml"])
def test_every_format_of_the_usgs_tells_the_same_events(server, quick, form):
    query = event_query("2016", "2018")
    events = joined(iter_windows(reach(server, "usgs", quick, form=form), query))
    expected = server.usgs.kept().set_index("id").loc[truth(server, "usgs", query.start, query.end)]
    for name in ("time", "longitude", "latitude", "mag", "magType", "place"):
        assert events[name].tolist() == expected[name].tolist(), name


@pytest.mark.parametrize("agency", ["usgs", "emsc"])
@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_border_loses_and_doubles_nothing(server, quick, agency, data):
    times = book(server, agency).kept()["time"]
    at = sorted(data.draw(st.lists(st.sampled_from(range(len(times))), min_size=2, max_size=4)))
    borders = sorted({START, *times.iloc[at], END})
    asked = reach(server, agency, quick)
    parts = [joined(iter_windows(asked, event_query(a, b))) for a, b in itertools.pairwise(borders)]
    assert pd.concat(parts)["id"].tolist() == truth(server, agency)


def test_the_usgs_is_asked_for_its_count_first_and_never_for_too_much(server, quick):
    list(iter_windows(reach(server, "usgs", quick), event_query(START, END)))
    methods = [request.method for request in server.requests]
    assert methods[0] == "count"
    assert set(server.statuses) == {200}
    counts, queries = (len(server.asked(one)) for one in ("count", "query"))
    assert queries <= counts
    assert all(request.query["orderby"] == "time-asc" for request in server.asked("query"))


@pytest.mark.parametrize(("status", "text"), [(400, "exceeds search limit of 20"), (413, "")])
def test_a_query_that_is_too_large_in_spite_of_its_count_is_halved(server, quick, status, text):
    server.inject("status", status=status, body=text, method="query", times=3)
    windows = list(iter_windows(reach(server, "usgs", quick), event_query(START, END)))
    assert joined(windows)["id"].tolist() == truth(server, "usgs")


def test_a_copy_of_the_service_that_does_not_count_is_halved_by_its_refusals(server, quick):
    server.inject("status", status=404, body="Not Found", method="count", times=None)
    query = event_query(START, END, region=(150, -90, -150, 90))
    windows = list(iter_windows(reach(server, "usgs", quick), query))
    table = server.usgs.kept()
    expected = table[table["longitude"].abs() >= 150]
    assert set(joined(windows)["id"]) == set(expected["id"])
    assert len(server.asked("count")) == 1
    assert 400 in server.statuses


def test_an_empty_answer_in_spite_of_a_count_is_not_believed(server, quick):
    server.inject("status", status=200, body=EMPTY, method="query", times=1)
    windows = list(iter_windows(reach(server, "usgs", quick), event_query(START, END)))
    assert joined(windows)["id"].tolist() == truth(server, "usgs")


@pytest.mark.parametrize("agency", AGENCIES)
def test_faults_of_every_kind_lose_nothing(server, quick, agency):
    for kind in ("truncate", "drop", "hang", "empty"):
        server.inject(kind, seconds=2, after=4)
    server.inject("status", status=503, times=None, chance=0.15)
    server.inject("status", status=429, headers={"Retry-After": "0"}, times=None, chance=0.1)
    windows = list(iter_windows(reach(server, agency, quick), event_query(START, END)))
    assert joined(windows)["id"].tolist() == truth(server, agency)


def test_cut_json_without_a_length_is_noticed(server, quick):
    for after in (1, 3, 6):
        server.inject("cut", after=after)
    windows = list(iter_windows(reach(server, "usgs", quick), event_query(START, END)))
    assert joined(windows)["id"].tolist() == truth(server, "usgs")


@pytest.mark.parametrize("agency", AGENCIES)
def test_rows_told_twice_come_once(server, quick, agency):
    server.duplicates = 7
    windows = list(iter_windows(reach(server, agency, quick), event_query(START, END)))
    assert joined(windows)["id"].tolist() == truth(server, agency)


def test_holes_in_full_pages_of_emsc_are_not_fallen_into(server, quick):
    server.emsc_holes = 3
    asked = reach(server, "emsc", quick)
    windows = list(iter_windows(asked, event_query(START, END)))
    assert joined(windows)["id"].tolist() == truth(server, "emsc")
    assert all("offset" not in request.query for request in server.requests)


def test_windows_can_be_made_smaller(server, quick):
    windows = list(iter_windows(reach(server, "usgs", quick), event_query(START, END, most=150)))
    assert max(len(window.events) for window in windows) <= 150
    assert joined(windows)["id"].tolist() == truth(server, "usgs")


@pytest.mark.parametrize("agency", AGENCIES)
def test_more_events_in_one_second_than_the_service_gives_are_an_error(server, quick, agency):
    table = book(server, agency).table
    table["time"] = pd.Timestamp("2020-01-01T00:00:00.250")
    with pytest.raises(TooManyEventsError, match="between 2020-01-01"):
        list(iter_windows(reach(server, agency, quick), event_query("2019-12-01", "2020-02-01")))


@pytest.mark.parametrize("agency", AGENCIES)
def test_an_interrupted_run_goes_on_from_its_last_window(server, quick, agency):
    asked, kept = reach(server, agency, quick), []
    for window in iter_windows(asked, event_query(START, END)):
        kept.append(window)
        if len(kept) == 3:
            break
    kept += list(iter_windows(asked, event_query(kept[-1].end, END)))
    assert joined(kept)["id"].tolist() == truth(server, agency)


def test_a_lasting_error_leaves_the_windows_before_it(server, quick):
    server.inject("status", status=403, body="Banned", method="query", times=None, after=3)
    kept = []
    windows = iter_windows(reach(server, "usgs", quick), event_query(START, END))
    with pytest.raises(ServiceError, match="Banned"):
        collect(windows, kept)
    expected = truth(server, "usgs", START, kept[-1].end)
    assert joined(kept)["id"].tolist() == expected


def test_html_in_the_middle_is_an_error_with_its_words(server, quick):
    server.inject("html", after=2)
    with pytest.raises(ServiceError, match="Please log in"):
        list(iter_windows(reach(server, "usgs", quick), event_query(START, END)))


@pytest.mark.parametrize("agency", AGENCIES)
def test_nothing_to_tell_is_an_empty_window(server, quick, agency):
    windows = list(iter_windows(reach(server, agency, quick), event_query("1950", "1960")))
    assert len(joined(windows)) == 0
    assert windows[-1].end == pd.Timestamp("1960")


def test_only_changes_are_told_and_deletions_apart(server, quick):
    asked = reach(server, "usgs", quick)
    changed, gone = server.usgs.table["id"].iloc[[10, 1000]]
    since = server.usgs.now
    server.usgs.update(changed, mag=6.6)
    server.usgs.delete(gone)
    query = event_query(START, END, updated_after=since + pd.Timedelta(milliseconds=1))
    events = joined(iter_windows(asked, query))
    assert events[["id", "mag"]].values.tolist() == [[changed, 6.6]]
    dead = joined(iter_windows(asked, event_query(START, END, deleted=True)))
    assert dead[["id", "status"]].values.tolist() == [[gone, "deleted"]]
    assert "includedeleted" in server.requests[-1].query


@pytest.mark.parametrize("agency", ["emsc", "fdsn"])
def test_deletions_are_not_asked_of_who_does_not_tell_them(server, quick, agency):
    with pytest.raises(ValueError, match="does not tell which events were deleted"):
        iter_windows(reach(server, agency, quick), event_query(START, END, deleted=True))


def test_the_region_over_the_date_line_is_asked_for_in_two(server, quick):
    query = event_query(START, END, region=(170, 40, -170, 60), magnitude=3)
    events = joined(iter_windows(reach(server, "usgs", quick), query))
    table = server.usgs.kept()
    inside = table["latitude"].between(40, 60) & (table["longitude"].abs() >= 170)
    expected = table[inside & (table["mag"] >= 3)]
    assert set(events["id"]) == set(expected["id"])
    assert (events["longitude"] > 0).any()
    assert (events["longitude"] < 0).any()


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("agency", AGENCIES)
def test_sixty_thousand_events_come_complete_and_twice_the_same(quick, agency):
    from tests.fdsnserver import EventServer

    with EventServer(60_000) as large:
        large.inject("status", status=503, times=None, chance=0.05)
        patient = type(quick)(pause=0, backoff=0.01)
        asked = reach(large, agency, patient)
        first, second = (joined(iter_windows(asked, event_query(START, END))) for _ in range(2))
        assert first["id"].tolist() == truth(large, agency)
        pd.testing.assert_frame_equal(first, second)
