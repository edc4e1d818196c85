"""Figures with named axes in the colours of the pages, and what they are filled from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import panel as pn
from bokeh.models import (
    BasicTicker,
    ColumnDataSource,
    CustomJSTickFormatter,
    DataRange1d,
    DatetimeTickFormatter,
    HoverTool,
    PanTool,
    ResetTool,
    WheelZoomTool,
)
from bokeh.plotting import figure

BLUE, ORANGE, PURPLE, GREEN = "#2f8aa0", "#d0701a", "#9c5bb5", "#4b8f3c"
"""Colours of data: at least 3 to 1 against the light and the dark page."""

NUMBER = """
const step = ticks.length > 1 ? Math.abs(ticks[1] - ticks[0]) : 0
const digits = step > 0 ? Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) : 6
const size = Math.abs(tick)
const text = size >= 1e7 || digits > 6 ? tick.toExponential(1)
  : step > 0 ? tick.toFixed(digits) : String(tick)
const own = document.documentElement.lang === "en" ? text : text.replace(".", ",")
return own.replace("-", "\u2212")
"""
"""A number beside an axis, with the decimal sign of the page's language."""

CATEGORIES = (BLUE, ORANGE, PURPLE, GREEN)
DASHES = ("solid", "dashed", "dotted", "dotdash")


def chart(
    label: str,
    x: str,
    y: str,
    *,
    time: bool = False,
    log_y: bool = False,
    flipped: bool = False,
    height: int = 300,
    hover: Sequence[tuple[str, str]] = (),
    **options: Any,
) -> Any:
    """Make a figure with named axes that follows the theme of the page.

    Parameters
    ----------
    label : str
        What it shows, for screen readers.
    x, y : str
        Names of the axes, with units.
    time, log_y, flipped : bool
        Times along x; logarithmic y; y growing downwards.
    height : int
        Height, pixels.
    hover : sequence of pairs
        Tooltips.
    **options
        Further options of the figure.

    Returns
    -------
    bokeh.plotting.figure
        The figure, as wide as there is room.
    """
    options = {
        "y_range": DataRange1d(flipped=flipped, range_padding=0.06, only_visible=True),
        "x_range": DataRange1d(range_padding=0.02, only_visible=True),
        "x_axis_type": "datetime" if time else "linear",
        "y_axis_type": "log" if log_y else "linear",
    } | options
    made: Any = figure(
        height=height,
        sizing_mode="stretch_width",
        x_axis_label=x,
        y_axis_label=y,
        toolbar_location=None,
        tools=[],
        lod_timeout=60,
        output_backend="canvas",
        min_border_left=56,
        **options,
    )
    made.add_tools(PanTool(), WheelZoomTool(), ResetTool())
    if hover:
        made.add_tools(HoverTool(tooltips=list(hover), formatters={"@time": "datetime"}))
    if time:
        made.xaxis.formatter = DatetimeTickFormatter(
            years="%Y", months="%Y-%m", days="%Y-%m-%d", hours="%m-%d %Hh", minutes="%H:%M"
        )
    if options["y_axis_type"] == "linear":
        made.yaxis.ticker = BasicTicker(desired_num_ticks=5)
        made.yaxis.formatter = CustomJSTickFormatter(code=NUMBER)
    made.html_attributes = {"role": "img", "aria-label": label}
    return made


def source(*names: str) -> ColumnDataSource:
    """Make an empty source with these columns."""
    return ColumnDataSource(data={name: [] for name in names})


def bokeh(figure_: Any) -> Any:
    """Put a figure into a box that can be hidden (a pane of a figure cannot be shown again)."""
    pane = pn.pane.Bokeh(figure_, sizing_mode="stretch_width", margin=0)
    return pn.Column(pane, sizing_mode="stretch_width", margin=0)


def late(figure_: Any, **options: Any) -> Any:
    """Return a hidden box that takes its figure when it is first shown.

    A figure that is drawn before it has data cannot know its ranges, and the browser complains.

    Parameters
    ----------
    figure_ : bokeh.plotting.figure
        Filled with data before the box becomes visible.
    **options
        Further options of the box.

    Returns
    -------
    panel.Column
        Hidden and empty.
    """
    box = pn.Column(visible=False, sizing_mode="stretch_width", margin=0, **options)

    def fill(event: Any) -> None:
        if event.new and not len(box):
            box.append(pn.pane.Bokeh(figure_, sizing_mode="stretch_width", margin=0))

    box.param.watch(fill, "visible")
    return box


def thin(count: int, most: int) -> np.ndarray:
    """Return at most `most` positions spread over `count`, first and last among them.

    >>> thin(5, 10).tolist(), thin(100, 3).tolist()
    ([0, 1, 2, 3, 4], [0, 50, 99])
    """
    if count <= most:
        return np.arange(count)
    return np.unique(np.linspace(0, count - 1, most).round().astype(int))
