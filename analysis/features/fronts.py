"""Weather fronts told from local anomalies by what the wide neighbourhood does at the same time.

A front warms or cools hundreds of kilometres at once; an anomaly of the ground does not. So each
departure is compared with the mean departure of a ring round it: far out enough to leave the
anomaly itself out, wide enough to see the weather. This is the spatial differential of the robust
satellite technique (Filizzola et al., 2022, doi:10.3390/rs14020381), with a ring of fixed size
instead of the mean of the whole scene.
"""

from __future__ import annotations

from typing import Any, Final

import dask.array as da
import numba as nb
import numpy as np
import xarray as xr
from numpy.typing import NDArray

EARTH_KM: Final = 6371.0088
_EVEN: Final = 1e-3  # of a step, by which an axis may be uneven
_MOST_PAIRS: Final = 2 * 10**8
_MEANINGS: Final = "calm front unknown"


def screen_fronts(
    departures: xr.DataArray,
    *,
    threshold: float,
    radius: float = 500.0,
    inner: float = 100.0,
    minimum: float = 0.25,
) -> xr.Dataset:
    """Take the weather out of departures, and blank them where a front passes.

    Parameters
    ----------
    departures : xarray.DataArray
        Departures from the norm of place and season, (time, latitude, longitude) on an evenly
        spaced grid, or (time, cell) with the coordinates ``longitude`` and ``latitude``.
    threshold : float
        A mean departure of the ring of more than this is a front; in the units of `departures`
        (for Z-scores, in standard deviations).
    radius, inner : float, optional
        Outer and inner radius of the ring, km. Cells whose centres lie between count.
    minimum : float, optional
        Share of the ring's area that must have values, from 0 to 1; with less nothing is known of
        the weather.

    Returns
    -------
    xarray.Dataset
        Lazy where `departures` is: ``local``, the departure minus the mean of the ring, missing
        where a front passes or nothing is known; ``surroundings``, the mean of the ring;
        ``front``, 0 calm, 1 front, 2 unknown (role ``quality``).

    Raises
    ------
    ValueError
        The axes are not those above, or a parameter cannot be.

    Examples
    --------
    The same warmth everywhere is weather, and nothing of it is left:

    >>> axis = {"latitude": np.arange(40, 56.0), "longitude": np.arange(60, 80.0)}
    >>> calm = xr.DataArray(np.zeros((1, 16, 20)), {"time": [0], **axis})
    >>> spot = calm.copy()
    >>> spot[0, 8, 10] = 6.0
    >>> warm = screen_fronts(calm + 6.0, threshold=3.0)
    >>> bool((warm.front == 1).all()), bool(warm.local.isnull().all())
    (True, True)
    >>> found = screen_fronts(spot, threshold=3.0)
    >>> bool((found.front == 0).all()), round(float(found.local[0, 8, 10]), 6)
    (True, 6.0)
    """
    if not threshold > 0:
        raise ValueError(f"The threshold of a front is {threshold!r}; a number above 0 is allowed.")
    mean = surroundings(departures, radius=radius, inner=inner, minimum=minimum)
    unknown = mean.isnull()
    passing = np.abs(mean) > threshold
    front = xr.where(unknown, 2, xr.where(passing, 1, 0)).astype(np.float32)
    local = (departures - mean).where(~unknown & ~passing)
    units = str(departures.attrs.get("units", ""))
    label = str(departures.attrs.get("long_name") or departures.name or "departure")
    stated = {"radius_km": radius, "inner_km": inner, "threshold": threshold, "minimum": minimum}
    local.attrs = {"units": units, "long_name": f"{label}, without the weather around", **stated}
    front.attrs = {
        "role": "quality",
        "units": "1",
        "long_name": "Weather front",
        "flag_values": np.array([0, 1, 2], dtype=np.int32),
        "flag_meanings": _MEANINGS,
        **stated,
    }
    return xr.Dataset({"local": local, "surroundings": mean, "front": front})


