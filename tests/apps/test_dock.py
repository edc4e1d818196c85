"""The series dock, areas and the time bar in-process, on small cubes with known values."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from apps.views import atlas
from apps.views.geometry import mercator_bounds, to_degrees
from apps.views.maps import MapView
from apps.views.points import PointsBar
from apps.views.series import SeriesDock
from apps.views.timebar import IN_FLIGHT, TimeBar
from tests.apps.cubekit import HEIGHT, PATCHY, SLOPE, image, make

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
    assert dock.rows[PATCHY].visible
    bar._remove(2)
    assert not dock.rows[PATCHY].visible, "no other point lies in the regional grid"
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
    bar.panel.compare = True
    bar.clicked(4.0, 4.0, add=False)
    assert view.state.points == [(2.0, 2.0), (3.0, 3.0), (4.0, 4.0)]
    bar.panel.compare = False
    bar.clicked(3.0, 3.0, add=False)
    assert view.state.points == [(2.0, 2.0), (3.0, 3.0)]


def test_all_series_share_one_time_axis(layers: dict[str, atlas.GridLayer]) -> None:
    _, dock = docked(layers, points=[(74.0, 40.0)])
    assert dock.main.figure.x_range is dock.stack.figure.x_range
    assert dock.stack.figure.visible
    assert len(dock.stack.lines.data["xs"]) == 4, "three of earthquakes and the other grid"


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
    assert dock.rows[SLOPE].visible
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
    assert "2004" in bar.slider.text
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
    assert view.plot.frame - view.plot.acknowledged <= IN_FLIGHT + 1, "the rest is left out"


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
    dock.picked_time(SimpleNamespace(x=moment))
    assert str(layers[SLOPE].cube.times[view.time_index])[:7] == "2004-08"
    at = layers[SLOPE].cube.times[view.time_index].astype("datetime64[ms]").astype(float)
    assert dock.main.now.location == at
