"""What cleaning sets aside: how many, which rows and why; every step can be undone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import panel_material_ui as pmui

from analysis.language import MISSING, format_number
from analysis.seismic.cleaning import CleaningReport
from apps.views.clock import clock_times
from apps.views.earthquakes.aside import cleaning
from apps.views.earthquakes.panelkit import Panel
from apps.views.earthquakes.state import CLEANING
from apps.views.htmltables import grid, note, table_html
from apps.views.jobs import Job
from apps.views.styles import styled

ROWS = 20


def step_names(_: Any) -> dict[str, str]:
    """Return step of cleaning -> its name in the reader's language."""
    return {
        "deleted": _("deleted by the agency"),
        "invalid": _("impossible or missing values"),
        "event-type": _("no earthquakes: blasts, eruptions, ..."),
        "exact-repeat": _("the same row twice"),
        "same-id": _("the same event by its ids"),
        "near-repeat": _("repeats within 2 s and 20 km"),
        "other-agency": _("also in the list of another agency"),
    }


def reason_texts(_: Any) -> dict[str, str]:
    """Return reason -> its sentence with fields, in the reader's language."""
    return {
        "deleted": _("The agency has deleted the event."),
        "deleted-later": _("The agency deleted the event later."),
        "unreadable": _("A value is not readable: {value}."),
        "no-time": _("The event has no time."),
        "no-place": _("The event has no longitude or no latitude."),
        "bad-latitude": _("The latitude {value} is not between -90 and 90 degrees."),
        "bad-longitude": _("The longitude {value} is not a longitude."),
        "no-magnitude": _("The event has no magnitude."),
        "bad-magnitude": _("The magnitude {value} is impossible."),
        "bad-depth": _("The depth {value} km is impossible."),
        "non-tectonic": _("The event is no earthquake: {value}."),
        "induced": _("The earthquake was induced or triggered by people."),
        "unknown-type": _("The event type {value} is on no list; it is not guessed."),
        "exact-repeat": _("The same as {partner}: time, place, depth and magnitude are equal."),
        "same-id": _("The same event as {partner} by the ids that the agency lists."),
        "near-repeat": _("The same event as {partner}: {dt} s and {distance} km apart."),
        "other-agency": _("The same event as {partner} of {value}: {dt} s, {distance} km apart."),
    }


