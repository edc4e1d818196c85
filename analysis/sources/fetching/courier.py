"""Requests for files: in turn to each host, with redirects that carry no secret elsewhere."""

from __future__ import annotations

import contextlib
import functools
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import httpx

from analysis import settings
from analysis.sources.fdsn.transport import _TURNS, retry_after
from analysis.sources.fetching import accounts
from analysis.sources.fetching.errors import (
    CancelledError,
    FetchError,
    NotThereError,
    UnreachableError,
)

_BUSY: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_REDIRECTS: Final = 10
_CONNECT_TRIES: Final = 3  # without a network nobody wants to wait for minutes
_MOST_TEXT: Final = 64 * 2**20  # bytes of a page of a directory or of an answer to a search
_LONGEST_TEXT: Final = 600.0  # seconds that such a page may take in all
_SECRET: Final = re.compile("key|token|secret|sign|passw|credential|auth", re.IGNORECASE)


@functools.cache
def _trust() -> ssl.SSLContext:
    """Certificates that are believed: read once, for it takes longer than a small file."""
    return httpx.create_ssl_context()


class PassingError(FetchError):
    """A passing trouble: worth another try after ``wait`` seconds."""

    def __init__(self, text: str, wait: float = 0.0, *, connected: bool = True) -> None:
        super().__init__(text)
        self.wait, self.connected = wait, connected


class Courier:
    """Asks for files and pages on behalf of one source.

    Parameters
    ----------
    account : str, optional
        Account that the source needs.
    pause : float, optional
        Least seconds between two requests to one host, for the whole process; by default the
        setting ``QAZCUBE_REQUEST_PAUSE`` (1).
    cancel : threading.Event, optional
        Ends waiting and reading when it is set.
    tries : int, optional
        How often in a row one address is asked without getting a byte further.
    backoff : float, optional
        First wait after a passing trouble, seconds; it doubles, up to a minute.
    patience : float, optional
        Longest wait that a service may ask for, seconds.
    connect, read : float, optional
        Seconds to wait for a connection, and for the next bytes.
    """

    def __init__(
        self,
        account: str = "",
        *,
        pause: float | None = None,
        cancel: threading.Event | None = None,
        tries: int = 5,
        backoff: float = 1.0,
        patience: float = 300.0,
        connect: float = 15.0,
        read: float = 60.0,
    ) -> None:
        self.account = accounts.account(account) if account else None
        self.pause = float(settings.get("request_pause")) if pause is None else pause
        self.cancel = cancel or threading.Event()
        self.tries, self.backoff, self.patience = tries, backoff, patience
        self._found = accounts.credentials(self.account) if self.account else None
        self._token_lock = threading.Lock()
        self._token_until = 0.0
        self._client = httpx.Client(
            timeout=httpx.Timeout(read, connect=connect),
            headers={"User-Agent": "qazcube", "Accept-Encoding": "identity"},
            follow_redirects=False,
            verify=_trust(),
        )

    def __enter__(self) -> Courier:
        """Give itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close all connections."""
        self._client.close()

    @contextlib.contextmanager
    def ask(self, url: str, headers: Mapping[str, str] | None = None) -> Iterator[httpx.Response]:
        """Ask for an address once, follow its redirects, and give the answer to be read.

        Parameters
        ----------
        url : str
            Address.
        headers : mapping, optional
            Besides our own.

        Yields
        ------
        httpx.Response
            With status 200, 206, 304 or 416; its body is not read yet.

        Raises
        ------
        PassingError
            Busy, broken or silent: worth another try.
        AccountError
            401 or 403.
        NotThereError
            404 or 410.
        FetchError
            Another refusal, or redirects without end.
        """
        self.exchange()
        with contextlib.ExitStack() as stack:
            try:
                yield self._follow(url, dict(headers or {}), stack)
            except httpx.InvalidURL as error:
                raise FetchError(f"{url} is no address: {error}.") from error
            except httpx.TimeoutException as error:
                raise PassingError(f"{_host(url)} does not answer in time") from error
            except httpx.ConnectError as error:
                raise PassingError(
                    f"{_host(url)} cannot be reached ({error})", connected=False
                ) from error
            except httpx.HTTPError as error:
                raise PassingError(f"{_host(url)} broke off ({error})") from error

    def _follow(
        self, url: str, extra: dict[str, str], stack: contextlib.ExitStack
    ) -> httpx.Response:
        first = url
        for _ in range(_REDIRECTS):
            self._turn(url)
            secret = accounts.headers(self.account, self._found, url)
            request = self._client.build_request("GET", url, headers={**extra, **secret})
            response = self._client.send(request, stream=True)
            if not response.has_redirect_location:
                stack.callback(response.close)
                self._check(response, url)
                return response
            response.close()
            url = urljoin(url, response.headers["location"])
            if urlsplit(url).scheme not in ("http", "https"):
                raise FetchError(
                    f"{_host(str(request.url))} leads to {shown(url)[:80]}, no web address."
                )
            if _private(url) and not _private(first):
                raise FetchError(
                    f"{_host(str(request.url))} leads to {_host(url)}, an address of a private "
                    "network; a public one may not."
                )
        raise FetchError(f"{_host(url)} leads on without end ({_REDIRECTS} redirects).")

    def _check(self, response: httpx.Response, url: str) -> None:
        status, host = response.status_code, _host(url)
        if status in (200, 206, 304, 416):
            return
        if status in _BUSY:
            wait = retry_after(response.headers.get("retry-after"))
            if wait > self.patience:
                raise FetchError(
                    f"{host} asks to wait {wait:.0f} s, longer than our patience of "
                    f"{self.patience:g} s. Try again later: what came is kept."
                )
            raise PassingError(f"{host} is busy ({status})", wait)
        if status in (401, 403):
            raise accounts.refusal(self.account.name if self.account else "", status, host)
        if status in (404, 410):
            raise NotThereError(f"{host} has no such file ({status}): {shown(url)}")
        raise FetchError(f"{host} refuses with {status}: {shown(url)}")

    def exchange(self) -> None:
        """Exchange name and password for a token where the provider wants that."""
        one = self.account
        if one is None or not one.token_url or self._found is None or not self._found.password:
            return
        with self._token_lock:
            if time.monotonic() < self._token_until:
                return
            self._turn(one.token_url)
            form = {"client_id": "cdse-public", "grant_type": "password"}
            form |= {"username": self._found.user, "password": self._found.password}
            try:
                answer = self._client.post(one.token_url, data=form)
                told = answer.json() if answer.status_code == 200 else {}
            except (httpx.HTTPError, ValueError) as error:
                raise PassingError(f"{_host(one.token_url)} gives no token") from error
            if "access_token" not in told:
                raise accounts.refusal(one.name, answer.status_code, _host(one.token_url))
            user, password = self._found.user, self._found.password
            self._found = accounts.Credentials(user, password, str(told["access_token"]))
            self._token_until = time.monotonic() + 0.8 * float(told.get("expires_in", 300))

    def _turn(self, url: str) -> None:
        """Wait for our turn at this host."""
        self.wait(_TURNS.take(urlsplit(url).netloc, self.pause, time.monotonic))

    def wait(self, seconds: float) -> None:
        """Wait, unless somebody cancels."""
        if self.cancel.wait(seconds) if seconds > 0 else self.cancel.is_set():
            raise CancelledError("Stopped; what came is kept.")

    def patiently(self, attempt: Callable[[], bool]) -> None:
        """Repeat an attempt while its troubles pass.

        Parameters
        ----------
        attempt : callable
            True where it is done; False to go on at once, where it got further.

        Raises
        ------
        FetchError
            The last trouble, after `tries` attempts that got no further.
        """
        failures = 0
        while True:
            try:
                if attempt():
                    return
                failures = 0
            except PassingError as trouble:
                failures += 1
                if not trouble.connected and failures >= min(self.tries, _CONNECT_TRIES):
                    raise UnreachableError(f"{trouble}, {failures} times") from trouble
                if failures >= self.tries:
                    raise FetchError(f"{trouble}, {failures} times") from trouble
                self.wait(max(trouble.wait, min(self.backoff * 2 ** (failures - 1), 60.0)))

    def text(self, url: str, headers: Mapping[str, str] | None = None) -> tuple[str, Any]:
        """Read a page or an answer whole.

        Parameters
        ----------
        url : str
            Address with its query.
        headers : mapping, optional
            Besides our own.

        Returns
        -------
        text : str
        headers : httpx.Headers
            Of the answer.
        """
        found: list[tuple[str, Any]] = []

        def attempt() -> bool:
            with self.ask(url, headers) as response:
                parts, size, end = [], 0, time.monotonic() + _LONGEST_TEXT
                for part in response.iter_bytes():
                    self.wait(0)
                    size += len(part)
                    if size > _MOST_TEXT:
                        raise FetchError(f"{shown(url)} is longer than {_MOST_TEXT // 2**20} MB.")
                    if time.monotonic() > end:
                        raise FetchError(f"{shown(url)} takes longer than {_LONGEST_TEXT:g} s.")
                    parts.append(part)
                found.append((b"".join(parts).decode("utf-8", "replace"), response.headers))
            return True

        self.patiently(attempt)
        return found[-1]


