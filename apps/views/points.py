"""The compared points: a chip each, in the colour of its curves, to be removed one by one."""

from __future__ import annotations

from typing import Any

import panel as pn
import panel_material_ui as pmui

from apps.views.clock import number
from apps.views.mapfigure import POINT_COLOURS
from apps.views.state import MAX_POINTS, ViewState, rounded

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


class PointsBar:
    """Chips of the points, and the switch between replacing and comparing.

    A chip is made when its place is first needed and only relabelled afterwards: a click must not
    build widgets.
    """

    def __init__(self, session: Any, state: ViewState):
        self.session, self.state = session, state
        _ = session._
        self.compare = pmui.Switch(
            label=_("Compare"),
            value=False,
            description=_("Each click adds a point instead of replacing the last one"),
            margin=(2, 8),
        )
        self.chips: list[Any] = []
        self._places = pn.Row(margin=0)
        self.size = pmui.IconButton(
            icon="unfold_more", description=_("Height of the history panel"), margin=0
        )
        self.size.on_click(self._resize)
        self.panel = pn.FlexBox(
            self._places,
            self.compare,
            self.size,
            sizing_mode="stretch_width",
            align_items="center",
            gap="4px",
            css_classes=["qc-points"],
        )
        state.param.watch(self._relabel, "points")
        self._relabel()

    def _chip(self, index: int) -> Any:
        button = pmui.Button(
            label="",
            end_icon="close",
            size="small",
            variant="outlined",
            margin=(2, 2),
            sx={"borderColor": POINT_COLOURS[index], "borderWidth": "2px", "textTransform": "none"},
        )
        button.on_click(lambda _event: self._remove(index))
        return button

    def _relabel(self, *_events: Any) -> None:
        _, language = self.session._, self.session.language
        while len(self.chips) < len(self.state.points):
            self.chips.append(self._chip(len(self.chips)))
            self._places.append(self.chips[-1])
        for index, chip in enumerate(self.chips):
            there = index < len(self.state.points)
            if there:
                longitude, latitude = self.state.points[index]
                where = coordinates(longitude, latitude, language)
                chip.label = f"{index + 1}: {where}"
                chip.description = _("Remove the point {where}").format(where=where)
            if chip.visible != there:
                chip.visible = there

    def _remove(self, index: int) -> None:
        points = list(self.state.points)
        if index < len(points):
            del points[index]
            self.state.points = points

    def _resize(self, _event: Any) -> None:
        order = {"small": "medium", "medium": "large", "large": "small"}
        self.state.dock = order[self.state.dock]

    def clicked(self, longitude: float, latitude: float, *, add: bool) -> None:
        """Take a clicked place: add it when comparing (or with Shift), else replace the last."""
        if not (add or self.compare.value):
            point = rounded(longitude, latitude)
            self.state.points = [*(p for p in self.state.points[:-1] if p != point), point]
        else:
            if len(self.state.points) == MAX_POINTS and pn.state.notifications is not None:
                text = self.session._(
                    "At most {count} points are compared: the first one made room."
                )
                pn.state.notifications.info(text.format(count=MAX_POINTS), duration=5000)
            self.state.add_point(longitude, latitude)
