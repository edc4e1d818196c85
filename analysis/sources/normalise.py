"""One shape for every grid: the door through which all gridded data come in.

Longitude in [-180, 180) and latitude ascending, UTC times with bounds, float32, fill values NaN,
units of the vocabulary. Everything stays lazy; what was changed is kept in ``native_*``
attributes.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import dask.array as da
import numpy as np
import xarray as xr

from analysis.sources import calendars, circle, roles, units, vocabulary
from analysis.sources.axes import Axes, find_axes, is_time
from analysis.sources.projection import find_crs, to_geographic
from analysis.sources.validity import valid_limits
from analysis.spelling import did_you_mean

STATIC_TIME: Final = np.datetime64("2000-01-01", "ns")
"""Time stamp of the only step of a static grid."""

_DROPPED_ATTRS: Final = frozenset(
    {"units", "_FillValue", "missing_value", "scale_factor", "add_offset", "grid_mapping"}
    | {"coordinates", "valid_min", "valid_max", "valid_range", "simulated", "dimensions"}
)
_NETCDF_FILL: Final = 9.9e36  # NC_FILL_FLOAT and NC_FILL_DOUBLE are 9.96921e36
_BOUNDS_NAMES: Final = frozenset({"time_bnds", "time_bounds", "time_bound", "bounds_time"})


@dataclass(frozen=True)
class Hints:
    """What a catalogue entry says of a file beyond what the file says of itself.

    Attributes
    ----------
    names : mapping
        Name in the file -> name here; where given, only these variables are kept.
    units : mapping
        Name here -> unit of the values where the file states none, and unit to convert to where
        the vocabulary does not know the variable.
    scale : mapping
        Name here -> factor, where the file holds multiples and does not say so.
    select : mapping
        Extra dimension -> the value wanted (nearest coordinate), else its index.
    crs : str or None
        Coordinate reference system, where the file states none.
    simulated : bool
        The values are no observation.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    scale: Mapping[str, float] = field(default_factory=dict)
    select: Mapping[str, float] = field(default_factory=dict)
    crs: str | None = None
    simulated: bool = False


def normalise(
    ds: xr.Dataset,
    *,
    variable_names: Mapping[str, str] | None = None,
    source: str = "",
    hints: Hints | None = None,
) -> xr.Dataset:
    """Bring any gridded dataset into the one shape that the rest of Qazcube knows.

    Parameters
    ----------
    ds : xarray.Dataset
        As opened by xarray; decoded or not, lazy or in memory.
    variable_names : mapping, optional
        Name in the file -> name here; where given, only these variables are kept, each with its
        flags and counts (see :mod:`analysis.sources.roles`).
    source : str, optional
        Where the data come from; becomes the attribute ``source`` of every variable. Without it
        the file's own ``source`` or ``title`` is used.
    hints : Hints, optional
        What the catalogue knows beyond the file.

    Returns
    -------
    xarray.Dataset
        Dimensions ``(time, latitude, longitude)``, lazy; ``time_bounds`` ``(time, bnds)``;
        a static grid has one step and ``attrs["static"]``.

    Raises
    ------
    ValueError
        Coordinates, times, units or dimensions that cannot be trusted; the message names the
        variable or the value, and what to do.

    Examples
    --------
    A grid from 0 to 360 degrees keeps each value at its place on the globe:

    >>> ds = xr.Dataset(
    ...     {"sst": (("lat", "lon"), [[280.15, 290.15]], {"units": "K"})},
    ...     coords={"lat": [0.0], "lon": [90.0, 270.0]},
    ... )
    >>> out = normalise(ds, source="example")
    >>> out.longitude.values.tolist(), out.sst.values.ravel().round(2).tolist()
    ([-90.0, 90.0], [17.0, 7.0])
    >>> out.sst.attrs["units"], out.attrs["static"]
    ('degC', True)
    """
    known = hints or Hints()
    names = variable_names or known.names
    ds = _decode(roles.protect(_select(ds, known.select)))
    ds = _rename(ds, names)
    axes = find_axes(ds)
    grids = _gridded(ds, axes)
    crs = find_crs(ds, known.crs)
    rotated = crs is not None and crs.is_derived and crs.is_geographic
    if not axes.geographic or rotated:
        if crs is None:
            raise ValueError(
                f"The grid's {axes.x} and {axes.y} have no units of degrees and no coordinate "
                "reference system. State one, for example crs: EPSG:32642."
            )
        if not crs.is_geographic or rotated:
            ds, axes = to_geographic(ds, axes, crs)
    return _assemble(ds, axes, grids, source, known)