def shown(url: str) -> str:
    """Give an address as it may be shown: without a name, a password and the query.

    Parameters
    ----------
    url : str
        Address; that of a redirect holds a signature with which everybody gets the file.

    Returns
    -------
    str

    Examples
    --------
    >>> shown("https://me:secret@x.org/a.nc?X-Amz-Signature=f00d#b")
    'https://x.org/a.nc'
    """
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def unsigned(url: str) -> str:
    """Return an address as it may be kept: without a name, a password and keys in its query.

    Parameters
    ----------
    url : str
        Address.

    Returns
    -------
    str

    Examples
    --------
    >>> unsigned("https://me:secret@x.org/a.nc?day=2020-01-01&api_key=f00d")
    'https://x.org/a.nc?day=2020-01-01'
    """
    parts = urlsplit(url)
    asked = parse_qsl(parts.query, keep_blank_values=True)
    open_ = [(name, value) for name, value in asked if not _SECRET.search(name)]
    query = parts.query if len(open_) == len(asked) else urlencode(open_)
    netloc = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=netloc, query=query, fragment="").geturl()


def _private(url: str) -> bool:
    """Whether an address is of this machine or of a private network; an unknown name is not."""
    host = urlsplit(url).hostname or ""
    try:
        found = {row[4][0] for row in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return False
    return any(not ipaddress.ip_address(str(one).partition("%")[0]).is_global for one in found)


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2] or url
