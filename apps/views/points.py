"""The compared points: a chip each, in the colour of its curves, to be removed one by one."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import panel as pn
import param
from panel.custom import JSComponent

from apps.views.clock import number
from apps.views.mapfigure import POINT_COLOURS
from apps.views.state import MAX_POINTS, ViewState, rounded
from apps.views.stationdock import COLOURS
from apps.views.stations import title_of
from apps.views.timebar import BAR_STYLE

HALVES = {
    "kk": ("с.е.", "о.е.", "ш.б.", "б.б."),
    "ru": ("с. ш.", "ю. ш.", "в. д.", "з. д."),
    "en": ("N", "S", "E", "W"),
}


def coordinates(longitude: float, latitude: float, language: str) -> str:
    """Write a position as the reader does: latitude first, with the halves of the globe.

    >>> coordinates(-61.0, -3.0, "en")
    '3° S, 61° W'
    """
    north, south, east, west = HALVES[language]
    first = f"{number(abs(latitude), language)}° {north if latitude >= 0 else south}"
    return f"{first}, {number(abs(longitude), language)}° {east if longitude >= 0 else west}"


class PointButtons(JSComponent):
    """A button for each point and two more, in one part."""

    points = param.List([], doc="text, name and colour of each button")
    compare = param.Boolean(False, doc="whether a click adds a point")
    names = param.Dict({}, doc="what the other buttons are called")
    asked = param.Callable(None, doc="called with what is wanted: remove or resize")

    _esm = Path(__file__).with_name("points.js").read_text(encoding="utf-8")
    _stylesheets: ClassVar[list[str]] = [BAR_STYLE]
    _rename: ClassVar[dict[str, str | None]] = {"asked": None}

    def _handle_msg(self, data: Any) -> None:
        if self.asked is not None:
            self.asked(data)


class PointsBar:
    """Chips of the points, and the switch between replacing and comparing."""

    def __init__(self, session: Any, state: ViewState):
        self.session, self.state = session, state
        _ = session._
        names = {
            "compare": _("Compare"),
            "about": _("Each click adds a point instead of replacing the last one"),
            "size": _("Height of the history panel"),
        }
        self.panel = PointButtons(
            names=names, asked=self._asked, sizing_mode="stretch_width", margin=0
        )
        state.param.watch(self._relabel, ["points", "stations"])
        self._relabel()

    def _asked(self, wish: dict[str, Any]) -> None:
        if "resize" in wish:
            order = {"small": "medium", "medium": "large", "large": "small"}
            self.state.dock = order[self.state.dock]
        elif isinstance(wish.get("remove"), int):
            self._remove(wish["remove"])

    def _relabel(self, *_events: Any) -> None:
        _, language = self.session._, self.session.language
        found = []
        for index, (longitude, latitude) in enumerate(self.state.points):
            where = coordinates(longitude, latitude, language)
            name = _("Remove the point {where}").format(where=where)
            found.append([f"{index + 1}: {where}", name, POINT_COLOURS[index]])
        for ident, colour in zip(self.state.stations, COLOURS, strict=False):
            title = title_of(ident.partition(":")[2])
            name = _("Remove the station {name}").format(name=title)
            found.append([f"\u25c6 {title[:40]}", name, colour])
        self.panel.points = found

    def _remove(self, index: int) -> None:
        points, stations = list(self.state.points), list(self.state.stations)
        if 0 <= index < len(points):
            del points[index]
            self.state.points = points
        elif 0 <= index - len(points) < len(stations):
            del stations[index - len(points)]
            self.state.stations = stations

    def station(self, key: str, *, add: bool) -> None:
        """Take a clicked station: add it when comparing (or with Shift), else replace the last."""
        if add or self.panel.compare:
            self.state.add_station(key)
        else:
            self.state.stations = [*(one for one in self.state.stations[:-1] if one != key), key]

    def clicked(self, longitude: float, latitude: float, *, add: bool) -> None:
        """Take a clicked place: add it when comparing (or with Shift), else replace the last."""
        if not (add or self.panel.compare):
            point = rounded(longitude, latitude)
            self.state.points = [*(p for p in self.state.points[:-1] if p != point), point]
        else:
            if len(self.state.points) == MAX_POINTS and pn.state.notifications is not None:
                text = self.session._(
                    "At most {count} points are compared: the first one made room."
                )
                pn.state.notifications.info(text.format(count=MAX_POINTS), duration=5000)
            self.state.add_point(longitude, latitude)
