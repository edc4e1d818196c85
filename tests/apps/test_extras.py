"""Tables of points and satellite pictures over the map: what is drawn, told, refused, asked for."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from analysis.language import translator
from analysis.sources.imagery import gibs
from apps.views import extras as module
from apps.views.extras import Extras
from apps.views.geometry import mercator_bounds, to_mercator
from apps.views.pointtables import WORLD_WIDTH, PointTable, box_text, places_of, within
from apps.views.state import ViewState
from tests.apps.cubekit import SLOPE, layers, make

__all__ = ["layers"]


def wells() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "time": pd.to_datetime(["2020-03-01", "2020-01-01", "2020-02-01"]),
            "longitude": [70.5, 70.5, -170.0],
            "latitude": [45.0, 45.0, 10.0],
            "name": ["A <b>1</b>", "A <b>1</b>", "B"],
            "level": [3.25, 1.0, np.nan],
        }
    )


def table(rows=None, name="wells"):
    return PointTable(
        name, {"en": "Wells"}, {"level": "m"}, False, lambda: wells() if rows is None else rows
    )


@pytest.fixture
def shown(layers, monkeypatch):
    """Extras of a map, with one table and one of shapes at hand."""
    import geopandas as gpd

    fields = gpd.GeoDataFrame(
        {"crop": ["wheat"]}, geometry=[shapely.box(70, 50, 71, 51)], crs="EPSG:4326"
    )
    broken = pd.DataFrame({"v": [1]})
    known = {
        "wells": table(), "fields": table(fields, "fields"), "broken": table(broken, "broken"),
    }  # fmt: skip
    monkeypatch.setattr(module, "tables", lambda: known)

    def start(**values):
        view = make(layers, **values)
        return Extras(view.session, view.state, view)

    return start


def test_a_place_is_drawn_once_with_its_newest_row_and_its_number_of_rows(shown):
    extras = shown(tables=["wells"], bounds=(60, 40, 80, 52))
    points, _line = extras._drawn["wells"]
    assert len(points.data_source.data["x"]) == 1
    (text,) = points.data_source.data["text"]
    assert "A &lt;b&gt;1&lt;/b&gt;" in text
    assert "level: 3.25 m" in text
    assert "2020-03-01" in text
    assert "2 rows" in text
    assert "1 of 2 places drawn" in extras.note.object


def test_a_table_that_is_switched_off_is_hidden_and_comes_back(shown):
    extras = shown(tables=["wells"])
    points, _line = extras._drawn["wells"]
    extras.state.tables = []
    assert not points.visible
    extras.state.tables = ["wells"]
    assert points.visible


def test_shapes_are_outlines_with_a_point_in_each(shown):
    extras = shown(tables=["fields"], bounds=(60, 40, 80, 55))
    points, line = extras._drawn["fields"]
    assert len(points.data_source.data["x"]) == 1
    xs = np.asarray(line.data_source.data["x"], float)
    west, east = to_mercator(np.array([70.0, 71.0]), np.array([50.0, 50.0]))[0]
    assert np.nanmin(xs) == pytest.approx(west)
    assert np.nanmax(xs) == pytest.approx(east)


def test_what_is_not_here_or_has_no_places_is_told(shown):
    extras = shown(tables=["nothing", "broken", "wells"])
    assert "There is no table nothing here." in extras.note.object
    assert "broken cannot be shown" in extras.note.object
    assert "wells" in extras.places


@given(st.floats(-179.9, 179.9), st.floats(-3, 3))
def test_a_place_is_found_on_every_copy_of_the_world(longitude, turns):
    x, _y = to_mercator(np.array([longitude]), np.array([10.0]))
    found = places_of(pd.DataFrame({"longitude": [longitude], "latitude": [10.0]}))
    west = turns * WORLD_WIDTH
    chosen, drawn = within(found, (west, -1e7, west + WORLD_WIDTH, 1e7))
    assert chosen.tolist() == [0]
    assert west - 1e-3 <= drawn[0] <= west + WORLD_WIDTH + 1e-3
    turns_away = (drawn[0] - x[0]) / WORLD_WIDTH
    assert turns_away == pytest.approx(round(turns_away), abs=1e-9)


def test_many_places_are_thinned_evenly():
    rng = np.random.default_rng(1)
    rows = {"longitude": rng.uniform(60, 80, 20_000), "latitude": rng.uniform(40, 50, 20_000)}
    found = places_of(pd.DataFrame(rows))
    window = mercator_bounds((60, 40, 80, 50))
    chosen, _x = within(found, window, most=1000)
    assert 900 < len(chosen) <= 1000
    assert np.all(np.diff(chosen) > 0)


def test_the_box_tells_units_and_marks_simulated_values():
    session = SimpleNamespace(language="ru", _=translator("ru"))
    made = PointTable("t", {"en": "T", "ru": "Т"}, {"v": "cm"}, True, lambda: None)
    text = box_text(session, made, pd.Series({"v": 1234.5, "w": True, "z": None}), 1)
    assert "см" in text
    assert translator("ru")("simulated") in text
    assert "z" not in text


# pictures ----------------------------------------------------------------------------------------

NDVI = "MODIS_Terra_NDVI_8Day"


def test_a_picture_is_off_unless_chosen_and_asked_for_by_its_day(shown):
    extras = shown()
    assert extras._tiles is None
    assert extras.probe.address == ""
    extras.state.param.update(picture=NDVI, time="2005-06-20")
    day = gibs.find_layer(NDVI).day("2005-06-20")
    assert f"/{NDVI}/default/{day}/" in extras.probe.address
    assert extras._tiles is None  # not before the browser says that there is a network
    extras.probe._handle_msg("here")
    assert f"{day}" in extras._tiles.tile_source.url
    extras.state.time = "2005-08-20"
    later = gibs.find_layer(NDVI).day("2005-08-20")
    assert f"/{later}/" in extras._tiles.tile_source.url
    extras.state.picture = ""
    assert not extras._tiles.visible


def test_without_a_network_it_is_said_and_nothing_waits_for_tiles(shown):
    extras = shown(picture=NDVI)
    extras.probe._handle_msg("gone")
    assert "no network" in extras.words.object
    assert extras._tiles is None


def test_an_unreachable_street_map_is_told_once(shown, monkeypatch):
    told = []
    monkeypatch.setattr(module, "_warn", told.append)
    extras = shown()
    extras.state.overlays = ["tiles"]
    assert extras.probe.address.endswith("/0/0/0.png")
    extras.probe._handle_msg("gone")
    extras.state.overlays = ["tiles", "plates"]
    assert len(told) == 1
    assert "street map" in told[0]
    assert extras.probe.address == ""
    extras.state.overlays = []
    extras.state.overlays = ["tiles"]
    extras.probe._handle_msg("here")
    assert len(told) == 1


def test_a_time_before_the_satellite_and_an_unknown_picture_are_told(shown):
    extras = shown(picture=NDVI, time="1999-01-01")
    assert "begins on" in extras.words.object
    extras.state.picture = "Moon"
    assert "no such picture" in extras.words.object


def test_the_link_holds_tables_and_picture():
    state = ViewState(tables=["wells", "fields"], picture=NDVI)
    assert state.query() == {"tables": "wells,fields", "picture": NDVI}
    again = ViewState()
    assert again.read_query(state.query()) == []
    assert (again.tables, again.picture) == (["wells", "fields"], NDVI)


def test_the_drawer_offers_what_is_at_hand(shown):
    extras = shown(layer=SLOPE, tables=["wells"])
    chosen, _note, stations, picture, _words = extras.widgets()
    assert chosen.value == ["wells"]
    wanted = {"wells:A <b>1</b>@70.5000,45.0000", "wells:B@-170.0000,10.0000"}
    assert set(stations.options.values()) == wanted
    assert set(gibs.LAYERS) < set(picture.options.values())
    chosen.value = []
    assert extras.state.tables == []
