"""Rows of a completed catalogue: which files an entry reads, and other files in their place."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import fsspec

from analysis.sources.handwriting import refuse_code


def addresses(rows: Mapping[str, Any], name: str) -> list[str]:
    """Addresses and patterns that the reader of an entry reads, as the catalogue writes them.

    Parameters
    ----------
    rows : mapping
        Complete catalogue.
    name : str
        Entry or alias.

    Returns
    -------
    list of str
        Empty for a reader that reads no file.

    Examples
    --------
    >>> from analysis.sources.handwriting import complete
    >>> addresses(complete({"entries": {"a": {"url": "{DOWNLOADS}/a/*.nc"}}}), "a")
    ['{DOWNLOADS}/a/*.nc']
    """
    return [str(rows["data"][one]["kwargs"]["url"]) for one in _data_of(rows, name)]


def _data_of(rows: Mapping[str, Any], name: str) -> list[str]:
    args = map(str, rows["entries"][rows["aliases"][name]]["kwargs"].get("args", ()))
    return [text[6:-2] for text in args if text.startswith("{data(") and text[6:-2] in rows["data"]]


def on_files(rows: Mapping[str, Any], name: str, path: Any) -> dict[str, Any]:
    """Put other files behind one entry.

    Parameters
    ----------
    rows : mapping
        Complete catalogue; it stays as it is.
    name : str
        Entry or alias.
    path : str or path-like, or several of them
        File, pattern of files, or address.

    Returns
    -------
    dict
        The other catalogue.

    Raises
    ------
    ValueError
        The entry reads no file or more than one set of files, no path is given, or the name of a
        file is that of another entry's product: its licence and time of day would be told wrongly.

    Examples
    --------
    >>> from analysis.sources.handwriting import complete
    >>> rows = complete({"entries": {"a": {"url": "{DOWNLOADS}/a/*.nc"}}})
    >>> addresses(on_files(rows, "a", Path("mine.nc")), "a")
    ['mine.nc']
    """
    wanted = _data_of(rows, name)
    if len(wanted) != 1:
        raise ValueError(f"The source {name!r} reads no file: it cannot be opened with path=.")
    given = [path] if isinstance(path, (str, bytes, os.PathLike)) else list(path)
    every = [_text(one) for one in given]
    if not every:
        raise ValueError(f"path= of the source {name!r} names no file.")
    refuse_code(every)
    _refuse_other_product(rows, name, every)
    other = deepcopy(dict(rows))
    other["data"][wanted[0]]["kwargs"]["url"] = every if len(every) > 1 else every[0]
    return other


def _refuse_other_product(rows: Mapping[str, Any], name: str, every: Sequence[str]) -> None:
    """Refuse files whose names begin with the short name of another entry's product."""
    products = {
        str(entry["metadata"]["fetch"]["short_name"]): key
        for key, entry in rows["entries"].items()
        if "short_name" in ((entry.get("metadata") or {}).get("fetch") or {})
    }
    entry = rows["aliases"].get(name, name)
    for one in every:
        product = Path(one).name.partition(".")[0]
        other = products.get(product)
        if other is not None and other != entry and entry in products.values():
            raise ValueError(
                f"{Path(one).name} is a file of {product}, which is the source {other!r}, not "
                f"{name!r}. Open it with that name."
            )


def _text(path: Any) -> str:
    text = os.fspath(path)
    if isinstance(text, bytes) or "{" in text:
        raise ValueError(f"{path!r} is no path of files: it is bytes, or holds a brace.")
    return text if "://" in text or "::" in text else str(Path(text).expanduser())


def files(reader: Any) -> list[str]:
    """Local files and folders that a reader reads, by which an ingest knows its source again.

    Parameters
    ----------
    reader : intake.readers.BaseReader
        Reader of an entry.

    Returns
    -------
    list of str
        Paths; patterns are expanded.
    """
    urls = [getattr(data, "url", None) for data in reader.kwargs.get("args", ())]
    texts = [one for url in urls for one in (url if isinstance(url, list) else [url])]
    paths = [str(text).removeprefix("file://") for text in texts if isinstance(text, str)]
    return [
        file
        for path in paths
        if "://" not in path and "::" not in path
        for file in (sorted(fsspec.open_local(path)) if "*" in path else [path])
    ]
