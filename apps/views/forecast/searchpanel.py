"""A search for hyperparameters, watched trial by trial, and what it found taken over."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import panel as pn
import panel_material_ui as pmui
import param
from bokeh.models import BasicTicker, HoverTool

from analysis.language import format_number
from analysis.seismic.forecasting.choices import DEFAULT_MODELS
from apps.views.charts import BLUE, ORANGE, chart, late, source
from apps.views.forecast.choices import settings_of
from apps.views.forecast.panel import ForecastPanel, write_numbers
from apps.views.forecast.searchbase import COLUMNS, RATE
from apps.views.forecast.searching import Trial, Wanted, searcher
from apps.views.forecast.words import forecast_name, model_names, number, parameter_names
from apps.views.htmltables import grid, note, table_html
from apps.views.jobs import later, progress_row
from apps.views.styles import styled

SCORE = "average_precision"
BEST = 12
"""Trials in the table, best first."""


class SearchPanel(ForecastPanel):
    """Grid search or Optuna over one model, with folds forward in time."""

    name = "search"
    needs = False

    def __init__(self, visit: Any, selection: Any):
        super().__init__(visit, selection)
        self.search: Any = None
        self.trials: list[Trial] = []
        self.known: dict[str, float] = {}
        self.model, self.said, self._place = "", "", ""
        self._document: Any = None

    @property
    def title(self) -> str:
        """Name of the tab."""
        return str(self.visit._("Search for settings"))

    def build(self) -> list[Any]:
        """Make the choices, the figure and the table."""
        from analysis.learning import MODELS

        _ = self.visit._
        names = model_names(_)
        field: dict[str, Any] = {"margin": (8, 8), "size": "small", "searchable": False}
        self.which = pmui.Select(
            label=_("Model"),
            options={names.get(name, name): name for name in MODELS},
            value="XGBoost",
            width=270,
            **field,
        )
        self.method = pmui.Select(
            label=_("How to search"),
            options={
                _("Optuna: learns where to look"): "optuna",
                _("Grid: all combinations"): "grid",
            },
            value="optuna",
            width=250,
            **field,
        )
        self.count = pmui.IntSlider(
            label=_("Trials at most"), start=4, end=60, step=1, value=12, width=210, margin=(8, 16)
        )
        self.start = pmui.Button(
            label=_("Start the search"), variant="contained", size="small", margin=(14, 8)
        )
        self.start.on_click(self._pressed)
        self.wait, self.bar, cancel = progress_row(self.visit, self._cancelled)
        cancel.on_click(lambda _event: self.start.focus())  # the button that was pressed goes
        title = _("Average precision of each trial, mean of the folds")
        self.figure = chart(title, _("Trial"), _("Average precision"), height=240)
        self.data = source("trial", "score", "text")
        dots = self.figure.scatter("trial", "score", source=self.data, size=9, color=BLUE)
        self.best = source("trial", "score")
        self.figure.step("trial", "score", source=self.best, mode="after", color=ORANGE)
        self.figure.add_tools(HoverTool(renderers=[dots], tooltips=[("", "@text")]))
        self.base = source("trial", "score")  # a line: the figure then reaches as far as it
        self.figure.line(
            "trial", "score", source=self.base, color="#8aa0a8", line_dash="dashed", line_width=2
        )
        self.figure.xaxis.ticker = BasicTicker(min_interval=1, num_minor_ticks=0)
        self.figure.y_range.default_span = 0.02  # round a single trial
        write_numbers(self.figure, "x")
        self.box, self.words, self.rows = late(self.figure), styled(), grid()
        self.take = pmui.Button(
            label=_("Take the best settings"), variant="outlined", size="small", margin=8
        )
        self.take.on_click(self._taken)
        for one in (self.which, self.method, self.count):
            one.param.watch(self._look, "value")
        self._look()
        return [
            pn.FlexBox(self.which, self.method, self.count, self.start, margin=0),
            self.wait,
            self.words,
            self.box,
            self.rows,
            self.take,
        ]

    def refresh(self) -> None:
        """Show the trials so far."""
        _, language = self.visit._, self.visit.language
        self._elsewhere()
        running = self.running
        self.wait.visible = running
        there = len(self.trials) > 0
        scores = np.array([score for _params, score in self.trials])
        whole = np.flatnonzero(np.isfinite(scores))
        self.rows.visible = whole.size > 0
        self.take.visible = whole.size > 0 and not running
        if not there:
            self.box.visible = False
            self.words.object = note(
                _(
                    "Each trial learns on the earlier part of the time and is judged on the later, "
                    "fold by fold; the test part is never looked at. A stopped search goes on "
                    "where it was."
                )
            )
            return
        numbers = np.arange(1, len(scores) + 1)
        self.data.data = {
            "trial": numbers,
            "score": scores,
            "text": [self._text(params) for params, _score in self.trials],
        }
        self.best.data = {"trial": numbers, "score": np.fmax.accumulate(scores)}
        level = next((self.known[one] for one in COLUMNS if one in self.known), np.nan)
        self.base.data = {"trial": numbers, "score": np.full(len(numbers), level)}
        if whole.size:  # a figure that is drawn before it has numbers cannot know its ranges
            self.box.visible = True
        order = whole[np.argsort(-scores[whole], kind="stable")][:BEST]
        names = parameter_names(_)
        keys = list(self.trials[0][0])
        rows = [
            [
                format_number(int(place) + 1, language, 0),
                number(float(scores[place]), SCORE, language),
                *(self._value(self.trials[place][0].get(key)) for key in keys),
            ]
            for place in order
        ]
        heads = [_("Trial"), _("Average precision"), *(names.get(key, key) for key in keys)]
        self.rows.object = table_html(_("Best trials"), heads, rows)
        self.words.object = note(f"{self.said} {self._best(order)} {self._against()}".strip())

    def _best(self, order: Any) -> str:
        """Say how many trials there are, how many were given up, and which is the best."""
        _, language = self.visit._, self.visit.language
        if not len(order):
            return str(_("No trial has come to its end so far."))
        params, score = self.trials[int(order[0])]
        less = sum(not np.isfinite(one) for _params, one in self.trials)
        text = _("{count} trials; the best so far has {score}: {settings}.")
        some = _("{count} trials ({less} given up early); the best so far has {score}: {settings}.")
        return str(some if less else text).format(
            count=format_number(len(self.trials), language, 0),
            less=format_number(less, language, 0),
            score=number(score, SCORE, language),
            settings=self._text(params),
        )

    def _against(self) -> str:
        """Say what the same folds give without the model: a score alone says nothing."""
        if not self.known:
            return ""
        _, language = self.visit._, self.visit.language
        told = {name: number(value, SCORE, language) for name, value in self.known.items()}
        rate = told.pop(RATE)
        others = "; ".join(
            f"{forecast_name(name, self.visit)} {score}" for name, score in told.items()
        )
        text = _("On the same folds: {others} (dashed); without skill {rate}.")
        alone = _("On the same folds, without skill: {rate}.")
        return (text if others else alone).format(others=others, rate=rate)

    def _value(self, value: Any) -> str:
        if isinstance(value, float):
            return format_number(value, self.visit.language, None if value >= 0.1 else 4)
        return "–" if value is None else str(value)

    def _text(self, params: dict[str, Any]) -> str:
        names = parameter_names(self.visit._)
        parts = (f"{names.get(key, key)} = {self._value(value)}" for key, value in params.items())
        return ", ".join(parts)

    # work ----------------------------------------------------------------------------------------

    @property
    def running(self) -> bool:
        """Whether trials are being made that this page follows."""
        return self.search is not None

    def _wanted(self) -> Wanted:
        settings, run = settings_of(self.choice.state), self.choice.run
        wanted = Wanted(settings, self.which.value, self.method.value, int(self.count.value))
        if run is None or Wanted(run.settings, "", "", 0).place != wanted.place:
            return wanted
        return replace(wanted, prepared=run.prepared)

    def _pressed(self, _event: Any) -> None:
        if self.running:  # the button stays enabled, so that the focus stays on it
            return
        try:
            wanted = self._wanted()
        except ValueError as error:
            self.message.failed(error)
            return
        self.trials, self.known = [], {}
        self._follow(wanted)

    def _follow(self, wanted: Wanted) -> None:
        """Search, or follow whoever makes the same search already."""
        self.message.hide()
        self.model, self._place, self.said = wanted.model, wanted.place, ""
        self.bar.value = 0
        self._document = pn.state.curdoc
        self.search = searcher.start(wanted, self._heard)
        self._show(self.search)
        self.update()

    def _look(self, *_events: Any) -> None:
        """Show what this server has found already with these choices, or is about to find."""
        if self.running:
            return
        try:
            wanted = self._wanted()
        except ValueError:  # the training bar says what is wrong
            return
        found = searcher.find(wanted)
        if found is not None and found.busy:
            self._follow(wanted)
        elif found is not None and found.run is not None:
            self.model, self._place, self.said = wanted.model, wanted.place, ""
            self.trials, self.known = list(found.run.trials), dict(found.run.known)
            self.update()

    def _heard(self, search: Any) -> None:
        later(self._document, lambda: self._show(search))

    def _show(self, search: Any) -> None:
        if search is not self.search:
            return
        if search.run is not None:
            self.trials, self.known = list(search.run.trials), dict(search.run.known)
        self.bar.value = round(100 * search.done / max(search.total, 1))
        if not search.busy:
            self.search = None
        self.update()
        if search.error is not None:
            self.message.failed(search.error)

    def _stop(self) -> None:
        """Follow no longer; the search itself stops when nobody else follows it."""
        if self.search is not None:
            searcher.cancel(self.search, self._heard)
            self.search = None

    def _cancelled(self, _event: Any) -> None:
        if self.running:
            self.said = self.visit._("Stopped; what is finished is kept.")
        self._stop()
        self.update()

    def _elsewhere(self) -> None:
        """Forget what was found with other tables: it does not hold for those of now."""
        if not self._place:
            return
        try:
            place = self._wanted().place
        except ValueError:
            return
        if place != self._place:
            self._stop()
            self.trials, self.known, self._place, self.said = [], {}, "", ""

    def _taken(self, _event: Any) -> None:
        """Put the best settings into the choice, which then can be trained."""
        from analysis.learning import MODELS

        scores = [score for _params, score in self.trials]
        best = self.trials[int(np.nanargmax(scores))][0]
        state, own = self.choice.state, MODELS[self.model].defaults
        before = state.query()
        with param.parameterized.batch_call_watchers(state):  # one change, one look at it
            for name, value in best.items():
                plain = value.item() if isinstance(value, np.generic) else value
                state.set_parameter(self.model, name, plain, own.get(name))
            if self.model not in (state.models or DEFAULT_MODELS):
                state.models = [*(state.models or DEFAULT_MODELS), self.model]
        _ = self.visit._
        taken = _("Taken over: press “Train and compare” to train with them.")
        same = _("The best settings are the ones that were set before.")
        self.said = same if state.query() == before else taken
        self.update()

    @property
    def tabled(self) -> bool:
        """Whether there is a table to take away."""
        return len(self.trials) > 0

    def table(self) -> pd.DataFrame:
        """Return all trials."""
        return pd.DataFrame(
            [{"trial": place + 1, SCORE: score, **params}
             for place, (params, score) in enumerate(self.trials)]
        )  # fmt: skip
