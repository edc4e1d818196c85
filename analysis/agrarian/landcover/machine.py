"""A perceptron on scaled features, and boosted trees for labels of any kind."""

from __future__ import annotations

import warnings
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.validation import check_is_fitted, validate_data

from analysis.agrarian.landcover.learners import check_samples, most_probable

Values = NDArray[np.float64]


class PerceptronClassifier(ClassifierMixin, BaseEstimator):
    """Multilayer perceptron of scikit-learn on scaled features, stopped early.

    Parameters
    ----------
    hidden_layer_sizes
        Neurons of each hidden layer.
    alpha
        Penalty on the squares of the weights.
    max_iter
        Most passes over the samples.
    early_stopping
        Stop when a tenth of the samples, held back, is not judged better any more; with fewer than
        200 samples all are learnt from.
    random_state
        Seed.

    Attributes
    ----------
    classes_
        Classes, sorted.

    Examples
    --------
    >>> x = np.arange(20.0)[:, None]
    >>> model = PerceptronClassifier((8,)).fit(x * 1e6, np.repeat(["a", "b"], 10))
    >>> model.predict([[0.0], [19e6]]).tolist()
    ['a', 'b']
    """

    def __init__(
        self,
        hidden_layer_sizes: Any = (64, 64),
        alpha: float = 1e-3,
        max_iter: int = 400,
        early_stopping: bool = True,
        random_state: int | None = 0,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.alpha = alpha
        self.max_iter = max_iter
        self.early_stopping = early_stopping
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn the weights.

        Parameters
        ----------
        X
            Features (sample, feature), without gaps.
        y
            Classes (sample,).

        Returns
        -------
        PerceptronClassifier
            Itself.

        Raises
        ------
        ValueError
            Fewer than 2 classes, or gaps.
        """
        x, place = check_samples(self, X, y)
        least = np.bincount(place).min()
        stop = self.early_stopping and place.size >= 200 and least >= 2
        self.scaler_ = StandardScaler().fit(x)
        self.network_ = MLPClassifier(
            hidden_layer_sizes=self.hidden_layer_sizes,
            alpha=self.alpha,
            max_iter=self.max_iter,
            early_stopping=stop and 0.1 * place.size >= self.classes_.size,
            n_iter_no_change=15,
            random_state=self.random_state,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # the cap of passes is a setting
            self.network_.fit(self.scaler_.transform(x), place)
        self.n_iter_ = self.network_.n_iter_
        return self

    predict = most_probable

    def predict_proba(self, X: ArrayLike) -> Values:
        """Return the probability of each class.

        Parameters
        ----------
        X
            Features (sample, feature).

        Returns
        -------
        numpy.ndarray
            (sample, class), rows sum to 1.
        """
        check_is_fitted(self)
        x = validate_data(self, X, dtype=np.float64, reset=False)
        return np.asarray(self.network_.predict_proba(self.scaler_.transform(x)))


class BoostedTreesClassifier(ClassifierMixin, BaseEstimator):
    """Boosted trees of XGBoost for labels of any kind (Chen and Guestrin 2016, arXiv:1603.02754).

    Parameters
    ----------
    n_estimators, max_depth, learning_rate, subsample, colsample_bytree, reg_lambda
        As in XGBoost.
    class_weight
        None or "balanced" or a mapping.
    n_jobs
        Threads.
    random_state
        Seed.

    Attributes
    ----------
    classes_
        Classes, sorted.

    Examples
    --------
    >>> x = np.arange(20.0)[:, None]
    >>> model = BoostedTreesClassifier(5).fit(x, np.repeat(["су", "құм"], 10))
    >>> model.predict([[1.0], [18.0]]).tolist()
    ['су', 'құм']
    """

    def __init__(  # noqa: PLR0913
        self,
        n_estimators: int = 300,
        max_depth: int = 6,
        learning_rate: float = 0.1,
        subsample: float = 0.8,
        colsample_bytree: float = 0.8,
        reg_lambda: float = 1.0,
        class_weight: Any = None,
        n_jobs: int = 1,
        random_state: int | None = 0,
    ) -> None:
        self.n_estimators = n_estimators
        self.max_depth = max_depth
        self.learning_rate = learning_rate
        self.subsample = subsample
        self.colsample_bytree = colsample_bytree
        self.reg_lambda = reg_lambda
        self.class_weight = class_weight
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn the trees.

        Parameters
        ----------
        X
            Features (sample, feature).
        y
            Classes (sample,).

        Returns
        -------
        BoostedTreesClassifier
            Itself.

        Raises
        ------
        ValueError
            Fewer than 2 classes, or infinite values.
        """
        from xgboost import XGBClassifier

        x, place = check_samples(self, X, y, np.float32)
        weight = None
        if self.class_weight is not None:
            weight = compute_sample_weight(self.class_weight, self.classes_[place])
        keep = self.get_params()
        keep.pop("class_weight")
        self.trees_ = XGBClassifier(tree_method="hist", verbosity=0, **keep)
        self.trees_.fit(x, place, sample_weight=weight)
        return self

    predict = most_probable

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float32]:
        """Return the probability of each class.

        Parameters
        ----------
        X
            Features (sample, feature).

        Returns
        -------
        numpy.ndarray
            (sample, class), rows sum to 1.
        """
        check_is_fitted(self)
        x = validate_data(self, X, dtype=np.float32, reset=False)
        return np.asarray(self.trees_.predict_proba(x))
