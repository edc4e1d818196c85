"""How sure a magnitude of completeness is: its spread over resampled catalogues."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from analysis.seismic.magnitudes import bin_magnitudes, completeness
from analysis.seismic.magnitudes.mc import CompletenessMethod


def completeness_spread(
    mags: ArrayLike,
    method: CompletenessMethod = "maxc",
    bin_width: float = 0.1,
    *,
    resamples: int = 200,
    seed: int = 0,
) -> float:
    """Return the standard error of the magnitude of completeness by bootstrap.

    The magnitudes are drawn anew with replacement and the completeness of each drawn catalogue is
    found by the same method (Woessner and Wiemer 2005, doi:10.1785/0120040007; Efron 1979).

    Parameters
    ----------
    mags : array-like
        Magnitudes, (n); missing ones are left out.
    method : {"maxc", "b-stability", "ks"}
        As in `analysis.seismic.completeness`. With ``ks`` this takes long: each drawn catalogue
        is tested by simulation.
    bin_width : float
        Width of a bin of magnitude.
    resamples : int
        Catalogues drawn.
    seed : int
        Seed; the same seed gives the same number.

    Returns
    -------
    float
        Standard deviation of the magnitudes of completeness that were found; NaN where fewer than
        two could be.

    Raises
    ------
    ValueError
        If fewer than two catalogues are to be drawn, or as `analysis.seismic.completeness`.

    Examples
    --------
    Where one bin holds nearly all events, no drawn catalogue finds another:

    >>> completeness_spread([4.9] + [5.0] * 500 + [5.1] * 3)
    0.0
    >>> completeness_spread([5.0] * 9 + [5.1] * 8 + [5.2] * 7) > 0.03
    True
    """
    if resamples < 2:
        raise ValueError(f"{resamples} catalogues were asked for; at least 2 are needed.")
    values = np.asarray(mags, dtype=np.float64)
    values = values[np.isfinite(values)]
    if values.size < 2:
        return math.nan
    levels, counts = np.unique(bin_magnitudes(values, bin_width), return_counts=True)
    random = np.random.default_rng(seed)
    drawn = random.multinomial(values.size, counts / values.size, size=resamples)
    if method == "maxc":  # the correction is the same for all and does not spread
        found = levels[drawn.argmax(axis=1)]
    else:
        found = np.array([completeness(np.repeat(levels, one), method, bin_width) for one in drawn])
    found = found[np.isfinite(found)]
    return float(found.std(ddof=1)) if found.size > 1 else math.nan
