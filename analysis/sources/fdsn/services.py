"""The earthquake services: USGS, EMSC and every other FDSN centre."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import pandas as pd

from analysis.sources import catalogue
from analysis.sources.fdsn.columns import EVENT_COLUMNS, as_events
from analysis.sources.fdsn.errors import NoSuchEventError, UnreadableAnswerError
from analysis.sources.fdsn.features import Parsed, load_json, parse_emsc_json, parse_usgs_geojson
from analysis.sources.fdsn.lines import parse_fdsn_text, parse_usgs_csv
from analysis.sources.fdsn.quakeml import parse_quakeml
from analysis.sources.fdsn.query import Box, EventQuery
from analysis.sources.fdsn.rows import rejected_table
from analysis.sources.fdsn.transport import Answer, Transport
from analysis.spelling import did_you_mean

FORMS: Final[Mapping[str, tuple[str, ...]]] = {
    "usgs": ("geojson", "csv", "text", "quakeml"),
    "emsc": ("json", "text", "quakeml"),
    "fdsn": ("quakeml", "text"),
}
"""Protocol -> the formats that are understood, the best one first."""

_PATH: Final = "/fdsnws/event/1"
_EMSC_ROWS: Final = 1000


@dataclass(frozen=True)
class Service:
    """An earthquake service; make it with `service`.

    Attributes
    ----------
    agency : str
        Short name, for the column ``agency``.
    url : str
        Address of the service up to its version, without a slash at the end.
    protocol : str
        usgs, emsc or fdsn.
    form : str
        One of `FORMS` of the protocol.
    source : str
        Name of the catalogue's entry, for the column ``source``.
    transport : Transport
        How it is asked.
    """

    agency: str
    url: str
    protocol: str
    form: str
    source: str
    transport: Transport

    def count(
        self, query: EventQuery, start: pd.Timestamp, end: pd.Timestamp, box: Box | None
    ) -> tuple[int, int]:
        """Ask how many events match, and how many one answer may hold (USGS only).

        Parameters
        ----------
        query : EventQuery
            The question.
        start, end : pandas.Timestamp
            Window of it.
        box : tuple or None
            One of its boxes.

        Returns
        -------
        count, allowed : int

        Raises
        ------
        ServiceError
            As `Transport.get`; or the answer is no count.
        """
        asked = {**self._parameters(query, start, end, box), "format": "geojson"}
        asked.pop("orderby", None)

        def read(answer: Answer) -> tuple[int, int]:
            told = load_json(answer.body)
            try:
                return int(told["count"]), int(told.get("maxAllowed", 20_000))
            except (TypeError, KeyError, ValueError, AttributeError) as error:
                text = answer.body[:300].decode("utf-8", "replace")
                message = "The answer is no count of events."
                raise UnreadableAnswerError(message, answer.url, 200, text) from error

        return self.transport.get(f"{self.url}/count", asked, read=read)

    def ask(
        self, query: EventQuery, start: pd.Timestamp, end: pd.Timestamp, box: Box | None
    ) -> Parsed:
        """Ask for the events of a window.

        Parameters
        ----------
        query, start, end, box
            As `count`.

        Returns
        -------
        events, rejected : pandas.DataFrame
            All that the service told, which may be more than was asked for.

        Raises
        ------
        ServiceError
            As `Transport.get`.
        """
        asked = self._parameters(query, start, end, box)
        return self.transport.get(
            f"{self.url}/query", asked, read=lambda answer: self._read(answer, query.deleted)
        )

    def event(self, name: str) -> Parsed:
        """Ask for one event.

        Parameters
        ----------
        name : str
            Its id; for the USGS any of its ids.

        Returns
        -------
        events, rejected : pandas.DataFrame
            One row in one of them.

        Raises
        ------
        NoSuchEventError, DeletedEventError
            There is no such event, or no longer.
        ServiceError
            As `Transport.get`.
        """
        asked = {"format": self._format(), "eventid": name}
        found = self.transport.get(
            f"{self.url}/query", asked, read=lambda answer: self._read(answer, False)
        )
        if not len(found[0]) + len(found[1]):
            message = f"The service knows no event {name!r}."
            raise NoSuchEventError(message, f"{self.url}/query?eventid={name}")
        return found

    @property
    def rows(self) -> int | None:
        """Rows that we ask an answer to hold at most; None leaves it to the service."""
        return _EMSC_ROWS if self.protocol == "emsc" else None

    def _format(self) -> str:
        return "xml" if self.form == "quakeml" else self.form

    def _parameters(
        self, query: EventQuery, start: pd.Timestamp, end: pd.Timestamp, box: Box | None
    ) -> dict[str, Any]:
        asked: dict[str, Any] = {
            "format": self._format(),
            "starttime": _iso(start.floor("ms")),
            "endtime": _iso(end.ceil("ms")),
            "orderby": "time-asc",
        }
        if box is not None:
            names = ("minlongitude", "minlatitude", "maxlongitude", "maxlatitude")
            asked |= {name: f"{value:.10g}" for name, value in zip(names, box, strict=True)}
        for name, (low, high) in (("magnitude", query.magnitude), ("depth", query.depth)):
            asked |= {f"min{name}": f"{low:.10g}"} if low is not None else {}
            asked |= {f"max{name}": f"{high:.10g}"} if high is not None else {}
        if query.updated_after is not None:
            asked["updatedafter"] = _iso(query.updated_after.floor("ms"))
        if query.deleted:
            asked["includedeleted"] = "only"
        if self.rows is not None:
            asked["limit"] = self.rows
        return asked

    def _read(self, answer: Answer, tombstones: bool) -> Parsed:
        if answer.status == 204:
            return no_events(), rejected_table()
        return self._parse(answer.body, tombstones)

    def _parse(self, body: bytes, tombstones: bool) -> Parsed:
        if self.form == "geojson":
            return parse_usgs_geojson(body, source=self.source, tombstones=tombstones)
        if self.form == "csv":
            return parse_usgs_csv(body, source=self.source, tombstones=tombstones)
        if self.form == "json":
            return parse_emsc_json(body, source=self.source)
        read = parse_quakeml if self.form == "quakeml" else parse_fdsn_text
        return read(body, agency=self.agency, source=self.source)


def service(
    agency: str = "usgs",
    *,
    base_url: str | None = None,
    form: str | None = None,
    transport: Transport | None = None,
    pause: float | None = None,
) -> Service:
    """Find an earthquake service.

    Parameters
    ----------
    agency : str
        ``usgs``, ``emsc``, any FDSN centre that ObsPy knows (``gfz``, ``ingv``, ``isc``, ...; case
        does not matter), the address of one, or any name beside a `base_url`.
    base_url : str, optional
        Where the service is found instead; what follows the host is added where it lacks.
    form : str, optional
        Format to ask for: one of `FORMS`.
    transport : Transport, optional
        How to ask; by default a new one.
    pause : float, optional
        Least seconds between two requests, for a new transport.

    Returns
    -------
    Service

    Raises
    ------
    ValueError
        The agency, the format or the address is unknown; the message says what is allowed.

    Examples
    --------
    >>> service("usgs").url
    'https://earthquake.usgs.gov/fdsnws/event/1'
    >>> service("gfz").protocol, service("emsc", form="text").form
    ('fdsn', 'text')
    """
    name = agency.strip()
    key = name.lower()
    protocol = key if key in FORMS and key != "fdsn" else "fdsn"
    if protocol != "fdsn":
        source = f"earthquakes_{key}"
        address = base_url or _stated(source)
    else:
        address = base_url or (name if "://" in name else _centre(name))
        host = urlsplit(address).hostname or key
        key = host if "://" in name else key
        source = f"fdsn_{key}"
    chosen = form or FORMS[protocol][0]
    if chosen not in FORMS[protocol]:
        allowed = ", ".join(FORMS[protocol])
        raise ValueError(f"{agency} is not asked for {chosen!r}. Allowed: {allowed}.")
    way = transport or Transport(pause=pause)
    return Service(key, event_url(address), protocol, chosen, source, way)


def event_url(base: str) -> str:
    """Address of an event service up to its version.

    Parameters
    ----------
    base : str
        Host alone, or more of the address.

    Returns
    -------
    str
        Without a slash at the end.

    Raises
    ------
    ValueError
        It is no address of http or https.

    Examples
    --------
    >>> event_url("http://127.0.0.1:8000"), event_url("https://x.org/a/fdsnws/event/1/query?")
    ('http://127.0.0.1:8000/fdsnws/event/1', 'https://x.org/a/fdsnws/event/1')
    """
    parts = urlsplit(base.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{base!r} is no address of a service; give https://host.")
    path = parts.path.rstrip("/").removesuffix("/query")
    if not path.endswith(_PATH):
        path += _PATH
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))


def no_events() -> pd.DataFrame:
    """Return a table of no events with all columns.

    Examples
    --------
    >>> len(no_events()), list(no_events().columns) == list(EVENT_COLUMNS)
    (0, True)
    """
    return as_events(pd.DataFrame({name: [] for name in EVENT_COLUMNS}))


def _stated(source: str) -> str:
    """Address that the catalogue states."""
    address = catalogue.options(source).get("base_url")
    if not address:
        raise ValueError(f"The entry {source!r} of the catalogue states no base_url; give one.")
    return str(address)


def _centre(name: str) -> str:
    """Address of an FDSN centre that ObsPy knows."""
    from obspy.clients.fdsn.header import URL_MAPPINGS

    known = {key.lower(): str(address) for key, address in URL_MAPPINGS.items()}
    if name.lower() not in known:
        hint = did_you_mean(name.lower(), known)
        raise ValueError(f"There is no earthquake service {name!r}. {hint}")
    return known[name.lower()]


def _iso(moment: pd.Timestamp) -> str:
    return moment.isoformat(timespec="milliseconds")
