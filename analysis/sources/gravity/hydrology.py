"""Gravity without the water on land: a hydrological model taken off, whatever its grid."""

from __future__ import annotations

from typing import Any, Final

import dask.array as da
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from analysis.sources.units import conversion

Floats = NDArray[np.float64]

BASE: Final = ("2004-01-01", "2009-12-31")
"""Period whose mean is zero in the grids of JPL, CSR and GFZ (2004.0 to 2009.999)."""

_COVERED: Final = 0.9  # share of a month that a model must have
_HEIGHT: Final = 0.5  # share of a cell that must have values of the model


def remove_hydrology(
    gravity: xr.Dataset,
    model: xr.Dataset,
    *,
    variable: str | None = None,
    base: tuple[str, str] = BASE,
    missing: str = "nan",
) -> xr.Dataset:
    """Subtract the water of a model from equivalent water heights.

    The model is averaged over the true span of each month of gravity and over the area of each
    of its cells, its mean in the base period is taken off, and what is left is subtracted.

    Parameters
    ----------
    gravity : xarray.Dataset
        Normalised: ``lwe_thickness`` (time, latitude, longitude) in cm, ``time_bounds``.
    model : xarray.Dataset
        Normalised, on any regular grid: water on land in a unit of height (mm, cm, m; kg m-2 is
        mm), with ``time_bounds``.
    variable : str, optional
        Which variable of the model; may be left out where it has one.
    base : (str, str), optional
        First and last day of the period of whose mean the gravity is the departure.
    missing : {"nan", "zero"}, optional
        Cells without values of the model (the sea): missing, or without water.

    Returns
    -------
    xarray.Dataset
        As `gravity`, lazy, ``lwe_thickness`` without the water; months of which the model has
        less than nine tenths are missing.

    Raises
    ------
    ValueError
        No or several variables, no unit of height, no month of the model in the base period.

    Examples
    --------
    Where all mass is the water of the model, nothing is left:

    >>> from analysis.sources.normalise import normalise
    >>> times = np.arange("2004-01", "2006-01", dtype="datetime64[M]").astype("datetime64[ns]")
    >>> level = np.sin(np.arange(24.0))[:, None, None] * np.ones((24, 2, 4))
    >>> dims, axes = (
    ...     ("time", "lat", "lon"),
    ...     {"lat": [-45.0, 45.0], "lon": [0.0, 90.0, 180.0, 270.0]},
    ... )
    >>> water = xr.Dataset({"tws": (dims, level * 10, {"units": "mm"})}, {"time": times, **axes})
    >>> level = level - level.mean(axis=0)
    >>> mass = xr.Dataset(
    ...     {"lwe_thickness": (dims, level, {"units": "cm"})}, {"time": times, **axes}
    ... )
    >>> left = remove_hydrology(normalise(mass), normalise(water))
    >>> bool(abs(left.lwe_thickness).max() < 1e-6)
    True
    """
    if missing not in ("nan", "zero"):
        raise ValueError(f"missing is {missing!r}; allowed are nan, zero.")
    water = _water(model, variable)
    shares = time_shares(gravity["time_bounds"].values, model["time_bounds"].values)
    rows = _cell_shares(np.sin(np.radians(_edges(water, "latitude"))), _sines(gravity), None)
    columns = _cell_shares(_edges(water, "longitude"), _edges(gravity, "longitude"), 360.0)
    values = da.asarray(water.data).rechunk({0: "auto", 1: -1, 2: -1})
    regridded = da.map_blocks(
        _regrid,
        values,
        rows=rows,
        columns=columns,
        dtype=np.float64,
        chunks=(values.chunks[0], rows.shape[0], columns.shape[0]),
        meta=np.empty((0, 0, 0)),
    )
    monthly = _average(regridded, shares)
    known = np.isfinite(shares).all(axis=1) & (shares.sum(axis=1) > 0)
    start, end = (np.datetime64(day, "ns") for day in base)
    times = gravity["time"].values
    inside = known & (times >= start) & (times < end + np.timedelta64(1, "D"))
    if not inside.any():
        raise ValueError(
            f"The model has no month of gravity between {base[0]} and {base[1]}; give the base "
            "period of whose mean both are departures."
        )
    level = monthly - da.nanmean(monthly[np.flatnonzero(inside)], axis=0)[None]
    if missing == "zero":
        level = da.where(da.isnan(level) & known[:, None, None], 0.0, level)
    out = gravity.copy()
    mass = gravity["lwe_thickness"]
    rest = da.asarray(mass.data) - level.rechunk(da.asarray(mass.data).chunks)
    out["lwe_thickness"] = (mass.dims, rest.astype(np.float32), dict(mass.attrs))
    out["lwe_thickness"].attrs["comment"] = f"without {water.name} of a hydrological model"
    return out


