"""A precursor planted into a simulated anomaly before earthquakes, as strong as one likes."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from analysis.cells import Cells, align
from analysis.learning.splits import length_of_time
from analysis.seismic.columns import as_events
from analysis.seismic.distances import within_km
from analysis.seismic.plantedevents import boxes, simulate_events, smooth_noise
from analysis.sources.noise import white

ANOMALY: Final = "planted_anomaly"
"""Name of the simulated satellite variable."""
_MOST = 100_000_000


def plant(  # noqa: PLR0913
    cells: Cells,
    events: Any,
    *,
    strength: float,
    lead: Any = "20D",
    radius_km: float = 200.0,
    magnitude: float = 5.0,
    memory: float = 0.5,
    aftershocks: float = 0.3,
    seed: int = 0,
) -> tuple[pd.DataFrame, xr.Dataset]:
    """Return events and a cube in which a satellite variable announces them, or does not.

    The variable is noise, smooth in space and with a memory in time, of mean 0 and standard
    deviation 1. In the time `lead` before each event of at least `magnitude` it is raised: by
    `strength` standard deviations at the epicentre, less with distance (a Gaussian with a standard
    deviation of half the radius) and not at all beyond the radius. A window that the time fills in
    part is raised by that part; where several events announce themselves, the largest rise counts.
    Noise and events depend on the seed alone, so that strength 0 is the same world without
    precursor. Nothing of it is a measurement, and it carries ``simulated``.

    Parameters
    ----------
    cells
        Boxes and windows; windows shorter than `lead` (10 days) show the precursor sharply.
    events
        A table of events (real ones too), or expected numbers of background events of each window,
        (cell,) or (time, cell), from which events are simulated
        (:func:`~analysis.seismic.plantedevents.simulate_events`).
    strength
        Rise at the epicentre in standard deviations of the noise, 0 or more.
    lead
        How long before an event the rise begins; it ends with the event.
    radius_km
        How far it reaches.
    magnitude
        Events that announce themselves; least magnitude of simulated ones.
    memory
        Correlation of the noise from one window to the next, 0 to below 1.
    aftershocks
        Of simulated events.
    seed
        Same seed, same noise and events.

    Returns
    -------
    tuple
        Events, and the cube (time, cell), as :func:`analysis.cells.align` gives it: ``count`` and
        ``largest_magnitude`` of the events in the window, ``planted_anomaly`` (1).

    Raises
    ------
    ValueError
        The cells are no boxes, or a parameter is impossible.

    Examples
    --------
    The cube at strength 3 less that at strength 0 is the precursor, nowhere above 3 and nowhere
    below 0; twice the strength is twice the rise:

    >>> from analysis.seismic.plantedevents import uneven_rates
    >>> cells = Cells.from_grid((60, 36, 80, 46), 1.0, "2000-01-01", "2002-01-01", "10D")
    >>> rates = uneven_rates(cells, 0.5)
    >>> none, three, six = (plant(cells, rates, strength=s)[1][ANOMALY] for s in (0, 3, 6))
    >>> rise = (three - none).to_numpy()
    >>> bool(2 < rise.max() < 3.00001), bool(rise.min() > -1e-5)
    (True, True)
    >>> bool(np.allclose(six - none, 2 * rise, atol=1e-5))
    True
    """
    lattice = boxes(cells)
    if not (np.isfinite(strength) and strength >= 0):
        raise ValueError(f"The strength is {strength}; give 0 or more standard deviations.")
    if not (np.isfinite(radius_km) and 0 < radius_km <= 5000):
        raise ValueError(f"The radius is {radius_km} km; give a number above 0, up to 5000.")
    before = length_of_time(lead, "lead")
    if not before > pd.Timedelta(0):
        raise ValueError(f"The lead is {lead!r}; it must be longer than nothing.")
    if not 0 <= memory < 1:
        raise ValueError(f"The memory is {memory}; it lies from 0 to below 1.")
    if cells.shape[0] * cells.shape[1] > _MOST:
        raise ValueError(f"{cells.shape} windows and cells are more than {_MOST} values.")
    if isinstance(events, pd.DataFrame) or hasattr(events, "compute"):
        table = as_events(events)
        made = bool(table["simulated"].any()) if "simulated" in table else False
    else:
        options = {"magnitude": magnitude, "aftershocks": aftershocks, "seed": seed}
        table = simulate_events(cells, events, **options)  # type: ignore[arg-type]
        made = True
    steps = cells.shape[0]
    smooth = smooth_noise(lattice, steps, memory=memory, seed=seed + 7_000_003)
    rough = white(seed + 9_000_011, slice(0, steps), (lattice.rows, lattice.columns))
    noise = np.sqrt(0.5) * (smooth + rough.reshape(steps, -1))
    rise = precursor(cells, table, lead=before, radius_km=radius_km, magnitude=magnitude)
    cube = _counts(table, cells, made)
    attrs = {
        "units": "1",
        "long_name": "Anomaly with a planted precursor (simulated)",
        "source": f"Qazcube simulator, seed {seed}",
        "simulated": True,
        "group": "planted",
    }
    cube[ANOMALY] = (("time", "cell"), (noise + strength * rise).astype(np.float32), attrs)
    cube.attrs = {
        "title": "Simulated anomaly, with a planted precursor or without",
        "comment": "Made by a simulator; no value of the anomaly is a measurement.",
        "simulated": True,
        "strength": float(strength),
        "lead_days": before / pd.Timedelta("1D"),
        "radius_km": float(radius_km),
        "seed": int(seed),
    }
    return table, cube


def precursor(
    cells: Cells, events: pd.DataFrame, *, lead: Any, radius_km: float, magnitude: float
) -> NDArray[np.float64]:
    """Return the rise before events, in units of the strength.

    Parameters
    ----------
    cells
        Boxes and windows.
    events
        Events with time, longitude, latitude, mag.
    lead, radius_km, magnitude
        As for :func:`plant`.

    Returns
    -------
    numpy.ndarray
        Rise (time, cell), 0 to 1.
    """
    before = length_of_time(lead, "lead").to_timedelta64()
    edges = cells.edges.astype("datetime64[ns]")
    lengths = np.diff(edges)
    lons, lats = cells.centres
    out = np.zeros(cells.shape)
    strong = events[(events["mag"] >= magnitude) & events["time"].notna()]
    times = strong["time"].to_numpy().astype("datetime64[ns]")
    places = strong[["longitude", "latitude"]].to_numpy(dtype=np.float64)
    for when, (longitude, latitude) in zip(times, places, strict=True):
        if not (np.isfinite(longitude) and abs(latitude) <= 90):
            continue
        first = max(int(np.searchsorted(edges, when - before, side="right")) - 1, 0)
        last = min(int(np.searchsorted(edges, when, side="left")), lengths.size)
        if first >= last:
            continue
        cell, apart = within_km(longitude, latitude, lons, lats, radius_km)
        if not cell.size:
            continue
        rows = slice(first, last)
        common = np.minimum(edges[1:][rows], when) - np.maximum(edges[:-1][rows], when - before)
        share = np.maximum(common / lengths[rows], 0.0)
        shape = np.exp(-2.0 * (apart / radius_km) ** 2)
        block = np.ix_(np.arange(first, last), cell)
        out[block] = np.maximum(out[block], share[:, np.newaxis] * shape)
    return out


def _counts(events: pd.DataFrame, cells: Cells, simulated: bool) -> xr.Dataset:
    """Return count and largest magnitude of the events in each window and cell."""
    cube = align(events, cells, "count")
    largest = align(events, cells, "max", column="mag")
    cube["largest_magnitude"] = largest["mag"].assign_attrs(
        units="1", long_name="Largest magnitude"
    )
    cube = cube.compute(scheduler="synchronous")
    for name in ("count", "largest_magnitude"):
        cube[name].attrs["group"] = "catalogue"
        if simulated:
            cube[name].attrs["simulated"] = True
    return cube
