"""Accuracy and area of classes from a stratified sample, with intervals.

Olofsson, P. et al. (2014): Good practices for estimating area and assessing accuracy of land
change. Remote Sensing of Environment 148, 42-57. The strata are the classes of the map. F1 and
kappa by the ratio estimator of Stehman, S. V. (2014), Int. J. Remote Sensing 35, 4923-4939.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import NormalDist
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.agrarian.accuracy.limits import of_matrix
from analysis.agrarian.accuracy.matrix import MAP, REFERENCE, as_matrix
from analysis.notes import Note, note
from analysis.notes import mark as _
from analysis.spelling import did_you_mean

Floats = NDArray[np.float64]

INTERVALS: Final = ("normal", "jeffreys")
KAPPA_NOTE = (
    "Kappa compares the agreement with one of chance that no map maker aims at; it repeats what "
    "the overall accuracy says and is not recommended (Olofsson et al. 2014, section 4.3)."
)


@dataclass(frozen=True)
class Accuracy:
    """What a stratified sample says of a map. Shares are between 0 and 1.

    Attributes
    ----------
    overall, overall_error, overall_low, overall_high : float
        Share of the mapped area that is right, its standard error and interval.
    classes : pandas.DataFrame
        By class: ``users``, ``producers``, ``f1``, ``area`` (unit of the mapped areas) and
        ``area_share``, each with ``<x>_error`` (standard error), ``<x>_low`` and ``<x>_high``;
        ``mapped_area``, and the samples ``n_map`` (row) and ``n_reference`` (column). NaN where
        the sample says nothing of it.
    counts : pandas.DataFrame
        (map, reference): samples.
    proportions : pandas.DataFrame
        (map, reference): estimated shares of the whole area; their sum is 1.
    level : float
        Of the intervals.
    notes : tuple of Note
        What limits the estimates; :func:`analysis.notes.in_language` says them in Kazakh
        and Russian.
    drawn : bool
        Whether the places are known to have been drawn on the map
        (:func:`analysis.agrarian.accuracy.judge_map`); else the estimates hold only if they were.
    interval : str
        Kind of the intervals: "normal" or "jeffreys".
    """

    overall: float
    overall_error: float
    overall_low: float
    overall_high: float
    classes: pd.DataFrame
    counts: pd.DataFrame
    proportions: pd.DataFrame
    level: float = 0.95
    notes: tuple[Note, ...] = field(default=())
    drawn: bool = False
    interval: str = "normal"

    @property
    def users(self) -> pd.Series:
        """User's accuracy by class: share of what is mapped so that is so."""
        return self.classes["users"]

    @property
    def producers(self) -> pd.Series:
        """Producer's accuracy by class: share of what is so that is mapped so."""
        return self.classes["producers"]

    @property
    def f1(self) -> pd.Series:
        """Harmonic mean of user's and producer's accuracy by class."""
        return self.classes["f1"]

    @property
    def area(self) -> pd.Series:
        """Estimated area by class, in the unit of the mapped areas."""
        return self.classes["area"]

    @property
    def kappa(self) -> float:
        """Cohen's kappa of the proportions; not recommended, see :data:`KAPPA_NOTE`."""
        p = self.proportions.to_numpy()
        chance = float(p.sum(axis=1) @ p.sum(axis=0))
        return (self.overall - chance) / (1.0 - chance) if chance < 1.0 else float("nan")

    @property
    def omission(self) -> pd.Series:
        """Share of what is so that the map misses: 1 less producer's accuracy."""
        return (1.0 - self.producers).rename("omission")

    @property
    def commission(self) -> pd.Series:
        """Share of what is mapped so that is not so: 1 less user's accuracy."""
        return (1.0 - self.users).rename("commission")

    def table(self) -> pd.DataFrame:
        """Give everything in one table, a row for each class and one for the whole map.

        Returns
        -------
        pandas.DataFrame
            Columns of :attr:`classes` and ``overall``, ``overall_low``, ``overall_high``, which
            stand in the last row, "all".
        """
        out = self.classes.copy()
        names = ("overall", "overall_error", "overall_low", "overall_high")
        last = {name: getattr(self, name) for name in names}
        last["mapped_area"] = self.classes["mapped_area"].sum()
        last["area"] = self.classes["area"].sum()
        last["n_map"] = last["n_reference"] = self.counts.to_numpy().sum()
        out = out.reindex(columns=[*out.columns, *names]).astype(object)
        out.loc["all"] = pd.Series(last)
        return out.astype(np.float64)


