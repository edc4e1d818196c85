"""Gaps in features, filled the same way in learning and in use."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.agrarian.samples.names import Layout

Values = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Filling:
    """What gaps are filled with.

    Attributes
    ----------
    medians
        Median of each feature in the samples (feature,).
    bands, steps
        How the features are laid out.
    """

    medians: Values
    bands: int
    steps: int

    def of_pixels(self, layout: Layout) -> Filling:
        """Return the filling of pixels, from that of squares of pixels.

        Parameters
        ----------
        layout
            Layout of the samples.

        Returns
        -------
        Filling
            Of the features of one pixel.
        """
        if layout.patch == 1:
            return self
        return Filling(self.medians[_middle(layout)], len(layout.bands), layout.steps)

    def apply(self, values: Values) -> tuple[Values, NDArray[np.bool_]]:
        """Return values without gaps, and which rows have no value at all.

        A gap in a series is filled on the straight line between the steps around it, before the
        first and after the last with the nearest; a band without any value with the medians.

        Parameters
        ----------
        values
            (sample, feature); NaN and infinite values are gaps.

        Returns
        -------
        tuple of numpy.ndarray
            Values (sample, feature), and (sample,) True where there was nothing to go by.

        Examples
        --------
        >>> filling = Filling(np.array([5.0, 6.0, 7.0]), 1, 3)
        >>> filling.apply(np.array([[1.0, np.nan, 3.0], [np.nan] * 3]))[0].tolist()
        [[1.0, 2.0, 3.0], [5.0, 6.0, 7.0]]
        """
        gap = ~np.isfinite(values)
        empty = np.asarray(gap.all(axis=1))
        if not gap.any():
            return values, empty
        found = np.where(gap, np.nan, values)
        if self.steps > 1:
            rows = np.flatnonzero(gap.any(axis=1))
            series = found[rows].reshape(-1, self.steps)
            found[rows] = straight(series).reshape(rows.size, -1)
        return np.where(np.isnan(found), self.medians, found), empty


def _middle(layout: Layout) -> NDArray[np.intp]:
    """Return the positions of the features of the sample's own pixel."""
    every = {one: k for k, one in enumerate(layout.names)}
    return np.array([every[one] for one in layout.pixel], dtype=np.intp)


def learn_filling(values: Values, layout: Layout) -> Filling:
    """Learn what to fill gaps with.

    Parameters
    ----------
    values
        (sample, feature).
    layout
        Bands and steps.

    Returns
    -------
    Filling
        Medians are 0 for a feature without any value.
    """
    known = np.isfinite(values)
    some = known.any(axis=0)
    medians = np.zeros(values.shape[1])
    medians[some] = np.nanmedian(np.where(known, values, np.nan)[:, some], axis=0)
    return Filling(medians, len(layout.bands), layout.steps if layout.patch == 1 else 1)


def straight(series: Values) -> Values:
    """Fill gaps of series on straight lines, at the ends with the nearest value.

    Parameters
    ----------
    series
        (series, step), NaN for gaps.

    Returns
    -------
    numpy.ndarray
        (series, step); series without any value stay NaN.

    Examples
    --------
    >>> straight(np.array([[np.nan, 2.0, np.nan, 4.0]])).tolist()
    [[2.0, 2.0, 3.0, 4.0]]
    """
    known = ~np.isnan(series)
    steps = np.arange(series.shape[1])
    before = np.maximum.accumulate(np.where(known, steps, -1), axis=1)
    after = np.minimum.accumulate(np.where(known, steps, steps.size)[:, ::-1], axis=1)[:, ::-1]
    first = np.where(before < 0, after, before)
    last = np.where(after >= steps.size, before, after)
    first, last = np.clip(first, 0, steps.size - 1), np.clip(last, 0, steps.size - 1)
    share = (steps - first) / np.maximum(last - first, 1)
    low = np.take_along_axis(series, first, axis=1)
    high = np.take_along_axis(series, last, axis=1)
    return np.where(known, series, low + np.clip(share, 0, 1) * (high - low))
