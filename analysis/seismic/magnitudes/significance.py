"""Whether two b-values differ."""

from __future__ import annotations

import math
from typing import NamedTuple

from analysis.seismic.magnitudes.bvalue import BValue


class BDifference(NamedTuple):
    """Test of two b-values.

    Attributes
    ----------
    difference
        Second b-value less the first.
    delta_aic
        Akaike's criterion of one common b-value less that of two; above 2 the two differ
        significantly, above 5 highly significantly.
    probability
        Probability that the two catalogues come from one b-value.
    """

    difference: float
    delta_aic: float
    probability: float


def b_difference(first: BValue, second: BValue) -> BDifference:
    """Test whether two b-values of catalogues without common events differ.

    Utsu (1992; 1999, doi:10.1007/s000240050276): with N events and b of each,
    ``dAIC = -2 (N1 + N2) ln(N1 + N2) + 2 N1 ln(N1 + N2 b1 / b2) + 2 N2 ln(N1 b2 / b1 + N2) - 2``
    and the probability of one common b is ``exp(-dAIC / 2 - 2)``, valid where it is small.

    Parameters
    ----------
    first, second
        Results of `b_value`. Each may have a magnitude of completeness of its own.

    Returns
    -------
    BDifference
        NaN where one of the b-values is.

    Raises
    ------
    ValueError
        If a b-value is not positive or has no events.

    Examples
    --------
    Equal b-values are 2 worse as two than as one, and the order does not matter:

    >>> one, other = BValue(1.0, 0.05, 400, 3.0), BValue(1.3, 0.06, 500, 4.0)
    >>> b_difference(one, one).delta_aic
    -2.0
    >>> b_difference(one, other)[1:] == b_difference(other, one)[1:]
    True
    >>> b_difference(one, other).delta_aic > 5
    True
    """
    for name, one in (("first", first), ("second", second)):
        if one.b <= 0 or (one.n < 1 and not math.isnan(one.b)):
            msg = f"The {name} b-value is {one.b} of {one.n} events; both must be positive."
            raise ValueError(msg)
    if math.isnan(first.b) or math.isnan(second.b):
        return BDifference(math.nan, math.nan, math.nan)
    n, m = first.n, second.n
    ratio = first.b / second.b
    delta = 2 * (n * math.log((n + m * ratio) / (n + m)) + m * math.log((n / ratio + m) / (n + m)))
    delta -= 2
    return BDifference(second.b - first.b, delta, min(1.0, math.exp(-delta / 2 - 2)))
