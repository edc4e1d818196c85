"""A stored forecast as a layer of the explorer: its note names base rate, gain and statement."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from analysis.cubes import ingest
from analysis.language import translator
from analysis.seismic.forecasting import statement
from apps.views import atlas
from apps.views.clock import step_text
from apps.views.forecastlayer import ForecastNote, cell_value, forecast_titles
from apps.views.state import ViewState
from apps.views.visitor import Session

TIMES = np.array(["2014-11-13", "2014-12-13"], "datetime64[ns]")
ENDS = TIMES + np.timedelta64(30, "D")


@pytest.fixture
def cube(tmp_path, monkeypatch):
    monkeypatch.setenv("QAZCUBE_CACHE", str(tmp_path))
    axes = {"time": TIMES, "latitude": [35.0, 37.0, 39.0], "longitude": [139.0, 141.0]}
    dims = ("time", "latitude", "longitude")
    values = np.arange(12, dtype=np.float32).reshape(2, 3, 2)
    grid = xr.Dataset(
        {
            "forecast_probability": (dims, values, {"units": "%"}),
            "forecast_smoothed": (dims, values / 4, {"units": "%"}),
            "time_bounds": (
                ("time", "bnds"),
                np.stack([TIMES, TIMES + np.timedelta64(30, "D")], 1),
            ),
        },
        axes,
        {"forecast_of": "small", "model": "SVM", "base_rate": 0.02}
        | {f"title_{one}": f"Forecast {one}" for one in ("kk", "ru", "en")},
    )
    return ingest(grid, "forecast-small", progress=lambda *_step: None)


class Shown:
    """What the note needs of a map."""

    def __init__(self, layer, index):
        self.plain_layer, self.time_index = layer, index


def note(cube, language="en", index=1, points=((141.2, 37.3), (10.0, 10.0))):
    layer = atlas.GridLayer("forecast-small/forecast_probability", cube, "forecast_probability",
                            None, forecast_titles(cube), "", "", "")  # fmt: skip
    state = ViewState(points=list(points))
    return ForecastNote(Session(language, translator(language)), state, Shown(layer, index)), state


def test_note_names_probability_base_rate_gain_and_statement(cube):
    text = note(cube)[0].panel.object
    assert "probability 9.0 %" in text or "probability 9 %" in text
    assert "4.5 times the base rate" in text
    assert "smoothed seismicity alone: 2.25 %" in text
    assert "outside the region" in text
    assert "Support vector machine, linear" in text
    for language in ("kk", "ru", "en"):
        assert statement(language).split(".")[0] in note(cube, language)[0].panel.object


def test_other_layers_have_no_note(cube):
    made, state = note(cube)
    made.view.plain_layer = None
    state.points = [(139.0, 35.0)]
    assert made.panel.object == ""


def test_window_is_written_as_two_dates_not_as_a_month(cube):
    assert step_text(cube, 0, "en") == "13 Nov 2014 – 13 Dec 2014"


def test_forecasts_stand_after_all_observations(cube):
    layers = list(atlas.grid_layers())
    assert layers[-2:] == [
        "forecast-small/forecast_probability",
        "forecast-small/forecast_smoothed",
    ]
    assert atlas.grid_layers()[layers[-1]].titles["kk"] == "Forecast kk"


def test_cell_outside_has_no_value(cube):
    assert np.isnan(cell_value(cube, "forecast_probability", (0.0, 0.0), 0))
    assert np.isnan(cell_value(cube, "another", (141.0, 37.0), 0))
