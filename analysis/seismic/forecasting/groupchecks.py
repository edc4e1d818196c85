"""Groups of features that are there, and have a value to learn from."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.learning.splits import length_of_time
from analysis.seismic.forecasting.choices import CATALOGUE, STATIC, Settings, split_times
from analysis.seismic.forecasting.grids import feature_groups, open_grid, publication_delay
from analysis.spelling import did_you_mean


def check_groups(settings: Settings) -> None:
    """Refuse groups of features that are not there, or without a value to learn from.

    Parameters
    ----------
    settings
        Settings.

    Raises
    ------
    ValueError
        A group is unknown, and the message proposes one; or a source is of another time or place.
    """
    groups = feature_groups()
    for name in settings.features:
        if name not in groups:
            raise ValueError(
                f"There is no group of features {name!r}. {did_you_mean(name, groups)}"
            )
        reason = without_values(name, settings)
        if reason:
            raise ValueError(reason)


def without_values(group: str, settings: Settings) -> str:
    """Say why a group of features has no value to learn from.

    Parameters
    ----------
    group
        Of :func:`~analysis.seismic.forecasting.grids.feature_groups`.
    settings
        Region, period, split, history and delays.

    Returns
    -------
    str
        The reason; "" where there are values, as far as times and places of the steps tell.

    Examples
    --------
    >>> without_values("gravity_simulated", Settings())
    ''
    >>> without_values("wind", Settings())[:48]
    "'wind' has no value that was known at an issue t"
    """
    if group in (CATALOGUE, STATIC):
        return ""
    grid = open_grid(group)
    issue = settings.issue_times
    if not settings.leaky:
        issue = issue[issue <= split_times(settings)["validation"] - pd.Timedelta(settings.gap)]
    ends = grid["time_bounds"].isel(bnds=1).to_numpy().astype("datetime64[ns]")
    known = ends + length_of_time(publication_delay(group, settings), "delay").to_timedelta64()
    old = ends + length_of_time(settings.history, "history").to_timedelta64()
    times = issue.to_numpy()
    if not (np.searchsorted(times, known) < np.searchsorted(times, old, side="right")).any():
        delay = publication_delay(group, settings)
        first, last = (str(one.astype("datetime64[D]")) for one in (ends[0], ends[-1]))
        return (
            f"{group!r} has no value that was known at an issue time to learn from, "
            f"{issue[0]:%Y-%m-%d} to {issue[-1]:%Y-%m-%d}: its steps end {first} to {last}, each "
            f"is known {delay} later and counts for {settings.history}."
        )
    lattice = settings.lattice
    east, north = lattice.longitude_edges, lattice.latitude_edges
    sides = {
        "longitude": ((east[:-1] + east[1:]) / 2 + 180) % 360 - 180,
        "latitude": (north[:-1] + north[1:]) / 2,
    }
    for axis, places in sides.items():
        there = grid[axis].to_numpy()
        half = np.diff(there).min() / 2 if there.size > 1 else settings.resolution
        low, high = there[0] - half, there[-1] + half
        if not ((places >= low) & (places <= high)).any():
            return (
                f"{group!r} has no value in the region {settings.region}: it covers {axis}s "
                f"{low:g} to {high:g}."
            )
    return ""
