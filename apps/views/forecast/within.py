"""Parts of the cells that scores can be of: regions, boxes and tectonic regimes."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.cells.lattice import Lattice
from analysis.learning.judging import judge
from analysis.sources.regions import REGIONS
from apps.views.forecast.hypothesesname import group_name
from apps.views.forecast.state import REGIMES, read_region

Mask = npt.NDArray[np.bool_]
PREFIX = "regime:"


def cells_within(lattice: Lattice, within: str) -> Mask:
    """Return which cells have their middle in a part.

    Parameters
    ----------
    lattice
        The cells.
    within
        Key of a region, "west,south,east,north" or "regime:" and a tectonic regime.

    Returns
    -------
    numpy.ndarray
        (cell), bool.

    Raises
    ------
    ValueError
        There is no such part.
    """
    if within.startswith(PREFIX):
        mask: Mask = _regimes(lattice) == within.removeprefix(PREFIX)
        return mask
    read_region(within)
    known = REGIONS.get(within)
    box = known.bounds if known else tuple(float(one) for one in within.split(","))
    return inside_box(lattice, box)  # type: ignore[arg-type]


@functools.lru_cache(maxsize=4)
def _regimes(lattice: Lattice) -> npt.NDArray[Any]:
    """Return the tectonic regime of the middle of each cell."""
    from analysis.seismic.regimes import tectonic_regimes

    longitude, latitude = lattice.centres
    places = pd.DataFrame({"time": pd.NaT, "lon": longitude, "lat": latitude, "depth": np.nan})
    return tectonic_regimes(places)["polygon"].to_numpy(object)


def inside_box(lattice: Lattice, box: tuple[float, float, float, float]) -> Mask:
    """Return which cells have their middle in west, south, east, north (west > east crosses 180).

    >>> inside_box(Lattice.from_bounds((0, 0, 3, 1), 1), (1, 0, 2, 1)).tolist()
    [False, True, False]
    """
    west, south, east, north = box
    longitude, latitude = lattice.centres
    across = (longitude - west) % 360.0 <= (east - west) % 360.0 if (east - west) % 360 else True
    mask: Mask = (latitude >= south) & (latitude <= north) & across
    return mask


def part_title(within: str, language: str, _: Callable[[str], str]) -> str:
    """Return what a part is called.

    >>> part_title("regime:subduction", "en", str), part_title("1,2,3,4", "en", str)
    ('Tectonic regime: subduction', '1,2,3,4')
    """
    if within.startswith(PREFIX):
        return f"{_('Tectonic regime')}: {group_name(within.removeprefix(PREFIX), _)}"
    return REGIONS[within].names[language] if within in REGIONS else within


def part_of(comparison: Any, lattice: Lattice, within: str, draws: int) -> Any:
    """Return a comparison of the rows of some cells; None where no event came in them.

    Parameters
    ----------
    comparison : analysis.learning.Comparison
        Of all cells.
    lattice
        The cells.
    within
        A part, as for :func:`cells_within`.
    draws
        Draws of windows for the intervals.

    Returns
    -------
    analysis.learning.Comparison
        Judged anew by the rows of the part, without curves.
    """
    inside = pd.Series(cells_within(lattice, within), index=lattice.ids)
    rows = inside.reindex(comparison.grid.index.get_level_values(1), fill_value=False)
    at = np.flatnonzero(rows.to_numpy(bool))
    if not (comparison.grid.outcome[at] > 0).any():
        return None
    part = comparison.grid.take(at)
    forecasts = {name: values[at] for name, values in comparison.forecasts.items()}
    drawn = part.draws(draws, int(comparison.settings.get("seed", 0)))
    judged = {
        name: judge(part, forecasts[name], comparison.threshold, drawn, curves=False)
        for name in comparison.judged
    }
    return dataclasses.replace(
        comparison,
        grid=part,
        forecasts=forecasts,
        judged=judged,
        settings={**comparison.settings, "draws": draws},
    )


def parts_with_events(comparison: Any, lattice: Lattice) -> list[str]:
    """Return the regions and regimes that hold some cells with events of the test, not all cells.

    Parameters
    ----------
    comparison : analysis.learning.Comparison
        Of all cells.
    lattice
        The cells.

    Returns
    -------
    list of str
        Keys of regions, then "regime:…".
    """
    grid = comparison.grid
    struck = np.isin(lattice.ids, grid.index.get_level_values(1)[grid.outcome > 0])
    found = []
    for one in (*REGIONS, *(f"{PREFIX}{name}" for name in REGIMES)):
        inside = cells_within(lattice, one)
        if (inside & struck).any() and not inside.all():
            found.append(one)
    return found
