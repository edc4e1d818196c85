"""A real HTTP server on loopback that gives files, and gives them badly when it is told to.

In a test::

    with FileServer({"2020/a.nc": b"..."}) as server:
        server.url("2020/a.nc")  # files, with ranges, ETag and Last-Modified
        server.url("2020/")  # pages of directories
        server.url("search/granules.umm_json")  # NASA's search over ``server.granules``
        server.url("a.nc", host="localhost")  # the same server as another host

Faults, each for so many requests (None: for all)::

    server.fault("a.nc", "slow", rate=1000)  # bytes a second
    server.fault("a.nc", "drop", after=100)  # the connection ends after so many bytes
    server.fault("a.nc", "corrupt")  # other bytes
    server.fault("a.nc", "short")  # fewer bytes than the length says, or
    server.fault("a.nc", "lie", by=10)  # a length that is not that of the file
    server.fault("a.nc", "status", status=503, headers={"Retry-After": "1"})
    server.fault("a.nc", "html")  # 200 and a page to log in
    server.fault("a.nc", "redirect", to="http://...")
    server.fault("a.nc", "endless", most=10**9)  # bytes without a stated end, up to so many
    server.fault("a.nc", "hang", seconds=5)
    server.fault("a.nc", "whole")  # ranges are not understood

``server.sessions.add("a.h5")`` gives that file as NASA's archives do: without the cookie of a
session it leads to a login on the host ``localhost``, which wants the header ``server.login``, and
back.

``server.requests`` are what was asked: path, query, headers, status, bytes that were sent.
``server.needs[path] = "Bearer t"`` wants that header. ``server.validators = False`` leaves ETag and
Last-Modified out.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import threading
import time
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

LOGIN = b"<!DOCTYPE html><html><title>Please log in</title><form>...</form></html>"


@dataclass
class Asked:
    """One request and how it was answered."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    status: int = 0
    sent: int = 0
    at: float = field(default_factory=time.monotonic)


@dataclass
class Fault:
    """What goes wrong with one path, and how often still."""

    kind: str
    times: int | None
    options: dict[str, Any]


