"""Units with their numbers as GeoJSON, and the picture of map and curve."""

from __future__ import annotations

import io
import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from PIL import Image

from analysis.outputs.unitmaps import UnitPicture, units_geojson, units_picture

RING = shapely.Polygon(
    [(60, 50), (62, 50), (62, 52), (60, 52)], [[(60.5, 50.5), (60.5, 51), (61, 51), (61, 50.5)]]
)
PAIR = shapely.MultiPolygon([shapely.box(63, 50, 64, 51), shapely.box(65, 50, 66, 51)])
SHAPES = gpd.GeoSeries({"ring": RING, "pair": PAIR})


def test_outlines_numbers_and_what_is_missing_come_back() -> None:
    table = pd.DataFrame(
        {"name": ["Ақмола", "b"], "z": [np.nan, -1.25], "rank": np.array([3, 9]),
         "date": pd.Timestamp("2018-07-04")},
        index=["pair", "ring"],
    )  # fmt: skip
    made = units_geojson(SHAPES, table, {"title": "t", "simulated": True, "columns": {}})
    whole = json.loads(made)
    assert whole["simulated"] is True
    assert "columns" not in whole
    assert [one["id"] for one in whole["features"]] == ["pair", "ring"]
    assert whole["features"][0]["properties"]["z"] is None
    read = gpd.read_file(io.BytesIO(made))
    assert read["name"].tolist() == ["Ақмола", "b"]
    assert read.geometry.iloc[0].normalize().equals_exact(PAIR.normalize(), 1e-5)
    assert read.geometry.iloc[1].area == pytest.approx(RING.area)
    outer, inner = whole["features"][1]["geometry"]["coordinates"]
    assert shapely.LinearRing(outer).is_ccw
    assert not shapely.LinearRing(inner).is_ccw


def test_a_unit_without_an_outline_is_refused() -> None:
    with pytest.raises(ValueError, match="'x' has no outline"):
        units_geojson(SHAPES, pd.DataFrame({"z": [1.0]}, index=["x"]))


def shown(*, simulated: bool) -> UnitPicture:
    time = pd.date_range("2018-04-15", periods=13, freq="16D")
    curve = pd.DataFrame({"time": time, "mean": np.linspace(0.2, 0.6, 13)})
    for name, shift in (("p10", -0.1), ("p25", -0.05), ("p75", 0.05), ("p90", 0.1)):
        curve[name] = curve["mean"] + shift
    return UnitPicture(
        shapes=[RING, PAIR],
        colours=["#ff0000", "#00ff00"],
        chosen=[(0, "#0000ff")],
        legend=[("#ff0000", "dry"), ("#00ff00", "green")],
        curve=curve,
        lines={"ring, 2018": curve["mean"].to_numpy() - 0.2},
        title="NDVI",
        simulated=simulated,
        language="kk",
    )


def test_the_picture_holds_colours_outline_curve_and_mark() -> None:
    plain, marked = (
        np.asarray(Image.open(io.BytesIO(units_picture(shown(simulated=one)))).convert("RGB"))
        for one in (False, True)
    )
    assert plain.shape == (900, 1600, 3)
    left = plain[:, :900].reshape(-1, 3)
    for colour, least in (((255, 0, 0), 9000), ((0, 255, 0), 5000), ((0, 0, 255), 500)):
        assert (left == colour).all(axis=1).sum() > least
    assert (plain[:, 900:].reshape(-1, 3) == (0, 0, 255)).all(axis=1).sum() > 200
    apart = np.flatnonzero((plain != marked).any(axis=(1, 2)))
    assert apart.size
    assert apart.max() < 120  # the mark stands above, and changes nothing else
