"""Cubes of every shape are taken; what cannot be is refused with a reason."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from analysis.cells import Cells, align
from analysis.features import build_table, known_at
from analysis.learning import temporal_split

TIMES = pd.date_range("2015-01-01", periods=20, freq="30D")
BOTH = ("time", "cell")


def cube(cells: int = 3, times: Any = TIMES, **more: Any) -> xr.Dataset:
    random = np.random.default_rng(4)
    shape = (len(times), cells)
    found = xr.Dataset(
        {"count": (BOTH, random.poisson(0.5, shape)), "heat": (BOTH, random.normal(size=shape))},
        {"time": np.asarray(times), "cell": np.arange(cells)},
    )
    return found.assign(more)


WHOLE = build_table(cube(), "90D", "count >= 1")


@pytest.mark.parametrize("cells", [1, 2])
def test_one_cell_and_two_are_rows_of_the_whole(cells: int) -> None:
    table = build_table(cube().isel(cell=slice(cells)), "90D", "count >= 1")
    mine = WHOLE[WHOLE.index.get_level_values("cell") < cells]
    pd.testing.assert_frame_equal(table, mine, check_index_type=False)


def test_other_orders_shapes_and_types_give_the_same_numbers() -> None:
    same = cube()
    shuffled = same.isel(time=np.random.default_rng(0).permutation(20), cell=[2, 0, 1])
    forms = [
        same.transpose("cell", "time"),
        shuffled,
        same.assign(count=same["count"].astype(np.uint8)),
        same.assign(count=same["count"].astype(np.float32)),
        same.assign_coords(time=same["time"].astype("datetime64[s]")),
        same.chunk(time=3, cell=2),
        same.assign_coords(time_bounds=(("time", "nv"), np.stack([TIMES, TIMES + TIMES.freq], 1))),
    ]
    for form in forms:
        pd.testing.assert_frame_equal(build_table(form, "90D", "count >= 1"), WHOLE)


def test_a_grid_and_a_single_series_are_cubes_too() -> None:
    grid = cube(6)
    flat = grid.drop_vars("cell")
    values = {name: one.to_numpy().reshape(20, 2, 3) for name, one in flat.items()}
    square = xr.Dataset(
        {name: (("time", "lat", "lon"), one) for name, one in values.items()},
        {"time": TIMES, "lat": [40.0, 41.0], "lon": [70.0, 71.0, 72.0]},
    )
    expected = build_table(grid, "90D", "count")
    found = build_table(square, "90D", "count")
    pd.testing.assert_frame_equal(found, expected)
    assert found.attrs["cells"]["centres"] == [70.0, 40.0, 72.0, 41.0]
    stacked = build_table(square.stack(cell=("lat", "lon")), "90D", "count")  # noqa: PD013
    pd.testing.assert_frame_equal(stacked, expected)
    series = build_table(grid["count"].isel(cell=0, drop=True), "90D", "count")
    np.testing.assert_array_equal(series["count_sum"], expected.xs(0, level=1)["count_sum"])
    one = build_table(grid["heat"], "90D", "heat > 0")
    assert list(one)[:2] == ["heat_last", "heat_mean"]


def test_lengths_of_time_may_be_of_other_types() -> None:
    typed = build_table(cube(), pd.Timedelta("90D"), "count >= 1", horizon=np.timedelta64(30, "D"))
    pd.testing.assert_frame_equal(typed, WHOLE)
    assert typed.attrs == WHOLE.attrs


def test_names_need_not_be_texts() -> None:
    table = build_table(cube().rename(heat=5), "90D", "count")
    np.testing.assert_array_equal(table["5_last"], WHOLE["heat_last"])


def test_ids_may_be_texts() -> None:
    named = cube().assign_coords(cell=["abay", "akmola", "almaty"])
    table = build_table(named, "90D", "count", keep_empty=0.5)
    assert table.loc[pd.IndexSlice[:, "akmola"], "count_sum"].notna().all()
    lazy = build_table(named.chunk(cell=1), "90D", "count", keep_empty=0.5, dask=True)
    assert len(lazy.compute()) == len(table)


def test_infinite_is_missing_and_nothing_is_not_zero() -> None:
    hollow = cube()
    hollow["heat"][3, 1] = np.inf
    gap = cube()
    gap["heat"][3, 1] = np.nan
    one, other = (build_table(each, "90D", "count") for each in (hollow, gap))
    pd.testing.assert_frame_equal(one, other)
    empty = cube(heat=(BOTH, np.full((20, 3), np.nan)))
    table = build_table(empty, "90D", "count")
    assert table["heat_mean"].isna().all()
    assert (table["heat_missing"] == 1).all()
    assert "heat_last, heat_mean" in table.attrs["notes"][-1]
    unknown = cube().astype(float)
    unknown["count"][:, 1] = np.nan
    rows = build_table(unknown, "90D", "count")
    assert 1 not in rows.index.get_level_values("cell")


def test_calendar_months_are_windows() -> None:
    months = cube(2, pd.date_range("2015-01-01", periods=20, freq="MS"))
    table = build_table(months, "180D", "count")
    times = table.index.get_level_values("time").unique()
    assert list(times) == list(pd.date_range("2015-07-01", periods=14, freq="MS"))
    assert table.attrs["horizon"] == "31D"
    stated = build_table(months, "180D", "count", period="MS")
    pd.testing.assert_frame_equal(stated, table)


def test_days_have_an_outcome_of_thirty() -> None:
    days = cube(1, pd.date_range("2015-01-01", periods=200, freq="D"))
    table = build_table(days, "60D", "count >= 20", features="count_sum")
    count = days["count"].to_numpy().ravel()
    truth = [count[k : k + 30].sum() >= 20 for k in range(60, 171)]
    np.testing.assert_array_equal(table["target"], np.array(truth, int))
    assert table.attrs["horizon"] == "30D"


def test_hours_are_stated_to_the_nanosecond() -> None:
    """Else a gap of an hour is shorter than a target window of 0.0416667 days."""
    hours = pd.date_range("2020-01-01", periods=60, freq="h")
    data = cube(times=hours)
    data["heat"].attrs["latency"] = "7h"
    table = build_table(data, "12h", "count >= 1", horizon="1h", relations=["heat > 1.0000001"])
    assert table.attrs["horizon"] == "1h"
    assert temporal_split(table, gap="1h").gap == pd.Timedelta("1h")
    issue = table.index.get_level_values("time")
    assert (issue - pd.DatetimeIndex(known_at(table, "heat_last")) == pd.Timedelta("7h")).all()
    facts = table.attrs["features"]["heat_above_1.0000001"]
    assert facts["expression"] == "heat > 1.0000001"


def test_a_hole_in_time_is_no_outcome_and_no_history() -> None:
    holed = cube().isel(time=[*range(8), *range(12, 20)])
    table = build_table(holed, "90D", "count")
    times = pd.DatetimeIndex(table.index.get_level_values("time").unique())
    assert TIMES[8] not in times  # what followed was not seen
    after = table.loc[TIMES[13]]
    np.testing.assert_allclose(after["count_missing"], 2 / 3, rtol=1e-6)
    assert (after["count_sum"] == holed["count"].sel(time=TIMES[12]).values).all()


def test_irregular_windows_are_taken_as_they_are_stated() -> None:
    begin = np.array(
        ["2020-01-01", "2020-01-20", "2020-03-01", "2020-03-08", "2020-05-01"], "M8[ns]"
    )
    end = np.array(["2020-01-20", "2020-03-01", "2020-03-08", "2020-05-01", "2020-06-15"], "M8[ns]")
    uneven = cube(2, begin).assign_coords(time_bounds=(("time", "b"), np.stack([begin, end], 1)))
    table = build_table(uneven, "60D", "count")
    assert list(table.index.get_level_values("time").unique()) == list(end[1:-1])
    count = uneven["count"].to_numpy()[:, 0]
    expected = [count[:2].sum(), count[:3].sum(), count[2:4].sum()]  # by their middles
    np.testing.assert_array_equal(table.xs(0, level=1)["count_sum"], expected)


def test_aligned_data_go_in_as_they_come() -> None:
    cells = Cells.from_grid((60, 40, 65, 45), 2.5, start="2019-01-01", end="2021-01-01")
    random = np.random.default_rng(0)
    events = pd.DataFrame(
        {
            "time": pd.Timestamp("2019-01-01") + pd.to_timedelta(random.uniform(0, 700, 90), "D"),
            "longitude": random.uniform(60, 65, 90),
            "latitude": random.uniform(40, 45, 90),
            "mag": random.uniform(3, 6, 90),
        }
    )
    found = align(events, cells, "max", column="mag")
    table = build_table(found, "180D", "mag >= 5")
    lazy = build_table(found, "180D", "mag >= 5", dask=True).compute()
    pd.testing.assert_frame_equal(lazy.set_index(["time", "cell"]).sort_index(), table)
    assert len(table) == len(table.index.levels[0]) * 4
    big = events["mag"] >= 5
    place = cells.ids[cells.find(events["longitude"][big], events["latitude"][big])]
    for when, cell in zip(events["time"][big], place, strict=True):
        window = cells.times[cells.find_time(when)[0]]
        if (window, cell) in table.index:
            assert table.loc[(window, cell), "target"] == 1
    assert (table["mag_count_sum"] >= table["mag_max"].notna()).all()  # points are events


def test_counts_of_values_and_flags_are_features_only_when_asked_for() -> None:
    marked = cube()
    marked["heat_count"] = marked["count"] + 1
    marked["heat_quality"] = marked["count"].assign_attrs(role="quality")
    table = build_table(marked, "90D", "count")
    assert not [name for name in table if "quality" in name or "heat_count" in name]
    asked = build_table(marked, "90D", "heat_count > 1", features=["heat_quality_max"])
    assert list(asked) == ["heat_quality_max", "target", "weight"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"target": "cuont"}, r"Did you mean 'count'\?"),
        ({"target": "cuont > 1"}, r"Did you mean 'count'\?"),
        ({"target": "count is large"}, "names no variable"),
        ({"target": "count > many"}, "cannot be read"),
        ({"target": 5}, "give the name of a variable"),
        ({"target": ""}, "cannot be read"),
        ({"features": ["heat_men"]}, r"Did you mean 'heat_mean'"),
        ({"features": []}, "No feature is named"),
        ({"delays": {"haet": "3D"}}, r"Did you mean 'heat'\?"),
        ({"delays": "soon"}, "give a length"),
        ({"relations": ["pearson(heat, hat)"]}, r"Did you mean 'heat'\?"),
        ({"relations": ["kendall(heat, count)"]}, "pearson or spearman"),
        ({"relations": [("heat", "heat")]}, "with itself"),
        ({"relations": [3]}, "cannot be read"),
        ({"history": "0D"}, "longer than nothing"),
        ({"history": "a while"}, "give a length"),
        ({"history": 180}, "such as '30D'"),
        ({"history": "10D"}, "shorter than half a window"),
        ({"history": "3000D"}, "no issue time has a history"),
        ({"horizon": "5D"}, "shorter than half a window"),
        ({"horizon": "900D"}, "No issue time has a history of 90D and an outcome of 900D"),
        ({"period": "fortnight"}, "give a length"),
        ({"keep_empty": 2}, "share"),
        ({"keep_empty": "some"}, "'auto'"),
        ({"seed": "x"}, "whole number"),
        ({"components": -1}, "whole number"),
        ({"components": 500}, "ask for fewer"),
    ],
)
def test_what_cannot_be_is_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        build_table(cube(), **({"history": "90D", "target": "count"} | given))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (3, "give an xarray Dataset"),
        (cube().isel(time=0), "no times"),
        (cube().isel(time=slice(0)), "no times"),
        (cube().isel(cell=slice(0)), "no cells"),
        (cube().isel(time=[0, 1, 1]), "is there twice"),
        (cube().isel(cell=[0, 0]), "is there twice"),
        (cube().isel(time=slice(1)), "say how long its window is"),
        (cube().assign_coords(time=np.arange(20)), "must be datetime64"),
        (cube().drop_vars(["count", "heat"]), "it has nothing"),
        (cube().astype(str), "no numeric variable"),
    ],
)
def test_what_is_no_cube_is_refused(wrong: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        build_table(wrong, "90D", "count")
