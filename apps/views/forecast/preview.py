"""What smoothed seismicity says before a model is trained, so that the first view is not empty."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from analysis.cells.lattice import Lattice
from apps.views.forecast.forecasts import FLOOR
from apps.views.forecast.selection import target_events

NAME = "rate_smoothed"
YEARS = 10
"""Years before the forecast whose earthquakes are drawn above it."""


@dataclass(frozen=True, eq=False)
class Preview:
    """One baseline for one window, in the shape in which the map takes a comparison.

    Attributes
    ----------
    probability
        (row, column), row 0 in the south.
    lattice
        The cells.
    past
        Events of the target before the issue time, largest last.
    magnitude
        Least magnitude of the target.
    simulated
        Whether the events are made up.
    """

    probability: npt.NDArray[np.float32]
    lattice: Lattice
    past: pd.DataFrame
    magnitude: float
    simulated: bool

    def window(self, issue: str) -> int:
        """Return the only window."""
        del issue
        return 0

    def grid(self, name: str, window: int) -> npt.NDArray[np.float32]:
        """Return the probabilities of the baseline."""
        del name, window
        return self.probability

    def happened(self, window: int) -> pd.DataFrame:
        """Return the events before the window: what comes is not known."""
        del window
        return self.past

    def cell_at(self, longitude: float, latitude: float) -> None:
        """No cell can be explained before there is a model."""

    def centre(self, cell: int) -> tuple[float, float]:
        """Return the middle of a cell, degrees."""
        longitude, latitude = self.lattice.centres
        return float(longitude[cell]), float(latitude[cell])

    @property
    def limits(self) -> tuple[float, float]:
        """Least and largest probability of the colours."""
        values = self.probability[np.isfinite(self.probability) & (self.probability > 0)]
        if not values.size:
            return 1e-4, 1e-1
        low, high = np.quantile(values, [0.05, 0.9995])
        low = max(float(low), FLOOR)
        return low, max(float(high), 10 * low)


@lru_cache(maxsize=8)
def _preview(text: str) -> Preview:
    from analysis.seismic.forecasting import Settings, baseline_forecast

    settings = Settings.from_yaml(text)
    found = baseline_forecast(settings)
    lattice = settings.lattice
    values = found["probability"]
    longitude, latitude = lattice.centres
    wrapped = (np.asarray(longitude) + 180.0) % 360.0 - 180.0
    flat = values.sel(
        latitude=xr.DataArray(np.asarray(latitude), dims="cell"),
        longitude=xr.DataArray(wrapped, dims="cell"),
        method="nearest",
    )
    grid = flat.to_numpy().reshape(lattice.rows, lattice.columns)
    issue = pd.Timestamp(found["time"].item())
    events = target_events(settings.events, settings.magnitude)
    times = events["time"]
    near = (times < issue) & (times >= issue - pd.DateOffset(years=YEARS))
    past = events[near.to_numpy()]
    inside = lattice.index(past["longitude"], past["latitude"]) >= 0
    past = past[inside].sort_values("mag", kind="stable")
    simulated = bool(values.attrs.get("simulated", False))
    return Preview(grid.astype(np.float32), lattice, past, settings.magnitude, simulated)


def preview(settings: Any) -> Preview:
    """Return what smoothed seismicity says for the next window of the settings.

    Parameters
    ----------
    settings : analysis.seismic.forecasting.Settings
        What was chosen; nothing needs to be trained.

    Returns
    -------
    Preview
        Shared by all sessions with the same settings: not to be changed.

    Raises
    ------
    ValueError
        The settings or the earthquakes cannot be used.
    """
    return _preview(settings.to_yaml())
