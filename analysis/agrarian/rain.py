"""Monthly precipitation of units, as the standardised precipitation index takes it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from analysis.agrarian.drought import standardised_precipitation_index

LEAST = 0.8
"""Share of the days of a month that must have a value."""


def monthly_totals(series: xr.Dataset, variable: str = "mean") -> xr.DataArray:
    """Add precipitation up to whole calendar months, the first one a January.

    Parameters
    ----------
    series : xarray.Dataset
        With `variable` (unit, time) in mm a step, for example of
        :func:`analysis.agrarian.unit_series`; steps of a month or shorter.
    variable : str
        Which variable.

    Returns
    -------
    xarray.DataArray
        (unit, time), mm; ``time`` is the first day of each month; NaN where more than a fifth of
        the month has no value (what is missing otherwise is made up for in proportion).

    Raises
    ------
    ValueError
        The steps are longer than a month.

    Examples
    --------
    >>> time = pd.date_range("2001-02-01", "2001-12-31", freq="D", unit="ns")
    >>> rain = xr.Dataset({"mean": (("unit", "time"), np.ones((1, len(time))))}, {"time": time})
    >>> monthly_totals(rain)[0, :4].to_numpy()
    array([nan, 28., 31., 30.])
    """
    time = pd.DatetimeIndex(series["time"].to_numpy())
    gaps = np.diff(time.to_numpy()).astype("timedelta64[s]").astype(float) / 86_400.0
    step = float(np.median(gaps)) if gaps.size else 31.0
    if step > 32:
        raise ValueError(f"The steps are {step:g} days long; a month at most is allowed.")
    values = series[variable].transpose("unit", "time").to_numpy()
    frame = pd.DataFrame(values.T, index=time.to_period("M"))
    grouped = frame.groupby(level=0)
    first = pd.Period(f"{time[0].year}-01", "M")
    months = pd.period_range(first, time[-1].to_period("M"), freq="M")
    total = grouped.sum(min_count=1).reindex(months)
    if step < 27:
        share = grouped.count().reindex(months).mul(step).div(months.days_in_month, axis=0)
        total = total.div(share.clip(upper=1.0)).where(share >= LEAST)
    out = xr.DataArray(
        total.to_numpy().T,
        {"time": months.to_timestamp().to_numpy()},
        ("unit", "time"),
        "precipitation",
        {"units": "mm"},
    )
    return out.assign_coords(unit=series["unit"]) if "unit" in series.coords else out


def precipitation_index(series: xr.Dataset, months: int = 3) -> xr.DataArray:
    """Give the SPI of every unit and month.

    Parameters
    ----------
    series : xarray.Dataset
        As in :func:`monthly_totals`.
    months : int
        Months added up.

    Returns
    -------
    xarray.DataArray
        (unit, time), standard deviations; ``time`` is the first day of the last of the months.

    Raises
    ------
    ValueError
        Fewer than ten years, or no precipitation.

    Notes
    -----
    McKee, Doesken and Kleist (1993); see
    :func:`analysis.agrarian.drought.standardised_precipitation_index`.

    Examples
    --------
    >>> time = pd.date_range("1991-01-01", periods=240, freq="MS", unit="ns")
    >>> rain = np.random.default_rng(3).gamma(2.0, 20.0, (1, 240))
    >>> rain[0, 239] = 0.0  # a month without a drop
    >>> series = xr.Dataset({"mean": (("unit", "time"), rain)}, {"unit": ["a"], "time": time})
    >>> bool(precipitation_index(series, 1)[0, 239] < -1.5)
    True
    """
    totals = monthly_totals(series)
    return totals.copy(
        data=standardised_precipitation_index(totals.to_numpy().T, months).T
    ).assign_attrs(units="1", long_name=f"SPI of {months} months", months=months)
