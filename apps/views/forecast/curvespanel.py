"""Curves of all forecasts: precision-recall, Molchan, reliability, ROC; two of them stand out."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
import pandas as pd
import panel as pn
from bokeh.models import BasicTicker, CustomJSTickFormatter, HoverTool, Range1d, Scatter, Span

from apps.views.charts import NUMBER, bokeh, chart, source, thin
from apps.views.forecast.panel import ForecastPanel, forecast_colours
from apps.views.forecast.words import forecast_name
from apps.views.htmltables import note
from apps.views.styles import styled

MOST = 400
"""Corners of a curve that are drawn."""

KEYS = """
.qp-keys { display: flex; flex-wrap: wrap; gap: 3px 16px; font-size: 12.5px; padding: 2px 12px 6px;
  color: var(--qc-text); }
.qp-keys span { display: inline-flex; align-items: center; gap: 6px; }
.qp-keys b { font-weight: 650; }
"""
HALF = {"flex": "1 1 420px", "min-width": "min(100%, 300px)"}
KINDS = ("precision_recall", "molchan", "reliability", "roc")
AXES = {
    "precision_recall": ("recall", "precision"),
    "molchan": ("alarm", "miss"),
    "roc": ("false_positive_rate", "recall"),
}


class CurvesPanel(ForecastPanel):
    """Four diagrams with one legend."""

    name = "curves"
    leaked = True

    @property
    def title(self) -> str:
        """Name of the tab."""
        return str(self.visit._("Curves"))

    def build(self) -> list[Any]:
        """Make the four figures."""
        _ = self.visit._
        self.data = {kind: source("xs", "ys", "colour", "dash", "width", "name") for kind in KINDS}
        self.points = source("x", "y", "low", "high", "colour", "name")
        titles = {
            "precision_recall": _("Precision and recall"),
            "molchan": _("Molchan diagram: events missed, area alarmed"),
            "reliability": _("Reliability: forecast and observed"),
            "roc": _("ROC curve (read it last)"),
        }
        names = {
            "precision_recall": (_("Recall"), _("Precision")),
            "molchan": (_("Share of the area alarmed"), _("Share of the events missed")),
            "reliability": (_("Probability forecast"), _("Share observed")),
            "roc": (_("Share of the empty cells alarmed"), _("Recall")),
        }
        self.figures = {kind: self._figure(kind, titles[kind], *names[kind]) for kind in KINDS}
        boxes = []
        for kind in KINDS:
            head = styled(f'<h3 class="qc-note">{escape(titles[kind])}</h3>')
            boxes.append(
                pn.Column(head, bokeh(self.figures[kind]), sizing_mode="stretch_width", styles=HALF)
            )
        self.keys, self.words = styled(stylesheets=[KEYS]), styled()
        return [self.keys, pn.FlexBox(*boxes, sizing_mode="stretch_width", margin=0), self.words]

    def _figure(self, kind: str, title: str, x: str, y: str) -> Any:
        options: dict[str, Any] = {}
        if kind == "precision_recall":
            options = {"x_range": Range1d(0, 1), "log_y": True}
        elif kind == "reliability":
            options = {"x_axis_type": "log", "log_y": True}
        else:
            options = {"x_range": Range1d(0, 1), "y_range": Range1d(0, 1.02)}
        made = chart(title, x, y, height=300, **options)
        lines = made.multi_line(
            "xs",
            "ys",
            source=self.data[kind],
            color="colour",
            line_dash="dash",
            line_width="width",
        )
        made.add_tools(HoverTool(renderers=[lines], tooltips=[("", "@name")], line_policy="none"))
        if kind == "reliability":
            made.segment("x", "low", "x", "high", source=self.points, color="colour")
            dots = made.add_glyph(
                self.points, Scatter(x="x", y="y", size=7, fill_color="colour", line_color="colour")
            )
            made.add_tools(HoverTool(renderers=[dots], tooltips=[("", "@name")]))
            made.line([1e-6, 1], [1e-6, 1], color="#8aa0a8", line_dash="dotted")
        elif kind == "molchan":
            made.line([0, 1], [1, 0], color="#8aa0a8", line_dash="dotted")
        elif kind == "roc":
            made.line([0, 1], [0, 1], color="#8aa0a8", line_dash="dotted")
        else:
            self.base = Span(dimension="width", line_color="#8aa0a8", line_dash="dotted")
            made.add_layout(self.base)
        if kind != "reliability":
            made.xaxis.ticker = BasicTicker(desired_num_ticks=5)
            made.xaxis.formatter = CustomJSTickFormatter(code=NUMBER)
        return made

    def refresh(self) -> None:
        """Draw the curves; the chosen forecast and its baseline are thick and on top."""
        visit, shown = self.visit, self.choice.shown
        if shown is None:
            return
        first, second = self.choice.names
        looks = forecast_colours(shown.names())
        curves = shown.comparison.curves
        order = [name for name in shown.names() if name in curves]
        order.sort(key=lambda name: (name == first) * 2 + (name == second))
        for kind in ("precision_recall", "molchan", "roc"):
            self.data[kind].data = self._lines(kind, order, curves, looks, (first, second))
        self._reliability([second, first], curves, looks)
        self.base.location = shown.observed_rate()
        self.keys.object = keys_html(visit, looks, order, (first, second))
        text = visit._(
            "Dotted: without skill. In the ROC curve every forecast looks good, because empty "
            "oceans are easy; precision and recall show what an alarm is worth."
        )
        self.words.object = note(text)

    def _lines(
        self, kind: str, order: list[str], curves: Any, looks: Any, strong: tuple[str, str]
    ) -> dict[str, Any]:
        found: dict[str, list[Any]] = {name: [] for name in self.data[kind].data}
        x, y = AXES[kind]
        for name in order:
            table = curves[name][kind]
            rows = thin(len(table), MOST)
            found["xs"].append(table[x].to_numpy(float)[rows])
            found["ys"].append(table[y].to_numpy(float)[rows])
            colour, dash = looks[name]
            found["colour"].append(colour)
            found["dash"].append(dash)
            found["width"].append(3.2 if name in strong else 1.2)
            found["name"].append(forecast_name(name, self.visit))
        return found

    def _reliability(self, names: list[str], curves: Any, looks: Any) -> None:
        lines: dict[str, list[Any]] = {name: [] for name in self.data["reliability"].data}
        parts = []
        for name in dict.fromkeys(names):
            table = curves[name]["reliability"]
            known = (table["forecast"] > 0) & (table["observed"] > 0)
            x = table["forecast"].to_numpy(float)
            y = table["observed"].where(known).to_numpy(float)
            lines["xs"].append(x[known.to_numpy()])
            lines["ys"].append(y[known.to_numpy()])
            colour, dash = looks[name]
            title = forecast_name(name, self.visit)
            for key, value in (("colour", colour), ("dash", dash), ("width", 2.2), ("name", title)):
                lines[key].append(value)
            part = table[["low", "high"]].clip(lower=1e-9).assign(x=x, y=y)
            parts.append(part.assign(colour=colour, name=title)[known])
        self.data["reliability"].data = lines
        joined = pd.concat(parts, ignore_index=True)
        self.points.data = {name: joined[name].to_numpy() for name in self.points.data}

    def table(self) -> pd.DataFrame:
        """Return all curves, a row a corner."""
        shown = self.choice.shown
        if shown is None:
            return pd.DataFrame()
        parts = []
        for name, kinds in shown.comparison.curves.items():
            for kind, (x, y) in AXES.items():
                table = kinds[kind]
                rows = thin(len(table), MOST)
                corners = {"x": table[x].to_numpy()[rows], "y": table[y].to_numpy()[rows]}
                parts.append(pd.DataFrame({"forecast": name, "curve": kind, **corners}))
            table = kinds["reliability"]
            corners = {"x": table["forecast"].to_numpy(), "y": table["observed"].to_numpy()}
            parts.append(pd.DataFrame({"forecast": name, "curve": "reliability", **corners}))
        found = pd.concat(parts, ignore_index=True)
        whole: pd.DataFrame = found[np.isfinite(found[["x", "y"]].to_numpy()).all(axis=1)]
        return whole


def keys_html(visit: Any, looks: Any, names: list[str], strong: tuple[str, ...]) -> str:
    """Return which line is which: the strong ones first.

    Parameters
    ----------
    visit
        The visitor.
    looks
        Forecast -> colour and dash.
    names
        Forecasts that are drawn.
    strong
        Those drawn thick.

    Returns
    -------
    str
        HTML; its style is `KEYS`.
    """
    made = []
    for name in sorted(names, key=lambda one: one not in strong):
        colour, dash = looks[name]
        pattern = {"solid": "", "dashed": "6 3", "dotted": "2 3"}.get(dash, "2 3 6 3")
        text = escape(forecast_name(name, visit))
        made.append(
            f'<span><svg width="26" height="10" aria-hidden="true"><line x1="0" y1="5" x2="26" '
            f'y2="5" stroke="{colour}" stroke-width="{3 if name in strong else 1.4}" '
            f'stroke-dasharray="{pattern}"/></svg>{f"<b>{text}</b>" if name in strong else text}'
            "</span>"
        )
    return f'<div class="qp-keys">{"".join(made)}</div>'
