"""Smooth random fields and lazy blocks that the simulators are made of.

Everything is a function of a seed and an index in time, so a block has the same values however
the grid is cut into chunks and in whatever order the blocks are computed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, ParamSpec, TypeVar

import dask.array as da
import numpy as np
import numpy.typing as npt
from dask.base import tokenize

Floats = npt.NDArray[np.floating[Any]]
P = ParamSpec("P")
T = TypeVar("T")


def once(function: Callable[P, T]) -> Callable[P, T]:
    """Remember results (the last 64), and let only one thread work at a result at a time.

    Threads of Dask reach the shared parts of a simulator together; without the lock each of
    them would make the same one.

    Examples
    --------
    >>> calls = []
    >>> twice = once(lambda x: calls.append(x) or 2 * x)
    >>> twice(3), twice(3), calls
    (6, 6, [3])
    """
    remembered = lru_cache(maxsize=64)(function)
    lock = threading.RLock()

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        with lock:
            return remembered(*args, **kwargs)  # type: ignore[arg-type]

    return call


def cosine_basis(position: Floats, number: int) -> Floats:
    """Cosines on an interval.

    Parameters
    ----------
    position : numpy.ndarray
        Places between 0 and 1, shape (place,).
    number : int
        How many functions, the constant included.

    Returns
    -------
    numpy.ndarray
        Shape (place, function).
    """
    return np.cos(np.pi * np.outer(position, np.arange(number)))


def circle_basis(longitude: Floats, number: int) -> Floats:
    """Constant, cosines and sines around a circle of latitude.

    Parameters
    ----------
    longitude : numpy.ndarray
        Degrees, shape (place,).
    number : int
        Waves around the circle.

    Returns
    -------
    numpy.ndarray
        Shape (place, 2 * number + 1); the same at -180 and 180.

    Examples
    --------
    >>> west, east = circle_basis(np.array([-180.0, 180.0]), 3)
    >>> bool(np.allclose(west, east))
    True
    """
    angle = np.outer(np.radians(longitude), np.arange(1, number + 1))
    return np.concatenate([np.ones((len(longitude), 1)), np.cos(angle), np.sin(angle)], axis=1)


@once
def coefficients(
    seed: int, steps: int, waves: tuple[int, int], *, memory: float, scale: float, circle: bool
) -> Floats:
    """Random amplitudes of a smooth field, each an AR(1) series in time.

    Parameters
    ----------
    seed : int
        Same seed, same field.
    steps : int
        Length in time.
    waves : tuple of int
        Functions along latitude and waves (`circle`) or functions along longitude.
    memory : float
        Correlation from one step to the next, 0 <= memory < 1.
    scale : float
        Wave number above which amplitudes fall off (small: large patterns).
    circle : bool
        Whether the second axis is a full circle (`circle_basis`).

    Returns
    -------
    numpy.ndarray
        Shape (steps, latitude function, longitude function); the field has a variance of
        about 1 in the middle of the grid at every step.
    """
    rows, columns = waves
    across = np.arange(columns)
    if circle:
        across = np.concatenate([[0], np.arange(1, columns + 1), np.arange(1, columns + 1)])
    size = np.hypot(np.arange(rows)[:, None] / (2.0 if circle else 1.0), across[None, :])
    weight = np.where(size > 0, 1.0 / (1.0 + (size / scale) ** 3), 0.0)
    power = np.where(np.arange(rows) > 0, 0.5, 1.0)[:, None] * np.where(across > 0, 0.5, 1.0)
    weight = weight / np.sqrt(np.sum(weight**2 * power))
    rng = np.random.Generator(np.random.Philox(seed))
    shock = rng.standard_normal((steps, rows, len(across)))
    shock[1:] *= np.sqrt(1.0 - memory**2)
    for step in range(1, steps):
        shock[step] += memory * shock[step - 1]
    return shock * weight


def global_field(amplitudes: Floats, latitude: Floats, longitude: Floats) -> Floats:
    """Field on the globe, continuous over the poles and across 180 degrees.

    Parameters
    ----------
    amplitudes : numpy.ndarray
        From `coefficients` with `circle`, shape (step, latitude function, longitude function).
    latitude, longitude : numpy.ndarray
        Degrees, shape (latitude,) and (longitude,).

    Returns
    -------
    numpy.ndarray
        float32, shape (step, latitude, longitude).
    """
    down = cosine_basis((latitude + 90.0) / 180.0, amplitudes.shape[1])
    across = circle_basis(longitude, (amplitudes.shape[2] - 1) // 2)
    narrow = np.cos(np.radians(latitude))[:, None]
    part = np.matmul(down, amplitudes)  # step by step, so that chunks do not matter
    part[:, :, 1:] *= narrow
    return _across(part, across)


def _across(part: Floats, across: Floats) -> Floats:
    """Sum the functions along a row: (step, row, function) x (place, function)."""
    # Not matmul: the threads of BLAS wait for each other on a busy machine, 20 times slower.
    waves = np.ascontiguousarray(across.T, dtype=np.float32)
    return np.einsum("tym,mx->tyx", part.astype(np.float32), waves)


def local_field(amplitudes: Floats, rows: Floats, columns: Floats) -> Floats:
    """Field on a piece of the map; `rows` and `columns` are positions between 0 and 1.

    Returns
    -------
    numpy.ndarray
        float32, shape (step, row, column).
    """
    down = cosine_basis(rows, amplitudes.shape[1])
    across = cosine_basis(columns, amplitudes.shape[2])
    part = np.matmul(down, amplitudes)  # step by step, so that chunks do not matter
    return _across(part, across)


def white(seed: int, steps: slice, shape: tuple[int, int]) -> npt.NDArray[np.float32]:
    """Independent normal noise; each step has its own counter-based stream (seed, step).

    Returns
    -------
    numpy.ndarray
        float32, shape (step, *shape).

    Examples
    --------
    >>> bool((white(1, slice(0, 3), (2, 2))[2] == white(1, slice(2, 3), (2, 2))[0]).all())
    True
    """
    out = np.empty((steps.stop - steps.start, *shape), np.float32)
    for at, step in enumerate(range(steps.start, steps.stop)):
        stream = np.random.Generator(np.random.Philox(key=np.array([seed, step], np.uint64)))
        stream.standard_normal(dtype=np.float32, out=out[at])
    return out


def lazy_grid(
    function: Callable[..., npt.NDArray[np.float32]],
    shape: tuple[int, int, int],
    chunks: Any,
    *arguments: Any,
) -> da.Array:
    """Dask array whose blocks are made by a function of their place.

    Parameters
    ----------
    function : callable
        ``function(steps, rows, columns, *arguments)`` with three slices, returning float32 of
        shape (step, row, column).
    shape : tuple of int
        Steps, rows, columns.
    chunks : chunks of Dask
        How to cut the grid.
    *arguments
        Passed on; they also name the array, so equal arguments give equal keys.

    Returns
    -------
    dask.array.Array
        float32, nothing computed.
    """
    cut = da.core.normalize_chunks(chunks, shape, dtype=np.float32)

    def block(block_info: Any = None) -> npt.NDArray[np.float32]:
        place = [slice(int(low), int(high)) for low, high in block_info[None]["array-location"]]
        return function(*place, *arguments)

    name = f"{function.__name__}-{tokenize(function.__qualname__, shape, cut, arguments)}"
    return da.map_blocks(block, dtype=np.float32, chunks=cut, name=name, meta=np.empty((0, 0, 0)))
