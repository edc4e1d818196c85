"""Moments as the reader writes them, in UTC or in the browser's own time zone."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd

from analysis.language import format_date, format_month, format_number, format_time

MINUS = "\u2212"
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def zone_or_none(name: str) -> ZoneInfo | None:
    """Return a time zone by its name, None where the name is unknown.

    >>> zone_or_none("Asia/Almaty").key, zone_or_none("Mars/Olympus")
    ('Asia/Almaty', None)
    """
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None


def number(value: float, language: str) -> str:
    r"""Write a measured number with three to four digits that matter.

    >>> number(0.01234, "en"), number(1234.6, "kk"), number(-12.34, "ru")
    ('0.0123', '1\xa0235', '−12,34')
    >>> number(-0.000123, "kk")
    '−1,23·10⁻⁴'
    """
    if 0 < abs(value) < 0.001:
        mantissa, _e, power = f"{value:.2e}".partition("e")
        digits = format_number(float(mantissa), language, 2)
        return f"{digits}·10{str(int(power)).translate(_RAISED)}".replace("-", MINUS)
    if 0 < abs(value) < 1:
        text = format_number(float(f"{value:.3g}"), language, 4).rstrip("0")
    else:
        text = format_number(float(f"{value:.4g}"), language)
    return text.replace("-", MINUS)


def moment_text(moment: np.datetime64, language: str, clock: str = "utc", zone: str = "") -> str:
    """Write a time in the reader's language.

    A time at midnight UTC stands for a whole day (a month's value) and is written as a date;
    any other time is written with its hour, in UTC or in local time.

    >>> moment_text(np.datetime64("2011-03-11T05:46"), "en", "local", "Asia/Almaty")
    '11 Mar 2011, 11:46 (UTC+06:00)'
    >>> moment_text(np.datetime64("2011-03-11"), "en")
    '11 Mar 2011'
    """
    stamp: Any = pd.Timestamp(moment)
    if stamp == stamp.normalize():
        return format_date(stamp, language)
    local = zone_or_none(zone) if clock == "local" else None
    if local is None:
        return f"{format_date(stamp, language)}, {format_time(stamp, language, 'HH:mm')} UTC"
    there = stamp.tz_localize("UTC").tz_convert(local)
    shift = there.strftime("%z")
    text = f"{format_date(there, language)}, {there:%H:%M}"
    return f"{text} (UTC{shift[:3]}:{shift[3:]})"


def step_text(cube: Any, index: int, language: str, clock: str = "utc", zone: str = "") -> str:
    """Write a time step of a cube: the month or year that it covers, else its moment."""
    if cube.time_bounds is None:
        return moment_text(cube.times[index], language, clock, zone)
    start, end = (moment.astype("datetime64[D]") for moment in cube.time_bounds[index])
    days = int((end - start).astype(int))
    if getattr(cube, "about", {}).get("forecast_of"):  # a window of a forecast is no month
        return f"{format_date(start, language)} – {format_date(end, language)}"
    middle = start + (end - start) // 2
    if 27 <= days <= 32:
        return format_month(middle, language)
    if 360 <= days <= 367:
        return str(middle.astype("datetime64[Y]"))
    return moment_text(cube.times[index], language, clock, zone)


def clock_times(times: pd.Series, clock: str = "utc", zone: str = "") -> list[str]:
    """Write moments (UTC) of events to the second, in UTC or in the browser's time zone.

    >>> clock_times(pd.Series(pd.to_datetime(["2011-03-11T05:46:23"])), "local", "Asia/Tokyo")
    ['2011-03-11 14:46:23 UTC+0900']
    """
    local = zone_or_none(zone) if clock == "local" else None
    if local is None:
        return times.dt.strftime("%Y-%m-%d %H:%M:%S UTC").to_list()
    there = times.dt.tz_localize("UTC").dt.tz_convert(local)
    return there.dt.strftime("%Y-%m-%d %H:%M:%S UTC%z").to_list()
