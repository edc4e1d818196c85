"""What of each source lies on this machine: files, sizes, newest date, and its cube."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from analysis import settings
from analysis.cubes import list_cubes, open_cube
from analysis.cubes.names import cubes_folder
from analysis.sources.entries import Entry

DOWNLOADS: Final = "downloads"
Extent = Literal["nothing", "partial", "whole"]


@dataclass(frozen=True)
class Holding:
    """What of a source is at hand without a network.

    Attributes
    ----------
    extent : {"nothing", "partial", "whole"}
        ``whole`` for what is packaged or a file of one's own; ``partial`` for what was fetched for
        a region and a period.
    files : int
        Number of downloaded files; half files of a download that was broken off do not count.
    size : int
        Bytes of these files and of the cube.
    newest : str
        Last day of the cube, ``YYYY-MM-DD``; "" where there is no cube or nothing changes in it.
    cube : bool
        Whether the explorer can show it at once.
    """

    extent: Extent
    files: int = 0
    size: int = 0
    newest: str = ""
    cube: bool = False


def holding(entry: Entry) -> Holding:
    """Look at what of a source lies on this machine.

    Parameters
    ----------
    entry : analysis.sources.Entry
        The source.

    Returns
    -------
    Holding
        Sizes are those of the moment. A cube that cannot be opened counts as none.

    Examples
    --------
    >>> from analysis.sources import entry
    >>> holding(entry("wind")).extent
    'whole'
    """
    files = downloaded(entry.name)
    size = sum(path.stat().st_size for path in files if path.exists())
    newest, cube = "", False
    if entry.name in list_cubes():
        try:
            found = open_cube(entry.name)
            newest = "" if found.static else str(found.times[-1])[:10]
            cube = True
        except (ValueError, OSError):
            cube = False
        size += folder_size(cubes_folder() / entry.name)
    if entry.access in ("packaged", "user"):
        return Holding("whole", len(files), size, newest, cube)
    extent: Extent = "partial" if files or cube else "nothing"
    return Holding(extent, len(files), size, newest, cube)


def downloaded(name: str) -> list[Path]:
    """List the downloaded files of a source, sorted.

    Parameters
    ----------
    name : str
        Name of the source.

    Returns
    -------
    list of pathlib.Path
        Whole files only: hidden ones and those that end in ``.part`` are left out.
    """
    folder = settings.cache_dir() / DOWNLOADS / name
    if not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".") and path.suffix != ".part"
    )


def folder_size(folder: Path) -> int:
    """Add up the sizes of all files below a folder, bytes; what vanishes meanwhile counts nothing.

    Parameters
    ----------
    folder : pathlib.Path
        May be missing.

    Returns
    -------
    int

    Examples
    --------
    >>> folder_size(Path("no-such-folder"))
    0
    """
    total = 0
    for root, _folders, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(os.path.join(root, name)).st_size  # noqa: PTH116, PTH118
            except OSError:
                continue
    return total
