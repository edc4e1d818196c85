"""Who a visitor is to the server: his login, or a word that only his browser knows."""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Any

import panel as pn

from analysis.uploads import Space, own_space, visitor_space
from analysis.uploads.spaces import mode

COOKIE = "qazcube_visitor"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,100}")
_LOGIN = "login-"  # a cookie never begins so: names of users are no secret


def token_of(cookies: dict[str, str], user: str | None) -> str:
    """Return the word by which a visitor is known; "" where there is none yet.

    A login comes first: then the files are the same in all browsers of a person.

    >>> token_of({"qazcube_visitor": "a" * 32}, None) == "a" * 32
    True
    >>> token_of({"qazcube_visitor": "../../etc"}, None), len(token_of({}, "anna")) >= 20
    ('', True)
    """
    if user and user not in ("guest", "default_user"):
        return _LOGIN + hashlib.sha256(user.encode()).hexdigest()
    given = cookies.get(COOKIE, "")
    return given if _TOKEN.fullmatch(given) and not given.startswith(_LOGIN) else ""


def present_token() -> str:
    """Return the word of the present visitor; "" where there is none yet."""
    user = pn.state.user if isinstance(pn.state.user, str) else None
    return token_of(dict(pn.state.cookies or {}), user)


def space_of(token: str) -> Space | None:
    """Return the space of a visitor; None where nobody is known or nothing is taken.

    Raises
    ------
    ValueError
        A setting makes no sense.
    """
    chosen = mode()
    if chosen == "own":
        return own_space()
    return visitor_space(token) if chosen == "visitor" and token else None


def new_token() -> str:
    """Make a word that nobody can guess."""
    return secrets.token_hex(24)


def cookie_days(space: Any) -> int:
    """Return for how many days the browser remembers its word."""
    return int(space.days) if space is not None else 0
