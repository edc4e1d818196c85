"""What the panels of the forecast page share: their files, their colours, what they wait for."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from bokeh.models import CustomJSTickFormatter

from analysis.seismic.forecasting.statement import leaky_statement, statement
from apps.views.charts import NUMBER
from apps.views.earthquakes.downloads import TableButtons
from apps.views.earthquakes.panelkit import Panel
from apps.views.forecast.selection import ForecastSelection
from apps.views.mapfigure import POINT_COLOURS

DASHES = ("solid", "dashed", "dotted", "dotdash", "dashdot", "solid")
COLOURS = (*POINT_COLOURS, "#7b3294", "#4d4d4d", "#a6761d", "#1b9e77", "#c51b7d", "#2c7fb8")


class ForecastButtons(TableButtons):
    """Files of a panel of this page."""

    page = "forecast"


class ForecastPanel(Panel):
    """A panel that shows nothing until there is a comparison; every file has the statement."""

    buttons = ForecastButtons
    needs = True
    leaked = False
    """Whether it may show scores of parts that were drawn at random."""

    def __init__(self, visit: Any, selection: ForecastSelection):
        super().__init__(visit, selection)  # type: ignore[arg-type]
        self.choice = selection
        self._hidden: list[tuple[Any, bool]] = []

    def about(self) -> dict[str, Any]:
        """Say where the table comes from, and what must be known with it."""
        return about_forecast(self.choice, self.title, self.visit.language)

    @property
    def tabled(self) -> bool:
        """Whether there is a table to take away."""
        return True

    @cached_property
    def view(self) -> Any:
        """The panel, built at the first look; what there is to say stands above its parts."""
        made = super().view
        made[:] = [made[0], self.message.pane, *self.parts, self.downloads.panel]
        return made

    def update(self) -> None:
        """Show the comparison of the moment, or that there is none yet."""
        if not self._ready:
            return
        leaky = self.choice.leaky and not self.leaked
        there = not self.needs or (self.choice.ready and not leaky)
        if not there and not self._hidden:
            self._hidden = [(part, part.visible) for part in self.parts]
            for part in self.parts:
                part.visible = False
        elif there:
            for part, visible in self._hidden:
                part.visible = visible
            self._hidden = []
        if there:
            self.message.hide()
            super().update()
            self.downloads.panel.visible = self.tabled
        elif leaky and self.choice.ready:
            self.downloads.panel.visible = False
            self._mark()
            self.message.say("empty", leaky_statement(self.visit.language))
        else:
            self.downloads.panel.visible = False
            self._mark()
            self.message.empty(
                self.visit._("No forecast has been made of this choice yet."),
                self.visit._("Choose in the menu on the left, then press “Train and compare”."),
            )


def write_numbers(figure: Any, *axes: str) -> None:
    """Let axes ("x", "y") of a figure have the decimal sign of the page, and a true minus."""
    for axis in axes or ("x", "y"):
        for one in getattr(figure, f"{axis}axis"):
            one.formatter = CustomJSTickFormatter(code=NUMBER)


def about_forecast(selection: ForecastSelection, title: str, language: str) -> dict[str, Any]:
    """Say where numbers of the page come from, as `analysis.outputs.table_csv` takes it."""
    about: dict[str, Any] = {"title": title, "statement": statement(language)}
    found = selection.catalogue
    if found is not None:
        about["source"] = found.title(language)
        about["citation"], about["licence"] = found.citation, found.licence
    if selection.run is not None:
        about["settings"] = selection.run.settings.key()
    if selection.simulated:
        about["simulated"] = True
    return about


def forecast_colours(names: list[str]) -> dict[str, tuple[str, str]]:
    """Return forecast -> colour and dash, the same as long as the names are.

    >>> list(forecast_colours(["b", "a"]))
    ['a', 'b']
    """
    ordered = sorted(names)
    return {
        name: (COLOURS[place % len(COLOURS)], DASHES[_dash(place)])
        for place, name in enumerate(ordered)
    }


def _dash(place: int) -> int:
    """Return which dash a line has: another one each time that the colours come again."""
    return (place + place // len(COLOURS)) % (len(DASHES) - 1)
