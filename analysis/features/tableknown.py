"""When the values of a feature were known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis.features.derivatives import length_in_days
from analysis.spelling import did_you_mean

_NS_OF_DAY = 86_400_000_000_000


def known_at(table: pd.DataFrame, feature: str) -> pd.Series[Any]:
    """Return until when the data behind each value of a feature were measured.

    Nothing later is in the value: it is the issue time less the delay of publication, so it was
    public at the issue time.

    Parameters
    ----------
    table
        From :func:`~analysis.features.table.build_table` or another that declares its features.
    feature
        Name of a feature.

    Returns
    -------
    pandas.Series
        datetime64[ns] (row,), at or before the issue time of the row.

    Raises
    ------
    ValueError
        The table does not declare the feature: when it was known is not known.

    Examples
    --------
    >>> times = pd.to_datetime(["2020-03-31", "2020-04-30"])
    >>> index = pd.MultiIndex.from_product([times, [7]], names=["time", "cell"])
    >>> table = pd.DataFrame({"gravity_last": [1.0, 2.0], "secret": 0.0}, index)
    >>> table.attrs["features"] = {"gravity_last": {"delay": "60D"}}
    >>> known_at(table, "gravity_last").dt.strftime("%Y-%m-%d").tolist()
    ['2020-01-31', '2020-03-01']
    >>> known_at(table, "secret")
    Traceback (most recent call last):
    ...
    ValueError: The table does not say when 'secret' was known. Allowed: gravity_last.
    """
    declared = table.attrs.get("features", {})
    if feature not in declared:
        hint = did_you_mean(str(feature), map(str, declared))
        raise ValueError(f"The table does not say when {feature!r} was known. {hint}")
    delay = str(declared[feature].get("delay", "0D"))
    wait = 0 if pd.Timedelta(delay) == pd.Timedelta(0) else length_in_days(delay, "delay")
    times = pd.DatetimeIndex(table.index.get_level_values("time")).as_unit("ns")
    known = times - pd.Timedelta(round(wait * _NS_OF_DAY), "ns")
    return pd.Series(np.asarray(known), table.index, name="known_at")


def undeclared(table: pd.DataFrame) -> list[str]:
    """Return the columns of which the table does not say when they were known.

    Parameters
    ----------
    table
        A feature table.

    Returns
    -------
    list of str
        Columns that are no declared feature, no target, no weight and no rate of a baseline.
    """
    known = {*map(str, table.attrs.get("features", {})), "target", "weight", "time", "cell"}
    names = map(str, table.columns)
    return [name for name in names if name not in known and not name.startswith("rate_")]
