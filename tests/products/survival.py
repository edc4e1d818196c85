"""Opening damaged files in a child process: what comes out, or how it ended."""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import resource
import shutil
import traceback
import warnings
from collections.abc import Callable, Iterable, Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import dask
import numpy as np
import pandas as pd
import xarray as xr

from analysis.settings import ROOT
from analysis.sources.vocabulary import known

FIRST, LAST = np.datetime64("1800-01-01"), np.datetime64("2200-01-01")
PLACES = {"latitude": (-90.0, 90.0), "longitude": (-360.0, 720.0)}


def check_survives(
    opener: Callable[[Path], Any],
    files: Iterable[Path],
    *,
    seconds: float = 60.0,
    megabytes: int = 2048,
    bounds: Mapping[str, tuple[float, float]] | None = None,
    also: tuple[type[Exception], ...] = (),
) -> dict[str, int]:
    """Open each file in a child process and judge what happens; fail with all that is wrong.

    A file is survived where the opener, or computing what it gives, raises a ValueError of ours
    that says something, or where the values are plausible: none infinite, known variables within
    the range of the vocabulary, places on the globe, times between 1800 and 2200.

    Parameters
    ----------
    opener : callable
        Path -> Dataset, DataArray or DataFrame, lazy or not.
    files : iterable of pathlib.Path
        As `mutations` yields them; each is deleted when it is survived.
    seconds : float, optional
        For one file.
    megabytes : int, optional
        Memory that the child may take beyond what it has at its start.
    bounds : mapping, optional
        Variable -> least and greatest value, over those of the vocabulary.
    also : tuple of exception types, optional
        Accepted beside ValueError; say in the test why.

    Returns
    -------
    dict
        ``refused`` and ``opened``: how many files went which way.

    Raises
    ------
    AssertionError
        A crash, a hang, another exception, memory run out, or implausible values.
    """
    counts, wrong = {"refused": 0, "opened": 0}, []
    worker = None
    for path in files:
        worker = worker or _Worker(opener, megabytes, dict(bounds or {}), also)
        verdict, text = worker.ask(path, seconds)
        if verdict in counts:
            counts[verdict] += 1
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
            continue
        if verdict in ("crash", "hang"):
            worker = None
        wrong.append(f"{path}: {verdict}: {text}")
    if worker:
        worker.close()
    assert sum(counts.values()) + len(wrong), "there is no file to open"
    assert not wrong, f"{len(wrong)} of {len(wrong) + sum(counts.values())}:\n" + "\n".join(wrong)
    return counts


class _Worker:
    """A forked child that opens one file after the other."""

    def __init__(self, *task: Any) -> None:
        context = multiprocessing.get_context("fork")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_work, args=(theirs, self.pipe, *task), daemon=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python 3.12 warns of forks beside threads
            self.process.start()
        theirs.close()

    def ask(self, path: Path, seconds: float) -> tuple[str, str]:
        """Have a file opened; kill the child if it takes too long."""
        try:
            self.pipe.send(path)
            if self.pipe.poll(seconds):
                return self.pipe.recv()  # type: ignore[no-any-return]
        except (EOFError, ConnectionError):
            self.process.join()
            return "crash", f"exit code {self.process.exitcode}"
        self.process.kill()
        self.process.join()
        return "hang", f"more than {seconds:g} s"

    def close(self) -> None:
        """Let the child end."""
        self.pipe.close()
        self.process.join(5)
        self.process.kill()


def _work(
    pipe: Connection,
    theirs: Connection,
    opener: Callable[[Path], Any],
    megabytes: int,
    bounds: dict[str, tuple[float, float]],
    also: tuple[type[Exception], ...],
) -> None:
    theirs.close()
    faulthandler.disable()  # a crash is told by the exit code
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 2)  # libraries in C print their troubles there
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    limit = used + megabytes * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while True:
        try:
            path = pipe.recv()
        except EOFError:
            os._exit(0)
        pipe.send(_judge(opener, path, bounds, also))


def _judge(
    opener: Callable[[Path], Any],
    path: Path,
    bounds: dict[str, tuple[float, float]],
    also: tuple[type[Exception], ...],
) -> tuple[str, str]:
    try:
        with warnings.catch_warnings(), dask.config.set(scheduler="synchronous"):
            warnings.simplefilter("ignore")
            opened = opener(path)
            whole = opened.compute() if hasattr(opened, "compute") else opened
        faults = list(_faults(whole, bounds))
        return ("nonsense", "; ".join(faults)) if faults else ("opened", "")
    except also as error:
        return "refused", str(error)
    except ValueError as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        ours = Path(place.filename).is_relative_to(ROOT / "analysis")
        if not ours or len(str(error)) < 15:
            line = f"{place.filename}:{place.lineno}"
            return "unclear error", f"{error!r} raised in {line}, not by analysis in words"
        return "refused", str(error)
    except BaseException as error:
        frames = traceback.extract_tb(error.__traceback__)
        ours = [one for one in frames if Path(one.filename).is_relative_to(ROOT / "analysis")]
        where = f"{ours[-1].filename}:{ours[-1].lineno}" if ours else frames[-1].filename
        return "other error", f"{type(error).__name__}: {error} (through {where})"


def _faults(opened: Any, bounds: dict[str, tuple[float, float]]) -> Any:
    """What is implausible in the values."""
    if isinstance(opened, xr.DataArray):
        opened = opened.to_dataset(name=opened.name or "values")
    if isinstance(opened, xr.Dataset):
        columns: dict[Any, Any] = {name: opened[name].values for name in opened.variables}
        units = {name: opened[name].attrs.get("units") for name in opened.variables}
    elif isinstance(opened, pd.DataFrame):
        columns = {name: opened[name].to_numpy() for name in opened.columns if name != "geometry"}
        given = opened.attrs.get("units", {})
        units = dict(given) if isinstance(given, Mapping) else {}
    else:
        yield f"the opener gives {type(opened).__name__}"
        return
    for name, values in columns.items():
        yield from _fault(str(name), np.asarray(values), units.get(name), bounds)


def _fault(name: str, values: np.ndarray, unit: Any, bounds: dict[str, Any]) -> Any:
    if values.dtype.kind == "M":
        known_times = values[~np.isnat(values)]
        if known_times.size and not (known_times.min() >= FIRST and known_times.max() <= LAST):
            yield f"{name} from {known_times.min()} to {known_times.max()}"
    if values.dtype.kind not in "fiu" or not values.size:
        return
    if np.isinf(values).any():
        yield f"{name} is infinite somewhere"
    row = known(name)
    spread = bounds.get(name) or PLACES.get(name)
    if spread is None and row is not None and unit == row.units:
        least = -np.inf if row.minimum is None else row.minimum
        spread = least, np.inf if row.maximum is None else row.maximum
    real = values[np.isfinite(values)]
    if spread and real.size:
        slack = 1e-5 * max(abs(edge) for edge in spread if np.isfinite(edge))
        if real.min() < spread[0] - slack or real.max() > spread[1] + slack:
            yield f"{name} from {real.min()} to {real.max()}, allowed {spread[0]} to {spread[1]}"
