"""Search in STAC: APIs with item search, and static catalogues of JSON files."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from analysis.sources.imagery.catalogues import Question, remote_items, static_items

if TYPE_CHECKING:
    import pystac

Bounds = tuple[float, float, float, float]
LIMIT: Final = 2000
"""Items that a search gives at most, unless told otherwise."""


def search(
    url: str | Path,
    collection: str | None = None,
    bbox: Bounds | None = None,
    start: Any = None,
    end: Any = None,
    *,
    cloud_cover: float | None = None,
    limit: int = LIMIT,
    timeout: float = 60.0,
) -> list[pystac.Item]:
    """Find the items of a STAC collection in a box and a period.

    Parameters
    ----------
    url : str or pathlib.Path
        Address of a STAC API (its landing page), or path or address of a static catalogue, a
        collection, a collection of items, or one item, as JSON.
    collection : str, optional
        Id of the collection; without it all.
    bbox : tuple of float, optional
        West, south, east, north, degrees; west greater than east crosses the date line.
    start, end : str or datetime, optional
        First and last moment, UTC. A date counts as the whole day, a month or a year as all of
        it: ``start="2021", end="2021-06"`` is the first half of 2021.
    cloud_cover : float, optional
        Greatest cloud cover of a scene (``eo:cloud_cover``), percent. Items that state none stay.
    limit : int, optional
        Items at most; more are an error, for a silent part of them would be a wrong series.
    timeout : float, optional
        Seconds to wait for an answer; an answer of 429 or 5xx is asked for again, four times.

    Returns
    -------
    list of pystac.Item
        Each id once, ordered by time, then id.

    Raises
    ------
    ValueError
        The box or the period is impossible, the address gives no STAC, the service refuses or
        does not answer, there are more items than ``limit``.

    Examples
    --------
    >>> search("no-such-file.json")
    Traceback (most recent call last):
    ValueError: There is no file no-such-file.json.
    """
    _check(bbox, cloud_cover, limit)
    first, last = period(start, end)
    text = str(url)
    remote = text.startswith(("http://", "https://"))
    if remote:
        question = Question(collection, bbox, first, last, cloud_cover, limit)
        items: Iterable[pystac.Item] = remote_items(text, question, timeout)
    else:
        items = static_items(text)
    kept: dict[tuple[str, str], pystac.Item] = {}
    for item in items:
        if not matches(item, collection, bbox, first, last, cloud_cover):
            continue
        kept.setdefault((str(item.collection_id), str(item.id)), item)
        if len(kept) > limit:
            raise ValueError(
                f"{text} has more than {limit} items there and then. Ask for a smaller box, a "
                "shorter period or fewer clouds, or give a higher limit."
            )
    return sorted(kept.values(), key=lambda item: (moments(item)[0], str(item.id)))


def period(start: Any, end: Any) -> tuple[pd.Timestamp | None, pd.Timestamp | None]:
    """First and last moment of a period; a date, month or year as text counts as a whole.

    Parameters
    ----------
    start, end : str or datetime or None
        UTC; None is open.

    Returns
    -------
    tuple of pandas.Timestamp or None
        UTC without a zone.

    Raises
    ------
    ValueError
        A text is no time, or the end lies before the start.

    Examples
    --------
    >>> [str(one)[:19] for one in period("2020", "2020-02")]
    ['2020-01-01 00:00:00', '2020-02-29 23:59:59']
    """
    first = None if start is None else _moment(start, last=False)
    last = None if end is None else _moment(end, last=True)
    if first is not None and last is not None and last < first:
        raise ValueError(f"The period ends ({end}) before it starts ({start}).")
    return first, last


def _moment(value: Any, *, last: bool) -> pd.Timestamp:
    text = str(value).strip()
    try:
        if isinstance(value, (str, int)) and len(text) <= 10:  # a year, a month or a day
            whole = pd.Period(text)
            return whole.end_time if last else whole.start_time
        stamp = pd.Timestamp(value)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{value!r} is no time; write 2021, 2021-06 or 2021-06-15.") from error
    if pd.isna(stamp):
        raise ValueError(f"{value!r} is no time; write 2021, 2021-06 or 2021-06-15.")
    return stamp if stamp.tz is None else stamp.tz_convert("UTC").tz_localize(None)


def _check(bbox: Bounds | None, cloud_cover: float | None, limit: int) -> None:
    if bbox is not None:
        if len(bbox) != 4:
            raise ValueError(
                f"The box {bbox} has {len(bbox)} numbers; write west, south, east, north."
            )
        west, south, east, north = (float(one) for one in bbox)
        if not (-90 <= south < north <= 90 and -180 <= west <= 180 and -180 <= east <= 180):
            raise ValueError(
                f"The box {bbox} is none: west, south, east, north in degrees, south below north."
            )
    if cloud_cover is not None and not 0 <= cloud_cover <= 100:
        raise ValueError(f"cloud_cover={cloud_cover!r}; it is a percentage, 0 to 100.")
    if limit < 1:
        raise ValueError(f"limit={limit!r}; it is 1 or more.")


def matches(
    item: pystac.Item,
    collection: str | None = None,
    bbox: Bounds | None = None,
    first: pd.Timestamp | None = None,
    last: pd.Timestamp | None = None,
    cloud_cover: float | None = None,
) -> bool:
    """Tell whether an item is of a collection, touches a box and a period, and is clear enough.

    Parameters
    ----------
    item : pystac.Item
        The item.
    collection, bbox, cloud_cover
        As in :func:`search`.
    first, last : pandas.Timestamp, optional
        Period, UTC.

    Returns
    -------
    bool
    """
    if collection is not None and item.collection_id not in (None, collection):
        return False
    begin, finish = moments(item)
    if (last is not None and begin > last) or (first is not None and finish < first):
        return False
    clouds = item.properties.get("eo:cloud_cover")
    if cloud_cover is not None and clouds is not None:
        if not isinstance(clouds, (int, float)):
            raise ValueError(f"The item {item.id!r} has eo:cloud_cover {clouds!r}, no number.")
        if clouds > cloud_cover:
            return False
    box = footprint(item)
    return bbox is None or box is None or _touch(bbox, box)


def footprint(item: pystac.Item) -> Bounds | None:
    """Box of an item.

    Parameters
    ----------
    item : pystac.Item
        The item.

    Returns
    -------
    tuple of float or None
        West, south, east, north, degrees; None where the item has none.

    Raises
    ------
    ValueError
        The box is none.
    """
    box = item.bbox
    if not box:
        return None
    numbers = isinstance(box, (list, tuple)) and all(
        isinstance(one, (int, float)) and math.isfinite(one) for one in box
    )
    if not numbers or len(box) not in (4, 6):
        raise ValueError(f"The item {item.id!r} has the box {box!r}; it is four or six numbers.")
    half = len(box) // 2
    west, south, east, north = (float(one) for one in (*box[:2], *box[half : half + 2]))
    if not (-90 <= south <= north <= 90 and -360 <= west <= 360 and -360 <= east <= 360):
        raise ValueError(f"The item {item.id!r} has the box {box!r}, which is not on the Earth.")
    return west, south, east, north


def _touch(wanted: Bounds, box: Bounds) -> bool:
    """Whether two boxes overlap, over the date line too."""
    west, south, east, north = box
    if north < wanted[1] or south > wanted[3]:
        return False
    parts = [(wanted[0], wanted[2])]
    if wanted[0] > wanted[2]:
        parts = [(wanted[0], 180.0), (-180.0, wanted[2])]
    spans = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    return any(a <= d and c <= b for a, b in parts for c, d in spans)


def moments(item: pystac.Item) -> tuple[pd.Timestamp, pd.Timestamp]:
    """First and last moment of an item, UTC without a zone.

    Parameters
    ----------
    item : pystac.Item
        With ``datetime``, or ``start_datetime`` and ``end_datetime``.

    Returns
    -------
    tuple of pandas.Timestamp

    Raises
    ------
    ValueError
        The item states no time.
    """
    given = item.properties
    begin = given.get("start_datetime") or item.datetime or given.get("datetime")
    finish = given.get("end_datetime") or item.datetime or begin
    if begin is None or finish is None:
        raise ValueError(f"The item {item.id!r} states no time.")
    return _moment(pd.Timestamp(begin), last=False), _moment(pd.Timestamp(finish), last=True)
