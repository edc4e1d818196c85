"""Many tests at once: p-values corrected for how many were tried."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

CORRECTIONS: Final = ("holm", "benjamini-hochberg", "none")
"""Ways to correct: "holm" bounds the chance of one false finding among all, "benjamini-hochberg"
the expected share of false ones among the findings."""


def adjust(p: ArrayLike, method: str = "holm") -> NDArray[np.float64]:
    """Return p-values corrected for the number of tests.

    Holm 1979 (Scandinavian Journal of Statistics 6:65) needs nothing of the tests' dependence;
    Benjamini and Hochberg 1995 (doi:10.1111/j.2517-6161.1995.tb02031.x) holds for independent and
    positively dependent tests.

    Parameters
    ----------
    p
        p-values (test,); NaN where nothing was tested, which does not count.
    method
        One of :data:`CORRECTIONS`.

    Returns
    -------
    numpy.ndarray
        Corrected values (test,), at most 1; a test passes at level a where it is at most a.

    Raises
    ------
    ValueError
        The method is unknown, or a value is no probability.

    Examples
    --------
    One p of 0.02 alone is something, among ten it is nothing:

    >>> adjust([0.02]).tolist(), adjust([0.02] + [0.9] * 9)[0].round(3).item()
    ([0.02], 0.2)
    """
    if method not in CORRECTIONS:
        raise ValueError(f"The correction is {method!r}; it is one of {', '.join(CORRECTIONS)}.")
    values = np.asarray(p, dtype=np.float64)
    known = ~np.isnan(values)
    if values.ndim != 1 or not ((values[known] >= 0) & (values[known] <= 1)).all():
        raise ValueError("p-values are numbers from 0 to 1, one for each test.")
    out = np.full(values.shape, np.nan)
    found = values[known]
    if method == "none" or not found.size:
        out[known] = found
        return out
    order = np.argsort(found, kind="stable")
    ranks = np.arange(found.size)
    if method == "holm":
        steps = np.maximum.accumulate((found.size - ranks) * found[order])
    else:
        raised = found[order] * found.size / (ranks + 1)
        steps = np.minimum.accumulate(raised[::-1])[::-1]
    back = np.empty(found.size)
    back[order] = np.minimum(steps, 1.0)
    out[known] = back
    return out
