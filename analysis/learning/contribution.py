"""What each source of data adds to a forecast: added to the base, and left out of all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from analysis.learning.compare import compare
from analysis.learning.comparison import Comparison
from analysis.learning.contributiongain import gain_interval
from analysis.learning.fitting import named_models
from analysis.learning.splits import Split, issue_times
from analysis.spelling import did_you_mean

SCORES: Final = ("information_gain", "average_precision", "area_skill", "brier_skill")
ALL: Final = "all"
WAYS: Final = ("added", "left out", "placebo")


@dataclass(frozen=True)
class _Set:
    """Features to learn from, and what they are called."""

    label: str
    features: tuple[str, ...]


def contribution(  # noqa: PLR0913
    table: Any,
    model: Any,
    groups: Mapping[str, Sequence[str]] | Sequence[str] | None = None,
    *,
    base: str | Sequence[str] = "catalogue",
    split: Any = None,
    evaluation: Any = None,
    params: Mapping[str, Any] | None = None,
    calibrate: str | None = "isotonic",
    placebo: bool = False,
    draws: int = 400,
    seed: int = 0,
    progress: Callable[[int, int, str], Any] | None = None,
    cancel: Callable[[], bool] | None = None,
    cache: Any = None,
) -> pd.DataFrame:
    """Return what each group of features adds to a model, with paired intervals.

    The model learns from the base alone, from the base with each group, from all, and from all
    without each group; each is calibrated and judged as by
    :func:`~analysis.learning.compare`. Both of a pair are judged by the same draws of windows; the
    interval of the gain knows that rows of one cell hang together as well
    (:func:`~analysis.learning.contributiongain.gain_interval`). An interval that holds 0 shows no
    contribution; one below 0 says that the group does harm: what says nothing costs a little where
    there is little to learn from.

    Parameters
    ----------
    table
        Feature table; ``table.attrs["features"]`` names the group of each feature.
    model
        Name of a model, :class:`~analysis.learning.models.Model`, or a scikit-learn estimator.
    groups
        Groups to ask about: names, or features by name; None for all but the base.
    base
        Group, or groups, of the model that all is compared with.
    split, evaluation, calibrate, draws, seed, cancel, cache
        As for :func:`~analysis.learning.compare`.
    params
        Settings of the model.
    placebo
        Also compare each group with a placebo: the same features, whole rows of them shuffled
        within the parts, so that they say nothing and cost the same.
    progress
        Told (done, total, text).

    Returns
    -------
    pandas.DataFrame
        Indexed by (group, way): way "added" is base with group less base, "left out" is all less
        all without it, "placebo" is base with group less base with placebo; group "all" is all
        groups together. For each score (information_gain in nats per event, average_precision,
        area_skill, brier_skill): difference, ``_low``, ``_high``. ``attrs``: `scores` (those of
        each set of features), `features`, `positives`, `windows`, `base`, `notes`.

    Raises
    ------
    ValueError
        Groups or features are unknown, nothing is left to add, or the model cannot be learnt.
    Cancelled
        `cancel` said so.

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> days = pd.date_range("2010-01-01", periods=60, freq="30D")
    >>> index = pd.MultiIndex.from_product([days, range(50)], names=["time", "cell"])
    >>> table = pd.DataFrame(random.normal(size=(len(index), 3)), index, ["past", "told", "noise"])
    >>> chance = 1 / (1 + np.exp(4 - table["past"] - 2 * table["told"]))
    >>> table["target"] = (random.random(len(index)) < chance).astype(int)
    >>> groups = {"catalogue": ["past"], "oracle": ["told"], "dice": ["noise"]}
    >>> found = contribution(table, "LogisticRegression", groups, draws=100)
    >>> bool(found.loc[("oracle", "added"), "information_gain_low"] > 0)
    True
    >>> bool(found.loc[("dice", "added"), "information_gain_low"] <= 0)
    True
    """
    known = feature_groups(table, groups if isinstance(groups, Mapping) else None)
    basis = [base] if isinstance(base, str) else list(base)
    asked = _asked(known, basis, groups)
    named = _name(model)
    (name,) = named
    spoilt = _placebos(table, evaluation, known, asked, split, seed) if placebo else {}
    sets = list(_sets(known, basis, asked))
    sets += [_Set(f"~{group}", _features(known, [*basis, group])) for group in spoilt]
    done: dict[str, Comparison] = {}
    for number, one in enumerate(sets):
        if progress is not None:
            progress(number, len(sets), one.label)
        rows, judged = spoilt.get(one.label.removeprefix("~"), (table, evaluation))
        if not one.label.startswith("~"):
            rows, judged = table, evaluation
        done[one.label] = compare(
            rows, named, [], split=split, evaluation=judged, features=list(one.features),
            params={name: dict(params or {})}, calibrate=calibrate, draws=draws, seed=seed,
            cancel=cancel, cache=cache, threshold=0.5,
        )  # fmt: skip
    if progress is not None:
        progress(len(sets), len(sets), "")
    pairs = _pairs(asked, bool(spoilt))
    found = pd.DataFrame([_difference(done[one], done[two], name) for one, two in pairs.values()])
    found.index = pd.MultiIndex.from_tuples(list(pairs), names=["group", "way"])
    grid = done["base"].grid
    found.attrs = {
        "model": name,
        "base": basis,
        "scores": pd.DataFrame({label: one.scores.loc[name] for label, one in done.items()}).T,
        "features": {group: list(known[group]) for group in [*basis, *asked]},
        "positives": int(grid.positives.size),
        "windows": int(grid.windows),
        "reference": grid.reference_name,
        "notes": list(dict.fromkeys(note for one in done.values() for note in one.notes)),
    }
    return found


def _asked(known: Mapping[str, tuple[str, ...]], basis: Sequence[str], groups: Any) -> list[str]:
    """Return the groups that are added, known and not in the base."""
    for one in [*basis, *(groups or [])]:
        if one not in known:
            raise ValueError(f"There is no group {one!r}. {did_you_mean(str(one), known)}")
    asked = [one for one in (groups or known) if one not in basis]
    if not asked:
        raise ValueError(
            f"There is no group but the base, {', '.join(basis)}: choose features of a source."
        )
    return asked


def _pairs(asked: Sequence[str], placebo: bool) -> dict[tuple[str, str], tuple[str, str]]:
    """Return which sets of features are compared, by group and way."""
    pairs = {}
    for group in asked:
        pairs[group, "added"] = (f"+{group}", "base")
        if len(asked) > 1:
            pairs[group, "left out"] = (f"+{ALL}", f"-{group}")
        if placebo:
            pairs[group, "placebo"] = (f"+{group}", f"~{group}")
    if len(asked) > 1:
        pairs[ALL, "added"] = (f"+{ALL}", "base")
    return pairs


def feature_groups(
    table: Any, given: Mapping[str, Sequence[str]] | None = None
) -> dict[str, tuple[str, ...]]:
    """Return the features of each group of a feature table.

    Parameters
    ----------
    table
        Feature table.
    given
        Features by group instead of those that the table states.

    Returns
    -------
    dict
        Features by group, in the order of the table.

    Raises
    ------
    ValueError
        The table states no groups, or lacks a feature.

    Examples
    --------
    >>> table = pd.DataFrame({"a": [1], "b": [2]})
    >>> table.attrs["features"] = {"a": {"group": "catalogue"}, "b": {"group": "tec"}}
    >>> feature_groups(table)
    {'catalogue': ('a',), 'tec': ('b',)}
    """
    columns = [str(one) for one in table.columns]
    if given is not None:
        found = {str(name): tuple(dict.fromkeys(some)) for name, some in given.items()}
        for some in found.values():
            for one in some:
                if one not in columns:
                    raise ValueError(
                        f"The table has no feature {one!r}. {did_you_mean(str(one), columns)}"
                    )
        return found
    stated = getattr(table, "attrs", {}).get("features") or {}
    several: dict[str, list[str]] = {}
    for name, told in stated.items():
        if name in columns:
            several.setdefault(str(told.get("group", "other")), []).append(name)
    if not several:
        raise ValueError(
            "The table states no groups of features (attrs['features']); give them: "
            "groups={'catalogue': [...], 'tec': [...]}."
        )
    return {name: tuple(some) for name, some in several.items()}


def _sets(
    known: Mapping[str, tuple[str, ...]], basis: Sequence[str], asked: Sequence[str]
) -> Iterator[_Set]:
    """Yield the sets of features to learn from, each once."""
    yield _Set("base", _features(known, basis))
    for group in asked:
        yield _Set(f"+{group}", _features(known, [*basis, group]))
    if len(asked) > 1:
        yield _Set(f"+{ALL}", _features(known, [*basis, *asked]))
        for group in asked:
            rest = [one for one in asked if one != group]
            yield _Set(f"-{group}", _features(known, [*basis, *rest]))


def _features(known: Mapping[str, tuple[str, ...]], names: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for name in names for one in known[name]))


def _name(model: Any) -> dict[str, Any]:
    """Return the one model by its name."""
    found = named_models(model)
    if len(found) != 1:
        raise ValueError(f"Give one model, not {', '.join(found) or 'none'}.")
    return found


def _difference(one: Comparison, other: Comparison, name: str) -> dict[str, float]:
    """Return the differences of the scores of one model in two comparisons, with intervals."""
    for comparison in (one, other):
        if name in comparison.failures:
            raise ValueError(f"{name}: {comparison.failures[name]}")
    row = {}
    first, second = one.judged[name], other.judged[name]
    for score in SCORES:
        row[score] = first.values[score] - second.values[score]
        both = score in first.drawn and score in second.drawn
        with np.errstate(invalid="ignore"):
            drawn = first.drawn[score] - second.drawn[score] if both else None
        row[f"{score}_low"], row[f"{score}_high"] = one.grid.limits(drawn)
    told = gain_interval(one.grid, one.forecasts[name], other.forecasts[name])
    row["information_gain_low"], row["information_gain_high"] = told[1:]
    return row


def _placebos(
    table: Any,
    evaluation: Any,
    known: Mapping[str, tuple[str, ...]],
    asked: Sequence[str],
    split: Any,
    seed: int,
) -> dict[str, tuple[Any, Any]]:
    """Return table and evaluation with the features of each group shuffled within the parts."""
    times = issue_times(table).astype(np.int64)
    if isinstance(split, Split):
        starts = [split.bounds[name][0] for name in ("validation", "test")]
    elif split is not None and len(tuple(split)) == 2:
        starts = [one.tz_convert(None) if one.tz else one for one in map(pd.Timestamp, split)]
    else:
        shares = np.cumsum(tuple(split)[:2]) if split is not None else (0.7, 0.85)
        starts = [pd.Timestamp(np.quantile(np.unique(times), one)) for one in shares]
    return {
        group: (
            _shuffled(table, known[group], starts, seed),
            None if evaluation is None else _shuffled(evaluation, known[group], starts, seed),
        )
        for group in asked
    }


def _shuffled(table: Any, features: Sequence[str], starts: Any, seed: int) -> Any:
    """Return the table with whole rows of some features shuffled within its parts."""
    times = issue_times(table)
    part = np.zeros(times.size, np.int64)
    for start in starts or []:
        part += times >= np.datetime64(pd.Timestamp(start), "ns")
    random = np.random.default_rng([seed, 991])
    order = np.arange(times.size)
    for number in np.unique(part):
        rows = np.flatnonzero(part == number)
        order[rows] = random.permutation(rows)
    spoilt = table.copy()
    for name in features:
        spoilt[name] = table[name].to_numpy()[order]
    spoilt.attrs = dict(table.attrs)
    return spoilt
