"""A classifier that has learnt, and what it says."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.agrarian.landcover.gaps import Filling
from analysis.agrarian.samples.names import Layout, feature_layout

REJECTED: Final = -1
"""Position of a sample that no class is probable enough for."""


@dataclass(frozen=True, eq=False)
class Fitted:
    """A classifier that has learnt.

    Attributes
    ----------
    name
        Its name.
    family
        "parametric", "ml", "dl", or "own" for an estimator of the caller's.
    estimator
        scikit-learn estimator, fitted.
    classes
        Labels (class,), sorted; the columns of `predict_proba`.
    feature_names
        Features in the order in which `predict_proba` wants them.
    layout
        Bands and steps of the features.
    filling
        What gaps are filled with.
    counts
        Samples of each class that it learnt from.
    seed
        Seed.
    seconds
        Time of learning.
    notes
        What the reader must know: gaps filled, covariances shrunk, and the like.
    """

    name: str
    family: str
    estimator: Any
    classes: NDArray[Any]
    feature_names: list[str]
    layout: Layout
    filling: Filling
    counts: dict[Any, int]
    seed: int = 0
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def classes_(self) -> NDArray[Any]:
        """Labels, as scikit-learn names them."""
        return self.classes

    @property
    def feature_names_in_(self) -> NDArray[Any]:
        """Features, as scikit-learn names them."""
        return np.asarray(self.feature_names, dtype=object)

    @property
    def image_names(self) -> list[str]:
        """Features of a pixel, in the order in which `predict_image` wants them."""
        return [one.rpartition("@")[0] or one for one in self.layout.pixel]

    @property
    def size(self) -> int:
        """Bytes of the classifier as it is stored."""
        return len(pickle.dumps(self.estimator))

    @property
    def halo(self) -> int:
        """Pixels round a pixel that it looks at; 0 for all but image networks."""
        return int(getattr(self.estimator, "halo", 0))

    def predict_proba(self, X: Any) -> NDArray[np.float32]:
        """Return the probability of each class.

        Parameters
        ----------
        X
            Features (sample, feature) in the order of `feature_names`, or a table that has them.

        Returns
        -------
        numpy.ndarray
            float32 (sample, class), rows sum to 1. Gaps are filled as in learning; rows without
            any value are NaN.

        Raises
        ------
        ValueError
            Features are missing, or too few or too many.
        """
        values = self._matrix(X)
        filled, empty = self.filling.apply(values)
        found = np.full((values.shape[0], self.classes.size), np.nan, np.float32)
        if not empty.all():
            found[~empty] = self.estimator.predict_proba(filled[~empty])
        return found

    def predict(self, X: Any, threshold: float = 0.0) -> NDArray[Any]:
        """Return the most probable class.

        Parameters
        ----------
        X
            As for `predict_proba`.
        threshold
            Least probability; below it, and where there is no value, there is no class.

        Returns
        -------
        numpy.ndarray
            Labels (sample,), object; None where there is no class.
        """
        place = self.positions(X, threshold)
        found = np.empty(place.size, dtype=object)
        found[:] = [None if one < 0 else self.classes[one] for one in place]
        return found

    def positions(self, X: Any, threshold: float = 0.0) -> NDArray[np.intp]:
        """Return the position of the most probable class in `classes`, `REJECTED` for none.

        Parameters
        ----------
        X
            As for `predict_proba`.
        threshold
            Least probability, 0 to 1.

        Returns
        -------
        numpy.ndarray
            (sample,).

        Raises
        ------
        ValueError
            The threshold is no probability.
        """
        if not 0 <= threshold <= 1:
            raise ValueError(f"The threshold is {threshold!r}; it is a probability, 0 to 1.")
        chance = np.nan_to_num(self.predict_proba(X), nan=-1.0)
        return np.where(
            chance.max(axis=1) >= max(threshold, 0.0), chance.argmax(axis=1), REJECTED
        ).astype(np.intp)

    def predict_image(self, values: Any) -> NDArray[np.float32]:
        """Return the probability of each class for every pixel of an image.

        Parameters
        ----------
        values
            Features (feature, row, column). Classifiers with a `halo` want that many pixels more
            on every side than are needed, or the image's edge.

        Returns
        -------
        numpy.ndarray
            float32 (class, row, column); NaN where there is no value.

        Raises
        ------
        ValueError
            The shape is wrong.
        """
        stack = np.asarray(values)
        if stack.ndim != 3 or stack.shape[0] != len(self.image_names):
            raise ValueError(
                f"The image is {stack.shape}; it must be ({len(self.image_names)} features, row, "
                "column)."
            )
        flat = stack.reshape(stack.shape[0], -1).T
        if not hasattr(self.estimator, "predict_image"):
            found = self.predict_proba(flat).T
            return np.ascontiguousarray(found.reshape(-1, *stack.shape[1:]))
        filled, empty = self.filling.of_pixels(self.layout).apply(np.asarray(flat, np.float64))
        image = self.estimator.predict_image(filled.T.reshape(stack.shape))
        image[:, empty.reshape(stack.shape[1:])] = np.nan
        return np.asarray(image, np.float32)

    def _matrix(self, X: Any) -> NDArray[np.float64]:
        if isinstance(X, pd.DataFrame):
            X = _middle_pixels(X, self.feature_names)
            if missing := [one for one in self.feature_names if one not in X]:
                raise ValueError(f"The table lacks the features {missing[:8]} of {self.name}.")
            X = X[self.feature_names]
        values = np.asarray(X, dtype=np.float64)
        if values.ndim != 2 or values.shape[1] != len(self.feature_names):
            raise ValueError(
                f"The features are {values.shape}; {self.name} wants (sample, "
                f"{len(self.feature_names)}), in the order of its feature_names."
            )
        return values


def _middle_pixels(table: pd.DataFrame, wanted: list[str]) -> pd.DataFrame:
    """Return a table of squares of pixels as one of pixels, where pixels are wanted."""
    if all(one in table for one in wanted):
        return table
    squares = [str(one) for one in table.columns if "@" in str(one)]
    layout = feature_layout(squares) if squares else None
    if layout is None or layout.patch == 1:
        return table
    return table.rename(columns={one: one.rpartition("@")[0] for one in layout.pixel})
