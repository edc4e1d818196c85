"""Errors of the cubes that a caller can act on."""

from __future__ import annotations

import errno
from pathlib import Path


class CubeNotFoundError(ValueError):
    """There is no cube of that name or at that path."""


class OutsideGridError(ValueError):
    """A point, polygon or window lies outside the area that a cube covers."""


class CubeBusyError(RuntimeError):
    """Another process is writing this cube at the moment."""


class DiskFullError(OSError):
    """The disk is full; what was written so far is kept and the next ingest resumes there."""


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
