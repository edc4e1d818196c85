"""What the page shows: the comparison of the moment, and which of its forecasts were chosen.

One :class:`ForecastSelection` belongs to one session and knows neither Panel nor Bokeh.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from analysis.learning.thresholds import Confusion
from apps.views.earthquakes.catalogues import Catalogue, catalogues, events
from apps.views.forecast.forecasts import Forecasts
from apps.views.forecast.state import ForecastState
from apps.views.forecast.within import part_of

PACKAGED = "events_gcmt"
WITHIN_DRAWS = 100
"""Draws of windows for the intervals of a region's scores."""

FOUR = ("hits", "false_alarms", "misses", "quiet")
USUAL = 400
"""Rows drawn to say what is usual, where a cell is explained."""


class ForecastSelection:
    """The comparison that is shown, with the names chosen of it."""

    def __init__(self, state: ForecastState):
        self.state = state
        self.run: Any = None
        self.shown: Forecasts | None = None
        self.retaken: list[Callable[[Any], None]] = []
        self._catalogues: dict[str, Catalogue | None] = {}
        self._within: tuple[Any, Any] = (None, None)
        self._pair: tuple[Any, pd.DataFrame] = (None, pd.DataFrame())
        self._explained: tuple[Any, pd.DataFrame] = (None, pd.DataFrame())
        self._sorted: tuple[Any, dict[str, tuple[Any, Any]]] = (None, {})
        self._ranked: tuple[Any, dict[str, tuple[Any, Any]]] = (None, {})

    @property
    def ready(self) -> bool:
        """Whether there is a comparison with a forecast."""
        return self.shown is not None and len(self.shown.scores) > 0

    @property
    def event_source(self) -> str:
        """Name of the events, as the settings take it."""
        return self.state.events or PACKAGED

    @property
    def catalogue(self) -> Catalogue | None:
        """The catalogue of the events, where it is one that is at hand."""
        name = self.event_source
        if name not in self._catalogues:
            self._catalogues[name] = catalogues().get(name)
        return self._catalogues[name]

    @property
    def simulated(self) -> bool:
        """Whether anything that is shown is made up."""
        if self.shown is not None:
            return self.shown.simulated
        return self.catalogue is not None and self.catalogue.simulated

    @property
    def leaky(self) -> bool:
        """Whether the parts were drawn at random, for teaching: then nothing is a forecast."""
        return self.run is not None and bool(getattr(self.run.settings, "leaky", False))

    def take(self, run: Any, shown: Forecasts | None) -> None:
        """Show another comparison, or none."""
        self.run, self.shown = run, shown

    def retake(self, run: Any) -> None:
        """Let the page show a run that a panel has made of the present one."""
        for callback in self.retaken:
            callback(run)

    @property
    def names(self) -> tuple[str, str]:
        """The forecast that is looked at, and the one that it is compared with.

        Raises
        ------
        ValueError
            There is no comparison.
        """
        if self.shown is None:
            raise ValueError("There is no comparison yet.")
        known = self.shown.names()
        first = self.state.model if self.state.model in known else self.shown.best()
        second = self.state.baseline if self.state.baseline in known else self.shown.reference()
        return first, second

    @property
    def threshold(self) -> float:
        """Least probability with an alarm."""
        if self.state.threshold > 0 or self.shown is None:
            return float(self.state.threshold)
        return float(self.shown.comparison.threshold)

    # scores --------------------------------------------------------------------------------------

    @property
    def scores(self) -> pd.DataFrame:
        """Scores of all forecasts, of the cells of the chosen part, best first."""
        if self.shown is None:
            return pd.DataFrame()
        table: pd.DataFrame = self.comparison.scores
        return table

    @property
    def comparison(self) -> Any:
        """The comparison by the rows of the chosen part; by all where no event came in it."""
        whole = self._need().comparison
        part = self._part() if self.state.within else None
        return whole if part is None else part

    @property
    def within(self) -> str:
        """The part of the cells that the scores are of; "" for all."""
        within = self.state.within
        return within if within and self.shown is not None and self._part() is not None else ""

    def _part(self) -> Any:
        shown = self._need()
        key = (id(shown), self.state.within)
        if self._within[0] != key:
            part = part_of(shown.comparison, shown.lattice, self.state.within, WITHIN_DRAWS)
            self._within = key, part
        return self._within[1]

    def ordered(self, *kinds: str) -> list[str]:
        """Names of forecasts of some kinds, the best average precision of the part first."""
        scores = self.scores
        return [str(name) for name in scores.index[scores["kind"].isin(kinds)]]

    def difference(self, name: str, first: str, second: str) -> tuple[float, float, float]:
        """Return the difference of a score of two forecasts, and its interval."""
        found = self.comparison
        key = (id(found), first, second)
        if self._pair[0] != key:
            self._pair = key, found.difference(first, second)
        row: Any = self._pair[1].loc[name]
        return float(row["value"]), float(row["low"]), float(row["high"])

    def at(self, name: str) -> Confusion:
        """Return right and wrong alarms of a forecast at the threshold, without another look at it.

        The same numbers as the comparison's own ``at``, from forecasts that are sorted once.
        """
        found = self.comparison
        grid = found.grid
        if grid.weights is not None:
            row: Any = found.at(self.threshold).loc[name]
            return Confusion(*(float(row[one]) for one in FOUR))
        if self._sorted[0] is not found:
            self._sorted = found, {}
        known = self._sorted[1]
        if name not in known:
            told, happened = found.forecasts[name], grid.outcome > 0
            known[name] = np.sort(told[happened]), np.sort(told[~happened])
        above = [
            float(part.size - np.searchsorted(part, np.float32(self.threshold)))
            for part in known[name]
        ]
        positives, negatives = (float(part.size) for part in known[name])
        return Confusion(above[0], above[1], positives - above[0], negatives - above[1])

    def hits_of(self, name: str, alarms: float) -> float:
        """Return how many events a forecast hits where it is most probable, with so many alarms.

        Where forecasts are alike, the alarms among them are right as often as any of them.
        """
        found = self.comparison
        if self._ranked[0] is not found:
            self._ranked = found, {}
        known = self._ranked[1]
        if name not in known:
            grid, told = found.grid, np.asarray(found.forecasts[name], float)
            weight = np.ones(len(grid)) if grid.weights is None else grid.weights
            values, place = np.unique(-told, return_inverse=True)
            given = np.cumsum(np.bincount(place, weight, values.size))
            struck = np.cumsum(np.bincount(place, weight * (grid.outcome > 0), values.size))
            known[name] = np.append(0.0, given), np.append(0.0, struck)
        return float(np.interp(alarms, *known[name]))

    def _need(self) -> Forecasts:
        if self.shown is None:
            raise ValueError("There is no comparison yet.")
        return self.shown

    # features ------------------------------------------------------------------------------------

    @property
    def table(self) -> Any:
        """The feature table that was learnt from; None before."""
        return None if self.run is None else self.run.prepared.table

    def sample(self) -> pd.DataFrame:
        """Return rows of the test part of the feature table, all with events among them."""
        prepared = self.run.prepared
        part: pd.DataFrame = prepared.table.iloc[prepared.split.test]
        return part

    def explain(self, name: str, cell: int, window: int) -> pd.DataFrame | None:
        """Return which features moved a model's forecast of a cell; None for what is no model.

        Index feature; ``change`` of the log-odds from what is usual, ``value`` in the cell.
        """
        from analysis.learning.importanceshap import explain_row

        shown = self._need()
        fitted = shown.comparison.fitted.get(name)
        if fitted is None or getattr(fitted.estimator, "sequences", False):
            return None
        key = (id(shown), name, cell, window)
        if self._explained[0] != key:
            place = (shown.times[window], shown.lattice.ids[cell])
            row = self.run.prepared.evaluation.loc[[place]]
            found = explain_row(fitted, row, self._usual())
            values = row.iloc[0].reindex(found.index).astype(float)
            self._explained = key, pd.DataFrame({"change": found, "value": values})
        return self._explained[1]

    def _usual(self) -> pd.DataFrame:
        """Return rows of the train part, drawn by their weights: what is usual."""
        prepared = self.run.prepared
        rows = prepared.table.iloc[prepared.split.train]
        weight = rows["weight"].to_numpy(float) if "weight" in rows else np.ones(len(rows))
        drawn = np.random.default_rng(0).choice(len(rows), USUAL, p=weight / weight.sum())
        found: pd.DataFrame = rows.iloc[drawn]
        return found

    @property
    def cell(self) -> int | None:
        """Position of the chosen cell; without a choice the one with the most probable event."""
        if self.shown is None:
            return None
        if self.state.cell:
            return self.shown.cell_at(*self.state.cell[0])
        grid = self.shown.grid(self.names[0], self.shown.window(self.state.issue))
        return int(np.nanargmax(grid)) if np.isfinite(grid).any() else None


def target_events(source: str, magnitude: float) -> pd.DataFrame:
    """Return the earthquakes from a magnitude on, with all that is known of them, by time.

    Parameters
    ----------
    source
        A catalogue of the earthquakes page, or what `analysis.seismic.forecasting` reads.
    magnitude
        Least magnitude.
    """
    from analysis.seismic.cleaning.kinds import INDUCED, NON_TECTONIC, event_kinds
    from analysis.seismic.columns import as_events

    if source in catalogues():
        table = events(source).table
    else:
        from analysis.seismic.forecasting.records import read_record

        table = as_events(read_record(source).events)
    large = table[table["mag"].to_numpy(float) >= magnitude]
    kinds = event_kinds(large["type"])
    kept: pd.DataFrame = large[~np.isin(kinds, [NON_TECTONIC, INDUCED])]
    return kept.sort_values("time", kind="stable", ignore_index=True)
