"""Support vectors with probabilities, and boosted trees for labels of any kind."""

from __future__ import annotations

import warnings
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp, softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import StratifiedKFold
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

Values = NDArray[np.float64]


class SupportVectorClassifier(ClassifierMixin, BaseEstimator):
    """Support vector machine on scaled features, with probabilities that agree with its answer.

    The decisions of :class:`sklearn.svm.SVC` are divided by one temperature, found on samples held
    back (Guo et al. 2017, arXiv:1706.04599), and turned into probabilities by the softmax; so the
    most probable class is always the class of the machine, which Platt's way does not promise.

    Parameters
    ----------
    C, kernel
        As in SVC.
    gamma
        As in SVC; None for 2 / number of features, twice what SVC takes on scaled features.
    class_weight
        None, "balanced" or a mapping, as in SVC.
    folds
        Parts of the samples from which the temperature is found; fewer where a class is smaller.
    random_state
        Seed of the parts.

    Attributes
    ----------
    classes_
        Classes, sorted.
    temperature_
        What the decisions are divided by; 1 where a class has a single sample.

    Examples
    --------
    >>> x = np.array([[0.0], [0.1], [0.2], [5.0], [5.1], [5.2]])
    >>> model = SupportVectorClassifier(folds=2).fit(x, list("aaabbb"))
    >>> model.predict([[0.3], [4.0]]).tolist()
    ['a', 'b']
    """

    def __init__(
        self,
        C: float = 10.0,
        gamma: Any = None,
        kernel: str = "rbf",
        class_weight: Any = None,
        folds: int = 3,
        random_state: int | None = 0,
    ) -> None:
        self.C = C
        self.gamma = gamma
        self.kernel = kernel
        self.class_weight = class_weight
        self.folds = folds
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn the machine and its temperature.

        Parameters
        ----------
        X
            Features (sample, feature), without gaps.
        y
            Classes (sample,).

        Returns
        -------
        SupportVectorClassifier
            Itself.

        Raises
        ------
        ValueError
            Fewer than 2 classes, or gaps.
        """
        x, labels = validate_data(self, X, y, dtype=np.float64, ensure_min_samples=2)
        check_classification_targets(labels)
        self.classes_, place = np.unique(labels, return_inverse=True)
        if self.classes_.size < 2:
            raise ValueError(f"There is 1 class ({self.classes_[0]!r}); there must be 2 or more.")
        self.scaler_, self.machine_ = self._learn(x, labels)
        folds = min(self.folds, int(np.bincount(place).min()))
        self.temperature_ = 1.0
        if folds >= 2:
            parts = StratifiedKFold(folds, shuffle=True, random_state=self.random_state)
            held = np.empty((place.size, self.classes_.size))
            for train, test in parts.split(x, place):
                held[test] = _decisions(*self._learn(x[train], labels[train]), x[test])
            self.temperature_ = _temperature(held, place)
        return self

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the class of the machine.

        Parameters
        ----------
        X
            Features (sample, feature).

        Returns
        -------
        numpy.ndarray
            Classes (sample,).
        """
        best = np.argmax(self._decide(X), axis=1)
        return np.asarray(self.classes_[best])

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
        decision = self._decide(X)
        return np.asarray(softmax(decision / self.temperature_, axis=1))

    def _learn(self, x: Values, labels: NDArray[Any]) -> tuple[StandardScaler, SVC]:
        scaler = StandardScaler().fit(x)
        gamma = 2 / x.shape[1] if self.gamma is None else self.gamma
        machine = SVC(C=self.C, gamma=gamma, kernel=self.kernel, class_weight=self.class_weight)
        return scaler, machine.fit(scaler.transform(x), labels)

    def _decide(self, X: ArrayLike) -> Values:
        check_is_fitted(self)
        x = validate_data(self, X, dtype=np.float64, reset=False)
        return _decisions(self.scaler_, self.machine_, x)


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
        x, labels = validate_data(self, X, y, dtype=np.float64, ensure_min_samples=2)
        check_classification_targets(labels)
        self.classes_, place = np.unique(labels, return_inverse=True)
        if self.classes_.size < 2:
            raise ValueError(f"There is 1 class ({self.classes_[0]!r}); there must be 2 or more.")
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

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the most probable class.

        Parameters
        ----------
        X
            Features (sample, feature).

        Returns
        -------
        numpy.ndarray
            Classes (sample,).
        """
        best = np.argmax(self.predict_proba(X), axis=1)
        return np.asarray(self.classes_[best])

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

        x, labels = validate_data(self, X, y, dtype=np.float32, ensure_min_samples=2)
        check_classification_targets(labels)
        self.classes_, place = np.unique(labels, return_inverse=True)
        if self.classes_.size < 2:
            raise ValueError(f"There is 1 class ({self.classes_[0]!r}); there must be 2 or more.")
        weight = (
            None if self.class_weight is None else compute_sample_weight(self.class_weight, labels)
        )
        keep = self.get_params()
        keep.pop("class_weight")
        self.trees_ = XGBClassifier(tree_method="hist", verbosity=0, **keep)
        self.trees_.fit(x, place, sample_weight=weight)
        return self

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the most probable class.

        Parameters
        ----------
        X
            Features (sample, feature).

        Returns
        -------
        numpy.ndarray
            Classes (sample,).
        """
        best = np.argmax(self.predict_proba(X), axis=1)
        return np.asarray(self.classes_[best])

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


def _decisions(scaler: StandardScaler, machine: SVC, x: Values) -> Values:
    """Return one decision for each class (sample, class)."""
    found = np.asarray(machine.decision_function(scaler.transform(x)))
    return np.stack([-found, found], axis=1) if found.ndim == 1 else found


def _temperature(decision: Values, place: NDArray[np.intp]) -> float:
    """Return the temperature of the least logarithmic loss."""

    def loss(power: float) -> float:
        scaled = decision * np.exp(-power)
        own = scaled[np.arange(place.size), place]
        return float((logsumexp(scaled, axis=1) - own).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-4.0, 4.0), method="bounded").x))
