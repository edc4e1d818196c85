"""Smooth a map: pixels listen to their neighbours.

Bayesian smoothing: Camara, G., Assuncao, R., Carvalho, A., Simoes, R., Souza, F., Carlos, F.,
Souza, A., Rorato, A., Del'Asta, A. L. (2024): Bayesian inference for post-processing of
remote-sensing image classification. Remote Sensing 16, 4572.
"""

from __future__ import annotations

import functools
import hashlib
import math
from collections.abc import Callable, Mapping
from typing import Any, Final

import numba
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from analysis.agrarian.legends import NODATA
from analysis.agrarian.mapping.grid import Grid
from analysis.agrarian.mapping.layers import NONE, REJECTED, SCALE, Layers, layers_of
from analysis.agrarian.mapping.running import Progress, Tile, Work, make_map
from analysis.agrarian.mapping.store import LAND, legend_of_map, map_grid

METHODS: Final = ("bayes", "majority")
_SIDE: Final = 512
_LEAST: Final = 1e-4  # probabilities of 0 and 1 have no logit; the maps keep four decimals


def smooth(  # noqa: PLR0913 - each is a choice of the caller
    land: xr.Dataset,
    out: Any = None,
    *,
    method: str = "bayes",
    radius: int = 3,
    smoothness: float | Mapping[str, float] = 20.0,
    share: float = 0.5,
    workers: int = 1,
    resume: bool = True,
    overwrite: bool = False,
    progress: Progress | None = None,
    cancel: Callable[[], bool] | None = None,
) -> xr.Dataset:
    """Take single pixels away that differ from all around them.

    Parameters
    ----------
    land : xarray.Dataset
        Of :func:`analysis.agrarian.mapping.classify`.
    out, workers, resume, overwrite, progress, cancel
        As there.
    method : str
        "bayes": the logit of each class is drawn towards the mean of its neighbourhood, the
        stronger the less that neighbourhood varies; class, probabilities and uncertainty change.
        "majority": the class that most of the window has; a tie leaves the pixel as it is, and
        the other layers stay.
    radius : int
        Pixels to each side of the window, 1 to 7.
    smoothness : float or mapping
        Variance of the logits expected between neighbours of one class; one for all classes, or
        by class. Larger draws more strongly ("bayes").
    share : float
        Share of the window with the highest probabilities that makes its mean and variance, so
        that a pixel near an edge listens to its own side ("bayes").

    Returns
    -------
    xarray.Dataset
        As the map given; no data stays no data and tells its neighbours nothing.

    Raises
    ------
    ValueError
        An unknown method or class, or a number out of range.
    Cancelled
        ``cancel`` said so.
    """
    legend, grid = legend_of_map(land), map_grid(land)
    if method not in METHODS:
        raise ValueError(f"method={method!r}; it is 'bayes' or 'majority'.")
    if not 1 <= radius <= 7:
        raise ValueError(f"The radius is {radius} pixels; it is 1 to 7.")
    if not 0.0 < share <= 1.0:
        raise ValueError(f"The share of the window is {share}; it is above 0, at most 1.")
    strength = _strength(smoothness, legend.keys)
    one = functools.partial(
        _tile, land=land, grid=grid, method=method, radius=radius, strength=strength, share=share
    )
    chunks = land[LAND].chunks
    size = tuple(part[0] for part in chunks) if chunks else tuple(min(_SIDE, n) for n in grid.shape)
    words = (method, radius, tuple(strength.tolist()), share)
    about = dict(land.attrs) | {"smoothed": f"{method}, radius {radius} pixels"}
    about = {name: value for name, value in about.items() if name not in ("key", "legend")}
    key = hashlib.sha256(repr((words, size)).encode() + _content(land)).hexdigest()[:32]
    return make_map(
        *(Work(grid, legend, (size[0], size[1]), one, key, about), out),
        workers=workers,
        resume=resume,
        overwrite=overwrite,
        progress=progress,
        cancel=cancel,
    )


def _strength(given: float | Mapping[str, float], labels: tuple[str, ...]) -> NDArray[np.float64]:
    if isinstance(given, Mapping):
        unknown = [one for one in given if one not in labels]
        if unknown:
            raise ValueError(f"The map has no class {unknown[0]!r}; it has {', '.join(labels)}.")
        values = [float(given.get(one, 20.0)) for one in labels]
    else:
        values = [float(given)] * len(labels)
    if not all(np.isfinite(one) and one > 0 for one in values):
        raise ValueError(f"The smoothness is {given!r}; it is above 0.")
    return np.array(values)


def _content(land: xr.Dataset) -> bytes:
    """Give the fingerprint of a map, made from its probabilities where it has none."""
    if "key" in land.attrs:
        return str(land.attrs["key"]).encode()
    return hashlib.sha256(np.ascontiguousarray(land["probability"].to_numpy()).tobytes()).digest()


