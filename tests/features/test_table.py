"""The feature table of a cube: rows, targets, weights, equal values eager and lazy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from analysis.features import build_table

TIMES = pd.date_range("2010-01-01", periods=40, freq="30D")
RELATIONS = ["pearson(gravity, tec)", "gravity > 0.5 and abs(tec) >= 0.5", "gravity > 1 sigma"]


def make_cube(cells: int = 9, seed: int = 0, steps: int = 40) -> xr.Dataset:
    random = np.random.default_rng(seed)
    shape = (steps, cells)
    count = random.poisson(0.3, shape)
    gravity = random.normal(size=shape)
    gravity[random.random(shape) < 0.2] = np.nan
    both = ("time", "cell")
    return xr.Dataset(
        {
            "count": (both, count),
            "largest_magnitude": (both, np.where(count > 0, 3.5 + count * 0.7, np.nan)),
            "gravity": (both, gravity, {"units": "cm", "latency": "P60D", "simulated": True}),
            "tec": (both, random.normal(size=shape).astype(np.float32)),
            "height": ("cell", random.normal(size=cells), {"units": "m"}),
            "kp": ("time", random.normal(size=steps)),
            "name": ("cell", np.array(["x"] * cells)),
        },
        {"time": TIMES[:steps], "cell": np.arange(cells) * 10 + 5},
    )  # fmt: skip


CUBE = make_cube()
TABLE = build_table(CUBE, target="largest_magnitude >= 5", relations=RELATIONS)


def test_rows_are_windows_with_history_and_outcome() -> None:
    assert TABLE.index.names == ["time", "cell"]
    times = TABLE.index.get_level_values("time").unique()
    assert list(times) == list(TIMES[6:])  # six windows of history, one of outcome
    assert len(TABLE) == 34 * 9
    assert TABLE.index.is_monotonic_increasing
    assert TABLE["target"].dtype == np.int8
    assert set(TABLE["weight"]) == {1.0}
    names = list(TABLE.attrs["features"])
    assert (TABLE.dtypes[names] == np.float32).all()
    assert list(TABLE) == [*names, "target", "weight"]


def test_values_are_those_of_the_windows() -> None:
    for (when, cell), row in TABLE.sample(40, random_state=1).iterrows():
        here = CUBE.sel(cell=cell)
        k = list(TIMES).index(when)
        past = here.isel(time=slice(k - 6, k))
        assert row["target"] == float(here["largest_magnitude"][k] >= 5)
        assert row["count_sum"] == past["count"].sum()
        assert row["count_max"] == past["count"].max()
        np.testing.assert_allclose(row["tec_mean"], past["tec"].mean(), rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(row["tec_last"], past["tec"][-1])
        slope = np.polyfit(np.arange(6) * 30 / 365.2425, past["tec"], 1)[0]
        np.testing.assert_allclose(row["tec_trend"], slope, rtol=1e-4, atol=1e-5)
        change = (past["tec"][-1] - past["tec"][-2]) / 30
        np.testing.assert_allclose(row["tec_derivative"], change, rtol=1e-4, atol=1e-7)
        known = past["gravity"][:-2].to_numpy()  # published after 60 days
        valid = known[~np.isnan(known)]
        np.testing.assert_allclose(row["gravity_missing"], 1 - valid.size / 6, rtol=1e-6)
        if valid.size:
            np.testing.assert_allclose(row["gravity_last"], valid[-1], rtol=1e-6)
            np.testing.assert_allclose(row["gravity_max"], valid.max(), rtol=1e-6)
        since = np.flatnonzero(past["count"])
        if since.size:
            assert row["count_days_since"] == 30 * (5 - since[-1])
        else:
            assert np.isnan(row["count_days_since"])
        np.testing.assert_allclose(row["height"], here["height"], rtol=1e-6)
        np.testing.assert_allclose(row["kp_last"], past["kp"][-1], rtol=1e-6)
        both = here.isel(time=slice(max(k - 8, 0), k - 2))
        pair = np.stack([both["gravity"], both["tec"]])[:, ~np.isnan(both["gravity"])]
        if pair.shape[1] >= 5:
            expected = np.corrcoef(pair)[0, 1]
            np.testing.assert_allclose(row["pearson_gravity_tec"], expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("chunks", [{"cell": 2}, {"cell": 4, "time": 7}, {"time": 1}])
def test_lazy_cubes_give_the_same_table(chunks: dict[str, int]) -> None:
    lazy = build_table(CUBE.chunk(chunks), target="largest_magnitude >= 5", relations=RELATIONS)
    pd.testing.assert_frame_equal(lazy, TABLE)
    assert lazy.attrs == TABLE.attrs


def test_parts_of_a_dask_table_are_those_of_the_table(refuse_compute: None) -> None:
    import dask

    given: dict[str, Any] = {"target": "count >= 1", "relations": RELATIONS, "keep_empty": 0.3}
    lazy = build_table(CUBE.chunk(cell=4), dask=True, **given)
    assert lazy.npartitions == 3
    with dask.config.set(scheduler="synchronous"):  # now it may
        whole = build_table(CUBE, **given)
        cells = whole.index.get_level_values("cell")
        for number, some in enumerate((CUBE.cell[:4], CUBE.cell[4:8], CUBE.cell[8:])):
            part = lazy.partitions[number].compute().set_index(["time", "cell"])
            pd.testing.assert_frame_equal(part, whole[cells.isin(some.values)])
            assert part.attrs["target"] == whole.attrs["target"]


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.features.table._BLOCK", 1)
    table = build_table(CUBE, target="largest_magnitude >= 5", relations=RELATIONS)
    pd.testing.assert_frame_equal(table, TABLE)


def test_positives_and_history_stay_and_weights_stand_for_the_rest() -> None:
    cube = make_cube(cells=400)
    cube = cube[["count", "tec"]]
    cube["count"] = cube["count"].where(cube["cell"] % 40 == 5, 0)
    kept = build_table(cube, target="count", features="count", keep_empty=0.2)
    whole = build_table(cube, target="count", features="count", keep_empty=None)
    assert len(whole) == 34 * 400
    assert kept["target"].sum() == whole["target"].sum() > 50
    assert kept["count_sum"].sum() == whole["count_sum"].sum()
    pd.testing.assert_frame_equal(
        kept.drop(columns="weight"), whole.loc[kept.index].drop(columns="weight")
    )
    empty = (kept["target"] == 0) & (kept["count_sum"] == 0)
    np.testing.assert_allclose(kept["weight"][empty], 5.0)
    assert (kept["weight"][~empty] == 1).all()
    assert abs(kept["weight"].sum() / len(whole) - 1) < 0.05
    again = build_table(cube.chunk(cell=70), target="count", features="count", keep_empty=0.2)
    pd.testing.assert_frame_equal(again, kept)
    other = build_table(cube, target="count", features="count", keep_empty=0.2, seed=1)
    assert not other.index.equals(kept.index)


def test_large_grids_are_sampled_unless_asked_otherwise() -> None:
    cube = make_cube(cells=400)[["count"]]
    cube["count"] = xr.zeros_like(cube["count"])
    cube["count"][20, 3] = 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("analysis.features.table.WHOLE", 1000)
        table = build_table(cube, target="count")
    assert table.attrs["kept_share"] == 0.1
    assert table["target"].sum() == 1


def test_features_alone_reach_the_last_window() -> None:
    table = build_table(CUBE, features=["tec_last", "count"])
    assert "target" not in table
    assert table.index.get_level_values("time").max() == TIMES[-1] + pd.Timedelta("30D")
    assert [name for name in table if name.startswith("tec")] == ["tec_last"]


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("count", lambda cube: cube["count"] > 0),
        ("count >= 2", lambda cube: cube["count"] >= 2),
        ("tec < -1", lambda cube: cube["tec"] < -1),
        (
            ["count > 0", "abs(tec) > 0.5"],
            lambda cube: (cube["count"] > 0) & (abs(cube["tec"]) > 0.5),
        ),
    ],
)
def test_targets(target: Any, expected: Any) -> None:
    table = build_table(CUBE, "90D", target, features="count")
    truth = expected(CUBE).transpose("time", "cell").to_numpy()[3:]
    np.testing.assert_array_equal(table["target"], truth.ravel().astype(int))


def test_a_longer_horizon_sums_counts() -> None:
    table = build_table(CUBE, "90D", "count >= 2", horizon="60D", features="count_last")
    assert table.attrs["horizon"] == "60D"
    count = CUBE["count"].to_numpy()
    truth = (count[3:-1] + count[4:]) >= 2
    np.testing.assert_array_equal(table["target"], truth.ravel().astype(int))


def test_an_outcome_that_is_missing_is_no_negative() -> None:
    table = build_table(CUBE, "90D", "gravity > 1", features="tec_last")
    missing = np.isnan(CUBE["gravity"]).values[3:].ravel()
    truth = (CUBE["gravity"] > 1).values[3:].ravel()
    np.testing.assert_array_equal(table["target"], truth[~missing].astype(int))
    assert f"{missing.sum()} rows are left out" in " ".join(table.attrs["notes"])


def test_features_say_what_they_are() -> None:
    told = TABLE.attrs["features"]
    assert told["gravity_last"]["simulated"] is True
    assert told["gravity_last"]["delay"] == "60D"
    assert "60 days" in told["gravity_last"]["known"]
    assert told["gravity_trend"]["units"] == "cm/year"
    assert told["tec_last"]["simulated"] is False
    assert told["height"]["group"] == "static"
    assert told["count_sum"]["group"] == "catalogue"
    assert told["pearson_gravity_tec"]["group"] == "relation"
    assert told["gravity_above_1_sigma"]["expression"] == "gravity > 1 sigma"
    assert TABLE.attrs["simulated"] is True
    assert "name holds" in TABLE.attrs["notes"][0]


def test_components_know_only_the_beginning() -> None:
    table = build_table(CUBE, target="count", components=3)
    late = CUBE.copy(deep=True)
    late["tec"][35:] = 50.0
    other = build_table(late, target="count", components=3)
    early = table.index.get_level_values("time") <= TIMES[35]
    names = ["component_1", "component_2", "component_3"]
    pd.testing.assert_frame_equal(other[early][names], table[early][names])
    assert not np.allclose(other[names].iloc[-9:], table[names].iloc[-9:])
    assert table[names].notna().all().all()
    assert table.attrs["features"]["component_1"]["group"] == "component"
