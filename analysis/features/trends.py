"""Linear trends with their errors: least squares, with a yearly course, and Theil-Sen."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from analysis.features.blocks import along_time, attributes, check_array
from analysis.features.derivatives import DAYS, ascending_days, rate_units
from analysis.features.leastsquares import design, fit_columns
from analysis.features.theilsen import slopes
from analysis.yearly import Base, base_mask

METHODS: Final = ("least-squares", "theil-sen")
_NAMES = ("slope", "stderr", "low", "high", "count")


def trend(
    data: xr.DataArray,
    *,
    method: str = "least-squares",
    per: str = "year",
    harmonics: int = 0,
    autocorrelation: bool = False,
    minimum: int = 10,
    base: Base = None,
) -> xr.Dataset:
    """Return the linear trend of each place and its standard error.

    Parameters
    ----------
    data
        Values with ``time``: (time, latitude, longitude), (time, cell) or any other order.
    method
        "least-squares", or "theil-sen": the median of the slopes of all pairs of values, which
        29 per cent of outliers do not upset (Sen 1968, doi:10.1080/01621459.1968.10480934).
    per
        Unit of time of the slope: "year", "month", "day" or "hour".
    harmonics
        Waves of a year fitted together with the line by least squares: 2 for a yearly course
        (once and twice a year), as data of parts of years need it.
    autocorrelation
        True widens the errors because neighbouring values are not independent: the number of
        values n becomes n (1 - r) / (1 + r), where r is the correlation of the residuals of
        neighbouring steps (Santer et al. 2000, doi:10.1029/1999JD901105). Steps should be even.
    minimum
        Valid values below which there is no trend; more than the number of parameters.
    base
        First and last year, month or day that count, both included; None for all.

    Returns
    -------
    xarray.Dataset
        For each place: ``slope``, ``stderr`` (one standard error), ``low`` and ``high`` (limits
        of 95 per cent), in the units of the data per unit of time; ``count`` of the values.
        Theil-Sen's limits are Sen's, from the ranks of the slopes, and its ``stderr`` is their
        distance divided by 2 x 1.96.

    Raises
    ------
    ValueError
        A parameter is impossible, the base holds no step, or the times do not ascend.

    Examples
    --------
    >>> import pandas as pd
    >>> times = pd.date_range("2000-01-01", periods=120, freq="MS")
    >>> years = (times - times[0]).days.to_numpy() / 365.2425
    >>> line = xr.DataArray(3 * years, {"time": times}, ("time",), attrs={"units": "mm"})
    >>> found = trend(line)
    >>> round(float(found["slope"]), 6), found["slope"].attrs["units"]
    (3.0, 'mm/year')

    Outliers do not move Theil-Sen:

    >>> line[7] = 1e6
    >>> bool(abs(trend(line, method="theil-sen")["slope"] - 3) < 0.01)
    True
    """
    _check(method, per, harmonics, minimum)
    check_array(data)
    times = data["time"].to_numpy()
    days = ascending_days(times)
    used = base_mask(times, base)
    options: dict[str, Any] = {"used": used, "minimum": minimum, "correlated": autocorrelation}
    kernel: Any = _theil_sen
    if method == "least-squares":
        kernel = _least_squares
        options["columns"] = design(days, DAYS[per], harmonics)
    else:
        options["times"] = days / DAYS[per]
    result = along_time(kernel, data, leading={"statistic": len(_NAMES)}, options=options)
    units = rate_units(data, per)
    words = {
        "slope": "Trend of {}",
        "stderr": "Standard error of the trend of {}",
        "low": "Lower limit (95 %) of the trend of {}",
        "high": "Upper limit (95 %) of the trend of {}",
        "count": "Values of {}",
    }
    parts = {}
    for number, name in enumerate(_NAMES):
        one = result.isel(statistic=number, drop=True)
        one = one.astype(np.int32) if name == "count" else one
        one.attrs = attributes(data, words[name], "1" if name == "count" else units)
        parts[name] = one
    stated = {"method": method, "harmonics": harmonics, "autocorrelation": str(autocorrelation)}
    return xr.Dataset(parts, attrs={**stated, "variable": str(data.name or "")})


def _check(method: str, per: str, harmonics: int, minimum: int) -> None:
    if method not in METHODS:
        raise ValueError(f"method={method!r} is unknown; it is one of {', '.join(METHODS)}.")
    if per not in DAYS:
        raise ValueError(f"per={per!r} is no unit of time here; it is one of {', '.join(DAYS)}.")
    if not isinstance(harmonics, int | np.integer) or not 0 <= harmonics <= 6:
        raise ValueError(f"harmonics={harmonics!r}; it is a whole number from 0 to 6.")
    if harmonics and method == "theil-sen":
        message = "method='theil-sen' fits no yearly course; take the trend of the departures "
        raise ValueError(message + "(analysis.features.departure) instead.")
    least = 3 + 2 * harmonics
    if not isinstance(minimum, int | np.integer) or minimum < least:
        message = f"The minimum is {minimum!r} values; with {harmonics} harmonics it is "
        raise ValueError(message + f"a whole number of {least} or more.")


def _least_squares(
    values: NDArray[Any],
    used: NDArray[np.bool_],
    minimum: int,
    correlated: bool,
    columns: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return slope, error, limits and number (5, column)."""
    from scipy import stats

    slope, error, free, count = fit_columns(values, columns, used, minimum, correlated)
    with np.errstate(invalid="ignore"):
        wide = stats.t.ppf(0.975, np.where(free > 0, free, np.nan)) * error
    return np.stack([slope, error, slope - wide, slope + wide, count])


def _theil_sen(
    values: NDArray[Any],
    used: NDArray[np.bool_],
    minimum: int,
    correlated: bool,
    times: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return slope, error, limits and number (5, column)."""
    slope, low, high, count = slopes(values, times, used, minimum, correlated)
    return np.stack([slope, (high - low) / (2 * 1.959964), low, high, count])
