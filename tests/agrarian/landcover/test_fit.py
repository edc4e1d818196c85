"""Classifiers on made tables: probabilities, gaps, seeds, labels of any script, bad input."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from analysis.agrarian.landcover import CLASSIFIERS, fit
from analysis.learning import Cancelled

QUICK = [name for name, one in CLASSIFIERS.items() if one.family != "dl"]


def made(count=40, seed=0, steps=6):
    """Three covers with curves of their own; the labels have spaces and Cyrillic letters."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(["су айдыны", "жаздық бидай", "bare soil"], count)
    peak = np.repeat([-0.1, 0.7, 0.2], count)[:, None]
    day = np.linspace(0, np.pi, steps)
    ndvi = peak * np.sin(day) + 0.04 * rng.normal(size=(labels.size, steps))
    nir = 0.3 + 0.5 * ndvi + 0.03 * rng.normal(size=ndvi.shape)
    table = pd.DataFrame(ndvi, columns=[f"ndvi_{k + 1}" for k in range(steps)])
    table = table.join(pd.DataFrame(nir, columns=[f"nir_{k + 1}" for k in range(steps)]))
    table["label"] = labels
    table["longitude"] = rng.uniform(60, 75, labels.size)
    table["latitude"] = rng.uniform(48, 55, labels.size)
    return table


@pytest.mark.parametrize("name", QUICK)
def test_every_classifier_learns_and_gives_probabilities(name):
    table = made()
    params = {"n_estimators": 20} if name in ("RandomForest", "XGBoost") else {}
    fitted = fit(table, name, params=params)
    fresh = made(seed=1)
    chance = fitted.predict_proba(fresh)
    assert chance.shape == (120, 3)
    assert chance.dtype == np.float32
    np.testing.assert_allclose(chance.sum(axis=1), 1, atol=1e-5)
    assert list(fitted.classes) == sorted(set(table["label"]))
    assert (fitted.predict(fresh) == fresh["label"]).mean() > 0.9
    assert np.array_equal(fit(table, name, params=params).predict_proba(fresh), chance)
    again = pickle.loads(pickle.dumps(fitted))  # noqa: S301
    assert np.array_equal(again.predict_proba(fresh), chance)
    image = np.moveaxis(fresh[fitted.feature_names].to_numpy().reshape(12, 10, -1), 2, 0)
    assert np.array_equal(fitted.predict_image(image).reshape(3, -1).T, chance)


def test_columns_in_any_order_give_the_same():
    table, fresh = made(), made(seed=1)
    turned = table[[*reversed(table.columns)]]
    one, two = fit(table, "LinearDiscriminant"), fit(turned, "LinearDiscriminant")
    assert set(one.feature_names) == set(two.feature_names)
    np.testing.assert_allclose(one.predict_proba(fresh), two.predict_proba(fresh), atol=1e-5)


def test_below_the_threshold_there_is_no_class():
    fitted = fit(made(), "NaiveBayes")
    middle = made(seed=2).drop(columns="label")
    middle.iloc[40:80] = (middle.iloc[40:80].to_numpy() + middle.iloc[80:].to_numpy()) / 2
    assert (fitted.positions(middle, threshold=1.0) == -1).any()
    given = fitted.predict(middle, threshold=1.0)
    assert [one is None for one in given] == (fitted.positions(middle, 1.0) == -1).tolist()
    assert (fitted.positions(middle) >= 0).all()
    with pytest.raises(ValueError, match="threshold is 2"):
        fitted.positions(middle, 2)


def test_gaps_are_filled_and_told_of():
    table = made()
    table.loc[3, "ndvi_2"] = np.nan
    fitted = fit(table, "MaximumLikelihood")
    assert "1 of 1,440 values" in fitted.notes[0]
    fresh = made(seed=1)
    fresh.loc[0, fitted.feature_names] = np.nan
    chance = fitted.predict_proba(fresh)
    assert np.isnan(chance[0]).all()
    assert np.isfinite(chance[1:]).all()
    assert fitted.positions(fresh)[0] == -1
    assert fitted.predict(fresh)[0] is None


def test_few_samples_for_many_features():
    table = made(count=4)
    fitted = fit(table, "MaximumLikelihood")
    assert "covariance" in fitted.notes[0]
    assert (fitted.predict(made(seed=1)) == made(seed=1)["label"]).mean() > 0.9


def test_several_at_once_with_progress_and_cancel():
    told = []
    found = fit(
        made(),
        {"lda": "LinearDiscriminant", "own": LogisticRegression()},
        progress=lambda done, total, text: told.append((done, total, text)),
    )
    assert list(found) == ["lda", "own"]
    assert found["own"].family == "own"
    assert told == [(0, 2, "lda"), (1, 2, "own"), (2, 2, "")]
    with pytest.raises(Cancelled):
        fit(made(), ["LinearDiscriminant"], cancel=lambda: True)


def test_features_by_band():
    fitted = fit(made(), "MinimumDistance", features=["nir"])
    assert fitted.feature_names == [f"nir_{k}" for k in range(1, 7)]
    assert (fitted.layout.bands, fitted.layout.steps) == (("nir",), 6)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.iloc[:41], "One sample is all there is of жаздық бидай"),
        (lambda t: t[t["label"] == "bare soil"], "1 class"),
        (lambda t: t.assign(ndvi_1=-1.7e308), "no data"),
        (lambda t: t.assign(ndvi_1=np.inf), "infinite"),
        (lambda t: t.assign(ndvi_1=np.nan), "no value at all"),
        (lambda t: t.assign(label=np.where(t.index == 7, None, t["label"])), "no label"),
        (lambda t: t[["label", "longitude", "latitude"]], "no features"),
    ],
)
def test_bad_samples_say_why(change, words):
    with pytest.raises(ValueError, match=words):
        fit(change(made()), "LinearDiscriminant")


def test_bad_names_say_why():
    with pytest.raises(ValueError, match="Did you mean 'RandomForest'"):
        fit(made(), "RandomForst")
    with pytest.raises(ValueError, match="no setting 'trees'"):
        fit(made(), "RandomForest", params={"trees": 3})
    with pytest.raises(ValueError, match="no feature 'ndwi'"):
        fit(made(), "SVM", features=["ndwi"])
    with pytest.raises(ValueError, match="lacks the features"):
        fit(made(), "MinimumDistance").predict_proba(made().drop(columns="nir_1"))
