"""Events joined with gridded variables: against direct reads, before the event, lazily."""

from __future__ import annotations

import pickle

import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from analysis.cubes import ingest
from analysis.features import departure, zscore
from analysis.seismic import joined
from analysis.seismic.distances import distance_km
from analysis.seismic.joined import join_satellites
from analysis.seismic.joinedgrids import find_variables

LAGS = ("0D", "-40D")
RADII = (0.0, 300.0)
MONTHS = pd.date_range("2001-01-01", "2010-12-31", freq="MS")


def grid(name: str = "tec", seed: int = 0) -> xr.Dataset:
    generator = np.random.default_rng(seed)
    latitude, longitude = np.arange(-89, 90, 2.0), np.arange(-179, 180, 2.0)
    values = generator.normal(20, 5, (MONTHS.size, latitude.size, longitude.size))
    values[generator.random(values.shape) < 0.1] = np.nan
    attrs = {"units": "TECU", "long_name": "TEC", "source": "made", "simulated": True}
    ends = (MONTHS + pd.offsets.MonthBegin(1)).to_numpy()
    axes = {"time": MONTHS, "latitude": latitude, "longitude": longitude}
    data = {name: (tuple(axes), values.astype("float32"), attrs)}
    bounds = ("time", "bnds"), np.stack([MONTHS.to_numpy(), ends], axis=1)
    return xr.Dataset({**data, "time_bounds": bounds}, axes)


def quakes(count: int = 40, seed: int = 1) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    seconds = generator.integers(0, 9 * 365 * 86400, count)
    table = pd.DataFrame(
        {
            "id": [f"e{number}" for number in range(count)],
            "time": pd.Timestamp("2002-01-15") + pd.to_timedelta(seconds, unit="s"),
            "longitude": generator.uniform(-180, 180, count),
            "latitude": generator.uniform(-90, 90, count),
            "mag": generator.uniform(4, 8, count),
        }
    )
    table.loc[0, ["longitude", "latitude"]] = [179.999, 10]
    table.loc[1, ["longitude", "latitude"]] = [20, 89.9]
    return table


