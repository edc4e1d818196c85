"""Principal components of the features of a table, learnt from its beginning."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from analysis.features.components import principal_components
from analysis.features.tablefacts import Facts

TRAIN: Final = 0.70
"""Share of the issue times from which components are learnt where no time is given."""


def add_components(
    table: pd.DataFrame, number: int, *, until: Any = None, features: Any = None
) -> pd.DataFrame:
    """Return a table with principal components of its features beside them.

    They are learnt from the rows issued before a time, so that a part that comes later is not
    known to them. A missing (or infinite) value counts as the mean of these rows; features that
    never change in them are left out.

    Parameters
    ----------
    table
        From :func:`~analysis.features.table.build_table`: (time, cell).
    number
        Components, 1 or more.
    until
        Rows issued before this time (UTC, or with a zone) are learnt from: the beginning of the
        validation part. None for the first 70 % of the issue times.
    features
        Names of the features; None for all that the table declares.

    Returns
    -------
    pandas.DataFrame
        The table and ``component_1``, ``component_2``, ... (float32).

    Raises
    ------
    ValueError
        The number or the time is impossible, or too few rows or features change.

    Examples
    --------
    Later rows change nothing of what was learnt:

    >>> times = pd.date_range("2020-01-01", periods=10)
    >>> index = pd.MultiIndex.from_product([times, range(30)], names=["time", "cell"])
    >>> table = pd.DataFrame(np.random.default_rng(0).normal(size=(300, 3)), index, list("abc"))
    >>> table.attrs["features"] = {name: {} for name in "abc"}
    >>> changed = table.copy()
    >>> changed.loc[index.get_level_values(0) >= times[7]] *= 100
    >>> both = [add_components(one, 2).iloc[:210] for one in (table, changed)]
    >>> both[0].equals(both[1]), list(both[0])[3:]
    (True, ['component_1', 'component_2'])
    """
    declared = dict(table.attrs.get("features", {}))
    names = list(declared) if features is None else [str(one) for one in features]
    lacking = [name for name in names if name not in table.columns]
    if lacking or not names:
        raise ValueError(f"The table has no features {', '.join(lacking) or 'at all'}.")
    if isinstance(number, bool) or not isinstance(number, int | np.integer) or number < 1:
        raise ValueError(f"components={number!r}; give a whole number of 1 or more.")
    times = table.index.get_level_values("time")
    if until is None:
        every = np.unique(times)
        until = every[min(max(1, round(TRAIN * every.size)), every.size - 1)]
    until = _moment(until)
    learnt = np.asarray(times < until)
    numbers = table[names].astype(np.float64)
    numbers = numbers.where(np.isfinite(numbers))
    train = numbers[learnt]
    mean, spread = train.mean(), train.std(ddof=0)
    changing = [name for name in names if spread[name] > 1e-12 * max(abs(mean[name]), 1e-300)]
    if number > len(changing):
        raise ValueError(
            f"{number} components of {len(changing)} features that change before "
            f"{until}; ask for fewer."
        )
    filled = numbers[changing].fillna(mean[changing])
    found = principal_components(filled, share=1.0, most=int(number), fit=learnt)
    scores = found.transform(filled).to_numpy(np.float32)
    result = table.copy()
    after = list(table.columns).index(names[-1]) + 1
    for place in range(scores.shape[1]):
        name = f"component_{place + 1}"
        result.insert(after + place, name, scores[:, place])
        declared[name] = Facts(
            group="component",
            units="1",
            known=f"learnt from rows issued before {until}",
            delay="0D",
            simulated=bool(table.attrs.get("simulated", False)),
            title={
                "kk": f"{place + 1}-бас компонент",
                "ru": f"Главная компонента {place + 1}",
                "en": f"Principal component {place + 1}",
            },
            explained=float(found.explained.iloc[place]),
        )
    result.attrs["features"] = declared
    return result


def _moment(value: Any) -> pd.Timestamp:
    """Return a time in UTC without a zone."""
    words = f"until={value!r}; give a time such as '2015-01-01'."
    if isinstance(value, int | float | np.number):
        raise ValueError(words)  # it would be read as nanoseconds since 1970
    try:
        found = pd.Timestamp(value)
    except (ValueError, TypeError) as error:
        raise ValueError(words) from error
    if pd.isna(found):
        raise ValueError(words)
    return found.tz_convert(None) if found.tz else found
