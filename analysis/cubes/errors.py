"""Errors of the cubes that a caller can act on."""

from __future__ import annotations

import errno
import os
from pathlib import Path

_FULL = tuple(os.strerror(code) for code in (errno.ENOSPC, errno.EDQUOT))


class CubeNotFoundError(ValueError):
    """There is no cube of that name or at that path."""


class OutsideGridError(ValueError):
    """A point, polygon or window lies outside the area that a cube covers."""


class CubeBusyError(RuntimeError):
    """Another process is writing this cube at the moment."""


class CannotAppendError(ValueError):
    """The source has another grid or other variables than the cube: make the cube anew."""


class DiskFullError(OSError):
    """The disk is full; what was written so far is kept and the next ingest resumes there."""


class NormNotFoundError(ValueError):
    """The norm that a picture needs has not been made yet."""


def is_full(error: BaseException) -> bool:
    """Tell whether a disk or a quota is full; tensorstore repeats the system's words.

    Parameters
    ----------
    error : BaseException
        What was raised.

    Returns
    -------
    bool
    """
    return any(words in str(error) for words in _FULL)


def disk_full_of_norms(name: str) -> DiskFullError:
    """Error for a disk that filled up while a norm of the cube `name` was being written.

    Parameters
    ----------
    name : str
        Name of the cube.

    Returns
    -------
    DiskFullError
        An ``OSError`` with ``errno.ENOSPC``.
    """
    return DiskFullError(
        errno.ENOSPC,
        f"The disk is full, so the norm of the cube {name!r} was not made; the cube is untouched. "
        "Free some space and try again.",
    )


def disk_full(folder: Path, name: str) -> DiskFullError:
    """Error for a disk that filled up while the cube `name` was being written.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of the unfinished cube.
    name : str
        Name of the cube.

    Returns
    -------
    DiskFullError
        An ``OSError`` with ``errno.ENOSPC``.
    """
    return DiskFullError(
        errno.ENOSPC,
        f"The disk is full, so the cube {name!r} is not finished. An earlier cube of that name is "
        f"untouched. Free some space and ingest again: it resumes where it stopped. "
        f"To give up, delete {folder}",
    )
