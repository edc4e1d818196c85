"""Names, order and colours of classes: those of the legend, then those of one's own."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any


@lru_cache(maxsize=1)
def _legend() -> Any:
    from analysis.agrarian.legends import legend

    return legend()


@lru_cache(maxsize=4)
def legend_names(language: str) -> dict[str, str]:
    """Return class -> its name in the reader's language, in the order of the legend."""
    return {str(key): str(name) for key, name in _legend().names(language).items()}


def name_of(label: str, language: str) -> str:
    """Return the name of a class; a class that the legend does not know keeps its label.

    >>> name_of("Менің егісім", "kk")
    'Менің егісім'
    """
    return legend_names(language).get(label, label)


def ordered(labels: Iterable[str]) -> list[str]:
    """Sort classes: those of the legend in its order, then the others by name.

    >>> ordered(["я", "а"])
    ['а', 'я']
    """
    wanted = set(map(str, labels))
    known = [one for one in legend_names("en") if one in wanted]
    return known + sorted(wanted - set(known))


def colours_of(labels: Iterable[str]) -> dict[str, str]:
    """Return class -> colour; the same label has the same colour as long as the set is the same.

    >>> len(set(colours_of(["x", "y", "z"]).values()))
    3
    """
    from analysis.agrarian.legends import legend_of

    wanted = list(labels)
    return dict(legend_of(wanted).colours) if wanted else {}


def label_of(text: str) -> str:
    """Return the label for a name that a visitor chose or typed: the legend's key where it is one.

    >>> label_of("  Менің   егісім ")
    'Менің егісім'
    """
    plain = " ".join(text.split())[:60]
    wanted = plain.casefold()
    for language in ("en", "kk", "ru"):
        for key, name in legend_names(language).items():
            if wanted in (key.casefold(), name.casefold()):
                return key
    return plain