class FileServer:
    """Files by path, and what goes wrong with them."""

    def __init__(self, files: dict[str, bytes] | None = None) -> None:
        self.files = dict(files or {})
        self.requests: list[Asked] = []
        self.granules: list[dict[str, Any]] = []
        self.needs: dict[str, str] = {}
        self.sessions: set[str] = set()
        self.login = ""
        self.validators = True
        self.modified = 1_600_000_000.0
        self._faults: dict[str, list[Fault]] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> FileServer:
        outer = self

        class Handler(_Handler):
            server_of_files = outer

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}/{path}"

    def fault(self, path: str, kind: str, times: int | None = 1, **options: Any) -> None:
        self._faults.setdefault(path, []).append(Fault(kind, times, options))

    def heal(self) -> None:
        self._faults.clear()

    def take(self, path: str) -> Fault | None:
        """Give the fault of this request and count it down."""
        with self._lock:
            waiting = self._faults.get(path) or []
            if not waiting:
                return None
            one = waiting[0]
            if one.times is not None:
                one.times -= 1
                if one.times <= 0:
                    waiting.pop(0)
            return one

    def asked(self, path: str) -> list[Asked]:
        return [one for one in self.requests if one.path == path]

    def page(self, folder: str) -> bytes | None:
        """Page of a directory, as Apache writes it."""
        below = {
            rest.split("/")[0] + ("/" if "/" in rest else "")
            for path in self.files
            if path.startswith(folder) and (rest := path[len(folder) :])
        }
        if not below and folder:
            return None
        rows = "".join(f'<li><a href="{name}">{name}</a></li>' for name in sorted(below))
        head = '<a href="?C=M;O=A">Last modified</a> <a href="/elsewhere/">Parent Directory</a>'
        return f"<html><h1>Index of /{folder}</h1>{head}<ul>{rows}</ul></html>".encode()

    def search(self, query: dict[str, str], after: int) -> tuple[dict[str, Any], int | None]:
        """Answer as NASA's Common Metadata Repository does: a page, and where the next begins."""
        first, _, last = query["temporal"].partition(",")
        west, south, east, north = map(float, query["bounding_box"].split(","))
        found = [
            one
            for one in self.granules
            if one["short_name"] == query["short_name"]
            and one.get("version") == query.get("version", one.get("version"))
            and first[:10] <= one["date"] <= last[:10]
            and west <= one["place"][0] <= east
            and south <= one["place"][1] <= north
        ]
        size = int(query.get("page_size", 10))
        page = found[after : after + size]
        items = [{"meta": {}, "umm": self._umm(one)} for one in page]
        more = after + size if page else None
        return {"hits": len(found), "took": 1, "items": items}, more

    def _umm(self, one: dict[str, Any]) -> dict[str, Any]:
        data = self.files[one["path"]]
        name = one["path"].rpartition("/")[2]
        digits = {"Value": hashlib.md5(data).hexdigest(), "Algorithm": "MD5"}  # noqa: S324
        about = [{"Name": name, "SizeInBytes": len(data), "Checksum": digits}]
        return {
            "TemporalExtent": {"RangeDateTime": {"BeginningDateTime": f"{one['date']}T00:00:00Z"}},
            "DataGranule": {"ArchiveAndDistributionInformation": about},
            "RelatedUrls": [
                {"URL": f"s3://bucket/{one['path']}", "Type": "GET DATA VIA DIRECT ACCESS"},
                {"URL": self.url(one["path"]), "Type": "GET DATA"},
                {"URL": self.url(f"{one['path']}.jpg"), "Type": "GET RELATED VISUALIZATION"},
            ],
        }


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: Any) -> None:
        """Say nothing of clients that go away."""


