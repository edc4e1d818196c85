"""No event is lost or doubled, in whatever order an agency's events change and are told.

An agency is played by a plain dict: events are added, change, get other ids, are merged, split,
deleted, dropped without a word and listed again. It is told in incremental and in complete lists,
in pieces, out of order, and old lists come again. Whenever all has been told, the database holds
exactly what the agency has.
"""

from __future__ import annotations

import copy
import random
import tempfile
from pathlib import Path

import hypothesis.strategies as st
import pandas as pd
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from analysis.seismic.database import EventDatabase
from tests.seismic.database.eventkit import row, table

ORIGIN = pd.Timestamp("2020-01-01")
picks = st.integers(0, 10**6)


class Agency:
    """What an agency holds: number -> ids (the preferred one first), time of change, magnitude."""

    def __init__(self):
        self.events = {}
        self.buried = []
        self.gone = {}
        self.clock = 0
        self.names = 0

    def tick(self):
        self.clock += 1
        return self.clock

    def name(self):
        self.names += 1
        return f"e{self.names}"

    def put(self, ids, number=None):
        number = self.name() if number is None else number
        self.events[number] = {"ids": ids, "updated": self.tick(), "mag": self.clock / 1000}

    def chosen(self, pick):
        return sorted(self.events)[pick % len(self.events)]

    def listing(self, after=-1):
        return [event for event in self.events.values() if event["updated"] > after]

    def held(self):
        return {frozenset(event["ids"]): event["mag"] for event in self.events.values()}


def as_rows(events):
    if not events:
        return table(row("x")).iloc[:0]
    return table(
        *(
            row(
                event["ids"][0],
                ids=event["ids"],
                mag=event["mag"],
                updated=ORIGIN + pd.Timedelta(seconds=event["updated"]),
            )
            for event in events
        )
    )


