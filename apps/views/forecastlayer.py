"""Forecasts as a layer of the explorer: its titles, and what it says of the clicked cells."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np

from analysis.cubes import Cube
from analysis.language import LANGUAGES, format_date, format_number
from analysis.seismic.forecasting.layernames import PROBABILITY, SMOOTHED, is_forecast
from analysis.seismic.forecasting.statement import statement
from apps.views.clock import number
from apps.views.forecast.words import forecast_name
from apps.views.state import Point, ViewState
from apps.views.styles import styled


def forecast_titles(cube: Cube) -> dict[str, str]:
    """Return the titles of a cube of forecasts by language; empty for any other cube.

    Parameters
    ----------
    cube : Cube
        Any.

    Returns
    -------
    dict
        kk, ru, en.
    """
    if not is_forecast(cube):
        return {}
    about = cube.about
    return {language: str(about[f"title_{language}"]) for language in LANGUAGES}


def window_text(cube: Cube, index: int, language: str) -> str:
    """Write the window of a forecast: its first and last day.

    Parameters
    ----------
    cube : Cube
        Of forecasts.
    index : int
        Time step.
    language : str
        Of the reader.

    Returns
    -------
    str
        Two dates.
    """
    bounds = cube.time_bounds
    if bounds is None:
        return format_date(cube.times[index], language)
    return " – ".join(format_date(moment, language) for moment in bounds[index])


class ForecastNote:
    """What a forecast says of each clicked cell, with its base rate, gain and statement.

    Parameters
    ----------
    session
        The visitor.
    state : ViewState
        Points, layer and time.
    view
        The map.
    """

    def __init__(self, session: Any, state: ViewState, view: Any):
        self.session, self.state, self.view = session, state, view
        self.panel = styled()
        state.param.watch(self.update, ["points", "layer", "time", "statistic"])
        self.update()

    def update(self, *_events: Any) -> None:
        """Write the note anew; nothing where the layer is no forecast."""
        layer = self.view.plain_layer
        shown = layer is not None and is_forecast(layer.cube)
        self.panel.object = self._html(layer.cube) if shown else ""

    def _html(self, cube: Cube) -> str:
        _, language = self.session._, self.session.language
        index = self.view.time_index
        head = _("Window {window}, {model}; base rate {share} %").format(
            window=window_text(cube, index, language),
            model=forecast_name(str(cube.about["model"]), self.session),
            share=number(100 * float(cube.about["base_rate"]), language),
        )
        lines = [escape(head)]
        lines += [self._line(cube, index, place, point)
                  for place, point in enumerate(self.state.points, start=1)]  # fmt: skip
        lines.append(f"<b>{escape(statement(language))}</b>")
        return f'<div class="qc-note qc-forecast" role="status">{"<br>".join(lines)}</div>'

    def _line(self, cube: Cube, index: int, place: int, point: Point) -> str:
        """Return the sentence of one cell."""
        _, language = self.session._, self.session.language
        chance = cell_value(cube, PROBABILITY, point, index)
        where = [format_number(value, language, 2) for value in reversed(point)]
        name = f"{place} ({'; '.join(where)})"
        if not np.isfinite(chance):
            return escape(_("{place}: outside the region of the forecast.").format(place=name))
        base = 100 * float(cube.about["base_rate"])
        text = _("{place}: probability {chance} %, {gain} times the base rate").format(
            place=name,
            chance=number(chance, language),
            gain=format_number(chance / base, language, 1) if base > 0 else "–",
        )
        below = cell_value(cube, SMOOTHED, point, index)
        if np.isfinite(below):
            more = _("smoothed seismicity alone: {chance} %").format(chance=number(below, language))
            text = f"{text}; {more}"
        return escape(text)


def cell_value(cube: Cube, variable: str, point: Point, index: int) -> float:
    """Return the value of a cell at a time step, NaN outside the grid or without the variable.

    Parameters
    ----------
    cube : Cube
        Any.
    variable : str
        Its name.
    point : tuple of float
        Longitude and latitude, degrees.
    index : int
        Time step.

    Returns
    -------
    float
        In the units of the variable.
    """
    if variable not in cube.variables:
        return float("nan")
    try:
        return float(cube.series(point[0], point[1], variable)[index])
    except ValueError:  # outside the grid
        return float("nan")
