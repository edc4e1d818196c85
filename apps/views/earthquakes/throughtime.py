"""Completeness through time: Mc of each window, how sure it is, and how many events it has."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import panel as pn
import panel_material_ui as pmui
from bokeh.models import Range1d, TeeHead, Whisker

from analysis.language import format_date, format_number
from analysis.seismic.magnitudes.windows import completeness_in_time
from analysis.seismic.mcspread import completeness_spread
from apps.views.charts import BLUE, ORANGE, bokeh, chart, source
from apps.views.earthquakes.panelkit import Panel, take
from apps.views.earthquakes.words import completeness_names
from apps.views.htmltables import grid, note, table_html
from apps.views.jobs import Job, Ticket, progress_row
from apps.views.places import read_number
from apps.views.styles import FIELD, styled

RESAMPLES = {"maxc": 200, "b-stability": 50, "ks": 10}
"""Catalogues drawn for the error of each window; the third method simulates for each of them."""

FEWEST = 30
MOST = 150
"""Windows at most: more are not told apart on the screen."""

LISTED = 40
LIMITS = {"events": (50.0, 100_000.0), "years": (0.1, 100.0)}


def windows(
    events: pd.DataFrame, kind: str, size: float, method: Any, ticket: Ticket
) -> pd.DataFrame:
    """Find Mc, its standard error and n of each window, half a window apart or farther.

    Parameters
    ----------
    events : pandas.DataFrame
        ``time`` and ``mag``, in the order of time, none missing.
    kind : {"events", "years"}
        What `size` counts.
    size : float
        Length of a window.
    method : str
        Method of completeness.
    ticket : Ticket
        Told how far the work is.

    Returns
    -------
    pandas.DataFrame
        ``start, end, time, n, mc, mc_std``; Mc is NaN where fewer than `FEWEST` events are.
    """
    time, size_of = events["time"].to_numpy(), events["mag"].to_numpy(float)
    whole = float(len(events))
    if kind == "years" and len(events):
        whole = float((time[-1] - time[0]) / np.timedelta64(31_557_600, "s"))
    step = max(size / 2, whole / MOST)
    if kind == "events":
        table = completeness_in_time(
            events, events_each=round(size), step=max(1, round(step)), method=method
        )
    else:
        table = completeness_in_time(events, years=size, step=step, method=method)
    spread = np.full(len(table), np.nan)
    moments = time.astype("datetime64[us]")
    for place, (start, end, count) in enumerate(
        zip(table["start"].to_numpy(), table["end"].to_numpy(), table["n"], strict=True)
    ):
        ticket.report(place, len(table))
        if count < FEWEST:
            continue
        first = np.searchsorted(moments, start)
        last = np.searchsorted(moments, end, side="right" if kind == "events" else "left")
        spread[place] = completeness_spread(
            size_of[first:last], method, resamples=RESAMPLES[str(method)], seed=place
        )
    few = table["n"] < FEWEST
    return table.assign(mc=table["mc"].where(~few), mc_std=spread.round(6))


class ThroughTimePanel(Panel):
    """Mc of windows of events or of years, with whiskers of one standard error."""

    name = "throughtime"

    def __init__(self, visit: Any, selection: Any):
        super().__init__(visit, selection)
        self.found = pd.DataFrame()
        self.job = Job(self._shown, self._failed, self._progress)
        selection.state.param.watch(lambda _event: self.update(), "mc")

    @property
    def title(self) -> str:
        """Name of the tab."""
        return str(self.visit._("Completeness through time"))

    @property
    def method(self) -> str:
        """Method of completeness: the page's, maximum curvature where a number was typed there."""
        chosen = self.selection.state.mc
        return chosen if isinstance(chosen, str) else "maxc"

    # widgets -------------------------------------------------------------------------------------

    def build(self) -> list[Any]:
        """Make the choice of the windows, two figures and the table."""
        _ = self.visit._
        self.kind = pmui.Select(
            label=_("Windows of"),
            options={_("as many earthquakes"): "events", _("as many years"): "years"},
            value="events",
            **FIELD | {"width": 270},
        )
        self.size = pmui.TextInput(label=_("Length of a window"), value="500", **FIELD)
        self.kind.param.watch(self._kind_chosen, "value")
        self.size.param.watch(self._typed, "value")
        self.busy, self.bar, self.cancel = progress_row(self.visit, self._cancelled)
        self.note, self.list = styled(), grid()
        self.points = source("time", "mc", "low", "high", "n", "start", "end")
        hover = [
            ("Mc", "@mc{0.0}"),
            (_("Earthquakes"), "@n{0}"),
            ("", "@time{%F}"),
        ]
        count = _("Earthquakes")
        time = _("Middle of the window (UTC)")
        self.figure = chart(
            self.title, time, "Mc", time=True, height=250, hover=hover, y_range=Range1d(0, 1)
        )
        self.figure.line("time", "mc", source=self.points, line_color=BLUE, line_width=2)
        self.figure.scatter("time", "mc", source=self.points, color=BLUE, size=6)
        self.figure.add_layout(
            Whisker(
                base="time",
                lower="low",
                upper="high",
                source=self.points,
                line_color=BLUE,
                lower_head=TeeHead(size=6, line_color=BLUE),
                upper_head=TeeHead(size=6, line_color=BLUE),
            )
        )
        self.counts = chart(
            _("Earthquakes in the window"),
            time,
            count,
            time=True,
            height=150,
            hover=hover,
            x_range=self.figure.x_range,
        )
        self.counts.line("time", "n", source=self.points, line_color=ORANGE, line_width=2)
        self.counts.scatter("time", "n", source=self.points, color=ORANGE, marker="square", size=5)
        self.counts.y_range.start = 0
        self.plots = pn.Column(
            bokeh(self.figure), bokeh(self.counts), sizing_mode="stretch_width", margin=0
        )
        return [
            pn.FlexBox(self.kind, self.size, margin=0),
            self.busy,
            self.note,
            self.plots,
            self.list,
        ]

    def _kind_chosen(self, event: Any) -> None:
        self.size.value = {"events": "500", "years": "5"}[event.new]
        self.update()

    def _typed(self, _event: Any) -> None:
        self.update()

    def _length(self) -> float | None:
        """Return the length of a window; None where it makes no sense, which the field says."""
        low, high = LIMITS[self.kind.value]
        value = read_number(self.size.value, high)
        good = value is not None and value >= low
        text = self.visit._("a number from {low} to {high}")
        wrong = text.format(low=f"{low:g}", high=f"{high:g}")
        self.size.param.update(error_state=not good, helper_text="" if good else wrong)
        return value if good else None

    # numbers -------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Estimate anew in a thread."""
        size = self._length()
        if size is None:
            return
        events = take(self.selection, self.selection.brush_rows, ("time", "mag"))
        events = events[events["mag"].notna()]
        if len(events) < FEWEST:
            self.job.cancel()
            self._nothing()
            text = self.visit._("{count} earthquakes with a magnitude pass; {n} are needed.")
            self.message.empty(text=text.format(count=len(events), n=FEWEST))
            return
        kind, method = self.kind.value, self.method
        self.message.hide()
        self.bar.value = 0
        self.busy.visible = True
        self.job.start(lambda ticket: windows(events, kind, size, method, ticket))

    def _progress(self, done: int, total: int) -> None:
        self.bar.value = round(100 * done / total)

    def _cancelled(self, _event: Any) -> None:
        self.job.cancel()
        self.busy.visible = False
        _ = self.visit._
        self.message.say("info", _("The estimate was cancelled."))

    def _failed(self, error: Exception) -> None:
        self._nothing()
        self.message.failed(error)

    def _nothing(self) -> None:
        self.found = pd.DataFrame()
        self.busy.visible = self.plots.visible = False
        self.note.object = self.list.object = ""

    def _shown(self, found: pd.DataFrame) -> None:
        self.found = found
        self.busy.visible = False
        self.message.hide()
        self.plots.visible = True
        columns = {name: found[name].to_numpy() for name in ("time", "start", "end", "mc", "n")}
        spread = found["mc_std"].fillna(0.0)
        self.points.data = columns | {
            "low": (found["mc"] - spread).to_numpy(),
            "high": (found["mc"] + spread).to_numpy(),
        }
        ends = [self.points.data[name] for name in ("low", "high")]
        if found["mc"].notna().any():
            low, high = float(np.nanmin(ends[0])), float(np.nanmax(ends[1]))
            self.figure.y_range.update(start=low - 0.1, end=high + 0.1)
        self._describe()

    def _describe(self) -> None:
        _, language, found = self.visit._, self.visit.language, self.found
        known = found[found["mc"].notna()]
        parts = [
            _("{count} windows; method: {method}; whiskers are one standard error of {draws} "
              "catalogues drawn anew with replacement.").format(
                count=format_number(len(found), language, 0),
                method=completeness_names(_).get(self.method, self.method),
                draws=RESAMPLES[self.method],
            )
        ]  # fmt: skip
        if len(known):
            best, worst = (known.iloc[place(known["mc"])] for place in (np.argmin, np.argmax))
            text = _("Mc lies between {low} (about {first}) and {high} (about {last}).")
            parts.append(
                text.format(
                    low=format_number(best["mc"], language, 1),
                    first=format_date(best["time"], language, "y"),
                    high=format_number(worst["mc"], language, 1),
                    last=format_date(worst["time"], language, "y"),
                )
            )
        few = len(found) - len(known)
        if few:
            text = _("{count} windows have no Mc: fewer than {n} earthquakes, or none passes.")
            parts.append(text.format(count=format_number(few, language, 0), n=FEWEST))
        parts.append(_("A threshold of the source cuts Mc from below."))
        self.note.object = note(" ".join(parts))
        rows = [
            [
                f"{format_date(row['start'], language)} – {format_date(row['end'], language)}",
                format_number(row["mc"], language, 1),
                format_number(row["mc_std"], language, 2),
                format_number(row["n"], language, 0),
            ]
            for row in found.iloc[-LISTED:][::-1].to_dict("records")
        ]
        heads = [_("Window"), "Mc", _("Standard error"), _("Earthquakes")]
        caption = _("Magnitude of completeness of the newest windows")
        self.list.object = table_html(caption, heads, rows)

    def table(self) -> pd.DataFrame:
        """Return all windows."""
        return self.found.rename(columns={"time": "middle"})

    def about(self) -> dict[str, Any]:
        """Say where the numbers come from and how they were made."""
        method = (
            f"completeness by {self.method}; standard error by bootstrap, "
            f"{RESAMPLES[self.method]} resamples"
        )
        return super().about() | {"method": method}
