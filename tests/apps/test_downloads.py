"""The section of downloads: every button gives its file, in place, as it is at that moment."""

import base64
import io
from types import SimpleNamespace

import numpy as np
import openpyxl
import pandas as pd
import pytest
import rasterio.io
import xarray as xr
from PIL import Image

from analysis.language import translator
from apps.views.downloads import Downloads
from apps.views.filebutton import forget


class FakePage:
    """A page with one cell chosen and a simulated map."""

    def __init__(self):
        self.time = "2010-01-15"
        self.points = [(76.9, 43.2)]

    def series_table(self):
        times = pd.date_range("2010-01-15", periods=3, freq="30D", name="time")
        if not self.points:
            return pd.DataFrame(index=times[:0])
        return pd.DataFrame({"lst": [1.5, np.nan, -2.25]}, index=times)

    def series_metadata(self):
        return {"source": "Simulator", "columns": {"lst": {"units": "degC", "simulated": True}}}

    def view(self):
        x, y = np.linspace(40, 90, 51), np.linspace(35, 60, 26)
        attrs = {
            "units": "degC",
            "source": "Simulator",
            "licence": "CC0-1.0",
            "simulated": True,
            "time": np.datetime64(self.time, "ns"),
        }
        values = np.add.outer(y, x).astype("float32")
        return xr.DataArray(values, {"y": y, "x": x}, ("y", "x"), name="lst", attrs=attrs)

    def state(self):
        return {
            "cube": "temperature simulated/../x",
            "variable": "lst",
            "time": self.time,
            "bounds": (40, 35, 90, 60),
            "points": self.points,
            "colormap": "cmocean:thermal",
            "limits": (70.0, 150.0),
            "simulated": True,
        }

    def map_layers(self):
        return {"coastline": np.array([[45.0, 40.0], [60.0, 50.0]])}


def visitor(language="en", timezone=None):
    return SimpleNamespace(language=language, _=translator(language), timezone=timezone)


@pytest.fixture
def page():
    return FakePage()


@pytest.fixture
def downloads(page):
    section = Downloads(visitor(), page)
    assert section.panel is section.panel
    return section


def press(downloads, key) -> bytes | None:
    """Press a button and return what the browser is sent."""
    button = downloads.buttons[key]
    button._clicks += 1
    return base64.b64decode(button.data.split(",", 1)[1]) if button.data else None


def test_nothing_is_made_before_a_button_is_pressed(downloads):
    assert all(not getattr(button, "data", None) for button in downloads.buttons.values())


def test_csv_follows_the_options(downloads):
    downloads.separator.value, downloads.decimal.value = ";", ","
    data = press(downloads, "csv")
    assert data.startswith(b"\xef\xbb\xbf")
    back = pd.read_csv(io.BytesIO(data), sep=";", decimal=",", comment="#", encoding="utf-8-sig")
    assert back["lst [degC, simulated]"].tolist() == pytest.approx(
        [1.5, np.nan, -2.25], nan_ok=True
    )
    downloads.bom.value = False
    assert not press(downloads, "csv").startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize(("language", "options"), [("en", (",", ".")), ("kk", (";", ","))])
def test_options_start_as_the_readers_excel_expects(page, language, options):
    section = Downloads(visitor(language), page)
    assert (section.csv.separator, section.csv.decimal) == options
    assert section.series_csv().startswith(b"\xef\xbb\xbf")


def test_a_comma_is_never_both(downloads):
    downloads.separator.value = ";"
    downloads.decimal.value = ","
    downloads.separator.value = ","
    assert (downloads.csv.separator, downloads.csv.decimal) == (",", ".")
    downloads.decimal.value = ","
    assert (downloads.csv.separator, downloads.csv.decimal) == (";", ",")


def test_workbook_has_local_time(page):
    section = Downloads(visitor(timezone="Asia/Almaty"), page)
    _ = section.panel
    sheet = openpyxl.load_workbook(io.BytesIO(press(section, "xlsx"))).worksheets[0]
    assert sheet["B1"].value == "time_local [Asia/Almaty]"
    assert sheet["B2"].value == pd.Timestamp("2010-01-15 06:00").to_pydatetime()


def test_geotiff_has_the_values_of_the_map(downloads, page):
    with rasterio.io.MemoryFile(press(downloads, "tif")) as file, file.open() as raster:
        assert next(raster.sample([(67.0, 48.0)]))[0] == pytest.approx(67 + 48)
        assert raster.tags()["licence"] == "CC0-1.0"
        assert raster.tags()["simulated"] == "1"


def test_netcdf_is_of_the_moment_shown(downloads, page):
    page.time = "2011-06-15"
    back = xr.load_dataset(io.BytesIO(press(downloads, "nc")), engine="h5netcdf")
    assert back["time"].to_numpy()[0] == np.datetime64("2011-06-15")
    assert downloads.buttons["nc"].filename.endswith("_2011-06-15.nc")
    assert back.attrs["simulated"] == 1


def test_pictures_and_printed_maps_open(downloads):
    for key in ("png", "print.png"):
        with Image.open(io.BytesIO(press(downloads, key))) as image:
            assert image.size[0] > 1000
    assert press(downloads, "pdf").startswith(b"%PDF")


def test_earthquakes_are_offered_where_the_page_has_them(page, downloads):
    assert "events.csv" not in downloads.buttons
    events = pd.DataFrame(
        {"id": ["a"], "time": pd.to_datetime(["2010-01-01"]), "mag": [5.5], "place": ["=A1"]}
    )
    page.events_table = lambda: events
    page.events_metadata = lambda: {"source": "GCMT", "citation": "Ekström et al. (2012)"}
    section = Downloads(visitor(), page)
    assert section.panel
    data = press(section, "events.csv")
    back = pd.read_csv(io.BytesIO(data), comment="#", encoding="utf-8-sig")
    assert back.loc[0, "place"] == "'=A1"
    assert "Ekström" in data.decode()
    events = events.iloc[:0]
    section.buttons["events.csv"].data = None
    assert press(section, "events.csv") is None
    assert "Widen" in section.message.object


def test_file_names_are_safe(downloads):
    press(downloads, "tif")
    assert (
        downloads.buttons["tif"].filename == "qazcube_temperature-simulated-..-x_lst_2010-01-15.tif"
    )


def test_without_a_cell_the_page_says_what_to_do(downloads, page):
    page.points = []
    assert press(downloads, "csv") is None
    assert "click the map" in downloads.message.object
    assert 'role="alert"' in downloads.message.object
    page.points = [(1.0, 2.0)]
    assert press(downloads, "csv")
    assert downloads.message.object == ""


def test_python_code_is_shown_and_compiles(downloads):
    downloads.buttons["py"].clicks += 1
    assert downloads.lines.visible
    compile(downloads.lines.value, "view.py", "exec")


def test_buttons_speak_the_language_of_the_reader(page):
    for language in ("kk", "ru", "en"):
        section = Downloads(visitor(language), page)
        _ = section.panel
        assert section.buttons["py"].label == translator(language)("Copy as Python")


def test_same_file_twice_is_sent_twice(downloads, monkeypatch):
    """The browser only saves when the data change: they are dropped after each sending."""
    document = SimpleNamespace(session_context=object(), later=[])
    document.add_timeout_callback = lambda call, wait: document.later.append(call)
    button = downloads.buttons["tif"]
    assert press(downloads, "tif")
    monkeypatch.setattr("apps.views.filebutton.pn.state", SimpleNamespace(curdoc=document))
    forget(button)
    document.later.pop()()
    assert button.data is None
