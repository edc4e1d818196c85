"""The network of dates that interferograms join, and its solution by least squares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

_SLAB: Final = 8_000_000  # numbers of normal equations that are held at a time
_YEAR: Final = np.timedelta64(365 * 24 + 6, "h") / np.timedelta64(1, "s")


@dataclass(frozen=True)
class Network:
    """Dates as points, interferograms as lines between two of them.

    Attributes
    ----------
    dates : numpy.ndarray of datetime64[ns]
        Ascending, ``(date,)``.
    first, second : numpy.ndarray of int
        Index of the date at which each pair begins and ends, ``(pair,)``.
    """

    dates: NDArray[np.datetime64]
    first: Indices
    second: Indices

    @classmethod
    def of(cls, first: NDArray[np.datetime64], second: NDArray[np.datetime64]) -> Network:
        """Network of the pairs that begin and end at these dates, ``(pair,)`` each."""
        both = np.concatenate([first, second]).astype("datetime64[ns]")
        if np.isnat(both).any():
            raise ValueError("An interferogram has no date (NaT).")
        dates, place = np.unique(both, return_inverse=True)
        count = len(first)
        return cls(dates, place[:count].astype(np.intp), place[count:].astype(np.intp))

    @property
    def years(self) -> Floats:
        """Years (365.25 days) since the first date, ``(date,)``."""
        return (self.dates - self.dates[0]) / np.timedelta64(1, "s") / _YEAR

    @property
    def groups(self) -> Indices:
        """Number of the group of each date; dates of one group are joined by pairs.

        Examples
        --------
        >>> days = np.array(["2018-01-01", "2018-01-13", "2018-01-25", "2018-02-06"], "M8[ns]")
        >>> Network.of(days[[0, 2]], days[[1, 3]]).groups.tolist()
        [0, 0, 1, 1]
        """
        group = np.arange(self.dates.size)
        for a, b in zip(self.first, self.second, strict=True):
            group[group == group[b]] = group[a]
        return np.unique(group, return_inverse=True)[1].astype(np.intp)

    @property
    def rank(self) -> int:
        """Dates less groups: of a joined network one less than there are dates."""
        return int(self.dates.size - np.unique(self.groups).size)

    def label(self, pair: int) -> str:
        """Dates of a pair in words."""
        ends = self.dates[[self.first[pair], self.second[pair]]].astype("datetime64[D]")
        return " - ".join(str(one) for one in ends)

    def check_joined(self) -> None:
        """Refuse a network that falls into groups without a common date."""
        groups = self.groups
        if groups.max(initial=0) == 0:
            return
        days = self.dates.astype("datetime64[D]")
        spans = [
            f"{days[groups == k].min()} to {days[groups == k].max()} ({(groups == k).sum()} dates)"
            for k in range(groups.max() + 1)
        ]
        raise ValueError(
            f"The interferograms fall into {len(spans)} groups without a common date: "
            f"{'; '.join(spans[:4])}. The rank of the network is {self.rank} of "
            f"{self.dates.size - 1}. Add interferograms between them, or give gaps='velocity'."
        )

    def design(self) -> Floats:
        """Which dates each interferogram subtracts and adds, ``(pair, date - 1)``; the first is 0.

        Examples
        --------
        >>> days = np.array(["2018-01-01", "2018-01-13", "2018-01-25"], dtype="datetime64[ns]")
        >>> Network.of(days[[0, 1]], days[[1, 2]]).design().tolist()
        [[1.0, 0.0], [-1.0, 1.0]]
        """
        full = np.zeros((self.first.size, self.dates.size))
        rows = np.arange(self.first.size)
        full[rows, self.first] -= 1.0
        full[rows, self.second] += 1.0
        return full[:, 1:]


def solve(network: Network, shifts: Floats, importance: Floats, bridge: bool) -> Floats:
    """Displacement at each date, by weighted least squares.

    Parameters
    ----------
    network : Network
        Of the pairs.
    shifts : numpy.ndarray
        Displacement between the dates of each pair, ``(pair, cell)``, finite.
    importance : numpy.ndarray
        Weights, ``(pair, cell)``; 0 where a pair is missing.
    bridge : bool
        Join what the pairs of a cell leave apart by the least velocity; else NaN there.

    Returns
    -------
    numpy.ndarray
        ``(date, cell)``, 0 at the first date.
    """
    pairs, cells = shifts.shape
    dates = network.dates.size
    out = np.full((dates, cells), np.nan)
    plain = (importance == 1.0).all(axis=0) & (network.rank == dates - 1)
    if plain.any():
        inverse = np.linalg.pinv(network.design())
        out[0, plain] = 0.0
        out[1:, plain] = inverse @ shifts[:, plain]
    others = np.flatnonzero(~plain & (importance > 0).any(axis=0))
    slab = max(1, _SLAB // max(1, (dates - 1) ** 2))
    for start in range(0, others.size, slab):
        part = others[start : start + slab]
        out[:, part] = _weighted(network, shifts[:, part], importance[:, part])
    if bridge:
        broken = np.flatnonzero(np.isnan(out).any(axis=0) & (importance > 0).any(axis=0))
        slab = max(1, _SLAB // max(1, pairs * (dates - 1)))
        for start in range(0, broken.size, slab):
            part = broken[start : start + slab]
            out[:, part] = _least_velocity(network, shifts[:, part], importance[:, part])
    return out


def _weighted(network: Network, shifts: Floats, importance: Floats) -> Floats:
    """Solve the normal equations of each cell; dates not joined with the first are NaN."""
    reached = _reached(network, importance > 0)
    joined = reached[network.first] & (importance > 0)
    weight = np.where(joined, importance, 0.0)
    design = network.design()
    products = (design[:, :, None] * design[:, None, :]).reshape(design.shape[0], -1)
    unknowns = design.shape[1]
    normal = (weight.T @ products).reshape(-1, unknowns, unknowns)
    right = (weight * shifts).T @ design
    apart = ~reached[1:].T
    scale = weight.max(axis=0)
    cells, places = np.nonzero(apart)
    normal[cells, places, places] = np.where(scale > 0, scale, 1.0)[cells]
    moved = np.linalg.solve(normal, right[:, :, None])[:, :, 0]
    moved[apart] = np.nan
    first = np.where(reached[1:].any(axis=0), 0.0, np.nan)
    return np.concatenate([first[None], moved.T])


def _reached(network: Network, known: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which dates the known pairs of each cell join with the first date, ``(date, cell)``."""
    reached = np.zeros((network.dates.size, known.shape[1]), dtype=bool)
    reached[0] = True
    while True:
        before = int(reached.sum())
        for k in range(network.first.size):
            a, b = network.first[k], network.second[k]
            either = (reached[a] | reached[b]) & known[k]
            reached[a] |= either
            reached[b] |= either
        if int(reached.sum()) == before:
            return reached


def _least_velocity(network: Network, shifts: Floats, importance: Floats) -> Floats:
    """Solution of least velocity between successive dates (singular value decomposition)."""
    steps = np.diff(network.years)
    dates = np.arange(network.dates.size - 1)
    low = np.minimum(network.first, network.second)[:, None]
    high = np.maximum(network.first, network.second)[:, None]
    sense = np.where(network.second > network.first, 1.0, -1.0)[:, None]
    design = np.where((dates >= low) & (dates < high), steps * sense, 0.0)
    root = np.sqrt(importance).T
    inverse = np.linalg.pinv(root[:, :, None] * design, rcond=1e-10)
    velocity = np.einsum("nvp,np->nv", inverse, root * shifts.T)
    moved = np.cumsum(velocity * steps, axis=1).T
    return np.concatenate([np.zeros((1, moved.shape[1])), moved])
