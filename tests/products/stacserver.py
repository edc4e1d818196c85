"""A real HTTP server on loopback that speaks STAC API item search and serves files in ranges.

``server.requests`` holds what was asked (method, path, bytes sent); ``server.fail(503, times=2)``
answers so instead; ``StacServer(..., methods=("GET",))`` offers only that way to search.
"""

from __future__ import annotations

import json
import threading
from copy import deepcopy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

import pandas as pd

from tests.products.imagery_files import collection_row

CONFORMANCE = [
    "https://api.stacspec.org/v1.0.0/core",
    "https://api.stacspec.org/v1.0.0/collections",
    "https://api.stacspec.org/v1.0.0/item-search",
    "https://api.stacspec.org/v1.0.0/item-search#query",
    "https://api.stacspec.org/v1.0.0/ogcapi-features",
]


class Asked(NamedTuple):
    """One request: method, path, status, bytes of the answer, body or query."""

    method: str
    path: str
    status: int
    sent: int
    asked: Any


class StacServer:
    """STAC API over the items of a folder."""

    def __init__(
        self,
        folder: Path,
        items: list[dict[str, Any]],
        *,
        page: int = 100,
        methods: tuple[str, ...] = ("GET", "POST"),
        conformance: list[str] | None = None,
    ) -> None:
        self.folder, self.items, self.page, self.methods = folder, items, page, methods
        self.conformance = CONFORMANCE if conformance is None else conformance
        self.requests: list[Asked] = []
        self.faults: list[int] = []
        handler = type("Bound", (_Handler,), {"server_state": self})
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        self.api = self.url + "/stac"

    def __enter__(self) -> StacServer:
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()

    def fail(self, status: int, times: int = 1) -> None:
        """Answer the next searches with a status."""
        self.faults += [status] * times

    def searches(self) -> list[Asked]:
        """Requests of item search."""
        return [one for one in self.requests if one.path == "/stac/search"]

    def sent(self, ending: str = ".tif") -> int:
        """Bytes of files of an ending that went out."""
        return sum(one.sent for one in self.requests if one.path.endswith(ending))

    def told(self, one: dict[str, Any]) -> dict[str, Any]:
        """An item with addresses of this server."""
        row = deepcopy(one)
        row["links"] = [
            {"rel": "self", "href": f"{self.api}/collections/{row['collection']}/items/{row['id']}"}
        ]
        for value in row["assets"].values():
            inside = Path(value["href"]).relative_to(self.folder)
            value["href"] = f"{self.url}/files/{inside.as_posix()}"
        return row


class _Handler(BaseHTTPRequestHandler):
    server_state: ClassVar[StacServer]
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path.startswith("/files/"):
            self._file(url.path.removeprefix("/files/"))
        elif url.path == "/stac/search":
            self._search("GET", dict(parse_qsl(url.query)))
        else:
            self._page(url.path)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._search("POST", json.loads(body or b"{}"))

    def _page(self, path: str) -> None:
        state = self.server_state
        names = sorted({one["collection"] for one in state.items})
        rows = [collection_row(n, [i for i in state.items if i["collection"] == n]) for n in names]
        if path in ("/stac", "/stac/"):
            links = [
                {"rel": "self", "href": state.api},
                {"rel": "root", "href": state.api},
                {"rel": "data", "href": state.api + "/collections"},
                {"rel": "conformance", "href": state.api + "/conformance"},
                *(
                    {
                        "rel": "search",
                        "href": state.api + "/search",
                        "type": "application/geo+json",
                        "method": method,
                    }
                    for method in state.methods
                ),
            ]
            root = {"type": "Catalog", "id": "api", "stac_version": "1.0.0", "description": "x"}
            self._json(200, root | {"conformsTo": state.conformance, "links": links})
        elif path == "/stac/conformance":
            self._json(200, {"conformsTo": state.conformance})
        elif path == "/stac/collections":
            self._json(200, {"collections": rows, "links": []})
        else:
            self._json(404, {"code": "NotFound", "description": f"no {path}"})

    def _search(self, method: str, asked: dict[str, Any]) -> None:
        state = self.server_state
        if state.faults:
            self._json(state.faults.pop(0), {"code": "Broken", "description": "on purpose"}, asked)
            return
        if method not in state.methods:
            self._json(405, {"code": "MethodNotAllowed", "description": method}, asked)
            return
        found = [one for one in state.items if _wanted(one, asked)]
        size = min(int(asked.get("limit", 10)), state.page)
        begin = int(asked.get("token", 0))
        links: list[dict[str, Any]] = []
        if begin + size < len(found):
            again = {**asked, "token": begin + size}
            if method == "GET":
                links = [{"rel": "next", "href": f"{state.api}/search?{urlencode(again)}"}]
            else:
                href = state.api + "/search"
                links = [{"rel": "next", "href": href, "method": "POST", "body": again}]
        rows = [state.told(one) for one in found[begin : begin + size]]
        self._json(200, {"type": "FeatureCollection", "features": rows, "links": links}, asked)

    def _json(self, status: int, rows: Any, asked: Any = None) -> None:
        self._answer(status, json.dumps(rows).encode(), "application/json", {}, asked)

    def _file(self, name: str) -> None:
        path = self.server_state.folder / name
        if not path.is_file():
            self._json(404, {"code": "NotFound"})
            return
        data = path.read_bytes()
        given = self.headers.get("Range", "")
        more = {"Accept-Ranges": "bytes"}
        status, part = 200, data
        if given.startswith("bytes="):
            low, _, high = given.removeprefix("bytes=").partition("-")
            begin, end = int(low), min(int(high or len(data) - 1), len(data) - 1)
            status, part = 206, data[begin : end + 1]
            more["Content-Range"] = f"bytes {begin}-{end}/{len(data)}"
        self._answer(status, part, "image/tiff", more)

    def _answer(
        self, status: int, data: bytes, kind: str, more: dict[str, str], asked: Any = None
    ) -> None:
        head = self.command == "HEAD"
        path = urlsplit(self.path).path
        sent = 0 if head else len(data)
        self.server_state.requests.append(Asked(self.command, path, status, sent, asked))
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for key, value in more.items():
            self.send_header(key, value)
        self.end_headers()
        if not head:
            self.wfile.write(data)


def _wanted(one: dict[str, Any], asked: dict[str, Any]) -> bool:
    names = asked.get("collections")
    names = names.split(",") if isinstance(names, str) else names
    if names and one["collection"] not in names:
        return False
    box = asked.get("bbox")
    box = [float(x) for x in box.split(",")] if isinstance(box, str) else box
    if box and (
        box[0] > one["bbox"][2]
        or box[2] < one["bbox"][0]
        or box[1] > one["bbox"][3]
        or box[3] < one["bbox"][1]
    ):
        return False
    if asked.get("datetime"):
        low, _, high = asked["datetime"].partition("/")
        when = pd.Timestamp(one["properties"]["datetime"])
        if low not in ("", "..") and when < pd.Timestamp(low):
            return False
        if high not in ("", "..") and when > pd.Timestamp(high):
            return False
    query = asked.get("query") or {}
    query = json.loads(query) if isinstance(query, str) else query
    most = query.get("eo:cloud_cover", {}).get("lte")
    return most is None or one["properties"].get("eo:cloud_cover", 0) <= most
