"""Our own estimators keep scikit-learn's contract; the parametric ones their laws."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import NearestCentroid
from sklearn.utils.estimator_checks import check_estimator

from analysis.agrarian.landcover import CLASSIFIERS
from analysis.agrarian.landcover.gaussian import GaussianClassifier

OWN = {
    **{name: {} for name, one in CLASSIFIERS.items() if one.family == "parametric"},
    "SVM": {},
    "NearestNeighbours": {},
    "XGBoost": {"n_estimators": 10},
    "MLP": {},
}


@pytest.mark.parametrize(
    "name",
    [
        one
        if one in ("MaximumLikelihood", "SpectralAngle")
        else pytest.param(one, marks=pytest.mark.slow)
        for one in OWN
    ],
)
def test_contract_of_scikit_learn(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        checks = check_estimator(CLASSIFIERS[name].make(**OWN[name]), on_fail=None)
    wrong = {
        one["check_name"]: str(one["exception"]) for one in checks if one["status"] == "failed"
    }
    assert not wrong
    assert len(checks) > 40


def blobs(seed=0, count=150):
    rng = np.random.default_rng(seed)
    x = np.concatenate(
        [rng.normal(k, 1 + k / 2, (count, 4)) @ np.triu(np.ones((4, 4))) for k in range(3)]
    )
    return x, np.repeat(["егін", "орман", "су"], count)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("MaximumLikelihood", QuadraticDiscriminantAnalysis()),
        ("LinearDiscriminant", LinearDiscriminantAnalysis()),
        ("NaiveBayes", GaussianNB()),
        ("MinimumDistance", NearestCentroid()),
    ],
)
def test_the_same_answers_as_scikit_learn(name, other):
    x, y = blobs()
    fresh = blobs(1)[0]
    ours = CLASSIFIERS[name].make().fit(x, y)
    assert (ours.predict(fresh) == other.fit(x, y).predict(fresh)).all()
    if name != "MinimumDistance":  # there the answers are one, the probabilities each one's own
        np.testing.assert_allclose(ours.predict_proba(fresh), other.predict_proba(fresh), atol=1e-6)


@pytest.mark.parametrize("name", ["MaximumLikelihood", "LinearDiscriminant", "Mahalanobis"])
def test_units_of_the_features_do_not_matter(name):
    x, y = blobs()
    mix = np.random.default_rng(3).normal(size=(4, 4))
    one = CLASSIFIERS[name].make().fit(x, y).predict_proba(x)
    two = CLASSIFIERS[name].make().fit(x @ mix + 7, y).predict_proba(x @ mix + 7)
    np.testing.assert_allclose(one, two, atol=1e-6)


def test_priors_move_the_border():
    x, y = blobs()
    often = GaussianClassifier(priors={"егін": 8, "орман": 1, "су": 1}).fit(x, y)
    even = GaussianClassifier(priors="equal").fit(x, y)
    assert (often.predict(x) == "егін").sum() > (even.predict(x) == "егін").sum()
    np.testing.assert_allclose(often.priors_, [0.8, 0.1, 0.1])
    for priors, words in (
        ({"егін": 1}, "lack the classes"),
        ([1, 2], "3 classes"),
        ("often", "priors"),
    ):
        with pytest.raises(ValueError, match=words):
            GaussianClassifier(priors=priors).fit(x, y)
    with pytest.raises(ValueError, match="covariance is 'full'"):
        GaussianClassifier("full").fit(x, y)


def test_typicality_is_small_far_from_everything():
    x, y = blobs()
    model = GaussianClassifier().fit(x, y)
    typical = model.typicality(x)
    assert 0.3 < np.median(typical) < 0.9
    assert model.typicality(x + 1000).max() < 1e-12


def test_a_class_of_one_sample_takes_the_common_covariance():
    x, y = blobs()
    y = np.where(np.arange(450) == 449, "жалғыз", y)
    model = GaussianClassifier().fit(x, y)
    assert model.shrunk_ == {"жалғыз": 1.0}
    assert np.isfinite(model.predict_proba(x)).all()


def test_brightness_does_not_change_the_angle():
    x, y = np.abs(blobs()[0]) + 1, blobs()[1]
    model = CLASSIFIERS["SpectralAngle"].make().fit(x, y)
    bright = np.random.default_rng(0).uniform(0.1, 9, (x.shape[0], 1))
    np.testing.assert_allclose(model.angles(x * bright), model.angles(x), atol=1e-7)


def test_probabilities_of_support_vectors_agree_with_its_answer():
    x, y = blobs()
    model = CLASSIFIERS["SVM"].make().fit(x, y)
    assert (model.classes_[model.predict_proba(x).argmax(axis=1)] == model.predict(x)).all()
    assert model.temperature_ != 1.0


def test_one_class_is_refused():
    for name in ("MaximumLikelihood", "SpectralAngle", "SVM", "XGBoost", "MLP"):
        with pytest.raises(ValueError, match="1 class"):
            CLASSIFIERS[name].make().fit(np.eye(4), ["су"] * 4)


def test_whole_and_broken_numbers_are_classified_alike():
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 6, (300, 3)), rng.integers(0, 3, 300)
    for given in (x, pd.DataFrame(x, columns=list("abc"))):
        model = CLASSIFIERS["NearestNeighbours"].make(n_neighbors=1).fit(given[:200], y[:200])
        broken = CLASSIFIERS["NearestNeighbours"].make(n_neighbors=1)
        broken.fit(given[:200].astype(float), y[:200])
        assert (model.predict(given[200:]) == broken.predict(given[200:].astype(float))).all()
