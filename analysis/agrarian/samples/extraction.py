"""Take the values of samples out of a cube."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from analysis.agrarian.samples.columns import KEYS
from analysis.agrarian.samples.names import feature_layout
from analysis.agrarian.samples.places import Axes, place_samples
from analysis.notes import mark as _
from analysis.notes import note
from analysis.spelling import did_you_mean

_OUTSIDE: Final = "outside the imagery"
_EDGE: Final = "too near the edge for its patch"
_DATES: Final = "other dates than the rest, or none in its period"


def extract(
    cube: Any,
    places: Any,
    *,
    bands: Sequence[str] | None = None,
    dates: Any = None,
    patch: int = 1,
    most_pixels: int = 25,
    crs: Any = None,
    seed: int = 0,
) -> pd.DataFrame:
    """Take labelled samples out of a cube, at points or in polygons.

    Parameters
    ----------
    cube
        Dataset (time, latitude, longitude) or (time, y, x) with a reference system, lazy or not,
        of any sources; a variable without time gives one feature.
    places
        File, table or shapes with a label: points (longitude and latitude, or shapes in any
        stated reference system), or polygons, of which the pixels whose middle lies inside are
        taken. Where start and end are given, a sample has the dates of its own period.
    bands
        Variables; None for all that have both axes.
    dates
        Slice or list of dates for all samples; None for their periods, or all dates.
    patch
        Side of the square of pixels round a sample, odd; more than 1 for the U-Net.
    most_pixels
        Most pixels of a polygon, drawn with `seed`.
    crs
        Reference system where the cube states none.
    seed
        Seed.

    Returns
    -------
    pandas.DataFrame
        As :func:`~analysis.agrarian.samples.table.read_samples` gives it, and `pixel`, the number
        of the pixel in the imagery, so that samples of one pixel are known. `attrs["dropped"]`: the
        rows left out, a mapping each: row (of the input, or pixel of a polygon), label, reason.

    Raises
    ------
    ValueError
        No axes, no reference system, unknown bands, no sample inside.

    Examples
    --------
    >>> axes = {
    ...     "time": pd.date_range("2021-05-01", periods=2),
    ...     "latitude": [50.0, 50.1],
    ...     "longitude": [70.0, 70.1],
    ... }
    >>> cube = xr.Dataset({"ndvi": (tuple(axes), np.arange(8.0).reshape(2, 2, 2))}, axes)
    >>> points = pd.DataFrame({"label": ["егін", "су"], "longitude": [70.1, 99], "latitude": 50.0})
    >>> found = extract(cube, points)
    >>> found[["label", "ndvi_1", "ndvi_2"]].to_numpy().tolist()
    [['егін', 1.0, 5.0]]
    >>> found.attrs["dropped"]
    [{'row': 1, 'label': 'су', 'reason': 'outside the imagery'}]
    """
    data = cube.dataset() if callable(getattr(cube, "dataset", None)) else cube
    if isinstance(data, xr.DataArray):
        data = data.to_dataset(name=data.name or "value")
    axes = Axes.of(data, crs)
    chosen = _bands(data, bands, axes)
    if patch < 1 or patch % 2 == 0:
        raise ValueError(f"The patch is {patch}; it is odd: 1, 3, 5 and so on.")
    points = place_samples(places, axes, most_pixels, seed)
    reasons = np.where(points["row"].to_numpy() < 0, _OUTSIDE, "").astype(object)
    edge = patch // 2
    near = _near_edge(points, axes, edge)
    reasons[(reasons == "") & near] = _EDGE
    times = _times(data, dates)
    if times.size:
        data = data.sel(time=times)
    steps = _steps(points, times, dates is None)
    reasons = _check_steps(steps, reasons)
    keep = np.flatnonzero(reasons == "")
    dropped = _dropped(points, reasons)
    if not keep.size:
        counts = Counter(one["reason"] for one in dropped)
        reason = {
            _OUTSIDE: _("{count} outside the imagery"),
            _EDGE: _("{count} too near the edge for its patch"),
            _DATES: _("{count} with other dates than the rest, or none in its period"),
        }
        why = [note(reason[one], count=n) for one, n in counts.items()]
        raise ValueError(note(_("No sample can be taken from the imagery: {why}."), why=why))
    columns = _values(data, axes, chosen, points.iloc[keep], steps[keep], edge)
    empty = np.all([np.isnan(one) for one in columns.values()], axis=0)
    if empty.any():
        reasons[keep[empty]] = "no value in the imagery"
        dropped = _dropped(points, reasons)
        if empty.all():
            raise ValueError(note(_("The imagery has no value at any of the samples.")))
    points["pixel"] = axes.numbers(points["row"], points["column"])
    found = points.iloc[keep][[one for one in KEYS if one in points]]
    found = pd.concat([found.reset_index(drop=True), pd.DataFrame(columns)], axis=1)[~empty]
    found = found.reset_index(drop=True)
    _describe(found, columns, times, steps[keep[~empty]], dropped, points.attrs.get("notes", []))
    return found


def _describe(
    found: pd.DataFrame,
    columns: dict[str, Any],
    times: pd.DatetimeIndex,
    steps: NDArray[np.intp],
    dropped: list[dict[str, Any]],
    notes: list[str],
) -> None:
    layout = feature_layout(list(columns))
    found.attrs = {"features": list(layout.names), "bands": list(layout.bands)}
    found.attrs |= {"steps": layout.steps, "patch": layout.patch, "dropped": dropped}
    if "polygon" in found:
        text = _("Pixels of one polygon are alike: judge by blocks, not at random.")
        notes = [*notes, note(text)]
    found.attrs["notes"] = list(notes)
    if times.size:
        own = times.to_numpy()[steps]
        days = (own - own[:, :1]) / np.timedelta64(1, "D")
        found.attrs["dates"] = [str(one)[:10] for one in own[0]]
        found.attrs["days"] = np.median(days, axis=0).tolist()


def _bands(data: xr.Dataset, bands: Sequence[str] | None, axes: Axes) -> list[str]:
    usable = [
        str(name)
        for name, one in data.data_vars.items()
        if {axes.x_name, axes.y_name} <= set(one.dims)
        and set(one.dims) <= {axes.x_name, axes.y_name, "time"}
    ]
    if bands is None:
        plain = [one for one in usable if data[one].attrs.get("role") is None]
        if not plain:
            raise ValueError("The cube has no variable of time and place to take samples from.")
        return plain
    for one in bands:
        if one not in usable:
            raise ValueError(f"The cube has no band {one!r}. {did_you_mean(str(one), usable)}")
    return list(bands)


def _times(data: xr.Dataset, dates: Any) -> pd.DatetimeIndex:
    if "time" not in data.dims:
        return pd.DatetimeIndex([])
    times = pd.DatetimeIndex(data["time"].to_numpy())
    if dates is None:
        return times
    if isinstance(dates, slice):
        inside = times[times.slice_indexer(dates.start, dates.stop)]
    else:
        wanted = pd.DatetimeIndex(pd.to_datetime(list(dates)))
        if missing := [str(one.date()) for one in wanted if one not in times]:
            raise ValueError(f"The cube has not the dates {missing[:5]}.")
        inside = times[times.isin(wanted)]
    if not inside.size:
        raise ValueError(f"The cube has no date in {dates}; it has {times[0]} to {times[-1]}.")
    return inside


def _steps(points: pd.DataFrame, times: pd.DatetimeIndex, periods: bool) -> NDArray[Any]:
    """Return the dates of each sample (sample, step); shorter ones have -1."""
    everything = np.arange(times.size)
    if not times.size or not periods or not {"start", "end"} <= set(points.columns):
        return np.tile(everything, (len(points), 1))
    own = []
    for start, end in zip(points["start"], points["end"], strict=True):
        first = pd.isna(start) or times >= start
        last = pd.isna(end) or times <= end
        own.append(everything[np.broadcast_to(first & last, times.shape)])
    lengths = np.array([one.size for one in own])
    usual = int(np.bincount(lengths[lengths > 0]).argmax()) if lengths.any() else 1
    steps = np.full((len(own), usual), -1)
    for row, one in enumerate(own):
        if one.size == usual:
            steps[row] = one
    return steps


def _check_steps(steps: NDArray[Any], reasons: NDArray[Any]) -> NDArray[Any]:
    if steps.shape[1]:
        short = (steps < 0).any(axis=1)
        reasons[(reasons == "") & short] = _DATES
    return reasons


def _near_edge(points: pd.DataFrame, axes: Axes, edge: int) -> NDArray[np.bool_]:
    row, column = points["row"].to_numpy(), points["column"].to_numpy()
    return np.asarray(
        (row < edge)
        | (column < edge)
        | (row >= axes.y.size - edge)
        | (column >= axes.x.size - edge)
    )


def _dropped(points: pd.DataFrame, reasons: NDArray[Any]) -> list[dict[str, Any]]:
    labels = points["label"].tolist()
    rows = np.flatnonzero(reasons != "").tolist()
    return [{"row": row, "label": labels[row], "reason": reasons[row]} for row in rows]


def _values(
    data: xr.Dataset,
    axes: Axes,
    bands: list[str],
    points: pd.DataFrame,
    steps: NDArray[Any],
    edge: int,
) -> dict[str, NDArray[np.float64]]:
    """Return the features (sample,) by name, read at once."""
    shift = np.arange(-edge, edge + 1)
    cells = np.stack(np.meshgrid(shift, shift, indexing="ij"), axis=-1).reshape(-1, 2)
    rows = (points["row"].to_numpy()[:, None] + cells[:, 0]).ravel()
    columns = (points["column"].to_numpy()[:, None] + cells[:, 1]).ravel()
    at = {
        axes.y_name: xr.DataArray(rows, dims="pixel"),
        axes.x_name: xr.DataArray(columns, dims="pixel"),
    }
    times = np.unique(steps)
    timed = [one for one in bands if "time" in data[one].dims]
    taken = data[bands].isel(at)
    if timed:
        taken = taken.isel(time=times)
    taken = taken.compute()
    found: dict[str, NDArray[np.float64]] = {}
    for band in bands:
        values = np.asarray(taken[band].to_numpy(), np.float64)
        if band not in timed:
            found |= _named(band, values.reshape(len(points), -1))
            continue
        values = np.asarray(taken[band].transpose("time", "pixel"), np.float64)
        values = values.reshape(times.size, len(points), -1)
        for step in range(steps.shape[1]):
            own = np.searchsorted(times, steps[:, step])
            found |= _named(f"{band}_{step + 1}", values[own, np.arange(len(points))])
    return found


def _named(name: str, values: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    if values.shape[1] == 1:
        return {name: values[:, 0]}
    return {f"{name}@{cell + 1}": values[:, cell] for cell in range(values.shape[1])}
