"""Statistics of the view and the twin of the series: right numbers, in words, in place."""

import re
from types import SimpleNamespace

import holoviews as hv
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from analysis.cubes import ingest
from analysis.language import LANGUAGES, translator
from apps.views.statistics import Statistics
from apps.views.tables import ROWS, SeriesTable, describe_series, series_table

hv.extension("bokeh")


def visitor(language="en"):
    return SimpleNamespace(language=language, _=translator(language))


class FakePage:
    """A page that looks at a part of the demo cube."""

    def __init__(self):
        self.choice = {
            "cube": "demo",
            "variable": "lst",
            "time": "2010-01-15",
            "bounds": (0.0, -60.0, 60.0, 60.0),
        }
        times = pd.date_range("2010-01-15", periods=60, freq="30D", name="time")
        values = np.sin(np.arange(60.0))
        values[7] = np.nan
        self.table = pd.DataFrame({"lst <b>": values}, index=times)

    def state(self):
        return self.choice

    def series_table(self):
        return self.table

    def series_metadata(self):
        return {"columns": {"lst <b>": {"units": "degC", "simulated": True}}}


@pytest.fixture
def cube(cache):
    """Two variables; lst is latitude north of the equator and missing south of it."""
    longitude, latitude = np.arange(-179.5, 180), np.arange(-89.5, 90)
    lst = np.where(latitude > 0, latitude, np.nan)[None, :, None] + np.zeros((2, 1, 360))
    lst[1] = np.nan
    attrs = {"units": "degC", "long_name": "t", "source": "test", "simulated": True}
    dims = ("time", "latitude", "longitude")
    tec = np.broadcast_to(longitude.astype("float32"), (2, 180, 360))
    dataset = xr.Dataset(
        {
            "lst": (dims, lst.astype("float32"), attrs),
            "tec": (dims, tec, {**attrs, "units": "TECU"}),
        },
        coords={
            "time": pd.to_datetime(["2010-01-15", "2010-02-15"]),
            "latitude": latitude,
            "longitude": longitude,
        },
    )
    return ingest(dataset, "demo", progress=lambda done, total: None)


@pytest.fixture
def page():
    return FakePage()


@pytest.fixture
def statistics(cube, page):
    section = Statistics(visitor(), page)
    section.update()
    return section


def bars(statistics):
    figure = hv.render(statistics.plot.object)
    return figure, dict(statistics._handles["source"].data)


def test_mean_is_weighted_by_area(statistics):
    """Latitudes 0.5 to 59.5 with weights cos(latitude): 27.36, not the plain mean of 30."""
    latitude = np.arange(0.5, 60)
    edges = np.radians(np.arange(0.0, 61))
    expected = np.average(latitude, weights=np.diff(np.sin(edges)))
    assert statistics.found.mean == pytest.approx(expected, abs=0.05)
    assert f"{expected:.1f}" in statistics.table.object
    assert statistics.found.minimum == 0.5
    assert statistics.found.maximum == 59.5


def test_share_of_the_area_with_values_is_said(statistics):
    assert statistics.found.valid_share == pytest.approx(0.5, abs=1e-6)
    assert re.search(r"Area with values</th><td>50\.0 %", statistics.table.object)
    assert re.search(r"Cells in view</th><td>7,2\d\d", statistics.table.object)


def test_bars_are_shares_of_the_area(statistics):
    figure, data = bars(statistics)
    assert sum(data["top"]) == pytest.approx(100)
    assert figure.x_range.start == pytest.approx(0.5)
    assert figure.x_range.end == pytest.approx(59.5)


def test_a_moved_view_updates_the_figure_that_is_there(statistics, page):
    bars(statistics)
    drawn, source = statistics.plot.object, statistics._handles["source"]
    page.choice["bounds"] = (0.0, 30.0, 60.0, 60.0)
    statistics.update()
    assert statistics.plot.object is drawn
    assert statistics._handles["source"] is source
    assert source.data["left"][0] == pytest.approx(30.5)
    assert statistics._handles["x_range"].start == pytest.approx(30.5)
    assert "30.5 °C" in statistics.table.object


def test_another_variable_gets_a_figure_of_its_own(statistics, page):
    drawn = statistics.plot.object
    page.choice["variable"] = "tec"
    statistics.update()
    assert statistics.plot.object is not drawn
    figure, data = bars(statistics)
    assert "TECU" in figure.xaxis[0].axis_label
    assert data["left"][0] == pytest.approx(0.5)


def test_a_window_without_a_value_says_so(statistics, page):
    page.choice["time"] = "2010-02-15"
    statistics.update()
    assert not statistics.plot.visible
    assert statistics.table.object == ""
    assert "without a value" in statistics.words.object
    page.choice["time"] = "2010-01-15"
    statistics.update()
    assert statistics.plot.visible


def test_a_bad_choice_says_so(statistics, page):
    page.choice["variable"] = "lts"
    statistics.update()
    assert "lst" in statistics.words.object
    assert statistics.found is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_are_in_the_language_of_the_reader(cube, page, language):
    section = Statistics(visitor(language), page)
    section.update()
    _ = translator(language)
    assert _("Median") in section.table.object
    assert _("simulated") in section.words.object
    assert '<th scope="row">' in section.table.object
    assert "<caption>" in section.table.object


def test_series_are_told_in_a_sentence(page):
    sentence = describe_series(page.table["lst <b>"], {"units": "degC"}, visitor(), name="LST")
    assert sentence.startswith("LST: 59 values from 15 Jan 2010 to ")
    assert "°C" in sentence
    nothing = describe_series(page.table["lst <b>"] * np.nan, {}, visitor(), name="LST")
    assert nothing == "LST: no values."


def test_simulated_series_say_so(page):
    column = page.table["lst <b>"]
    assert "simulated" in describe_series(column, {"simulated": True}, visitor())
    assert "simulated" not in describe_series(column, {}, visitor())


def test_table_has_every_value_once(page):
    pages = [
        series_table(page.table, page.series_metadata(), visitor(), start)
        for start in range(0, 60, ROWS)
    ]
    cells = re.findall(r"<td>(.*?)</td>", "".join(pages))
    assert len(cells) == 60
    assert cells.count("–") == 1
    assert float(cells[1].replace("−", "-")) == pytest.approx(np.sin(1), abs=0.001)


def test_table_shows_the_newest_and_pages_back(page):
    table = SeriesTable(visitor(), page)
    table.update()
    assert table.pages.count == 3
    assert "49 to 60 of 60" in table.rows.object
    table.pages.value = 0
    assert "1 to 24 of 60" in table.rows.object


def test_names_cannot_become_markup(page):
    table = SeriesTable(visitor(), page)
    table.update()
    assert "<b>" not in table.rows.object
    assert "<b>" not in table.words.object


def test_without_a_cell_the_twin_says_what_to_do(page):
    table = SeriesTable(visitor(), page)
    table.update()
    page.table = page.table.iloc[:0]
    table.update()
    assert "Click the map" in table.words.object
    assert table.rows.object == ""
    assert not table.pages.visible