def expected(data: xr.DataArray, row: pd.Series, step: int) -> tuple[float, int]:
    """Mean over the cells of a circle, one distance after the other."""
    lons, lats = np.meshgrid(data["longitude"], data["latitude"])
    away = distance_km(row["longitude"], row["latitude"], lons.ravel(), lats.ravel())
    inside = (away <= row["radius_km"]) & (row["radius_km"] > 0)
    column = int((row["longitude"] + 180) // 2) % 180
    inside[min(int((row["latitude"] + 90) // 2), 89) * 180 + column] = True
    values = data.to_numpy()[step].ravel()[inside].astype(float)
    weights = np.cos(np.radians(lats.ravel()[inside]))
    known = np.isfinite(values)
    mean = np.average(values[known], weights=weights[known]) if known.any() else np.nan
    return float(mean), int(known.sum())


@pytest.mark.parametrize("pre_event", [False, True])
def test_values_equal_direct_reads(pre_event):
    data = grid()
    events = quakes(12)
    found = join_satellites(events, data, lags=LAGS, radii=RADII, pre_event=pre_event).compute()
    assert len(found) == 12 * 4
    apart, scores = departure(data["tec"]), zscore(data["tec"])
    starts = MONTHS.to_numpy()
    ends = data["time_bounds"].to_numpy()[:, 1]
    for _, row in found.iterrows():
        moment = np.datetime64(row["time"] + row["lag"])
        step = int(np.searchsorted(ends if pre_event else starts, moment, side="right")) - 1
        mean, cells = expected(data["tec"], row, step)
        np.testing.assert_allclose(row["tec"], mean, rtol=1e-5)
        assert row["tec_cells"] == cells
        assert (row["tec_time"], row["tec_end"]) == (starts[step], ends[step])
        np.testing.assert_allclose(row["tec_anomaly"], expected(apart, row, step)[0], atol=1e-4)
        np.testing.assert_allclose(row["tec_z"], expected(scores, row, step)[0], atol=1e-4)


def test_no_step_is_later_than_its_lag_and_none_knows_the_event_when_that_is_asked():
    options = {"lags": ("0D", "-1D", "-40D", "-1000D"), "radii": 0, "anomalies": False}
    found = join_satellites(quakes(300), grid(), **options).compute()
    known = found[found["tec_time"].notna()]
    assert (known["tec_time"] <= known["time"] + known["lag"]).all()
    before = join_satellites(quakes(300), grid(), **options, pre_event=True).compute()
    known = before[before["tec_time"].notna()]
    assert (known["tec_end"] <= known["time"] + known["lag"]).all()
    early = before[before["time"] + before["lag"] < MONTHS[1]]
    assert len(early)
    assert early["tec"].isna().all()
    with pytest.raises(ValueError, match="after the event"):
        join_satellites(quakes(), grid(), lags=("5D",), pre_event=True)


def test_a_cube_and_its_dataset_give_the_same(cache):
    data = grid()
    cube = ingest(data, "ionosphere", progress=lambda done, total: None)
    by_cube = join_satellites(quakes(), cube, lags=LAGS, radii=RADII, base=(2003, 2008))
    by_name = join_satellites(quakes(), "ionosphere/tec", lags=LAGS, radii=RADII, base=(2003, 2008))
    by_data = join_satellites(quakes(), data, lags=LAGS, radii=RADII, base=(2003, 2008))
    first = by_cube.compute()
    pd.testing.assert_frame_equal(first, by_name.compute())
    pd.testing.assert_frame_equal(first, by_data.compute(), rtol=1e-3, atol=1e-4)
    assert first.attrs["units"]["tec_anomaly"] == "TECU"
    with pytest.raises(ValueError, match="no gridded variable 'lst'; it has tec"):
        join_satellites(quakes(), "ionosphere/lst")


def test_partitions_change_nothing_and_nothing_is_computed_before(monkeypatch, refuse_compute):
    data = grid()
    data["tec"] = data["tec"].chunk(time=12)
    one = join_satellites(quakes(), data, lags=LAGS, radii=RADII)
    monkeypatch.setattr(joined, "_PARTITION", 7)
    many = join_satellites(quakes(), data, lags=LAGS, radii=RADII)
    assert isinstance(many, dd.DataFrame)
    assert many.npartitions == 6
    whole = one.compute(scheduler="synchronous")
    parts = many.compute(scheduler="threads").reset_index(drop=True)
    pd.testing.assert_frame_equal(parts, whole)
    assert whole["time"].is_monotonic_increasing
    assert many.dtypes.equals(whole.dtypes)


def test_several_sources_keep_their_columns_apart():
    still = grid().isel(time=[0]).rename(tec="height").assign_attrs(static=True)
    both = join_satellites(
        quakes(3), [grid(), grid(seed=5), still], lags="0D", radii=0, anomalies=True
    ).compute()
    assert {"dataset1_tec", "dataset2_tec_z", "height", "height_cells"} <= set(both.columns)
    assert not np.allclose(both["dataset1_tec"], both["dataset2_tec"])
    assert both["height_time"].isna().all()
    assert both["height_anomaly"].isna().all()


def test_gaps_in_time_are_no_values():
    data = grid().isel(time=np.r_[0:60, 72:120])
    events = quakes(2)[:1].assign(time=pd.Timestamp("2006-06-15"))
    options = {"lags": "0D", "radii": 300.0, "anomalies": False}
    assert join_satellites(events, data, **options).compute()["tec"].isna().all()
    found = join_satellites(events, data, tolerance="400D", **options).compute()
    assert found["tec_time"].tolist() == [pd.Timestamp("2005-12-01")]


def test_events_in_other_forms_and_without_a_place():
    table = quakes(5).rename(columns={"longitude": "lon", "latitude": "lat"})
    table.loc[2, "lat"] = np.nan
    found = join_satellites(table, grid(), lags="0D", radii=0).compute()
    assert found["id"].tolist() != []
    assert len(found) == 4
    assert len(join_satellites(table[:0], grid()).compute()) == 0


def test_variables_travel_to_other_processes(cache):
    ingest(grid(), "ionosphere", progress=lambda done, total: None)
    (variable,) = find_variables("ionosphere", None)
    again = pickle.loads(pickle.dumps(variable))  # noqa: S301 - our own bytes
    np.testing.assert_array_equal(again.norm(5)[0], variable.norm(5)[0])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"radii": (-1,)}, "from 0 to 20000"),
        ({"lags": ("soon",)}, "such as '-30D'"),
        ({"lags": ()}, "There is no lag"),
        ({"tolerance": "x"}, "The tolerance is 'x'"),
        ({"sources": [3]}, "not int"),
        ({"sources": []}, "not nothing"),
        ({"sources": xr.Dataset()}, "holds no variable"),
    ],
)
def test_impossible_parameters_are_named(options, words):
    with pytest.raises(ValueError, match=words):
        join_satellites(quakes(2), options.pop("sources", grid()), **options)