def area_adjusted_accuracy(
    matrix: Any,
    mapped_area: Any,
    *,
    labels: Sequence[Hashable] | None = None,
    level: float = 0.95,
    unsampled: str = "error",
    interval: str = "normal",
) -> Accuracy:
    """Estimate accuracy and area of classes from an error matrix and the mapped areas.

    The sample is random within each class of the map (stratified), or random over the map (then
    this is post-stratified). Nothing else will do: samples that a classifier learnt from, held back
    or not, are not shared out as the map is, and their areas may be wrong by several times.

    Parameters
    ----------
    matrix : array_like or pandas.DataFrame, shape (class, class)
        Counts of samples: **rows the map, columns the reference**. Axes that are named the other
        way round ("reference" in the rows) are refused.
    mapped_area : mapping, pandas.Series or array_like, shape (class,)
        Area of each class in the map, any unit (pixels, ha); the order of the rows for an array.
    labels : sequence, optional
        Names of the classes of an array.
    level : float
        Of the intervals.
    interval : str
        "normal", as in the source: estimate and 1.96 standard errors for 0.95, cut at 0 and 1; it
        has no width where no error was found. "jeffreys" keeps its promise with few errors, too:
        :mod:`analysis.agrarian.accuracy.limits`.
    unsampled : str
        What to do with a class that has area in the map but no sample: "error", or "exclude": the
        estimates then hold for the rest of the map, and a note says so.

    Returns
    -------
    Accuracy
        A class that the map never shows has no user's accuracy, one that the reference never
        shows no producer's (NaN). A class with a single sample has no error (NaN).

    Raises
    ------
    ValueError
        No error matrix, an area is missing, negative or of an unknown class, no area at all, a
        class with area has no sample, or the level is not between 0 and 1.

    Examples
    --------
    Table 8 of Olofsson et al. (2014): deforestation, forest gain, forest, other; pixels of 0.09 ha.

    >>> n = [[66, 0, 5, 4], [0, 55, 8, 12], [1, 0, 153, 11], [2, 1, 9, 313]]
    >>> found = area_adjusted_accuracy(n, [200_000, 150_000, 3_200_000, 6_450_000])
    >>> round(found.overall, 3), found.users.round(3).tolist()
    (0.947, [0.88, 0.733, 0.927, 0.963])
    >>> (found.area * 0.09).round().astype(int).tolist()
    [21158, 11686, 285770, 581386]

    Doubling all areas changes no accuracy, and the areas add up to the map:

    >>> twice = area_adjusted_accuracy(n, [400_000, 300_000, 6_400_000, 12_900_000])
    >>> twice.overall == found.overall, round(twice.area.sum())
    (True, 20000000)
    """
    if not 0.0 < level < 1.0:
        raise ValueError(f"The level of the intervals is {level}; it is between 0 and 1.")
    if unsampled not in ("error", "exclude"):
        raise ValueError(f"unsampled={unsampled!r}; it is 'error' or 'exclude'.")
    if interval not in INTERVALS:
        raise ValueError(f"interval={interval!r}. {did_you_mean(str(interval), INTERVALS)}")
    counts = as_matrix(matrix, labels)
    counts, areas = _areas(counts, mapped_area)
    notes: list[Note] = []
    n, area = counts.to_numpy(), areas.to_numpy()
    rows = n.sum(axis=1)

    def told(text: str, which: Any, **values: Any) -> None:
        if which.any():
            names = [str(one) for one in counts.index[which]]
            notes.append(note(text, names=names, **values))

    empty = (area > 0) & (rows == 0)
    if empty.any() and unsampled == "error":
        names = ", ".join(map(str, counts.index[empty]))
        raise ValueError(
            f"The map shows {names} but no sample lies there, so nothing can be said of that "
            f"area ({area[empty].sum():g} of {area.sum():g}). Add samples, or give "
            "unsampled='exclude' to leave it out."
        )
    text = _("Left out, no sample lies there: {names} ({area} of {all}).")
    told(text, empty, area=float(area[empty].sum()), all=float(area.sum()))
    if not area[~empty].sum() > 0:
        raise ValueError("No class with samples has an area in the map.")
    text = _("Samples of classes without area in the map count for nothing: {names}.")
    told(text, (area == 0) & (rows > 0))
    text = _(
        "The map does not show {names}, which the reference has: {count} samples count as errors. "
        "If that is another spelling of a class of the map, mend it."
    )
    unseen = (area == 0) & (rows == 0) & (n.sum(axis=0) > 0)
    told(text, unseen, count=int(n[:, unseen].sum()))
    sure = (np.diag(n) == rows) & (rows > 1) & (area > 0)
    if sure.any() and interval == "normal":
        each = _("{name} (of {count} samples; up to {share} % may still be wrong)")
        text = _("No error was found, so the interval of user's accuracy has no width: {classes}.")
        classes = [
            note(
                each,
                name=str(name),
                count=int(rows[at]),
                share=round(100 * (1 - (1 - level) ** (1 / rows[at])), 1),
            )
            for at, name in enumerate(counts.index)
            if sure[at]
        ]
        notes.append(note(text, classes=classes))
    text = _("One sample has no spread, so errors are unknown: {names}.")
    told(text, (rows == 1) & (area > 0))
    found = _estimate(counts, np.where(empty, 0.0, area), areas, level, tuple(notes))
    return found if interval == "normal" else _with_limits(found, np.where(empty, 0.0, area))


