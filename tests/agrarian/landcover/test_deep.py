"""Networks: seeds, early stopping, class weights, threads, storing, images, absence of PyTorch."""

from __future__ import annotations

import importlib.util
import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.utils.estimator_checks import check_estimator

from analysis.agrarian.landcover import CLASSIFIERS, cross_validate, fit
from analysis.agrarian.landcover.registry import NO_TORCH


def series(count=60, seed=0):
    """Classes that differ in the time of the peak of two bands, and in nothing else."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(["ерте егін", "кеш егін"], count)
    peak = np.where(labels == "ерте егін", 3.0, 7.0)[:, None] + rng.normal(0, 0.7, (2 * count, 1))
    step = np.arange(10)
    ndvi = np.exp(-(((step - peak) / 1.5) ** 2)) + 0.1 * rng.normal(size=(2 * count, 10))
    table = pd.DataFrame(ndvi, columns=[f"ndvi_{k + 1}" for k in range(10)])
    table = table.join(pd.DataFrame(0.3 - 0.2 * ndvi, columns=[f"red_{k + 1}" for k in range(10)]))
    return table.assign(label=labels)


def test_without_torch_there_is_a_plain_message(monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "torch" else found(name)
    )
    assert not CLASSIFIERS["TempCNN"].available
    assert CLASSIFIERS["TempCNN"].reason == NO_TORCH
    assert CLASSIFIERS["RandomForest"].reason == ""
    with pytest.raises(ImportError, match=r"pip install -e"):
        fit(series(), "TempCNN")
    result = cross_validate(series(), ["LSTM", "NaiveBayes"], folds=2)
    assert "PyTorch" in result.loc["LSTM", "failure"]
    assert result.loc["NaiveBayes", "overall_accuracy"] > 0.8
    assert set(fit(series(), None, params={"RandomForest": {"n_estimators": 5}})) == {
        name for name, one in CLASSIFIERS.items() if one.family != "dl"
    }


@pytest.mark.parametrize(
    "name", ["TempCNN", *(pytest.param(one, marks=pytest.mark.slow) for one in ("LSTM", "UNet"))]
)
def test_networks_learn_and_repeat_themselves(name):
    torch = pytest.importorskip("torch")
    params = {"epochs": 6, "width": 8, "batch_size": 32, "learning_rate": 0.02}
    params["epochs"] = 6 if name == "TempCNN" else 20
    fresh = series(seed=1)
    threads = torch.get_num_threads()
    state = torch.random.get_rng_state()
    fitted = fit(series(), name, params=params, seed=4)
    assert torch.get_num_threads() == threads
    assert torch.equal(torch.random.get_rng_state(), state)
    assert fitted.estimator.bands == 2
    chance = fitted.predict_proba(fresh)
    assert (fitted.predict(fresh) == fresh["label"]).mean() > 0.9
    np.testing.assert_allclose(chance.sum(axis=1), 1, atol=1e-5)
    again = fit(series(), name, params=params, seed=4)
    assert np.array_equal(again.predict_proba(fresh), chance)
    other = fit(series(), name, params=params, seed=5)
    assert not np.array_equal(other.predict_proba(fresh), chance)
    stored = pickle.dumps(fitted)
    assert b"torch" not in stored
    assert np.array_equal(pickle.loads(stored).predict_proba(fresh), chance)  # noqa: S301


@pytest.mark.slow
def test_learning_stops_early_and_classes_have_weights():
    pytest.importorskip("torch")
    table = series()
    params = {"epochs": 60, "patience": 3, "width": 8, "learning_rate": 0.02}
    fitted = fit(table, "TempCNN", params=params)
    assert fitted.estimator.n_iter_ < 60
    noise = np.random.default_rng(0)
    even = table.assign(**{one: noise.normal(size=120) for one in table.columns if one != "label"})
    rare = {"ерте егін": 20.0, "кеш егін": 1.0}
    share = []
    for weight in (None, rare):
        one = fit(even, "TempCNN", params={"epochs": 4, "width": 8, "class_weight": weight})
        share.append((one.predict(even) == "ерте егін").mean())
    assert share[1] > share[0]
    with pytest.raises(ValueError, match="no 3 band"):
        fit(table, "TempCNN", params={"bands": 3})


@pytest.mark.slow
def test_images_are_classified_by_what_lies_around():
    pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    images = rng.normal(size=(7, 2, 32, 32))
    rows = (np.arange(32)[:, None] // 8 + np.arange(7)[:, None, None]) % 2 + np.zeros(
        (1, 1, 32), int
    )
    images[:, 0] += 0.8 * rows
    truth = np.array(["сулы", "құрғақ"], dtype=object)[rows]
    masks = truth.copy()
    masks[:, :, 20:] = None
    model = CLASSIFIERS["UNet"].make(bands=2, epochs=30, width=16, learning_rate=0.01, batch_size=2)
    model.fit_images(images[:6], masks[:6])
    chance = model.predict_image(images[6])
    assert chance.shape == (2, 32, 32)
    given = model.classes_[chance.argmax(axis=0)]
    pixel = np.where(images[6, 0] > 0.4, "құрғақ", "сулы")
    assert (pixel == truth[6]).mean() < 0.7 < 0.8 < (given == truth[6]).mean()
    with pytest.raises(ValueError, match="Images"):
        model.fit_images(images[0], masks)


@pytest.mark.slow
def test_squares_of_pixels_for_the_network_of_images():
    pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    labels = np.repeat(["тегіс", "ала"], 60)
    size = np.where(labels == "ала", 1.0, 0.1)[:, None]
    cells = size * rng.normal(size=(120, 9))
    names = [f"nir_1@{k}" for k in range(1, 10)]
    table = pd.DataFrame(cells, columns=names).assign(label=labels)
    fitted = fit(table, "UNet", params={"epochs": 25, "width": 16, "learning_rate": 0.01})
    assert fitted.estimator.patch == 3
    assert (fitted.predict(table) == labels).mean() > 0.85
    assert fitted.image_names == ["nir_1"]
    assert fitted.predict_image(rng.normal(size=(1, 12, 12))).shape == (2, 12, 12)


@pytest.mark.slow
def test_threads_do_not_change_the_answer():
    torch = pytest.importorskip("torch")
    before = torch.get_num_threads()
    found = []
    for threads in (1, 2):
        torch.set_num_threads(threads)
        fitted = fit(series(), "TempCNN", params={"epochs": 3, "width": 8})
        assert torch.get_num_threads() == threads
        found.append(fitted.predict_proba(series(seed=1)))
    torch.set_num_threads(before)
    assert np.array_equal(*found)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["TempCNN", "LSTM"])
@pytest.mark.filterwarnings("ignore")
def test_contract_of_scikit_learn(name):
    pytest.importorskip("torch")
    checks = check_estimator(CLASSIFIERS[name].make(epochs=25, width=16), on_fail=None)
    assert not {
        one["check_name"]: str(one["exception"]) for one in checks if one["status"] == "failed"
    }
