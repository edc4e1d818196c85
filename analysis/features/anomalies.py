"""How far values are from what is usual at their place and time of the year."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from analysis.features.blocks import along_time, attributes, float_type
from analysis.features.climatology import prepare, statistics
from analysis.features.pastyears import judge_by_past, past_windows
from analysis.yearly import MINIMUM, Base, Season, judge, period


def departure(
    data: xr.DataArray,
    norm: xr.Dataset | None = None,
    *,
    base: Base = None,
    window: int | None = None,
    by: str | None = None,
    minimum: int = MINIMUM,
    causal: bool = False,
    years: int | None = None,
) -> xr.DataArray:
    """Return the values minus the norm of their place and time of the year.

    Parameters
    ----------
    data
        Values with ``time``: (time, latitude, longitude), (time, cell) or any other order.
    norm
        From :func:`~analysis.features.climatology.climatology`; without one it is made of the
        data in the same pass (which is faster than to make it first).
    base, window, by, minimum
        Of the norm, as in :func:`~analysis.features.climatology.climatology`.
    causal
        True for features of forecasts: each value is judged by earlier years only (the same
        dates in all years before, never within half a year), so that no later value changes it.
    years
        With `causal`: so many years before at most; None for all.

    Returns
    -------
    xarray.DataArray
        Axes and units of the data; NaN where the value or its norm is missing. The attributes
        state the base period.

    Raises
    ------
    ValueError
        The base holds no step, a parameter is impossible or contradicts another, or the data
        have no times.

    Examples
    --------
    A constant added to all values changes nothing, and no later value changes an earlier result:

    >>> import pandas as pd
    >>> times = pd.date_range("2000-01-01", "2012-12-31", freq="MS")
    >>> values = np.random.default_rng(0).normal(size=(times.size, 2))
    >>> data = xr.DataArray(values, {"time": times}, ("time", "cell"))
    >>> bool(np.allclose(departure(data + 100), departure(data)))
    True
    >>> causal = departure(data, causal=True)
    >>> bool(np.isnan(causal[:60]).all()), bool(np.isfinite(causal[60:]).all())
    (True, True)
    >>> changed = data.where(data.time < np.datetime64("2010-01-01"), 99)
    >>> causal[:120].equals(departure(changed, causal=True)[:120])
    True
    """
    parameters = {"base": base, "window": window, "by": by, "minimum": minimum}
    result, stated = _judged(data, norm, parameters, causal, years, standard=False)
    units = str(data.attrs.get("units", ""))
    result.attrs = attributes(data, "Departure of {} from its norm", units, **stated)
    result.attrs["statistic"] = "departure"
    return result


def zscore(
    data: xr.DataArray,
    norm: xr.Dataset | None = None,
    *,
    base: Base = None,
    window: int | None = None,
    by: str | None = None,
    minimum: int = MINIMUM,
    causal: bool = False,
    years: int | None = None,
) -> xr.DataArray:
    """Return Z: the departure from the norm in standard deviations of that time of the year.

    Parameters
    ----------
    data, norm, base, window, by, minimum, causal, years
        As in :func:`departure`.

    Returns
    -------
    xarray.DataArray
        Axes of the data, no units; NaN where the value or its norm is missing, and where the
        base never changes (a deviation of 0 says nothing). The attributes state the base period.

    Raises
    ------
    ValueError
        The base holds no step, a parameter is impossible or contradicts another, or the data
        have no times.

    Examples
    --------
    Units do not matter, and each time of the year has mean 0 and deviation 1:

    >>> import pandas as pd
    >>> times = pd.date_range("2000-01-01", "2009-12-31", freq="MS")
    >>> values = np.random.default_rng(0).normal(size=(times.size, 2))
    >>> data = xr.DataArray(values, {"time": times}, ("time", "cell"))
    >>> z = zscore(data)
    >>> bool(np.allclose(zscore(data * 1.8 + 32), z))
    True
    >>> bool(np.allclose(z.groupby("time.month").std(ddof=1), 1))
    True
    """
    parameters = {"base": base, "window": window, "by": by, "minimum": minimum}
    result, stated = _judged(data, norm, parameters, causal, years, standard=True)
    result.attrs = attributes(data, "Z-score of {}", "1", **stated)
    result.attrs["statistic"] = "zscore"
    return result


def _judged(
    data: xr.DataArray,
    norm: xr.Dataset | None,
    parameters: dict[str, Any],
    causal: bool,
    years: int | None,
    *,
    standard: bool,
) -> tuple[xr.DataArray, dict[str, Any]]:
    """Return departures or Z, without attributes, and what is to be stated of the norm."""
    if years is not None and not causal:
        raise ValueError(f"years={years} needs causal=True.")
    if norm is not None:
        if causal or any(parameters[name] is not None for name in ("base", "window", "by")):
            raise ValueError("Give a norm, or its base, window and by, or causal=True; not both.")
        return _by_norm(data, norm, standard)
    season, options = prepare(data, **parameters)
    times = data["time"].to_numpy()
    options["standard"] = standard
    stated = {"base_period": period(times, parameters["base"]), "norm": season.words}
    kernel: Any = _judge_columns
    if causal:
        stated["base_period"] = f"earlier years, in {stated['base_period']}"
        if years is not None:
            stated["base_period"] = f"{years} years before, in {period(times, parameters['base'])}"
        windows = past_windows(times, season, years)
        options = {key: options[key] for key in ("used", "minimum", "standard")} | windows
        kernel = judge_by_past
    result = along_time(
        kernel, data, leading={"time": times.size}, dtype=float_type(data), options=options
    )
    return _like(data, result), stated


def _by_norm(
    data: xr.DataArray, norm: xr.Dataset, standard: bool
) -> tuple[xr.DataArray, dict[str, Any]]:
    """Judge by a norm that is there already."""
    if not isinstance(norm, xr.Dataset):
        raise ValueError(f"The norm is a {type(norm).__name__}; give what climatology returns.")
    missing = [name for name in ("mean", "std") if name not in norm]
    own = [name for name in ("month", "dayofyear", "hour") if name in norm.dims]
    if missing or not own:
        msg = f"The norm has {', '.join(map(str, norm)) or 'nothing'}; it must be what climatology "
        raise ValueError(msg + "returns: mean and std by month, dayofyear or hour.")
    by = "month" if own == ["month"] else "hour" if "hour" in own else "dayofyear"
    season = Season(by, hours=norm.sizes["hour"] if by == "hour" else 1)
    slots = season.slots(data["time"].to_numpy())
    both = [norm["mean"], *([norm["std"]] if standard else [])]
    places = [dim for dim in data.dims if dim != "time"]
    flat = [one.transpose(*own, *places) for one in both]
    for one in flat:
        for dim in places:
            if one.sizes[dim] != data.sizes[dim] or not _same_axis(one, data, dim):
                raise ValueError(f"The norm has another axis {dim!r} than the data.")
    result = along_time(
        _judge_by_norm,
        data,
        *flat,
        leading={"time": slots.size},
        dtype=float_type(data),
        options={"slots": slots},
    )
    stated = {key: norm.attrs[key] for key in ("base_period", "norm") if key in norm.attrs}
    return _like(data, result), stated


def _same_axis(one: xr.DataArray, other: xr.DataArray, dim: Any) -> bool:
    if dim not in one.coords or dim not in other.coords:
        return True
    return bool(np.array_equal(one[dim].to_numpy(), other[dim].to_numpy()))


def _like(data: xr.DataArray, result: xr.DataArray) -> xr.DataArray:
    """Return a result with the axes, coordinates and name of the data."""
    return result.assign_coords(data.coords).transpose(*data.dims).rename(data.name)


def _judge_columns(
    values: NDArray[Any],
    slots: NDArray[np.int64],
    used: NDArray[np.bool_],
    season: Season,
    minimum: int,
    standard: bool,
) -> NDArray[Any]:
    """Make the norm of some columns and judge them by it."""
    mean, spread, _ = statistics(values, slots, used, season, minimum)
    return _write(values, slots, mean, spread if standard else spread[:0])


def _judge_by_norm(
    values: NDArray[Any],
    mean: NDArray[Any],
    *spread: NDArray[Any],
    slots: NDArray[np.int64],
) -> NDArray[Any]:
    """Judge some columns by a norm (own axes, column)."""
    columns = values.shape[1]
    found = np.asarray(mean, dtype=np.float64).reshape(-1, columns)
    wide = np.asarray(spread[0] if spread else found[:0], dtype=np.float64)
    return _write(values, slots, found, wide.reshape(-1, columns))


def _write(values: NDArray[Any], slots: Any, mean: Any, spread: Any) -> NDArray[Any]:
    kind = np.float32 if values.dtype == np.float32 else np.float64
    out = np.empty(values.shape, kind)
    judge(values, slots, mean, spread, out)
    return out
