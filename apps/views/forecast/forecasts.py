"""One comparison as the page shows it: forecasts by window and cell, and the events that came.

Knows neither Panel nor Bokeh. Nothing is copied that the comparison holds: grids and series are
cut when they are asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.cells.lattice import Lattice

Grid = npt.NDArray[np.float32]
FLOOR = 1e-7
"""Probabilities below this are drawn as this; a logarithm has no zero."""

SAMPLE = 200_000
"""Forecasts of which the limits of the colours are taken."""


@dataclass(frozen=True, eq=False)
class Forecasts:
    """The forecasts of one comparison.

    Attributes
    ----------
    comparison
        What `analysis.learning.compare` returned, finished or not.
    lattice
        The cells, row by row from the south.
    events
        Events of the target: columns time, longitude, latitude, mag, id, place and so on.
    horizon
        Days after the issue time in which an event counts.
    magnitude
        Least magnitude of the target.
    simulated
        Whether any feature or event is made up.
    known_rate
        Share of cells and windows of the training part with an event; NaN where it is not told.
    """

    comparison: Any
    lattice: Lattice
    events: pd.DataFrame
    horizon: int
    magnitude: float
    simulated: bool = False
    known_rate: float = float("nan")

    def __len__(self) -> int:
        """Return the number of cells and windows that all were judged by."""
        return len(self.comparison.predictions)

    # names ---------------------------------------------------------------------------------------

    @property
    def scores(self) -> pd.DataFrame:
        """One row a forecast, the best average precision first."""
        table: pd.DataFrame = self.comparison.scores
        return table

    def names(self, *kinds: str) -> list[str]:
        """Names of the forecasts in the order of their average precision; of some kinds only."""
        return [name for name, kind in self._kinds if not kinds or kind in kinds]

    @cached_property
    def _kinds(self) -> list[tuple[str, str]]:
        scores = self.scores
        return [
            (str(name), str(kind)) for name, kind in zip(scores.index, scores["kind"], strict=True)
        ]

    def best(self) -> str:
        """Return the model with the highest average precision; the best forecast without models."""
        names = self.names("model", "own") or self.names()
        return names[0]

    def reference(self) -> str:
        """Return the baseline that differences are taken to: smoothed seismicity where it is."""
        names = self.names("baseline")
        wanted = [name for name in names if "smoothed" in name.casefold()]
        return (wanted or names or self.names())[0]

    # forecasts -----------------------------------------------------------------------------------

    @cached_property
    def _index(self) -> tuple[pd.DatetimeIndex, npt.NDArray[np.intp], npt.NDArray[np.int32]]:
        """Return the issue times, where each begins in the rows, and the cell of each row."""
        index = self.comparison.predictions.index
        codes = np.asarray(index.codes[0])
        if np.any(np.diff(codes) < 0):
            raise ValueError("The forecasts are not in the order of time.")
        used, first = np.unique(codes, return_index=True)
        times = pd.DatetimeIndex(index.levels[0][used])
        bounds = np.append(first, len(codes)).astype(np.intp)
        ids = self.lattice.ids
        order = np.argsort(ids)
        known = np.asarray(index.levels[1])
        place = np.searchsorted(ids, known, sorter=order)
        place = order[np.minimum(place, len(ids) - 1)]
        position = np.where(ids[place] == known, place, -1).astype(np.int32)
        return times, bounds, position[np.asarray(index.codes[1])]

    @property
    def times(self) -> pd.DatetimeIndex:
        """Issue times of the forecasts, ascending (UTC)."""
        return self._index[0]

    def window(self, issue: str) -> int:
        """Return the index of the issue time nearest to a date; the last one for ``''``."""
        if not issue:
            return len(self.times) - 1
        wanted = pd.Timestamp(issue).tz_localize(None)
        return int(np.abs(self.times - wanted).argmin())

    def span(self, window: int) -> tuple[pd.Timestamp, pd.Timestamp]:
        """Return the begin and the end of a window."""
        start = self.times[window]
        return start, start + pd.Timedelta(days=self.horizon)

    def grid(self, name: str, window: int) -> Grid:
        """Return the probabilities (row, column), row 0 in the south; NaN where none was made."""
        _times, bounds, cells = self._index
        rows = slice(bounds[window], bounds[window + 1])
        values = np.full(self.lattice.size, np.nan, np.float32)
        inside = cells[rows] >= 0
        column = self.comparison.predictions[name].to_numpy()
        values[cells[rows][inside]] = column[rows][inside]
        return values.reshape(self.lattice.rows, self.lattice.columns)

    def cell_at(self, longitude: float, latitude: float) -> int | None:
        """Return the position of the cell that holds a place; None outside."""
        found = int(self.lattice.index([longitude], [latitude])[0])
        return found if found >= 0 else None

    def centre(self, cell: int) -> tuple[float, float]:
        """Return longitude and latitude of the middle of a cell, degrees."""
        longitude, latitude = self.lattice.centres
        return float(longitude[cell]), float(latitude[cell])

    def series(self, cell: int) -> pd.DataFrame:
        """Return the forecasts of a cell: index issue time, a column a forecast."""
        times, bounds, cells = self._index
        rows = np.flatnonzero(cells == cell)
        found: pd.DataFrame = self.comparison.predictions.iloc[rows]
        found.index = times[np.searchsorted(bounds, rows, side="right") - 1]
        return found

    def base_rate(self) -> float:
        """Return the base rate, known before the test: gains are counted from it."""
        return self.known_rate if np.isfinite(self.known_rate) else self.observed_rate()

    def observed_rate(self) -> float:
        """Return the share of cells and windows of the test with an event, known afterwards."""
        return float(self.scores["observed_rate"].iloc[0])

    # events --------------------------------------------------------------------------------------

    @cached_property
    def _event_times(self) -> npt.NDArray[np.datetime64]:
        return self.events["time"].to_numpy().astype("datetime64[ns]")

    def happened(self, window: int) -> pd.DataFrame:
        """Return the events of the target in a window, largest last."""
        start, end = self.span(window)
        times = self._event_times
        first, last = np.searchsorted(times, [start.to_datetime64(), end.to_datetime64()])
        found = self.events.iloc[first:last]
        inside = self.lattice.index(found["longitude"], found["latitude"]) >= 0
        return found[inside].sort_values("mag", kind="stable")

    def cells_of(self, events: pd.DataFrame) -> npt.NDArray[np.intp]:
        """Return the cells that hold events, each once."""
        return np.unique(self.lattice.index(events["longitude"], events["latitude"]))

    def history(self, cell: int) -> pd.DataFrame:
        """Return all events of the target in a cell."""
        places = self.lattice.index(self.events["longitude"], self.events["latitude"])
        return self.events[places == cell]

    # colours -------------------------------------------------------------------------------------

    @cached_property
    def limits(self) -> tuple[float, float]:
        """Least and largest probability of the colours, the same for all forecasts and windows."""
        table = self.comparison.predictions
        step = max(1, table.size // SAMPLE)
        values = table.to_numpy().ravel()[::step] if table.size < 4 * SAMPLE else _some(table, step)
        values = values[np.isfinite(values) & (values > 0)]
        if not values.size:
            return 1e-4, 1e-1
        low, high = np.quantile(values, [0.05, 0.9995])
        low = max(float(low), FLOOR)
        return low, max(float(high), 10 * low)


def _some(table: pd.DataFrame, step: int) -> npt.NDArray[Any]:
    """Return every so many rows of all columns, flat."""
    rows = max(step // max(table.shape[1], 1), 1)
    return np.concatenate([table[name].to_numpy()[::rows] for name in table])


def nice_levels(low: float, high: float, most: int = 9) -> list[float]:
    """Return probabilities 1, 2, 5 times powers of ten between two limits.

    >>> nice_levels(0.001, 0.02)
    [0.001, 0.002, 0.005, 0.01, 0.02]
    """
    first, last = int(np.floor(np.log10(low))), int(np.ceil(np.log10(high)))
    found = [
        float(f"{step * 10.0**power:.3g}")
        for power in range(first, last + 1)
        for step in (1, 2, 5)
        if low * 0.999 <= step * 10.0**power <= high * 1.001
    ]
    if len(found) > most:
        found = [one for one in found if f"{one:e}"[0] == "1"]
    return found
