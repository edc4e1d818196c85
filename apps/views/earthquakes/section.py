"""Depth section: the events near a line, distance along it against depth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import panel as pn
import panel_material_ui as pmui
from bokeh.models import CustomJS

from analysis.language import format_number
from analysis.seismic.raster import CLASS_RADII, magnitude_classes
from analysis.seismic.section import Section, events_along
from apps.views.charts import bokeh, chart, source
from apps.views.clock import clock_times, number
from apps.views.colours import EVENT_COLOURS
from apps.views.earthquakes.panelkit import Panel, take
from apps.views.earthquakes.sectionline import COLOUR, SectionLine
from apps.views.earthquakes.selection import Rows
from apps.views.htmltables import grid, note, table_html
from apps.views.jobs import Job
from apps.views.places import plain, read_number
from apps.views.points import coordinates
from apps.views.state import Point
from apps.views.styles import FIELD, styled

COLUMNS = ("id", "time", "longitude", "latitude", "depth", "mag", "magType", "place", "simulated")
DRAWN = 20_000
LISTED = 15
FIXED = (10.0, 33.0)
"""Depths, km, that agencies set where they cannot measure one."""

AT_ONCE = 100_000
"""Events that are gone through within the visitor's turn; more take a thread."""


def near_line(table: pd.DataFrame, rows: Rows, line: Section, width: float) -> pd.DataFrame:
    """Return the chosen events within the band, with their distances along and across the line."""
    near = events_along(table[["longitude", "latitude"]].iloc[rows], line, width)
    found = table[[name for name in COLUMNS if name in table]].loc[near.index]
    return found.assign(along_km=near["along_km"], across_km=near["across_km"])


