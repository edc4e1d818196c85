"""What the linked plots show: their numbers from the selection, their words, their brush."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import panel as pn

from apps.views.colours import EVENT_COLOURS
from apps.views.earthquakes.curves import (
    BIN,
    DEPTH_COLOURS,
    YEAR_MS,
    Estimate,
    cumulative,
    density,
    estimate,
    shades,
)
from apps.views.earthquakes.eventtext import pointer_rows
from apps.views.earthquakes.plots import CountPlot, FrequencyPlot, TimePlot
from apps.views.earthquakes.selection import Rows, Selection
from apps.views.earthquakes.state import QuakeState
from apps.views.earthquakes.words import scores, twins
from apps.views.rows import TimeAxis
from apps.views.styles import styled

POINTS = 5_000
"""Of more events the density is painted, and only the largest are dots."""

LARGE = 400
FOUND = 800  # largest dots that the pointer finds
COLUMN = 3  # pixels
SIZES = np.array([4.0, 5.0, 6.5, 9.0, 13.0, 18.0])
REACH = (0.01, 0.03)  # share of the axes within which a tap finds an event
WAIT_MS = 60
STYLE = """
.qe-wait { margin: 0; padding: 12px 14px; color: var(--qc-muted); }
.qe-scores dl { display: contents; }
.qe-scores span { color: var(--qc-muted); font-size: 12.5px; }
.qe-scores { display: flex; flex-wrap: wrap; gap: 2px 18px; align-items: baseline; margin: 0;
  padding: 8px 14px 2px; font-size: 13.5px; }
.qe-scores div { display: flex; gap: 6px; align-items: baseline; }
.qe-scores dt { color: var(--qc-muted); }
.qe-scores dd { margin: 0; font-weight: 650; font-variant-numeric: tabular-nums; }
.qe-twins { padding: 2px 14px 10px; font-size: 13px; line-height: 1.45; color: var(--qc-muted);
  max-width: 110ch; }
