"""The server's side of reading a file: the child is started, followed, and ended when slow."""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from analysis import settings
from analysis.uploads.refusals import REASONS, Refused
from analysis.uploads.spaces import Item, Space, as_item

log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 120
ADD_SECONDS: Final = 900
AT_ONCE: Final = threading.BoundedSemaphore(2)
"""Children of this process at the same time; others wait."""

_KEPT: Final = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "SYSTEMROOT", "TZ")
Progress = Callable[[int, int], None]


class Stopped(Exception):  # noqa: N818 - not an error
    """The visitor does not wait any more."""


def look(
    space: Space, path: Path, form: str, file: str, answers: dict[str, Any],
    stop: threading.Event | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Tell what a file holds, see `analysis.uploads.understanding.understand`.

    Parameters
    ----------
    space : Space
        Where it is kept.
    path : pathlib.Path
        The file.
    form : str
        Its format.
    file : str
        Its name as it came.
    answers : dict
        What the visitor said so far.
    stop : threading.Event, optional
        Set to give the work up.

    Returns
    -------
    dict
        As `understand` gives it.

    Raises
    ------
    Refused
        The file is not taken.
    Stopped
        The work was given up.
    """
    job = {"what": "look", "path": str(path), "form": form, "file": file, "answers": answers}
    return run(space, job, LOOK_SECONDS, stop=stop)


def add(
    space: Space, path: Path, form: str, file: str, title: str, answers: dict[str, Any],
    progress: Progress | None = None, stop: threading.Event | None = None,
) -> Item:  # fmt: skip
    """Add a file to the space: its entry, and its cube or table.

    Parameters
    ----------
    space, path, form, file, answers, stop
        As for :func:`look`.
    title : str
        What the visitor calls it.
    progress : callable, optional
        Told (done, total).

    Returns
    -------
    Item
        What is kept now.

    Raises
    ------
    Refused
        The file is not taken; nothing of it is left.
    Stopped
        The work was given up; nothing of it is left.
    """
    name = space.free_name(title)
    job = {
        "what": "add", "path": str(path), "form": form, "file": file, "answers": answers,
        "name": name, "title": title,
    }  # fmt: skip
    try:
        found = run(space, job, ADD_SECONDS, progress, stop)
    except BaseException:
        shutil.rmtree(space.cache / "cubes" / f"{name}.building", ignore_errors=True)
        shutil.rmtree(path.parent, ignore_errors=True)
        raise
    if form == "shapefile":
        shutil.rmtree(path.parent / "unpacked", ignore_errors=True)
    item = as_item(name, title, file, found, path.parent, space)
    space.keep(item)
    return item


def run(
    space: Space, job: dict[str, Any], seconds: float, progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Run a job in a child process.

    Raises
    ------
    Refused
        The child refused the file, took too long, or ended without a word.
    Stopped
        The work was given up.
    """
    with AT_ONCE:
        if stop is not None and stop.is_set():
            raise Stopped
        child = subprocess.Popen(
            [sys.executable, "-m", "analysis.uploads.child"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            cwd=settings.ROOT, env=environment(space), text=True, start_new_session=True,
        )  # fmt: skip
        slow = threading.Event()

        def end() -> None:
            slow.set()
            child.kill()

        clock = threading.Timer(seconds, end)
        clock.start()
        watch = threading.Thread(target=_watch, args=(child, stop), daemon=True)
        watch.start()
        try:
            return _follow(child, job, progress, stop, slow, seconds)
        finally:
            clock.cancel()
            child.kill()
            child.wait()
            if child.stdout is not None:
                child.stdout.close()


def _watch(child: subprocess.Popen[str], stop: threading.Event | None) -> None:
    while stop is not None and child.poll() is None:
        if stop.wait(0.2):
            child.kill()


def _follow(
    child: subprocess.Popen[str], job: dict[str, Any], progress: Progress | None,
    stop: threading.Event | None, slow: threading.Event, seconds: float,
) -> dict[str, Any]:  # fmt: skip
    if child.stdin is None or child.stdout is None:
        raise ValueError("The process that reads files has no pipes.")
    try:
        child.stdin.write(json.dumps(job))
        child.stdin.close()
    except BrokenPipeError:
        log.warning("The process that reads files ended before it was told what to do.")
    for text in child.stdout:
        try:
            line = json.loads(text)
        except ValueError:
            continue  # a library's own words
        if "progress" in line and progress is not None:
            progress(*line["progress"])
        elif "refused" in line:
            reason, values = line["refused"]
            raise Refused(reason if reason in REASONS else "answer", **values)
        elif "result" in line:
            return dict(line["result"])
    if stop is not None and stop.is_set():
        raise Stopped
    if slow.is_set():
        raise Refused("slow", seconds=int(seconds))
    log.warning("A process that read %s ended with %s.", job["path"], child.wait())
    raise Refused("crash")


def environment(space: Space) -> dict[str, str]:
    """Return the environment of the child: no secret of the server is in it."""
    return {name: os.environ[name] for name in _KEPT if name in os.environ} | {
        "PYTHONPATH": str(settings.ROOT),
        "HOME": str(space.folder),
        "QAZCUBE_CACHE": str(space.cache),
        "QAZCUBE_CATALOG": str(space.catalog),
        "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "HDF5_USE_FILE_LOCKING": "FALSE",
    }
