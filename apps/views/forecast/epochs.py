"""Superposed epochs: anomalies before earthquakes beside matched times; how many tests."""

from __future__ import annotations

from typing import Any

import pandas as pd
import panel as pn
import panel_material_ui as pmui

from analysis.seismic.precursors import ANY, CORRECTIONS, Epochs, HypothesisRegister
from apps.views import atlas
from apps.views.earthquakes.joining import read_radii
from apps.views.forecast.epochsfigure import EpochsFigure
from apps.views.forecast.epochshypothesis import fields_of, outcome_of, outcome_text
from apps.views.forecast.epochstext import scale_table, summary
from apps.views.forecast.epochswork import Wish, examine
from apps.views.forecast.hypothesesname import (
    direction_names,
    pseudonym_of,
    read_days,
)
from apps.views.forecast.panel import ForecastPanel
from apps.views.forecast.selection import ForecastSelection
from apps.views.forecast.state import ForecastState
from apps.views.htmltables import grid, note
from apps.views.jobs import Job, progress_row
from apps.views.places import plain, read_number
from apps.views.styles import FIELD, styled

FIRST = 2


class EpochsPanel(ForecastPanel):
    """Which earthquakes, which variables, lags and radii; the course before; what passes."""

    name = "epochs"
    needs = False

    def __init__(self, visit: Any, selection: ForecastSelection):
        super().__init__(visit, selection)
        self.job = Job(self._came, self._failed, self._progress)
        self.found: Epochs | None = None
        self.wish: Wish | None = None
        self.who = pseudonym_of(selection, visit._)
        self.register = HypothesisRegister()
        self.who.param.watch(lambda _event: self.update(), "written")

    @property
    def title(self) -> str:
        """Name of the tab."""
        return str(self.visit._("Before earthquakes"))

    # widgets -------------------------------------------------------------------------------------

    def build(self) -> list[Any]:
        """Make the fields, the figure and the table."""
        _, language = self.visit._, self.visit.language
        self.layers = {
            key: layer for key, layer in atlas.grid_layers().items() if not layer.cube.static
        }
        titles = {
            f"{layer.name(language)} ({layer.title(language)})": key
            for key, layer in self.layers.items()
        }
        self.variables = pmui.MultiChoice(
            label=_("Variables"),
            options=titles,
            value=self._first(),
            sizing_mode="stretch_width",
            max_width=1000,
            margin=(6, 8),
        )
        self.magnitude = pmui.TextInput(
            label=_("Magnitude from"), value=plain(6.5, language), **FIELD | {"width": 160}
        )
        self.groups = pmui.Select(
            label=_("Groups"),
            options={
                _("tectonic regimes"): "regime",
                _("finer settings"): "setting",
                _("none"): "",
            },
            value="regime",
            **FIELD | {"width": 220},
        )
        self.lags = pmui.TextInput(
            label=_("Lags, days before (−)"),
            value="−120; −90; −60; −30; 0",
            **FIELD | {"width": 220},
        )
        self.radii = pmui.TextInput(label=_("Radii, km"), value="0; 300", **FIELD)
        directions = direction_names(_)
        self.direction = pmui.Select(
            label=_("Expected before"),
            options={text: key for key, text in directions.items()},
            value="two-sided",
            **FIELD,
        )
        names = {
            "holm": _("Holm: no false finding"),
            "benjamini-hochberg": _("Benjamini and Hochberg: few false among the findings"),
            "none": _("none (a pitfall)"),
        }
        self.correction = pmui.Select(
            label=_("Correction"),
            options={names[key]: key for key in CORRECTIONS},
            value="holm",
            **FIELD | {"width": 250},
        )
        self.hypothesis = pmui.Select(
            label=_("Hypothesis that is tested"),
            options={_("none"): 0},
            value=0,
            **FIELD | {"width": 330},
        )
        self.hypothesis.param.watch(self._fill, "value")
        self.start = pmui.Button(
            label=_("Test now"), variant="contained", size="small", margin=(10, 8)
        )
        self.start.on_click(lambda _event: self._begin())
        self.wait, self.bar, cancel = progress_row(self.visit, self._cancelled)
        cancel.on_click(lambda _event: self.start.focus())  # the button that was pressed goes
        self.words, self.rows, self.judged = styled(), grid(), styled()
        self.figure = EpochsFigure(self.visit)
        return [
            styled(self._why()),
            self.hypothesis,
            self.variables,
            pn.FlexBox(
                *(self.magnitude, self.groups, self.lags, self.radii, self.direction),
                *(self.correction, self.start),
                margin=0,
                align_items="center",
            ),
            pn.Column(self.wait, sizing_mode="stretch_width", margin=0),
            self.judged,
            self.words,
            pn.Column(self.figure.view, sizing_mode="stretch_width", margin=0),
            self.rows,
        ]

    def _first(self) -> list[str]:
        cubes: dict[str, str] = {}
        for key, layer in self.layers.items():
            cubes.setdefault(layer.cube.name, key)
        return list(cubes.values())[:FIRST]

    def _why(self) -> str:
        _ = self.visit._
        return note(
            _(
                "No satellite precursor of earthquakes is accepted as reliable. Here anomalies "
                "before earthquakes are compared with the same places and seasons in other years, "
                "away from other earthquakes. The more variables, lags, radii and groups are "
                "tried, the more of them stand out by chance: the correction counts them all. "
                "Write down what you expect before you look, in the tab of hypotheses."
            )
        )

    # work ----------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Offer the hypotheses of the register; say where there is nothing to test with."""
        _ = self.visit._
        if not self.layers:
            text = _("Open the explorer once: it prepares the starter data.")
            self.message.empty(_("There is no grid to join with."), text)
        here = {layer.variable for layer in self.layers.values()}
        known = [one for one in self.register.hypotheses() if set(one.variables) <= here]
        options = {_("none"): 0} | {
            f"{one.number}: {one.author}: {one.text[:60]}": one.number for one in known
        }
        if options != self.hypothesis.options:
            kept = self.hypothesis.value if self.hypothesis.value in options.values() else 0
            self.hypothesis.param.update(options=options, value=kept)

    def _fill(self, event: Any) -> None:
        """Put what a hypothesis says into the fields."""
        if not event.new:
            return
        fields = fields_of(self.register.hypothesis(event.new), self.layers, self.visit.language)
        for name, value in fields.items():
            getattr(self, name).value = value

    def _judge(self, found: Epochs) -> None:
        """Write down what the test says of the chosen hypothesis, and show it."""
        number = self.hypothesis.value
        if not number:
            self.judged.object = ""
            return
        told = self.register.hypothesis(number)
        outcome = outcome_of(told, found)
        self.register.result(number, author=self.who.value, outcome=outcome)
        self.who.written += 1
        self.judged.object = note(outcome_text(told, outcome, self.visit))

    def _asked(self) -> Wish | None:
        """Read the fields; None where one makes no sense, which it says itself."""
        _ = self.visit._
        magnitude = read_number(self.magnitude.value or "", 10)
        fine = magnitude is not None and magnitude >= 3
        self.magnitude.param.update(
            error_state=not fine, helper_text="" if fine else _("a number from 3 to 10")
        )
        lags = self._field(self.lags, read_days, _("up to 12 numbers from −3650 to 0"))
        radii = self._field(self.radii, read_radii, _("up to 5 numbers from 0 to 2000"))
        none = not self.variables.value
        self.variables.param.update(
            error_state=none, helper_text=_("choose at least one") if none else ""
        )
        if not fine or lags is None or radii is None or none:
            return None
        return Wish(
            self.choice.event_source,
            float(magnitude or 0.0),
            tuple(self.variables.value),
            self.groups.value,
            lags,
            tuple(sorted(radii)),
            self.direction.value,
            self.correction.value,
        )

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
        wish = self._asked()
        if wish is None:
            return
        self.message.hide()
        self.wish = wish
        self.bar.value = 0
        self.wait.visible = True
        who, register = self.who.value, self.register

        def work(ticket: Any) -> Epochs:
            found = examine(wish, ticket)
            # what is shown is written down first: a hypothesis written later is not beforehand
            groups = [ANY if one == "all" else one for one in found.table["group"].unique()]
            register.look(
                author=who, variables=wish.variables, groups=groups, what="epochs",
                details={"tests": found.tests, "events": wish.events, "from": wish.magnitude},
            )  # fmt: skip
            return found

        self.job.start(work)

    def _progress(self, done: int, total: int) -> None:
        self.bar.value = round(100 * done / max(total, 1))

    def _cancelled(self, _event: Any) -> None:
        self.job.cancel()
        self.wait.visible = False
        self.message.say("info", self.visit._("Stopped. What was finished stays."))

    def _failed(self, error: Exception) -> None:
        self.wait.visible = False
        self.message.failed(error)

    def _came(self, found: Epochs) -> None:
        self.wait.visible = False
        self.found = found
        self.who.written += 1
        self.figure.show(found, self._names())
        self.words.object = summary(found, self.visit)
        self.rows.object = scale_table(found, self._names(), self.visit)
        self._judge(found)

    def _names(self) -> dict[str, str]:
        """Return name of a variable in the results -> what the reader calls it."""
        if self.wish is None:
            return {}
        language, found = self.visit.language, {}
        for key, name in zip(self.wish.keys, self.found.units if self.found else [], strict=False):
            found[name] = self.layers[key].name(language)
        return found

    # what is shown -------------------------------------------------------------------------------

    # files ---------------------------------------------------------------------------------------

    @property
    def tabled(self) -> bool:
        """Whether there is a table to take away."""
        return self.found is not None

    def table(self) -> pd.DataFrame:
        """Return a row for each test."""
        return pd.DataFrame() if self.found is None else self.found.table

    def about(self) -> dict[str, Any]:
        """Say what was tested, and what is simulated."""
        about = super().about()
        about.pop("settings", None)
        if self.found is not None and self.wish is not None:
            found = self.found
            about |= {
                "tests": str(found.tests),
                "correction": found.correction,
                "notes": " ".join(found.notes),
            }
            if found.simulated:
                about["simulated"] = True
        return about


def epochs_panel(visit: Any, selection: ForecastSelection | None = None) -> Any:
    """Return the panel by itself.

    Parameters
    ----------
    visit
        The visitor.
    selection
        Whose events are tested; None for the packaged ones.

    Returns
    -------
    panel.viewable.Viewable
        The panel.
    """
    return EpochsPanel(visit, selection or ForecastSelection(ForecastState())).view
