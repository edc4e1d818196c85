"""One series judged by its own values."""

from __future__ import annotations

import threading
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from analysis.cubes.normstore import NormKey
from analysis.cubes.snapshot import Snapshot
from analysis.yearly import (
    Base,
    base_mask,
    check_minimum,
    finish,
    judge,
    period,
    pool,
    season_of,
    slot_sums,
)

_KEPT = 32
_lock = threading.Lock()


class Prepared(NamedTuple):
    """What all series of a variable share.

    Attributes
    ----------
    key
        What the norm is made of.
    slots, used
        Slot (time,) of each step, and whether it belongs to the base.
    period
        The base in words.
    """

    key: NormKey
    slots: NDArray[np.int64]
    used: NDArray[np.bool_]
    period: str


_prepared: WeakKeyDictionary[Snapshot, dict[str, Prepared]] = WeakKeyDictionary()


def prepare(
    snapshot: Snapshot,
    variable: str | None,
    base: Base,
    by: str | None,
    window: int | None,
    minimum: int,
) -> Prepared:
    """Return what all series of a variable share; kept for the next click.

    Parameters
    ----------
    snapshot
        State of the cube.
    variable, base, by, window, minimum
        As in :func:`analysis.cubes.norms.of`.

    Returns
    -------
    Prepared

    Raises
    ------
    ValueError
        The base holds no step, or a parameter is impossible.
    """
    told = repr((variable, base, by, window, minimum))
    with _lock:
        found = _prepared.setdefault(snapshot, {}).get(told)
    if found is not None:
        return found
    check_minimum(minimum)
    times = snapshot.meta.times
    season = season_of(times, by, window)
    key = NormKey(snapshot.variable(variable), base, season, int(minimum))
    made = Prepared(key, season.slots(times), base_mask(times, base), period(times, base))
    with _lock:
        kept = _prepared.setdefault(snapshot, {})
        if len(kept) >= _KEPT:
            kept.clear()
        kept[told] = made
    return made


def judged_series(value: xr.DataArray, known: Prepared) -> xr.Dataset:
    """Judge one series by its own values.

    Parameters
    ----------
    value
        Values (time,), with units.
    known
        From :func:`prepare`.

    Returns
    -------
    xarray.Dataset
        As :func:`analysis.cubes.norms.series` returns it.
    """
    key, slots = known.key, known.slots
    flat = value.to_numpy()[:, np.newaxis]
    sums = slot_sums(flat, slots, known.used, key.season.size)
    if key.season.window > 1:
        sums = pool(sums, key.season.window // 2, key.season.hours)
    mean, spread, _ = finish(sums, key.minimum)
    apart, standard = np.empty(flat.shape), np.empty(flat.shape)
    judge(flat, slots, mean, spread[:0], apart)
    judge(flat, slots, mean, spread, standard)
    units = {"units": value.attrs["units"]}
    name = value.attrs.get("long_name", key.variable)
    parts = {
        "value": (flat, {**units, "long_name": name}),
        "mean": (mean[slots], {**units, "long_name": f"Norm of {name}"}),
        "std": (spread[slots], {**units, "long_name": f"Standard deviation of {name}"}),
        "departure": (apart, {**units, "long_name": f"Departure of {name} from its norm"}),
        "zscore": (standard, {"units": "1", "long_name": f"Z-score of {name}"}),
    }
    variables = {one: ("time", array[:, 0], attrs) for one, (array, attrs) in parts.items()}
    stated = {"base_period": known.period, "norm": key.season.words}
    return xr.Dataset(variables, value.coords, {**value.attrs, "variable": key.variable, **stated})
