"""Labels that do not fit: by the neighbours of a sample, and by a self-organising map."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.agrarian.samples.table import as_samples, features_of

ADVICE: Final = ("keep", "look", "drop")
"""What to do with a sample: its label fits, is doubtful, does not fit."""
Values = NDArray[np.float64]


def neighbour_noise(
    samples: Any, *, neighbours: int = 10, features: Any = None, apart: bool = True
) -> pd.DataFrame:
    """Find labels that the most similar samples do not share.

    The nearest samples are those of the least distance between scaled features (edited nearest
    neighbours, Wilson 1972).

    Parameters
    ----------
    samples
        Samples.
    neighbours
        How many neighbours are asked.
    features
        Features or bands; None for all.
    apart
        Samples of the same place do not count as neighbours of one another.

    Returns
    -------
    pandas.DataFrame
        As the samples: label, agreement (share of the neighbours with the same label), suggested
        (their commonest label), advice ("keep", "look", "drop": of the neighbours a half or more,
        a fifth or more, or fewer agree).

    Raises
    ------
    ValueError
        There are too few samples for so many neighbours.

    Examples
    --------
    >>> table = pd.DataFrame({"label": ["а"] * 6 + ["б"] * 6, "nir": [0.1] * 5 + [0.9] * 7})
    >>> neighbour_noise(table, neighbours=4).query("advice == 'drop'").index.tolist()
    [5]
    """
    from sklearn.neighbors import NearestNeighbors

    table = as_samples(samples)
    values = scaled(table, features)
    if not 1 <= neighbours < len(table):
        raise ValueError(f"{neighbours} neighbours of {len(table)} samples are impossible.")
    labels = table["label"].to_numpy()
    place = _places(table) if apart else np.arange(len(table))
    most = int(np.bincount(place).max())
    asked = min(neighbours + most, len(table))
    near = (
        NearestNeighbors(n_neighbors=asked).fit(values).kneighbors(return_distance=True)[1]
        if asked < len(table)
        else _all_near(values)
    )
    classes, code = np.unique(labels, return_inverse=True)
    share = np.zeros((len(table), classes.size))
    for row, others in enumerate(near):
        own = others[(place[others] != place[row]) & (others != row)][:neighbours]
        if own.size:
            share[row] = np.bincount(code[own], minlength=classes.size) / own.size
    agreement = share[np.arange(len(table)), code]
    advice = np.select([agreement >= 0.5, agreement >= 0.2], ADVICE[:2], ADVICE[2])
    found = {"label": labels, "agreement": agreement}
    found |= {"suggested": classes[share.argmax(axis=1)], "advice": advice}
    return pd.DataFrame(found, table.index)


def som_noise(
    samples: Any,
    *,
    side: int | None = None,
    rounds: int = 20,
    features: Any = None,
    seed: int = 0,
) -> pd.DataFrame:
    """Find labels that do not fit, by where samples fall on a self-organising map.

    Similar samples fall into the same or neighbouring cells of the map. The probability of a label
    in a cell is the share that samples of the cell and of the cells beside it have, each class
    counted relative to its size (after Santos et al. 2021, doi:10.1016/j.isprsjprs.2021.04.014).

    Parameters
    ----------
    samples
        Samples.
    side
        Cells of a side of the map; None for about 5 times the square root of the number of
        samples in all (Vesanto and Alhoniemi 2000).
    rounds
        Times that each sample is shown to the map.
    features
        Features or bands; None for all.
    seed
        Seed.

    Returns
    -------
    pandas.DataFrame
        As the samples: label, cell_x, cell_y, agreement (probability of its label in its cell),
        suggested (the most probable), advice ("keep", "look", "drop": 0.5 or more, 0.2 or more,
        less). `attrs`: "side", "labels" (commonest label of each cell, rows of the map),
        "quantisation_error".

    Raises
    ------
    ValueError
        The side is impossible.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> nir = np.concatenate([rng.normal(0.1, 0.02, 41), rng.normal(0.9, 0.02, 40)])
    >>> table = pd.DataFrame({"label": ["су"] * 40 + ["орман"] * 41, "nir": nir, "red": nir / 2})
    >>> found = som_noise(table, side=4)
    >>> found["agreement"].idxmin(), found.loc[40, "suggested"]
    (40, 'су')
    """
    from minisom import MiniSom

    table = as_samples(samples)
    values = scaled(table, features)
    width = side if side is not None else max(2, round(np.sqrt(5 * np.sqrt(len(table)))))
    if not 2 <= width <= 100:
        raise ValueError(f"The map has a side of {width} cells; 2 to 100.")
    som = MiniSom(width, width, values.shape[1], sigma=max(1.0, width / 4), random_seed=seed)
    som.pca_weights_init(values) if values.shape[1] > 1 else som.random_weights_init(values)
    som.train(values, rounds * len(values), random_order=True)
    cell = np.array([som.winner(one) for one in values])
    labels = table["label"].to_numpy()
    classes, code = np.unique(labels, return_inverse=True)
    counts = np.zeros((width, width, classes.size))
    np.add.at(counts, (cell[:, 0], cell[:, 1], code), 1 / np.bincount(code)[code])
    pooled = counts + 0.5 * _beside(counts)
    total = pooled.sum(axis=-1, keepdims=True)
    share = np.divide(pooled, total, out=np.zeros_like(pooled), where=total > 0)
    own = share[cell[:, 0], cell[:, 1]]
    agreement = own[np.arange(labels.size), code]
    advice = np.select([agreement >= 0.5, agreement >= 0.2], ADVICE[:2], ADVICE[2])
    found = {"label": labels, "cell_x": cell[:, 0], "cell_y": cell[:, 1], "agreement": agreement}
    found |= {"suggested": classes[own.argmax(axis=1)], "advice": advice}
    result = pd.DataFrame(found, table.index)
    named = classes.astype(object)[share.argmax(axis=-1)]
    named[total[..., 0] == 0] = None
    result.attrs = {"side": width, "labels": named.tolist()}
    result.attrs["quantisation_error"] = float(som.quantization_error(values))
    return result


def scaled(table: pd.DataFrame, features: Any = None) -> Values:
    """Return features with mean 0 and variance 1, gaps at the mean.

    Parameters
    ----------
    table
        Samples.
    features
        Features or bands; None for all.

    Returns
    -------
    numpy.ndarray
        (sample, feature).
    """
    values = table[features_of(table, features)].to_numpy(np.float64, na_value=np.nan)
    known = np.isfinite(values)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, values, 0).sum(axis=0) / count
    rest = np.where(known, values - mean, 0.0)
    spread = np.sqrt((rest**2).sum(axis=0) / count)
    return np.asarray(rest / np.where(spread > 0, spread, 1.0))


def _places(table: pd.DataFrame) -> NDArray[np.intp]:
    if "polygon" in table:
        return np.unique(table["polygon"].to_numpy(), return_inverse=True)[1].astype(np.intp)
    if {"longitude", "latitude"} <= set(table.columns):
        places = table[["longitude", "latitude"]].round(5)
        numbers = places.groupby(["longitude", "latitude"], dropna=False).ngroup()
        return np.asarray(numbers, dtype=np.intp)
    return np.arange(len(table), dtype=np.intp)


def _all_near(values: Values) -> NDArray[np.intp]:
    """Return all samples in order of their distance to each; for few samples."""
    apart = ((values[:, None, :] - values[None, :, :]) ** 2).sum(axis=-1)
    return np.argsort(apart, axis=1, kind="stable").astype(np.intp)


def _beside(counts: Values) -> Values:
    """Return the sums over the four cells beside each."""
    wide = np.pad(counts, ((1, 1), (1, 1), (0, 0)))
    return np.asarray(wide[2:, 1:-1] + wide[:-2, 1:-1] + wide[1:-1, 2:] + wide[1:-1, :-2])
