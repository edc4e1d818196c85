"""Baseline rates at the rows of a table: from events strictly before each issue time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.cells.lattice import Bounds, Lattice
from analysis.learning import (
    Past,
    adaptive_rate,
    cell_rate,
    mixture,
    productivity,
    recent_rate,
    smoothed_rate,
    triggered_rate,
    uniform_rate,
)
from analysis.learning.baselines import Rates
from analysis.learning.splits import length_of_time
from analysis.seismic.events import select_events
from analysis.seismic.forecasting.choices import Settings

AROUND: Final = 9.0
"""Degrees round a region from which events count: 1000 km."""
WIDTH_KM: Final = 50.0
WIDTHS_KM: Final = (15.0, 200.0)
"""Least and greatest width of the adaptive kernel, which reaches twenty widths."""
MEMORY: Final = "1095D"
"""Events older than this trigger nothing more that matters in a window of weeks."""
SHARES: Final = (0.7, 0.3)
"""Of the smoothed and the recent rate in the mixture."""
REFRESH: Final = 12
"""The adaptive rate is computed anew at each twelfth issue time."""


def near_events(events: pd.DataFrame, bounds: Bounds) -> pd.DataFrame:
    """Return the events in the region and round it, to 1000 km: those that can matter there.

    Parameters
    ----------
    events
        Columns ``longitude``, ``latitude``.
    bounds
        West, south, east, north, degrees.

    Returns
    -------
    pandas.DataFrame
        Their rows.

    Examples
    --------
    >>> events = pd.DataFrame({"longitude": [70.0, 100.0, -70.0], "latitude": [40.0, 50.0, -30.0]})
    >>> near_events(events, (46, 34, 90, 56))["longitude"].tolist()
    [70.0, 100.0]
    """
    west, south, east, north = bounds
    south, north = max(-90.0, south - AROUND), min(90.0, north + AROUND)
    flat = np.cos(np.radians(min(89.0, max(abs(south), abs(north)))))
    side = AROUND / flat
    if east - west + 2 * side >= 360:
        west, east = -180.0, 180.0
    else:
        west, east = west - side, east + side
    return select_events(events, region=(west, south, east, north))


def target_events(events: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Return the events that count: of the target's magnitude, from `since` on.

    Parameters
    ----------
    events
        Columns ``time``, ``longitude``, ``latitude``, ``mag``.
    settings
        Settings.

    Returns
    -------
    pandas.DataFrame
        Their rows.
    """
    return events[(events["mag"] >= settings.magnitude) & (events["time"] >= settings.since)]


def baseline_rates(
    events: pd.DataFrame, settings: Settings, lattice: Lattice, issue: pd.DatetimeIndex
) -> dict[str, Callable[[], Rates]]:
    """Return what computes each baseline: expected numbers (time, cell) of events per window.

    Rates depend on nothing that happened later, and are the same whether issue times are asked
    for alone or among others. The adaptive rate is made anew at each twelfth issue time of the
    settings, as if issued then.

    Parameters
    ----------
    events
        Events of the region and round it, see `near_events`.
    settings
        Magnitude, start of the record, horizon, history and names of the baselines.
    lattice
        Cells.
    issue
        Issue times (time,).

    Returns
    -------
    dict
        Name -> function that returns float32 (time, cell).

    Examples
    --------
    >>> from analysis.seismic.forecasting.records import read_record
    >>> chosen = Settings(magnitude=5.5, resolution=2.0)
    >>> events, issue = read_record("events_gcmt").events, pd.DatetimeIndex(["2010-01-01"])
    >>> makers = baseline_rates(events, chosen, chosen.lattice, issue)
    >>> rates = {name: make() for name, make in makers.items()}
    >>> rates["smoothed"].shape == (1, chosen.lattice.size), list(rates)[:3]
    (True, ['uniform', 'cell', 'smoothed'])
    """
    kept = target_events(events, settings)
    mags = kept["mag"].to_numpy(np.float64)
    place = kept["time"], kept["longitude"], kept["latitude"]
    past = Past.of(*place, since=settings.since)
    trigger = Past.of(*place, productivity(mags, settings.magnitude), since=settings.since)
    common: dict[str, Any] = {"window": settings.horizon}
    memory: dict[str, Rates] = {}

    def smoothed() -> Rates:
        if "smoothed" not in memory:
            memory["smoothed"] = smoothed_rate(past, lattice, issue, width_km=WIDTH_KM, **common)
        return memory["smoothed"]

    def recent() -> Rates:
        if "recent" not in memory:
            memory["recent"] = recent_rate(
                past, lattice, issue, width_km=WIDTH_KM, history=settings.history, **common
            )
        return memory["recent"]

    def adaptive() -> Rates:
        anchors, which = np.unique(_anchors(settings, issue), return_inverse=True)
        return adaptive_rate(past, lattice, anchors, limits_km=WIDTHS_KM, **common)[which]

    makers: dict[str, Callable[[], Rates]] = {
        "uniform": lambda: uniform_rate(past, lattice, issue, **common),
        "cell": lambda: cell_rate(past, lattice, issue, **common),
        "smoothed": smoothed,
        "adaptive": adaptive,
        "recent": recent,
        "mixture": lambda: mixture([smoothed(), recent()], list(SHARES)),
        "triggered": lambda: triggered_rate(
            trigger, lattice, issue, background=smoothed(), memory=MEMORY, **common
        ),
    }
    return {name: makers[name] for name in settings.baselines}


def _anchors(settings: Settings, issue: pd.DatetimeIndex) -> NDArray[np.datetime64]:
    """Return for each issue time the one at which the adaptive rate was last made (time,)."""
    first = np.datetime64(pd.Timestamp(settings.period[0]), "ns")
    step = length_of_time(settings.horizon, "horizon").to_timedelta64() * REFRESH
    return first + (issue.to_numpy() - first) // step * step


def count_events(
    events: pd.DataFrame, settings: Settings, lattice: Lattice, issue: pd.DatetimeIndex
) -> NDArray[np.int16]:
    """Return how many events of the target fell into each cell in the window after an issue time.

    Parameters
    ----------
    events
        All events.
    settings
        Magnitude and horizon.
    lattice
        Cells.
    issue
        Issue times (time,), ascending, in steps not shorter than the horizon.

    Returns
    -------
    numpy.ndarray
        int16 (time, cell).

    Examples
    --------
    >>> chosen = Settings(magnitude=5.0)
    >>> event = {"time": "2000-02-01", "longitude": 70.0, "latitude": 40.0, "mag": 5.0}
    >>> events = pd.DataFrame([event]).astype({"time": "datetime64[ns]"})
    >>> issue = pd.DatetimeIndex(["2000-01-01", "2000-01-31", "2000-03-01"])
    >>> count_events(events, chosen, chosen.lattice, issue).sum(axis=1).tolist()
    [0, 1, 0]
    """
    kept = target_events(events, settings)
    times = kept["time"].to_numpy().astype("datetime64[ns]")
    starts = issue.to_numpy().astype("datetime64[ns]")
    step = np.searchsorted(starts, times, side="right") - 1
    cell = lattice.index(kept["longitude"].to_numpy(), kept["latitude"].to_numpy())
    inside = (step >= 0) & (cell >= 0)
    late = times[inside] - starts[step[inside]] >= pd.Timedelta(settings.horizon).to_timedelta64()
    found = np.zeros((issue.size, lattice.size), np.int16)
    np.add.at(found, (step[inside][~late], cell[inside][~late]), 1)
    return found
