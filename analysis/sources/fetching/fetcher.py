"""Download what a plan lists: two files at a time, with progress, stoppable, again and again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from analysis.sources.fetching import accounts
from analysis.sources.fetching.courier import Courier
from analysis.sources.fetching.errors import (
    AccountError,
    CancelledError,
    DiskError,
    FetchError,
    NotThereError,
    UnreachableError,
)
from analysis.sources.fetching.items import Item
from analysis.sources.fetching.transfer import SPARE, Got, transfer
from analysis.sources.fetching.wishes import Plan, plan

PARALLEL: Final = 2


@dataclass(frozen=True)
class Progress:
    """How far a fetch is.

    Attributes
    ----------
    files, all_files : int
        Files that are done, and all.
    done, total : int, int or None
        Bytes that came and that are expected; None where nobody says.
    name : str
        File that moved last.
    """

    files: int
    all_files: int
    done: int
    total: int | None
    name: str


@dataclass
class Report:
    """What a fetch brought.

    Attributes
    ----------
    source : str
        Name of the source.
    folder : pathlib.Path
        Where its files are.
    fetched, present : list of pathlib.Path
        Files that came, and those that were here.
    missing : list of str
        Names that no mirror has: days without data, tiles of open sea.
    failed : dict of str to str
        Name -> why it did not come.
    size : int
        Bytes that came.
    cancelled : bool
        Somebody stopped it.
    """

    source: str
    folder: Path
    fetched: list[Path] = field(default_factory=list)
    present: list[Path] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    size: int = 0
    cancelled: bool = False


def fetch(
    wanted: str | Plan,
    region: Any = None,
    start: Any = None,
    end: Any = None,
    *,
    choose: Mapping[str, Any] | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancel: threading.Event | None = None,
    pause: float | None = None,
    **manners: Any,
) -> Report:
    """Download the files of a source that a region and a period need.

    A file appears under its name only when it is whole and checked. What was stopped, in any way,
    goes on where it was when the same is asked for again; files that are here are not asked for.

    Parameters
    ----------
    wanted : str or Plan
        Name of a source, or what :func:`plan` gave.
    region, start, end, choose
        As for :func:`plan`.
    progress : callable, optional
        Called with a `Progress`, some times a second.
    cancel : threading.Event, optional
        Stops it when it is set; the report says so.
    pause : float, optional
        Least seconds between two requests to one host; by default ``QAZCUBE_REQUEST_PAUSE``.
    **manners
        tries, backoff, patience, connect, read: as `Courier` takes them.

    Returns
    -------
    Report

    Raises
    ------
    AccountError
        The provider wants an account that is not set up, or does not accept it.
    FetchError
        Some files did not come; its ``report`` says which came.
    NotCoveredError, ValueError
        As :func:`plan`.
    """
    stop = cancel or threading.Event()
    if isinstance(wanted, Plan):
        account = wanted.entry.account
    else:
        from analysis.sources import catalogue

        account = catalogue.entry(wanted).account
    with Courier(account, pause=pause, cancel=stop, **manners) as courier:
        the_plan = (
            wanted
            if isinstance(wanted, Plan)
            else plan(wanted, region, start, end, choose=choose, courier=courier)
        )
        _check(the_plan)
        return _Crew(the_plan, courier, stop, progress).work()


def _check(the_plan: Plan) -> None:
    """Refuse before the first byte what cannot end well."""
    if the_plan.account == "missing" and the_plan.wanted:
        raise AccountError(accounts.how_to(the_plan.entry.account))
    if the_plan.size is not None and the_plan.size + SPARE > the_plan.free:
        raise FetchError(
            f"{the_plan.size / 1e9:.1f} GB are to come, and the disk of {the_plan.folder} has "
            f"{the_plan.free / 1e9:.1f} GB free. Free some space, set QAZCUBE_CACHE to a larger "
            "disk, or ask for a smaller region or period."
        )


class _Crew:
    """Two threads that bring the files of a plan, and what they tell."""

    def __init__(
        self,
        the_plan: Plan,
        courier: Courier,
        stop: threading.Event,
        progress: Callable[[Progress], None] | None,
    ) -> None:
        self.plan, self.courier, self.stop, self.tell = the_plan, courier, stop, progress
        self.report = Report(the_plan.entry.name, the_plan.folder)
        self.report.present = [
            the_plan.folder / one.name for one in the_plan.items if one.name in the_plan.present
        ]
        self.lock = threading.Lock()
        self.bytes: dict[str, int] = {}
        self.ended = 0
        self.told = 0.0
        self.kind: type[FetchError] = FetchError

    def work(self) -> Report:
        """Bring all files."""
        left = list(self.plan.wanted)[::-1]
        running: dict[Future[Got], Item] = {}
        stopped: BaseException | None = None
        with ThreadPoolExecutor(PARALLEL, thread_name_prefix="fetch") as pool:
            try:
                while (left and not self.stop.is_set()) or running:
                    while left and len(running) < PARALLEL and not self.stop.is_set():
                        item = left.pop()
                        running[pool.submit(self._bring, item)] = item
                    # a short wait, so that Ctrl-C is heard
                    for one in wait(running, 0.5, FIRST_COMPLETED).done:
                        self._ended(running.pop(one), one)
            except BaseException as error:
                self.stop.set()  # the threads end at their next piece
                stopped = error
        if stopped is not None:
            raise stopped
        return self._end()

    def _bring(self, item: Item) -> Got:
        about = {"source": self.plan.entry.name, "licence": self.plan.entry.licence}

        def report(size: int) -> None:
            self.bytes[item.name] = size
            self._say(item.name)

        return transfer(item, self.plan.folder, self.courier, report=report, **about)

    def _ended(self, item: Item, done: Future[Got]) -> None:
        try:
            got = done.result()
        except CancelledError:
            return
        except NotThereError as error:
            if item.optional:
                self.report.missing.append(item.name)
            else:
                self.report.failed[item.name] = str(error)
        except AccountError as error:
            error.report = self.report
            raise
        except FetchError as error:
            self.report.failed[item.name] = str(error)
            self.kind = type(error)
            if isinstance(error, (UnreachableError, DiskError)):
                self.stop.set()  # with the other files it would be the same
        else:
            (self.report.fetched if got.fresh else self.report.present).append(got.path)
            self.report.size += got.size if got.fresh else 0
        self.ended += 1
        self._say(item.name, now=True)

    def _say(self, name: str, now: bool = False) -> None:
        if self.tell is None:
            return
        with self.lock:
            if not now and time.monotonic() - self.told < 0.1:
                return
            self.told = time.monotonic()
            done, total = sum(list(self.bytes.values())), self.plan.size
            if total is not None and self.plan.estimated:
                total = max(total, done)
            self.tell(Progress(self.ended, len(self.plan.wanted), done, total, name))

    def _end(self) -> Report:
        for paths in (self.report.fetched, self.report.present):
            paths.sort()
        self.report.missing.sort()
        self.report.cancelled = self.stop.is_set() and not self.report.failed
        if self.report.failed:
            why = next(iter(self.report.failed.values()))
            count = len(self.plan.wanted) - len(self.report.fetched) - len(self.report.missing)
            kind = self.kind if issubclass(self.kind, UnreachableError | DiskError) else FetchError
            error = kind(f"{count} of {len(self.plan.wanted)} files did not come. {why}")
            error.report = self.report
            raise error
        return self.report
