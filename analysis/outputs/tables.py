"""Series and event tables as CSV files that a spreadsheet opens correctly."""

from __future__ import annotations

import csv
import io
import re
import zoneinfo
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from analysis.language import translator
from analysis.spelling import did_you_mean

SEPARATORS = (",", ";", "\t")
DECIMALS = (".", ",")
TIME_UTC = "time_utc"
TIME_LOCAL = "time_local"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_INNER = re.compile(r"""([,;\t\n\r]["\s]*)(?=[=@]|[+-](?!\s*\d+(?:[.,]\d+)?\s*(?:[,;\t]|$)))""")

Translator = Callable[[str], str]


@dataclass(frozen=True)
class CsvOptions:
    r"""How a CSV file is written.

    Parameters
    ----------
    separator : str
        Between two columns: ``","``, ``";"`` or a tab.
    decimal : str
        Decimal mark of the numbers: ``"."`` or ``","``.
    bom : bool
        Begin with a byte order mark, by which Excel knows UTF-8 (Kazakh and Russian letters).
    header_block : bool
        Begin with lines ``# key: value`` (source, units, licence, citation, simulated). Read
        such a file back with ``pandas.read_csv(..., comment="#")``.

    Raises
    ------
    ValueError
        If the separator or the decimal mark is not allowed, or both are the comma.

    Examples
    --------
    >>> CsvOptions(separator=";", decimal=",").separator
    ';'
    """

    separator: str = ","
    decimal: str = "."
    bom: bool = False
    header_block: bool = True

    def __post_init__(self) -> None:
        if self.separator not in SEPARATORS:
            raise ValueError(f"Separator {self.separator!r}: allowed are {SEPARATORS}.")
        if self.decimal not in DECIMALS:
            raise ValueError(f"Decimal mark {self.decimal!r}: allowed are {DECIMALS}.")
        if self.separator == self.decimal:
            raise ValueError("The comma cannot be separator and decimal mark: choose ';' or a tab.")