def _assemble(
    ds: xr.Dataset, axes: Axes, grids: list[str], source: str, known: Hints
) -> xr.Dataset:
    longitude, columns = circle.order_longitudes(_read(ds[axes.x]))
    latitude, rows = circle.order_latitudes(_read(ds[axes.y]))
    steps = _steps(ds, axes)
    coords = {
        "time": ("time", steps.times, {"standard_name": "time", "bounds": "time_bounds"}),
        "latitude": ("latitude", latitude, _degrees("latitude", "north")),
        "longitude": ("longitude", longitude, _degrees("longitude", "east")),
    }
    variables: dict[Hashable, Any] = {}
    simulated = known.simulated or _truth(ds.attrs.get("simulated"))
    for name in grids:
        data = _flatten(ds[name], axes)
        still = data.sizes["time"] == 1 < steps.times.size
        order = np.zeros(1, dtype=np.intp) if still else steps.order
        data = _reorder(data, (order, rows, columns))
        factor, offset, attrs = _units(name, ds[name].attrs, known)
        factor *= float(known.scale.get(name, 1.0))
        if roles.role(ds[name].attrs):
            factor = 1.0
        else:
            data = _mask_invalid(_mask_unstated_fill(data, ds[name]), ds[name])
        data = data.copy(data=data.data.map_blocks(_single, factor, offset, dtype=np.float32))
        attrs["source"] = source or _origin(ds[name].attrs, ds.attrs)
        if simulated or _truth(ds[name].attrs.get("simulated")):
            attrs["simulated"] = True
        values = _repeat(data.data, steps.times.size) if still else data.data
        variables[name] = (("time", "latitude", "longitude"), values, attrs)
    variables["time_bounds"] = (("time", "bnds"), steps.bounds, {"rule": steps.rule})
    out = xr.Dataset(variables, coords=coords)
    out.attrs = _attributes(ds, axes, steps)
    if "source" in ds.encoding:  # the file, by which an ingest knows its source again
        out.encoding["source"] = ds.encoding["source"]
    return out


def _single(block: Any, factor: float, offset: float) -> Any:
    """Convert a block to float32; what is infinite, or becomes so, is no measurement: NaN."""
    with np.errstate(over="ignore", invalid="ignore"):
        values = block.astype(np.float32)
        if (factor, offset) != (1.0, 0.0):
            values = (values * factor + offset).astype(np.float32)
    infinite = np.isinf(values)
    return np.where(infinite, np.float32(np.nan), values) if infinite.any() else values


def _decode(ds: xr.Dataset) -> xr.Dataset:
    """Apply scale, offset, fill values and time units that are still attributes: once."""
    objects = [name for name, one in ds.variables.items() if one.dtype == object]
    try:
        plain = xr.decode_cf(ds.drop_vars(objects))
    except (ValueError, OverflowError) as error:
        raise ValueError(f"The time axis cannot be decoded: {error}") from None
    return plain.assign_coords({name: ds[name] for name in objects if name in ds.coords}).assign(
        {name: ds[name] for name in objects if name in ds.data_vars}
    )


def _select(ds: xr.Dataset, wanted: Mapping[str, float]) -> xr.Dataset:
    for dim, value in wanted.items():
        if dim not in ds.dims:
            dims = [str(one) for one in ds.dims]
            raise ValueError(f"There is no dimension {dim!r}. {did_you_mean(dim, dims)}")
        if dim in ds.coords:
            ds = ds.sel({dim: value}, method="nearest")
        else:
            ds = ds.isel({dim: int(value)})
    return ds


