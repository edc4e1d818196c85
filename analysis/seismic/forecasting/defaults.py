"""Choices that suit the data at hand: from what magnitude and from when on, how fine, how long."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
import pandas as pd

from analysis.cells.cells import Cells
from analysis.cells.lattice import Lattice
from analysis.seismic.events import check_region, select_events
from analysis.seismic.forecasting.choices import Settings
from analysis.seismic.magnitudes import completeness

LEAST_TARGET: Final = 5.0
ERA_YEARS: Final = 5
"""Completeness is judged in eras of so many years."""
FEWEST: Final = 50
"""Events of an era in a region from which its completeness is judged by them alone."""
TOLERANCE: Final = 0.1
"""Magnitude by which the completeness may be higher for the sake of a longer record."""
BEFORE_YEARS: Final = 4
"""Record before the first issue time, so that rates of the first windows rest on something."""
MOST_ROWS: Final = 600_000
"""Rows of the test part, about: scores and forecasts of five models then take under a minute."""
WIDE: Final = "global"
ENOUGH: Final = 1000
"""Events of the target below which models learn from the whole globe."""
SAMPLE: Final = 100_000
"""Empty rows to learn from, about."""
_SIDES: Final = (0.5, 1.0, 1.5, 2.0, 2.5, 3.0)
_YEAR: Final = pd.Timedelta("365.25D")
_CLASSIC: Final = ("2020-01-01", "2022-01-01")


def defaults_for(
    events: pd.DataFrame,
    region: Any = "kazakhstan_central_asia",
    *,
    source: str = "events_gcmt",
    **changes: Any,
) -> Settings:
    """Return settings that suit events and a region.

    The record is taken from the era on in which its completeness (fullest bin of magnitudes and
    0.2, Woessner and Wiemer 2005) is within 0.1 of the lowest, where that leaves 15 years or more;
    the target is
    M >= 5.0, or the completeness where that is higher. The first four years make rates only. With
    learning from 2010 or earlier and data beyond 2023, validation is 2020-2021 and the test
    begins in 2022; else the parts are 70, 15 and 15 per cent of the issue times. Cells are 0.5
    degree, or larger so that the test part has some 600,000 rows at most. Where the region has
    fewer than 1000 events of the target, the models learn from the whole globe.

    Parameters
    ----------
    events
        Columns ``time`` (UTC), ``longitude``, ``latitude``, ``mag``.
    region
        Name of a packaged region, or west, south, east, north in degrees.
    source
        Name of the events, as `Settings.events` takes it.
    **changes
        Attributes of the settings to be set otherwise.

    Returns
    -------
    Settings
        Complete settings.

    Raises
    ------
    ValueError
        There are no events, the record is shorter than six years, or a change is impossible.

    Examples
    --------
    A record that is complete from 5.7 only does not get a target of 5.0:

    >>> days = pd.date_range("2000-01-01", "2020-01-01", freq="5D")
    >>> mags = 5.4 + np.random.default_rng(0).exponential(0.4, days.size).round(1)
    >>> events = pd.DataFrame({"time": days, "longitude": 70.0, "latitude": 40.0, "mag": mags})
    >>> chosen = defaults_for(events, "kazakhstan_central_asia", source="mine.csv")
    >>> chosen.magnitude, chosen.resolution
    (5.7, 0.5)
    """
    if not len(events):
        raise ValueError("There are no events, so there is nothing to choose by.")
    times = events["time"]
    end = pd.Timestamp(times.max())
    if end - times.min() < 6 * _YEAR:
        raise ValueError(
            f"The record lasts from {times.min()} to {end}; a forecast needs six years or more: "
            f"{BEFORE_YEARS} for rates, and some to learn from and to be judged by."
        )
    since, least = complete_from(events, region)
    if "learn_from" not in changes and _few(events, region, since, max(LEAST_TARGET, least)):
        everywhere = complete_from(events, WIDE)
        since, least = max(since, everywhere[0]), max(least, everywhere[1])
        changes = {"learn_from": WIDE, **changes}
    first = pd.Timestamp(since) + BEFORE_YEARS * _YEAR
    period = (f"{first.ceil('D'):%Y-%m-%d}", f"{end.floor('D'):%Y-%m-%d}")
    split: tuple[Any, ...] = ()
    if first <= pd.Timestamp("2015-01-01") and end >= pd.Timestamp("2023-01-01"):
        split = _CLASSIC
    values: dict[str, Any] = {
        "events": source,
        "region": region,
        "since": since,
        "period": period,
        "magnitude": max(LEAST_TARGET, least),
        "completeness": least,
        "split": split,
    }
    values |= changes
    if "resolution" not in changes:
        values["resolution"] = _side(Settings(**{**values, "resolution": _SIDES[0]}))
    if "keep_empty" not in changes:
        values["keep_empty"] = _share(Settings(**values))
    return Settings(**values)


def complete_from(events: pd.DataFrame, region: Any) -> tuple[str, float]:
    """Return from when on and from what magnitude a record is complete.

    Parameters
    ----------
    events
        Columns ``time`` (UTC), ``longitude``, ``latitude``, ``mag``.
    region
        Name of a packaged region, or four bounds. An era with few events in the region is judged
        by those of the whole record.

    Returns
    -------
    tuple
        Date, and magnitude in steps of 0.1.

    Raises
    ------
    ValueError
        No era has enough events to be judged.

    Examples
    --------
    >>> from analysis.seismic.forecasting.records import read_record
    >>> complete_from(read_record("events_gcmt").events, "global")
    ('1996-01-01', 5.4)
    """
    inside = select_events(events, region=check_region(region))
    start = pd.Timestamp(events["time"].min()).floor("D")
    years = (pd.Timestamp(events["time"].max()) - start) / _YEAR
    starts, values = [], []
    for number in range(max(1, int(years // ERA_YEARS))):
        low = start + pd.DateOffset(years=ERA_YEARS * number)
        last = number == max(1, int(years // ERA_YEARS)) - 1
        high = None if last else low + pd.DateOffset(years=ERA_YEARS)
        near = select_events(inside, start=low, end=high)
        if len(near) < FEWEST:
            near = select_events(events, start=low, end=high)
        found = completeness(near["mag"].to_numpy(np.float64)) if len(near) >= FEWEST else math.nan
        starts.append(low)
        values.append(found)
    worst = np.maximum.accumulate(np.array(values)[::-1])[::-1]  # of an era and all later ones
    if not np.isfinite(worst).any():
        raise ValueError(
            f"No era of {ERA_YEARS} years has {FEWEST} events, so the completeness cannot be "
            "judged; state since, period, magnitude and completeness yourself."
        )
    lengths = years - ERA_YEARS * np.arange(len(starts))
    enough = np.isfinite(worst) & ((lengths >= 15) | (np.arange(len(starts)) == 0))
    if not enough.any():
        enough = np.isfinite(worst)
    best = np.where(enough, worst.round(1), np.inf)
    chosen = int(np.argmax(best <= best.min() + TOLERANCE + 1e-9))
    return f"{starts[chosen]:%Y-%m-%d}", float(best[chosen])


def _few(events: pd.DataFrame, region: Any, since: str, magnitude: float) -> bool:
    """Return whether a region alone has too few events of the target to learn from."""
    near = select_events(
        events, start=since, region=check_region(region), magnitude=(magnitude, None)
    )
    return len(near) < ENOUGH


def _share(settings: Settings) -> float:
    """Return the share of empty rows that leaves some 100,000 of them."""
    rows = settings.learning_lattice.size * max(1, len(settings.issue_times))
    return float(f"{min(0.1, max(0.001, SAMPLE / rows)):.1g}")


def _side(settings: Settings) -> float:
    """Return the finest side of cells with which the test part is not too large."""
    steps = steps_of_test(settings)
    for side in _SIDES:
        if Lattice.from_bounds(settings.bounds, side).size * steps <= MOST_ROWS:
            return side
    return _SIDES[-1]


def steps_of_test(settings: Settings) -> int:
    """Return the number of issue times of the test part.

    Parameters
    ----------
    settings
        Settings.

    Returns
    -------
    int
        Number.

    Examples
    --------
    >>> early = Settings(split=("2003-01-01", "2006-01-01"))
    >>> steps_of_test(early) > steps_of_test(Settings(split=()))
    True
    """
    times = settings.issue_times
    if len(settings.split) == 2:
        return int((times >= pd.Timestamp(settings.split[1])).sum())
    share = settings.split[2] if len(settings.split) == 3 else 0.15  # at random as by default
    return max(1, round(len(times) * float(share)))


def mean_expected(settings: Settings, events: pd.DataFrame) -> float:
    """Return how many events of the target there were in a window, in the mean.

    Parameters
    ----------
    settings
        Settings.
    events
        Columns ``time``, ``longitude``, ``latitude``, ``mag``.

    Returns
    -------
    float
        Events in a window and the region.
    """
    near = select_events(
        events,
        start=settings.period[0],
        end=settings.period[1],
        region=settings.bounds,
        magnitude=(settings.magnitude, None),
    )
    return len(near) / max(1, len(settings.issue_times))


def cells_of(settings: Settings) -> Cells:
    """Return cells of the target windows, each from its issue time on."""
    times = settings.issue_times
    end = times[-1] + pd.Timedelta(settings.horizon)
    return Cells.from_grid(
        settings.bounds, settings.resolution, times[0], end, period=settings.horizon
    )
