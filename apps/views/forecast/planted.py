"""A precursor planted into a simulated world: found by the models where it is, not where it is not.

For students: what the whole chain of work makes of a precursor of known strength, and of none.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import panel as pn
import panel_material_ui as pmui
from bokeh.models import FactorRange, HoverTool, Span

from analysis.language import format_number
from apps.views.charts import BLUE, ORANGE, chart, late, source
from apps.views.forecast.panel import ForecastPanel, write_numbers
from apps.views.forecast.plantedwork import Found, Wish, run
from apps.views.forecast.selection import ForecastSelection
from apps.views.forecast.state import ForecastState
from apps.views.forecast.words import model_names, signed, simulated_mark
from apps.views.htmltables import grid, note, table_html
from apps.views.jobs import Job, later, progress_row
from apps.views.places import read_number
from apps.views.sliders import decimals
from apps.views.styles import FIELD, styled

HALF = {"flex": "1 1 420px", "min-width": "min(100%, 320px)"}
QUICK = ("LogisticRegression", "XGBoost")
WORLDS = 10_000


class PlantedPanel(ForecastPanel):
    """Strength, world and models; the anomaly before events; what it adds to each model."""

    name = "planted"
    needs = False

    def __init__(self, visit: Any, selection: ForecastSelection):
        super().__init__(visit, selection)
        self.job = Job(self._came, self._failed, self._progress)
        self.found: Found | None = None

    @property
    def title(self) -> str:
        """Name of the tab."""
        return str(self.visit._("Planted precursor"))

    # widgets -------------------------------------------------------------------------------------

    def build(self) -> list[Any]:
        """Make the choices, the two figures and the table."""
        _ = self.visit._
        self.strength = pmui.FloatSlider(
            label=_("Strength, standard deviations"),
            start=0.0,
            end=5.0,
            step=0.5,
            value=3.0,
            format=decimals(1),
            width=280,
            margin=(6, 20, 6, 16),
        )
        self.seed = pmui.TextInput(label=_("World, number"), value="0", **FIELD | {"width": 130})
        self.models = pmui.MultiChoice(
            label=_("Models"),
            options={title: key for key, title in self._models().items()},
            value=list(QUICK),
            sizing_mode="stretch_width",
            max_width=640,
            margin=(6, 8),
        )
        self.start = pmui.Button(
            label=_("Simulate and learn"), variant="contained", size="small", margin=(10, 8)
        )
        self.start.on_click(lambda _event: self._begin())
        self.wait, self.bar, cancel = progress_row(self.visit, self._cancelled)
        cancel.on_click(lambda _event: self.start.focus())  # the button that was pressed goes
        self.words, self.rows = styled(), grid()
        self._course()
        self._gains()
        more = _(
            "First figure: the mean anomaly at the epicentres; with the precursor it is above 0 at "
            "other times too, for where earthquakes are frequent another one is always near. "
            "Second: what the anomaly adds to each model on years that it has not seen; circles "
            "with the precursor, squares without, lines are 95 % intervals."
        )
        figures = pn.FlexBox(self.course_box, self.gain_box, sizing_mode="stretch_width", margin=0)
        self.below = pn.Column(
            figures, styled(note(more)), visible=False, sizing_mode="stretch_width", margin=0
        )
        return [
            styled(f'<div class="qc-note">{simulated_mark(self.visit)}</div>{self._why()}'),
            pn.FlexBox(self.strength, self.seed, self.models, margin=0, align_items="center"),
            pn.FlexBox(self.start, margin=0),
            pn.Column(self.wait, sizing_mode="stretch_width", margin=0),
            self.words,
            pn.Column(self.below, sizing_mode="stretch_width", margin=0),
            self.rows,
        ]

    def _models(self) -> dict[str, str]:
        names = model_names(self.visit._)
        return {key: names[key] for key in names if key != "Recurrent"}

    def _why(self) -> str:
        _ = self.visit._
        return note(
            _(
                "No satellite precursor of earthquakes is accepted as reliable. Here one is "
                "planted: earthquakes are simulated, and an anomaly that rises before each of "
                "them, for 20 days and up to 200 km around. The models learn from past "
                "earthquakes alone, and from them and the anomaly, with the same work as on real "
                "data. A method is worth something if it finds what was planted, and finds "
                "nothing where nothing was planted."
            )
        )

    def _course(self) -> None:
        _ = self.visit._
        self.course = chart(
            _("Mean anomaly before and after earthquakes"),
            _("Days from the earthquake"),
            _("Anomaly, standard deviations"),
            height=300,
        )
        self.lines = {
            "planted": source("x", "y"),
            "none": source("x", "y"),
        }
        labels = {"planted": _("with precursor"), "none": _("without")}
        for key, colour, dash in (("planted", ORANGE, "solid"), ("none", BLUE, "dashed")):
            self.course.line(
                "x", "y", source=self.lines[key], color=colour, line_width=2, line_dash=dash,
                legend_label=labels[key],
            )  # fmt: skip
            self.course.scatter("x", "y", source=self.lines[key], color=colour, size=5)
        self.course.add_layout(Span(dimension="height", location=0, line_color="#8aa0a8"))
        legend = self.course.legend[0]
        legend.orientation = "horizontal"
        self.course.add_layout(legend, "above")
        write_numbers(self.course, "x")
        self.course_box = late(self.course, styles=HALF)

    def _gains(self) -> None:
        _ = self.visit._
        self.range = FactorRange(factors=[])
        self.gains = chart(
            _("What the anomaly adds to each model, with intervals"),
            _("Gain per earthquake, nats"),
            "",
            height=300,
            y_range=self.range,
            y_axis_type="auto",
        )
        self.dots = {key: source("y", "gain", "low", "high", "text") for key in ("planted", "none")}
        marks = {"planted": ("circle", ORANGE), "none": ("square", BLUE)}
        for key, (marker, colour) in marks.items():
            data = self.dots[key]
            self.gains.segment("low", "y", "high", "y", source=data, color=colour, line_width=3)
            drawn = self.gains.scatter(
                "gain", "y", source=data, color=colour, marker=marker, size=9
            )
            self.gains.add_tools(HoverTool(renderers=[drawn], tooltips=[("", "@text")]))
        self.gains.add_layout(Span(dimension="height", location=0, line_color="#8aa0a8"))
        write_numbers(self.gains, "x")
        self.gain_box = late(self.gains, styles=HALF)

    # work ----------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Keep what is shown: it does not depend on the page."""

    def _wish(self) -> Wish | None:
        _ = self.visit._
        number = read_number(self.seed.value or "", WORLDS)
        fine = number is not None and number >= 0 and number == int(number)
        self.seed.param.update(
            error_state=not fine,
            helper_text="" if fine else _("a whole number from 0 to {most}").format(most=WORLDS),
        )
        none = not self.models.value
        self.models.param.update(
            error_state=none, helper_text=_("choose at least one") if none else ""
        )
        if not fine or none or number is None:
            return None
        order = [key for key in self._models() if key in self.models.value]
        return Wish(float(self.strength.value), int(number), tuple(order))

    def _begin(self) -> None:
        wish = self._wish()
        if wish is None:
            return
        self.message.hide()
        self.bar.value = 0
        self.wait.visible = True
        document = pn.state.curdoc

        def work(ticket: Any) -> Found:
            def partial(found: Found) -> None:
                later(document, lambda: None if ticket.cancelled else self._show(found))

            return run(wish, ticket, partial)

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

    def _came(self, found: Found) -> None:
        self.wait.visible = False
        self._show(found)
        if found.failures:
            text = "; ".join(f"{name}: {why}" for name, why in found.failures.items())
            self.message.say("info", self.visit._("Some models could not learn."), detail=text)

    # what is shown -------------------------------------------------------------------------------

    def _show(self, found: Found) -> None:
        _ = self.visit._
        self.found = found
        strength = found.wish.strength
        for key, value in (("planted", strength), ("none", 0.0)):
            line = found.courses.get(value)
            if line is None or (key == "planted" and strength == 0):
                self.lines[key].data = {"x": [], "y": []}
            else:
                self.lines[key].data = {"x": list(line.index), "y": list(line)}
        names = self._models()
        self.range.factors = [names[one] for one in reversed(found.wish.models)]
        for key, value in (("planted", strength), ("none", 0.0)):
            part = self._part(value) if key == "none" or strength > 0 else pd.DataFrame()
            shift = 0.15 if key == "planted" else -0.15
            self.dots[key].data = {
                "y": [(names[one], shift) for one in part.index],
                **{end: part.get(f"gain{mark}", pd.Series(dtype=float)).tolist()
                   for end, mark in (("gain", ""), ("low", "_low"), ("high", "_high"))},
                "text": [self._interval(row, "gain") for _name, row in part.iterrows()],
            }  # fmt: skip
        self.below.visible = True
        for box, drawn, name in (
            (self.course_box, self.lines, "x"),
            (self.gain_box, self.dots, "y"),
        ):
            box.visible = any(len(one.data[name]) for one in drawn.values())
        self._table()
        self._say()

    def _part(self, strength: float) -> pd.DataFrame:
        if self.found is None or self.found.rows.empty:
            return pd.DataFrame()
        rows = self.found.rows
        inside = rows.index.get_level_values("strength") == strength
        return rows[inside].droplevel("strength")

    def _interval(self, row: Any, name: str) -> str:
        language = self.visit.language
        value, low, high = (
            signed(float(row[f"{name}{end}"]), "information_gain", language)
            for end in ("", "_low", "_high")
        )
        return f"{value} ({low} … {high})"

    def _table(self) -> None:
        _, found = self.visit._, self.found
        if found is None or found.rows.empty:
            self.rows.object = ""
            return
        names, rows = self._models(), []
        for place, row in found.rows.iterrows():
            strength, model = list(place)  # type: ignore[call-overload]
            rows.append(
                [
                    names[str(model)],
                    self._number(float(strength), 1),
                    self._number(row["base"], 3),
                    self._number(row["whole"], 3),
                    self._interval(row, "gain"),
                    self._interval(row, "placebo_gain"),
                    self._verdict(row),
                ]
            )
        heads = [
            _("Model"),
            _("Strength"),
            _("Past earthquakes alone"),
            _("With the anomaly"),
            _("The anomaly adds"),
            _("More than shuffled"),
            _("Verdict"),
        ]
        caption = _("Information gain over a uniform forecast, nats per earthquake")
        self.rows.object = table_html(caption, heads, rows, words=(6,))

    def _verdict(self, row: Any) -> str:
        _ = self.visit._
        if bool(row["found"]):
            return str(_("found"))
        if row["gain_low"] <= 0 <= row["gain_high"]:
            return str(_("nothing shown: the interval holds 0"))
        return str(_("a little worse with it")) if row["gain"] < 0 else str(_("not confirmed"))

    def _number(self, value: float, digits: int) -> str:
        return format_number(float(value), self.visit.language, digits)

    def _say(self) -> None:
        _, found = self.visit._, self.found
        if found is None:
            return
        parts = [
            _("{count} simulated earthquakes of magnitude 5 and more in 26 years.").format(
                count=format_number(found.events, self.visit.language, 0)
            )
        ]
        planted, none = self._part(found.wish.strength), self._part(0.0)
        if len(planted) and found.wish.strength > 0:
            parts.append(
                _("Planted with strength {strength}: found by {hits} of {count} models.").format(
                    strength=self._number(found.wish.strength, 1),
                    hits=int(planted["found"].sum()),
                    count=len(planted),
                )
            )
        if len(none):
            inside = (none["gain_low"] <= 0) & (none["gain_high"] >= 0)
            parts.append(
                _(
                    "Without precursor: the interval holds 0 for {hits} of {count} models. Of "
                    "twenty such intervals about one leaves out 0 by chance: try other worlds."
                ).format(hits=int(inside.sum()), count=len(none))
            )
        self.words.object = note(" ".join(parts))

    # files ---------------------------------------------------------------------------------------

    @property
    def tabled(self) -> bool:
        """Whether there is a table to take away."""
        return self.found is not None and not self.found.rows.empty

    def table(self) -> pd.DataFrame:
        """Return a row for each strength and model."""
        if self.found is None or self.found.rows.empty:
            return pd.DataFrame()
        return self.found.rows.reset_index()

    def about(self) -> dict[str, Any]:
        """Say that all of it is simulated."""
        about = super().about()
        for key in ("source", "citation", "licence", "settings"):
            about.pop(key, None)
        about |= {"source": "Qazcube simulator", "licence": "CC0-1.0", "simulated": True}
        if self.found is not None:
            about["seed"] = str(self.found.wish.seed)
        return about


def planted_panel(visit: Any) -> Any:
    """Return the panel by itself, for a page without a forecast.

    Parameters
    ----------
    visit
        The visitor.

    Returns
    -------
    panel.viewable.Viewable
        The panel.
    """
    return PlantedPanel(visit, ForecastSelection(ForecastState())).view
