"""A real HTTP server on loopback that speaks the event services of the USGS, EMSC and FDSN nodes.

In a test::

    with EventServer(events=60_000) as server:
        fetch_events("2014", "2024", agency="usgs", base_url=server.usgs_url)
        fetch_events("2014", "2024", agency="emsc", base_url=server.emsc_url)
        fetch_events("2014", "2024", agency=server.fdsn_url)  # 204, 413, QuakeML and text
        live_feed("hour", base_url=server.feed_url)

State, all of it changeable at any time (`tests/fdsnbooks.py` makes it):

- ``server.usgs``, ``server.emsc``: `Book`s with ``.table`` (a DataFrame), ``.kept()``,
  ``.update(id, mag=5.1)``, ``.delete(id)``, ``.add(time=..., mag=...)`` and ``.now``, the moment
  that the next change gets as its ``updated``. ``fdsn_url`` tells the book of the USGS.
- ``server.usgs_limit`` (20,000: beyond it 400), ``server.fdsn_limit`` (5,000: beyond it 413),
  ``server.emsc_limit`` (1,000: rows that an answer holds when no ``limit`` is asked for).
- ``server.emsc_holes``: rows that a full page of EMSC lacks; ``server.duplicates``: rows that
  each answer tells twice.
- ``server.requests``: what was asked, each a `Request` with agency, method, query, status, at.

Faults, answered instead of what was asked, each so many times::

    server.inject("status", status=503, times=2)  # any status
    server.inject("status", status=429, headers={"Retry-After": "1"}, body="Slow down")
    server.inject("truncate")  # Content-Length promises more than comes
    server.inject("cut")  # the same without a length: the connection just ends
    server.inject("hang", seconds=30)  # nothing comes
    server.inject("drop")  # the connection is closed without a word
    server.inject("html")  # 200 and a page of HTML
    server.inject("empty")  # 200 and nothing in it
    server.inject("status", status=503, times=None, chance=0.2, method="query", agency="usgs")

As a process of its own: ``python -m tests.fdsnserver --events 60000 --seconds 600`` prints the
addresses as a line of JSON and serves until it is ended.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
import threading
import time
from dataclasses import dataclass, field
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

import pandas as pd

from tests.fdsnbooks import Book, as_emsc, csv, epoch, geojson, quakeml, synthetic, text
from tests.fdsnquery import RefusalError, Request, read_query

PERIODS = {"hour": "1h", "day": "1D", "week": "7D", "month": "30D"}
FEEDS = {"all": None, "1.0": 1.0, "2.5": 2.5, "4.5": 4.5, "significant": 6.0}


@dataclass
class Answer:
    """What is sent back."""

    status: int
    body: str = ""
    kind: str = "text/plain"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Fault:
    """Something that goes wrong a number of times."""

    kind: str
    times: int | None = 1
    status: int = 503
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    seconds: float = 30.0
    agency: str | None = None
    method: str | None = None
    chance: float = 1.0
    after: int = 0


class EventServer:
    """The server; use it as a context, or ``start()`` and ``stop()``."""

    def __init__(self, events: int | pd.DataFrame = 60_000, seed: int = 3, port: int = 0) -> None:
        table = synthetic(events, seed) if isinstance(events, int) else events
        self.usgs, self.emsc = Book(table), Book(as_emsc(table))
        self.usgs_limit, self.fdsn_limit, self.emsc_limit = 20_000, 5_000, 1_000
        self.emsc_holes = self.duplicates = 0
        self.requests: list[Request] = []
        self.statuses: list[int] = []
        self.faults: list[Fault] = []
        self._random, self._lock = random.Random(seed), threading.Lock()  # noqa: S311
        self.ending = threading.Event()
        handler = type("BoundHandler", (Handler,), {"owner": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.usgs_url, self.emsc_url = f"{self.url}/usgs", f"{self.url}/emsc"
        self.fdsn_url, self.feed_url = f"{self.url}/fdsn", f"{self.url}/feed"

    def start(self) -> EventServer:
        """Serve in a thread."""
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self) -> None:
        """End the server and whatever hangs in it."""
        self.ending.set()
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> EventServer:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def inject(self, kind: str, **options: Any) -> Fault:
        """Let something go wrong; see the top of this file."""
        fault = Fault(kind, **options)
        self.faults.append(fault)
        return fault

    def asked(self, method: str, agency: str | None = None) -> list[Request]:
        """Return the requests of one method, in the order in which they came."""
        return [r for r in self.requests if r.method == method and agency in (None, r.agency)]

    def note(self, request: Request) -> Fault | None:
        """Log a request and return the fault that it meets."""
        with self._lock:
            self.requests.append(request)
            for fault in self.faults:
                if fault.agency not in (None, request.agency):
                    continue
                if fault.method not in (None, request.method) or fault.times == 0:
                    continue
                if fault.after > 0:
                    fault.after -= 1
                    continue
                if self._random.random() < fault.chance:
                    fault.times = None if fault.times is None else fault.times - 1
                    return fault
        return None

    def answer(self, request: Request) -> Answer:
        """Answer a request as the service would."""
        if request.agency == "feed":
            return self._feed(request)
        if request.method not in ("query", "count"):
            return Answer(404, "Not Found")
        book = self.emsc if request.agency == "emsc" else self.usgs
        try:
            asked = read_query(request)
            found = book.select(asked)
            if request.method == "count":
                return self._count(request, asked, len(found))
            tell = {"usgs": self._usgs, "emsc": self._emsc, "fdsn": self._fdsn}[request.agency]
            return tell(request, asked, found)
        except RefusalError as refusal:
            return Answer(refusal.status, f"Error {refusal.status}: {refusal}\n")

    def _count(self, request: Request, asked: dict[str, Any], count: int) -> Answer:
        if request.agency != "usgs":
            return Answer(404, "Not Found")
        found: dict[str, Any] = {"count": count, "maxAllowed": self.usgs_limit}
        if count > self.usgs_limit:
            found["error"] = f"{count} matching events exceeds search limit of {self.usgs_limit}."
        if asked.get("format") == "geojson":
            return Answer(200, json.dumps(found), "application/json")
        return Answer(200, str(count))

    def _usgs(self, request: Request, asked: dict[str, Any], found: pd.DataFrame) -> Answer:
        form = str(asked.get("format", "quakeml"))
        if "eventid" in asked and found.empty:
            if len(self.usgs.select({**asked, "includedeleted": "true"})):
                raise RefusalError(409, "The requested event has been deleted.")
            raise RefusalError(404, "Not Found")
        found = found.iloc[: int(asked["limit"])] if "limit" in asked else found
        if len(found) > self.usgs_limit:
            message = (
                f"{len(found)} matching events exceeds search limit of {self.usgs_limit}. "
                "Modify the search to match fewer events."
            )
            raise RefusalError(400, message)
        found = self._twice(found)
        if form == "geojson":
            metadata = {"generated": epoch(self.usgs.now), "url": self.url, "status": 200}
            metadata |= {"title": "USGS Earthquakes", "api": "1.14.1", "count": len(found)}
            body = geojson(found, metadata, "usgs")
            if "eventid" in asked:
                body = json.dumps(json.loads(body)["features"][0])
            return Answer(200, body, "application/json")
        if form == "csv":
            return Answer(200, csv(found), "text/csv")
        if form == "text":
            return Answer(200, text(found, "us"))
        if found.empty:
            return Answer(int(asked.get("nodata", 204)))
        return Answer(200, quakeml(found), "application/xml")

    def _emsc(self, request: Request, asked: dict[str, Any], found: pd.DataFrame) -> Answer:
        if found.empty:
            return Answer(int(asked.get("nodata", 204)))
        limit = int(asked.get("limit", self.emsc_limit))
        page = found.iloc[:limit]
        if len(found) >= limit and self.emsc_holes:
            page = page.drop(page.index[2 : 2 + self.emsc_holes])
        page = self._twice(page)
        if asked.get("format") == "json":
            body = geojson(page, {"totalCount": len(found)}, "emsc")
            if "eventid" in asked:
                body = json.dumps(json.loads(body)["features"][0])
            return Answer(200, body, "application/json")
        if asked.get("format") == "text":
            return Answer(200, text(page, "emsc"))
        return Answer(200, quakeml(page), "application/xml")

    def _fdsn(self, request: Request, asked: dict[str, Any], found: pd.DataFrame) -> Answer:
        if found.empty:
            return Answer(int(asked.get("nodata", 204)))
        if len(found) > self.fdsn_limit:
            raise RefusalError(413, "Request Entity Too Large: too many events")
        if asked.get("format") == "text":
            return Answer(200, text(found, "loc"))
        return Answer(200, quakeml(self._twice(found)), "application/xml")

    def _feed(self, request: Request) -> Answer:
        name, _, form = request.method.partition(".geojson")[0].rpartition("_")
        if form not in PERIODS or name not in FEEDS:
            return Answer(404, "Not Found")
        with self.usgs.lock:
            table, now = self.usgs.kept(), self.usgs.now
        recent = (table["time"] > now - pd.Timedelta(PERIODS[form])) & (table["time"] <= now)
        least = FEEDS[name]
        if least is not None:
            recent &= table["mag"] >= least
        found = table[recent].sort_values("time", ascending=False)
        metadata = {"generated": epoch(now), "url": self.feed_url, "status": 200}
        metadata |= {"title": f"USGS, past {form}", "api": "1.14.1", "count": len(found)}
        body = geojson(found, metadata, "usgs")
        changed = format_datetime(now.tz_localize("UTC").to_pydatetime(), usegmt=True)
        mark = '"' + hashlib.sha256(body.encode()).hexdigest()[:16] + '"'
        headers = {"ETag": mark, "Last-Modified": changed, "Cache-Control": "max-age=60"}
        if request.headers.get("if-none-match") == mark:
            return Answer(304, headers=headers)
        return Answer(200, body, "application/json", headers)

    def _twice(self, found: pd.DataFrame) -> pd.DataFrame:
        return pd.concat([found, found.iloc[: self.duplicates]]) if self.duplicates else found


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    owner: ClassVar[EventServer]
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet for head and body: two would wait for each other

    def do_GET(self) -> None:
        """Answer, or fail as asked."""
        url = urlsplit(self.path)
        parts = [part for part in url.path.split("/") if part]
        query = dict(parse_qsl(url.query))
        agency = parts[0] if parts and parts[0] in ("usgs", "emsc", "fdsn", "feed") else ""
        form = query.get("format")
        agency = agency or {"json": "emsc", "xml": "fdsn"}.get(str(form), "usgs")
        headers = {name.lower(): value for name, value in self.headers.items()}
        method = parts[-1] if parts else ""
        if method.endswith(".geojson"):
            agency = "feed"
        request = Request(agency, method, query, time.monotonic(), headers)
        fault = self.owner.note(request)
        if fault is not None and fault.kind in ("hang", "drop"):
            self.owner.ending.wait(fault.seconds if fault.kind == "hang" else 0)
            self.close_connection = True
            return
        if fault is not None and fault.kind == "status":
            self.send(Answer(fault.status, fault.body, headers=fault.headers))
        elif fault is not None and fault.kind == "html":
            self.send(Answer(200, "<!DOCTYPE html><html>Please log in</html>", "text/html"))
        elif fault is not None and fault.kind == "empty":
            self.send(Answer(200))
        else:
            self.send(self.owner.answer(request), fault.kind if fault else "")

    def send(self, answer: Answer, fault: str = "") -> None:
        """Send an answer, whole or cut."""
        body = answer.body.encode()
        self.owner.statuses.append(answer.status)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", answer.kind)
        if fault == "cut":
            self.send_header("Connection", "close")
        else:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body[: len(body) // 2] if fault in ("cut", "truncate") else body)
            self.wfile.flush()
        except OSError:  # the client went away
            self.close_connection = True
        if fault in ("cut", "truncate"):
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Keep the terminal of the tests quiet."""


def main() -> None:
    """Serve until ended, or for so many seconds."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=60_000)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=600.0)
    given = parser.parse_args()
    with EventServer(given.events, port=given.port) as server:
        names = ("url", "usgs_url", "emsc_url", "fdsn_url", "feed_url")
        sys.stdout.write(json.dumps({name: getattr(server, name) for name in names}) + "\n")
        sys.stdout.flush()
        server.ending.wait(given.seconds)


if __name__ == "__main__":
    main()
