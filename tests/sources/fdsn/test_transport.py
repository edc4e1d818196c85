"""Requests are polite, patient and never endless."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from analysis.sources.fdsn import ServiceError, TooManyEventsError, Transport
from analysis.sources.fdsn.errors import (
    DeletedEventError,
    IncompleteAnswerError,
    NoSuchEventError,
    first_words,
)

ASKED = {"format": "geojson", "starttime": "2014-01-01", "minmagnitude": 5}


def body(answer):
    return answer.body


def ask(transport, server, **more):
    return transport.get(f"{server.usgs_url}/query", {**ASKED, **more}, read=body)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_passing_troubles_are_tried_again(server, quick, status):
    server.inject("status", status=status, times=2)
    assert ask(quick, server).startswith(b"{")
    assert len(server.requests) == quick.requests == 3


@pytest.mark.parametrize("fault", ["truncate", "drop", "hang"])
def test_broken_answers_are_tried_again(server, quick, fault):
    whole = ask(quick, server)
    server.inject(fault, seconds=3)
    assert ask(quick, server) == whole


def test_an_answer_that_its_reader_finds_incomplete_is_tried_again(server, quick):
    server.inject("cut")

    def whole(answer):
        if not answer.body.endswith(b"}"):
            raise IncompleteAnswerError("Cut.")
        return answer.body

    assert quick.get(f"{server.usgs_url}/query", ASKED, read=whole).endswith(b"}")
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("status", "text", "error"),
    [
        (400, "60000 matching events exceeds search limit of 20000.", TooManyEventsError),
        (413, "Request Entity Too Large", TooManyEventsError),
        (404, "Not Found", NoSuchEventError),
        (409, "The requested event has been deleted", DeletedEventError),
        (400, "Bad starttime value", ServiceError),
        (403, "Forbidden", ServiceError),
        (501, "Not implemented", ServiceError),
    ],
)
def test_lasting_errors_are_told_at_once_with_address_status_and_words(
    server, quick, status, text, error
):
    server.inject("status", status=status, body=text)
    with pytest.raises(error, match=text) as caught:
        ask(quick, server)
    assert type(caught.value) is error
    assert isinstance(caught.value, ValueError)
    assert caught.value.status == status
    assert str(status) in str(caught.value)
    assert server.usgs_url in caught.value.url
    assert "minmagnitude=5" in str(caught.value)
    assert len(server.requests) == 1


def test_patience_ends(server):
    server.inject("status", status=503, body="Down for repair", times=None)
    with pytest.raises(ServiceError, match=r"Down for repair.*Given up") as caught:
        ask(Transport(pause=0, backoff=0.05, patience=0.5), server)
    assert caught.value.status == 503
    assert len(server.requests) >= 2


def test_retry_after_is_obeyed(server):
    server.inject("status", status=429, headers={"Retry-After": "1"})
    ask(Transport(pause=0, backoff=0.01, patience=10), server)
    first, second = (request.at for request in server.requests)
    assert second - first >= 0.99


def test_retry_after_as_a_date_is_obeyed(server):
    moment = datetime.now(UTC) + timedelta(seconds=2.5)
    server.inject("status", status=503, headers={"Retry-After": format_datetime(moment, True)})
    ask(Transport(pause=0, backoff=0.01, patience=20), server)
    first, second = (request.at for request in server.requests)
    assert second - first >= 1.0


def test_a_service_that_asks_for_more_than_our_patience_is_not_waited_for(server):
    server.inject("status", status=429, headers={"Retry-After": "3600"}, body="Banned")
    slept: list[float] = []
    with pytest.raises(ServiceError, match="asks to wait 3600 s") as caught:
        ask(Transport(pause=0, patience=2, sleep=slept.append), server)
    assert "Banned" in str(caught.value)
    assert sum(slept) < 2


def test_one_host_is_asked_slowly_by_all_threads_together(server):
    transports = [Transport(pause=0.2) for _ in range(3)]
    threads = [threading.Thread(target=ask, args=(one, server)) for one in transports]
    start = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ask(transports[0], server)
    at = sorted(request.at for request in server.requests)
    assert all(moment - start >= 0.2 * turn - 0.01 for turn, moment in enumerate(at))


def test_the_pause_is_a_setting(monkeypatch):
    assert Transport().pause == 1.0
    monkeypatch.setenv("QAZCUBE_REQUEST_PAUSE", "0.25")
    assert Transport().pause == 0.25
    monkeypatch.setenv("QAZCUBE_REQUEST_PAUSE", "soon")
    with pytest.raises(ValueError, match="QAZCUBE_REQUEST_PAUSE is 'soon'"):
        Transport()


@pytest.mark.parametrize("name", ["pause", "patience", "backoff"])
def test_impossible_numbers_are_refused(name):
    for value in (-1.0, float("nan")):
        with pytest.raises(ValueError, match=f"The {name} is"):
            Transport(**{name: value})


def test_waits_grow_and_differ(server):
    slept: list[float] = []
    now = [0.0]

    def sleep(seconds):
        slept.append(seconds)
        now[0] += seconds

    server.inject("status", status=503, times=None)
    patient = Transport(pause=0, backoff=2, patience=400, sleep=sleep, clock=lambda: now[0])
    with pytest.raises(ServiceError):
        ask(patient, server)
    assert len(slept) >= 5
    assert max(slept) <= 60
    assert all(wait <= 2 * 2.0**i for i, wait in enumerate(slept))
    assert len(set(slept)) == len(slept)
    assert sum(slept) <= 400


def test_a_body_over_the_limit_is_refused(server):
    with pytest.raises(ServiceError, match=r"longer than 0\.001 MB"):
        ask(Transport(pause=0, most=1000), server)
    assert len(server.requests) == 1


def test_nobody_there_is_told_soon_and_clearly():
    slept: list[float] = []
    with pytest.raises(ServiceError, match="cannot be reached") as caught:
        Transport(pause=0, backoff=0.01, sleep=slept.append).get(
            "http://127.0.0.1:9/query", read=body
        )
    assert caught.value.status is None
    assert "127.0.0.1:9" in str(caught.value)
    assert sum(slept) < 5


@pytest.mark.parametrize("url", ["ftp://quakes.example/", "quakes.example", "http://", "http://[x"])
def test_what_is_no_address_is_an_error_of_ours(url):
    with pytest.raises(ServiceError):
        Transport(pause=0, backoff=0.01).get(url, read=body)


def test_we_say_who_we_are(server, quick):
    ask(quick, server)
    assert server.requests[0].headers["user-agent"] == "qazcube"


def test_no_data_is_an_empty_body(server, quick):
    found = quick.get(
        f"{server.fdsn_url}/query",
        {"format": "xml", "starttime": "2050-01-01"},
        read=lambda answer: (answer.status, answer.body),
    )
    assert found == (204, b"")


def test_first_words_of_anything_are_short():
    assert first_words("<p>a</p>" * 10_000).startswith("a a a")
    assert len(first_words("x" * 10_000)) == 300
    assert first_words(b"\xff\xfe") == "\ufffd\ufffd"
    assert first_words("1 < 2") == "1 < 2"
