"""Simulated earthquakes: an uneven background, and sequences that it triggers."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.cells import Cells
from analysis.cells.lattice import Lattice
from analysis.seismic.distances import EARTH_RADIUS_KM
from analysis.sources.noise import coefficients, local_field

LARGEST: Final = 8.5
_ALPHA = 0.8  # growth of the number of aftershocks with magnitude, decades per unit
_OMORI = (0.01, 1.1, 365.0)  # c in days, p, longest time in days
_MOST = 2_000_000


def uneven_rates(
    cells: Cells, total: float, *, contrast: float = 1.5, seed: int = 0
) -> NDArray[np.float64]:
    """Return expected numbers of events of a window, uneven in space as seismicity is.

    Parameters
    ----------
    cells
        Boxes.
    total
        Expected number in all cells together, in one window.
    contrast
        Standard deviation of the natural logarithm of the rate; 0 is even by area.
    seed
        Same seed, same rates.

    Returns
    -------
    numpy.ndarray
        Expected numbers (cell,).

    Raises
    ------
    ValueError
        The cells are no boxes, or total or contrast are impossible.

    Examples
    --------
    >>> cells = Cells.from_grid((60, 36, 90, 50), 1.0, "2000-01-01", "2001-01-01")
    >>> rates = uneven_rates(cells, 6.0)
    >>> round(float(rates.sum()), 9), bool(rates.max() > 20 * rates.min())
    (6.0, True)
    """
    lattice = boxes(cells)
    if not (np.isfinite(total) and total > 0 and np.isfinite(contrast) and contrast >= 0):
        raise ValueError(f"total={total}, contrast={contrast}: the first is above 0, none below.")
    field = smooth_noise(lattice, 1, memory=0.0, seed=seed)[0]
    rates = cells.areas_km2 * np.exp(contrast * field)
    return np.asarray(total * rates / rates.sum())


def simulate_events(
    cells: Cells,
    rates: ArrayLike,
    *,
    magnitude: float = 5.0,
    b: float = 1.0,
    aftershocks: float = 0.3,
    seed: int = 0,
) -> pd.DataFrame:
    """Return simulated events: a Poisson background, each with the aftershocks that it triggers.

    Magnitudes follow Gutenberg and Richter; the number of aftershocks grows as 10^(0.8 M), their
    times follow Omori and Utsu (p = 1.1, c = 0.01 day, to a year), and they trigger others
    (Ogata 1988, doi:10.1080/01621459.1988.10478560).

    Parameters
    ----------
    cells
        Boxes and windows.
    rates
        Expected numbers of background events of each window (cell,) or (time, cell).
    magnitude
        Least magnitude.
    b
        Slope of the distribution of magnitudes.
    aftershocks
        Mean number of events that an event triggers itself, 0 to below 1.
    seed
        Same seed, same events.

    Returns
    -------
    pandas.DataFrame
        Events in order of time: id, time, longitude, latitude, depth (km), mag, magType, type,
        source, simulated (True), ``parent`` (id of the trigger, empty for the background). Those
        outside the cells and windows are left out.

    Raises
    ------
    ValueError
        Rates do not fit the cells, or a parameter is impossible.

    Examples
    --------
    With and without aftershocks the background is the same:

    >>> cells = Cells.from_grid((60, 36, 90, 50), 1.0, "2000-01-01", "2010-01-01")
    >>> rates = uneven_rates(cells, 6.0)
    >>> few, many = (simulate_events(cells, rates, aftershocks=a) for a in (0.0, 0.4))
    >>> own = many[many["parent"] == ""]
    >>> len(many) > len(few), bool((own["mag"].to_numpy() == few["mag"].to_numpy()).all())
    (True, True)
    """
    lattice = boxes(cells)
    expected = np.asarray(rates, dtype=np.float64)
    if expected.shape not in {cells.ids.shape, cells.shape} or not (expected >= 0).all():
        raise ValueError(
            f"Rates {expected.shape} must be (cell,) = {cells.ids.shape} or (time, cell) = "
            f"{cells.shape}, none negative or missing."
        )
    expected = np.broadcast_to(expected, cells.shape)
    if not 0 <= aftershocks < 1 or not 0.5 <= b <= 3 or not magnitude < LARGEST - 1:
        raise ValueError(
            f"aftershocks={aftershocks}, b={b}, magnitude={magnitude}: the first is 0 to below 1, "
            f"the second 0.5 to 3, the third below {LARGEST - 1}."
        )
    if float(expected.sum()) / (1 - aftershocks) > _MOST:
        raise ValueError(f"{expected.sum():.0f} events are expected; at most {_MOST} are made.")
    random = np.random.default_rng([seed, 1])
    window, cell = np.nonzero(number := random.poisson(expected))
    window, cell = (np.repeat(one, number[window, cell]) for one in (window, cell))
    edges = cells.edges.astype("datetime64[ns]").astype(np.int64) / 86_400e9
    days = edges[window] + random.random(window.size) * np.diff(edges)[window]
    longitude, latitude = _inside(lattice, cell, random)
    sizes = _magnitudes(window.size, magnitude, b, random)
    order = np.argsort(days, kind="stable")
    events = [np.stack([days, longitude, latitude, sizes, np.full(days.size, -1.0)])[:, order]]
    random = np.random.default_rng([seed, 2])  # so that aftershocks change no background
    first = 0
    while aftershocks > 0 and events[-1].shape[1]:
        events.append(_children(events[-1], first, magnitude, b, aftershocks, edges[-1], random))
        first += events[-2].shape[1]
    return _table(np.concatenate(events, axis=1), cells, edges, seed)


def smooth_noise(lattice: Lattice, steps: int, *, memory: float, seed: int) -> NDArray[np.float64]:
    """Return a smooth random field of mean 0 and variance 1 over all steps.

    Parameters
    ----------
    lattice
        Boxes.
    steps
        Length in time.
    memory
        Correlation from one step to the next, 0 to below 1.
    seed
        Same seed, same field.

    Returns
    -------
    numpy.ndarray
        Values (step, cell).
    """
    waves = (8, 12)
    amplitudes = coefficients(seed, steps, waves, memory=memory, scale=4.0, circle=False)
    rows = (np.arange(lattice.rows) + 0.5) / lattice.rows
    columns = (np.arange(lattice.columns) + 0.5) / lattice.columns
    field = local_field(amplitudes, rows, columns).reshape(steps, -1).astype(np.float64)
    field -= field.mean()
    spread = field.std()
    return field / spread if spread > 0 else field


def boxes(cells: Cells) -> Lattice:
    """Return the lattice of the cells.

    Raises
    ------
    ValueError
        The cells are polygons.
    """
    if not isinstance(cells.geometry, Lattice):
        raise ValueError("The simulator needs boxes: cells made by Cells.from_grid.")
    return cells.geometry


def _inside(
    lattice: Lattice, cell: NDArray[np.intp], random: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return places evenly spread over the area of the boxes."""
    row, column = np.divmod(cell, lattice.columns)
    lons, lats = lattice.longitude_edges, np.sin(np.radians(lattice.latitude_edges))
    longitude = lons[column] + random.random(cell.size) * lattice.resolution
    sine = lats[row] + random.random(cell.size) * np.diff(lats)[row]
    return longitude, np.degrees(np.arcsin(np.clip(sine, -1, 1)))


