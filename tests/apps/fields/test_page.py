"""The fields page without a browser: numbers, links between map, table and curve, files."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
from PIL import Image

from analysis.agrarian import by_year, judge_year, season_table, unit_series
from analysis.cubes import ingest, open_cube
from analysis.language import translator
from analysis.sources import open_source
from apps.views import unitsets
from apps.views.fields import data
from apps.views.fields.page import FieldsPage, fields_page
from apps.views.fields.selection import FieldSelection
from apps.views.fields.state import FieldState
from apps.views.fields.takeaway import Takeaway
from apps.views.fields.words import UNKNOWN, number, scale, sentence
from apps.views.unitsets import natural
from apps.views.visitor import Session
from tests.apps.fields.fieldkit import make_cube

pytestmark = pytest.mark.usefixtures("vegetation")
FIRST = "demo-11-01"


def visitor(language: str = "en") -> Session:
    return Session(language, translator(language))


@pytest.fixture
def page() -> FieldsPage:
    made = FieldsPage(visitor())
    if not made.selection.ready:
        made.job.wait()
    assert made.selection.ready
    made.main()
    return made


def direct(level: str = "demo_districts") -> Any:
    series = unit_series(open_cube("vegetation_simulated"), open_source(level), "ndvi", keep=False)
    return by_year(series.isel(unit=(series["covered"] >= data.LEAST).to_numpy()))


def pressed(page: FieldsPage, key: str) -> None:
    page.table._pressed(key)


def test_the_numbers_shown_are_those_of_a_direct_computation(page: FieldsPage) -> None:
    page.state.param.update(year=2018, day=201)
    years = direct()
    expected = season_table(years, 2018, page.selection.day)
    table = page.selection.table
    for name in ("value", "norm", "departure", "z", "vci", "rank", "integral", "integral_percent"):
        np.testing.assert_allclose(table[name], expected[name], rtol=1e-12)
    row = expected.loc[FIRST]
    html = page.table.rows.html
    assert number(row["departure"], "departure", "en") in html
    page.state.choose(FIRST)
    judged = judge_year(years, 2018).sel(unit=FIRST, day=page.selection.days)
    np.testing.assert_allclose(page.curve.lines.data["ys"][0], judged["value"])
    np.testing.assert_allclose(page.curve.band.data["mean"], judged["mean"])
    np.testing.assert_allclose(page.curve.band.data["p10"], judged["quantile"].sel(share=0.1))
    np.testing.assert_allclose(page.curve.departures.data["y"], judged["departure"])
    words = page.words.object
    assert f"NDVI {row['value']:.3f}" in words
    assert f"Rank {int(row['rank'])} of 10" in words
    assert "Simulated data" in words


def test_a_dry_year_is_found(page: FieldsPage) -> None:
    page.state.year = 2018
    table = page.selection.table
    assert (table["z"] < -1.5).all()
    assert (table["rank"] == 10).mean() > 0.9
    assert (table["vci_class"] == "extreme drought").mean() > 0.9
    page.state.year = 2014
    assert (page.selection.table["vci_class"] == "extreme drought").mean() < 0.5


def test_map_table_and_curve_follow_each_other(page: FieldsPage) -> None:
    class Tap:
        modifiers: dict[str, bool] = {}  # noqa: RUF012 - as Bokeh's event has it

        def __init__(self, x: float, y: float):
            self.x, self.y = x, y

    units = page.selection.units
    box = units.mercator_boxes[units.places[FIRST]]
    inside = units.shapes[FIRST].representative_point()
    from apps.views.geometry import to_mercator

    x, y = to_mercator(inside.x, inside.y)
    page.map._tapped(Tap(float(x), float(y)))
    assert page.state.units == [FIRST]
    name = units.name(FIRST, "en")
    assert f'aria-current="true"><th scope="row"><button type="button" data-key="unit:{FIRST}"' in (
        page.table.rows.html
    )
    assert page.curve.points.data["label"][0] == name
    assert page.map.units.outline.data["colour"][0] == "#0072b2"
    assert min(map(min, page.map.units.outline.data["xs"])) == pytest.approx(box[0], abs=1)
    pressed(page, "unit:demo-39-07")
    assert page.state.units == ["demo-39-07"]
    assert page.curve.points.data["label"][0] == units.name("demo-39-07", "en")
    pressed(page, f"also:{FIRST}")
    assert page.state.units == ["demo-39-07", FIRST]
    assert set(page.curve.points.data["label"]) == {
        name,
        units.name("demo-39-07", "en"),
    }
    for unit in ("demo-39-07", FIRST, FIRST):  # the last one stays
        pressed(page, f"also:{unit}")
    assert page.state.units == [FIRST]
    assert set(page.curve.points.data["label"]) == {name}
    page.curve._tapped(Tap(pd.Timestamp(page.selection.year, 8, 12).timestamp() * 1e3, 0.3))
    assert page.selection.date.month == 8
    assert page.dates.slider.value == page.selection.days.index(page.selection.day)
    assert page.curve.now[0].location == page.selection.date.timestamp() * 1e3


def test_the_colours_of_the_map_are_those_of_the_scale(page: FieldsPage) -> None:
    for quantity in ("departure", "z", "vci", "svi", "rank", "value", "percent"):
        page.state.show = quantity
        shown = page.selection.shown("en")
        expected = scale(quantity, page.selection).colour(shown[quantity])
        assert list(page.map.units.source.data["colour"]) == expected
        assert len(set(expected)) >= 1
    assert scale("z", page.selection).colour([np.nan]) == [UNKNOWN]


def test_sorting_finding_and_drought_filters(page: FieldsPage) -> None:
    page.state.year = 2018
    pressed(page, "sort:z")
    values = page.selection.shown("en")["z"].to_numpy()
    assert (np.diff(values) <= 0).all()
    pressed(page, "sort:z")
    values = page.selection.shown("en")["z"].to_numpy()
    assert (np.diff(values) >= 0).all()
    pressed(page, "sort:name")
    names = list(page.selection.shown("en")["name_en"])
    assert names == sorted(names, key=natural)
    page.state.find = "KOSTANAY"
    assert all("Kostanay" in name for name in page.selection.shown("en")["name_en"])
    assert len(page.map.units.source.data["name"]) == len(page.selection.shown("en"))
    page.state.find = "nowhere at all"
    assert "No unit passes the filters" in page.table.rows.html
    page.state.param.update(find="", dry=True)
    kept = page.selection.shown("en")
    assert set(kept["vci_class"]) <= {
        "extreme drought", "severe drought", "moderate drought", "mild drought",
    }  # fmt: skip
    page.state.param.update(dry=False, within="KZ-59")
    assert set(page.selection.shown("en")["parent"]) == {"KZ-59"}


def test_farms_and_oblasts_and_their_pages(page: FieldsPage) -> None:
    page.state.level = "demo_farms"
    page.job.wait()
    assert len(page.selection.table) == 200
    assert page.table.pages.count == 8
    last = page.selection.shown("en").index[-1]
    page.state.choose(str(last))
    assert page.table.pages.value == 7
    assert len(page.map.dots.data["x"]) == 200  # too small to be seen without
    page.state.level = "kz_oblasts"
    if not page.selection.ready:
        page.job.wait()
    assert set(page.selection.table.index) >= {"KZ-11", "KZ-59"}
    assert (page.selection.table["covered"] >= data.LEAST).all()


def test_years_beside_it_season_and_tabs(page: FieldsPage) -> None:
    page.state.compare = [2012, 2018]
    assert list(page.curve.others.data["label"]) == ["2012", "2018"]
    page.state.season = (121, 273)
    assert page.selection.days[0] >= 121
    assert page.selection.days[-1] <= 273
    for name in ("curve", "years", "files"):
        page.state.tab = name
    text = page._parts["curve"].pane.object
    assert text.count("<tr>") == len(page.selection.days) + 1
    assert "2012" in text
    years = page._parts["years"]
    assert years.pane.object.count("<tr>") == 11
    found = years.bars.data
    assert [int(rank) for rank in found["rank"]][list(found["year"]).index(2018)] == 10


def test_the_season_plays_round_and_steps_stop_at_its_ends(page: FieldsPage) -> None:
    days = page.selection.days
    page.state.day = days[-1]
    page.dates.step(1)
    assert page.selection.day == days[-1]
    page.dates.advance()
    assert page.selection.day == days[0]
    page.dates.step(-1)
    assert page.selection.day == days[0]
    page.dates.slider.value = 2
    assert page.selection.day == days[2]


def test_files_hold_what_the_table_shows(page: FieldsPage) -> None:
    page.state.param.update(year=2018, units=[FIRST, "demo-39-07"], compare=[2012])
    away = Takeaway(page.visit, page.selection)
    files = away.files
    table = page.selection.shown("en")
    text = files.csv(away.units_table()).decode("utf-8-sig")
    assert "simulated" in text.casefold()
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    read = pd.read_csv(io.StringIO("\n".join(lines)))
    assert len(read) == len(table)
    book = openpyxl.load_workbook(io.BytesIO(files.xlsx(away.units_table())))
    assert book.worksheets[0].max_row == len(table) + 1
    shapes = json.loads(away.geojson())
    assert shapes["simulated"] is True
    assert len(shapes["features"]) == len(table)
    again = gpd.read_file(io.BytesIO(away.geojson()))
    np.testing.assert_allclose(again["departure"], table["departure"], atol=1e-6)
    assert again.geometry.is_valid.all()
    curves = away.curves()
    assert set(curves["unit"]) == {FIRST, "demo-39-07"}
    assert files.csv(curves)
    assert files.xlsx(curves)
    picture = Image.open(io.BytesIO(away.picture()))
    assert picture.size == (1600, 900)
    assert len(picture.convert("RGB").getcolors(1 << 22) or []) > 200
    assert away.filename("csv").startswith("vegetation_simulated-demo_districts-2018")
    page.state.find = "nothing of that name"
    with pytest.raises(ValueError, match="nothing to save"):
        away.units_table()


def test_the_lines_of_python_give_the_same_table(
    page: FieldsPage, capsys: pytest.CaptureFixture[str]
) -> None:
    page.state.param.update(year=2018, units=[FIRST], level="")
    code = Takeaway(page.visit, page.selection).code()
    assert "SIMULATED DATA" in code
    names: dict[str, Any] = {}
    exec(compile(code, "lines", "exec"), names)  # noqa: S102 - our own lines
    assert capsys.readouterr().out
    expected = page.selection.table
    np.testing.assert_allclose(names["table"]["z"], expected["z"])
    assert names["judged"].attrs["year"] == 2018


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_every_language_has_its_words(language: str) -> None:
    selection = FieldSelection(FieldState(year=2018))
    text = sentence(visitor(language), selection, FIRST)
    names = {"kk": "Үлгілік аудан 1", "ru": "Демонстрационный район 1", "en": "district 1"}
    assert names[language] in text
    assert " 2018" in text or "2018 " in text
    dry = {"kk": "экстремалды құрғақшылық", "ru": "экстремальная засуха", "en": "extreme drought"}
    assert dry[language] in text


def test_a_link_that_names_what_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {"layer": [b"none/ndvi"], "units": [b"nowhere"], "unit": [b"x"], "year": [b"1950"]}
    monkeypatch.setattr("apps.views.fields.page.arguments", lambda _raw: {
        key: value[0].decode() for key, value in asked.items()
    })  # fmt: skip
    page = FieldsPage(visitor())
    if not page.selection.ready:
        page.job.wait()
    assert len(page.problems) == 3
    assert page.selection.level == "demo_districts"
    assert page.selection.year == 2019
    assert page.state.year == 0


def test_without_a_cube_the_page_offers_to_prepare_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QAZCUBE_CACHE", str(tmp_path))
    made = fields_page(visitor())
    assert "Prepare the starter data" in str(made.main[0][1].label)


def test_a_first_reading_that_is_cancelled_can_be_begun_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("apps.views.fields.data.at_hand", lambda *_a: False)
    page = FieldsPage(visitor())
    page.job.wait()
    assert page.content.visible
    page._wait()
    page._cancelled(None)
    assert page.message[0].label == "Read the grid"


def test_units_of_ones_own_with_other_columns(vegetation: Path) -> None:
    table = gpd.GeoDataFrame(
        {"KATO": ["1", "2"], "ADM2_EN": ["One", "Two"], "ADM2_RU": ["Один", ""]},
        geometry=gpd.GeoSeries.from_wkt(
            ["POLYGON((62 50,63 50,63 51,62 51,62 50))", "POLYGON((63 50,64 50,64 51,63 51,63 50))"]
        ),
        crs="EPSG:4326",
    )
    file = vegetation / "own.geojson"
    table.to_file(file)
    from analysis.sources import add_entry

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QAZCUBE_CATALOG", str(vegetation / "own.yml"))
        add_entry(file, "own_fields")
        kind = unitsets.units("own_fields")
        assert "own_fields" in unitsets.unit_kinds("en")
        assert kind.ids == ("1", "2")
        assert kind.name("2", "ru") == "Two"
        assert kind.name("1", "ru") == "Один"
        assert kind.find(63.5, 50.5) == "2"
        assert kind.find(64.3, 50.5) is None
        assert kind.find(64.3, 50.5, reach=0.5) == "2"


@pytest.mark.parametrize(("file", "count"), [("kaz_adm2_2024", 224), ("kaz_adm2_2018", 216)])
def test_the_real_districts_are_units_with_their_oblasts(
    vegetation: Path, real_data: Path, file: str, count: int
) -> None:
    from analysis.sources import add_entry

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QAZCUBE_CATALOG", str(vegetation / f"{file}.yml"))
        add_entry(real_data / "agrarian" / f"{file}.geojson", file)
        kind = unitsets.units(file)
        assert len(kind.ids) == count
        assert kind.find(69.4, 53.3) is not None
        names = kind.parent_names["kk"]
        assert names[kind.parents[kind.places[str(kind.find(69.4, 53.3))]]].startswith("Ақмола")
        xs, _ys = kind.outlines
        assert len(xs) == count
        selection = FieldSelection(FieldState(level=file, year=2018))
        table = selection.table
        assert 30 < len(table) < count  # those that the small cube covers
        assert (table["z"] < -1.5).mean() > 0.9


def test_a_cube_of_precipitation_brings_its_index(
    vegetation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.apps.fields.fieldkit import rain_like

    with monkeypatch.context() as patch:
        folder = vegetation / "with rain"
        patch.setenv("QAZCUBE_CACHE", str(folder))
        make_cube(folder)
        ingest(rain_like(), "rain", progress=lambda done, total: None)
        selection = FieldSelection(FieldState(year=2018, day=201, show="spi", index="spi"))
        assert selection.has_rain
        table = selection.table
        assert (table["spi"] < -1.0).mean() > 0.8
        assert set(table["spi_class"]) & {"moderately dry", "severely dry", "extremely dry"}
        assert "SPI" in sentence(visitor(), selection, FIRST)
        assert selection.quantity == "spi"
        made = FieldsPage(visitor())
        assert "spi" in made.controls.show.options.values()


def test_units_that_are_not_downloaded_say_how_to_get_them_and_the_page_goes_on(
    page: FieldsPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("apps.views.unitsets.atlas.polygons", _not_here)
        page.state.level = "kz_units_districts"
    assert not page.content.visible
    assert "qazcube fetch kz_units_districts" in page.message[0].object
    page.state.level = ""
    if not page.selection.ready:
        page.job.wait()
    assert page.content.visible
    assert not page.message.visible


def _not_here(name: str) -> Any:
    raise ValueError(f"The source {name!r} is not here. Run: qazcube fetch {name}")
