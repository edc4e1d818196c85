"""Rows to judge by, prepared once for all forecasts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.learning.drawing import block_length, draws_of, limits
from analysis.learning.sheet import Floats, Sheet
from analysis.learning.splits import Positions
from analysis.learning.yardsticks import typical_step

FEWEST_WINDOWS: Final = 3
"""Windows with positives, with fewer of which there are no intervals."""


@dataclass(frozen=True, eq=False)
class Grid:
    """Outcomes of the rows that forecasts are judged by.

    Attributes
    ----------
    index
        (time, cell) of every row.
    outcome
        0 or 1 (row,), uint8.
    weights
        Weights (row,), float64, or None where all are 1.
    window
        Number of the window of each row (row,), from 0.
    windows
        How many windows there are.
    area
        Relative area of the cell of each row (row,); None where all are the same.
    smoothed
        Rates (row,) of smoothed seismicity, the second measure of area skill; None without.
    reference
        Probabilities (row,) that information gain is counted over.
    reference_name
        What they are.
    events
        Numbers of events (row,) behind the outcomes; None where each positive counts as one.
    overlap
        How many consecutive target windows share time, 1 where none do.
    """

    index: pd.MultiIndex
    outcome: NDArray[np.uint8]
    weights: NDArray[np.float64] | None
    window: NDArray[np.int32]
    windows: int
    area: Floats | None
    smoothed: Floats | None
    reference: Floats
    reference_name: str
    events: Floats | None = None
    overlap: int = 1

    def __len__(self) -> int:
        return len(self.outcome)

    @cached_property
    def block(self) -> int:
        """Consecutive windows that are drawn together, by how the positives come."""
        return block_length(self.positive_weight, self.overlap)

    def draws(self, draws: int, seed: int) -> NDArray[np.float64] | None:
        """Return how often each window is drawn (window, draw), in blocks of :attr:`block`."""
        return draws_of(self.windows, draws, seed, self.block)

    def limits(self, drawn: Any) -> tuple[float, float]:
        """Return the limits of a score that was drawn by :meth:`draws`.

        NaN where positives stand in fewer than three windows: drawing the same one or two again
        says nothing of others, however narrow what comes out.
        """
        if np.count_nonzero(self.positive_weight) < FEWEST_WINDOWS:
            return float("nan"), float("nan")
        return limits(drawn, self.block, self.windows)

    @cached_property
    def total_weight(self) -> NDArray[np.float64]:
        """Weight of the rows of each window (window,)."""
        return np.bincount(self.window, self.weights, self.windows).astype(np.float64)

    @cached_property
    def positive_weight(self) -> NDArray[np.float64]:
        """Weight of the positive rows of each window (window,)."""
        here = self.positives
        heavy = None if self.weights is None else self.weights[here]
        return np.bincount(self.window[here], heavy, self.windows).astype(np.float64)

    @cached_property
    def positives(self) -> Positions:
        """Positions of the positive rows that count."""
        here = self.outcome > 0
        return np.flatnonzero(here if self.weights is None else here & (self.weights > 0))

    def take(self, rows: Positions) -> Grid:
        """Return some of the rows, with the windows that they have."""
        names, window = np.unique(self.window[rows], return_inverse=True)

        def part(values: Any) -> Any:
            return None if values is None else values[rows]

        return Grid(
            self.index[rows],
            self.outcome[rows],
            part(self.weights),
            window.astype(np.int32),
            names.size,
            part(self.area),
            part(self.smoothed),
            self.reference[rows],
            self.reference_name,
            part(self.events),
            self.overlap,
        )


def make_grid(
    sheet: Sheet, reference: Floats, reference_name: str, smoothed: Floats | None
) -> Grid:
    """Return rows to judge by.

    Parameters
    ----------
    sheet
        Rows.
    reference
        Probabilities (row,) that information gain is counted over.
    reference_name
        What they are.
    smoothed
        Rates (row,) of smoothed seismicity; None without.

    Returns
    -------
    Grid
        The rows.

    Raises
    ------
    ValueError
        All weights are 0.
    """
    weights = None
    if not (sheet.weights == 1).all():
        weights = sheet.weights.astype(np.float64)
        if not weights.any():
            raise ValueError("All weights of the rows to judge by are 0.")
    window, names = pd.factorize(sheet.times, sort=True)
    good = smoothed is not None and np.isfinite(smoothed).all() and (smoothed >= 0).all()
    return Grid(
        sheet.index,
        sheet.outcome,
        weights,
        window.astype(np.int32),
        len(names),
        cell_areas(sheet),
        smoothed if good and np.any(smoothed) else None,
        reference,
        reference_name,
        sheet.events,
        _overlap(sheet),
    )


def _overlap(sheet: Sheet) -> int:
    """Return how many consecutive target windows share time."""
    step, horizon = typical_step(sheet.times), sheet.attrs.get("horizon")
    if horizon is None or not step:
        return 1
    return max(1, int(np.ceil(pd.Timedelta(horizon) / step - 1e-6)))


def cell_areas(sheet: Sheet) -> Floats | None:
    """Return the relative area of the cell of each row, if the table says where its cells are.

    ``table.attrs["cells"]`` holds `bounds` (west, south, east, north) and `resolution` in degrees;
    cells are the numbers of :attr:`~analysis.cells.lattice.Lattice.ids`, or those within the block.

    Parameters
    ----------
    sheet
        Rows.

    Returns
    -------
    numpy.ndarray or None
        Areas (row,) with the mean 1 over the block, or None: all count the same.
    """
    stated = sheet.attrs.get("cells")
    if not isinstance(stated, dict) or not {"bounds", "resolution"} <= set(stated):
        return None
    from analysis.cells.lattice import Lattice
    from analysis.learning.spread import area_shares

    places = Lattice.from_bounds(tuple(stated["bounds"]), float(stated["resolution"]))
    shares = (area_shares(places) * places.size).astype(np.float32)
    cells = np.asarray(sheet.index.get_level_values(1))
    if cells.dtype.kind not in "iu":
        return None
    place = np.searchsorted(order := np.sort(places.ids), cells)
    known = order[np.minimum(place, order.size - 1)] == cells
    if known.all():
        return shares[np.argsort(places.ids, kind="stable")[place]]
    inside = (cells >= 0) & (cells < places.size)
    return shares[cells] if inside.all() else None
