"""Which files a product consists of, and the two dates that stand in the name of a pair."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd

Paths = str | Path | Sequence[str | Path]

_LONG: Final = re.compile(r"(?<!\d)((?:19|20)\d{6})(?:T\d{6}Z?)?[-_]((?:19|20)\d{6})(?!\d)")
_SHORT: Final = re.compile(r"(?<!\d)(\d{6})[-_](\d{6})(?!\d)")


def list_files(paths: Paths, suffixes: Iterable[str], what: str) -> list[Path]:
    """Files of a product: those named, those of a pattern, or all of a folder and its folders.

    Parameters
    ----------
    paths : str, pathlib.Path, or a sequence of them
        Files, patterns with ``*``, or folders.
    suffixes : iterable of str
        Endings (lower case) that count inside folders.
    what : str
        What they are, for the error.

    Returns
    -------
    list of pathlib.Path
        Sorted by path, each once.

    Raises
    ------
    ValueError
        There is no such file or folder, or it has no file of the kind.

    Examples
    --------
    >>> list_files("nowhere", [".tif"], "interferograms")
    Traceback (most recent call last):
    ...
    ValueError: There is no file or folder nowhere (interferograms wanted).
    """
    ends = tuple(suffixes)
    wanted = [paths] if isinstance(paths, (str, Path)) else list(paths)
    found: set[Path] = set()
    for given in wanted:
        text = str(given).removeprefix("file://")
        if any(sign in text for sign in "*?["):
            anchor = Path(Path(text).anchor)
            hits = anchor.glob(str(Path(text).relative_to(anchor)))
            found |= {hit for hit in hits if hit.is_file()}
        elif Path(text).is_dir():
            found |= {p for p in Path(text).rglob("*") if p.is_file() and _ends(p, ends)}
        elif Path(text).is_file():
            found.add(Path(text))
        else:
            raise ValueError(f"There is no file or folder {text} ({what} wanted).")
    if not found:
        raise ValueError(f"No file matches {paths} ({what} wanted: {', '.join(ends)}).")
    return sorted(found)


def _ends(path: Path, ends: tuple[str, ...]) -> bool:
    return path.name.lower().endswith(ends) and not path.name.startswith(".")


def pair_dates(name: str) -> tuple[Any, Any]:
    """Read the two dates of a pair, in the order in which they stand in its name.

    Parameters
    ----------
    name : str
        Name with ``yyyymmdd_yyyymmdd``, ``yyyymmdd-yyyymmdd`` or ``yymmdd-yymmdd``.

    Returns
    -------
    first, second : numpy.datetime64
        Nanoseconds.

    Raises
    ------
    ValueError
        There are no two dates.

    Examples
    --------
    >>> [str(one)[:10] for one in pair_dates("20170106_20170130.geo.unw.tif")]
    ['2017-01-06', '2017-01-30']
    >>> [str(one)[:10] for one in pair_dates("geo_060619-061002_unw.tif")]
    ['2006-06-19', '2006-10-02']
    """
    for pattern, form in ((_LONG, "%Y%m%d"), (_SHORT, "%y%m%d")):
        for match in pattern.finditer(name):
            moments = pd.to_datetime(pd.Series(match.groups()), format=form, errors="coerce")
            if not moments.isna().any():
                first, second = moments.to_numpy().astype("datetime64[ns]")
                return first, second
    raise ValueError(
        f"No two dates stand in the name {name!r}; yyyymmdd_yyyymmdd (or yymmdd-yymmdd) wanted."
    )