class _Handler(BaseHTTPRequestHandler):
    server_of_files: FileServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        """Give a token for a name and a password."""
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        good = form.get("username") == ["me"] and form.get("password") == ["secret"]
        self._note(urlsplit(self.path).path.lstrip("/"), {}).status = 200 if good else 401
        body = json.dumps({"access_token": "exchanged", "expires_in": 600} if good else {}).encode()
        self._send(200 if good else 401, body, {"Content-Type": "application/json"})

    def do_GET(self) -> None:
        """Give a file, a page of a directory, or a fault."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._get()

    def _note(self, path: str, query: dict[str, str]) -> Asked:
        asked = Asked(path, query, {k.lower(): v for k, v in self.headers.items()})
        self.server_of_files.requests.append(asked)
        return asked

    def _get(self) -> None:
        outer = self.server_of_files
        parts = urlsplit(self.path)
        path = unquote(parts.path).lstrip("/")
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        self.asked = self._note(path, query)
        fault = outer.take(path)
        if fault and fault.kind == "hang":
            time.sleep(fault.options["seconds"])
        if fault and fault.kind in ("status", "html", "redirect"):
            self._refuse(fault)
            return
        if path in outer.sessions | {"oauth/authorize", "login"} and self._session(path, query):
            return
        if path in outer.needs and self.headers.get("Authorization") != outer.needs[path]:
            self._send(401, b"log in", {"WWW-Authenticate": "Basic"})
            return
        if path.startswith("search/granules"):
            after = int(self.headers.get("CMR-Search-After", "0"))
            told, more = outer.search(query, after)
            extra = {"CMR-Search-After": str(more)} if more is not None else {}
            self._send(
                200, json.dumps(told).encode(), {"Content-Type": "application/json", **extra}
            )
            return
        if path in outer.files:
            self._file(path, outer.files[path], fault)
            return
        page = outer.page(path) if path.endswith("/") or not path else None
        if page is None:
            self._send(404, b"no such file", {})
        else:
            self._send(200, page, {"Content-Type": "text/html;charset=UTF-8"})

    def _session(self, path: str, query: dict[str, str]) -> bool:
        """Lead to the login and back; False where the session is there."""
        outer = self.server_of_files
        if path == "oauth/authorize":
            if self.headers.get("Authorization") != outer.login:
                self._send(401, b"who are you?", {"WWW-Authenticate": "Basic"})
            else:
                there = outer.url(f"login?code=1&back={query['back']}")
                self._send(302, b"", {"Location": there})
            return True
        if path == "login":
            cookie = {"Set-Cookie": "session=opened; Path=/; HttpOnly"}
            self._send(302, b"", {"Location": f"/{query['back']}", **cookie})
            return True
        if "session=opened" in self.headers.get("Cookie", ""):
            return False
        there = outer.url(f"oauth/authorize?back={path}", host="localhost")
        self._send(302, b"", {"Location": there})
        return True

    def _refuse(self, fault: Fault) -> None:
        if fault.kind == "html":
            self._send(200, LOGIN, {"Content-Type": fault.options.get("type", "text/html")})
        elif fault.kind == "redirect":
            self._send(302, b"", {"Location": fault.options["to"]})
        else:
            headers = dict(fault.options.get("headers", {}))
            self._send(fault.options["status"], b"sorry", headers)

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        if hasattr(self, "asked"):  # first of all: the client may be quicker than we
            self.asked.status, self.asked.sent = status, len(body)
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _file(self, path: str, data: bytes, fault: Fault | None) -> None:
        outer = self.server_of_files
        etag = f'"{hashlib.md5(data).hexdigest()}"'  # noqa: S324 - no secret
        changed = formatdate(outer.modified, usegmt=True)
        headers = {"Accept-Ranges": "bytes"}
        headers |= {"ETag": etag, "Last-Modified": changed} if outer.validators else {}
        if outer.validators and self.headers.get("If-None-Match") == etag:
            self._send(304, b"", headers)
            return
        start, status = 0, 200
        wish = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        same = self.headers.get("If-Range", etag) in (etag, changed)
        if wish and same and not (fault and fault.kind == "whole"):
            start = int(wish[1])
            stop = min(int(wish[2]) + 1 if wish[2] else len(data), len(data))
            if start >= len(data):
                self._send(416, b"", {"Content-Range": f"bytes */{len(data)}"})
                return
            status = 206
            headers["Content-Range"] = f"bytes {start}-{stop - 1}/{len(data)}"
            body = data[start:stop]
        else:
            body = data
        self._give(status, body, headers, fault)

    def _flood(self, body: bytes, most: int) -> None:
        """Send the same bytes again and again, and never say how many."""
        self.close_connection = True
        self.send_response(200)
        self.end_headers()
        while self.asked.sent < most:
            self.wfile.write(body)
            self.asked.sent += len(body)

    def _give(self, status: int, body: bytes, headers: dict[str, str], fault: Fault | None) -> None:
        kind, options = (fault.kind, fault.options) if fault else ("", {})
        length = len(body)
        if kind == "endless":
            self._flood(body, options["most"])
            return
        if kind == "corrupt":
            body = bytes(byte ^ 0x55 for byte in body)
        if kind == "short":
            body = body[: len(body) // 2]
        if kind == "lie":
            length += options["by"]
            body = body[:length]
        stop = options["after"] if kind == "drop" else len(body)
        self.asked.status = status
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(length)}.items():
            self.send_header(name, value)
        self.end_headers()
        rate = options.get("rate", 0) if kind == "slow" else 0
        step = max(1, rate // 20) if rate else 65536
        for place in range(0, min(stop, len(body)), step):
            piece = body[place : min(place + step, stop)]
            self.asked.sent += len(piece)
            self.wfile.write(piece)
            if rate:
                self.wfile.flush()
                time.sleep(step / rate)
        if kind in ("drop", "short", "lie"):
            self.wfile.flush()
            self.close_connection = True
            self.connection.shutdown(2)
