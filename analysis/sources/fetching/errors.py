"""What can go wrong while files are fetched, each with what to do about it."""

from __future__ import annotations

from typing import Any


class FetchError(RuntimeError):
    """Files did not come; the message says which and why.

    Attributes
    ----------
    report : analysis.sources.fetching.Report or None
        What came before, where something did.
    """

    report: Any = None


class AccountError(FetchError):
    """The provider wants an account that is not set up here, or does not accept it."""


class NotThereError(FetchError):
    """No mirror has the file."""


class DiskError(FetchError):
    """The disk is full or may not be written."""


class UnreachableError(FetchError):
    """No connection: with the other files it would be the same."""


class CancelledError(FetchError):
    """Somebody stopped it; what is here is kept, and the next time goes on from there."""


class NotCoveredError(ValueError):
    """The product has nothing in this region or period."""