def _rename(ds: xr.Dataset, names: Mapping[str, str]) -> xr.Dataset:
    if not names:
        return ds
    for name in names:
        if name not in ds.data_vars:
            have = [str(one) for one in ds.data_vars]
            raise ValueError(f"The file has no variable {name!r}. {did_you_mean(name, have)}")
    beside = {old: roles.companions(ds, old) for old in names}
    followers = {
        one: one.replace(old, names[old], 1) for old, ones in beside.items() for one in ones
    }
    every = {**followers, **names}
    others = [n for n in ds.data_vars if ds[n].ndim >= 2 and n not in every and not _is_bounds(n)]
    return ds.drop_vars(others).rename({old: new for old, new in every.items() if old != new})


def _is_bounds(name: Hashable) -> bool:
    return str(name).lower().endswith(("bnds", "bounds"))


def _gridded(ds: xr.Dataset, axes: Axes) -> list[str]:
    names = [
        str(name)
        for name, data in ds.data_vars.items()
        if {axes.x, axes.y} <= set(data.dims) and data.dtype.kind in "fiub"
    ]
    if not names:
        raise ValueError(
            f"No numeric variable has the dimensions {axes.y} and {axes.x}; "
            f"variables: {', '.join(map(str, ds.data_vars)) or 'none'}."
        )
    return names


def _flatten(data: xr.DataArray, axes: Axes) -> xr.DataArray:
    """Drop dimensions of one value, add a missing time, put the three in order."""
    wanted = {axes.x, axes.y, axes.time}
    for dim in [one for one in data.dims if one not in wanted]:
        size = data.sizes[dim]
        if size > 1:
            values = data[dim].values if dim in data.coords else np.arange(size)
            raise ValueError(
                f"The variable {data.name!r} has a dimension {dim!r} of {size} values "
                f"({values[0]} to {values[-1]}). Choose one: select={{{str(dim)!r}: value}}."
            )
        data = data.isel({dim: 0})
    plain = data.drop_vars(list(data.coords))
    if axes.time is None or axes.time not in plain.dims:
        plain = plain.expand_dims("time")
    else:
        plain = plain.rename({axes.time: "time"})
    plain = plain.transpose("time", axes.y, axes.x)
    return plain.chunk("auto") if plain.chunks is None else plain


def _repeat(values: Any, times: int) -> da.Array:
    """Let a field without time, a land mask among monthly fields, hold at every step."""
    return da.concatenate([values] * times)


def _mask_unstated_fill(data: xr.DataArray, native: xr.DataArray) -> xr.DataArray:
    """Blank what the NetCDF library writes where nothing was written and no fill is stated."""
    stated = {"_FillValue", "missing_value"} & {*native.attrs, *native.encoding}
    if data.dtype.kind != "f" or stated:
        return data
    return data.where(np.abs(data) < _NETCDF_FILL)


def _mask_invalid(data: xr.DataArray, native: xr.DataArray) -> xr.DataArray:
    """Blank what lies outside the range that the file calls valid."""
    low, high = valid_limits(native.attrs, native.encoding)
    if low == -np.inf and high == np.inf:
        return data
    return data.where((data >= low) & (data <= high))


def _read(axis: xr.DataArray) -> Any:
    """Values of an axis or of its bounds: small, and needed at once."""
    return axis.compute(scheduler="synchronous").values


def _reorder(data: xr.DataArray, orders: tuple[Any, ...]) -> xr.DataArray:
    """Take rows in a new order; a run of neighbours is a slice, so chunks stay whole."""
    for dim, order in zip(data.dims, orders, strict=True):
        if order.size == data.sizes[dim] and np.array_equal(order, np.arange(order.size)):
            continue
        breaks = np.flatnonzero(np.abs(np.diff(order)) != 1) + 1
        runs = [data.isel({dim: _run(part)}) for part in np.split(order, breaks)]
        if len(runs) <= 8:
            data = xr.concat(runs, dim=dim) if len(runs) > 1 else runs[0]
        else:
            data = data.isel({dim: order})
    return data


def _run(part: Any) -> slice:
    if part.size > 1 and part[1] < part[0]:
        stop = int(part[-1]) - 1
        return slice(int(part[0]), None if stop < 0 else stop, -1)
    return slice(int(part[0]), int(part[-1]) + 1)


