"""The one table of settings: every environment variable that Qazcube reads.

The environment is read at each call, so that a test or a notebook can change a setting at any
time; nothing is remembered here.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from analysis.spelling import did_you_mean

ROOT = Path(__file__).resolve().parent.parent
"""Folder that holds ``analysis/``, ``apps/`` and ``catalog.yml``."""


@dataclass(frozen=True)
class Setting:
    """One setting: its short name, environment variable, default and a sentence of help."""

    name: str
    env: str
    default: str
    help: str


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "cache",
        "QAZCUBE_CACHE",
        "",
        "Folder for cubes, downloads and databases (default: data_cache/ of a checkout, "
        "else the user's cache folder).",
    ),
    Setting(
        "catalog",
        "QAZCUBE_CATALOG",
        "",
        f"Catalogues of your own, merged over ours; several are separated by '{os.pathsep}' "
        "(default: catalog.yml in the user's configuration folder).",
    ),
    Setting(
        "dask",
        "QAZCUBE_DASK",
        "",
        "Where Dask computes: empty for threads, 'local', a scheduler's address, or a Gateway's.",
    ),
    Setting("compute", "QAZCUBE_COMPUTE", "auto", "Processor to use: auto, cpu or gpu."),
    Setting(
        "real_data",
        "QAZCUBE_REAL_DATA",
        "",
        "Folder with real sample files for the tests that need them.",
    ),
    Setting(
        "language",
        "QAZCUBE_LANGUAGE",
        "",
        "Language of the interface: kk, ru or en (default: the browser's).",
    ),
    Setting(
        "tiles",
        "QAZCUBE_TILES",
        "https://tile.openstreetmap.org/{Z}/{X}/{Y}.png",
        "Address template of the optional base map; the packaged base map needs no network.",
    ),
    Setting(
        "sync",
        "QAZCUBE_SYNC",
        "off",
        "Whether visitors may bring the event database up to date and fetch sources from the "
        "pages: on or off.",
    ),
    Setting(
        "restricted",
        "QAZCUBE_RESTRICTED",
        "hidden",
        "Whether pages show data that their licence keeps off public pages: hidden, or shown where "
        "only those may enter who may see them.",
    ),
    Setting(
        "uploads",
        "QAZCUBE_UPLOADS",
        "visitor",
        "Where files go that visitors bring: visitor (each has a space of his own), own (into the "
        "catalogue and cache of whoever runs the server) or off.",
    ),
    Setting(
        "upload_mb",
        "QAZCUBE_UPLOAD_MB",
        "50",
        "Size that a file brought by a visitor may have, megabytes.",
    ),
    Setting(
        "upload_days",
        "QAZCUBE_UPLOAD_DAYS",
        "30",
        "Days after a visitor's last visit at which the files he brought are removed.",
    ),
    Setting(
        "chunk_cache_mb",
        "QAZCUBE_CHUNK_CACHE_MB",
        "200",
        "Memory for decoded chunks, shared by all sessions of a process, in megabytes.",
    ),
    Setting(
        "results_mb",
        "QAZCUBE_RESULTS_MB",
        "4000",
        "Disk that finished classifiers and maps of land cover may take, and as much the tables of "
        "forecasts, megabytes; what was unused longest is removed.",
    ),
    Setting(
        "results_days",
        "QAZCUBE_RESULTS_DAYS",
        "90",
        "Days after their last use at which these results are removed.",
    ),
    Setting(
        "request_pause",
        "QAZCUBE_REQUEST_PAUSE",
        "1",
        "Least seconds between two requests to the same earthquake service.",
    ),
)


def get(name: str) -> str:
    """Value of a setting: the environment's, else the default.

    Parameters
    ----------
    name : str
        Short name, as in :data:`SETTINGS`.

    Returns
    -------
    str
        The value; an empty environment variable counts as unset.

    Raises
    ------
    ValueError
        There is no such setting.

    Examples
    --------
    >>> get("compute") in ("auto", "cpu", "gpu")
    True
    """
    for setting in SETTINGS:
        if setting.name == name:
            return os.environ.get(setting.env) or setting.default
    known = [setting.name for setting in SETTINGS]
    raise ValueError(f"There is no setting {name!r}. {did_you_mean(name, known)}")


def cache_dir() -> Path:
    """Folder for everything that can be deleted and made again; it is created if missing.

    Returns
    -------
    pathlib.Path
        ``QAZCUBE_CACHE``, else ``data_cache/`` of a checkout, else the user's cache folder.

    Raises
    ------
    ValueError
        The folder cannot be created.
    """
    given = get("cache")
    if given:
        folder = Path(given).expanduser().absolute()
    elif (ROOT / "pyproject.toml").is_file():
        folder = ROOT / "data_cache"
    else:
        folder = platformdirs.user_cache_path("qazcube")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"The cache folder {folder} cannot be created ({error.strerror}). "
        raise ValueError(message + "Set QAZCUBE_CACHE to a folder you can write to.") from error
    return folder


def catalog_paths() -> tuple[Path, ...]:
    """Catalogues of the user's own, in the order in which they are merged.

    Returns
    -------
    tuple of pathlib.Path
        Absolute paths of ``QAZCUBE_CATALOG``; where it is unset, the catalogue in the user's
        configuration folder if there is one.
    """
    parts = [part for part in get("catalog").split(os.pathsep) if part.strip()]
    if parts:
        return tuple(Path(part).expanduser().absolute() for part in parts)
    own = user_catalog()
    return (own,) if own.is_file() else ()


def user_catalog() -> Path:
    """Catalogue to which ``qazcube sources add`` writes; it need not exist yet.

    Returns
    -------
    pathlib.Path
        The last path of ``QAZCUBE_CATALOG``, else ``catalog.yml`` in the user's configuration
        folder.
    """
    parts = [part for part in get("catalog").split(os.pathsep) if part.strip()]
    if parts:
        return Path(parts[-1]).expanduser().absolute()
    return platformdirs.user_config_path("qazcube") / "catalog.yml"
