"""Find a place by its name, in any of the three languages, former names too."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import panel as pn
import panel_material_ui as pmui

from analysis.sources.gazetteer import search_places
from apps.views.state import Point

FOUND = 8
PAIR = re.compile(r"(-?\d+(?:[.,]\d+)?)°?(?:\s*[,;]\s+|\s+)(-?\d+(?:[.,]\d+)?)°?")


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
        names = []
        for place in search_places(query, session.language, limit=FOUND):
            name = f"{place.name}, {place.country}"
            if query.casefold() not in name.casefold():  # the browser drops what lacks the letters
                name = f"{name} ({query})"
            known[name] = (place.longitude, place.latitude)
            names.append(name)
        return names

    def chosen(event: Any) -> None:
        text = str(event.new or "").strip()
        if not text:
            return
        point = known.get(text) or typed_point(text)
        if point is None and (names := find(text)):
            point = known[names[0]]
        if point is None:
            message = _("No place of the name “{name}” is known here.")
            pn.state.notifications.info(message.format(name=text[:60]), duration=6000)
            return

        def show() -> None:
            go(point)
            box.value = ""  # so that the same place can be asked for again

        later(show)

    box._filter_options = find  # the browser's letters need not be those of the name found
    box.param.watch(chosen, "value")
    return box


def typed_point(text: str) -> Point | None:
    """Read "latitude, longitude" as people write it; None where the text is something else.

    >>> typed_point("43.24, 76.95"), typed_point("43,24 76,95"), typed_point("Almaty")
    ((76.95, 43.24), (76.95, 43.24), None)
    """
    numbers = PAIR.fullmatch(text)
    if numbers is None:
        return None
    latitude, longitude = (float(part.replace(",", ".")) for part in numbers.groups())
    return (longitude, latitude) if abs(latitude) <= 90 and abs(longitude) <= 360 else None


def later(task: Callable[[], None]) -> None:
    """Do something in a turn of its own: two messages of one key press may come at once."""
    document = pn.state.curdoc
    if document is None or document.session_context is None:
        task()
    else:
        document.add_next_tick_callback(task)
