"""A grid composed by units of land: means whose totals agree at every level."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from analysis.cells import Cells, align
from analysis.cells.weights import axis_edges
from analysis.cells.windows import overlaps

_SEMI_MAJOR_KM: Final = 6378.137  # WGS 84
_ECCENTRICITY: Final = 0.0818191908426215


def compose(
    data: xr.Dataset,
    units: Any,
    variable: str,
    *,
    start: Any,
    end: Any,
    period: str = "MS",
) -> xr.Dataset:
    """Average a variable over every unit and period, lazily, with the area that the mean is of.

    A pixel counts with the area that it shares with the unit, a step with the time that it shares
    with the period. So the mean of an oblast is the mean of its districts weighted by
    ``area_km2``, and the same holds for farms and districts: :func:`roll_up` does it.

    Parameters
    ----------
    data : xarray.Dataset
        (time, latitude, longitude), with ``time_bounds`` where its steps have a length; NaN is no
        value.
    units : geopandas.GeoDataFrame
        Polygons with a column ``id``.
    variable : str
        Variable of the data.
    start, end, period
        Windows of time, as in :meth:`analysis.cells.Cells.from_polygons`.

    Returns
    -------
    xarray.Dataset
        (time, unit): the mean, in the units of the variable, and ``area_km2``: the area with a
        valid value, averaged over the time of the period that the data cover (on the ellipsoid;
        at most the area of the unit). NaN and 0 where there is no value.

    Raises
    ------
    ValueError
        There is no such variable, the units are no polygons, or the windows are impossible.
    """
    if variable not in data.data_vars:
        have = ", ".join(str(one) for one in data.data_vars)
        raise ValueError(f"The data have no variable {variable!r}; they have {have}.")
    if "id" not in units:
        raise ValueError(f"The units have no column id; they have {', '.join(map(str, units))}.")
    cells = Cells.from_polygons(units.set_index("id"), start, end, period)
    lengths, covered = _durations(data, cells)
    values = data[variable]
    weight = xr.ufuncs.isfinite(values) * _pixel_areas(data) * lengths
    both = xr.Dataset({"total": values.fillna(0.0) * weight, "weight": weight})
    if "time_bounds" in data:
        both["time_bounds"] = data["time_bounds"]
    both.attrs = {name: data.attrs[name] for name in ("static",) if name in data.attrs}
    sums = align(both, cells, "sum").rename(cell="unit")
    known = sums["weight"].where(sums["weight"] > 0)
    area = (sums["weight"] / covered.where(covered > 0)).fillna(0.0)
    attrs = {**values.attrs, "cell_methods": "area: time: mean"}
    out = xr.Dataset(
        {
            variable: (sums["total"] / known).assign_attrs(attrs),
            "area_km2": area.assign_attrs(units="km2", long_name="Area with a valid value"),
        }
    )
    return out.assign_coords(time_bounds=sums["time_bounds"])


def roll_up(composed: xr.Dataset, parents: Any, variable: str) -> xr.Dataset:
    """Sum units up to their parents: districts to oblasts.

    Parameters
    ----------
    composed : xarray.Dataset
        Of :func:`compose`, (time, unit).
    parents : mapping or pandas.Series
        Id of the unit -> id of its parent.
    variable : str
        Variable of the data.

    Returns
    -------
    xarray.Dataset
        (time, unit), the units being the parents: mean weighted by area, and the summed area.

    Raises
    ------
    ValueError
        A unit has no parent.

    Examples
    --------
    >>> axes = {"time": [0], "unit": ["a", "b"]}
    >>> values = {"ndvi": (("time", "unit"), [[0.2, 0.6]])}
    >>> parts = xr.Dataset(values | {"area_km2": (("time", "unit"), [[30.0, 10.0]])}, axes)
    >>> float(roll_up(parts, {"a": "o", "b": "o"}, "ndvi").ndvi[0, 0])
    0.3
    """
    above = pd.Series(parents)
    ids = composed["unit"].to_numpy()
    missing = [one for one in ids if one not in above.index]
    if missing:
        raise ValueError(f"The unit {missing[0]!r} has no parent ({len(missing)} in all).")
    key = xr.DataArray(above.loc[ids].to_numpy(), dims="unit", name="parent")
    area = composed["area_km2"]
    total = (composed[variable].fillna(0.0) * area).groupby(key).sum("unit")
    whole = area.groupby(key).sum("unit")
    mean = (total / whole.where(whole > 0)).assign_attrs(composed[variable].attrs)
    out = xr.Dataset({variable: mean, "area_km2": whole.assign_attrs(area.attrs)})
    return out.rename(parent="unit").transpose("time", "unit")


def _durations(data: xr.Dataset, cells: Cells) -> tuple[Any, xr.DataArray]:
    """Return the length (time) of each step and the covered time of each window, days."""
    windows = {"time": cells.times}
    if data.attrs.get("static") or "time" not in data.dims:
        return 1.0, xr.DataArray(np.ones(cells.times.size), windows, ["time"])
    if "time_bounds" in data.variables:
        bounds = data["time_bounds"].to_numpy()
    else:
        stamps = data["time"].to_numpy()
        bounds = np.stack([stamps, stamps], axis=1)
    length = (bounds[:, 1] - bounds[:, 0]) / np.timedelta64(1, "D")
    moments = length == 0
    days = np.asarray(overlaps(cells.edges, bounds)[0].sum(axis=1)).ravel()
    lengths = xr.DataArray(np.where(moments, 1.0, length), {"time": data["time"]}, "time")
    return lengths, xr.DataArray(days, windows, ["time"])


def _pixel_areas(data: xr.Dataset) -> xr.DataArray:
    """Return the areas (latitude) of the pixels on the ellipsoid, km2 (Snyder 1987, eq. 3-12)."""
    across = axis_edges(np.asarray(data["longitude"], dtype=np.float64), "longitude")
    along = axis_edges(np.asarray(data["latitude"], dtype=np.float64), "latitude")
    wide = np.radians(across[:, 1] - across[:, 0])
    tall = _authalic(along[:, 1]) - _authalic(along[:, 0])
    areas = _SEMI_MAJOR_KM**2 / 2 * np.outer(tall, wide)
    axes = {"latitude": data["latitude"], "longitude": data["longitude"]}
    return xr.DataArray(areas, axes, ("latitude", "longitude"))


def _authalic(latitude: NDArray[np.float64]) -> NDArray[np.float64]:
    e, sine = _ECCENTRICITY, np.sin(np.radians(latitude))
    ratio = np.log((1 - e * sine) / (1 + e * sine)) / (2 * e)
    return np.asarray((1 - e**2) * (sine / (1 - (e * sine) ** 2) - ratio))
