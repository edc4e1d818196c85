"""The values of a column of events read as text, number, time or flag."""

from __future__ import annotations

import re
from typing import Any, Final

import numpy as np
import pandas as pd

from analysis.sources.circle import wrap_longitude

TEXT: Final = "str"
NUMBER: Final = "float64"
FLAG: Final = "bool"
MOMENT: Final = "datetime64[us]"
FLAG_WORDS: Final = {"true": 1.0, "yes": 1.0, "t": 1.0, "false": 0.0, "no": 0.0, "f": 0.0}

_YEARS: Final = (1_000.0, 10_000.0)
_SECONDS: Final = (1e8, 1e10)  # since 1970: the years 1973 to 2286, before it 1653 to 1966
_LATEST: Final = 1e14  # milliseconds: the year 5138
_HALVES: Final = re.compile("[\ud800-\udfff]")


def readable_text(values: pd.Series) -> pd.Series:
    """Read values as text; half a sign (a lone surrogate), which no file can hold, becomes U+FFFD.

    Parameters
    ----------
    values : pandas.Series
        Anything.

    Returns
    -------
    pandas.Series
        Text; NaN where nothing stands.

    Examples
    --------
    >>> readable_text(pd.Series(["a" + chr(0xD83D)], dtype=object))[0] == "a" + chr(0xFFFD)
    True
    """
    try:
        return values.astype(TEXT)
    except UnicodeEncodeError:
        return values.map(whole_signs).astype(TEXT)


def whole_signs(value: Any) -> Any:
    """Put U+FFFD for every half of a sign in a text; anything else is returned as it is.

    Parameters
    ----------
    value : object
        Text or not.

    Returns
    -------
    object
        A text that can be written in UTF-8, or the value.

    Examples
    --------
    >>> whole_signs("Алматы"), whole_signs(5), whole_signs(chr(0xD83D)) == chr(0xFFFD)
    ('Алматы', 5, True)
    """
    if not isinstance(value, str) or value.isascii():
        return value
    return _HALVES.sub("\ufffd", value)


def read_times(values: pd.Series, name: str) -> pd.Series:
    """Read times: text is ISO 8601, UTC without a zone; numbers are milliseconds since 1970.

    Parameters
    ----------
    values : pandas.Series
        (n) times, text or numbers.
    name : str
        Of the column, for the message.

    Returns
    -------
    pandas.Series
        (n) times in UTC without a zone; NaT where nothing stands.

    Raises
    ------
    ValueError
        A text is no time, or the numbers are clearly no milliseconds: years, seconds.
    """
    if values.dtype == object:
        kind = pd.api.types.infer_dtype(values, skipna=True)
        if kind in ("integer", "floating", "mixed-integer-float"):
            values = values.astype(NUMBER)
        else:  # the year 2020 among texts
            values = values.map(lambda one: str(one) if isinstance(one, int | float) else one)
            values = values.mask(values == "nan")
    if pd.api.types.is_numeric_dtype(values.dtype):
        values = values.astype(NUMBER)
        _refuse_moments(values, name)
        moments = pd.to_datetime(values.round(), unit="ms")
        return moments.astype(MOMENT)
    if values.dtype.kind == "M":
        if values.dt.tz is not None:
            values = values.dt.tz_convert("UTC").dt.tz_localize(None)
        return values.astype(MOMENT)
    blank = _blank(values)
    read = pd.to_datetime(values.mask(blank), utc=True, format="ISO8601", errors="coerce")
    _refuse(values, read.isna() & ~blank, name, "a time such as 2020-01-01T00:00:00Z")
    return read.dt.tz_localize(None).astype(MOMENT)


def read_numbers(values: pd.Series, name: str) -> pd.Series:
    """Read numbers.

    Parameters
    ----------
    values : pandas.Series
        (n) numbers or text.
    name : str
        Of the column, for the message.

    Returns
    -------
    pandas.Series
        (n) of float64; NaN where nothing stands.

    Raises
    ------
    ValueError
        A value is no number.
    """
    if values.dtype == NUMBER:
        return values
    read = pd.to_numeric(values, errors="coerce")
    _refuse(values, read.isna() & ~_blank(values), name, "a number")
    return read.astype(NUMBER)


def read_flags(values: pd.Series, name: str) -> pd.Series:
    """Read flags: words such as yes and false, or numbers, of which 0 is False.

    Parameters
    ----------
    values : pandas.Series
        (n) flags, words or numbers.
    name : str
        Of the column, for the message.

    Returns
    -------
    pandas.Series
        (n) of bool; False where nothing stands.

    Raises
    ------
    ValueError
        A value is no flag.
    """
    if values.dtype == bool:
        return values
    if not pd.api.types.is_numeric_dtype(values.dtype):
        values = values.map(lambda one: FLAG_WORDS.get(str(one).strip().lower(), one))
    return read_numbers(values, name).fillna(0.0).ne(0.0)


def read_text(values: pd.Series) -> pd.Series:
    """Read text without blanks round it.

    Parameters
    ----------
    values : pandas.Series
        (n) anything; whole numbers beside gaps stay whole.

    Returns
    -------
    pandas.Series
        (n) of text; NaN where nothing stands.
    """
    if pd.api.types.is_float_dtype(values.dtype) and (values.dropna() % 1 == 0).all():
        values = values.astype("Int64")  # whole numbers beside gaps: an id of 7 is no 7.0
    text = readable_text(values).str.strip()
    blank = text == ""
    return text.mask(blank) if blank.any() else text


def _blank(values: pd.Series) -> pd.Series:
    return values.isna() | (readable_text(values).str.strip() == "")


def wrapped(longitude: pd.Series) -> pd.Series:
    """Bring longitudes from -360 to 720 into [-180, 180); others are no longitudes and stay.

    Parameters
    ----------
    longitude : pandas.Series
        (n) degrees.

    Returns
    -------
    pandas.Series
        (n) degrees; those that were inside are the same to the bit.

    Examples
    --------
    >>> wrapped(pd.Series([190.0, np.inf, 5.0])).tolist()
    [-170.0, inf, 5.0]
    """
    turned = (longitude < -180) | (longitude >= 180)
    turned &= longitude.between(-360, 720)
    if not turned.any():
        return longitude
    values = longitude.to_numpy(copy=True)
    values[turned] = wrap_longitude(values[turned])
    return pd.Series(values, index=longitude.index, name=longitude.name)


def _refuse_moments(values: pd.Series, name: str) -> None:
    """Refuse numbers that are clearly no milliseconds since 1970."""
    known = values.dropna().abs()
    if known.empty:
        return
    what = ""
    if known.between(*_YEARS, inclusive="left").all():
        what = "years"
    elif known.between(*_SECONDS, inclusive="left").all():
        what = "seconds since 1970"
    elif (known >= _LATEST).any():
        what = "no milliseconds since 1970"
    if what:
        first = values[values.abs().eq(known.max())].iloc[0]
        raise ValueError(
            f"The column {name!r} of events holds the number {first:.15g}; such numbers look like "
            f"{what}. Give times such as 2020-01-01T00:00:00Z, or milliseconds since 1970."
        )


def _refuse(values: pd.Series, wrong: pd.Series, name: str, allowed: str) -> None:
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        msg = (
            f"The column {name!r} of events holds {values.iloc[row]!r} in row {row}, "
            f"and {int(wrong.sum())} such values in all; give {allowed}."
        )
        raise ValueError(msg)