def zone(timezone: str) -> zoneinfo.ZoneInfo:
    """Time zone by its IANA name.

    Parameters
    ----------
    timezone : str
        For example ``"Asia/Almaty"``.

    Returns
    -------
    zoneinfo.ZoneInfo

    Raises
    ------
    ValueError
        If there is no such zone; near names are offered.

    Examples
    --------
    >>> zone("Asia/Almaty").key
    'Asia/Almaty'
    """
    try:
        return zoneinfo.ZoneInfo(timezone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        hint = did_you_mean(timezone, zoneinfo.available_timezones())
        if len(hint) > 200:
            hint = "Use a name like Asia/Almaty."
        raise ValueError(f"Unknown time zone {timezone!r}. {hint}") from error


def with_times(table: pd.DataFrame, timezone: str | None = None) -> pd.DataFrame:
    """Put UTC time, and local time on request, into the first columns.

    Parameters
    ----------
    table : pandas.DataFrame
        Has a column ``time`` or an index of times; times without a zone are UTC. Without either
        the table is returned as a copy.
    timezone : str, optional
        IANA name; adds a column of local wall-clock time.

    Returns
    -------
    pandas.DataFrame
        Columns ``time_utc`` (and ``time_local``) without zone, then the rest.

    Examples
    --------
    >>> table = pd.DataFrame({"time": pd.to_datetime(["2024-06-01"]), "mag": [5.0]})
    >>> str(with_times(table, "Asia/Almaty").loc[0, "time_local"])
    '2024-06-01 05:00:00'
    """
    if "time" in table.columns:
        rest = table.drop(columns="time").reset_index(drop=True)
        times = pd.Series(pd.DatetimeIndex(table["time"]))
    elif isinstance(table.index, pd.DatetimeIndex):
        rest = table.reset_index(drop=True)
        times = pd.Series(table.index)
    else:
        return table.copy()
    utc = times.dt.tz_localize("UTC") if times.dt.tz is None else times.dt.tz_convert("UTC")
    rest.insert(0, TIME_UTC, utc.dt.tz_localize(None))
    if timezone is not None:
        rest.insert(1, TIME_LOCAL, utc.dt.tz_convert(zone(timezone)).dt.tz_localize(None))
    return rest


def safe_text(value: Any) -> Any:
    """Guard a text cell that a spreadsheet would run as a formula.

    An apostrophe goes before text that begins with ``= + - @``, a tab or a return (after
    spaces as well), and before ``= + - @`` right after a separator, unless a number follows.
    Values that are not text come back unchanged, so numbers stay numbers.

    Parameters
    ----------
    value : object
        A cell.

    Returns
    -------
    object
        The cell, harmless.

    References
    ----------
    OWASP, *CSV Injection*, owasp.org/www-community/attacks/CSV_Injection.

    Examples
    --------
    >>> safe_text("=1+1"), safe_text("Almaty"), safe_text(-1.5)
    ("'=1+1", 'Almaty', -1.5)
    >>> safe_text(safe_text("@x")) == safe_text("@x")
    True
    """
    if not isinstance(value, str):
        return value
    start = value.lstrip(" \n")
    # a spreadsheet of another country splits cells at another separator
    inner = _INNER.sub(r"\1'", value)
    return f"'{inner}" if start.startswith(FORMULA_STARTS) else inner


def column_labels(
    columns: pd.Index, metadata: Mapping[str, Any], _: Translator, timezone: str | None = None
) -> list[str]:
    """Column headings with the unit and the mark of simulation, e.g. ``lst [degC, simulated]``."""
    details: Mapping[str, Mapping[str, Any]] = metadata.get("columns", {})
    labels = []
    for column in columns:
        notes = []
        if column == TIME_LOCAL and timezone:
            notes.append(timezone)
        about = details.get(str(column), {})
        if about.get("units"):
            notes.append(str(about["units"]))
        if about.get("simulated"):
            notes.append(_("simulated"))
        labels.append(f"{column} [{', '.join(notes)}]" if notes else str(column))
    return labels


def metadata_rows(metadata: Mapping[str, Any], _: Translator) -> Iterator[tuple[str, Any]]:
    """Say in words where a table comes from: pairs of key and value, columns at the end."""
    names = {
        "title": _("Title"),
        "source": _("Source"),
        "licence": _("Licence"),
        "citation": _("Citation"),
        "units": _("Units"),
        "longitude": _("Longitude"),
        "latitude": _("Latitude"),
        "url": _("Address"),
        "statement": _("Statement"),
        "settings": _("Settings"),
    }
    for key, value in metadata.items():
        if key in ("columns", "simulated") or value is None or value == "":
            continue
        if isinstance(value, list | tuple):
            value = "; ".join(str(item) for item in value)
        yield names.get(key, str(key)), value
    columns: Mapping[str, Mapping[str, Any]] = metadata.get("columns", {})
    if metadata.get("simulated") or any(about.get("simulated") for about in columns.values()):
        yield _("Simulated"), _("Holds values made by a simulator: they are not observations.")
    for column, about in columns.items():
        parts = [
            str(about[key]) for key in ("long_name", "units", "source", "licence") if about.get(key)
        ]
        if about.get("simulated"):
            parts.append(_("simulated"))
        yield _("Column {name}").format(name=column), "; ".join(parts)
    yield _("Written"), datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def table_csv(
    table: pd.DataFrame,
    metadata: Mapping[str, Any] | None = None,
    *,
    options: CsvOptions | None = None,
    timezone: str | None = None,
    language: str = "en",
) -> bytes:
    r"""Table as a CSV file in UTF-8.

    Parameters
    ----------
    table : pandas.DataFrame
        Series (index or column ``time``) or events; times without a zone are UTC.
    metadata : mapping, optional
        ``title, source, licence, citation, simulated`` and ``columns`` (column -> mapping with
        ``units, long_name, source, licence, simulated``); other keys are written as given.
    options : CsvOptions, optional
        Separator, decimal mark, byte order mark, header block.
    timezone : str, optional
        IANA name; adds local time beside UTC.
    language : {"kk", "ru", "en"}
        Language of the header block.

    Returns
    -------
    bytes
        The file.

    Raises
    ------
    ValueError
        If the time zone or the language is unknown.

    Examples
    --------
    >>> table = pd.DataFrame({"time": pd.to_datetime(["2024-01-31"]), "place": ["=SUM(A1)"]})
    >>> plain = CsvOptions(header_block=False)
    >>> table_csv(table, options=plain).decode().splitlines()
    ['time_utc,place', "2024-01-31 00:00:00,'=SUM(A1)"]
    """
    _ = translator(language)
    options = options or CsvOptions()
    about: Mapping[str, Any] = metadata or {}
    data = with_times(table, timezone)
    labels = [safe_text(label) for label in column_labels(data.columns, about, _, timezone)]
    for position, dtype in enumerate(data.dtypes):
        column = data.iloc[:, position]
        if not (pd.api.types.is_numeric_dtype(dtype) or hasattr(column, "dt")):
            data.isetitem(position, column.astype(object).map(safe_text).to_numpy())
    text = io.StringIO()
    if options.header_block:
        for key, value in metadata_rows(about, _):
            text.write(f"# {_one_line(f'{key}: {value}')}\n")
    data.to_csv(
        text,
        index=False,
        header=labels,
        sep=options.separator,
        decimal=options.decimal,
        date_format=_date_format(data),
        lineterminator="\n",
        quoting=csv.QUOTE_MINIMAL,
    )
    return text.getvalue().encode("utf-8-sig" if options.bom else "utf-8")


def _date_format(data: pd.DataFrame) -> str:
    """Whole seconds, or microseconds where the times need them."""
    if TIME_UTC in data and bool((data[TIME_UTC].dt.microsecond.fillna(0) != 0).any()):
        return "%Y-%m-%d %H:%M:%S.%f"
    return "%Y-%m-%d %H:%M:%S"


def _one_line(text: str) -> str:
    """One line of the header block, of which no part can become a formula in its own cell."""
    return str(_INNER.sub(r"\1'", " ".join(text.split())))
