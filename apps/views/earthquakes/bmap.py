"""Map of the b-value: at each node of the window that of its N nearest events."""

from __future__ import annotations

import math
from html import escape
from typing import Any

import numpy as np
import pandas as pd
import panel as pn
import panel_material_ui as pmui
from bokeh.models import LinearColorMapper, Range1d

from analysis.language import format_number
from analysis.seismic.magnitudes import completeness
from apps.views import atlas
from apps.views.charts import bokeh, chart, source
from apps.views.colours import gradient, palette
from apps.views.earthquakes.bnodes import Nodes, map_nodes
from apps.views.earthquakes.panelkit import Panel, take
from apps.views.htmltables import grid, note, table_html
from apps.views.jobs import Job, Ticket
from apps.views.places import plain, read_number
from apps.views.points import coordinates
from apps.views.styles import FIELD, ONE_LINE, styled

LISTED = 6
SHOWN = ("b", "std", "n")
LOOK = {"b": "cmocean:balance", "std": "cmocean:speed", "n": "cmocean:deep"}
COAST = "#7d8a91"


class BMapPanel(Panel):
    """b, its standard error and the number of events on a map of the window."""

    name = "bmap"

    def __init__(self, visit: Any, selection: Any):
        super().__init__(visit, selection)
        self.n, self.radius = 50, 300.0
        self.job = Job(self._shown, self._failed, self._progress)
        self.found = pd.DataFrame()
        self.nodes: Nodes | None = None
        self.mc: float | str = "each"
        selection.state.param.watch(lambda _event: self.update(), "mc")

    @property
    def title(self) -> str:
        """Name of the tab."""
        return str(self.visit._("Map of b"))

    # widgets -------------------------------------------------------------------------------------

    def build(self) -> list[Any]:
        """Make the limits, the switch of what is shown, the bar and the map."""
        _ = self.visit._
        self.fields = {
            "n": pmui.TextInput(label=_("Nearest events, N"), value=str(self.n), **FIELD),
            "radius": pmui.TextInput(
                label=_("Within, km"), value=plain(self.radius, self.visit.language), **FIELD
            ),
        }
        self.complete = pmui.Select(
            label=_("Completeness"),
            options={_("one for all places"): "one", _("at each place"): "each"},
            value="one",
            **FIELD | {"width": 220},
        )
        for widget in (*self.fields.values(), self.complete):
            widget.param.watch(self._typed, "value")
        self.what = pmui.RadioButtonGroup(
            label=_("Shown"),
            options={"b": "b", _("standard error"): "std", _("events, n"): "n"},
            value="b",
            size="small",
            margin=(8, 8),
            sx=ONE_LINE,
        )
        self.what.param.watch(self._switched, "value")
        self.bar = pmui.LinearProgress(
            value=0, variant="determinate", sizing_mode="stretch_width", margin=(8, 8)
        )
        self.cancel = pmui.Button(
            label=_("Cancel"), variant="outlined", size="small", margin=(4, 8)
        )
        self.cancel.on_click(self._cancelled)
        self.busy = pn.Row(self.bar, self.cancel, visible=False, sizing_mode="stretch_width")
        self.legend, self.note, self.list = styled(), styled(), grid()
        self.image = source("shown", "b", "std", "n", "x", "y", "dw", "dh")
        self.coast = source("x", "y")
        self.mapper = LinearColorMapper(
            palette=list(palette(LOOK["b"])), low=0.5, high=1.5, nan_color="rgba(0,0,0,0)"
        )
        self._figure()
        return [
            pn.FlexBox(
                *self.fields.values(), self.complete, self.what, margin=0, align_items="center"
            ),
            self.busy,
            self.legend,
            self.plot,
            self.note,
            self.list,
        ]

    def _figure(self) -> None:
        _ = self.visit._
        self.figure = chart(
            _("Map of the b-value"),
            _("Longitude, °"),
            _("Latitude, °"),
            height=420,
            x_range=Range1d(),
            y_range=Range1d(),
            x_axis_type="mercator",
            y_axis_type="mercator",
            match_aspect=True,
            hover=[
                ("b", "@b{0.00}"),
                (_("Standard error"), "@std{0.00}"),
                (_("Earthquakes"), "@n{0}"),
            ],
        )
        self.figure.image(
            "shown", x="x", y="y", dw="dw", dh="dh", source=self.image, color_mapper=self.mapper
        )
        coast = self.figure.line("x", "y", source=self.coast, line_color=COAST, line_width=1)
        self.figure.hover.renderers = [one for one in self.figure.renderers if one is not coast]
        self.plot = bokeh(self.figure)

    def _typed(self, _event: Any) -> None:
        _ = self.visit._
        limits = {"n": (10.0, 2000.0), "radius": (10.0, 5000.0)}
        found = {}
        for key, (low, high) in limits.items():
            field = self.fields[key]
            value = read_number(field.value, high)
            good = value is not None and value >= low
            wrong = _("a number from {low} to {high}").format(low=f"{low:g}", high=f"{high:g}")
            field.param.update(error_state=not good, helper_text="" if good else wrong)
            if value is not None and good:
                found[key] = value
        if len(found) == len(limits):
            self.n, self.radius = round(found["n"]), found["radius"]
            self.update()

    # numbers -------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Begin a map of the window from all events that pass the filters."""
        events = take(self.selection, self.selection.rows, ("longitude", "latitude", "mag"))
        events = events[events["mag"].notna()]
        if len(events) < self.n:
            self.job.cancel()
            self._nothing()
            text = self.visit._("{count} earthquakes with a magnitude pass; {n} are needed.")
            language = self.visit.language
            self.message.empty(
                text=text.format(
                    count=format_number(len(events), language, 0),
                    n=format_number(self.n, language, 0),
                )
            )
            return
        self.message.hide()
        nodes = Nodes.within(self.selection.state.bounds)
        n, radius, one = self.n, self.radius, self.complete.value == "one"
        choice = self.selection.state.mc

        def work(ticket: Ticket) -> tuple[Nodes, float | str, pd.DataFrame]:
            mc: float | str = "each"
            if one:
                mc = _completeness(events["mag"], choice)
                if not math.isfinite(mc):
                    raise ValueError("No magnitude of completeness passes by this method.")
            table = map_nodes(events, nodes, n=n, radius_km=radius, mc=mc, ticket=ticket)
            return nodes, mc, table

        self.bar.value = 0
        self.busy.visible = True
        self.job.start(work)

    def _progress(self, done: int, total: int) -> None:
        self.bar.value = round(100 * done / total)

    def _cancelled(self, _event: Any) -> None:
        self.job.cancel()
        self.busy.visible = False
        _ = self.visit._
        self.message.say(
            "info", _("The map was cancelled."), _("Change a choice or move the map to begin anew.")
        )

    def _failed(self, error: Exception) -> None:
        self.busy.visible = False
        self._nothing()
        self.message.failed(error)

    def _nothing(self) -> None:
        self.found = pd.DataFrame()
        self.busy.visible = self.plot.visible = False
        self.legend.object = self.note.object = self.list.object = ""

    def _shown(self, result: tuple[Nodes, float | str, pd.DataFrame]) -> None:
        self.nodes, self.mc, self.found = result
        self.busy.visible = False
        self.message.hide()
        self.plot.visible = True
        nodes = self.nodes
        left, low, right, high = nodes.bounds
        shape = (nodes.y.size, nodes.x.size)
        images = {name: [self.found[name].to_numpy(np.float32).reshape(shape)] for name in SHOWN}
        x, y = atlas.lines("coastline", "110m").within(nodes.bounds)
        self.coast.data = {"x": x, "y": np.where((y >= low) & (y <= high), y, np.nan)}
        place = {"x": [left], "y": [low], "dw": [right - left], "dh": [high - low]}
        self.image.data = images | place | {"shown": images[self.what.value]}
        self.figure.x_range.update(start=left, end=right)
        self.figure.y_range.update(start=low, end=high)
        self._colour()
        self._describe()

    def limits(self) -> tuple[float, float]:
        """Return the range of colours: the same for every map of the same choice."""
        return {"b": (0.5, 1.5), "std": (0.0, 0.3), "n": (0.0, float(self.n))}[self.what.value]

    def _switched(self, _event: Any) -> None:
        if self.found.empty:
            return
        self.image.data = dict(self.image.data) | {"shown": self.image.data[self.what.value]}
        self._colour()

    def _colour(self) -> None:
        _, what, language = self.visit._, self.what.value, self.visit.language
        low, high = self.limits()
        self.mapper.update(palette=list(palette(LOOK[what])), low=low, high=high)
        names = {
            "b": _("b-value"),
            "std": _("Standard error of b"),
            "n": _("Earthquakes used, or found where b is missing"),
        }
        ends = [format_number(one, language) for one in (low, (low + high) / 2, high)]
        ends = [f"≤ {ends[0]}", ends[1], f"≥ {ends[2]}"] if what == "b" else ends
        name = escape(names[what])
        self.legend.object = (
            f'<div class="qc-legend" style="max-width:320px" role="img" aria-label="{name}: '
            f'{ends[0]} – {ends[2]}"><b>{name}</b>'
            f'<div class="qc-ramp" style="background:{gradient(LOOK[what])}"></div>'
            f'<div class="qc-ends">{"".join(f"<span>{end}</span>" for end in ends)}</div></div>'
        )

    def _describe(self) -> None:
        _, language, found, nodes = self.visit._, self.visit.language, self.found, self.nodes
        known = found[found["b"].notna()]
        if nodes is None:
            return

        def count(value: float) -> str:
            return format_number(value, language, 0)

        parts = [
            _(
                "{known} of {total} places, {step}° apart, have {n} events within {radius} km; "
                "the others stay empty."
            ).format(
                known=count(len(known)),
                total=count(len(found)),
                step=format_number(nodes.step, language),
                n=count(self.n),
                radius=count(self.radius),
            )
        ]
        if len(known):
            parts.append(
                _(
                    "b from {low} to {high}, half of it between {first} and {third}; median "
                    "standard error {std}."
                ).format(
                    **{
                        key: format_number(float(value), language, 2)
                        for key, value in zip(
                            ("low", "first", "third", "high"),
                            np.percentile(known["b"], [0, 25, 75, 100]),
                            strict=True,
                        )
                    },
                    std=format_number(float(known["std"].median()), language, 2),
                )
            )
        if self.mc == "each":
            parts.append(_("Completeness at each place by maximum curvature + 0.2."))
        else:
            text = _("Magnitude of completeness of all: {mc}.")
            parts.append(text.format(mc=format_number(float(self.mc), language, 1)))
        parts.append(
            _("Neighbouring places share events; only places farther apart can be compared.")
        )
        self.note.object = note(" ".join(parts))
        self.list.object = self._extremes(known)

    def _extremes(self, known: pd.DataFrame) -> str:
        _, language = self.visit._, self.visit.language
        if known.empty:
            return ""
        ends = pd.concat([known.nsmallest(LISTED, "b"), known.nlargest(LISTED, "b")])
        rows = [
            [
                coordinates(float(row["longitude"]), float(row["latitude"]), language),
                *(format_number(row[name], language, 2) for name in ("b", "std")),
                format_number(row["n"], language, 0),
                format_number(row["mc"], language, 1),
                format_number(row["radius"], language, 0),
            ]
            for row in ends.drop_duplicates().to_dict("records")
        ]
        heads = [
            _("Place"),
            "b",
            _("Standard error"),
            _("Earthquakes"),
            _("Completeness"),
            _("Farthest, km"),
        ]
        return table_html(_("Lowest and highest b"), heads, rows)

    def table(self) -> pd.DataFrame:
        """Return all nodes, those without b too."""
        return self.found

    def about(self) -> dict[str, Any]:
        """Say where the numbers come from and how they were made."""
        method = (
            f"b-value (Tinti and Mulargia 1987) of the {self.n} nearest events within "
            f"{self.radius:g} km; completeness: {self.mc}"
        )
        units = {"longitude": "deg", "latitude": "deg", "radius": "km"}
        return super().about() | {
            "method": method,
            "columns": {name: {"units": unit} for name, unit in units.items()},
        }


def _completeness(magnitudes: pd.Series, choice: Any) -> float:
    """Return the magnitude that was chosen, or that of the chosen method."""
    if not isinstance(choice, str):
        return float(choice)
    method: Any = choice
    return completeness(magnitudes, method)
