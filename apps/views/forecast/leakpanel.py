"""A random split beside the honest one: how far leaked scores are from those of the future."""

from __future__ import annotations

from typing import Any

import pandas as pd
import panel_material_ui as pmui

from apps.views.forecast.panel import ForecastPanel
from apps.views.forecast.words import forecast_name, number, score_names
from apps.views.htmltables import grid, note, table_html
from apps.views.jobs import Job, progress_row
from apps.views.styles import styled

SCORES = ("average_precision", "brier_skill", "roc_auc")
BASELINES = ("rate_smoothed", "rate_mixture", "cell_rate")
"""The first that the table holds stands beside the model."""


class LeakPanel(ForecastPanel):
    """The same model judged twice by the rows of the table: in time, and at random."""

    name = "leak"

    def __init__(self, visit: Any, selection: Any):
        super().__init__(visit, selection)
        self.job = Job(self._came, self._failed, self._progress)
        self.found = pd.DataFrame()
        self._of: Any = None

    @property
    def title(self) -> str:
        """Name of the tab."""
        return str(self.visit._("Leakage"))

    def build(self) -> list[Any]:
        """Make the button and the table."""
        _ = self.visit._
        why = _(
            "Neighbouring windows share most of their history, and an aftershock sequence stands "
            "in many rows. Split at random, a model is asked about what it has seen: its score is "
            "inflated. Such a score is never to be reported; it stands here to show the "
            "difference."
        )
        self.start = pmui.Button(
            label=_("Judge at random and in time"), variant="contained", size="small", margin=8
        )
        self.start.on_click(self._pressed)
        self.wait, self.bar, cancel = progress_row(self.visit, self._cancelled)
        cancel.on_click(lambda _event: self.start.focus())  # the button that was pressed goes
        self.rows, self.words = grid(), styled()
        return [styled(note(why)), self.start, self.wait, self.rows, self.words]

    def _model(self) -> str:
        shown = self.choice.shown
        if shown is None:
            return ""
        first = self.choice.names[0]
        return first if first in shown.comparison.fitted else next(iter(shown.comparison.fitted))

    def refresh(self) -> None:
        """Show what was found for this comparison, or the button."""
        if self._of != (id(self.choice.run), self._model()):
            self.job.cancel()
            self.wait.visible = False
            self.found = pd.DataFrame()
        there = len(self.found) > 0
        self.rows.visible = self.words.visible = there
        self.start.visible = not there and not self.job.running

    def _pressed(self, _event: Any) -> None:
        run, model = self.choice.run, self._model()
        self._of = (id(run), model)
        self.start.visible, self.wait.visible = False, True
        self.bar.value = 0
        self.job.start(lambda ticket: both_splits(run, model, ticket.report))

    def _cancelled(self, _event: Any) -> None:
        self.job.cancel()
        self._of = None
        self.update()

    def _progress(self, done: int, total: int) -> None:
        self.bar.value = round(100 * done / max(total, 1))

    def _failed(self, error: Exception) -> None:
        self.wait.visible = False
        self._of = None
        self.start.visible = True
        self.message.failed(error)

    def _came(self, found: pd.DataFrame) -> None:
        _, language = self.visit._, self.visit.language
        self.wait.visible = False
        self.found = found
        names = score_names(_)
        ways = {"time": _("in time (honest)"), "random": _("at random (leaked)")}
        rows = []
        for place, row in found.iterrows():
            name, way = list(place)  # type: ignore[call-overload]
            cells = [forecast_name(str(name), self.visit), ways[str(way)]]
            for score in SCORES:
                low, high = float(row[f"{score}_low"]), float(row[f"{score}_high"])
                cells.append(
                    f"{number(float(row[score]), score, language)} "
                    f"({number(low, score, language)} … {number(high, score, language)})"
                )
            rows.append(cells)
        heads = [_("Forecast"), _("Split"), *(names[one] for one in SCORES)]
        self.rows.object = table_html(
            _("The same model and rows, split in time and at random"), heads, rows, words=(1,)
        )
        first = found["average_precision"]
        model = self._model()
        ratio = first[(model, "random")] / first[(model, "time")]
        text = _("Split at random, {model} seems {ratio} times as precise as it is.").format(
            model=forecast_name(model, self.visit), ratio=number(float(ratio), "", language)
        )
        self.words.object = note(text)
        self.update()

    @property
    def tabled(self) -> bool:
        """Whether there is a table to take away."""
        return len(self.found) > 0

    def table(self) -> pd.DataFrame:
        """Return the scores of both splits."""
        return self.found.reset_index() if len(self.found) else pd.DataFrame()


def both_splits(run: Any, model: str, report: Any) -> pd.DataFrame:
    """Return the scores of a model and of its baselines by a split in time and one at random.

    Parameters
    ----------
    run
        A finished run.
    model
        Name of one of its models.
    report
        Told what is done and the total; ends the work where nobody waits.

    Returns
    -------
    pandas.DataFrame
        Index (name, split): split is "time" or "random". Judged by the rows of the table with
        their weights, which is the same for both; so the scores in time differ a little from those
        of the full grid.
    """
    from analysis.learning import leaky_random_split
    from analysis.learning.compare import compare

    ready, settings = run.prepared, run.settings
    rates = [name for name in BASELINES if name in ready.table][:1] or ["base_rate"]
    splits = {"time": ready.split, "random": leaky_random_split(ready.table, seed=settings.seed)}
    parts = {}
    for place, (way, split) in enumerate(splits.items()):
        report(place, len(splits))
        found = compare(
            ready.table,
            [model],
            rates,
            split=split,
            params={model: dict(settings.params.get(model, {}))},
            seed=settings.seed,
            draws=settings.draws,
            cancel=None,
        )
        if model in found.failures:
            raise ValueError(found.failures[model])
        parts[way] = found.scores
    report(len(splits), len(splits))
    joined = pd.concat(parts, names=["split", "name"]).swaplevel().sort_index()
    joined.index = joined.index.set_names(["name", "split"])
    return joined
