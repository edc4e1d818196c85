"""What is usual at each place at each time of the year."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from analysis.features.blocks import along_time, attributes, check_array
from analysis.yearly import (
    MINIMUM,
    Base,
    Season,
    base_mask,
    check_minimum,
    finish,
    period,
    pool,
    season_of,
    slot_sums,
)

STATISTICS = ("mean", "std", "count")


def climatology(
    data: xr.DataArray,
    base: Base = None,
    *,
    window: int | None = None,
    by: str | None = None,
    minimum: int = MINIMUM,
) -> xr.Dataset:
    """Return mean, standard deviation and number of values for each time of the year.

    A norm is made of all values of the base whose date lies in a window round the date of the
    norm, in any year; the year is a circle. Dates are those of a leap year: 1 March has the same
    norm in every year, and 29 February has one of its own (of its neighbours too, with a window).

    Parameters
    ----------
    data
        Values with ``time``: (time, latitude, longitude), (time, cell) or any other order. Lazy
        data stay lazy; each place is on its own, so blocks that hold all times are best (the
        "series" layout of a cube).
    base
        First and last year, month or day, both included: (1991, 2020). None for all times.
    window
        Days (by day of year) or months that make one norm, odd; None for 15 days or 1 month.
    by
        "dayofyear", "month", or "hour" (day of year and part of the day, for data of several
        steps a day). None chooses by the typical step.
    minimum
        Values below which there is no norm: 2 or more.

    Returns
    -------
    xarray.Dataset
        ``mean`` and ``std`` (of a sample: n - 1) in the units of the data, ``count``: each
        (dayofyear, ...) with 366 days, (month, ...) with 12, or (dayofyear, hour, ...). The
        attributes state the base period, the window and the minimum.

    Raises
    ------
    ValueError
        The base holds no step, a parameter is impossible, or the data have no times.

    Notes
    -----
    A window of several days adds the course of the season inside it to the spread: 15 days of
    a season that warms by 0.3 degrees a day add 1.3 degrees (in squares). The World
    Meteorological Organization describes norms and base periods in its Guidelines on the
    Calculation of Climate Normals, WMO-No. 1203 (2017).

    Examples
    --------
    The departures from the norm of all years add up to nothing:

    >>> import pandas as pd
    >>> times = pd.date_range("2000-01-01", "2009-12-31", freq="MS")
    >>> values = np.random.default_rng(0).normal(size=(times.size, 3))
    >>> data = xr.DataArray(values, {"time": times}, ("time", "cell"))
    >>> norm = climatology(data)
    >>> norm.sizes["month"], int(norm["count"].min())
    (12, 10)
    >>> apart = data.groupby("time.month") - norm["mean"]
    >>> bool(abs(apart.sum()) < 1e-9)
    True
    """
    season, options = prepare(data, base, window, by, minimum)
    result = along_time(
        statistics, data, leading={"statistic": 3, "slot": season.size}, options=options
    )
    coords = axes(season)
    names = tuple(coords)
    if season.by == "hour":
        index = {"dayofyear": np.arange(1, 367), "hour": coords["hour"][1]}
        result = _unfold(result, season).assign_coords(index)
    else:
        result = result.rename(slot=names[0]).assign_coords(coords)
    stated = {
        "base_period": period(data["time"].to_numpy(), base),
        "norm": season.words,
        "minimum": minimum,
    }
    units = str(data.attrs.get("units", ""))
    words = {"mean": "Norm of {}", "std": "Standard deviation of {}", "count": "Values of {}"}
    parts = {}
    for number, name in enumerate(STATISTICS):
        one = result.isel(statistic=number, drop=True)
        if name == "count":
            one = one.astype(np.int32)
        one.attrs = attributes(data, words[name], "1" if name == "count" else units, **stated)
        parts[name] = one
    return xr.Dataset(parts, attrs={**stated, "variable": str(data.name or "")})


def axes(season: Season) -> dict[str, Any]:
    """Return the coordinates of a norm.

    Parameters
    ----------
    season
        The division of the year.

    Returns
    -------
    dict
        Name -> (dimension, values, attributes).
    """
    if season.by == "month":
        return {"month": ("month", np.arange(1, 13), {"long_name": "Month"})}
    days = {"long_name": "Day of a leap year"}
    found: dict[str, Any] = {"dayofyear": ("dayofyear", np.arange(1, 367), days)}
    if season.by == "hour":
        hours = np.arange(season.hours) * 24 / season.hours
        found["hour"] = ("hour", hours, {"long_name": "Beginning of the part of the day (UTC)"})
    return found


def prepare(
    data: xr.DataArray, base: Base, window: int | None, by: str | None, minimum: int
) -> tuple[Season, dict[str, Any]]:
    """Return the division of the year, and what :func:`statistics` needs of it.

    Parameters
    ----------
    data, base, window, by, minimum
        As in :func:`climatology`.

    Returns
    -------
    tuple
        The division, and the options of the kernel.

    Raises
    ------
    ValueError
        The base holds no step, a parameter is impossible, or the data have no times.
    """
    check_minimum(minimum)
    check_array(data)
    if window is not None and (
        isinstance(window, bool) or not isinstance(window, int | np.integer)
    ):
        raise ValueError(f"The window is {window!r}; give a whole odd number of steps, such as 15.")
    times = data["time"].to_numpy()
    season = season_of(times, by, window)
    options = {
        "slots": season.slots(times),
        "used": base_mask(times, base),
        "season": season,
        "minimum": minimum,
    }
    return season, options


def statistics(
    values: NDArray[Any],
    slots: NDArray[np.int64],
    used: NDArray[np.bool_],
    season: Season,
    minimum: int,
) -> NDArray[np.float64]:
    """Return mean, deviation and number of each slot.

    Parameters
    ----------
    values
        Values (time, column).
    slots, used
        Slot (time,) of each step, and whether it belongs to the base.
    season
        The division of the year.
    minimum
        Values below which there is no norm.

    Returns
    -------
    numpy.ndarray
        float64 (3, slot, column).
    """
    sums = slot_sums(values, slots, used, season.size)
    if season.window > 1:
        sums = pool(sums, season.window // 2, season.hours)
    return np.asarray(finish(sums, minimum))


def _unfold(result: xr.DataArray, season: Season) -> xr.DataArray:
    """Divide the slots into days and parts of the day."""
    places = result.dims[2:]
    shape = (3, season.length, season.hours, *result.shape[2:])
    coords = {name: one for name, one in result.coords.items() if "slot" not in one.dims}
    dims = ("statistic", "dayofyear", "hour", *places)
    return xr.DataArray(result.data.reshape(shape), coords, dims)
