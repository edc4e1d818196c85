"""Fit one model to the train part, make its forecasts probabilities of all rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.learning.given import NotLearnt, fresh, named_models
from analysis.learning.lags import Lags
from analysis.learning.models import Model
from analysis.learning.recalibration import NONE, Calibration, calibrate, expit, fit_line
from analysis.learning.sampling import Sampling, sampling_of, subsample
from analysis.learning.sheet import Floats, Sheet, read_sheet
from analysis.learning.splits import Split
from analysis.learning.uniques import unique_rows
from analysis.notes import mark as _
from analysis.notes import note

__all__ = ["Fitted", "NotLearnt", "answer", "fit", "named_models"]
_SHARE = 0.01  # of a forecast that is the base rate: no model says "never"
_CHUNK = 200_000  # rows asked for at a time
_FEW = 50  # positives, with fewer of which a reader is told how the calibration was made
_MANY = 20_000  # rows from which on equal ones are sought
_BOOSTED: Final = ("HistGradientBoosting", "GradientBoosting")  # all their steps are taken


@dataclass(frozen=True, eq=False)
class Fitted:
    """A model that has learnt, with all that its probabilities need.

    Attributes
    ----------
    name
        Its name.
    estimator
        The fitted scikit-learn estimator.
    features
        Names of its features, in order.
    base_rate
        Share of positives among all rows, by the train part.
    sampling
        How the rows learnt from were drawn, where they were learnt without weights.
    margins
        Intercept and slope from margins to log-odds, for models that give no probabilities.
    calibration
        From the validation part.
    named
        The estimator is given a table with names, not plain numbers.
    lags
        How rows get their sequences, for models that read these.
    rows
        Rows learnt from.
    notes
        What a reader must know.
    validated
        Its probabilities (row,) for the validation part.
    """

    name: str
    estimator: Any
    features: tuple[str, ...]
    base_rate: float
    sampling: Sampling | None = None
    margins: tuple[float, float] | None = None
    calibration: Calibration = NONE
    named: bool = False
    lags: Lags | None = None
    rows: int = 0
    notes: tuple[str, ...] = ()
    validated: Floats | None = None

    def predict_probability(self, table: Any) -> NDArray[np.float64]:
        """Return the probability of a positive for every row of a feature table.

        Parameters
        ----------
        table
            Table with the features, in any order of columns; it needs no outcomes.

        Returns
        -------
        numpy.ndarray
            Probabilities (row,), corrected for sampling and calibrated.

        Raises
        ------
        ValueError
            The table lacks a feature.
        """
        return self.predict(read_sheet(table, self.features, outcomes=False))

    def predict(self, sheet: Sheet) -> NDArray[np.float64]:
        """Return the probabilities (row,) of a sheet with the same features."""
        if sheet.names != self.features:
            raise ValueError(f"The features are {sheet.names}; {self.name} has {self.features}.")
        if self.lags is not None:
            sequences = self.lags.of_rows(sheet)
            parts = [slice(at, at + _CHUNK) for at in range(0, len(sheet), _CHUNK)]
            told = [
                self._probability(self._raw(sequences(part)), sheet.values[part]) for part in parts
            ]
            return np.concatenate(told) if told else np.zeros(0)
        values = sheet.values
        if len(values) < _MANY:
            return self.of_values(values)
        first, kind = unique_rows(values)
        if first.size > 0.9 * len(values):
            return self.of_values(values)
        return np.asarray(self.of_values(values[first])[kind])

    def of_values(self, values: Floats) -> NDArray[np.float64]:
        """Return the probabilities (row,) of plain features (row, feature)."""
        parts = [values[at : at + _CHUNK] for at in range(0, len(values), _CHUNK)]
        told = [self._probability(self._raw(part), part) for part in parts]
        return np.concatenate(told) if told else np.zeros(0)

    def _raw(self, values: Floats) -> NDArray[np.float64]:
        """Return what the estimator says (row,): probabilities or margins."""
        given: Any = pd.DataFrame(values, columns=list(self.features)) if self.named else values
        return answer(self.estimator, given)

    def _probability(self, raw: NDArray[np.float64], values: Floats) -> NDArray[np.float64]:
        """Return probabilities of all rows (row,) from what the estimator says of features."""
        if self.margins is not None:
            raw = expit(self.margins[0] + self.margins[1] * raw)
        told = np.clip(raw, 0, 1)
        if self.sampling is not None:
            told = self.sampling.correct(told, values)
        return self.calibration((1 - _SHARE) * told + _SHARE * self.base_rate)


def answer(estimator: Any, values: Any) -> NDArray[np.float64]:
    """Return what an estimator says of rows: probabilities of 1, else margins, else values.

    Parameters
    ----------
    estimator
        Fitted scikit-learn estimator.
    values
        Features (row, feature).

    Returns
    -------
    numpy.ndarray
        Numbers (row,), higher for positives.

    Raises
    ------
    ValueError
        A number is missing or infinite.
    """
    if hasattr(estimator, "predict_proba"):
        both = np.asarray(estimator.predict_proba(values), dtype=np.float64)
        found = both[:, -1] if both.ndim == 2 else both
    elif hasattr(estimator, "decision_function"):
        found = np.asarray(estimator.decision_function(values), dtype=np.float64).ravel()
    else:
        found = np.asarray(estimator.predict(values), dtype=np.float64).ravel()
    if not np.isfinite(found).all():
        raise NotLearnt(f"{int((~np.isfinite(found)).sum())} of its forecasts are missing.")
    return found


def fit(
    name: str,
    model: Any,
    sheet: Sheet,
    split: Split,
    *,
    params: Mapping[str, Any] | None = None,
    seed: int = 0,
    method: str | None = "isotonic",
) -> Fitted:
    """Learn from the train part, calibrate on the validation part.

    Where the weights of a sample are plain (:func:`~analysis.learning.sampling.sampling_of`), the
    model learns without them and its odds are corrected afterwards; else it learns with them.

    Parameters
    ----------
    name
        Name of the model.
    model
        :class:`~analysis.learning.models.Model`, or a scikit-learn estimator, which is cloned.
    sheet
        Rows.
    split
        Parts.
    params
        Settings instead of the defaults.
    seed
        Start of the random numbers.
    method
        Calibration: "isotonic", "sigmoid" or None.

    Returns
    -------
    Fitted
        The model.

    Raises
    ------
    ValueError
        It cannot be learnt: one class, no features, no convergence, impossible settings.

    Examples
    --------
    >>> days = pd.date_range("2010-01-01", periods=120, freq="30D").repeat(20)
    >>> depth = np.random.default_rng(0).normal(size=days.size)
    >>> table = pd.DataFrame({"time": days, "cell": np.tile(range(20), 120), "depth": depth})
    >>> table["target"] = (depth > 1).astype(int)
    >>> from analysis.learning import MODELS, temporal_split
    >>> fitted = fit("L", MODELS["LogisticRegression"], read_sheet(table), temporal_split(table))
    >>> bool(np.corrcoef(fitted.predict_probability(table), table["target"])[0, 1] > 0.9)
    True
    """
    train = sheet.take(split.train)
    positives = int(train.outcome.sum())
    if not positives or positives == len(train):
        text = _(
            "The train part has one class only ({rows} rows, {count} positive): there is nothing "
            "to tell apart. Give a larger region, a longer period or another target."
        )
        raise NotLearnt(note(text, rows=len(train), count=positives))
    if not sheet.names:
        raise NotLearnt(note(_("There is no feature with a value in the train part.")))
    base = float(train.weights @ train.outcome / train.weights.sum(dtype=np.float64))
    notes: list[str] = []
    made = isinstance(model, Model)
    rows, weights = subsample(train, model.most_rows if made else None, seed, notes)
    used = train.take(rows)
    if made:
        estimator = model.pipeline(seed=seed, **(params or {}))
        _within(estimator, len(used))
    else:
        estimator = fresh(model, params, gaps=bool(np.isnan(used.values).any()))
    lags = None
    values: Any = used.values if made else pd.DataFrame(used.values, columns=list(used.names))
    if made and model.lagged:
        lags = Lags.of(sheet, estimator.steps[-1][1].steps, split.train)
        values = _sequences(lags, sheet, split.train[rows])
    bends = made and model.family != "linear"
    sampling = sampling_of(used.values, used.outcome, weights, by_features=bends)
    given = None if sampling is not None else weights
    if made and model.balance:
        yes = float(weights @ used.outcome)
        given = weights * np.where(used.outcome > 0, (weights.sum() - yes) / yes, 1.0)
    if not _learn(estimator, values, used.outcome, given):
        sampling = Sampling(1 / _kept(used, base))
    _converged(name, estimator)
    margins = None
    if not hasattr(estimator, "predict_proba"):
        margins = _margins(estimator, values, used, weights)
        sampling = None
    plain = Fitted(name, estimator, sheet.names, base, sampling, margins, named=not made, lags=lags)
    validation = sheet.take(split.validation)
    told = plain.predict(validation)
    curve = calibrate(
        validation.outcome, told, validation.weights, method, validation.times,
        (base, float(positives)),
    )  # fmt: skip
    seen = int(validation.outcome.sum())
    if method is not None and seen < _FEW:
        text = _(
            "Calibrated on {count} positives of the validation part only: level and slope are "
            "drawn towards the base rate as far as the positives do not speak for the model."
        )
        notes.append(note(text, count=seen))
    return replace(
        plain,
        calibration=curve,
        rows=len(used),
        notes=tuple(notes),
        validated=curve(told).astype(np.float32),
    )


def _within(estimator: Any, rows: int) -> None:
    """Keep the number of components of a kernel to that of the rows."""
    kernel = estimator.named_steps.get("kernel")
    if kernel is not None and kernel.n_components > rows:
        kernel.set_params(n_components=rows)


def _sequences(lags: Lags, sheet: Sheet, rows: NDArray[np.intp]) -> Floats:
    """Return the sequences of some rows of a sheet."""
    of_rows = lags.of_rows(sheet)
    parts = [
        of_rows(slice(at, at + _CHUNK))[rows[(rows >= at) & (rows < at + _CHUNK)] - at]
        for at in range(0, len(sheet), _CHUNK)
    ]
    return np.concatenate(parts)


def _learn(
    estimator: Any,
    values: Any,
    outcome: NDArray[np.uint8],
    weights: NDArray[np.float64] | None,
) -> bool:
    """Fit, with weights where there are any; return False where they are not taken."""
    from sklearn.pipeline import Pipeline
    from sklearn.utils.validation import has_fit_parameter

    last = estimator.steps[-1] if isinstance(estimator, Pipeline) else ("", estimator)
    if weights is None:
        estimator.fit(values, outcome)
        return True
    if last[1] != "passthrough" and has_fit_parameter(last[1], "sample_weight"):
        key = f"{last[0]}__sample_weight" if last[0] else "sample_weight"
        scale = len(weights) / weights.sum()  # so that settings of the loss keep their meaning
        estimator.fit(values, outcome, **{key: weights * scale})
        return True
    estimator.fit(values, outcome)
    return False


def _converged(name: str, estimator: Any) -> None:
    """Raise where a step used up its iterations; boosting takes all of them by design."""
    steps = [one for _, one in getattr(estimator, "steps", [("", estimator)])]
    for step in steps:
        most = getattr(step, "max_iter", None)
        taken = getattr(step, "n_iter_", None)
        if type(step).__name__.startswith(_BOOSTED) or taken is None:
            continue
        if isinstance(most, (int, np.integer)) and most > 0 and np.max(taken) >= most:
            text = _(
                "{name} did not converge in {count} iterations: raise max_iter, scale the features "
                "or choose a stronger regularisation."
            )
            raise NotLearnt(note(text, name=name, count=most))


def _kept(used: Sheet, base: float) -> float:
    """Return the share of the negatives that rows without weights stand for."""
    share = float(used.outcome.mean())
    return float(min(1.0, base * (1 - share) / (share * (1 - base))))


def _margins(
    estimator: Any, values: Any, used: Sheet, weights: NDArray[np.float64]
) -> tuple[float, float]:
    """Return the line from margins to log-odds, by the rows learnt from (Platt 1999)."""
    told = answer(estimator, values)
    scale = max(float(told.std()), 1e-12)
    target = np.where(used.outcome > 0, 1.0, 0.0)
    level, slope = fit_line(target, told / scale, weights, spread=(np.inf, 3.0))
    return level, slope / scale
