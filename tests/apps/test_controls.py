"""The drawer in-process: widgets and state follow each other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from apps.views import atlas
from apps.views.controls import Controls
from apps.views.geometry import WORLD_WIDTH
from apps.views.maps import MapView
from apps.views.places import AreaGroup, PlaceGroup, read_number
from tests.apps.cubekit import HEIGHT, PATCHY, SLOPE, make

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
    assert read_number(widget(controls, "Lowest colour").value) == pytest.approx(low, rel=0.01)
    assert read_number(widget(controls, "Highest colour").value) == pytest.approx(high, rel=0.01)


def test_a_colour_range_upside_down_is_refused_where_it_was_typed(
    layers: dict[str, atlas.GridLayer],
) -> None:
    view, controls = opened(layers)
    widget(controls, "Lowest colour").value = "1000000"
    high = widget(controls, "Highest colour")
    assert view.state.limits is None
    assert high.error_state
    widget(controls, "Lowest colour").value = "−5,5"
    assert tuple(view.state.limits or ()) == (-5.5, pytest.approx(read_number(high.value)))
    assert not high.error_state
    widget(controls, "Lowest colour").value = "much"
    assert high.error_state
    assert (view.state.limits or (0.0,))[0] == -5.5, "what was there is kept"


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
    group.longitude.value, group.latitude.value = f"{longitude}", f"{latitude}".replace(".", ",")
    group._typed_point(None)
    assert view.state.points == [pytest.approx(point)]


@pytest.mark.parametrize(("longitude", "latitude"), [("abc", "1"), ("1", "91"), ("", "1")])
def test_a_place_that_is_none_is_refused_at_its_field(
    layers: dict[str, atlas.GridLayer], longitude: str, latitude: str
) -> None:
    view = make(layers, points=[(1.0, 1.0)])
    group = PlaceGroup(view.session, view.state, view)
    group.longitude.value, group.latitude.value = longitude, latitude
    group._typed_point(None)
    assert view.state.points == [(1.0, 1.0)]
    assert group.longitude.error_state != group.latitude.error_state


def test_a_polygon_is_drawn_corner_by_corner(layers: dict[str, atlas.GridLayer]) -> None:
    view = make(layers)
    group = AreaGroup(view.session, view.state, view)
    group._draw(None)
    drawing = view.drawing
    assert drawing is not None
    for corner in [(60.0, 50.0), (70.0, 50.0), (70.0, 50.0), (70.0, 55.0)]:
        drawing.add(*corner)
    assert len(view.plot.source("area").data["x"]) == 4, "three corners and the way back"
    drawing.close()
    assert view.drawing is None
    assert view.state.area == "polygon:60.000,50.000;70.000,50.000;70.000,55.000"


def test_a_drawing_given_up_leaves_no_trace(layers: dict[str, atlas.GridLayer]) -> None:
    view = make(layers)
    group = AreaGroup(view.session, view.state, view)
    group._draw(None)
    view.drawing.add(60.0, 50.0)
    view.drawing.close()
    assert view.drawing is not None, "one corner makes no polygon"
    group._finish(cancel=True)
    assert view.drawing is None
    assert view.state.area == ""
    assert len(view.plot.source("area").data["x"]) == 0


def test_corners_that_make_no_polygon_are_refused(layers: dict[str, atlas.GridLayer]) -> None:
    view = make(layers)
    group = AreaGroup(view.session, view.state, view)
    for text in ("70,50;74,50;74", "70,50;74,50", "70,50;70,50;70,50", "a,b;c,d;e,f"):
        group.corners.value = text
        assert group.corners.error_state, text
        assert view.state.area == ""
    group.corners.value = "70,50;74,50;74,53"
    assert not group.corners.error_state
    assert view.state.area


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
