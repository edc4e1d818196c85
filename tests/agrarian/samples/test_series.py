"""Indices from bands, and seasons of made curves with known dates."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from analysis.agrarian.samples.indices import add_indices
from analysis.agrarian.samples.seasons import phenology, phenology_features

DAYS = np.arange(0, 365, 8.0)


def curve(peaks, width=30.0, height=0.6, base=0.15):
    return base + height * sum(np.exp(-(((DAYS - one) / width) ** 2)) for one in peaks)


def table(*curves):
    made = pd.DataFrame(list(curves), columns=[f"ndvi_{k + 1}" for k in range(DAYS.size)])
    made.attrs["days"] = DAYS.tolist()
    return made


def test_dates_of_a_known_season():
    found = phenology(table(curve([180])), share=0.5)
    half = 30 * np.sqrt(np.log(2))
    row = found.iloc[0]
    assert len(found) == 1
    assert row["peak"] == pytest.approx(180, abs=4)
    assert row["start"] == pytest.approx(180 - half, abs=1.5)
    assert row["end"] == pytest.approx(180 + half, abs=1.5)
    assert row["length"] == pytest.approx(row["end"] - row["start"])
    assert row["amplitude"] == pytest.approx(0.6, abs=0.02)
    whole = 0.6 * 30 * np.sqrt(np.pi)
    assert 0.7 * whole < row["integral"] < whole


def test_two_seasons_noise_and_none():
    rng = np.random.default_rng(0)
    noisy = curve([110, 250]) + rng.normal(0, 0.01, DAYS.size)
    found = phenology(table(noisy, np.full(DAYS.size, 0.2), curve([180])))
    assert found.groupby("sample").size().to_dict() == {0: 2, 2: 1}
    assert found["season"].tolist() == [1, 2, 1]
    np.testing.assert_allclose(found["peak"], [110, 250, 180], atol=9)
    features = phenology_features(table(noisy, np.full(DAYS.size, 0.2), curve([180])))
    assert features["ndvi_seasons"].tolist() == [2, 0, 1]
    assert features["ndvi_peak_day"].isna().tolist() == [False, True, False]


def test_a_season_moved_in_time_is_the_same_season():
    one = phenology(table(curve([160]), curve([200])), share=0.3)
    for name in ("start", "peak", "end"):
        assert one[name].iloc[1] - one[name].iloc[0] == pytest.approx(40)
    for name in ("length", "integral", "amplitude"):
        assert one[name].iloc[1] == pytest.approx(one[name].iloc[0], rel=1e-3)


def test_a_season_cut_by_the_end_has_no_end():
    found = phenology(table(curve([364])))
    assert found["end"].isna().all()
    assert found["start"].notna().all()


def test_bad_series_say_why():
    gaps = table(curve([180]))
    gaps.iloc[0, 3] = np.nan
    with pytest.raises(ValueError, match="regularise"):
        phenology(gaps)
    with pytest.raises(ValueError, match="share is 2"):
        phenology(table(curve([180])), share=2)
    with pytest.raises(ValueError, match="no feature 'evi'"):
        phenology(table(curve([180])), "evi")
    with pytest.raises(ValueError, match="days="):
        phenology(pd.DataFrame([[0.1, 0.2, 0.1]], columns=["ndvi_1", "ndvi_2", "ndvi_3"]))


def test_indices_of_samples_and_cubes_agree():
    rng = np.random.default_rng(0)
    red, nir = rng.uniform(0.02, 0.2, (2, 5, 3))
    samples = pd.DataFrame(
        np.concatenate([red, nir], axis=1), columns=[*(f"red_{k}" for k in (1, 2, 3)),
                                                     *(f"nir_{k}" for k in (1, 2, 3))]
    ).assign(label="егін")  # fmt: skip
    found = add_indices(samples, ["NDVI", "SAVI"])
    np.testing.assert_allclose(found[["ndvi_1", "ndvi_2", "ndvi_3"]], (nir - red) / (nir + red))
    assert found.attrs["bands"] == ["red", "nir", "ndvi", "savi"]
    dims = ("latitude", "time")
    lazy = {
        name: (dims, da.from_array(one, chunks=2)) for name, one in (("red", red), ("nir", nir))
    }
    cube = add_indices(xr.Dataset(lazy), ["NDVI", "SAVI"])
    assert cube["savi"].chunks is not None
    np.testing.assert_allclose(cube["savi"], found[["savi_1", "savi_2", "savi_3"]])
    other = add_indices(samples, ["SAVI"], constants={"L": 0.0})
    np.testing.assert_allclose(other["savi_1"], found["ndvi_1"])


def test_indices_that_cannot_be_say_why():
    samples = pd.DataFrame({"label": ["a"], "red": [0.1], "b8": [0.3]})
    assert add_indices(samples, ["NDVI"], bands={"b8": "N"})["ndvi"].iloc[0] == pytest.approx(0.5)
    with pytest.raises(ValueError, match="NDVI needs N"):
        add_indices(samples, ["NDVI"])
    with pytest.raises(ValueError, match="no index 'NDVY'"):
        add_indices(samples, ["NDVY"])
