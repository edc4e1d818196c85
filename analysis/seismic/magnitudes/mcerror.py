"""Uncertainty of the magnitude of completeness."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from analysis.seismic.magnitudes.bins import count_magnitudes
from analysis.seismic.magnitudes.mc import CompletenessMethod, completeness


class CompletenessError(NamedTuple):
    """Magnitude of completeness over resampled catalogues.

    Attributes
    ----------
    mean, std
        Mean and standard deviation.
    low, high
        The 2.5 and 97.5 percentiles.
    found
        Share of the resampled catalogues in which there is one.
    """

    mean: float
    std: float
    low: float
    high: float
    found: float


def completeness_error(
    mags: ArrayLike,
    method: CompletenessMethod = "maxc",
    bin_width: float = 0.1,
    *,
    resamples: int = 200,
    seed: int = 0,
    **options: Any,
) -> CompletenessError:
    """Estimate how far the magnitude of completeness is known, by the bootstrap.

    The catalogue is drawn again from itself with replacement (Efron 1979), and its magnitude of
    completeness is estimated each time, as Woessner and Wiemer (2005, doi:10.1785/0120040007)
    do. The spread holds what chance does to the method, not what is wrong with the method.

    Parameters
    ----------
    mags
        Magnitudes, (n), in any order; missing ones are left out.
    method, bin_width, **options
        As in `completeness`.
    resamples
        Catalogues to draw. ``ks`` takes much longer than the others.
    seed
        Seed of the drawing; the same seed gives the same numbers.

    Returns
    -------
    CompletenessError
        Mean, standard deviation and percentiles over the catalogues that have a magnitude of
        completeness; NaN where there are fewer than two.

    Raises
    ------
    ValueError
        If fewer than two catalogues are asked for, or as `completeness`.

    Examples
    --------
    A hundred times as many events leave less to chance:

    >>> mags = [4.9] * 2 + [5.0] * 9 + [5.1] * 8 + [5.2] * 5
    >>> completeness_error(mags).std > completeness_error(mags * 100).std
    True
    """
    if resamples < 2:
        msg = f"{resamples} bootstrap samples were asked for; at least 2 are needed."
        raise ValueError(msg)
    histogram = count_magnitudes(mags, bin_width)
    n = int(histogram.counts.sum())
    if n == 0:
        return CompletenessError(math.nan, math.nan, math.nan, math.nan, 0.0)
    random = np.random.default_rng(seed)
    drawn = random.multinomial(n, histogram.counts / n, size=resamples)
    every = np.array(
        [
            completeness(np.repeat(histogram.centres, counts), method, bin_width, **options)
            for counts in drawn
        ]
    )
    known = every[np.isfinite(every)]
    if known.size < 2:
        return CompletenessError(math.nan, math.nan, math.nan, math.nan, known.size / resamples)
    low, high = np.percentile(known, [2.5, 97.5])
    return CompletenessError(
        float(known.mean()),
        float(known.std(ddof=1)),
        float(low),
        float(high),
        known.size / resamples,
    )
