"""A growing season against all others: norm, departure, Z, rank, season integral.

Everything is (unit, year, day): a series is first cut into years on a common axis of days. The
norm that a year is judged by never contains that year.

References
----------
WMO (2017), Guidelines on the Calculation of Climate Normals, WMO-No. 1203: multi-year norms.
Hyndman and Fan (1996), Am. Stat. 50, 361-365: quantiles (definition 8).
Reed et al. (1994), J. Veg. Sci. 5, 703-714: integral of NDVI over the growing season.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from analysis.agrarian.drought import (
    drought_class,
    standardised_vegetation_index,
    vegetation_condition_index,
)
from analysis.agrarian.yearly import YEAR_DAYS, fill_gaps

Floats = npt.NDArray[np.float64]

QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
SEASON = (91, 304)
"""Days of the year, 1 April to 31 October: when plants grow in Kazakhstan."""

WINDOW = 24.0
"""Days on either side over which a norm is smoothed."""

FEWEST = 3
"""Other years with a value that a norm is made of, at least."""

GAP = 40.0
"""Days without a value that a season integral bridges with a straight line, at most."""


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
    variance = np.where(enough, np.nanvar(filled, axis=0, ddof=1), np.nan)
    ranked = np.nanquantile(filled, shares, axis=0, method="median_unbiased")
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
        years) and ``of`` (years ranked); (day): ``date``.

    Raises
    ------
    ValueError
        The year is not there, or it is the only one.

    Examples
    --------
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
    norm = season_norm(years, leave_out=year, window=window)
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


def ranks(values: Any, axis: int = -1) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Rank values along an axis, 1 for the greatest; equal ones share the better rank.

    Parameters
    ----------
    values : array of float
        NaN marks a missing value.
    axis : int
        Along which axis.

    Returns
    -------
    tuple of numpy.ndarray
        Ranks (NaN where the value is missing) and the number of values ranked, both of the shape
        of the values.

    Examples
    --------
    >>> ranks(np.array([0.3, np.nan, 0.5, 0.3]))[0]
    array([ 2., nan,  1.,  2.])
    """
    array = np.moveaxis(np.asarray(values, np.float64), axis, -1)
    known = np.isfinite(array)
    found = np.empty(array.shape)
    for place in range(array.shape[-1]):
        found[..., place] = 1 + (array > array[..., place, None]).sum(axis=-1)
    count = np.broadcast_to(known.sum(axis=-1)[..., None], array.shape)
    return np.moveaxis(np.where(known, found, np.nan), -1, axis), np.moveaxis(count, -1, axis)


def season_integral(
    years: xr.Dataset, season: tuple[float, float] = SEASON, *, base: float = 0.0
) -> xr.DataArray:
    """Integrate NDVI over the growing season of every unit and year.

    Parameters
    ----------
    years : xarray.Dataset
        Of :func:`analysis.agrarian.by_year`.
    season : tuple of float
        First and last day of the year.
    base : float
        What lies below counts as this: bare soil, snow, water.

    Returns
    -------
    xarray.DataArray
        (unit, year), NDVI times days (unit "day"), by the trapezoidal rule on the straight lines
        between the dates; NaN where the season has a gap of more than 40 days, also at its ends.

    Raises
    ------
    ValueError
        The days are no season.

    Notes
    -----
    Reed et al. (1994); as a measure of the growth of a season: Tucker et al. (1985), Remote Sens.
    Environ. 17, 233-249.

    Examples
    --------
    A year of a constant 0.5 gives half a day a day:

    >>> from analysis.agrarian.yearly import by_year
    >>> time = pd.date_range("2001-01-01", periods=36, freq="MS", unit="ns")
    >>> series = xr.Dataset(
    ...     {"mean": (("unit", "time"), np.full((1, 36), 0.5))}, {"unit": ["a"], "time": time}
    ... )
    >>> season_integral(by_year(series), (100, 200)).to_numpy()
    array([[50., 50., 50.]])
    """
    first, last = float(season[0]), float(season[1])
    if not 1 <= first < last <= 366:
        raise ValueError(f"The season is {season}; two days of the year, 1 to 366, in order.")
    values = years["value"].transpose("unit", "year", "day").to_numpy()
    days = years["day"].to_numpy().astype(float)
    inner = days[(days > first) & (days < last)]
    axis = np.concatenate([[first], inner, [last]])
    found = fill_gaps(values, days, axis, GAP)
    total = np.trapezoid(np.maximum(found, base), axis, axis=-1)
    return xr.DataArray(
        total,
        {"unit": years["unit"], "year": years["year"]},
        ("unit", "year"),
        "integral",
        {"units": "day", "long_name": "Season integral", "first": first, "last": last},
    )


