"""Random and blocked accuracy side by side: how much a random split flatters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.agrarian.landcover.nearness import places_of
from analysis.agrarian.landcover.scoring import interval
from analysis.agrarian.landcover.validate import cross_validate
from analysis.agrarian.samples.columns import DEGREES
from analysis.agrarian.samples.semivariance import blocks_of
from analysis.agrarian.samples.table import as_samples


def compare_ways(
    samples: Any,
    classifiers: Any = None,
    ways: tuple[str, str] = ("random", "block"),
    *,
    seed: int = 0,
    progress: Callable[[int, int, str], None] | None = None,
    **options: Any,
) -> pd.DataFrame:
    """Judge classifiers in two ways on the same samples, and how much the first flatters.

    Parameters
    ----------
    samples, classifiers
        As for :func:`~analysis.agrarian.landcover.validate.cross_validate`.
    ways
        Two of "random", "block", "zone", "time".
    seed
        Seed.
    progress
        Called with fits done, fits in all, and what is done now.
    **options
        As for `cross_validate`; `buffer_km` is for blocks and zones.

    Returns
    -------
    pandas.DataFrame
        Index classifier. Columns: family, then for each way its overall accuracy and interval
        (`random`, `random_low`, `random_high`, `block`, ...), `flattery` (the first less the
        second, on the samples that both judge) with its interval (blocks, zones or years drawn
        together), `always_commonest`, seconds, failure. `attrs`: the two results of
        `cross_validate` under their names, "notes".

    Raises
    ------
    ValueError
        The ways are not two, or as `cross_validate`.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> place = np.repeat(np.arange(30), 6)
    >>> table = pd.DataFrame({"nir": rng.normal(size=30)[place], "red": rng.normal(size=30)[place]})
    >>> table["label"] = np.where(rng.random(30) < 0.5, "су", "егін")[place]
    >>> table["longitude"], table["latitude"] = 60.5 + place + 0.01 * rng.random(180), 50.0
    >>> found = compare_ways(table, ["NearestNeighbours"], block_degrees=1.0)
    >>> bool(found.loc["NearestNeighbours", "flattery_low"] > 0.2)
    True
    """
    if len(ways) != 2 or ways[0] == ways[1]:
        raise ValueError(f"The ways are {ways}; give two different ones.")
    table = as_samples(samples)
    results = []
    for number, way in enumerate(ways):

        def tell(done: int, total: int, text: str, number: int = number, way: str = way) -> None:
            if progress is not None:
                progress(number * total + done, 2 * total, f"{way}: {text}" if text else "")

        own = {k: v for k, v in options.items() if k != "buffer_km" or way in ("block", "zone")}
        results.append(cross_validate(table, classifiers, way, seed=seed, progress=tell, **own))
    first, second = results
    rows = {name: _row(name, first, second, ways, table, seed) for name in second.index}
    found = pd.DataFrame.from_dict(rows, orient="index").rename_axis("classifier")
    found.attrs = dict(zip(ways, results, strict=True))
    found.attrs["notes"] = [one for result in results for one in result.attrs["notes"]]
    return found


def _row(
    name: str,
    first: pd.DataFrame,
    second: pd.DataFrame,
    ways: tuple[str, str],
    table: pd.DataFrame,
    seed: int,
) -> dict[str, Any]:
    row: dict[str, Any] = {"family": second.loc[name, "family"]}
    for way, result in zip(ways, (first, second), strict=True):
        for end in ("", "_low", "_high"):
            row[way + end] = result.loc[name, f"overall_accuracy{end}"]
    row |= dict.fromkeys(("flattery", "flattery_low", "flattery_high"), np.nan)
    given = [result.attrs["predictions"] for result in (first, second)]
    if all(name in one for one in given):
        judged = np.logical_and(*(one["fold"].notna().to_numpy() for one in given))
        right = [(one[name] == one["label"]).to_numpy(np.float64)[judged] for one in given]
        gain = right[0] - right[1]
        low, high = interval(gain, _groups(second, table)[judged], seed=seed)
        row |= {"flattery": float(gain.mean()), "flattery_low": low, "flattery_high": high}
    row["always_commonest"] = second.loc[name, "always_commonest"]
    row["seconds"] = sum(float(one["seconds"].loc[name]) for one in (first, second))
    row["failure"] = second.loc[name, "failure"]
    return row


def _groups(result: pd.DataFrame, table: pd.DataFrame) -> NDArray[Any]:
    """Return what belongs together in the second way."""
    size = result.attrs["block_degrees"]
    found = table.rename(columns={k: v for k, v in DEGREES.items() if v not in table})
    if size is not None:
        return blocks_of(found["longitude"], found["latitude"], size)
    folds = result.attrs["predictions"]["fold"].astype(str).to_numpy(dtype=object)
    if result.attrs["by"] == "random":
        return places_of(found)
    return np.unique(folds, return_inverse=True)[1]
