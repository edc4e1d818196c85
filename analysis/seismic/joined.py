"""Earthquakes joined with what satellites saw there and then."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import dask.dataframe as dd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.seismic.columns import as_events
from analysis.seismic.joinedgrids import JoinedVariable, Source, find_variables
from analysis.yearly import Base

EVENT = ("id", "time", "longitude", "latitude", "depth", "mag")
"""Columns of the events that are kept."""
_PARTITION = 5000
_HALF_TURN = 20_000.0


def join_satellites(
    events: Any,
    sources: Source | Sequence[Source],
    *,
    lags: Sequence[Any] = ("0D", "-10D", "-30D"),
    radii: Sequence[float] = (0.0, 100.0, 300.0),
    anomalies: bool = True,
    pre_event: bool = False,
    base: Base = None,
    tolerance: Any = None,
) -> dd.DataFrame:
    """Return for each event the values of gridded variables near it, before it and after it.

    Nothing is read before the table is computed; then each map is read once for thousands of
    events.

    Parameters
    ----------
    events
        Events in any form that :func:`~analysis.seismic.as_events` reads.
    sources
        Cubes, normalised datasets or their names, one or several; "name/variable" takes one
        variable. Cubes are faster: their norms are stored.
    lags
        Times relative to the event: "-30D" is 30 days before.
    radii
        Radii, km. The mean, weighted by area, of the cells whose centres lie within, and of the
        cell that holds the epicentre; 0 means this cell.
    anomalies
        True adds departures and Z-scores, of the norm of the base period: of each cell first,
        then their means.
    pre_event
        True takes only steps that had ended when the event came and at the lag: nothing measured
        after the event is in a value. False takes the last step that had begun at the lag (a
        monthly mean then knows the rest of its month).
    base
        Base period of the norms, first and last year; None for all times. For forecasts choose
        one that ends before the events.
    tolerance
        Longest time from the end of the step to the lagged time ("40D"); None for one typical
        step. Beyond it there is no value.

    Returns
    -------
    dask.dataframe.DataFrame
        A row for each event, lag and radius, events in order of time: id, time, longitude,
        latitude, depth, mag (those that the events have), ``lag``, ``radius_km``; for each
        variable ``<name>``, ``<name>_cells`` (valid cells that made it), ``<name>_time`` and
        ``<name>_end`` (beginning and end of the step; NaT for what never changes), and with
        `anomalies` ``<name>_anomaly`` (in its units) and ``<name>_z``. ``attrs["units"]`` of the
        computed table holds the units. Events without time or place are left out.

    Raises
    ------
    ValueError
        The events cannot be read, nothing of a name exists, or a lag or radius is impossible.

    Examples
    --------
    The value at the epicentre is that of its cell in the step before:

    >>> import xarray as xr
    >>> axes = {
    ...     "time": pd.date_range("2020-01-01", periods=4, freq="MS"),
    ...     "latitude": [0.5, 1.5],
    ...     "longitude": [10.5, 11.5],
    ... }
    >>> values = np.arange(16.0).reshape(4, 2, 2)
    >>> grid = xr.Dataset({"lst": (tuple(axes), values, {"units": "degC"})}, axes)
    >>> events = pd.DataFrame({"time": ["2020-03-10"], "longitude": [371.2], "latitude": [0.1]})
    >>> options = {"lags": ["0D", "-30D"], "radii": [0], "anomalies": False}
    >>> join_satellites(events, grid, **options).compute()["lst"].tolist()
    [9.0, 5.0]
    >>> join_satellites(events, grid, **options, pre_event=True).compute()["lst"].tolist()
    [5.0, 1.0]
    """
    frame = as_events(events, fill=False)
    kept = [name for name in EVENT if name in frame.columns]
    frame = frame[kept].reset_index(drop=True)
    known = frame[["time", "longitude", "latitude"]].notna().all(axis=1)
    frame = frame[known & frame["latitude"].between(-90, 90)]
    frame = frame.sort_values("time", kind="stable", ignore_index=True)
    options: dict[str, Any] = {
        "lags": _lags(lags, pre_event),
        "radii": _radii(radii),
        "anomalies": anomalies,
        "pre_event": pre_event,
        "tolerance": None if tolerance is None else _length(tolerance, "tolerance"),
    }
    variables = find_variables(sources, base)
    meta = _joined(frame.iloc[:0], variables, **options)
    parts = [frame.iloc[begin : begin + _PARTITION] for begin in range(0, len(frame), _PARTITION)]
    return dd.from_map(
        _joined, parts or [frame], variables=variables, **options, meta=meta, label="joined"
    )


def _joined(
    events: pd.DataFrame,
    variables: list[JoinedVariable],
    lags: NDArray[Any],
    radii: tuple[float, ...],
    anomalies: bool,
    pre_event: bool,
    tolerance: Any,
) -> pd.DataFrame:
    """Join some events."""
    count, each = len(events), lags.size * len(radii)
    columns: dict[str, Any] = {
        name: np.repeat(events[name].to_numpy(), each) for name in events.columns
    }
    columns["lag"] = np.tile(np.repeat(lags, len(radii)), count)
    columns["radius_km"] = np.tile(np.asarray(radii), count * lags.size)
    moments = events["time"].to_numpy().astype("datetime64[ns]")[:, np.newaxis] + lags
    for one in variables:
        steps = one.steps(moments.ravel(), ended=pre_event, tolerance=tolerance)
        values, cells = _near(one, events, steps.reshape(moments.shape), radii, anomalies)
        columns[one.name] = values[..., 0].ravel()
        if anomalies:
            columns[f"{one.name}_anomaly"] = values[..., 1].ravel()
            columns[f"{one.name}_z"] = values[..., 2].ravel()
        columns[f"{one.name}_cells"] = cells.ravel()
        for number, end in enumerate(("time", "end")):
            ends = one.bounds[np.maximum(steps, 0), number]
            ends = np.where((steps < 0) | one.static, np.datetime64("NaT", "ns"), ends)
            columns[f"{one.name}_{end}"] = np.repeat(ends, len(radii))
    frame = pd.DataFrame(columns)
    frame.attrs["units"] = _units(variables, anomalies)
    return frame


def _near(
    one: JoinedVariable,
    events: pd.DataFrame,
    steps: NDArray[np.intp],
    radii: tuple[float, ...],
    anomalies: bool,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return value, anomaly, Z (event, lag, radius, 3) and valid cells (event, lag, radius)."""
    values = np.full((*steps.shape, len(radii), 3), np.nan)
    cells = np.zeros((*steps.shape, len(radii)), dtype=np.int64)
    longitude = events["longitude"].to_numpy(dtype=np.float64)
    latitude = events["latitude"].to_numpy(dtype=np.float64)
    judged = anomalies and not one.static
    order = np.argsort(steps, axis=None, kind="stable")
    flat = steps.ravel()[order]
    used = np.unique(flat[flat >= 0])
    for step, plane in one.maps(used):
        maps = plane[np.newaxis]
        if judged:
            mean, spread = one.norm(step)
            apart = plane - mean
            standard = apart / np.where(spread > 0, spread, np.nan)
            maps = np.stack([plane, apart, standard.astype(np.float32)])
        low, high = np.searchsorted(flat, [step, step + 1])
        event, lag = np.unravel_index(order[low:high], steps.shape)
        found, counts = one.grid.means(maps, longitude[event], latitude[event], radii)
        values[event, lag, :, : maps.shape[0]] = found
        cells[event, lag] = counts
    return values, cells


