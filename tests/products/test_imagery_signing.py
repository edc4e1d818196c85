"""Tokens of Planetary Computer, by a service on loopback that answers as documented."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from analysis.sources.imagery.signing import PlanetaryComputer

HREF = "https://sentinel2l2a01.blob.core.windows.net/sentinel2-l2/42/U/a.tif"


@pytest.fixture
def service():
    """Server whose answer and requests are attributes."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.asked.append((self.path, self.headers.get("Ocp-Apim-Subscription-Key")))
            body = (
                self.server.body
                if isinstance(self.server.body, str)
                else json.dumps(self.server.body)
            )
            self.send_response(self.server.status)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_):
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.asked, server.status = [], 200
    server.body = {"msft:expiry": "2999-01-01T00:00:00Z", "token": "st=1&sig=abc"}
    server.url = f"http://127.0.0.1:{server.server_port}/token"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_token_is_asked_for_once_for_each_container(service, monkeypatch):
    monkeypatch.delenv("PC_SDK_SUBSCRIPTION_KEY", raising=False)
    sign = PlanetaryComputer(service.url)
    assert sign(HREF) == sign(HREF) == HREF + "?st=1&sig=abc"
    assert sign(sign(HREF)) == sign(HREF)
    assert sign(HREF + "?a=1") == HREF + "?a=1&st=1&sig=abc"
    sign(HREF.replace("sentinel2-l2", "other"))
    assert service.asked == [
        ("/token/sentinel2l2a01/sentinel2-l2", None),
        ("/token/sentinel2l2a01/other", None),
    ]


def test_token_that_ends_is_asked_for_again_and_the_key_is_sent(service, monkeypatch):
    monkeypatch.setenv("PC_SDK_SUBSCRIPTION_KEY", "mine")
    service.body = {"msft:expiry": "2020-01-01T00:00:00Z", "token": "sig=old"}
    sign = PlanetaryComputer(service.url)
    sign(HREF)
    sign(HREF)
    assert [key for _, key in service.asked] == ["mine", "mine"]


def test_other_addresses_are_left_alone(service):
    sign = PlanetaryComputer(service.url)
    for href in ("https://e84-earth-search.s3.amazonaws.com/a.tif", "/data/a.tif", HREF + "?sig=x"):
        assert sign(href) == href
    assert service.asked == []


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (403, {}, "403"),
        (200, "<html>", "failed"),
        (200, [], "list, no mapping"),
        (200, {"token": None}, "no token for sentinel2l2a01/sentinel2-l2"),
    ],
)
def test_service_without_a_token_is_an_error(service, status, body, message):
    service.status, service.body = status, body
    with pytest.raises(ValueError, match=message):
        PlanetaryComputer(service.url)(HREF)
