"""How many places to look at to judge a map, and which."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

ALLOCATIONS = ("proportional", "equal", "neyman", "rare")


def sampling_design(
    mapped_area: Mapping[Any, float] | pd.Series,
    expected_users: Mapping[Any, float] | pd.Series | float = 0.8,
    *,
    error: float = 0.01,
    size: int | None = None,
    minimum: int = 50,
) -> pd.DataFrame:
    """Plan a stratified sample: its size for a wanted error, and how to share it out.

    Size by equation 13 of Olofsson et al. (2014): ``(sum W S / error) ** 2`` with
    ``S = sqrt(U (1 - U))``, the population being large.

    Parameters
    ----------
    mapped_area : mapping or pandas.Series
        Area of each class in the map, any unit.
    expected_users : mapping, pandas.Series or float
        User's accuracy expected of each class, between 0 and 1.
    error : float
        Standard error wanted of the overall accuracy.
    size : int, optional
        Number of samples, in place of that from the error.
    minimum : int
        Least number for a class in the allocation "rare".

    Returns
    -------
    pandas.DataFrame
        By class: ``weight`` (share of the area), ``expected_users``, and the samples by allocation:
        ``proportional`` to area (best for overall and producer's accuracy), ``equal`` (best for
        user's accuracy), ``neyman`` (least error of the overall accuracy), ``rare`` (the minimum
        for rare classes, the rest proportional). ``attrs``: ``size`` and, by allocation, the
        expected standard error of the overall accuracy in ``overall_error``.

    Raises
    ------
    ValueError
        No areas, an accuracy or error that is none, or a size below two for each class.

    Examples
    --------
    The example of Olofsson et al. (2014), section 5.1.1: 641 samples.

    >>> area = {"loss": 0.020, "gain": 0.015, "forest": 0.320, "other": 0.645}
    >>> users = {"loss": 0.70, "gain": 0.60, "forest": 0.90, "other": 0.95}
    >>> sampling_design(area, users).attrs["size"]
    641

    Half the error needs four times the samples:

    >>> sampling_design(area, users, error=0.005).attrs["size"]
    2563
    """
    areas = pd.Series(mapped_area, dtype=np.float64)
    if not len(areas) or not np.isfinite(areas).all() or (areas < 0).any() or not areas.sum() > 0:
        raise ValueError(f"The mapped areas are {dict(areas)}; they are 0 or more, not all 0.")
    areas = areas[areas > 0]
    if isinstance(expected_users, Mapping | pd.Series):
        given = pd.Series(expected_users, dtype=np.float64)
        lacking = [one for one in areas.index if one not in given.index]
        if lacking:
            raise ValueError(f"There is no expected user's accuracy of {lacking[0]!r}.")
        users = given.reindex(areas.index)
    else:
        users = pd.Series(float(expected_users), index=areas.index)
    if not users.between(0.0, 1.0).all():
        raise ValueError(f"An expected user's accuracy is {users.max():g}; it is between 0 and 1.")
    if not 0.0 < error < 0.5:
        raise ValueError(f"The standard error is {error}; it is above 0 and below 0.5.")
    weight = areas / areas.sum()
    spread = np.sqrt(users * (1 - users))
    wanted = size if size is not None else math.ceil(float((weight * spread).sum() / error) ** 2)
    if size is None:
        wanted = max(wanted, 2 * len(areas))
    if wanted < 2 * len(areas):
        raise ValueError(f"The size is {wanted}; at least two for each of {len(areas)} classes.")
    keys = {
        "proportional": weight,
        "equal": pd.Series(1.0, index=areas.index),
        "neyman": weight * spread if (weight * spread).sum() > 0 else weight,
    }
    out = pd.DataFrame({"weight": weight, "expected_users": users})
    for name, key in keys.items():
        out[name] = _share_out(wanted, key, 2)
    out["rare"] = _share_out(wanted, weight, min(minimum, wanted // len(areas)))
    variance = (weight * spread) ** 2
    out.attrs = {
        "size": wanted,
        "overall_error": {
            name: float(np.sqrt((variance / out[name]).sum())) for name in ALLOCATIONS
        },
    }
    return out.rename_axis("class")


def draw_samples(land: xr.DataArray, counts: Mapping[Any, int], *, seed: int = 0) -> pd.DataFrame:
    """Draw places at random from each class of a map, without looking at it twice.

    Parameters
    ----------
    land : xarray.DataArray
        Codes of classes, two dimensions (y, x), lazy or not; rows are read block by block.
    counts : mapping
        Code of the class -> number of places.
    seed : int
        Same seed, same places.

    Returns
    -------
    pandas.DataFrame
        ``map`` (code), the coordinates under the names of the dimensions, and ``row``, ``column``;
        in random order, so that whoever judges them cannot guess the class.

    Raises
    ------
    ValueError
        The map has other dimensions than two, or fewer pixels of a class than asked for.

    Examples
    --------
    >>> land = xr.DataArray([[1, 1, 2], [1, 2, 2]], {"y": [1.0, 0.0], "x": [0.0, 1.0, 2.0]})
    >>> places = draw_samples(land, {1: 2, 2: 1})
    >>> sorted(places["map"]), bool((land.values[places.row, places.column] == places["map"]).all())
    ([1, 1, 2], True)
    """
    if land.ndim != 2:
        raise ValueError(f"The map has the dimensions {land.dims}; it has two, rows and columns.")
    # a stream of its own: whoever makes up a map with default_rng(seed) draws other numbers
    rng = np.random.default_rng([seed, 0x51617A])
    step = max(1, 4_000_000 // max(1, land.shape[1]))
    blocks = [(at, min(at + step, land.shape[0])) for at in range(0, land.shape[0], step)]
    keys: dict[Any, list[Any]] = {code: [] for code in counts}
    for low, high in blocks:
        values = np.asarray(land[low:high].to_numpy()).ravel()
        chance = rng.random(values.size)
        for code, wanted in counts.items():
            at = np.flatnonzero(values == code)
            best = at[np.argsort(chance[at], kind="stable")[:wanted]]
            keys[code] += list(zip(chance[best], best + low * land.shape[1], strict=True))
    rows: list[pd.DataFrame] = []
    for code, wanted in counts.items():
        found = sorted(keys[code])[:wanted]
        if len(found) < wanted:
            raise ValueError(f"The class {code!r} has {len(found)} pixels; {wanted} are asked for.")
        rows.append(pd.DataFrame({"map": code, "flat": [flat for _, flat in found]}))
    table = pd.concat(rows, ignore_index=True)
    table = table.iloc[rng.permutation(len(table))].reset_index(drop=True)
    flat = table.pop("flat").astype(np.int64)
    table["row"], table["column"] = flat // land.shape[1], flat % land.shape[1]
    for dim, name in zip(land.dims, ("row", "column"), strict=True):
        if dim in land.coords:
            table[str(dim)] = land[dim].to_numpy()[table[name]]
    return table


def _share_out(size: int, key: pd.Series, least: int) -> pd.Series:
    """Share a number out by a key with a least for each, by largest remainders."""
    exact = pd.Series(float(least), index=key.index)
    low = pd.Series(False, index=key.index)
    for _ in range(len(key)):  # raise small ones to the least, share the rest among the others
        free = key.where(~low, 0.0)
        rest = size - least * int(low.sum())
        exact = (free / free.sum() * rest).where(~low, least) if free.sum() > 0 else exact
        small = (exact < least) & ~low
        if not small.any():
            break
        low |= small
    whole = pd.Series(np.floor(exact.to_numpy()).astype(np.int64), index=key.index)
    left = int(size - whole.sum())
    for one in (exact - whole).sort_values(ascending=False, kind="stable").index[:left]:
        whole[one] += 1
    return whole
