"""Is what comes the file: pages to log in, beginnings of formats, ranges, checksums."""

from __future__ import annotations

import hashlib
import re
from typing import Final
from urllib.parse import urlsplit

from analysis.sources.fetching import accounts
from analysis.sources.fetching.courier import Courier, shown
from analysis.sources.fetching.errors import FetchError, NotThereError
from analysis.sources.fetching.items import Item

_HDF5: Final = b"\x89HDF\r\n\x1a\n"
_BEGINNINGS: Final[dict[str, tuple[bytes, ...]]] = {
    ".nc": (_HDF5, b"CDF"),
    ".nc4": (_HDF5, b"CDF"),
    ".h5": (_HDF5,),
    ".hdf5": (_HDF5,),
    ".he5": (_HDF5,),
    ".hdf": (b"\x0e\x03\x13\x01", _HDF5),
    ".gz": (b"\x1f\x8b",),
    ".z": (b"\x1f\x9d", b"\x1f\x8b"),
    ".zip": (b"PK",),
    ".tif": (b"II", b"MM"),
    ".tiff": (b"II", b"MM"),
}
_RANGE: Final = re.compile(r"^bytes (\d+)-\d+/(\d+|\*)$")
_DIGITS: Final = re.compile(r"\b[0-9a-fA-F]{32,128}\b")
_MARKUP: Final = (".html", ".htm", ".xml", ".kml", ".svg")


def refuse_page(kind: str, name: str, url: str, courier: Courier) -> None:
    """Refuse a page of HTML where a file was asked for.

    Parameters
    ----------
    kind : str
        Content type of the answer.
    name : str
        Name of the file.
    url : str
        Address.
    courier : Courier
        Who asked.

    Raises
    ------
    AccountError, FetchError
        It is a page, most likely to log in where the source needs an account.
    """
    if kind.partition(";")[0].strip().lower() == "text/html" and not name.endswith(_MARKUP):
        raise _page(url, courier)


def refuse_start(piece: bytes, name: str, url: str, courier: Courier) -> None:
    """Refuse a file that begins like another format.

    Parameters
    ----------
    piece : bytes
        First bytes.
    name : str
        Name of the file.
    url : str
        Address.
    courier : Courier
        Who asked.

    Raises
    ------
    AccountError
        A page of HTML came.
    FetchError
        Something else came.
    """
    head = piece[:256].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<!doctype html", b"<html")) and not name.endswith(_MARKUP):
        raise _page(url, courier)
    suffix = "." + name.rpartition(".")[2].lower()
    wanted = _BEGINNINGS.get(suffix, ())
    if wanted and not piece.startswith(wanted):
        raise FetchError(f"{shown(url)} is no {suffix} file: it begins with {piece[:24]!r}")


def _page(url: str, courier: Courier) -> FetchError:
    if courier.account is None:
        return FetchError(f"{shown(url)} is a page to read in a browser, not the file")
    name = courier.account.name
    return accounts.refusal(name, 200, urlsplit(url).netloc)


def range_start(header: str | None) -> int | None:
    """First byte of a part of a file.

    Examples
    --------
    >>> range_start("bytes 5-9/10"), range_start("bytes */10"), range_start(None)
    (5, None, None)
    """
    match = _RANGE.match(header or "")
    return int(match[1]) if match else None


def range_total(header: str | None) -> int | None:
    """Bytes of the whole file of which a part came.

    Examples
    --------
    >>> range_total("bytes 5-9/10"), range_total("bytes 5-9/*")
    (10, None)
    """
    match = _RANGE.match(header or "")
    return int(match[2]) if match and match[2] != "*" else None


def checksum_beside(url: str, item: Item, courier: Courier) -> tuple[str, str] | None:
    """Checksum that the provider keeps in a file beside.

    Parameters
    ----------
    url : str
        Address of the file.
    item : Item
        The file.
    courier : Courier
        Who asks.

    Returns
    -------
    tuple of str or None
        Algorithm and digits; None where the entry promises none.

    Raises
    ------
    FetchError
        It is promised, but is not there or is none.
    """
    if not item.checksum_suffix:
        return None
    try:
        text, _ = courier.text(f"{url}.{item.checksum_suffix}")
    except NotThereError as error:
        raise FetchError(
            f"the {item.checksum_suffix} checksum of {shown(url)} is not there"
        ) from error
    length = 2 * hashlib.new(item.checksum_suffix, usedforsecurity=False).digest_size
    lines = [line for line in text.splitlines() if item.name in line] or text.splitlines()
    for line in lines:
        for digits in _DIGITS.findall(line):
            if len(digits) == length:
                return item.checksum_suffix, str(digits)
    raise FetchError(
        f"{shown(url)}.{item.checksum_suffix} holds no {item.checksum_suffix} checksum"
    )
