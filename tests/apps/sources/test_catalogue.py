"""The list of sources: every entry once, its box, its bar, its copy; filters; files; address."""

import io
import re

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.language import LANGUAGES
from analysis.service.holdings import Holding, holding
from analysis.sources import entry, list_sources
from analysis.sources.entries import Coverage, Entry
from analysis.sources.regions import REGIONS
from apps.views.bar import addresses
from apps.views.sources.catalogue import list_html, map_html
from apps.views.sources.details import details, explorer_address
from apps.views.sources.listing import Row, as_table, narrowed, rows
from apps.views.sources.page import SourcesPage
from apps.views.sources.state import SourcesState
from apps.views.sources.timeline import Axis, bar, year_of
from apps.views.sources.words import cadence_text, duration_text, place_text
from apps.views.sources.worldmap import pieces, touches, window, world_map
from tests.apps.cubekit import grid
from tests.apps.sources.conftest import visitor


def made(name="made", box=(60, 40, 80, 50), start="2000-01-01", end=None, **more) -> Row:
    more = {"kind": "grid", "access": "open"} | more
    have = more.pop("holding", Holding("nothing"))
    coverage = Coverage(*map(float, box), start, end)
    return Row(Entry(name, {"en": f"Title of {name}"}, coverage=coverage, **more), have)


def test_every_entry_is_listed_once_with_bar_copy_and_marks(cache, visit):
    found, state = rows(), SourcesState()
    html = list_html(visit, found, len(found), state)
    names = re.findall(r'data-key="source:(\w+)"', html)
    assert sorted(names) == sorted(list_sources().index)
    assert html.count('class="bars" role="img"') == html.count('class="have ') == len(names)
    assert html.count('<span class="made">') == sum(entry(name).simulated for name in names)


def test_the_page_is_in_the_bar_in_every_language():
    for language in LANGUAGES:
        names = dict(addresses(visitor(language)))
        assert names["sources"]
    assert len({dict(addresses(visitor(one)))["sources"] for one in LANGUAGES}) == 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_details_say_all_that_the_catalogue_says(cache, language):
    row = made(
        provider="Agency <b>",
        homepage="https://example.org/x",
        account="earthdata",
        access="account",
        latency="P60D",
        resolution=0.25,
        licence="CC-BY-4.0",
        citation="Someone & others (2020)",
        units={"lwe_thickness": "cm"},
        cadence="monthly",
        public=False,
        simulated=True,
    )
    html = details(visitor(language), row)
    unit = "cm" if language == "en" else "см"
    for part in ("Agency &lt;b&gt;", "https://example.org/x", "earthdata", "CC-BY-4.0", unit):
        assert part in html
    assert "Someone &amp; others (2020)" in html
    assert "<b>" not in html
    assert 'class="made"' in html
    assert "28" in html  # 0.25 degrees in kilometres


def test_no_english_stands_where_the_catalogue_has_words_of_its_own(cache):
    row = made(provider="own processing", cadence="daily or 8 days", units={"olr": "W m-2"})
    html = details(visitor("kk"), row)
    assert "Вт/м²" in html
    for words in ("own processing", "daily", "W m-2"):
        assert words not in html


def test_an_address_of_another_scheme_is_no_link(cache, visit):
    html = details(visit, made(homepage="javascript:alert(1)"))
    assert "href" not in html


# holdings ----------------------------------------------------------------------------------------


def test_a_download_makes_a_copy_partial_and_half_files_do_not_count(cache):
    one = made().entry
    assert holding(one) == Holding("nothing")
    folder = cache / "downloads" / "made"
    folder.mkdir(parents=True)
    (folder / "a.nc").write_bytes(b"12345")
    (folder / "b.nc.part").write_bytes(b"123")
    (folder / ".c.nc").write_bytes(b"123")
    assert holding(one) == Holding("partial", 1, 5)


