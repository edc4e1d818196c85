"""Seismic activity around a point, month by month."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis.seismic.distances import distance_km, within_km
from analysis.seismic.energy import energy_joules, log10_energy
from analysis.seismic.events import utc_moment


def events_near(
    events: pd.DataFrame, longitude: float, latitude: float, radius_km: float
) -> pd.DataFrame:
    """Return the events within a radius of a point, with their distance.

    Parameters
    ----------
    events
        Events with the columns ``longitude`` and ``latitude`` in degrees.
    longitude, latitude
        The point, degrees. Any longitude is accepted.
    radius_km
        Largest distance of an epicentre, km along the surface. Depth does not count.

    Returns
    -------
    pandas.DataFrame
        The events in the order of the table, with a column ``distance_km``.

    Raises
    ------
    ValueError
        If the point is not on the Earth, or the radius is not a positive number.

    Examples
    --------
    >>> events = pd.DataFrame({"longitude": [179.9, 0.0], "latitude": [0.0, 0.0]})
    >>> events_near(events, -179.9, 0, 50)["distance_km"]
    0    22.24
    Name: distance_km, dtype: float64
    """
    positions, distances = within_km(
        longitude,
        latitude,
        events["longitude"].to_numpy(),
        events["latitude"].to_numpy(),
        radius_km,
    )
    return events.iloc[positions].assign(distance_km=distances)


def nearest_event(
    events: pd.DataFrame, longitude: float, latitude: float, within: float | None = None
) -> pd.Series | None:
    """Return the event whose epicentre is nearest to a point.

    Parameters
    ----------
    events
        Events with the columns ``longitude`` and ``latitude`` in degrees.
    longitude, latitude
        The point, degrees.
    within
        Largest distance, km; None takes the nearest however far.

    Returns
    -------
    pandas.Series or None
        The row of the event with ``distance_km``; None where there is none.

    Raises
    ------
    ValueError
        If the point is not on the Earth.

    Examples
    --------
    >>> events = pd.DataFrame(
    ...     {"longitude": [10.0, -179.0], "latitude": [0.0, 0.0]}, index=["a", "b"]
    ... )
    >>> nearest_event(events, 180, 0).name
    'b'
    >>> nearest_event(events, 180, 0, within=50) is None
    True
    """
    distances = distance_km(
        longitude, latitude, events["longitude"].to_numpy(), events["latitude"].to_numpy()
    )
    if distances.size == 0 or np.isnan(distances).all():
        return None
    position = int(np.nanargmin(distances))
    if within is not None and distances[position] > within:
        return None
    row: pd.Series = events.iloc[position].copy()
    row["distance_km"] = distances[position]
    return row


def monthly_activity(
    events: pd.DataFrame,
    longitude: float,
    latitude: float,
    radius_km: float,
    start: Any,
    end: Any,
) -> pd.DataFrame:
    """Return count, largest magnitude and energy of the events near a point, for every month.

    Every month that the half-open window ``[start, end)`` touches has a row. Events outside the
    window do not count, so the first and last month may be partial.

    Parameters
    ----------
    events
        Events with the columns ``time``, ``longitude``, ``latitude``, ``mag``.
    longitude, latitude
        The point, degrees.
    radius_km
        Radius, km.
    start, end
        Window, UTC; anything that ``pandas.Timestamp`` reads.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``month`` (its first moment, UTC) with the columns ``count`` (events),
        ``max_mag`` (NaN in a month without events) and ``log10_energy``: log10(1 + E) of the
        summed energy E in joules, 0 in a month without events.

    Raises
    ------
    ValueError
        If the point is not on the Earth, the radius is not positive, or the window is empty.

    Examples
    --------
    >>> events = pd.DataFrame(
    ...     {
    ...         "time": pd.to_datetime(["2011-03-11", "2011-03-12"]),
    ...         "longitude": [142.4, 142.0],
    ...         "latitude": [38.3, 38.0],
    ...         "mag": [9.0, 6.0],
    ...     }
    ... )
    >>> monthly_activity(events, 142, 38, 200, "2011-03-01", "2011-05-01")
                count  max_mag  log10_energy
    month
    2011-03-01      2      9.0         18.30
    2011-04-01      0      NaN          0.00
    """
    first, last = utc_moment(start, "start"), utc_moment(end, "end")
    if not first < last:
        msg = f"The window from {start} to {end} is empty; the end must be after the start."
        raise ValueError(msg)
    near = events_near(events, longitude, latitude, radius_km)
    # compared by pandas and as months: in nanoseconds the year 1411 would become 1995
    moments = near["time"]
    if moments.dt.tz is not None:
        moments = moments.dt.tz_convert("UTC").dt.tz_localize(None)
    inside = ((moments >= first) & (moments < last)).to_numpy()
    months = np.arange(
        first.to_datetime64().astype("datetime64[M]"),
        (last.to_datetime64() - np.timedelta64(1, "ns")).astype("datetime64[M]") + 1,
    )
    times = moments.to_numpy()[inside].astype("datetime64[M]")
    number = (times - months[0]).astype(np.intp)
    magnitudes = near["mag"].to_numpy(dtype=np.float64)[inside]
    known = ~np.isnan(magnitudes)
    largest = np.full(months.size, -np.inf)
    np.maximum.at(largest, number[known], magnitudes[known])
    energy = np.bincount(
        number[known], weights=energy_joules(magnitudes[known]), minlength=months.size
    )
    return pd.DataFrame(
        {
            "count": np.bincount(number, minlength=months.size),
            "max_mag": np.where(np.isinf(largest), np.nan, largest),
            "log10_energy": log10_energy(energy),
        },
        index=pd.DatetimeIndex(months.astype("datetime64[ns]"), name="month"),
    )
