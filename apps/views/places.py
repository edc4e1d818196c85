"""Where: regions, typed coordinates, and areas whose mean and spread are followed."""

from __future__ import annotations

import math
from typing import Any

import panel as pn
import panel_material_ui as pmui

from apps.views import atlas
from apps.views.choices import region_jump
from apps.views.drawer import WIDE
from apps.views.drawing import Drawing
from apps.views.maps import MapView
from apps.views.state import DEFAULT_POINT, Point, ViewState


def plain(value: float, language: str) -> str:
    """Write a number for a field: the language's decimal mark, no thousands.

    >>> plain(76.95, "kk"), plain(-5661.0, "en")
    ('76,95', '-5661')
    """
    text = f"{value:.6g}" if abs(value) < 1e6 else f"{value:.3e}"
    return text if language == "en" else text.replace(".", ",")


def read_number(text: str, most: float = 1e30) -> float | None:
    """Read a number typed with a point or a comma; None where it is none or too large.

    >>> read_number("43,24", 90), read_number("−3.5"), read_number("abc"), read_number("91", 90)
    (43.24, -3.5, None, None)
    """
    try:
        value = float(str(text).strip().replace(",", ".").replace("−", "-").rstrip("°"))
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) <= most else None


class PlaceGroup:
    """Go to a region; type a point; choose the radius for earthquakes."""

    def __init__(self, session: Any, state: ViewState, view: MapView):
        self.session, self.state, self.view = session, state, view
        _, language = session._, session.language
        longitude, latitude = state.points[-1] if state.points else DEFAULT_POINT
        self.longitude = pmui.TextInput(
            label=_("Longitude, °"), value=plain(longitude, language), **WIDE
        )
        self.latitude = pmui.TextInput(
            label=_("Latitude, °"), value=plain(latitude, language), **WIDE
        )
        add = pmui.Button(label=_("Show this point"), variant="contained", size="small", **WIDE)
        add.on_click(self._typed_point)
        radius = pmui.FloatInput(
            label=_("Earthquakes within, km"),
            value=self.state.radius,
            start=10,
            end=2000,
            step=50,
            **WIDE,
        )
        radius.param.watch(self._radius_typed, "value")
        self.widgets = [
            region_jump(session, view),
            pn.Row(self.longitude, self.latitude, sizing_mode="stretch_width", margin=0),
            add,
            radius,
        ]

    def _typed_point(self, _event: Any) -> None:
        _ = self.session._
        found = []
        for field, most in ((self.longitude, 360.0), (self.latitude, 90.0)):
            value = read_number(field.value, most)
            field.error_state = value is None
            wrong = _("a number from {low} to {high}").format(low=-most, high=most)
            field.helper_text = "" if value is not None else wrong
            found.append(value)
        longitude, latitude = found
        if longitude is None or latitude is None:
            return
        self.state.add_point(longitude, latitude)
        west, south, east, north = self.view.window_degrees()
        if not (south < latitude < north and (longitude - west) % 360.0 < east - west):
            self.view.go_to((longitude - 10, latitude - 6, longitude + 10, latitude + 6))

    def _radius_typed(self, event: Any) -> None:
        if event.new is not None and 10 <= event.new <= 2000:
            self.state.radius = float(event.new)


class AreaGroup:
    """Choose an oblast, a district, a farm, or draw or type a polygon."""

    def __init__(self, session: Any, state: ViewState, view: MapView):
        self.session, self.state, self.view = session, state, view
        _ = session._
        self.kind = pmui.RadioButtonGroup(
            label=_("Kind of area"),
            options={
                _("Oblast"): "oblast",
                _("District (demo)"): "district",
                _("Farm (demo)"): "farm",
            },
            value="oblast",
            size="small",
            **WIDE,
        )
        self.area = pmui.AutocompleteInput(
            label=_("Name"),
            options=atlas.area_names("oblast", self.session.language),
            min_characters=0,
            case_sensitive=False,
            search_strategy="includes",
            **WIDE,
        )
        self.kind.param.watch(self._kind_chosen, "value")
        self.area.param.watch(self._area_chosen, "value")
        small = {"variant": "outlined", "size": "small", **WIDE}
        self.draw = pmui.Button(label=_("Draw a polygon on the map"), **small)
        self.close = pmui.Button(label=_("Close the polygon"), visible=False, **small)
        self.cancel = pmui.Button(label=_("Cancel the drawing"), visible=False, **small)
        self.draw.on_click(self._draw)
        self.close.on_click(lambda _event: self._finish(cancel=False))
        self.cancel.on_click(lambda _event: self._finish(cancel=True))
        self.corners = pmui.TextInput(
            label=_("… or type its corners: lon,lat;lon,lat;…"),
            placeholder="70,50;74,50;74,53",
            **WIDE,
        )
        self.corners.param.watch(self._corners_typed, "value")
        clear = pmui.Button(label=_("Clear the area"), variant="text", size="small", **WIDE)
        clear.on_click(lambda _event: setattr(self.state, "area", ""))
        buttons = [self.draw, self.close, self.cancel]
        self.widgets = [self.kind, self.area, *buttons, self.corners, clear]

    def _kind_chosen(self, event: Any) -> None:
        self.area.param.update(
            options=atlas.area_names(event.new, self.session.language), value=None
        )

    def _area_chosen(self, event: Any) -> None:
        if event.new:
            self.state.area = str(event.new)
            self._show_area()

    def _corners_typed(self, event: Any) -> None:
        if event.new:
            self._take(event.new.strip().strip(";"))

    def _take(self, corners: str) -> None:
        _ = self.session._
        problems = self.state.read_query({"area": f"polygon:{corners}"})
        if not problems:
            try:
                self._show_area()
            except ValueError as error:
                problems = [str(error)]
                self.state.area = ""
        text = _("Write pairs longitude,latitude parted by semicolons, at least three.")
        self.corners.error_state = bool(problems)
        self.corners.helper_text = text if problems else ""
        if not problems:
            self.area.value = None

    def _show_area(self) -> None:
        west, south, east, north = atlas.area_shape(self.state.area)[0].bounds
        pad = 0.3 * max(east - west, north - south)
        self.view.go_to((west - pad, south - pad, east + pad, north + pad))

    def _draw(self, _event: Any) -> None:
        _ = self.session._
        self.state.area = ""
        self.view.drawing = Drawing(self.view.plot, self._drawn)
        self._under_way(going=True)
        if pn.state.notifications is not None:
            text = _("Click the corners on the map; a double click closes the polygon.")
            pn.state.notifications.info(text, duration=6000)

    def _drawn(self, corners: list[Point] | None) -> None:
        self.view.drawing = None
        self._under_way(going=False)
        if corners is not None:
            self._take(";".join(f"{lon:.3f},{lat:.3f}" for lon, lat in corners))

    def _under_way(self, *, going: bool) -> None:
        self.draw.visible = not going
        self.close.visible = self.cancel.visible = going

    def _finish(self, *, cancel: bool) -> None:
        if self.view.drawing is not None:
            (self.view.drawing.cancel if cancel else self.view.drawing.close)()