def test_a_cube_tells_its_newest_day_and_its_size(cache):
    from analysis.cubes import ingest

    months = pd.date_range("2004-01-01", periods=6, freq="MS")
    ingest(
        grid(
            "sst", "degC", months, pd.array([1.0, 2.0]).to_numpy(), pd.array([3.0, 4.0]).to_numpy()
        ),
        "made",
        progress=lambda done, total: None,
    )
    have = holding(made().entry)
    assert (have.extent, have.cube, have.newest) == ("partial", True, "2004-06-01")
    files = [path for path in (cache / "cubes" / "made").rglob("*") if path.is_file()]
    assert have.size == sum(path.stat().st_size for path in files) > 0
    assert "layer=made%2Fsst" in explorer_address(
        visitor(), made(units={"sst": "degC"}, holding=have)
    )
    assert explorer_address(visitor(), made(units={"sst": "degC"})) == ""


# where and when ----------------------------------------------------------------------------------

longitudes = st.floats(-180, 180).map(lambda value: round(value, 2))
boxes = st.tuples(longitudes, st.just(-10.0), longitudes, st.just(10.0))


@given(boxes, boxes)
def test_touching_is_mutual_and_every_box_touches_itself_and_the_world(first, second):
    assert touches(first, first)
    assert touches(first, (-180, -90, 180, 90))
    assert touches(first, second) == touches(second, first)


@given(boxes)
def test_pieces_do_not_run_over_the_date_line_and_keep_the_width(box):
    found = pieces(box)
    assert all(west <= east for west, _s, east, _n in found)
    total = sum(east - west for west, _s, east, _n in found)
    assert total == pytest.approx((box[2] - box[0]) % 360, abs=1e-6) or box[0] in (-180, box[2])


@pytest.mark.parametrize("key", ["", *REGIONS])
def test_the_map_holds_its_region_and_keeps_its_shape(key):
    west, south, east, north = window(REGIONS.get(key))
    assert east - west == pytest.approx(2 * (north - south))
    if key not in ("", "global", "pacific_ring"):
        region = REGIONS[key]
        assert west < region.west < region.east < east
        assert south < region.south < region.north < north


def test_the_chosen_box_stands_out_and_comes_last():
    some = [(row.name, row.entry.coverage, False) for row in (made("a"), made("b", (0, 0, 9, 9)))]
    svg = world_map("label <x>", some, "a", "")
    assert svg.count("<rect") == 2
    assert svg.index('class="box chosen" data-key="source:a"') > svg.index('data-key="source:b"')
    assert "label &lt;x&gt;" in svg


def test_a_box_over_the_date_line_is_drawn_on_both_sides():
    coverage = made(box=(170, -20, -170, 0)).entry.coverage
    assert world_map("x", [("a", coverage, False)], "", "").count("<rect") == 2


@given(st.dates(min_value=pd.Timestamp("1850-01-01").date()))
def test_years_grow_with_days(day):
    assert year_of(str(day)) == pytest.approx(day.year + day.timetuple().tm_yday / 365.25, abs=0.01)


def test_bars_begin_and_end_where_the_coverage_does():
    axis = Axis(2000.0, 2020.0)
    html = bar(axis, made(start="2005-01-01", end="2015-01-01").entry, "2020-01-01", "words")
    found = re.search(r'class="bar" style="left:([\d.]+)%;width:([\d.]+)%', html)
    assert [float(part) for part in found.groups()] == pytest.approx([25.0, 50.0], abs=0.1)
    on = bar(axis, made(start="2005-01-01").entry, "2020-01-01", "words")
    assert "goes-on" in on
    assert "still" in bar(axis, made(start=None, cadence="static").entry, "2020-01-01", "words")
    assert "unknown" in bar(axis, made(start=None).entry, "2020-01-01", "words")