@dataclass(frozen=True)
class _Steps:
    times: Any
    order: Any
    bounds: Any
    rule: str
    calendar: str | None
    static: bool


def _steps(ds: xr.Dataset, axes: Axes) -> _Steps:
    if axes.time is None:
        moments = [ds[n] for n in ds.coords if ds[n].ndim == 0 and is_time(ds[n])]
        moments = [m for m in moments if "reference" not in str(m.name)]
        static = len(moments) != 1
        times, calendar = (
            (np.array([STATIC_TIME]), None)
            if static
            else calendars.to_datetime64(_read(moments[0]).reshape(1))
        )
        bounds, rule = calendars.derive_bounds(times)
        return _Steps(times, np.arange(1), bounds, rule, calendar, static)
    native, calendar = calendars.to_datetime64(_read(ds[axes.time]))
    order = np.argsort(native, kind="stable")
    times = native[order]
    calendars.check_increasing(times)
    name = ds[axes.time].attrs.get("bounds") or next((n for n in _BOUNDS_NAMES if n in ds), None)
    if name in ds and ds[name].ndim == 2 and is_time(ds[name]):
        bounds = calendars.to_datetime64(_read(ds[name].transpose(axes.time, ...)))[0][order]
        rule = str(ds[name].attrs.get("rule", "from the file"))
    else:
        bounds, rule = calendars.derive_bounds(times)
    stated = ds[axes.time].encoding.get("calendar")
    static = times.size == 1 and _truth(ds.attrs.get("static"))
    return _Steps(times, order, bounds, rule, None if static else str(stated or calendar), static)


def _units(
    name: str, attrs: Mapping[Any, Any], known: Hints
) -> tuple[float, float, dict[str, Any]]:
    """Factor, offset and attributes of a variable in the vocabulary's unit."""
    plain = roles.role(attrs)
    attrs = {**attrs, "units": "1"} if plain else attrs
    entry = None if plain else vocabulary.known(name)
    told = "" if plain else known.units.get(name, "").strip()
    stated = str(attrs.get("units") or "").strip() or told
    native = stated or (entry.units if entry else "")
    if not native:
        raise ValueError(
            f"The variable {name!r} states no units. Add them to the file, or to the catalogue "
            f"entry: units: {{{name}: ...}} ('1' for a number without a unit)."
        )
    kept = {str(k): v for k, v in attrs.items() if k not in _DROPPED_ATTRS}
    label = attrs.get("long_name") or (entry.names["en"] if entry else name)
    kept["long_name"] = str(label).strip()
    wanted = entry.units if entry else (told or units.canonical(native))
    try:
        factor, offset = units.conversion(native, wanted)
    except ValueError as error:
        raise ValueError(f"The variable {name!r}: {error}") from None
    kept["units"] = wanted
    if stated and stated != wanted:
        kept.setdefault("native_units", stated)
    return factor, offset, kept


def _attributes(ds: xr.Dataset, axes: Axes, steps: _Steps) -> dict[str, Any]:
    dropped = {"simulated", "static", "_FillValue"}
    kept = {str(k): v for k, v in ds.attrs.items() if k not in dropped}
    low, high = float(ds[axes.x].min()), float(ds[axes.x].max())
    kept.setdefault("native_longitude", f"{low:g}..{high:g}")
    latitudes = _read(ds[axes.y])
    kept.setdefault("native_latitude", f"{latitudes[0]:g}..{latitudes[-1]:g}")
    if steps.calendar:
        kept.setdefault("native_calendar", steps.calendar)
    if steps.static:
        kept["static"] = True
    return kept


def _origin(variable: Mapping[Any, Any], whole: Mapping[Any, Any]) -> str:
    stated = (variable.get("source"), whole.get("source"), whole.get("title"))
    return str(next((one for one in stated if one), "source not stated"))


def _degrees(name: str, towards: str) -> dict[str, str]:
    return {"standard_name": name, "units": f"degrees_{towards}"}


def _truth(value: Any) -> bool:
    """Whether an attribute says yes; NetCDF has no booleans, so 1 and 'true' count."""
    return str(value).strip().lower() in {"true", "1", "yes"}
