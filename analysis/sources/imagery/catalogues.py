"""Where STAC items come from: services with item search, and JSON files, near or far."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pandas as pd
import tenacity

if TYPE_CHECKING:
    import pystac

_PAGE: Final = 100
_TRIES: Final = 5
WAIT: Final = tenacity.wait_exponential(multiplier=0.2, max=10)
_BUSY: Final = frozenset({429, 500, 502, 503, 504})


class Question(NamedTuple):
    """What a service is asked: collection, box, first and last moment, clouds, items at most."""

    collection: str | None
    bbox: tuple[float, float, float, float] | None
    first: pd.Timestamp | None
    last: pd.Timestamp | None
    cloud_cover: float | None
    limit: int


def remote_items(url: str, question: Question, timeout: float) -> list[pystac.Item]:
    """Items of an address: by item search where the service has one, else by walking.

    Parameters
    ----------
    url : str
        Address of a service, or of a JSON file.
    question : Question
        What is wanted; a service without search gives all that it has.
    timeout : float
        Seconds to wait for an answer; a busy service is asked five times in all.

    Returns
    -------
    list of pystac.Item
        One more than the limit where there are more.

    Raises
    ------
    ValueError
        The service fails, or gives no STAC.
    """
    from pystac.errors import STACError, STACTypeError
    from pystac_client.exceptions import APIError

    again = tenacity.Retrying(
        stop=tenacity.stop_after_attempt(_TRIES),
        wait=WAIT,
        retry=tenacity.retry_if_exception(_passes),
        reraise=True,
    )
    try:
        found: list[pystac.Item] = again(_ask, url, question, timeout)
        return found
    except (APIError, STACError, STACTypeError, OSError) as error:
        raise ValueError(f"The STAC service {url} failed: {_short(error)}") from error
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"{url} gives no STAC that can be read: {_short(error)}") from error


def _passes(error: BaseException) -> bool:
    """Whether a fault may pass by itself: a busy service, a lost connection."""
    status = getattr(error, "status_code", None)
    if status is None:
        return isinstance(error, OSError) or "Max retries exceeded" in str(error)
    return status in _BUSY


def _ask(url: str, question: Question, timeout: float) -> list[pystac.Item]:
    from pystac_client import Client
    from pystac_client.conformance import ConformanceClasses
    from pystac_client.stac_api_io import StacApiIO

    io = StacApiIO(timeout=timeout, max_retries=None)
    if not io.read_json(url).get("conformsTo"):
        return list(_walk(url, io))
    client = Client.open(url, stac_io=io)
    if not client.conforms_to(ConformanceClasses.ITEM_SEARCH):
        return list(_walk(url, io))
    query = None
    if question.cloud_cover is not None and client.conforms_to(ConformanceClasses.QUERY):
        query = {"eo:cloud_cover": {"lte": question.cloud_cover}}
    when = (question.first, question.last)
    first, last = (None if one is None else one.isoformat() + "Z" for one in when)
    found = client.search(
        method=_method(client),
        collections=None if question.collection is None else [question.collection],
        bbox=question.bbox,
        datetime=None if first is last is None else f"{first or '..'}/{last or '..'}",
        query=query,
        limit=min(_PAGE, question.limit + 1),
        max_items=question.limit + 1,
    )
    return list(found.items())


def _method(client: Any) -> str:
    """POST where the service offers it, else GET."""
    methods = {
        str(link.extra_fields.get("method", "GET")).upper()
        for link in client.links
        if link.rel == "search"
    }
    return "POST" if "POST" in methods else "GET"


def static_items(url: str) -> Iterator[pystac.Item]:
    """Items of a JSON file: a catalogue, a collection, a list of items, or one item.

    Parameters
    ----------
    url : str
        Path of the file.

    Yields
    ------
    pystac.Item

    Raises
    ------
    ValueError
        There is no file, or it is no STAC.
    """
    import pystac
    from pystac.errors import STACError, STACTypeError

    path = Path(url.removeprefix("file://"))
    if not path.exists():
        raise ValueError(f"There is no file {path}.")
    try:
        yield from _walk(str(path.resolve()), pystac.StacIO.default())
    except (OSError, STACError, STACTypeError) as error:
        raise ValueError(f"{path} gives no STAC that can be read: {_short(error)}") from error
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise ValueError(f"{path} gives no STAC that can be read: {_short(error)}") from error


def _walk(url: str, io: Any) -> Iterator[pystac.Item]:
    """Items of a static catalogue, a collection of items, or one item."""
    import pystac

    rows = io.read_json(url)
    if not isinstance(rows, dict):
        raise TypeError(f"it is no mapping but a {type(rows).__name__}")
    if rows.get("type") == "FeatureCollection":
        for row in rows["features"]:
            item = pystac.Item.from_dict(row)
            item.set_self_href(item.get_self_href() or url)
            yield item
        return
    # the client's own way to make objects would ask each catalogue for a search
    io.stac_object_from_dict = partial(pystac.StacIO.stac_object_from_dict, io)
    opened = pystac.read_file(url, stac_io=io)
    if isinstance(opened, pystac.Item):
        yield opened
    elif isinstance(opened, pystac.Catalog):
        yield from opened.get_items(recursive=True)


def _short(error: BaseException) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, (KeyError, AttributeError)):
        text = f"missing {text}"
    return text if len(text) <= 300 else text[:300] + " ..."
