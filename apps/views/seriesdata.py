"""Numbers behind the series dock: one list of curves per row, gaps kept as gaps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.seismic import monthly_activity
from apps.views.atlas import GridLayer
from apps.views.state import Point

Times = npt.NDArray[np.datetime64]
Values = npt.NDArray[np.float64]

ACTIVITY = ("count", "max_mag", "log10_energy")


@dataclass(frozen=True)
class Curve:
    """One series of one point: times and values, shape (time); NaN breaks the line."""

    times: Times
    values: Values
    note: str = ""

    @property
    def known(self) -> int:
        """Number of values that are not missing."""
        return int(np.isfinite(self.values).sum())


def with_gaps(times: Times, values: Values, factor: float = 1.8) -> tuple[Times, Values]:
    """Put a NaN into every hole that is wider than `factor` times the usual step.

    A month that is missing from an irregular series then breaks the line instead of being bridged.

    >>> months = np.array(["2017-05", "2017-06", "2018-06", "2018-07"], "datetime64[ns]")
    >>> with_gaps(months, np.arange(4.0))[1]
    array([ 0.,  1., nan,  2.,  3.])
    """
    if len(times) < 3:
        return times, values
    steps = np.diff(times).astype(np.int64)
    holes = np.flatnonzero(steps > factor * np.median(steps)) + 1
    middle = times[holes - 1] + (times[holes] - times[holes - 1]) // 2
    return np.insert(times, holes, middle), np.insert(values, holes, np.nan)


def isolated(values: Values) -> npt.NDArray[np.bool_]:
    """Mark values with no neighbour on either side, which a line cannot show.

    >>> isolated(np.array([1.0, np.nan, 2.0, 3.0, np.nan]))
    array([ True, False, False, False, False])
    """
    known = np.isfinite(values)
    padded = np.concatenate([[False], known, [False]])
    return known & ~padded[:-2] & ~padded[2:]


def grid_curves(layer: GridLayer, points: list[Point]) -> list[Curve]:
    """Return one curve per point; an empty one, with a note, where the grid does not reach."""
    curves = []
    for longitude, latitude in points:
        try:
            series = layer.cube.series(longitude, latitude, layer.variable)
        except ValueError as error:
            curves.append(Curve(np.empty(0, "datetime64[ns]"), np.empty(0), str(error)))
            continue
        values = np.asarray(series.values, np.float64)
        times, values = with_gaps(layer.cube.times, values)
        curves.append(Curve(times, values))
    return curves


def activity_table(
    events: pd.DataFrame, point: Point, radius: float, span: tuple[Any, Any]
) -> pd.DataFrame:
    """Return monthly count, largest magnitude and log10 energy (J) around a point."""
    start, end = span
    return monthly_activity(events, point[0], point[1], radius, start, end)


def stairs(months: pd.DatetimeIndex, values: Values) -> tuple[Times, Values]:
    """Return corner points of a step line that holds each month's value until the next month.

    >>> times, values = stairs(pd.DatetimeIndex(["2011-03-01", "2011-04-01"]), np.array([2.0, 0.0]))
    >>> values
    array([2., 2., 0., 0.])
    """
    starts = months.to_numpy().astype("datetime64[ns]")
    ends = (months + pd.offsets.MonthBegin(1)).to_numpy().astype("datetime64[ns]")
    times = np.stack([starts, ends], axis=1).ravel()
    return times, np.repeat(np.asarray(values, float), 2)


def bands(times: Times, low: Values, high: Values) -> dict[str, list[Any]]:
    """Return outlines of the band between two curves, one per run without a gap.

    >>> days = np.array(["2011-01-01", "2011-01-02", "2011-01-03"], "datetime64[ns]")
    >>> gap = np.array([1.0, np.nan, 2.0])
    >>> [list(ring) for ring in bands(days, gap, gap + 1)["ys"]]
    [[1.0, 2.0], [2.0, 3.0]]
    """
    known = np.isfinite(low) & np.isfinite(high)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], known, [False]]).astype(np.int8)))
    xs, ys = [], []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        run = slice(start, end)
        xs.append(np.concatenate([times[run], times[run][::-1]]))
        ys.append(np.concatenate([low[run], high[run][::-1]]))
    return {"xs": xs, "ys": ys}


def separate(months: pd.DatetimeIndex, values: Values) -> tuple[Times, Values]:
    """Return each month's value as a point of its own, with a break after it.

    >>> separate(pd.DatetimeIndex(["2011-03-01", "2011-04-01"]), np.array([9.0, 6.0]))[1]
    array([ 9., nan,  6., nan])
    """
    times = np.repeat(months.to_numpy().astype("datetime64[ns]"), 2)
    return times, np.stack([values, np.full(len(values), np.nan)], axis=1).ravel()
