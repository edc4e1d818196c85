"""What the visitor of the sources page chose, as plain values that fit into an address."""

from __future__ import annotations

from collections.abc import Mapping

import param

from analysis.sources.entries import KINDS
from analysis.sources.regions import REGIONS
from apps.views.links import Field, one_of, read_link, write_link

COPIES = ("any", "local", "missing")
TABS = ("catalogue", "own")
LONGEST = 100


class SourcesState(param.Parameterized):
    """Everything that the address of the page restores."""

    source = param.String("", doc="name of the entry whose details are shown; '' for none")
    kinds = param.List([], item_type=str, doc="kinds listed; empty for all")
    region = param.String("", doc="key of a region that the coverage must touch; '' for any")
    text = param.String("", doc="words that must stand in the entry")
    copy = param.Selector(default="any", objects=list(COPIES), doc="state of the local copy")
    tab = param.Selector(default="catalogue", objects=list(TABS), doc="what is in front")

    def query(self) -> dict[str, str]:
        """Return the query of the address: only what differs from the defaults.

        >>> SourcesState(kinds=["grid", "events"], text="NDVI").query()
        {'kinds': 'grid,events', 'find': 'NDVI'}
        """
        return write_link(self, FIELDS)

    def read_query(self, query: Mapping[str, str]) -> list[str]:
        """Take over a query; return one sentence (English) for each part that was refused.

        >>> SourcesState().read_query({"copy": "gold"})
        ["copy=gold: 'gold' is none of any, local, missing"]
        """
        return read_link(self, FIELDS, query)


def _word(text: str) -> str:
    if len(text) > LONGEST or any(ord(character) < 32 for character in text):
        raise ValueError(f"at most {LONGEST} printable characters are expected")
    return text


def _kinds(text: str) -> list[str]:
    chosen = [one_of(*KINDS)(part) for part in text.split(",") if part]
    return [kind for kind in KINDS if kind in chosen]


FIELDS: dict[str, Field] = {
    "source": ("source", _word, str),
    "kinds": ("kinds", _kinds, ",".join),
    "within": ("region", one_of("", *REGIONS), str),
    "find": ("text", _word, str),
    "copy": ("copy", one_of(*COPIES), str),
    "tab": ("tab", one_of(*TABS), str),
}
"""Key in the address -> parameter, how it is read, how it is written."""
