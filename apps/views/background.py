"""Long work of this process, one piece at a time: it goes on when its visitor has left."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import pandas as pd

from analysis import settings


@dataclass(frozen=True)
class Progress:
    """How far a piece of work is.

    ``state`` is "idle", "running", "stopping", "done", "stopped" or "failed"; ``number`` counts
    the pieces of this process; ``share`` is what is done of it.
    """

    state: str = "idle"
    number: int = 0
    share: float = 0.0
    error: Exception | None = None
    ended: pd.Timestamp | None = None

    @property
    def busy(self) -> bool:
        """Whether no other piece may begin."""
        return self.state in ("running", "stopping")


P = TypeVar("P", bound=Progress)


def allowed() -> bool:
    """Whether visitors of this server may bring its data up to date.

    Raises
    ------
    ValueError
        The setting ``QAZCUBE_SYNC`` is neither on nor off.
    """
    value = settings.get("sync").strip().lower()
    if value not in ("on", "off"):
        raise ValueError(f"QAZCUBE_SYNC is {value!r}; it must be on or off.")
    return value == "on"


class Background(Generic[P]):
    """Runs one piece of work at a time in a thread of its own.

    Parameters
    ----------
    idle
        The progress before the first piece.
    name : str
        Name of the thread.
    """

    def __init__(self, idle: P, name: str):
        self.progress, self._idle, self._name = idle, idle, name
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self, work: Callable[[threading.Event], None], **known: Any) -> bool:
        """Begin a piece; False where one is under way already.

        Parameters
        ----------
        work
            Called in the thread, with an event that is set when the piece is to stop.
        **known
            What the progress says from the start.

        Raises
        ------
        PermissionError
            The setting does not allow it.
        """
        if not allowed():
            raise PermissionError("QAZCUBE_SYNC is off on this server.")
        with self._lock:
            if self.progress.busy:
                return False
            number = self.progress.number + 1
            self._stop = threading.Event()
            self.progress = replace(self._idle, state="running", number=number, **known)
            self._thread = threading.Thread(
                target=work, args=(self._stop,), name=self._name, daemon=True
            )
            self._thread.start()
            return True

    def stop(self) -> None:
        """Ask the piece to stop; what is done is kept."""
        with self._lock:
            if self.progress.busy:
                self._stop.set()
                self.progress = replace(self.progress, state="stopping")

    def wait(self, seconds: float = 60.0) -> None:
        """Wait for the end; for scripts and tests."""
        if self._thread is not None:
            self._thread.join(seconds)

    def tell(self, **news: Any) -> None:
        """Say how far it is."""
        with self._lock:
            self.progress = replace(self.progress, **news)

    def end(self, state: str, error: Exception | None = None, **news: Any) -> None:
        """Say how it ended: "done", "stopped" or "failed"."""
        now = pd.Timestamp.now("UTC").tz_localize(None).floor("s")
        share = 1.0 if state == "done" else self.progress.share
        self.tell(state=state, error=error, share=share, ended=now, **news)