class SectionPanel(Panel):
    """Events within a band round a line: from typed ends, or from two taps on the map.

    With a map (`attach`) the band is shown there while the tab is open, and two taps draw it.
    """

    name = "section"

    def __init__(self, visit: Any, selection: Any):
        super().__init__(visit, selection)
        self.line: Section | None = None
        self.width = 200.0
        self.found = pd.DataFrame()
        self.job = Job(self._came, self._failed)
        self.own = False
        self.on_line: Callable[[Section | None, float], None] | None = None
        self.on_draw: Callable[[Callable[[Point, Point], None]], None] | None = None

    @property
    def title(self) -> str:
        """Name of the tab."""
        return str(self.visit._("Depth section"))

    def attach(self, view: Any) -> None:
        """Take the map of the page."""
        on_map = SectionLine(view)
        self.on_line, self.on_draw = on_map.show, on_map.ask

        def moved(event: Any) -> None:
            if event.new != self.name:
                on_map.hide()
            elif self._ready:
                on_map.show(self.line, self.width)

        self.selection.state.param.watch(moved, "tab")

    # widgets -------------------------------------------------------------------------------------

    def build(self) -> list[Any]:
        """Make the fields of the ends, the width, and the figure."""
        _ = self.visit._
        names = {
            "lon0": _("Start: longitude, °"),
            "lat0": _("Start: latitude, °"),
            "lon1": _("End: longitude, °"),
            "lat1": _("End: latitude, °"),
            "width": _("Width of the band, km"),
        }
        self.fields = {
            key: pmui.TextInput(label=label, value="", **FIELD) for key, label in names.items()
        }
        self.fields["width"].value = plain(self.width, self.visit.language)
        for field in self.fields.values():
            field.param.watch(self._typed, "value")
        self.true = pmui.Switch(
            label=_("True scale"),
            value=False,
            description=_("One kilometre is as long down as along"),
            margin=(10, 8),
        )
        self.true.param.watch(self._rescaled, "value")
        self.draw = pmui.Button(
            label=_("Draw on the map"), icon="timeline", variant="outlined", size="small",
            margin=(10, 8),
        )  # fmt: skip
        self.draw.visible = self.on_draw is not None
        self.draw.on_click(self._ask)
        self.reset = pmui.Button(
            label=_("Through the strongest"), variant="outlined", size="small", margin=(10, 8)
        )
        self.reset.on_click(self._through_strongest)
        self.note, self.list = styled(), grid()
        self.points = source("x", "y", "size", "colour", "mag", "time", "place", "across")
        self.figure = chart(
            _("Depth section"),
            _("Distance along the line, km"),
            _("Depth, km"),
            flipped=True,
            height=340,
            hover=[
                ("", "@time"),
                (_("Magnitude"), "@mag{0.0}"),
                (_("Depth, km"), "@y{0.[0]}"),
                (_("From the line, km"), "@across{0}"),
                ("", "@place"),
            ],
        )
        drawn = self.figure.scatter(
            "x",
            "y",
            size="size",
            fill_color="colour",
            fill_alpha=0.85,
            line_color="#5d4037",
            line_width=0.6,
            source=self.points,
        )
        drawn.nonselection_glyph = drawn.selection_glyph = None
        reset = CustomJS(args={"figure": self.figure}, code="figure.reset.emit()")
        self.figure.js_on_event("doubletap", reset)
        self._ends()
        self.plot = bokeh(self.figure)
        return [
            pn.FlexBox(*self.fields.values(), self.true, self.draw, self.reset, margin=0),
            self.note,
            self.plot,
            self.list,
        ]

    def _ends(self) -> None:
        """Mark both ends of the line at the surface, by the letters that they have on the map."""
        self.ends = source("x", "y", "text")
        marks = self.figure.scatter(
            "x", "y", size=9, marker="inverted_triangle", color=COLOUR, source=self.ends
        )
        self.figure.text(
            "x", "y", "text", x_offset=-5, y_offset=22, text_color=COLOUR, text_font_size="14px",
            text_font_style="bold", source=self.ends,
        )  # fmt: skip
        marks.nonselection_glyph = marks.selection_glyph = None
        self.figure.hover.renderers = [self.figure.renderers[0]]

    def _typed(self, _event: Any) -> None:
        if self._writing:
            return
        _ = self.visit._
        limits = {"lon0": 360.0, "lon1": 360.0, "lat0": 90.0, "lat1": 90.0, "width": 5000.0}
        found: dict[str, float] = {}
        for key, field in self.fields.items():
            value = read_number(field.value, limits[key])
            low = 0 if key == "width" else -limits[key]
            good = value is not None and (key != "width" or value > 0)
            wrong = _("a number from {low} to {high}").format(low=low, high=limits[key])
            field.param.update(error_state=not good, helper_text="" if good else wrong)
            if value is not None and good:
                found[key] = value
        if len(found) == len(self.fields):
            self.width = found["width"]
            self.set_line((found["lon0"], found["lat0"]), (found["lon1"], found["lat1"]))

    _writing = False

    def _write(self) -> None:
        """Put the line into the fields."""
        if self.line is None:
            return
        (lon0, lat0), (lon1, lat1) = self.line.start, self.line.end
        values = {"lon0": lon0, "lat0": lat0, "lon1": lon1, "lat1": lat1, "width": self.width}
        self._writing = True
        try:
            for key, value in values.items():
                text = plain(round(value, 3), self.visit.language)
                self.fields[key].param.update(value=text, error_state=False, helper_text="")
        finally:
            self._writing = False

    def _ask(self, _event: Any) -> None:
        if self.on_draw is not None:
            self.message.say(
                "info", self.visit._("Tap the start and then the end of the line on the map.")
            )
            self.on_draw(self.set_line)

    def set_line(self, start: Point, end: Point) -> None:
        """Take a line that the visitor has typed or drawn."""
        try:
            self.line = Section(start, end)
        except ValueError as error:
            self.message.failed(error, self.visit._("Choose two different places."))
            return
        self.own = True
        self._write()
        self.update()

    def _through_strongest(self, _event: Any = None) -> None:
        """Lay the line west to east through the strongest event in view, until one is chosen."""
        self.own = False
        self.update()

    def _rescaled(self, _event: Any) -> None:
        self.figure.match_aspect = self.true.value
        self.points.data = dict(self.points.data)

    # numbers -------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Take the events that pass the filters and lie near the line."""
        _ = self.visit._
        if not self.own:
            self.line = self._suggested()
            self._write()
        if self.line is None:
            if self.on_line is not None:
                self.on_line(None, self.width)
            self._nothing(_("No earthquake is in view."))
            return
        if self.on_line is not None:
            self.on_line(self.line, self.width)
        table, rows = self.selection.all.table, self.selection.rows
        line, width = self.line, self.width
        if len(rows) <= AT_ONCE:
            self.job.cancel()
            self._came(near_line(table, rows, line, width))
        else:
            self.job.start(lambda _ticket: near_line(table, rows, line, width))

    def _failed(self, error: Exception) -> None:
        self.message.failed(error)

    def _came(self, found: pd.DataFrame) -> None:
        """Show the events of the band."""
        _ = self.visit._
        self.found = found
        if found.empty:
            text = _("Widen the band, move the line or widen the filters.")
            self._nothing(_("No earthquake lies near this line."), text)
            return
        self.message.hide()
        self.plot.visible = True
        self._draw()
        self._describe()

    def _suggested(self) -> Section | None:
        table = take(self.selection, self.selection.view_rows, ("longitude", "latitude", "mag"))
        if table.empty:
            return None
        size = table["mag"].to_numpy(float)
        place = int(np.argmax(np.where(np.isnan(size), -np.inf, size)))
        longitude, latitude = table.iloc[place][["longitude", "latitude"]].astype(float)
        return Section.through((float(longitude), float(latitude)))

    def _nothing(self, title: str, text: str = "") -> None:
        self.found = pd.DataFrame()
        self.points.data = {name: [] for name in self.points.data}
        self.plot.visible = False
        self.note.object = self.list.object = ""
        self.message.empty(title, text)

    def _draw(self) -> None:
        length = self.line.length_km if self.line is not None else 0.0
        self.ends.data = {"x": [0.0, length], "y": [0.0, 0.0], "text": ["A", "B"]}
        shown = self.found[self.found["depth"].notna()]
        if len(shown) > DRAWN:
            shown = shown.nlargest(DRAWN, "mag")
        shown = shown.sort_values("mag", na_position="first", kind="stable")
        classes = magnitude_classes(shown["mag"].to_numpy(float)) - 1
        self.points.data = {
            "x": shown["along_km"].to_numpy(float),
            "y": shown["depth"].to_numpy(float),
            "size": 2 * np.array(CLASS_RADII)[classes] + 2,
            "colour": np.array(EVENT_COLOURS)[classes],
            "mag": shown["mag"].to_numpy(float),
            "time": clock_times(shown["time"]),
            "place": shown["place"].fillna("").astype(str).tolist(),
            "across": shown["across_km"].to_numpy(float),
        }

    def _describe(self) -> None:
        _, language, line = self.visit._, self.visit.language, self.line
        if line is None:
            return
        depth = self.found["depth"]
        parts = [
            _(
                "{count} earthquakes within {half} km of the line from {start} to {end}, "
                "{length} km long."
            ).format(
                count=format_number(len(self.found), language, 0),
                half=number(self.width / 2, language),
                start=coordinates(*line.start, language),
                end=coordinates(*line.end, language),
                length=number(line.length_km, language),
            )
        ]
        if not self.own:
            parts.append(_("The line runs west to east through the strongest one in view."))
        if depth.notna().any():
            parts.append(
                _("Depths from {low} to {high} km, half of them above {middle} km.").format(
                    low=number(float(depth.min()), language),
                    high=number(float(depth.max()), language),
                    middle=number(float(depth.median()), language),
                )
            )
        fixed, unknown = int(depth.isin(FIXED).sum()), int(depth.isna().sum())
        if fixed:
            parts.append(
                _(
                    "{count} have exactly 10 or 33 km: agencies set these depths where they "
                    "cannot measure one."
                ).format(count=format_number(fixed, language, 0))
            )
        if unknown:
            text = _("{count} without a depth are not drawn.")
            parts.append(text.format(count=format_number(unknown, language, 0)))
        if len(self.found) - unknown > DRAWN:
            text = _("The {count} strongest are drawn.")
            parts.append(text.format(count=format_number(DRAWN, language, 0)))
        self.note.object = note(" ".join(parts))
        self.list.object = self._strongest()

    def _strongest(self) -> str:
        _, language = self.visit._, self.visit.language
        strongest = self.found.nlargest(LISTED, "mag")
        times = clock_times(strongest["time"])
        rows = [
            [
                time,
                format_number(row["mag"], language, 1),
                format_number(row["along_km"], language, 0),
                format_number(row["across_km"], language, 0),
                format_number(row["depth"], language, 1),
                str(row["place"] or ""),
            ]
            for time, (_index, row) in zip(times, strongest.iterrows(), strict=True)
        ]
        caption = _("The strongest near the line; left of it counts as positive")
        heads = [
            _("Time (UTC)"),
            _("Magnitude"),
            _("Along, km"),
            _("Across, km"),
            _("Depth, km"),
            _("Place"),
        ]
        return table_html(caption, heads, rows, words=(5,))

    def table(self) -> pd.DataFrame:
        """Return the events of the section with their distances."""
        return self.found

    def about(self) -> dict[str, Any]:
        """Say where they come from and along which line they were taken."""
        about = super().about()
        if self.line is not None:
            about["section"] = (
                f"from {self.line.start} to {self.line.end} (longitude, latitude), "
                f"{self.line.length_km:.1f} km, width {self.width:g} km"
            )
        units = {"along_km": "km", "across_km": "km", "depth": "km"}
        return about | {"columns": {name: {"units": unit} for name, unit in units.items()}}