def _tile(
    place: Tile,
    *,
    land: xr.Dataset,
    grid: Grid,
    method: str,
    radius: int,
    strength: NDArray[np.float64],
    share: float,
) -> Layers:
    wide, inner = [], []
    for part, size in zip(place, grid.shape, strict=True):
        low, high = max(0, part.start - radius), min(size, part.stop + radius)
        wide.append(slice(low, high))
        inner.append(slice(part.start - low, part.stop - low))
    cut = land.isel(dict(zip(grid.dims, wide, strict=True)))
    cut = cut.compute(scheduler="synchronous")
    codes = cut[LAND].transpose(*grid.dims).to_numpy()
    chance = cut["probability"].transpose("label", *grid.dims).to_numpy()
    rows, columns = inner
    if method == "majority":
        found = majority(codes, radius)[rows, columns]
        rest = (cut[name].transpose(*grid.dims).to_numpy() for name in ("entropy", "margin"))
        layers = [one[rows, columns] for one in rest]
        return Layers(found, chance[:, rows, columns], layers[0], layers[1])
    known = (chance != NONE).all(axis=0)
    shares = np.where(known, chance, 0).astype(np.float64) / SCALE
    keep = (rows.start, rows.stop, columns.start, columns.stop)
    made = bayes(shares, known, radius, strength, share, keep)
    inside = known[rows, columns]
    return layers_of(made[:, inside].T, inside)


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator,unused-ignore]
def majority(codes: Any, radius: int) -> Any:
    """Give the class that most of the window of each pixel has; a tie changes nothing.

    Parameters
    ----------
    codes : numpy.ndarray of uint8, (row, column)
        0 is no data and stays so; it has no vote, nor has a rejected pixel (255).
    radius : int
        Pixels to each side.

    Returns
    -------
    numpy.ndarray of uint8
        (row, column).
    """
    rows, columns = codes.shape
    out = codes.copy()
    for row in range(rows):
        for column in range(columns):
            own = codes[row, column]
            if own == NODATA:
                continue
            votes = np.zeros(256, np.int64)
            for i in range(max(0, row - radius), min(rows, row + radius + 1)):
                for j in range(max(0, column - radius), min(columns, column + radius + 1)):
                    votes[codes[i, j]] += 1
            best, most, ties = 0, 0, 0
            for code in range(1, REJECTED):
                if votes[code] > most:
                    best, most, ties = code, votes[code], 1
                elif votes[code] == most:
                    ties += 1
            if most > 0 and ties == 1:
                out[row, column] = best
    return out


def bayes(chance: Any, known: Any, radius: int, strength: Any, share: float, keep: Any) -> Any:
    """Draw the logits of each class towards those of the neighbourhood.

    With mean m and variance v of the highest `share` of the window, the posterior mean of a logit
    x is ``(v x + s m) / (v + s)``, s the smoothness of the class.

    Parameters
    ----------
    chance : numpy.ndarray, (class, row, column)
        Probabilities.
    known : numpy.ndarray of bool, (row, column)
        Pixels with data.
    radius : int
        Pixels to each side.
    strength : numpy.ndarray, (class,)
        Smoothness.
    share : float
        Of the window.
    keep : tuple of int
        First and last + 1 of the rows and of the columns that are wanted.

    Returns
    -------
    numpy.ndarray
        (class, row, column) of the part wanted; sums to 1 where there are data, else 0.
    """
    safe = np.clip(chance, _LEAST, 1.0 - _LEAST)
    drawn = _drawn(np.log(safe / (1.0 - safe)), known, radius, strength, share, keep)
    found = 1.0 / (1.0 + np.exp(-drawn))
    found[:, ~known[keep[0] : keep[1], keep[2] : keep[3]]] = 0.0
    total = found.sum(axis=0)
    return np.asarray(found / np.where(total > 0, total, 1.0))


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator,unused-ignore]
def _drawn(logit: Any, known: Any, radius: int, strength: Any, share: float, keep: Any) -> Any:
    """Give the posterior mean of each logit of the part wanted."""
    top, bottom, left, right = keep
    out = np.zeros((logit.shape[0], bottom - top, right - left))
    window = np.empty((2 * radius + 1) ** 2)
    for k in range(logit.shape[0]):
        s = strength[k]
        for row in range(top, bottom):
            for column in range(left, right):
                if not known[row, column]:
                    continue
                count = _sorted_window(logit[k], known, row, column, radius, window)
                few = max(1, math.ceil(share * count))
                mean, variance = 0.0, 0.0
                for n in range(count - few, count):
                    mean += window[n] / few
                for n in range(count - few, count):
                    variance += (window[n] - mean) ** 2 / few
                x = logit[k, row, column]
                out[k, row - top, column - left] = (variance * x + s * mean) / (variance + s)
    return out


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator,unused-ignore]
def _sorted_window(values: Any, known: Any, row: int, column: int, radius: int, window: Any) -> int:
    """Put the known values around a pixel into `window`, ascending; return their number."""
    count = 0
    for i in range(max(0, row - radius), min(values.shape[0], row + radius + 1)):
        for j in range(max(0, column - radius), min(values.shape[1], column + radius + 1)):
            if known[i, j]:
                value = values[i, j]
                at = count
                while at > 0 and window[at - 1] > value:
                    window[at] = window[at - 1]
                    at -= 1
                window[at] = value
                count += 1
    return count
