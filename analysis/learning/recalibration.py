"""From what a model says to probabilities that mean it: logistic and centred isotonic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Values = NDArray[np.float64]
LEVEL_SPREAD: Final = 0.05
"""How far (natural logarithm) a model's level is expected to be off, before it is looked at."""
_SLOPE_SPREAD = 0.5
_FLOOR = 1e-12
HALFWAY: Final = 200
"""Positives at which a calibration of free form counts half, beside a line."""
_FREE = 1.0  # log-likelihood that two numbers fitted to chance gain
_DRIFT = 0.15  # how far (natural logarithm) the rate of one time is from that of the next


@dataclass(frozen=True, eq=False)
class Calibration:
    """A rising curve from log-odds to log-odds; it never changes the order of two forecasts.

    Attributes
    ----------
    told, meant
        Knots (knot,), both ascending; straight between them.
    slope
        Slope beyond the knots.
    method
        "none", "sigmoid" or "isotonic".
    """

    told: Values
    meant: Values
    slope: float
    method: str

    def __call__(self, probability: ArrayLike) -> Values:
        """Return calibrated probabilities, same shape."""
        odds = logit(probability)
        first, last = self.told[0], self.told[-1]
        inside = np.interp(odds, self.told, self.meant)
        inside += self.slope * (np.minimum(odds - first, 0) + np.maximum(odds - last, 0))
        return expit(inside)


NONE: Final = Calibration(np.zeros(1), np.zeros(1), 1.0, "none")


def logit(probability: ArrayLike) -> Values:
    """Return log-odds; 0 and 1 are brought in by 1e-12.

    Parameters
    ----------
    probability
        Probabilities, any shape.

    Returns
    -------
    numpy.ndarray
        Log-odds, same shape.

    Examples
    --------
    >>> logit([0.5, 0.75]).round(3).tolist()
    [0.0, 1.099]
    """
    told = np.clip(np.asarray(probability, dtype=np.float64), _FLOOR, 1 - _FLOOR)
    return np.asarray(np.log(told) - np.log1p(-told))


def expit(odds: ArrayLike) -> Values:
    """Return probabilities from log-odds.

    Parameters
    ----------
    odds
        Log-odds, any shape.

    Returns
    -------
    numpy.ndarray
        Probabilities, same shape.

    Examples
    --------
    >>> expit([-1000.0, 0.0, 1000.0]).tolist()
    [0.0, 0.5, 1.0]
    """
    some = np.asarray(odds, dtype=np.float64)
    small = np.exp(-np.abs(some))
    return np.asarray(np.where(some >= 0, 1.0, small) / (1 + small))


def fit_line(
    outcome: ArrayLike,
    value: ArrayLike,
    weights: ArrayLike,
    *,
    centre: tuple[float, float] = (0.0, 0.0),
    spread: tuple[float, float] = (np.inf, np.inf),
) -> tuple[float, float]:
    """Return intercept and slope of a logistic curve (Platt 1999), with a normal prior.

    Parameters
    ----------
    outcome
        0 or 1 (row,).
    value
        Margins or log-odds (row,).
    weights
        Weights (row,).
    centre, spread
        Mean and standard deviation of the prior of both; infinite for none.

    Returns
    -------
    tuple of float
        The most likely ones after the prior.

    Raises
    ------
    ValueError
        The curve is a step: one value parts the classes, and there is no prior.

    Examples
    --------
    Without a slope to learn, the intercept is the log-odds of the base rate:

    >>> a, b = fit_line([0, 1, 1, 1], [0.0] * 4, [1.0] * 4, spread=(np.inf, 1.0))
    >>> round(expit(a).item(), 6), round(b, 6)
    (0.75, 0.0)
    """
    seen, x = np.asarray(outcome, np.float64), np.asarray(value, np.float64)
    heavy = np.asarray(weights, np.float64)
    stiff = np.array([1 / one**2 for one in spread])
    mean = np.array(centre, np.float64)
    at = mean.copy()
    if not stiff[1] and _parted(x[(seen > 0) & (heavy > 0)], x[(seen == 0) & (heavy > 0)]):
        raise ValueError("One value parts the classes: no logistic curve fits best.")
    if not stiff[0]:
        base = np.clip(heavy @ seen / heavy.sum(), _FLOOR, 1 - _FLOOR)
        at[0] = logit(base)
    loss = _loss(at, seen, x, heavy, mean, stiff)
    for _ in range(100):
        told = expit(at[0] + at[1] * x)
        away, curve = heavy * (told - seen), heavy * told * (1 - told)
        slope = np.array([away.sum(), away @ x]) + stiff * (at - mean)
        cross = curve @ x
        bend = np.array([[curve.sum(), cross], [cross, curve @ x**2]]) + np.diag(stiff + 1e-12)
        step = np.linalg.solve(bend, slope)
        while (better := _loss(at - step, seen, x, heavy, mean, stiff)) > loss + 1e-12 * abs(loss):
            step /= 2
            if np.abs(step).max() < 1e-12:
                break
        at, loss = at - step, min(better, loss)
        if np.abs(step).max() < 1e-10 * max(1.0, float(np.abs(at).max())):
            break
    return float(at[0]), float(at[1])


