"""From the probabilities of a block to the layers of a map: class, probability, uncertainty."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

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
    chance = np.asarray(probability)
    size = chance.shape[1]
    answered = np.isfinite(chance).all(axis=1)
    seen = known.copy()
    seen[known] = answered
    chance = chance[answered]
    land = np.full(known.shape, NODATA, np.uint8)
    shares = np.full((size, *known.shape), NONE, np.uint16)
    entropy, margin = (np.full(known.shape, NONE, np.uint16) for _ in range(2))
    if len(chance):
        best = chance.argmax(axis=1)
        ordered = np.partition(chance, size - 2, axis=1) if size > 1 else chance
        top = ordered[:, -1]
        codes = (best + 1).astype(np.uint8)
        codes[top < least] = REJECTED
        land[seen] = codes
        shares[:, seen] = _whole(chance).T
        second = ordered[:, -2] if size > 1 else np.zeros(len(top))
        margin[seen] = _whole(top - second)
        entropy[seen] = _whole(_entropy(chance))
    return Layers(land, shares, entropy, margin)


def probabilities(fitted: Any, block: NDArray[np.float32], known: NDArray[np.bool_]) -> Any:
    """Ask a model for the probabilities of the known pixels, batch by batch: (pixel, class)."""
    flat = block.reshape(len(block), -1)
    flat = flat if known.all() else flat[:, known.ravel()]
    names = getattr(fitted, "feature_names_in_", None)
    found = []
    for at in range(0, flat.shape[1], BATCH):
        batch: Any = np.ascontiguousarray(flat[:, at : at + BATCH].T)
        if names is not None:  # it learnt from a table and warns where it gets none
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


def _entropy(chance: NDArray[Any]) -> NDArray[Any]:
    size = chance.shape[1]
    if size < 2:
        return np.zeros(len(chance))
    safe = np.maximum(chance, np.finfo(chance.dtype).tiny)
    return np.asarray(-(safe * np.log(safe)).sum(axis=1) / np.log(size))


def _whole(shares: NDArray[Any]) -> Shares:
    return np.asarray(np.rint(np.clip(shares, 0.0, 1.0) * SCALE), np.uint16)
