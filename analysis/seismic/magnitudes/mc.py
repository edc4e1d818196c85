"""Magnitude of completeness: the least magnitude from which no event is missing."""

from __future__ import annotations

import math
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.seismic.magnitudes.bins import Histogram, centres, count_magnitudes
from analysis.seismic.magnitudes.bvalue import LN10, SHI_BOLT

CompletenessMethod = Literal["maxc", "b-stability", "ks"]

MIN_EVENTS = 30
"""Fewest events from which b-value stability and the Kolmogorov-Smirnov test judge."""
BATCH = 2000
"""Catalogues simulated at once."""


class Completeness(NamedTuple):
    """Magnitude of completeness and how it was found.

    Attributes
    ----------
    mc
        The magnitude of completeness; NaN where no magnitude passes.
    candidates
        What was tried, one row for each magnitude `mc` from the least on: `n` events of it and
        above, their `b` (Aki and Utsu) and its error `std`, and the columns of the method:
        `count`; `b_mean`; or `distance`, `p_value` and `samples`.
    """

    mc: float
    candidates: pd.DataFrame


def completeness(
    mags: ArrayLike,
    method: CompletenessMethod = "maxc",
    bin_width: float = 0.1,
    **options: Any,
) -> float:
    """Estimate the magnitude of completeness of a catalogue.

    Parameters
    ----------
    mags
        Magnitudes, (n), in any order; missing ones are left out.
    method
        ``maxc`` (`maximum_curvature`), ``b-stability`` (`b_stability`) or ``ks``
        (`kolmogorov_smirnov`).
    bin_width
        Width of a bin of magnitude.
    **options
        Passed on to the function of the method.

    Returns
    -------
    float
        Centre of the lowest complete bin; NaN where there is no event or no magnitude passes.

    Raises
    ------
    ValueError
        If the method is unknown, the width is not positive or a magnitude is infinite.

    Examples
    --------
    Giving every event twice moves the maximum nowhere:

    >>> mags = [4.9] * 2 + [5.0] * 9 + [5.1] * 7 + [5.2] * 5
    >>> completeness(mags), completeness(mags * 2), completeness(mags, correction=0)
    (5.2, 5.2, 5.0)
    """
    return completeness_details(mags, method, bin_width, **options).mc


def completeness_details(
    mags: ArrayLike,
    method: CompletenessMethod = "maxc",
    bin_width: float = 0.1,
    **options: Any,
) -> Completeness:
    """Estimate the magnitude of completeness, and tell what was tried.

    Parameters
    ----------
    mags, method, bin_width, **options
        As in `completeness`.

    Returns
    -------
    Completeness
        The magnitude and the table of candidates.

    Raises
    ------
    ValueError
        As `completeness`.

    Examples
    --------
    >>> found = completeness_details([5.0] * 9 + [5.1] * 7 + [5.2] * 5)
    >>> found.candidates["n"].tolist()
    [21, 12, 5]
    """
    methods = {"maxc": maximum_curvature, "b-stability": b_stability, "ks": kolmogorov_smirnov}
    if method not in methods:
        msg = f"The method is {method!r}; it must be one of {', '.join(methods)}."
        raise ValueError(msg)
    return methods[method](mags, bin_width, **options)  # type: ignore[operator]


def maximum_curvature(
    mags: ArrayLike, bin_width: float = 0.1, *, correction: float = 0.2
) -> Completeness:
    """Take the bin with most events, and a correction.

    Wiemer and Wyss (2000, BSSA 90:859); the correction of 0.2 is that of Woessner and Wiemer
    (2005, doi:10.1785/0120040007), who found the bare maximum too low.

    Parameters
    ----------
    mags
        Magnitudes, (n).
    bin_width
        Width of a bin.
    correction
        Added to the centre of the fullest bin; rounded to whole bins. Among bins equally full
        the lowest counts.

    Returns
    -------
    Completeness
        Magnitude and candidates; NaN where there is no event.

    Raises
    ------
    ValueError
        If the correction is not finite, or as `completeness`.

    Examples
    --------
    >>> maximum_curvature([4.9, 5.0, 5.0, 5.1], correction=0.1).mc
    5.1
    """
    if not math.isfinite(correction):
        msg = f"The correction is {correction}; it must be a finite number."
        raise ValueError(msg)
    histogram = count_magnitudes(mags, bin_width)
    table = _candidates(histogram).assign(count=histogram.counts)
    if not histogram.counts.size:
        return Completeness(math.nan, table)
    number = histogram.first + int(histogram.counts.argmax())
    number += round(correction / histogram.width)
    return Completeness(float(centres(number, histogram.width)), table)


