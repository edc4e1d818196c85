"""The curve of the chosen year against the norm, its departure, other years and other units."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import numpy as np
import pandas as pd
import panel as pn
from bokeh.events import Tap
from bokeh.models import HoverTool, Range1d, Span

from apps.views.charts import bokeh, chart, source
from apps.views.fields.selection import FieldSelection
from apps.views.mapfigure import POINT_COLOURS
from apps.views.sliders import at_pointer
from apps.views.styles import styled

OUTER, INNER = "#8aa0a8", "#6d868f"
MEAN = {False: "#37474f", True: "#e3ecef"}
GREEN, BROWN = "#1c8f80", "#b36b12"
YEAR_COLOURS = ("#9c5bb5", "#d0701a", "#2f8aa0", "#4b8f3c")
YEAR_DASHES = ("dashed", "dotted", "dotdash", "dashdot")
DAY_MS = 86_400_000.0
LEFT = 84
"""Room for the numbers beside both figures, pixels: the times stand one over the other."""
LEGEND = """
.qf-keys { display: flex; flex-wrap: wrap; gap: 3px 14px; font-size: 12.5px; padding: 2px 12px 4px;
  color: var(--qc-text); }
.qf-keys span { display: inline-flex; align-items: center; gap: 6px; }
.qf-keys svg { flex: none; }
"""


class CurvePlot:
    """Two figures with one axis of time: the index with its norm, and the departure.

    Parameters
    ----------
    visit
        The visitor.
    selection
        What is shown.
    on_day
        Called with the day of the year that was tapped.
    """

    def __init__(self, visit: Any, selection: FieldSelection, on_day: Callable[[int], None]):
        _ = visit._
        self.visit, self.selection, self._on_day = visit, selection, on_day
        self.x_range = Range1d(0, 1)
        name = self._name()
        title = _("{name} through the growing season").format(name=name)
        self.figure = chart(
            title, "", name, time=True, height=266, x_range=self.x_range, min_border_right=26
        )
        self.band = source("x", "p10", "p25", "p50", "p75", "p90", "mean")
        for low, high, colour, alpha in (
            ("p10", "p90", OUTER, 0.3),
            ("p25", "p75", INNER, 0.42),
        ):
            self.figure.varea("x", low, high, source=self.band, color=colour, alpha=alpha)
        mean = self.figure.line("x", "mean", source=self.band, line_width=2)
        self.others = source("xs", "ys", "colour", "dash", "label")
        self.figure.multi_line(
            "xs", "ys", source=self.others, color="colour", line_dash="dash", line_width=1.8
        )
        self.points = source("x", "y", "colour", "label", "date")
        self.lines = source("xs", "ys", "colour")
        self.figure.multi_line("xs", "ys", source=self.lines, color="colour", line_width=2.8)
        dots = self.figure.scatter("x", "y", source=self.points, color="colour", size=7)
        self._hover(
            dots, [("", "@label"), ("", "@date"), (name, "@y{custom}")], {"@y": at_pointer(3)}
        )
        self._mean = mean.glyph
        self.ink(dark=visit.theme == "dark")
        self._hover(mean, [(_("Norm"), "@mean{custom}")], {"@mean": at_pointer(3)})
        self.bars = chart(
            _("Departure from the norm"), "", _("Departure"), time=True, height=128,
            min_border_right=26, x_range=self.x_range,
        )  # fmt: skip
        self.figure.min_border_left = self.bars.min_border_left = LEFT
        self.departures = source("x", "y", "colour", "date")
        self._bar = self.bars.vbar(
            "x", top="y", bottom=0, width=6 * DAY_MS, source=self.departures, color="colour"
        )
        tips = [("", "@date"), (_("Departure"), "@y{custom}")]
        self._hover(self._bar, tips, {"@y": at_pointer(3, signed=True)}, self.bars)
        self.now = [
            Span(dimension="height", line_dash="dashed", line_color="#e65100") for _n in "12"
        ]
        for figure, span in zip((self.figure, self.bars), self.now, strict=True):
            figure.xaxis.ticker.desired_num_ticks = 4
            figure.add_layout(span)
            figure.on_event(Tap, self._tapped)
        self.bars.add_layout(Span(dimension="width", location=0, line_color=INNER))
        self.keys = styled(stylesheets=[LEGEND])
        self.panel = pn.Column(
            bokeh(self.figure), bokeh(self.bars), self.keys, sizing_mode="stretch_width", margin=0
        )

    def _name(self) -> str:
        layer = self.selection.layer
        return "NDVI" if layer is None else layer.variable.upper()

    def _hover(
        self,
        renderer: Any,
        tooltips: list[tuple[str, str]],
        formatters: dict[str, Any],
        figure: Any = None,
    ) -> None:
        tool = HoverTool(
            renderers=[renderer], tooltips=tooltips, formatters=formatters, attachment="horizontal"
        )
        (figure or self.figure).add_tools(tool)

    def _tapped(self, event: Any) -> None:
        if event.x is None or not np.isfinite(event.x):
            return
        start = pd.Timestamp(self.selection.year, 1, 1)
        days = (pd.Timestamp(event.x, unit="ms") - start) / pd.Timedelta(days=1)
        if 0 <= days < 366:
            self._on_day(round(days) + 1)

    def ink(self, *, dark: bool) -> None:
        """Recolour the norm for a light or dark page."""
        self._mean.line_color = MEAN[dark]

    # drawing -------------------------------------------------------------------------------------

    def show(self) -> None:
        """Draw the chosen units, years and the norm of the first unit."""
        selection, visit = self.selection, self.visit
        units = selection.chosen
        if not units:
            return
        table = selection.curve_table(units[0])
        x = milliseconds(table["time"])
        shares = ("p10", "p25", "p50", "p75", "p90", "mean")
        known = table["mean"].notna().to_numpy()
        band = {name: table[name].to_numpy()[known] for name in shares}
        self.band.data = {"x": x[known], **band}
        self._show_units(units, x)
        self._show_years(table, x)
        departure = table["departure"].to_numpy()
        self.departures.data = {
            "x": x,
            "y": departure,
            "colour": np.where(departure < 0, BROWN, GREEN),
            "date": [str(time)[:10] for time in table["time"]],
        }
        if len(x) > 1:
            self._bar.glyph.width = 0.62 * float(np.median(np.diff(x)))
        first, last = selection.state.season
        start = pd.Timestamp(selection.year, 1, 1).timestamp() * 1e3
        room = 6 * DAY_MS
        self.x_range.update(
            start=start + (first - 1) * DAY_MS - room, end=start + (last - 1) * DAY_MS + room
        )
        name = selection.units.name(units[0], visit.language)
        self.figure.html_attributes = {"role": "img", "aria-label": f"{self._name()}: {name}"}
        self.show_day()
        self._legend(units)

    def _show_units(self, units: list[str], x: Any) -> None:
        selection, language = self.selection, self.visit.language
        points: dict[str, list[Any]] = {name: [] for name in ("x", "y", "colour", "label", "date")}
        lines: dict[str, list[Any]] = {"xs": [], "ys": [], "colour": []}
        dates = [str(time)[:10] for time in pd.to_datetime(x, unit="ms")]
        for unit, colour in zip(units, POINT_COLOURS, strict=False):
            values = selection.judged["value"].sel(unit=unit, day=selection.days).to_numpy()
            lines["xs"].append(x)
            lines["ys"].append(values)
            lines["colour"].append(colour)
            seen = np.isfinite(values)
            points["x"] += x[seen].tolist()
            points["y"] += values[seen].tolist()
            points["colour"] += [colour] * int(seen.sum())
            points["label"] += [selection.units.name(unit, language)] * int(seen.sum())
            points["date"] += [date for date, there in zip(dates, seen, strict=True) if there]
        self.lines.data, self.points.data = lines, points

    def _show_years(self, table: pd.DataFrame, x: Any) -> None:
        found = [str(year) for year in self.selection.state.compare if str(year) in table]
        self.others.data = {
            "xs": [x for _year in found],
            "ys": [table[year].to_numpy() for year in found],
            "colour": list(YEAR_COLOURS[: len(found)]),
            "dash": list(YEAR_DASHES[: len(found)]),
            "label": found,
        }

    def show_day(self) -> None:
        """Mark the date that is shown."""
        moment = self.selection.date.timestamp() * 1e3
        for span in self.now:
            span.location = moment

    def _legend(self, units: list[str]) -> None:
        _, language, selection = self.visit._, self.visit.language, self.selection
        first = selection.units.name(units[0], language)
        keys = [
            (_line(colour, "solid", 3), f"{selection.units.name(unit, language)}, {selection.year}")
            for unit, colour in zip(units, POINT_COLOURS, strict=False)
        ]
        keys += [
            (_line(colour, dash, 2), f"{first}, {year}")
            for year, colour, dash in zip(
                self.others.data["label"], YEAR_COLOURS, YEAR_DASHES, strict=False
            )
        ]
        keys.append((_line("var(--qc-text)", "solid", 2), _("norm of the other years (mean)")))
        keys.append((_box(INNER, 0.72), _("half of the years (25–75 %)")))
        keys.append((_box(OUTER, 0.3), _("most years (10–90 %)")))
        inner = "".join(f"<span>{sign}{escape(text)}</span>" for sign, text in keys)
        self.keys.object = f'<div class="qf-keys">{inner}</div>'


def milliseconds(times: Any) -> Any:
    """Return times as Bokeh takes them, shape (time).

    >>> milliseconds(pd.Series(pd.to_datetime(["1970-01-02"]))).tolist()
    [86400000.0]
    """
    return pd.DatetimeIndex(times).as_unit("ms").asi8.astype(float)


def _line(colour: str, dash: str, width: int) -> str:
    pattern = {"solid": "", "dashed": "6 3", "dotted": "2 3", "dotdash": "2 3 6 3"}
    gaps = pattern.get(dash, "6 3 2 3")
    return (
        f'<svg width="26" height="10" aria-hidden="true"><line x1="0" y1="5" x2="26" y2="5" '
        f'stroke="{colour}" stroke-width="{width}" stroke-dasharray="{gaps}"/></svg>'
    )


def _box(colour: str, alpha: float) -> str:
    return (
        f'<svg width="22" height="12" aria-hidden="true"><rect width="22" height="12" rx="2" '
        f'fill="{colour}" fill-opacity="{alpha}"/></svg>'
    )
