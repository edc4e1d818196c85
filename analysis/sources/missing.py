"""What to do where the files of a source are not here: the words, and the exact command."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from analysis.sources.entries import Entry
from analysis.sources.regions import REGIONS
from analysis.sources.ways import DOWNLOADS, downloads_folder

_FIRST_CHOICE = "kazakhstan_central_asia"


def check(entry: Entry, urls: Sequence[str]) -> None:
    """Refuse to open a source of which nothing is downloaded.

    Parameters
    ----------
    entry : Entry
        What the catalogue says of it.
    urls : sequence of str
        Addresses and patterns that its reader reads.

    Raises
    ------
    ValueError
        An address lies among the downloads and no file is there; with the command that downloads.
    """
    for url in urls:
        if not url.startswith(DOWNLOADS):
            continue
        pattern = url.removeprefix(DOWNLOADS).lstrip("/")
        found = [  # half files begin with a dot
            path for path in downloads_folder().glob(pattern) if not path.name.startswith(".")
        ]
        if found:
            _check_parts(entry, found, pattern)
            continue
        raise ValueError(
            f"Nothing of the source {entry.name!r} is downloaded yet (no file {pattern} in "
            f"{downloads_folder()}). {advice(entry)} Files that you have already: "
            f"open_source({entry.name!r}, path=...)."
        )


def _check_parts(entry: Entry, found: Sequence[Path], pattern: str) -> None:
    """Refuse to mix parts that lie in folders of their own."""
    parts = sorted({path.parent for path in found})
    if entry.fetch is None or not entry.fetch.folder or len(parts) == 1:
        return
    last = pattern.rpartition("/")[2]
    raise ValueError(
        f"The source {entry.name!r} has {len(parts)} parts here: "
        f"{', '.join(part.name for part in parts)}. Say which: "
        f"open_source({entry.name!r}, path={str(parts[0] / last)!r})."
    )


def advice(entry: Entry) -> str:
    """Say how the files of a source come here.

    Parameters
    ----------
    entry : Entry
        What the catalogue says of it.

    Returns
    -------
    str
        One or two sentences, in English.
    """
    way = entry.fetch
    if way is None or way.how == "none":
        return f"It is not downloaded by this program; see {entry.homepage or entry.origin}."
    if way.how == "service":
        folder = downloads_folder(entry.name)
        return f"{way.words.get('en', '').rstrip('.')}. Then put the files into {folder}."
    needs = f" It needs an account ({entry.account}): docs/fetching.md." if entry.account else ""
    return f"Download it with: {command(entry)}.{needs}"


def command(entry: Entry) -> str:
    """Give the command that downloads a sample of a source.

    Parameters
    ----------
    entry : Entry
        What the catalogue says of it.

    Returns
    -------
    str
        With a region and a period that the source covers.

    Examples
    --------
    >>> from analysis.sources import entry
    >>> command(entry("wind"))
    'qazcube fetch wind --region kazakhstan_central_asia --start 1992-01-01 --end 1992-12-31'
    """
    words = ["qazcube fetch", entry.name, "--region", _region(entry)]
    if entry.fetch is not None:
        words += [f"--choose {one}=..." for one in entry.fetch.choose]
    if entry.cadence != "static":
        start, end = _period(entry)
        words += ["--start", str(start), "--end", str(end)]
    return " ".join(words)


def _region(entry: Entry) -> str:
    """Name a packaged region inside the coverage, else the coverage itself."""
    west, south, east, north = entry.coverage[:4]
    ordered = sorted(REGIONS.values(), key=lambda one: one.key != _FIRST_CHOICE)
    for one in ordered:
        inside = west <= one.west and one.east <= east and south <= one.south and one.north <= north
        if inside and not one.crosses_date_line:
            return one.key
    return ",".join(f"{edge:g}" for edge in (west, south, east, north))


def _period(entry: Entry) -> tuple[dt.date, dt.date]:
    """Last whole year that the source covers; of daily files its last month."""
    today = dt.date.today()
    end = min(_date(entry.coverage.end) or today, today)
    last = dt.date(end.year if (end.month, end.day) == (12, 31) else end.year - 1, 12, 31)
    first = dt.date(last.year, 1, 1)
    daily = entry.cadence == "daily" or (entry.fetch is not None and entry.fetch.step == "P1D")
    if daily:
        first = last.replace(day=1)
    start = _date(entry.coverage.start)
    if start is not None and start > first:
        return start, end
    return first, last


def _date(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None
