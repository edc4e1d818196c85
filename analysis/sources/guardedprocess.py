"""The processes in which files of HDF5, NetCDF and HDF4 are read: started, asked, ended.

One mechanism for every format whose library in C may crash or hang on a damaged file. A few
processes at most; each keeps files open and serves one request at a time, so that reads of several
threads go on beside each other. A process that dies or takes too long costs the file in question an
error in words, and the next request a new process. What the processes do stands in
:mod:`analysis.sources.guardedworker`.
"""

from __future__ import annotations

import atexit
import io
import os
import pickle
import struct
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from analysis.sources.filelists import told

PATIENCE: Final = 15.0
"""Seconds after which a read is given up,"""

SPEED: Final = 1e6
"""and one more for so many bytes of the file: discs may be slow."""

_START: Final = 15.0  # seconds more for the first request of a process
_MOST: Final = 2  # processes; more only keep each other from the disc
_LEAST_MEMORY: Final = 4 * 2**30
_SHARE: Final = 0.25  # of the memory of the machine, where that is more
_LABELS: Final = {"hdf4": "HDF4", "hdf5": "HDF5", "netcdf4": "NetCDF", "h5netcdf": "HDF5"}
_SCRIPT: Final = Path(__file__).with_name("guardedworker.py")
_HARMLESS: Final = {
    ("numpy", "dtype"),
    ("numpy", "ndarray"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "scalar"),
    ("numpy._core.numeric", "_frombuffer"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy.core.multiarray", "scalar"),
    ("numpy.core.numeric", "_frombuffer"),
}


_FOLDER: Final = "it is a folder; name a file in it, or several of them with *"


class Unreadable(ValueError):  # noqa: N818 - an error in words, told to a person
    """A file that cannot be read; the text names it and says what to do.

    Attributes
    ----------
    reason : str
        What is wrong, without the name of the file.
    """

    def __init__(self, path: str, reason: str):
        words = str(told(Path(path), ValueError(reason)))
        super().__init__(words if reason != _FOLDER else f"{path} cannot be read: {reason}.")
        self.path, self.reason = path, reason

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.path, self.reason)


class _Answer(pickle.Unpickler):
    """Arrays and plain values only: a damaged file may have brought the process to say anything."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _HARMLESS:
            raise pickle.UnpicklingError(f"{module}.{name} is no plain value")
        return super().find_class(module, name)


def memory() -> int:
    """Address space that a process may take, bytes: 4 GiB, or a quarter of the machine's memory."""
    try:
        whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows has none of it, and no limit either
        whole = 0
    return max(_LEAST_MEMORY, int(_SHARE * whole))


