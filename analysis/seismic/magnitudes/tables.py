"""Columns of a table of events, as arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.seismic.columns import as_events


def take(events: Any, *names: str) -> tuple[NDArray[Any], ...]:
    """Return columns of a table of events, whatever their spelling.

    Columns that are there under their own name and as numbers or times without a zone are taken
    as they are; only else is the table brought to its usual form.

    Parameters
    ----------
    events : pandas.DataFrame
        A table of events, (n) rows.
    *names
        Columns of `EVENT_COLUMNS`.

    Returns
    -------
    tuple of numpy.ndarray
        One array (n) for each name: float64, or datetime64[us] for times.

    Raises
    ------
    ValueError
        If a column is absent or holds something else.

    Examples
    --------
    >>> import pandas as pd
    >>> take(pd.DataFrame({"lon": [70], "lat": [43], "time": ["2020-01-01"]}), "longitude")
    (array([70.]),)
    """
    columns = getattr(events, "columns", ())
    kinds = {name: events[name].dtype.kind for name in names if name in columns}
    ready = all(kinds.get(name) in tuple("M" if name == "time" else "fi") for name in names)
    table = events if ready else as_events(events, fill=False)
    absent = [name for name in names if name not in table.columns]
    if absent:
        msg = (
            f"The table of events has no column {' and '.join(absent)}; "
            f"its columns: {', '.join(map(str, columns))}."
        )
        raise ValueError(msg)
    return tuple(
        table[name].to_numpy(dtype="datetime64[us]")
        if name == "time"
        else table[name].to_numpy(dtype=np.float64, na_value=np.nan)
        for name in names
    )
