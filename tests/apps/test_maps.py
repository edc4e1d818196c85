"""Map, dock, time bar and controls in-process, on small cubes in a cache of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr

from analysis.cubes import ingest
from analysis.seismic import select_events
from analysis.seismic.raster import event_classes
from apps.views import atlas
from apps.views.colours import colour_indices, default_limits, palette
from apps.views.controls import Controls
from apps.views.frame import Session
from apps.views.geometry import WORLD_WIDTH, mercator_bounds, to_degrees
from apps.views.maps import MapView
from apps.views.places import PlaceGroup
from apps.views.points import PointsBar
from apps.views.series import SeriesDock
from apps.views.state import Bounds, ViewState
from apps.views.timebar import TimeBar

SLOPE = "slope/lwe_thickness"
PATCHY = "patchy/sst"
HEIGHT = "height/elevation"


def grid(  # value = longitude + latitude / 1000 + month
    name: str, units: str, months: pd.DatetimeIndex, latitude: np.ndarray, longitude: np.ndarray
) -> xr.Dataset:
    month = np.arange(len(months), dtype=float)[:, None, None]
    values = longitude[None, None, :] + latitude[None, :, None] / 1000 + month
    ends = (months + pd.offsets.MonthBegin(1)).to_numpy()
    dims = ("time", "latitude", "longitude")
    attributes = {"units": units, "long_name": name, "source": "made for the tests"}
    return xr.Dataset(
        {name: (dims, values.astype("float32"), attributes)},
        {
            "time": months.as_unit("ns"),
            "latitude": latitude,
            "longitude": longitude,
            "time_bounds": (
                ("time", "bnds"),
                np.stack([months.to_numpy(), ends], axis=1).astype("datetime64[ns]"),
            ),
        },
    )


@pytest.fixture(scope="module")
def layers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, atlas.GridLayer]]:
    """A global grid without March 2005, a regional one with missing cells, and a static one."""
    world = np.arange(-178.75, 180, 2.5)
    rows = np.arange(-88.75, 90, 2.5)
    months = pd.date_range("2004-01-01", periods=24, freq="MS").delete(14)
    whole = grid("lwe_thickness", "cm", months, rows, world)
    part = grid("sst", "degC", months[:6], np.arange(30.5, 60), np.arange(40.5, 100))
    hole = (part.latitude > 44) & (part.latitude < 50) & (part.longitude > 60)
    part["sst"] = part["sst"].where(~hole)
    part["sst"].loc[{"time": part.time[2]}] = np.nan
    static = grid("elevation", "m", months[:1], rows, world)
    static.attrs["static"] = True
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QAZCUBE_CACHE", str(tmp_path_factory.mktemp("cache")))
        for name, data in (("slope", whole), ("patchy", part), ("height", static)):
            ingest(data, name, progress=lambda done, total: None)
        yield atlas.grid_layers()


def make(layers: dict[str, atlas.GridLayer], **values: Any) -> MapView:
    state = ViewState(**{"layer": SLOPE, **values})
    return MapView(Session("en", str), state, layers)


def image(view: MapView, name: str = "image") -> np.ndarray:
    found: np.ndarray = view.plot.source(name).data["image"][0]
    return found


def frame_of(view: MapView) -> Bounds:
    data = view.plot.source("image").data
    west, south = data["x"][0], data["y"][0]
    return west, south, west + data["dw"][0], south + data["dh"][0]


def move(view: MapView, bounds: Bounds) -> None:
    """Set the window as the browser would, in degrees."""
    west, south, east, north = mercator_bounds(bounds)
    view._pending = True  # the four numbers of a move arrive together and are answered once
    view.plot.figure.x_range.update(start=west, end=east)
    view.plot.figure.y_range.update(start=south, end=north)
    view._settle()


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
    assert view.state.bounds == pytest.approx((350, 10, 380, 40), abs=0.002)


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
    assert not dock.activity["max_mag"].figure.visible or not any(
        np.isfinite(ys).any() for ys in dock.activity["max_mag"].lines.data["ys"]
    )
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


# points and their series -----------------------------------------------------------------------


def docked(layers: dict[str, atlas.GridLayer], **values: Any) -> tuple[MapView, SeriesDock]:
    view = make(layers, **values)
    return view, SeriesDock(view.session, view.state, view)


def known(ys: np.ndarray) -> np.ndarray:
    finite: np.ndarray = np.asarray(ys)[np.isfinite(ys)]
    return finite


def test_a_click_shows_the_series_of_its_cell_on_any_turn(
    layers: dict[str, atlas.GridLayer],
) -> None:
    view, dock = docked(layers, points=[])
    bar = PointsBar(view.session, view.state)
    x, y = (float(part[0]) for part in (mercator_bounds((299, -3, 300, 0))[:1], [0.0]))
    bar.clicked(*view.degrees(x, y), add=False)
    assert view.state.points == [(-61.0, 0.0)]
    (ys,) = dock.main.lines.data["ys"]
    assert np.array_equal(known(ys), layers[SLOPE].cube.series(299.0, 0.0).values)


def test_a_missing_month_breaks_the_curve(layers: dict[str, atlas.GridLayer]) -> None:
    _, dock = docked(layers, points=[(10.0, 10.0)])
    (xs,), (ys,) = dock.main.lines.data["xs"], dock.main.lines.data["ys"]
    assert np.isnan(ys).sum() == 1
    hole = xs[np.isnan(ys)][0]
    assert np.datetime64("2005-02-01") < hole < np.datetime64("2005-04-01")


def test_points_are_compared_in_their_colours_and_removed_one_by_one(
    layers: dict[str, atlas.GridLayer],
) -> None:
    points = [(10.0, 10.0), (-61.0, -3.0), (70.0, 55.0)]
    view, dock = docked(layers, points=points)
    bar = PointsBar(view.session, view.state)
    data = dock.main.lines.data
    colours = dict(zip(points, data["colour"], strict=True))
    assert len(set(colours.values())) == 3
    for point, ys in zip(points, data["ys"], strict=True):
        assert np.array_equal(known(ys), layers[SLOPE].cube.series(*point).values)
    assert list(view.plot.source("markers").data["colour"]) == list(colours.values())
    assert dock.rows[PATCHY].figure.visible
    bar._remove(2)
    assert not dock.rows[PATCHY].figure.visible, "no other point lies in the regional grid"
    assert "sea surface" in dock.note.object.lower() or "sst" in dock.note.object.lower()
    bar._remove(0)
    assert view.state.points == [(-61.0, -3.0)]
    (ys,) = dock.main.lines.data["ys"]
    assert np.array_equal(known(ys), layers[SLOPE].cube.series(-61.0, -3.0).values)
    bar._remove(0)
    assert view.state.points == []
    assert list(dock.main.lines.data["ys"]) == []
    assert "Click the map" in dock.note.object
    bar._remove(0)
    assert len(view.plot.source("markers").data["x"]) == 0


def test_a_click_replaces_the_last_point_and_compare_adds(
    layers: dict[str, atlas.GridLayer],
) -> None:
    view = make(layers, points=[(1.0, 1.0)])
    bar = PointsBar(view.session, view.state)
    bar.clicked(2.0, 2.0, add=False)
    assert view.state.points == [(2.0, 2.0)]
    bar.clicked(3.0, 3.0, add=True)
    bar.compare.value = True
    bar.clicked(4.0, 4.0, add=False)
    assert view.state.points == [(4.0, 4.0), (3.0, 3.0), (2.0, 2.0)]
    bar.compare.value = False
    bar.clicked(3.0, 3.0, add=False)
    assert view.state.points == [(3.0, 3.0), (2.0, 2.0)]


def test_all_series_share_one_time_axis(layers: dict[str, atlas.GridLayer]) -> None:
    _, dock = docked(layers, points=[(70.0, 55.0)])
    rows = [dock.main, *dock.activity.values(), *dock.rows.values()]
    assert len({id(row.figure.x_range) for row in rows}) == 1


def test_values_of_static_grids_stand_in_the_text(layers: dict[str, atlas.GridLayer]) -> None:
    _, dock = docked(layers, points=[(70.0, 55.0)])
    assert HEIGHT not in dock.layers
    value = float(layers[HEIGHT].cube.series(70.0, 55.0)[0])
    assert f"{value:.2f}"[:4] in dock.note.object


def test_the_other_layer_comes_first_when_it_is_chosen(layers: dict[str, atlas.GridLayer]) -> None:
    view, dock = docked(layers, points=[(70.0, 55.0)])
    view.state.layer = PATCHY
    (ys,) = dock.main.lines.data["ys"]
    expected = layers[PATCHY].cube.series(70.0, 55.0).values
    assert np.array_equal(known(ys), known(expected))
    assert dock.rows[SLOPE].figure.visible
    view.state.layer = HEIGHT
    assert not dock.main.figure.visible
    view.state.layer = SLOPE
    assert dock.main.figure.visible


def test_activity_counts_the_events_within_the_radius(layers: dict[str, atlas.GridLayer]) -> None:
    view, dock = docked(layers, points=[(142.4, 38.3)], magnitude=(5.0, 10.0), radius=200.0)
    (table,) = dock.tables
    assert table["count"].sum() > 50
    assert table.loc[pd.Timestamp("2011-03-01"), "max_mag"] == pytest.approx(9.1, abs=0.15)
    before = int(table["count"].sum())
    view.state.radius = 600.0
    assert dock.tables[0]["count"].sum() > before
    view.state.magnitude = (8.0, 10.0)
    assert dock.tables[0]["count"].sum() < 10


# areas -----------------------------------------------------------------------------------------


def test_an_area_shows_its_mean_and_the_band_of_its_spread(
    layers: dict[str, atlas.GridLayer],
) -> None:
    area = "polygon:60,40;80,40;80,55;60,55"
    view, dock = docked(layers, points=[], area=area)
    found = layers[SLOPE].cube.zonal(shapely.box(60, 40, 80, 55), "lwe_thickness")
    mean = np.asarray(dock.main.mean.data["y"])
    assert known(mean) == pytest.approx(found["mean"].values)
    assert np.isnan(mean).sum() == 1, "the missing month breaks the mean"
    rings = dock.main.band.data
    assert len(rings["ys"]) == 2
    for xs, ys in zip(rings["xs"], rings["ys"], strict=True):
        half = len(xs) // 2
        at = np.searchsorted(layers[SLOPE].cube.times, xs[:half])
        assert (ys[half:][::-1] - ys[:half]) / 2 == pytest.approx(found["std"].values[at])
    outline = view.plot.source("area").data
    lon, lat = to_degrees(np.asarray(outline["x"]), np.asarray(outline["y"]))
    corners = {(round(a) % 360, round(b)) for a, b in zip(lon, lat, strict=True) if np.isfinite(a)}
    assert corners == {(60, 40), (80, 40), (80, 55), (60, 55)}
    view.state.area = ""
    assert len(dock.main.mean.data["y"]) == len(dock.main.band.data["ys"]) == 0
    assert len(view.plot.source("area").data["x"]) == 0


def test_an_area_beyond_the_grid_is_told_and_leaves_no_curve(
    layers: dict[str, atlas.GridLayer],
) -> None:
    view, dock = docked(layers, layer=PATCHY, points=[])
    view.state.area = "polygon:-60,-40;-50,-40;-50,-30"
    assert known(np.asarray(dock.main.mean.data["y"])).size == 0
    view.state.area = "polygon:70,35;80,35;80,40"
    assert known(np.asarray(dock.main.mean.data["y"])).size == 5


def test_every_oblast_has_a_mean(layers: dict[str, atlas.GridLayer]) -> None:
    names = atlas.area_names("oblast", "en")
    assert len(names) >= 17
    view, dock = docked(layers, points=[])
    for key in list(names.values())[:4]:
        view.state.area = key
        assert known(np.asarray(dock.main.mean.data["y"])).size == 23


# time ------------------------------------------------------------------------------------------


def timed(layers: dict[str, atlas.GridLayer], **values: Any) -> tuple[MapView, TimeBar]:
    view = make(layers, **values)
    return view, TimeBar(view.session, view.state, view)


def test_steps_go_round_and_slider_label_and_image_agree(
    layers: dict[str, atlas.GridLayer],
) -> None:
    view, bar = timed(layers, time="2005-12-01")
    assert bar.slider.value == 22
    bar.step(1)
    assert (view.time_index, bar.slider.value) == (0, 0)
    assert "2004" in bar.label.object
    bar.step(-1)
    assert view.time_index == 22
    bar.slider.value = 5
    assert view.state.time == "2004-06-01"
    shown = image(view)
    view.show_time()
    assert np.array_equal(image(view), shown)


def test_the_animation_shows_every_time_once_a_round_and_waits_for_the_browser(
    layers: dict[str, atlas.GridLayer],
) -> None:
    view, bar = timed(layers, time="2005-12-01")
    client = view.plot.client
    seen = []
    for _ in range(23):
        client.data = {**client.data, "ack": [view.plot.frame]}
        bar.advance()
        seen.append(view.time_index)
    assert sorted(seen) == list(range(23))
    for _ in range(10):
        bar.advance()
    assert view.plot.frame - view.plot.acknowledged <= 3, "no more images than the browser shows"


def test_a_static_layer_has_no_time_bar(layers: dict[str, atlas.GridLayer]) -> None:
    view, bar = timed(layers)
    assert bar.panel.visible
    view.state.layer = HEIGHT
    assert not bar.panel.visible
    view.state.layer = PATCHY
    assert bar.panel.visible
    assert bar.slider.end == 5


def test_a_click_in_the_history_goes_to_its_time(layers: dict[str, atlas.GridLayer]) -> None:
    view, dock = docked(layers, points=[(10.0, 10.0)])
    moment = np.datetime64("2004-08-03", "ms").astype(float)
    dock._picked_time(SimpleNamespace(x=moment))
    assert str(layers[SLOPE].cube.times[view.time_index])[:7] == "2004-08"
    at = layers[SLOPE].cube.times[view.time_index].astype("datetime64[ms]").astype(float)
    assert dock.main.now.location == at


# controls --------------------------------------------------------------------------------------


def opened(layers: dict[str, atlas.GridLayer], **values: Any) -> tuple[MapView, Controls]:
    view = make(layers, **values)
    controls = Controls(view.session, view.state, view)
    controls.panel.active = list(range(len(controls.panel.objects)))
    return view, controls


def widget(controls: Controls, label: str) -> Any:
    """Find a widget of the drawer by its label."""
    found = [each for each in controls.panel.select() if getattr(each, "label", None) == label]
    assert len(found) == 1, f"{label}: {len(found)} widgets"
    return found[0]


def test_every_group_opens_and_none_is_empty(layers: dict[str, atlas.GridLayer]) -> None:
    _, controls = opened(layers)
    for body in controls.panel.objects:
        assert len(body.objects) > 0


def test_widgets_and_state_follow_each_other(layers: dict[str, atlas.GridLayer]) -> None:
    view, controls = opened(layers)
    widget(controls, "Shown as").value = "contours"
    assert view.state.style == "contours"
    view.state.style = "both"
    assert widget(controls, "Shown as").value == "both"
    widget(controls, "Variable").value = PATCHY
    assert view.state.layer == PATCHY
    view.state.layer = HEIGHT
    assert widget(controls, "Variable").value == HEIGHT
    widget(controls, "Layers above").value = ["plates"]
    assert view.state.overlays == ["plates"]
    widget(controls, "Within").value = "japan"
    assert view.state.region == "japan"
    widget(controls, "Data type").value = []
    assert len(view.selection()) == 0


def test_another_variable_takes_its_own_colours(layers: dict[str, atlas.GridLayer]) -> None:
    view, controls = opened(layers, limits=(0.0, 1.0), colormap="colorcet:gray")
    widget(controls, "Variable").value = PATCHY
    assert view.state.limits is None
    assert view.state.colormap == ""
    low, high = view.limits(layers[PATCHY])
    assert widget(controls, "Lowest colour").value == pytest.approx(low, rel=0.01)
    assert widget(controls, "Highest colour").value == pytest.approx(high, rel=0.01)


def test_a_colour_range_upside_down_is_refused_where_it_was_typed(
    layers: dict[str, atlas.GridLayer],
) -> None:
    view, controls = opened(layers)
    widget(controls, "Lowest colour").value = 1e6
    high = widget(controls, "Highest colour")
    assert view.state.limits is None
    assert high.error_state
    widget(controls, "Lowest colour").value = -5.0
    assert tuple(view.state.limits or ()) == (-5.0, pytest.approx(high.value))
    assert not high.error_state


def test_a_state_that_no_widget_can_show_opens_all_the_same(
    layers: dict[str, atlas.GridLayer],
) -> None:
    view, controls = opened(
        layers,
        colormap="rainbow:unicorn",
        sources=["no such agency"],
        magnitude=(-5.0, 12.0),
        depth=(-20.0, 1000.0),
        dates=("1801-01-01", "2199-01-01"),
        radius=1999.0,
    )
    assert len(controls.panel.objects) == 5
    assert view.state.magnitude == (-5.0, 12.0)


@pytest.mark.parametrize(
    ("longitude", "latitude", "point"),
    [(299.0, -3.0, (-61.0, -3.0)), (76.95, 43.24, (76.95, 43.24))],
)
def test_a_typed_place_becomes_a_point(
    layers: dict[str, atlas.GridLayer],
    longitude: float,
    latitude: float,
    point: tuple[float, float],
) -> None:
    view = make(layers, points=[])
    group = PlaceGroup(view.session, view.state, view)
    group.longitude.value, group.latitude.value = longitude, latitude
    group._typed_point(None)
    assert view.state.points == [pytest.approx(point)]


def test_a_region_across_the_date_line_is_shown_whole(layers: dict[str, atlas.GridLayer]) -> None:
    view = make(layers)
    view.go_to((90, -60, -60, 66))
    west, _, east, _ = view.plot.box.data["box"][0]
    assert east - west == pytest.approx(WORLD_WIDTH * 210 / 360)


def test_layers_are_found_in_the_cache_real_before_simulated(
    layers: dict[str, atlas.GridLayer], cache: Path
) -> None:
    assert set(layers) == {SLOPE, PATCHY, HEIGHT}
    assert next(iter(layers)) == SLOPE, "what changes in time and covers most comes first"
    assert atlas.grid_layers() == {}, "an empty cache has no layer and is no error"
