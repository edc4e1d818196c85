"""The range of valid values that a file states for a variable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

_ROUNDING = 1e-6  # of the larger limit: values may be float32, limits float64


def valid_limits(attrs: Mapping[Any, Any], encoding: Mapping[Any, Any]) -> tuple[float, float]:
    """Least and greatest valid value of a variable, widened by its rounding.

    By the NetCDF conventions, values outside ``valid_range``, or below ``valid_min`` or above
    ``valid_max``, are missing. Whole limits of packed values are in packed units; of fractions
    they say nothing, for they may be left from values that were packed once.

    Parameters
    ----------
    attrs : mapping
        Attributes of the variable.
    encoding : mapping
        How the file held it: ``scale_factor``, ``add_offset``, ``dtype``.

    Returns
    -------
    low, high : float
        In the units of the decoded values; infinite where the file states nothing usable.

    Examples
    --------
    >>> packed = {"scale_factor": 0.01, "add_offset": 270.0, "dtype": np.dtype("int16")}
    >>> low, high = valid_limits({"valid_range": np.array([0, 2000], "int16")}, packed)
    >>> round(low, 2), round(high, 2)
    (269.99, 290.01)
    >>> valid_limits({"valid_min": "unknown"}, {})
    (-inf, inf)
    """
    if "_Unsigned" in attrs or "_Unsigned" in encoding:
        return -np.inf, np.inf
    both = np.atleast_1d(np.asarray(attrs.get("valid_range", ())))
    stated = both if both.size == 2 else (attrs.get("valid_min"), attrs.get("valid_max"))
    low, high = _number(stated[0], -np.inf), _number(stated[1], np.inf)
    kinds = {np.asarray(value).dtype.kind for value in stated if value is not None}
    scale, offset = encoding.get("scale_factor"), encoding.get("add_offset")
    margin = 0.0
    whole = np.dtype(encoding.get("dtype") or float).kind in "iu"
    if kinds <= {"i", "u"} and not whole and scale is None and offset is None:
        return -np.inf, np.inf  # the values were unpacked before, the limits were not
    if (scale is not None or offset is not None) and kinds <= {"i", "u"}:
        factor = float(1.0 if scale is None else scale)
        shift = float(0.0 if offset is None else offset)
        low, high = sorted((low * factor + shift, high * factor + shift))
        margin = abs(factor) / 2
    margin += _ROUNDING * max((abs(one) for one in (low, high) if np.isfinite(one)), default=0.0)
    return (low - margin, high + margin) if low <= high else (-np.inf, np.inf)


def _number(value: Any, default: float) -> float:
    array = np.asarray(value)
    usable = array.size == 1 and array.dtype.kind in "iuf" and np.isfinite(array).all()
    return float(array.item()) if usable else default