def _parted(yes: Values, no: Values) -> bool:
    """Return whether all values of one class are on one side of those of the other."""
    if not yes.size or not no.size:
        return True
    if np.ptp(np.concatenate([yes, no])) == 0:
        return False
    return bool(yes.min() >= no.max() or yes.max() <= no.min())


def calibrate(
    outcome: ArrayLike,
    forecast: ArrayLike,
    weights: ArrayLike,
    method: str | None,
    windows: ArrayLike | None = None,
    base: tuple[float, float] | None = None,
) -> Calibration:
    """Return the curve that makes probabilities agree with what was seen.

    "sigmoid" is a line in log-odds (Platt 1999), its slope drawn towards 1 by a standard deviation
    of 0.5. "isotonic" is centred isotonic regression (Oron and Flournoy 2017,
    doi:10.1080/19466315.2017.1286256) in log-odds: knots at the middles of the blocks instead of
    steps, so that no two forecasts become equal; of fewer than many positives a part of it only,
    n / (n + 200), the rest being the line. Both keep the order, so scores of order do not change.
    The level moves by as much of what was seen as is not chance: nearly nothing where few
    positives of a few windows say little, all where the forecasts are plainly off.

    With `base` the level begins between the model's own and that of the train part, the nearer to
    the latter the fewer positives the model has learnt from; and the line goes towards the base
    rate by the weight that the positives give to each (Akaike's weights, Burnham and Anderson
    2002): a model that says no more than the base rate is not believed because it was learnt.

    Parameters
    ----------
    outcome
        0 or 1 (row,) of rows that were not learnt from.
    forecast
        Probabilities (row,).
    weights
        Weights (row,).
    method
        "isotonic", "sigmoid", or None.
    windows
        Window of each row (row,): where numbers of positives differ among windows more than those
        of independent ones would, they say less.
    base
        Share of positives in the train part, and how many there are; None if not known.

    Returns
    -------
    Calibration
        The curve.

    Raises
    ------
    ValueError
        The method is unknown.

    Examples
    --------
    Forecasts twice too high are brought down, in the same order:

    >>> generator = np.random.default_rng(0)
    >>> truth = generator.beta(1, 20, 20_000)
    >>> seen = generator.random(truth.size) < truth
    >>> curve = calibrate(seen, np.minimum(2 * truth, 1), np.ones(truth.size), "isotonic")
    >>> curve([0.02, 0.2]).round(2).tolist()
    [0.01, 0.1]
    """
    if method not in (None, "sigmoid", "isotonic"):
        raise ValueError(f"calibrate={method!r}; give 'isotonic', 'sigmoid' or None.")
    seen, told = np.asarray(outcome, np.float64), np.asarray(forecast, np.float64)
    heavy = np.asarray(weights, np.float64)
    if method is None or not seen.size or not (heavy @ told):
        return NONE
    odds, excess = logit(told), _excess(seen, told, heavy, windows)
    line = _line(seen, told, odds, heavy, excess, base)
    part = seen.sum() / excess
    part = part / (part + HALFWAY)
    if method == "sigmoid" or not part:
        return line
    free = _isotonic(seen, told, odds, heavy, excess, base)
    straight = line.meant[0] + line.slope * (free.told - line.told[0])
    slope = (1 - part) * line.slope + part
    return Calibration(free.told, (1 - part) * straight + part * free.meant, slope, "isotonic")


def _excess(seen: Values, told: Values, heavy: Values, windows: ArrayLike | None) -> float:
    """Return how many times more the number of positives varies than one of Poisson; 1 or more.

    By windows (sequences fill some of them), or by the sample: of what weighs 1 / share, few rows
    tell how much was expected.
    """
    if windows is None:
        return 1.0
    names, window = np.unique(np.asarray(windows), return_inverse=True)
    events, expected = np.bincount(window, heavy * seen), np.bincount(window, heavy * told)
    total = float(events.sum())
    if names.size < 3 or not total:
        return 1.0
    drawn = float((heavy * np.maximum(heavy - 1, 0)) @ told**2) / float(expected.sum()) ** 2
    expected = np.maximum(expected * (total / expected.sum()), _FLOOR)
    between = float(((events - expected) ** 2 / expected).sum() / (names.size - 1))
    return max(1.0, between, 1.0 + total * drawn)


