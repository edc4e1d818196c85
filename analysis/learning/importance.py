"""What a model rests on: its own account, what shuffling a feature costs, SHAP values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.learning.drawing import LEVEL, block_length, draws_of, limits
from analysis.learning.fitting import Fitted
from analysis.learning.grid import make_grid
from analysis.learning.importanceshap import columns_of, global_shap
from analysis.learning.judging import AT_THRESHOLD, NAMES, judge
from analysis.learning.shares import feature_shares
from analysis.learning.sheet import Sheet, read_sheet

KINDS: Final = ("impurity", "permutation", "shap")
_MOST = 50_000
_USUAL = 5000
_SHAPED = {"trees": 400, "linear": 5000, "any": 60}


def importance(  # noqa: PLR0913
    fitted: Fitted,
    table: Any,
    *,
    kind: str = "impurity",
    groups: Mapping[str, Sequence[str]] | None = None,
    score: str = "average_precision",
    shuffles: int = 5,
    draws: int = 400,
    most_rows: int = _MOST,
    seed: int = 0,
    progress: Callable[[int, int, str], None] | None = None,
) -> pd.DataFrame:
    """Return how much a fitted model rests on each feature, with intervals.

    Parameters
    ----------
    fitted
        The model.
    table
        Rows with features and outcomes that it has not learnt from: of the test or the validation
        part.
    kind
        "impurity": the model's own account of what it learnt, as shares: the decrease of impurity
        in trees, the size of the coefficients of standardised features in linear models; of a
        model that keeps none, by shuffling (`attrs["kind"]` says which). It favours features of
        many values, and says nothing of new data.
        "permutation": what the score loses when the feature is shuffled among all rows (Breiman
        2001, doi:10.1023/A:1010933404324), among those of a sample by their weights; 0 or less
        means that the model does as well without. Of two features that say the same, neither
        seems to matter: shuffle them together (`groups`).
        "shap": mean size of the SHAP values (Lundberg and Lee 2017, arXiv:1705.07874).
    groups
        Features to shuffle together, by name, for "permutation"; None for each alone.
    score
        A score of :data:`~analysis.learning.judging.NAMES` but those at a threshold, for
        "permutation".
    shuffles
        How often each is shuffled.
    draws
        Draws of windows for the intervals.
    most_rows
        With more, negatives are sampled, with weights.
    seed
        Same seed, same numbers.
    progress
        Told what is done, the total, and the name of a feature; what it raises ends the work.

    Returns
    -------
    pandas.DataFrame
        Indexed by feature (or group), in the order of the features: `importance`, `low`, `high`
        (95 %; NaN where the kind has none). ``attrs``: `kind`, `units`, `rows`, `notes`.

    Raises
    ------
    ValueError
        The kind, score or groups are unknown, the score is undefined for these rows, or the model
        has nothing of this kind.

    Examples
    --------
    Only the feature that makes the outcome matters:

    >>> from analysis.learning.fitting import fit
    >>> from analysis.learning.models import MODELS
    >>> from analysis.learning.splits import temporal_split
    >>> random = np.random.default_rng(0)
    >>> days = pd.date_range("2010-01-01", periods=60, freq="30D").repeat(30)
    >>> table = pd.DataFrame({"time": days, "cell": np.tile(range(30), 60)})
    >>> table["depth"], table["noise"] = random.normal(size=(2, days.size))
    >>> table["target"] = (table["depth"] + random.normal(size=days.size) > 1.5).astype(int)
    >>> split = temporal_split(table)
    >>> fitted = fit("L", MODELS["LogisticRegression"], read_sheet(table), split)
    >>> found = importance(fitted, table.iloc[split.test], kind="permutation")
    >>> bool(found.loc["depth", "low"] > 0.1), bool(abs(found.loc["noise", "importance"]) < 0.02)
    (True, True)
    """
    if kind not in KINDS:
        raise ValueError(f"The kind is {kind!r}; it is one of {', '.join(KINDS)}.")
    if kind == "impurity":
        return _own(fitted, read_sheet(table, fitted.features), seed)
    if getattr(fitted.estimator, "sequences", False):
        raise ValueError(
            f"{fitted.name} looks at the rows of a cell together, so no row can be shuffled or "
            "explained by itself."
        )
    sheet = read_sheet(table, fitted.features)
    if kind == "shap":
        return _shap(fitted, sheet, draws, seed)
    if score not in NAMES or score in AT_THRESHOLD:
        known = ", ".join(one for one in NAMES if one not in AT_THRESHOLD)
        raise ValueError(f"The score is {score!r}; it is one of {known}.")
    if shuffles < 1 or most_rows < 100:
        raise ValueError(f"shuffles={shuffles}, most_rows={most_rows}: give 1 and 100 or more.")
    sheet = _fewer(sheet, most_rows, seed)
    chosen = _groups(fitted, groups)
    return _permuted(fitted, sheet, chosen, score, (shuffles, draws, seed), progress)


def _own(fitted: Fitted, sheet: Sheet, seed: int) -> pd.DataFrame:
    """Return the model's own account, as shares; a forest's with the spread of its trees."""
    shares, kind = feature_shares(fitted, sheet, seed)
    value = np.array([shares[name] for name in fitted.features])
    low = high = np.full(value.size, np.nan)
    notes = ["The model gives no interval for its own account."]
    last = getattr(fitted.estimator, "steps", [("", fitted.estimator)])[-1][1]
    trees = getattr(last, "estimators_", None)
    column = columns_of(fitted)
    if kind == "impurity" and column is not None and isinstance(trees, list) and len(trees) > 1:
        # trees of a forest are independent; steps of boosting are not
        each = np.zeros((len(trees), value.size))
        np.add.at(each.T, column, np.stack([one.feature_importances_ for one in trees]).T)
        random = np.random.default_rng(seed)
        counts = random.multinomial(len(trees), np.full(len(trees), 1 / len(trees)), 400)
        drawn = counts @ each
        drawn /= np.maximum(drawn.sum(axis=1, keepdims=True), 1e-300)
        low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
        notes = ["The interval is over the trees of the forest, not over other data."]
    units = {
        "impurity": "share of the decrease of impurity",
        "coefficient": "share of the coefficients",
        "permutation": "share of the loss of average precision",
    }[kind]
    return _table(fitted.features, value, low, high, kind, units, fitted.rows, notes)


def _permuted(
    fitted: Fitted,
    sheet: Sheet,
    groups: dict[str, NDArray[np.intp]],
    score: str,
    numbers: tuple[int, int, int],
    progress: Callable[[int, int, str], None] | None,
) -> pd.DataFrame:
    """Return what the score loses when features are shuffled."""
    shuffles, draws, seed = numbers
    base = np.full(len(sheet), max(fitted.base_rate, 1e-9), np.float32)
    grid = make_grid(sheet, base, "base_rate", sheet.rates.get("rate_smoothed"))
    if not grid.positives.size:
        raise ValueError("There are no positives among the rows, so no score can be lost.")
    counts = grid.draws(draws, seed)

    def scored(values: Any) -> tuple[float, Any]:
        told = fitted.of_values(values).astype(np.float32)
        one = judge(grid, told, None, counts, curves=False)
        return one.values[score], one.drawn.get(score)

    whole, whole_drawn = scored(sheet.values)
    if not np.isfinite(whole):
        raise ValueError(f"{score} is {whole} for these rows, so nothing of it can be lost.")
    heavy = _chances(sheet)
    sign = -1.0 if score == "brier_score" else 1.0
    rows = []
    for done, (name, columns) in enumerate(groups.items()):
        if progress is not None:
            progress(done, len(groups), name)
        # the same shuffles for every feature, so that they can be compared
        random = np.random.default_rng([seed, 77])
        values, drawn = 0.0, np.zeros(draws)
        for _ in range(shuffles):
            spoilt = sheet.values.copy()
            order = _donors(random, len(sheet), heavy)
            spoilt[:, columns] = sheet.values[np.ix_(order, columns)]
            less, less_drawn = scored(spoilt)
            values += sign * (whole - less) / shuffles
            if counts is not None:
                drawn = drawn + sign * (whole_drawn - less_drawn) / shuffles
        good = np.asarray(drawn) if counts is not None else None
        rows.append((values, *grid.limits(good)))
    if progress is not None:
        progress(len(groups), len(groups), "")
    value, low, high = np.array(rows).T
    notes = _without_interval(counts is None, low)
    units = f"loss of {score}"
    return _table(tuple(groups), value, low, high, "permutation", units, len(sheet), notes)


def _shap(fitted: Fitted, sheet: Sheet, draws: int, seed: int) -> pd.DataFrame:
    """Return the mean size of the SHAP values, rows drawn by their weights."""
    random = np.random.default_rng(seed)
    way, explain, units = global_shap(fitted)
    most = _SHAPED[way]
    heavy = sheet.weights.astype(np.float64)
    if not heavy.any():
        raise ValueError("All weights of the rows are 0.")
    rows = np.arange(len(sheet))
    if len(sheet) > most or np.ptp(heavy) > 0:
        rows = np.sort(random.choice(len(sheet), min(most, 5 * len(sheet)), p=heavy / heavy.sum()))
    usual = sheet.values
    if (chances := _chances(sheet)) is not None:
        usual = usual[random.choice(len(sheet), min(_USUAL, 5 * len(sheet)), p=chances)]
    size = np.abs(explain(sheet.values[rows], usual, seed))
    window, names = pd.factorize(sheet.times[rows], sort=True)
    length = block_length(np.bincount(window, size.sum(axis=1)))
    counts = draws_of(len(names), draws, seed, length)
    low = high = np.full(size.shape[1], np.nan)
    notes = []
    if counts is not None:
        sums = np.zeros((len(names), size.shape[1]))
        np.add.at(sums, window, size)
        number = np.bincount(window, minlength=len(names)).astype(np.float64)
        drawn = (counts.T @ sums) / np.maximum(counts.T @ number, 1)[:, np.newaxis]
        low, high = np.array([limits(one, length, len(names)) for one in drawn.T]).T
    else:
        notes.append("There is one window, so there are no intervals.")
    return _table(fitted.features, size.mean(axis=0), low, high, "shap", units, rows.size, notes)


def _without_interval(single: bool, low: NDArray[np.float64]) -> list[str]:
    """Return why there are no intervals, where there are none."""
    if single:
        return ["There is one window, so there are no intervals."]
    if not np.isfinite(low).any():
        return ["The positives lie in fewer than three windows, so there are no intervals."]
    return []


def _donors(
    random: np.random.Generator, rows: int, chances: NDArray[np.float64] | None
) -> NDArray[np.intp]:
    """Return whose features each row is given: of a sample, as all rows would be met."""
    if chances is None:
        return random.permutation(rows)
    return random.choice(rows, rows, p=chances)


def _chances(sheet: Sheet) -> NDArray[np.float64] | None:
    """Return the share of each row (row,) in what a sample stands for; None where all are equal."""
    heavy = sheet.weights.astype(np.float64)
    return heavy / heavy.sum() if np.ptp(heavy) > 0 else None


def _table(
    names: Sequence[str], value: Any, low: Any, high: Any, kind: str, units: str, rows: int,
    notes: list[str],
) -> pd.DataFrame:  # fmt: skip
    found = pd.DataFrame(
        {"importance": value, "low": low, "high": high}, index=pd.Index(names, name="feature")
    )
    found.attrs = {"kind": kind, "units": units, "rows": int(rows), "notes": notes}
    return found


def _groups(
    fitted: Fitted, groups: Mapping[str, Sequence[str]] | None
) -> dict[str, NDArray[np.intp]]:
    """Return the columns that are shuffled together, by name."""
    if groups is None:
        return {name: np.array([place]) for place, name in enumerate(fitted.features)}
    found = {}
    for name, features in groups.items():
        unknown = [one for one in features if one not in fitted.features]
        if unknown or not list(features):
            raise ValueError(
                f"The group {name!r} names {', '.join(unknown) or 'nothing'}; the model has "
                f"{', '.join(fitted.features)}."
            )
        found[str(name)] = np.array([fitted.features.index(one) for one in features])
    return found


def _fewer(sheet: Sheet, most: int, seed: int) -> Sheet:
    """Return all positives and a weighted sample of the negatives where there are many."""
    if len(sheet) <= most:
        return sheet
    positive, negative = np.flatnonzero(sheet.outcome), np.flatnonzero(sheet.outcome == 0)
    room = max(most - positive.size, most // 2)
    if room >= negative.size:
        return sheet
    kept = np.sort(np.random.default_rng(seed).choice(negative, room, replace=False))
    weights = sheet.weights.copy()
    weights[kept] *= weights[negative].sum(dtype=np.float64) / weights[kept].sum(dtype=np.float64)
    rows = np.sort(np.concatenate([positive, kept]))
    return replace(sheet.take(rows), weights=weights[rows])
