"""Seasons of a vegetation series: start, peak, end, length, integral."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.agrarian.samples.table import features_of

COLUMNS: Final = (
    *("sample", "season", "start", "peak", "end", "length", "base", "top", "amplitude"),
    *("integral",),
)
Values = NDArray[np.float64]


def phenology(
    samples: pd.DataFrame,
    band: str = "ndvi",
    *,
    days: ArrayLike | None = None,
    share: float = 0.2,
    least: float = 0.1,
) -> pd.DataFrame:
    """Return the seasons of every sample.

    Parameters
    ----------
    samples
        Samples with a series of the band, without gaps (`regularise`).
    band
        Vegetation index.
    days
        Days of the steps (step,); None for `samples.attrs["days"]`.
    share
        Share of the rise at which a season starts, and of the fall at which it ends.
    least
        Least rise from the lower of the two minima around a peak that makes a season.

    Returns
    -------
    pandas.DataFrame
        A row for each sample and season: sample (position), season from 1, start, peak, end (days
        from the first step, on straight lines between steps), length (days), base, top, amplitude
        (units of the band), integral (above the base, from start to end, units x days). Start or
        end is NaN where the season reaches beyond the series; a sample without a season has none.

    Raises
    ------
    ValueError
        No such band, no days, gaps, or impossible shares.

    Examples
    --------
    >>> curve = np.array([0.2, 0.2, 0.5, 0.8, 0.5, 0.2, 0.2])
    >>> table = pd.DataFrame([curve], columns=[f"ndvi_{k}" for k in range(1, 8)])
    >>> found = phenology(table, days=np.arange(0, 112, 16), share=0.5)
    >>> found[["season", "start", "peak", "end", "length"]].to_numpy().tolist()
    [[1.0, 32.0, 48.0, 64.0, 32.0]]
    """
    names = features_of(samples, [band])
    values = samples[names].to_numpy(np.float64, na_value=np.nan)
    given = samples.attrs.get("days") if days is None else days
    if given is None:
        raise ValueError("The days of the steps are not known; give them as days=.")
    at = np.asarray(given, np.float64)
    if at.shape != (len(names),) or not (np.diff(at) > 0).all():
        raise ValueError(f"The days are {at.shape}; they must be {len(names)}, ascending.")
    if not np.isfinite(values).all():
        raise ValueError(
            f"{int((~np.isfinite(values)).sum())} values are missing; fill them with `regularise`."
        )
    if not 0 < share < 1 or not least > 0:
        raise ValueError(f"The share is {share}, in (0, 1); the least rise is {least}, above 0.")
    rows = [
        (row, number + 1, *season)
        for row, series in enumerate(values)
        for number, season in enumerate(seasons(at, series, share, least))
    ]
    found = pd.DataFrame(rows, columns=list(COLUMNS))
    found.attrs = {"band": band, "share": share}
    return found


def phenology_features(samples: pd.DataFrame, band: str = "ndvi", **options: Any) -> pd.DataFrame:
    """Return samples with what their greatest season looks like as features.

    Parameters
    ----------
    samples
        Samples.
    band
        Vegetation index.
    **options
        As for `phenology`.

    Returns
    -------
    pandas.DataFrame
        The samples with the columns `<band>_peak_day`, `<band>_season_days`, `<band>_top`,
        `<band>_base`, `<band>_integral` and `<band>_seasons` (their number). Without a season the
        number is 0 and the rest NaN.

    Examples
    --------
    >>> table = pd.DataFrame(
    ...     [[0.1, 0.6, 0.1], [0.1, 0.1, 0.1]], columns=["ndvi_1", "ndvi_2", "ndvi_3"]
    ... )
    >>> phenology_features(table, days=[0, 16, 32])["ndvi_seasons"].tolist()
    [1, 0]
    """
    found = phenology(samples, band, **options)
    best = found.sort_values("amplitude", ascending=False, kind="stable").drop_duplicates("sample")
    best = best.set_index("sample").reindex(range(len(samples)))
    names = {"peak": "peak_day", "length": "season_days", "top": "top", "base": "base"}
    names["integral"] = "integral"
    more = {f"{band}_{name}": best[one].to_numpy() for one, name in names.items()}
    count = found.groupby("sample").size().reindex(range(len(samples)), fill_value=0)
    more[f"{band}_seasons"] = count.to_numpy()
    made = samples.assign(**more)
    made.attrs = {
        key: one for key, one in samples.attrs.items() if key not in ("features", "bands")
    }
    return made


def seasons(at: Values, series: Values, share: float, least: float) -> list[tuple[float, ...]]:
    """Return the seasons of one series.

    Parameters
    ----------
    at
        Days (step,).
    series
        Values (step,).
    share
        Share of rise and fall at which a season starts and ends.
    least
        Least rise.

    Returns
    -------
    list of tuple
        start, peak, end, length, base, top, amplitude, integral.

    Examples
    --------
    >>> seasons(np.arange(5.0), np.full(5, 0.3), 0.2, 0.1)
    []
    """
    from scipy.signal import find_peaks  # slow to load

    padded = np.concatenate([[-np.inf], series, [-np.inf]])
    peaks = find_peaks(padded, plateau_size=1)[0] - 1
    peaks = _prominent(series, peaks, least)
    found: list[tuple[float, ...]] = []
    for k, peak in enumerate(peaks):
        first = 0 if k == 0 else peaks[k - 1] + int(np.argmin(series[peaks[k - 1] : peak]))
        last = (
            series.size - 1
            if k == len(peaks) - 1
            else peak + int(np.argmin(series[peak : peaks[k + 1]]))
        )
        left = first + int(np.argmin(series[first : peak + 1]))
        right = peak + int(np.argmin(series[peak : last + 1]))
        top = float(series[peak])
        start = _crossing(at, series, peak, left, share)
        end = _crossing(at, series, peak, right, share)
        base = float(min(series[left], series[right]))
        inside = _integral(at, series, start, end, base)
        found.append((start, float(at[peak]), end, end - start, base, top, top - base, inside))
    return found


def _prominent(series: Values, peaks: NDArray[Any], least: float) -> list[int]:
    """Keep the peaks that rise enough above the valleys to the greater peaks on either side."""
    kept: list[int] = []
    for peak in sorted(peaks.tolist(), key=lambda one: (-series[one], one)):
        walls = [*kept]
        left = max((one for one in walls if one < peak), default=None)
        right = min((one for one in walls if one > peak), default=None)
        before = series[(0 if left is None else left) : peak + 1].min()
        after = series[peak : (series.size if right is None else right + 1)].min()
        # at the ends of the series one side is enough: the season may have begun before
        valleys = [before] if left is not None else []
        valleys += [after] if right is not None else []
        floor = max(valleys) if valleys else min(before, after)
        if series[peak] - floor >= least:
            kept.append(peak)
    return sorted(kept)


def _crossing(at: Values, series: Values, peak: int, foot: int, share: float) -> float:
    """Return the day on which the series crosses the level between a foot and the peak."""
    if foot == peak:
        return float("nan")
    level = series[foot] + share * (series[peak] - series[foot])
    step = 1 if foot > peak else -1
    for k in range(peak, foot, step):
        high, low = series[k], series[k + step]
        if high >= level > low:
            return float(at[k] + (high - level) / (high - low) * (at[k + step] - at[k]))
        if high > level >= low:
            return float(at[k] + (high - level) / (high - low) * (at[k + step] - at[k]))
    return float("nan")


def _integral(at: Values, series: Values, start: float, end: float, base: float) -> float:
    if not (np.isfinite(start) and np.isfinite(end)):
        return float("nan")
    inner = at[(at > start) & (at < end)]
    days = np.concatenate([[start], inner, [end]])
    return float(np.trapezoid(np.interp(days, at, series) - base, days))
