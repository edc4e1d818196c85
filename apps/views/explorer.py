"""The explorer: a map, its time bar, the history of the clicked cells, put into the frame."""

from __future__ import annotations

import logging
from html import escape
from typing import Any

import panel as pn

from analysis.sources.regions import REGIONS
from analysis.spelling import did_you_mean
from apps.views import atlas
from apps.views.address import Address, arguments
from apps.views.altmap import ProjectedMap
from apps.views.colours import COLORMAPS
from apps.views.controls import Controls
from apps.views.credits import credit
from apps.views.details import Details
from apps.views.extras import Extras
from apps.views.frame import frame
from apps.views.judged import bases
from apps.views.legend import event_legend, grid_legend
from apps.views.linkhelp import told
from apps.views.maps import MapView
from apps.views.pad import pad
from apps.views.points import PointsBar
from apps.views.preparation import Preparation
from apps.views.search import place_search
from apps.views.series import SeriesDock
from apps.views.sources.ownlayers import own_layers
from apps.views.state import Point, ViewState
from apps.views.stationdock import StationDock
from apps.views.styles import styled
from apps.views.timebar import TimeBar

log = logging.getLogger(__name__)
LEGENDS = """
:host { position: absolute; bottom: 8px; right: 8px; z-index: 4; }
@media (max-width: 700px) { :host { bottom: 4px; right: 4px; } }
"""


