"""The declustered catalogue against the full one: how many stay, and what that does to b."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import panel as pn
import panel_material_ui as pmui

from analysis.language import format_number
from analysis.seismic import decluster as methods
from apps.views.charts import BLUE, ORANGE, bokeh, chart, source
from apps.views.clock import clock_times
from apps.views.earthquakes.catalogues import Events
from apps.views.earthquakes.curves import YEAR_MS, Estimate, cumulative, estimate
from apps.views.earthquakes.panelkit import Panel
from apps.views.earthquakes.selection import Selection
from apps.views.earthquakes.state import QuakeState
from apps.views.htmltables import grid, note, table_html
from apps.views.jobs import Job, Ticket
from apps.views.styles import FIELD, styled

log = logging.getLogger(__name__)
Numbers = npt.NDArray[np.int64]
WINDOWS = ("gardner-knopoff", "gruenthal", "uhrhammer")
NEEDED = ["time", "longitude", "latitude", "depth", "mag"]
LISTED = 12
MONTH_MS = YEAR_MS / 12


@dataclass(frozen=True)
class Variant:
    """A method of declustering with what can be chosen about it."""

    method: str = "gardner-knopoff"
    linking: str = "mainshock"
    foreshocks: bool = False
    hypocentres: bool = False

    def ids(self, table: pd.DataFrame) -> Numbers:
        """Return the position of each event's mainshock."""
        if self.method in WINDOWS:
            return methods.gardner_knopoff(
                table,
                self.method,
                linking=self.linking,
                foreshocks=1.0 if self.foreshocks else 0.0,
                three_dimensional=self.hypocentres,
            )
        if self.method == "reasenberg":
            return methods.reasenberg(table, three_dimensional=self.hypocentres)
        return methods.zaliapin(table, three_dimensional=self.hypocentres)


@dataclass(frozen=True)
class Comparison:
    """The full and the declustered selection, side by side."""

    full: Estimate
    kept: Estimate
    times: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]
    spread: tuple[float, float]
    clusters: pd.DataFrame


def compare(
    events: Events,
    rows: npt.NDArray[np.intp],
    ids: Numbers,
    completeness: float | str,
    slope: str,
) -> Comparison:
    """Compare the chosen events with those of them that stand for their cluster.

    The ids are those of the whole catalogue, so that the choice of a region or a period cuts no
    cluster in two; clusters are listed with the events of theirs that were chosen.
    """
    mainshock = ids[rows] == rows
    kept = rows[mainshock]
    times = events.time[rows], events.time[kept]
    span = times[0][[0, -1]] if len(rows) else np.zeros(2, np.int64)
    years = float(span[1] - span[0]) / YEAR_MS
    found = [
        estimate(events.magnitude[chosen], completeness, slope, years) for chosen in (rows, kept)
    ]
    leaders, counts = np.unique(ids[rows], return_counts=True)
    several = counts > 1
    clusters = pd.DataFrame({"position": leaders[several], "size": counts[several]})
    clusters = clusters.sort_values("size", ascending=False, kind="stable", ignore_index=True)
    first, second = (dispersion(one, span) for one in times)
    return Comparison(found[0], found[1], times, (first, second), clusters)


