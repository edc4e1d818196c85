"""A table of events made ready for declustering: arrays in one order of time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.seismic.columns import as_events
from analysis.seismic.decluster.windows import check_magnitudes

Numbers = NDArray[np.float64]
Positions = NDArray[np.int64]
NEEDED = ("time", "longitude", "latitude", "mag")
USED = (*NEEDED, "depth")


@dataclass(frozen=True)
class Catalogue:
    """Events that have a time, a place and a magnitude, in order of time.

    Equal times are in order of falling magnitude, then of longitude, latitude and depth, so that
    the order of the rows that came does not matter.

    Parameters
    ----------
    size : int
        Rows of the table that came, n.
    rows : numpy.ndarray
        Positions of the usable events in that table, (k), k <= n.
    days, longitude, latitude, depth, magnitude : numpy.ndarray
        Days since the first event, degrees, degrees, km (NaN where it is not known) and
        magnitude, (k) each.
    """

    size: int
    rows: Positions
    days: Numbers
    longitude: Numbers
    latitude: Numbers
    depth: Numbers
    magnitude: Numbers

    @property
    def ranks(self) -> Positions:
        """Positions (k) in order of falling magnitude; the earlier of two equal ones first."""
        return np.argsort(-self.magnitude, kind="stable").astype(np.int64)

    def in_table(self, ids: Positions) -> Positions:
        """Turn ids in order of time into ids of the rows of the table.

        Parameters
        ----------
        ids : numpy.ndarray
            Position of each event's mainshock in order of time, (k).

        Returns
        -------
        numpy.ndarray
            Position of each row's mainshock among the rows, int64 (n).
        """
        result = np.arange(self.size, dtype=np.int64)
        result[self.rows] = self.rows[ids]
        return result


def read_catalogue(events: Any) -> Catalogue:
    """Make a table of events ready for declustering.

    Parameters
    ----------
    events : pandas.DataFrame
        Events as `analysis.seismic.columns.as_events` reads them, (n): time, longitude, latitude,
        mag, and depth where it is known.

    Returns
    -------
    Catalogue
        Those with a time, a place on the Earth and a magnitude.

    Raises
    ------
    ValueError
        A column is absent, or a value of one is no time, number or magnitude.

    Examples
    --------
    >>> table = pd.DataFrame(
    ...     {
    ...         "time": ["2020-01-02", "2020-01-01", None],
    ...         "lon": [0, 1, 2],
    ...         "lat": [0, 0, 0],
    ...         "mag": [5.0, 4.0, 3.0],
    ...     }
    ... )
    >>> catalogue = read_catalogue(table)
    >>> catalogue.size, catalogue.rows, catalogue.days
    (3, array([1, 0]), array([0., 1.]))
    """
    frame = events if isinstance(events, pd.DataFrame) else pd.DataFrame(events)
    if set(NEEDED) <= set(frame.columns):  # no text is read that nobody asks for
        frame = frame[[name for name in USED if name in frame.columns]]
    table = as_events(frame, fill=False)
    if "mag" not in table.columns:
        names = ", ".join(map(str, table.columns))
        msg = f"The table of events has no column mag; its columns: {names}."
        raise ValueError(msg)
    time = table["time"].to_numpy("datetime64[us]")
    longitude, latitude, magnitude = (
        table[name].to_numpy(np.float64) for name in ("longitude", "latitude", "mag")
    )
    depth = table["depth"].to_numpy(np.float64) if "depth" in table.columns else magnitude * np.nan
    known = ~np.isnat(time) & np.isfinite(magnitude)
    known &= (np.abs(longitude) <= 360) & (np.abs(latitude) <= 90)
    longitude, latitude, depth = longitude[known], latitude[known], depth[known]
    magnitude = check_magnitudes(magnitude[known])
    moments = time[known].astype(np.int64)
    order = _in_order(moments, -magnitude, longitude, latitude, depth)
    moments = moments[order]
    return Catalogue(
        size=len(table),
        rows=np.flatnonzero(known)[order],
        days=(moments - moments[:1]) / 86_400e6,
        longitude=longitude[order],
        latitude=latitude[order],
        depth=depth[order],
        magnitude=magnitude[order],
    )


def _in_order(moments: Positions, *ties: Numbers) -> Positions:
    """Sort by time; only those of the same time are sorted by the rest as well."""
    order = np.argsort(moments, kind="stable").astype(np.int64)
    same = moments[order[1:]] == moments[order[:-1]]
    if same.any():
        tied = np.flatnonzero(np.append(same, False) | np.append(False, same))
        rows = order[tied]
        keys = [values[rows] for values in (*ties[::-1], moments)]
        order[tied] = rows[np.lexsort(keys)]
    return order
