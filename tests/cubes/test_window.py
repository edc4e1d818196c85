"""A picture against a pixel-by-pixel reference: zooms, the date line, projections."""

from __future__ import annotations

import warnings

import numpy as np
import pyproj
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.cubes import ingest, projected, separable
from analysis.cubes.axis import Axis

WORLD = 20037508.342789244
own_cache = settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module")
def cubes(tmp_path_factory, request):
    """A global, a regional and an irregular cube; the first two have several levels."""
    from tests.cubes.conftest import make_grid

    grids = {
        "global": make_grid(
            1, (np.arange(500) + 0.5) * 0.36 - 90, (np.arange(1000) + 0.5) * 0.36 - 180, gaps=0.3
        ),
        "region": make_grid(1, np.arange(30.05, 60, 0.05), np.arange(40.05, 100, 0.05)),
        "irregular": make_grid(2, np.array([-80.0, -30, -10, 0, 10, 35, 79])),
        "dateline": make_grid(2, longitudes=np.r_[-180:-170, 165:180].astype(float)),
    }
    patch = pytest.MonkeyPatch()
    patch.setenv("QAZCUBE_CACHE", str(tmp_path_factory.mktemp("cubes")))
    made = {name: (ds, ingest(ds, name)) for name, ds in grids.items()}
    yield made
    patch.undo()