class Orders(RuleBasedStateMachine):
    """Steps of an agency and of those who listen to it."""

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.database = EventDatabase(Path(self.folder.name) / "events.sqlite")
        self.agency = Agency()
        self.told = -1
        self.told_graves = 0
        self.old = []
        self.fresh = True

    def teardown(self):
        self.database.close()
        self.folder.cleanup()

    def some(self):
        return bool(self.agency.events)

    # ---- the agency ----
    @rule()
    def add(self):
        self.agency.put([self.agency.name()])
        self.fresh = False

    @precondition(some)
    @rule(pick=picks)
    def change(self, pick):
        number = self.agency.chosen(pick)
        self.agency.put(self.agency.events[number]["ids"], number)
        self.fresh = False

    @precondition(some)
    @rule(pick=picks)
    def gain_an_id(self, pick):
        number = self.agency.chosen(pick)
        self.agency.put([*self.agency.events[number]["ids"], self.agency.name()], number)
        self.fresh = False

    @precondition(some)
    @rule(pick=picks)
    def prefer_another_id(self, pick):
        number = self.agency.chosen(pick)
        ids = self.agency.events[number]["ids"]
        self.agency.put([*ids[1:], ids[0]], number)
        self.fresh = False

    @precondition(lambda self: len(self.agency.events) > 1)
    @rule(one=picks, other=picks, grave=st.booleans())
    def merge(self, one, other, grave):
        first = self.agency.chosen(one)
        absorbed = self.agency.events.pop(first)
        second = self.agency.chosen(other)
        ids = [*self.agency.events[second]["ids"], *absorbed["ids"]]
        if grave:  # some agencies say that the absorbed one is deleted
            self.agency.buried.append((absorbed["ids"], self.agency.tick()))
        self.agency.put(ids, second)
        self.fresh = False

    @precondition(some)
    @rule(pick=picks)
    def split(self, pick):
        number = self.agency.chosen(pick)
        ids = self.agency.events[number]["ids"]
        if len(ids) > 1:
            self.agency.put(ids[1:])
            self.agency.put(ids[:1], number)
            self.fresh = False

    @precondition(some)
    @rule(pick=picks)
    def delete(self, pick):
        number = self.agency.chosen(pick)
        gone = self.agency.events.pop(number)
        self.agency.gone[number] = gone
        self.agency.buried.append((gone["ids"], self.agency.tick()))
        self.fresh = False

    @precondition(lambda self: bool(self.agency.gone))
    @rule(pick=picks)
    def add_again(self, pick):
        numbers = sorted(self.agency.gone)
        number = numbers[pick % len(numbers)]
        self.agency.put(self.agency.gone.pop(number)["ids"], number)
        self.fresh = False

    @precondition(some)
    @rule(pick=picks)
    def drop_without_a_word(self, pick):
        gone = self.agency.events.pop(self.agency.chosen(pick))
        self.fresh = False
        self.told = -2  # only a complete list can tell
        for events in self.old:
            events[:] = [one for one in events if not set(one["ids"]) & set(gone["ids"])]

    # ---- the listener ----
    def tell_deletions(self):
        graves = self.agency.buried[self.told_graves :]
        rows = [
            row(ids[0], ids=ids, updated=ORIGIN + pd.Timedelta(seconds=at)) for ids, at in graves
        ]
        if rows:
            self.database.delete(table(*rows), complete_ids=True)
        self.told_graves = len(self.agency.buried)

    @precondition(lambda self: self.told >= -1)
    @rule(seed=picks, pieces=st.integers(1, 3), early=st.booleans())
    def tell_changes(self, seed, pieces, early):
        events = self.agency.listing(after=self.told)
        random.Random(seed).shuffle(events)  # noqa: S311
        if early:
            self.tell_deletions()
        for piece in range(pieces):
            self.database.apply(as_rows(events[piece::pieces]), complete_ids=True)
        if not early:
            self.tell_deletions()
        self.told, self.fresh = self.agency.clock, True

    @rule(seed=picks)
    def tell_all(self, seed):
        events = self.agency.listing()
        random.Random(seed).shuffle(events)  # noqa: S311
        self.tell_deletions()
        window = ("2000-01-01", "2030-01-01")
        self.database.apply(as_rows(events), window=window, complete_ids=True, agency="usgs")
        self.told, self.fresh = self.agency.clock, True

    @rule()
    def keep_a_list(self):
        self.old.append(copy.deepcopy(self.agency.listing()))

    @precondition(lambda self: bool(self.old) and self.fresh)
    @rule(pick=picks)
    def tell_an_old_list(self, pick):
        self.database.apply(as_rows(self.old[pick % len(self.old)]), complete_ids=True)

    @rule(seed=picks)
    def tell_and_undo(self, seed):
        before, names = self.contents(), self.names()
        events = self.agency.listing()
        random.Random(seed).shuffle(events)  # noqa: S311
        if self.database.apply(as_rows(events[:3]), complete_ids=True).changed:
            self.database.undo()
        assert self.names() == names
        pd.testing.assert_frame_equal(self.contents(), before)

    # ---- what must hold ----
    def contents(self):
        columns = ["origin", "event", "id", "ids", "mag", "updated", "state", "change"]
        return self.database.query(deleted=True, columns=columns).to_frame()

    def names(self):
        return sorted(self.database._all("SELECT alias, origin FROM aliases"))

    @invariant()
    def the_database_holds_what_it_was_told(self):
        if not self.fresh:
            return
        present = self.database.query(columns=["id", "mag"]).to_frame()
        held = {
            frozenset(name for _, name in self.database.ids(identity)): mag
            for identity, mag in zip(present["id"], present["mag"], strict=True)
        }
        assert len(held) == len(present)
        assert held == self.agency.held()

    @invariant()
    def the_file_is_sound(self):
        assert self.database.check() == []


Orders.TestCase.settings = settings(
    max_examples=40,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestOrders = Orders.TestCase


@pytest.mark.slow
def test_orders_at_length():
    from hypothesis.stateful import run_state_machine_as_test

    long = settings(Orders.TestCase.settings, max_examples=120, stateful_step_count=50)
    run_state_machine_as_test(Orders, settings=long)
