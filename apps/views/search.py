"""Find a place by its name, in any of the three languages, former names too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import panel_material_ui as pmui

from analysis.sources.gazetteer import search_places
from apps.views.state import Point

FOUND = 8


def place_search(session: Any, go: Callable[[Point], None]) -> Any:
    """Return the box of the top bar; `go` is called with longitude and latitude of the choice."""
    _ = session._
    box = pmui.AutocompleteInput(
        label="",
        placeholder=_("Find a place"),
        options=[],
        min_characters=2,
        case_sensitive=False,
        lazy_search=True,
        restrict=False,
        size="small",
        sizing_mode="stretch_width",
        max_width=360,
        margin=0,
    )
    known: dict[str, Point] = {}

    def find(query: str, *_options: Any) -> list[str]:
        if len(query or "") < box.min_characters:
            return []
        places = search_places(query, session.language, limit=FOUND)
        found = {f"{place.name}, {place.country}": place for place in places}
        known.update((name, (place.longitude, place.latitude)) for name, place in found.items())
        return list(found)

    def chosen(event: Any) -> None:
        if event.new in known:
            go(known[event.new])
        elif event.new and (names := find(str(event.new))):
            go(known[names[0]])

    box._filter_options = find  # the browser's letters need not be those of the name found
    box.param.watch(chosen, "value")
    return box
