"""Where: regions, typed coordinates, and areas whose mean and spread are followed."""

from __future__ import annotations

from typing import Any

import panel as pn
import panel_material_ui as pmui

from analysis.sources.regions import REGIONS
from apps.views import atlas
from apps.views.maps import MapView
from apps.views.state import ViewState

WIDE = {"sizing_mode": "stretch_width", "margin": (6, 8)}


def region_names(language: str) -> dict[str, str]:
    """Return name -> key of the packaged regions, in the reader's language."""
    return {found.names[language]: key for key, found in REGIONS.items()}


class PlaceGroup:
    """Go to a region; type a point; choose the radius for earthquakes."""

    def __init__(self, session: Any, state: ViewState, view: MapView):
        self.session, self.state, self.view = session, state, view
        _, language = session._, session.language
        go = pmui.Select(
            label=_("Show the region"),
            options={_("Choose …"): "", **region_names(language)},
            value="",
            **WIDE,
        )
        go.param.watch(self._go_region, "value")
        self.longitude = pmui.FloatInput(label=_("Longitude, °"), value=76.95, step=0.5, **WIDE)
        self.latitude = pmui.FloatInput(
            label=_("Latitude, °"), value=43.24, step=0.5, start=-90, end=90, **WIDE
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
            go,
            pn.Row(self.longitude, self.latitude, sizing_mode="stretch_width", margin=0),
            add,
            radius,
        ]

    def _go_region(self, event: Any) -> None:
        if event.new:
            found = REGIONS[event.new]
            self.view.go_to((found.west, found.south, found.east, found.north))

    def _typed_point(self, _event: Any) -> None:
        _ = self.session._
        longitude, latitude = self.longitude.value, self.latitude.value
        if longitude is None or latitude is None or not -90 <= latitude <= 90:
            self.latitude.error_state = True
            self.latitude.helper_text = _("from −90 to 90")
            return
        self.latitude.error_state, self.latitude.helper_text = False, ""
        self.state.add_point(float(longitude), float(latitude))

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
        draw = pmui.Button(
            label=_("Draw a polygon on the map"), variant="outlined", size="small", **WIDE
        )
        draw.on_click(self._draw)
        self.corners = pmui.TextInput(
            label=_("… or type its corners: lon,lat;lon,lat;…"),
            placeholder="70,50;74,50;74,53",
            **WIDE,
        )
        self.corners.param.watch(self._corners_typed, "value")
        clear = pmui.Button(label=_("Clear the area"), variant="text", size="small", **WIDE)
        clear.on_click(lambda _event: setattr(self.state, "area", ""))
        self.widgets = [self.kind, self.area, draw, self.corners, clear]

    def _kind_chosen(self, event: Any) -> None:
        self.area.param.update(
            options=atlas.area_names(event.new, self.session.language), value=None
        )

    def _area_chosen(self, event: Any) -> None:
        if event.new:
            self.state.area = str(event.new)
            shape, _names = atlas.area_shape(str(event.new))
            west, south, east, north = shape.bounds
            pad = 0.3 * max(east - west, north - south)
            self.view.go_to((west - pad, south - pad, east + pad, north + pad))

    def _corners_typed(self, event: Any) -> None:
        if not event.new:
            return
        problems = self.state.read_query({"area": f"polygon:{event.new.strip().strip(';')}"})
        self.corners.error_state = bool(problems)
        self.corners.helper_text = problems[0].partition(": ")[2] if problems else ""

    def _draw(self, _event: Any) -> None:
        _ = self.session._
        figure = self.view.plot.figure
        figure.toolbar.active_tap = self.view.plot.draw
        pn.state.notifications.info(
            _("Click the corners on the map; a double click closes the polygon."), duration=6000
        )
