"""Conditions on several variables at once, written as a person would."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import xarray as xr

from analysis.spelling import did_you_mean

_FORM: Final = re.compile(
    r"(?P<open>abs\s*\(|\|)?\s*(?P<name>[^\W\d][\w.]*)\s*(?P<close>\)|\|)?\s*"
    r"(?P<sign>>=|<=|>|<)\s*"
    r"(?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(?P<sigma>sigma|σ)?",
    re.IGNORECASE,
)
_JOINT: Final = re.compile(r"(?:(?<=\))\s*|\s+)and(?:\s*(?=\()|\s+)|\s*&+\s*", re.IGNORECASE)
_CLOSES: Final = {None: None, "abs(": ")", "|": "|"}
_MOST: Final = 2000
_SIGNS: Final[Mapping[str, Any]] = {
    ">": np.greater,
    ">=": np.greater_equal,
    "<": np.less,
    "<=": np.less_equal,
}


@dataclass(frozen=True)
class Condition:
    """One comparison of a variable with a number.

    Attributes
    ----------
    variable
        Name of the variable.
    sign
        One of > >= < <=.
    threshold
        The number, in the units of the variable or in standard deviations.
    sigma
        Whether the number counts standard deviations, so that Z is compared.
    absolute
        Whether the size without its sign is compared.
    """

    variable: str
    sign: str
    threshold: float
    sigma: bool = False
    absolute: bool = False

    def __str__(self) -> str:
        name = f"abs({self.variable})" if self.absolute else self.variable
        return f"{name} {self.sign} {self.number}{' sigma' if self.sigma else ''}"

    @property
    def number(self) -> str:
        """The threshold as it is written: short, and read back as the same number."""
        short = f"{self.threshold:g}"
        return short if float(short) == self.threshold else repr(float(self.threshold))


def parse_conditions(conditions: str | Sequence[str]) -> list[Condition]:
    """Read conditions; nothing of the text is ever run.

    Parameters
    ----------
    conditions
        "gravity > 2 sigma and tec > 1.5 sigma", or a list of such texts. Each compares a
        variable, or abs(variable), with a number by > >= < <=; the number may count standard
        deviations (sigma, σ). They are joined by "and" ("AND", "&"), and may stand in brackets.

    Returns
    -------
    list of Condition
        In the order of the text.

    Raises
    ------
    ValueError
        Naming the part that cannot be read.

    Examples
    --------
    >>> parse_conditions("gravity > 2 sigma and abs(tec)>=1.5σ")[1]
    Condition(variable='tec', sign='>=', threshold=1.5, sigma=True, absolute=True)
    >>> print(*parse_conditions(["lst < -3.5", "tec > 2 sigma"]), sep=" and ")
    lst < -3.5 and tec > 2 sigma
    >>> print(*parse_conditions("(lst < -3.5) AND (tec > 2 sigma)"), sep=" and ")
    lst < -3.5 and tec > 2 sigma
    """
    texts = [conditions] if isinstance(conditions, str) else list(conditions)
    if sum(map(len, texts)) > _MOST:
        raise ValueError(f"The conditions are longer than {_MOST} characters.")
    parts = [part for text in texts for part in _JOINT.split(_bare(text))]
    found = [_parse_one(_bare(part)) for part in parts]
    if not found:
        raise ValueError("There is no condition; write, for example, 'gravity > 2 sigma'.")
    return found


def _bare(text: str) -> str:
    """Return a text without the brackets round all of it."""
    text = text.strip()
    while text.startswith("(") and text.endswith(")"):
        depth = np.cumsum([(one == "(") - (one == ")") for one in text])
        if (depth[:-1] <= 0).any() or depth[-1]:
            break
        text = text[1:-1].strip()
    return text


def _parse_one(text: str) -> Condition:
    match = _FORM.fullmatch(text)
    opened = match and match["open"] and match["open"].replace(" ", "").lower()
    if match is None or _CLOSES[opened] != match["close"]:
        message = f"The condition {text!r} cannot be read; write, for example, 'gravity > 2 sigma' "
        raise ValueError(message + "or 'abs(tec) >= 10', joined by 'and'.")
    threshold = float(match["number"])
    if not np.isfinite(threshold):
        raise ValueError(f"The condition {text!r} compares with a number that is too large.")
    return Condition(
        match["name"],
        match["sign"],
        threshold,
        match["sigma"] is not None,
        opened is not None,
    )


def all_of(
    conditions: str | Sequence[str] | Sequence[xr.DataArray],
    values: xr.Dataset | Mapping[str, xr.DataArray] | None = None,
    sigma: xr.Dataset | Mapping[str, xr.DataArray] | None = None,
) -> xr.DataArray:
    """Return where all conditions hold.

    Parameters
    ----------
    conditions
        As :func:`parse_conditions` reads them: "gravity > 2 sigma and tec > 1.5 sigma". Or what
        was compared already, as a list of arrays of True (1), False (0) and NaN where not known.
    values
        The variables, on the same cells and times; not needed where conditions are arrays.
    sigma
        Their Z-scores, which conditions with "sigma" compare. Without them the variable
        ``<name>_z`` of the values is taken, or the variable itself where it is a Z-score.

    Returns
    -------
    xarray.DataArray
        1 where all hold, 0 where one does not, NaN where that is not known because a value is
        missing. The attribute ``expression`` holds the conditions.

    Raises
    ------
    ValueError
        A condition cannot be read, a variable or its Z-score is missing, or the variables have
        different axes; conditions are arrays of something else than True and False.

    Examples
    --------
    One condition that fails decides, whatever is missing:

    >>> def one(*numbers):
    ...     return xr.DataArray(list(numbers), dims="cell", attrs={"statistic": "zscore"})
    >>> z = {"gravity": one(3, 3, 1, 3), "tec": one(2, 1, np.nan, np.nan)}
    >>> all_of("gravity > 2 sigma and tec > 1.5 sigma", z).values.tolist()
    [1.0, 0.0, 0.0, nan]
    >>> all_of([z["gravity"] > 2, z["tec"] > 1.5]).values.tolist()
    [1.0, 0.0, 0.0, 0.0]
    """
    texts = [conditions] if isinstance(conditions, str) else conditions
    named = isinstance(texts, Sequence) and all(isinstance(one, str) for one in texts)
    if values is None or not named:
        compared = _given(conditions)
        expression = " and ".join(str(one.name or f"condition {n + 1}") for n, one in compared)
        return _joined([(one, one == 0) for _, one in compared], expression)
    parsed = parse_conditions(conditions)  # type: ignore[arg-type]
    arrays = _aligned([_compared(one, values, sigma or {}) for one in parsed])
    pairs = []
    for condition, array in zip(parsed, arrays, strict=True):
        size = abs(array) if condition.absolute else array
        pairs.append((array, ~_SIGNS[condition.sign](size, condition.threshold)))
    return _joined(pairs, " and ".join(map(str, parsed)))


def _aligned(arrays: Sequence[xr.DataArray]) -> list[xr.DataArray]:
    try:
        return list(xr.align(*arrays, join="exact", copy=False))
    except ValueError as error:
        message = "The variables of the conditions have different times or places; "
        raise ValueError(message + "align them to the same cells first.") from error


def _given(conditions: Any) -> list[tuple[int, xr.DataArray]]:
    """Return conditions that were compared already, each with its number."""
    if isinstance(conditions, str) or not isinstance(conditions, Sequence) or not conditions:
        raise ValueError(
            f"The conditions are a {type(conditions).__name__}; give texts such as "
            "'gravity > 2 sigma' and the values, or a list of arrays such as [tec > 1.5]."
        )
    if any(isinstance(one, str) for one in conditions):
        raise ValueError("Conditions in words need values, the variables they name, and no arrays.")
    arrays = [
        one if isinstance(one, xr.DataArray) else xr.DataArray(np.asarray(one))
        for one in conditions
    ]
    for number, one in enumerate(arrays):
        known = one.dtype.kind == "b" or one.chunks is not None  # what is lazy stays so
        if one.dtype.kind not in "bifu" or not (
            known or bool((one.isnull() | one.isin([0, 1])).all())
        ):
            raise ValueError(
                f"Condition {number + 1} of {len(arrays)} holds something else than True (1) and "
                "False (0): compare first, such as tec > 1.5."
            )
    return list(enumerate(_aligned(arrays)))


def _joined(pairs: Sequence[tuple[xr.DataArray, Any]], expression: str) -> xr.DataArray:
    """Return 1, 0 or NaN from each variable and where its condition fails."""
    fails: Any = False
    unknown: Any = False
    for array, failing in pairs:
        missing = array.isnull()
        fails = fails | (~missing & failing)
        unknown = unknown | missing
    result = xr.where(fails, 0.0, xr.where(unknown, np.nan, 1.0)).astype(np.float32)
    simulated = any(one.attrs.get("simulated") for one, _ in pairs)
    result.attrs = {"units": "1", "long_name": expression, "expression": expression}
    result.attrs |= {"simulated": True} if simulated else {}
    return result.rename("all_of")


def _compared(condition: Condition, values: Any, sigma: Any) -> xr.DataArray:
    """Return the variable of a condition, or its Z."""
    name = condition.variable
    if not condition.sigma:
        if name not in values:
            raise ValueError(f"There is no variable {name!r}. {_hint(name, values)}")
        found: xr.DataArray = values[name]
        return found
    if name in sigma:
        scores: xr.DataArray = sigma[name]
        return scores
    if f"{name}_z" in values:
        beside: xr.DataArray = values[f"{name}_z"]
        return beside
    if name in values and values[name].attrs.get("statistic") == "zscore":
        itself: xr.DataArray = values[name]
        return itself
    known = [*sigma, *values]
    message = f"The condition '{condition}' needs the Z-score of {name!r}: give it in sigma=, or "
    message += f"as {name}_z among the values (analysis.features.zscore makes it)."
    raise ValueError(message if name in known else f"{message} {_hint(name, known)}")


def _hint(name: str, known: Any) -> str:
    return did_you_mean(name, [str(one) for one in known])