def b_stability(
    mags: ArrayLike, bin_width: float = 0.1, *, span: float = 0.5, min_events: int = MIN_EVENTS
) -> Completeness:
    """Take the least magnitude at which the b-value no longer rises.

    The b-value of the magnitude differs from the mean b-value of the bins from it to less than
    `span` above by no more than its error (Cao and Gao 2002, doi:10.1029/2001GL013775, with the
    criterion of Woessner and Wiemer 2005). b-values by Aki and Utsu, errors by Shi and Bolt, as
    there.

    Parameters
    ----------
    mags
        Magnitudes, (n).
    bin_width
        Width of a bin.
    span
        Range of magnitude over which b is averaged: five bins of 0.1.
    min_events
        Fewest events that a magnitude must have above it to be judged.

    Returns
    -------
    Completeness
        Magnitude and candidates; NaN where none is stable.

    Raises
    ------
    ValueError
        If the span is less than two bins, or as `completeness`.

    Examples
    --------
    Counts that fall by one and the same factor are stable from the first bin on:

    >>> from analysis.seismic.magnitudes.bins import bin_magnitudes
    >>> import numpy as np
    >>> mags = np.repeat(np.arange(50, 61) / 10, 2 ** np.arange(11)[::-1])
    >>> b_stability(mags).mc
    5.0
    """
    histogram = count_magnitudes(mags, bin_width)
    bins = round(span / histogram.width) if math.isfinite(span) else 0
    if bins < 2:
        msg = f"The span is {span}; it must be at least two bins of {histogram.width}."
        raise ValueError(msg)
    table = _candidates(histogram)
    table["b_mean"] = table["b"][::-1].rolling(bins).mean()[::-1]
    stable = (table["b_mean"] - table["b"]).abs() <= table["std"]
    passed = table.loc[stable & (table["n"] >= min_events), "mc"]
    return Completeness(float(passed.iloc[0]) if len(passed) else math.nan, table)


def kolmogorov_smirnov(
    mags: ArrayLike,
    bin_width: float = 0.1,
    *,
    p_value: float = 0.1,
    refit: bool = False,
    min_events: int = MIN_EVENTS,
    seed: int = 0,
    samples: int = 100_000,
) -> Completeness:
    """Take the least magnitude from which the catalogue passes for Gutenberg-Richter.

    The largest distance between the observed and the fitted distribution of binned magnitudes
    is compared with that of simulated catalogues of the same size (Clauset, Shalizi and Newman
    2009, doi:10.1137/070710111; for binned magnitudes Mizrahi, Nandan and Wiemer 2021,
    doi:10.1785/0220200231). Magnitudes are tried from the least on until one passes. A passing
    large catalogue is good evidence; a small one passes easily.

    Parameters
    ----------
    mags
        Magnitudes, (n).
    bin_width
        Width of a bin.
    p_value
        Share of simulated catalogues that must be at least as far off.
    refit
        Whether b is estimated anew for each simulated catalogue, as Clauset does (stricter), or
        kept, as Mizrahi does.
    min_events
        Fewest events that a magnitude must have above it to be judged.
    seed
        Seed of the simulation; the same seed gives the same numbers.
    samples
        Most catalogues to simulate for one magnitude. After 2000, 4000, 8000, ... simulation
        ends where the answer is more than four standard errors away from `p_value`.

    Returns
    -------
    Completeness
        Magnitude and candidates with their `p_value`; NaN where none passes.

    Raises
    ------
    ValueError
        If `p_value` is not between 0 and 1 or no sample is asked for, or as `completeness`.

    Examples
    --------
    A deficit in the lowest bin is seen:

    >>> import numpy as np
    >>> counts = 2 ** np.arange(11)[::-1]
    >>> kolmogorov_smirnov(np.repeat(np.arange(50, 61) / 10, counts)).mc
    5.0
    >>> counts[0] = 400
    >>> kolmogorov_smirnov(np.repeat(np.arange(50, 61) / 10, counts)).mc
    5.1
    """
    if not 0 < p_value < 1:
        msg = f"The p-value is {p_value}; it must be between 0 and 1."
        raise ValueError(msg)
    if samples < 1:
        msg = f"{samples} samples were asked for; at least 1 is needed."
        raise ValueError(msg)
    histogram = count_magnitudes(mags, bin_width)
    table = _candidates(histogram).assign(distance=np.nan, p_value=np.nan, samples=0)
    random = np.random.default_rng(seed)
    for row, n in enumerate(table["n"]):
        if n < max(min_events, 2):
            break
        counts = histogram.counts[row:]
        found = _ks_test(counts, random, p_value, samples, refit=refit)
        table.loc[row, ["distance", "p_value", "samples"]] = found
        if found[1] >= p_value:
            return Completeness(float(table["mc"].iloc[row]), table.iloc[: row + 1])
    return Completeness(math.nan, table)


