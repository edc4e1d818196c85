"""Which files a region and a period need: known addresses, NASA's search, directories, STAC."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any, Final
from urllib.parse import quote, unquote, urlencode, urljoin, urlsplit

from analysis.sources.entries import Entry
from analysis.sources.fetching.courier import Courier
from analysis.sources.fetching.errors import FetchError
from analysis.sources.fetching.items import Item, name_of, safe
from analysis.sources.fetching.places import Box, inside, overlaps
from analysis.sources.fetching.templates import days, ends, fill, span_in
from analysis.sources.ways import Way

CMR: Final = "https://cmr.earthdata.nasa.gov/search/granules.umm_json"
_PAGE: Final = 500
_MOST: Final = 100_000  # files of one wish
_SETTLES: Final = dt.timedelta(days=30)


@dataclass(frozen=True)
class Wish:
    """What somebody wants of a source."""

    entry: Entry
    box: Box
    first: dt.date
    last: dt.date
    choices: Mapping[str, str]


def find(wish: Wish, courier: Courier) -> list[Item]:
    """Find the files that a wish needs.

    Parameters
    ----------
    wish : Wish
    courier : Courier
        Who asks.

    Returns
    -------
    list of Item
        Each name once, in order.

    Raises
    ------
    FetchError
        A search or a directory does not answer, or answers something else.
    ValueError
        The entry does not say how its files are got, or there are far too many.
    """
    way = wish.entry.fetch
    finders: dict[str, Callable[[Way, Wish, Courier], Iterator[Item]]] = {
        "files": by_address,
        "granules": by_granules,
        "listing": by_listing,
        "stac": by_stac,
    }
    if way is None or way.how not in finders:
        raise ValueError(f"The source {wish.entry.name!r} is not downloaded by this program.")
    found: dict[str, Item] = {}
    for item in finders[way.how](way, wish, courier):
        found.setdefault(item.name, item)
        if len(found) > _MOST:
            raise ValueError(f"More than {_MOST} files: ask for a smaller region or period.")
    return list(found.values())


def by_address(way: Way, wish: Wish, courier: Courier) -> Iterator[Item]:
    """Files whose addresses are known: for each day, month, year, or place of an index."""
    steps: list[dt.date | None] = (
        [None] if way.step == "once" else list(days(way.step, wish.first, wish.last))
    )
    today = dt.datetime.now(dt.UTC).date()
    for place in _places(way, wish, courier):
        values = {**wish.choices, **place}
        for day in steps:
            urls = tuple(fill(one, day, wish.box, values) for one in way.urls)
            name = safe(fill(way.name, day, wish.box, values)) if way.name else name_of(urls[0])
            growing = day is None or ends(way.step, day) + _SETTLES > today
            fixed = day is None and bool(place)  # a tile or a station, of all times
            growing = growing and not (fixed and way.tiles)
            optional = day is not None or fixed
            yield Item(name, urls, None, None, way.checksum, day, growing, optional)


def _places(way: Way, wish: Wish, courier: Courier) -> Iterator[dict[str, str]]:
    """Rows of the index, or tiles, that lie in the region; one empty row where there is none."""
    if way.tiles:
        for name, degrees in way.tiles.items():
            yield from ({name: one} for one in tiles(wish.box, int(degrees)))
        return
    if not way.index:
        yield {}
        return
    columns = [str(one) for one in way.index["columns"]]
    text, _ = courier.text(str(way.index["url"]))
    for line in text.splitlines():
        words = line.split()
        if len(words) < len(columns):
            continue
        row = dict(zip(columns, words, strict=False))
        try:
            place = float(row["longitude"]), float(row["latitude"])
        except ValueError:
            continue  # the head of the table
        if inside(wish.box, *place):
            yield row


def tiles(box: Box, degrees: int) -> Iterator[str]:
    """South-west corners of the tiles that a box touches.

    Parameters
    ----------
    box : tuple of float
        West, south, east, north.
    degrees : int
        Side of a tile.

    Yields
    ------
    str
        As ``N48E066``.

    Examples
    --------
    >>> list(tiles((65.0, 49.0, 67.0, 50.5), 3))
    ['N48E063', 'N48E066']
    >>> list(tiles((179.0, -1.0, -179.0, 1.0), 3))
    ['S03W180', 'S03E177', 'N00W180', 'N00E177']
    """
    for south in range(-90, 90, degrees):
        for west in range(-180, 180, degrees):
            if overlaps(box, (west, south, west + degrees, south + degrees)):
                latitude = f"{'S' if south < 0 else 'N'}{abs(south):02d}"
                yield f"{latitude}{'W' if west < 0 else 'E'}{abs(west):03d}"


def by_granules(way: Way, wish: Wish, courier: Courier) -> Iterator[Item]:
    """Files that NASA's Common Metadata Repository finds in a box and a period, page by page."""
    west, south, east, north = wish.box
    asked = {
        "short_name": way.short_name,
        "bounding_box": f"{west:g},{south:g},{east:g},{north:g}",
        "temporal": f"{wish.first}T00:00:00Z,{wish.last}T23:59:59Z",
        "page_size": _PAGE,
        "sort_key": "start_date",
    }
    if way.version:
        asked["version"] = way.version
    url = f"{way.search or CMR}?{urlencode(asked)}"
    after: str | None = None
    asked_for = 0
    while True:
        text, headers = courier.text(url, {"CMR-Search-After": after} if after else None)
        rows = _json(text, url).get("items")
        if not isinstance(rows, list):
            raise FetchError(f"{urlsplit(url).netloc} answers without items: {text[:200]}")
        try:
            items = [item for row in rows for item in _granule(row.get("umm", {}), way)]
        except (AttributeError, TypeError, ValueError, KeyError) as error:
            host = urlsplit(url).netloc
            raise FetchError(f"{host} answers with a granule in another form: {error}") from error
        yield from items
        asked_for += _PAGE
        if asked_for > _MOST:
            raise ValueError(f"More than {_MOST} files: ask for a smaller region or period.")
        after = headers.get("cmr-search-after")
        if not after or not rows:
            return


