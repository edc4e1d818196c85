"""Changes of the event database: merging, tombstones, undoing, provenance, linking."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.seismic.database import EventDatabase
from analysis.sources.fdsn.columns import EVENT_COLUMNS
from tests.seismic.database.eventkit import many, row, table


def ids(database, **filters):
    return database.query(**filters).to_frame()["id"].tolist()


def test_two_rows_that_prove_one_are_merged_and_nothing_is_lost(database):
    database.apply(table(row("us1"), row("ci2", mag=4.9)))
    assert database.count() == 2
    applied = database.apply(table(row("ci2", ids=["ci2", "us1"], updated="2020-01-03", mag=5.2)))
    assert (applied.merged, applied.updated, applied.new) == (1, 1, 0)
    assert ids(database) == ["ci2"]
    assert database.query().to_frame()["mag"].tolist() == [5.2]
    assert database.ids("us1") == [("usgs", "ci2"), ("usgs", "us1")]
    assert [told["mag"] for told in database.raw("us1")] == [4.9, 5.2]
    assert database.undo() == 2
    assert sorted(ids(database)) == ["ci2", "us1"]


def test_an_older_version_never_overwrites_a_newer(database):
    new, old = row("a", updated="2020-02-01", mag=5.5), row("a", updated="2020-01-01", mag=5.1)
    database.apply(table(new))
    revision = database.revision
    assert database.apply(table(old)).stale == 1
    assert database.apply(table(new)).unchanged == 1
    assert database.query().to_frame()["mag"].tolist() == [5.5]
    assert database.revision == revision


def test_columns_that_a_list_lacks_keep_their_values(database):
    database.apply(table(row("a", place="Almaty", felt=12.0)))
    database.apply(table(row("a", updated="2020-03-01", mag=5.6)))
    event = database.query().to_frame().iloc[0]
    assert (event["place"], event["felt"], event["mag"]) == ("Almaty", 12.0, 5.6)
    database.apply(table(row("a", updated="2020-04-01", place=None, felt=None)))
    event = database.query().to_frame().iloc[0]
    assert event[["place", "felt"]].isna().all()


def test_without_times_of_change_the_last_list_holds(database):
    first = table(row("a", mag=5.0)).drop(columns="updated")
    assert database.apply(first, agency="kndc").new == 1
    assert database.apply(first, agency="kndc").unchanged == 1
    assert database.apply(first.assign(mag=5.1), agency="kndc").updated == 1
    assert database.query(agency="kndc").to_frame()["mag"].tolist() == [5.1]


def test_an_event_that_was_listed_twice_apart_was_split(database):
    """Rows of a list without `ids` still show that the agency holds two events."""
    database.apply(table(row("a", ids=["a", "b"])))
    database.apply(table(row("a", updated="2020-02-01"), row("b", updated="2020-02-01", mag=4.8)))
    assert sorted(ids(database)) == ["a", "b"]
    old = table(row("a"), row("b", updated="2020-01-01"))
    assert database.apply(old).stale == 2


@pytest.mark.parametrize("name", ["us1", "ci2"])
def test_a_deleted_event_stays_deleted_until_a_later_version_comes(database, name):
    event = {"ids": ["us1", "ci2"], "updated": "2020-01-02"}
    database.apply(table(row("us1", **event)))
    assert database.delete(name, "2020-02-01").deleted == 1
    assert database.delete(name, "2020-02-01").change is None
    assert ids(database) == []
    assert ids(database, deleted=True) == ["us1"]
    assert database.apply(table(row("us1", **event))).restored == 0
    assert database.apply(table(row("us1", **event | {"updated": "2020-02-02"}))).restored == 1
    assert ids(database) == ["us1"]


def test_a_tombstone_waits_for_an_event_that_comes_late(database):
    database.delete(["us1"], "2020-02-01")
    assert database.apply(table(row("us1"))).new == 0
    assert ids(database) == []
    assert database.apply(table(row("us1", updated="2020-03-01"))).restored == 1


def test_a_deletion_before_the_last_change_does_nothing(database):
    database.apply(table(row("a", updated="2020-03-01")))
    assert database.delete("a", "2020-02-01").deleted == 0
    assert ids(database) == ["a"]


def test_a_withdrawn_part_does_not_delete_the_event(database):
    """A record of its own for `ci2` names no id that the event goes by."""
    database.apply(table(row("us1", ids=["us1", "ci2"])))
    part = pd.DataFrame({"id": ["ci2"], "ids": [",ci2,"], "updated": ["2020-05-01T00:00:00Z"]})
    assert database.delete(part).deleted == 0
    whole = part.assign(ids=",ci2,us1,")
    assert database.delete(whole).deleted == 1


def test_what_a_deletion_does_not_name_is_another_event(database):
    """An event that was split, and one part of it deleted before its list was read."""
    database.apply(table(row("e2", ids=["e2", "e1"])))
    grave = table(row("e2", ids=["e2"], updated="2020-05-01"))
    assert database.delete(grave, complete_ids=True).deleted == 1
    assert database.apply(table(row("e1", ids=["e1"], updated="2020-04-01"))).new == 1
    assert ids(database) == ["e1"]


def test_a_row_with_the_status_deleted_is_a_deletion(database):
    database.apply(table(row("a"), row("b")))
    gone = database.apply(table(row("a", status="deleted", updated="2020-02-01")))
    assert gone.deleted == 1
    assert ids(database) == ["b"]


def test_deletions_can_be_taken_back(database):
    database.apply(table(row("a")))
    database.delete("a")
    assert database.undelete("a").restored == 1
    assert ids(database) == ["a"]
    with pytest.raises(ValueError, match="no event with the id 'nope'"):
        database.undelete("nope")


def test_what_a_complete_list_lacks_has_vanished_and_can_come_back(database):
    window = ("2020-01-01", "2020-02-01")
    outside = row("d", time="2020-03-01")
    database.apply(table(row("a"), row("b"), row("c", mag=4.0), outside))
    gone = database.apply(table(row("a")), window=window, scope={"magnitude": (4.5, None)})
    assert gone.vanished == 1
    found = database.query(deleted=True, columns=["id", "state"]).to_frame()
    assert dict(zip(found["id"], found["state"], strict=True)) == {
        "a": "present",
        "b": "vanished",
        "c": "present",
        "d": "present",
    }
    assert database.apply(table(row("a"), row("b")), window=window).restored == 1
    assert database.query(deleted=True).counts("state").to_dict() == {"present": 3, "vanished": 1}


def test_an_empty_list_of_a_window_is_a_list(database):
    database.apply(table(row("a")))
    empty = table(row("a")).iloc[:0]
    assert database.apply(empty, window=("2020-01-01", "2020-02-01"), agency="usgs").vanished == 1


def test_every_step_can_be_undone(database):
    states, steps = [], [
        lambda: database.apply(table(row("a"), row("b", ids=["b", "x"]))),
        lambda: database.apply(table(row("a", updated="2020-02-01", mag=6.0, longitude=10.0))),
        lambda: database.apply(table(row("c", ids=["c", "a"], updated="2020-03-01"))),
        lambda: database.delete(["b", "never seen"], "2020-04-01"),
        lambda: database.undelete("b"),
        lambda: database.apply(table(row("c", updated="2020-03-01")), window=("2020", "2021")),
        lambda: database.apply(table(row("e"), row("f")), agency="emsc"),
        lambda: database.link(pd.DataFrame({"id_a": ["c"], "id_b": ["e"]})),
        lambda: database.unlink("e", agency="emsc"),
    ]  # fmt: skip
    every = "SELECT * FROM {} ORDER BY 1, 2"
    tables = ("origins", "events", "aliases", "tombstones", "places")

    def everything():
        return {name: database._all(every.format(name)) for name in tables}

    for step in steps:
        states.append(everything())
        assert step().change
    while states:
        assert everything() != states[-1]
        database.undo()
        assert everything() == states.pop()
        assert database.check() == []
    with pytest.raises(ValueError, match="no change to undo"):
        database.undo()
    history = database.history()
    assert history["undone"].notna().sum() == len(steps)
    assert (history["kind"] == "undo").sum() == len(steps)


def test_changes_since_a_revision(database):
    database.apply(table(row("a"), row("b")))
    revision = database.revision
    assert database.changes(revision).count() == 0
    database.apply(table(row("b", updated="2020-02-01"), row("c")))
    database.delete("c")
    found = database.changes(revision).to_frame()
    assert dict(zip(found["id"], found["state"], strict=True)) == {"b": "present", "c": "deleted"}
    assert not database.undone_since(revision)
    database.undo()
    assert database.undone_since(revision)


def test_linked_solutions_are_one_event_of_two_agencies(database):
    database.apply(table(row("us1"), row("us2", time="2020-01-03")))
    database.apply(table(row("eu1", mag=5.3)), agency="emsc")
    assert database.count() == 3
    pairs = pd.DataFrame({"id_a": ["us1"], "id_b": ["eu1"]})
    assert database.link(pairs).merged == 1
    assert database.link(pairs).change is None
    assert ids(database) == ["us1", "us2"]
    assert ids(database, agency="emsc") == ["eu1"]
    assert database.solutions("eu1")["id"].tolist() == ["us1", "eu1"]
    assert database.magnitudes("us1")["mag"].tolist() == [5.3, 5.0]
    database.delete("us1")
    assert ids(database) == ["eu1", "us2"]  # the other agency's solution stands for the event
    database.undelete("us1")
    assert database.unlink("eu1").changed
    assert sorted(ids(database)) == ["eu1", "us1", "us2"]
    database.apply(table(row("us9", time="2020-02-03")))  # takes no number of another
    with pytest.raises(ValueError, match="id_b"):
        database.link(pairs.drop(columns="id_b"))


def test_impossible_rows_are_kept_aside_with_the_reason(database):
    bad = [
        row("n", longitude=float("nan")),
        row("p", latitude=95.0),
        row("d", depth=1e9),
        row("m", mag=99.0),
        row(None),
        row("t", time=None),
    ]
    applied = database.apply(table(row("good"), *bad))
    assert (applied.new, applied.rejected) == (1, 6)
    kept = database.rejected()
    assert set(kept["reason"]) == {
        "no coordinates",
        "latitude beyond a pole",
        "depth beyond -100 to 1000",
        "mag beyond -10 to 12",
        "no id",
        "no time",
    }
    assert database.apply(table(*bad)).change is None  # known already: kept once
    assert len(database.rejected()) == 6
    told = [("no magnitude", {"id": "q"}), ("not JSON", "<html>")]
    assert database.apply(table(row("good")), rejected=told).rejected == 2
    assert database.rejected()["row"].tolist()[-2:] == ['{"id": "q"}', "<html>"]


def test_agencies_keep_their_own_ids(database):
    both = pd.concat([table(row("7")).assign(agency="emsc"), table(row("7")).assign(agency="isc")])
    assert database.apply(both).new == 2
    assert database.query().counts("agency").to_dict() == {"emsc": 1, "isc": 1}
    assert database.delete("7", agency="isc").deleted == 1
    with pytest.raises(ValueError, match="of the agency 'emsc', not of 'usgs'"):
        database.apply(both, agency="usgs")
    with pytest.raises(ValueError, match="no column 'id'"):
        database.apply(table(row("7")).drop(columns="id"))


def test_a_failure_in_the_middle_leaves_nothing(database, monkeypatch):
    from analysis.seismic.database import store

    database.apply(table(row("a")))
    real, calls = store.writing.take, []

    def fail(*given):
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("broken")
        return real(*given)

    monkeypatch.setattr(store.writing, "take", fail)
    monkeypatch.setattr(store, "_BATCH", 10)
    with pytest.raises(RuntimeError):
        database.apply(many(25))
    assert ids(database) == ["a"]
    assert database.revision == 1


def test_a_large_table_in_batches_equals_a_small_one(database, tmp_path, monkeypatch):
    from analysis.seismic.database import store

    events = many(500)
    events["ids"] = "," + events["id"] + ",x" + (events.index // 2).astype(str) + ","
    database.apply(events)
    monkeypatch.setattr(store, "_BATCH", 7)
    with EventDatabase(tmp_path / "small.sqlite") as other:
        other.apply(events)
        pd.testing.assert_frame_equal(database.query().to_frame(), other.query().to_frame())
    assert database.count() == 250


def test_the_tables_of_the_file_have_the_columns_of_events():
    from analysis.seismic.database.schema import KEPT

    assert set(EVENT_COLUMNS) <= set(KEPT["origins"])
