"""How the files of a source are got, as the key ``fetch`` of its entry says."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from analysis import settings
from analysis.spelling import did_you_mean

HOWS: Final = ("files", "granules", "listing", "stac", "service", "none")
STEPS: Final = ("P1D", "P1M", "P1Y", "once")
CHECKSUMS: Final = ("", "md5", "sha256")
DOWNLOADS: Final = "{DOWNLOADS}"
DURATION: Final = re.compile(r"^P(?=\d|T\d)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?)?$")
_BOX: Final = ("west", "south", "east", "north")
_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "files": ("urls",),
    "granules": ("short_name",),
    "listing": ("base", "pattern"),
    "stac": ("url", "collection"),
    "service": ("words",),
    "none": (),
}
_ALLOWED: Final[Mapping[str, tuple[str, ...]]] = {
    "files": ("urls", "step", "checksum", "name", "folder", "choose", "index", "tiles"),
    "granules": ("short_name", "version", "pattern", "search", "choose"),
    "listing": ("base", "pattern", "checksum", "choose", "folder", "step"),
    "stac": ("url", "collection", "bands", "query"),
    "service": ("words",),
    "none": (),
}


@dataclass(frozen=True)
class Way:
    """How the files of a source are got.

    Attributes
    ----------
    how : str
        One of :data:`HOWS`: ``files`` (addresses are known), ``granules`` (NASA's Common Metadata
        Repository is searched), ``listing`` (pages of a directory), ``stac`` (items of a STAC
        API), ``service`` (somebody clicks on a site), ``none`` (there is nothing to download).
    urls : tuple of str
        ``files``: mirrors, tried in order. Braces hold ``date`` with a format of time
        (``{date:%Y%j}``), ``west``, ``south``, ``east``, ``north``, or a name of `choose` or
        `index`.
    step : str
        One of :data:`STEPS`: how far apart in time the files are; ``once`` for a file of all times.
    checksum : str
        One of :data:`CHECKSUMS`: of the file at the same address with this suffix.
    name : str
        Name of the file here, with the same braces; empty: the last part of the address.
    folder : str
        Folder of the files below that of the source, with names of `choose` in braces; for parts
        whose files have the same names, such as the frames of LiCSAR.
    choose : mapping of str to str
        What the user must say: name -> regular expression of allowed values. Its named groups may
        stand in braces too.
    index : mapping
        ``url`` of a text table of places and its ``columns``; those in the region are fetched.
    tiles : mapping of str to number
        Name -> degrees: the south-west corners of the tiles of a region, as ``N48E066``.
    short_name, version, search : str
        ``granules``: collection, its version, address of the search if it is not NASA's.
    base, pattern : str
        ``listing``: address of the directory; regular expression of what is wanted in it, its
        parts between ``/`` for one level each. ``granules``: of names of files. A group ``date``
        is a time: YYYYMMDD, YYYYDDD or YYYYMM.
    url, collection, bands, query : str, str, tuple of str, mapping
        ``stac``: the API, the collection, the assets, further conditions.
    words : mapping of str to str
        ``service``: where to click, in each language.
    """

    how: str = "none"
    urls: tuple[str, ...] = ()
    step: str = "once"
    checksum: str = ""
    name: str = ""
    folder: str = ""
    choose: Mapping[str, str] = field(default_factory=dict)
    index: Mapping[str, Any] = field(default_factory=dict)
    tiles: Mapping[str, Any] = field(default_factory=dict)
    short_name: str = ""
    version: str = ""
    search: str = ""
    base: str = ""
    pattern: str = ""
    url: str = ""
    collection: str = ""
    bands: tuple[str, ...] = ()
    query: Mapping[str, Any] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)


def read_way(name: str, given: Any) -> Way | None:
    """Read the key ``fetch`` of an entry.

    Parameters
    ----------
    name : str
        Name of the entry, for the errors.
    given : mapping or None
        As written in the catalogue.

    Returns
    -------
    Way or None
        None where the entry has no such key.

    Raises
    ------
    ValueError
        A key is unknown, missing, or has a value that is not allowed.

    Examples
    --------
    >>> read_way(
    ...     "wells", {"how": "files", "urls": ["https://x.org/{date:%Y}.nc"], "step": "P1Y"}
    ... ).step
    'P1Y'
    >>> read_way("wells", {"how": "file"})
    Traceback (most recent call last):
    ...
    ValueError: The entry 'wells' has fetch: how: 'file'. Did you mean 'files'?
    """
    if given is None:
        return None
    where = f"The entry {name!r} has fetch"
    if not isinstance(given, Mapping):
        raise ValueError(f"{where}: {given!r}; write it as a mapping with the key how.")
    row = {str(key): value for key, value in given.items()}
    how = str(row.pop("how", "none"))
    if how not in HOWS:
        raise ValueError(f"{where}: how: {how!r}. {did_you_mean(how, HOWS)}")
    _check_keys(where, how, row)
    way = Way(how, **{key: _value(key, value) for key, value in row.items()})
    _check_values(where, way)
    _check_braces(where, way)
    return way


def _check_keys(where: str, how: str, row: Mapping[str, Any]) -> None:
    for key in row:
        if key not in _ALLOWED[how]:
            hint = did_you_mean(key, _ALLOWED[how]) if _ALLOWED[how] else "It takes no keys."
            raise ValueError(f"{where}: {key!r}, which how: {how} does not take. {hint}")
    for key in _NEEDED[how]:
        if not row.get(key):
            raise ValueError(f"{where}: how: {how} without {key!r}.")


def _check_values(where: str, way: Way) -> None:
    for key, value, allowed in (
        ("step", way.step, STEPS),
        ("checksum", way.checksum, CHECKSUMS),
    ):
        if value not in allowed:
            raise ValueError(f"{where}: {key}: {value!r}. {did_you_mean(value, allowed)}")
    if len(way.tiles) > 1 or any(not _is_whole(one) for one in way.tiles.values()):
        raise ValueError(f"{where}: tiles: {dict(way.tiles)}; write one, as {{tile: 3}}.")
    for text in (way.pattern, *way.choose.values()):
        try:
            re.compile(text)
        except re.error as error:
            raise ValueError(f"{where}: {text!r} is no regular expression: {error}.") from None


def _is_whole(degrees: Any) -> bool:
    return isinstance(degrees, int) and degrees > 0 and 180 % degrees == 0


def _value(key: str, value: Any) -> Any:
    if key in ("urls", "bands"):
        return (value,) if isinstance(value, str) else tuple(str(one) for one in value)
    if key == "words":
        every = value if isinstance(value, Mapping) else dict.fromkeys(("kk", "ru", "en"), value)
        return {str(one): " ".join(str(text).split()) for one, text in every.items()}
    return value if isinstance(value, Mapping) else str(value)


def _check_braces(where: str, way: Way) -> None:
    """Refuse a brace that nothing fills, and mirrors of dates for a file of all times."""
    known = {
        "date",
        *_BOX,
        *way.choose,
        *way.tiles,
        *(str(one) for one in way.index.get("columns", ())),
    }
    for text in way.choose.values():
        known |= set(re.compile(text).groupindex)
    dated = False
    for template in (*way.urls, way.base, way.name, way.folder):
        for _, key, _, _ in string.Formatter().parse(template):
            if key is not None and key not in known:
                raise ValueError(f"{where}: {template!r} with {{{key}}}, which nothing fills.")
            dated |= key == "date"
    if way.how in ("files", "listing") and dated == (way.step == "once"):
        hint = "without {date}" if not dated else "with {date}"
        raise ValueError(f"{where}: addresses {hint}, and step: {way.step}.")


def downloads_folder(name: str = "") -> Path:
    """Folder into which files are downloaded: all of them, or those of one source.

    Parameters
    ----------
    name : str, optional
        Name of a source.

    Returns
    -------
    pathlib.Path
        It need not exist.

    Examples
    --------
    >>> downloads_folder("tec_igs").parent == downloads_folder()
    True
    """
    return settings.cache_dir() / "downloads" / name
