"""A clicked pixel: its course through the year, what every model says, the courses of classes."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
import pandas as pd
import panel as pn
import panel_material_ui as pmui
from bokeh.models import HoverTool

from apps.views.charts import chart, late, source
from apps.views.htmltables import TABLE, table_html
from apps.views.landcover.selection import LandSelection
from apps.views.landcover.words import chip, mark, percent, said
from apps.views.mapfigure import POINT_COLOURS
from apps.views.points import coordinates
from apps.views.styles import styled

CHIP = """
.ql-chip { display: inline-block; width: 11px; height: 11px; border-radius: 3px; margin-right: 6px;
  border: 1px solid var(--qc-muted); vertical-align: -1px; }
"""
MEANS = ".ql-means > span { white-space: nowrap; display: inline-block; margin-right: 8px; }"
HEIGHT = 300
WRAP = """
.qc-grid td.qc-words { white-space: normal; }
.qc-grid th, .qc-grid td { padding: 3px 6px; }
"""
MOST_CLASSES = 12


class PixelPanel:
    """The plot and the table of the clicked pixel."""

    def __init__(self, visit: Any, selection: LandSelection):
        _ = visit._
        self.visit, self.selection, self.state = visit, selection, selection.state
        self.lines = source("x", "y", "class")
        self.own = source("x", "y", "text")
        self.band = pmui.Select(label=_("Band"), options=[], size="small", width=190, margin=(6, 8))
        self.band.param.watch(self._band_chosen, "value")
        self._binding = False
        self.means: dict[str, Any] = {}
        self.figure = chart(
            _("Course of the pixel and mean courses of the classes"),
            _("Date"),
            "",
            time=True,
            height=HEIGHT,
        )
        self.mean_source = source("xs", "ys", "colour", "name")
        means = self.figure.multi_line(
            "xs", "ys", source=self.mean_source, line_color="colour", line_width=1.8, alpha=0.85
        )
        line = self.figure.line("x", "y", source=self.own, line_width=2.6, line_color=BLACK[False])
        dots = self.figure.scatter(
            "x", "y", source=self.own, size=8, fill_color=POINT_COLOURS[1], line_color="black"
        )
        self._line = line
        self.figure.add_tools(
            HoverTool(renderers=[dots], tooltips=[("", "@text")]),
            HoverTool(renderers=[means], tooltips=[("", "@name")], line_policy="interp"),
        )
        self.title, self.table = (
            styled(),
            styled(stylesheets=[TABLE, CHIP, WRAP], margin=(4, 8)),
        )
        self.legend, self.plot = styled(stylesheets=[CHIP, MEANS]), late(self.figure)
        self.panel = pn.Column(
            pn.FlexBox(self.band, margin=0, align_items="center"),
            self.plot,
            self.legend,
            self.title,
            self.table,
            sizing_mode="stretch_width",
            margin=0,
        )
        self.ink(dark=visit.theme == "dark")

    def ink(self, *, dark: bool) -> None:
        """Recolour for a light or dark page."""
        self._line.glyph.line_color = BLACK[dark]

    def _band_chosen(self, event: Any) -> None:
        if not self._binding and event.new:
            first = self.selection.imagery.bands[0]
            self.state.band = "" if event.new == first else event.new

    @property
    def chosen_band(self) -> str:
        """The band that is drawn."""
        bands = self.selection.imagery.bands
        if self.state.band in bands:
            return str(self.state.band)
        return next((one for one in ("ndvi", "evi") if one in bands), bands[0])

    def fill(self) -> None:
        """Take the bands of the imagery."""
        self._binding = True
        imagery, language = self.selection.imagery, self.visit.language
        options = {imagery.band_name(one, language): one for one in imagery.bands}
        self.band.param.update(options=options, value=self.chosen_band)
        self._binding = False

    # what is shown -------------------------------------------------------------------------------

    def show(self) -> None:
        """Draw the pixel and the classes anew."""
        self._show_means()
        self._show_pixel()
        self.plot.visible = len(self.mean_source.data["xs"]) + len(self.own.data["x"]) > 0

    def _show_means(self) -> None:
        """Draw the mean course of every class of the samples."""
        selection, band, language = self.selection, self.chosen_band, self.visit.language
        curves = selection.mean_curves(band)
        dates = selection.imagery.dates(selection.year).to_numpy()
        colours = selection.colours
        names = list(curves)[:MOST_CLASSES]
        self.mean_source.data = {
            "xs": [dates] * len(names),
            "ys": [curves[one] for one in names],
            "colour": [colours[one] for one in names],
            "name": [selection.class_name(one, language) for one in names],
        }
        imagery = selection.imagery
        short = band in ("ndvi", "evi")
        self.figure.yaxis.axis_label = band.upper() if short else imagery.band_name(band, language)
        items = "".join(
            f"<span>{chip(colours[one])}{escape(selection.class_name(one, language))}</span> "
            for one in names
        )
        text = escape(self.visit._("Mean courses of the samples"))
        self.legend.object = (
            f'<div class="qc-note ql-means"><b>{text}</b> {items}</div>' if names else ""
        )

    def _show_pixel(self) -> None:
        _, language, selection = self.visit._, self.visit.language, self.selection
        point = self.state.point
        if point is None:
            self.own.data = {"x": [], "y": [], "text": []}
            text = _(
                "Click the map, or type a place above it and press Enter: the course of the pixel "
                "and what each model says appear here."
            )
            self.title.object = f'<div class="qc-note">{escape(text)}</div>'
            self.table.object = ""
            return
        try:
            values = selection.pixel(point)
        except ValueError as error:
            self.own.data = {"x": [], "y": [], "text": []}
            self.title.object = (
                f'<div class="qc-note" role="status">{escape(said(self.visit, error))}</div>'
            )
            self.table.object = ""
            return
        dates = selection.imagery.dates(selection.year)
        series = values[self.chosen_band]
        self.own.data = {
            "x": dates.to_numpy(),
            "y": series,
            "text": [
                f"{date:%Y-%m-%d}: {value:.3f}" for date, value in zip(dates, series, strict=True)
            ],
        }
        where = escape(coordinates(point[0], point[1], language))
        found = selection.classify_pixel(point)
        lead = f"<b>{where}</b>, {selection.year} {mark(self.visit, simulated=selection.simulated)}"
        self.title.object = (
            f'<div class="qc-note" aria-live="polite">{lead} {escape(self._said(found))}</div>'
        )
        self.table.object = self._rows(found) if found else ""

    def _said(self, found: dict[str, pd.Series]) -> str:
        """Say in a sentence whether the models agree."""
        _, language, selection = self.visit._, self.visit.language, self.selection
        if not found:
            return str(_("Train classifiers to see what each of them says."))
        best = [str(one.idxmax()) for one in found.values()]
        if len(set(best)) == 1:
            name = selection.class_name(best[0], language)
            return str(_("All models say: {name}.")).format(name=name)
        names = ", ".join(
            f"{selection.outcomes[key].title(language)}: {selection.class_name(one, language)}"
            for key, one in zip(found, best, strict=True)
        )
        return str(_("The models differ: {names}.")).format(names=names)

    def _rows(self, found: dict[str, pd.Series]) -> str:
        _, language, selection = self.visit._, self.visit.language, self.selection
        rows = []
        for key, shares in found.items():
            order = shares.sort_values(ascending=False)
            second = order.index[1] if len(order) > 1 else None
            rows.append(
                [
                    selection.outcomes[key].title(language),
                    selection.class_name(str(order.index[0]), language),
                    percent(order.iloc[0], language),
                    "–"
                    if second is None
                    else f"{selection.class_name(str(second), language)}, "
                    f"{percent(order.iloc[1], language)}",
                ]
            )
        heads = [
            _("Classifier"), _("Class"), _("Probability"), _("Second class"),
        ]  # fmt: skip
        told = _(
            "The probabilities are what each classifier says itself; they are not calibrated. How "
            "often it is right stands under Comparison."
        )
        table = table_html(_("What each model says of the pixel"), heads, rows, words=(1, 3))
        return f'{table}<div class="qc-note">{escape(told)}</div>'

    def table_of_pixel(self) -> pd.DataFrame:
        """Return the pixel as a table: a row a date, a column a band.

        Raises
        ------
        ValueError
            No pixel is chosen.
        """
        if self.state.point is None:
            raise ValueError(self.visit._("No pixel is chosen: click the map first."))
        values = self.selection.pixel(self.state.point)
        dates = self.selection.imagery.dates(self.selection.year)
        return pd.DataFrame({"time": dates, **{k: np.asarray(v) for k, v in values.items()}})


BLACK = {False: "#12262d", True: "#e7f0f2"}
"""Colour of the pixel's line on a light and on a dark page."""
