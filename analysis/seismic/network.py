"""The network of dates that interferograms join, and its solution by least squares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

_SLAB: Final = 8_000_000  # numbers of designs that are held at a time
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
    cells = shifts.shape[1]
    dates = network.dates.size
    out = np.full((dates, cells), np.nan)
    plain = (importance == 1.0).all(axis=0) & (network.rank == dates - 1)
    if plain.any():
        inverse = np.linalg.pinv(network.design())
        out[0, plain] = 0.0
        out[1:, plain] = inverse @ shifts[:, plain]
    others = np.flatnonzero(~plain & (importance > 0).any(axis=0))
    if others.size:
        out[:, others] = _solve_cells(
            np.ascontiguousarray(shifts[:, others].T),
            np.ascontiguousarray(importance[:, others].T),
            network.first,
            network.second,
            dates,
        ).T
    if bridge:
        broken = np.flatnonzero(np.isnan(out).any(axis=0) & (importance > 0).any(axis=0))
        slab = max(1, _SLAB // max(1, (dates - 1) ** 2))
        for start in range(0, broken.size, slab):
            part = broken[start : start + slab]
            out[:, part] = _least_velocity(network, shifts[:, part], importance[:, part])
    return out


@njit(cache=True, nogil=True)
def _solve_cells(
    shifts: Floats, importance: Floats, first: Indices, second: Indices, dates: int
) -> Floats:  # pragma: no cover - compiled
    """Solve the normal equations of each cell; dates not joined with the first are NaN.

    ``(cell, pair)`` -> ``(cell, date)``. Pairs join near dates, so the matrix is a band, and so is
    its Cholesky factor.
    """
    cells, pairs = shifts.shape
    band = int(np.abs(second - first).max()) if pairs else 0
    unknowns = dates - 1
    out = np.empty((cells, dates))
    matrix = np.empty((unknowns, band + 1))  # row i, column i - band + k
    right = np.empty(unknowns)
    reached = np.empty(dates, dtype=np.bool_)
    for cell in range(cells):
        weight = importance[cell]
        _reach(reached, weight, first, second)
        matrix[:] = 0.0
        right[:] = 0.0
        largest = 0.0
        for pair in range(pairs):
            w = weight[pair]
            a, b = first[pair] - 1, second[pair] - 1
            if w <= 0.0 or not reached[a + 1]:
                continue
            largest = max(largest, w)
            moved = w * shifts[cell, pair]
            if b >= 0:
                matrix[b, band] += w
                right[b] += moved
            if a >= 0:
                matrix[a, band] += w
                right[a] -= moved
            if a >= 0 and b >= 0:
                low, high = min(a, b), max(a, b)
                matrix[high, low - high + band] -= w
        for k in range(unknowns):
            if not reached[k + 1]:
                matrix[k, band] = max(largest, 1.0)
        _cholesky(matrix, right, band)
        joined = False
        for k in range(unknowns):
            out[cell, k + 1] = right[k] if reached[k + 1] else np.nan
            joined = joined or reached[k + 1]
        out[cell, 0] = 0.0 if joined else np.nan
    return out


@njit(cache=True, nogil=True)
def _reach(
    reached: NDArray[np.bool_], weight: Floats, first: Indices, second: Indices
) -> None:  # pragma: no cover - compiled
    """Mark the dates that pairs with a weight join with the first date."""
    reached[:] = False
    reached[0] = True
    changed = True
    while changed:
        changed = False
        for pair in range(first.size):
            a, b = first[pair], second[pair]
            if weight[pair] > 0.0 and reached[a] != reached[b]:
                reached[a] = True
                reached[b] = True
                changed = True


@njit(cache=True, nogil=True)
def _cholesky(matrix: Floats, right: Floats, band: int) -> None:  # pragma: no cover - compiled
    """Factor a positive definite band in place and solve; `right` becomes the solution."""
    size = right.size
    for i in range(size):
        for j in range(max(0, i - band), i + 1):
            total = matrix[i, j - i + band]
            for k in range(max(0, i - band, j - band), j):
                total -= matrix[i, k - i + band] * matrix[j, k - j + band]
            if i == j:
                matrix[i, band] = np.sqrt(total)
            else:
                matrix[i, j - i + band] = total / matrix[j, band]
        for k in range(max(0, i - band), i):
            right[i] -= matrix[i, k - i + band] * right[k]
        right[i] /= matrix[i, band]
    for i in range(size - 1, -1, -1):
        for k in range(i + 1, min(size, i + band + 1)):
            right[i] -= matrix[k, i - k + band] * right[k]
        right[i] /= matrix[i, band]


def _least_velocity(network: Network, shifts: Floats, importance: Floats) -> Floats:
    """Solution of least velocity between successive dates (singular value decomposition)."""
    steps = np.diff(network.years)
    dates = np.arange(network.dates.size - 1)
    low = np.minimum(network.first, network.second)[:, None]
    high = np.maximum(network.first, network.second)[:, None]
    sense = np.where(network.second > network.first, 1.0, -1.0)[:, None]
    design = np.where((dates >= low) & (dates < high), steps * sense, 0.0)
    products = (design[:, :, None] * design[:, None, :]).reshape(design.shape[0], -1)
    normal = (importance.T @ products).reshape(-1, steps.size, steps.size)
    right = (importance * shifts).T @ design
    inverse = np.linalg.pinv(normal, rcond=1e-10, hermitian=True)
    velocity = np.einsum("nij,nj->ni", inverse, right)
    moved = np.cumsum(velocity * steps, axis=1).T
    return np.concatenate([np.zeros((1, moved.shape[1])), moved])