class SetAsidePanel(Panel):
    """The report of cleaning, and switches that take its steps into the page or undo them."""

    name = "setaside"

    def __init__(self, visit: Any, selection: Any):
        super().__init__(visit, selection)
        self.report: CleaningReport | None = None
        self.job = Job(self._came, self._failed)
        self._of: Any = None
        self._binding = False

    @property
    def title(self) -> str:
        """Name of the tab."""
        return str(self.visit._("Set aside"))

    def build(self) -> list[Any]:
        """Make the switches, the counts and the list."""
        _ = self.visit._
        self.words, self.counts, self.list = styled(), grid(), grid()
        self.all = pmui.Switch(
            label=_("Leave these rows out of the whole page"),
            value=False,
            description=_("Off restores every row"),
            margin=(8, 8),
        )
        self.all.param.watch(self._all_switched, "value")
        self.steps = pmui.CheckBoxGroup(
            label=_("Steps that are applied"), options={}, value=[], margin=(4, 8)
        )
        self.steps.param.watch(self._steps_chosen, "value")
        self.pages = pmui.Pagination(count=1, value=0, visible=False, margin=(4, 0))
        self.pages.param.watch(self._list, "value")
        self.selection.state.param.watch(self._follow, "setaside")
        return [self.words, self.all, self.steps, self.counts, self.list, self.pages]

    # numbers -------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Clean the whole catalogue in a thread, once; the filters of the page do not matter."""
        events = self.selection.all
        if self._of is events and self.report is not None:
            return
        self._of, self.report = events, None
        self._shown(visible=False)
        if not len(events):
            self.message.empty()
            return
        self.message.loading(self.visit._("The catalogue is being cleaned."))
        self.job.start(lambda _ticket: cleaning(events))

    def _shown(self, *, visible: bool) -> None:
        for part in (self.all, self.steps, self.counts, self.list):
            part.visible = visible
        self.words.object = ""
        self.pages.visible = False

    def _failed(self, error: Exception) -> None:
        self.message.failed(error)

    def _came(self, report: CleaningReport) -> None:
        _, language = self.visit._, self.visit.language
        self.report = report

        def count(value: int) -> str:
            return format_number(value, language, 0)

        self._shown(visible=len(report) > 0)
        text = _(
            "Cleaning keeps {kept} of {total} rows and sets {aside} aside. Nothing is deleted."
        )
        numbers = {"total": report.total, "kept": report.kept, "aside": len(report)}
        parts = [text.format(**{name: count(number) for name, number in numbers.items()})]
        if len(report.suspects):
            text = _("{count} look like repeats but are kept: the agency has reviewed both.")
            parts.append(text.format(count=count(len(report.suspects))))
        self.words.object = note(" ".join(parts))
        if not len(report):
            self.message.empty(
                _("Cleaning sets nothing aside."), _("Every row of this catalogue passes.")
            )
            return
        self.message.hide()
        names = step_names(_)
        self._binding = True
        self.steps.options = {
            f"{names[step]}: {count(number)}": step
            for step, number in report.counts.items()
            if number
        }
        self._binding = False
        self._follow()
        texts = reason_texts(_)
        rows = [
            [names[str(step)], texts[str(reason)].format_map(_Dots()), count(len(found))]
            for (step, reason), found in report.table.groupby(["step", "reason"], sort=False)
        ]
        heads = [_("Step"), _("Reason"), _("Rows")]
        self.counts.object = table_html(_("Why rows are set aside"), heads, rows, words=(1,))
        pages = -(-len(report) // ROWS)
        self.pages.value = 0
        self.pages.param.update(count=pages, visible=pages > 1)
        self._list()

    def _list(self, *_events: Any) -> None:
        if self.report is None or not len(self.report):
            return
        _, language = self.visit._, self.visit.language
        first = self.pages.value * ROWS
        table = self.report.table.iloc[first : first + ROWS]
        texts = reason_texts(_)
        rows = [
            [
                time if isinstance(time, str) else MISSING,
                format_number(row["mag"], language, 1),
                _text(row["id"]),
                texts[row["reason"]].format(
                    value=_text(row["value"]),
                    partner=_text(row["partner_id"]) or _text(row["partner"]),
                    dt=format_number(abs(row["dt"]), language, 1),
                    distance=format_number(row["distance"], language, 1),
                ),
            ]
            for time, row in zip(clock_times(table["time"]), table.to_dict("records"), strict=True)
        ]
        caption = _("Rows {first} to {last} of {total} that are set aside").format(
            first=format_number(first + 1, language, 0),
            last=format_number(first + len(rows), language, 0),
            total=format_number(len(self.report), language, 0),
        )
        heads = [_("Time (UTC)"), _("Magnitude"), _("Identifier"), _("Reason")]
        self.list.object = table_html(caption, heads, rows, words=(2, 3))

    # switches ------------------------------------------------------------------------------------

    def _follow(self, *_events: Any) -> None:
        """Show what the page leaves out."""
        if self.report is None:
            return
        offered = list(self.steps.options.values())
        chosen = [step for step in self.selection.state.setaside if step in offered]
        self._binding = True
        try:
            self.steps.value = chosen
            self.all.value = bool(offered) and set(chosen) == set(offered)
        finally:
            self._binding = False

    def _all_switched(self, event: Any) -> None:
        if not self._binding:
            self._take(list(CLEANING) if event.new else [])

    def _steps_chosen(self, event: Any) -> None:
        if not self._binding:
            self._take(event.new)

    def _take(self, steps: list[str]) -> None:
        """Let the page leave out what these steps set aside, in their order."""
        self.selection.state.setaside = [step for step in CLEANING if step in steps]

    def table(self) -> pd.DataFrame:
        """Return every row set aside with its reason in English and, for pairs, its partner."""
        if self.report is None:
            return pd.DataFrame()
        table = self.report.table
        sentences = [self.report.sentence(row) for row in range(len(table))]
        return table.drop(columns=["index", "partner"]).assign(sentence=sentences)

    def about(self) -> dict[str, Any]:
        """Say where the rows come from."""
        return super().about() | {"columns": {"dt": {"units": "s"}, "distance": {"units": "km"}}}


class _Dots(dict[str, str]):
    """Fields of a sentence that stands for many rows."""

    def __missing__(self, _key: str) -> str:
        return "…"


def _text(value: Any) -> str:
    """Write a value of a table; nothing where it is missing.

    >>> _text(None), _text(float("nan")), _text(7)
    ('', '', '7')
    """
    return "" if value is None or (isinstance(value, float) and np.isnan(value)) else str(value)
