"""Jumps of the rate of a catalogue, and which networks, agencies or magnitudes change there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import panel as pn
import panel_material_ui as pmui
from bokeh.models import Span

from analysis.language import format_date, format_number
from analysis.seismic import completeness, rate_changes
from analysis.seismic.cleaning.homogeneity import SHARED, RateChanges
from apps.views.charts import BLUE, ORANGE, bokeh, chart, source
from apps.views.earthquakes.eventtext import event_type, status_name
from apps.views.earthquakes.panelkit import Panel, take
from apps.views.htmltables import grid, note, table_html
from apps.views.jobs import Job, Ticket
from apps.views.places import read_number
from apps.views.styles import FIELD, styled

COLUMNS = ("time", "longitude", "latitude", "depth", "mag", *SHARED)
FEWEST = 50
FALSE_ALARM = 0.01
LEAST_SHARE = 0.1
"""Change of the shares in a column from which on it is worth a word."""

Found = tuple[float, int, RateChanges]


def jumps(events: pd.DataFrame, least: float | None, ticket: Ticket) -> Found | None:
    """Find the jumps of the rate of events from a magnitude on.

    Parameters
    ----------
    events : pandas.DataFrame
        Events with the columns `COLUMNS`, as far as the catalogue has them.
    least : float or None
        Least magnitude; None: where the events are complete by maximum curvature.
    ticket : Ticket
        Told how far it is.

    Returns
    -------
    (float, int, RateChanges) or None
        Least magnitude, number of events, jumps; None where fewer than `FEWEST` events are left.
    """
    sizes = events["mag"].to_numpy(float)
    if least is None and np.isfinite(sizes).sum() >= FEWEST:
        least = completeness(sizes[np.isfinite(sizes)], "maxc")
    ticket.report(1, 3)
    if least is None or not np.isfinite(least):
        return None
    chosen = events[sizes >= least - 1e-9]
    if len(chosen) < FEWEST:
        return None
    return float(least), len(chosen), rate_changes(chosen, false_alarm=FALSE_ALARM)


class RateJumpsPanel(Panel):
    """Numbers of events in bins, the rates between jumps, and what changes at each jump."""

    name = "ratejumps"

    def __init__(self, visit: Any, selection: Any):
        super().__init__(visit, selection)
        self.found: Found | None = None
        self.job = Job(self._came, self._failed)

    @property
    def title(self) -> str:
        """Name of the tab."""
        return str(self.visit._("Jumps of the rate"))

    def build(self) -> list[Any]:
        """Make the field of the least magnitude, the figure and the table."""
        _ = self.visit._
        self.least = pmui.TextInput(
            label=_("Least magnitude"), placeholder=_("from Mc on"), value="", **FIELD
        )
        self.least.param.watch(lambda _event: self.update(), "value")
        self.words, self.list = styled(), grid()
        self.bars = source("left", "right", "rate", "count")
        self.levels = source("time", "level")
        self.figure = chart(
            self.title,
            _("Time (UTC)"),
            _("Earthquakes a year"),
            time=True,
            height=250,
            hover=[("", "@left{%F}"), (_("Earthquakes"), "@count{0}")],
        )
        self.figure.hover.formatters = {"@left": "datetime"}
        self.figure.quad(
            left="left", right="right", top="rate", bottom=0, source=self.bars,
            fill_color=BLUE, fill_alpha=0.55, line_color=None,
        )  # fmt: skip
        self.figure.step(
            "time", "level", source=self.levels, mode="after", line_color=ORANGE, line_width=2.5
        )
        self.figure.y_range.start = 0
        self.plot = bokeh(self.figure)
        self.spans: list[Span] = []
        return [self.least, self.words, self.plot, pn.Column(self.list, margin=0)]

    def refresh(self) -> None:
        """Look for jumps in a thread."""
        _ = self.visit._
        typed = self.least.value.strip()
        least = read_number(typed, 10) if typed else None
        wrong = bool(typed) and least is None
        text = _("a number from {low} to {high}").format(low=-2, high=10) if wrong else ""
        self.least.param.update(error_state=wrong, helper_text=text)
        if wrong:
            return
        events = take(self.selection, self.selection.brush_rows, COLUMNS)
        if len(events) < FEWEST:
            self.job.cancel()
            self._nothing(len(events))
            return
        self.message.loading()
        self.job.start(lambda ticket: jumps(events, least, ticket))

    def _nothing(self, count: int) -> None:
        self.found, self.plot.visible = None, False
        self.words.object = self.list.object = ""
        text = self.visit._("{count} earthquakes with a magnitude pass; {n} are needed.")
        self.message.empty(text=text.format(count=count, n=FEWEST))

    def _failed(self, error: Exception) -> None:
        self.found, self.plot.visible = None, False
        self.words.object = self.list.object = ""
        self.message.failed(error)

    def _came(self, found: Found | None) -> None:
        if found is None:
            self._nothing(0)
            return
        self.found, self.plot.visible = found, True
        self.message.hide()
        counts = found[2].counts
        starts = counts["time"].to_numpy().astype("datetime64[ms]").astype(float)
        ends = starts + counts["years"].to_numpy(float) * 31_557_600_000.0
        self.bars.data = {
            "left": starts,
            "right": ends,
            "rate": counts["rate"].to_numpy(float),
            "count": counts["count"].to_numpy(float),
        }
        level = counts["level"].to_numpy(float)
        self.levels.data = {"time": np.append(starts, ends[-1]), "level": [*level, level[-1]]}
        self._draw_jumps(found[2].changes)
        self._describe(*found)

    def _draw_jumps(self, changes: pd.DataFrame) -> None:
        for old in self.spans:
            self.figure.center.remove(old)
        moments = changes["time"].to_numpy().astype("datetime64[ms]").astype(float)
        self.spans = [
            Span(location=at, dimension="height", line_color=ORANGE, line_dash="dashed")
            for at in moments
        ]
        self.figure.center.extend(self.spans)

    def _describe(self, least: float, count: int, found: RateChanges) -> None:
        _, language = self.visit._, self.visit.language
        text = _(
            "{count} earthquakes of magnitude {least} and more; {jumps} jumps. A series of a "
            "constant rate shows one with a probability of {share}."
        ).format(
            count=format_number(count, language, 0),
            least=format_number(least, language, 1),
            jumps=len(found),
            share=f"{format_number(100 * found.false_alarm, language, 0)} %",
        )
        why = _(
            "A jump at which networks, agencies or kinds of magnitude change is one of the "
            "catalogue, not of the Earth: rates before and after it are not to be compared."
        )
        self.words.object = note(f"{text} {why}")
        rows = [
            [
                format_date(change["time"], language),
                f"{format_date(change['earliest'], language)} – "
                f"{format_date(change['latest'], language)}",
                format_number(change["rate_before"], language, 1),
                format_number(change["rate_after"], language, 1),
                format_number(change["ratio"], language, 2),
                self._beside(found.shares[found.shares["time"] == change["time"]]),
            ]
            for change in found.changes.to_dict("records")
        ]
        heads = [
            _("Jump"),
            _("Between (95 %)"),
            _("A year before"),
            _("A year after"),
            _("Ratio"),
            _("What changes there"),
        ]
        self.list.object = table_html(self.title, heads, rows, words=(5,)) if rows else ""

    def _beside(self, shares: pd.DataFrame) -> str:
        """Say in words what changes at a jump: the largest change of each column."""
        _, language = self.visit._, self.visit.language
        names = {
            "agency": _("agency"),
            "net": _("network"),
            "magType": _("kind of magnitude"),
            "status": _("status"),
            "locationSource": _("network of the location"),
            "magSource": _("network of the magnitude"),
            "type": _("kind of event"),
        }
        parts = []
        for one in shares.drop_duplicates("column").to_dict("records"):
            if one["distance"] < LEAST_SHARE:
                continue
            value = {"type": event_type, "status": status_name}.get(
                one["column"], lambda name, _: name
            )(str(one["value"]), _)
            before, after = (format_number(100 * one[k], language, 0) for k in ("before", "after"))
            parts.append(f"{names[one['column']]} {value}: {before} % → {after} %")
        return "; ".join(parts) or _("nothing that the catalogue tells")

    def table(self) -> pd.DataFrame:
        """Return the jumps as they are computed."""
        return pd.DataFrame() if self.found is None else self.found[2].changes

    def about(self) -> dict[str, Any]:
        """Say where they come from and how they were found."""
        units = {"rate_before": "1/year", "rate_after": "1/year"}
        method = "PELT on Poisson counts (Killick et al. 2012), calibrated by simulation"
        return super().about() | {
            "method": method,
            "columns": {key: {"units": unit} for key, unit in units.items()},
        }
