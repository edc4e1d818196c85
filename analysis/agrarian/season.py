"""A year of vegetation against all others: norm, departure, Z, rank, indices.

Everything is (unit, year, day): a series is first cut into years on a common axis of days. The
norm that a year is judged by never contains that year.

References
----------
WMO (2017), Guidelines on the Calculation of Climate Normals, WMO-No. 1203: multi-year norms.
Hyndman and Fan (1996), Am. Stat. 50, 361-365: quantiles (definition 8).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import xarray as xr

from analysis.agrarian.drought import (
    standardised_vegetation_index,
    vegetation_condition_index,
)
from analysis.agrarian.yearly import YEAR_DAYS, ranks

Floats = npt.NDArray[np.float64]

QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
WINDOW = 24.0
"""Days on either side over which a norm is smoothed."""

FEWEST = 3
"""Other years with a value that a norm is made of, at least."""


def season_norm(
    years: xr.Dataset,
    *,
    leave_out: int | Sequence[int] | None = None,
    window: float = WINDOW,
    quantiles: Sequence[float] = QUANTILES,
) -> xr.Dataset:
    """Give the multi-year norm of every unit and day of the year.

    Parameters
    ----------
    years : xarray.Dataset
        Of :func:`analysis.agrarian.by_year`.
    leave_out : int or sequence of int, optional
        Years that are not part of the norm: those to be judged by it.
    window : float
        Days on either side over which each statistic is smoothed, with weights that fall to zero
        there (the year is a circle). 0 smooths nothing.
    quantiles : sequence of float
        Between 0 and 1.

    Returns
    -------
    xarray.Dataset
        (unit, day): ``mean``, ``std`` (n - 1), ``error`` (standard error of the mean), ``count``
        (years), ``lowest`` and ``highest`` (not smoothed); (quantile, unit, day): ``quantile``.
        All in the value's unit. NaN where fewer than 3 years have a value.

    Raises
    ------
    ValueError
        A quantile is no share, the window is negative, a year is not there, or none is left.

    Examples
    --------
    The norm of a year does not change with that year:

    >>> import pandas as pd
    >>> from analysis.agrarian.yearly import by_year
    >>> time = pd.date_range("2001-01-01", periods=60, freq="MS", unit="ns")
    >>> def norm_with(value):
    ...     data = np.sin(np.arange(60.0))[None]
    ...     data[0, 24:36] = value
    ...     series = xr.Dataset({"mean": (("unit", "time"), data)}, {"unit": ["a"], "time": time})
    ...     return season_norm(by_year(series), leave_out=2003)
    >>> bool((norm_with(0.0)["mean"] == norm_with(9.0)["mean"]).all())
    True
    """
    shares = np.asarray(quantiles, float)
    if shares.size == 0 or not bool(((shares >= 0) & (shares <= 1)).all()):
        raise ValueError(f"The quantiles are {list(quantiles)}; shares from 0 to 1 are allowed.")
    if not window >= 0:
        raise ValueError(f"The window is {window} days; it must not be negative.")
    kept = years.sel(year=_left(years, leave_out))
    values = kept["value"].transpose("year", "unit", "day").to_numpy()
    days = kept["day"].to_numpy().astype(float)
    count = np.isfinite(values).sum(axis=0)
    enough = count >= FEWEST
    held = np.where(enough, values, np.nan)
    filled = np.where(enough, held, 0.0)  # so that NumPy does not warn of columns without a value
    mean = np.where(enough, np.nanmean(filled, axis=0), np.nan)
    spread = np.nanvar(filled, axis=0, ddof=min(1, len(values) - 1))  # of one year: not used
    variance = np.where(enough, spread, np.nan)
    ranked = quantiles_of(held, shares)
    bounds = [
        np.where(enough, extreme(filled, axis=0), np.nan) for extreme in (np.nanmin, np.nanmax)
    ]
    smooth = smoothing(days, window)
    std = np.sqrt(smoothed(variance, smooth))
    units = {"units": years["value"].attrs.get("units", "1")}
    both = ("unit", "day")
    return xr.Dataset(
        {
            "mean": (both, smoothed(mean, smooth), units),
            "std": (both, std, units),
            "error": (both, std / np.sqrt(np.where(enough, count, np.nan)), units),
            "count": (both, count, {"units": "1"}),
            "lowest": (both, bounds[0], units),
            "highest": (both, bounds[1], units),
            "quantile": (
                ("share", *both),
                np.stack([smoothed(np.where(enough, one, np.nan), smooth) for one in ranked]),
                units,
            ),
        },
        {"unit": kept["unit"], "day": kept["day"], "share": shares},
        {"window_days": float(window), "years": [int(year) for year in kept["year"].to_numpy()]},
    )


def quantiles_of(values: Floats, shares: Floats) -> Floats:
    """Give quantiles along the first axis, missing values left out.

    Parameters
    ----------
    values : array of float, shape (n, ...)
        NaN marks a missing value.
    shares : array of float, shape (share,)
        Between 0 and 1.

    Returns
    -------
    numpy.ndarray, shape (share, ...)
        Definition 8 of Hyndman and Fan (1996), unbiased for the median; NaN without any value.

    Examples
    --------
    It is the one of NumPy, for many columns at once:

    >>> data = np.random.default_rng(2).normal(size=(9, 4))
    >>> theirs = np.quantile(data, [0.1, 0.5], axis=0, method="median_unbiased")
    >>> bool(np.allclose(quantiles_of(data, np.array([0.1, 0.5])), theirs))
    True
    """
    ordered = np.sort(values, axis=0)  # NaN last
    count = np.isfinite(values).sum(axis=0)
    found = []
    for share in shares:
        place = np.clip((count + 1 / 3) * share + 1 / 3 - 1.0, 0.0, np.maximum(count - 1.0, 0.0))
        low = np.floor(place).astype(int)
        high = np.minimum(low + 1, np.maximum(count - 1, 0))
        ends = [np.take_along_axis(ordered, at[None], axis=0)[0] for at in (low, high)]
        found.append(ends[0] + (place - low) * (ends[1] - ends[0]))
    return np.stack(found)


def _left(years: xr.Dataset, leave_out: int | Sequence[int] | None) -> list[int]:
    known = [int(year) for year in years["year"].to_numpy()]
    out = [] if leave_out is None else [int(year) for year in np.atleast_1d(leave_out)]
    for year in out:
        check_year(years, year)
    left = [year for year in known if year not in out]
    if not left:
        raise ValueError("No year is left for a norm.")
    return left


def check_year(years: xr.Dataset, year: int) -> None:
    """Refuse a year that the series has not.

    Parameters
    ----------
    years : xarray.Dataset
        Of :func:`analysis.agrarian.by_year`.
    year : int
        The year.

    Raises
    ------
    ValueError
        It is not there.

    Examples
    --------
    >>> check_year(xr.Dataset(coords={"year": [2001, 2002]}), 2002)
    """
    known = years["year"].to_numpy()
    if year not in known:
        raise ValueError(f"There is no year {year}; the series has {known[0]} to {known[-1]}.")


def smoothing(days: Floats, window: float) -> Floats:
    """Give the weights of a smoothing along the circle of the year.

    Parameters
    ----------
    days : array of float, shape (day,)
        Days of the year.
    window : float
        Days at which a weight has fallen to zero.

    Returns
    -------
    numpy.ndarray, shape (day, day)
        Weights; not yet divided by their sums.

    Examples
    --------
    The end of December is near to the beginning of January:

    >>> smoothing(np.array([2.0, 180.0, 363.0]), 24.0).round(2)
    array([[1.  , 0.  , 0.82], [0.  , 1.  , 0.  ], [0.82, 0.  , 1.  ]])
    """
    apart = np.abs(days[:, None] - days[None, :])
    apart = np.minimum(apart, YEAR_DAYS - apart)
    if window <= 0:
        return np.eye(days.size)
    return np.asarray(np.clip(1.0 - apart / window, 0.0, None))


def smoothed(values: Floats, weights: Floats) -> Floats:
    """Smooth along the last axis; what is missing stays missing and weighs nothing.

    Parameters
    ----------
    values : array of float, shape (..., day)
        NaN marks a missing value.
    weights : array of float, shape (day, day)
        Of :func:`smoothing`.

    Returns
    -------
    numpy.ndarray
        The same shape.

    Examples
    --------
    >>> smoothed(np.array([[1.0, np.nan, 1.0]]), np.ones((3, 3)))
    array([[ 1., nan,  1.]])
    """
    known = np.isfinite(values)
    total = known.astype(float) @ weights.T
    with np.errstate(invalid="ignore", divide="ignore"):
        found = (np.where(known, values, 0.0) @ weights.T) / total
    return np.asarray(np.where(known, found, np.nan))


def judge_year(years: xr.Dataset, year: int, *, window: float = WINDOW) -> xr.Dataset:
    """Judge one year by all others, on every day of its axis.

    Parameters
    ----------
    years : xarray.Dataset
        Of :func:`analysis.agrarian.by_year`.
    year : int
        The year; it is left out of its own norm.
    window : float
        As in :func:`season_norm`.

    Returns
    -------
    xarray.Dataset
        (unit, day): all of :func:`season_norm`, and ``value``, ``departure`` (value - mean),
        ``percent`` (departure in per cent of the mean; NaN where the mean is not above 0.01), ``z``
        (departure / std), ``svi`` (0 to 1), ``vci`` (per cent, by the lowest and the highest of
        all years, the judged one too, as it is defined), ``rank`` (1 is the greenest of all
        years) and ``of`` (years ranked); (day): ``date``. All that needs a norm is NaN where fewer
        than 3 other years have a value, also where the year is the only one.

    Raises
    ------
    ValueError
        The year is not there.

    Examples
    --------
    >>> import pandas as pd
    >>> from analysis.agrarian.yearly import by_year
    >>> time = pd.date_range("2001-01-01", periods=120, freq="MS", unit="ns")
    >>> data = np.random.default_rng(1).normal(0.5, 0.1, (1, 120))
    >>> data[0, 60:72] = 2.0  # 2006 is the greenest in all months
    >>> series = xr.Dataset({"mean": (("unit", "time"), data)}, {"unit": ["a"], "time": time})
    >>> judged = judge_year(by_year(series), 2006)
    >>> bool((judged["rank"] == 1).all() and (judged["vci"] == 100).all()), int(judged["of"][0, 0])
    (True, 10)
    """
    check_year(years, year)
    alone = years.sizes["year"] == 1
    norm = season_norm(years, leave_out=None if alone else year, window=window)
    if alone:  # too few for a norm in any case, and none of them another year
        norm = norm.assign(count=xr.zeros_like(norm["count"])).assign_attrs(years=[])
    every = years["value"].transpose("unit", "year", "day").to_numpy()
    place = int(np.flatnonzero(years["year"].to_numpy() == year)[0])
    value = every[:, place]
    mean, std = norm["mean"].to_numpy(), norm["std"].to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        departure = value - mean
        z = departure / np.where(std > 0, std, np.nan)
        percent = 100.0 * departure / np.where(mean > 0.01, mean, np.nan)
    order, number = ranks(every, axis=1)
    lowest = np.fmin(norm["lowest"].to_numpy(), value)
    highest = np.fmax(norm["highest"].to_numpy(), value)
    known = np.isfinite(mean)
    both, units = ("unit", "day"), {"units": years["value"].attrs.get("units", "1")}
    vci = vegetation_condition_index(value, np.where(known, lowest, np.nan), highest)
    return norm.assign(
        value=(both, value, units),
        departure=(both, departure, units),
        percent=(both, percent, {"units": "%"}),
        z=(both, z, {"units": "1"}),
        svi=(both, standardised_vegetation_index(z), {"units": "1"}),
        vci=(both, vci, {"units": "%"}),
        rank=(both, order[:, place], {"units": "1"}),
        of=(both, number[:, place], {"units": "1"}),
        date=("day", years["date"].sel(year=year).to_numpy()),
    ).assign_attrs(year=int(year))
