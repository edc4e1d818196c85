"""Bring irregular series to regular steps, and mark what was filled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.agrarian.samples.columns import KEYS
from analysis.agrarian.samples.names import feature_layout
from analysis.agrarian.samples.table import as_long
from analysis.spelling import did_you_mean

METHODS: Final = ("linear", "whittaker")
Values = NDArray[np.float64]


def regularise(  # noqa: PLR0913
    table: Any,
    *,
    every: float = 16.0,
    steps: int | None = None,
    method: str = "linear",
    bands: Sequence[str] | None = None,
    clouds: str | None = None,
    day_of_year: str | None = None,
    smoothness: float = 10.0,
    longest_gap: float | None = None,
) -> pd.DataFrame:
    """Bring samples with irregular dates to the same regular steps.

    Parameters
    ----------
    table
        Long table of samples, or its file: sample_id, date, label, bands; the number of dates may
        differ.
    every
        Days between steps.
    steps
        Number of steps from the start of a sample (its start, or its first date); None for as many
        as the longest sample has.
    method
        "linear" between the values around a step; "whittaker", a smooth curve (`whittaker`).
    bands
        Columns; None for all numbers.
    clouds
        Column that is true (or not 0) where a value is of no use.
    day_of_year
        Column with the real day of the year of each value, as composites state it; the date then
        gives the year only.
    smoothness
        Of the smooth curve.
    longest_gap
        Longest time without a value that is filled, days; longer ones stay gaps. None for any.

    Returns
    -------
    pandas.DataFrame
        As :func:`~analysis.agrarian.samples.table.read_samples` gives it, with the column
        `filled`: share of the sample's values that were not measured within half a step.
        `attrs["filled"]`: feature to the rows where it was filled.

    Raises
    ------
    ValueError
        Unknown method or column, no dates, impossible numbers.

    Examples
    --------
    >>> long = pd.DataFrame(
    ...     {
    ...         "sample_id": 1,
    ...         "label": "егін",
    ...         "ndvi": [0.1, 0.5],
    ...         "date": pd.to_datetime(["2021-05-01", "2021-06-02"]),
    ...     }
    ... )
    >>> found = regularise(long, every=16)
    >>> found[["ndvi_1", "ndvi_2", "ndvi_3"]].round(3).to_numpy().tolist(), found.attrs["filled"]
    ([[0.1, 0.3, 0.5]], {'ndvi_2': [0]})
    """
    if method not in METHODS:
        raise ValueError(f"The method is {method!r}. {did_you_mean(str(method), METHODS)}")
    if not every > 0 or (steps is not None and steps < 2):
        raise ValueError(f"Steps of {every} days, {steps} of them, are impossible.")
    long, numbers = as_long(table)
    numbers = [one for one in numbers if one not in (clouds, day_of_year)]
    for one in [*(bands or ()), *filter(None, (clouds, day_of_year))]:
        if one not in long:
            raise ValueError(f"There is no column {one!r}. {did_you_mean(one, map(str, long))}")
    chosen = list(bands) if bands is not None else numbers
    days = _days(long, day_of_year)
    length = int(np.floor(days.max() / every + 1e-9)) + 1 if steps is None else steps
    at = every * np.arange(length)
    values = long[chosen].to_numpy(np.float64, na_value=np.nan, copy=True)
    if clouds is not None:
        values[long[clouds].fillna(True).to_numpy(bool)] = np.nan
    keys = [one for one in KEYS if one in long]
    rows = long.groupby("sample_id", sort=False).indices
    made = np.empty((len(rows), len(chosen), length))
    filled = np.empty(made.shape, dtype=bool)
    for number, own in enumerate(rows.values()):
        for band in range(len(chosen)):
            made[number, band], filled[number, band] = regular_values(
                days[own],
                values[own, band],
                at,
                method=method,
                smoothness=smoothness,
                longest_gap=longest_gap,
            )
    names = [f"{band}_{step + 1}" for band in chosen for step in range(length)]
    first = long.iloc[[own[0] for own in rows.values()]][keys].reset_index(drop=True)
    features = pd.DataFrame(made.reshape(len(rows), -1), columns=names)
    found = pd.concat([first, features], axis=1)
    flags = filled.reshape(len(rows), -1)
    found["filled"] = flags.mean(axis=1)
    layout = feature_layout(names)
    found.attrs = {"features": names, "bands": list(layout.bands), "steps": length}
    found.attrs["days"] = at.tolist()
    found.attrs["filled"] = {
        name: np.flatnonzero(flags[:, k]).tolist()
        for k, name in enumerate(names)
        if flags[:, k].any()
    }
    return found


def regular_values(
    days: ArrayLike,
    values: ArrayLike,
    at: ArrayLike,
    *,
    method: str = "linear",
    smoothness: float = 10.0,
    longest_gap: float | None = None,
) -> tuple[Values, NDArray[np.bool_]]:
    """Return a series at regular days, and which of its values were filled.

    Parameters
    ----------
    days
        Days of the values (value,), in any order.
    values
        Values (value,), NaN where there is none.
    at
        Days wanted (step,), evenly spaced.
    method
        "linear" or "whittaker".
    smoothness
        Of the smooth curve.
    longest_gap
        Longest time between values that is bridged, days.

    Returns
    -------
    tuple of numpy.ndarray
        Values (step,), NaN where a gap is too long or there is no value at all, and (step,) True
        where no value lies within half a step.

    Examples
    --------
    What is linear comes back as it was:

    >>> made, filled = regular_values([0, 10, 40], [0, 1, 4], [0, 10, 20, 30, 40])
    >>> made.tolist(), filled.tolist()
    ([0.0, 1.0, 2.0, 3.0, 4.0], [False, False, True, True, False])
    """
    known_days, known = np.asarray(days, np.float64), np.asarray(values, np.float64)
    wanted = np.asarray(at, np.float64)
    use = np.isfinite(known) & np.isfinite(known_days)
    if not use.any():
        return np.full(wanted.size, np.nan), np.ones(wanted.size, bool)
    order = np.argsort(known_days[use], kind="stable")
    known_days, known = known_days[use][order], known[use][order]
    half = (wanted[1] - wanted[0]) / 2 if wanted.size > 1 else 0.5
    after = np.clip(np.searchsorted(known_days, wanted), 0, known_days.size - 1)
    before = np.clip(np.searchsorted(known_days, wanted, side="right") - 1, 0, None)
    apart = np.minimum(np.abs(known_days[after] - wanted), np.abs(known_days[before] - wanted))
    filled = apart > half
    made = np.interp(wanted, known_days, known)
    if method == "whittaker":
        step = np.floor((known_days - wanted[0]) / (2 * half) + 0.5).astype(int)
        inside = (step >= 0) & (step < wanted.size)
        weight = np.bincount(step[inside], minlength=wanted.size).astype(np.float64)
        total = np.bincount(step[inside], known[inside], wanted.size)
        mean = np.divide(total, weight, out=np.zeros(wanted.size), where=weight > 0)
        if (weight > 0).sum() >= 2:
            made = whittaker(mean, weight, smoothness=smoothness)
    if longest_gap is not None:
        bridge = np.where(wanted <= known_days[0], known_days[0] - wanted, 0.0)
        bridge = np.where(wanted >= known_days[-1], wanted - known_days[-1], bridge)
        between = (wanted > known_days[0]) & (wanted < known_days[-1])
        bridge = np.where(between, known_days[after] - known_days[before], bridge)
        made[filled & (bridge > longest_gap)] = np.nan
    return made, filled


def whittaker(
    values: ArrayLike, weights: ArrayLike | None = None, *, smoothness: float = 10.0
) -> Values:
    """Smooth series of even steps, and fill their gaps.

    The curve is that of the least sum of weighted squares of what it misses, and of `smoothness`
    times the squares of its second differences (Eilers 2003, doi:10.1021/ac034173t).

    Parameters
    ----------
    values
        (..., step); NaN is a gap.
    weights
        (..., step), 0 for a value that does not count; None for 1 each.
    smoothness
        The greater, the smoother; above 0.

    Returns
    -------
    numpy.ndarray
        (..., step); series with fewer than 2 values are NaN.

    Raises
    ------
    ValueError
        The smoothness or a weight is impossible, or there are fewer than 3 steps.

    Examples
    --------
    A straight line stays what it is, gaps or not:

    >>> whittaker([1.0, np.nan, 3.0, 4.0], smoothness=100).round(6).tolist()
    [1.0, 2.0, 3.0, 4.0]
    """
    from scipy.linalg import solveh_banded  # slow to load

    given = np.asarray(values, np.float64)
    heavy = np.ones(given.shape) if weights is None else np.asarray(weights, np.float64)
    if not smoothness > 0 or heavy.shape != given.shape or not (heavy >= 0).all():
        raise ValueError(
            f"The smoothness is {smoothness}, above 0; weights are not negative, one a value."
        )
    if given.shape[-1] < 3:
        raise ValueError(f"The series has {given.shape[-1]} steps; smoothing needs 3 or more.")
    known = np.isfinite(given)
    heavy = np.where(known, heavy, 0.0).reshape(-1, given.shape[-1])
    series = np.where(known, given, 0.0).reshape(heavy.shape)
    penalty = _penalty(given.shape[-1], smoothness)
    made = np.full(series.shape, np.nan)
    for row in np.flatnonzero((heavy > 0).sum(axis=1) >= 2):
        bands = penalty.copy()
        bands[2] += heavy[row]
        made[row] = solveh_banded(bands, heavy[row] * series[row])
    return made.reshape(given.shape)


def _penalty(steps: int, smoothness: float) -> Values:
    """Return the upper bands (3, step) of the squares of second differences."""
    second = np.diff(np.eye(steps), 2, axis=0)
    whole = smoothness * second.T @ second
    bands = np.zeros((3, steps))
    for k in range(3):
        bands[2 - k, k:] = np.diagonal(whole, k)
    return bands


def _days(long: pd.DataFrame, day_of_year: str | None) -> Values:
    """Return days since the start of each sample."""
    dates = long["date"]
    if day_of_year is not None:
        real = long[day_of_year].to_numpy(np.float64, na_value=np.nan)
        if np.nanmin(real) < 1 or np.nanmax(real) > 366:
            raise ValueError(
                f"Days of the year are {np.nanmin(real):g} to {np.nanmax(real):g}; "
                "they must be 1 to 366."
            )
        year = pd.to_datetime(dates.dt.year.astype(str) + "-01-01")
        moved = year + pd.to_timedelta(np.nan_to_num(real, nan=1) - 1, unit="D")
        # a composite that begins in December may hold a value of January
        moved = moved.where(moved >= dates - pd.Timedelta("1D"), moved + pd.DateOffset(years=1))
        dates = moved.where(np.isfinite(real), dates)
    start = dates.groupby(long["sample_id"]).transform("min")
    if "start" in long:
        start = long["start"].where(long["start"].notna(), start)
    return np.asarray((dates - start).dt.total_seconds() / 86400, np.float64)
