"""What callers give the database: words in any case, years, tables with bad cells, wrong things."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.seismic.database import EventDatabase
from analysis.seismic.sync import sync
from tests.seismic.database.eventkit import row, table


def test_the_case_of_an_agency_makes_no_second_event(database):
    events = table(row("a"), row("b"))
    assert database.apply(events).new == 2
    assert database.apply(events, agency=" USGS").new == 0
    assert database.apply(events.assign(agency="Usgs")).new == 0
    assert database.count() == database.count(agency="USGS") == 2
    assert database.query().counts("agency").to_dict() == {"usgs": 2}
    assert database.apply(events, window=("2019", "2021"), agency="USGS").vanished == 0
    assert database.apply(events[:0], window=("2019", "2021"), agency="USGS").vanished == 2


def test_an_agency_in_any_case_is_found_deleted_linked_and_brought_back(database):
    database.apply(table(row("a")), agency="USGS")
    database.apply(table(row("e")), agency="EMSC")
    assert database.solutions("a", agency="USGS")["agency"].tolist() == ["usgs"]
    pairs = pd.DataFrame({"id_a": ["a"], "id_b": ["e"]})
    assert database.link(pairs, ("USGS", "Emsc")).merged == 1
    assert database.unlink("e", agency="EMSC").new == 1
    assert database.delete("a", agency="USGS").deleted == 1
    assert database.undelete("a", agency="USGS").restored == 1
    gone = pd.DataFrame({"id": ["e"], "agency": ["EMSC"]})
    assert database.delete(gone).deleted == 1
    with pytest.raises(ValueError, match="agency is ''"):
        database.apply(table(row("a")), agency="")


def test_types_are_asked_for_as_they_are_told(database):
    database.apply(table(row("a"), row("b", type="Nuclear_Explosion"), row("c", type="ke")))
    assert database.count(types="Earthquake") == 2
    assert database.count(types=["Nuclear_Explosion"]) == 1
    assert database.count(types=("ke", "nuclear explosion")) == 3
    with pytest.raises(ValueError, match="types"):
        database.count(types="")


@pytest.mark.parametrize("kind", [int, np.int64])
def test_a_year_is_a_year(database, kind):
    years = range(2014, 2018)
    database.apply(table(*(row(f"e{year}", time=f"{year}-06-01") for year in years)))
    assert database.count(start=kind(2015)) == 3
    assert database.count(start=kind(2015), end=kind(2016)) == 1
    assert database.apply(
        table(row("e2016", time="2016-06-01")), window=(kind(2016), kind(2017))
    ).unchanged


@pytest.mark.parametrize("value", [20.15, 2015.0, 0, 999, 10_000, 1_577_836_800_000, True, np.nan])
def test_another_number_is_no_time(database, value):
    with pytest.raises(ValueError, match="a year from 1000 to 9999"):
        database.count(start=value)


def test_a_sync_takes_a_year_too(database):
    with pytest.raises(ValueError, match="not after"):
        sync(database, "usgs", 2020, 2019)
    with pytest.raises(ValueError, match="a year from 1000 to 9999"):
        sync(database, "usgs", 20.2)


def test_rows_with_unreadable_cells_are_set_aside_and_the_rest_is_taken(database):
    good = row("good")
    wrong = [row("time", time="yesterday"), row("mag", mag="4,5"), row("depth", depth="deep")]
    wrong += [row("place", latitude="43N"), row("told", updated="soon")]
    applied = database.apply(table(*wrong[:2], good, *wrong[2:]))
    assert (applied.new, applied.rejected) == (1, 5)
    assert database.query().to_frame()["id"].tolist() == ["good"]
    rejected = database.rejected().set_index("id")
    assert rejected["reason"].to_dict() == {
        "time": "time not readable",
        "mag": "mag not a number",
        "depth": "depth not a number",
        "place": "latitude not a number",
        "told": "updated not readable",
    }
    assert '"mag":"4,5"' in rejected.loc["mag", "row"]
    assert database.query().to_frame().loc[0, ["mag", "depth"]].tolist() == [5.0, 10.0]


def test_a_bad_cell_beside_the_event_costs_the_cell_alone(database):
    applied = database.apply(table(row("a", felt="many"), row("b", felt=3)))
    assert (applied.new, applied.rejected) == (2, 0)
    felt = database.query().to_frame().set_index("id")["felt"]
    assert felt["b"] == 3
    assert np.isnan(felt["a"])
    assert database.raw("a")[0]["felt"] == "many"


def test_a_mapping_an_answer_and_features_are_tables(database, tmp_path):
    columns = {"id": ["a"], "time": ["2020"], "lon": [1.0], "lat": [1.0], "mag": [5.0]}
    assert database.apply(columns).new == 1
    with EventDatabase(tmp_path / "other.sqlite") as other:
        assert other.apply(database.query()).new == 1
    told = {"id": "b", "properties": {"time": 1_577_836_800_000, "mag": 5.0}}
    told["geometry"] = {"type": "Point", "coordinates": [1.0, 2.0, 3.0]}
    assert database.apply([told]).new == 1
    assert database.query().to_frame()["depth"].max() == 3


@pytest.mark.parametrize("events", [None, "events.csv", 5, {"id": ["a", "b"], "time": ["2020"]}])
def test_what_is_no_table_is_refused_in_words(database, events):
    with pytest.raises(ValueError, match="no table of events"):
        database.apply(events)


@pytest.mark.parametrize("limit", [2.5, -1, "5", True])
def test_a_limit_is_a_whole_number(database, limit):
    with pytest.raises(ValueError, match="limit"):
        database.query(limit=limit)
    assert len(database.query(limit=np.int64(3)).to_frame()) == 0


def test_an_id_may_be_a_number(database):
    database.apply(table(row(5), row("a")))
    assert database.delete(5).deleted == 1
    assert database.undelete(5).restored == 1
    assert database.delete([5, "a"]).deleted == 2
    for wrong in (None, 2.5, [None], ""):
        with pytest.raises(ValueError, match="no id of an event"):
            database.delete(wrong)


@pytest.mark.parametrize("agency", [5, None, []])
def test_what_is_no_agency_is_refused(database, agency):
    if agency is not None:
        with pytest.raises(ValueError, match="agency"):
            database.count(agency=agency)
    with pytest.raises(ValueError, match="agency"):
        sync(database, agency, "2020")


def test_a_database_in_memory_is_refused_and_makes_no_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for path in (":memory:", "", 5):
        with pytest.raises(ValueError, match="path of a file"):
            EventDatabase(path)
    assert list(tmp_path.iterdir()) == []


def test_a_sync_needs_a_database(tmp_path):
    with pytest.raises(ValueError, match="give an EventDatabase"):
        sync(str(tmp_path / "events.sqlite"), "usgs", "2020")
