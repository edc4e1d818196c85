"""Samples out of cubes: points and polygons, projections, periods, squares, what is left out."""

from __future__ import annotations

import dask.array as da
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr

from analysis.agrarian.landcover import fit
from analysis.agrarian.samples import extract


def cube(rows=12, columns=16, dates=6, lazy=True):
    times = pd.date_range("2021-05-01", periods=dates, freq="16D")
    values = np.arange(dates * rows * columns, dtype=np.float32).reshape(dates, rows, columns)
    values[:, 0, 0] = np.nan
    data = da.from_array(values, chunks=(2, 5, 5)) if lazy else values
    axes = {"time": times, "latitude": 50 + 0.1 * np.arange(rows),
            "longitude": 70 + 0.1 * np.arange(columns)}  # fmt: skip
    return xr.Dataset(
        {"ndvi": (tuple(axes), data), "height": (tuple(axes)[1:], values[0] * 10)}, axes
    )


def points(**more):
    rows = {"label": ["егін", "су", "орман", "құм"], "longitude": [70.54, 71.5, 80.0, 70.0],
            "latitude": [50.26, 51.1, 50.0, 50.0]}  # fmt: skip
    return pd.DataFrame(rows | more)


def test_each_point_has_the_values_of_its_pixel_and_the_rest_say_why():
    found = extract(cube(), points())
    assert found["label"].tolist() == ["егін", "су"]
    truth = cube(lazy=False)["ndvi"].to_numpy()
    np.testing.assert_array_equal(found.loc[0, [f"ndvi_{k}" for k in range(1, 7)]], truth[:, 3, 5])
    np.testing.assert_array_equal(
        found.loc[1, [f"ndvi_{k}" for k in range(1, 7)]], truth[:, 11, 15]
    )
    assert found["height"].tolist() == [truth[0, 3, 5] * 10, truth[0, 11, 15] * 10]
    assert [(one["row"], one["reason"]) for one in found.attrs["dropped"]] == [
        (2, "outside the imagery"),
        (3, "no value in the imagery"),
    ]
    assert len(pd.concat([found, found])) == 4


def test_lazy_and_turned_cubes_give_the_same():
    plain = extract(cube(lazy=False), points(), bands=["ndvi"])
    turned = cube().isel(latitude=slice(None, None, -1)).transpose("longitude", ...)
    pd.testing.assert_frame_equal(extract(turned, points(), bands=["ndvi"]), plain)


def test_a_cube_in_metres_and_points_in_degrees():
    data = cube(lazy=False).rename(longitude="x", latitude="y").drop_vars("height")
    x, y = 500_000 + 1000.0 * np.arange(16), 5_600_000 - 1000.0 * np.arange(12)
    data = data.assign_coords(x=x, y=y)
    place = gpd.GeoSeries([shapely.Point(x[5] + 400, y[3] - 400)], crs=32642)
    degrees = place.to_crs(4326)
    table = pd.DataFrame({"label": ["егін"], "longitude": degrees.x, "latitude": degrees.y})
    with pytest.raises(ValueError, match="imagery states no coordinate reference system"):
        extract(data, table)
    expected = data["ndvi"].to_numpy()[:, 3, 5]
    for given in (table, gpd.GeoDataFrame({"label": ["егін"]}, geometry=place.to_crs(3857))):
        found = extract(data, given, crs="EPSG:32642")
        np.testing.assert_array_equal(found[[f"ndvi_{k}" for k in range(1, 7)]].iloc[0], expected)


def test_polygons_give_their_pixels_also_when_they_cross_themselves():
    bow = shapely.Polygon([(70.45, 50.15), (70.75, 50.45), (70.75, 50.15), (70.45, 50.45)])
    shapes = gpd.GeoDataFrame(
        {"label": ["егін алқабы", "су", "тал"]},
        geometry=[
            bow,
            shapely.box(70.95, 50.75, 71.25, 51.05),
            shapely.Point(70.2, 50.2).buffer(0.01),
        ],
        crs=4326,
    )
    found = extract(cube(), shapes.to_crs(32642))
    counts = found["label"].value_counts()
    assert counts["су"] == 9
    assert counts["тал"] == 1
    assert 2 <= counts["егін алқабы"] <= 6
    assert found.groupby("polygon").size().sum() == len(found)
    assert any("blocks" in one for one in found.attrs["notes"])
    few = extract(cube(), shapes, most_pixels=4)
    assert few["label"].value_counts()["су"] == 4
    pd.testing.assert_frame_equal(few, extract(cube(), shapes, most_pixels=4))


def test_a_sample_has_the_dates_of_its_own_period():
    table = points(start=["2021-05-01", "2021-05-17", "2021-05-01", "2021-05-01"],
                   end=["2021-06-02", "2021-06-18", "2021-06-02", "2021-06-02"])  # fmt: skip
    found = extract(cube(), table, bands=["ndvi"])
    truth = cube(lazy=False)["ndvi"].to_numpy()
    np.testing.assert_array_equal(found.loc[0, ["ndvi_1", "ndvi_2", "ndvi_3"]], truth[:3, 3, 5])
    np.testing.assert_array_equal(found.loc[1, ["ndvi_1", "ndvi_2", "ndvi_3"]], truth[1:4, 11, 15])
    late = table.assign(end=["2021-06-02", "2022-06-18", "2021-06-02", "2021-06-02"])
    assert extract(cube(), late).attrs["dropped"][0]["reason"].startswith("other dates")
    some = extract(cube(), points(), dates=slice("2021-06-01", None), bands=["ndvi"])
    np.testing.assert_array_equal(some.loc[0, ["ndvi_1", "ndvi_4"]], truth[[2, 5], 3, 5])


def test_squares_of_pixels_and_classifiers_of_pixels():
    rng = np.random.default_rng(0)
    rows, columns = rng.integers(1, 11, 40), rng.integers(1, 15, 40)
    table = pd.DataFrame({"longitude": 70 + 0.1 * columns, "latitude": 50 + 0.1 * rows})
    table["label"] = np.where(columns > 7, "шығыс", "батыс")
    found = extract(cube(), table, bands=["ndvi"], patch=3)
    truth = cube(lazy=False)["ndvi"].to_numpy()
    square = found.loc[0, [f"ndvi_2@{k}" for k in range(1, 10)]].to_numpy(float).reshape(3, 3)
    r, c = rows[0], columns[0]
    np.testing.assert_array_equal(square, truth[1, r - 1 : r + 2, c - 1 : c + 2])
    fitted = fit(found, "LinearDiscriminant")
    plain = extract(cube(), table, bands=["ndvi"])
    assert fitted.feature_names == [f"ndvi_{k}" for k in range(1, 7)]
    np.testing.assert_array_equal(fitted.predict_proba(found), fitted.predict_proba(plain))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"bands": ["ndwi"]}, "no band 'ndwi'"),
        ({"patch": 2}, "odd"),
        ({"dates": slice("2030-01-01", None)}, "no date"),
        ({"dates": ["2021-05-02"]}, "not the dates"),
    ],
)
def test_bad_wishes_say_why(options, words):
    with pytest.raises(ValueError, match=words):
        extract(cube(), points(), **options)


def test_nothing_inside_says_why():
    with pytest.raises(ValueError, match="2 outside the imagery"):
        extract(cube(), points().iloc[[2, 2]])
    with pytest.raises(ValueError, match="no longitude"):
        extract(cube(), pd.DataFrame({"label": ["a"], "v": [1.0]}))
    with pytest.raises(ValueError, match="needs latitude"):
        extract(cube().rename(latitude="row"), points())