def test_words_of_time_and_place(visit):
    assert duration_text(visit, "P1Y2M") == "1 y 2 mo"
    assert duration_text(visit, "PT6H") == "6 h"
    assert duration_text(visit, "P") == ""
    assert cadence_text(visit, "16 days") == "every 16 days"
    assert place_text(visit, made(box=(-180, -90, 180, 90)).entry.coverage) == "the whole globe"
    assert "170°\u00a0E … 170°\u00a0W" in place_text(
        visit, made(box=(170, -20, -170, 0)).entry.coverage
    )


# filters -----------------------------------------------------------------------------------------


def test_filters_narrow_and_together_narrow_more(cache):
    every = rows()
    for name in ("grid", "events", "polygons"):
        kept = narrowed(every, SourcesState(kinds=[name]))
        assert kept == [row for row in every if row.entry.kind == name]
    found = narrowed(every, SourcesState(text="ndvi simulated", kinds=["grid"]))
    assert {row.name for row in found} == {"landcover_simulated", "vegetation_simulated"}
    assert narrowed(every, SourcesState(text="құрғақ")) == []
    assert narrowed(every, SourcesState(text="ЖЕЛ"))[0].name == "wind"


def test_a_region_keeps_what_reaches_it(cache):
    far = made("far", (-80, -60, -60, -40))
    near = made("near", (60, 40, 80, 50))
    kept = narrowed([far, near], SourcesState(region="kazakhstan_central_asia"))
    assert kept == [near]


def test_copies_are_told_apart(cache):
    some = [made("a"), made("b", holding=Holding("partial", 1, 5))]
    assert [row.name for row in narrowed(some, SourcesState(copy="local"))] == ["b"]
    assert [row.name for row in narrowed(some, SourcesState(copy="missing"))] == ["a"]


# the page ----------------------------------------------------------------------------------------


def test_pressing_opens_and_closes_the_details(cache, visit):
    page = SourcesPage(visit)
    page.list._handle_msg("source:wind")
    assert page.state.source == "wind"
    assert page.side.visible
    assert "u_wind" in page.details.html
    assert 'class="box chosen"' in page.map.html
    assert dict(page.address.query) == {"source": "wind"}
    page.details._handle_msg("close")
    assert not page.side.visible
    page.list._handle_msg("source:<script>")
    assert page.state.source == ""


def test_nothing_found_is_said_and_all_come_back(cache, visit):
    page = SourcesPage(visit)
    page.filters.text.value = "zzzz"
    assert page.nothing.visible
    assert not page.list.visible
    page.filters.reset.clicks += 1
    assert page.list.visible
    assert page.filters.text.value == ""
    assert len(page.listed) == len(list_sources())


def test_the_list_as_files_holds_what_is_listed(cache, visit):
    page = SourcesPage(visit)
    page.filters.kinds.value = ["events"]
    assert page.state.kinds == ["events"]
    table = pd.read_csv(io.BytesIO(page.filters.csv()), comment="#")
    assert set(table["name"]) == {row.name for row in page.listed}
    assert set(table["kind"]) == {"events"}
    book = openpyxl.load_workbook(io.BytesIO(page.filters.xlsx()), read_only=True)
    text = {str(cell) for row in book.worksheets[0].iter_rows(values_only=True) for cell in row}
    assert set(table["name"]) <= text


def test_the_table_has_a_row_for_each_source(cache):
    table = as_table(rows(), "kk")
    assert len(table) == len(list_sources())
    assert table["title"].notna().all()


def test_the_address_restores_the_page_and_refuses_nonsense():
    state = SourcesState(source="wind", kinds=["grid"], region="japan", text="жел", copy="local")
    again = SourcesState()
    assert again.read_query(state.query()) == []
    assert again.query() == state.query()
    problems = SourcesState().read_query(
        {"kinds": "gold", "within": "moon", "find": "x" * 101, "tab": "z"}
    )
    assert len(problems) == 4


def test_the_map_says_how_many_go_round_the_globe(cache, visit):
    some = [made("a", (-180, -90, 180, 90)), made("b")]
    assert "1 of 2 listed sources go round the globe" in map_html(visit, some, SourcesState())
