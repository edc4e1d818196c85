"""The classifiers of land cover, by name and family."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Literal

from analysis.spelling import did_you_mean

Family = Literal["parametric", "ml", "dl"]
FAMILIES: Final = ("parametric", "ml", "dl")
NO_TORCH: Final = (
    "Deep learning needs PyTorch, which is not installed here. Install it with "
    "`pip install -e '.[dl]'`; the other classifiers work without it."
)


@dataclass(frozen=True)
class Classifier:
    """A kind of classifier, and how to make one.

    Attributes
    ----------
    name
        Its name in `CLASSIFIERS`.
    family
        "parametric", "ml" or "dl".
    title
        Name for readers in kk, ru, en.
    estimator
        ``module:Class``; the module is imported when an estimator is made.
    defaults
        Settings used where none are given.
    seeded
        It takes `random_state`.
    needs
        Module that must be installed besides, or None.
    """

    name: str
    family: Family
    title: Mapping[str, str]
    estimator: str = field(repr=False)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    seeded: bool = False
    needs: str | None = None

    @property
    def available(self) -> bool:
        """Whether what it needs is installed."""
        return self.needs is None or importlib.util.find_spec(self.needs) is not None

    @property
    def reason(self) -> str:
        """Why it cannot be used here, in a sentence; empty where it can."""
        return "" if self.available else NO_TORCH

    @property
    def series(self) -> bool:
        """Whether it wants to know which features are bands and which are dates."""
        return self.family == "dl"

    @property
    def images(self) -> bool:
        """Whether it sees the pixels around, and is meant for images."""
        return self.name == "UNet"

    def make(self, **params: Any) -> Any:
        """Make an estimator with scikit-learn's interface: fit, predict, predict_proba.

        Parameters
        ----------
        **params
            Settings besides the defaults.

        Returns
        -------
        sklearn estimator
            Not fitted.

        Raises
        ------
        ValueError
            A setting is unknown.
        ImportError
            PyTorch is needed and absent.

        Examples
        --------
        >>> CLASSIFIERS["NearestNeighbours"].make(n_neighbors=1).n_neighbors
        1
        """
        if not self.available:
            raise ImportError(NO_TORCH)
        module, _, name = self.estimator.partition(":")
        build = getattr(importlib.import_module(module), name)
        try:
            made = build(**{**self.defaults, **params})
        except TypeError as error:
            known = build(**self.defaults).get_params()
            wrong = [one for one in params if one not in known]
            if not wrong:
                raise
            advice = did_you_mean(wrong[0], known)
            raise ValueError(f"{self.name} has no setting {wrong[0]!r}. {advice}") from error
        return made


_HERE: Final = "analysis.agrarian.landcover"


def _title(kk: str, ru: str, en: str) -> Mapping[str, str]:
    return MappingProxyType({"kk": kk, "ru": ru, "en": en})


_ALL: Final = (
    Classifier(
        "MaximumLikelihood",
        "parametric",
        _title("Максималды шындыққа ұқсастық", "Максимальное правдоподобие", "Maximum likelihood"),
        f"{_HERE}.gaussian:GaussianClassifier",
        {"covariance": "class"},
    ),
    Classifier(
        "LinearDiscriminant",
        "parametric",
        _title("Сызықтық дискриминант", "Линейный дискриминант", "Linear discriminant"),
        f"{_HERE}.gaussian:GaussianClassifier",
        {"covariance": "pooled"},
    ),
    Classifier(
        "NaiveBayes",
        "parametric",
        _title("Аңғал Байес", "Наивный Байес", "Naive Bayes"),
        f"{_HERE}.gaussian:GaussianClassifier",
        {"covariance": "diagonal"},
    ),
    Classifier(
        "MinimumDistance",
        "parametric",
        _title("Ең аз қашықтық", "Минимальное расстояние", "Minimum distance"),
        f"{_HERE}.gaussian:GaussianClassifier",
        {"covariance": "spherical", "priors": "equal"},
    ),
    Classifier(
        "Mahalanobis",
        "parametric",
        _title("Махаланобис қашықтығы", "Расстояние Махаланобиса", "Mahalanobis distance"),
        f"{_HERE}.gaussian:GaussianClassifier",
        {"covariance": "pooled", "priors": "equal"},
    ),
    Classifier(
        "SpectralAngle",
        "parametric",
        _title("Спектрлік бұрыш", "Спектральный угол", "Spectral angle"),
        f"{_HERE}.angles:SpectralAngleClassifier",
    ),
    Classifier(
        "RandomForest",
        "ml",
        _title("Кездейсоқ орман", "Случайный лес", "Random forest"),
        "sklearn.ensemble:RandomForestClassifier",
        {"n_estimators": 300, "n_jobs": 1, "random_state": 0},
        seeded=True,
    ),
    Classifier(
        "XGBoost",
        "ml",
        _title("XGBoost", "XGBoost", "XGBoost"),
        f"{_HERE}.machine:BoostedTreesClassifier",
        {"n_jobs": 1, "random_state": 0},
        seeded=True,
    ),
    Classifier(
        "SVM",
        "ml",
        _title("Тірек векторлар әдісі", "Метод опорных векторов", "Support vector machine"),
        f"{_HERE}.vectors:SupportVectorClassifier",
        {"random_state": 0},
        seeded=True,
    ),
    Classifier(
        "NearestNeighbours",
        "ml",
        _title("Жақын көршілер", "Ближайшие соседи", "Nearest neighbours"),
        f"{_HERE}.neighbours:NearestNeighboursClassifier",
        {"n_neighbors": 5},
    ),
    Classifier(
        "MLP",
        "ml",
        _title("Көпқабатты перцептрон", "Многослойный перцептрон", "Multilayer perceptron"),
        f"{_HERE}.machine:PerceptronClassifier",
        {"random_state": 0},
        seeded=True,
    ),
    Classifier(
        "TempCNN",
        "dl",
        _title(
            "Уақыттық үйірткілі желі", "Временная свёрточная сеть", "Temporal convolutional network"
        ),
        f"{_HERE}.deep:NetworkClassifier",
        {"network": "tempcnn", "random_state": 0},
        seeded=True,
        needs="torch",
    ),
    Classifier(
        "LSTM",
        "dl",
        _title("Назары бар LSTM", "LSTM с вниманием", "LSTM with attention"),
        f"{_HERE}.deep:NetworkClassifier",
        {"network": "lstm", "random_state": 0},
        seeded=True,
        needs="torch",
    ),
    Classifier(
        "UNet",
        "dl",
        _title("U-Net", "U-Net", "U-Net"),
        f"{_HERE}.deep:NetworkClassifier",
        {"network": "unet", "random_state": 0},
        seeded=True,
        needs="torch",
    ),
)

CLASSIFIERS: Final[Mapping[str, Classifier]] = MappingProxyType({one.name: one for one in _ALL})
"""All classifiers by name: parametric, machine learning, deep learning."""


def classifier(name: str) -> Classifier:
    """Return a classifier by name.

    Parameters
    ----------
    name
        A key of `CLASSIFIERS`.

    Returns
    -------
    Classifier
        It.

    Raises
    ------
    ValueError
        There is none of this name.

    Examples
    --------
    >>> classifier("RandomForrest")
    Traceback (most recent call last):
    ValueError: There is no classifier 'RandomForrest'. Did you mean 'RandomForest'?
    """
    if name not in CLASSIFIERS:
        advice = did_you_mean(str(name), CLASSIFIERS)
        raise ValueError(f"There is no classifier {name!r}. {advice}")
    return CLASSIFIERS[name]
