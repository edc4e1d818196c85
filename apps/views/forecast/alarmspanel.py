"""What a threshold makes of the forecasts: alarms right and wrong, and the scores that follow."""

from __future__ import annotations

import math
from html import escape
from typing import Any

import numpy as np
import pandas as pd
import panel as pn
import panel_material_ui as pmui

from analysis.language import format_number
from apps.views.forecast.panel import ForecastPanel
from apps.views.forecast.within import part_title
from apps.views.forecast.words import forecast_name, number, percent, score_names, times
from apps.views.htmltables import TABLE, note, table_html
from apps.views.places import plain
from apps.views.styles import styled

STEPS = 200
"""Thresholds that the slider can take, evenly spaced in the logarithm."""

MATRIX = """
.qp-pair { display: flex; flex-wrap: wrap; gap: 12px 26px; }
.qp-matrix { border-collapse: collapse; font-size: 13px; }
.qp-matrix caption { text-align: left; font-weight: 650; padding: 4px 0; }
.qp-matrix th { font-weight: 400; color: var(--qc-muted); padding: 4px 10px; text-align: left; }
.qp-matrix td { padding: 9px 14px; min-width: 92px; text-align: right; font-size: 16px;
  border: 1px solid var(--qc-line); font-variant-numeric: tabular-nums; }
.qp-matrix td small { display: block; font-size: 11.5px; color: var(--qc-muted); }
.qp-right { background: color-mix(in srgb, var(--qc-success) 16%, transparent); }
.qp-wrong { background: color-mix(in srgb, var(--qc-error) 13%, transparent); }
"""


class PromptSlider(pmui.IntSlider):
    """A slider whose steps are answered after 10 ms; Panel gathers 50 ms of them otherwise.

    What comes while a step is answered is still taken together.
    """

    _debounce = 10