def _line(
    seen: Values, told: Values, odds: Values, heavy: Values, excess: float,
    base: tuple[float, float] | None,
) -> Calibration:  # fmt: skip
    middle = float((heavy * told) @ odds / (heavy @ told))
    level, slope = fit_line(
        seen, odds - middle, heavy / excess, centre=(middle, 1.0), spread=(1.0, _SLOPE_SPREAD)
    )
    slope = max(slope, 0.05)  # a curve that falls would turn the order round
    knot = np.array([middle])
    curve = Calibration(knot, np.array([level]), slope, "sigmoid")
    level += _shift(curve, seen, told, heavy, excess, base)
    if base is None:
        return Calibration(knot, np.array([level]), slope, "sigmoid")
    flat = float(logit(_wanted(seen, told, heavy, excess, base) / heavy.sum()))
    better = _likelihood(seen, level + slope * (odds - middle), heavy)
    better = (better - _likelihood(seen, np.full(odds.shape, flat), heavy)) / excess
    trust = float(expit(better - _FREE))
    slope = max(trust * slope, 0.05)
    level = trust * level + (1 - trust) * flat
    curve = Calibration(knot, np.array([level]), slope, "sigmoid")
    level += _shift(curve, seen, told, heavy, excess, base)
    return Calibration(knot, np.array([level]), slope, "sigmoid")


def _likelihood(seen: Values, odds: Values, heavy: Values) -> float:
    """Return the log-likelihood of outcomes; rows weigh by how few of them there are."""
    return float(heavy @ (seen * odds - np.logaddexp(0, odds)))


def _isotonic(
    seen: Values, told: Values, odds: Values, heavy: Values, excess: float,
    base: tuple[float, float] | None,
) -> Calibration:  # fmt: skip
    from sklearn.isotonic import isotonic_regression

    order = np.argsort(odds, kind="stable")
    seen, told, odds, heavy = seen[order], told[order], odds[order], heavy[order]
    used = heavy > 0
    seen, told, odds, heavy = seen[used], told[used], odds[used], heavy[used]
    level = isotonic_regression(seen, sample_weight=heavy)
    block = np.cumsum(np.concatenate([[0], np.diff(level) > 0]))
    expected = np.bincount(block, heavy * told)
    events = np.bincount(block, heavy * seen)
    centre = np.bincount(block, heavy * told * odds) / expected
    ratio = np.log((events + 1) / (expected + 1))  # one event of doubt for each block
    meant = np.maximum.accumulate(centre + ratio)
    keep = np.concatenate([[True], np.diff(centre) > 1e-9])
    centre, meant = centre[keep], meant[keep]
    meant = meant + 1e-6 * (centre - centre[0])  # never level, so that order is kept
    curve = Calibration(centre, meant, 1.0, "isotonic")
    shift = _shift(curve, seen, told, heavy, excess, base)
    return Calibration(centre, meant + shift, 1.0, "isotonic")


def _shift(
    curve: Calibration, seen: Values, told: Values, heavy: Values, excess: float,
    base: tuple[float, float] | None,
) -> float:  # fmt: skip
    """Return what brings the mean forecast to that wanted."""
    wanted = _wanted(seen, told, heavy, excess, base)
    odds, shift = logit(curve(told)), 0.0
    for _ in range(50):
        now = expit(odds + shift)
        step = (float(heavy @ now) - wanted) / max(float(heavy @ (now * (1 - now))), _FLOOR)
        shift -= float(np.clip(step, -1, 1))
        if abs(step) < 1e-10:
            break
    return shift


def _wanted(
    seen: Values, told: Values, heavy: Values, excess: float, base: tuple[float, float] | None
) -> float:
    """Return how many positives to expect: those seen, drawn towards those told beforehand."""
    before, events = float(heavy @ told), float(heavy @ seen)
    number = float((heavy * seen).sum() ** 2 / max((heavy**2 * seen).sum(), _FLOOR))
    chance, own = excess / max(number, 1.0), LEVEL_SPREAD**2
    start = float(np.log(before))
    if base is not None:
        share, learnt = base
        own += 4 / max(learnt, 1.0)  # what a model of few positives says of the level says little
        plain = _DRIFT**2 + excess / max(learnt, 1.0)
        told_by_all = float(np.log(max(share * heavy.sum(), _FLOOR)))
        start = (start * plain + told_by_all * own) / (plain + own)
        own = own * plain / (own + plain)
    ratio = float(np.log(max(events, 0.5))) - start
    spread = max(own, ratio**2 - 4 * chance)  # beyond two standard errors: not chance
    return float(np.exp(start + spread / (spread + chance) * ratio))


def _loss(at: Any, seen: Values, x: Values, heavy: Values, mean: Any, stiff: Any) -> float:
    line = at[0] + at[1] * x
    fit = heavy @ (np.logaddexp(0, line) - seen * line)
    return float(fit + 0.5 * (stiff * (at - mean) ** 2).sum())
