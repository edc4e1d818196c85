"""Trainings of this process: one at a time, followed by all who asked for the same."""

from __future__ import annotations

import importlib
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

log = logging.getLogger(__name__)

KEPT = 4
"""Finished comparisons that are kept in memory; the fits of all are on disk."""

Run = Any
Iterate = Callable[..., Iterator[Run]]


class Training:
    """One training: how far it is, and what it has given so far.

    Attributes
    ----------
    settings
        What is trained.
    state
        "waiting", "running", "done", "cancelled" or "failed".
    done, total, text
        How far it is.
    run
        The comparison so far; None before the first.
    error
        Why it failed.
    """

    def __init__(self, settings: Any):
        self.settings = settings
        self.state, self.done, self.total, self.text = "waiting", 0, 0, ""
        self.run: Run = None
        self.error: Exception | None = None
        self.followers: list[Callable[[Training], None]] = []
        self.stop = threading.Event()
        self.future: Future[None] | None = None

    @property
    def busy(self) -> bool:
        """Whether more is to come."""
        return self.state in ("waiting", "running")

    def tell(self) -> None:
        """Tell the followers, each in its own way; one that fails is left out."""
        for follower in tuple(self.followers):
            try:
                follower(self)
            except Exception as error:
                log.warning("A page could not be told of a training: %s", error)
                self.leave(follower)

    def leave(self, follower: Callable[[Training], None]) -> None:
        """Follow no longer."""
        if follower in self.followers:
            self.followers.remove(follower)

    def wait(self, seconds: float = 300.0) -> None:
        """Wait for the end; for scripts and tests.

        Raises
        ------
        TimeoutError
            If it takes longer.
        """
        if self.future is not None:
            self.future.result(seconds)


class Trainer:
    """Runs trainings one after the other; the same settings are trained once.

    Parameters
    ----------
    iterate : callable, optional
        Instead of `analysis.seismic.forecasting.iterate`.
    cached : callable, optional
        Instead of `analysis.seismic.forecasting.cached`.
    """

    def __init__(self, iterate: Iterate | None = None, cached: Callable[..., Run] | None = None):
        self._iterate, self._cached = iterate, cached
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="qazcube-train")
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Training] = OrderedDict()

    def find(self, settings: Any) -> Training | None:
        """Return the training of these settings, if it is under way or finished in memory."""
        with self._lock:
            found = self._known.get(settings.key())
            if found is None or found.state in ("failed", "cancelled"):
                return None
            self._known.move_to_end(settings.key())
            return found

    def stored(self, settings: Any) -> Run:
        """Return the finished run of these settings from memory or disk, None where there is none.

        Raises
        ------
        ValueError
            What is stored cannot be read.
        """
        found = self.find(settings)
        if found is not None:
            return found.run if found.state == "done" else None
        run = (self._cached or library().cached)(settings)
        if run is not None:
            training = Training(settings)
            training.state, training.run = "done", run
            self._keep(training)
        return run

    def start(self, settings: Any, follower: Callable[[Training], None]) -> Training:
        """Train, or follow whoever trains the same already.

        Parameters
        ----------
        settings
            With a method `key`.
        follower : callable
            Called with the training at every step, in the thread that works.

        Returns
        -------
        Training
            The training.
        """
        found = self.find(settings)
        if found is not None and found.busy:
            found.followers.append(follower)
            return found
        training = Training(settings)
        training.followers.append(follower)
        self._keep(training)
        training.future = self._pool.submit(self._work, training)
        return training

    def cancel(self, training: Training, follower: Callable[[Training], None]) -> bool:
        """Follow no longer; the work stops when nobody else follows it. True if it stops."""
        training.leave(follower)
        if training.followers or not training.busy:
            return False
        training.stop.set()
        if training.future is not None and training.future.cancel():
            training.state = "cancelled"
        return True

    def _keep(self, training: Training) -> None:
        with self._lock:
            self._known[training.settings.key()] = training
            self._known.move_to_end(training.settings.key())
            while len(self._known) > KEPT:
                for key, one in self._known.items():
                    if not one.busy:
                        del self._known[key]
                        break
                else:
                    break

    def _work(self, training: Training) -> None:
        def progress(done: int, total: int, text: str) -> None:
            training.done, training.total, training.text = done, total, text
            training.tell()

        work = self._iterate or library().iterate
        training.state = "running"
        training.tell()
        try:
            for run in work(training.settings, progress=progress, cancel=training.stop.is_set):
                training.run = run
                training.tell()
            training.state = "done"
        except library().Cancelled:
            training.state = "cancelled"
        except Exception as error:
            plain = isinstance(error, ValueError)
            log.log(
                logging.INFO if plain else logging.ERROR,
                "A training failed: %s",
                error,
                exc_info=not plain,
            )
            training.state, training.error = "failed", error
        training.tell()
        training.followers.clear()


def library() -> Any:
    """Return what trains; imported when it is first asked for."""
    return importlib.import_module("analysis.seismic.forecasting")


trainer = Trainer()
"""The trainings of this process."""
