"""The cubes that this process has open: one of each, shared by all its sessions."""

from __future__ import annotations

import threading
from pathlib import Path

from analysis.cubes.cube import Cube
from analysis.cubes.names import find_cube

_lock = threading.Lock()
_open: dict[Path, Cube] = {}


def open_cube(name_or_path: str | Path) -> Cube:
    """Open a finished cube; opening it again costs nothing.

    Parameters
    ----------
    name_or_path : str or pathlib.Path
        Name of a cube in the cache, or path of a cube's folder.

    Returns
    -------
    Cube
        Safe to use from many threads. It notices when the cube on disk is replaced.

    Raises
    ------
    CubeNotFoundError
        There is none; the message proposes the closest names.
    ValueError
        The cube is damaged.
    """
    folder = find_cube(name_or_path)
    with _lock:
        if folder not in _open:
            _open[folder] = Cube(folder)
        return _open[folder]
