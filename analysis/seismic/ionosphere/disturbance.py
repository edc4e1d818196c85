"""When the ionosphere is disturbed from outside: by Kp, Dst and F10.7, now and in hours before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.seismic.ionosphere.reasons import REASONS

_COLUMNS: Final = {"kp": ("kp",), "dst": ("dst",), "f107": ("f107_observed", "f107")}
_LEAST_KNOWN: Final = 0.75
"""Share of the hours before in which an index must be known."""


@dataclass(frozen=True)
class Limits:
    """Up to where it is quiet: (limit, hours before the time in which it must hold).

    Attributes
    ----------
    kp : tuple or None
        Largest Kp; None does not look at it.
    dst : tuple or None
        Least Dst, nT.
    f107 : tuple or None
        Largest observed F10.7, sfu.

    Notes
    -----
    Kp of at most 3 and Dst of at least -30 nT are the limits that studies of precursors use most.
    The hours before let a storm fade: its negative phase outlives Kp by a day and more. F10.7 is
    limited loosely, for slow changes of the sun are in the quiet reference too.
    """

    kp: tuple[float, float] | None = (3.0, 36.0)
    dst: tuple[float, float] | None = (-30.0, 36.0)
    f107: tuple[float, float] | None = (250.0, 24.0)

    def __post_init__(self) -> None:
        """Refuse limits that are none."""
        for one in fields(self):
            pair = getattr(self, one.name)
            if pair is None:
                continue
            if len(pair) != 2 or not np.isfinite(pair).all() or pair[1] < 0:
                raise ValueError(
                    f"The limit of {one.name} is {pair!r}; write (limit, hours before) or None."
                )


def activity(*tables: Any) -> dict[str, pd.Series]:
    """Bring tables of indices together.

    Parameters
    ----------
    *tables : pandas.DataFrame or dask.dataframe.DataFrame
        With ``time`` and any of ``kp``, ``dst``, ``f107_observed``; where two tell the same index
        at the same time, the first that has a value counts.

    Returns
    -------
    dict
        "kp", "dst", "f107" -> values by time; NaN is not known.

    Raises
    ------
    ValueError
        No table has any of them, or one has no times.

    Examples
    --------
    >>> final = pd.DataFrame({"time": pd.to_datetime(["2020-01-01"]), "kp": [2.0]})
    >>> newest = pd.DataFrame({"time": pd.to_datetime(["2020-01-01T03:00"]), "kp": [4.0]})
    >>> activity(final, newest)["kp"].tolist()
    [2.0, 4.0]
    """
    found: dict[str, pd.Series] = {}
    for given in tables:
        table = given.compute() if hasattr(given, "compute") else given
        if "time" not in table:
            names = ", ".join(map(str, table.columns))
            raise ValueError(f"A table of indices has no column time; it has {names}.")
        for name, columns in _COLUMNS.items():
            column = next((one for one in columns if one in table), None)
            if column is None or table[column].isna().all():
                continue
            series = table.set_index("time")[column].astype(np.float64).sort_index()
            series = series[~series.index.duplicated(keep="first")]
            found[name] = found[name].combine_first(series) if name in found else series
    if not found:
        raise ValueError("No table has an index; needed is one of kp, dst, f107_observed.")
    return found


def disturbed(
    times: Any, indices: Mapping[str, pd.Series], limits: Limits | None = None
) -> NDArray[np.int16]:
    """Tell for each time whether, and by what, the ionosphere was disturbed.

    Parameters
    ----------
    times : array-like of datetime64
        UTC, (time,).
    indices : mapping
        From `activity`.
    limits : Limits, optional
        Else the default ones.

    Returns
    -------
    numpy.ndarray
        (time,); sums of the bits "kp", "dst", "f107" and "activity_unknown" of `REASONS`. The last
        where an index is known for less than three quarters of the hours before.

    Raises
    ------
    ValueError
        An index has a limit but no values.

    Examples
    --------
    A storm counts from its beginning until the hours have passed:

    >>> hours = pd.date_range("2020-01-01", periods=240, freq="h")
    >>> dst = pd.Series(-10.0, hours)
    >>> dst.iloc[100] = -150.0
    >>> bits = disturbed(hours, {"dst": dst}, Limits(kp=None, dst=(-30, 36), f107=None))
    >>> np.flatnonzero(bits & 2)[[0, -1]].tolist()
    [100, 136]
    """
    asked = limits or Limits()
    moments = np.asarray(times, "datetime64[ns]")
    out = np.zeros(moments.size, np.int16)
    for one in fields(asked):
        pair = getattr(asked, one.name)
        if pair is None:
            continue
        if one.name not in indices:
            raise ValueError(
                f"There are no values of {one.name}. Give a table that has them, or look away from "
                f"it: Limits({one.name}=None)."
            )
        crossed, unknown = _crossed(moments, indices[one.name], pair, lower=one.name == "dst")
        out[crossed] |= REASONS[one.name]
        out[unknown] |= REASONS["activity_unknown"]
    return out


def _crossed(
    moments: NDArray[np.datetime64],
    series: pd.Series,
    pair: tuple[float, float],
    *,
    lower: bool,
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Look for values beyond the limit in the hours before each time, and for missing ones."""
    limit, hours = pair
    starts = series.index.to_numpy().astype("datetime64[ns]")
    values = series.to_numpy(np.float64)
    length = _length(starts)
    before = np.timedelta64(round(hours * 3600e9), "ns")
    first = np.searchsorted(starts, moments - before - length, side="right")
    last = np.searchsorted(starts, moments, side="right")
    beyond = values < limit if lower else values > limit
    crossed = _between(beyond, first, last) > 0
    expected = hours * 3600e9 / float(length.astype(np.int64)) + 1
    known = _between(np.isfinite(values), first, last)
    return crossed, known < _LEAST_KNOWN * expected


def _between(
    flags: NDArray[np.bool_], first: NDArray[np.intp], last: NDArray[np.intp]
) -> NDArray[np.int64]:
    total = np.concatenate([[0], np.cumsum(flags)])
    return np.asarray(total[last] - total[np.minimum(first, last)], np.int64)


def _length(starts: NDArray[np.datetime64]) -> np.timedelta64:
    """How long a value holds: the usual step."""
    if starts.size < 2:
        return np.timedelta64(3, "h").astype("timedelta64[ns]")
    step = np.median(np.diff(starts).astype(np.int64))
    return np.timedelta64(int(step), "ns")