def _with_limits(found: Accuracy, area: Floats) -> Accuracy:
    """Put the intervals of `analysis.agrarian.accuracy.limits` in the place of the normal ones."""
    n = found.counts.to_numpy(np.float64)
    rows, total = n.sum(axis=1), area.sum()
    share = n / np.maximum(rows, 1.0)[:, None]
    ends = of_matrix(share, area / total, rows, found.level)
    classes = found.classes.copy()
    for name in ("users", "producers", "f1", "area_share"):
        for end in ("low", "high"):
            classes[f"{name}_{end}"] = ends[f"{name}_{end}"]
    for end in ("low", "high"):
        classes[f"area_{end}"] = total * ends[f"area_share_{end}"]
    low, high = (float(ends[f"overall_{end}"][0]) for end in ("low", "high"))
    return replace(found, classes=classes, interval="jeffreys", overall_low=low, overall_high=high)


def _estimate(
    counts: pd.DataFrame, area: Floats, areas: pd.Series, level: float, notes: tuple[Note, ...]
) -> Accuracy:
    n = counts.to_numpy()
    rows = n.sum(axis=1)
    weight = area / area.sum()
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(rows[:, None] > 0, n / rows[:, None], 0.0)
        users = np.where(rows > 0, np.diag(n) / rows, np.nan)
        users_error = np.sqrt(users * (1 - users) / (rows - 1))
    p = weight[:, None] * share
    z = round(NormalDist().inv_cdf(0.5 + level / 2), 2)  # 1.96 for 95 %, as in the source
    found: dict[str, tuple[Floats, Floats]] = {"users": (users, users_error)}
    same = np.eye(len(n))
    every = np.ones(len(n))
    ratios: dict[str, list[tuple[float, float]]] = {"producers": [], "f1": [], "area_share": []}
    for k in range(len(n)):
        row, column = np.outer(same[k], every), np.outer(every, same[k])
        hit = row * column
        ratios["producers"].append(_ratio(hit, column, share, rows, weight))
        ratios["f1"].append(_ratio(2 * hit, row + column, share, rows, weight))
        ratios["area_share"].append(_ratio(column, np.ones_like(n), share, rows, weight))
    for name, pairs in ratios.items():
        both = np.asarray(pairs, np.float64)
        found[name] = (both[:, 0], both[:, 1])
    total = area.sum()
    columns: dict[str, Any] = {}
    for name, (value, error) in found.items():
        columns |= _interval(name, value, error, z, 1.0)
    value, error = found["area_share"]
    columns |= _interval("area", value * total, error * total, z, np.inf)
    columns |= {"mapped_area": areas.to_numpy(), "n_map": rows, "n_reference": n.sum(axis=0)}
    overall, overall_error = _ratio(same, np.ones_like(n), share, rows, weight)
    ends = _interval("o", np.array([overall]), np.array([overall_error]), z, 1.0)
    return Accuracy(
        overall=overall,
        overall_error=overall_error,
        overall_low=float(ends["o_low"][0]),
        overall_high=float(ends["o_high"][0]),
        classes=pd.DataFrame(columns, index=pd.Index(counts.index, name="class")),
        counts=counts.astype(np.int64),
        proportions=pd.DataFrame(
            p,
            index=pd.Index(counts.index, name=MAP),
            columns=pd.Index(counts.index, name=REFERENCE),
        ),
        level=level,
        notes=notes,
    )


