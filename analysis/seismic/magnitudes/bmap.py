"""Maps of the b-value by the nearest events."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from numba import njit
from numpy.typing import ArrayLike, NDArray

from analysis.compute import resources
from analysis.seismic.events import Region, check_region
from analysis.seismic.magnitudes.bins import bin_numbers, centres, check_width
from analysis.seismic.magnitudes.bvalue import LN10, SHI_BOLT
from analysis.seismic.magnitudes.mc import completeness
from analysis.seismic.magnitudes.nearest import Buckets, make_buckets, nearest_steps
from analysis.seismic.magnitudes.tables import take
from analysis.sources.circle import wrap_longitude

Places = tuple[NDArray[np.float64], NDArray[np.float64]]
Completed = float | Literal["maxc"] | None
COLUMNS = {
    "b": ("b-value", "1"),
    "std": ("Standard error of the b-value", "1"),
    "n": ("Number of events used", "1"),
    "mc": ("Magnitude of completeness", "1"),
    "radius": ("Distance of the farthest event used", "km"),
}
CORRECTION = 0.2
PLACES = 2048
"""Places of one task."""


class Rules(NamedTuple):
    """What a place needs and how its b-value is made."""

    n: int
    radius_km: float
    width: float
    each: bool
    tinti: bool


def b_map(
    events: pd.DataFrame,
    region: Region | str = (-180.0, -90.0, 180.0, 90.0),
    resolution: float = 0.5,
    *,
    n: int = 50,
    radius_km: float = 300.0,
    mc: Completed = None,
    bin_width: float = 0.1,
    method: Literal["tinti-mulargia", "aki-utsu"] = "tinti-mulargia",
) -> xr.Dataset:
    """Map the b-value: at each node that of the N nearest events within a radius.

    After Wiemer and Wyss (2002, Advances in Geophysics 45:259). Neighbouring nodes share
    events: differences mean something only between places farther apart than their radii.

    Parameters
    ----------
    events
        Table of events, (n): `longitude`, `latitude`, `mag`; rows where one is missing are left
        out.
    region
        West, south, east, north, degrees; west greater than east crosses the date line. Or the
        name of a packaged region in any language.
    resolution
        Distance of the nodes, degrees. Nodes are the centres of boxes that start at the west
        and the south of the region.
    n, radius_km, mc, bin_width, method
        As in `b_nearest`.

    Returns
    -------
    xarray.Dataset
        (latitude, longitude), both ascending, longitudes in [-180, 180): `b`, `std`, `n`, `mc`
        and `radius` (km), as in `b_nearest`.

    Raises
    ------
    ValueError
        If the region or the resolution is impossible, or as `b_nearest`.

    Examples
    --------
    The map knows no date line:

    >>> random = np.random.default_rng(1)
    >>> events = pd.DataFrame(
    ...     {
    ...         "longitude": random.uniform(175, 185, 500),
    ...         "latitude": random.uniform(-5, 5, 500),
    ...         "mag": 5 + random.exponential(0.4, 500).round(1),
    ...     }
    ... )
    >>> across = b_map(events, (178, -2, -178, 2), 1.0, mc=5.0)
    >>> turned = b_map(
    ...     events.assign(longitude=events["longitude"] - 180), (-2, -2, 2, 2), 1.0, mc=5.0
    ... )
    >>> np.array_equal(np.sort(across["b"], axis=None), np.sort(turned["b"], axis=None))
    True
    """
    west, south, east, north = check_region(region)
    if not (math.isfinite(resolution) and 0.01 <= resolution <= 90):
        msg = f"The resolution is {resolution} degrees; it must be between 0.01 and 90."
        raise ValueError(msg)
    columns, rows = (math.floor(span / resolution + 1e-9) for span in (east - west, north - south))
    if rows < 1 or columns < 1:
        msg = f"The region {region} is smaller than a box of {resolution} degrees."
        raise ValueError(msg)
    latitude = np.round(south + (np.arange(rows) + 0.5) * resolution, 9)
    longitude = west + (np.arange(columns) + 0.5) * resolution
    longitude = np.sort(wrap_longitude(np.round(longitude, 9)))
    lons, lats = np.meshgrid(longitude, latitude)
    table = b_nearest(
        events,
        lons.ravel(),
        lats.ravel(),
        n=n,
        radius_km=radius_km,
        mc=mc,
        bin_width=bin_width,
        method=method,
    )
    origin = _origin(events)
    grid = xr.Dataset(
        {
            name: (
                ("latitude", "longitude"),
                table[name].to_numpy().reshape(lats.shape),
                {"long_name": title, "units": unit, **origin},
            )
            for name, (title, unit) in COLUMNS.items()
        },
        coords={
            "latitude": ("latitude", latitude, {"units": "degrees_north"}),
            "longitude": ("longitude", longitude, {"units": "degrees_east"}),
        },
    )
    grid.attrs = {"method": method, "nearest": n, "radius_km": radius_km, "bin_width": bin_width}
    return grid


def b_nearest(
    events: pd.DataFrame,
    longitude: ArrayLike,
    latitude: ArrayLike,
    *,
    n: int = 50,
    radius_km: float = 300.0,
    mc: Completed = None,
    bin_width: float = 0.1,
    method: Literal["tinti-mulargia", "aki-utsu"] = "tinti-mulargia",
) -> pd.DataFrame:
    """Estimate the b-value at places from their N nearest events within a radius.

    Parameters
    ----------
    events
        Table of events, as in `b_map`. Any longitude is accepted.
    longitude, latitude
        Places, degrees, (places) each. Places in a row that are neighbours are fastest.
    n
        Events for each place. Of events equally far the first of the table are taken.
    radius_km
        Largest distance, km, on the great circle.
    mc
        Magnitude of completeness: one number for all places, events below which are left out
        first; ``maxc`` for that of the N events of each place by maximum curvature (with the
        correction 0.2), of which those that reach it are used; None for one number by maximum
        curvature of all events.
    bin_width
        Step to which magnitudes are rounded.
    method
        As in `b_value`; b-positive is not for maps.

    Returns
    -------
    pandas.DataFrame
        (places): `b`, its Shi-Bolt error `std`, `n` (events used), `mc`, and `radius` (distance
        of the farthest of the N, km). Where fewer than N events lie within the radius, or with
        ``maxc`` fewer than half of them are complete, all is NaN but `n`: the events found.

    Raises
    ------
    ValueError
        If a column is absent, a place is not on the Earth, or a number or a name makes no sense.

    Examples
    --------
    Fewer than N within the radius is no b-value, however many there are beyond:

    >>> events = pd.DataFrame(
    ...     {"longitude": [0.0, 0.1, 9.0], "latitude": 0.0, "mag": [5.0, 5.1, 5.2]}
    ... )
    >>> b_nearest(events, [0], [0], n=2, mc=5.0)[["n", "radius"]].round(1).to_numpy()
    array([[ 2. , 11.1]])
    >>> b_nearest(events, [0], [0], n=3, mc=5.0)[["b", "n"]].to_numpy()
    array([[nan,  2.]])
    """
    places = _check_places(longitude, latitude)
    rules = _check_rules(n, radius_km, bin_width, method, mc)
    lons, lats, mags = take(events, "longitude", "latitude", "mag")
    there = np.isfinite(lons) & (np.abs(lats) <= 90) & np.isfinite(mags)
    lons, lats, mags = lons[there], lats[there], mags[there]
    limit = completeness(mags, "maxc", bin_width) if mc is None else mc
    base = float("nan")
    if isinstance(limit, str):
        steps = bin_numbers(mags, rules.width)
    else:
        base = float(limit)
        steps = bin_numbers(mags, rules.width, base) if mags.size else np.zeros(0, dtype=np.int64)
        complete = steps >= 0
        lons, lats, steps = lons[complete], lats[complete], steps[complete]
    if steps.size and steps.max() - steps.min() > 10_000:
        msg = f"Magnitudes span {steps.max() - steps.min()} bins of {bin_width}; at most 10000."
        raise ValueError(msg)
    buckets = make_buckets(lons, lats, steps)
    values = _estimate_all(buckets, places, rules)
    table = pd.DataFrame(values, columns=list(COLUMNS))
    table["n"] = table["n"].astype(np.int32)
    table["mc"] = centres(table["mc"], rules.width) if rules.each else table["mc"] + base
    return table


def _origin(events: pd.DataFrame) -> dict[str, object]:
    """Return whose events were used, and whether some are simulated."""
    names = sorted(set(events["source"].dropna().astype(str))) if "source" in events else []
    attrs: dict[str, object] = {"source": f"Qazcube from {', '.join(names) or 'a table of events'}"}
    if "simulated" in events and (events["simulated"] == 1).any():
        attrs["simulated"] = True
    return attrs


def _estimate_all(buckets: Buckets, places: Places, rules: Rules) -> NDArray[np.float64]:
    """Return the table of all places, in several threads."""
    parts = [slice(at, at + PLACES) for at in range(0, places[0].size, PLACES)]
    with ThreadPoolExecutor(resources().threads) as pool:
        done = pool.map(lambda part: _estimate_part(buckets, *places, part, rules), parts)
        return np.concatenate([np.empty((0, len(COLUMNS))), *done])


def _estimate_part(
    buckets: Buckets,
    lons: NDArray[np.float64],
    lats: NDArray[np.float64],
    part: slice,
    rules: Rules,
) -> NDArray[np.float64]:
    """Return the table of some places."""
    steps = np.empty((lons[part].size, rules.n), dtype=np.int64)
    found, radii = nearest_steps(buckets, lons[part], lats[part], rules.n, rules.radius_km, steps)
    values = np.full((found.size, len(COLUMNS)), np.nan)
    values[:, 2] = found
    shift = round(CORRECTION / rules.width) if rules.each else 0
    _estimate(steps, radii, rules, shift, values)
    return values


@njit(nogil=True, cache=True)
def _estimate(
    steps: np.ndarray, radii: np.ndarray, rules: Rules, shift: int, values: np.ndarray
) -> None:
    """Write b, its error, n, the bin of completeness and the radius of each place."""
    for i in range(radii.size):
        if math.isnan(radii[i]):
            continue
        low = _fullest(steps[i]) + shift if rules.each else 0
        n, total, squares = 0, 0, 0
        for step in steps[i]:
            if step >= low:
                n += 1
                total += step - low
                squares += (step - low) ** 2
        if n < 2 or 2 * n < rules.n or total == 0:
            continue
        mean = total / n
        aki = 1 / (LN10 * (mean + 0.5) * rules.width)
        spread = max(squares - n * mean * mean, 0.0)
        tinti = math.log1p(1 / mean) / (LN10 * rules.width)
        values[i, 0] = tinti if rules.tinti else aki
        if spread > 1e-9:
            values[i, 1] = SHI_BOLT * aki * aki * math.sqrt(spread / (n * (n - 1.0))) * rules.width
        values[i, 2] = n
        values[i, 3] = low
        values[i, 4] = radii[i]


@njit(nogil=True, cache=True)
def _fullest(steps: np.ndarray) -> int:
    """Return the lowest of the bins with most events."""
    low = steps.min()
    counts = np.zeros(steps.max() - low + 1, dtype=np.int64)
    for step in steps:
        counts[step - low] += 1
    return low + counts.argmax()


def _check_places(longitude: ArrayLike, latitude: ArrayLike) -> Places:
    """Return places as arrays, or say what is wrong with them."""
    lons = np.atleast_1d(np.asarray(longitude, dtype=np.float64))
    lats = np.atleast_1d(np.asarray(latitude, dtype=np.float64))
    if lons.shape != lats.shape or lons.ndim != 1:
        msg = f"Longitudes {lons.shape} and latitudes {lats.shape} must have one same length."
        raise ValueError(msg)
    wrong = ~(np.isfinite(lons) & (np.abs(lats) <= 90))
    if wrong.any():
        at = int(wrong.argmax())
        msg = (
            f"The place ({lons[at]}, {lats[at]}) is not on the Earth: give finite longitudes and "
            "latitudes from -90 to 90."
        )
        raise ValueError(msg)
    return lons, lats


def _check_rules(
    n: int, radius_km: float, width: float, method: str, mc: float | str | None
) -> Rules:
    """Return the rules, or say what is wrong with them."""
    if n != int(n) or n < 2:
        msg = f"{n} events were asked for at each place; give a whole number from 2 on."
        raise ValueError(msg)
    if not (math.isfinite(radius_km) and radius_km > 0):
        msg = f"The radius is {radius_km} km; it must be a positive number."
        raise ValueError(msg)
    if method not in ("tinti-mulargia", "aki-utsu"):
        msg = f"The method is {method!r}; for a map it must be tinti-mulargia or aki-utsu."
        raise ValueError(msg)
    if isinstance(mc, str) and mc != "maxc":
        msg = f"The magnitude of completeness is {mc!r}; give a number, 'maxc' or None."
        raise ValueError(msg)
    if isinstance(mc, float | int) and not math.isfinite(mc):
        msg = f"The magnitude of completeness is {mc}; it must be a finite number."
        raise ValueError(msg)
    return Rules(int(n), float(radius_km), check_width(width), mc == "maxc", method[0] == "t")
