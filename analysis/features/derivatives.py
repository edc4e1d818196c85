"""Rates of change in time."""

from __future__ import annotations

from typing import Any, Final

import numba as nb
import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from analysis.features.blocks import along_time, attributes, check_array, float_type
from analysis.yearly import check_times

DAYS: Final = {"hour": 1 / 24, "day": 1.0, "month": 365.2425 / 12, "year": 365.2425}
"""Lengths of the units of time, days (Gregorian mean)."""
_NS_OF_DAY = 86_400_000_000_000
_WHOLE = ("h", "min", "s", "ms", "us", "ns")


def derivative(
    data: xr.DataArray, *, per: str = "day", centred: bool = False, longest: Any = None
) -> xr.DataArray:
    """Return the rate of change in time, by the true lengths of the steps.

    Parameters
    ----------
    data
        Values with ``time``: (time, latitude, longitude), (time, cell) or any other order.
    per
        "hour", "day", "month" or "year" (of the mean Gregorian length).
    centred
        False: the change since the step before, known at the time itself, as a feature needs it.
        True: the slope of the parabola through the step and its neighbours (Fornberg 1988,
        doi:10.1090/S0025-5718-1988-0935077-0), more
        exact, and knowing the next step.
    longest
        A step longer than this ("40D") is a gap, over which there is no rate; None for any.

    Returns
    -------
    xarray.DataArray
        Axes of the data, units of the data per unit of time; NaN at the first step (centred: at
        the last too), where a value or its neighbour is missing, and over gaps.

    Raises
    ------
    ValueError
        The unit or the longest step is impossible, or the times do not ascend.

    Examples
    --------
    A straight line has one slope, however uneven the steps:

    >>> times = np.array(["2020-01-01", "2020-01-03", "2020-01-04"], "datetime64[ns]")
    >>> data = xr.DataArray([0.0, 4.0, 6.0], {"time": times}, ("time",), attrs={"units": "mm"})
    >>> derivative(data).values.tolist(), derivative(data).attrs["units"]
    ([nan, 2.0, 2.0], 'mm/day')
    """
    check_array(data)
    if per not in DAYS:
        raise ValueError(f"per={per!r} is no unit of time here; it is one of {', '.join(DAYS)}.")
    days = ascending_days(data["time"].to_numpy()) / DAYS[per]
    limit = np.inf if longest is None else length_in_days(longest, "longest step") / DAYS[per]
    result = along_time(
        _rates,
        data,
        leading={"time": days.size},
        dtype=float_type(data),
        options={"times": days, "centred": centred, "longest": limit},
    )
    result = result.assign_coords(data.coords).transpose(*data.dims).rename(data.name)
    result.attrs = attributes(data, "Rate of change of {}", rate_units(data, per))
    return result


def rate_units(data: xr.DataArray, per: str) -> str:
    """Return the units of a rate: "mm" per year becomes "mm/year", "1" becomes "1/year".

    Parameters
    ----------
    data
        Values with units.
    per
        The unit of time.

    Returns
    -------
    str
        Units.
    """
    return f"{data.attrs.get('units') or '1'}/{per}"


def ascending_days(times: Any) -> NDArray[np.float64]:
    """Return times as days since the first one.

    Parameters
    ----------
    times
        datetime64 (time,), strictly ascending.

    Returns
    -------
    numpy.ndarray
        Days (time,).

    Raises
    ------
    ValueError
        They do not ascend, or are no times.

    Examples
    --------
    >>> ascending_days(np.array(["2020-01-01", "2020-03-01"], "datetime64[D]")).tolist()
    [0.0, 60.0]
    """
    stamps = check_times(times)
    if (np.diff(stamps) <= np.timedelta64(0)).any():
        raise ValueError("The times do not ascend, or one is there twice; sort the data first.")
    return np.asarray((stamps - stamps[:1]) / np.timedelta64(1, "D"), dtype=np.float64)


def length_in_days(value: Any, what: str) -> float:
    """Return a length of time in days.

    Parameters
    ----------
    value
        Anything that ``pandas.Timedelta`` reads with a unit: "30D", "12h".
    what
        What it is, for the message.

    Returns
    -------
    float
        Days, positive.

    Raises
    ------
    ValueError
        It is no length of time, or not positive.
    """
    bare = isinstance(value, int | float | np.number) and not isinstance(value, np.timedelta64)
    try:
        if bare or (isinstance(value, str) and value.strip().isdigit()):
            raise TypeError("a number without a unit")  # of nanoseconds, or of days?
        length = pd.Timedelta(value)
    except (ValueError, TypeError) as error:
        raise ValueError(f"The {what} is {value!r}; give a length such as '30D'.") from error
    if pd.isna(length) or length <= pd.Timedelta(0):
        raise ValueError(f"The {what} is {value!r}; it must be longer than nothing.")
    return float(length / pd.Timedelta("1D"))


def text_of_days(days: float) -> str:
    """Return a length as a text that ``pandas.Timedelta`` reads as the same length.

    Parameters
    ----------
    days
        Length, days; to the nanosecond.

    Returns
    -------
    str
        Days where they say it exactly, else the largest unit of which there is a whole number.

    Examples
    --------
    >>> text_of_days(30.0), text_of_days(1.5), text_of_days(1 / 24), text_of_days(0.0)
    ('30D', '1.5D', '1h', '0D')
    """
    length = pd.Timedelta(round(days * _NS_OF_DAY), "ns")
    for text in (f"{days:g}D", *(f"{length // pd.Timedelta(f'1{one}')}{one}" for one in _WHOLE)):
        if "e" not in text and pd.Timedelta(text) == length:
            break
    return text


@nb.njit(nogil=True, cache=True)
def _fill_rates(values: Any, times: Any, centred: bool, longest: float, out: Any) -> None:
    steps, columns = values.shape
    out[:] = np.nan
    for t in range(1, steps - 1 if centred else steps):
        before = times[t] - times[t - 1]
        after = times[t + 1] - times[t] if centred else before
        if before > longest or after > longest:
            continue
        for x in range(columns):
            back = (np.float64(values[t, x]) - values[t - 1, x]) / before
            if centred:
                ahead = (np.float64(values[t + 1, x]) - values[t, x]) / after
                back = (back * after + ahead * before) / (before + after)
            out[t, x] = back


def _rates(
    values: NDArray[Any], times: NDArray[np.float64], centred: bool, longest: float
) -> NDArray[Any]:
    """Return the rates (time, column)."""
    out = np.empty(values.shape, np.float32 if values.dtype == np.float32 else np.float64)
    _fill_rates(values, times, centred, longest, out)
    return out
