"""Numbers behind the plots: classes of colour, cumulative count, frequency of magnitudes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import datashader as ds
import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.seismic.magnitudes import (
    BValue,
    a_value,
    b_value,
    completeness,
    frequency_magnitude,
)
from analysis.seismic.raster import magnitude_classes

Floats = npt.NDArray[np.float64]

BIN = 0.1
"""Width of a bin of magnitude."""

DEPTH_EDGES = (35.0, 70.0, 150.0, 300.0, 500.0)
"""Depths (km) where the next class of colour begins."""

DEPTH_COLOURS = ("#ffd166", "#ff9f43", "#ef476f", "#b5179e", "#7b5be0", "#2f80ed")
"""From shallow to deep: warm to cold, of a lightness that both themes bear."""

YEAR_MS = 365.25 * 86_400_000.0
STEPS = 1500
FEW = 10  # fewer events have no slope


def shades(magnitude: Floats, depth: Floats, colour: str) -> npt.NDArray[np.uint8]:
    """Return the class of colour of each event, 1 to 6: of its magnitude or of its depth.

    >>> shades(np.array([3.0, 8.1]), np.array([10.0, 600.0]), "depth")
    array([1, 6], dtype=uint8)
    """
    if colour == "magnitude":
        return magnitude_classes(magnitude)
    return np.asarray(np.digitize(np.nan_to_num(depth), DEPTH_EDGES) + 1, np.uint8)


def cumulative(time: npt.NDArray[np.int64], steps: int = STEPS) -> tuple[Floats, Floats]:
    """Return times (ms) and the number of events up to each, at most `steps` of them.

    >>> cumulative(np.array([10, 20, 20, 50]))[1].tolist()
    [1.0, 2.0, 3.0, 4.0]
    """
    total = len(time)
    if total <= steps:
        return time.astype(float), np.arange(1.0, total + 1.0)
    places = np.unique(np.linspace(0, total - 1, steps).astype(int))
    return time[places].astype(float), places + 1.0


def density(
    time: Floats, magnitude: Floats, window: tuple[float, ...], columns: int, levels: int = 32
) -> npt.NDArray[np.uint8]:
    """Return the density of events by time and tenth of magnitude as levels, 0 where none is.

    Datashader counts the events of each cell; levels rise with the logarithm of the count.

    Parameters
    ----------
    time, magnitude
        Milliseconds and magnitudes, (n).
    window
        Start, lowest, end, highest; the magnitudes lie between two tenths.
    columns
        Cells across.

    Returns
    -------
    numpy.ndarray
        (magnitude, time), row 0 lowest, 0 to `levels`.

    >>> image = density(
    ...     np.array([1.0, 1.0, 9.0]), np.array([5.0, 5.0, 5.1]), (0, 4.95, 10, 5.15), 2
    ... )
    >>> image.tolist()
    [[32, 0], [0, 1]]
    """
    start, low, end, high = window
    canvas = ds.Canvas(
        plot_width=columns,
        plot_height=max(round((high - low) / BIN), 1),
        x_range=(start, end),
        y_range=(low, high),
    )
    points = pd.DataFrame({"x": time, "y": magnitude})
    count = canvas.points(points, "x", "y", agg=ds.count()).to_numpy().astype(float)
    most = count.max(initial=1.0)
    rise = np.log(np.maximum(count, 1.0)) / max(math.log(most), 1e-9)
    return np.where(count > 0, 1 + np.round(rise * (levels - 1)), 0).astype(np.uint8)


@dataclass(frozen=True)
class Estimate:
    """What the magnitudes of a selection say.

    ``table`` is that of :func:`analysis.seismic.frequency_magnitude`, ``a`` is per year, ``years``
    the period that it is reckoned with; ``count`` the events that have a magnitude.
    """

    count: int
    fit: BValue
    a: float
    years: float
    table: pd.DataFrame
    largest: float

    @property
    def known(self) -> bool:
        """Whether there is a slope, from enough events to be shown."""
        return bool(np.isfinite(self.fit.b)) and self.fit.n >= FEW


def estimate(magnitude: Floats, choice: float | str, method: str, years: float) -> Estimate:
    """Estimate completeness, b and a of magnitudes in the order of time.

    Parameters
    ----------
    magnitude
        Magnitudes, (n); missing ones are left out.
    choice
        A method of completeness, or the magnitude of completeness itself.
    method
        Method of the b-value.
    years
        Length of the period, years.

    >>> sample = np.repeat([5.0, 5.1, 5.2, 5.3], [8, 4, 2, 1])
    >>> found = estimate(sample, 5.0, "tinti-mulargia", 1.0)
    >>> found.count, found.fit.n, found.known
    (15, 15, True)
    """
    known = magnitude[np.isfinite(magnitude)]
    nothing = BValue(math.nan, math.nan, 0, math.nan)
    if len(known) < 2:
        table = frequency_magnitude(known) if len(known) else pd.DataFrame()
        return Estimate(
            len(known), nothing, math.nan, years, table, known.max() if len(known) else math.nan
        )
    mc = completeness(known, choice, BIN) if isinstance(choice, str) else float(choice)  # type: ignore[arg-type]
    fit = b_value(known, mc, BIN, method) if math.isfinite(mc) else nothing  # type: ignore[arg-type]
    enough = bool(np.isfinite(fit.b)) and fit.n >= FEW
    a = a_value(known, mc, fit.b, BIN, years=years) if enough and years > 0 else math.nan
    table = frequency_magnitude(known, fit if enough else None, BIN)
    return Estimate(len(known), fit, a, years, table, float(known.max()))
