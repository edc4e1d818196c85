"""Columns of a table as plain numbers."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from numbers import Real
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.notes import mark as _
from analysis.notes import note

_BLUNT: Final = 0.01
"""Share of the spread of a column that may be lost where it is rounded to float32."""
_MOST: Final = 20_000
_NUMBERS: Final = (Real, Decimal, np.bool_)


def is_numeric(column: pd.Series[Any]) -> bool:
    """Tell whether a column holds real numbers, or True and False, and nothing else.

    Parameters
    ----------
    column
        Values (row,); those of an object column are looked at one by one.

    Returns
    -------
    bool
        False for words, also such as "12", dates, lengths of time and categories.

    Examples
    --------
    >>> is_numeric(pd.Series([1, 2.5, None], dtype=object)), is_numeric(pd.Series([1, "two"]))
    (True, False)
    """
    kind = column.dtype
    if pd.api.types.is_object_dtype(kind):
        kinds = {type(one) for one in column.to_numpy()[column.notna().to_numpy()]}
        return all(issubclass(one, _NUMBERS) for one in kinds)
    return pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_complex_dtype(kind)


def numbers_of(
    column: pd.Series[Any], name: Any, notes: list[str] | None = None
) -> NDArray[np.float32]:
    """Return the numbers of a column.

    Parameters
    ----------
    column
        Values (row,).
    name
        What it is called.
    notes
        A column whose values differ by less than its numbers can hold is told here.

    Returns
    -------
    numpy.ndarray
        float32 (row,), NaN where missing.

    Raises
    ------
    ValueError
        A value is no number; the first one is named.

    Examples
    --------
    >>> numbers_of(pd.Series([1, None, True], dtype=object), "depth").tolist()
    [1.0, nan, 1.0]
    >>> numbers_of(pd.Series([1, "two"]), "depth")
    Traceback (most recent call last):
    ValueError: The column 'depth' has 1 value that is no number, first 'two' (row 1); give numbers.
    """
    if pd.api.types.is_object_dtype(column.dtype):
        column = column.where(column.notna(), np.nan)
    try:
        if pd.api.types.is_complex_dtype(column.dtype):
            raise TypeError("complex numbers have no order")
        with np.errstate(over="ignore"):  # beyond float32: infinite, told and taken for missing
            found = column.to_numpy(dtype=np.float32, na_value=np.nan)
    except (ValueError, TypeError) as error:
        raise ValueError(_told(column, name)) from error
    if notes is not None and str(column.dtype).lower() in ("float64", "int64", "uint64"):
        _blunt(column, found, name, notes)
    return np.asarray(found, np.float32)


def _told(column: pd.Series[Any], name: Any) -> str:
    """Return which value of a column is no number."""
    values: Sequence[Any] = column.tolist()
    bad = [
        row for row, one in enumerate(values) if not isinstance(one, _NUMBERS) and not pd.isna(one)
    ]
    if not bad:
        return f"The column {name!r} is {column.dtype}; give numbers."
    one, several = values[bad[0]], "s that are" if len(bad) > 1 else " that is"
    return (
        f"The column {name!r} has {len(bad)} value{several} no number, first {str(one)[:40]!r} "
        f"(row {bad[0]}); give numbers."
    )


def _blunt(column: pd.Series[Any], found: NDArray[np.float32], name: Any, notes: list[str]) -> None:
    """Tell where values of a column differ by less than float32 can hold."""
    step = max(1, len(column) // _MOST)
    exact = column.to_numpy(dtype=np.float64, na_value=np.nan)[::step]
    kept = np.isfinite(exact) & np.isfinite(found[::step])
    spread = float(np.std(exact[kept])) if kept.any() else 0.0
    if spread and float(np.std(exact[kept] - found[::step][kept])) > _BLUNT * spread:
        text = _(
            "The values of {name} differ by less than is kept of numbers of their size: subtract "
            "a constant from them."
        )
        notes.append(note(text, name=str(name)))
