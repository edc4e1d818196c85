"""Hypotheses written down before the data are looked at: the register and its form."""

from __future__ import annotations

from typing import Any

import pandas as pd
import panel as pn
import panel_material_ui as pmui

from analysis.language import MISSING, format_number, format_time
from analysis.seismic.precursors import ANY, DIRECTIONS, Hypothesis, HypothesisRegister
from apps.views import atlas
from apps.views.forecast.hypothesesname import (
    direction_names,
    group_names,
    pseudonym_of,
    read_days,
)
from apps.views.forecast.panel import ForecastPanel
from apps.views.forecast.selection import ForecastSelection
from apps.views.forecast.state import ForecastState
from apps.views.htmltables import grid, note, table_html
from apps.views.places import read_number
from apps.views.styles import FIELD, styled

SHOWN = 100
_TEXT = (10, 2000)


class HypothesesPanel(ForecastPanel):
    """A form for one hypothesis, and the register: which were written beforehand."""

    name = "hypotheses"
    needs = False

    def __init__(self, visit: Any, selection: ForecastSelection):
        super().__init__(visit, selection)
        self.register = HypothesisRegister()
        self.who = pseudonym_of(selection, visit._)
        self.who.param.watch(lambda _event: self.update(), "written")

    @property
    def title(self) -> str:
        """Name of the tab."""
        return str(self.visit._("Hypotheses"))

    # widgets -------------------------------------------------------------------------------------

    def build(self) -> list[Any]:
        """Make the form and the table."""
        _, language = self.visit._, self.visit.language
        layers = {key: layer for key, layer in atlas.grid_layers().items() if not layer.cube.static}
        mark = f" ({_('simulated')})"
        self.names = {
            layer.variable: f"{layer.name(language)}{mark if layer.simulated else ''}"
            for layer in layers.values()
        }
        self.author = pmui.TextInput(
            label=_("Pseudonym (not your name)"), value=self.who.value, **FIELD | {"width": 230}
        )
        self.author.param.watch(self._named, "value")
        self.text = pmui.TextAreaInput(
            label=_("What do you expect, and why?"),
            value="",
            rows=3,
            max_length=_TEXT[1],
            sizing_mode="stretch_width",
            max_width=1000,
            margin=(6, 8),
        )
        self.variables = pmui.MultiChoice(
            label=_("Variables"),
            options={name: key for key, name in self.names.items()},
            value=[],
            sizing_mode="stretch_width",
            max_width=640,
            margin=(6, 8),
        )
        groups = group_names(_)
        self.groups = pmui.Select(
            label=_("Earthquakes"),
            options={text: key for key, text in groups.items()},
            value=ANY,
            **FIELD | {"width": 210},
        )
        directions = direction_names(_)
        self.direction = pmui.Select(
            label=_("Expected before"),
            options={directions[key]: key for key in DIRECTIONS},
            value="greater",
            **FIELD,
        )
        self.lags = pmui.TextInput(
            label=_("From and to, days before (−)"), value="−30; 0", **FIELD | {"width": 220}
        )
        self.radius = pmui.TextInput(label=_("Within, km"), value="300", **FIELD)
        self.write = pmui.Button(
            label=_("Write down"), variant="contained", size="small", margin=(10, 8)
        )
        self.write.on_click(lambda _event: self._write())
        self.state, self.rows = styled(), grid()
        return [
            styled(self._why()),
            pn.FlexBox(self.author, margin=0),
            self.text,
            self.variables,
            pn.FlexBox(
                *(self.groups, self.direction, self.lags, self.radius, self.write),
                margin=0,
                align_items="center",
            ),
            self.state,
            self.rows,
        ]

    def _why(self) -> str:
        _ = self.visit._
        return note(
            _(
                "No satellite precursor of earthquakes is accepted as reliable; many were seen "
                "only after the earthquakes. A hypothesis counts if it is written down before "
                "the data are looked at. The register only grows: nothing in it is changed or "
                "deleted, and every look at the data is an entry too. It keeps your pseudonym, "
                "your words and the time, and is seen by all who use this installation."
            )
        )

    def _named(self, event: Any) -> None:
        self.who.value = str(event.new or "")

    # writing -------------------------------------------------------------------------------------

    def _write(self) -> None:
        _ = self.visit._
        told = self._asked()
        if told is None:
            return
        try:
            self.register.write(str(self.text.value), **told)
        except ValueError as error:
            self.message.failed(error)
            return
        self.text.value = ""
        self.who.written += 1
        self.message.say("info", _("Written down. Now the data may be looked at."))

    def _asked(self) -> dict[str, Any] | None:
        """Read the form; None where a field makes no sense, which it says itself."""
        _ = self.visit._
        words = len(" ".join((self.text.value or "").split()))
        good = {
            self.text: (_TEXT[0] <= words <= _TEXT[1], _("10 to 2,000 characters")),
            self.variables: (bool(self.variables.value), _("choose at least one")),
        }
        name = " ".join((self.author.value or "").split())
        plain = "@" not in name and sum(one.isdigit() for one in name) <= 4
        good[self.author] = (
            2 <= len(name) <= 40 and plain,
            _("2 to 40 characters, no address, no telephone number"),
        )
        try:
            lags = read_days(self.lags.value or "", 2)
        except ValueError:
            lags = ()
        good[self.lags] = (bool(lags), _("one or two numbers from −3650 to 0"))
        radius = read_number(self.radius.value or "", 5000)
        good[self.radius] = (radius is not None and radius >= 0, _("a number from 0 to 5000"))
        for widget, (fine, wrong) in good.items():
            if hasattr(widget, "error_state"):
                widget.error_state = not fine
            if hasattr(widget, "helper_text"):
                widget.helper_text = "" if fine else wrong
        if not all(fine for fine, _wrong in good.values()):
            return None
        return {
            "author": name,
            "variables": list(self.variables.value),
            "groups": [self.groups.value],
            "direction": self.direction.value,
            "lags_days": (lags[0], lags[-1]),
            "radius_km": float(radius or 0.0),
        }

    # the register --------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show the register of the moment."""
        _, language = self.visit._, self.visit.language
        found = self.register.hypotheses()
        looks = self.register.looks()
        try:
            entries = self.register.check()
        except ValueError as error:
            self.message.failed(error)
            entries = len(found) + len(looks)
        first = sum(one.beforehand for one in found)
        parts = [
            _(
                "Hypotheses: {count}; written beforehand: {first}; looks at the data: {looks}."
            ).format(
                count=format_number(len(found), language, 0),
                first=format_number(first, language, 0),
                looks=format_number(len(looks), language, 0),
            )
        ]
        if entries and self.message.kind != "error":
            parts.append(
                _("The register is unchanged; entries in all: {count}.").format(
                    count=format_number(entries, language, 0)
                )
            )
        self.state.object = note(" ".join(parts))
        self.rows.object = self._table(found[:SHOWN]) if found else ""

    def _table(self, found: list[Hypothesis]) -> str:
        _ = self.visit._
        heads = [
            _("Number"),
            _("Written (UTC)"),
            _("Pseudonym"),
            _("Hypothesis"),
            _("Variables"),
            _("Earthquakes"),
            _("Expected before"),
            _("Days"),
            _("Written beforehand"),
            _("Last test"),
        ]
        last = {one["hypothesis"]: one for one in self.register.results()}
        rows = [self._row(one, last.get(one.number)) for one in found]
        return table_html(_("Register of hypotheses"), heads, rows, words=(1, 2, 3, 4, 5, 6, 8, 9))

    def _row(self, one: Hypothesis, last: dict[str, Any] | None) -> list[str]:
        _, language = self.visit._, self.visit.language
        groups, directions = group_names(_), direction_names(_)
        days = [format_number(day, language, 0)
                for day in (one.first_lag_days, one.last_lag_days)]  # fmt: skip
        return [
            str(one.number),
            format_time(one.time, language),
            one.author,
            one.text,
            ", ".join(self._variable(name) for name in one.variables),
            ", ".join(groups.get(name, name) for name in one.groups),
            directions.get(one.direction, MISSING),
            f"{days[0]} … {days[1]}",
            self._status(one),
            self._result(last),
        ]

    def _result(self, last: dict[str, Any] | None) -> str:
        _, language = self.visit._, self.visit.language
        if last is None or not last.get("tests"):
            return MISSING
        text = _("{verdict}, p {p}")
        return str(
            text.format(
                verdict=_("it passes") if last["passes"] else _("it does not pass"),
                p=format_number(float(last["p_adjusted"]), language, 3),
            )
        )

    def _variable(self, name: str) -> str:
        return str(self.visit._("all")) if name == ANY else self.names.get(name, name)

    def _status(self, one: Hypothesis) -> str:
        _, language = self.visit._, self.visit.language
        if one.looked_before is None:
            return str(_("yes"))
        when = format_time(one.looked_before, language)
        if one.own_look_before is not None:
            return str(_("no: looked at by the same pseudonym before")).strip()
        return str(_("no: these data were looked at on {time}").format(time=when))

    # files ---------------------------------------------------------------------------------------

    def table(self) -> pd.DataFrame:
        """Return the register, newest first."""
        return pd.DataFrame(
            [
                {
                    "number": one.number,
                    "time": one.time,
                    "author": one.author,
                    "hypothesis": one.text,
                    "variables": " ".join(one.variables),
                    "groups": ", ".join(one.groups),
                    "direction": one.direction,
                    "first_lag_days": one.first_lag_days,
                    "last_lag_days": one.last_lag_days,
                    "radius_km": one.radius_km,
                    "beforehand": one.beforehand,
                    "looked_before": one.looked_before,
                }
                for one in self.register.hypotheses()
            ]
        )

    def about(self) -> dict[str, Any]:
        """Say what the file is."""
        about = super().about()
        for key in ("source", "citation", "licence", "settings", "simulated"):
            about.pop(key, None)
        return about


def hypotheses_panel(visit: Any, selection: ForecastSelection | None = None) -> Any:
    """Return the panel by itself.

    Parameters
    ----------
    visit
        The visitor.
    selection
        What the panels of a session share; None for a session without others.

    Returns
    -------
    panel.viewable.Viewable
        The panel.
    """
    return HypothesesPanel(visit, selection or ForecastSelection(ForecastState())).view
