"""Time axes of files: any calendar to datetime64 without losing a step, and the bounds of steps."""

from __future__ import annotations

import calendar
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Times = NDArray[np.datetime64]

REAL_CALENDARS: Final = ("standard", "gregorian", "proleptic_gregorian")
_DAY: Final = np.timedelta64(1, "D").astype("timedelta64[ns]")


def to_datetime64(times: NDArray[Any]) -> tuple[Times, str]:
    """Convert decoded times to ``datetime64[ns]``, and name the calendar that they came from.

    A date keeps its year, month, day and hour. In a month that has more days in the native
    calendar than in ours (30 February of ``360_day``) the days are spaced evenly over our month,
    so that no step is lost and the order stays strict.

    Parameters
    ----------
    times : numpy.ndarray
        datetime64 of any unit, or cftime objects, any shape.

    Returns
    -------
    times : numpy.ndarray of datetime64[ns]
        Same shape, UTC.
    calendar : str
        CF name of the native calendar.

    Raises
    ------
    ValueError
        The values are no times, or lie outside the years 1678 to 2261.

    Examples
    --------
    >>> import cftime
    >>> february = [cftime.datetime(2001, 2, day, calendar="360_day") for day in (1, 29, 30)]
    >>> to_datetime64(np.array(february))[0].astype("datetime64[D]").astype(str).tolist()
    ['2001-02-01', '2001-02-27', '2001-02-28']
    """
    values = np.asarray(times)
    if np.issubdtype(values.dtype, np.datetime64):
        _check_years(values.astype("datetime64[Y]").astype(int) + 1970)
        return values.astype("datetime64[ns]"), "proleptic_gregorian"
    if values.dtype != object or not all(hasattr(one, "calendar") for one in values.flat):
        raise ValueError(
            f"The time axis holds {values.dtype} values that are no times. "
            "Give it CF units such as 'days since 2000-01-01'."
        )
    _check_years(np.array([one.year for one in values.flat]))
    converted = np.array([_from_cftime(one) for one in values.flat], dtype="datetime64[ns]")
    return converted.reshape(values.shape), str(values.flat[0].calendar)


def _check_years(years: NDArray[Any]) -> None:
    outside = (years < 1678) | (years > 2261)
    if outside.any():
        raise ValueError(
            f"The time axis has the year {int(np.asarray(years)[outside].flat[0])}; "
            "allowed are 1678 to 2261."
        )


def _from_cftime(moment: Any) -> np.datetime64:
    clock = (moment.hour * 60 + moment.minute) * 60 + moment.second
    days = moment.day - 1 + clock / 86400
    ours = calendar.monthrange(moment.year, moment.month)[1]
    native = moment.daysinmonth
    month = np.datetime64(f"{moment.year:04d}-{moment.month:02d}", "M").astype("datetime64[ns]")
    if native > ours:
        microseconds = round(days * ours / native * 86_400_000_000)
        return month + np.timedelta64(microseconds, "us")
    elapsed = ((moment.day - 1) * 86400 + clock) * 1_000_000 + moment.microsecond
    return month + np.timedelta64(elapsed, "us")


def check_increasing(times: Times) -> None:
    """Refuse times that appear twice.

    Parameters
    ----------
    times : numpy.ndarray of datetime64
        Sorted.

    Raises
    ------
    ValueError
        Naming the first repeated time and how many steps repeat one.

    Examples
    --------
    >>> check_increasing(np.array(["2000-01-01", "2000-01-02"], dtype="datetime64[ns]"))
    """
    if np.isnat(times).any():
        raise ValueError("The time axis has a step without a time (NaT).")
    repeated = np.flatnonzero(np.diff(times) <= np.timedelta64(0))
    if repeated.size:
        first = np.datetime_as_string(times[repeated[0]], unit="s")
        raise ValueError(
            f"The time {first} appears twice ({repeated.size} repeated of {times.size} steps). "
            "Each step needs a time of its own: drop or merge the repeated ones."
        )


def derive_bounds(times: Times) -> tuple[Times, str]:
    """Bounds of steps that come without them.

    Stamps in consecutive calendar months are months, stamps on 1 January are years. Otherwise a
    step lasts as long as the typical (median) step, from the stamp where all stamps are at
    midnight, round it otherwise; no step reaches into the next, and a gap stays a gap.

    Parameters
    ----------
    times : numpy.ndarray of datetime64[ns]
        Strictly increasing.

    Returns
    -------
    bounds : numpy.ndarray of datetime64[ns]
        Start and end of each step, ``(time, 2)``.
    rule : str
        Which rule was used.

    Examples
    --------
    >>> days = ["2001-01-16", "2001-02-15", "2001-03-16", "2001-05-16"]
    >>> bounds, _ = derive_bounds(np.array(days, dtype="datetime64[ns]"))
    >>> bounds[3].astype("datetime64[D]").astype(str).tolist()
    ['2001-05-01', '2001-06-01']
    """
    if times.size < 2:
        return np.stack([times, times], axis=1), "one moment"
    steps = np.diff(times)
    typical = np.median(steps.astype("int64")).astype("timedelta64[ns]")
    months = times.astype("datetime64[M]")
    index = pd.DatetimeIndex(times)
    if 28 * _DAY <= typical <= 31 * _DAY and np.unique(months).size == times.size:
        return _spans(months), "calendar months"
    if bool((index.is_year_start & (index == index.normalize())).all()):
        return _spans(times.astype("datetime64[Y]")), "calendar years"
    lengths = np.minimum(np.append(steps, typical), typical)
    if bool((index == index.normalize()).all()):
        return np.stack([times, times + lengths], axis=1), "from the stamp on"
    before = np.minimum(np.insert(steps, 0, typical), typical) // 2
    return np.stack([times - before, times + lengths // 2], axis=1), "round the stamp"


def _spans(periods: NDArray[Any]) -> Times:
    return np.stack([periods, periods + 1], axis=1).astype("datetime64[ns]")
