"""The marks of stations on the map as ways to their series: pressed, or chosen by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import panel_material_ui as pmui
from bokeh.models import ColumnDataSource

from analysis.outputs.stationseries import ident_of, rows_of
from apps.views.drawer import WIDE
from apps.views.geometry import WORLD_WIDTH
from apps.views.maps import MapView
from apps.views.pointtables import Places, PointTable, within
from apps.views.state import MAX_STATIONS, MOST_TABLES, ViewState
from apps.views.stationdock import COLOURS
from apps.views.stations import title_of

LISTED = 300
"""Stations of a table that are offered by name."""

NEAR = 11.0
"""Pixels: a tap so near to a mark is meant for it."""


class StationMarks:
    """Finds stations under a tap, offers them by name, and rings the chosen ones.

    Parameters
    ----------
    session
        The visitor.
    state : ViewState
        Its ``stations`` are chosen here; a table that they need is shown.
    view : MapView
        The map.
    places : dict of str to Places
        Of the tables shown; it grows with them.
    known : callable
        Gives the tables at hand by name.
    """

    def __init__(
        self,
        session: Any,
        state: ViewState,
        view: MapView,
        places: dict[str, Places],
        known: Callable[[], dict[str, PointTable]],
    ):
        self.session, self.state, self.view = session, state, view
        self.places, self._known = places, known
        self._chosen: Any = None
        self._rings: Any = None
        self._binding = False
        state.param.watch(self._changed, ["stations"])
        self._ask_tables()

    def _ask_tables(self) -> None:
        names = dict.fromkeys(key.partition(":")[0] for key in self.state.stations)
        missing = [name for name in names if name not in self.state.tables]
        if missing:
            self.state.tables = [*missing, *self.state.tables][:MOST_TABLES]

    def _changed(self, *_events: Any) -> None:
        self._ask_tables()
        self.draw()

    def _with_series(self) -> list[str]:
        """Return the tables shown whose places have a history."""
        names = [name for name in self.state.tables[:MOST_TABLES] if name in self.places]
        return [
            one for one in names if "time" in self.places[one].last and not self.places[one].lines
        ]

    def at(self, x: float, y: float) -> str:
        """Return the station whose mark lies under a tap, as ``table:ident``; "" where none does.

        Parameters
        ----------
        x, y : float
            Of the tap, metres of Web Mercator.
        """
        window = self.view.plot.window()
        metre = (window[2] - window[0]) / self.view.plot.size()[0]
        best, nearest = "", NEAR * metre
        for name in self._with_series():
            found = self.places[name]
            places, drawn = within(found, window)
            away = np.hypot(drawn - x, found.y[places] - y)
            if len(away) and away.min() <= nearest:
                nearest = float(away.min())
                best = f"{name}:{ident_of(found.last.iloc[places[int(away.argmin())]])}"
        return best

    # by name -------------------------------------------------------------------------------------

    def widget(self) -> Any:
        """Make the choice of stations by name, for the drawer."""
        _ = self.session._
        self._chosen = pmui.MultiChoice(
            label=_("Stations and tracks whose series are shown"),
            options={},
            max_items=MAX_STATIONS,
            search_option_limit=30,
            **WIDE,
        )
        self._chosen.param.watch(self._picked, "value")
        self.draw()
        return self._chosen

    def _picked(self, event: Any) -> None:
        if not self._binding:
            self.state.stations = list(event.new)

    def draw(self) -> None:
        """Ring the chosen stations, and offer by name those in the window."""
        self._ring()
        if self._chosen is None:
            return
        language, window = self.session.language, self.view.plot.window()
        texts = dict.fromkeys(self.state.stations, "")
        for name in self._with_series():
            found = self.places[name]
            for place in within(found, window, LISTED)[0]:
                texts[f"{name}:{ident_of(found.last.iloc[place])}"] = ""
        for key in texts:
            name, _colon, ident = key.partition(":")
            table = self._known().get(name)
            texts[key] = f"{title_of(ident)} · {table.title(language) if table else name}"
        twins = Counter(texts.values())
        options = {
            (text if twins[text] == 1 else f"{text} · {key.rpartition('@')[2]}"): key
            for key, text in texts.items()
        }
        self._binding = True
        value = list(self.state.stations)
        if options != self._chosen.options or value != self._chosen.value:
            self._chosen.param.update(options=options, value=value, disabled=not options)
        self._binding = False

    # on the map ----------------------------------------------------------------------------------

    def _ring(self) -> None:
        """Put a ring of the colour of its curves round every chosen station that is drawn."""
        if not self.state.stations and self._rings is None:
            return
        if self._rings is None:
            self._rings = ColumnDataSource({"x": [], "y": [], "colour": []})
            self.view.plot.figure.scatter(
                x="x", y="y", size=17, marker="circle", fill_alpha=0.0, line_color="colour",
                line_width=4, source=self._rings,
            )  # fmt: skip
        west = self.view.plot.window()[0]
        data: dict[str, list[Any]] = {"x": [], "y": [], "colour": []}
        for key, colour in zip(self.state.stations, COLOURS, strict=False):
            name, _colon, ident = key.partition(":")
            place = _place_of(self.places[name], ident) if name in self.places else None
            if place is not None:
                x = float(self.places[name].x[place])
                data["x"].append(x + np.ceil((west - x) / WORLD_WIDTH) * WORLD_WIDTH)
                data["y"].append(float(self.places[name].y[place]))
                data["colour"].append(colour)
        if data != self._rings.data:
            self._rings.data = data


def _place_of(found: Places, ident: str) -> int | None:
    """Return the newest place of a station; None where the table has none of this name."""
    try:
        rows = rows_of(found.last, ident)
    except ValueError:
        return None
    return int(rows.index[-1])
