"""Table of counts by magnitude, with the fitted line, for plots."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from analysis.seismic.magnitudes.bins import centres, count_magnitudes
from analysis.seismic.magnitudes.bvalue import BValue


def frequency_magnitude(
    mags: ArrayLike,
    fit: BValue | None = None,
    bin_width: float = 0.1,
    *,
    years: float | None = None,
) -> pd.DataFrame:
    """Count events by magnitude, in each bin and from it on.

    Parameters
    ----------
    mags
        Magnitudes, (n), or a table of events; missing ones are left out.
    fit
        b-value and magnitude of completeness, from `b_value`; None for no line.
    bin_width
        Width of a bin.
    years
        Length of the catalogue; given, all columns are numbers a year.

    Returns
    -------
    pandas.DataFrame
        One row for each bin from the least to the greatest magnitude, empty bins included:
        `magnitude` (centre of the bin), `count` and `cumulative` (events in the bin, and in it
        and above), and from the magnitude of completeness on `fitted_count` and
        `fitted_cumulative`, the line of Gutenberg and Richter through the number of events from
        there on. NaN below it, and everywhere without a fit.

    Raises
    ------
    ValueError
        If the width or the number of years is not positive, or a magnitude is infinite.

    Examples
    --------
    The line starts at the observed number, and falls tenfold in a unit where b is 1:

    >>> table = frequency_magnitude([5.0] * 9 + [5.4, 6.0], BValue(1.0, 0.1, 11, 5.0))
    >>> table["cumulative"].iloc[[0, -1]].tolist()
    [11.0, 1.0]
    >>> table["fitted_cumulative"].iloc[[0, 10]].tolist()
    [11.0, 1.1]
    """
    if years is not None and not (math.isfinite(years) and years > 0):
        msg = f"The catalogue is {years} years long; give a positive number."
        raise ValueError(msg)
    histogram = count_magnitudes(mags, bin_width)
    counts = histogram.counts.astype(np.float64)
    table = pd.DataFrame(
        {
            "magnitude": histogram.centres,
            "count": counts,
            "cumulative": counts[::-1].cumsum()[::-1],
            "fitted_count": np.nan,
            "fitted_cumulative": np.nan,
        }
    )
    if fit is not None and math.isfinite(fit.b) and math.isfinite(fit.mc):
        start = float(centres(round(fit.mc / histogram.width), histogram.width))
        above = (table["magnitude"] >= start).to_numpy()
        line = 10 ** (-fit.b * (table.loc[above, "magnitude"] - start))
        line *= float(counts[above].sum())
        table.loc[above, "fitted_cumulative"] = line
        table.loc[above, "fitted_count"] = line * (1 - 10 ** (-fit.b * histogram.width))
    if years is not None:
        table.iloc[:, 1:] /= years
    return table
