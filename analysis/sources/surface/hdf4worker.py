"""Reads HDF4 files in a process of its own; :mod:`analysis.sources.surface.hdf4` runs it.

The C library trusts what stands in a file, and about one of a hundred damaged files makes it crash.
Here it takes nothing with it. Requests and answers are pickled, each behind its length in 8 bytes.
A request comes with the seconds that it may take; after them the process ends, even where the one
that asked, and would have ended it, is gone.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

import numpy as np

_TYPES: Final = {
    5: "float32",
    6: "float64",
    20: "int8",
    21: "uint8",
    22: "int16",
    23: "uint16",
    24: "int32",
    25: "uint32",
}
_MOST_BYTES: Final = 2**31  # of one array
_GRACE: Final = 5.0  # seconds after which the one that asked should have ended us


def describe(path: str) -> dict[str, tuple[tuple[int, ...], str, dict[str, Any]]]:
    """Shape, type and attributes of each array of a file.

    Parameters
    ----------
    path : str
        Local file.

    Returns
    -------
    dict
        Name -> shape, type, attributes.
    """
    file = import_module("pyhdf.SD").SD(path)
    found = {}
    for name in file.datasets():
        array = file.select(name)
        shape, kind = _about(array)
        if kind:  # others hold text and the like
            found[name] = (shape, kind, dict(array.attributes()))
        array.endaccess()
    file.end()
    return found


def _about(array: Any) -> tuple[tuple[int, ...], str]:
    _, _, sizes, kind, _ = array.info()
    shape = tuple(sizes) if isinstance(sizes, (list, tuple)) else (int(sizes),)
    return shape, _TYPES.get(kind, "")


def read(path: str, layer: str) -> tuple[np.ndarray[Any, Any], dict[str, Any]]:
    """Read one array as it is stored.

    Parameters
    ----------
    path : str
        Local file.
    layer : str
        Name of the array.

    Returns
    -------
    values : array
    attrs : dict

    Raises
    ------
    ValueError
        There is no such array, or it is too large to be true.
    """
    file = import_module("pyhdf.SD").SD(path)
    if layer not in file.datasets():
        raise ValueError(f"it has no array {layer!r}")
    array = file.select(layer)
    shape, kind = _about(array)
    if not kind:
        raise ValueError(f"{layer} holds no numbers")
    if np.prod(shape, dtype=float) * np.dtype(kind).itemsize > _MOST_BYTES:
        raise ValueError(f"{layer} has the shape {shape}, more than {_MOST_BYTES} bytes")
    attrs = dict(array.attributes())
    values = np.asarray(array.get())
    array.endaccess()
    file.end()
    return values, attrs


def end_after(seconds: float) -> None:
    """Let the system end this process after some seconds, in the midst of the C library too.

    Parameters
    ----------
    seconds : float
        0 takes it back. Windows has no such alarm.
    """
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, signal.SIG_DFL)  # a handler of Python waits for C to return
        signal.setitimer(signal.ITIMER_REAL, seconds)


def serve() -> None:
    """Answer requests until there are no more."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever the library prints must not get between the answers
    problems = (
        import_module("pyhdf.error").HDF4Error,
        ValueError,
        TypeError,
        LookupError,
        ArithmeticError,
        SystemError,
        MemoryError,
        OSError,
    )
    while head := sys.stdin.buffer.read(8):
        data = sys.stdin.buffer.read(int.from_bytes(head, "big"))
        seconds, request = pickle.loads(data)  # noqa: S301 - ours
        end_after(seconds + _GRACE)
        try:
            call: Callable[..., Any] = read if request[0] == "read" else describe
            answer: tuple[bool, Any] = (True, call(*request[1:]))
        except problems as error:
            answer = (False, f"{type(error).__name__}: {error}")
        end_after(0.0)
        data = pickle.dumps(answer, protocol=5)
        answers.write(len(data).to_bytes(8, "big") + data)
        answers.flush()


if __name__ == "__main__":
    serve()