def surroundings(
    departures: xr.DataArray, *, radius: float = 500.0, inner: float = 100.0, minimum: float = 0.25
) -> xr.DataArray:
    """Mean of the values in a ring round each cell, weighted by area.

    Parameters
    ----------
    departures : xarray.DataArray
        As for :func:`screen_fronts`.
    radius, inner : float, optional
        Outer and inner radius, km; great circles. Grids round the globe are closed.
    minimum : float, optional
        Share of the ring's area that must have values.

    Returns
    -------
    xarray.DataArray
        Axes of `departures`; NaN where too little of the ring has values.

    Raises
    ------
    ValueError
        The axes are not those of :func:`screen_fronts`, or a parameter cannot be.

    Examples
    --------
    A value in the middle of the ring does not count:

    >>> axis = {"latitude": np.arange(40, 56.0), "longitude": np.arange(60, 80.0)}
    >>> data = xr.DataArray(np.ones((1, 16, 20)), {"time": [0], **axis})
    >>> data[0, 8, 10] = 1000.0
    >>> float(surroundings(data)[0, 8, 10])
    1.0
    """
    if not 0 <= inner < radius < 10_000:
        raise ValueError(f"The ring goes from {inner} to {radius} km; 0 <= inner < radius < 10000.")
    if not 0 < minimum <= 1:
        raise ValueError(f"The least share is {minimum}; above 0 and up to 1 is allowed.")
    if {"latitude", "longitude"} <= set(departures.dims):
        result = _on_grid(departures, radius, inner, minimum)
    elif "cell" in departures.dims and {"latitude", "longitude"} <= set(departures.coords):
        result = _on_cells(departures, radius, inner, minimum)
    else:
        raise ValueError(
            f"The dimensions are {departures.dims}; needed are latitude and longitude, or cell "
            "with the coordinates latitude and longitude."
        )
    label = str(departures.attrs.get("long_name") or departures.name or "departure")
    attrs = {"units": str(departures.attrs.get("units", ""))}
    attrs["long_name"] = f"{label}, mean from {inner:g} to {radius:g} km around"
    return result.assign_attrs(attrs).rename("surroundings")


def _on_grid(data: xr.DataArray, radius: float, inner: float, minimum: float) -> xr.DataArray:
    ordered = data.transpose(..., "latitude", "longitude")
    latitude = np.asarray(data["latitude"], dtype=float)
    longitude = np.asarray(data["longitude"], dtype=float)
    step, closed = _spacing(longitude, "longitude")
    _spacing(latitude, "latitude")
    outer_width = _half_widths(latitude, step, radius, longitude.size)
    inner_width = _half_widths(latitude, step, inner, longitude.size)
    weight = np.cos(np.radians(latitude))
    tables = (weight, outer_width, inner_width, closed, minimum)
    if ordered.chunks is None:
        return ordered.copy(data=_rings(np.asarray(ordered), *tables))
    whole = ordered.chunk({"latitude": -1, "longitude": -1})
    values = da.map_blocks(_rings, whole.data, *tables, dtype=np.float32)
    return whole.copy(data=values)


def _spacing(axis: NDArray[np.floating[Any]], name: str) -> tuple[float, bool]:
    steps = np.diff(axis)
    if axis.size < 2 or np.abs(steps - steps.mean()).max() > _EVEN * abs(steps.mean()):
        raise ValueError(f"The {name} is not evenly spaced; align the data to a grid first.")
    step = float(steps.mean())
    return abs(step), bool(abs(abs(step) * axis.size - 360.0) < 0.5 * abs(step))


def _half_widths(
    latitude: NDArray[np.floating[Any]], step: float, distance: float, columns: int
) -> NDArray[np.int32]:
    """Columns to each side within a distance, for each row and each other row; -1: none."""
    phi = np.radians(latitude)
    reach = np.sin(min(distance / EARTH_KM, np.pi) / 2) ** 2
    rest = reach - np.sin((phi[:, None] - phi[None]) / 2) ** 2
    scale = np.maximum(np.cos(phi)[:, None] * np.cos(phi)[None], 1e-12)
    share = np.clip(rest / scale, 0.0, 1.0)
    widths = np.floor(np.degrees(2 * np.arcsin(np.sqrt(share))) / step + 1e-9)
    return np.where(rest < 0, -1, np.minimum(widths, columns)).astype(np.int32)


def _rings(
    values: NDArray[Any],
    weight: NDArray[np.float64],
    outer: NDArray[np.int32],
    inner: NDArray[np.int32],
    closed: bool,
    minimum: float,
) -> NDArray[np.float32]:
    steps = values.reshape(-1, *values.shape[-2:]).astype(np.float64)
    result = np.empty(steps.shape, dtype=np.float32)
    for k in range(steps.shape[0]):
        _ring(steps[k], weight, outer, inner, closed, minimum, result[k])
    return result.reshape(values.shape)


