"""Search in STAC: an API with pages, by POST and GET, and static catalogues."""

from __future__ import annotations

import json

import pandas as pd
import pytest
import tenacity

from analysis.sources.imagery import catalogues, stac
from analysis.sources.imagery.stac import search
from tests.products.imagery_files import item, write_catalogue
from tests.products.stacserver import CONFORMANCE, StacServer


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr(catalogues, "WAIT", tenacity.wait_none())


@pytest.fixture(scope="module")
def rows():
    """250 scenes of two days apart, in two places, of two collections."""
    made = []
    for k in range(250):
        west = 60.0 if k % 2 else 70.0
        when = pd.Timestamp("2020-01-01T06:00") + pd.Timedelta(days=2 * k)
        box = (west, 50.0, west + 1, 51.0)
        name = "sentinel-2-l2a" if k % 5 else "landsat-c2-l2"
        made.append(item(f"S{k:03d}", name, when, box, {}, **{"eo:cloud_cover": k % 100}))
    return made


def expected(rows, box, first, last, clouds, name="sentinel-2-l2a"):
    return [
        one["id"]
        for one in rows
        if one["collection"] == name
        and one["bbox"][0] <= box[2]
        and one["bbox"][2] >= box[0]
        and first <= one["properties"]["datetime"][:10] <= last
        and one["properties"]["eo:cloud_cover"] <= clouds
    ]


BOX = (59.0, 49.0, 65.0, 52.0)
WANTED = {"bbox": BOX, "start": "2020-03", "end": "2021-02-10", "cloud_cover": 80}


@pytest.mark.parametrize("methods", [("GET", "POST"), ("POST",), ("GET",)])
def test_api_gives_all_pages(tmp_path, rows, methods):
    with StacServer(tmp_path, rows, page=7, methods=methods) as server:
        found = search(server.api, "sentinel-2-l2a", **WANTED)
    assert [one.id for one in found] == expected(rows, BOX, "2020-03-01", "2021-02-10", 80)
    assert len(found) > 50
    asked = server.searches()
    assert len(asked) == -(-len(found) // 7)
    assert {one.method for one in asked} == {"POST" if "POST" in methods else "GET"}


def test_static_catalogue_and_item_collection_give_the_same(tmp_path, rows):
    with StacServer(tmp_path, rows) as server:
        api = search(server.api, "sentinel-2-l2a", **WANTED)
    catalogue = write_catalogue(tmp_path / "static", rows)
    together = tmp_path / "items.json"
    together.write_text(json.dumps({"type": "FeatureCollection", "features": rows}))
    for path in (catalogue, catalogue.parent / "sentinel-2-l2a" / "collection.json", together):
        found = search(path, "sentinel-2-l2a", **WANTED)
        assert [one.id for one in found] == [one.id for one in api]


def test_static_catalogue_over_http(tmp_path, rows):
    write_catalogue(tmp_path, rows[:9])
    with StacServer(tmp_path, []) as server:
        found = search(f"{server.url}/files/catalog.json", bbox=BOX)
        alone = search(f"{server.url}/files/sentinel-2-l2a/S001.json")
        several = tmp_path / "items.json"
        several.write_text(json.dumps({"type": "FeatureCollection", "features": rows[:3]}))
        together = search(f"{server.url}/files/items.json")
    assert {one.id for one in found} == {"S001", "S003", "S005", "S007"}
    assert [one.id for one in alone] == ["S001"]
    assert len(together) == 3


def test_service_without_query_or_search_is_sifted_here(tmp_path, rows):
    plain = [one for one in CONFORMANCE if not one.endswith("#query")]
    with StacServer(tmp_path, rows, conformance=plain) as server:
        found = search(server.api, "sentinel-2-l2a", **WANTED)
        assert all("query" not in one.asked for one in server.searches())
    assert [one.id for one in found] == expected(rows, BOX, "2020-03-01", "2021-02-10", 80)


def test_box_over_the_date_line_in_a_static_catalogue(tmp_path):
    boxes = {"east": (178, 0, 179, 1), "west": (-179, 0, -178, 1), "over": (179, 0, -179, 1)}
    made = [
        item(k, "c", "2020-01-01", box, {}) for k, box in {**boxes, "far": (0, 0, 1, 1)}.items()
    ]
    path = tmp_path / "items.json"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": made}))
    assert {one.id for one in search(path, bbox=(177.5, -1, -177.5, 2))} == {"east", "west", "over"}
    assert {one.id for one in search(path, bbox=(177.5, -1, 179.5, 2))} == {"east", "over"}


def test_more_items_than_the_limit_are_an_error(tmp_path, rows):
    with StacServer(tmp_path, rows, page=20) as server:
        with pytest.raises(ValueError, match=r"more than 30 items.*smaller box"):
            search(server.api, limit=30)
        assert len(server.searches()) == 2
        assert len(search(server.api, limit=250)) == 250


def test_busy_service_is_asked_again_and_a_broken_one_named(tmp_path, rows):
    with StacServer(tmp_path, rows) as server:
        server.fail(503, times=2)
        assert len(search(server.api, bbox=BOX)) == 125
        assert [one.status for one in server.searches()] == [503, 503, 200, 200]
        server.fail(400)
        with pytest.raises(ValueError, match=r"service http://127.*failed.*on purpose"):
            search(server.api, bbox=BOX)
        server.fail(503, times=50)
        with pytest.raises(ValueError, match="failed"):
            search(server.api, bbox=BOX)
    with pytest.raises(ValueError, match="failed"):
        search(server.api, bbox=BOX)  # nobody there any more


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"bbox": (10, 5, 20, 4)}, "south below north"),
        ({"bbox": (10, 5, 20)}, "has 3 numbers"),
        ({"bbox": (10, 5, 200, 6)}, "in degrees"),
        ({"cloud_cover": 120}, "0 to 100"),
        ({"limit": 0}, "1 or more"),
        ({"start": "summer"}, "'summer' is no time"),
        ({"start": "2021", "end": "2020"}, "ends .2020. before it starts"),
    ],
)
def test_impossible_questions_are_refused(given, message):
    with pytest.raises(ValueError, match=message):
        search("https://example.org/stac", **given)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"type": "FeatureCollection"}',
        '{"type": "Catalog", "id": 3}',
        '{"type": "FeatureCollection", "features": [{"type": "Feature"}]}',
        '{"type": "FeatureCollection", "features": [{"id": "a", "type": "Feature", '
        '"stac_version": "1.0.0", "properties": {"datetime": null}, "geometry": null}]}',
    ],
)
def test_files_that_are_no_stac(tmp_path, text):
    path = tmp_path / "bad.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"bad\.json|states no time"):
        search(path)


def test_zone_of_a_time_counts():
    first, _ = stac.period("2021-06-01T03:00:00+06:00", None)
    assert first == pd.Timestamp("2021-05-31T21:00")
