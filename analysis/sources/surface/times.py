"""When a value was observed: from local solar time to UTC.

MODIS Land Surface Temperature Products Users' Guide (Wan, collection 6): local solar time is UTC
plus longitude / 15 hours, brought into 0 to 24.
"""

from __future__ import annotations

import xarray as xr


def observation_times(ds: xr.Dataset, name: str) -> xr.DataArray:
    """Moment of each observation of a daily product.

    Parameters
    ----------
    ds : xarray.Dataset
        As `open_source` gives it, (time, latitude, longitude), opened with the layer
        ``<name>_view_time``.
    name : str
        Variable, for example ``lst_day``.

    Returns
    -------
    xarray.DataArray
        datetime64, UTC, lazy; NaT where nothing was observed. Local solar times are brought to the
        UTC day of the file.

    Raises
    ------
    ValueError
        There is no layer of view times, or it does not say in which time it is.

    Examples
    --------
    At 75 degrees east, eleven in the morning by the sun is six in UTC:

    >>> import numpy as np
    >>> hours = xr.DataArray(
    ...     [[[11.0]]],
    ...     dims=("time", "latitude", "longitude"),
    ...     coords={"time": np.array(["2020-07-01"], "M8[ns]"), "longitude": [75.0]},
    ... )
    >>> hours.attrs["time_system"] = "local solar time"
    >>> found = observation_times(xr.Dataset({"lst_day_view_time": hours}), "lst_day")
    >>> str(found.values.ravel()[0])[:16]
    '2020-07-01T06:00'
    """
    layer = f"{name}_view_time"
    if layer not in ds:
        raise ValueError(f"There is no {layer!r}; open the source with this layer.")
    hours = ds[layer]
    system = hours.attrs.get("time_system")
    if system not in ("UTC", "local solar time"):
        raise ValueError(
            f"{layer!r} states the time system {system!r}; UTC or local solar time fit."
        )
    utc = hours if system == "UTC" else (hours - ds["longitude"] / 15.0) % 24.0
    seconds = (utc * 3600.0).round()
    there = seconds.notnull()
    whole = seconds.fillna(0).astype("int64").astype("timedelta64[s]").astype("timedelta64[ns]")
    moments = (ds["time"] + whole).where(there)
    moments.attrs = {"long_name": f"Time of observation of {name} (UTC)"}
    return moments.transpose("time", ...)
