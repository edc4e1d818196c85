"""Polite requests: slow to ask, patient with a busy service, and never endless."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, TypeVar

import httpx
import tenacity

from analysis import settings
from analysis.sources.fdsn.errors import (
    DeletedEventError,
    IncompleteAnswerError,
    NoSuchEventError,
    ServiceError,
    TooManyEventsError,
)

Read = TypeVar("Read")
_BUSY: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_LIMIT_WORDS: Final = ("exceeds search limit", "exceeds the limit", "too many events")
_CONNECT_TRIES: Final = 3  # without a network nobody wants to wait for minutes


@dataclass(frozen=True)
class Answer:
    """What a service said.

    Attributes
    ----------
    url : str
        What was asked for.
    status : int
        200, 204 (no data: the body is empty) or 304 (nothing new).
    body : bytes
        Uncompressed.
    headers : mapping
        Names in lower case.
    """

    url: str
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class _TryAgainError(Exception):
    """A passing trouble; what to raise when patience ends, and how long to wait at least."""

    def __init__(self, trouble: ServiceError, wait: float = 0.0) -> None:
        super().__init__(str(trouble))
        self.trouble, self.wait = trouble, wait


class _Turns:
    """When each host may be asked next, shared by all threads of the process."""

    def __init__(self) -> None:
        self._next: dict[str, float] = {}
        self._lock = threading.Lock()

    def take(self, host: str, pause: float, clock: Callable[[], float]) -> float:
        """Take the next free moment of a host; return how long to wait for it, seconds."""
        with self._lock:
            now = clock()
            turn = max(now, self._next.get(host, now))
            self._next[host] = turn + pause
            return turn - now

    def hold(self, host: str, until: float) -> None:
        """Let nobody ask a host before a moment."""
        with self._lock:
            self._next[host] = max(until, self._next.get(host, until))


_TURNS = _Turns()


class Transport:
    """Requests to services, one at a time to each host and with pauses between them.

    Parameters
    ----------
    pause : float, optional
        Least seconds between two requests to one host, counted for the whole process; by default
        the setting ``QAZCUBE_REQUEST_PAUSE`` (1).
    patience : float
        Most seconds for one question with all its repetitions.
    connect, read : float
        Seconds to wait for a connection, and for the next bytes.
    most : int
        Most bytes of an answer.
    backoff : float
        Longest first wait after a passing trouble, seconds; it doubles from time to time, up to
        a minute, and is cut by chance so that clients do not come back all at once.
    sleep, clock : callable
        For tests.

    Raises
    ------
    ValueError
        A number is negative, or no number.
    """

    def __init__(
        self,
        *,
        pause: float | None = None,
        patience: float = 300.0,
        connect: float = 10.0,
        read: float = 60.0,
        most: int = 256_000_000,
        backoff: float = 2.0,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.pause = _pause() if pause is None else float(pause)
        for name, value in (("pause", self.pause), ("patience", patience), ("backoff", backoff)):
            if not value >= 0:
                raise ValueError(f"The {name} is {value} s; it must be 0 or more.")
        self.patience, self.most, self.backoff = patience, most, backoff
        self.requests = 0
        self._sleep, self._clock = sleep, clock
        self._turns = _TURNS if clock is time.monotonic else _Turns()  # one clock, one queue
        self._client = httpx.Client(
            timeout=httpx.Timeout(read, connect=connect),
            headers={"User-Agent": "qazcube"},
            follow_redirects=True,
            max_redirects=5,
        )
        weakref.finalize(self, self._client.close)

    def get(
        self,
        url: str,
        params: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        read: Callable[[Answer], Read],
    ) -> Read:
        """Ask, again where that helps, and read the answer.

        Parameters
        ----------
        url : str
            Without its query.
        params : mapping, optional
            The query.
        headers : mapping, optional
            Besides our own.
        read : callable
            Makes something of the answer. Where it raises `IncompleteAnswerError`, the question
            is repeated like one whose answer broke off on the way.

        Returns
        -------
        whatever `read` returns

        Raises
        ------
        TooManyEventsError, NoSuchEventError, DeletedEventError
            The service said so.
        ServiceError
            Another error of the service, none of its answers came whole within the patience, or
            an answer is too long.
        """
        address = str(httpx.URL(url, params=dict(params or {})))
        start, refused = self._clock(), 0

        def attempt() -> Read:
            nonlocal refused
            try:
                return _read(read, self._once(address, headers or {}))
            except httpx.InvalidURL as trouble:
                raise ServiceError(f"This is no address: {trouble}.", address) from trouble
            except httpx.ConnectError as trouble:
                refused += 1
                error = ServiceError(f"The service cannot be reached: {trouble}.", address)
                if refused >= _CONNECT_TRIES:
                    raise error from trouble
                raise _TryAgainError(error) from trouble
            except (httpx.TimeoutException, httpx.RemoteProtocolError, httpx.NetworkError) as error:
                raise _TryAgainError(_broken(error, address)) from error
            except httpx.HTTPError as error:
                if isinstance(error, httpx.DecodingError):
                    raise _TryAgainError(_broken(error, address)) from error
                raise ServiceError(f"The request failed: {error}.", address) from error

        chance = tenacity.wait_random_exponential(multiplier=self.backoff, max=60)
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_TryAgainError),
            wait=lambda state: max(chance(state), _wait(state)),
            stop=lambda state: self._clock() - start + float(state.upcoming_sleep) >= self.patience,
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return retrying(attempt)
        except _TryAgainError as last:
            raise _give_up(last, self._clock() - start, self.patience) from last.__cause__

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def _once(self, address: str, headers: Mapping[str, str]) -> Answer:
        """Ask once, when it is our turn."""
        host = httpx.URL(address).netloc.decode()
        if not host:
            raise ServiceError("This is no address of a service.", address)
        wait = self._turns.take(host, self.pause, self._clock)
        if wait > 0:
            self._sleep(wait)
        self.requests += 1
        with self._client.stream("GET", address, headers=dict(headers)) as response:
            body = self._body(response, address)
            answer = Answer(address, response.status_code, body, _plain(response.headers))
        if answer.status in (200, 304):
            return answer
        if answer.status == 204:
            return Answer(address, 204, b"", answer.headers)
        raise self._refusal(answer, host)

    def _body(self, response: httpx.Response, address: str) -> bytes:
        parts, size, start = [], 0, self._clock()
        for part in response.iter_bytes():
            size += len(part)
            if size > self.most:
                message = f"The answer is longer than {self.most / 1e6:g} MB and is refused."
                raise ServiceError(message, address, response.status_code)
            if self._clock() - start > max(self.patience, 1.0):
                trouble = ServiceError("The answer does not end.", address, response.status_code)
                raise trouble
            parts.append(part)
        return b"".join(parts)

    def _refusal(self, answer: Answer, host: str) -> Exception:
        """Return what an error status means."""
        text = answer.body[:4000].decode("utf-8", "replace")
        about = (answer.url, answer.status, text)
        if answer.status in _BUSY:
            wait = retry_after(answer.headers.get("retry-after"))
            if wait > 0:
                self._turns.hold(host, self._clock() + min(wait, self.patience))
            return _TryAgainError(ServiceError("The service is busy or broken.", *about), wait)
        if answer.status == 413 or any(words in text.lower() for words in _LIMIT_WORDS):
            return TooManyEventsError("More events match than the service gives at once.", *about)
        if answer.status == 409:
            return DeletedEventError("The service has deleted this event.", *about)
        if answer.status == 404:
            return NoSuchEventError("The service has nothing of this kind.", *about)
        return ServiceError("The service refuses the question.", *about)


def retry_after(value: str | None, now: datetime | None = None) -> float:
    """Seconds to wait as the header Retry-After asks.

    Parameters
    ----------
    value : str or None
        Whole seconds, or a date of HTTP.
    now : datetime.datetime, optional
        With a zone; for dates.

    Returns
    -------
    float
        0 where nothing sensible is asked.

    Examples
    --------
    >>> retry_after("120"), retry_after(None), retry_after("soon"), retry_after("-5")
    (120.0, 0.0, 0.0, 0.0)
    >>> moment = datetime(2015, 10, 21, 7, 27, 50, tzinfo=UTC)
    >>> retry_after("Wed, 21 Oct 2015 07:28:00 GMT", moment)
    10.0
    """
    text = (value or "").strip()
    if text.isdecimal():
        return float(text[:12])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())


def _read(read: Callable[[Answer], Read], answer: Answer) -> Read:
    """Read an answer; an error gets its address, one that broke off is worth another try."""
    try:
        return read(answer)
    except ServiceError as error:
        found = error if error.url else error.at(answer.url, answer.status)
        if isinstance(found, IncompleteAnswerError):
            raise _TryAgainError(found) from error
        raise found from error.__cause__


def _pause() -> float:
    text = settings.get("request_pause")
    try:
        return float(text)
    except ValueError:
        message = f"QAZCUBE_REQUEST_PAUSE is {text!r}; give seconds, for example 1."
        raise ValueError(message) from None


def _wait(state: tenacity.RetryCallState) -> float:
    trouble = state.outcome.exception() if state.outcome else None
    return trouble.wait if isinstance(trouble, _TryAgainError) else 0.0


def _broken(error: Exception, address: str) -> ServiceError:
    if isinstance(error, httpx.TimeoutException):
        return ServiceError("The service does not answer in time.", address)
    return IncompleteAnswerError("The answer broke off.", address, None, str(error))


def _give_up(last: _TryAgainError, spent: float, patience: float) -> ServiceError:
    trouble = last.trouble
    if last.wait > max(patience - spent, 0.0):
        why = f"It asks to wait {last.wait:.0f} s, longer than our patience of {patience:g} s."
    else:
        why = f"Given up after {spent:.0f} s."
    trouble.args = (f"{trouble.args[0]} {why}",)
    return trouble


def _plain(headers: httpx.Headers) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
