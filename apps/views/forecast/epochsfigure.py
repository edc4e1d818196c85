"""The figure of superposed epochs: the course before earthquakes, beside what chance gives."""

from __future__ import annotations

from typing import Any

import panel as pn
import panel_material_ui as pmui
from bokeh.models import Span

from analysis.language import format_number
from analysis.seismic.precursors import Epochs
from apps.views.charts import CATEGORIES, DASHES, chart, late, source
from apps.views.forecast.hypothesesname import group_name
from apps.views.forecast.panel import write_numbers
from apps.views.htmltables import note
from apps.views.styles import FIELD, styled

LINES = 4
"""Radii that are drawn at most; the table has all."""


class EpochsFigure:
    """Difference to matched times by lag, a line a radius, of one variable and group."""

    def __init__(self, visit: Any):
        self.visit = visit
        self.found: Epochs | None = None
        _ = self.visit._
        self.what = pmui.Select(label=_("Variable"), options={}, **FIELD | {"width": 260})
        self.group = pmui.Select(label=_("Group"), options={}, **FIELD | {"width": 200})
        for widget in (self.what, self.group):
            widget.param.watch(lambda _event: self.draw(), "value")
        self.figure = chart(
            _("Anomaly before earthquakes beside matched times"),
            _("Days from the earthquake"),
            _("Difference, standard deviations"),
            height=320,
        )
        self.band = source("x", "low", "high")
        self.figure.varea(
            "x", "low", "high", source=self.band, fill_color="#8aa0a8", fill_alpha=0.3,
            legend_label=_("chance"),
        )  # fmt: skip
        self.lines = [source("x", "y") for _number in range(LINES)]
        self.drawn = []
        for place, data in enumerate(self.lines):
            colour, dash = CATEGORIES[place], DASHES[place]
            line = self.figure.line(
                "x", "y", source=data, color=colour, line_width=2, line_dash=dash,
                legend_label=str(place),
            )  # fmt: skip
            dots = self.figure.scatter("x", "y", source=data, color=colour, size=6)
            self.drawn.append((line, dots))
        self.figure.add_layout(Span(dimension="height", location=0, line_color="#8aa0a8"))
        self.figure.add_layout(Span(dimension="width", location=0, line_color="#8aa0a8"))
        legend = self.figure.legend[0]
        legend.update(orientation="horizontal", label_text_font_size="12px", margin=4)
        self.figure.add_layout(legend, "above")
        write_numbers(self.figure, "x")
        self.box = late(self.figure)
        self.caption = styled()
        self.view = pn.Column(
            pn.FlexBox(self.what, self.group, margin=0),
            self.box,
            self.caption,
            visible=False,
            sizing_mode="stretch_width",
            margin=0,
        )

    def show(self, found: Epochs, names: dict[str, str]) -> None:
        """Show other results.

        Parameters
        ----------
        found
            The tests.
        names
            Name of a variable in the results -> what the reader calls it.
        """
        self.found = None  # nothing is drawn while the choices change
        variables = {names[one]: one for one in found.units}
        groups = {group_name(one, self.visit._): one for one in found.table["group"].unique()}
        self.what.param.update(options=variables, value=next(iter(variables.values())))
        self.group.param.update(options=groups, value=next(iter(groups.values())))
        self.found = found
        self.draw()
        self.box.visible = self.view.visible = True

    def draw(self) -> None:
        """Draw the chosen variable and group."""
        _, language, found = self.visit._, self.visit.language, self.found
        if found is None or not self.what.value or not self.group.value:
            return
        chosen = (found.table["variable"] == self.what.value) & (
            found.table["group"] == self.group.value
        )
        part = found.table[chosen]
        radii = sorted(part["radius_km"].unique())
        first = part[part["radius_km"] == radii[0]].dropna(subset=["p"])
        self.band.data = {
            "x": first["lag_days"].tolist(),
            "low": (first["null_low"] - first["control"]).tolist(),
            "high": (first["null_high"] - first["control"]).tolist(),
        }
        items = self.figure.legend[0].items
        for place, data in enumerate(self.lines):
            there = place < len(radii)
            line = part[part["radius_km"] == radii[place]] if there else part.iloc[:0]
            data.data = {"x": line["lag_days"].tolist(), "y": line["effect"].tolist()}
            for one in self.drawn[place]:
                one.visible = there
            label = _("{radius} km").format(
                radius=format_number(radii[place], language, 0) if there else ""
            )
            items[place + 1].label = {"value": label}
            items[place + 1].visible = there
        events = int(part["events"].max()) if len(part) else 0
        text = _("Earthquakes in this group, at most: {count}.").format(
            count=format_number(events, language, 0)
        )
        text += " " + _("The grey band holds 95 % of what chance gives, at the least radius.")
        if part["p"].isna().all():
            text += " " + _("Too few to be tested.")
        self.caption.object = note(text)