def _units(variables: list[JoinedVariable], anomalies: bool) -> dict[str, str]:
    found = {"radius_km": "km"}
    for one in variables:
        units = str(one.data.attrs.get("units", ""))
        found |= {one.name: units, f"{one.name}_cells": "1"}
        if anomalies:
            found |= {f"{one.name}_anomaly": units, f"{one.name}_z": "1"}
    return found


def _lags(lags: Sequence[Any], pre_event: bool) -> NDArray[Any]:
    several = [lags] if isinstance(lags, str | pd.Timedelta) else list(lags)
    if not several:
        raise ValueError("There is no lag; give, for example, ('0D', '-30D').")
    found = np.array([_length(one, "lag") for one in several], dtype="timedelta64[ns]")
    if pre_event and (found > np.timedelta64(0)).any():
        raise ValueError(f"A lag of {several} is after the event; pre_event=True takes none.")
    return found


def _length(value: Any, what: str) -> np.timedelta64:
    try:
        length = pd.Timedelta(value)
    except (ValueError, TypeError) as error:
        raise ValueError(f"The {what} is {value!r}; give a length such as '-30D'.") from error
    if pd.isna(length):
        raise ValueError(f"The {what} is {value!r}; give a length such as '-30D'.")
    return length.to_timedelta64().astype("timedelta64[ns]")


def _radii(radii: Sequence[float]) -> tuple[float, ...]:
    several = [radii] if isinstance(radii, int | float) else list(radii)
    found = tuple(float(one) for one in several)
    if not found or not all(math.isfinite(one) and 0 <= one <= _HALF_TURN for one in found):
        raise ValueError(f"The radii are {radii}; each is a number of km from 0 to 20000.")
    return found
