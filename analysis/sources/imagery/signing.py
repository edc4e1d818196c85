"""Addresses of Microsoft's Planetary Computer made readable with its tokens.

The service gives a token for a collection without an account and asks for fewer requests without
a key. Its answers were never met by this code: the form of the request and of the answer is that
of its documentation.
"""

from __future__ import annotations

import os
import threading
from typing import Any, Final
from urllib.parse import urlsplit

import pandas as pd

TOKENS: Final = "https://planetarycomputer.microsoft.com/api/sas/v1/token"
_BLOB: Final = ".blob.core.windows.net"
_MARGIN: Final = pd.Timedelta("5min")
_KEY: Final = "PC_SDK_SUBSCRIPTION_KEY"


class PlanetaryComputer:
    """Signs addresses of Azure Blob Storage; a token is asked for once for each container.

    Parameters
    ----------
    tokens : str, optional
        Address of the token service.
    timeout : float, optional
        Seconds to wait for it.

    Examples
    --------
    An address elsewhere stays as it is:

    >>> PlanetaryComputer()("https://example.org/a.tif")
    'https://example.org/a.tif'
    """

    def __init__(self, tokens: str = TOKENS, timeout: float = 30.0) -> None:
        self.tokens, self.timeout = tokens.rstrip("/"), timeout
        self._known: dict[tuple[str, str], tuple[str, pd.Timestamp]] = {}
        self._lock = threading.Lock()

    def __call__(self, href: str) -> str:
        """Address with a token; one that has a signature already, or needs none, is unchanged.

        Parameters
        ----------
        href : str
            Address of an asset.

        Returns
        -------
        str

        Raises
        ------
        ValueError
            The service gives no token.
        """
        parts = urlsplit(href)
        host = parts.hostname or ""
        if not host.endswith(_BLOB) or "sig=" in parts.query:
            return href
        account, container = host.removesuffix(_BLOB), parts.path.lstrip("/").split("/")[0]
        token = self._token(account, container)
        return f"{href}{'&' if parts.query else '?'}{token}"

    def _token(self, account: str, container: str) -> str:
        with self._lock:
            token, expiry = self._known.get((account, container), ("", pd.Timestamp(0)))
            if token and pd.Timestamp.now("UTC").tz_localize(None) + _MARGIN < expiry:
                return token
            answer = self._ask(account, container)
            token = str(answer.get("token") or "")
            if not token:
                raise ValueError(f"{self.tokens} gives no token for {account}/{container}.")
            self._known[account, container] = (token, _expiry(answer.get("msft:expiry")))
            return token

    def _ask(self, account: str, container: str) -> dict[str, Any]:
        import httpx

        key = os.environ.get(_KEY)
        headers = {"Ocp-Apim-Subscription-Key": key} if key else {}
        url = f"{self.tokens}/{account}/{container}"
        try:
            answer = httpx.get(url, headers=headers, timeout=self.timeout, follow_redirects=True)
            answer.raise_for_status()
            rows = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise ValueError(f"The token service {url} failed: {error}") from error
        if not isinstance(rows, dict):
            raise ValueError(f"The token service {url} answered {type(rows).__name__}, no mapping.")
        return rows


def _expiry(text: Any) -> pd.Timestamp:
    """End of a token, UTC; where it is not said, it holds for no second question."""
    moment = pd.to_datetime(str(text), utc=True, errors="coerce")
    return pd.Timestamp(0) if pd.isna(moment) else moment.tz_localize(None)
