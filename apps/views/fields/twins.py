"""The curve as a table, and the years of one unit: numbers behind the pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import panel as pn
from bokeh.models import HoverTool, Range1d

from analysis.language import format_date
from apps.views.charts import bokeh, chart, source
from apps.views.fields.curve import BROWN, GREEN
from apps.views.fields.selection import FieldSelection
from apps.views.fields.words import class_names, number, rank_text
from apps.views.htmltables import grid, table_html
from apps.views.sliders import at_pointer


class CurveTable:
    """The curve of the chosen unit as a table, a row a date."""

    def __init__(self, visit: Any, selection: FieldSelection):
        self.visit, self.selection = visit, selection
        self.pane = grid()
        self.panel = pn.Column(self.pane, sizing_mode="stretch_width", margin=(0, 8))

    def show(self) -> None:
        """Write the table anew."""
        _, language, selection = self.visit._, self.visit.language, self.selection
        unit = selection.chosen[0]
        table = selection.curve_table(unit)
        years = [name for name in map(str, table) if name.isdigit()]
        heads = [
            _("Date"), _("NDVI"), _("Norm"), _("Spread of the norm"), "10 %", "25 %", "50 %",
            "75 %", "90 %", _("Departure"), "Z", "VCI, %", _("Drought"), _("Rank"), *years,
        ]  # fmt: skip
        shares = ("p10", "p25", "p50", "p75", "p90")
        from analysis.agrarian import drought_class

        rows = []
        for row, word in zip(table.to_dict("records"), drought_class(table["vci"]), strict=True):
            rows.append(
                [
                    format_date(pd.Timestamp(row["time"]), language, "medium"),
                    *(number(row[name], "value", language) for name in ("value", "mean", "std")),
                    *(number(row[name], "value", language) for name in shares),
                    number(row["departure"], "departure", language),
                    number(row["z"], "z", language),
                    number(row["vci"], "vci", language),
                    class_names(_)[word],
                    rank_text(row["rank"], row["of"], self.visit),
                    *(number(row[year], "value", language) for year in years),
                ]
            )
        caption = f"{selection.units.name(unit, language)}, {selection.year}"
        self.pane.object = table_html(caption, heads, rows, words=(12,))


class YearsPlot:
    """Season integral of every year for the chosen unit: bars, and the same as a table."""

    def __init__(self, visit: Any, selection: FieldSelection):
        _ = visit._
        self.visit, self.selection = visit, selection
        self.bars = source("year", "integral", "colour", "rank")
        self.figure = chart(
            _("Season integral by year"),
            _("Year"),
            _("NDVI·days"),
            height=220,
            y_range=Range1d(0, 1),
        )
        self.figure.xaxis.ticker.desired_num_ticks = 8
        self.figure.xaxis.formatter.use_scientific = False
        bars = self.figure.vbar("year", top="integral", width=0.7, source=self.bars, color="colour")
        tips = [("", "@year"), (_("Season integral"), "@integral{custom}"), (_("Rank"), "@rank")]
        self.figure.add_tools(
            HoverTool(renderers=[bars], tooltips=tips, formatters={"@integral": at_pointer(1)})
        )
        self.pane = grid()
        self.panel = pn.Column(
            bokeh(self.figure), self.pane, sizing_mode="stretch_width", margin=(0, 8)
        )

    def show(self) -> None:
        """Draw and write the years anew."""
        _, language, selection = self.visit._, self.visit.language, self.selection
        unit = selection.chosen[0]
        table = selection.year_table(unit)
        known = table[table["integral"].notna()]
        mean = float(known["integral"].mean()) if len(known) else 0.0
        self.bars.data = {
            "year": known["year"].to_numpy(),
            "integral": known["integral"].to_numpy(),
            "colour": np.where(known["integral"] < mean, BROWN, GREEN),
            "rank": known["rank"].astype(int).astype(str).to_numpy(),
        }
        self.figure.y_range.end = 1.08 * float(known["integral"].max()) if len(known) else 1.0
        rows = [
            [
                str(int(row["year"])),
                number(row["integral"], "integral", language),
                number(row["percent"], "integral_percent", language),
                rank_text(row["rank"], len(known), self.visit),
            ]
            for row in table.to_dict("records")
        ]
        heads = [
            _("Year"),
            _("Season integral, NDVI·days"),
            _("% of the mean of all years"),
            _("Rank (1 is the greenest)"),
        ]
        caption = selection.units.name(unit, language)
        self.pane.object = table_html(caption, heads, rows)
