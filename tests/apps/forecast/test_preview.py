"""Before anything is trained the map shows what smoothed seismicity says, marked as that."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.language import LANGUAGES, translator
from analysis.seismic.forecasting import baseline_forecast, defaults_for, read_record
from apps.views.forecast.legend import legend_html
from apps.views.forecast.page import ForecastPage
from apps.views.forecast.preview import NAME, Preview, preview
from apps.views.visitor import Session


def test_the_preview_is_the_baseline_of_the_next_window_and_past_events():
    box = (135.0, 30.0, 145.0, 42.0)
    settings = defaults_for(read_record("events_gcmt").events, box)
    found = preview(settings)
    wanted = baseline_forecast(settings)
    np.testing.assert_array_equal(found.grid(NAME, 0), wanted["probability"].to_numpy())
    low, high = found.limits
    assert 0 < low < high <= 1
    past = found.happened(0)
    assert len(past) > 10
    assert past["mag"].min() >= settings.magnitude
    assert past["time"].max() < wanted["time"].to_numpy()
    assert np.all(np.diff(past["mag"]) >= 0)
    assert preview(settings) is found


def test_a_region_across_the_date_line_keeps_its_columns():
    settings = defaults_for(read_record("events_gcmt").events, (170.0, -25.0, -170.0, -10.0))
    found = preview(settings)
    wanted = baseline_forecast(settings)["probability"]
    longitude, latitude = found.lattice.centres
    for cell in (0, 7, len(longitude) - 1):
        place = {"longitude": (longitude[cell] + 180) % 360 - 180, "latitude": latitude[cell]}
        value = wanted.sel(place, method="nearest").item()
        assert found.grid(NAME, 0).ravel()[cell] == pytest.approx(value)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_view_is_not_empty_and_says_that_no_model_is_trained(cache, language):
    page = ForecastPage(Session(language, translator(language)))
    page.main()
    page._looking.wait()
    assert isinstance(page.map.shown, Preview)
    assert page.map.mode == "one"
    assert len(page.map.layers) == 1
    values = page.map.values(0)
    assert np.isfinite(values).any()
    text = legend_html(page.visit, page.map)
    assert page.legend.visible
    assert page.legend.object == text
    no_model = translator(language)("{name}, a baseline: no model is trained yet")
    assert no_model.split("{name}")[1] in text
    assert page.controls.first.placeholder < page.controls.last.placeholder == "2017-06-30"
    page._tapped(70.0, 40.0)
    assert page.state.cell == []
