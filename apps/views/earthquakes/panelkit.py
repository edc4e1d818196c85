"""What all panels of the earthquakes page share: their states, their tables, their figures."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property
from html import escape
from typing import Any

import numpy as np
import pandas as pd
import panel as pn
import panel_material_ui as pmui
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

from apps.views.earthquakes.downloads import TableButtons, about_events
from apps.views.earthquakes.selection import Rows, Selection
from apps.views.notices import empty, failed, loading, notice
from apps.views.styles import styled

log = logging.getLogger(__name__)

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
TABLE = """
.qc-scroll { overflow-x: auto; }
.qc-scroll:focus-visible { outline: 2px solid var(--qc-primary, #0b6478); }
table.qc-grid { border-collapse: collapse; font-size: 13px; color: var(--qc-text); }
.qc-grid caption { text-align: left; font-weight: 600; padding: 4px 0; caption-side: top; }
.qc-grid th, .qc-grid td { padding: 3px 10px; border-bottom: 1px solid var(--qc-line, #d3dde0);
  white-space: nowrap; }
.qc-grid thead th { text-align: right; vertical-align: bottom; white-space: normal;
  min-width: 56px; max-width: 120px; }
.qc-grid tbody th, .qc-grid thead th:first-child { text-align: left; font-weight: 400; }
.qc-grid thead th.qc-words { text-align: left; }
.qc-grid td { text-align: right; font-variant-numeric: tabular-nums; }
.qc-grid td.qc-words { text-align: left; max-width: 560px; overflow: hidden;
  text-overflow: ellipsis; }
"""
WIDE: dict[str, Any] = {"sizing_mode": "stretch_width", "margin": (6, 8)}
FIELD: dict[str, Any] = {"width": 170, "margin": (6, 8), "size": "small"}
ONE_LINE: dict[str, Any] = {"& .MuiToggleButton-root": {"whiteSpace": "nowrap"}}
"""Style of switches whose words stay on one line."""


class Message:
    """One place of a panel that says what there is to say, or is not there."""

    def __init__(self, visit: Any):
        self.visit = visit
        self.pane = notice("info", "", visible=False)
        self.kind = ""

    def _show(self, kind: str, made: Any) -> None:
        self.kind = kind
        self.pane.param.update(object=made.object, visible=True)

    def hide(self) -> None:
        """Say nothing."""
        self.kind = ""
        self.pane.visible = False

    def empty(self, title: str = "", text: str = "") -> None:
        """Say that there is nothing to show, and what to do."""
        self._show("empty", empty(self.visit, title, text))

    def loading(self, title: str = "") -> None:
        """Say that something is being made."""
        self._show("loading", loading(self.visit, title))

    def failed(self, error: BaseException, text: str = "") -> None:
        """Say what went wrong."""
        self._show("error", failed(self.visit, error, text))

    def say(self, kind: Any, title: str, text: str = "", detail: str = "") -> None:
        """Say anything of a kind that `apps.views.notices` knows."""
        self._show(kind, notice(kind, title, text, detail=detail))


class Panel(ABC):
    """One panel: built when it is first looked at, brought up to date when the page says so.

    A subclass gives ``title``, ``build`` (its widgets and figures) and ``refresh`` (which puts new
    numbers into them), and the table that stands behind the picture: ``table`` and ``about``.
    """

    name = ""
    buttons: type[TableButtons] = TableButtons

    def __init__(self, visit: Any, selection: Selection):
        self.visit, self.selection = visit, selection
        self.message = Message(visit)
        self.mark = styled(visible=False)

    @property
    @abstractmethod
    def title(self) -> str:
        """Name in the visitor's language."""

    @abstractmethod
    def build(self) -> list[Any]:
        """Make widgets and figures."""

    @abstractmethod
    def refresh(self) -> None:
        """Put the numbers of the moment into them."""

    @abstractmethod
    def table(self) -> pd.DataFrame:
        """Return what the panel shows, as a table."""

    def about(self) -> dict[str, Any]:
        """Say where the table comes from, as `analysis.outputs.table_csv` takes it."""
        return about_events(self.selection, self.title, self.visit.language)

    @cached_property
    def view(self) -> Any:
        """The panel, built at the first look."""
        self.parts = self.build()
        self.downloads = self.buttons(self.visit, self.name, self.table, self.about)
        column = pn.Column(
            self.mark,
            *self.parts,
            self.message.pane,
            self.downloads.panel,
            sizing_mode="stretch_width",
            margin=(6, 8, 0, 8),
        )
        self._ready = True
        self.update()
        return column

    _ready = False

    def update(self) -> None:
        """Show the selection of the moment; nothing before the first look."""
        if not self._ready:
            return
        self._mark()
        try:
            self.refresh()
        except ValueError as error:
            self.message.failed(error)
        except Exception as error:
            log.exception("A panel failed: %s", error)
            self.message.failed(error)

    def _mark(self) -> None:
        simulated = self.selection.simulated
        if simulated:
            text = escape(self.visit._("Simulated data"))
            self.mark.object = f'<div class="qc-note"><b class="qc-simulated">{text}</b></div>'
        self.mark.visible = simulated


def take(selection: Selection, rows: Rows, columns: Sequence[str]) -> pd.DataFrame:
    """Return some columns of some events; a column that the catalogue lacks is left out."""
    table = selection.all.table
    return table[[name for name in columns if name in table]].iloc[rows]


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


def progress_row(visit: Any, cancelled: Any) -> tuple[Any, Any, Any]:
    """Make a hidden row of a bar and a button that gives up; the row, the bar, the button."""
    bar = pmui.LinearProgress(
        value=0, variant="determinate", sizing_mode="stretch_width", margin=(8, 8)
    )
    cancel = pmui.Button(label=visit._("Cancel"), variant="outlined", size="small", margin=(4, 8))
    cancel.on_click(cancelled)
    return pn.Row(bar, cancel, visible=False, sizing_mode="stretch_width"), bar, cancel


def grid(pane: Any | None = None) -> Any:
    """Make the pane of a table."""
    return pane or pn.pane.HTML("", stylesheets=[TABLE], sizing_mode="stretch_width", margin=(4, 0))


def table_html(
    caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]], words: Sequence[int] = ()
) -> str:
    """Write a table; the first cell of a row is its heading, columns in `words` hold text.

    >>> '<th scope="row">a</th><td>1</td>' in table_html("c", ["x", "y"], [["a", "1"]])
    True
    """
    head = "".join(
        f'<th scope="col"{" class=qc-words" if place in words else ""}>{escape(text)}</th>'
        for place, text in enumerate(heads)
    )
    body = "".join(
        "<tr>"
        + f'<th scope="row">{escape(row[0])}</th>'
        + "".join(
            f"<td{' class=qc-words' if place in words else ''}>{escape(text)}</td>"
            for place, text in enumerate(row[1:], start=1)
        )
        + "</tr>"
        for row in rows
    )
    return (
        f'<div class="qc-scroll" tabindex="0" role="region" aria-label="{escape(caption)}">'
        f'<table class="qc-grid"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def note(text: str) -> str:
    """Write a paragraph that a screen reader reads when it changes."""
    return f'<div class="qc-note" aria-live="polite">{escape(text)}</div>'


def thin(count: int, most: int) -> np.ndarray:
    """Return at most `most` positions spread over `count`, first and last among them.

    >>> thin(5, 10).tolist(), thin(100, 3).tolist()
    ([0, 1, 2, 3, 4], [0, 50, 99])
    """
    if count <= most:
        return np.arange(count)
    return np.unique(np.linspace(0, count - 1, most).round().astype(int))
