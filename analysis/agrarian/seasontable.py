"""The growing season as a whole: its integral, its rank, and one row a unit.

References
----------
Reed et al. (1994), J. Veg. Sci. 5, 703-714: integral of NDVI over the growing season.
Tucker et al. (1985), Remote Sens. Environ. 17, 233-249: it follows the growth of a season.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from analysis.agrarian.drought import drought_class
from analysis.agrarian.season import FEWEST, judge_year
from analysis.agrarian.yearly import fill_gaps, ranks

SEASON = (91, 304)
"""Days of the year, 1 April to 31 October: when plants grow in Kazakhstan."""

GAP = 40.0
"""Days without a value that a season integral bridges with a straight line, at most."""


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
    Reed et al. (1994), Tucker et al. (1985).

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
    years: xr.Dataset,
    year: int,
    day: int,
    season: tuple[float, float] = SEASON,
    *,
    judged: xr.Dataset | None = None,
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
    judged : xarray.Dataset, optional
        Of :func:`analysis.agrarian.judge_year` for this year, where it is at hand.

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
    judged = judge_year(years, year) if judged is None else judged
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