def _granule(umm: Mapping[str, Any], way: Way) -> Iterator[Item]:
    """Files of one granule."""
    told = umm.get("DataGranule", {}).get("ArchiveAndDistributionInformation", [])
    about = {str(one.get("Name")): one for one in told if isinstance(one, Mapping)}
    day = _granule_day(umm)
    for link in umm.get("RelatedUrls", []):
        url = str(link.get("URL", ""))
        if link.get("Type") != "GET DATA" or not url.startswith(("http://", "https://")):
            continue
        name = name_of(url)
        if way.pattern and not re.fullmatch(way.pattern, name):
            continue
        one = about.get(name, {})
        size = one.get("SizeInBytes")
        digits = one.get("Checksum") or {}
        algorithm = str(digits.get("Algorithm", "")).lower().replace("-", "")
        known = algorithm in ("md5", "sha1", "sha256", "sha512") and digits.get("Value")
        checksum = (algorithm, str(digits["Value"])) if known else None
        yield Item(name, (url,), int(size) if size else None, checksum, "", day)


def _granule_day(umm: Mapping[str, Any]) -> dt.date | None:
    spread = umm.get("TemporalExtent", {})
    text = spread.get("RangeDateTime", {}).get("BeginningDateTime") or spread.get("SingleDateTime")
    try:
        return dt.date.fromisoformat(str(text)[:10])
    except ValueError:
        return None


def by_listing(way: Way, wish: Wish, courier: Courier) -> Iterator[Item]:
    """Files of a directory and what is below it, level by level."""
    levels = way.pattern.split("/")
    steps: list[dt.date | None] = (
        [None] if "{date" not in way.base else list(days(way.step, wish.first, wish.last))
    )
    for day in steps:
        base = fill(way.base, day, wish.box, wish.choices)
        yield from _level(base.rstrip("/") + "/", levels, None, way, wish, courier)


def _level(
    url: str,
    levels: list[str],
    day: dt.date | None,
    way: Way,
    wish: Wish,
    courier: Courier,
) -> Iterator[Item]:
    text, _ = courier.text(url)
    for name in links(text, url):
        match = re.fullmatch(levels[0], name.rstrip("/"))
        if match is None:
            continue
        span = span_in(match)
        if span is not None and (span[1] < wish.first or wish.last < span[0]):
            continue
        found = span[0] if span else day
        there = urljoin(url, quote(name))
        if len(levels) > 1:
            below = there.rstrip("/") + "/"
            yield from _level(below, levels[1:], found, way, wish, courier)
        else:
            yield Item(safe(name), (there,), None, None, way.checksum, found)


class _Links(HTMLParser):
    """Collects the targets of a page's links."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep where a link leads."""
        if tag == "a":
            self.targets += [value for name, value in attrs if name == "href" and value]


def links(page: str, url: str) -> list[str]:
    """Names of the files and folders that a page of a directory lists.

    Parameters
    ----------
    page : str
        HTML.
    url : str
        Address of the page, ending in a slash.

    Returns
    -------
    list of str
        Each once; folders end in a slash. Links that lead out of the directory are left out.

    Examples
    --------
    >>> page = (
    ...     '<a href="../">up</a> <a href="?C=N">n</a> <a href="/d/a%20b.tif">x</a><a href=c/>c</a>'
    ... )
    >>> links(page, "http://x.org/d/")
    ['a b.tif', 'c/']
    """
    parser = _Links()
    parser.feed(page)
    here = urlsplit(url)
    names: dict[str, None] = {}
    for target in parser.targets:
        there = urlsplit(urljoin(url, target))
        if there.query or there.netloc != here.netloc or not there.path.startswith(here.path):
            continue
        name = unquote(there.path[len(here.path) :])
        if name.strip("/") and "/" not in name.rstrip("/") and name.strip("/.") != "":
            names[name] = None
    return list(names)


def by_stac(way: Way, wish: Wish, courier: Courier) -> Iterator[Item]:
    """Assets of the items of a STAC catalogue in a box and a period."""
    from analysis.sources.imagery.stac import search  # only where it is wanted: it is heavy

    courier.wait(0)
    try:
        found = search(way.url, way.collection, wish.box, wish.first, wish.last)
    except OSError as error:
        raise FetchError(f"{urlsplit(way.url).netloc} does not answer: {error}") from error
    for one in found:
        moment = one.datetime or one.common_metadata.start_datetime
        itself = one.get_self_href() or ""
        if itself.startswith(("http://", "https://")):  # it states what the names of files do not
            yield Item(safe(f"{one.id}.json"), (itself,), date=moment.date() if moment else None)
        for band in way.bands or tuple(one.assets):
            asset = one.assets.get(band)
            if asset is None:
                continue
            url = asset.get_absolute_href() or asset.href
            if not url.startswith(("http://", "https://")):
                continue
            size = asset.extra_fields.get("file:size")
            name = safe(f"{one.id}.{name_of(url)}" if one.id not in name_of(url) else name_of(url))
            yield Item(
                name, (url,), int(size) if size else None, None, "", moment and moment.date()
            )


def _json(text: str, url: str) -> Mapping[str, Any]:
    try:
        told = json.loads(text)
    except ValueError as error:
        raise FetchError(f"{urlsplit(url).netloc} answers no JSON: {text[:200]!r}") from error
    if not isinstance(told, Mapping):
        raise FetchError(f"{urlsplit(url).netloc} answers another JSON: {text[:200]!r}")
    return told
