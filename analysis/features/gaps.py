"""Gaps in series: filled by a smooth or a yearly curve, and marked."""

from __future__ import annotations

from typing import Any, Final

import numba as nb
import numpy as np
import xarray as xr

from analysis.features.blocks import along_time, attributes, check_array, float_type
from analysis.features.derivatives import ascending_days, length_in_days
from analysis.features.leastsquares import design, normal_equations, solve

METHODS: Final = ("whittaker", "harmonic")


def fill(
    data: xr.DataArray,
    *,
    longest: Any,
    method: str = "whittaker",
    smoothness: float = 1.0,
    harmonics: int = 2,
    smooth: bool = False,
    minimum: int = 10,
) -> xr.Dataset:
    """Fill gaps of series and mark what was filled.

    Before the first and after the last valid value nothing is filled. The curve knows the values
    after a gap as well as those before it: for features of forecasts leave gaps as they are.

    Parameters
    ----------
    data
        Values with ``time``: (time, latitude, longitude), (time, cell) or any other order.
    longest
        Gaps up to this length are filled ("60D"), from the last valid value to the next.
    method
        "whittaker": the curve near the values that bends least, for uneven steps too (Eilers
        2003, doi:10.1021/ac034173t). "harmonic": line and waves of a year by least squares.
    smoothness
        Whittaker: weight of the bends against the distances, above 0; steps count in units of
        the typical step. 1 follows the values closely, 1000 smooths over months.
    harmonics
        Harmonic: waves of a year, 1 to 6.
    smooth
        True returns the curve at the valid values too (they are not marked as filled).
    minimum
        Valid values of a series below which nothing is filled.

    Returns
    -------
    xarray.Dataset
        The variable under its own name (or "value"), and ``<name>_filled``: True where a value
        was filled in.

    Raises
    ------
    ValueError
        A parameter is impossible, or the times do not ascend.

    Examples
    --------
    What was measured stays, and a straight line is continued straight:

    >>> times = np.arange("2020-01-01", "2020-01-21", dtype="datetime64[D]").astype("M8[ns]")
    >>> line = xr.DataArray(np.arange(20.0), {"time": times}, ("time",), name="height")
    >>> gap = line.where((line.time < times[5]) | (line.time > times[7]))
    >>> found = fill(gap, longest="4D")
    >>> bool(np.allclose(found["height"], line)), int(found["height_filled"].sum())
    (True, 3)
    >>> int(fill(gap, longest="3D")["height_filled"].sum())
    0
    """
    _check(method, smoothness, harmonics, minimum)
    check_array(data)
    days = ascending_days(data["time"].to_numpy())
    options: dict[str, Any] = {
        "days": days,
        "longest": length_in_days(longest, "longest gap"),
        "smooth": smooth,
        "minimum": minimum,
    }
    kernel: Any = _by_harmonics
    if method == "whittaker":
        kernel = _by_whittaker
        options["smoothness"] = float(smoothness)
    else:
        options["columns"] = design(days, 365.2425, harmonics)
    leading = {"what": 2, "time": days.size}
    both = along_time(kernel, data, leading=leading, dtype=float_type(data), options=options)
    both = both.assign_coords(data.coords).transpose("what", *data.dims)
    name = str(data.name or "value")
    values, marks = both.isel(what=0), both.isel(what=1).astype(bool)
    values.attrs = {**data.attrs, "gap_filling": f"{method}, up to {longest}"}
    marks.attrs = attributes(data, "{} was filled in", "1", flag_meanings="measured filled")
    return xr.Dataset({name: values, f"{name}_filled": marks})


def _check(method: str, smoothness: float, harmonics: int, minimum: int) -> None:
    if method not in METHODS:
        raise ValueError(f"method={method!r} is unknown; it is one of {', '.join(METHODS)}.")
    if not 0 < smoothness < np.inf:
        raise ValueError(f"smoothness={smoothness!r}; it is a number above 0.")
    if not isinstance(harmonics, int | np.integer) or not 1 <= harmonics <= 6:
        raise ValueError(f"harmonics={harmonics!r}; it is a whole number from 1 to 6.")
    least = 2 if method == "whittaker" else 3 + 2 * harmonics
    if not isinstance(minimum, int | np.integer) or minimum < least:
        raise ValueError(f"minimum={minimum!r}; here it is a whole number of {least} or more.")


