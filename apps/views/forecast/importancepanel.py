"""Which features a model rests on: by its own account, by shuffling, by SHAP values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import panel_material_ui as pmui
from bokeh.models import FactorRange, HoverTool, Span

from apps.views.charts import BLUE, chart, late, source
from apps.views.forecast.panel import ForecastPanel, write_numbers
from apps.views.forecast.words import feature_name, forecast_name, number
from apps.views.htmltables import grid, note, table_html
from apps.views.jobs import Job, progress_row
from apps.views.styles import styled

MOST = 20


class ImportancePanel(ForecastPanel):
    """Bars of the features of the chosen model, with intervals where there are some."""

    name = "importance"
    leaked = True

    def __init__(self, visit: Any, selection: Any):
        super().__init__(visit, selection)
        self.job = Job(self._came, self._failed, self._progress)
        self.found = pd.DataFrame()
        self._of: tuple[Any, ...] = ()

    @property
    def title(self) -> str:
        """Name of the tab."""
        return str(self.visit._("Features"))

    def build(self) -> list[Any]:
        """Make the choice, the bars and the table."""
        _ = self.visit._
        self.kind = pmui.RadioButtonGroup(
            label=_("Importance"),
            options={
                _("of the model itself"): "impurity",
                _("by shuffling a feature"): "permutation",
                _("SHAP values"): "shap",
            },
            value="impurity",
            size="small",
            margin=(8, 8),
        )
        self.kind.param.watch(lambda _event: self.update(), "value")
        self.wait, self.bar, _cancel = progress_row(self.visit, self._cancelled)
        self.range = FactorRange(factors=[])
        self.figure = chart(
            _("Importance of the features"),
            _("Importance"),
            "",
            height=420,
            y_range=self.range,
            y_axis_type="auto",
        )
        self.data = source("feature", "value", "low", "high", "text")
        bars = self.figure.hbar(
            "feature", right="value", left=0, height=0.7, source=self.data, color=BLUE
        )
        self.figure.segment(
            "low", "feature", "high", "feature", source=self.data, color="#37474f", line_width=2
        )
        self.figure.add_layout(Span(dimension="height", location=0, line_color="#8aa0a8"))
        self.figure.add_tools(HoverTool(renderers=[bars], tooltips=[("", "@text")]))
        self.words, self.rows = styled(), grid()
        write_numbers(self.figure, "x")
        self.box = late(self.figure)
        return [self.kind, self.wait, self.words, self.box, self.rows]

    def _cancelled(self, _event: Any) -> None:
        self.job.cancel()
        self._of = ()
        self.wait.visible = False
        self.kind.value = "impurity"

    def _progress(self, done: int, total: int) -> None:
        self.bar.value = round(100 * done / max(total, 1))

    def refresh(self) -> None:
        """Show the importance of the chosen model; what takes long is computed beside the page."""
        shown, name, kind = self.choice.shown, self.choice.names[0], self.kind.value
        wanted = (id(self.choice.run), name, kind)
        self.job.cancel()
        self.wait.visible = False
        if shown is None:
            return
        if name not in shown.comparison.fitted:
            self._of, self.found = (), pd.DataFrame()
            self.box.visible, self.rows.object = False, ""
            text = self.visit._("{name} has no features: choose a model in the table of scores.")
            self.words.object = note(text.format(name=forecast_name(name, self.visit)))
            return
        if wanted == self._of:
            self._draw()
            return
        self._of = wanted
        fitted, table = shown.comparison.fitted[name], self.choice.sample()
        self.wait.visible = kind != "impurity"
        self.bar.value = 0

        def work(ticket: Any) -> pd.DataFrame:
            from analysis.learning.importance import importance

            def progress(done: int, total: int, *_text: Any) -> None:
                ticket.report(done, total)

            return importance(fitted, table, kind=kind, seed=0, progress=progress)

        if kind == "impurity":
            self._came(importance_of(fitted, table))
        else:
            self.job.start(work)

    def _failed(self, error: Exception) -> None:
        self.wait.visible = False
        self.message.failed(error)

    def _came(self, found: pd.DataFrame) -> None:
        self.wait.visible = False
        self.message.hide()
        self.found = found
        self._draw()

    def _draw(self) -> None:
        _, language, visit = self.visit._, self.visit.language, self.visit
        name = forecast_name(self.choice.names[0], visit)
        if self.found.empty:
            self.box.visible = False
            text = _("{name} tells no importance of its own; take the one by shuffling.")
            self.words.object, self.rows.object = note(text.format(name=name)), ""
            return
        largest = self.found.reindex(
            self.found["importance"].abs().sort_values(ascending=False).index
        )
        table = self.choice.table
        titles = [feature_name(str(one), table, language) for one in largest.index]
        titles = [f"{title} ({one})" if titles.count(title) > 1 else title
                  for title, one in zip(titles, largest.index, strict=True)]  # fmt: skip
        top = slice(0, MOST)
        value = largest["importance"].to_numpy(float)
        low, high = (largest.get(end, largest["importance"]).to_numpy(float)
                     for end in ("low", "high"))  # fmt: skip
        self.range.factors = titles[top][::-1]
        self.data.data = {
            "feature": titles[top],
            "value": value[top],
            "low": np.where(np.isfinite(low), low, value)[top],
            "high": np.where(np.isfinite(high), high, value)[top],
            "text": [f"{title}: {number(one, '', language)}"
                     for title, one in zip(titles[top], value[top], strict=True)],
        }  # fmt: skip
        self.box.visible = True
        known = largest["low"] if "low" in largest else pd.Series(dtype=float)
        between = bool(np.isfinite(known.to_numpy(float)).any())  # a model itself tells none
        rows = [
            [title, *(number(float(one), "", language) for one in parts[: 3 if between else 1])]
            for title, *parts in zip(titles, value, low, high, strict=True)
        ]
        heads = [_("Feature"), _("Importance"), *([_("95 %, low"), _("95 %, high")] * between)]
        self.rows.object = table_html(_("Importance in {name}").format(name=name), heads, rows)
        self.words.object = note(self._how())

    def _how(self) -> str:
        _ = self.visit._
        return {
            "impurity": _(
                "What the model says itself: impurity removed by trees, size of the coefficients "
                "of linear models. It says nothing of unseen data and favours features of many "
                "values."
            ),
            "permutation": _(
                "How much average precision is lost on the test part when a feature is shuffled; "
                "lines: 95 % interval. Features that say the same share their importance."
            ),
            "shap": _(
                "Mean size of the SHAP values (Lundberg and Lee 2017): how far a feature moves the "
                "log-odds. It explains the model, not the Earth."
            ),
        }[self.kind.value]

    @property
    def tabled(self) -> bool:
        """Whether there is a table to take away."""
        return len(self.found) > 0

    def table(self) -> pd.DataFrame:
        """Return the importance of all features."""
        return self.found.reset_index(names="feature") if len(self.found) else pd.DataFrame()


def importance_of(fitted: Any, table: Any) -> pd.DataFrame:
    """Return the importance that a model tells itself."""
    from analysis.learning.importance import importance

    return importance(fitted, table, kind="impurity")
