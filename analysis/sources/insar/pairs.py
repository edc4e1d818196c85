"""The two dates that stand in the name of a pair."""

from __future__ import annotations

import re
from typing import Any, Final

import pandas as pd

_LONG: Final = re.compile(r"(?<!\d)((?:19|20)\d{6})(?:T\d{6}Z?)?[-_]((?:19|20)\d{6})(?!\d)")
_SHORT: Final = re.compile(r"(?<!\d)(\d{6})[-_](\d{6})(?!\d)")


def pair_dates(name: str) -> tuple[Any, Any]:
    """Read the two dates of a pair, in the order in which they stand in its name.

    Parameters
    ----------
    name : str
        Name with ``yyyymmdd_yyyymmdd``, ``yyyymmdd-yyyymmdd`` or ``yymmdd-yymmdd``.

    Returns
    -------
    first, second : numpy.datetime64
        Nanoseconds.

    Raises
    ------
    ValueError
        There are no two dates.

    Examples
    --------
    >>> [str(one)[:10] for one in pair_dates("20170106_20170130.geo.unw.tif")]
    ['2017-01-06', '2017-01-30']
    >>> [str(one)[:10] for one in pair_dates("geo_060619-061002_unw.tif")]
    ['2006-06-19', '2006-10-02']
    """
    for pattern, form in ((_LONG, "%Y%m%d"), (_SHORT, "%y%m%d")):
        for match in pattern.finditer(name):
            moments = pd.to_datetime(pd.Series(match.groups()), format=form, errors="coerce")
            if not moments.isna().any():
                first, second = moments.to_numpy().astype("datetime64[ns]")
                return first, second
    raise ValueError(
        f"No two dates stand in the name {name!r}; yyyymmdd_yyyymmdd (or yymmdd-yymmdd) wanted."
    )
