"""Files of the earthquakes page, read back: the events that were chosen, and panels' tables."""

import io
import json

import obspy
import openpyxl
import pandas as pd
import pytest

from apps.views.earthquakes.downloads import DownloadsPanel
from apps.views.earthquakes.section import SectionPanel
from tests.apps.earthquakes.paneltools import made_up, press, rendered, selection, visitor


@pytest.fixture
def panel():
    state = {"magnitude": (5.5, 10.0), "brush": ("2010-01-01", "2025-01-01", 6.0, 10.0)}
    found = DownloadsPanel(visitor(), selection(**state))
    return rendered(found)


@pytest.mark.parametrize("which", ["brushed", "in_view", "events"])
def test_every_format_holds_the_chosen_events(panel, which):
    panel.selection.state.bounds = (175.0, -30.0, 185.0, -17.5)
    panel.which.value = which
    panel.update()
    expected = getattr(panel.selection, which)["id"].tolist()
    assert len(expected) > 5
    assert str(len(expected)) in panel.count.object
    csv = pd.read_csv(io.BytesIO(press(panel.buttons["csv"])), comment="#", encoding="utf-8-sig")
    assert csv["id"].tolist() == expected
    sheet = openpyxl.load_workbook(io.BytesIO(press(panel.buttons["xlsx"]))).worksheets[0]
    ident = [cell.value for cell in sheet[1]].index("id")
    assert [row[ident].value for row in sheet.iter_rows(min_row=2)] == expected
    features = json.loads(press(panel.buttons["geojson"]))["features"]
    assert [feature["id"] for feature in features] == expected
    assert all("x" not in feature["properties"] for feature in features)
    catalogue = obspy.read_events(io.BytesIO(press(panel.buttons["quakeml"])))
    assert [str(one.resource_id).rsplit("/", 1)[1] for one in catalogue] == expected
    assert panel.buttons["quakeml"].filename == f"qazcube_made_{len(expected)}.quakeml.xml"


def test_the_selections_differ(panel):
    panel.selection.state.bounds = (175.0, -30.0, 185.0, -17.5)
    sizes = [len(getattr(panel.selection, name)) for name in ("brushed", "in_view", "events")]
    assert sizes[0] < sizes[1] < sizes[2]


def test_credits_and_units_are_in_the_file(panel):
    text = press(panel.buttons["csv"]).decode("utf-8-sig")
    assert "Nobody (2026)" in text
    assert "depth [km]" in text
    assert "Simulated" not in text


def test_a_comma_is_never_both(panel):
    panel.decimal.value = ","
    assert (panel.csv_options.separator, panel.csv_options.decimal) == (";", ",")
    data = press(panel.buttons["csv"])
    back = pd.read_csv(io.BytesIO(data), sep=";", decimal=",", comment="#", encoding="utf-8-sig")
    assert back["mag"].tolist() == panel.selection.brushed["mag"].tolist()


def test_without_events_the_panel_says_why_there_is_no_file(panel):
    panel.selection.state.magnitude = (9.5, 10.0)
    panel.update()
    assert "0 earthquakes" in panel.count.object
    assert press(panel.buttons["geojson"]) is None
    assert 'role="alert"' in panel.files.message.object


def test_simulated_events_are_marked_in_every_file():
    panel = DownloadsPanel(visitor("ru"), selection(made_up(50, simulated=True)))
    assert panel.view
    assert "qc-simulated" in panel.count.object
    assert "# Синтетические" in panel.csv().decode("utf-8-sig")
    assert json.loads(panel.geojson())["metadata"]["simulated"] is True
    assert b"SIMULATED" in panel.quakeml()


def test_a_panels_table_is_saved_with_its_numbers():
    panel = SectionPanel(visitor("kk"), selection())
    assert panel.view
    data = press(panel.downloads.buttons["csv"])
    back = pd.read_csv(io.BytesIO(data), sep=";", decimal=",", comment="#", encoding="utf-8-sig")
    assert back["along_km [km]"].tolist() == pytest.approx(panel.found["along_km"].tolist())
    sheet = openpyxl.load_workbook(io.BytesIO(press(panel.downloads.buttons["xlsx"])))
    assert sheet.worksheets[0].max_row == len(panel.found) + 1
    panel.set_line((0.0, 50.0), (10.0, 50.0))
    panel.downloads.buttons["csv"].data = None
    assert press(panel.downloads.buttons["csv"]) is None
    assert 'role="alert"' in panel.downloads.files.message.object
