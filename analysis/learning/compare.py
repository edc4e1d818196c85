"""Models and baselines on one table: learnt on train, chosen on validation, judged on test."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import numpy as np

from analysis.learning.comparison import Comparison
from analysis.learning.demands import check_options, reason_of, settings_of, whole
from analysis.learning.fitkeys import FitCache
from analysis.learning.fitting import Fitted, fit
from analysis.learning.given import named_models
from analysis.learning.grid import Grid
from analysis.learning.judging import Judged, check_forecast, judge, with_threshold
from analysis.learning.models import Model
from analysis.learning.ownpredictions import read_predictions
from analysis.learning.preparing import grid_of, prepare
from analysis.learning.ranking import average_precision, curves
from analysis.learning.shares import feature_shares
from analysis.learning.sheet import Floats
from analysis.learning.threads import one_thread, side_by_side
from analysis.learning.yardsticks import Known, base_rate, forecast_baseline, named_baselines
from analysis.notes import mark as _
from analysis.notes import note

Progress = Callable[[int, int, str], Any]
_QUICKEST: Final = (
    "LogisticRegression", "SVM", "XGBoost", "HistGradientBoosting", "KernelSVM",
    "GradientBoosting", "RandomForest", "Recurrent",
)  # fmt: skip


class Cancelled(Exception):  # noqa: N818
    """The comparison was stopped; what was finished is in the cache."""


def compare(table: Any, models: Any = None, baselines: Any = None, **options: Any) -> Comparison:
    """Return models and baselines judged by the same rows.

    Each model learns from the train part; its probabilities are corrected for the sampling of the
    rows and calibrated on the validation part; all are judged on the test part. A model that fails
    is told in `failures`, and the others go on.

    Parameters
    ----------
    table
        Feature table: `time` and `cell` (index or columns), features, `target` (0 or 1), perhaps
        `weight` and expected numbers `rate_...` of baselines.
    models
        None for all of :data:`~analysis.learning.models.MODELS`, names, or a mapping from names to
        names, models or scikit-learn estimators.
    baselines
        None for all `rate_...` columns, the base rate, the rate of each cell and persistence;
        names; or a mapping from names to probabilities (row,), Series, or functions of the table.
    **options
        As for :func:`iterate_comparison`.

    Returns
    -------
    Comparison
        Scores with intervals, curves, forecasts, importance.

    Raises
    ------
    ValueError
        The table, a name or a setting is impossible.
    Cancelled
        `cancel` said so.

    Examples
    --------
    A feature that is the outcome's own chance beats the base rate; the numbers are the same again:

    >>> import pandas as pd
    >>> generator = np.random.default_rng(0)
    >>> days = pd.date_range("2010-01-01", periods=60, freq="30D")
    >>> index = pd.MultiIndex.from_product([days, range(50)], names=["time", "cell"])
    >>> chance = generator.beta(0.3, 3, len(index))
    >>> table = pd.DataFrame({"chance": chance}, index=index)
    >>> table["target"] = (generator.random(len(index)) < chance).astype(int)
    >>> first, again = (compare(table, ["LogisticRegression"], draws=50) for _ in range(2))
    >>> first.scores.index[0], first.scores.equals(again.scores)
    ('LogisticRegression', True)
    >>> bool(first.differences.loc[("base_rate", "LogisticRegression"), "brier_skill_high"] < 0)
    True
    """
    return list(iterate_comparison(table, models, baselines, **options))[-1]


def iterate_comparison(  # noqa: PLR0913
    table: Any,
    models: Any = None,
    baselines: Any = None,
    *,
    split: Any = None,
    evaluation: Any = None,
    features: Sequence[str] | None = None,
    seed: int = 0,
    params: Mapping[str, Mapping[str, Any]] | None = None,
    calibrate: str | None = "isotonic",
    threshold: float | None = None,
    draws: int = 400,
    against: str | None = None,
    progress: Progress | None = None,
    cancel: Callable[[], bool] | None = None,
    cache: Any = None,
    predictions: Mapping[str, Any] | None = None,
    target: str = "target",
    workers: int | None = 1,
) -> Iterator[Comparison]:
    """Yield a comparison of the baselines, then one more after each finished model.

    Parameters
    ----------
    table, models, baselines
        As for :func:`compare`.
    split
        Parts of the table; None for 70, 15 and 15 per cent of the issue times, with a gap as long
        as the target window (``table.attrs["horizon"]``, else 30 days).
    evaluation
        Table of all cells and issue times to judge by; None for the test rows with their weights.
        Rows before the test part are left out.
    features
        Columns to learn from; None for those that the table names, else all numbers.
    seed
        Start of all random numbers: the same seed, the same numbers.
    params
        Settings by model.
    calibrate
        "isotonic", "sigmoid" or None.
    threshold
        Least probability with an alarm; None for the best F1 of the best model on the validation
        part.
    draws
        Draws of windows for the intervals.
    against
        Baseline that differences are counted from; None for smoothed seismicity where it is there,
        else the best one.
    progress
        Called with (done, total, name).
    cancel
        Asked between models whether to stop.
    cache
        Object with ``get(key)`` and ``put(key, value)``, or a dict: fits are kept there.
    predictions
        A user's own forecasts by name: DataFrame, Series or CSV file of time, cell, probability.
    target
        Column of outcomes.
    workers
        Models that are fitted side by side, the quickest first; None for as many as there are
        processors. The numbers are the same.

    Yields
    ------
    Comparison
        What is known so far.

    Raises
    ------
    ValueError
        The table, a name or a setting is impossible.
    Cancelled
        `cancel` said so.
    """
    wanted = named_models(models)
    chosen = settings_of(params, wanted)
    draws, seed = whole("draws", draws), whole("seed", seed)
    workers = None if workers is None else whole("workers", workers, 1)
    check_options(threshold, cache, predictions, progress, cancel, calibrate)
    known, notes = prepare(table, split, evaluation, features, target)
    grid, more = grid_of(known)
    drawn = grid.draws(draws, seed)
    run = _Run(known, grid, drawn, threshold, (*notes, *more), list(wanted))
    run.settings.update(
        reference=grid.reference_name, seed=seed, draws=draws, block=grid.block,
        calibrate=calibrate, features=list(known.sheet.names), params=chosen,
    )  # fmt: skip

    def ask() -> None:
        if cancel is not None and cancel():
            raise Cancelled("The comparison was stopped.")

    ask()
    run.baselines(baselines, predictions, workers, ask)
    run.against = _against(run, against)
    total, done = len(wanted) + 1, 1
    _tell(progress, done, total, "baselines")
    if not wanted and not run.judged:
        raise ValueError("There are no models and no baselines to compare: name one.")
    if run.judged:
        yield run.comparison()
    kept = FitCache(cache, known, seed=seed, method=calibrate)
    works: dict[str, Callable[[], Any]] = {
        name: partial(run.model, name, wanted[name], dict(chosen.get(name, {})), kept)
        for name in sorted(wanted, key=lambda name: _cost(wanted[name]))
    }
    for name in side_by_side(works, workers, ask):
        done += 1
        _tell(progress, done, total, name)
        if run.judged:
            yield run.comparison()
    if not run.judged:
        reasons = "; ".join(f"{name}: {why}" for name, why in run.failures.items())
        raise ValueError(f"No model and no baseline could be judged. {reasons}")


def _cost(model: Any) -> int:
    """Return a place in the queue: the quickest models first."""
    names = [*_QUICKEST, getattr(model, "name", "")]
    return names.index(getattr(model, "name", "")) if isinstance(model, Model) else len(_QUICKEST)


@dataclass(eq=False)
class _Run:
    """A comparison in the making."""

    known: Known
    grid: Grid
    draws: Any
    wanted_threshold: float | None
    notes: tuple[str, ...]
    order: list[str]
    settings: dict[str, Any] = field(default_factory=dict)
    forecasts: dict[str, Floats] = field(default_factory=dict)
    judged: dict[str, Judged] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    fitted: dict[str, Fitted] = field(default_factory=dict)
    shares: dict[str, dict[str, float]] = field(default_factory=dict)
    share_kinds: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    against: str | None = None

    def baselines(
        self,
        baselines: Any,
        predictions: Mapping[str, Any] | None,
        workers: int | None,
        ask: Callable[[], None],
    ) -> None:
        """Judge all baselines and a user's own forecasts."""
        works: dict[str, Callable[[], Any]] = {}
        for name, one in named_baselines(baselines, self.known).items():
            works[name] = partial(
                self._try, name, "baseline", partial(forecast_baseline, one, self.known, name)
            )
        for name, one in (predictions or {}).items():
            if str(name) in works:
                raise ValueError(f"There is a baseline {name!r} already; name yours otherwise.")
            forecast = partial(read_predictions, one, self.known.judged.index)
            works[str(name)] = partial(self._try, str(name), "own", forecast)
        self.order = [*works, *(name for name in self.order if name not in works)]
        for _done in side_by_side(works, workers, ask):
            pass

    def model(self, name: str, model: Any, params: dict[str, Any], kept: FitCache) -> None:
        """Fit and judge one model, or tell why not."""
        if name in self.judged:
            self.failures[name] = f"There is a {self.kinds[name]} of this name already."
            return

        def forecast() -> Floats:
            known = self.known
            seed, method = self.settings["seed"], self.settings["calibrate"]
            validation = known.sheet.take(known.split.validation)

            def learn() -> tuple[Fitted, tuple[dict[str, float], str]]:
                found = fit(
                    name, model, known.sheet, known.split, params=params, seed=seed, method=method
                )
                return found, feature_shares(found, validation, seed)

            with one_thread():
                (fitted, shares), key = kept.fitted(name, model, params, learn)
                told = kept.forecast(fitted, key, known.judged)
            self.shares[name], self.share_kinds[name] = shares
            self.fitted[name] = fitted
            return told

        self._try(name, "model", forecast)

    def _try(self, name: str, kind: str, forecast: Callable[[], Any]) -> None:
        begun = time.perf_counter()
        try:
            told = check_forecast(forecast(), len(self.grid))
            judged = judge(self.grid, told, None, self.draws)
            self.forecasts[name], self.kinds[name] = told, kind
            self.seconds[name] = time.perf_counter() - begun
            self.judged[name] = judged
        except Exception as error:
            self.failures[name] = reason_of(error)
            self.fitted.pop(name, None)
            return

    def comparison(self) -> Comparison:
        """Return what is known so far."""
        level = self.wanted_threshold
        level = self._threshold() if level is None else float(level)
        # not in the order in which they were done, which is another each time side by side
        names = [name for name in self.order if name in self.judged]
        judged = {
            name: with_threshold(
                self.judged[name], self.grid, self.forecasts[name], level, self.draws
            )
            for name in names
        }
        text = _("{name}: {what}")
        notes = [note(text, name=name, what=one) for name in names for one in self._notes_of(name)]

        def ordered(values: dict[str, Any]) -> dict[str, Any]:
            return {name: values[name] for name in names if name in values}

        return Comparison(
            self.grid, ordered(self.forecasts), judged, ordered(self.kinds), dict(self.failures),
            ordered(self.fitted), self.known.split, level, self.against, ordered(self.shares),
            ordered(self.share_kinds), ordered(self.seconds), (*self.notes, *notes),
            dict(self.settings),
        )  # fmt: skip

    def _notes_of(self, name: str) -> tuple[str, ...]:
        return self.fitted[name].notes if name in self.fitted else ()

    def _threshold(self) -> float:
        """Return the best F1's threshold of the best model, both by the validation part."""
        rows = self.known.sheet.take(self.known.split.validation)
        best: tuple[float, Floats] | None = None
        for one in [self.fitted[name] for name in self.order if name in self.fitted]:
            if one.validated is not None and rows.outcome.any():
                found = average_precision(rows.outcome, one.validated, rows.weights)
                if best is None or found > best[0]:
                    best = found, one.validated
        if best is not None:
            table = curves(rows.outcome, best[1], rows.weights)
            both = table["precision"] + table["recall"]
            f1 = 2 * table["precision"] * table["recall"] / both.where(both > 0, 1.0)
            return float(np.float32(table["threshold"].iloc[int(f1.to_numpy().argmax())]))
        told = self.forecasts[next(name for name in self.order if name in self.forecasts)]
        share = float(base_rate(self.known)[0]) if len(self.grid) else 0.0
        return float(np.quantile(told, 1 - share, method="higher"))


def _against(run: _Run, against: str | None) -> str | None:
    names = [name for name in run.order if run.kinds.get(name) == "baseline"]
    if against is not None:
        for one in (against, f"rate_{against}"):
            if one in names:
                return one
        raise ValueError(f"against={against!r}; there are {', '.join(names) or 'no baselines'}.")
    if "rate_smoothed" in names:
        return "rate_smoothed"
    values = [np.nan_to_num(run.judged[name].values["average_precision"]) for name in names]
    return names[int(np.argmax(values))] if names else None


def _tell(progress: Progress | None, done: int, total: int, text: str) -> None:
    if progress is not None:
        progress(done, total, text)
