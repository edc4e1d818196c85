"""Trainings of the process: shared by equal settings, one at a time, cancelled by the last one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from analysis.seismic.forecasting import Cancelled
from apps.views.forecast.training import KEPT, Trainer, Training


class Plan:
    """Settings with nothing but a key."""

    def __init__(self, name: str):
        self.name = name

    def key(self) -> str:
        return self.name


def test_equal_settings_are_trained_once_and_told_to_all() -> None:
    calls: list[str] = []
    begin = threading.Event()

    def work(plan: Plan, *, progress: Any, cancel: Any) -> Iterator[str]:
        assert not cancel()
        begin.wait(10)
        calls.append(plan.name)
        progress(1, 2, "one")
        yield "half"
        progress(2, 2, "two")
        yield "whole"

    trainer = Trainer(work, lambda _plan: None)
    seen: list[list[Any]] = [[], []]
    first = trainer.start(Plan("a"), lambda t: seen[0].append((t.state, t.run, t.done)))
    second = trainer.start(Plan("a"), lambda t: seen[1].append((t.state, t.run, t.done)))
    assert first is second
    begin.set()
    first.wait(20)
    assert calls == ["a"]
    assert seen[0][-1] == seen[1][-1] == ("done", "whole", 2)
    assert ("running", "half", 1) in seen[0]
    assert trainer.stored(Plan("a")) == "whole"
    assert trainer.stored(Plan("b")) is None


def test_the_work_stops_when_the_last_one_gives_up_and_can_be_begun_again() -> None:
    running, stopped = threading.Event(), threading.Event()

    def work(_plan: Plan, *, progress: Any, cancel: Any) -> Iterator[str]:
        running.set()
        while not cancel():
            stopped.wait(0.01)
        raise Cancelled("stop")
        yield ""

    trainer = Trainer(work, lambda _plan: None)

    def one(_training: Training) -> None:
        """Follow."""

    def other(_training: Training) -> None:
        """Follow too."""

    training = trainer.start(Plan("a"), one)
    trainer.start(Plan("a"), other)
    assert running.wait(10)
    assert not trainer.cancel(training, one)
    assert training.busy
    assert trainer.cancel(training, other)
    training.wait(20)
    assert training.state == "cancelled"
    assert trainer.find(Plan("a")) is None


def test_a_failure_is_kept_with_its_reason_and_the_next_one_runs() -> None:
    def work(plan: Plan, *, progress: Any, cancel: Any) -> Iterator[str]:
        if plan.name == "bad":
            raise ValueError("no positives here")
        yield plan.name

    trainer = Trainer(work, lambda _plan: None)
    told: list[Training] = []
    bad = trainer.start(Plan("bad"), told.append)
    bad.wait(20)
    assert (bad.state, str(bad.error)) == ("failed", "no positives here")
    assert told[-1] is bad
    for number in range(KEPT + 2):
        trainer.start(Plan(str(number)), lambda _t: None).wait(20)
    assert trainer.find(Plan("0")) is None
    assert trainer.stored(Plan(str(KEPT + 1))) == str(KEPT + 1)


def test_a_follower_that_fails_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    trainer = Trainer(lambda plan, **_options: iter([plan.name]), lambda _plan: None)

    def broken(_training: Training) -> None:
        raise RuntimeError("the page is gone")

    training = trainer.start(Plan("a"), broken)
    training.wait(20)
    assert training.state == "done"
    assert "the page is gone" in caplog.text


def test_what_is_on_disk_is_found_without_training() -> None:
    trainer = Trainer(None, lambda plan: f"stored {plan.key()}")
    assert trainer.stored(Plan("a")) == "stored a"
    found = trainer.find(Plan("a"))
    assert found is not None
    assert found.state == "done"
