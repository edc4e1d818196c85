"""What is local in an anomaly: less the anomaly of all places in like light and magnetic latitude.

Storms, and the slow changes of the sun since the days of the reference, move whole belts of the
ionosphere at once. The median of a belt in a sector of local time is theirs; what is left of a
value is its own.
"""

from __future__ import annotations

from typing import Any, Final

import dask.array as da
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from analysis.seismic.ionosphere.magnetic import dipole_latitude
from analysis.seismic.ionosphere.sunlight import local_time

_BLOCK_BYTES: Final = 32 * 1024**2


def local_part(
    anomaly: xr.DataArray, *, band: float = 20.0, sector: float = 6.0, least: int = 12
) -> xr.DataArray:
    """Take from each value the median of its belt at that time.

    Parameters
    ----------
    anomaly : xarray.DataArray
        (time, latitude, longitude), from `screen_grid`; NaN is set aside. The grid must span more
        than the anomalies that are looked for: the globe, or a continent.
    band : float, optional
        Width of the belts, degrees of geomagnetic (dipole) latitude.
    sector : float, optional
        Width of the sectors of local time, hours.
    least : int, optional
        Fewest values in a belt and sector; with less the value is NaN.

    Returns
    -------
    xarray.DataArray
        (time, latitude, longitude), lazy, in the units of the anomaly.

    Raises
    ------
    ValueError
        A width that does not part the globe, or dimensions that are missing.

    Examples
    --------
    What all places share vanishes, and what one has alone stays:

    >>> axes = {
    ...     "time": np.array(["2020-01-01T12"], "datetime64[ns]"),
    ...     "latitude": np.arange(-80, 81, 10.0),
    ...     "longitude": np.arange(-180, 180, 10.0),
    ... }
    >>> shared = xr.DataArray(np.full((1, 17, 36), 4.0, np.float32), axes, tuple(axes))
    >>> shared.loc[{"latitude": 40, "longitude": 70}] += 3
    >>> out = local_part(shared)
    >>> float(out.sel(latitude=40, longitude=70)[0]), float(abs(out).sum())
    (3.0, 3.0)
    """
    missing = {"time", "latitude", "longitude"} ^ set(anomaly.dims)
    if missing:
        dims = ", ".join(map(str, anomaly.dims))
        raise ValueError(f"The grid has the dimensions {dims}, not time, latitude, longitude.")
    if not 0 < band <= 90 or not 0 < sector <= 24 or least < 1:
        raise ValueError(
            f"Belts of {band:g} degrees, sectors of {sector:g} hours and at least {least} values "
            "cannot be; allowed are 0 to 90, 0 to 24 and 1 or more."
        )
    plain = anomaly.transpose("time", "latitude", "longitude")
    latitude, longitude = plain["latitude"].values, plain["longitude"].values
    times = plain["time"].values.astype("datetime64[ns]")
    data = da.asarray(plain.data).astype(np.float32)
    steps = max(1, _BLOCK_BYTES // (4 * latitude.size * longitude.size))
    data = data.rechunk((min(steps, max(1, data.shape[0])), -1, -1))
    stamps = da.from_array(times.astype(np.int64)[:, None, None], chunks=(data.chunks[0], 1, 1))
    out = da.map_blocks(
        _less_common,
        data,
        stamps,
        latitude=latitude,
        longitude=longitude,
        widths=(band, sector),
        least=least,
        dtype=np.float32,
        meta=np.empty((0, 0, 0), np.float32),
    )
    told = {
        **anomaly.attrs,
        "long_name": f"{anomaly.attrs.get('long_name', 'Anomaly')}, local part",
        "common_part": f"median of belts of {band:g} degrees and sectors of {sector:g} hours",
    }
    return xr.DataArray(out, plain.coords, plain.dims, anomaly.name, told)


def _less_common(
    block: NDArray[np.float32],
    stamps: NDArray[np.int64],
    *,
    latitude: NDArray[Any],
    longitude: NDArray[Any],
    widths: tuple[float, float],
    least: int,
) -> NDArray[np.float32]:
    """Subtract the medians of the groups of each time of a block."""
    if not block.size:
        return block
    times = stamps[:, 0, 0].astype("datetime64[ns]")
    magnetic = dipole_latitude(latitude[:, None], longitude[None, :], times[0])
    belts = np.floor((magnetic + 90) / widths[0]).astype(np.int64)
    sectors = np.floor(local_time(times[:, None], longitude[None, :]) / widths[1]).astype(np.int64)
    many = int(np.ceil(24 / widths[1]))
    groups = int(belts.max() + 1) * many
    out = np.empty_like(block)
    for step, values in enumerate(block):
        member = belts * many + sectors[step]
        out[step] = values - _medians(values, member, groups, least)[member]
    return out


def _medians(
    values: NDArray[np.float32], member: NDArray[np.int64], groups: int, least: int
) -> NDArray[np.float32]:
    """Median of each group of cells; NaN of too few."""
    known = np.isfinite(values)
    ours, theirs = values[known], member[known]
    ordered = ours[np.lexsort((ours, theirs))]
    counts = np.bincount(theirs, minlength=groups)
    full = counts >= least
    first = (np.cumsum(counts) - counts)[full]
    low, high = first + (counts[full] - 1) // 2, first + counts[full] // 2
    out = np.full(groups, np.nan, np.float32)
    out[full] = 0.5 * (ordered[low] + ordered[high])
    return out