.qe-twins h3 { margin: 8px 0 0; font-size: 13px; color: var(--qc-text); }
.qe-twins p { margin: 0; }
"""


class LinkedPlots:
    """The first panel: three plots, their scores, and the same in words.

    Parameters
    ----------
    visit, state, selection
        The visitor, what was chosen, and the events.
    on_event
        Called with the row of an event that was tapped.
    """

    def __init__(self, visit: Any, state: QuakeState, selection: Selection, on_event: Any):
        self.visit, self.state, self.selection = visit, state, selection
        self._on_event = on_event
        self.dark = visit.theme == "dark"
        self.zone = ""
        self.columns = 250
        self._pending = False
        self._own = False
        self.found: Estimate | None = None
        _ = visit._
        self.axis = TimeAxis(*self._span())
        texts = {
            "title": _("Magnitude through time (UTC)"),
            "magnitude": _("Magnitude"),
            "depth": _("Depth"),
            "time": _("Time"),
            "event": _("Event"),
            "source": _("Source"),
        }
        self.time = TimePlot(self.axis, texts, self._brushed, self._tapped)
        self.count = CountPlot(self.axis, _("Number of events since the start"), _("Events"))
        self.frequency = FrequencyPlot(
            _("Events by magnitude: ● from M up, △ per 0.1 M"),
            _("Magnitude"),
            _("Events"),
        )
        self.charts = (self.time, self.count, self.frequency)
        wait = _("The data are being prepared.")
        waiting = f'<p class="qe-wait" role="status" aria-busy="true">{wait}</p>'
        self.scores = styled(waiting, stylesheets=[STYLE])
        self.twins = styled(stylesheets=[STYLE])
        self.axis.range.on_change("start", self._zoomed)
        self.axis.range.on_change("end", self._zoomed)
        self.time.figure.on_change("inner_width", self._resized)
        self._colour()
        self.panel = self._layout()
        self.ink(dark=self.dark)
        self._fit_axes()
        self.show_brush()

    @property
    def title(self) -> str:
        """Name of the tab."""
        return str(self.visit._("Time, number, magnitude"))

    def _layout(self) -> Any:
        def pane(figure: Any) -> Any:
            return pn.pane.Bokeh(figure, sizing_mode="stretch_width", margin=0)

        left = pn.Column(
            pane(self.time.figure),
            pane(self.count.figure),
            sizing_mode="stretch_width",
            margin=0,
            styles={"flex": "3 1 420px", "min-width": "min(100%, 300px)"},
        )
        right = pn.Column(
            pane(self.frequency.figure),
            sizing_mode="stretch_width",
            margin=0,
            styles={"flex": "2 1 320px", "min-width": "min(100%, 300px)"},
        )
        plots = pn.FlexBox(left, right, sizing_mode="stretch_width", margin=0)
        return pn.Column(self.scores, plots, self.twins, sizing_mode="stretch_width", margin=0)

    # numbers -----------------------------------------------------------------------------------

    def _span(self) -> tuple[Any, Any]:
        """Return the period of the events that pass the filters, with a margin."""
        time, rows = self.selection.all.time, self.selection.rows
        if not len(rows):
            return pd.Timestamp("2000-01-01"), pd.Timestamp("2001-01-01")
        first, last = int(time[rows[0]]), int(time[rows[-1]])
        margin = max((last - first) // 50, 3_600_000)
        return pd.Timestamp(first - margin, unit="ms"), pd.Timestamp(last + margin, unit="ms")

    def _fit_axes(self) -> None:
        start, end = (moment.timestamp() * 1e3 for moment in self._span())
        self._own = True
        self.axis.range.update(start=start, end=end)
        self._own = False
        magnitude = self.selection.all.magnitude[self.selection.rows]
        known = magnitude[np.isfinite(magnitude)]
        low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 10.0)
        self.time.y_range.update(start=low - 0.25, end=high + 0.35)

    @property
    def years(self) -> float:
        """Length of the period that the events shown come from."""
        chosen = self.state.brush or self.state.dates
        if chosen is not None:
            start, end = (pd.Timestamp(day) for day in chosen[:2])
            if self.state.brush is None and len(str(chosen[1])) <= 10:
                end += pd.Timedelta(days=1)
            return max((end - start).total_seconds() * 1e3 / YEAR_MS, 0.0)
        time = self.selection.all.time
        return float(time[-1] - time[0]) / YEAR_MS if len(time) > 1 else 0.0

    # updates -----------------------------------------------------------------------------------

    def refit(self) -> None:
        """Take new filters: axes, events, statistics."""
        self._fit_axes()
        self.update()

    def update(self) -> None:
        """Take a new view: events and statistics."""
        self.push_events()
        self.update_statistics()

    def push_events(self) -> None:
        """Show the events in view on the time plot."""
        rows = self.selection.view_rows
        every = self.selection.all
        rows = rows[np.isfinite(every.magnitude[rows])]
        image: npt.NDArray[np.uint8] | None = None
        window: tuple[float, ...] = ()
        if len(rows) > POINTS:
            image, window = self._density(rows)
            rows = rows[np.argpartition(-every.magnitude[rows], LARGE)[:LARGE]]
        rows = rows[np.argsort(every.magnitude[rows], kind="stable")]
        magnitude, depth = every.magnitude[rows], every.depth[rows]
        points = {
            "x": every.time[rows].astype(float),
            "y": magnitude,
            "size": SIZES[shades(magnitude, depth, "magnitude") - 1],
            "shade": shades(magnitude, depth, self.state.colour).astype(np.float32),
        }
        top = rows[-FOUND:]
        texts = pointer_rows(every.table.iloc[top], self.visit, self.state.clock, self.zone)
        known = {"x": every.time[top].astype(float), "y": every.magnitude[top], **texts}
        self.time.show_events(points, known, image, window)
        self.mark_event()

    def _density(self, rows: Rows) -> tuple[npt.NDArray[np.uint8], tuple[float, ...]]:
        """Return the density of events by time and tenth of magnitude, and its window."""
        axis, side = self.axis.range, self.time.y_range
        window = (
            _milliseconds(axis.start),
            np.floor(side.start / BIN) * BIN - BIN / 2,
            _milliseconds(axis.end),
            np.ceil(side.end / BIN) * BIN + BIN / 2,
        )
        every = self.selection.all
        time, magnitude = every.time[rows].astype(float), every.magnitude[rows]
        return density(time, magnitude, window, self.columns), window

    def update_statistics(self) -> None:
        """Show number, completeness and slope of what is in view and in the brush."""
        rows, every = self.selection.brush_rows, self.selection.all
        self.count.push(*cumulative(every.time[rows]))
        self.found = estimate(every.magnitude[rows], self.state.mc, self.state.method, self.years)
        self.frequency.push(self.found.table, self.found.fit.mc)
        self.scores.object = scores(self.visit, self.state, self.selection, self.found)
        self.twins.object = twins(self.visit, self.state, self.selection, self.found)

    def mark_event(self) -> None:
        """Put a ring round the chosen event."""
        row = self.selection.row_of(self.state.event)
        every = self.selection.all
        rows = [] if row is None or not np.isfinite(every.magnitude[row]) else [row]
        self.time.chosen.data = {"x": every.time[rows].astype(float), "y": every.magnitude[rows]}

    # from the browser --------------------------------------------------------------------------

    def _brushed(self, box: tuple[float, float, float, float] | None) -> None:
        if box is None:
            self.state.brush = None
            return
        start, end = (
            str(np.datetime64(int(value), "ms").astype("datetime64[s]")) for value in box[:2]
        )
        self.state.brush = (start, end, round(box[2], 2), round(box[3], 2))

    def show_brush(self) -> None:
        """Show the chosen brush on the plot."""
        if self.state.brush is None:
            self.time.show_brush(None)
            return
        start, end, low, high = self.state.brush
        left, right = (pd.Timestamp(day).timestamp() * 1e3 for day in (start, end))
        self.time.show_brush((left, right, low, high))

    def _tapped(self, x: float, y: float) -> None:
        rows, every = self.selection.view_rows, self.selection.all
        axis, side = self.axis.range, self.time.y_range
        width = _milliseconds(axis.end) - _milliseconds(axis.start)
        across = (every.time[rows] - x) / (REACH[0] * width)
        up = (every.magnitude[rows] - y) / (REACH[1] * (side.end - side.start))
        far = np.hypot(across, up)
        if len(rows) and np.nanmin(far, initial=np.inf) <= 1.0:
            self._on_event(int(rows[np.nanargmin(far)]))

    def _zoomed(self, _attribute: str, _old: Any, _new: Any) -> None:
        if not self._own:
            self._soon()

    def _resized(self, _attribute: str, _old: Any, new: Any) -> None:
        if new and int(new) // COLUMN != self.columns:
            self.columns = max(int(new) // COLUMN, 20)
            self._soon()

    def _soon(self) -> None:
        document = self.time.figure.document
        if self._pending or self.found is None or len(self.selection.view_rows) <= POINTS:
            return  # nothing has been shown yet, or all events are there as dots
        if document is None or document.session_context is None:
            self.push_events()
            return
        self._pending = True
        document.add_timeout_callback(self._late, WAIT_MS)

    def _late(self) -> None:
        self._pending = False
        self.push_events()

    def recolour(self) -> None:
        """Colour the events by what the visitor chose."""
        self._colour()
        self.push_events()

    def _colour(self) -> None:
        by_depth = self.state.colour == "depth"
        self.time.shades.palette = list(DEPTH_COLOURS if by_depth else EVENT_COLOURS)

    def ink(self, *, dark: bool) -> None:
        """Recolour for a light or dark page."""
        self.dark = dark
        for chart in self.charts:
            chart.ink(dark=dark)


def _milliseconds(value: Any) -> float:
    """Return an end of the time axis in milliseconds, as it was set or as the browser sent it."""
    if isinstance(value, int | float):
        return float(value)
    return float(pd.Timestamp(value).timestamp() * 1e3)
