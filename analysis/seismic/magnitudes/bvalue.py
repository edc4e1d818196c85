"""The b-value of Gutenberg and Richter, its uncertainty, and the a-value."""

from __future__ import annotations

import math
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.seismic.magnitudes.bins import as_magnitudes, bin_numbers, check_width
from analysis.seismic.magnitudes.tables import take

Method = Literal["tinti-mulargia", "aki-utsu", "b-positive"]
Uncertainty = Literal["shi-bolt", "bootstrap"]

SHI_BOLT = 2.30
"""ln 10 as Shi and Bolt (1982) print it."""
LN10 = math.log(10.0)


class BValue(NamedTuple):
    """Slope of the frequency-magnitude relation.

    Attributes
    ----------
    b
        The b-value; NaN where it cannot be estimated.
    std
        Its standard error.
    n
        Events used: those of magnitude `mc` or more. For b-positive, differences used.
    mc
        Magnitude of completeness: centre of the lowest bin used.
    """

    b: float
    std: float
    n: int
    mc: float


def b_value(
    mags: ArrayLike,
    mc: float,
    bin_width: float = 0.1,
    method: Method = "tinti-mulargia",
    *,
    uncertainty: Uncertainty = "shi-bolt",
    resamples: int = 1000,
    seed: int = 0,
) -> BValue:
    """Estimate the b-value of the events of magnitude `mc` and more, by maximum likelihood.

    Magnitudes are rounded to bins first; `mc` is the centre of the lowest bin, so that events
    from ``mc - bin_width / 2`` on count. With the mean magnitude M of them:

    - ``tinti-mulargia``: ``ln(1 + dM / (M - mc)) / (dM ln 10)``, exact for rounded magnitudes
      (Tinti and Mulargia 1987, BSSA 77:2125);
    - ``aki-utsu``: ``log10(e) / (M - (mc - dM / 2))`` (Aki 1965; Utsu 1966), a little low;
    - ``b-positive``: the first formula on the differences of successive events that are
      positive, so `mc` is replaced by one bin; it hardly feels the small events that are
      missing after a large one (van der Elst 2021, doi:10.1029/2020JB021027). **Magnitudes must
      be given in the order of time**; a table of events is brought to it by its times. The other
      two do not depend on the order.

    Parameters
    ----------
    mags
        Magnitudes, (n), or a table of events; missing ones are left out.
    mc
        Magnitude of completeness, see `completeness`. NaN (unknown) gives NaN.
    bin_width
        Step to which magnitudes are rounded; 0 where they are not rounded.
    method
        One of the three names above.
    uncertainty
        ``shi-bolt``: ``2.30 b^2 sqrt(sum((m - M)^2) / (n (n - 1)))`` with the Aki-Utsu b of the
        same events (Shi and Bolt 1982, BSSA 72:1677), for every method; ``bootstrap``: standard
        deviation of b over resampled events (Efron 1979), for b-positive over resampled
        differences.
    resamples
        Number of bootstrap samples.
    seed
        Seed of the bootstrap; the same seed gives the same number.

    Returns
    -------
    BValue
        b, its standard error, events used, `mc`. b is NaN where fewer than two events are used
        or all of them lie in the lowest bin; the error is NaN too where they all are equal.

    Raises
    ------
    ValueError
        If the method or the uncertainty is unknown, the width is negative, `mc` or a magnitude
        is infinite or `mc` no number, or fewer than two bootstrap samples are asked for.

    Examples
    --------
    Moving all magnitudes and `mc` changes nothing; where one bin in three is as full as the
    bin before, b is ``log10(3) / 0.1``:

    >>> mags = [5.0] * 9 + [5.1] * 3 + [5.2]
    >>> b_value(mags, 5.0) == b_value([m + 1 for m in mags], 6.0)._replace(mc=5.0)
    True
    >>> b_value([5.0] * 2 + [5.1], 5.0).b  # mean one third of a bin above: ln(4) / (0.1 ln 10)
    6.0206
    """
    width = check_width(bin_width, zero=True)
    _check_choice(method, get_args(Method), "method")
    _check_choice(uncertainty, get_args(Uncertainty), "uncertainty")
    mc = _number(mc, "magnitude of completeness")
    if math.isnan(mc):
        return BValue(math.nan, math.nan, 0, math.nan)
    steps, unit = _steps(mags, mc, width, method)
    b, std = estimate(steps, width, unit, method)
    if uncertainty == "bootstrap":
        std = _bootstrap(steps, width, unit, method, resamples, seed)
    return BValue(b, std, int(steps.size), mc)


