"""A rate in which events trigger events: the idea of ETAS, with parameters given, not fitted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.cells.lattice import Lattice
from analysis.learning.baselines import Rates
from analysis.learning.past import Past, frame
from analysis.learning.splits import length_of_time


def productivity(
    sizes: ArrayLike, least: float, *, at_least: float = 0.1, growth: float = 0.8
) -> NDArray[np.float64]:
    """Return how many events each event is expected to trigger.

    ``at_least * 10**(growth * (size - least))``: Utsu 1971, as in ETAS (Ogata 1988,
    doi:10.1080/01621459.1988.10478560). With a b-value of 1 the
    mean of all events is ``at_least / (1 - growth)``: 0.5 as it stands.

    Parameters
    ----------
    sizes
        Sizes (event,) on a scale of decades, such as magnitudes.
    least
        Least size of the record.
    at_least
        Number for an event of the least size.
    growth
        Decades of number for one unit of size.

    Returns
    -------
    numpy.ndarray
        Expected numbers (event,): weights for :func:`triggered_rate`.

    Raises
    ------
    ValueError
        A size is missing or below the least, or a parameter is impossible.

    Examples
    --------
    Five units above the least there are 10,000 times as many:

    >>> few, many = productivity([5.0, 10.0], 5.0)
    >>> round(float(many / few))
    10000
    """
    excess = np.asarray(sizes, dtype=np.float64) - least
    if not (excess >= 0).all():
        raise ValueError(f"A size is missing or below the least size {least}; leave it out.")
    if not (at_least >= 0 and growth >= 0):
        raise ValueError(f"at_least={at_least}, growth={growth}: neither may be negative.")
    return np.asarray(at_least * 10 ** (growth * excess))


def triggered_rate(  # noqa: PLR0913
    past: Past,
    places: Lattice,
    issue: Any,
    *,
    background: Rates,
    window: Any = "30D",
    delay: Any = "15min",
    decay: float = 1.1,
    width_km: float = 20.0,
    memory: Any = "3650D",
) -> Rates:
    """Return a background and what past events still trigger in the window (ETAS-type).

    An event triggers ``weights`` events in all, at a time t after it with the density
    ``(decay - 1) / c * (1 + t / c)**-decay`` (Omori and Utsu, c the delay) and round it by the
    kernel "power" (Ogata 1998, doi:10.1023/A:1003403601725). The background takes the share that
    is not triggered. What events of the window trigger before its end is added at the places of
    those events, in the mean: all is divided by 1 less that number. The parameters are typical
    ones and not fitted, so a fitted ETAS should do better.

    Parameters
    ----------
    past
        Events, their weights the numbers of :func:`productivity`.
    places, issue, window
        As for :func:`~analysis.learning.baselines.smoothed_rate`.
    background
        Lasting rate (time, cell) of all events, such as the smoothed one, of the same window.
    delay, decay
        c and p of the law of Omori and Utsu; p above 1.
    width_km
        Width of the kernel.
    memory
        Older events trigger nothing more.

    Returns
    -------
    numpy.ndarray
        Expected numbers (time, cell).

    Raises
    ------
    ValueError
        The background has another shape, a parameter is impossible, or the events before an issue
        time trigger one or more each in the mean.

    Examples
    --------
    The day after an event there is more near it than a year later:

    >>> globe = Lattice.from_bounds((-180, -90, 180, 90), 5)
    >>> past = Past.of(["2020-01-01"], [70], [43], [0.5], since="2019-01-01")
    >>> flat = np.zeros((2, globe.size), np.float32)
    >>> rate = triggered_rate(past, globe, ["2020-01-02", "2021-01-01"], background=flat)
    >>> bool(rate[0].sum() > 5 * rate[1].sum() > 0)
    True
    """
    times, _, length = frame(past, issue, window)
    day = pd.Timedelta("1D")
    lag, back = length_of_time(delay, "delay") / day, length_of_time(memory, "memory")
    if np.shape(background) != (times.size, places.size):
        raise ValueError(
            f"The background is {np.shape(background)}; it must be {(times.size, places.size)}."
        )
    if not (lag > 0 and decay > 1):
        raise ValueError(f"delay={delay!r}, decay={decay}: give a positive length and p above 1.")
    inside = _within(length, lag, decay)
    out = np.array(background, np.float32)
    for step, when in enumerate(times):
        last = past.before(when)
        share = float(past.weights[:last].mean()) if last else 0.0
        if share >= 1:
            raise ValueError(
                f"Before {when} an event triggers {share:.3g} events in the mean; it must be less "
                "than 1, or there would be ever more. Give a lower productivity."
            )
        rows = slice(past.before(when - back.to_timedelta64()), last)
        ages = (when - past.times[rows]) / np.timedelta64(1, "D")
        begun, ended = (_triggered(ages + more, lag, decay) for more in (0.0, length))
        recent = Past(
            past.times[rows],
            past.longitude[rows],
            past.latitude[rows],
            past.weights[rows] * (ended - begun),
            past.since,
        )
        widths = np.full(ages.size, float(width_km))
        field = recent.spread(slice(None), places, widths, "power")
        out[step] = (out[step] * (1 - share) + field) / (1 - share * inside)
    return out


def _triggered(ages: NDArray[np.float64], delay: float, decay: float) -> NDArray[np.float64]:
    """Return the share of the triggered events that have come at an age, days."""
    return np.asarray(1 - (1 + ages / delay) ** (1 - decay))


def _within(length: float, delay: float, decay: float) -> float:
    """Return the mean share triggered before the end of a window by events evenly within it."""
    ratio, power = length / delay, 2 - decay
    grown = np.log1p(ratio) if abs(power) < 1e-9 else np.expm1(power * np.log1p(ratio)) / power
    return float(1 - grown / ratio)
