"""Anomaly of points along orbits against quiet passes of the same area and direction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.seismic.ionosphere.conditions import Conditions, unmet
from analysis.seismic.ionosphere.disturbance import Limits, disturbed
from analysis.seismic.ionosphere.quiettime import MAD_TO_SIGMA, QuietDays
from analysis.seismic.ionosphere.reasons import DISTURBED, REASONS
from analysis.seismic.ionosphere.screening import STATISTICS

_NEEDED: Final = ("time", "longitude", "latitude")


def screen_tracks(
    table: Any,
    column: str,
    indices: Mapping[str, pd.Series],
    *,
    limits: Limits | None = None,
    reference: QuietDays | None = None,
    conditions: Conditions | None = None,
    cell: tuple[float, float] = (5.0, 10.0),
    statistic: str = "z",
) -> pd.DataFrame:
    """Judge points of half-orbits against the quiet days before in the same area.

    Parameters
    ----------
    table : pandas.DataFrame or dask.dataframe.DataFrame
        Points with ``time``, ``longitude``, ``latitude`` and the column; ``ascending`` where
        passes up and down are to be told apart (they have other local times);
        ``magnetic_latitude`` where the data bring their own.
    column : str
        What is judged.
    indices : mapping
        Kp, Dst and F10.7, from :func:`activity`.
    limits : Limits, optional
        Up to where it is quiet.
    reference : QuietDays, optional
        Which days make the reference. A satellite comes back every few days: by default up to 15
        days with passes, at least 5, of the 90 days before.
    conditions : Conditions, optional
        Local time, light, magnetic latitude and direction.
    cell : tuple of float, optional
        Height and width of the areas, degrees of latitude and longitude.
    statistic : str, optional
        As :func:`screen_grid`.

    Returns
    -------
    pandas.DataFrame
        The table with ``<column>_reference``, ``<column>_spread``, ``<column>_anomaly_count``
        (quiet days), ``<column>_anomaly`` and ``<column>_anomaly_quality`` (bits of `REASONS`).

    Raises
    ------
    ValueError
        A column is missing or a choice is unknown.

    Notes
    -----
    The reference of a day is the median, over the quiet days before, of the median of each day in
    the cell and direction. The table must fit in memory.

    Examples
    --------
    Eight days that are alike but for the last:

    >>> table = pd.DataFrame({"time": pd.date_range("2020-01-01T12:00", periods=8)})
    >>> table = table.assign(longitude=77.0, latitude=43.0, electron_density=[1e4] * 7 + [2e4])
    >>> hours = pd.date_range("2019-12-25", periods=400, freq="h")
    >>> quiet = {"kp": pd.Series(1.0, hours)}
    >>> limits = Limits(dst=None, f107=None)
    >>> out = screen_tracks(table, "electron_density", quiet, limits=limits, statistic="ratio")
    >>> out["electron_density_anomaly"].tolist()[-2:]
    [0.0, 1.0]
    """
    frame: pd.DataFrame = table.compute() if hasattr(table, "compute") else table
    asked = conditions or Conditions()
    direction = asked.direction
    _check(frame, column, statistic, direction)
    wanted = reference or QuietDays(days=15, least=5, reach=90, floor=(0.05, 0.0))
    frame = frame.reset_index(drop=True).copy()
    bits = disturbed(frame["time"].to_numpy(), indices, limits)
    values = frame[column].to_numpy(np.float64)
    flags = bits | np.where(np.isfinite(values), 0, REASONS["no_value"]).astype(np.int16)
    own = frame["magnetic_latitude"].to_numpy() if "magnetic_latitude" in frame else None
    if len(frame):
        known = own if own is not None and np.isfinite(own).any() else None
        times, rows, columns = (frame[n].to_numpy() for n in ("time", "latitude", "longitude"))
        flags |= unmet(times, rows, columns, asked, known)
    if direction is not None:
        up = frame["ascending"].to_numpy(bool) == (direction == "ascending")
        flags |= np.where(up, 0, REASONS["orbit_direction"]).astype(np.int16)
    middle, spread, count = _reference(frame, values, bits, cell, wanted)
    flags[~np.isfinite(middle)] |= REASONS["few_quiet_days"]
    away = values - middle
    least = np.maximum(spread, np.maximum(wanted.floor[0] * np.abs(middle), wanted.floor[1]))
    under = least if statistic == "z" else middle
    anomaly = np.divide(away, under, out=np.full(len(frame), np.nan), where=under != 0)
    frame[f"{column}_reference"] = middle
    frame[f"{column}_spread"] = spread
    frame[f"{column}_anomaly_count"] = count
    frame[f"{column}_anomaly"] = np.where(flags == 0, anomaly, np.nan)
    frame[f"{column}_anomaly_quality"] = flags
    frame.attrs["reference"] = wanted.words() + f"; areas of {cell[0]:g} x {cell[1]:g} degrees"
    return frame


def _check(frame: pd.DataFrame, column: str, statistic: str, direction: str | None) -> None:
    needed = (*_NEEDED, column, *(("ascending",) if direction else ()))
    missing = [name for name in needed if name not in frame]
    if missing:
        names = ", ".join(map(str, frame.columns))
        raise ValueError(f"The table has no column {', '.join(missing)}; it has {names}.")
    if statistic not in STATISTICS:
        raise ValueError(f"The statistic {statistic!r} is unknown; it is one of z, ratio.")


def _reference(
    frame: pd.DataFrame,
    values: NDArray[np.float64],
    bits: NDArray[np.int16],
    cell: tuple[float, float],
    wanted: QuietDays,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int16]]:
    """Median, spread and number of quiet days before, for each point."""
    day = frame["time"].dt.normalize()
    keys = pd.DataFrame(
        {
            "row": np.floor((frame["latitude"] + 90) / cell[0]),
            "column": np.floor((frame["longitude"] + 180) % 360 / cell[1]),
            "up": frame.get("ascending", True),
            "day": (day - pd.Timestamp("1970-01-01")) // pd.Timedelta(days=1),
        }
    )
    quiet = ((bits & DISTURBED) == 0) & np.isfinite(values)
    place = ["row", "column", "up"]
    daily = keys[quiet].assign(value=values[quiet]).groupby([*place, "day"])["value"].median()
    found = {key: part.droplevel(place) for key, part in daily.groupby(level=place)}
    judged = {}
    for key in keys.drop_duplicates().itertuples(index=False, name=None):
        past = found.get(key[:3])
        judged[key] = _judge(past, key[3], wanted)
    columns = [keys[name].tolist() for name in (*place, "day")]
    rows = [judged[one] for one in zip(*columns, strict=True)]
    if not rows:
        return np.empty(0), np.empty(0), np.empty(0, np.int16)
    table = np.array(rows)
    return table[:, 0], table[:, 1], table[:, 2].astype(np.int16)


def _judge(past: pd.Series | None, day: Any, wanted: QuietDays) -> tuple[float, float, int]:
    if past is None:
        return np.nan, np.nan, 0
    days = past.index.to_numpy()
    start, stop = np.searchsorted(days, [day - wanted.reach, day])
    part = past.to_numpy()[start:stop][-wanted.days :]
    if part.size < wanted.least:
        return np.nan, np.nan, int(part.size)
    middle = float(np.median(part))
    return middle, MAD_TO_SIGMA * float(np.median(np.abs(part - middle))), int(part.size)