def _water(model: xr.Dataset, variable: str | None) -> xr.DataArray:
    names = [str(n) for n in model.data_vars if n != "time_bounds"]
    if variable is None:
        if len(names) != 1:
            raise ValueError(
                f"The model has {len(names)} variables ({', '.join(names)}); name one."
            )
        variable = names[0]
    if variable not in names:
        raise ValueError(f"The model has no variable {variable!r}; it has {', '.join(names)}.")
    data = model[variable]
    factor, offset = conversion(str(data.attrs.get("units", "")), "cm")
    return (data * factor + offset).rename(variable)


def time_shares(months: NDArray[Any], steps: NDArray[Any]) -> Floats:
    """Weights with which steps of a model make the means of months.

    Parameters
    ----------
    months, steps : numpy.ndarray of datetime64
        Start and end, ``(month, 2)`` and ``(step, 2)``.

    Returns
    -------
    numpy.ndarray
        ``(month, step)``; a row sums up to 1, or is NaN where the steps cover less than nine
        tenths of the month.

    Examples
    --------
    >>> days = np.arange("2004-01-01", "2004-01-12", dtype="datetime64[D]")
    >>> steps = np.stack([days[:-1:5], days[5::5]], axis=1)
    >>> time_shares(days[[[3, 7]]], steps).tolist()
    [[0.5, 0.5]]
    """
    a, b = (one.astype("datetime64[s]").astype(np.float64) for one in (months, steps))
    shared = np.minimum(a[:, None, 1], b[None, :, 1]) - np.maximum(a[:, None, 0], b[None, :, 0])
    shared = np.clip(shared, 0.0, None)
    length = a[:, 1] - a[:, 0]
    total = shared.sum(axis=1)
    enough = (total >= _COVERED * length) & (total > 0)
    share = shared / np.where(enough, total, 1.0)[:, None]
    return np.where(enough[:, None], share, np.nan)


def _edges(data: xr.Dataset | xr.DataArray, axis: str) -> Floats:
    centres = data[axis].values.astype(np.float64)
    if centres.size < 2:
        raise ValueError(f"The grid has one {axis}; two or more are wanted.")
    middle = (centres[1:] + centres[:-1]) / 2
    ends = [centres[:1] * 1.5 - centres[1:2] / 2, centres[-1:] * 1.5 - centres[-2:-1] / 2]
    edges = np.concatenate([ends[0], middle, ends[1]])
    return np.clip(edges, -90.0, 90.0) if axis == "latitude" else edges


def _sines(data: xr.Dataset) -> Floats:
    return np.sin(np.radians(_edges(data, "latitude")))


def _cell_shares(source: Floats, target: Floats, turn: float | None) -> Floats:
    """Length that each target cell shares with each source cell, over its own length."""
    total = np.zeros((target.size - 1, source.size - 1))
    for shift in (0.0,) if turn is None else (-turn, 0.0, turn):
        low = np.maximum(target[:-1, None], source[None, :-1] + shift)
        high = np.minimum(target[1:, None], source[None, 1:] + shift)
        total += np.clip(high - low, 0.0, None)
    return total / np.diff(target)[:, None]


def _regrid(values: NDArray[Any], rows: Floats, columns: Floats) -> Floats:
    """Area-weighted mean on the other grid; NaN where less than half a cell has values."""
    known = np.isfinite(values)
    filled = np.where(known, values, 0.0).astype(np.float64)
    total = np.einsum("ij,tjk,lk->til", rows, filled, columns, optimize=True)
    weight = np.einsum("ij,tjk,lk->til", rows, known.astype(np.float64), columns, optimize=True)
    enough = weight >= _HEIGHT
    return np.where(enough, total / np.where(enough, weight, 1.0), np.nan)


def _average(values: da.Array, shares: Floats) -> da.Array:
    """Mean of the steps of each month; NaN where the model does not cover it."""
    months = []
    for row in shares:
        steps = np.flatnonzero(row > 0)
        if not np.isfinite(row).all() or not steps.size:
            months.append(da.full(values.shape[1:], np.nan, chunks=values.chunks[1:]))
            continue
        part = values[steps[0] : steps[-1] + 1]
        weight = row[steps[0] : steps[-1] + 1][:, None, None]
        months.append((part * weight).sum(axis=0))
    return da.stack(months)
