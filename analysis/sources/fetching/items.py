"""One file to download: its name here, where it can be had, what is known of it."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import unquote, urlsplit

from analysis.sources.fetching.errors import FetchError

_MOST_BYTES: Final = 200  # file systems take 255, and half files have longer names
_UNSAFE: Final = re.compile(r'[\x00-\x1f<>:"/\\|?*]')


@dataclass(frozen=True)
class Item:
    """One file.

    Attributes
    ----------
    name : str
        Name of the file here.
    urls : tuple of str
        Mirrors, in the order in which they are tried.
    size : int or None
        Bytes, where somebody said so.
    checksum : tuple of str or None
        Algorithm (md5, sha256 ...) and the digits.
    checksum_suffix : str
        What is put behind the address for the address of its checksum; "" for none.
    date : datetime.date or None
        Day to which it belongs, or the first day of its month or year.
    optional : bool
        It is no failure where nobody has it: a day without data, a tile of open sea.
    growing : bool
        The provider may still change it: it is asked for again where it is here already.
    """

    name: str
    urls: tuple[str, ...]
    size: int | None = None
    checksum: tuple[str, str] | None = None
    checksum_suffix: str = ""
    date: dt.date | None = None
    growing: bool = False
    optional: bool = False


def name_of(url: str) -> str:
    """Name of the file at an address, safe to write.

    Parameters
    ----------
    url : str
        Address; its query does not count.

    Returns
    -------
    str

    Raises
    ------
    FetchError
        The address ends in no name.

    Examples
    --------
    >>> name_of("https://x.org/a/b%20c.nc?token=1"), name_of("https://x.org/..%2f..%2fetc")
    ('b c.nc', 'etc')
    """
    return safe(PurePosixPath(unquote(urlsplit(url).path)).name)


def safe(name: str) -> str:
    """Make sure that a name told by somebody else stays in its folder.

    Parameters
    ----------
    name : str
        Name of a file.

    Returns
    -------
    str
        Without folders and what no file system wants.

    Raises
    ------
    FetchError
        Nothing is left of it.

    Examples
    --------
    >>> safe("../../home/a:b.nc"), safe(".hidden.nc")
    ('a_b.nc', 'hidden.nc')
    """
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    whole = last.encode(errors="replace")[:_MOST_BYTES].decode(errors="ignore")
    plain = _UNSAFE.sub("_", whole).lstrip(".")
    if not plain:
        raise FetchError(f"{name!r} is no name of a file.")
    return plain