def _candidates(histogram: Histogram) -> pd.DataFrame:
    """Return n, b (Aki and Utsu) and its error for each bin and all above it."""
    counts, width = histogram.counts, histogram.width
    numbers = np.arange(counts.size)
    n = _sums_above(counts)
    first, second = _sums_above(counts * numbers), _sums_above(counts * numbers**2)
    with np.errstate(divide="ignore", invalid="ignore"):  # where there is nothing to divide
        mean = first / n
        variance = np.maximum(second - n * mean**2, 0.0) / (n * (n - 1.0))
        b = 1 / (LN10 * width * (mean - numbers + 0.5))
        std = SHI_BOLT * b**2 * np.sqrt(variance) * width
    b[(n < 2) | (first == n * numbers)] = np.nan  # one event, or all of them in the lowest bin
    std[np.isnan(b) | (variance < 1e-12)] = np.nan
    return pd.DataFrame({"mc": histogram.centres, "n": n, "b": b, "std": std})


def _sums_above(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the sum of each value and all after it."""
    sums: NDArray[np.int64] = values[::-1].cumsum()[::-1]
    return sums


def _ks_test(
    counts: NDArray[np.int64],
    random: np.random.Generator,
    threshold: float,
    samples: int,
    *,
    refit: bool,
) -> tuple[float, float, int]:
    """Return distance, p-value and catalogues simulated of counts from the lowest bin on."""
    n = int(counts.sum())
    mean = float(counts @ np.arange(counts.size)) / n
    if mean == 0:
        return math.nan, 0.0, 0
    ratio = mean / (1 + mean)  # share of events that pass to the next bin: 10^(-b dM)
    size = max(counts.size, math.ceil(math.log(1e-9) / math.log(ratio)))
    numbers = np.arange(size)
    fitted = 1 - ratio ** (numbers + 1.0)
    observed = np.full(size, 1.0)
    observed[: counts.size] = counts.cumsum() / n
    distance = float(np.abs(observed - fitted).max())
    shares = np.append(np.diff(fitted, prepend=0.0), 1 - fitted[-1])
    hits = done = 0
    look = BATCH
    while done < samples:
        batch = min(BATCH, samples - done)
        drawn = random.multinomial(n, shares, size=batch)[:, :-1]
        off = drawn.cumsum(axis=1) / n
        if refit:
            means = drawn @ numbers / n
            off -= 1 - (means / (1 + means))[:, None] ** (numbers + 1.0)
        else:
            off -= fitted
        far = np.abs(off).max(axis=1)
        hits += int((far >= distance - 1e-12).sum())
        done += batch
        if done >= look:
            look *= 2
            if abs(hits / done - threshold) > 4 * math.sqrt(threshold * (1 - threshold) / done):
                break
    return distance, (1 + hits) / (1 + done), done