def pyramid(values: np.ndarray, level: int) -> np.ndarray:
    """Level of a pyramid, the slow way."""
    for _ in range(level):
        padded = np.pad(
            values.astype(np.float64),
            [(0, size % 2) for size in values.shape],
            constant_values=np.nan,
        )
        rows, columns = (size // 2 for size in padded.shape)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            values = np.nanmean(padded.reshape(rows, 2, columns, 2), axis=(1, 3))
        values = values.astype(np.float32)
    return values


def reference(ds, window_x, window_y, to_degrees, level) -> np.ndarray:
    """Value at the centre of each pixel, one by one."""
    latitude = Axis(ds.latitude.to_numpy())
    longitude = Axis(ds.longitude.to_numpy(), circular=True)
    cells = pyramid(ds["height"].to_numpy()[0], level)
    picture = np.full((window_y.size, window_x.size), np.nan, np.float32)
    for i, y in enumerate(window_y):
        for j, x in enumerate(window_x):
            lon, lat = to_degrees(x, y)
            row, column = latitude.index(lat), longitude.index(lon)
            if row >= 0 and column >= 0:
                picture[i, j] = cells[row >> level, column >> level]
    return picture


def mercator(x: float, y: float) -> tuple[float, float]:
    return x / WORLD * 180, float(np.degrees(np.arctan(np.sinh(y / WORLD * np.pi))))


windows = st.tuples(st.floats(-1, 1), st.floats(-1, 1), st.floats(-9, 1), st.floats(0.4, 2.5))


@own_cache
@given(windows, st.sampled_from(["global", "region", "irregular", "dateline"]), st.booleans())
def test_a_picture_shows_the_cell_at_each_pixel(cubes, window, name, in_mercator):
    ds, cube = cubes[name]
    x, y, zoom, shape = window
    half = 2.0**zoom * (WORLD if in_mercator else 180)
    x, y = (x * WORLD, y * WORLD) if in_mercator else (x * 180, y * 90)
    bounds = (x - half, y - half / shape, x + half, y + half / shape)
    crs = "EPSG:3857" if in_mercator else "EPSG:4326"
    picture = cube.view(0, bounds, 23, 17, crs=crs)
    to_degrees = mercator if in_mercator else lambda x, y: (x, y)
    expected = reference(ds, picture.x.to_numpy(), picture.y.to_numpy(), to_degrees, picture.level)
    np.testing.assert_allclose(picture.to_numpy(), expected, rtol=1e-5, atol=1e-6)


@own_cache
@given(windows, st.sampled_from(["global", "region", "irregular"]))
def test_the_mean_under_a_pixel_lies_between_the_extremes_of_its_cells(cubes, window, name):
    _, cube = cubes[name]
    x, y, zoom, shape = window
    half = 2.0**zoom * 180
    bounds = (x * 180 - half, y * 90 - half / shape, x * 180 + half, y * 90 + half / shape)
    mean = cube.view(0, bounds, 23, 17, method="mean")
    nearest = cube.view(0, bounds, 23, 17)
    low, high = cube.attrs()["minimum"], cube.attrs()["maximum"]
    valid = mean.to_numpy()[np.isfinite(mean)]
    assert ((valid >= low) & (valid <= high)).all()
    outside = np.isnan(reference_inside(cube, nearest))
    assert np.isnan(mean.to_numpy()[outside]).all()


def reference_inside(cube, picture) -> np.ndarray:
    """0 inside the grid, NaN outside."""
    latitude, longitude = Axis(cube.latitudes), Axis(cube.longitudes, circular=True)
    rows = latitude.indices(picture.y.to_numpy()) >= 0
    columns = longitude.indices(picture.x.to_numpy()) >= 0
    return np.where(rows[:, None] & columns[None, :], 0, np.nan)


def test_the_mean_of_whole_cells_is_the_mean_of_the_source(cubes):
    ds, cube = cubes["global"]
    mean = cube.view(0, (-180, -90, 180, 90), 250, 125, method="mean")
    values = ds["height"].to_numpy()[0].astype(np.float64).reshape(125, 4, 250, 4)
    valid = np.isfinite(values).all(axis=(1, 3))
    np.testing.assert_allclose(
        mean.to_numpy()[valid], np.nanmean(values, axis=(1, 3))[valid], atol=1e-5
    )
    assert valid.any()


def test_every_level_is_the_mean_of_its_children(cubes):
    ds, cube = cubes["region"]
    snapshot = cube._snapshot()
    maps = snapshot.map_arrays("height")
    assert len(maps) > 2
    for level, array in enumerate(maps):
        expected = pyramid(ds["height"].to_numpy()[0], level)
        np.testing.assert_allclose(array[0].read().result(), expected, rtol=1e-5, atol=1e-6)


def test_the_level_follows_the_zoom(cubes):
    _, cube = cubes["region"]
    levels = [
        cube.view(0, (40, 30, 40 + 60 / 2**z, 30 + 30 / 2**z), 300, 150).level for z in range(5)
    ]
    assert levels == [2, 1, 0, 0, 0]


def test_the_world_repeats(cubes):
    _, cube = cubes["global"]
    one = cube.view(0, (-180, -90, 180, 90), 300, 150).to_numpy()
    three = cube.view(0, (-540, -90, 540, 90), 900, 150).to_numpy()
    np.testing.assert_array_equal(three, np.tile(one, 3))
    turned = cube.view(0, (180, -90, 540, 90), 300, 150).to_numpy()
    np.testing.assert_array_equal(turned, one)


def test_west_above_east_crosses_the_date_line(cubes):
    _, cube = cubes["global"]
    short = cube.view(0, (170, -10, -170, 10), 200, 100)
    long = cube.view(0, (170, -10, 190, 10), 200, 100)
    np.testing.assert_array_equal(short, long)
    assert np.isfinite(short[:, [0, 99, 100, -1]]).any(axis=0).all()
    west = cube.view(0, (170, -10, 180, 10), 100, 100).to_numpy()
    east = cube.view(0, (-180, -10, -170, 10), 100, 100).to_numpy()
    np.testing.assert_array_equal(short.to_numpy(), np.concatenate([west, east], axis=1))


def test_only_what_is_shown_is_read(cubes, monkeypatch):
    _, cube = cubes["global"]
    read: list[int] = []
    take = separable.join_pieces

    def count(reader, level, rows, columns):
        cells = take(reader, level, rows, columns)
        read.append(cells.size)
        return cells

    monkeypatch.setattr(separable, "join_pieces", count)
    cube.view(0, (175, -5, -175, 5), 100, 100)
    assert read[0] <= 30 * 30


@pytest.mark.parametrize(
    ("crs", "bounds"),
    [
        ("+proj=aea +lat_1=43 +lat_2=52 +lat_0=48 +lon_0=67", (-2e6, -1e6, 2e6, 1e6)),
        ("EPSG:3413", (-3e6, -3e6, 3e6, 3e6)),
        ("EPSG:6933", (-1.7e7, -7e6, 1.7e7, 7e6)),
        ("+proj=ortho +lat_0=20 +lon_0=175", (-7e6, -7e6, 7e6, 7e6)),
    ],
)
@pytest.mark.parametrize("name", ["global", "region", "dateline"])
def test_other_projections_show_the_cell_at_each_pixel(cubes, name, crs, bounds):
    ds, cube = cubes[name]
    picture = cube.view(0, bounds, 41, 37, crs=crs)
    to_degrees = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform
    expected = reference(ds, picture.x.to_numpy(), picture.y.to_numpy(), to_degrees, picture.level)
    np.testing.assert_allclose(picture.to_numpy(), expected, rtol=1e-5, atol=1e-6)


def test_a_picture_says_what_it_shows(cubes):
    _, cube = cubes["irregular"]
    picture = cube.view(-1, (0, 0, 10, 10), 4, 2)
    assert picture.dims == ("y", "x")
    assert picture.y.to_numpy().tolist() == [2.5, 7.5]
    assert picture.x.to_numpy().tolist() == [1.25, 3.75, 6.25, 8.75]
    assert picture.attrs["units"] == "m"
    assert picture.attrs["time"] == cube.times[-1]
    assert picture.attrs["time_index"] == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ({"bounds": (0, 10, 10, 0)}, "empty"),
        ({"bounds": (0, 0, float("nan"), 1)}, "empty"),
        ({"bounds": (10, 0, 0, 1), "crs": "EPSG:3857"}, "empty"),
        ({"width": 0}, "0 x 10 pixels"),
        ({"width": 10**6, "height": 10**6}, "pixels"),
        ({"crs": "EPSG:nonsense"}, "not known to PROJ"),
        ({"method": "median"}, "Allowed: nearest, mean"),
        ({"method": "mean", "crs": "EPSG:3413"}, "use 'nearest'"),
        ({"time": 99}, "no time step 99"),
        ({"variable": "heigt"}, "Did you mean 'height'"),
        ({"bounds": (-1e308, 0, 1e308, 1)}, "is empty"),
    ],
)
def test_nonsense_is_answered_with_what_is_allowed(cubes, call, message):
    _, cube = cubes["irregular"]
    known = {"time": 0, "bounds": (0, 0, 10, 10), "width": 10, "height": 10}
    with pytest.raises(ValueError, match=message):
        cube.view(**(known | call))


def test_around_the_seam_only_the_shown_columns_are_read_in_projections_too(cubes, monkeypatch):
    _, cube = cubes["global"]
    read: list[int] = []
    take = projected.join_pieces

    def count(reader, level, rows, columns):
        cells = take(reader, level, rows, columns)
        read.append(cells.shape[1])
        return cells

    monkeypatch.setattr(projected, "join_pieces", count)
    cube.view(0, (-5e5, -5e5, 5e5, 5e5), 100, 100, crs="+proj=laea +lat_0=5 +lon_0=180")
    assert read[0] <= 40
