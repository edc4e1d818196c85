"""Anomaly of a grid of the ionosphere against quiet days, screened from space weather."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import dask.array as da
import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from analysis.seismic.ionosphere.conditions import Conditions, unmet
from analysis.seismic.ionosphere.disturbance import Limits, disturbed
from analysis.seismic.ionosphere.quiettime import QuietDays, judge, quiet_steps
from analysis.seismic.ionosphere.reasons import DISTURBED, REASONS, flag_attrs

STATISTICS: Final = ("z", "ratio")
_BLOCK_BYTES: Final = 32 * 1024**2


def screen_grid(
    values: xr.DataArray,
    indices: Mapping[str, pd.Series],
    *,
    limits: Limits | None = None,
    reference: QuietDays | None = None,
    conditions: Conditions | None = None,
    statistic: str = "z",
) -> xr.Dataset:
    """Judge each value against the quiet days before it; set aside what space weather moved.

    Parameters
    ----------
    values : xarray.DataArray
        (time, latitude, longitude), for example total electron content; several steps to a day.
    indices : mapping
        Kp, Dst and F10.7, from :func:`activity`.
    limits : Limits, optional
        Up to where it is quiet.
    reference : QuietDays, optional
        Which days make the reference.
    conditions : Conditions, optional
        Local time, light and magnetic latitude.
    statistic : str, optional
        "z": distance from the reference in spreads; "ratio": in parts of the reference.

    Returns
    -------
    xarray.Dataset
        Lazy, (time, latitude, longitude): ``<name>_anomaly`` (NaN where set aside),
        ``<name>_anomaly_quality`` (why, bits of `REASONS`), ``<name>_reference``,
        ``<name>_spread`` and ``<name>_anomaly_count`` (quiet days in the reference). The
        attributes say what the reference is.

    Raises
    ------
    ValueError
        Unknown choices, limits without values, or dimensions that are missing.

    Notes
    -----
    The whole time of a block of cells is in memory at once; blocks have about 32 MiB. The spread is
    1.4826 times the median of the distances from the median, the unbiased one of normal values.

    Examples
    --------
    Sixteen days that are alike but for the last, and quiet:

    >>> times = pd.date_range("2020-01-01", periods=16)
    >>> tec = xr.DataArray(
    ...     np.full((16, 1, 1), 20.0, np.float32),
    ...     {"time": times, "latitude": [43.0], "longitude": [77.0]},
    ...     ("time", "latitude", "longitude"),
    ...     "tec",
    ... )
    >>> tec[15] = 26.0
    >>> hours = pd.date_range("2019-12-25", periods=700, freq="h")
    >>> quiet = {name: pd.Series(value, hours) for name, value in (("kp", 1.0), ("dst", -5.0))}
    >>> judged = screen_grid(tec, quiet, limits=Limits(f107=None), statistic="ratio")
    >>> judged["tec_anomaly"].values[[3, 14, 15], 0, 0].round(3).tolist()
    [nan, 0.0, 0.3]
    """
    _check(values, statistic)
    name = str(values.name or "value")
    limits, reference = limits or Limits(), reference or QuietDays()
    floor = reference.floor
    times = values["time"].values.astype("datetime64[ns]")
    bits = disturbed(times, indices, limits)
    earlier = quiet_steps(times, (bits & DISTURBED) == 0, reference)
    data = _time_major(values)
    judged = da.map_blocks(
        _judge_block,
        data,
        earlier,
        reference.days,
        reference.least,
        dtype=np.float32,
        new_axis=0,
        chunks=((3,), *data.chunks),
        meta=np.empty((0, 0, 0, 0), np.float32),
    )
    middle, spread, count = judged[0], judged[1], judged[2]
    flags = da.map_blocks(
        _flag_block,
        data,
        middle,
        *_axes(values, data.chunks, bits),
        conditions=conditions or Conditions(),
        dtype=np.int16,
        meta=np.empty((0, 0, 0), np.int16),
    )
    away = data - middle
    if statistic == "z":
        least = da.maximum(floor[0] * da.fabs(middle), floor[1])
        anomaly = away / da.maximum(spread, least)
    else:
        anomaly = away / da.where(da.fabs(middle) > floor[1], middle, np.nan)
    anomaly = da.where(flags == 0, anomaly, np.nan).astype(np.float32)
    told = {
        "reference": reference.words(),
        "limits": f"Kp {limits.kp}, Dst {limits.dst}, F10.7 {limits.f107}: (limit, hours before)",
        "statistic": statistic,
        "magnetic_latitude": "geomagnetic (centred dipole of IGRF-14)",
    }
    units = str(values.attrs.get("units", "1"))
    dims = ("time", "latitude", "longitude")
    made = {
        f"{name}_anomaly": (anomaly, {"units": "1", "long_name": f"Anomaly of {name}", **told}),
        f"{name}_anomaly_quality": (flags, flag_attrs()),
        f"{name}_reference": (middle, {"units": units, "long_name": f"Quiet {name}"}),
        f"{name}_spread": (spread, {"units": units, "long_name": f"Spread of quiet {name}"}),
        f"{name}_anomaly_count": (
            count.astype(np.int16),
            {"units": "1", "role": "count", "long_name": "Quiet days in the reference"},
        ),
    }
    for key in ("source", "simulated"):
        if key in values.attrs:
            for _, attrs in made.values():
                attrs[key] = values.attrs[key]
    coords = {dim: values[dim] for dim in dims}
    return xr.Dataset({key: (dims, *one) for key, one in made.items()}, coords=coords)


def _check(values: xr.DataArray, statistic: str) -> None:
    missing = {"time", "latitude", "longitude"} ^ set(values.dims)
    if missing:
        dims = ", ".join(map(str, values.dims))
        raise ValueError(f"The grid has the dimensions {dims}, not time, latitude, longitude.")
    if statistic not in STATISTICS:
        raise ValueError(f"The statistic {statistic!r} is unknown; it is one of z, ratio.")


def _time_major(values: xr.DataArray) -> da.Array:
    """Put all times of a few cells into each block."""
    plain = values.transpose("time", "latitude", "longitude")
    data = da.asarray(plain.data).astype(np.float32)
    rows = max(1, _BLOCK_BYTES // (4 * max(1, data.shape[0]) * max(1, data.shape[2])))
    return data.rechunk((-1, min(rows, data.shape[1]), -1))


def _axes(values: xr.DataArray, chunks: Any, bits: NDArray[np.int16]) -> tuple[da.Array, ...]:
    """Return times, bits, latitudes and longitudes in blocks that go with those of the data."""
    times = values["time"].values.astype("datetime64[ns]").astype(np.int64)
    latitude, longitude = values["latitude"].values, values["longitude"].values
    return (
        da.from_array(times[:, None, None], chunks=(-1, 1, 1)),
        da.from_array(bits[:, None, None], chunks=(-1, 1, 1)),
        da.from_array(latitude[None, :, None], chunks=(1, chunks[1], 1)),
        da.from_array(longitude[None, None, :], chunks=(1, 1, -1)),
    )


def _judge_block(
    block: NDArray[np.float32], earlier: NDArray[np.int32], days: int, least: int
) -> NDArray[np.float32]:
    flat = np.ascontiguousarray(block.reshape(block.shape[0], -1))
    return np.asarray(judge(flat, earlier, days, least)).reshape(3, *block.shape)


def _flag_block(
    data: NDArray[np.float32],
    middle: NDArray[np.float32],
    times: NDArray[np.int64],
    bits: NDArray[np.int16],
    latitude: NDArray[np.float64],
    longitude: NDArray[np.float64],
    *,
    conditions: Conditions,
) -> NDArray[np.int16]:
    """Gather the reasons for which values of a block are set aside."""
    flags = np.broadcast_to(bits, data.shape).astype(np.int16)
    flags[~np.isfinite(data)] |= REASONS["no_value"]
    flags[~np.isfinite(middle)] |= REASONS["few_quiet_days"]
    if times.size:
        flags |= unmet(times.astype("datetime64[ns]"), latitude, longitude, conditions)
    return flags