def a_value(
    mags: ArrayLike, mc: float, b: float, bin_width: float = 0.1, *, years: float = 1.0
) -> float:
    """Return the a-value: the logarithm of the yearly number of events of magnitude 0 and more.

    ``log10 N(m) = a - b m`` is the number of events a year in the bin of `m` and above
    (Gutenberg and Richter 1944, BSSA 34:185), so ``a = log10(N(mc) / years) + b mc``.

    Parameters
    ----------
    mags
        Magnitudes, (n), or a table of events; missing ones are left out.
    mc
        Magnitude of completeness.
    b
        b-value of the same events.
    bin_width
        Step to which magnitudes are rounded; 0 where they are not rounded.
    years
        Length of the catalogue in years; 1 gives the a-value of the whole catalogue.

    Returns
    -------
    float
        The a-value; NaN where no event reaches `mc`, or `mc` or `b` is NaN.

    Raises
    ------
    ValueError
        If the length is not positive, or a number is infinite.

    Examples
    --------
    Ten times the years at the same number of events is 1 less:

    >>> mags = [5.0] * 9 + [5.1] * 3 + [5.2]
    >>> a_value(mags, 5.0, 1.0) - a_value(mags, 5.0, 1.0, years=10)
    1.0
    """
    if not (math.isfinite(years) and years > 0):
        msg = f"The catalogue is {years} years long; give a positive number."
        raise ValueError(msg)
    mc, b = _number(mc, "magnitude of completeness"), _number(b, "b-value")
    if math.isnan(mc) or math.isnan(b):
        return math.nan
    n = _excess(mags, mc, check_width(bin_width, zero=True))[0].size
    return math.log10(n / years) + b * mc if n else math.nan


def estimate(
    steps: NDArray[np.number], width: float, unit: float, method: str
) -> tuple[float, float]:
    """Return b and Shi and Bolt's error of magnitudes given above the lowest bin.

    Parameters
    ----------
    steps
        Magnitudes above the lowest bin, (n), in units of `unit`.
    width
        Width of a bin; 0 where magnitudes are not rounded.
    unit
        Magnitude of one step.
    method
        As in `b_value`.

    Returns
    -------
    tuple of float
        b and its standard error, NaN where they cannot be estimated.
    """
    n = steps.size
    if n < 2:
        return math.nan, math.nan
    mean = float(steps.sum()) / n  # steps of bins are whole numbers: no order changes the sum
    squares = float(np.square(steps).sum()) - n * mean * mean
    b, aki = slopes(mean * unit, width)
    if not math.isfinite(b):
        return math.nan, math.nan
    spread = math.sqrt(max(squares, 0.0) / (n * (n - 1))) * unit
    std = SHI_BOLT * aki * aki * spread if steps.min() < steps.max() else math.nan
    return aki if method == "aki-utsu" else b, std


def slopes(excess: float, width: float) -> tuple[float, float]:
    """Return b by Tinti and Mulargia and by Aki and Utsu.

    Parameters
    ----------
    excess
        Mean magnitude less that of completeness.
    width
        Width of a bin; 0 where magnitudes are not rounded.

    Returns
    -------
    tuple of float
        The two estimates; NaN where all magnitudes are that of completeness.

    Examples
    --------
    With bins of no width the two are one:

    >>> slopes(0.5, 0.0)[0] == slopes(0.5, 0.0)[1]
    True
    """
    if not excess > 0:
        return math.nan, math.nan
    aki = 1 / (LN10 * (excess + width / 2))
    return (math.log1p(width / excess) / (width * LN10) if width else aki), aki


def _excess(mags: ArrayLike, mc: float, width: float) -> tuple[NDArray[np.number], float]:
    """Return the magnitudes from `mc` on, above it, in bins (or as they are), and the unit."""
    if width:
        numbers = bin_numbers(mags, width, origin=mc)
        return numbers[numbers >= 0], width
    above = as_magnitudes(mags) - mc
    return above[above >= 0], 1.0


def _steps(
    mags: ArrayLike, mc: float, width: float, method: str
) -> tuple[NDArray[np.number], float]:
    """Return what the formula averages: magnitudes above `mc`, or positive differences."""
    if method == "b-positive" and isinstance(mags, pd.DataFrame):
        times, values = take(mags, "time", "mag")
        mags = values[np.argsort(times, kind="stable")]
    steps, unit = _excess(mags, mc, width)
    if method != "b-positive":
        return steps, unit
    rises = np.diff(steps)
    return (rises[rises >= 1] - 1, unit) if width else (rises[rises > 0], unit)


def _bootstrap(
    steps: NDArray[np.number], width: float, unit: float, method: str, resamples: int, seed: int
) -> float:
    """Return the standard deviation of b over resampled magnitudes."""
    if resamples < 2:
        msg = f"{resamples} bootstrap samples were asked for; at least 2 are needed."
        raise ValueError(msg)
    if steps.size < 2:
        return math.nan
    values, counts = np.unique(steps, return_counts=True)
    if values.size < 2:
        return math.nan
    random = np.random.default_rng(seed)
    drawn = random.multinomial(steps.size, counts / steps.size, size=resamples)
    means = drawn @ values.astype(np.float64) / steps.size * unit
    column = 1 if method == "aki-utsu" else 0
    found = np.array([slopes(mean, width)[column] for mean in means])
    found = found[np.isfinite(found)]
    return float(found.std(ddof=1)) if found.size > 1 else math.nan


def _number(value: Any, name: str) -> float:
    """Return a number that is finite or NaN, or say what is wrong with it."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.inf
    if math.isinf(number):
        msg = f"The {name} is {value!r}; it must be finite, or NaN where unknown."
        raise ValueError(msg)
    return number


def _check_choice(value: str, allowed: tuple[str, ...], name: str) -> None:
    """Refuse a name that is not known."""
    if value not in allowed:
        msg = f"The {name} is {value!r}; it must be one of {', '.join(allowed)}."
        raise ValueError(msg)
