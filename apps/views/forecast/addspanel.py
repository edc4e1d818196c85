"""What each source of data adds to past earthquakes, with intervals."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
import pandas as pd
import panel_material_ui as pmui
from bokeh.models import FactorRange, HoverTool, Span

from analysis.seismic.forecasting.choices import CATALOGUE
from apps.views.charts import BLUE, chart, late, source
from apps.views.forecast.choices import feature_groups
from apps.views.forecast.panel import ForecastPanel, write_numbers
from apps.views.forecast.words import forecast_name, signed, verdict
from apps.views.htmltables import grid, note, table_html
from apps.views.jobs import Job, progress_row
from apps.views.styles import styled

SCORES = ("information_gain", "average_precision")


class AddsPanel(ForecastPanel):
    """Each group added to past earthquakes, and left out of all, by the model that is chosen."""

    name = "adds"

    def __init__(self, visit: Any, selection: Any):
        super().__init__(visit, selection)
        self.job = Job(self._came, self._failed, self._progress)
        self.found = pd.DataFrame()
        self._of: Any = None

    @property
    def title(self) -> str:
        """Name of the tab."""
        return str(self.visit._("What each source adds"))

    def build(self) -> list[Any]:
        """Make the button, the bars and the table."""
        _ = self.visit._
        self.start = pmui.Button(
            label=_("Compare with and without each source"),
            variant="contained",
            size="small",
            margin=8,
        )
        self.start.on_click(self._pressed)
        self.wait, self.bar, cancel = progress_row(self.visit, self._cancelled)
        cancel.on_click(lambda _event: self.start.focus())  # the button that was pressed goes
        self.range = FactorRange(factors=[])
        self.figure = chart(
            _("Gain in information per event, nats"),
            _("Gain in information per event, nats"),
            "",
            height=260,
            y_range=self.range,
            y_axis_type="auto",
        )
        self.data = source("label", "value", "low", "high", "text")
        self.figure.segment(
            "low", "label", "high", "label", source=self.data, color=BLUE, line_width=4
        )
        dots = self.figure.scatter("value", "label", source=self.data, size=11, color=BLUE)
        self.figure.add_layout(
            Span(dimension="height", location=0, line_color="#8aa0a8", line_dash="dashed")
        )
        self.figure.add_tools(HoverTool(renderers=[dots], tooltips=[("", "@text")]))
        write_numbers(self.figure, "x")
        self.box, self.words, self.rows = late(self.figure), styled(), grid()
        return [self.start, self.wait, self.words, self.box, self.rows]

    def refresh(self) -> None:
        """Show what was found for this comparison, or how to ask for it."""
        _, run = self.visit._, self.choice.run
        if self._of != self._key():
            self.job.cancel()
            self.wait.visible = False
            self.found = pd.DataFrame()
        there = len(self.found) > 0
        others = [one for one in run.settings.features if one != CATALOGUE]
        self.box.visible = self.rows.visible = there
        self.start.visible = bool(others) and not there and not self.job.running
        if not others:
            self.words.object = note(
                _(
                    "Only past earthquakes are learnt from. Add relief or a satellite grid under "
                    "“Features” in the menu, and train anew."
                )
            )
        elif not there:
            name = forecast_name(self._model(), self.visit)
            text = _("{model} learns once with each source and once without.").format(model=name)
            self.words.object = note(text)

    def _model(self) -> str:
        shown = self.choice.shown
        if shown is None:
            return ""
        first = self.choice.names[0]
        return first if first in shown.comparison.fitted else next(iter(shown.comparison.fitted))

    def _key(self) -> Any:
        return id(self.choice.run), self._model()

    def _pressed(self, _event: Any) -> None:
        run, model = self.choice.run, self._model()
        self._of = self._key()
        self.start.visible, self.wait.visible = False, True
        self.bar.value = 0

        def work(ticket: Any) -> pd.DataFrame:
            from analysis.learning.contribution import contribution

            ready, settings = run.prepared, run.settings
            return contribution(
                ready.table,
                model,
                split=ready.split,
                evaluation=ready.evaluation,
                params=dict(settings.params.get(model, {})),
                seed=settings.seed,
                draws=settings.draws,
                progress=lambda done, total, _text: ticket.report(done, total),
                cancel=lambda: bool(ticket.cancelled),
            )

        self.job.start(work)

    def _cancelled(self, _event: Any) -> None:
        self.job.cancel()
        self._of = None
        self.update()

    def _progress(self, done: int, total: int) -> None:
        self.bar.value = round(100 * done / max(total, 1))

    def _failed(self, error: Exception) -> None:
        self.wait.visible = False
        self._of = None
        self.message.failed(error)

    def _came(self, found: pd.DataFrame) -> None:
        _, language = self.visit._, self.visit.language
        self.wait.visible = False
        self.found = found
        names = {**feature_groups(self.visit), "all": _("all together")}
        ways = {
            "added": _("added to past earthquakes"),
            "left out": _("left out of all"),
            "placebo": _("against shuffled values"),
        }
        labels = [f"{names.get(group, group)}: {ways[way]}" for group, way in found.index]
        gain = {
            end: found[f"information_gain{end}"].to_numpy(float) for end in ("", "_low", "_high")
        }
        self.range.factors = labels[::-1]
        self.data.data = {
            "label": labels,
            "value": gain[""],
            "low": np.where(np.isfinite(gain["_low"]), gain["_low"], gain[""]),
            "high": np.where(np.isfinite(gain["_high"]), gain["_high"], gain[""]),
            "text": [escape(label) for label in labels],
        }
        rows = []
        for label, (_place, row) in zip(labels, found.iterrows(), strict=True):
            cells = [label]
            for score in SCORES:
                value, low, high = (float(row[f"{score}{end}"]) for end in ("", "_low", "_high"))
                word = verdict(low, high, _)[1]
                cells += [
                    signed(value, score, language),
                    f"{signed(low, score, language)} … {signed(high, score, language)}",
                    word,
                ]
            rows.append(cells)
        gain_head, precision_head = _("Information gain"), _("Average precision")
        between, told = _("95 % interval"), _("Shown")
        heads = [_("Source"), gain_head, between, told, precision_head, between, told]
        caption = _("What each source adds, {model}").format(
            model=forecast_name(self._model(), self.visit)
        )
        self.rows.object = table_html(caption, heads, rows, words=(3, 6))
        text = _(
            "An interval that holds 0 shows no contribution. No satellite precursor is accepted as "
            "reliable: most sources are expected to add nothing."
        )
        self.words.object = note(text)
        self.update()

    @property
    def tabled(self) -> bool:
        """Whether there is a table to take away."""
        return len(self.found) > 0

    def table(self) -> pd.DataFrame:
        """Return the differences with their intervals."""
        return self.found.reset_index() if len(self.found) else pd.DataFrame()
