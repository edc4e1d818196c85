"""All small rows of the series dock in one figure, one above the other.

A figure for each row would cost more than the rest of the page: here each row is a band of the same
figure, its values are brought into the band, and the numbers beside the axis and under the pointer
are the row's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from bokeh.models import (
    BasicTickFormatter,
    ColumnDataSource,
    CustomJSHover,
    FixedTicker,
    Grid,
    LabelSet,
    LinearAxis,
    Range1d,
)
from matplotlib.ticker import MaxNLocator

from apps.views.mapfigure import POINT_COLOURS
from apps.views.rows import INK, WIDE, Chart, TimeAxis
from apps.views.seriesdata import Curve
from apps.views.theme import FONTS

HEIGHT = 96
"""Pixels of one row."""

AXIS = 30
"""Pixels under the lowest row."""

FLOOR, CEILING = 0.06, 0.74
"""The part of a row that holds its curves; its title stands above."""

_VALUE = """
const y = special_vars.data_y, rows = scale.data.low.length
const row = rows - 1 - Math.floor(y)
const low = scale.data.low[row], high = scale.data.high[row]
const share = (y - Math.floor(y) - FLOOR) / (CEILING - FLOOR)
const value = Number((low + share * (high - low)).toPrecision(4))
const language = scale.data.language[0] // Chromium writes numbers in Kazakh as in English
return value.toLocaleString(language === "kk" ? "ru" : language).replace("-", "\\u2212")
""".replace("FLOOR", str(FLOOR)).replace("CEILING", str(CEILING))


@dataclass
class Band:
    """One row of the stack: curves of all points for one variable."""

    title: str
    counts: bool = False
    hidden: bool = False
    curves: list[Curve] = field(default_factory=list)

    @property
    def visible(self) -> bool:
        """Whether there is something to show."""
        return not self.hidden and any(curve.known for curve in self.curves)

    def limits(self) -> tuple[float, float]:
        """Return the lowest and the highest number of the row's axis.

        >>> Band("Events", counts=True).limits()
        (0.0, 1.1)
        """
        known = [curve.values[np.isfinite(curve.values)] for curve in self.curves]
        values = np.concatenate([*known, np.empty(0)])
        low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
        if self.counts:
            return 0.0, max(high, 1.1)
        half = (high - low) / 2 or abs(low) / 10 or 1.0
        middle = (low + high) / 2
        return middle - 1.1 * half, middle + 1.1 * half


class Stack(Chart):
    """The figure of all small rows; those without any value have no place in it."""

    def __init__(
        self,
        axis: TimeAxis,
        *,
        dark: bool,
        on_time: Any,
        language: str,
        colours: Sequence[str] = POINT_COLOURS,
    ):
        self.colours = colours
        self.bands: dict[str, Band] = {}
        self.scale = ColumnDataSource({"low": [], "high": [], "language": []})
        self._language = language
        y = LinearAxis(ticker=FixedTicker(), formatter=BasicTickFormatter())
        super().__init__(axis, dark=dark, on_time=on_time, height=HEIGHT + AXIS, y=y)
        value = CustomJSHover(args={"scale": self.scale}, code=_VALUE)
        self.hover.tooltips = [("", "$data_x{%F}"), ("", "$data_y{custom}")]
        self.hover.formatters = {"$data_x": "datetime", "$data_y": value}
        self.figure.visible = False

    def _range(self) -> Any:
        return Range1d(start=0, end=1)

    def _prepare(self) -> None:
        self._edges = FixedTicker()
        self._grid = Grid(dimension=1, ticker=self._edges)
        self.figure.add_layout(self._grid)
        self.titles = self.axis.source("y", "text")
        self._titles = LabelSet(
            source=self.titles,
            x={"value": 6},
            y="y",
            text="text",
            x_units="screen",
            text_baseline="top",
            text_font={"value": FONTS},
            text_font_size="12.5px",
        )
        self.figure.add_layout(self._titles)

    def ink(self, *, dark: bool) -> None:
        """Recolour for a light or dark page."""
        super().ink(dark=dark)
        self._titles.text_color = INK[dark]["text"]
        self._grid.grid_line_color = INK[dark]["line"]

    def push(self) -> None:
        """Show every row that has a value."""
        shown = [band for band in self.bands.values() if band.visible]
        if not shown:
            self.figure.visible = False
            return
        drawn: list[Curve] = []
        colours: list[str] = []
        labels: dict[float, str] = {}
        limits = [band.limits() for band in shown]
        for place, (band, (low, high)) in enumerate(zip(shown, limits, strict=True)):
            base = len(shown) - 1 - place
            for curve, colour in zip(band.curves, self.colours, strict=False):
                if curve.known:
                    drawn.append(Curve(curve.times, into(curve.values, low, high, base)))
                    colours.append(colour)
            for tick in ticks(low, high, whole=band.counts):
                at = float(into(np.array([tick]), low, high, base)[0])
                labels[round(at, 4)] = self._label(tick)
        self._lay_out(shown, labels)
        self.scale.data = {
            "low": [low for low, _ in limits],
            "high": [high for _, high in limits],
            "language": [self._language] * len(limits),
        }
        self.lines.data = {
            "xs": [curve.times for curve in drawn],
            "ys": [curve.values for curve in drawn],
            "colour": colours,
        }
        self._push_dots(drawn, colours)
        if not self.figure.visible:
            self.figure.visible = True

    def _label(self, tick: float) -> str:
        """Write a number beside the axis with the reader's decimal sign."""
        text = f"{tick:.6g}".replace("-", "\u2212")
        own = text if self._language == "en" else text.replace(".", ",")
        return own.rjust(WIDE, "\u00a0")

    def _lay_out(self, shown: list[Band], labels: dict[float, str]) -> None:
        """Make place for the rows and name them."""
        count = len(shown)
        height = count * HEIGHT + AXIS
        if self.figure.height != height:
            self.figure.height = height
            self.figure.y_range.end = count
            self._edges.ticks = list(range(1, count))
        self._y.ticker.ticks = list(labels)
        self._y.major_label_overrides = labels
        titles = [band.title for band in shown]
        tops = [count - place - 0.04 for place in range(count)]
        if titles != list(self.titles.data["text"]):
            self.titles.data = {"y": tops, "text": titles}
            self.figure.html_attributes = {"aria-label": "; ".join(titles)}


def into(values: Any, low: float, high: float, base: int) -> Any:
    """Bring values into the band of a row.

    >>> [float(value) for value in into(np.array([0.0, 10.0]), 0.0, 10.0, 2)]
    [2.06, 2.74]
    """
    return base + FLOOR + (CEILING - FLOOR) * (values - low) / (high - low)


def ticks(low: float, high: float, *, whole: bool = False) -> list[float]:
    """Return two to four round numbers between two limits.

    >>> ticks(-11.6, 6.1)
    [-10.0, -5.0, 0.0, 5.0]
    """
    found = MaxNLocator(4, steps=[1, 2, 5, 10], integer=whole).tick_values(low, high)
    return [float(tick) for tick in found if low <= tick <= high]
