"""Base periods: the times that norms are made of."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Times = NDArray[np.datetime64]
Base = tuple[Any, Any] | None

MINIMUM: Final = 5
"""Values below which a norm says nothing."""


def check_times(times: Any) -> Times:
    """Return times in nanoseconds, or say why they are none.

    Parameters
    ----------
    times
        datetime64 (time,).

    Returns
    -------
    numpy.ndarray
        datetime64[ns] (time,).

    Raises
    ------
    ValueError
        They are no datetime64, or one is missing.
    """
    values = np.asarray(times)
    if values.dtype.kind != "M":
        msg = f"The time axis holds {values.dtype}; it must hold datetime64 (normalise the data)."
        raise ValueError(msg)
    if np.isnat(values).any():
        raise ValueError("The time axis has a step without a time (NaT).")
    return values.astype("datetime64[ns]")


def base_mask(times: Any, base: Base) -> NDArray[np.bool_]:
    """Return which times lie in a base period.

    Parameters
    ----------
    times
        datetime64 (time,), UTC.
    base
        First and last: a year (number or text), a month ("1991-01"), a day or a moment, both
        included with all their length, as climate normals are named: (1991, 2020). None for
        all times.

    Returns
    -------
    numpy.ndarray
        True (time,) inside.

    Raises
    ------
    ValueError
        The base is no pair of times, ends before it begins, or holds no step.

    Examples
    --------
    >>> days = np.array(["1990-12-31", "1991-01-01", "2020-12-31", "2021-01-01"], "datetime64[D]")
    >>> base_mask(days, (1991, "2020")).tolist()
    [False, True, True, False]
    """
    stamps = check_times(times)
    if base is None:
        return np.ones(stamps.size, dtype=bool)
    start, end = base_ends(base)
    inside = (stamps >= start) & (stamps <= end)
    if not inside.any():
        known = f"from {str(stamps.min())[:10]} to {str(stamps.max())[:10]}" if stamps.size else ""
        msg = f"The base {base} holds none of the {stamps.size} steps {known}.".replace(" .", ".")
        raise ValueError(msg)
    return np.asarray(inside)


def base_ends(base: tuple[Any, Any]) -> tuple[np.datetime64, np.datetime64]:
    """Return the first and the last moment of a base period.

    Parameters
    ----------
    base
        As in :func:`base_mask`.

    Returns
    -------
    tuple of numpy.datetime64
        Nanoseconds.

    Raises
    ------
    ValueError
        The base is no pair of times, or ends before it begins.
    """
    if isinstance(base, str) or not hasattr(base, "__len__") or len(base) != 2:
        msg = f"The base is {base!r}; give its first and last year, month or day: (1991, 2020)."
        raise ValueError(msg)
    start, end = _span(base[0])[0], _span(base[1])[1]
    if end < start:
        msg = f"The base {base} ends before it begins."
        raise ValueError(msg)
    return start, end


def period(times: Any, base: Base) -> str:
    """Return the base period in words: first and last day of the steps that it holds.

    Parameters
    ----------
    times
        datetime64 (time,).
    base
        As in :func:`base_mask`.

    Returns
    -------
    str
        Such as "1991-01-01/2020-12-31".
    """
    inside = np.sort(np.asarray(times)[base_mask(times, base)])
    return f"{str(inside[0])[:10]}/{str(inside[-1])[:10]}" if inside.size else ""


def check_minimum(minimum: int) -> None:
    """Refuse a number of values that makes no standard deviation.

    Parameters
    ----------
    minimum
        Least number of values.

    Raises
    ------
    ValueError
        It is less than 2.
    """
    if not isinstance(minimum, int | np.integer) or minimum < 2:
        raise ValueError(f"The minimum is {minimum!r} values; it is a whole number of 2 or more.")


def _span(value: Any) -> tuple[np.datetime64, np.datetime64]:
    """Return the first and last moment of a year, month, day or moment."""
    try:
        if isinstance(value, int | np.integer) and not isinstance(value, bool):
            period = pd.Period(year=int(value), freq="Y")
        elif isinstance(value, str):
            period = pd.Period(value)
        else:
            moment: Any = pd.Timestamp(value)
            if pd.isna(moment):
                raise ValueError(_no_time(value))
            moment = moment.tz_convert("UTC").tz_localize(None) if moment.tzinfo else moment
            return (moment.to_datetime64().astype("datetime64[ns]"),) * 2
        ends = period.start_time, period.end_time
    except (ValueError, TypeError, OverflowError) as error:
        raise ValueError(_no_time(value)) from error
    if pd.isna(ends[0]) or not 1678 <= ends[0].year <= 2261:
        raise ValueError(_no_time(value))
    first, last = (one.to_datetime64().astype("datetime64[ns]") for one in ends)
    return first, last


def _no_time(value: Any) -> str:
    return f"The end {value!r} of a base is no time; give a year, '1991-01' or '1991-01-15'."
