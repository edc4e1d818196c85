"""The way of a forecast from no alarm to all, with every corner."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


def corners(levels: Values, low: Values, high: Values) -> tuple[Values, Values, Values]:
    """Return thresholds, cost and events of all alarms that bound the area under a curve.

    Between two forecasts that events had, cost rises and no event is gained: the way is level
    there, and rises at the next such forecast (sloping where it is equal to forecasts without an
    event). Trapezoids over these points are the area itself.

    Parameters
    ----------
    levels
        Forecasts that events had (level,), descending.
    low
        Cost (2 level + 1,) above, at and between them, summed from the top.
    high
        Events (level,) at them, summed from the top.

    Returns
    -------
    tuple of numpy.ndarray
        Thresholds (alarm where the forecast reaches them), cost and events (point,), from none to
        all.

    Examples
    --------
    An empty row is forecast higher than the only event, and one lower:

    >>> found = corners(np.array([0.5]), np.array([1.0, 1.0, 2.0]), np.array([1.0]))
    >>> found[1].tolist(), found[2].tolist()
    ([0.0, 1.0, 1.0, 2.0], [0.0, 0.0, 1.0, 1.0])
    """
    size = levels.size
    before = np.concatenate([[0.0], high])[:size]
    cost = np.column_stack([low[: 2 * size : 2], low[1::2]]).ravel()
    events = np.column_stack([before, high]).ravel()
    threshold = np.column_stack([np.nextafter(levels, np.inf), levels]).ravel()
    kept = np.ones(2 * size, bool)
    kept[0::2] = cost[0::2] > np.concatenate([[0.0], cost[1::2]])[:size]  # else the point before
    ends = low[-1:] if low.size else np.zeros(1)
    return (
        np.concatenate([[np.inf], threshold[kept], [-np.inf]]),
        np.concatenate([[0.0], cost[kept], ends]),
        np.concatenate([[0.0], events[kept], high[-1:] if size else np.zeros(1)]),
    )