class Explorer:
    """All parts of the explorer page of one session."""

    def __init__(self, session: Any, layers: dict[str, atlas.GridLayer]):
        self.session = session
        self.state = ViewState()
        query = arguments(pn.state.session_args)
        self.problems = self.state.read_query(query)
        self._start_region(query)
        self._check_layer(layers)
        self._check_base(layers)
        self.view = MapView(session, self.state, layers)
        self.timebar = TimeBar(session, self.state, self.view)
        self.dock = SeriesDock(session, self.state, self.view)
        self.points = PointsBar(session, self.state)
        self.extras = Extras(session, self.state, self.view)
        more = [(session._("Points and pictures"), self.extras.widgets)]
        self.stations = StationDock(
            session, self.state, self.extras.known_tables, self.dock.picked_time
        )
        self.dock.panel.insert(0, self.stations.panel)
        self.controls = Controls(session, self.state, self.view, more)
        self.address = Address(self.state, self.view.plot.figure)
        self.legends = styled(stylesheets=[LEGENDS], sizing_mode=None)
        self.status = styled()
        self.projected = ProjectedMap(self)
        self.details = Details(self)
        self.view.plot.on_tap(self._tapped)
        self.view.plot.on_double_tap(self._double_tapped)
        watched = ["layer", "style", "colormap", "limits", "overlays", "kinds"]
        watched += ["statistic", "base"]
        self.state.param.watch(self._describe, watched)
        self._describe()
        pn.state.onload(self._tell_problems)

    def _start_region(self, query: dict[str, str]) -> None:
        key = query.get("region", "")
        if key in REGIONS:
            found = REGIONS[key]
            east = found.east + (360.0 if found.east <= found.west else 0.0)
            self.state.bounds = (found.west, found.south, east, found.north)
        elif key:
            self.problems.append(f"region={key[:60]}: allowed are {', '.join(REGIONS)}")

    def _check_layer(self, layers: dict[str, atlas.GridLayer]) -> None:
        if self.state.layer and self.state.layer not in layers:
            hint = did_you_mean(self.state.layer, layers)
            self.problems.append(f"layer={self.state.layer}: there is no such layer here. {hint}")
            self.state.layer = ""
        if not self.state.layer and layers:
            self.state.layer = next(iter(layers))
        if self.state.colormap and self.state.colormap not in COLORMAPS:
            self.problems.append(f"colours={self.state.colormap[:60]}: no such colour map")
            self.state.colormap = ""
        unknown = set(self.state.sources) - atlas.events().sources
        if unknown:
            self.problems.append(f"sources={', '.join(sorted(unknown))[:60]}: no such source")
            self.state.sources = [name for name in self.state.sources if name not in unknown]
        for key in (self.state.region,):
            if key and key not in REGIONS:
                self.problems.append(f"within={key}: allowed are {', '.join(REGIONS)}")
                self.state.region = ""
        if self.state.area:
            try:
                atlas.area_shape(self.state.area)
            except ValueError as error:
                self.problems.append(f"area={self.state.area[:60]}: {error}")
                self.state.area = ""

    def _check_base(self, layers: dict[str, atlas.GridLayer]) -> None:
        """Refuse a norm of years that the layer does not offer."""
        if not self.state.base or not layers:
            return
        known = bases(layers[self.state.layer].cube)
        if self.state.base not in known:
            texts = ", ".join(f"{one[0]},{one[1]}" for one in known if one) or "none"
            given = ",".join(map(str, self.state.base))
            self.problems.append(f"base={given}: this layer has norms of all years and of {texts}")
            self.state.base = None

    def _tell_problems(self) -> None:
        if pn.state.notifications is None:
            return
        _ = self.session._
        for name, reason in atlas.broken_cubes().items():
            text = _("The cube {name} cannot be opened and is left out.").format(name=name)
            pn.state.notifications.warning(f"{text} {reason[:300]}", duration=0)
        if self.problems:
            log.info("A link was read in part: %s", "; ".join(self.problems)[:1000])
            pn.state.notifications.warning(told(self.session, self.problems), duration=0)

    def _tapped(self, event: Any) -> None:
        if event.x is None:
            return
        longitude, latitude = self.view.degrees(event.x, event.y)
        if self.view.drawing is not None:
            self.view.drawing.add(longitude, latitude)
            return
        shift = dict(event.modifiers or {}).get("shift", False)
        station = self.extras.marks.at(event.x, event.y)
        if station:
            self.points.station(station, add=bool(shift))
        else:
            self.points.clicked(longitude, latitude, add=bool(shift))

    def _double_tapped(self, event: Any) -> None:
        if self.view.drawing is not None:
            self.view.drawing.close()
        else:  # two quick clicks, maybe at two places: the second one counts too
            self._tapped(event)

    def _describe(self, *_events: Any) -> None:
        _, language = self.session._, self.session.language
        legends = grid_legend(self.session, self.view) + event_legend(self.session, self.view)
        self.legends.object = f'<div class="qc-legends">{legends}</div>'
        layer = self.view.layer
        if layer is None:
            return
        times = layer.cube.times
        period = "" if layer.cube.static else f"{str(times[0])[:10]} – {str(times[-1])[:10]}"
        mark = f" · <b>{_('Simulated data')}</b>" if layer.simulated else ""
        credits = [credit(_, layer.citation), credit(_, layer.licence)]
        parts = [layer.title(language), period, *credits]
        text = " · ".join(escape(part) for part in parts if part) + mark
        self.status.object = f'<div class="qc-status">{text}</div>'

    def attach(self, page: Any) -> None:
        """Take the page: follow its theme, and open its context bar on demand."""
        self.details.attach(page)

        def switched(event: Any) -> None:
            self.view.plot.ink(dark=event.new)
            self.dock.ink(dark=event.new)
            self.stations.ink(dark=event.new)
            self.projected.dark = event.new
            self.projected.update()

        page.param.watch(switched, "dark_theme")

    # layout --------------------------------------------------------------------------------------

    def show_place(self, point: Point) -> None:
        """Show a place that was searched for: its surroundings on the map, and its history."""
        longitude, latitude = point
        self.points.clicked(longitude, latitude, add=False)
        south, north = max(latitude - 4, -84.0), min(latitude + 4, 84.0)
        self.view.go_to((longitude - 6, south, longitude + 6, north))

    def main(self) -> Any:
        """Return the map with all that stands under it."""
        chart = pn.Column(
            self.view.pane,
            self.projected.panel,
            self.extras.probe,
            pad(self.session),
            self.legends,
            sizing_mode="stretch_both",
            min_height=280,
            margin=0,
            styles={"position": "relative"},
        )
        return pn.Column(
            chart,
            self.timebar.panel,
            self.points.panel,
            self.dock.panel,
            sizing_mode="stretch_both",
            margin=0,
        )


def explorer_page(session: Any) -> Any:
    """Return the whole page: the explorer, or the way to make its data when there are none."""
    _ = session._
    title, skip = _("Explorer"), _("Skip to the map")
    layers = atlas.grid_layers() | own_layers()
    if not layers:
        main = Preparation(session).panel
        return frame(session, page="explorer", title=title, main=main)
    explorer = Explorer(session, layers)
    page = frame(
        session,
        page="explorer",
        title=title,
        main=explorer.main(),
        drawer=[explorer.controls.panel],
        context=[explorer.details.panel],
        status=explorer.status,
        search=place_search(session, explorer.show_place),
        skip=skip,
    )
    explorer.attach(page)
    return page
