"""The land-cover page: imagery, samples, classifiers, judging, maps, areas."""

from __future__ import annotations

import logging
from typing import Any

import pandas as pd
import panel as pn

from apps.views.address import Address, arguments
from apps.views.frame import frame
from apps.views.landcover.controls import Controls
from apps.views.landcover.divider import Divider
from apps.views.landcover.drawbar import DrawBar
from apps.views.landcover.landmap import LandMap
from apps.views.landcover.legend import LEGEND, legend_html
from apps.views.landcover.pictures import Pictures
from apps.views.landcover.pixel import PixelPanel
from apps.views.landcover.selection import LandSelection
from apps.views.landcover.state import FIELDS, NORTH_KAZAKHSTAN, LandState
from apps.views.landcover.tabs import TabParts
from apps.views.landcover.work import Work
from apps.views.linkhelp import warn
from apps.views.mappage import HALF, PageTabs, map_box, map_frame, status_html, status_pane
from apps.views.preparation import Preparation
from apps.views.state import Bounds
from apps.views.styles import styled

log = logging.getLogger(__name__)


class LandPage:
    """All parts of the land-cover page of one session."""

    def __init__(self, visit: Any):
        self.visit, self.state = visit, LandState()
        self.problems = self.state.read_query(arguments(pn.state.session_args))
        self.selection = LandSelection(self.state, visit)
        self._check()
        if self.state.bounds == NORTH_KAZAKHSTAN:
            self.state.bounds = roomy(self.selection.imagery.cube.bounds)
        self.map = LandMap(visit, self.state, self._tapped)
        self.bar = DrawBar(visit, self.selection, self.map.plot, self._explain)
        self.map.plot.on_double_tap(lambda _event: self.bar.double_tapped())
        self.pictures = Pictures(visit, self.selection, self.map)
        self.pixel = PixelPanel(visit, self.selection)
        self.work = Work(visit, self.selection, self._samples_ready, self._trained, self._mapped)
        self.controls = Controls(visit, self.selection)
        self.address = Address(self.state, self.map.plot.figure, FIELDS)
        self.legend, self.status = styled(stylesheets=[LEGEND]), status_pane()
        self.divider = Divider(
            lambda value: setattr(self.state, "divider", value),
            value=self.state.divider,
            label=visit._("Divider between both maps, per cent of the width"),
            stylesheets=[LEGEND],
            sizing_mode="stretch_width",
            margin=(2, 12),
        )
        self.under = pn.Column(sizing_mode="stretch_width", margin=0)
        self._make_tabs()
        watch = self.state.param.watch
        watch(self._data_changed, ["imagery", "year", "samples"])
        watch(self._drawn_changed, "drawn")
        watch(self._judging_changed, ["folds", "block", "methods"])
        watch(self._sides_changed, ["left", "right", "other", "show", "level", "cover", "checked"])
        watch(self._point_changed, ["point", "band"])
        watch(self._unit_changed, "unit")
        watch(self._sampled_changed, "sampled")
        self._show_data()
        pn.state.onload(self._loaded)

    # what a link asks for ------------------------------------------------------------------------

    def _check(self) -> None:
        """Leave out of the link what is not at hand, and say so later."""
        state, selection = self.state, self.selection
        if state.imagery and state.imagery not in selection.imageries:
            allowed = ", ".join(selection.imageries)
            self.problems.append(f"imagery={state.imagery[:60]}: allowed are {allowed}")
            state.imagery = ""
        sets = selection.sample_options().values()
        if state.samples and state.samples not in sets:
            allowed = ", ".join(sets)
            self.problems.append(f"samples={state.samples[:60]}: allowed are {allowed}")
            state.samples = ""
        strange = [one for one in state.methods if one not in selection.classifiers]
        if strange:
            allowed = ", ".join(selection.classifiers)
            self.problems.append(f"models={strange[0][:60]}: allowed are {allowed}")
            state.methods = [one for one in state.methods if one in selection.classifiers]
        years = selection.imagery.years
        for name in ("year", "other"):
            if getattr(state, name) and getattr(state, name) not in years:
                have = f"{years[0]} to {years[-1]}"
                self.problems.append(f"{name}={getattr(state, name)}: the imagery has {have}")
                setattr(state, name, 0)

    # data ----------------------------------------------------------------------------------------

    def _loaded(self) -> None:
        """Begin the slow work when the browser has the page: it takes no changes before."""
        warn(self.visit, self.problems)
        self.work.prepare(then_train=self.state.trained)

    def _fill(self) -> None:
        """Take what depends on the data into the drawer and the bar."""
        self.controls.fill()
        self.work.strip.fill()

    def _show_data(self) -> None:
        """Show imagery and samples."""
        self._fill()
        self._show_samples()
        self._show_map()
        self.map.mark_point(self.state.point)
        self.pixel.fill()
        self.pixel.show()
        self._tell()

    def _data_changed(self, *events: Any) -> None:
        self.work.cancel()
        if any(event.name == "imagery" for event in events):
            self.map.go_to(self.selection.imagery.cube.bounds)
        self.selection.forget()
        self.state.trained = False
        self._show_data()
        self.work.prepare(then_train=False)
        self._show_open()

    def _drawn_changed(self, *_events: Any) -> None:
        """Take the features anew; what was trained before stays until it is trained again."""
        self._show_samples()
        self.work.cancel()
        self.selection.table = pd.DataFrame()
        self.state.trained = bool(self.selection.outcomes) and not self.selection.stale
        self._fill()
        self._show_map()
        self.work.prepare(then_train=False)
        self._show_open()

    def _judging_changed(self, *_events: Any) -> None:
        self._fill()

    def _samples_ready(self) -> None:
        self.pixel.show()
        self.parts.show("samples")
        self._tell()

    def train(self) -> None:
        """Train and compare the chosen classifiers."""
        self.work.train()

    def _trained(self, *, last: bool) -> None:
        """Show the results that there are."""
        self._fill()
        self._show_open()
        self.pixel.show()
        if last:
            self.state.trained = bool(self.selection.outcomes)
            self._sides_changed()

    def _mapped(self) -> None:
        self._show_map()
        self._show_open()

    # changes -------------------------------------------------------------------------------------

    def _sides_changed(self, *_events: Any) -> None:
        self._fill()
        self._show_map()
        self.work.need_maps()
        self._show_open()

    def _show_map(self) -> None:
        self.pictures.show()
        self.legend.object = legend_html(self.visit, self.selection)
        names = self.pictures.side_names()
        if len(names) == 2:
            self.divider.param.update(left=names[0], right=names[1])
        shown = [self.divider] if len(names) == 2 else []
        if list(self.under) != shown:
            self.under[:] = shown

    def _show_samples(self) -> None:
        self.pictures.show_samples()

    def _tapped(self, longitude: float, latitude: float) -> None:
        self.bar.tapped(longitude, latitude)

    def _explain(self, longitude: float, latitude: float) -> None:
        """Explain the pixel at a place; and choose the unit there where units are shown."""
        if self.selection.pictured == "units":
            unit = self.selection.units.find(longitude, latitude, self.map.reach(9.0))
            self.state.unit = unit or ""
        self.state.point = (round(longitude, 4), round(latitude, 4))

    def _point_changed(self, *_events: Any) -> None:
        self.map.mark_point(self.state.point)
        self.pixel.fill()
        self.pixel.show()

    def _sampled_changed(self, *_events: Any) -> None:
        self._show_map()
        self._show_open()

    def _unit_changed(self, *_events: Any) -> None:
        self.pictures.mark_unit()
        self._show_open()

    # tabs ----------------------------------------------------------------------------------------

    def _make_tabs(self) -> None:
        self.parts = TabParts(self.visit, self.selection, self.work)
        self.tabs = PageTabs(
            self.state,
            self.parts.titles(),
            self._show_open,
            sx={
                "& .MuiTab-root:focus-visible": {"outline": "3px solid", "outlineOffset": "-3px"},
            },
        )
        self._show_open()

    def _show_open(self) -> None:
        """Bring the open tab up to date; one is made when it is first opened."""
        name = self.tabs.open
        body = self.tabs.bodies[name]
        if not len(body):
            body[:] = [self.parts.part(name).panel]
        self.parts.show(name)

    # words ---------------------------------------------------------------------------------------

    def _tell(self) -> None:
        """Say where the imagery and the samples come from."""
        from apps.views.landcover.words import mark

        selection, language = self.selection, self.visit.language
        imagery, base = selection.imagery, selection.base
        parts = [imagery.title(language), imagery.citation, imagery.licence]
        if base is not None:
            parts += [base.title(language), base.citation]
        sign = mark(self.visit, simulated=selection.simulated)
        self.status.object = status_html(self.visit, parts, sign)

    # layout --------------------------------------------------------------------------------------

    def main(self) -> Any:
        """Return bar, map, pixel and tabs."""
        chart = map_box(self.visit, self.map.pane, 430)
        left = pn.Column(
            self.bar.panel, chart, self.bar.under, self.under, self.legend,
            sizing_mode="stretch_width", margin=0, styles=HALF,
        )  # fmt: skip
        right = pn.Column(self.pixel.panel, sizing_mode="stretch_width", margin=0, styles=HALF)
        return pn.Column(
            self.work.strip.panel,
            self.work.message.pane,
            pn.FlexBox(left, right, margin=0, gap="8px", sizing_mode="stretch_width"),
            self.tabs.view,
            sizing_mode="stretch_both",
            margin=0,
            scroll="y-auto",
        )


def roomy(box: Bounds) -> Bounds:
    """Return west, south, east, north with some room around.

    >>> roomy((60.0, 50.0, 70.0, 55.0))
    (59.5, 49.75, 70.5, 55.25)
    """
    west, south, east, north = box
    across, along = 0.05 * (east - west), 0.05 * (north - south)
    found = (west - across, max(south - along, -84.0), east + across, min(north + along, 84.0))
    return tuple(round(one, 3) for one in found)  # type: ignore[return-value]


def landcover_page(visit: Any) -> Any:
    """Return the whole page in its frame."""
    from apps.views.landcover.imagery import imageries

    _ = visit._
    title = _("Land cover")
    if not imageries():
        return frame(visit, page="landcover", title=title, main=Preparation(visit).panel)
    page = LandPage(visit)
    return map_frame(
        visit,
        "landcover",
        title,
        page,
        (page.map.ink, page.pixel.ink),
        drawer=[page.controls.panel],
    )
