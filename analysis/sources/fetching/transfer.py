"""One file, from the first byte to its final name: resumed, checked, never half."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import httpx

from analysis.sources.fetching import content, records
from analysis.sources.fetching.courier import Courier, PassingError, shown, unsigned
from analysis.sources.fetching.errors import (
    AccountError,
    CancelledError,
    DiskError,
    FetchError,
    NotThereError,
    UnreachableError,
)
from analysis.sources.fetching.items import Item

Report = Callable[[int], None]
SPARE: Final = 64 * 2**20
"""Bytes of the disk that nobody fills."""

SLOWEST: Final = (300.0, 30_000)
"""Seconds in which at least so many bytes must come: a server may not drip for ever."""

_LOOKED_AFTER: Final = 16 * 2**20  # bytes after which the room of the disk is looked at again


class WrongFileError(FetchError):
    """Something came that is not the file: what came is thrown away."""


@dataclass(frozen=True)
class Got:
    """One file that is here: whether it was there already, and its bytes."""

    path: Path
    fresh: bool
    size: int


def transfer(
    item: Item, folder: Path, courier: Courier, *, source: str, licence: str, report: Report
) -> Got:
    """Bring one file into a folder.

    Parameters
    ----------
    item : Item
        What to bring.
    folder : pathlib.Path
        Folder of the source; it is made.
    courier : Courier
        Who asks.
    source, licence : str
        For the record.
    report : callable
        Called with the bytes of this file that are here, again and again.

    Returns
    -------
    Got

    Raises
    ------
    NotThereError
        No mirror has it.
    AccountError, CancelledError, FetchError
        Why it did not come; a half file stays beside for the next time.
    """
    final = folder / item.name
    part = folder / f".{item.name}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        before = known = records.read(folder).get(item.name, {})
        whole = final.is_file() and final.stat().st_size in (known.get("size"), item.size)
        if not whole and final.is_file() and known:
            known = {}  # it was damaged after it came: nothing of the record holds
        elif final.is_file() and not _asked_again(item, final):
            return Got(final, False, final.stat().st_size)
        with _claimed(part, courier) as file:
            if final.is_file() and before != records.read(folder).get(item.name, {}):
                part.unlink()
                return Got(final, False, final.stat().st_size)  # another session brought it
            one = _from_mirrors(item, file, part, final, courier, known, report)
            if one is None:
                part.unlink()
                return Got(final, False, final.stat().st_size)
            os.fsync(file.fileno())
            entry: records.Entry = {**one, "licence": licence, "fetched": records.now()}
            if item.date is not None:
                entry["date"] = item.date.isoformat()
            records.add(folder, item.name, entry, source)
            part.replace(final)
            _sidecar(part).unlink(missing_ok=True)
    except OSError as error:
        raise _of_the_disk(error, folder) from error
    return Got(final, True, final.stat().st_size)


def _asked_again(item: Item, final: Path) -> bool:
    """Whether a file that is here has to be asked for: it grows, or is not of the stated size."""
    return item.growing or (item.size is not None and final.stat().st_size != item.size)


def _of_the_disk(error: OSError, folder: Path) -> DiskError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskError(
            f"The disk of {folder} is full; what came is kept. Free some space, or set "
            "QAZCUBE_CACHE to a larger disk, and give the same command again."
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return DiskError(
            f"{error.filename or folder} cannot be written ({error.strerror}). "
            "Set QAZCUBE_CACHE to a folder you can write to."
        )
    return DiskError(f"{error.filename or folder}: {error.strerror or error}.")


@contextlib.contextmanager
def _claimed(part: Path, courier: Courier) -> Iterator[BinaryIO]:
    """Open a half file for us alone; wait while another session has it."""
    while True:
        with part.open("ab") as file:
            if not records.claim(file):
                courier.wait(0.2)
                continue
            try:
                same = os.path.samestat(part.stat(), os.fstat(file.fileno()))
            except FileNotFoundError:
                same = False
            if same:  # else the other session has finished and renamed it
                yield file
                return


def _sidecar(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _from_mirrors(
    item: Item,
    file: BinaryIO,
    part: Path,
    final: Path,
    courier: Courier,
    known: records.Entry,
    report: Report,
) -> records.Entry | None:
    """Try the mirrors in order; None where the file that is here is still the newest."""
    troubles: list[FetchError] = []
    for url in item.urls:
        for again in (False, True):
            try:
                have = known if final.is_file() and known.get("url") == unsigned(url) else {}
                return _from_one(item, url, file, part, courier, have, report)
            except (AccountError, CancelledError):
                raise
            except WrongFileError as trouble:
                _empty(file, part)
                if again:
                    troubles.append(trouble)
            except FetchError as trouble:
                troubles.append(trouble)
                break
    if all(isinstance(one, NotThereError) for one in troubles):
        if not file.tell():
            part.unlink(missing_ok=True)
        raise NotThereError(f"{item.name} is nowhere: " + "; ".join(map(str, troubles)))
    kind = UnreachableError if isinstance(troubles[-1], UnreachableError) else FetchError
    raise kind(f"{item.name}: " + "; ".join(str(one) for one in troubles))


def _empty(file: BinaryIO, part: Path) -> None:
    _sidecar(part).unlink(missing_ok=True)
    file.truncate(0)
    file.seek(0)


def _from_one(
    item: Item,
    url: str,
    file: BinaryIO,
    part: Path,
    courier: Courier,
    have: records.Entry,
    report: Report,
) -> records.Entry | None:
    """Bring the file from one mirror, in as many pieces as it takes, and check it."""
    told: dict[str, Any] = {}
    newest = False

    def attempt() -> bool:
        nonlocal newest
        before = file.seek(0, os.SEEK_END)
        headers = _headers(url, part, before, item, have)
        if before and "Range" not in headers:
            _empty(file, part)
        try:
            with courier.ask(url, headers) as response:
                if response.status_code == 304:
                    newest = True
                    return True
                told.update(_receive(response, url, file, part, courier, report, item))
        except PassingError:
            if file.tell() > before:
                return False  # further than before: go on at once
            raise
        return True

    courier.patiently(attempt)
    if newest:
        return None
    return _checked(item, url, part, told, courier)


def _headers(url: str, part: Path, size: int, item: Item, have: records.Entry) -> dict[str, str]:
    """Ask for the rest of a half file where the server can tell that it is still the same one."""
    left = _left(part)
    if size and left.get("url") == unsigned(url):
        validator = left.get("etag") or left.get("modified")
        if validator:
            return {"Range": f"bytes={size}-", "If-Range": str(validator)}
        if item.checksum or item.checksum_suffix:
            return {"Range": f"bytes={size}-"}
    headers = {}
    if have.get("etag"):
        headers["If-None-Match"] = have["etag"]
    if have.get("modified"):
        headers["If-Modified-Since"] = have["modified"]
    return headers


def _left(part: Path) -> dict[str, Any]:
    """Read what was known of a half file when its last byte came."""
    try:
        left = json.loads(_sidecar(part).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return left if isinstance(left, dict) else {}


def _receive(
    response: httpx.Response,
    url: str,
    file: BinaryIO,
    part: Path,
    courier: Courier,
    report: Report,
    item: Item,
) -> dict[str, Any]:
    """Append what comes to the half file; tell what the answer said of the whole."""
    size = file.seek(0, os.SEEK_END)
    if response.status_code == 416:
        left = _left(part)
        if size and left.get("total") == size:
            return left  # it was whole already, but was stopped before it was checked
        raise WrongFileError(f"{shown(url)} is shorter than what is here of it")
    total = _total(response)
    if response.status_code == 206:
        start = content.range_start(response.headers.get("content-range"))
        if start != size:
            raise WrongFileError(f"{shown(url)} gave another part than was asked for")
    elif size:
        _empty(file, part)
        size = 0
    if size == 0:
        content.refuse_page(response.headers.get("content-type", ""), item.name, url, courier)
    etag = response.headers.get("etag", "")
    told = {
        "url": unsigned(url),
        "etag": "" if etag.startswith("W/") else etag,
        "modified": response.headers.get("last-modified", ""),
        "total": total,
    }
    _sidecar(part).write_text(json.dumps(told), encoding="utf-8")
    size = _write(response, url, file, part, courier, report, item, size)
    file.flush()
    if total is not None and size != total:
        raise PassingError(f"{shown(url)} ended after {size} of {total} bytes")
    return told


def _write(
    response: httpx.Response,
    url: str,
    file: BinaryIO,
    part: Path,
    courier: Courier,
    report: Report,
    item: Item,
    size: int,
) -> int:
    """Write piece by piece; the bytes that are here. An answer of no stated size may be endless."""
    unseen, seconds, least = 0, *SLOWEST
    since, had = time.monotonic(), size
    for piece in response.iter_raw():  # of no stated size: bytes before a break would be lost
        courier.wait(0)
        if size == 0:
            content.refuse_start(piece, item.name, url, courier)
        if item.size is not None and size + len(piece) > item.size:
            raise WrongFileError(f"{shown(url)} has more than the {item.size} bytes announced")
        file.write(piece)
        unseen += len(piece)
        if unseen >= _LOOKED_AFTER:
            unseen = 0
            if shutil.disk_usage(part.parent).free < SPARE:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(part))
        size += len(piece)
        if time.monotonic() - since > seconds:
            if size - had < least:
                raise FetchError(f"{shown(url)} gave only {size - had} bytes in {seconds:g} s")
            since, had = time.monotonic(), size
        report(size)
    return size


def _total(response: httpx.Response) -> int | None:
    """Bytes of the whole file, where the answer says so."""
    if response.status_code == 206:
        return content.range_total(response.headers.get("content-range"))
    length = response.headers.get("content-length", "")
    encoded = response.headers.get("content-encoding", "identity") != "identity"
    return int(length) if length.isdecimal() and not encoded else None


def _checked(
    item: Item, url: str, part: Path, told: dict[str, Any], courier: Courier
) -> records.Entry:
    """Compare a whole file with what is known of it; what the record says of it."""
    size = part.stat().st_size
    if size == 0:
        raise WrongFileError(f"{shown(url)} is empty")
    if item.size is not None and size != item.size:
        raise WrongFileError(
            f"{shown(url)} has {size} bytes, not the {item.size} that were announced"
        )
    wanted = item.checksum or content.checksum_beside(url, item, courier)
    algorithms = {"sha256", wanted[0]} if wanted else {"sha256"}
    digests = {name: hashlib.new(name, usedforsecurity=False) for name in algorithms}
    with part.open("rb") as file:
        while piece := file.read(2**20):
            courier.wait(0)
            for digest in digests.values():
                digest.update(piece)
    if wanted and digests[wanted[0]].hexdigest() != wanted[1].lower():
        raise WrongFileError(f"the {wanted[0]} checksum of {shown(url)} is not the one announced")
    return {
        "url": unsigned(url),
        "size": size,
        "sha256": digests["sha256"].hexdigest(),
        "checked": wanted[0] if wanted else ("size" if told.get("total") is not None else ""),
        "etag": str(told.get("etag") or ""),
        "modified": str(told.get("modified") or ""),
    }
