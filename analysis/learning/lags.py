"""Features of the same cell at earlier issue times, for models that read sequences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.learning.sheet import Floats, Sheet
from analysis.learning.yardsticks import typical_step


@dataclass(frozen=True, eq=False)
class Lags:
    """How a row gets its sequence, and the last rows of the table for those that come after.

    Attributes
    ----------
    steps
        Issue times in a sequence, the row's own included.
    empty
        Value (feature,) of a row that the table has not: the weighted median, since what a sample
        leaves out are rows like most.
    static
        Features (feature,) that never change in a cell: an absent row has those of the row itself.
    tail
        Rows of the last issue times of the table.

    Examples
    --------
    >>> from analysis.learning.sheet import read_sheet
    >>> days = pd.date_range("2020-01-01", periods=3, freq="30D")
    >>> table = pd.DataFrame({"time": days, "cell": 1, "x": [5.0, 6, 7], "target": [0, 1, 0]})
    >>> sheet = read_sheet(table)
    >>> Lags.of(sheet, 2).of_rows(sheet)(slice(1, 3)).tolist()
    [[5.0, 6.0], [6.0, 7.0]]
    """

    steps: int
    empty: Floats
    static: NDArray[np.bool_]
    tail: Sheet

    @classmethod
    def of(cls, sheet: Sheet, steps: int, rows: NDArray[np.intp] | None = None) -> Lags:
        """Return how sequences of a table are made.

        Parameters
        ----------
        sheet
            Rows learnt from, or more.
        steps
            Issue times in a sequence, 1 or more.
        rows
            Those learnt from: what is usual, and what never changes, is theirs; None for all.

        Returns
        -------
        Lags
            The rule.

        Raises
        ------
        ValueError
            There are no steps.
        """
        if steps < 1:
            raise ValueError(f"A sequence has {steps} steps; give 1 or more.")
        learnt = sheet if rows is None else sheet.take(rows)
        empty = np.array([_median(one, learnt.weights) for one in learnt.values.T], np.float32)
        cells = pd.factorize(learnt.index.get_level_values(1))[0]
        order = np.argsort(cells, kind="stable")
        same = cells[order][1:] == cells[order][:-1]
        ranked = learnt.values[order]
        differ = (ranked[1:] != ranked[:-1]) & ~(np.isnan(ranked[1:]) & np.isnan(ranked[:-1]))
        static = ~(differ & same[:, None]).any(axis=0)
        last = np.unique(sheet.times)[-steps:]
        return cls(steps, empty, static, sheet.take(np.flatnonzero(sheet.times >= last[0])))

    def of_rows(self, sheet: Sheet) -> Any:
        """Return a function from rows of a sheet to sequences (row, step * feature), oldest first.

        Rows see their own and earlier issue times only, of this sheet and of the table's last rows.
        """
        first = sheet.times.min()
        before = self.tail.take(np.flatnonzero(self.tail.times < first))
        times = np.unique(np.concatenate([before.times, sheet.times]))
        far = 2 * typical_step(times).to_timedelta64()
        columns = [np.asarray(one.index.get_level_values(1)) for one in (before, sheet)]
        cell = pd.factorize(np.concatenate(columns))[0].astype(np.int64)
        step = np.searchsorted(times, np.concatenate([before.times, sheet.times]))
        key = cell * times.size + step
        order = np.argsort(key, kind="stable")
        ranked = key[order]
        shift = len(before)

        def sequences(rows: slice) -> Floats:
            now = sheet.values[rows]
            out = np.empty((len(now), self.steps, now.shape[1]), np.float32)
            place = np.arange(*rows.indices(len(sheet))) + shift
            for back in range(self.steps):
                earlier = step[place] - back
                known = earlier >= 0
                known &= times[step[place]] - times[np.maximum(earlier, 0)] <= back * far
                at = np.searchsorted(ranked, key[place] - back)
                at = np.minimum(at, ranked.size - 1)
                known &= ranked[at] == key[place] - back
                source = order[at]
                values = np.where(self.static, now, self.empty)
                own, old = known & (source >= shift), known & (source < shift)
                values[own] = sheet.values[source[own] - shift]
                values[old] = before.values[source[old]]
                out[:, self.steps - 1 - back] = values
            return out.reshape(len(now), -1)

        return sequences


def _median(values: Floats, weights: Floats) -> float:
    """Return the weighted median of what is there; NaN where nothing is."""
    good = np.isfinite(values)
    if not good.any():
        return float("nan")
    order = np.argsort(values[good], kind="stable")
    total = np.cumsum(weights[good][order], dtype=np.float64)
    return float(values[good][order][np.searchsorted(total, total[-1] / 2)])
