"""The bar over the map: look or draw, which class, coordinates by keyboard, undo."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import panel as pn
import panel_material_ui as pmui

from analysis.language import format_number
from apps.views.landcover.classes import label_of, legend_names
from apps.views.landcover.landmap import FineDrawing
from apps.views.landcover.selection import LandSelection
from apps.views.landcover.words import said
from apps.views.landcover.workbar import FOCUS
from apps.views.search import typed_point
from apps.views.styles import ONE_LINE, styled

FIELD: dict[str, Any] = {"size": "small", "margin": (6, 6)}


class DrawBar:
    """What a click on the map does, and the same by keyboard.

    Parameters
    ----------
    visit
        The visitor.
    selection
        Its state holds mode, class and what was drawn.
    plot
        The map's figure.
    on_look : callable
        Takes longitude and latitude of a pixel to be explained.
    """

    def __init__(
        self,
        visit: Any,
        selection: LandSelection,
        plot: Any,
        on_look: Callable[[float, float], None],
    ):
        _ = visit._
        self.visit, self.selection, self.state = visit, selection, selection.state
        self._on_look = on_look
        self.drawing = FineDrawing(plot, self._closed)
        self._binding = False
        self.mode = pmui.RadioButtonGroup(
            label=_("A click on the map"),
            options={_("Explain"): "look", _("Sample point"): "point", _("Sample area"): "area"},
            value=self.state.mode,
            sx={**ONE_LINE, "& .MuiToggleButton-root:focus-visible": FOCUS["&:focus-visible"]},
            **FIELD,
        )
        self.label = pmui.AutocompleteInput(
            label=_("Class of the sample"),
            options=list(legend_names(visit.language).values()),
            restrict=False,
            min_characters=0,
            width=210,
            **FIELD,
        )
        self.place = pmui.TextInput(
            label=_("Latitude, longitude"), placeholder="52.3, 68.1", width=170, **FIELD
        )
        self.close = pmui.Button(label=_("Close the area"), variant="outlined", **FIELD)
        self.undo = pmui.Button(label=_("Undo"), icon="undo", variant="outlined", **FIELD)
        self.clear = pmui.Button(label=_("Remove all drawn"), variant="outlined", **FIELD)
        self.said = styled()
        self.mode.param.watch(self._mode_chosen, "value")
        self.label.param.watch(self._label_chosen, "value")
        self.place.param.watch(self._typed, "value")
        self.close.on_click(lambda _event: self.drawing.close())
        self.undo.on_click(lambda _event: self._undone())
        self.clear.on_click(lambda _event: self._cleared())
        self.state.param.watch(self._follow, ["mode", "drawn", "label"])
        self.panel = pn.FlexBox(
            self.mode, self.place, margin=(0, 6), align_items="center", sizing_mode="stretch_width"
        )
        self.under = pn.Column(  # what comes and goes stands under the map, which stays in place
            pn.FlexBox(
                self.label, self.close, self.undo, self.clear, margin=0, align_items="center"
            ),
            self.said,
            sizing_mode="stretch_width",
            margin=(0, 6),
        )
        self._follow()

    def _mode_chosen(self, event: Any) -> None:
        if not self._binding and event.new:
            self.drawing.corners = []
            self.drawing._show()
            self.state.mode = event.new

    def _label_chosen(self, event: Any) -> None:
        if not self._binding:
            self.state.label = label_of(event.new or "")

    def _follow(self, *_events: Any) -> None:
        state, language = self.state, self.visit.language
        self._binding = True
        self.mode.value = state.mode
        self.label.value = self.selection.class_name(state.label, language) if state.label else ""
        self._binding = False
        drawing = state.mode != "look"
        self.label.visible = drawing
        self.close.visible = state.mode == "area"
        self.undo.visible = self.clear.visible = drawing or bool(state.drawn)
        self.tell()

    def tell(self, problem: str = "") -> None:
        """Say under the bar what a click does, or what was wrong."""
        _, state = self.visit._, self.state
        texts = {
            "look": "",
            "point": _("Click the map to set a sample; or type its place and press Enter."),
            "area": _(
                "Click the corners of the area; a double click or the button closes it. Corners "
                "can be typed too."
            ),
        }
        text = problem or texts[state.mode]
        if state.mode != "look" and not state.label and not problem:
            text = _("Choose or type the class first.")
        if self.drawing.corners and not problem:
            count = format_number(len(self.drawing.corners), self.visit.language, 0)
            text += " " + _("Corners so far: {count}.").format(count=count)
        if state.drawn:
            count = format_number(len(state.drawn), self.visit.language, 0)
            text += " " + _("Drawn so far: {count}.").format(count=count)
            if not state.fits:
                text += " " + _("They are too many for the link: save them as GeoJSON.")
        role = ' role="alert"' if problem else ' aria-live="polite"'
        self.said.object = f'<div class="qc-note"{role}>{escape(text)}</div>' if text else ""

    # the map and the keyboard --------------------------------------------------------------------

    def tapped(self, longitude: float, latitude: float) -> None:
        """Take a place from the map or from the field."""
        if self.state.mode == "look":
            self._on_look(longitude, latitude)
        elif not self.state.label:
            self.tell(self.visit._("Choose or type the class first."))
        elif self.state.mode == "point":
            self._add([(longitude, latitude)])
        else:
            self.drawing.add(longitude, latitude)
            self.tell()

    def double_tapped(self) -> None:
        """Close the area."""
        if self.state.mode == "area":
            self.drawing.close()

    def _typed(self, event: Any) -> None:
        if not str(event.new or "").strip():
            return
        place = typed_point(str(event.new).strip())
        if place is None:
            self.tell(self.visit._("Type latitude and longitude in degrees, such as 52.3, 68.1."))
            return
        self.place.value = ""
        self.tapped(*place)

    def _closed(self, corners: list[tuple[float, float]] | None) -> None:
        if corners:
            self._add(list(corners))
        self.drawing.corners = []
        self.drawing._show()

    def _add(self, corners: list[tuple[float, float]]) -> None:
        if not self.selection.imagery.meets(corners):
            self.tell(self.visit._("That lies outside the imagery; it was not taken."))
            return
        try:
            self.state.add_drawn(self.state.label, corners)
        except ValueError as error:
            self.tell(said(self.visit, error))

    def _undone(self) -> None:
        if self.drawing.corners:
            self.drawing.corners.pop()
            self.drawing._show()
        else:
            self.state.drawn = self.state.drawn[:-1]

    def _cleared(self) -> None:
        self.drawing.corners = []
        self.drawing._show()
        self.state.drawn = []