def _ratio(
    y: Floats, x: Floats, share: Floats, rows: Floats, weight: Floats
) -> tuple[float, float]:
    """Ratio of the totals of y and x, variables of (map, reference), and its standard error."""
    y_mean, x_mean = (share * y).sum(axis=1), (share * x).sum(axis=1)
    below = float(weight @ x_mean)
    if below <= 0:
        return float("nan"), float("nan")
    ratio = float(weight @ y_mean) / below
    # Variance within a stratum of the residual y - ratio * x.
    residual = y - ratio * x
    mean = (share * residual).sum(axis=1)
    spread = (share * (residual - mean[:, None]) ** 2).sum(axis=1)
    used = weight > 0
    if (rows[used] == 1).any():
        return ratio, float("nan")
    parts = weight[used] ** 2 * spread[used] / (rows[used] - 1)
    return ratio, float(np.sqrt(parts.sum())) / below


def _interval(name: str, value: Floats, error: Floats, z: float, top: float) -> dict[str, Floats]:
    return {
        name: value,
        f"{name}_error": error,
        f"{name}_low": np.clip(value - z * error, 0.0, top),
        f"{name}_high": np.clip(value + z * error, 0.0, top),
    }


def _areas(counts: pd.DataFrame, mapped: Any) -> tuple[pd.DataFrame, pd.Series]:
    """Return the areas in the order of the classes; classes without samples are added."""
    if isinstance(mapped, Mapping | pd.Series):
        given = pd.Series(mapped, dtype=object)
        if not given.index.is_unique:
            raise ValueError(f"The area of {given.index[given.index.duplicated()][0]!r} is twice.")
        known = set(counts.index)
        lacking = [one for one in counts.index if one not in given.index]
        sampled = [one for one in lacking if counts.loc[one].sum() > 0]
        if sampled:
            names = [str(one) for one in given.index]
            raise ValueError(
                f"There is no mapped area of {sampled[0]!r}, which has samples. "
                f"{did_you_mean(str(sampled[0]), names)}"
            )
        order = [*counts.index, *(one for one in given.index if one not in known)]
        counts = counts.reindex(index=order, columns=order, fill_value=0.0)
        counts = counts.rename_axis(index=MAP, columns=REFERENCE)
        values = given.reindex(order, fill_value=0).to_numpy()
    else:
        values = np.asarray(mapped)
        if values.shape != (len(counts),):
            raise ValueError(
                f"The mapped areas have the shape {values.shape}; there are {len(counts)} classes: "
                f"{', '.join(map(str, counts.index))}."
            )
    try:
        numbers = values.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"A mapped area is no number: {error}.") from error
    bad = ~np.isfinite(numbers) | (numbers < 0)
    if bad.any():
        place = int(np.flatnonzero(bad)[0])
        raise ValueError(
            f"The mapped area of {counts.index[place]!r} is {numbers[place]:g}; it is 0 or more."
        )
    return counts, pd.Series(numbers, index=counts.index)
