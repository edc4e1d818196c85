"""Windows drawn again in blocks of consecutive ones, and the limits that their scores give."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import scipy.stats
from numpy.typing import ArrayLike

from analysis.learning.checks import Values

LEVEL: Final = 0.95
"""Level of all intervals."""
_FIXED: Final = (2.9694, 0.4160, -0.5324)
_LAGS: Final = 5


def draws_of(windows: int, draws: int, seed: int, length: int = 1) -> Values | None:
    """Return how often each window is drawn (window, draw); None where there are fewer than two.

    Circular block bootstrap (Politis and Romano 1992): blocks of consecutive windows are drawn with
    replacement, and the first follows the last, so that every window is drawn equally often. What
    lasts over several windows (a sequence, a target window longer than the step between issue
    times) stays together (Künsch 1989, doi:10.1214/aos/1176347265).

    Parameters
    ----------
    windows
        How many windows, in the order of time.
    draws
        How many draws.
    seed
        Start of the random numbers.
    length
        Windows of a block (:func:`block_length`); 1 draws single windows.

    Returns
    -------
    numpy.ndarray or None
        Counts.

    Raises
    ------
    ValueError
        The length is impossible.

    Examples
    --------
    >>> draws_of(5, 7, 0, 2).sum(axis=0).tolist()
    [5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0]
    """
    if windows < 2 or draws < 2:
        return None
    if not 1 <= length <= windows:
        raise ValueError(f"A block has {length} windows; it has from 1 to {windows}.")
    random = np.random.default_rng(seed)
    if length == 1:
        found = random.multinomial(windows, np.full(windows, 1 / windows), draws)
        return np.asarray(found.T, dtype=np.float64)
    starts = random.integers(windows, size=(draws, -(-windows // length)))
    place = (starts[:, :, np.newaxis] + np.arange(length)) % windows
    place = place.reshape(draws, -1)[:, :windows]  # the last block is cut to the number of windows
    key = place + windows * np.arange(draws)[:, np.newaxis]
    found = np.bincount(key.ravel(), minlength=windows * draws).reshape(draws, windows)
    return np.asarray(found.T, dtype=np.float64)


def block_length(series: ArrayLike, overlap: int = 1) -> int:
    """Return how many consecutive windows hang together.

    The length by Politis and White (2004, doi:10.1081/ETR-120028836, corrected by Patton, Politis
    and White 2009) from the autocorrelation of the series, for a circular block bootstrap; not
    less than the cube root of the number of windows, for the test of few windows overlooks most of
    their correlation, nor than what windows that overlap share; at most a third of the windows.

    Parameters
    ----------
    series
        A number of each window (window,) in the order of time, such as its positives.
    overlap
        How many consecutive target windows share time: the window over the step between issue
        times, 1 where they only touch.

    Returns
    -------
    int
        Windows of a block, 1 or more.

    Examples
    --------
    Sequences that last call for longer blocks than chance:

    >>> noise = np.random.default_rng(0).normal(size=200)
    >>> lasting = np.convolve(noise, 0.9 ** np.arange(40))[:200]
    >>> block_length(noise), block_length(lasting), block_length(noise, overlap=6)
    (6, 15, 11)
    """
    values = np.asarray(series, dtype=np.float64)
    number = values.size
    most = max(1, number // 3)
    least = max(round(number ** (1 / 3)), 2 * overlap - 1)
    return int(min(max(least, round(_automatic(values)), 1), most))


def _automatic(values: Values) -> float:
    """Return the length of blocks by Politis and White."""
    number = values.size
    apart = values - values.mean() if number else values
    if number < 4 or not (apart @ apart):
        return 1.0
    most = min(int(np.ceil(np.sqrt(number))) + _LAGS, number - 1)
    share = np.array([apart[: number - lag] @ apart[lag:] for lag in range(most + 1)]) / number
    near = 2 * np.sqrt(np.log10(number) / number)
    plain = np.abs(share[1:] / share[0]) < near
    last = 0  # from the first run of small correlations on, all are taken for nothing
    for lag in range(most):
        if plain[lag : lag + _LAGS].all():
            last = lag
            break
        last = lag + 1
    reach = min(2 * max(last, 1), most)
    lags = np.arange(1, reach + 1)
    top = np.clip(2 * (1 - lags / (2 * max(last, 1))), 0, 1)
    bend = 2 * float((top * lags) @ share[1 : reach + 1])
    level = float(share[0] + 2 * top @ share[1 : reach + 1])
    if last == 0 or level <= 0:
        return 1.0
    length = (2 * bend**2 / (4 / 3 * level**2) * number) ** (1 / 3)
    return float(min(length, 3 * np.sqrt(number), number / 3))


def critical(length: int, windows: int, level: float = LEVEL) -> float:
    """Return how many standard errors an interval reaches to each side.

    With few blocks the variance among them is small by chance and by construction. Kiefer and
    Vogelsang (2005, doi:10.1017/S0266466605050565) give what makes up for it, for the Bartlett
    kernel that blocks amount to: 1.96 where blocks are a vanishing part of all windows.

    Parameters
    ----------
    length
        Windows of a block.
    windows
        How many windows.
    level
        Level of the interval; the correction is that of 95 %, in proportion.

    Returns
    -------
    float
        Standard errors.

    Examples
    --------
    >>> round(critical(1, 1000), 2), round(critical(3, 21), 2)
    (1.96, 2.39)
    """
    part = min(length / windows, 1.0) if windows else 1.0
    normal = float(scipy.stats.norm.ppf(0.5 + LEVEL / 2))
    more = sum(one * part**power for power, one in enumerate(_FIXED, start=1))
    return float(scipy.stats.norm.ppf(0.5 + level / 2)) * (1 + more / normal)


def limits(
    drawn: Any, length: int = 1, windows: int = 0, level: float = LEVEL
) -> tuple[float, float]:
    """Return the percentile limits of drawn scores; NaN where fewer than two are defined.

    The percentiles are expanded (Hesterberg 2015, doi:10.1080/00031305.2015.1089789) to those of a
    normal law at :func:`critical` standard errors, so that limits stay within what a score can be.

    Parameters
    ----------
    drawn
        Scores (draw,), or None.
    length, windows
        As they were drawn; no number of windows for plain percentiles.
    level
        Level of the interval.

    Returns
    -------
    tuple of float
        Low and high.

    Examples
    --------
    >>> limits(np.arange(101.0))
    (2.5, 97.5)
    >>> low, high = limits(np.arange(101.0), 3, 21)
    >>> round(low, 1), round(high, 1)
    (0.8, 99.2)
    """
    good = np.zeros(0) if drawn is None else np.asarray(drawn)[np.isfinite(drawn)]
    if good.size < 2:
        return float("nan"), float("nan")
    tail = (1 - level) / 2
    if windows:
        tail = float(scipy.stats.norm.cdf(-critical(length, windows, level)))
    low, high = np.quantile(good, [tail, 1 - tail])
    return float(low), float(high)
