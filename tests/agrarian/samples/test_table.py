"""Samples from files: long and wide, names, labels, places, dates."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from analysis.agrarian.samples import features_of, read_samples
from analysis.agrarian.samples.names import feature_layout
from analysis.agrarian.samples.table import as_samples


def long(samples=3, dates=4):
    days = pd.date_range("2021-05-01", periods=dates, freq="16D")
    rows = [
        {"sample_id": s, "label": f"сынып {s % 2}", "longitude": 70.0 + s, "latitude": 50.0,
         "start_date": days[0], "end_date": days[-1], "date": day, "cube": "MOD13Q1",
         "ndvi": s + k / 10, "evi": -s}
        for s in range(samples) for k, day in enumerate(days)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_long_becomes_wide_whatever_the_order_of_rows(tmp_path):
    table = long()
    path = tmp_path / "үлгілер.csv"
    table.sample(frac=1, random_state=1).sort_values("sample_id").to_csv(path, index=False)
    found = read_samples(path)
    assert found["label"].tolist() == ["сынып 0", "сынып 1", "сынып 0"]
    assert found.loc[2, [f"ndvi_{k}" for k in range(1, 5)]].tolist() == [2.0, 2.1, 2.2, 2.3]
    assert found.attrs["bands"] == ["ndvi", "evi"]
    assert found.attrs["steps"] == 4
    assert found.attrs["days"] == [0, 16, 32, 48]
    assert found.attrs["dates"][1] == "2021-05-17"
    assert features_of(found, ["evi"]) == ["evi_1", "evi_2", "evi_3", "evi_4"]


def test_samples_can_be_joined():
    one = read_samples(long())
    assert len(pd.concat([one, one])) == 6


def test_wide_with_other_names(tmp_path):
    table = pd.DataFrame({"lon": [70.0], "lat": [50.0], "Class": ["  егін  даласы "], "b1": [3]})
    table.to_excel(tmp_path / "a.xlsx", index=False)
    table.to_parquet(tmp_path / "a.parquet")
    for name in ("a.xlsx", "a.parquet"):
        found = read_samples(tmp_path / name)
        assert found.to_dict("records") == [
            {"label": "егін даласы", "longitude": 70.0, "latitude": 50.0, "b1": 3}
        ]
    assert read_samples(table, label="b1")["label"].tolist() == [3]


def test_shapes_in_another_system_come_to_their_place(tmp_path):
    points = gpd.GeoDataFrame(
        {"label": ["су"], "x": [1.0]}, geometry=[shapely.Point(70.5, 50.25)], crs=4326
    )
    points.to_crs(32642).to_file(tmp_path / "p.gpkg")
    found = read_samples(tmp_path / "p.gpkg")
    np.testing.assert_allclose(found[["longitude", "latitude"]].iloc[0], [70.5, 50.25], atol=1e-6)
    metres = points.to_crs(32642).geometry
    table = pd.DataFrame({"label": ["су"], "x": metres.x, "y": metres.y})
    with pytest.raises(ValueError, match="crs="):
        read_samples(table)
    moved = read_samples(table, crs="EPSG:32642")
    np.testing.assert_allclose(moved[["longitude", "latitude"]].iloc[0], [70.5, 50.25], atol=1e-6)
    with pytest.raises(ValueError, match="state no coordinate reference system"):
        read_samples(points.set_crs(None, allow_override=True))
    with pytest.raises(ValueError, match="samples are points"):
        read_samples(points.set_geometry(points.to_crs(3857).buffer(9).to_crs(4326)))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.drop(columns="label"), "name its column as label="),
        (lambda t: t.iloc[1:], "from 3 to 4 dates"),
        (lambda t: pd.concat([t, t.iloc[:1]]), "2021-05-01 twice"),
        (lambda t: t.assign(label=[None, *t["label"][1:]]), "no label"),
        (lambda t: t.assign(label=["a", *t["label"][1:]]), "more than one label"),
        (lambda t: t.assign(date="бейсенбі"), "no dates"),
        (lambda t: t.assign(label=0.5), "whole numbers"),
    ],
)
def test_bad_tables_say_why(change, words):
    with pytest.raises(ValueError, match=words):
        read_samples(change(long()))


def test_bad_files_say_why(tmp_path):
    with pytest.raises(ValueError, match="no file"):
        read_samples(tmp_path / "none.csv")
    (tmp_path / "a.doc").write_text("x")
    with pytest.raises(ValueError, match="cannot be read"):
        read_samples(tmp_path / "a.doc")


def test_a_table_of_features_named_x_and_y_keeps_them():
    table = pd.DataFrame({"label": [1, 2], "x": [1000.0, 2], "y": [1, 2.0], "id": [1, 2]})
    assert features_of(as_samples(table)) == ["x", "y"]


def test_layout_of_squares_of_pixels():
    names = [
        f"{band}_{step}@{cell}" for cell in range(9, 0, -1) for band in "ab" for step in (1, 2)
    ]
    layout = feature_layout(names)
    assert (layout.bands, layout.steps, layout.patch) == (("a", "b"), 2, 3)
    assert layout.names[:10] == (*(f"a_1@{k}" for k in range(1, 10)), "a_2@1")
    assert layout.pixel == ["a_1@5", "a_2@5", "b_1@5", "b_2@5"]
    assert feature_layout([*names, "dem"]).patch == 1
