"""The chosen cell: its probability under each forecast, its history, what moved its forecast."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
import pandas as pd
import panel as pn
import panel_material_ui as pmui
from bokeh.models import CustomJSTickFormatter, FactorRange, HoverTool, Span

from analysis.language import format_date, format_number
from apps.views.charts import bokeh, chart, late, source
from apps.views.clock import number as plain_number
from apps.views.fields.curve import milliseconds
from apps.views.forecast.curvespanel import KEYS, keys_html
from apps.views.forecast.panel import ForecastPanel, forecast_colours, write_numbers
from apps.views.forecast.words import feature_name, forecast_name, percent, times
from apps.views.htmltables import grid, note, table_html
from apps.views.places import plain, read_number
from apps.views.styles import styled

MOST_FEATURES = 10
PERCENT = """
tick = 100 * tick
const digits = Math.max(0, 2 - Math.floor(Math.log10(tick) + 1e-9))
const text = String(Number(tick.toFixed(Math.min(digits, 9)))).includes("e")
  ? tick.toFixed(Math.min(digits - 2, 9)) : String(Number(tick.toFixed(Math.min(digits, 9))))
return document.documentElement.lang === "en" ? text : text.replace(".", ",")
"""
HEADS = ".qc-grid thead th { max-width: 190px; }"
UP, DOWN = "#b3261e", "#2f6f9f"


class CellPanel(ForecastPanel):
    """Numbers of one cell."""

    name = "cell"

    @property
    def title(self) -> str:
        """Name of the tab."""
        return str(self.visit._("The chosen cell"))

    def build(self) -> list[Any]:
        """Make fields for the place, the table and two figures."""
        _ = self.visit._
        field: dict[str, Any] = {"width": 150, "margin": (6, 8), "size": "small"}
        self.longitude = pmui.TextInput(label=_("Longitude, °"), **field)
        self.latitude = pmui.TextInput(label=_("Latitude, °"), **field)
        go = pmui.Button(
            label=_("Show this cell"), variant="outlined", size="small", margin=(10, 8)
        )
        go.on_click(self._typed)
        self.words, self.rows = styled(), grid()
        self.rows.stylesheets = [*self.rows.stylesheets, HEADS]
        self.figure = chart(
            _("Probability of the cell through the windows of the test"),
            "",
            _("Probability, %"),
            time=True,
            log_y=True,
            height=250,
        )
        self.data = source("xs", "ys", "colour", "dash", "width", "name")
        lines = self.figure.multi_line(
            "xs", "ys", source=self.data, color="colour", line_dash="dash", line_width="width"
        )
        self.figure.add_tools(HoverTool(renderers=[lines], tooltips=[("", "@name")]))
        self.events = source("x", "y", "text")
        dots = self.figure.scatter(
            "x", "y", source=self.events, size=11, marker="star", color="#d0701a"
        )
        self.figure.add_tools(HoverTool(renderers=[dots], tooltips=[("", "@text")]))
        self.now = Span(dimension="height", line_dash="dashed", line_color="#e65100")
        self.figure.add_layout(self.now)
        self.moved = source("feature", "change", "colour", "text")
        self.range = FactorRange(factors=[])
        self.bars = chart(
            _("What moved the forecast of this cell"),
            _("Change of the log-odds"),
            "",
            height=280,
            y_range=self.range,
            y_axis_type="auto",
        )
        bars = self.bars.hbar(
            "feature", right="change", left=0, height=0.7, source=self.moved, color="colour"
        )
        self.bars.add_tools(HoverTool(renderers=[bars], tooltips=[("", "@text")]))
        self.bars.add_layout(Span(dimension="height", location=0, line_color="#8aa0a8"))
        write_numbers(self.bars, "x")
        self.bar_box, self.why = late(self.bars), styled()
        half = {"flex": "1 1 360px", "min-width": "min(100%, 300px)"}
        self.keys = styled(stylesheets=[KEYS])
        self.figure.yaxis.formatter = CustomJSTickFormatter(code=PERCENT)
        left = pn.Column(
            bokeh(self.figure), self.keys, styles=half, sizing_mode="stretch_width", margin=0
        )
        right = pn.Column(
            self.bar_box, self.why, styles=half, sizing_mode="stretch_width", margin=0
        )
        return [
            pn.FlexBox(self.longitude, self.latitude, go, margin=0),
            self.words,
            self.rows,
            pn.FlexBox(left, right, sizing_mode="stretch_width", margin=0),
        ]

    def _typed(self, _event: Any) -> None:
        longitude, latitude = read_number(self.longitude.value), read_number(self.latitude.value)
        problem = longitude is None or latitude is None or abs(latitude) > 90
        for widget in (self.longitude, self.latitude):
            widget.error_state = problem
        if longitude is not None and latitude is not None and not problem:
            self.choice.state.cell = [((longitude + 180) % 360 - 180, latitude)]

    # numbers -------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show the cell of the moment."""
        _, language, shown = self.visit._, self.visit.language, self.choice.shown
        cell = self.choice.cell
        if shown is None or cell is None:
            self.words.object = note(_("There is no forecast here: choose a cell of the region."))
            self.rows.object = ""
            return
        longitude, latitude = shown.centre(cell)
        self.longitude.value = plain(round(longitude, 2) + 0.0, language)
        self.latitude.value = plain(round(latitude, 2) + 0.0, language)
        window = shown.window(self.choice.state.issue)
        series = shown.series(cell)
        self._table(series, window)
        self._curves(series, cell, window)
        self._why(cell, window)
        past = shown.history(cell)
        start, end = shown.span(window)
        before = past[past["time"] < start]
        came = past[(past["time"] >= start) & (past["time"] < end)]
        first, second = self.choice.names
        here: Any = series.loc[start]
        never = [forecast_name(name, self.visit) for name in shown.names() if here[name] == 0]
        zero = _("0 % says that an event cannot come here, which no past can show: {names}.")
        self.words.object = note(
            _(
                "Cell at {place}, {start} to {end}: {model} gives {probability}, {gain} the base "
                "rate and {ratio} {baseline}. Events of M ≥ {magnitude} before: {before}; in this "
                "window: {came}."
            ).format(
                place=place_text(longitude, latitude, self.visit),
                start=format_date(start, language),
                end=format_date(end, language),
                model=forecast_name(first, self.visit),
                probability=percent(float(here[first]), language),
                gain=times(float(here[first]) / shown.base_rate(), language),
                ratio=times(float(here[first]) / float(here[second]), language)
                if here[second] > 0
                else "–",
                baseline=forecast_name(second, self.visit),
                magnitude=format_number(shown.magnitude, language, 1),
                before=format_number(len(before), language, 0),
                came=format_number(len(came), language, 0),
            )
            + (f" {zero.format(names=', '.join(never))}" if never else "")
        )

    def _table(self, series: pd.DataFrame, window: int) -> None:
        _, language, shown = self.visit._, self.visit.language, self.choice.shown
        if shown is None:
            return
        base = shown.base_rate()
        second = self.choice.names[1]
        here: Any = series.loc[shown.times[window]]
        against = float(here[second])
        rows = []
        for name in shown.names():
            value = float(here[name])
            rows.append(
                [
                    forecast_name(name, self.visit),
                    percent(value, language),
                    times(value / base, language) if base else "",
                    times(value / against, language) if against > 0 else "",
                ]
            )
        rows.append([_("Base rate"), percent(base, language), times(1.0, language), ""])
        heads = [
            _("Forecast"),
            _("Probability"),
            _("Gain over the base rate"),
            _("Gain over {name}").format(name=forecast_name(second, self.visit)),
        ]
        self.rows.object = table_html(_("Probability of this cell in this window"), heads, rows)

    def _curves(self, series: pd.DataFrame, cell: int, window: int) -> None:
        shown = self.choice.shown
        if shown is None:
            return
        first, second = self.choice.names
        looks = forecast_colours(shown.names())
        x = milliseconds(series.index)
        found: dict[str, list[Any]] = {name: [] for name in self.data.data}
        for name in sorted(shown.names(), key=lambda one: (one == first) * 2 + (one == second)):
            found["xs"].append(x)
            found["ys"].append(np.maximum(series[name].to_numpy(float), 1e-7))
            colour, dash = looks[name]
            found["colour"].append(colour)
            found["dash"].append(dash)
            found["width"].append(3 if name == first else 2 if name == second else 0.8)
            found["name"].append(forecast_name(name, self.visit))
        self.data.data = found
        star = self.visit._("★ an event of this cell; dashed: the window shown")
        keys = keys_html(self.visit, looks, shown.names(), (first, second))
        self.keys.object = f'{keys}<div class="qp-keys">{escape(star)}</div>'
        past = shown.history(cell)
        start, end = shown.times[0], shown.span(len(shown.times) - 1)[1]
        seen = past[(past["time"] >= start) & (past["time"] < end)]
        top = float(np.nanmax(series.to_numpy(float))) if len(series) else 1.0
        language = self.visit.language
        self.events.data = {
            "x": milliseconds(seen["time"]),
            "y": np.full(len(seen), 1.15 * top),
            "text": [
                f"M {format_number(mag, language, 1)}, {format_date(time, language)}"
                for mag, time in zip(seen["mag"], seen["time"], strict=True)
            ],
        }
        self.now.location = shown.times[window].timestamp() * 1e3

    def _why(self, cell: int, window: int) -> None:
        """Show which features moved the forecast, and how much."""
        _, language = self.visit._, self.visit.language
        name = self.choice.names[0]
        found = self.choice.explain(name, cell, window)
        if found is None or not len(found):
            self.bar_box.visible = False
            text = _("Which features moved it can be said of the models, not of {name}.")
            self.why.object = note(text.format(name=forecast_name(name, self.visit)))
            return
        largest = found.reindex(found["change"].abs().sort_values().index)[-MOST_FEATURES:]
        table = self.choice.table
        titles = [feature_name(str(one), table, language) for one in largest.index]
        titles = [f"{title} ({one})" if titles.count(title) > 1 else title
                  for title, one in zip(titles, largest.index, strict=True)]  # fmt: skip
        self.range.factors = titles
        self.moved.data = {
            "feature": titles,
            "change": largest["change"].to_numpy(),
            "colour": [UP if one > 0 else DOWN for one in largest["change"]],
            "text": [
                f"{escape(title)}: {plain_number(float(value), language)}"
                for title, value in zip(titles, largest["value"], strict=True)
            ],
        }
        self.bar_box.visible = True
        self.why.object = note(
            _(
                "Right: makes an event more probable here than is usual; left: less. Shapley "
                "values of the log-odds of {model}; together they lead from the usual to this "
                "forecast."
            ).format(model=forecast_name(name, self.visit))
        )

    def table(self) -> pd.DataFrame:
        """Return the forecasts of the cell through all windows."""
        shown, cell = self.choice.shown, self.choice.cell
        if shown is None or cell is None:
            return pd.DataFrame()
        series = shown.series(cell)
        series.index.name = "time"
        longitude, latitude = shown.centre(cell)
        found = series.reset_index()
        found.insert(1, "longitude", longitude)
        found.insert(2, "latitude", latitude)
        return found


def place_text(longitude: float, latitude: float, visit: Any) -> str:
    """Return a place with its hemispheres.

    >>> from apps.views.visitor import Session
    >>> place_text(-70.25, 36.5, Session("en", str))
    '36.50° N, 70.25° W'
    """
    _, language = visit._, visit.language
    north = _("{value}° N") if latitude >= 0 else _("{value}° S")
    east = _("{value}° E") if longitude >= 0 else _("{value}° W")
    return ", ".join(
        text.format(value=format_number(abs(value), language, 2))
        for text, value in ((north, latitude), (east, longitude))
    )
