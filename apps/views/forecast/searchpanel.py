"""A search for hyperparameters, watched trial by trial, and what it found taken over."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import panel as pn
import panel_material_ui as pmui
from bokeh.models import BasicTicker, HoverTool, Span

from analysis.language import format_number
from analysis.settings import cache_dir
from apps.views.charts import BLUE, ORANGE, chart, source, late
from apps.views.forecast.choices import settings_of
from apps.views.forecast.panel import ForecastPanel, write_numbers
from apps.views.forecast.searchbase import COLUMNS, RATE, fold_scores
from apps.views.forecast.words import forecast_name, model_names, number, parameter_names
from apps.views.htmltables import grid, note, table_html
from apps.views.jobs import Job, later, progress_row
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
        self.job = Job(self._came, self._failed, self._progress)
        self.trials: list[tuple[dict[str, Any], float]] = []
        self.known: dict[str, float] = {}
        self.model = ""

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
        self.base = Span(dimension="width", line_color="#8aa0a8", line_dash="dashed", line_width=2)
        self.figure.add_layout(self.base)
        self.figure.xaxis.ticker = BasicTicker(min_interval=1, num_minor_ticks=0)
        write_numbers(self.figure, "x")
        self.box, self.words, self.rows = late(self.figure), styled(), grid()
        self.take = pmui.Button(
            label=_("Take the best settings"), variant="outlined", size="small", margin=8
        )
        self.take.on_click(self._taken)
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
        running = self.job.running
        self.wait.visible = running
        there = len(self.trials) > 0
        scores = np.array([score for _params, score in self.trials])
        whole = np.flatnonzero(np.isfinite(scores))
        self.box.visible = there
        self.rows.visible = whole.size > 0
        self.take.visible = whole.size > 0 and not running
        if not there:
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
        self.base.location = next((self.known[one] for one in COLUMNS if one in self.known), None)
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
        self.words.object = note(f"{self._best(order)} {self._against()}")

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

    def _pressed(self, _event: Any) -> None:
        if self.job.running:  # the button stays enabled, so that the focus stays on it
            return
        try:
            settings = settings_of(self.choice.state)
        except ValueError as error:
            self.message.failed(error)
            return
        model, method, most = self.which.value, self.method.value, self.count.value
        self.model, self.trials, self.known = model, [], {}
        self.message.hide()
        self.bar.value = 0
        document = pn.state.curdoc
        run = self.choice.run
        folder = cache_dir() / "searches"
        folder.mkdir(parents=True, exist_ok=True)

        def work(ticket: Any) -> Any:
            from analysis.learning.tuning import tune
            from analysis.seismic.forecasting import prepare

            def tried(_number: int, params: dict[str, Any], score: float) -> None:
                later(document, lambda: self._tried(ticket, params, score))

            known = run is not None and run.settings.key(table=True) == settings.key(table=True)
            ready = run.prepared if known else prepare(settings)
            base = fold_scores(ready.table, ready.split)
            later(document, lambda: self._measured(ticket, base))
            return tune(
                ready.table,
                model,
                split=ready.split,
                method=method,
                trials=most,
                seed=settings.seed,
                progress=lambda done, total, _text: ticket.report(done, total),
                cancel=lambda: bool(ticket.cancelled),
                on_trial=tried,
                storage=folder / f"{settings.key(table=True)}-{model}-{method}.sqlite",
            )

        self.job.start(work)
        self.update()

    def _measured(self, ticket: Any, base: dict[str, float]) -> None:
        if not ticket.cancelled:
            self.known = base

    def _tried(self, ticket: Any, params: dict[str, Any], score: float) -> None:
        if not ticket.cancelled:
            self.trials.append((dict(params), float(score)))
            self.update()

    def _progress(self, done: int, total: int) -> None:
        self.bar.value = round(100 * done / max(total, 1))

    def _cancelled(self, _event: Any) -> None:
        self.job.cancel()
        self.update()

    def _failed(self, error: Exception) -> None:
        self.update()
        self.message.failed(error)

    def _came(self, found: Any) -> None:
        self.trials = trials_of(found.trials, list(found.best_params))
        self.update()

    def _taken(self, _event: Any) -> None:
        """Put the best settings into the choice, which then can be trained."""
        from analysis.learning import MODELS

        scores = [score for _params, score in self.trials]
        best = self.trials[int(np.nanargmax(scores))][0]
        state = self.choice.state
        for name, value in best.items():
            plain = value.item() if isinstance(value, np.generic) else value
            state.set_parameter(self.model, name, plain, MODELS[self.model].defaults.get(name))
        text = self.visit._("Taken over: press “Train and compare” to train with them.")
        self.words.object = note(text)

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


def trials_of(table: pd.DataFrame, names: list[str]) -> list[tuple[dict[str, Any], float]]:
    """Return settings and score of each trial of a finished search; NaN where it was given up.

    >>> trials_of(pd.DataFrame({"score": [0.5], "C": [1.0], "state": ["complete"]}), ["C"])
    [({'C': 1.0}, 0.5)]
    """
    return [
        (
            {name: row.get(name, row.get(f"params_{name}")) for name in names},
            float(row["score"]) if row["state"] == "complete" else np.nan,
        )
        for row in table.to_dict("records")
    ]
