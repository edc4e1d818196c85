"""How sliders write their numbers: with the decimal sign of the page's language."""

from __future__ import annotations

from bokeh.models import CustomJSTickFormatter

_NUMBER = """
const text = tick.toFixed(DIGITS)
const own = document.documentElement.lang === "en" ? text : text.replace(".", ",")
return own.replace("-", "\\u2212")
"""


def decimals(digits: int) -> CustomJSTickFormatter:
    """Make what a slider takes as its ``format``.

    Parameters
    ----------
    digits : int
        Decimals, always that many.

    Returns
    -------
    bokeh.models.CustomJSTickFormatter
        For one slider: no two pages may share it.

    Raises
    ------
    ValueError
        `digits` is negative.

    Examples
    --------
    >>> "toFixed(1)" in decimals(1).code
    True
    """
    if digits < 0:
        raise ValueError(f"digits is {digits}; it must be 0 or more.")
    return CustomJSTickFormatter(code=_NUMBER.replace("DIGITS", str(digits)))
