"""How sliders and boxes at the pointer write numbers: with the signs of the page's language."""

from __future__ import annotations

from bokeh.models import CustomJSHover, CustomJSTickFormatter

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


_POINTER = """
const text = DIGITS < 0 ? String(Number(Number(value).toPrecision(4))) : value.toFixed(DIGITS)
const own = document.documentElement.lang === "en" ? text : text.replace(".", ",")
return (SIGNED && value > 0 ? "+" : "") + own.replace("-", "\\u2212")
"""


def at_pointer(digits: int | None = None, *, signed: bool = False) -> CustomJSHover:
    """Make what a HoverTool takes as the formatter of a number, used as ``@name{custom}``.

    Parameters
    ----------
    digits : int, optional
        Decimals, always that many; without it four digits that matter.
    signed : bool, optional
        Whether a number above 0 has a plus.

    Returns
    -------
    bokeh.models.CustomJSHover
        For one figure: no two pages may share it.

    Raises
    ------
    ValueError
        `digits` is negative.

    Examples
    --------
    >>> "toFixed(3)" in at_pointer(3).code
    True
    """
    if digits is not None and digits < 0:
        raise ValueError(f"digits is {digits}; it must be 0 or more.")
    code = _POINTER.replace("DIGITS", str(-1 if digits is None else digits))
    return CustomJSHover(code=code.replace("SIGNED", str(signed).lower()))
