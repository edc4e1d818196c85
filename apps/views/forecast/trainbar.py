"""The button that trains, how far it is, and what is to be known of what will be trained."""

from __future__ import annotations

import time
from collections.abc import Callable
from html import escape
from typing import Any

import panel as pn
import panel_material_ui as pmui

from analysis.language import format_date, format_number
from analysis.seismic.forecasting.choices import CATALOGUE, split_times
from analysis.seismic.forecasting.statement import leaky_statement
from analysis.sources.regions import region
from apps.views.forecast.choices import feature_groups, settings_of
from apps.views.forecast.training import Training, trainer
from apps.views.forecast.words import forecast_name, model_names
from apps.views.jobs import later
from apps.views.notices import failed
from apps.views.styles import styled

STYLE = """
.qp-plan { font-size: 12.5px; line-height: 1.45; color: var(--qc-muted); margin: 0;
  padding: 2px 0; }
.qp-plan b { color: var(--qc-text); font-weight: 600; }
"""

FOCUS = {"&:focus-visible": {"outline": "3px solid", "outlineOffset": "2px"}}
TWICE_S = 0.7
"""A second press that comes sooner belongs to the first one, and stops nothing."""


class TrainBar:
    """Starts, follows and stops the training of what was chosen.

    Parameters
    ----------
    visit, state
        The visitor and his choices.
    take : callable
        Takes a run, finished or not; None where there is none.
    """

    def __init__(self, visit: Any, state: Any, take: Callable[[Any], None]):
        _ = visit._
        self.visit, self.state, self._take = visit, state, take
        self.training: Training | None = None
        self._document: Any = None
        self._told = -1
        self.button = pmui.Button(
            label=_("Train and compare"),
            icon="model_training",
            variant="contained",
            sizing_mode="stretch_width",
            margin=(10, 12, 4, 12),
            sx=FOCUS,
        )
        self.button.on_click(lambda _event: self.pressed())
        self._begun, self._done = 0.0, False
        self.bar = pmui.LinearProgress(
            value=0, variant="determinate", sizing_mode="stretch_width", margin=(8, 12)
        )
        self.words = styled(stylesheets=[STYLE], margin=(0, 12))
        self.row = pn.Column(self.bar, visible=False, sizing_mode="stretch_width", margin=0)
        self.problem = pn.Column(visible=False, sizing_mode="stretch_width", margin=(0, 12))
        self.panel = pn.Column(
            self.button, self.row, self.words, self.problem, sizing_mode="stretch_width", margin=0
        )

    # what is chosen ------------------------------------------------------------------------------

    def look(self) -> None:
        """Say what would be trained; show it at once where it has been."""
        self._leave()
        self.problem.visible = False
        try:
            settings = settings_of(self.state)
            self.words.object = self._plan(settings)
            found = trainer.find(settings)
            if found is not None and found.busy:
                self.start()
                return
            run = trainer.stored(settings)
        except ValueError as error:
            self._fail(error)
            self._take(None)
            return
        self._idle(done=run is not None)
        self._take(run)

    def _plan(self, settings: Any) -> str:
        """Write target, cells, windows and models."""
        _, language = self.visit._, self.visit.language
        times, lattice = settings.issue_times, settings.lattice
        first, last = (format_date(one, language) for one in settings.period)
        text = _(
            "Target: an earthquake of M ≥ {magnitude} in a cell of {side}° within {days} days. "
            "{cells} cells, {windows} windows, {first} to {last}; those from {test} on judge. "
            "Models: {models}."
        )
        if settings.learn_from:
            where = region(settings.learn_from).names[language]
            told = _("Models learn from: {region}; the region is too small to teach them alone.")
            text += f" {told.format(region=where)}"
        if settings.leaky:
            text += f" {leaky_statement(language)}"
        if settings.features != (CATALOGUE,):
            known = feature_groups(self.visit)
            told = ", ".join(known.get(one, one) for one in settings.features)
            text += f" {_('Features')}: {told}."
        names = model_names(_)
        days = settings.horizon.removesuffix("D")
        made = f'<p class="qp-plan">{escape(text)}</p>'.format(
            magnitude=f"<b>{format_number(settings.magnitude, language, 1)}</b>",
            side=format_number(settings.resolution, language),
            days=days,
            cells=format_number(lattice.size, language, 0),
            windows=format_number(len(times), language, 0),
            first=escape(first),
            last=escape(last),
            test=escape(format_date(split_times(settings)["test"], language)),
            models=escape(", ".join(names.get(one, one) for one in settings.models)),
        )
        return made.replace(".. ", ". ")  # a date may end in a full stop itself

    # work ----------------------------------------------------------------------------------------

    def pressed(self) -> None:
        """Start, or stop what runs: one button, so that the keyboard's focus stays where it is."""
        if self.training is not None:
            if time.monotonic() - self._begun > TWICE_S:
                self.stop()
        elif not self._done:
            self.start()

    def start(self) -> None:
        """Train what is chosen, or follow whoever trains it."""
        self._leave()
        self.problem.visible = False
        try:
            settings = settings_of(self.state)
        except ValueError as error:
            self._fail(error)
            return
        self._document = pn.state.curdoc
        self._told = -1
        self.row.visible, self._begun = True, time.monotonic()
        self.button.param.update(label=self.visit._("Cancel"), icon="stop", variant="outlined")
        self.bar.param.update(value=0, variant="indeterminate")
        self._say(self.visit._("Waiting for another training of this server…"))
        self.training = trainer.start(settings, self._heard)
        if not self.training.busy:  # it ended before it could be followed
            self._show(self.training)

    def _leave(self) -> None:
        if self.training is not None:
            self.training.leave(self._heard)
            self.training = None

    def stop(self) -> None:
        """Stop; what is finished is kept."""
        if self.training is not None:
            trainer.cancel(self.training, self._heard)
            self.training = None
        self._idle(done=False)
        self._say(self.visit._("Stopped; what is finished is kept."))

    def _heard(self, training: Training) -> None:
        later(self._document, lambda: self._show(training))

    def _show(self, training: Training) -> None:
        if training is not self.training:
            return
        _ = self.visit._
        if training.run is not None and id(training.run) != self._told:
            self._told = id(training.run)
            self._take(training.run)
        if training.state == "running":
            share = round(100 * training.done / max(training.total, 1))
            self.bar.param.update(value=share, variant="determinate")
            self._say(self._step(training))
        elif not training.busy:
            self._idle(done=training.state == "done")
            if training.error is not None:
                self._fail(training.error)
            elif training.state == "done":
                self._say(_("Trained; the same choice is shown at once from now on."))
            self.training = None

    def _step(self, training: Training) -> str:
        """Return what is being done, with the names of the page."""
        _ = self.visit._
        steps = {
            "events": _("Reading the earthquakes"),
            "rows": _("Choosing the rows"),
            "features": _("Computing the features"),
            "baselines": _("Scoring the baselines"),
            "": _("Almost there"),
        }
        text = training.text
        return steps.get(text) or _("Now: {step}").format(step=forecast_name(text, self.visit))

    def _idle(self, *, done: bool) -> None:
        _ = self.visit._
        self.row.visible = False
        self._done = done
        self.button.param.update(
            label=_("Trained") if done else _("Train and compare"),
            icon="check" if done else "model_training",
            variant="outlined" if done else "contained",
        )

    def _say(self, text: str) -> None:
        plan = self.words.object.split("<!---->")[0]
        note = f'<p class="qp-plan" role="status"><b>{escape(text)}</b></p>'
        self.words.object = f"{plan}<!---->{note}"

    def _fail(self, error: BaseException) -> None:
        self.problem[:] = [failed(self.visit, error)]
        self.problem.visible = True
