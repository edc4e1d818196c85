"""The map in-process: images, lines, contours and earthquakes, on small cubes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.seismic import select_events
from analysis.seismic.raster import event_classes
from apps.views import atlas
from apps.views.colours import colour_indices, default_limits, palette
from apps.views.geometry import mercator_bounds, to_degrees
from apps.views.maps import MapView
from apps.views.series import SeriesDock
from apps.views.state import Bounds
from tests.apps.cubekit import PATCHY, SLOPE, frame_of, image, make, move

# the map image ---------------------------------------------------------------------------------


WINDOWS: list[Bounds] = [
    (-180, -62, 180, 75),
    (60, 40, 90, 56),
    (165, -50, 200, -30),
    (290, -15, 310, 5),
    (-540, -70, -190, 70),
]


@pytest.mark.parametrize("bounds", WINDOWS)
def test_the_image_pushed_is_the_view_of_the_cube_in_colours(
    layers: dict[str, atlas.GridLayer], bounds: Bounds
) -> None:
    view = make(layers, bounds=bounds, time="2004-05-01")
    cube = layers[SLOPE].cube
    window = mercator_bounds(bounds)
    assert frame_of(view) == pytest.approx(window)
    width, height = view.plot.size()
    expected = cube.view(4, window, width, height, "lwe_thickness", crs="EPSG:3857").values
    low, high = view.limits(layers[SLOPE])
    assert np.array_equal(image(view), colour_indices(expected, low, high))


@pytest.mark.parametrize("bounds", WINDOWS)
def test_the_colour_under_the_pointer_is_that_of_the_cell_a_click_reads(
    layers: dict[str, atlas.GridLayer], bounds: Bounds
) -> None:
    view = make(layers, bounds=bounds, time="2004-05-01")
    low, high = view.limits(layers[SLOPE])
    shown = image(view)
    west, south, east, north = frame_of(view)
    rng = np.random.default_rng(5)
    for row, column in zip(rng.integers(0, 500, 12), rng.integers(0, 1000, 12), strict=True):
        x = west + (column + 0.5) * (east - west) / 1000
        y = south + (row + 0.5) * (north - south) / 500
        value = float(layers[SLOPE].cube.series(*view.degrees(x, y))[4])
        expected = colour_indices(np.array([[value]], np.float32), low, high)[0, 0]
        assert int(shown[row, column]) == int(expected)


def test_moving_the_window_pushes_a_new_image_and_the_state_follows(
    layers: dict[str, atlas.GridLayer],
) -> None:
    view = make(layers)
    before = view.plot.frame
    move(view, (350, 10, 380, 40))
    assert view.plot.frame > before
    assert frame_of(view) == pytest.approx(mercator_bounds((350, 10, 380, 40)))
    assert view.state.bounds == pytest.approx((-10, 10, 20, 40), abs=0.002), "on the first world"


def test_cells_without_a_value_have_no_colour(layers: dict[str, atlas.GridLayer]) -> None:
    view = make(layers, layer=PATCHY, bounds=(38, 28, 102, 62), time="2004-01-01")
    west, south, east, north = frame_of(view)
    height, width = image(view).shape
    x = west + (np.arange(width) + 0.5) * (east - west) / width
    y = south + (np.arange(height) + 0.5) * (north - south) / height
    lon, lat = to_degrees(x, np.full(width, y[height // 2]))[0], to_degrees(np.zeros(height), y)[1]
    inside = np.outer((lat > 30) & (lat < 60), (lon > 40) & (lon < 100))
    hole = np.outer((lat > 44) & (lat < 50), (lon > 60) & (lon < 100))
    assert np.array_equal(image(view) > 0, inside & ~hole)
    view.state.time = "2004-03-01"
    assert not image(view).any(), "a month without any value"


def test_limits_come_from_stored_percentiles_until_the_visitor_chooses(
    layers: dict[str, atlas.GridLayer],
) -> None:
    view = make(layers)
    layer = layers[SLOPE]
    stored = layer.cube.attrs("lwe_thickness")["percentiles"]
    assert view.limits(layer) == default_limits(stored, layer.info.center)
    view.state.limits = (30.0, 50.0)
    scale = view.plot.scale.data
    assert (scale["low"], scale["high"], scale["units"]) == ([30.0], [50.0], ["cm"])
    west = image(view)[:, :480]
    assert set(np.unique(west)) == {1}, "all western longitudes lie below the range"


def test_limits_do_not_move_with_the_window(layers: dict[str, atlas.GridLayer]) -> None:
    view = make(layers)
    before = dict(view.plot.scale.data)
    move(view, (10, 10, 20, 20))
    assert view.plot.scale.data == before


def test_the_colour_map_chosen_is_used_and_an_unknown_one_is_not(
    layers: dict[str, atlas.GridLayer],
) -> None:
    view = make(layers, colormap="colorcet:gray")
    mapper = view.plot.renderer("image").glyph.color_mapper
    assert mapper.palette == ["#00000000", *palette("colorcet:gray")]
    view.state.colormap = "rainbow:unicorn"
    assert mapper.palette == ["#00000000", *palette(layers[SLOPE].info.colormap)]


def test_the_nearest_time_is_shown(layers: dict[str, atlas.GridLayer]) -> None:
    view = make(layers, time="2005-03-03")
    times = layers[SLOPE].cube.times
    assert str(times[view.time_index])[:7] in ("2005-02", "2005-04")
    view.state.time = ""
    assert view.time_index == len(times) - 1
    view.state.time = "1850-01-01"
    assert view.time_index == 0


def test_a_hidden_layer_leaves_an_empty_image(layers: dict[str, atlas.GridLayer]) -> None:
    view = make(layers, style="both")
    assert len(view.plot.source("contours").data["x"]) > 0
    view.state.style = "none"
    assert not image(view).any()
    assert len(view.plot.source("contours").data["x"]) == 0
    assert view.plot.levels.data["text"] == []


def test_contours_run_where_the_grid_has_their_value(layers: dict[str, atlas.GridLayer]) -> None:
    view = make(layers, style="contours", bounds=(-100, -50, 100, 50), time="2004-04-01")
    assert not image(view).any(), "contours without a heat map"
    data = view.plot.source("contours").data
    lon, lat = to_degrees(np.asarray(data["x"], float), np.asarray(data["y"], float))
    values = lon + lat / 1000 + 3
    levels = np.array([float(text) for text in view.plot.levels.data["text"]])
    assert len(levels) >= 3
    known = values[np.isfinite(values)]
    off = np.abs(known[:, None] - levels[None]).min(axis=1)
    assert off.max() <= 2.5, "never farther than the cell is wide"
    view.state.style = "heat"
    assert image(view).any()
    assert len(view.plot.source("contours").data["x"]) == 0


def test_lines_are_drawn_and_hidden_on_wish(layers: dict[str, atlas.GridLayer]) -> None:
    view = make(layers, overlays=["plates", "borders", "graticule"])
    for name in ("coast", "plates", "borders", "graticule"):
        assert np.isfinite(view.plot.source(name).data["x"]).any(), name
    view.state.overlays = []
    for name in ("plates", "borders", "graticule"):
        assert len(view.plot.source(name).data["x"]) == 0, name


# earthquakes -----------------------------------------------------------------------------------


def chosen(view: MapView, **filters: Any) -> pd.DataFrame:
    found: pd.DataFrame = select_events(atlas.events().table, **filters)
    return found


FILTERS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"magnitude": (7.0, 10.0)}, {"magnitude": (7.0, 10.0)}),
    (
        {"magnitude": (5.5, 10.0), "depth": (300.0, 800.0)},
        {"magnitude": (5.5, 10.0), "depth": (300.0, 800.0)},
    ),
    (
        {"magnitude": (6.0, 10.0), "dates": ("2011-03-11", "2011-03-11")},
        {"magnitude": (6.0, 10.0), "start": "2011-03-11", "end": "2011-03-12"},
    ),
    (
        {"magnitude": (6.5, 10.0), "region": "pacific_ring"},
        {"magnitude": (6.5, 10.0), "region": (90, -60, -60, 66)},
    ),
]


@pytest.mark.parametrize(("state", "filters"), FILTERS)
@pytest.mark.parametrize("bounds", [WINDOWS[0], WINDOWS[2]])
def test_events_and_their_details_are_those_that_pass_the_filters(
    layers: dict[str, atlas.GridLayer],
    state: dict[str, Any],
    filters: dict[str, Any],
    bounds: Bounds,
) -> None:
    view = make(layers, bounds=bounds, **state)
    expected = chosen(view, simulated=False, **filters)
    assert len(expected) > 5
    assert sorted(view.selection()["id"]) == sorted(expected["id"])
    drawn = event_classes(
        expected["x"], expected["y"], expected["mag"], view.plot.window(), *view.plot.size()
    )
    assert np.array_equal(image(view, "events"), drawn)
    rows = view.plot.source("hover").data
    lon, lat = to_degrees(np.asarray(rows["x"]), np.asarray(rows["y"]))
    west, south, east, north = bounds
    rounding = 1e-9  # degrees there and back
    assert np.all((lon >= west - rounding) & (lon <= east + rounding))
    assert np.all((lat >= south - rounding) & (lat <= north + rounding))
    turned = (expected["longitude"] - west) % 360 + west
    inside = expected[(turned <= east) & expected["latitude"].between(south, north)]
    idents = [text.rpartition("(")[2].rstrip(")") for text in rows["event"]]
    assert set(idents) <= set(inside["id"])
    assert len(set(idents)) >= min(len(inside), 1490)
    for ident, text, time in zip(idents, rows["magnitude"], rows["time"], strict=True):
        event = expected.loc[expected["id"] == ident].iloc[0]
        assert text.startswith(f"{event['mag']:.1f}")
        assert time.startswith(str(event["time"])[:16])


def test_largest_events_are_kept_for_hovering_where_there_are_many(
    layers: dict[str, atlas.GridLayer],
) -> None:
    view = make(layers, magnitude=(5.0, 10.0))
    shown = [float(text.split()[0]) for text in view.plot.source("hover").data["magnitude"]]
    assert len(shown) == 1500
    inside = view.selection()["latitude"].between(-62, 75)
    largest = view.selection()["mag"][inside].nlargest(1500)
    assert sum(shown) == pytest.approx(float(largest.sum()), rel=1e-3)


def test_an_event_that_the_map_shows_twice_is_hovered_twice(
    layers: dict[str, atlas.GridLayer],
) -> None:
    view = make(layers, bounds=(-360, -60, 360, 60), magnitude=(8.5, 10.0))
    rows = view.plot.source("hover").data
    places = {(round(x), event) for x, event in zip(rows["x"], rows["event"], strict=True)}
    assert len(places) == len(rows["event"]) == 2 * len(set(rows["event"]))


@pytest.mark.parametrize(
    "state",
    [
        {"kinds": []},
        {"magnitude": (9.9, 10.0)},
        {"sources": ["no such agency"]},
        {"dates": ("1801-01-01", "1801-02-01")},
        {"magnitude": (7.0, 10.0), "depth": (-10.0, -9.0)},
    ],
)
def test_no_event_after_filtering_is_no_error(
    layers: dict[str, atlas.GridLayer], state: dict[str, Any]
) -> None:
    view = make(layers, **state)
    dock = SeriesDock(view.session, view.state, view)
    assert len(view.selection()) == 0
    assert not image(view, "events").any()
    assert len(view.plot.source("hover").data["x"]) == 0
    assert not dock.activity["max_mag"].visible
    view.state.param.update(kinds=["real"], magnitude=(8.0, 10.0), sources=[], dates=None)
    view.state.depth = (-10.0, 800.0)
    assert image(view, "events").any(), "and the events come back"


def test_simulated_events_are_shown_only_on_wish_and_say_so(
    layers: dict[str, atlas.GridLayer],
) -> None:
    view = make(layers, magnitude=(4.0, 10.0))
    assert not view.selection()["simulated"].any()
    view.state.kinds = ["simulated"]
    assert view.selection()["simulated"].all()
    origins = view.plot.source("hover").data["origin"]
    assert origins
    assert all("simulated" in text for text in origins)


def test_hidden_events_are_neither_drawn_nor_hovered(layers: dict[str, atlas.GridLayer]) -> None:
    view = make(layers, overlays=[])
    assert not image(view, "events").any()
    assert len(view.plot.source("hover").data["x"]) == 0