@nb.njit(nogil=True, cache=True)
def _mark(series: Any, curve: Any, days: Any, longest: float, smooth: bool, out: Any) -> None:
    """Write the series with its short gaps filled, and the marks."""
    last = -1
    for t in range(series.size):
        out[0, t], out[1, t] = series[t], 0.0
        if np.isnan(series[t]):
            continue
        if last >= 0 and days[t] - days[last] <= longest:
            for gap in range(last + 1, t):
                out[0, gap], out[1, gap] = curve[gap], 1.0
        if smooth:
            out[0, t] = curve[t]
        last = t


@nb.njit(nogil=True, cache=True)
def _bend_matrix(steps: Any) -> Any:
    """Return the bands (3, time) of D'D, where D takes second divided differences."""
    n = steps.size + 1
    bands = np.zeros((3, n))
    for i in range(n - 2):
        before, after = steps[i], steps[i + 1]
        mean = (before + after) / 2
        row = (1 / (before * mean), -(1 / before + 1 / after) / mean, 1 / (after * mean))
        for j in range(3):
            for k in range(j, 3):
                bands[k - j, i + j] += row[j] * row[k]
    return bands


@nb.njit(nogil=True, cache=True)
def _solve_bands(bands: Any, right: Any) -> None:
    """Solve a symmetric positive system of five bands in place (L D L')."""
    n = right.size
    for i in range(n):
        for j in range(i + 1, min(i + 3, n)):
            factor = bands[j - i, i] / bands[0, i]
            right[j] -= factor * right[i]
            for k in range(j, min(i + 3, n)):
                bands[k - j, j] -= factor * bands[k - i, i]
    for i in range(n - 1, -1, -1):
        for j in range(i + 1, min(i + 3, n)):
            right[i] -= bands[j - i, i] * right[j]
        right[i] /= bands[0, i]


@nb.njit(nogil=True, cache=True)
def _by_whittaker(
    values: Any, days: Any, longest: float, smooth: bool, minimum: int, smoothness: float
) -> Any:
    """Return filled series and marks (2, time, column)."""
    steps, columns = values.shape
    out = np.zeros((2, steps, columns))
    lengths = np.diff(days)
    bends = _bend_matrix(lengths / np.median(lengths)) if steps > 1 else np.zeros((3, steps))
    bands, right = np.empty_like(bends), np.empty(steps)
    for x in range(columns):
        bands[:] = smoothness * bends
        count, mean = 0, 0.0
        for t in range(steps):
            if not np.isnan(values[t, x]):
                count += 1
                mean += (np.float64(values[t, x]) - mean) / count
        for t in range(steps):
            known = not np.isnan(values[t, x])
            right[t] = values[t, x] - mean if known else 0.0
            bands[0, t] += 1.0 if known else 0.0
        if count >= minimum:
            _solve_bands(bands, right)
            _mark(values[:, x], right + mean, days, longest, smooth, out[:, :, x])
        else:
            out[0, :, x] = values[:, x]
    return out


@nb.njit(nogil=True, cache=True)
def _by_harmonics(
    values: Any, days: Any, longest: float, smooth: bool, minimum: int, columns: Any
) -> Any:
    """Return filled series and marks (2, time, column)."""
    out = np.zeros((2, *values.shape))
    used = np.ones(values.shape[0], dtype=np.bool_)
    matrix, right = np.empty((columns.shape[1], columns.shape[1])), np.empty(columns.shape[1])
    for x in range(values.shape[1]):
        count = normal_equations(values[:, x], columns, used, matrix, right)
        if count >= minimum and solve(matrix, right):
            curve = np.zeros(values.shape[0])
            for i in range(right.size):
                curve += right[i] * columns[:, i]
            _mark(values[:, x], curve, days, longest, smooth, out[:, :, x])
        else:
            out[0, :, x] = values[:, x]
    return out
