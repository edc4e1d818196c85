"""What would be downloaded for a region and a period: the plan, before anything is."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.sources import catalogue
from analysis.sources.entries import Entry
from analysis.sources.fetching import accounts, records
from analysis.sources.fetching.courier import Courier, PassingError
from analysis.sources.fetching.errors import AccountError, FetchError, NotThereError
from analysis.sources.fetching.finding import Wish, find
from analysis.sources.fetching.items import Item, safe
from analysis.sources.fetching.places import Box, box_of, check_coverage, period_of
from analysis.sources.fetching.templates import chosen, fill
from analysis.sources.ways import downloads_folder


@dataclass(frozen=True)
class Plan:
    """What a fetch would download.

    Attributes
    ----------
    entry : analysis.sources.Entry
        The source.
    box : tuple of float
        West, south, east, north.
    first, last : datetime.date
        Period.
    items : tuple of Item
        All files that the wish needs, those that are here too.
    present : frozenset of str
        Names of files that are here and need not be asked for.
    folder : pathlib.Path
        Where they go.
    size : int or None
        Bytes to download; None where nobody says. From one file where only that was asked for.
    estimated : bool
        The size is that of one file, times their number.
    account : str
        State of the account: "" (none is needed), ``environment``, ``netrc`` or ``missing``.
    free : int
        Free bytes of the disk.
    """

    entry: Entry
    box: Box
    first: dt.date
    last: dt.date
    items: tuple[Item, ...]
    present: frozenset[str]
    folder: Path
    size: int | None
    estimated: bool
    account: str
    free: int

    @property
    def wanted(self) -> tuple[Item, ...]:
        """Files that are still to come."""
        return tuple(one for one in self.items if one.name not in self.present)


def plan(
    name: str,
    region: Any = None,
    start: Any = None,
    end: Any = None,
    *,
    choose: Mapping[str, Any] | None = None,
    pause: float | None = None,
    courier: Courier | None = None,
) -> Plan:
    """Find out what a fetch would download; nothing is downloaded but pages and searches.

    Parameters
    ----------
    name : str
        Name of a source.
    region : None, str or sequence of float, optional
        Name of a packaged region; west, south, east, north; or longitude, latitude, kilometres.
    start, end : str or date, optional
        First and last day; a year or month counts as a whole. Left out: what the source covers.
    choose : mapping, optional
        What the entry lets choose, as ``{"frame": "021D_04972_131213"}``.
    pause : float, optional
        Least seconds between two requests to one host.
    courier : Courier, optional
        Who asks, else a new one.

    Returns
    -------
    Plan

    Raises
    ------
    NotCoveredError
        The source has nothing there or then; the message names those that have.
    ValueError
        Unknown source, region, period or choice; or the source is not downloaded by a program,
        with the words where to click.
    FetchError
        A search or a directory does not answer.
    """
    entry = catalogue.entry(name)
    box = box_of(region, entry)
    first, last = period_of(start, end, entry)
    check_coverage(entry, box, first, last, _all_entries)
    way = entry.fetch
    if way is None or way.how in ("service", "none"):
        raise ValueError(_no_download(entry))
    choices = chosen(way, choose, name)
    first, last = _within(entry, first, last)
    folder = downloads_folder(name)
    if way.folder:
        folder /= safe(fill(way.folder, None, box, choices))
    if courier is not None:
        return _plan(entry, box, (first, last), choices, folder, courier)
    with Courier(entry.account, pause=pause) as own:
        return _plan(entry, box, (first, last), choices, folder, own)


def _all_entries() -> list[Entry]:
    return [catalogue.entry(str(one)) for one in catalogue.list_sources()["name"]]


def _within(entry: Entry, first: dt.date, last: dt.date) -> tuple[dt.date, dt.date]:
    """Cut a period to what the source covers: nobody asks for days that cannot be."""
    start, end = entry.coverage.start, entry.coverage.end
    if start and len(start) >= 10:
        first = max(first, dt.date.fromisoformat(start[:10]))
    if end and len(end) >= 10:
        last = min(last, dt.date.fromisoformat(end[:10]))
    return first, min(last, dt.datetime.now(dt.UTC).date())


def _no_download(entry: Entry) -> str:
    from analysis.sources.missing import advice

    if entry.access == "packaged":
        return f"The source {entry.name!r} is packaged: there is nothing to download."
    return f"The source {entry.name!r} is not downloaded by this program. {advice(entry)}"


def _plan(
    entry: Entry,
    box: Box,
    period: tuple[dt.date, dt.date],
    choices: Mapping[str, str],
    folder: Path,
    courier: Courier,
) -> Plan:
    items = find(Wish(entry, box, *period, choices), courier)
    known = records.read(folder)
    present = frozenset(one.name for one in items if _is_here(one, folder, known))
    wanted = [one for one in items if one.name not in present]
    size, estimated = _size(wanted, courier)
    state = accounts.state(entry.account) if entry.account else ""
    above = next(one for one in (folder, *folder.parents) if one.exists())
    free = shutil.disk_usage(above).free
    return Plan(entry, box, *period, tuple(items), present, folder, size, estimated, state, free)


def _is_here(item: Item, folder: Path, known: Mapping[str, Any]) -> bool:
    path = folder / item.name
    if item.growing or not path.is_file():
        return False
    size = path.stat().st_size
    told = known.get(item.name, {}).get("size")
    return size > 0 and item.size in (None, size) and told in (None, size)


def _size(wanted: list[Item], courier: Courier) -> tuple[int | None, bool]:
    """Bytes to come: those that are told, else those of one file times their number."""
    told = [one.size for one in wanted]
    if all(one is not None for one in told):
        return sum(one for one in told if one is not None), False
    known = [one for one in told if one is not None]
    if known:
        return round(sum(known) / len(known) * len(wanted)), True
    for item in wanted[:3]:
        for url in item.urls:
            try:
                with courier.ask(url, {"Range": "bytes=0-0"}) as response:
                    size = _told_size(response.status_code, response.headers)
            except (NotThereError, PassingError, AccountError, FetchError):
                continue
            return (None, False) if size is None else (size * len(wanted), len(wanted) > 1)
    return None, False


def _told_size(status: int, headers: Mapping[str, str]) -> int | None:
    if status == 206:
        total = headers.get("content-range", "").rpartition("/")[2]
        return int(total) if total.isdecimal() else None
    length = headers.get("content-length", "")
    is_page = headers.get("content-type", "").startswith("text/html")
    return int(length) if length.isdecimal() and status == 200 and not is_page else None
