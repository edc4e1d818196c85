"""How what a visitor chose becomes the query of an address, and back; no Panel.

A field of a page is its key in the address with the parameter it stands for, a function that reads
the text of a link, and one that writes the value. Nonsense in a link is reported and ignored.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import param

Field = tuple[str, Callable[[str], Any], Callable[[Any], str]]
"""Parameter, reader, writer."""


class PartlyReadError(ValueError):
    """A part of a value was refused; ``kept`` is the rest."""

    def __init__(self, message: str, kept: Any):
        super().__init__(message)
        self.kept = kept


def write_link(state: param.Parameterized, fields: Mapping[str, Field]) -> dict[str, str]:
    """Return the query of a share link: only what differs from the defaults.

    Parameters
    ----------
    state
        What was chosen.
    fields
        Field by key.

    Returns
    -------
    dict
        Text by key.
    """
    found = {}
    for key, (name, _read, write) in fields.items():
        value = getattr(state, name)
        if value != state.param[name].default:
            found[key] = write(value)
    return found


def read_link(
    state: param.Parameterized, fields: Mapping[str, Field], query: Mapping[str, str]
) -> list[str]:
    """Take over a query, all of it at once.

    Parameters
    ----------
    state
        What is chosen; its parameters are set.
    fields
        Field by key.
    query
        Text by key; keys of others are passed over.

    Returns
    -------
    list of str
        One sentence (English) for each part that was refused.
    """
    values: dict[str, Any] = {}
    problems = []
    for key, text in query.items():
        if key not in fields:
            continue
        name, read, _write = fields[key]
        try:
            values[name] = read(text)
        except PartlyReadError as error:
            values[name] = error.kept
            problems.append(f"{key}={text[:60]}: {error}")
        except (ValueError, TypeError, OverflowError) as error:
            problems.append(f"{key}={text[:60]}: {error}")
    state.param.update(**values)
    return problems


def one_of(*allowed: str) -> Callable[[str], str]:
    """Make a reader of one of some words.

    >>> one_of("a", "b")("a")
    'a'
    """

    def read(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"{text!r} is none of {', '.join(allowed)}")
        return text

    return read


def some_of(*allowed: str) -> Callable[[str], list[str]]:
    """Make a reader of some of several words, given back in the order of those allowed.

    >>> some_of("a", "b", "c")("c,a"), some_of("a")("none")
    (['a', 'c'], [])
    """
    check = one_of(*allowed)

    def read(text: str) -> list[str]:
        chosen = [] if text in ("", "none") else [check(part) for part in text.split(",")]
        return [item for item in allowed if item in chosen]

    return read


def whole(low: int, high: int) -> Callable[[str], int]:
    """Make a reader of a whole number from `low` to `high`.

    >>> whole(1, 366)("366")
    366
    """

    def read(text: str) -> int:
        value = int(text)
        if not low <= value <= high:
            raise ValueError(f"{text!r} is not a whole number from {low} to {high}")
        return value

    return read


def number(low: float, high: float) -> Callable[[str], float]:
    """Make a reader of a finite number from `low` to `high`.

    >>> number(-90, 90)("43.25")
    43.25
    """

    def read(text: str) -> float:
        value = float(text)
        if not (math.isfinite(value) and low <= value <= high):
            raise ValueError(f"{text!r} is not a number from {low:g} to {high:g}")
        return value

    return read


def read_name(text: str) -> str:
    """Read a name: at most 200 printable characters."""
    if len(text) > 200 or any(ord(character) < 32 for character in text):
        raise ValueError("a name of at most 200 printable characters is expected")
    return text


def read_names(text: str) -> list[str]:
    """Read names with commas between them.

    >>> read_names("a,b"), read_names("none")
    (['a', 'b'], [])
    """
    return [] if text in ("", "none") else [read_name(part) for part in text.split(",")]


def write_names(values: list[Any]) -> str:
    """Write names, or whole numbers, with commas between them.

    >>> write_names(["a", "b"]), write_names([])
    ('a,b', 'none')
    """
    return ",".join(map(str, values)) or "none"


def read_flag(text: str) -> bool:
    """Read yes (1) or no (0)."""
    return one_of("0", "1")(text) == "1"


def write_flag(value: bool) -> str:
    """Write yes (1) or no (0)."""
    return "1" if value else "0"
