"""Tables and vectors as they leave the catalogue."""

from __future__ import annotations

import dask.dataframe as dd
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from analysis.sources.tables import tidy_table, tidy_vectors


@pytest.mark.parametrize("lazy", [False, True])
def test_times_of_all_zones_become_utc(lazy):
    table = pd.DataFrame(
        {"Time": ["2020-01-01T06:00:00+06:00", "2020-01-01T00:00:00Z"], "a": [1, 2]}
    )
    given = dd.from_pandas(table, npartitions=1) if lazy else table
    out = tidy_table(given)
    read = out.compute() if lazy else out
    assert (read["Time"] == np.datetime64("2020-01-01")).all()
    assert read["a"].tolist() == [1, 2]


def test_lazy_table_is_not_computed(refuse_compute):
    table = dd.from_pandas(pd.DataFrame({"time": ["2020-01-01"]}), npartitions=1)
    assert tidy_table(table).dtypes["time"].kind == "M"


def test_numbers_named_date_stay_numbers():
    assert tidy_table(pd.DataFrame({"date": [2020, 2021]}))["date"].tolist() == [2020, 2021]


def test_vectors_turn_back_to_where_they_were():
    frame = gpd.GeoDataFrame(geometry=[shapely.Point(66.5, 49.5), shapely.Point(71, 51)], crs=4326)
    back = tidy_vectors(frame.to_crs(32642), None)
    assert shapely.distance(frame.geometry.values, back.geometry.values).max() < 1e-8


def test_vectors_without_a_system():
    degrees = gpd.GeoDataFrame(geometry=[shapely.Point(66.5, 49.5)])
    assert tidy_vectors(degrees, None).crs.to_epsg() == 4326
    metres = gpd.GeoDataFrame(geometry=[shapely.Point(500000, 5500000)])
    with pytest.raises(ValueError, match="crs: EPSG:32642"):
        tidy_vectors(metres, None)
    assert tidy_vectors(metres, "EPSG:32642").geometry.x[0] == pytest.approx(69.0)
