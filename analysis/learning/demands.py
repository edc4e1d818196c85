"""What a caller asks of a comparison or a search, checked before work begins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from analysis.learning.sheet import Sheet


def whole(name: str, value: Any, least: int = 0) -> int:
    """Return a whole number that is large enough.

    Parameters
    ----------
    name
        What it is called.
    value
        The number.
    least
        The smallest that is allowed.

    Returns
    -------
    int
        The number.

    Raises
    ------
    ValueError
        It is no whole number, or too small.

    Examples
    --------
    >>> whole("draws", 3.0)
    3
    >>> whole("draws", "x")
    Traceback (most recent call last):
    ValueError: draws='x'; give a whole number, 0 or more.
    """
    number = isinstance(value, (int, float, np.integer, np.floating))
    if isinstance(value, (bool, np.bool_)) or not number or value != np.floor(value):
        raise ValueError(f"{name}={value!r}; give a whole number, {least} or more.")
    if not np.isfinite(value) or value < least:
        raise ValueError(f"{name}={value!r}; give a whole number, {least} or more.")
    return int(value)


def settings_of(params: Any, models: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the settings of each model.

    Parameters
    ----------
    params
        Settings by name, by model; None for none.
    models
        Models by name.

    Returns
    -------
    dict
        Settings by model.

    Raises
    ------
    ValueError
        They are no mapping of mappings, or name a model that is not there.

    Examples
    --------
    >>> settings_of({"SVM": {"C": 0.1}}, {"SVM": None})
    {'SVM': {'C': 0.1}}
    >>> settings_of({"SVM": 3}, {"SVM": None})
    Traceback (most recent call last):
    ValueError: params['SVM'] is 3; give settings by name, such as {'C': 0.1}.
    """
    if params is None:
        return {}
    if not isinstance(params, Mapping):
        raise ValueError(
            f"params is {params!r}; give settings by model, such as {{'SVM': {{'C': 0.1}}}}."
        )
    if unknown := sorted(str(one) for one in set(params) - set(models)):
        raise ValueError(f"params names {', '.join(unknown)}; models are {', '.join(models)}.")
    for name, one in params.items():
        if one is not None and not isinstance(one, Mapping):
            raise ValueError(
                f"params[{name!r}] is {one!r}; give settings by name, such as {{'C': 0.1}}."
            )
    return {name: dict(one or {}) for name, one in params.items()}


def check_options(
    threshold: Any, cache: Any, predictions: Any, progress: Any, cancel: Any, calibrate: Any = None
) -> None:
    """Raise where an option of a comparison is nothing that it could be.

    Parameters
    ----------
    threshold, cache, predictions, progress, cancel, calibrate
        As for :func:`~analysis.learning.compare.iterate_comparison`.

    Raises
    ------
    ValueError
        Naming the option.

    Examples
    --------
    >>> check_options("high", None, None, None, None)
    Traceback (most recent call last):
    ValueError: The threshold is 'high'; give a number.
    """
    if calibrate not in (None, "sigmoid", "isotonic"):
        raise ValueError(f"calibrate={calibrate!r}; give 'isotonic', 'sigmoid' or None.")
    number = isinstance(threshold, (int, float, np.number)) and np.isfinite(threshold)
    if threshold is not None and not number:
        raise ValueError(f"The threshold is {threshold!r}; give a number.")
    if threshold is not None and not 0 <= threshold <= 1:
        raise ValueError(f"The threshold is {threshold!r}; a probability lies from 0 to 1.")
    if cache is not None and not hasattr(cache, "get"):
        raise ValueError(f"The cache is a {type(cache).__name__}; give a dict, or get and put.")
    if predictions is not None and not isinstance(predictions, Mapping):
        raise ValueError(
            f"predictions is a {type(predictions).__name__}; give forecasts by name, such as "
            "{'mine': 'forecast.csv'}."
        )
    for name, one in (("progress", progress), ("cancel", cancel)):
        if one is not None and not callable(one):
            raise ValueError(f"{name} is {one!r}; give a function.")


def reason_of(error: Exception) -> str:
    """Return why a model gave no forecast, in two lines of its error at most.

    Parameters
    ----------
    error
        What it raised.

    Returns
    -------
    str
        A sentence; the kind of the error before it, where the error alone says little.

    Examples
    --------
    >>> reason_of(ValueError("No rows.")), reason_of(KeyError("depth")), reason_of(IndexError())
    ('No rows.', "KeyError: 'depth'", 'IndexError')
    """
    if isinstance(error, ValueError) and error.args and isinstance(error.args[0], str):
        told = error.args[0]
        if len(told.splitlines()) == 1:
            return told  # as it was said, so that it can be said in other languages too
    lines = " ".join(str(error).strip().splitlines()[:2])
    if isinstance(error, (ValueError, RuntimeError)) and lines:
        return lines
    return f"{type(error).__name__}: {lines}" if lines else type(error).__name__


def each_once(sheet: Sheet, what: str) -> None:
    """Raise where a row of one time and cell is there twice.

    Parameters
    ----------
    sheet
        Rows.
    what
        What they are, for the message.

    Raises
    ------
    ValueError
        A time and cell is there twice: its outcome would count double.

    Examples
    --------
    >>> import pandas as pd
    >>> from analysis.learning.sheet import read_sheet
    >>> table = pd.DataFrame({"time": ["2020-01-01"] * 2, "cell": [7, 7], "target": [0, 1]})
    >>> each_once(read_sheet(table.iloc[:1]), "table")
    >>> try:
    ...     each_once(read_sheet(table), "table")
    ... except ValueError as error:
    ...     print(str(error)[:61])
    The table has 1 rows twice, first 2020-01-01 00:00:00, cell 7
    """
    if not sheet.celled:
        return
    time, cell = (np.asarray(codes, np.int64) for codes in sheet.index.codes)
    key = time * len(sheet.index.levels[1]) + cell
    if (np.diff(key) > 0).all():
        return
    order = np.argsort(key, kind="stable")
    again = order[1:][np.diff(key[order]) == 0]
    if again.size:
        when, where = sheet.index[int(again.min())]
        raise ValueError(
            f"The {what} has {again.size} rows twice, first {when}, cell {where}: each time and "
            "cell must be there once, or its outcome counts double."
        )
