"""Models by name: scikit-learn pipelines with their settings and what to search among."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from analysis import settings as chosen
from analysis.compute import accelerate, backend
from analysis.spelling import did_you_mean

Choices = tuple[Any, ...]


@dataclass(frozen=True)
class Model:
    """A model that can be made anew with any settings.

    Attributes
    ----------
    name
        Name in :data:`MODELS`.
    title
        Name for readers.
    family
        "trees", "boosting", "linear", "kernel" or "network".
    make
        From settings and seed to the last step of the pipeline.
    before
        From the settings named in `apart` to steps before it.
    defaults
        Settings where none are given.
    space
        Values of each setting to search among, as for GridSearchCV on the last step.
    most_rows
        Rows learnt from at most; with more, a seeded sample with weights is taken. None for all.
    balance
        The loss needs both classes to weigh the same; probabilities are set right afterwards.
    missing
        "impute" (median and a column that says where it was missing) or "native".
    scale
        Long tails of features are drawn in, and all are standardised.
    apart
        Settings of `before`, not of the model.
    lagged
        It reads sequences of ``steps`` issue times of a cell.
    """

    name: str
    title: str
    family: str
    make: Callable[[dict[str, Any], int], Any]
    defaults: Mapping[str, Any]
    space: Mapping[str, Choices]
    most_rows: int | None = None
    balance: bool = False
    missing: str = "impute"
    scale: bool = False
    before: Callable[[dict[str, Any], int], list[tuple[str, Any]]] | None = None
    apart: tuple[str, ...] = ()
    lagged: bool = False

    def pipeline(self, *, seed: int = 0, **params: Any) -> Any:
        """Return an unfitted scikit-learn pipeline.

        Parameters
        ----------
        seed
            Start of the random numbers.
        **params
            Settings of the model; those not given are :attr:`defaults`.

        Returns
        -------
        sklearn.pipeline.Pipeline
            Long tails drawn in where that is needed, imputation that knows missing from zero,
            standardised where that is needed, the model.

        Raises
        ------
        ValueError
            A setting is unknown.

        Examples
        --------
        >>> steps = MODELS["LogisticRegression"].pipeline(C=0.1).named_steps
        >>> list(steps), steps["model"].C
        (['compress', 'missing', 'scale', 'model'], 0.1)
        """
        from sklearn.impute import SimpleImputer
        from sklearn.pipeline import Pipeline
        from sklearn.preprocessing import StandardScaler

        from analysis.learning.compress import Compress

        settings = {**self.defaults, **params}
        own = {name: settings.pop(name) for name in self.apart}
        accelerate()
        try:
            model = self.make(settings, seed)
        except TypeError as error:
            raise ValueError(f"{self.name}: {error}") from error
        known = type(model)().get_params(deep=False)  # XGBoost takes whatever it is given
        for one in settings:
            if one not in known:
                allowed = [*known, *self.apart]
                raise ValueError(
                    f"{self.name} has no setting {one!r}. {did_you_mean(one, allowed)}"
                )
        # tails first: medians put in for what is missing would change how long they are
        steps: list[tuple[str, Any]] = [("compress", Compress())] if self.scale else []
        if self.missing == "impute":
            imputer = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
            steps.append(("missing", imputer))
        if self.scale:
            steps.append(("scale", StandardScaler()))
        if self.before is not None:
            steps += self.before(own, seed)
        return Pipeline([*steps, ("model", model)])

    def suggest(self, trial: Any) -> dict[str, Any]:
        """Return settings for a trial of Optuna, from the same ranges as :attr:`space`.

        Parameters
        ----------
        trial
            ``optuna.trial.Trial``.

        Returns
        -------
        dict
            Settings.

        Raises
        ------
        ValueError
            A range has values of several kinds.
        """
        return suggest(trial, self.space)


def suggest(trial: Any, space: Mapping[str, Choices]) -> dict[str, Any]:
    """Return settings for a trial of Optuna: numbers between the least and the greatest value.

    Parameters
    ----------
    trial
        ``optuna.trial.Trial``.
    space
        Values by setting.

    Returns
    -------
    dict
        Settings.
    """
    return {name: _suggest(trial, name, values) for name, values in space.items()}


def _suggest(trial: Any, name: str, values: Choices) -> Any:
    """Return one value between the least and the greatest, or one of them if they are words."""
    numbers = [one for one in values if isinstance(one, (int, float)) and one is not True]
    if len(numbers) < len(values):
        return trial.suggest_categorical(name, list(values))
    low, high = min(numbers), max(numbers)
    far = low > 0 and high / low >= 10  # several orders of magnitude: evenly in the logarithm
    if all(isinstance(one, int) for one in numbers):
        return trial.suggest_int(name, low, high, log=far)
    return trial.suggest_float(name, low, high, log=far)


def _forest(settings: dict[str, Any], seed: int) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(random_state=seed, **settings)


def _xgboost(settings: dict[str, Any], seed: int) -> Any:
    from xgboost import XGBClassifier, build_info

    device = "cpu"
    if backend() == "gpu":
        if build_info().get("USE_CUDA"):
            device = "cuda"
        elif chosen.get("compute") == "gpu":
            raise ValueError(
                "QAZCUBE_COMPUTE is 'gpu', but XGBoost is installed as the build without a GPU "
                "(xgboost-cpu): put the package xgboost in its place, or use 'auto' or 'cpu'."
            )
    return XGBClassifier(random_state=seed, device=device, **settings)


def _boosting(settings: dict[str, Any], seed: int) -> Any:
    from sklearn.ensemble import GradientBoostingClassifier

    return GradientBoostingClassifier(random_state=seed, **settings)


def _histograms(settings: dict[str, Any], seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(random_state=seed, **settings)


def _logistic(settings: dict[str, Any], seed: int) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(random_state=seed, **settings)


def _margins(settings: dict[str, Any], seed: int) -> Any:
    from sklearn.svm import LinearSVC

    return LinearSVC(random_state=seed, **settings)


def _nystroem(settings: dict[str, Any], seed: int) -> list[tuple[str, Any]]:
    from sklearn.kernel_approximation import Nystroem

    return [("kernel", Nystroem(random_state=seed, **settings))]


def _network(settings: dict[str, Any], seed: int) -> Any:
    from analysis.learning.recurrent import RecurrentClassifier

    return RecurrentClassifier(random_state=seed, **settings)


def _models() -> dict[str, Model]:
    """Return the models; nothing heavy is imported before one is made."""
    found = [
        Model(
            "RandomForest", "Random forest", "trees", _forest,
            {"n_estimators": 100, "min_samples_leaf": 60, "max_features": "sqrt",
             "max_depth": None, "n_jobs": 1},
            {"n_estimators": (100, 300, 500), "max_features": ("sqrt", 0.5, 1.0),
             "min_samples_leaf": (5, 20, 80), "max_depth": (6, 12, None)},
            most_rows=60_000, missing="native",
        ),
        Model(
            "XGBoost", "XGBoost", "boosting", _xgboost,
            {"n_estimators": 150, "max_depth": 4, "learning_rate": 0.05, "min_child_weight": 20.0,
             "subsample": 0.5, "colsample_bynode": 0.3, "reg_lambda": 5.0, "tree_method": "hist",
             "n_jobs": 1},
            {"n_estimators": (100, 300, 500), "max_depth": (3, 5, 7),
             "learning_rate": (0.03, 0.1, 0.3), "min_child_weight": (1.0, 5.0, 20.0)},
            missing="native",
        ),
        Model(
            "GradientBoosting", "Gradient boosting", "boosting", _boosting,
            {"n_estimators": 100, "max_depth": 3, "learning_rate": 0.1, "subsample": 0.5,
             "min_samples_leaf": 50, "max_features": 0.3},
            {"n_estimators": (100, 300, 500), "max_depth": (2, 3, 5),
             "learning_rate": (0.03, 0.1, 0.3), "subsample": (0.5, 0.8, 1.0)},
            most_rows=20_000,
        ),
        Model(
            "HistGradientBoosting", "Gradient boosting on histograms", "boosting", _histograms,
            {"max_iter": 100, "learning_rate": 0.06, "max_leaf_nodes": 6, "min_samples_leaf": 200,
             "l2_regularization": 20.0, "max_features": 0.3, "early_stopping": False},
            {"max_iter": (100, 300, 500), "max_leaf_nodes": (7, 15, 31),
             "learning_rate": (0.03, 0.1, 0.3), "l2_regularization": (0.1, 1.0, 10.0)},
            missing="native",
        ),
        Model(
            "LogisticRegression", "Logistic regression", "linear", _logistic,
            {"C": 0.3, "max_iter": 1000},
            {"C": (0.001, 0.01, 0.1, 1.0, 10.0)},
            scale=True,
        ),
        Model(
            "SVM", "Support vector machine, linear", "linear", _margins,
            {"C": 0.1, "max_iter": 1000, "dual": False},
            {"C": (0.001, 0.01, 0.1, 1.0, 10.0)},
            balance=True, scale=True,
        ),
        Model(
            "KernelSVM", "Support vector machine, kernel", "kernel", _margins,
            {"C": 0.1, "max_iter": 1000, "dual": False, "n_components": 100, "gamma": None},
            {"C": (0.1, 1.0, 10.0), "gamma": (0.01, 0.03, 0.1), "n_components": (50, 100, 200)},
            most_rows=30_000, balance=True, scale=True, before=_nystroem,
            apart=("n_components", "gamma"),
        ),
    ]  # fmt: skip
    if importlib.util.find_spec("torch") is not None:
        found.append(
            Model(
                "Recurrent", "Recurrent network", "network", _network,
                {"hidden": 24, "steps": 6, "epochs": 8, "learning_rate": 0.003, "batch": 512},
                {"hidden": (16, 32, 64), "steps": (3, 6, 12),
                 "learning_rate": (0.001, 0.003, 0.01)},
                most_rows=60_000, missing="native", scale=True, lagged=True,
            )
        )  # fmt: skip
    return {one.name: one for one in found}


MODELS: Final[Mapping[str, Model]] = MappingProxyType(_models())
"""Models by name; Recurrent is there where the extra ``dl`` (PyTorch) is installed."""
