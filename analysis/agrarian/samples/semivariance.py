"""How far samples resemble each other: the variogram, and blocks that are large enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.notes import Note, note
from analysis.notes import mark as _

Values = NDArray[np.float64]
KM_PER_DEGREE: Final = 111.195
_MOST: Final = 2000
"""Samples of which all pairs are looked at; more are drawn from."""


@dataclass(frozen=True, eq=False)
class Variogram:
    """How the difference between two samples grows with their distance.

    Attributes
    ----------
    distance
        Mean distance of the pairs of each class of distance (lag,), km.
    semivariance
        Half the mean square difference, summed over features scaled to variance 1 and divided by
        their number (lag,): about 1 where samples do not resemble each other.
    pairs
        Number of pairs (lag,).
    nugget, sill
        Fitted semivariance at distance 0 and beyond the range.
    range_km
        Distance within which samples resemble each other, km (95 % of the sill).
    """

    distance: Values
    semivariance: Values
    pairs: NDArray[np.intp]
    nugget: float
    sill: float
    range_km: float


def variogram(
    samples: pd.DataFrame, columns: list[str] | None = None, *, lags: int = 20, seed: int = 0
) -> Variogram:
    """Return the variogram of samples: of their labels, and of their features where there are any.

    Each label counts as a variable that is 1 or 0, each feature is scaled; the exponential model
    is fitted with weights (Cressie 1985, doi:10.1007/BF01032109). Pairs beyond half the greatest
    distance are left out.

    Parameters
    ----------
    samples
        With longitude and latitude, label.
    columns
        Features; none for the labels alone.
    lags
        Classes of distance, the nearer the fewer pairs.
    seed
        Which samples are drawn where there are more than 2,000.

    Returns
    -------
    Variogram
        It.

    Raises
    ------
    ValueError
        Fewer than 10 different places.

    Examples
    --------
    Samples that know nothing of each other have no structure:

    >>> rng = np.random.default_rng(0)
    >>> table = pd.DataFrame(rng.uniform(50, 60, (300, 2)), columns=["longitude", "latitude"])
    >>> table["label"] = rng.integers(0, 2, 300)
    >>> found = variogram(table)
    >>> bool(np.all(np.abs(found.semivariance[5:] - 1) < 0.15))
    True
    """
    values = _variables(samples, columns or [])
    place = _sphere(samples)
    if len(samples) > _MOST:
        rows = np.random.default_rng(seed).choice(len(samples), _MOST, replace=False)
        values, place = values[rows], place[rows]
    if np.unique(place.round(9), axis=0).shape[0] < 10:
        text = _("The samples lie at fewer than 10 places; a variogram needs 10 or more.")
        raise ValueError(note(text))
    first, second = np.triu_indices(len(place), 1)
    chord = np.linalg.norm(place[first] - place[second], axis=1)
    apart = 2 * np.arcsin(np.clip(chord / 2, 0, 1)) * 6371.0
    keep = (apart <= apart.max() / 2) & (apart > 0)
    first, second, apart = first[keep], second[keep], apart[keep]
    squares = np.empty(apart.size)
    for part in range(0, apart.size, 200_000):
        rows_ = slice(part, part + 200_000)
        difference = values[first[rows_]] - values[second[rows_]]
        squares[rows_] = 0.5 * np.einsum("ij,ij->i", difference, difference) / values.shape[1]
    edges = np.quantile(apart, np.linspace(0, 1, lags + 1) ** 2)  # more classes nearby
    lag = np.clip(np.searchsorted(edges, apart, side="right") - 1, 0, lags - 1)
    pairs = np.bincount(lag, minlength=lags)
    used = pairs > 0
    distance = np.bincount(lag, apart, lags)[used] / pairs[used]
    semivariance = np.bincount(lag, squares, lags)[used] / pairs[used]
    nugget, sill, reach = _exponential(distance, semivariance, pairs[used])
    return Variogram(distance, semivariance, pairs[used], nugget, sill, reach)


def block_size(
    samples: pd.DataFrame, labels: Any, columns: list[str], *, folds: int = 5
) -> tuple[float, Note]:
    """Return a side of blocks as long as samples resemble each other, and how it was chosen.

    Parameters
    ----------
    samples
        With longitude and latitude.
    labels
        Labels (sample,).
    columns
        Features.
    folds
        There are at least this many blocks; the side is halved until there are.

    Returns
    -------
    tuple
        Degrees of arc, rounded to two digits, and a sentence.

    Raises
    ------
    ValueError
        There are too few places.
    """
    found = variogram(samples.assign(label=labels), columns)
    east, north = (samples[one].to_numpy(np.float64) for one in ("longitude", "latitude"))
    narrow = max(float(np.cos(np.deg2rad(np.abs(north).max()))), 0.05)
    side = float(np.clip(found.range_km / KM_PER_DEGREE / narrow, 0.01, 30.0))
    side = float(f"{side:.2g}")
    wanted = side
    while np.unique(blocks_of(east, north, side)).size < 2 * folds and side > 1e-3:
        side = float(f"{side / 2:.2g}")
    reach = round(found.range_km)
    if side == wanted:
        text = _("Blocks as wide as the range of the variogram ({range} km).")
        return side, note(text, range=reach)
    text = _(
        "Blocks as wide as the range of the variogram ({range} km), made smaller ({wanted} to "
        "{side} degrees) so that there are enough of them."
    )
    return side, note(text, range=reach, wanted=wanted, side=side)


def blocks_of(longitude: Any, latitude: Any, size: float) -> NDArray[np.intp]:
    """Return the number of the block of so many degrees in which a place lies.

    Parameters
    ----------
    longitude, latitude
        Places (sample,), degrees.
    size
        Side in degrees of longitude and of latitude; edges are at its multiples.

    Returns
    -------
    numpy.ndarray
        Number (sample,), from 0.

    Raises
    ------
    ValueError
        The side is not in (0, 90], or a place is missing.

    Examples
    --------
    >>> blocks_of([70.1, 70.9, 71.1], [50.5, 50.6, 50.5], 1.0).tolist()
    [0, 0, 1]
    """
    places = np.stack([np.asarray(longitude, np.float64), np.asarray(latitude, np.float64)])
    if not 0 < size <= 90:
        raise ValueError(f"The side of a block is {size} degrees; it must be in (0, 90].")
    if not np.isfinite(places).all():
        raise ValueError("A place is missing; drop it first.")
    corners = np.floor(places / size)
    return np.unique(corners, axis=1, return_inverse=True)[1].reshape(-1).astype(np.intp)


def _variables(samples: pd.DataFrame, columns: list[str]) -> Values:
    labels = samples["label"].to_numpy()
    kinds = np.unique(labels)
    flags = (labels[:, None] == kinds[None, :]).astype(np.float64)
    share = flags.mean(axis=0)
    # indicators together have as much variance as one scaled variable each
    flags = flags / np.sqrt(np.maximum(share * (1 - share), 1e-12))
    if not columns:
        return flags
    values = samples[columns].to_numpy(np.float64, na_value=np.nan)
    spread = np.nanstd(values, axis=0)
    values = (values - np.nanmean(values, axis=0)) / np.where(spread > 0, spread, 1)
    return np.concatenate([flags, np.nan_to_num(values)], axis=1)


def _sphere(samples: pd.DataFrame) -> Values:
    east, north = (
        np.deg2rad(samples[one].to_numpy(np.float64)) for one in ("longitude", "latitude")
    )
    return np.stack(
        [np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], axis=1
    )


def _exponential(
    distance: Values, semivariance: Values, pairs: NDArray[np.intp]
) -> tuple[float, float, float]:
    """Fit nugget + (sill - nugget) (1 - exp(-3 d / range))."""
    from scipy.optimize import least_squares  # slow to load

    top = float(semivariance.max())
    most = float(distance[-1])

    def miss(at: Values) -> Values:
        model = at[0] + at[1] * (1 - np.exp(-3 * distance / at[2]))
        return np.sqrt(pairs) * (semivariance / np.maximum(model, 1e-9) - 1)

    least = max(float(distance[0]) / 10, 1e-3)
    start = [0.5 * top, 0.5 * top, max(most / 3, 2 * least)]
    limits = ([0, 0, least], [2 * top + 1e-9, 2 * top + 1e-9, max(most, 3 * least)])
    found = least_squares(miss, start, bounds=limits).x
    return float(found[0]), float(found[0] + found[1]), float(found[2])
