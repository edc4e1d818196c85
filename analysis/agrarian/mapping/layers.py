"""From the probabilities of a block to the layers of a map: class, probability, uncertainty."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import numba
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.agrarian.legends import NODATA

SCALE: Final = 10_000
"""A share of 1 in the layers of 16 bits."""
NONE: Final = 65_535
"""No data in the layers of 16 bits."""
REJECTED: Final = 255
"""Code of pixels whose best class is less probable than asked for."""
BATCH: Final = 65_536
"""Pixels that a model gets at a time."""

Codes = NDArray[np.uint8]
Shares = NDArray[np.uint16]


@dataclass(frozen=True)
class Layers:
    """Layers of a block.

    Attributes
    ----------
    land : numpy.ndarray of uint8
        (row, column): 0 no data, n the n-th class, 255 rejected.
    probability : numpy.ndarray of uint16
        (class, row, column), of 10,000; 65,535 no data.
    entropy, margin : numpy.ndarray of uint16
        (row, column), of 10,000: Shannon's entropy by its greatest value (0 sure, 1 all classes
        alike), and the lead of the best class over the second (1 sure).
    """

    land: Codes
    probability: Shares
    entropy: Shares
    margin: Shares


def layers_of(probability: Any, known: NDArray[np.bool_], least: float = 0.0) -> Layers:
    """Make the layers of a block.

    Parameters
    ----------
    probability : array_like, shape (pixel, class)
        Of the pixels that are known, in the order of rows; NaN where the model has no answer.
    known : numpy.ndarray of bool, shape (row, column)
        Pixels that the model saw.
    least : float
        Least probability of the best class; below it the pixel is rejected.

    Returns
    -------
    Layers

    Examples
    --------
    >>> chance = [[0.6, 0.3, 0.1], [1.0, 0.0, 0.0]]
    >>> made = layers_of(chance, np.array([[True, False, True]]))
    >>> made.land.tolist(), made.margin.tolist()
    ([[1, 0, 1]], [[3000, 65535, 10000]])
    >>> made.entropy[0, 2], made.probability[:, 0, 0].tolist()
    (np.uint16(0), [6000, 3000, 1000])
    """
    chance = np.ascontiguousarray(probability, np.float64)
    size = chance.shape[1]
    land = np.full(known.shape, NODATA, np.uint8)
    shares = np.full((size, *known.shape), NONE, np.uint16)
    entropy, margin = (np.full(known.shape, NONE, np.uint16) for _ in range(2))
    if len(chance):
        places = np.flatnonzero(known.ravel())
        flat = (land.reshape(-1), shares.reshape(size, -1), entropy.reshape(-1), margin.reshape(-1))
        _fill(chance, places, least, *flat)
    return Layers(land, shares, entropy, margin)


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator,unused-ignore]
def _fill(
    chance: Any, places: Any, least: float, land: Any, shares: Any, entropy: Any, margin: Any
) -> None:
    """Write the layers of the pixels at `places` in one pass."""
    size = chance.shape[1]
    top_entropy = math.log(size) if size > 1 else 1.0
    for n in range(len(places)):
        at = places[n]
        best, first, second, total, spread = 0, -1.0, 0.0, 0.0, 0.0
        for k in range(size):
            p = chance[n, k]
            total += p
            if p > first:
                best, second, first = k, max(first, 0.0), p
            elif p > second:
                second = p
            if p > 0.0:
                spread -= p * math.log(p)
        if not math.isfinite(total):
            continue
        land[at] = best + 1 if first >= least else REJECTED
        margin[at] = round(min(max(first - second, 0.0), 1.0) * SCALE)
        entropy[at] = round(min(max(spread / top_entropy, 0.0), 1.0) * SCALE)
        for k in range(size):
            shares[k, at] = round(min(max(chance[n, k], 0.0), 1.0) * SCALE)


def probabilities(fitted: Any, block: NDArray[np.float32], known: NDArray[np.bool_]) -> Any:
    """Ask a model for the probabilities of the known pixels, batch by batch: (pixel, class)."""
    flat = block.reshape(len(block), -1)
    flat = flat if known.all() else flat[:, known.ravel()]
    # What learnt from a table warns where it gets none; ours take both.
    names = None if hasattr(fitted, "filling") else getattr(fitted, "feature_names_in_", None)
    found = []
    for at in range(0, flat.shape[1], BATCH):
        batch: Any = np.ascontiguousarray(flat[:, at : at + BATCH].T)
        if names is not None:
            batch = pd.DataFrame(batch, columns=names, copy=False)
        found.append(np.asarray(fitted.predict_proba(batch)))
    return np.concatenate(found) if found else np.empty((0, 1))


@contextmanager
def one_thread(fitted: Any) -> Iterator[None]:
    """Keep a model from starting threads of its own, whose sums depend on their order.

    Workers share the work by tiles instead.
    """
    inner = getattr(fitted, "estimator", fitted)
    params = inner.get_params(deep=True) if hasattr(inner, "get_params") else {}
    old = {name: value for name, value in params.items() if name.split("__")[-1] == "n_jobs"}
    change = {name: 1 for name, value in old.items() if value not in (None, 1)}
    if change:
        inner.set_params(**change)
    try:
        yield
    finally:
        if change:
            inner.set_params(**{name: old[name] for name in change})
