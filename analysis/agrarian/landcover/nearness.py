"""Samples that are not independent: copies of one place, and neighbours of what is judged."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.agrarian.samples.columns import check_places

TOGETHER: Final = ("copies", "places", "nothing")
EARTH_KM: Final = 6371.0
_DIGITS: Final = 5  # of a degree: about a metre
_PLACE: Final = ["longitude", "latitude"]
_PERIOD: Final = ("start", "end", "start_date", "date", "year")

Positions = NDArray[np.intp]
Pairs = list[tuple[Positions, Positions]]


def places_of(samples: pd.DataFrame) -> Positions:
    """Give every sample the number of its place.

    Parameters
    ----------
    samples
        With longitude and latitude, degrees; without them every sample is a place of its own.

    Returns
    -------
    numpy.ndarray
        Number of the place (sample,), from 0; a metre apart is another place.

    Raises
    ------
    ValueError
        A place is beyond the globe.
    """
    if not set(_PLACE) <= set(samples.columns):
        return np.arange(len(samples), dtype=np.intp)
    check_places(samples)
    return _numbers(samples, _PLACE)


def copies_of(samples: pd.DataFrame, together: str = "copies") -> Positions:
    """Give every sample the number of what must not be parted when samples are held back.

    Parameters
    ----------
    samples
        With longitude and latitude; start and end (or year), and pixel, as far as they are known.
    together
        "copies": samples of one place, or of one pixel of the imagery, in the same period;
        "places": those of all periods; "nothing": each sample alone.

    Returns
    -------
    numpy.ndarray
        Number of the group (sample,), from 0.

    Raises
    ------
    ValueError
        A place is beyond the globe.

    Examples
    --------
    >>> table = pd.DataFrame({"longitude": [70.0, 70.0, 70.0], "latitude": 50.0})
    >>> table["start"], table["pixel"] = ["2021-04-01", "2021-04-01", "2022-04-01"], [1, 1, 1]
    >>> copies_of(table).tolist(), copies_of(table, "places").tolist()
    ([0, 0, 1], [0, 0, 0])
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    rows = np.arange(len(samples), dtype=np.intp)
    period = [one for one in _PERIOD if one in samples and together == "copies"]
    keys = []
    if set(_PLACE) <= set(samples.columns):
        check_places(samples)
        keys.append([*_PLACE, *period])
    if "pixel" in samples:
        keys.append(["pixel", *period])
    if together == "nothing" or not keys:
        return rows
    # a sample and its place, and a sample and its pixel, are joined: who hangs together is a group
    first, second, count = [], [], len(samples)
    for key in keys:
        number = _numbers(samples, key)
        first.append(rows)
        second.append(number + count)
        count += int(number.max()) + 1
    ends = np.concatenate(first), np.concatenate(second)
    joined = coo_array((np.ones(ends[0].size, np.int8), ends), (count, count))
    found = connected_components(joined, directed=False)[1][: len(samples)]
    return np.unique(found, return_inverse=True)[1].astype(np.intp)


def deal_copies(copies: Positions, labels: NDArray[np.generic], folds: int, seed: int) -> Positions:
    """Deal groups of samples to folds, class by class.

    Parameters
    ----------
    copies
        Group (sample,), as :func:`copies_of` gives it.
    labels
        Label (sample,); a group counts as of the class of its first sample.
    folds
        Number of folds.
    seed
        Same seed, same folds.

    Returns
    -------
    numpy.ndarray
        Fold (sample,), from 0; without copies every class is dealt out evenly.
    """
    rng = np.random.default_rng(seed)
    first, size = (
        np.unique(copies, return_index=True)[1],
        np.bincount(copies),
    )
    fold = np.empty(first.size, np.intp)
    start = 0
    for one in np.unique(labels[first]):  # the deal goes on where that of the last class ended
        groups = copies[rng.permutation(np.sort(first[labels[first] == one]))]
        groups = groups[np.argsort(-size[groups], kind="stable")]
        fold[groups] = (start + np.arange(groups.size)) % folds
        start += groups.size
    return fold[copies]


def without_neighbours(
    pairs: Pairs, samples: pd.DataFrame, buffer_km: float
) -> tuple[Pairs, list[int]]:
    """Leave out of what is learnt the samples near those that are judged.

    Parameters
    ----------
    pairs
        Positions to learn from and to judge on, for each fold.
    samples
        With longitude and latitude.
    buffer_km
        Distance on the sphere, km: nearer ones are left out.

    Returns
    -------
    tuple
        The pairs, and how many samples each fold lost.
    """
    from scipy.spatial import cKDTree

    east, north = (np.deg2rad(samples[one].to_numpy(np.float64)) for one in _PLACE)
    flat = np.cos(north)
    at = np.stack([flat * np.cos(east), flat * np.sin(east), np.sin(north)], axis=1)
    chord = 2 * np.sin(min(buffer_km / EARTH_KM / 2, np.pi / 2))
    found, lost = [], []
    for train, test in pairs:
        apart = cKDTree(at[test]).query(at[train])[0]
        found.append((train[apart >= chord], test))
        lost.append(int((apart < chord).sum()))
    return found, lost


def _numbers(samples: pd.DataFrame, keys: list[str]) -> Positions:
    rounded = samples[keys].round(dict.fromkeys(_PLACE, _DIGITS))
    return np.asarray(rounded.groupby(keys, dropna=False).ngroup(), dtype=np.intp)
