"""Which files a region and a period need, for each way; and what is told before any download."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from analysis.sources import open_source
from analysis.sources.fetching import FetchError, NotCoveredError, fetch, plan
from analysis.sources.fetching.items import safe
from analysis.sources.fetching.places import box_of
from tests.sources.fetching.conftest import QUICK

EVERYWHERE = {"west": -180, "south": -90, "east": 180, "north": 90}


def names(the_plan):
    return [item.name for item in the_plan.items]


def test_days_of_a_period_old_name_and_new(server, source):
    server.files |= {f"old/{day:03d}.bin": b"old" for day in (364, 365)}
    server.files |= {f"new/2022{day:03d}.bin": b"new!" for day in (1, 2)}
    urls = [server.url("old/{date:%j}.bin"), server.url("new/{date:%Y%j}.bin")]
    folder = source({"how": "files", "urls": urls, "step": "P1D", "name": "{date:%Y%m%d}.bin"})
    found = plan("tide", None, "2021-12-29", "2022-01-02", pause=0.0)
    assert len(found.items) == 5
    report = fetch(found, **QUICK)
    assert report.missing == ["20211229.bin"]
    assert sorted(path.name for path in report.fetched) == [
        f"{one}.bin" for one in (20211230, 20211231, 20220101, 20220102)
    ]
    assert (folder / "20220101.bin").read_bytes() == b"new!"
    assert fetch("tide", None, "2021-12-30", "2022-01-02", **QUICK).fetched == []


def test_months_and_years_that_a_period_touches(server, source):
    source({"how": "files", "urls": [server.url("{date:%Y-%m}.bin")], "step": "P1M"})
    assert names(plan("tide", None, "2020-01-31", "2020-03-01", pause=0.0)) == [
        f"2020-0{month}.bin" for month in (1, 2, 3)
    ]
    source({"how": "files", "urls": [server.url("{date:%Y}.bin")], "step": "P1Y"})
    assert names(plan("tide", None, "2019-12-31", "2020-01-01", pause=0.0)) == [
        "2019.bin",
        "2020.bin",
    ]


def test_nobody_asks_for_days_outside_the_coverage_or_in_the_future(server, source):
    way = {"how": "files", "urls": [server.url("{date:%Y}.bin")], "step": "P1Y"}
    source(way, coverage={**EVERYWHERE, "start": "2018-05-01", "end": "2019-12-31"})
    assert names(plan("tide", None, "1900", "2030", pause=0.0)) == ["2018.bin", "2019.bin"]
    source(way, coverage={**EVERYWHERE, "start": "2018-05-01"})
    last = plan("tide", None, "2018", "2100", pause=0.0).items[-1]
    assert last.date == dt.date(dt.datetime.now(dt.UTC).year, 1, 1)
    assert last.growing


def test_stations_of_an_index_that_lie_in_the_region(server, source):
    server.files["list.txt"] = (
        b"Sta Lat Long H\nALMT 43.2 76.9 800\nPOL2 42.7 -285.3 1700\nX 9 9 9\n"
    )
    server.files |= {f"{one}.bin": b"data" for one in ("ALMT", "POL2")}
    columns = ["station", "latitude", "longitude", "height"]
    index = {"url": server.url("list.txt"), "columns": columns}
    folder = source({"how": "files", "urls": [server.url("{station}.bin")], "index": index})
    fetch("tide", "74,40,80,45", **QUICK)
    assert sorted(path.name for path in folder.glob("*.bin")) == ["ALMT.bin", "POL2.bin"]


def test_the_region_may_stand_in_an_address(server, source):
    server.files["cut"] = b"data"
    url = server.url("cut?w={west}&e={east}&s={south}&n={north}")
    source({"how": "files", "urls": [url], "name": "cut_{west}_{south}.bin"})
    fetch("tide", (70, 40, 80.5, 50), **QUICK)
    assert server.requests[-1].query == {"w": "70", "e": "80.5", "s": "40", "n": "50"}


def test_tiles_of_the_region_and_no_failure_where_there_is_sea(server, source):
    server.files |= {f"wc_{one}.tif": b"II*\0tile" for one in ("N48E063", "N48E066")}
    way = {"how": "files", "urls": [server.url("wc_{tile}.tif")], "tiles": {"tile": 3}}
    source(way, pattern="*.tif")
    report = fetch("tide", "65,47,68,50", **QUICK)
    assert [one.name for one in report.fetched] == ["wc_N48E063.tif", "wc_N48E066.tif"]
    assert report.missing == ["wc_N45E063.tif", "wc_N45E066.tif"]
    assert len(fetch("tide", "65,48,68,50", **QUICK).present) == 2
    assert all(one.status != 304 for one in server.requests), "tiles do not change"


def granules(server, count):
    for k in range(count):
        day = dt.date(2020, 1, 1) + dt.timedelta(days=k)
        path = f"MOD11A1/A{day:%Y%j}.h23v04.hdf"
        server.files[path] = b"\x0e\x03\x13\x01" + bytes([k % 256]) * (10 + k)
        row = {"short_name": "MOD11A1", "version": "061", "date": str(day), "place": (75.0, 45.0)}
        server.granules.append({**row, "path": path})


def test_granules_are_searched_page_by_page_with_size_and_checksum(server, source):
    granules(server, 1200)
    search = server.url("search/granules.umm_json")
    way = {"how": "granules", "short_name": "MOD11A1", "version": "061", "search": search}
    folder = source(way, pattern="*.hdf")
    found = plan("tide", "70,40,80,50", "2020-01-01", "2022-12-31", pause=0.0)
    assert len(found.items) == 1096
    assert found.size == sum(14 + k for k in range(1096))
    assert not found.estimated
    pages = server.asked("search/granules.umm_json")
    assert [one.headers.get("cmr-search-after") for one in pages] == [None, "500", "1000", "1500"]
    report = fetch("tide", "70,40,80,50", "2020-02-01", "2020-02-03", **QUICK)
    assert [path.name for path in report.fetched] == [
        f"A2020{day:03d}.h23v04.hdf" for day in (32, 33, 34)
    ]
    server.files["MOD11A1/A2020040.h23v04.hdf"] = b"\x0e\x03\x13\x01" + b"?" * 49
    with pytest.raises(FetchError, match="md5 checksum"):
        fetch(replaced(found, "A2020040.h23v04.hdf"), **QUICK)
    assert not (folder / "A2020040.h23v04.hdf").exists()


def replaced(found, name):
    from dataclasses import replace

    return replace(found, items=tuple(one for one in found.items if one.name == name))


def test_granules_by_pattern_of_names(server, source):
    granules(server, 3)
    search = server.url("search/granules.umm_json")
    way = {"how": "granules", "short_name": "MOD11A1", "search": search}
    source({**way, "pattern": r"A2020002\..*\.hdf"})
    assert names(plan("tide", pause=0.0)) == ["A2020002.h23v04.hdf"]


def test_a_search_that_answers_something_else_is_told(server, source):
    search = server.url("search/granules.umm_json")
    source({"how": "granules", "short_name": "MOD11A1", "search": search})
    server.fault("search/granules.umm_json", "html")
    with pytest.raises(FetchError, match="answers no JSON"):
        plan("tide", pause=0.0)


@pytest.mark.parametrize(
    "items", ['["a"]', '[{"umm": [1]}]', '[{"umm": {"RelatedUrls": ["x"]}}]', '[{"umm": null}]']
)
def test_granules_of_another_form_are_told(server, source, items):
    server.files["other.json"] = b'{"items": %s}' % items.encode()
    source({"how": "granules", "short_name": "MOD11A1", "search": server.url("other.json")})
    with pytest.raises(FetchError, match="a granule in another form"):
        plan("tide", pause=0.0)


def test_names_too_long_for_a_file_system_are_cut():
    assert len(safe("Ж" * 300).encode()) <= 200
    assert safe("a\ud800.nc") == "a_.nc"


FRAME = {
    "how": "listing",
    "base": "products/{track}/{frame}/interferograms",
    "pattern": r"(?P<date>\d{8})_\d{8}/.*\.geo\.(unw|cc)\.tif",
    "choose": {"frame": r"0*(?P<track>\d+)[AD]_\d{5}_\d{6}"},
}


@pytest.fixture
def frames(server, source):
    """Pages of directories as those of LiCSAR."""
    for pair in ("20200101_20200113", "20200113_20200125", "20210101_20210113"):
        for kind in ("unw.tif", "cc.tif", "diff.png"):
            path = f"products/21/021D_04972_131213/interferograms/{pair}/{pair}.geo.{kind}"
            server.files[path] = b"II*\0" + pair.encode()
    return source({**FRAME, "base": server.url(FRAME["base"])}, pattern="*.tif")


def test_directories_are_read_level_by_level(server, frames):
    frame = {"frame": "021D_04972_131213"}
    found = plan("tide", None, "2020", "2020", choose=frame, pause=0.0)
    assert names(found) == [
        f"{pair}.geo.{kind}.tif"
        for pair in ("20200101_20200113", "20200113_20200125")
        for kind in ("cc", "unw")
    ]
    assert not any("2021" in one.path for one in server.requests)
    fetch(found, **QUICK)
    assert len(list(frames.glob("*.tif"))) == 4


def test_parts_with_the_same_names_lie_apart(server, source, cache):
    pair = "20200101_20200113/20200101_20200113.geo.unw.tif"
    for frame in ("021D_04972_131213", "100A_04972_131213"):
        path = f"products/{int(frame[:3])}/{frame}/interferograms/{pair}"
        server.files[path] = b"II*\0" + frame.encode()
    way = {**FRAME, "base": server.url(FRAME["base"]), "folder": "{frame}"}
    source(way, pattern="*/*.tif")
    for frame in ("021D_04972_131213", "100A_04972_131213"):
        report = fetch("tide", choose={"frame": frame}, **QUICK)
        assert [one.read_bytes()[4:].decode() for one in report.fetched] == [frame]
        assert report.folder == cache / "downloads" / "tide" / frame
    with pytest.raises(ValueError, match=r"2 parts here: 021D_04972_131213, 100A_04972_131213"):
        open_source("tide")


def test_a_choice_is_needed_and_checked(frames):
    with pytest.raises(ValueError, match=r"say which frame \(--choose frame="):
        plan("tide", pause=0.0)
    with pytest.raises(ValueError, match="frame is '21'; allowed is the form"):
        plan("tide", choose={"frame": "21"}, pause=0.0)
    with pytest.raises(ValueError, match=r"no choice 'fram'\. Did you mean 'frame'"):
        plan("tide", choose={"fram": "x"}, pause=0.0)


def test_years_as_folders_are_entered_only_where_they_matter(server, source):
    for year in (2019, 2020, 2021):
        server.files[f"data/{year}/tide_{year}0601.bin"] = b"x"
    base, pattern = server.url("data"), r"(?P<date>\d{4})/tide_(?P<day>\d+)\.bin"
    source({"how": "listing", "base": base, "pattern": pattern})
    assert names(plan("tide", None, "2020-05-01", "2020-07-01", pause=0.0)) == ["tide_20200601.bin"]
    assert server.asked("data/2019/") == []


def test_names_that_lead_out_of_the_folder_are_not_followed(server, source, cache):
    page = b'<a href="../../x.bin">a</a> <a href="%2e%2e%2fy.bin">b</a> <a href="/z.bin">c</a>'
    server.files["data/"] = page
    source({"how": "listing", "base": server.url("data"), "pattern": r".*\.bin"})
    found = plan("tide", pause=0.0)
    assert all("/" not in item.name and ".." not in item.name for item in found.items)
    assert found.folder.parent == cache / "downloads"


def test_assets_of_stac_items(server, source, tmp_path):
    for band in ("red", "nir"):
        server.files[f"b/{band}.tif"] = b"II*\0" + band.encode()
    item = {
        "type": "Feature",
        "stac_version": "1.0.0",
        "id": "S2_A",
        "collection": "s2",
        "bbox": [70.0, 50.0, 71.0, 51.0],
        "geometry": {
            "type": "Polygon",
            "coordinates": [[[70, 50], [71, 50], [71, 51], [70, 51], [70, 50]]],
        },
        "properties": {"datetime": "2021-06-15T06:00:00Z"},
        "links": [{"rel": "self", "href": server.url("items/S2_A")}],
        "assets": {b: {"href": server.url(f"b/{b}.tif")} for b in ("red", "nir")},
    }
    server.files["items/S2_A"] = json.dumps(item).encode()
    path = tmp_path / "items.json"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [item]}))
    way = {"how": "stac", "url": str(path), "collection": "s2", "bands": ["red"]}
    folder = source(way, pattern="*.tif")
    assert fetch("tide", "70,50,70.5,50.5", "2021-06", "2021-06", **QUICK).failed == {}
    assert sorted(one.name for one in folder.glob("S2*")) == ["S2_A.json", "S2_A.red.tif"]
    assert json.loads((folder / "S2_A.json").read_text())["properties"] == item["properties"]
    assert plan("tide", "60,50,61,51", "2021-06", "2021-06", pause=0.0).items == ()


def test_a_region_outside_the_coverage_says_what_covers_it(source):
    way = {"how": "files", "urls": ["http://127.0.0.1:9/a.nc"]}
    america = {"west": -170, "south": 7, "east": -50, "north": 72}
    source(way, name="opera", coverage=america, units={"los_displacement": "mm"})
    source(way, name="egms", coverage={"west": -25, "south": 34, "east": 45, "north": 72})
    source(way, name="licsar", coverage=EVERYWHERE, units={"los_displacement": "mm"})
    with pytest.raises(NotCoveredError, match=r"'opera' covers -170, 7, -50, 72") as caught:
        plan("opera", "kazakhstan_central_asia", "2020", "2021", pause=0.0)
    assert str(caught.value).endswith("licsar.")
    assert "These do: " in str(caught.value)
    with pytest.raises(NotCoveredError, match="No other source of its variables"):
        plan("egms", "kazakhstan_central_asia", pause=0.0)


def test_a_period_outside_the_coverage_is_told(source):
    way = {"how": "files", "urls": ["http://127.0.0.1:9/{date:%Y}.nc"], "step": "P1Y"}
    source(way, coverage={**EVERYWHERE, "start": "2002-04-04", "end": "2017-06-30"})
    with pytest.raises(NotCoveredError, match="covers 2002-04-04 to 2017-06-30, nothing of 2019"):
        plan("tide", None, "2019", "2020", pause=0.0)


def test_what_no_program_downloads_says_where_to_click(source):
    source({"how": "service", "words": "Open the portal and click Download"})
    with pytest.raises(ValueError, match=r"Open the portal and click Download\. Then put"):
        plan("tide")
    with pytest.raises(ValueError, match="'wind' is packaged: there is nothing to download"):
        plan("wind")


@pytest.mark.parametrize(
    ("region", "box"),
    [
        ("japan", (128, 28, 149, 47)),
        ("Камчатка", (150, 46, 172, 63)),
        ("60, 40, 90, 56", (60, 40, 90, 56)),
        ((300, -10, 310, 5), (-60, -10, -50, 5)),
        ("170;-20;-170;10", (170, -20, -170, 10)),
        ((0, 89, 500), (-180, 84.5034, 180, 90)),
        (None, (-180, -90, 180, 90)),
    ],
)
def test_regions(region, box):
    from analysis.sources import entry

    assert box_of(region, entry("wind")) == pytest.approx(box, abs=1e-3)


@pytest.mark.parametrize(
    ("region", "match"),
    [
        ("jappan", "Did you mean 'japan'"),
        ("1,2", "is none"),
        ("50,60,70,40", "south below north"),
        ("nan,40,90,56", "is none"),
        ((77, 43, -5), "circle of -5"),
    ],
)
def test_no_regions(region, match):
    from analysis.sources import entry

    with pytest.raises(ValueError, match=match):
        box_of(region, entry("wind"))


@pytest.mark.parametrize(
    ("start", "end", "match"), [("2021", "2020", "ends"), ("yesterday", None, "is no date")]
)
def test_no_periods(source, start, end, match):
    source({"how": "files", "urls": ["http://127.0.0.1:9/a.nc"]})
    with pytest.raises(ValueError, match=match):
        plan("tide", None, start, end)
