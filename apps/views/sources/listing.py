"""Which sources are listed: all entries of all catalogues, narrowed by what the visitor chose."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.service.holdings import Holding, holding
from analysis.sources import Coverage, Entry, entry, list_sources
from analysis.sources.entries import KINDS, LANGUAGES
from analysis.sources.regions import REGIONS
from analysis.sources.vocabulary import known
from analysis.uploads import Item
from apps.views.sources.state import SourcesState
from apps.views.sources.worldmap import touches


@dataclass(frozen=True)
class Row:
    """One source: what its catalogue says, and what of it lies here."""

    entry: Entry
    holding: Holding
    own: bool = False

    @property
    def name(self) -> str:
        """Name in the catalogue."""
        return self.entry.name

    def title(self, language: str) -> str:
        """Title in a language."""
        return self.entry.title.get(language) or self.entry.title["en"]


def rows(items: Iterable[Item] = ()) -> list[Row]:
    """Return all sources: one's own first, then what lies here, by kind, real before simulated.

    Parameters
    ----------
    items : iterable of Item, optional
        Files that the visitor brought.

    Returns
    -------
    list of Row
        One for each source.
    """
    own = [own_row(item) for item in items]
    names = {row.name for row in own}
    found = [Row(one, holding(one)) for one in map(entry, map(str, list_sources().index))]
    rest = [row for row in found if row.name not in names]
    order = {kind: place for place, kind in enumerate(KINDS)}
    return own + sorted(
        rest,
        key=lambda row: (
            row.holding.extent == "nothing",
            order[row.entry.kind],
            row.entry.simulated,
            row.name,
        ),
    )


def own_row(item: Item) -> Row:
    """Describe a file that the visitor brought as the catalogue describes a source."""
    box = item.box or [-180.0, -90.0, 180.0, 90.0]
    start, end = item.times or (None, None)
    made = Entry(
        item.name,
        dict.fromkeys(LANGUAGES, item.title),
        kind=item.kind,
        units=item.variables,
        cadence="not stated" if item.times else "static",
        coverage=Coverage(box[0], box[1], box[2], box[3], start, end),
        access="user",
    )
    grid = item.kind == "grid"
    return Row(made, Holding("whole", 1, item.size, end if grid and end else "", grid), own=True)


def variable_names(item: Entry, language: str) -> list[tuple[str, str, str]]:
    """Return name in the data, name in words and unit of each variable of a source."""
    names = []
    for name, unit in item.units.items():
        row = known(name)
        names.append((name, row.names.get(language, row.names["en"]) if row else name, unit))
    return names


def words_of(row: Row) -> str:
    """Return all text of a source in which words are looked for, without regard to case."""
    item = row.entry
    parts: Iterable[str] = (
        item.name,
        *item.title.values(),
        *item.description.values(),
        *item.units,
        *(text for name in item.units if (one := known(name)) for text in one.names.values()),
        item.provider,
        item.licence,
        item.citation,
        item.origin,
    )
    return " ".join(parts).casefold()


def narrowed(found: list[Row], state: SourcesState) -> list[Row]:
    """Keep the sources that pass all filters; every word of the text must stand in the entry."""
    words = state.text.casefold().split()
    region = REGIONS.get(state.region)

    def passes(row: Row) -> bool:
        if state.kinds and row.entry.kind not in state.kinds:
            return False
        if state.copy != "any" and (row.holding.extent == "nothing") == (state.copy == "local"):
            return False
        if region is not None and not touches(row.entry.coverage[:4], region.bounds):
            return False
        text = words_of(row) if words else ""
        return all(word in text for word in words)

    return [row for row in found if passes(row)]


def as_table(found: list[Row], language: str) -> pd.DataFrame:
    """Return the list as a table, one row a source, for a file."""
    records: list[dict[str, Any]] = []
    for row in found:
        item, have = row.entry, row.holding
        records.append(
            {
                "name": item.name,
                "title": row.title(language),
                "kind": item.kind,
                "variables": "; ".join(f"{n} ({u})" if u else n for n, u in item.units.items()),
                "provider": item.provider,
                "cadence": item.cadence,
                "latency": item.latency,
                "resolution_degrees": item.resolution,
                "west": item.coverage.west,
                "south": item.coverage.south,
                "east": item.coverage.east,
                "north": item.coverage.north,
                "start": item.coverage.start or "",
                "end": item.coverage.end or "",
                "licence": item.licence,
                "citation": item.citation,
                "homepage": item.homepage,
                "access": item.access,
                "account": item.account,
                "simulated": item.simulated,
                "local_copy": have.extent,
                "local_bytes": have.size,
                "newest_local_date": have.newest,
                "cube": have.cube,
            }
        )
    return pd.DataFrame(records)
