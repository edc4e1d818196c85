"""Which files a product consists of, when a path names a file, a pattern or a folder."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

_TIMES = re.compile(r"unable to decode time (units '[^']*')")
_INNER = re.compile(r"NetCDF: |synchronously|HDF error|Python scalar|no dimension scale associated")

Paths = str | Path | Sequence[str | Path]


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


def told(path: Path, error: Exception) -> ValueError:
    """Say in words that a file cannot be read.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    error : Exception
        What the library said.

    Returns
    -------
    ValueError
        To be raised.

    Examples
    --------
    >>> str(told(Path("a.nc"), OSError("NetCDF: HDF error")))
    'a.nc cannot be read: it is damaged. Copy or download it again.'
    """
    return ValueError(f"{path} cannot be read: {reason(error)}. Copy or download it again.")


def reason(error: Exception) -> str:
    """Say what is wrong with a file, not what went wrong inside a library that read it.

    Parameters
    ----------
    error : Exception
        What the library raised.

    Returns
    -------
    str
        Its first line where that speaks of the file.

    Examples
    --------
    >>> (
    ...     reason(KeyError("nv")),
    ...     reason(OSError("truncated file: eof = 96")),
    ...     reason(EOFError("ends")),
    ... )
    ('it is damaged', 'it is truncated', 'ends')
    """
    lines = str(error).strip().splitlines() or [type(error).__name__]
    times = _TIMES.search(lines[0])
    if times:
        return f"its times cannot be decoded ({times[1]})"
    if "truncated" in lines[0]:
        return "it is truncated"
    inner = (LookupError, AttributeError, TypeError, RuntimeError, ArithmeticError)
    return "it is damaged" if isinstance(error, inner) or _INNER.search(lines[0]) else lines[0]
