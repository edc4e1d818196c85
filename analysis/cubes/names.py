"""Where cubes lie: names, folders, and the list of what is there."""

from __future__ import annotations

import re
from pathlib import Path

from analysis import settings
from analysis.cubes.errors import CubeNotFoundError
from analysis.spelling import did_you_mean

META = "meta.json"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")


def cubes_folder() -> Path:
    """Folder of all cubes, inside the cache; it is created if missing."""
    folder = settings.cache_dir() / "cubes"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def check_name(name: str) -> str:
    """Return a name for a cube as it is, if it can be used.

    Parameters
    ----------
    name : str

    Returns
    -------
    str

    Raises
    ------
    ValueError
        The name is not made of letters, digits, '_' and '-'.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        message = f"{name!r} cannot be the name of a cube: up to 100 "
        raise ValueError(message + "ASCII letters, digits, '_' and '-' are allowed.")
    return name


def list_cubes() -> list[str]:
    """Names of the cubes in the cache, sorted.

    Returns
    -------
    list of str
        Finished cubes only.
    """
    return sorted(path.parent.name for path in cubes_folder().glob(f"*/{META}"))


def find_cube(name_or_path: str | Path) -> Path:
    """Folder of a finished cube.

    Parameters
    ----------
    name_or_path : str or pathlib.Path
        Name of a cube in the cache, or path of a cube's folder.

    Returns
    -------
    pathlib.Path
        Absolute.

    Raises
    ------
    CubeNotFoundError
        There is none; the message proposes the closest names.
    """
    text = str(name_or_path)
    if _NAME.fullmatch(text) and not isinstance(name_or_path, Path):
        folder = cubes_folder() / text
        if (folder / META).is_file():
            return folder
    folder = Path(name_or_path).expanduser().absolute()
    if (folder / META).is_file():
        return folder
    known = list_cubes()
    hint = did_you_mean(text, known) if known else "No cube has been ingested yet."
    message = f"There is no cube {text!r}. {hint} "
    raise CubeNotFoundError(message + "'qazcube ingest SOURCE' makes one.")
