"""Addresses with braces: filled with days, the region, and what the user chose."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from analysis.sources.fetching.places import Box
from analysis.sources.ways import Way
from analysis.spelling import did_you_mean


def days(step: str, first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """First days of the steps of a period.

    Parameters
    ----------
    step : str
        P1D, P1M or P1Y.
    first, last : datetime.date
        Period; the steps that it touches count.

    Yields
    ------
    datetime.date

    Examples
    --------
    >>> [str(day) for day in days("P1M", dt.date(2020, 1, 20), dt.date(2020, 3, 1))]
    ['2020-01-01', '2020-02-01', '2020-03-01']
    """
    frequency = {"P1D": "D", "P1M": "M", "P1Y": "Y"}[step]
    for one in pd.period_range(first, last, freq=frequency):
        yield one.start_time.date()


def ends(step: str, day: dt.date) -> dt.date:
    """Last day of the step that begins at a day.

    Examples
    --------
    >>> str(ends("P1M", dt.date(2020, 2, 1)))
    '2020-02-29'
    """
    return pd.Period(day, freq={"P1D": "D", "P1M": "M", "P1Y": "Y"}[step]).end_time.date()


def chosen(way: Way, choose: Mapping[str, Any] | None, name: str) -> dict[str, str]:
    r"""Check what the user chose, and add the named groups of its pattern.

    Parameters
    ----------
    way : Way
        What an entry says.
    choose : mapping or None
        Name -> value.
    name : str
        Name of the source.

    Returns
    -------
    dict of str to str

    Raises
    ------
    ValueError
        A choice is missing, unknown or of another form.

    Examples
    --------
    >>> way = Way("listing", choose={"frame": r"0*(?P<track>\d+)[AD]_\d{5}_\d{6}"})
    >>> chosen(way, {"frame": "021D_04972_131213"}, "licsar")["track"]
    '21'
    """
    given = {key: str(value) for key, value in (choose or {}).items()}
    for key in given:
        if key not in way.choose:
            known = did_you_mean(key, way.choose) if way.choose else "It has none."
            raise ValueError(f"The source {name!r} has no choice {key!r}. {known}")
    out = dict(given)
    for key, pattern in way.choose.items():
        if key not in given:
            raise ValueError(
                f"The source {name!r} has parts: say which {key} (--choose {key}=..., "
                f"of the form {pattern})."
            )
        match = re.fullmatch(pattern, given[key])
        if match is None:
            raise ValueError(f"{key} is {given[key]!r}; allowed is the form {pattern}.")
        out |= {one: text for one, text in match.groupdict().items() if text is not None}
    return out


def fill(template: str, day: dt.date | None, box: Box, choices: Mapping[str, str]) -> str:
    """Fill the braces of an address.

    Parameters
    ----------
    template : str
        Address.
    day : datetime.date or None
        For ``{date:...}``.
    box : tuple of float
        For ``{west}`` and its kin.
    choices : mapping of str to str
        The rest.

    Returns
    -------
    str

    Examples
    --------
    >>> fill(
    ...     "a/{date:%Y}/{station}_{date:%j}.gz",
    ...     dt.date(2020, 2, 1),
    ...     (0, 0, 1, 1),
    ...     {"station": "x"},
    ... )
    'a/2020/x_032.gz'
    """
    west, south, east, north = (f"{edge:g}" for edge in box)
    return template.format(
        date=day, west=west, south=south, east=east, north=north, **dict(choices)
    )


def span_in(match: re.Match[str]) -> tuple[dt.date, dt.date] | None:
    r"""Days that the group ``date`` of a match holds: YYYYMMDD, YYYYDDD, YYYYMM or YYYY.

    Parameters
    ----------
    match : re.Match
        Of a name of a file or folder.

    Returns
    -------
    tuple of datetime.date or None
        First and last day; None where there is no such group or it is no date.

    Examples
    --------
    >>> [str(day) for day in span_in(re.match(r"A(?P<date>\d{7})", "A2020032"))]
    ['2020-02-01', '2020-02-01']
    >>> [str(day) for day in span_in(re.match(r"(?P<date>\d{4}-\d\d)", "2020-02"))]
    ['2020-02-01', '2020-02-29']
    """
    text = (match.groupdict().get("date") or "").replace("-", "").replace("_", "")
    forms = {8: ("%Y%m%d", "D"), 7: ("%Y%j", "D"), 6: ("%Y%m", "M"), 4: ("%Y", "Y")}
    if len(text) not in forms:
        return None
    form, frequency = forms[len(text)]
    try:
        day = dt.datetime.strptime(text, form).replace(tzinfo=dt.UTC).date()
    except ValueError:
        return None
    whole = pd.Period(day, freq=frequency)
    return whole.start_time.date(), whole.end_time.date()
