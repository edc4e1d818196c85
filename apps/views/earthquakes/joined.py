"""The selected earthquakes joined with gridded variables there and then, at lags and radii."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
import pandas as pd
import panel as pn
import panel_material_ui as pmui

from analysis.language import MISSING, format_number
from apps.views import atlas
from apps.views.clock import clock_times
from apps.views.earthquakes.joining import QUANTITIES, Wish, column, join, read_lags, read_radii
from apps.views.earthquakes.panelkit import Panel, take
from apps.views.htmlbuttons import BUTTONS, HtmlButtons
from apps.views.htmltables import TABLE
from apps.views.jobs import Job, progress_row
from apps.views.styles import FIELD, ONE_LINE, styled

ROWS = 25
COUNTS = (25, 100, 500, 0)
SMALL = 100
"""Events up to which the table is made without being asked for."""

FIRST = 3
EVENT = ("id", "time", "longitude", "latitude", "depth", "mag")


class JoinedPanel(Panel):
    """A row an earthquake; a column a variable and lag; value, departure or Z of one radius."""

    name = "joined"

    def __init__(self, visit: Any, selection: Any):
        super().__init__(visit, selection)
        self.found = pd.DataFrame()
        self.wish: Wish | None = None
        self._radii: dict[str, float] = {}
        self.job = Job(self._came, self._failed, self._progress)
        selection.state.param.watch(self._draw, ["event", "clock"])

    @property
    def title(self) -> str:
        """Name of the tab."""
        return str(self.visit._("With satellites"))

    # widgets -------------------------------------------------------------------------------------

    def build(self) -> list[Any]:
        """Make the fields of the join, the bar and the table."""
        _, language = self.visit._, self.visit.language
        self.layers = {
            key: layer for key, layer in atlas.grid_layers().items() if not layer.cube.static
        }
        titles = {
            key: f"{layer.name(language)} ({layer.title(language)})"
            for key, layer in self.layers.items()
        }
        self.variables = pmui.MultiChoice(
            label=_("Variables"),
            options={title: key for key, title in titles.items()},
            value=self._first(),
            sizing_mode="stretch_width",
            max_width=1000,
            margin=(6, 8),
        )
        self.lags = pmui.TextInput(label=_("Lags, days (− is before)"), value="−30; 0; 30", **FIELD)
        self.radii = pmui.TextInput(label=_("Radii, km"), value="0; 100", **FIELD)
        self.count = pmui.Select(
            label=_("Earthquakes"),
            options={
                (_("the {count} largest").format(count=count) if count else _("all selected")):
                count
                for count in COUNTS
            },
            value=COUNTS[0],
            **FIELD,
        )  # fmt: skip
        self.before = pmui.Checkbox(
            label=_("Only steps that had ended before the earthquake"), value=False, margin=(8, 8)
        )
        self.start = pmui.Button(label=_("Join"), variant="contained", size="small", margin=(10, 8))
        self.start.on_click(lambda _event: self._begin())
        names = {"value": _("values"), "anomaly": _("departures"), "z": "Z"}
        self.quantity = pmui.RadioButtonGroup(
            label=_("Shown"),
            options={names[one]: one for one in QUANTITIES},
            value="value",
            size="small",
            sx=ONE_LINE,
            margin=(6, 8),
        )
        self.radius = pmui.Select(label=_("Radius, km"), options=["0", "100"], value="0", **FIELD)
        self.busy, self.bar, self.cancel = progress_row(self.visit, self._cancelled)
        self.words = styled()
        self.rows = HtmlButtons(
            self._pressed, stylesheets=[TABLE, BUTTONS], sizing_mode="stretch_width", margin=0
        )
        self.pages = pmui.Pagination(count=1, value=0, visible=False, margin=(4, 0))
        self.shown = pn.FlexBox(self.quantity, self.radius, margin=0, visible=False)
        self.pages.param.watch(self._draw, "value")
        for widget in (self.quantity, self.radius):
            widget.param.watch(self._draw, "value")
        for widget in (self.variables, self.lags, self.radii, self.count, self.before):
            widget.param.watch(lambda _event: self.update(), "value")
        return [
            self.variables,
            pn.FlexBox(
                *(self.lags, self.radii, self.count, self.before, self.start),
                margin=0,
                align_items="center",
            ),
            self.busy,
            self.shown,
            self.words,
            self.rows,
            self.pages,
        ]

    def _first(self) -> list[str]:
        """Return the first variable of each of a few cubes, those that cover most."""
        cubes: dict[str, str] = {}
        for key, layer in self.layers.items():
            cubes.setdefault(layer.cube.name, key)
        return list(cubes.values())[:FIRST]

    # numbers -------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Join a small selection at once; say of a large one that it waits for the button."""
        if not self.layers:
            _ = self.visit._
            text = _("Open the explorer once: it prepares the starter data.")
            self.message.empty(_("There is no grid to join with."), text)
            return
        if not self.variables.value or 0 < len(self._rows()) <= SMALL:
            self._begin()
            return
        self.job.cancel()
        self.busy.visible = False
        self._clear()
        count = format_number(len(self._rows()), self.visit.language, 0)
        text = self.visit._("{count} earthquakes are selected; press the button to join them.")
        if len(self._rows()):
            self.message.say("info", text.format(count=count))
        else:
            self.message.empty()

    def _rows(self) -> Any:
        """Rows of the earthquakes to join, in order of time.

        They are the largest of the selection that lie in the time of some variable.
        """
        rows = self.selection.brush_rows
        rows = rows[self._covered(self.selection.all.time[rows])]
        if self.count.value and len(rows) > self.count.value:
            size = np.nan_to_num(self.selection.all.magnitude[rows], nan=-9.0)
            rows = np.sort(rows[np.argsort(-size, kind="stable")[: self.count.value]])
        return rows

    def _covered(self, time: Any) -> Any:
        """Tell which times (ms) some chosen variable has a step for, at some lag."""
        try:
            lags = [lag * 86_400_000.0 for lag in read_lags(self.lags.value or "")]
        except ValueError:
            lags = [0.0]
        inside = np.zeros(len(time), bool)
        for key in self.variables.value:
            cube = self.layers[key].cube
            steps = cube.times if cube.time_bounds is None else cube.time_bounds
            first, last = (
                edge.astype("datetime64[ms]").astype(np.int64)
                for edge in (steps.min(), steps.max())
            )
            inside |= (time + max(lags) >= first) & (time + min(lags) <= last)
        return inside

    def _asked(self) -> Wish | None:
        """Read the fields; None where one makes no sense, which it says itself."""
        _ = self.visit._
        lags = self._field(self.lags, read_lags, _("up to 8 numbers from −3650 to 3650"))
        if lags is not None and self.before.value and max(lags) > 0:
            text = _("no lag after the earthquake")
            self.lags.param.update(error_state=True, helper_text=text)
            lags = None
        radii = self._field(self.radii, read_radii, _("up to 5 numbers from 0 to 2000"))
        keys = tuple(self.variables.value)
        text = "" if keys else _("choose at least one")
        self.variables.param.update(error_state=not keys, helper_text=text)
        if lags is None or radii is None or not keys:
            return None
        return Wish(keys, lags, radii, pre_event=bool(self.before.value))

    @staticmethod
    def _field(widget: Any, read: Any, wrong: str) -> Any:
        try:
            found = read(widget.value or "")
        except ValueError:
            widget.param.update(error_state=True, helper_text=wrong)
            return None
        widget.param.update(error_state=False, helper_text="")
        return found

    def _begin(self) -> None:
        wish, rows = self._asked(), self._rows()
        if wish is None or not len(rows):
            self.job.cancel()
            self.busy.visible = False
            return
        self.message.hide()
        self._clear()
        events = take(self.selection, rows, EVENT)
        self.bar.value = 0
        self.busy.visible = True
        self.wish = wish
        self.job.start(lambda ticket: join(events, wish, ticket))

    def _progress(self, done: int, total: int) -> None:
        self.bar.value = round(100 * done / max(total, 1))

    def _cancelled(self, _event: Any) -> None:
        self.job.cancel()
        self.busy.visible = False
        self.message.say("info", self.visit._("The join was cancelled."))

    def _failed(self, error: Exception) -> None:
        self.busy.visible = False
        self._clear()
        self.message.failed(error)

    def _clear(self) -> None:
        self.found = pd.DataFrame()
        self.rows.html = self.words.object = ""
        self.shown.visible = self.pages.visible = False

    def _came(self, found: pd.DataFrame) -> None:
        self.busy.visible = False
        self.found = found
        if self.wish is None or found.empty:
            self.message.empty()
            return
        self._radii = {f"{one:g}": one for one in self.wish.radii}
        names = list(self._radii)
        kept = self.radius.value if self.radius.value in names else names[0]
        if self.radius.options != names:
            self.radius.options = names
        self.radius.value = kept
        self.shown.visible = True
        events = len(found) // (len(self.wish.lags) * len(self.wish.radii))
        pages = -(-events // ROWS)
        self.pages.param.update(count=max(pages, 1), visible=pages > 1)
        self.pages.value = 0
        self.words.object = f'<div class="qc-note" aria-live="polite">{self._text(events)}</div>'
        self._draw()

    def _text(self, events: int) -> str:
        _, language = self.visit._, self.visit.language
        wish = self.wish
        if wish is None:
            return ""
        parts = []
        for key in wish.keys:
            known = int(self.found[column(key, "value", wish)].notna().sum())
            layer = self.layers[key]
            mark = f" ({_('simulated')})" if layer.simulated else ""
            text = _("{name}{mark}: {known} of {total} values are there.").format(
                name=layer.name(language),
                mark=mark,
                known=format_number(known, language, 0),
                total=format_number(len(self.found), language, 0),
            )
            parts.append(escape(text))
        about = _(
            "{count} earthquakes, in order of time. A value is the mean by area of the cells "
            "within the radius (0: the cell of the epicentre) in the step that the lag falls into; "
            "a departure is from the norm of its day of the year or month, Z is in standard "
            "deviations. A value beside an earthquake is no precursor of it."
        )
        about = about.format(count=format_number(events, language, 0))
        return " ".join([escape(about), *parts])

    # the page shown ------------------------------------------------------------------------------

    def _pressed(self, key: str) -> None:
        what, _sep, value = key.partition(":")
        if what == "event":
            self.selection.state.event = value

    def _draw(self, *_events: Any) -> None:
        if not self._ready or self.found.empty or self.wish is None:
            return
        _, language, wish = self.visit._, self.visit.language, self.wish
        part = self.found[self.found["radius_km"] == self._radii[self.radius.value]]
        each = len(wish.lags)
        part = part.iloc[self.pages.value * ROWS * each : (self.pages.value + 1) * ROWS * each]
        first = self.pages.value * ROWS + 1
        caption = _("Earthquakes {first} to {last} of {total}").format(
            first=format_number(first, language, 0),
            last=format_number(first - 1 + len(part) // each, language, 0),
            total=format_number(len(self.found) // each // len(wish.radii), language, 0),
        )
        events = part.iloc[::each]
        times = clock_times(events["time"], self.selection.state.clock)
        values = [
            part[column(key, self.quantity.value, wish)].to_numpy(float).reshape(-1, each)
            for key in wish.keys
        ]
        table = np.concatenate(values, axis=1)
        body = "".join(
            self._row(event, time, row)
            for event, time, row in zip(events.to_dict("records"), times, table, strict=True)
        )
        self.rows.html = (
            f'<div class="qc-scroll" tabindex="0" role="region" aria-label="{escape(caption)}">'
            f'<table class="qc-grid"><caption>{escape(caption)}</caption>'
            f"<thead>{self._heads(wish)}</thead><tbody>{body}</tbody></table></div>"
        )

    def _heads(self, wish: Wish) -> str:
        """Write two rows of heads: the variables, and under each its lags."""
        _, language = self.visit._, self.visit.language
        above = [
            f'<th scope="col" rowspan="2">{escape(text)}</th>'
            for text in (_("Time"), _("Magnitude"))
        ]
        for key in wish.keys:
            layer = self.layers[key]
            unit = "" if self.quantity.value == "z" else layer.unit(language)
            mark = f" ({_('simulated')})" if layer.simulated else ""
            text = f"{layer.name(language)}{f', {unit}' if unit else ''}{mark}"
            above.append(
                f'<th scope="colgroup" colspan="{len(wish.lags)}" class="qc-words">'
                f"{escape(text)}</th>"
            )
        signs = ["+" if lag > 0 else "−" if lag < 0 else "" for lag in wish.lags]
        days = [
            _("{days} d").format(days=f"{sign}{abs(lag):g}")
            for sign, lag in zip(signs, wish.lags, strict=True)
        ]
        below = "".join(f'<th scope="col">{escape(text)}</th>' for text in days)
        return f"<tr>{''.join(above)}</tr><tr>{below * len(wish.keys)}</tr>"

    def _row(self, event: dict[Any, Any], time: str, values: Sequence[float]) -> str:
        language = self.visit.language
        ident = str(event.get("id") or "")
        title = self.visit._("Show the details of this earthquake")
        size = event.get("mag", np.nan)
        cells = [
            f'<th scope="row"><button type="button" data-key="event:{escape(ident)}" '
            f'title="{escape(title)}">{escape(time)}</button></th>',
            f"<td>{escape(format_number(size, language, 1))}</td>",
            *(f"<td>{escape(_number(value, language))}</td>" for value in values),
        ]
        here = ident and ident == self.selection.state.event
        return f"<tr{' class=qc-chosen' if here else ''}>{''.join(cells)}</tr>"

    # files ---------------------------------------------------------------------------------------

    def table(self) -> pd.DataFrame:
        """Return the whole join: a row for each earthquake, lag and radius."""
        return self.found

    def about(self) -> dict[str, Any]:
        """Say where the columns come from."""
        about = super().about()
        wish = self.wish
        if wish is None:
            return about
        columns: dict[str, dict[str, Any]] = {"lag_days": {"units": "d"}}
        columns["radius_km"] = {"units": "km"}
        for key in wish.keys:
            layer = self.layers[key]
            for one, unit in (("value", layer.info.units), ("anomaly", layer.info.units)):
                columns[column(key, one, wish)] = {
                    "units": unit,
                    "long_name": layer.name(self.visit.language),
                    "source": layer.citation,
                    "licence": layer.licence,
                    **({"simulated": True} if layer.simulated else {}),
                }
        return about | {"columns": columns}


def _number(value: float, language: str) -> str:
    """Write a value with four digits that count.

    >>> _number(-0.012345, "en"), _number(1234.5678, "kk"), _number(float("nan"), "en")
    ('−0.01235', '1235', '–')
    """
    if not np.isfinite(value):
        return MISSING
    text = f"{value:.4g}" if abs(value) < 1e4 else f"{value:.0f}"
    text = text.replace("-", "−")
    return text if language == "en" else text.replace(".", ",")
