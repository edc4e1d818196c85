"""Ways of holding samples back: at random, by block, by zone, forward in time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.agrarian.samples.semivariance import block_size, blocks_of
from analysis.learning.folds import deal_groups, temporal_folds
from analysis.spelling import did_you_mean

SCHEMES: Final = ("random", "block", "zone", "time")
Positions = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Folds:
    """Pairs of samples to learn from and to judge on.

    Attributes
    ----------
    by
        Scheme.
    names
        Name of each fold.
    pairs
        Positions to learn from and to judge on, for each fold.
    groups
        Group of every sample (sample,): those of one group are not independent.
    notes
        What the reader must know.
    block_degrees
        Side of a block, where there are any.
    """

    by: str
    names: tuple[str, ...]
    pairs: list[tuple[Positions, Positions]]
    groups: Positions
    notes: tuple[str, ...] = ()
    block_degrees: float | None = None


def make_folds(
    samples: pd.DataFrame,
    labels: NDArray[Any],
    by: str,
    *,
    folds: int = 5,
    block_degrees: float | None = None,
    seed: int = 0,
    columns: list[str] | None = None,
) -> Folds:
    """Return how samples are held back.

    Parameters
    ----------
    samples
        Samples; longitude and latitude for blocks, zone for zones, start for time.
    labels
        Labels (sample,).
    by
        "random", within classes; "block", whole blocks of the globe; "zone", one zone after the
        other; "time", learning always from what lies before.
    folds
        How many; zones are as many as there are.
    block_degrees
        Side of a block in degrees of longitude and of latitude; None for the range of the
        variogram of the samples.
    seed
        Seed.
    columns
        Features, for the variogram.

    Returns
    -------
    Folds
        They.

    Raises
    ------
    ValueError
        The scheme is unknown or the samples lack what it needs.

    Examples
    --------
    >>> table = pd.DataFrame({"zone": ["дала", "дала", "орман", "тау"]})
    >>> make_folds(table, np.array(list("abab")), "zone").names
    ('дала', 'орман', 'тау')
    """
    if by not in SCHEMES:
        raise ValueError(f"Samples are held back by {by!r}. {did_you_mean(str(by), SCHEMES)}")
    if by == "random":
        return _random(samples, labels, folds, seed)
    if by == "block":
        return _blocks(samples, labels, folds, block_degrees, seed, columns or [])
    return _zones(samples) if by == "zone" else _time(samples, folds)


def _random(samples: pd.DataFrame, labels: NDArray[Any], folds: int, seed: int) -> Folds:
    if not 2 <= folds <= labels.size:
        raise ValueError(f"{folds} folds of {labels.size} samples are impossible; 2 or more.")
    rng = np.random.default_rng(seed)
    fold = np.empty(labels.size, np.intp)
    start = 0
    for one in np.unique(labels):  # the deal goes on where that of the last class ended
        rows = rng.permutation(np.flatnonzero(labels == one))
        fold[rows] = (start + np.arange(rows.size)) % folds
        start += rows.size
    notes: list[str] = []
    groups: Positions = np.arange(labels.size, dtype=np.intp)
    if {"longitude", "latitude"} <= set(samples.columns):
        places = samples[["longitude", "latitude"]].round(5)
        numbers = places.groupby(["longitude", "latitude"], dropna=False).ngroup()
        groups = np.asarray(numbers, dtype=np.intp)
        distinct = np.unique(groups).size
        if distinct < labels.size:
            notes.append(
                f"{labels.size} samples lie at {distinct} places: at random, the same place is "
                "learnt from and judged on."
            )
    names = tuple(f"{k + 1}" for k in range(folds))
    return Folds("random", names, _pairs(fold), groups, tuple(notes))


def _blocks(
    samples: pd.DataFrame,
    labels: NDArray[Any],
    folds: int,
    size: float | None,
    seed: int,
    columns: list[str],
) -> Folds:
    _need(samples, ("longitude", "latitude"), "block")
    east, north = (samples[one].to_numpy(np.float64) for one in ("longitude", "latitude"))
    notes = []
    if size is None:
        size, why = block_size(samples, labels, columns, folds=folds)
        notes.append(why)
    groups = blocks_of(east, north, size)
    blocks = np.unique(groups).size
    if not 2 <= folds <= blocks:
        raise ValueError(
            f"{folds} folds of {blocks} blocks of {size:g} degrees are impossible; there must be 2 "
            "folds or more and a block for each: smaller blocks, or fewer folds."
        )
    fold = deal_groups(groups, folds=folds, seed=seed)
    names = tuple(f"{k + 1}" for k in range(folds))
    notes.append(f"{blocks} blocks of {size:g} degrees.")
    return Folds("block", names, _pairs(fold), groups, tuple(notes), size)


def _zones(samples: pd.DataFrame) -> Folds:
    _need(samples, ("zone",), "zone")
    names, groups = np.unique(
        samples["zone"].astype(str).to_numpy(dtype=object), return_inverse=True
    )
    if names.size < 2:
        raise ValueError(f"All samples lie in one zone ({names[0]}); there must be 2 or more.")
    return Folds("zone", tuple(names.tolist()), _pairs(groups), groups.astype(np.intp))


def _time(samples: pd.DataFrame, folds: int) -> Folds:
    name = next((one for one in ("start", "start_date", "date", "year") if one in samples), None)
    if name is None:
        raise ValueError("To go forward in time the samples need a column start (or year).")
    values = samples[name]
    years = pd.api.types.is_numeric_dtype(values)
    times = pd.to_datetime(values.astype(int).astype(str), format="%Y") if years else values
    times = pd.to_datetime(times).astype("datetime64[ns]")
    distinct = times.dt.to_period("Y").nunique() if not years else times.nunique()
    if times.isna().any() or distinct < 2:
        raise ValueError(
            f"The samples are of {distinct} year(s), or some have no date; going forward in time "
            "needs 2 years or more."
        )
    yearly = pd.Series(times.to_numpy("datetime64[Y]").astype("datetime64[ns]"))
    used = min(folds, distinct - 1)
    notes = [f"{distinct} years allow {used} fold(s)."] if used < folds else []
    pairs = temporal_folds(yearly.to_numpy(), folds=used, gap="0D")
    year = yearly.dt.year.to_numpy()
    names = tuple(f"{year[test].min()}-{year[test].max()}" for _, test in pairs)
    return Folds("time", names, pairs, np.unique(year, return_inverse=True)[1], tuple(notes))


def _pairs(fold: Positions) -> list[tuple[Positions, Positions]]:
    return [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in np.unique(fold)]


def _need(samples: pd.DataFrame, names: tuple[str, ...], by: str) -> None:
    for name in names:
        if name not in samples:
            raise ValueError(f"Samples held back by {by} need the column {name}.")
        if samples[name].isna().any():
            raise ValueError(f"{int(samples[name].isna().sum())} samples have no {name}.")
