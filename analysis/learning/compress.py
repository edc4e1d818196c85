"""Long tails drawn in, for models that are straight lines or measure distances."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin

_SHARES = (
    0.05,
    0.5,
)  # of the sizes above 0 that lie below the scale, the first and the second time
_SKEWED = 2.0  # skewness from which on a feature is drawn in; that of an exponential law is 2


class Compress(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """``arcsinh(x / s)`` of features with a long tail, and once more of what still has one.

    It is straight near 0, a logarithm far from it, and keeps order, sign, 0 and missing values. The
    first time 5 % of the sizes that are not 0 lie below `s`, the second time half of them.
    Log-odds of an event are about a straight line in the logarithm of its rate, or of the time
    since the last one, not in the rate or the time (Burbidge, Magee and Robb 1988,
    doi:10.1080/01621459.1988.10478575). So nearly all sizes lie on the logarithm: with the median
    for `s`, the first hundred days after an earthquake are all but the same to a straight line. A
    feature that is 0 nearly everywhere has a long tail even then, and a few cells of it would rule
    the line: it is drawn in again.

    Attributes
    ----------
    scale_
        s of each feature (time, feature); NaN where the feature stays as it is.

    Examples
    --------
    >>> values = np.array([[0.0, 0], [1, 1], [2, 2], [1000, 3], [1, 2], [1, 1], [1, 2]])
    >>> found = Compress().fit(values)
    >>> found.scale_.round(3).tolist(), found.transform(values)[3].round(3).tolist()
    ([[1.0, nan], [nan, nan]], [7.601, 3.0])
    """

    def fit(self, X: ArrayLike, y: Any = None) -> Compress:  # noqa: ARG002
        """Find the features with a long tail."""
        values = np.array(X, dtype=np.float64)
        self.n_features_in_ = values.shape[1]
        self.scale_ = np.full((len(_SHARES), values.shape[1]), np.nan)
        for time, share in enumerate(_SHARES):
            self.scale_[time] = [_scale(one, share) for one in values.T]
            values = self._drawn(values, time)
        return self

    def transform(self, X: ArrayLike) -> NDArray[Any]:
        """Return the features (row, feature), long tails drawn in."""
        values = np.array(X, dtype=np.result_type(np.asarray(X).dtype, np.float32))
        for time in range(len(self.scale_)):
            values = self._drawn(values, time)
        return values

    def _drawn(self, values: NDArray[Any], time: int) -> NDArray[Any]:
        for column in np.flatnonzero(np.isfinite(self.scale_[time])):
            values[:, column] = np.arcsinh(values[:, column] / self.scale_[time, column])
        return values

    def __sklearn_tags__(self) -> Any:
        """Say that missing values are allowed."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


def _scale(values: NDArray[np.float64], share: float) -> float:
    """Return the scale of a feature with a long tail, else NaN."""
    good = values[np.isfinite(values)]
    spread = float(good.std()) if good.size else 0.0
    if spread <= 0:
        return float("nan")
    skew = float((((good - good.mean()) / spread) ** 3).mean())
    if abs(skew) <= _SKEWED:
        return float("nan")
    return float(np.quantile(np.abs(good[good != 0]), share))