class _Worker:
    """A process, and the pipes to it."""

    def __init__(self) -> None:
        self.asked = 0
        self.late = False
        self.process = subprocess.Popen(  # noqa: S603 - our own script
            [sys.executable, "-P", str(_SCRIPT), str(memory())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            start_new_session=True,  # an interrupt from the keyboard is not for it
            env=os.environ
            | {
                "HDF5_USE_FILE_LOCKING": "FALSE",  # a file may be written anew while we have it
                "OMP_NUM_THREADS": "1",
                "OPENBLAS_NUM_THREADS": "1",
            },
        )

    def ask(self, task: str, request: tuple[Any, ...], seconds: float) -> tuple[bool, Any] | None:
        """Answer of the process, None where it died or took too long."""
        data = pickle.dumps((seconds, task, request))
        timer = threading.Timer(seconds + _START * (not self.asked), self._end)
        timer.daemon = True
        timer.start()
        self.asked += 1
        try:
            self._write(len(data).to_bytes(8, "big") + data)
            return self._answer()
        except (OSError, EOFError, struct.error, pickle.UnpicklingError, MemoryError):
            return None
        finally:
            timer.cancel()

    def _end(self) -> None:
        self.late = True
        self.process.kill()

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[self._pipe(0).write(view) :]

    def _answer(self) -> tuple[bool, Any]:
        (count,) = struct.unpack(">Q", self._read(8))
        sizes = struct.unpack(f">{count}Q", self._read(8 * count))
        head, *buffers = [self._read(size) for size in sizes]
        answer = _Answer(io.BytesIO(head), buffers=buffers).load()
        if not (isinstance(answer, tuple) and len(answer) == 2):
            raise EOFError("no answer")
        return bool(answer[0]), answer[1]

    def _read(self, size: int) -> bytearray:
        out = bytearray(size)
        view = memoryview(out)
        while view:
            count = self._pipe(1).readinto(view)
            if not count:
                raise EOFError("the process has ended")
            view = view[count:]
        return out

    def _pipe(self, which: int) -> Any:
        return (self.process.stdin, self.process.stdout)[which]

    def stop(self) -> None:
        """End the process; it holds nothing."""
        self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        self.process.wait()


class Pool:
    """The processes of this process."""

    def __init__(self) -> None:
        self.idle: list[_Worker] = []
        self.inherited: list[_Worker] = []
        self.free = threading.Semaphore(_MOST)
        self.lock = threading.Lock()

    def ask(self, task: str, request: tuple[Any, ...], seconds: float) -> tuple[bool, Any] | None:
        """Answer of one of them, None where the file ends it."""
        with self.free:
            fresh = False
            while True:
                worker = self._worker(fresh)
                first = worker.asked == 0
                try:
                    answer = worker.ask(task, request, seconds)
                except BaseException:  # interrupted: what it still says is for nobody
                    worker.stop()
                    raise
                if answer is not None:
                    with self.lock:
                        self.idle.append(worker)
                    return answer
                worker.stop()
                if first or worker.late:
                    return None
                fresh = True  # it may have died of a file that it read before

    def _worker(self, fresh: bool) -> _Worker:
        while not fresh:
            with self.lock:
                if not self.idle:
                    break
                worker = self.idle.pop()
            if worker.process.poll() is None:
                return worker
            worker.stop()
        return _Worker()

    def stop(self) -> None:
        """End all that are idle."""
        with self.lock:
            workers, self.idle = self.idle, []
        for worker in workers:
            worker.stop()

    def leave(self) -> Pool:
        """Pool of a forked child: the processes go on serving the parent alone."""
        for worker in self.idle:
            for pipe in (worker.process.stdin, worker.process.stdout):
                if pipe is not None:
                    with suppress(OSError):
                        pipe.close()
            worker.process.returncode = 0  # of no concern here
        return Pool()


_pools = [Pool()]


def _forked() -> None:
    _pools[0] = _pools[0].leave()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


@atexit.register
def stop() -> None:
    """End the processes; the next request starts new ones."""
    _pools[0].stop()


Place = tuple[str, tuple[int, int, int]]
"""A file as it is now: absolute path and stamp."""


def place(path: str | Path) -> Place:
    """Take note of a file as it is now.

    Parameters
    ----------
    path : path
        Local file.

    Returns
    -------
    str
        Absolute path.
    tuple of int
        Size, time of the last change in nanoseconds, number: another stamp is another file.

    Raises
    ------
    ValueError
        There is no such file, or it is a folder.
    """
    try:
        about = Path(path).stat()
    except OSError:
        raise ValueError(f"There is no file {path}.") from None
    if Path(path).is_dir():
        raise Unreadable(str(path), _FOLDER)
    return str(Path(path).absolute()), (about.st_size, about.st_mtime_ns, about.st_ino)


def ask(library: str, task: str, where: Place, *request: Any) -> Any:
    """Let another process read; a file that kills it is damaged, and costs nothing else.

    Parameters
    ----------
    library : str
        hdf4, hdf5, netcdf4 or h5netcdf: which one is told to crash, where it does.
    task : str
        Function of :mod:`analysis.sources.guardedworker`.
    where : Place
        The file, as :func:`place` gives it.
    *request
        Further arguments of the function.

    Returns
    -------
    object
        Its answer: arrays, and values of Python.

    Raises
    ------
    Unreadable
        The file is damaged, or has changed since `where` was noted.

    Examples
    --------
    >>> ask("hdf5", "hdf5_check", ("/nowhere/a.h5", (0, 0, 0)))
    Traceback (most recent call last):
    ...
    analysis.sources.guardedprocess.Unreadable: /nowhere/a.h5 cannot be read: there is no such \
file. Copy or download it again.
    """
    path, stamp = where
    if not Path(path).is_file():
        raise Unreadable(path, "there is no such file")
    answer = _pools[0].ask(task, (path, stamp, *request), PATIENCE + stamp[0] / SPEED)
    if answer is None:
        raise Unreadable(path, f"the {_LABELS[library]} library crashes or hangs on it")
    good, found = answer
    if not good:
        kind, text, number = found
        raise Unreadable(path, _plain(kind, text, number)) from ValueError(f"{kind}: {text}")
    return found


def _plain(kind: str, text: str, number: int | None) -> str:
    """Say what is wrong with a file, of what a library said in the other process."""
    if kind == "MemoryError" or "Unable to allocate" in text:
        return f"its values take more memory than there is ({text or 'of an unknown size'})"
    if kind == "Told" or (number or 0) > 0:  # ours, or of the system: permission, disc
        return text
    return "it is truncated" if "truncated" in text else "it is damaged"