@nb.njit(nogil=True, cache=True)
def _run(sums: NDArray[np.float64], first: int, last: int, closed: bool) -> float:
    """Sum the cells from `first` up to `last` of a row, round the globe where it is closed."""
    columns = sums.size - 1
    if closed and last - first >= columns:
        return float(sums[columns])
    total = 0.0
    if closed and first < 0:
        total += sums[columns] - sums[columns + first]
    if closed and last > columns:
        total += sums[last - columns]
    return float(total + sums[min(last, columns)] - sums[max(first, 0)])


@nb.njit(nogil=True, cache=True)
def _running(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum along the rows, running: values, good cells, all cells; (3, row, column + 1)."""
    rows, columns = values.shape
    sums = np.zeros((3, rows, columns + 1))
    for j in range(rows):
        for k in range(columns):
            good = np.isfinite(values[j, k])
            sums[0, j, k + 1] = sums[0, j, k] + (values[j, k] if good else 0.0)
            sums[1, j, k + 1] = sums[1, j, k] + (1.0 if good else 0.0)
            sums[2, j, k + 1] = k + 1
    return sums


@nb.njit(nogil=True, cache=True)
def _ring(
    values: NDArray[np.float64],
    weight: NDArray[np.float64],
    outer: NDArray[np.int32],
    inner: NDArray[np.int32],
    closed: bool,
    minimum: float,
    result: NDArray[np.float32],
) -> None:
    """Mean of the ring round each cell of one step, by running sums along the rows."""
    rows, columns = values.shape
    sums = _running(values)
    for i in range(rows):
        for k in range(columns):
            parts = np.zeros(3)  # values, area with values, whole area
            for j in range(rows):
                out, ins = outer[i, j], inner[i, j]
                if out < 0:
                    continue
                for m in range(3):
                    part = _run(sums[m, j], k - out, k + out + 1, closed)
                    if ins >= 0:
                        part -= _run(sums[m, j], k - ins, k + ins + 1, closed)
                    parts[m] += weight[j] * part
            enough = parts[1] > 1e-6 * weight[i] and parts[1] >= minimum * parts[2] - 1e-9
            result[i, k] = parts[0] / parts[1] if enough else np.nan


def _on_cells(data: xr.DataArray, radius: float, inner: float, minimum: float) -> xr.DataArray:
    matrix = _neighbours(
        np.asarray(data["longitude"], dtype=float),
        np.asarray(data["latitude"], dtype=float),
        radius,
        inner,
    )
    ordered = data.transpose(..., "cell")
    if ordered.chunks is None:
        return ordered.copy(data=_weigh(np.asarray(ordered), matrix, minimum))
    whole = ordered.chunk({"cell": -1})
    return whole.copy(data=da.map_blocks(_weigh, whole.data, matrix, minimum, dtype=np.float32))


def _neighbours(
    longitude: NDArray[np.floating[Any]],
    latitude: NDArray[np.floating[Any]],
    radius: float,
    inner: float,
) -> Any:
    """Sparse matrix (cell, cell): areas of the cells in the ring of each cell."""
    import scipy.sparse
    import scipy.spatial

    lon, lat = np.radians(longitude), np.radians(latitude)
    points = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)
    tree = scipy.spatial.cKDTree(points)
    far, near = (2 * np.sin(one / EARTH_KM / 2) for one in (radius, inner))
    pairs = int(tree.count_neighbors(tree, far))
    if pairs > _MOST_PAIRS:
        raise ValueError(
            f"{points.shape[0]} cells have {pairs:.1e} neighbours within {radius:g} km; up to "
            f"{_MOST_PAIRS:.0e} are held. Take a smaller radius, or a grid."
        )
    matrix = tree.sparse_distance_matrix(tree, far * (1 + 1e-12), output_type="coo_matrix")
    kept = matrix.data > near * (1 + 1e-12)
    areas = np.cos(lat)[matrix.col[kept]]
    shape = (points.shape[0], points.shape[0])
    return scipy.sparse.csr_matrix((areas, (matrix.row[kept], matrix.col[kept])), shape=shape)


def _weigh(values: NDArray[Any], matrix: Any, minimum: float) -> NDArray[np.float32]:
    flat = values.reshape(-1, values.shape[-1]).astype(np.float64)
    good = np.isfinite(flat)
    total = (matrix @ np.where(good, flat, 0.0).T).T
    area = (matrix @ good.astype(np.float64).T).T
    possible = np.asarray(matrix.sum(axis=1)).ravel()
    enough = (area > 0) & (area >= minimum * possible - 1e-9)
    mean = np.divide(total, area, out=np.full(flat.shape, np.nan), where=enough)
    return mean.reshape(values.shape).astype(np.float32)
