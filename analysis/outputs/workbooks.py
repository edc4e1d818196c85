"""Series and event tables as Excel workbooks with real dates, numbers and a sheet of metadata."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import xlsxwriter

from analysis.language import translator
from analysis.outputs.tables import (
    TIME_UTC,
    column_labels,
    metadata_rows,
    with_times,
)

XLSX_ROWS = 1_048_576
XLSX_FIRST_DAY = pd.Timestamp("1900-03-01")  # Excel invents a 29 February 1900: days before shift


def table_xlsx(
    table: pd.DataFrame,
    metadata: Mapping[str, Any] | None = None,
    *,
    timezone: str | None = None,
    language: str = "en",
) -> bytes:
    """Table as an Excel workbook: a sheet of data and a sheet that says where they come from.

    Times are real dates, numbers are numbers, gaps are empty cells and text is text: no cell
    is ever a formula or a link.

    Parameters
    ----------
    table, metadata, timezone, language
        As in `analysis.outputs.table_csv`.

    Returns
    -------
    bytes
        The file.

    Raises
    ------
    ValueError
        If the time zone or language is unknown, or the table has more rows than a sheet can hold.

    Examples
    --------
    >>> table_xlsx(pd.DataFrame({"mag": [5.1]}))[:2]
    b'PK'
    """
    if len(table) >= XLSX_ROWS:
        raise ValueError(
            f"The table has {len(table):,} rows; an XLSX sheet holds {XLSX_ROWS - 1:,}. "
            "Choose CSV or a smaller selection."
        )
    _ = translator(language)
    about: Mapping[str, Any] = metadata or {}
    data = with_times(table, timezone)
    buffer = io.BytesIO()
    workbook = xlsxwriter.Workbook(
        buffer,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False},
    )
    bold = workbook.add_format({"bold": True, "bottom": 1, "valign": "top", "text_wrap": True})
    date = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    wrap = workbook.add_format({"text_wrap": True, "valign": "top"})
    sheet = workbook.add_worksheet(_("Data")[:31])
    for position, label in enumerate(column_labels(data.columns, about, _, timezone)):
        sheet.write_string(0, position, label, bold)
        values = data.iloc[:, position]
        is_time = pd.api.types.is_datetime64_any_dtype(values.dtype)
        sheet.set_column(position, position, 20 if is_time else min(max(len(label), 10), 32))
        _write_column(sheet, position, values, date)
    sheet.freeze_panes(1, 1 if TIME_UTC in data else 0)
    if len(data) and len(data.columns):
        sheet.autofilter(0, 0, len(data), len(data.columns) - 1)
    notes = workbook.add_worksheet(_("About the data")[:31])
    notes.set_column(0, 0, 28)
    notes.set_column(1, 1, 100)
    for row, (key, value) in enumerate(metadata_rows(about, _)):
        notes.write_string(row, 0, key, bold)
        if isinstance(value, int | float) and not isinstance(value, bool) and np.isfinite(value):
            notes.write_number(row, 1, value, wrap)
        else:
            notes.write_string(row, 1, str(value), wrap)
    workbook.close()
    return buffer.getvalue()


def _write_column(sheet: Any, position: int, values: pd.Series, date: Any) -> None:
    """Write one column by its kind; a missing value leaves the cell empty."""
    missing = values.isna().to_numpy()
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        for row, value in enumerate(values, 1):
            if missing[row - 1]:
                continue
            if value < XLSX_FIRST_DAY:
                sheet.write_string(row, position, value.isoformat(sep=" "))
            else:
                sheet.write_datetime(row, position, value.to_pydatetime(warn=False), date)
        return
    is_number = pd.api.types.is_numeric_dtype(values.dtype)
    is_flag = pd.api.types.is_bool_dtype(values.dtype)
    for row, value in enumerate(values.tolist(), 1):
        if missing[row - 1]:
            continue
        if is_flag:
            sheet.write_boolean(row, position, bool(value))
        elif is_number and np.isfinite(value):
            sheet.write_number(row, position, _shortest(value, values.dtype))
        else:
            sheet.write_string(row, position, str(value))


def _shortest(value: float, dtype: Any) -> float:
    """Say a float32 by its shortest decimal: 1.2 must not become 1.2000000477."""
    return float(str(np.float32(value))) if dtype == np.float32 else value