class AlarmsPanel(ForecastPanel):
    """A slider of the threshold, two confusion matrices and a table of all forecasts."""

    name = "alarms"
    leaked = True

    @property
    def title(self) -> str:
        """Name of the tab."""
        return str(self.visit._("Alarms at a threshold"))

    def build(self) -> list[Any]:
        """Make the slider and the tables."""
        _ = self.visit._
        self._binding = False
        self.slider = PromptSlider(
            label=_("Alarm where the probability is at least"),
            start=0,
            end=STEPS,
            step=1,
            value=0,
            show_value=False,
            sizing_mode="stretch_width",
            margin=(10, 20, 4, 20),
        )
        self.slider.param.watch(self._slid, "value")
        self.own = pmui.TextInput(label=_("Threshold, %"), width=150, margin=(6, 8), size="small")
        self.own.param.watch(self._typed, "value")
        self.words = styled(stylesheets=[TABLE, MATRIX])  # one part: a step is painted at once
        row = pn.Row(self.slider, self.own, sizing_mode="stretch_width", margin=0)
        return [row, self.words]

    def _steps(self) -> np.ndarray:
        low, high = self.choice.shown.limits if self.choice.shown else (1e-4, 1e-1)
        return np.geomspace(low, min(1.0, 2 * high), STEPS + 1)

    def _slid(self, event: Any) -> None:
        if not self._binding and self.choice.ready:
            self.choice.state.threshold = float(f"{self._steps()[event.new]:.3g}")

    def _typed(self, event: Any) -> None:
        if self._binding or not self.choice.ready:
            return
        text = (event.new or "").strip().removesuffix("%").strip().replace(",", ".")
        try:
            value = float(text) / 100
        except ValueError:
            value = math.nan
        fine = math.isfinite(value) and 0 < value <= 1
        self.own.error_state = not fine
        self.own.helper_text = "" if fine else self.visit._("a number above 0, at most 100")
        if fine:
            self.choice.state.threshold = value

    def refresh(self) -> None:
        """Count the alarms of the moment."""
        _, language, choice = self.visit._, self.visit.language, self.choice
        threshold = choice.threshold
        first, second = choice.names
        told = _("Alarm from {threshold} on").format(threshold=percent(threshold, language))
        share = choice.at(first).alarmed
        more = _("{share} of the cells and windows have an alarm").format(
            share=percent(share, language)
        )
        pair = "".join(self._matrix(name) for name in dict.fromkeys((first, second)))
        mine = choice.at(first)
        last = note(
            _(
                "Of {alarms} alarms {hits} were right; of {events} cells with events {missed} had "
                "none. Never giving an alarm is right in {never} of all cells."
            ).format(
                alarms=self._count(mine.hits + mine.false_alarms),
                hits=self._count(mine.hits),
                events=self._count(mine.hits + mine.misses),
                missed=self._count(mine.misses),
                never=f"{format_number(100 * mine.always_no, language, 3)} %",
            )
        )
        where = part_title(choice.within, language, _) if choice.within else _("all cells")
        head = note(f"{told}: {more} ({where}).{self._as_many(mine, first, second)}")
        self.words.object = (
            f'{head}<div class="qp-pair">{pair}</div><div class="qc-grid-box">{self._all()}</div>'
            f"{last}"
        )
        self._follow(threshold)

    def _as_many(self, mine: Any, first: str, second: str) -> str:
        """Say what the baseline hits with as many alarms: one threshold need not suit both."""
        alarms = mine.hits + mine.false_alarms
        if first == second or not alarms:
            return ""
        text = self.visit._(
            "With as many alarms ({alarms}), where each is highest, {baseline} hits {hits} events, "
            "{model} {own}."
        ).format(
            alarms=self._count(alarms),
            baseline=forecast_name(second, self.visit),
            hits=format_number(self.choice.hits_of(second, alarms), self.visit.language, 1),
            model=forecast_name(first, self.visit),
            own=self._count(mine.hits),
        )
        return f" {text}"

    def _follow(self, threshold: float) -> None:
        """Put the slider and the field to a threshold."""
        steps = self._steps()
        self._binding = True
        try:
            if steps[self.slider.value] != threshold:
                self.slider.value = int(np.abs(np.log(steps / max(threshold, 1e-12))).argmin())
            self.own.value = plain(float(f"{100 * threshold:.3g}"), self.visit.language)
        finally:
            self._binding = False

    def _count(self, value: float) -> str:
        return format_number(round(value), self.visit.language, 0)

    def _matrix(self, name: str) -> str:
        _ = self.visit._
        found = self.choice.at(name)
        cells = (
            ("qp-right", found.hits, _("hit")),
            ("qp-wrong", found.misses, _("missed event")),
            ("qp-wrong", found.false_alarms, _("false alarm")),
            ("qp-right", found.quiet, _("rightly quiet")),
        )
        made = [
            f'<td class="{style}">{escape(self._count(value))}<small>{escape(text)}</small></td>'
            for style, value, text in cells
        ]
        return (
            f'<table class="qp-matrix"><caption>{escape(forecast_name(name, self.visit))}</caption>'
            f'<thead><tr><td style="border:0"></td><th scope="col">{escape(_("Alarm"))}</th>'
            f'<th scope="col">{escape(_("No alarm"))}</th></tr></thead><tbody>'
            f'<tr><th scope="row">{escape(_("Event"))}</th>{made[0]}{made[1]}</tr>'
            f'<tr><th scope="row">{escape(_("No event"))}</th>{made[2]}{made[3]}</tr>'
            "</tbody></table>"
        )

    def _all(self) -> str:
        """Return the table of all forecasts."""
        _, language = self.visit._, self.visit.language
        names = score_names(_)
        base = self.choice.shown.base_rate() if self.choice.shown else math.nan
        rows = []
        for name in self.choice.shown.names() if self.choice.shown else []:
            found = self.choice.at(name)
            rows.append(
                [
                    forecast_name(name, self.visit),
                    *(self._count(one) for one in (found.hits, found.false_alarms, found.misses)),
                    *(number(getattr(found, one), one, language) for one in names if one in SCORES),
                    times(found.precision / base, language) if base else "",
                    number(found.accuracy, "accuracy", language),
                ]
            )
        heads = [
            _("Forecast"),
            _("Hits"),
            _("False alarms"),
            _("Missed"),
            *(names[one] for one in names if one in SCORES),
            _("Gain over the base rate"),
            _("Accuracy"),
        ]
        return table_html(_("All forecasts at this threshold"), heads, rows)

    def table(self) -> pd.DataFrame:
        """Return the counts of all forecasts at the threshold."""
        if self.choice.shown is None:
            return pd.DataFrame()
        rows = []
        for name in self.choice.shown.names():
            found = self.choice.at(name)
            counts = {
                one: getattr(found, one)
                for one in (
                    "hits",
                    "false_alarms",
                    "misses",
                    "quiet",
                    *SCORES,
                    "accuracy",
                    "always_no",
                )
            }
            rows.append({"forecast": name, "threshold": self.choice.threshold, **counts})
        return pd.DataFrame(rows)


SCORES = ("precision", "recall", "f1")