def _magnitudes(
    count: int, least: float, b: float, random: np.random.Generator
) -> NDArray[np.float64]:
    """Return magnitudes of Gutenberg and Richter between the least and the largest."""
    cut = 10 ** (-b * (LARGEST - least))
    return np.asarray(least - np.log10(1 - random.random(count) * (1 - cut)) / b)


def _children(
    parents: NDArray[np.float64],
    first: int,
    least: float,
    b: float,
    ratio: float,
    end: float,
    random: np.random.Generator,
) -> NDArray[np.float64]:
    """Return the events that some events trigger themselves: (5, event), as the parents."""
    days, longitude, latitude, sizes, _ = parents
    span = np.log(10) * (LARGEST - least)
    mean = span if abs(b - _ALPHA) < 1e-9 else b / (b - _ALPHA)
    if abs(b - _ALPHA) >= 1e-9:
        mean *= (1 - np.exp((_ALPHA - b) * span)) / (1 - np.exp(-b * span))
    number = random.poisson(ratio * 10 ** (_ALPHA * (sizes - least)) / mean)
    parent = np.repeat(np.arange(days.size), number)
    c, p, longest = _OMORI
    low, high = c ** (1 - p), (longest + c) ** (1 - p)
    wait = (low - random.random(parent.size) * (low - high)) ** (1 / (1 - p)) - c
    reach = 10.0 * 10 ** (0.4 * (sizes[parent] - 5.0))  # km
    east, north = random.normal(0, reach, (2, parent.size))
    lat = np.clip(latitude[parent] + np.degrees(north / EARTH_RADIUS_KM), -89.9, 89.9)
    lon = longitude[parent] + np.degrees(east / EARTH_RADIUS_KM) / np.cos(np.radians(lat))
    made = np.stack(
        [days[parent] + wait, lon, lat, _magnitudes(parent.size, least, b, random), first + parent]
    )
    return made[:, made[0] < end]


def _table(
    found: NDArray[np.float64], cells: Cells, edges: NDArray[np.float64], seed: int
) -> pd.DataFrame:
    """Return the events within cells and windows as a table."""
    days, longitude, latitude, sizes, parent = found
    names = np.array([f"s{seed}-{place}" for place in range(days.size)] + [""], dtype=object)
    inside = (cells.find(longitude, latitude) >= 0) & (days >= edges[0]) & (days < edges[-1])
    stamps = (days * 86_400e3).astype(np.int64).astype("datetime64[ms]").astype("datetime64[ns]")
    table: dict[str, Any] = {
        "id": names[:-1],
        "time": stamps,
        "longitude": (longitude + 180.0) % 360.0 - 180.0,
        "latitude": latitude,
        "depth": np.full(days.size, 10.0),
        "mag": np.round(sizes, 2),
        "magType": "mw",
        "type": "earthquake",
        "source": f"Qazcube simulator, seed {seed}",
        "simulated": True,
        "parent": names[parent.astype(np.int64)],
    }
    frame = pd.DataFrame(table)[inside].sort_values("time", kind="stable", ignore_index=True)
    frame.attrs["simulated"] = True
    return frame
