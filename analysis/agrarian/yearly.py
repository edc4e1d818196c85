"""Series cut into years on one axis of days of the year."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

Floats = npt.NDArray[np.float64]

YEAR_DAYS = 365.25
SAME = 1.5
"""Days by which a step of a regular series may lie elsewhere in another year (leap years do)."""

_NEAREST = 2.5  # typical steps: farther apart nothing is interpolated
_SHORTEST, _LONGEST = 5.0, 31.0  # days between dates of an axis that is made up


def by_year(series: xr.Dataset, variable: str = "mean") -> xr.Dataset:
    """Cut series into years on a common axis of days of the year.

    A step stands for its middle: half-way between its bounds where it has them (``start``,
    ``end``), else its stamp. Where the steps fall on the same days every year (composites of 8 or
    16 days, dekads, months) nothing is changed. Else values are interpolated in time to an axis of
    even steps, only between dates that are near to each other.

    Parameters
    ----------
    series : xarray.Dataset
        With `variable` (unit, time), for example of :func:`analysis.agrarian.unit_series`.
    variable : str
        Which variable.

    Returns
    -------
    xarray.Dataset
        ``value`` (unit, year, day) in the variable's unit, NaN where there is none; ``date``
        (year, day), the middle of the step; attribute ``interpolated``.

    Raises
    ------
    ValueError
        There is no such variable, or fewer than two steps.

    Examples
    --------
    >>> time = pd.date_range("2019-01-01", "2020-12-31", freq="MS", unit="ns")
    >>> data = (("unit", "time"), np.arange(24.0)[None])
    >>> cut = by_year(xr.Dataset({"mean": data}, {"unit": ["a"], "time": time}))
    >>> cut["value"].sel(year=2020)[0].to_numpy(), cut.attrs["interpolated"]
    (array([12., 13., 14., 15., 16., 17., 18., 19., 20., 21., 22., 23.]), False)
    """
    if variable not in series:
        known = ", ".join(map(str, series))
        raise ValueError(f"There is no variable {variable!r}; there are {known}.")
    if series.sizes["time"] < 2:
        raise ValueError(f"There are {series.sizes['time']} steps; at least 2 are needed.")
    middle = _middles(series)
    values = series[variable].transpose("unit", "time").to_numpy().astype(np.float64)
    index = pd.DatetimeIndex(middle)
    year = index.year.to_numpy()
    day = index.day_of_year.to_numpy() + index.hour.to_numpy() / 24.0
    years = np.arange(year.min(), year.max() + 1)
    axis = _same_days(year, day)
    interpolated = axis is None
    if axis is None:
        axis = _made_up_axis(middle)
        found = _interpolated(values, middle, years, axis)
    else:
        found = np.full((len(values), years.size, axis.size), np.nan)
        found[:, year - years[0], np.abs(day[:, None] - axis).argmin(axis=1)] = values
    first = (years - 1970).astype("datetime64[Y]").astype("datetime64[ns]")
    dates = first[:, None] + ((axis - 1.0) * 86_400e9).astype("timedelta64[ns]")[None, :]
    attrs = dict(series.attrs) | {"interpolated": bool(interpolated)}
    return xr.Dataset(
        {
            "value": (("unit", "year", "day"), found, dict(series[variable].attrs)),
            "date": (("year", "day"), dates.astype("datetime64[ns]")),
        },
        {"unit": series["unit"], "year": years, "day": np.rint(axis).astype(int)},
        attrs,
    )


def _middles(series: xr.Dataset) -> npt.NDArray[np.datetime64]:
    time = series["time"].to_numpy().astype("datetime64[ns]")
    if "start" not in series.coords or "end" not in series.coords:
        return time
    start, end = (series[name].to_numpy().astype("datetime64[ns]") for name in ("start", "end"))
    return np.asarray(start + (end - start) / 2)


def _same_days(year: Any, day: Floats) -> Floats | None:
    """Return the days on which the steps of every year lie; None where they differ."""
    numbers, counts = np.unique(year, return_counts=True)
    axis = np.sort(day[year == numbers[counts.argmax()]])
    if axis.size < 2:
        return None
    near = np.abs(day[:, None] - axis)
    place = near.argmin(axis=1)
    pairs = np.stack([year, place], axis=1)
    if near.min(axis=1).max() > SAME or len(np.unique(pairs, axis=0)) < day.size:
        return None
    if len(np.unique(np.rint(axis))) < axis.size:
        return None
    return np.asarray(axis)


def _made_up_axis(middle: Any) -> Floats:
    gaps = np.diff(middle).astype("timedelta64[s]").astype(float) / 86_400.0
    step = float(np.clip(np.round(np.median(gaps)), _SHORTEST, _LONGEST))
    return np.arange(1.0 + step // 2, 366.0, step)


def _interpolated(values: Floats, middle: Any, years: Any, axis: Floats) -> Floats:
    """Return values (unit, year, day) on straight lines between near dates."""
    origin = np.datetime64(f"{years[0]}-01-01")
    days = (middle - origin).astype("timedelta64[s]").astype(float) / 86_400.0
    order = np.argsort(days, kind="stable")
    table = pd.DataFrame(values[:, order].T).groupby(days[order]).mean()
    first = (years - 1970).astype("datetime64[Y]").astype("datetime64[D]")
    starts = (first - origin).astype(float)
    wanted = (starts[:, None] + axis[None, :] - 1.0).ravel()
    most = _NEAREST * float(np.diff(axis).max())
    found = fill_gaps(table.to_numpy().T, table.index.to_numpy(), wanted, most)
    return found.reshape(len(values), years.size, axis.size)


def fill_gaps(values: Floats, days: Floats, wanted: Floats, most: float) -> Floats:
    """Read values on straight lines between known ones that are near to each other.

    Parameters
    ----------
    values : array of float, shape (..., day)
        NaN marks a missing value.
    days : array of float, shape (day,)
        Their days, ascending.
    wanted : array of float, shape (n,)
        Days to read at, ascending.
    most : float
        Days between two known values that a line may bridge, at most; as far before the first
        and after the last known value the value of that one holds for half of it.

    Returns
    -------
    numpy.ndarray, shape (..., n)
        NaN where a gap is longer.

    Examples
    --------
    >>> known = np.array([[0.0, np.nan, 2.0, np.nan]])
    >>> fill_gaps(known, np.array([0.0, 10.0, 20.0, 60.0]), np.array([10.0, 20.0, 60.0]), 25.0)
    array([[ 1.,  2., nan]])
    """
    flat = values.reshape(-1, days.size)
    out = np.full((len(flat), wanted.size), np.nan)
    for row, one in enumerate(flat):
        known = np.isfinite(one)
        if not known.any():
            continue
        x, y = days[known], one[known]
        after = np.searchsorted(x, wanted, side="left")
        left, right = np.clip(after - 1, 0, None), np.clip(after, None, x.size - 1)
        inside = (after > 0) & (after < x.size)
        gap = np.where(inside, x[right] - x[left], 2.0 * np.abs(wanted - x[right]))
        gap = np.where(after >= x.size, 2.0 * np.abs(wanted - x[-1]), gap)
        exact = x[right] == wanted
        out[row] = np.where(exact | (gap <= most), np.interp(wanted, x, y), np.nan)
    return out.reshape((*values.shape[:-1], wanted.size))


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