def season_table(
    years: xr.Dataset, year: int, day: int, season: tuple[float, float] = SEASON
) -> pd.DataFrame:
    """Give one row a unit: what a date of a year says, and the season up to it.

    Parameters
    ----------
    years : xarray.Dataset
        Of :func:`analysis.agrarian.by_year`.
    year : int
        The year that is judged.
    day : int
        A day of the axis of `years`.
    season : tuple of float
        First and last day of the growing season.

    Returns
    -------
    pandas.DataFrame
        Indexed by unit: ``value, norm, norm_error, departure, percent, z, vci, svi, rank, of``
        of the date, ``vci_class`` and ``svi_class``; of the season from its beginning up to the
        date (or its end): ``integral``, ``integral_norm`` and ``integral_percent`` (of the mean of
        the other years), ``integral_rank`` and ``integral_of``.

    Raises
    ------
    ValueError
        The year, the day or the season is not there.

    Examples
    --------
    >>> from analysis.agrarian.yearly import by_year
    >>> time = pd.date_range("2001-01-01", periods=60, freq="MS", unit="ns")
    >>> data = np.linspace(0.1, 0.9, 60)[None]  # greener every year
    >>> series = xr.Dataset({"mean": (("unit", "time"), data)}, {"unit": ["a"], "time": time})
    >>> cut = by_year(series)
    >>> season_table(cut, 2005, int(cut["day"][7])).loc["a", ["rank", "integral_rank"]].tolist()
    [1.0, 1.0]
    """
    judged = judge_year(years, year)
    axis = judged["day"].to_numpy()
    if day not in axis:
        raise ValueError(f"There is no day {day}; the series has {axis.tolist()}.")
    at = judged.sel(day=day)
    names = ("departure", "percent", "z", "vci", "svi", "rank", "of")
    table = pd.DataFrame(
        {"value": at["value"], "norm": at["mean"], "norm_error": at["error"]}
        | {name: at[name].to_numpy() for name in names},
        index=pd.Index(years["unit"].to_numpy(), name="unit"),
    )
    for index in ("vci", "svi"):
        table[f"{index}_class"] = drought_class(table[index], index)
    whole = _until(years, day, season)
    own = whole.sel(year=year).to_numpy()
    others = whole.drop_sel(year=year).to_numpy()
    number = np.isfinite(others).sum(axis=1)
    sums = np.where(np.isfinite(others), others, 0.0).sum(axis=1)
    mean = sums / np.where(number >= FEWEST, number, np.nan)
    order, of = ranks(whole.to_numpy(), axis=1)
    place = int(np.flatnonzero(whole["year"].to_numpy() == year)[0])
    table["integral"], table["integral_norm"] = own, mean
    table["integral_percent"] = 100.0 * (own / np.where(mean > 0, mean, np.nan) - 1.0)
    table["integral_rank"], table["integral_of"] = order[:, place], of[:, place]
    return table


def _until(years: xr.Dataset, day: int, season: tuple[float, float]) -> xr.DataArray:
    """Integrate from the beginning of the season to a day; NaN before it has begun."""
    end = min(float(day), float(season[1]))
    if end > season[0]:
        return season_integral(years, (season[0], end))
    return season_integral(years, season) * np.nan
