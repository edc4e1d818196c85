"""Long work of a panel: in a thread, with progress, cancelled by the next one or by a button."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import panel as pn
import panel_material_ui as pmui

log = logging.getLogger(__name__)

THREADS = 2
"""Pieces of work of all sessions of a process that run at the same time; others wait."""

_pool = ThreadPoolExecutor(THREADS, thread_name_prefix="qazcube-panel")


class Cancelled(Exception):  # noqa: N818 - not an error
    """The work was given up because nobody waits for its result any more."""


class Ticket:
    """What the work is given: it says how far it is, and learns that it may stop."""

    def __init__(self, on_progress: Callable[[int, int], None]):
        self._stop = threading.Event()
        self._on_progress = on_progress

    @property
    def cancelled(self) -> bool:
        """Whether nobody waits any more."""
        return self._stop.is_set()

    def cancel(self) -> None:
        """Ask the work to stop at its next report."""
        self._stop.set()

    def report(self, done: int, total: int) -> None:
        """Say how far the work is.

        Raises
        ------
        Cancelled
            If the work is to stop.
        """
        if self.cancelled:
            raise Cancelled
        self._on_progress(done, total)


class Job:
    """One piece of work at a time for one panel of one session.

    All callbacks run with the document's lock, in the turn of the session that started the work.
    The result of work that was cancelled, or replaced by newer work, is dropped.

    Parameters
    ----------
    done : callable
        Takes the result.
    failed : callable
        Takes the exception.
    progress : callable, optional
        Takes what is done and the total.
    """

    def __init__(
        self,
        done: Callable[[Any], None],
        failed: Callable[[Exception], None],
        progress: Callable[[int, int], None] | None = None,
    ):
        self._done, self._failed, self._progress = done, failed, progress
        self._ticket: Ticket | None = None
        self._future: Future[None] | None = None

    @property
    def running(self) -> bool:
        """Whether a result is being waited for."""
        return self._ticket is not None

    def start(self, work: Callable[[Ticket], Any]) -> None:
        """Give up what is under way and begin anew.

        Parameters
        ----------
        work : callable
            Takes the `Ticket`; touches neither widgets nor figures nor the selection.
        """
        self.cancel()
        document = pn.state.curdoc
        ticket = Ticket(lambda done, total: later(document, lambda: self._told(done, total)))
        self._ticket = ticket

        def run() -> None:
            try:
                if ticket.cancelled:
                    return
                result = work(ticket)
            except Cancelled:
                return
            except Exception as error:
                if ticket.cancelled:  # it stopped in its own way
                    return
                failure = error
                log.log(
                    logging.INFO if isinstance(error, ValueError) else logging.ERROR,
                    "Work of a panel failed: %s",
                    error,
                    exc_info=not isinstance(error, ValueError),
                )
                later(document, lambda: self._finish(ticket, self._failed, failure))
                return
            later(document, lambda: self._finish(ticket, self._done, result))

        self._future = _pool.submit(run)

    def cancel(self) -> None:
        """Give up the work under way, if there is any."""
        if self._ticket is not None:
            self._ticket.cancel()
            self._ticket = None
        if self._future is not None:
            self._future.cancel()
            self._future = None

    def wait(self, seconds: float = 60.0) -> None:
        """Wait for the end of the work; for scripts and tests without a server.

        Raises
        ------
        TimeoutError
            If it takes longer.
        """
        future = self._future
        if future is not None and not future.cancelled():
            future.result(seconds)

    def _told(self, done: int, total: int) -> None:
        if self._ticket is not None and self._progress is not None:
            self._progress(done, total)

    def _finish(self, ticket: Ticket, callback: Callable[[Any], None], value: Any) -> None:
        if self._ticket is ticket:
            self._ticket = None
            callback(value)


def later(document: Any, task: Callable[[], None]) -> None:
    """Run a task in the turn of a session; at once where there is no session, never in a dead one.

    Parameters
    ----------
    document : bokeh.document.Document or None
        Of the session.
    task : callable
        What is to be done.
    """
    context = None if document is None else document.session_context
    if context is None:
        task()
    elif not context.destroyed:
        document.add_next_tick_callback(task)


def progress_row(visit: Any, cancelled: Any) -> tuple[Any, Any, Any]:
    """Make a hidden row of a bar and a button that gives up; the row, the bar, the button."""
    bar = pmui.LinearProgress(
        value=0, variant="determinate", sizing_mode="stretch_width", margin=(8, 8)
    )
    cancel = pmui.Button(label=visit._("Cancel"), variant="outlined", size="small", margin=(4, 8))
    cancel.on_click(cancelled)
    return pn.Row(bar, cancel, visible=False, sizing_mode="stretch_width"), bar, cancel
