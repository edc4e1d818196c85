"""One thread for each fit, so that numbers do not depend on the processors; fits side by side."""

from __future__ import annotations

import contextlib
import importlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

from analysis.compute import resources

_LOCK = threading.Lock()
_POLL = 0.2  # seconds between questions whether to stop


class _Blas:
    """The limit of the linear algebra of this process while any fit runs."""

    users = 0
    limits: Any = None


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Keep linear algebra and OpenMP to one thread.

    Sums taken by several threads differ in the last bits from those taken by one. Linear algebra
    has one limit for the process, which holds until the last of all fits is done; OpenMP has one
    for each thread.

    Examples
    --------
    >>> with one_thread():
    ...     print("one thread")
    one thread
    """
    control = importlib.import_module("threadpoolctl")  # comes with scikit-learn
    with _LOCK:
        if _Blas.users == 0:
            _Blas.limits = control.threadpool_limits(limits=1, user_api="blas")
        _Blas.users += 1
    try:
        with control.threadpool_limits(limits=1, user_api="openmp"):
            yield
    finally:
        with _LOCK:
            _Blas.users -= 1
            if _Blas.users == 0:
                _Blas.limits.restore_original_limits()


def side_by_side(
    works: dict[str, Callable[[], Any]], workers: int | None, ask: Callable[[], None]
) -> Iterator[str]:
    """Do works in threads and yield the name of each when it is done.

    Parameters
    ----------
    works
        What to do, by name; the first begin first.
    workers
        How many at a time; None for as many as there are processors. With 1 none has a thread.
    ask
        Called between; it raises to stop. What has not begun then never does.

    Yields
    ------
    str
        A name.

    Examples
    --------
    >>> sorted(side_by_side({"a": int, "b": int}, 2, lambda: None))
    ['a', 'b']
    """
    number = min(workers or resources().threads, len(works))
    if number <= 1:
        for name, work in works.items():
            ask()
            work()
            yield name
        return
    pool = ThreadPoolExecutor(number, thread_name_prefix="fit")
    try:
        ask()
        pending: dict[Future[Any], str] = {pool.submit(work): name for name, work in works.items()}
        while pending:
            done, _ = wait(pending, timeout=_POLL, return_when=FIRST_COMPLETED)
            for one in done:
                one.result()
                yield pending.pop(one)
            ask()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
