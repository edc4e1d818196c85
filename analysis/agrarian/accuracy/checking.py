"""Judge a map by places drawn on it: draw them, look at them, read the labels back."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
import xarray as xr

from analysis.agrarian.accuracy.design import ALLOCATIONS, draw_samples, sampling_design
from analysis.agrarian.accuracy.olofsson import Accuracy, area_adjusted_accuracy
from analysis.notes import mark as _
from analysis.notes import note
from analysis.spelling import did_you_mean

DRAWN: Final = "drawn"
"""Column that says on which map a place was drawn."""
NOT_DRAWN: Final = note(
    _(
        "Nothing says that these places were drawn at random in each class of this map. If they "
        "were chosen otherwise, or are samples that a classifier learnt from, estimates and "
        "intervals are wrong, often by several times: draw places on the map."
    )
)


def draw_places(
    land: xr.Dataset,
    users: Mapping[Any, float] | float = 0.8,
    *,
    error: float = 0.01,
    size: int | None = None,
    allocation: str = "rare",
    least: int = 50,
    seed: int = 0,
) -> pd.DataFrame:
    """Draw places on a map, in each class at random, for somebody to say what is there.

    Parameters
    ----------
    land : xarray.Dataset
        Of :func:`analysis.agrarian.mapping.classify` and the like; read in strips.
    users : float or mapping
        User's accuracy expected, of all classes or by class.
    error : float
        Standard error wanted of the overall accuracy; it sets the number of places.
    size : int, optional
        Number of places, in place of that from the error.
    allocation : str
        How to share them out: see :func:`sampling_design`.
    least : int
        Least number for a class in the allocation "rare". A class of fewer pixels gets all.
    seed : int
        Same seed, same places.

    Returns
    -------
    pandas.DataFrame
        ``place`` (1, 2, ...), ``longitude`` and ``latitude`` of the middle of the pixel, degrees;
        ``label``, empty, to be filled in; ``drawn``, by which :func:`judge_map` knows the places of
        this map. What the map shows there is left out: whoever judges must not know it. A place is
        a pixel.

    Raises
    ------
    ValueError
        Unknown allocation, impossible numbers, or the map has no areas.

    Examples
    --------
    >>> from analysis.agrarian.mapping import classify
    >>> from sklearn.naive_bayes import GaussianNB
    >>> axes = {"latitude": 50 + np.arange(9.0) / 100, "longitude": 60 + np.arange(9.0) / 100}
    >>> values = np.where(np.arange(9) < 3, 0.1, 0.8) * np.ones((9, 1))
    >>> model = GaussianNB().fit([[0.1], [0.2], [0.7], [0.9]], ["bare", "bare", "forest", "forest"])
    >>> land = classify(xr.Dataset({"ndvi": (tuple(axes), values)}, axes), model)
    >>> places = draw_places(land, size=20, allocation="equal")
    >>> places["label"] = np.where(places["longitude"] < 60.025, "bare", "лес")
    >>> found = judge_map(land, places)
    >>> found.overall, found.drawn, found.counts.to_numpy().tolist()
    (1.0, True, [[10, 0], [0, 10]])
    """
    from analysis.agrarian.mapping.hectares import areas
    from analysis.agrarian.mapping.store import LAND, legend_of_map, map_grid

    if allocation not in ALLOCATIONS:
        advice = did_you_mean(str(allocation), ALLOCATIONS)
        raise ValueError(f"There is no allocation {allocation!r}. {advice}")
    if not isinstance(land, xr.Dataset) or LAND not in land:
        raise ValueError(
            f"The map is a {type(land).__name__}; give the Dataset with {LAND!r} that classify "
            "makes and open_map reads, or draw from an array of codes by draw_samples."
        )
    grid, legend = map_grid(land), legend_of_map(land)
    hectares = areas(land).set_index("class")["area_ha"].to_dict()
    plan = sampling_design(hectares, users, error=error, size=size, minimum=least)
    pixels, mark = _looked_at(land)
    wanted = {
        legend.codes[str(name)]: min(int(count), int(pixels[legend.codes[str(name)]]))
        for name, count in plan[allocation].items()
    }
    codes = land[LAND].transpose(*grid.dims)
    drawn = draw_samples(codes, wanted, seed=seed)
    east, north = _degrees(grid, drawn["row"], drawn["column"])
    return pd.DataFrame(
        {
            "place": np.arange(1, len(drawn) + 1),
            "longitude": east,
            "latitude": north,
            "label": "",
            DRAWN: mark,
        }
    )


def judge_map(
    land: xr.Dataset,
    places: pd.DataFrame,
    *,
    also: Iterable[str] = (),
    level: float = 0.95,
    unsampled: str = "error",
    interval: str = "jeffreys",
) -> Accuracy:
    """Estimate accuracy and areas of a map from labelled places.

    Parameters
    ----------
    land : xarray.Dataset
        The map.
    places : pandas.DataFrame
        Of :func:`draw_places`, with labels: the label, code or name of a class in any of the three
        languages; empty where nobody could tell. Other points with longitude, latitude and label
        are taken too, with a note that says what that means.
    also : iterable of str
        Classes that neither the map nor the legend of Kazakhstan has.
    level : float
        Of the intervals.
    unsampled, interval : str
        As in :func:`area_adjusted_accuracy`.

    Returns
    -------
    Accuracy
        Areas in hectares; ``drawn`` tells whether all places were drawn on this map.

    Raises
    ------
    ValueError
        No label is filled in, one is unknown, or as :func:`area_adjusted_accuracy`.
    """
    from analysis.agrarian.mapping.hectares import areas
    from analysis.agrarian.mapping.points import compare_points

    counts = compare_points(land, places, also)
    hectares = areas(land).set_index("class")["area_ha"].to_dict()
    found = area_adjusted_accuracy(
        counts, hectares, level=level, unsampled=unsampled, interval=interval
    )
    labelled = places["label"].notna() & (places["label"].astype(str).str.strip() != "")
    marks = places[DRAWN] if DRAWN in places else pd.Series("", index=places.index)
    mine = _looked_at(land)[1]
    drawn = all(one == mine for one in marks.to_numpy(object)[labelled.to_numpy(bool)])
    first = () if drawn else (NOT_DRAWN,)
    notes = (*first, *counts.attrs["notes"], *found.notes)
    return dataclasses.replace(found, notes=notes, drawn=drawn)


def _looked_at(land: xr.Dataset) -> tuple[Any, str]:
    """Return the number of pixels of each code, and a mark by which the map is known."""
    from analysis.agrarian.mapping.store import LAND, map_grid

    grid = map_grid(land)
    codes = land[LAND].transpose(*grid.dims)
    counts, print_ = np.zeros(256, np.int64), hashlib.sha256()
    print_.update(np.ascontiguousarray(grid.y).tobytes() + np.ascontiguousarray(grid.x).tobytes())
    step = max(1, 4_000_000 // grid.shape[1])
    for top in range(0, grid.shape[0], step):
        strip = np.ascontiguousarray(codes[top : top + step].to_numpy(), np.uint8)
        counts += np.bincount(strip.ravel(), minlength=256)
        print_.update(strip.tobytes())
    return counts, f"map-{print_.hexdigest()[:10]}"


def _degrees(grid: Any, rows: Any, columns: Any) -> tuple[Any, Any]:
    """Return longitude and latitude of the middles of pixels."""
    import pyproj

    from analysis.agrarian.mapping.grid import WORLD

    x, y = grid.x[np.asarray(columns)], grid.y[np.asarray(rows)]
    if grid.geographic:
        return x, y
    return pyproj.Transformer.from_crs(grid.crs, WORLD, always_xy=True).transform(x, y)
