"""How two variables move together in a window of time."""

from __future__ import annotations

from typing import Any, Final

import numba as nb
import numpy as np
import xarray as xr

from analysis.features.blocks import along_time, check_array
from analysis.features.derivatives import ascending_days, length_in_days

METHODS: Final = ("pearson", "spearman")


def rolling_correlation(
    first: xr.DataArray,
    second: xr.DataArray,
    window: Any,
    *,
    method: str = "pearson",
    minimum: int = 5,
) -> xr.Dataset:
    """Return the correlation of two variables in the window of time that ends at each step.

    Parameters
    ----------
    first, second
        Values on the same times and places: (time, latitude, longitude), (time, cell), ...
    window
        Length of the window, such as "365D"; it holds its end and not its beginning, so that no
        later value is known.
    method
        "pearson", or "spearman" (of the ranks in the window; equal values share their mean rank).
    minimum
        Pairs of valid values below which there is no correlation, 3 or more.

    Returns
    -------
    xarray.Dataset
        ``correlation`` (-1 to 1; NaN with too few pairs, or where one variable does not change)
        and ``count`` of the pairs, with the axes of the first variable.

    Raises
    ------
    ValueError
        The variables have different axes, or a parameter is impossible.

    Examples
    --------
    Ranks do not care for the form of a rising curve:

    >>> times = np.arange("2020-01", "2021-01", dtype="datetime64[M]").astype("datetime64[ns]")
    >>> x = xr.DataArray(np.arange(12.0), {"time": times}, ("time",))
    >>> found = rolling_correlation(x, np.exp(x), "200D", method="spearman")
    >>> round(float(found["correlation"][-1]), 12), int(found["count"][-1])
    (1.0, 7)
    """
    if method not in METHODS:
        raise ValueError(f"method={method!r} is unknown; it is one of {', '.join(METHODS)}.")
    if not isinstance(minimum, int | np.integer) or minimum < 3:
        raise ValueError(f"The minimum is {minimum!r} pairs; it is a whole number of 3 or more.")
    check_array(first)
    check_array(second)
    if set(first.dims) != set(second.dims):
        axes = [", ".join(map(str, one.dims)) for one in (first, second)]
        raise ValueError(f"The variables have different axes: {axes[0]}, and {axes[1]}.")
    try:
        first, second = xr.align(first, second, join="exact", copy=False)
    except ValueError as error:
        message = "The variables have different times or places; align them to the same cells."
        raise ValueError(message) from error
    days = ascending_days(first["time"].to_numpy())
    length = length_in_days(window, "window")
    begin = np.searchsorted(days, days - length, side="right")
    options = {"begin": begin, "ranked": method == "spearman", "minimum": minimum}
    leading = {"what": 2, "time": days.size}
    both = along_time(_correlate, first, second, leading=leading, options=options)
    both = both.assign_coords(first.coords).transpose("what", *first.dims)
    correlation, count = both.isel(what=0), both.isel(what=1).astype(np.int32)
    names = [str(one.attrs.get("long_name") or one.name or "value") for one in (first, second)]
    simulated = any(one.attrs.get("simulated") for one in (first, second))
    kept = {"units": "1", **({"simulated": True} if simulated else {})}
    words = f"{method.capitalize()} correlation of {names[0]} and {names[1]} in {window}"
    correlation.attrs = {"long_name": words, **kept}
    count.attrs = {"long_name": "Pairs of values", **kept}
    return xr.Dataset({"correlation": correlation, "count": count})


@nb.njit(nogil=True, cache=True)
def _ranks(values: Any) -> Any:
    """Return the ranks of values; equal ones share their mean rank."""
    order = np.argsort(values)
    out = np.empty(values.size)
    begin = 0
    while begin < values.size:
        end = begin
        while end + 1 < values.size and values[order[end + 1]] == values[order[begin]]:
            end += 1
        for place in range(begin, end + 1):
            out[order[place]] = (begin + end) / 2
        begin = end + 1
    return out


@nb.njit(nogil=True, cache=True)
def _pearson(first: Any, second: Any) -> float:
    """Return the correlation of two series without gaps; NaN where one does not change."""
    x, y = first - first.mean(), second - second.mean()
    squares = (x * x).sum() * (y * y).sum()
    rounding = 1e-13 * np.abs(first).max() * np.abs(second).max()
    if not squares > rounding * rounding:
        return np.nan
    return min(max((x * y).sum() / np.sqrt(squares), -1.0), 1.0)


@nb.njit(nogil=True, cache=True)
def _correlate(first: Any, second: Any, begin: Any, ranked: bool, minimum: int) -> Any:
    """Return correlation and number of pairs (2, time, column)."""
    steps, columns = first.shape
    out = np.full((2, steps, columns), np.nan)
    left, right = np.empty(steps), np.empty(steps)
    for x in range(columns):
        for t in range(steps):
            n = 0
            for i in range(begin[t], t + 1):
                if not (np.isnan(first[i, x]) or np.isnan(second[i, x])):
                    left[n], right[n] = first[i, x], second[i, x]
                    n += 1
            out[1, t, x] = n
            if n < minimum:
                continue
            a, b = left[:n], right[:n]
            out[0, t, x] = _pearson(_ranks(a), _ranks(b)) if ranked else _pearson(a, b)
    return out
