"""Tables of points aligned to cells."""

from __future__ import annotations

import dask.array as da
import dask.dataframe as dd
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr

from analysis.cells import Cells, align
from analysis.cells import points as points_module

YEARS = {"start": "2000-01-01", "end": "2004-01-01"}


@pytest.fixture(scope="module")
def events():
    generator = np.random.default_rng(2)
    n = 5000
    return pd.DataFrame(
        {
            "time": pd.to_datetime(generator.integers(946_684_800, 1_104_537_600, n), unit="s"),
            "longitude": generator.uniform(-180, 180, n),
            "latitude": generator.uniform(-90, 90, n),
            "mag": np.where(generator.random(n) < 0.05, np.nan, generator.uniform(3, 9, n)),
        }
    )


@pytest.mark.parametrize("how", ["count", "sum", "mean", "median", "min", "max"])
def test_statistics_agree_with_a_plain_group_by(events, how):
    cells = Cells.from_grid(resolution=30, period="YS", **YEARS)
    result = align(events, cells, how, column=None if how == "count" else "mag")
    table = events[events["time"] < "2004"].assign(
        year=lambda frame: frame["time"].dt.year - 2000,
        cell=lambda frame: cells.find(frame["longitude"], frame["latitude"]),
    )
    groups = table.groupby(["year", "cell"])["mag"]
    expected = groups.size() if how == "count" else getattr(groups, how)()
    every = pd.MultiIndex.from_product([range(4), range(cells.ids.size)])
    name = "count" if how == "count" else "mag"
    dense = expected.reindex(every).to_numpy().reshape(cells.shape)
    values = result[name].to_numpy()
    filled = np.nan_to_num(dense) if how in ("count", "sum") else dense
    np.testing.assert_allclose(values, filled)
    if how != "count":
        counts = groups.count().reindex(every, fill_value=0).to_numpy().reshape(cells.shape)
        np.testing.assert_array_equal(result["mag_count"], counts)


def test_every_event_of_the_world_is_counted_once(events):
    cells = Cells.from_grid(start="2000-01-01", end="2005-01-01", period="MS", resolution=10)
    assert int(align(events, cells, "count")["count"].sum()) == len(events)


def test_the_date_line_and_the_pole_are_no_edges():
    table = pd.DataFrame(
        {"time": pd.Timestamp("2000-06-01"), "longitude": [180.0, -180.0, 540.0], "latitude": 90.0}
    )
    cells = Cells.from_grid((170, 80, -170, 90), 5, **YEARS)
    count = align(table, cells, "count")["count"]
    assert int(count.max()) == 3
    where = count.isel(cell=int(np.argmax(count.sum("time").to_numpy())))
    assert (float(where["longitude"]), float(where["latitude"])) == (-177.5, 87.5)


def test_cells_without_points(events):
    cells = Cells.from_grid((0, 0, 10, 10), 5, **YEARS)
    for table in (events.head(0), events[events["latitude"] < 0]):
        assert not align(table, cells, "count")["count"].any()
        total = align(table, cells, "sum", column="mag")
        assert not total["mag"].any()
        assert not total["mag_count"].any()
        assert np.isnan(align(table, cells, "max", column="mag")["mag"]).all()
        assert np.isnan(align(table, cells, "mean", column="mag")["mag"]).all()


@pytest.mark.parametrize("how", ["count", "sum", "mean", "median", "min", "max"])
def test_partitions_and_blocks_make_no_difference(events, how, monkeypatch):
    cells = Cells.from_grid(resolution=10, **YEARS)
    whole = align(events, cells, how, column="mag").compute()
    monkeypatch.setattr(points_module, "BLOCK_BYTES", 1)
    lazy = dd.from_pandas(events, npartitions=4)
    xr.testing.assert_allclose(align(lazy, cells, how, column="mag").compute(), whole)


def test_polygons_that_overlap_both_count_a_point(events):
    shapes = gpd.GeoSeries([shapely.box(0, 0, 60, 60), shapely.box(30, 0, 90, 60)])
    cells = Cells.from_polygons(shapes, period="YS", **YEARS)
    counts = align(events, cells, "count")["count"].sum("time").to_numpy()
    timely = events[events["time"] < "2004"]
    inside = timely["latitude"].between(0, 60)
    expected = [(inside & timely["longitude"].between(a, a + 60)).sum() for a in (0, 30)]
    assert counts.tolist() == expected


def test_nothing_is_computed_before_it_is_asked_for(events, refuse_compute):
    cells = Cells.from_grid(resolution=10, **YEARS)
    result = align(dd.from_pandas(events, npartitions=4), cells, "max", column="mag")
    assert isinstance(result["mag"].data, da.Array)
    with pytest.raises(AssertionError, match="had to stay lazy"):
        result["mag"].compute()


def test_impossible_tables_are_refused(events):
    cells = Cells.from_grid((0, 0, 10, 10), 5, **YEARS)
    with pytest.raises(ValueError, match="needs a column"):
        align(events, cells, "max")
    with pytest.raises(ValueError, match="no column magnitude; it has time"):
        align(events, cells, "max", column="magnitude")
    with pytest.raises(ValueError, match="no column time"):
        align(events.drop(columns="time"), cells, "count")
    with pytest.raises(ValueError, match="how='linear' is unknown for points"):
        align(events, cells, "linear", column="mag")


def test_rows_of_tracks_are_binned_by_cell_and_window():
    """Two passes over one cell, another over the date line; several columns at once."""
    table = pd.DataFrame(
        {
            "time": pd.to_datetime(["2020-01-05"] * 3 + ["2020-01-20"] * 2 + ["2020-01-21"] * 2),
            "longitude": [71.1, 71.2, 71.3, 71.4, 71.4, 179.9, -179.9],
            "latitude": [43.0, 43.1, 43.2, 43.3, 43.4, -89.9, 90.0],
            "density": [1.0, 2, 9, 4, np.nan, 5, 6],
            "temperature": [10.0, 20, 30, 40, 50, 60, 70],
        }
    )
    table.attrs["units"] = {"density": "cm-3"}
    cells = Cells.from_grid(resolution=5, start="2020-01-01", end="2020-01-31", period="15D")
    found = align(table, cells, "median", column=["density", "temperature"])
    home = int(cells.find(71, 43)[0])
    assert found["density"][:, home].values.tolist() == [2, 4]
    assert found["density_count"][:, home].values.tolist() == [3, 1]
    assert found["temperature"][:, home].values.tolist() == [20, 45]
    assert found["density"].attrs["units"] == "cm-3"
    for lon, lat, value in ((179.9, -89.9, 5), (-179.9, 90, 6)):
        assert float(found["density"][1, int(cells.find(lon, lat)[0])]) == value
    assert int(found["temperature_count"].sum()) == len(table)


def test_columns_that_are_no_numbers_or_share_a_name_with_a_count_are_refused(events):
    cells = Cells.from_grid(resolution=30, period="YS", **YEARS)
    with pytest.raises(ValueError, match=r"'time' holds datetime64.* no numbers"):
        align(events, cells, "max", column="time")
    both = events.assign(mag_count=1)
    with pytest.raises(ValueError, match=r"mag and mag_count cannot be taken together"):
        align(both, cells, "mean", column=["mag_count", "mag"])
