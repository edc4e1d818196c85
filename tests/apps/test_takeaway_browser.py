"""In a real browser: the files that the explorer gives open and hold what the map shows."""

import ast
import io
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import rasterio
from PIL import Image

pytestmark = pytest.mark.browser


DROPPED = """() => ![...Bokeh.documents[0]._all_models.values()].some(
  model => typeof model.data == "string" && model.data.startsWith("data:") && model.filename)"""


@pytest.fixture
def explorer(site, browser_page):
    """The explorer over Kazakhstan in January 2019 with its details open."""
    page = browser_page(
        f"{site.url}/explorer?lang=en&layer=gravity_simulated/lwe_thickness"
        "&time=2019-01-01&view=40,35,92,58&points=76.95,43.24",
        accept_downloads=True,
        permissions=["clipboard-read", "clipboard-write"],
    )
    page.get_by_role("button", name="Open the details").click()
    page.get_by_role("button", name="GeoTIFF grid").wait_for()
    return page


def take(page, name, folder: Path) -> Path:
    with page.expect_download() as download:
        page.get_by_role("button", name=name).click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    page.wait_for_function(DROPPED)  # the same button gives its file again from then on
    return path


def test_files_hold_what_the_map_shows_as_often_as_asked_and_lines_are_copied(
    explorer, tmp_path, subtests
):
    with subtests.test("what the map shows"):
        holds_what_the_map_shows(explorer, tmp_path)
    with subtests.test("as often as asked"):
        comes_as_often_as_asked(explorer, tmp_path)
    with subtests.test("lines of Python"):
        lines_are_in_the_clipboard(explorer)


def holds_what_the_map_shows(explorer, tmp_path):
    with rasterio.open(take(explorer, "GeoTIFF grid", tmp_path)) as raster:
        (value,) = next(raster.sample([(67.5, 47.5)]))
        assert raster.tags()["simulated"] == "1"
    assert value == pytest.approx(67.5 + 0.0475, abs=1e-3)  # longitude + latitude / 1000 + month 0
    book = openpyxl.load_workbook(take(explorer, "Excel workbook (XLSX)", tmp_path))
    header = [cell.value for cell in book.worksheets[0][1]]
    column = next(i for i, name in enumerate(header) if name.startswith("Equivalent water height"))
    assert "cm, simulated" in header[column]
    values = [row[column].value for row in book.worksheets[0].iter_rows(min_row=2)]
    known = [value for value in values if value is not None]
    assert known[:2] == pytest.approx([77.5 + 0.0425, 78.5 + 0.0425], abs=1e-3)
    assert take(explorer, "PDF, with scale and legend", tmp_path).read_bytes()[:5] == b"%PDF-"
    with Image.open(take(explorer, "Picture (PNG)", tmp_path)) as picture:
        assert picture.size[0] >= 1000


def comes_as_often_as_asked(explorer, tmp_path):
    first = take(explorer, "GeoTIFF grid", tmp_path).read_bytes()
    assert take(explorer, "GeoTIFF grid", tmp_path).read_bytes() == first
    table = take(explorer, "CSV table", tmp_path).read_bytes()
    assert table.startswith(b"\xef\xbb\xbf")
    back = pd.read_csv(io.BytesIO(table), comment="#", encoding="utf-8-sig")
    assert "time_utc" in back


def lines_are_in_the_clipboard(explorer):
    explorer.get_by_role("button", name="Copy as Python").click()
    explorer.get_by_text("The code is in the clipboard.").wait_for()
    code = explorer.evaluate("navigator.clipboard.readText()")
    ast.parse(code)
    assert "open_cube('gravity_simulated')" in code or 'open_cube("gravity_simulated")' in code
