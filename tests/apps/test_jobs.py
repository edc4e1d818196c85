"""Work in threads: the newest result wins, work can be given up, failures are told."""

import threading
from types import SimpleNamespace

import pytest

from apps.views.jobs import Cancelled, Job, later


def test_result_and_progress_arrive():
    got, told = [], []
    job = Job(got.append, got.append, lambda done, total: told.append((done, total)))
    job.start(lambda ticket: [ticket.report(n, 3) for n in range(3)] and 42)
    job.wait()
    assert got == [42]
    assert told == [(0, 3), (1, 3), (2, 3)]
    assert not job.running


def test_failure_is_told_once():
    good, bad = [], []

    def fail(ticket):
        raise ValueError("too few events")

    job = Job(good.append, bad.append)
    job.start(fail)
    job.wait()
    assert good == []
    assert str(bad[0]) == "too few events"


def test_newer_work_replaces_older():
    got, stopped, begun = [], [], threading.Event()

    def old(ticket):
        begun.set()
        while True:
            try:
                ticket.report(0, 1)
            except Cancelled:
                stopped.append(True)
                raise

    job = Job(got.append, got.append)
    job.start(old)
    assert begun.wait(10)
    first = job._future
    job.start(lambda ticket: "new")
    job.wait()
    first.result(10)
    assert got == ["new"]
    assert stopped == [True]


@pytest.mark.parametrize("ends", ["with a result", "with an error of its own"])
def test_cancelled_work_gives_nothing_and_is_no_failure(ends, caplog):
    got, begun, go = [], threading.Event(), threading.Event()

    def work(ticket):
        begun.set()
        go.wait(10)
        if ends == "with a result":
            return "late"
        raise RuntimeError("stopped")

    job = Job(got.append, got.append)
    job.start(work)
    future = job._future
    assert begun.wait(10)
    job.cancel()
    go.set()
    future.result(10)
    assert got == []
    assert not job.running
    assert "stopped" not in caplog.text


@pytest.mark.parametrize(("destroyed", "expected"), [(False, 1), (True, 0)])
def test_a_dead_session_is_left_alone(destroyed, expected):
    tasks = []
    context = SimpleNamespace(destroyed=destroyed)
    document = SimpleNamespace(session_context=context, add_next_tick_callback=tasks.append)
    later(document, lambda: None)
    assert len(tasks) == expected
