"""Some cells of a cube become rows of a table."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from analysis.features.anomalies import zscore
from analysis.features.conditions import all_of
from analysis.features.tablekinds import EVENTS
from analysis.features.tableplan import Column, Plan, delay_of
from analysis.features.tablerelations import FEWEST
from analysis.features.tablerows import cell_numbers, is_drawn
from analysis.features.tablestats import STATISTICS, correlate, latest, summarise
from analysis.features.tabletarget import held, outcome
from analysis.features.tablewindows import DAY

Values = NDArray[np.float64]


class Rows(NamedTuple):
    """Rows of a block: issue time and cell of each (row,), the columns, and rows left out."""

    step: NDArray[np.int64]
    cell: NDArray[np.int64]
    columns: dict[str, NDArray[Any]]
    unknown: int


class Block:
    """The values of some cells, read once and made into features.

    Parameters
    ----------
    cube : xarray.Dataset
        Some cells, in memory.
    plan : Plan
        What is wanted.
    """

    def __init__(self, cube: xr.Dataset, plan: Plan) -> None:
        self._cube, self._plan = cube, plan
        self._read: dict[tuple[str, bool], Values] = {}
        self._summaries: dict[tuple[str, int], Values] = {}
        windows = plan.windows
        zero = int(windows.begin[0])
        times = (windows.end - zero, windows.middle - zero, windows.end - windows.begin)
        self._times = np.stack(times) / DAY
        self._issue = self._times[0, plan.issue]

    def rows(self) -> Rows:
        """Return the rows that are kept."""
        plan = self._plan
        size = self._cube.sizes["cell"]
        keep = np.ones((plan.issue.size, size), bool)
        target, weight, unknown = None, np.ones(keep.shape, np.float32), 0
        if plan.target is not None:
            found = outcome(plan.target, plan.variables, self.read, *plan.following)
            keep = ~np.isnan(found)
            target, unknown = found == 1, int((~keep).sum())
            if plan.share is not None:
                empty = ~target & ~self._happened()
                numbers = cell_numbers(self._cube["cell"].to_numpy())
                times = plan.windows.issue[plan.issue][:, np.newaxis]
                keep &= ~empty | is_drawn(times, numbers, plan.share, plan.seed)
                if plan.share > 0:
                    weight[empty] = 1 / plan.share
        step, cell = np.nonzero(keep)
        columns: dict[str, NDArray[Any]] = {
            one.name: self._feature(one)[keep].astype(np.float32) for one in plan.columns
        }
        if target is not None:
            columns["target"] = target[keep].astype(np.int8)
        columns["weight"] = weight[keep]
        return Rows(step, cell, columns, unknown)

    def read(self, name: str, sigma: bool) -> Values:
        """Return the values (time, cell) of a variable, or its Z judged by earlier years."""
        found = self._read.get((name, sigma))
        if found is None:
            if sigma:
                found = self._zscore(name)
            else:
                array = self._cube[name]
                if "cell" not in array.dims:
                    array = array.expand_dims(cell=self._cube.sizes["cell"])
                values = array.transpose("time", "cell").to_numpy().astype(np.float64)
                found = np.ascontiguousarray(np.where(np.isfinite(values), values, np.nan))
            self._read[name, sigma] = found
        return found

    def _zscore(self, name: str) -> Values:
        if self._cube[name].attrs.get("statistic") == "zscore":
            return self.read(name, False)
        times = self._plan.windows.begin.view("M8[ns]")
        array = xr.DataArray(self.read(name, False), {"time": times}, ("time", "cell"))
        return zscore(array, causal=True).transpose("time", "cell").to_numpy()

    def _happened(self) -> NDArray[np.bool_]:
        """Return whether something happened in the history of each issue time and cell."""
        plan = self._plan
        result = np.zeros((plan.issue.size, self._cube.sizes["cell"]), bool)
        events = [one for one in plan.variables.values() if one.kind in EVENTS]
        events = [one for one in events if one.axes == "both"]
        for one in events:
            summary = self._summary(one.name, 0)
            result |= np.isfinite(summary[STATISTICS.index("days_since")])
        if not events and plan.target is not None:
            holds = held(plan.target, self.read)
            total = np.concatenate([np.zeros((1, holds.shape[1])), np.cumsum(holds, axis=0)])
            result |= total[plan.issue + 1] > total[plan.first]
        return result

    def _known(self, delay: int) -> NDArray[np.int64]:
        return self._plan.windows.known(delay)[self._plan.issue]

    def _summary(self, name: str, delay: int) -> Values:
        found = self._summaries.get((name, delay))
        if found is None:
            values, first = self.read(name, False), self._plan.first
            happens = self._plan.variables[name].kind in EVENTS
            found = self._summarise(values, first, self._known(delay), happens)
            self._summaries[name, delay] = found
        return found

    def _summarise(self, values: Values, first: Any, known: Any, positive: bool) -> Values:
        more = (self._times, self._plan.span, self._issue)
        found: Values = summarise(values, first, known, *more, positive)
        return found

    def _feature(self, column: Column) -> Values:
        """Return a feature (issue, cell)."""
        plan = self._plan
        delay = delay_of(column, plan.variables)
        if column.relation is not None:
            return self._relation(column, self._known(delay))
        one = plan.variables[column.variable]
        if not column.statistic:
            return self._static(column)
        if column.statistic == "zscore":
            both = self.read(one.name, True), self.read(one.name, False)
            judged: Values = latest(*both, plan.first, self._known(delay))
            return judged
        summary = self._summary(one.name, delay)
        if column.statistic == "log_sum":
            total = summary[STATISTICS.index("sum")]
            return np.log1p(np.where(total >= 0, total, np.nan)) / np.log(10.0)
        return np.asarray(summary[STATISTICS.index(column.statistic)])

    def _static(self, column: Column) -> Values:
        """Return what does not change, from when on it is known."""
        plan = self._plan
        one = plan.variables[column.variable]
        values = self._cube[one.name].to_numpy().astype(np.float64)
        values = np.where(np.isfinite(values), values, np.nan)
        result = np.tile(values, (plan.issue.size, 1))
        if one.since is not None:
            result[plan.windows.end[plan.issue] < one.since] = np.nan
        return result

    def _relation(self, column: Column, known: NDArray[np.int64]) -> Values:
        """Return a correlation, or whether conditions held, over the history."""
        plan, relation = self._plan, column.relation
        if relation is None:
            raise ValueError(f"{column.name} is no relation.")
        if relation.ranked is not None:
            both = (self.read(name, False) for name in relation.variables)
            back = relation.window or plan.history
            begin = plan.windows.back_from(known, back)
            return np.asarray(correlate(*both, begin, known, relation.ranked, FEWEST))
        values: dict[str, xr.DataArray] = {}
        sigma: dict[str, xr.DataArray] = {}
        for one in relation.conditions:
            kept = sigma if one.sigma else values
            kept[one.variable] = xr.DataArray(
                self.read(one.variable, one.sigma), dims=("time", "cell")
            )
        texts = [str(one) for one in relation.conditions]
        holds = all_of(texts, values, sigma).to_numpy().astype(np.float64)
        summary = self._summarise(holds, plan.first, known, True)
        wanted = "last" if column.statistic == "last" else "mean"
        return np.asarray(summary[STATISTICS.index(wanted)])
