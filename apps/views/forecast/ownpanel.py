"""Forecasts of the visitor's own: a CSV of probabilities joins the comparison."""

from __future__ import annotations

import io
import re
from html import escape
from typing import Any

import pandas as pd
import panel_material_ui as pmui

from analysis.notes import Note, in_language
from apps.views.filebutton import file_button
from apps.views.forecast.own import joined, template
from apps.views.forecast.panel import ForecastPanel
from apps.views.forecast.words import forecast_name
from apps.views.htmltables import grid, note, table_html
from apps.views.jobs import Job
from apps.views.styles import styled

LARGEST = 100_000_000
NAME = re.compile(r"[^A-Za-zА-Яа-яЁёӘәҒғҚқҢңӨөҰұҮүҺһІі0-9 _.-]+")
CODE = """\
<pre lang="en" tabindex="0">from analysis.learning import compare
from analysis.seismic.forecasting import Settings, prepare
from sklearn.ensemble import ExtraTreesClassifier

ready = prepare(Settings.from_yaml("settings.yml"))
found = compare(
    ready.table, {"Mine": ExtraTreesClassifier(300, min_samples_leaf=20)},
    split=ready.split, evaluation=ready.evaluation,
)
print(found.scores)
found.predictions["Mine"].rename("probability").to_csv("mine.csv")</pre>"""


class OwnPanel(ForecastPanel):
    """Take a file, say what is wrong with it, or judge it with the others."""

    name = "own"

    def __init__(self, visit: Any, selection: Any):
        super().__init__(visit, selection)
        self.job = Job(self._came, self._failed)

    @property
    def title(self) -> str:
        """Name of the tab."""
        return str(self.visit._("Your own forecast"))

    def build(self) -> list[Any]:
        """Make the file field, the template and the explanation."""
        _ = self.visit._
        self.label = pmui.TextInput(
            label=_("Name of your forecast"), value="", width=230, margin=(8, 8), size="small"
        )
        self.file = pmui.FileInput(
            label=_("Choose a CSV file"),
            uploaded_label=_("Choose a CSV file"),  # what came of it stands in the message
            accept=".csv,.txt,.gz",
            sx={"&:focus-within": {"outline": "3px solid", "outlineOffset": "2px"}},
            margin=(8, 8),
            width=230,
        )
        self.file.param.watch(self._chosen, "value")
        self.save = file_button(
            _("Template with all cells and windows (CSV)"),
            lambda: template(self.choice),
            lambda: "qazcube_forecast_template.csv",
            self._say,
            width=330,
            margin=(8, 8),
            size="small",
        )
        how = _(
            "A CSV with the columns time (issue time), cell or longitude and latitude, and "
            "probability (0 to 1), one row for each cell and window of the test. The template has "
            "all of them, with the base rate as the probability. The file stays on this server "
            "only as long as this page is open."
        )
        model = _("A scikit-learn model of your own joins in a notebook:")
        self.words = styled(
            f'<div class="qc-note"><p>{escape(how)}</p><p>{escape(model)}</p>{CODE}</div>'
        )
        self.told, self.rows = styled(), grid()
        return [self.label, self.file, self.save, self.told, self.rows, self.words]

    def _chosen(self, _event: Any) -> None:
        data = self.file.value
        if not data or not self.choice.ready:
            return
        if isinstance(data, list):
            data = data[0]
        if len(data) > LARGEST:
            self._failed(ValueError(self.visit._("The file is larger than 100 MB.")))
            return
        given = self.label.value or str(self.file.filename or "").rsplit(".", 1)[0]
        name = NAME.sub(" ", given).strip()[:40] or self.visit._("Own forecast")
        run = self.choice.run
        self.message.loading(self.visit._("Your forecast is being judged."))
        self.file.focus()
        raw = io.BytesIO(data) if isinstance(data, bytes) else io.StringIO(str(data))
        self.job.start(lambda _ticket: (name, joined(run, name, raw)))

    def _came(self, found: tuple[str, Any]) -> None:
        name, run = found
        self.message.hide()
        failures = run.comparison.failures
        if name in failures:
            self._failed(ValueError(failures[name]))
            return
        self.choice.state.model = name
        self.choice.retake(run)

    def _failed(self, error: Exception) -> None:
        advice = self.visit._("Mend the file and choose it again.")
        told = error.args[0] if error.args else ""
        if isinstance(told, Note):
            name = str(self.file.filename or "")[:80]
            text = in_language(told, self.visit.language)
            self.message.say("error", f"{name}: {text}" if name else text, advice)
            return
        self.message.failed(error, advice)

    def _say(self, error: BaseException | None) -> None:
        text = "" if error is None else escape(str(error)[:300])
        self.told.object = f'<div class="qc-note" role="alert">{text}</div>' if text else ""

    def refresh(self) -> None:
        """List the own forecasts that are in the comparison."""
        _, shown = self.visit._, self.choice.shown
        names = shown.names("own") if shown is not None else []
        if not names:
            self.rows.object = note(_("No forecast of your own is in the comparison yet."))
            return
        rows = [[forecast_name(name, self.visit)] for name in names]
        self.rows.object = table_html(_("Your forecasts"), [_("Forecast")], rows)

    @property
    def tabled(self) -> bool:
        """Whether there is a table to take away."""
        return self.choice.shown is not None and bool(self.choice.shown.names("own"))

    def table(self) -> pd.DataFrame:
        """Return the own forecasts, a column each."""
        shown = self.choice.shown
        if shown is None or not shown.names("own"):
            return pd.DataFrame()
        return shown.comparison.predictions[shown.names("own")].reset_index()