def dispersion(time: npt.NDArray[np.int64], span: npt.NDArray[np.int64]) -> float:
    """Return the variance of monthly counts over their mean: 1 for events at random times.

    >>> months = np.repeat(np.arange(20) * int(MONTH_MS), 5) + 1000
    >>> dispersion(months, np.array([0, 20 * int(MONTH_MS)]))
    0.0
    """
    months = int((span[1] - span[0]) // MONTH_MS)
    if months < 12 or not len(time):
        return float("nan")
    edges = span[0] + MONTH_MS * np.arange(months + 1)
    counts = np.histogram(time, edges)[0]
    return float(counts.var() / counts.mean()) if counts.any() else float("nan")


class DeclusteredPanel(Panel):
    """Cumulative curves, counts and b before and after; the largest clusters."""

    name = "declustered"

    def __init__(self, visit: Any, selection: Selection):
        super().__init__(visit, selection)
        self.job = Job(self._shown, self._failed)
        self.found: Comparison | None = None
        self._ids: tuple[Any, Numbers] | None = None
        selection.state.param.watch(lambda _event: self.update(), ["mc", "method"])

    @property
    def title(self) -> str:
        """Name of the tab."""
        return str(self.visit._("Declustering"))

    # widgets -------------------------------------------------------------------------------------

    def build(self) -> list[Any]:
        """Make the choice of the method, the curves and the tables."""
        _ = self.visit._
        options = {
            _("Gardner and Knopoff (1974)"): "gardner-knopoff",
            _("windows of Gruenthal"): "gruenthal",
            _("windows of Uhrhammer (1986)"): "uhrhammer",
            _("Reasenberg (1985)"): "reasenberg",
            _("Zaliapin and Ben-Zion (2013)"): "zaliapin",
        }
        chosen = self.selection.state.decluster
        self.method = pmui.Select(
            label=_("Method"),
            options=options,
            value=chosen if chosen in options.values() else "gardner-knopoff",
            **FIELD | {"width": 270},
        )
        self.linking = pmui.Select(
            label=_("Who has a window"),
            options={_("mainshocks only"): "mainshock", _("every event"): "every"},
            value="mainshock",
            **FIELD | {"width": 220},
        )
        self.foreshocks = pmui.Checkbox(label=_("Windows before too"), value=False, margin=(10, 8))
        self.hypocentres = pmui.Checkbox(
            label=_("With depth (3-D distances)"), value=False, margin=(10, 8)
        )
        self.words, self.note = styled(), styled()
        for widget in (self.method, self.linking, self.foreshocks, self.hypocentres):
            widget.param.watch(self._chosen, "value")
        self.curves = source("x", "y"), source("x", "y")
        self.figure = chart(
            _("Cumulative number of earthquakes, full and declustered"),
            _("Time (UTC)"),
            _("Earthquakes"),
            time=True,
            height=260,
        )
        names = (_("full catalogue"), _("declustered"))
        styles = ((BLUE, "solid"), (ORANGE, "dashed"))
        for data, label, (colour, dash) in zip(self.curves, names, styles, strict=True):
            self.figure.step(
                "x", "y", source=data, mode="after", line_color=colour, line_dash=dash,
                line_width=2.2, legend_label=label,
            )  # fmt: skip
        self.figure.legend.location = "top_left"
        self.figure.legend.background_fill_alpha = 0.6
        self.plot = bokeh(self.figure)
        self.numbers, self.list = grid(), grid()
        return [
            pn.FlexBox(
                self.method, self.linking, self.foreshocks, self.hypocentres, margin=0,
                align_items="center",
            ),
            self.words,
            self.plot,
            self.numbers,
            self.note,
            self.list,
        ]  # fmt: skip

    def _chosen(self, _event: Any) -> None:
        windows = self.method.value in WINDOWS
        self.linking.visible = self.foreshocks.visible = windows
        self.update()

    def variant(self) -> Variant:
        """Return the method with all that was chosen about it."""
        windows = self.method.value in WINDOWS
        return Variant(
            self.method.value,
            self.linking.value if windows else "mainshock",
            self.foreshocks.value and windows,
            self.hypocentres.value,
        )

    def described(self, variant: Variant) -> str:
        """Say the variant in words."""
        _ = self.visit._
        where = (
            _("Distances between hypocentres.")
            if variant.hypocentres
            else _("Distances between epicentres on the sphere; depth does not count.")
        )
        if variant.method == "reasenberg":
            text = _(
                "Events are linked within 10 crack radii and a look-ahead of 1 to 10 days "
                "(p = 0.95, xk = 0.5); linked clusters merge, their largest event stays."
            )
            return f"{text} {where}"
        if variant.method == "zaliapin":
            text = _(
                "The parent of an event is the earlier one nearest in time, space and magnitude "
                "(t r^1.6 10^-M); links nearer than where the two fitted groups cross make "
                "trees, whose largest event stays."
            )
            return f"{text} {where}"
        first = (
            _("Only events that are in no cluster yet have a window; it gathers smaller events.")
            if variant.linking == "mainshock"
            else _("Aftershocks have windows too, so that clusters grow along chains.")
        )
        second = (
            _("The window reaches as long before the mainshock as after it.")
            if variant.foreshocks
            else _("Only later events are gathered: foreshocks stay.")
        )
        return f"{first} {second} {where}"

    # numbers -------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Decluster the whole catalogue in a thread, then compare what is chosen of it."""
        variant, state = self.variant(), self.selection.state
        self.words.object = note(self.described(variant))
        rows = self._rows()
        if not len(rows):
            self.job.cancel()
            self.found = None
            self.plot.visible = False
            self.numbers.object = self.list.object = self.note.object = ""
            self.message.empty()
            return
        events, (mc, slope) = self.selection.all, (state.mc, state.method)
        known = self._ids
        key = (id(events), variant)

        def work(_ticket: Ticket) -> tuple[Any, Numbers, Comparison]:
            if known is not None and known[0] == key:
                ids = known[1]
            else:
                table = events.table
                ids = variant.ids(table[[name for name in NEEDED if name in table]])
            return key, ids, compare(events, rows, ids, mc, slope)

        if known is None or known[0] != key:
            self.message.loading(self.visit._("The catalogue is being declustered."))
        self.job.start(work)

    def _rows(self) -> npt.NDArray[np.intp]:
        """Rows in view and in the brush, whatever declustering is filtered by."""
        selection = self.selection
        if selection.state.decluster == "none":
            return selection.brush_rows
        values = {
            name: value
            for name, value in selection.state.param.values().items()
            if name not in ("name", "decluster")
        }
        twin = Selection(QuakeState(**values), selection.catalogues, lambda _key: selection.all)
        return twin.brush_rows

    def _failed(self, error: Exception) -> None:
        self.message.failed(error)

    def _shown(self, result: tuple[Any, Numbers, Comparison]) -> None:
        key, ids, found = result
        self._ids, self.found = (key, ids), found
        self.message.hide()
        self.plot.visible = True
        for data, time in zip(self.curves, found.times, strict=True):
            x, y = cumulative(time)
            data.data = {"x": x, "y": y}
        self._describe(found)

    def _describe(self, found: Comparison) -> None:
        _, language = self.visit._, self.visit.language
        full, kept = found.full, found.kept
        counts = [len(one) for one in found.times]

        def both(label: str, values: tuple[float, float], digits: int) -> list[str]:
            return [label, *(format_number(value, language, digits) for value in values)]

        share = 100 * (1 - counts[1] / counts[0])
        rows = [
            both(_("Earthquakes"), (counts[0], counts[1]), 0),
            [_("Removed, %"), "", format_number(share, language, 1)],
            both(_("Magnitude of completeness"), (full.fit.mc, kept.fit.mc), 1),
            both(_("b-value"), (full.fit.b, kept.fit.b), 3),
            both(_("Standard error of b"), (full.fit.std, kept.fit.std), 3),
            both(_("Earthquakes used for b"), (full.fit.n, kept.fit.n), 0),
            both(_("Variance of monthly counts / mean"), found.spread, 1),
        ]
        heads = ["", _("Full catalogue"), _("Declustered")]
        self.numbers.object = table_html(_("Before and after declustering"), heads, rows)
        text = _(
            "For events at random times the variance of monthly counts equals their mean: the "
            "ratio is 1. {count} clusters of two or more."
        )
        self.note.object = note(text.format(count=format_number(len(found.clusters), language, 0)))
        largest = found.clusters.head(LISTED)
        table = self.selection.all.table.iloc[largest["position"].to_numpy()]
        rows = [
            [
                time,
                format_number(row["mag"], language, 1),
                format_number(size, language, 0),
                str(row.get("place") or ""),
            ]
            for time, size, row in zip(
                clock_times(table["time"]),
                largest["size"],
                table.to_dict("records"),
                strict=True,
            )
        ]
        heads = [_("Mainshock (UTC)"), _("Magnitude"), _("Earthquakes"), _("Place")]
        caption = _("Largest clusters")
        self.list.object = table_html(caption, heads, rows, words=(3,)) if rows else ""

    def table(self) -> pd.DataFrame:
        """Return the comparison, one row a catalogue."""
        found = self.found
        if found is None:
            return pd.DataFrame()
        return pd.DataFrame(
            [
                {
                    "catalogue": name,
                    "method": self.method.value,
                    "count": len(time),
                    "mc": one.fit.mc,
                    "b": one.fit.b,
                    "b_std": one.fit.std,
                    "b_n": one.fit.n,
                    "monthly_variance_over_mean": spread,
                }
                for name, time, one, spread in zip(
                    ("full", "declustered"),
                    found.times,
                    (found.full, found.kept),
                    found.spread,
                    strict=True,
                )
            ]
        )

    def about(self) -> dict[str, Any]:
        """Say where the numbers come from and by which variant."""
        return super().about() | {"method": self.described(self.variant())}
