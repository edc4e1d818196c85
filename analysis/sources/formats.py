"""File formats: which Intake reader opens each, and what is wrong with a file that does not open.

The one table of formats, ``formats.yml``, serves hand-written catalogues (a user writes only
``url``) and ``qazcube sources add``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from analysis.spelling import did_you_mean

_FILE: Final = Path(__file__).with_name("formats.yml")
# where PyYAML has its loader in C, that takes a tenth of the time
LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Format:
    """One format.

    Attributes
    ----------
    name : str
        Name in the table.
    suffixes : tuple of str
        Ends of file names, lower case.
    datatype, reader, output : str
        Import paths: Intake's type of the data, the reader, what it gives.
    kind : str
        Kind of an entry that does not say.
    options : mapping
        Options of the reader.
    patterns : tuple of re.Pattern
        Each fits whole names of files of this format.
    examples : tuple of str
        Names of files that the patterns fit.
    container : str
        netcdf or hdf5 where each file is one, else empty.
    """

    name: str
    suffixes: tuple[str, ...]
    datatype: str
    reader: str
    output: str
    kind: str
    options: Mapping[str, Any] = field(default_factory=dict)
    patterns: tuple[re.Pattern[str], ...] = ()
    examples: tuple[str, ...] = ()
    container: str = ""


@cache
def formats() -> Mapping[str, Format]:
    """All formats by name, in the order of the table.

    Returns
    -------
    mapping of str to Format
        Read once for each process.

    Examples
    --------
    >>> formats()["netcdf"].suffixes[0]
    '.nc'
    """
    rows = yaml.load(_FILE.read_text(encoding="utf-8"), Loader=LOADER)  # noqa: S506 - both are safe
    return {name: _row(name, **row) for name, row in rows.items()}


def _row(name: str, **row: Any) -> Format:
    """Format of one row of the table; a wrong key of ours is a TypeError at the first use."""
    patterns = row.pop("pattern", ())
    texts = (patterns,) if isinstance(patterns, str) else patterns
    for key in ("suffixes", "examples"):
        row[key] = tuple(row.get(key, ()))
    return Format(name, patterns=tuple(re.compile(one, re.IGNORECASE) for one in texts), **row)


_HDF5_MAGIC: Final = b"\x89HDF\r\n\x1a\n"
_CLASSIC_MAGIC: Final = (b"CDF\x01", b"CDF\x02", b"CDF\x05")


def find_format(url: str, given: str | None = None) -> Format:
    """Format of a file: by name, by what the file's name says of the product, or by its suffix.

    Parameters
    ----------
    url : str
        Path or address.
    given : str, optional
        Name of the format, which overrides the name of the file.

    Returns
    -------
    Format
        Its row in the table.

    Raises
    ------
    ValueError
        The name or the suffix is unknown.

    Examples
    --------
    >>> find_format("data/wells.CSV").name, find_format("https://x.org/a", "netcdf").name
    ('csv', 'netcdf')
    """
    table = formats()
    if given is not None:
        if given not in table:
            raise ValueError(f"There is no format {given!r}. {did_you_mean(given, table)}")
        return table[given]
    name = Path(url.rstrip("/")).name
    for one in table.values():
        if any(pattern.fullmatch(name) for pattern in one.patterns):
            return one
    suffix = Path(name).suffix.lower()
    for one in table.values():
        if suffix in one.suffixes:
            return one
    known = " ".join(suffix for one in table.values() for suffix in one.suffixes)
    raise ValueError(
        f"The format of {url!r} is unknown. Known suffixes: {known}; "
        f"or write format: {', '.join(table)}."
    )


def local_path(url: str) -> Path | None:
    """Path of a local file, None for an address or a pattern of several files.

    Examples
    --------
    >>> local_path("file:///data/a.nc"), local_path("https://x.org/a.nc"), local_path("a*.nc")
    (PosixPath('/data/a.nc'), None, None)
    """
    text = url.removeprefix("file://")
    if "://" in text or "::" in text or "*" in text:
        return None
    return Path(text)


def check_file(url: str, format_name: str) -> None:
    """Refuse a file that is missing, is something else, or ends too early.

    Parameters
    ----------
    url : str
        Path or address; only local files are looked at.
    format_name : str
        What it is said to be.

    Raises
    ------
    ValueError
        Saying which of the three it is.
    """
    path = local_path(url)
    if path is None:
        return
    if not path.exists():
        raise ValueError(f"There is no file {path}.")
    container = formats()[format_name].container if format_name in formats() else ""
    if path.is_dir() or not container:
        return
    with path.open("rb") as file:
        head = file.read(8)
    if head == _HDF5_MAGIC:
        _check_hdf5(path)
    elif container == "netcdf" and head[:4] in _CLASSIC_MAGIC:
        _check_classic(path, head[3])
    else:
        label = {"netcdf": "NetCDF", "hdf5": "HDF5"}[container]
        start = "it is empty" if not head else f"it starts with {head!r}"
        raise ValueError(f"{path} is no {label} file: {start}.")


def _check_hdf5(path: Path) -> None:
    # only where a file is looked at: every command imports this module
    from analysis.sources.guardedfiles import is_ours
    from analysis.sources.guardedprocess import Unreadable, ask, place

    if is_ours(path):
        return
    try:
        ask("hdf5", "hdf5_check", place(path))
    except Unreadable as error:
        raise Unreadable(str(path), error.reason) from error


def _check_classic(path: Path, version: int) -> None:
    """NetCDF classic has no end mark: mapping every variable into memory needs them all whole."""
    import scipy.io

    if version == 5:  # CDF-5 is beyond scipy; the NetCDF library will speak for itself
        return
    try:
        with scipy.io.netcdf_file(path, "r", mmap=True) as file:
            for variable in file.variables.values():
                variable.data = None  # lets go of the map before the file closes
    except (OSError, ValueError, TypeError, IndexError, OverflowError) as error:
        reason = error.with_traceback(None)  # lets go of it here, too
        message = f"{path} cannot be read: it is truncated or damaged. Copy or download it again."
        raise ValueError(message) from reason
