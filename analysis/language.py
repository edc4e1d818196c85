"""Kazakh, Russian and English: texts, numbers and dates.

The message identifiers are the English texts themselves; the catalogues
``analysis/locale/kk.po`` and ``analysis/locale/ru.po`` hold the translations.
Each is read once.
"""

from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from math import isfinite
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd
from babel import Locale
from babel.dates import format_date as babel_date
from babel.dates import format_datetime as babel_datetime
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

LANGUAGES: tuple[str, ...] = ("kk", "ru", "en")
"""The languages of the interface, Kazakh first."""

LANGUAGE_NAMES = MappingProxyType({"kk": "Қазақша", "ru": "Русский", "en": "English"})
"""Every language's name in that language."""

LOCALE = Path(__file__).parent / "locale"
"""Folder of the message catalogues."""

MISSING = "–"
"""What stands where a number or a date is missing."""

Moment = str | date | datetime | np.datetime64 | pd.Timestamp


@cache
def messages(language: str) -> MappingProxyType[str, str]:
    """Read the catalogue of one language.

    Parameters
    ----------
    language : str
        One of `LANGUAGES`.

    Returns
    -------
    mapping of str to str
        English text to its translation; only finished translations
        (no fuzzy ones). Empty for English.

    Raises
    ------
    ValueError
        The language is not one of `LANGUAGES`.

    Examples
    --------
    >>> len(messages("en"))
    0
    >>> set(messages("kk")) == set(messages("ru"))
    True
    """
    check(language)
    if language == "en":
        return MappingProxyType({})
    with (LOCALE / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    return MappingProxyType(
        {
            message.id: message.string
            for message in catalogue
            if isinstance(message.id, str)
            and message.id
            and isinstance(message.string, str)
            and message.string
            and not message.fuzzy
        }
    )


def translator(language: str) -> Callable[[str], str]:
    """Make the function that translates English texts.

    Parameters
    ----------
    language : str
        One of `LANGUAGES`.

    Returns
    -------
    callable
        Takes an English text and returns it in `language`; a text without a
        translation comes back in English.

    Raises
    ------
    ValueError
        The language is not one of `LANGUAGES`.

    Examples
    --------
    >>> _ = translator("en")
    >>> _("Explorer")
    'Explorer'
    >>> translator("kk")("Earthquakes")
    'Жер сілкіністері'
    """
    table = messages(language)

    def translate(text: str) -> str:
        return table.get(text, text)

    return translate


def check(language: str) -> str:
    """Return `language` when it is one of `LANGUAGES`.

    Parameters
    ----------
    language : str
        A language code.

    Returns
    -------
    str
        The same code.

    Raises
    ------
    ValueError
        The language is not one of `LANGUAGES`.

    Examples
    --------
    >>> check("kk")
    'kk'
    """
    if language not in LANGUAGES:
        raise ValueError(f"unknown language {language!r}; allowed: {', '.join(LANGUAGES)}")
    return language


def language_of(
    accept_language: str | None, query: str | None = None, setting: str = "", cookie: str = ""
) -> str:
    """Choose the language of a visitor.

    The choice in the address comes first, then the choice kept from an earlier
    visit, then the browser's languages in the order of their weights, then the
    setting, then Kazakh. Values that name no language of ours are passed over.

    Parameters
    ----------
    accept_language : str or None
        Value of the HTTP header ``Accept-Language`` (RFC 9110, section 12.5.4).
    query : str, optional
        Value of ``?lang=`` in the address.
    setting : str, optional
        Language fixed by the installation.
    cookie : str, optional
        Language chosen at an earlier visit.

    Returns
    -------
    str
        One of `LANGUAGES`.

    Examples
    --------
    >>> language_of("de-CH,ru;q=0.5,kk;q=0.8")
    'kk'
    >>> language_of("ru", query="en")
    'en'
    >>> language_of("fr", query="nonsense", setting="ru")
    'ru'
    """
    for wish in (query, cookie, *accepted(accept_language or ""), setting):
        code = (wish or "").strip().lower().replace("_", "-").split("-")[0]
        if code in LANGUAGES:
            return code
    return LANGUAGES[0]


def accepted(header: str) -> list[str]:
    """List the languages of an ``Accept-Language`` header, the most wanted first.

    Parameters
    ----------
    header : str
        Value of the header; parts that cannot be read are passed over.

    Returns
    -------
    list of str
        Language tags with a weight above zero; equal weights keep their order.

    Examples
    --------
    >>> accepted("en;q=0.1, kk-KZ, ru;q=0.9, tr;q=0, xx;q=much")
    ['kk-KZ', 'ru', 'en']
    """
    weighted = []
    for part in header.split(","):
        tag, _, weight = part.partition(";")
        text = weight.strip().removeprefix("q=") or "1"
        try:
            value = float(text)
        except ValueError:
            continue
        if tag.strip() and isfinite(value) and value > 0:
            weighted.append((-value, tag.strip()))
    return [tag for _, tag in sorted(weighted, key=lambda pair: pair[0])]


def format_number(x: float, language: str, digits: int | None = None) -> str:
    """Write a number as the reader's language does.

    Parameters
    ----------
    x : float
        Any number; NaN and infinities give `MISSING`.
    language : str
        One of `LANGUAGES`.
    digits : int, optional
        Decimals to show, always that many; without it up to three, as needed.

    Returns
    -------
    str
        The number with the language's decimal sign and groups, and a true minus.

    Raises
    ------
    ValueError
        The language is not one of `LANGUAGES`, or `digits` is negative.

    Examples
    --------
    >>> format_number(-1234.5, "en", 2)
    '−1,234.50'
    >>> format_number(0.25, "kk")
    '0,25'
    >>> format_number(float("nan"), "ru", 1)
    '–'
    """
    locale = locale_of(language)
    if digits is not None and digits < 0:
        raise ValueError(f"digits is {digits}; allowed: 0 or more")
    value = float(x)
    if not isfinite(value):
        return MISSING
    pattern = "#,##0.###" if digits is None else "#,##0" + "." * (digits > 0) + "0" * digits
    rounded = round(value, 3 if digits is None else digits)
    text = format_decimal(rounded if rounded else 0.0, format=pattern, locale=locale)
    return str(text).replace("-", "−")


def format_date(moment: Moment, language: str, style: str = "medium") -> str:
    """Write a day as the reader's language does.

    Parameters
    ----------
    moment : date, datetime, datetime64, Timestamp or ISO text
        The day; NaT gives `MISSING`.
    language : str
        One of `LANGUAGES`.
    style : {"short", "medium", "long", "full"} or pattern, optional
        Length, or a CLDR pattern such as ``"LLLL y"``.

    Returns
    -------
    str
        The day, in UTC.

    Raises
    ------
    ValueError
        The language is not one of `LANGUAGES`, or the text is no date.

    Examples
    --------
    >>> format_date("2011-03-11", "ru", "d MMMM")
    '11 марта'
    >>> format_date("2014-01-02", "kk").endswith("ж. 2 қаң.")
    True
    """
    locale = locale_of(language)
    stamp = pd.Timestamp(moment)
    form = _days(style, locale)
    return MISSING if pd.isna(stamp) else babel_date(stamp, format=form, locale=locale)


def _days(style: str, locale: Locale) -> str:
    """Return a style, or its pattern where that would put a nought before the day in words."""
    if style != "medium":
        return style
    return str(locale.date_formats[style].pattern).replace("dd MMM", "d MMM")


def format_month(moment: Moment, language: str) -> str:
    """Write month and year as the reader's language does.

    Parameters
    ----------
    moment : date, datetime, datetime64, Timestamp or ISO text
        Any day of the month; NaT gives `MISSING`.
    language : str
        One of `LANGUAGES`.

    Returns
    -------
    str
        The month and the year.

    Raises
    ------
    ValueError
        The language is not one of `LANGUAGES`, or the text is no date.

    Examples
    --------
    >>> format_month("2011-03-11", "en")
    'March 2011'
    """
    return format_date(moment, language, "y 'ж.' MMMM" if language == "kk" else "LLLL y")


def format_time(moment: Moment, language: str, style: str = "medium") -> str:
    """Write a day and a time of day as the reader's language does.

    Parameters
    ----------
    moment : datetime, datetime64, Timestamp or ISO text
        The moment; NaT gives `MISSING`. It is written as given: a moment
        without a time zone is UTC.
    language : str
        One of `LANGUAGES`.
    style : {"short", "medium", "long", "full"} or pattern, optional
        Length, or a CLDR pattern.

    Returns
    -------
    str
        The day and the time.

    Raises
    ------
    ValueError
        The language is not one of `LANGUAGES`, or the text is no moment.

    Examples
    --------
    >>> format_time("2011-03-11T05:46", "en", "yyyy-MM-dd HH:mm")
    '2011-03-11 05:46'
    >>> format_time("2014-01-02T03:04:05", "kk").endswith("ж. 2 қаң., 03:04:05")
    True
    """
    locale = locale_of(language)
    stamp = pd.Timestamp(moment)
    form = _moments(style, locale)
    return MISSING if pd.isna(stamp) else babel_datetime(stamp, format=form, locale=locale)


def _moments(style: str, locale: Locale) -> str:
    """Return a style of day and time, or its pattern without a nought before the day in words."""
    if style != "medium":
        return style
    pattern, time = str(locale.datetime_formats[style]), locale.time_formats[style]
    return pattern.replace("{0}", str(time.pattern)).replace("{1}", _days(style, locale))


@cache
def locale_of(language: str) -> Locale:
    """Give the rules for numbers and dates of a language.

    Parameters
    ----------
    language : str
        One of `LANGUAGES`.

    Returns
    -------
    babel.Locale
        The rules; English ones are those with the day before the month.

    Raises
    ------
    ValueError
        The language is not one of `LANGUAGES`.

    Examples
    --------
    >>> locale_of("kk").language
    'kk'
    """
    name = {"kk": "kk_KZ", "ru": "ru_RU", "en": "en_GB"}[check(language)]
    return Locale.parse(name)
