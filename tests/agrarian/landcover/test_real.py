"""Published and measured accuracies on real data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import rasterio

from analysis.agrarian.landcover import CLASSIFIERS, compare_ways, cross_validate, fit
from analysis.agrarian.samples import (
    check_samples,
    neighbour_noise,
    phenology,
    read_samples,
    regularise,
    som_noise,
)

STATLOG = {
    "LinearDiscriminant": (82.85, {}),
    "MaximumLikelihood": (84.80, {}),
    "MinimumDistance": (77.50, {}),
    "NaiveBayes": (79.65, {}),
    "NearestNeighbours": (89.45, {"n_neighbors": 1}),
}


@pytest.fixture(scope="module")
def folder(real_data):
    return real_data / "agrarian"


@pytest.fixture(scope="module")
def statlog(folder):
    table = pd.read_csv(folder / "statlog_landsat_satellite.csv").rename(
        columns={"classes": "label"}
    )
    return table.iloc[:4435], table.iloc[4435:]


def score(parts, name, params, seed=0):
    fitted = fit(parts[0], name, params=params, seed=seed)
    return 100 * (fitted.predict(parts[1]) == parts[1]["label"]).mean()


@pytest.mark.parametrize("name", STATLOG)
def test_statlog_exactly(statlog, name):
    expected, params = STATLOG[name]
    assert score(statlog, name, params) == pytest.approx(expected, abs=1e-9)
    model = CLASSIFIERS[name].make(**params)  # whole numbers, as they stand in the file
    x, y = (one.drop(columns="label") for one in statlog), [one["label"] for one in statlog]
    learnt, asked = x
    assert 100 * (model.fit(learnt, y[0]).predict(asked) == y[1]).mean() == pytest.approx(expected)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "low", "high"), [("RandomForest", 90.7, 91.9), ("SVM", 91.0, 91.6)]
)
def test_statlog_nearly(statlog, name, low, high):
    assert low <= score(statlog, name, {}) <= high


@pytest.mark.slow
def test_modis_random_and_blocked(folder):
    samples = read_samples(folder / "sits_samples_modis_ndvi.csv")
    found = compare_ways(samples, ["RandomForest", "LinearDiscriminant"], block_degrees=1.0)
    forest = found.loc["RandomForest"]
    assert forest["random"] == pytest.approx(0.906, abs=0.012)
    assert forest["block"] == pytest.approx(0.747, abs=0.02)
    assert forest["flattery_low"] > 0
    again = compare_ways(samples, ["RandomForest", "LinearDiscriminant"], block_degrees=1.0)
    columns = [one for one in found if one != "seconds"]
    pd.testing.assert_frame_equal(found[columns], again[columns])


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_modis_temporal_network_beside_the_forest(folder):
    pytest.importorskip("torch")
    samples = read_samples(folder / "sits_samples_modis_ndvi.csv")
    found = cross_validate(samples, ["RandomForest", "TempCNN"])["overall_accuracy"]
    assert abs(found["TempCNN"] - found["RandomForest"]) <= 0.03


@pytest.mark.slow
def test_forests_remember_places(folder):
    samples = read_samples(folder / "sits_cerrado_2classes.csv")
    found = compare_ways(samples, ["RandomForest", "LinearDiscriminant"], block_degrees=1.0)
    assert found.loc["RandomForest", "random"] > 0.95
    assert (
        found.loc["RandomForest", "flattery"] > found.loc["LinearDiscriminant", "flattery"] + 0.05
    )


def test_quality_of_real_samples(folder):
    samples = read_samples(folder / "sits_samples_modis_ndvi.csv")
    assert check_samples(samples)["check"].tolist() == ["outlier"]
    whole = samples.assign(**{one: 10_000 * samples[one] for one in samples.attrs["features"]})
    assert check_samples(whole)["check"].iloc[0] == "units"
    noise = neighbour_noise(samples)
    assert 0.6 < (noise["advice"] == "keep").mean() < 0.95


@pytest.mark.slow
def test_self_organising_map_of_real_samples(folder):
    samples = read_samples(folder / "sits_samples_modis_ndvi.csv")
    noise = som_noise(samples, rounds=5)
    assert (noise["suggested"] == noise["label"]).mean() > 0.75


def test_sinop_from_real_samples(folder):
    samples = read_samples(folder / "sits_samples_modis_ndvi.csv")
    fitted = fit(samples, "RandomForest", params={"n_estimators": 60})
    layers = []
    for path in sorted((folder / "sits_sinop").glob("TERRA_MODIS*.jp2")):
        with rasterio.open(path) as file:
            layers.append(file.read(1) / 10000.0)
    chance = fitted.predict_image(np.stack(layers))
    share = np.bincount(chance.argmax(axis=0).ravel(), minlength=4) / chance[0].size
    expected = {"Cerrado": 0.189, "Forest": 0.394, "Pasture": 0.108, "Soy_Corn": 0.309}
    for name, one in zip(fitted.classes, share, strict=True):
        assert one == pytest.approx(expected[name], abs=0.04)


def test_seasons_of_soy_and_corn(folder):
    samples = read_samples(folder / "sits_samples_modis_ndvi.csv")
    found = phenology(samples, "ndvi", share=0.3, least=0.25)
    count = found.groupby("sample").size().reindex(range(len(samples)), fill_value=0)
    two = (count == 2).groupby(samples["label"]).mean()
    assert two["Soy_Corn"] > 0.8
    assert two["Pasture"] < 0.4


def test_long_table_to_other_steps(folder):
    table = pd.read_csv(folder / "sits_samples_modis_ndvi.csv").head(1200)
    found = regularise(table, every=16, steps=22, method="whittaker", smoothness=1.0)
    assert found.shape[0] == 100
    assert 0.3 < found["filled"].mean() < 0.7
    assert found[[f"ndvi_{k}" for k in range(1, 23)]].notna().all(axis=None)
