"""A map at places that somebody has looked at: the error matrix of the two."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
import pyproj
import xarray as xr

from analysis.agrarian.accuracy.matrix import error_matrix
from analysis.agrarian.legends import match_labels
from analysis.agrarian.mapping.grid import WORLD
from analysis.agrarian.mapping.store import LAND, legend_of_map, map_grid
from analysis.agrarian.samples.columns import check_places
from analysis.notes import Note, note
from analysis.notes import mark as _

_NEEDED = ("longitude", "latitude", "label")


def compare_points(land: xr.Dataset, points: Any, also: Iterable[str] = ()) -> pd.DataFrame:
    """Compare a map with what was found at places.

    Parameters
    ----------
    land : xarray.Dataset
        Of :func:`analysis.agrarian.mapping.classify`.
    points : pandas.DataFrame
        Columns longitude, latitude (degrees) and label: the label, code or name of a class of the
        map in any of the three languages, or of another class of the legend of Kazakhstan; empty
        where nobody could tell.
    also : iterable of str
        Classes that neither the map nor that legend has.

    Returns
    -------
    pandas.DataFrame
        As :func:`analysis.agrarian.accuracy.error_matrix`, all classes of the map and those found
        beyond them. Two points in one pixel count once. ``attrs["notes"]``: that, and how many
        points could not be compared.

    Raises
    ------
    ValueError
        A column is lacking or empty, a place is none, a label is unknown, a pixel has two labels,
        or no point lies in the map.

    Examples
    --------
    >>> from analysis.agrarian.mapping import classify
    >>> from sklearn.naive_bayes import GaussianNB
    >>> axes = {"latitude": [50.0, 51.0], "longitude": [60.0, 61.0]}
    >>> cube = xr.Dataset({"ndvi": (tuple(axes), [[0.1, 0.8], [0.1, 0.7]])}, axes)
    >>> model = GaussianNB().fit([[0.1], [0.2], [0.7], [0.9]], ["bare", "bare", "forest", "forest"])
    >>> found = pd.DataFrame({"longitude": [60, 61, 61], "latitude": [50, 50, 50.1]})
    >>> matrix = compare_points(
    ...     classify(cube, model), found.assign(label=["лес", "Орман", "forest"])
    ... )
    >>> matrix.to_numpy().tolist(), matrix.index.tolist()
    ([[0, 1], [0, 1]], ['bare', 'forest'])
    """
    for name in _NEEDED:
        if name not in points:
            raise ValueError(note(_("The points lack the column {name}."), name=name))
    table = pd.DataFrame(points).reset_index(drop=True)
    check_places(table)
    if all(one is None or one != one or not str(one).strip() for one in table["label"]):
        raise ValueError(note(_("The column label is empty: write there what lies at each place.")))
    legend, grid = legend_of_map(land), map_grid(land)
    labels = pd.Series(match_labels(table["label"], legend, also), dtype=object)
    way = pyproj.Transformer.from_crs(WORLD, grid.crs, always_xy=True)
    east, north = (pd.to_numeric(table[one]).to_numpy(np.float64) for one in _NEEDED[:2])
    x, y = way.transform(east, north)
    rows = np.floor((y - grid.y[0]) / grid.steps[1] + 0.5)
    columns = np.floor((x - grid.x[0]) / grid.steps[0] + 0.5)
    inside = (rows >= 0) & (rows < grid.shape[0]) & (columns >= 0) & (columns < grid.shape[1])
    pixel = np.full(len(table), -1, np.int64)
    pixel[inside] = rows[inside].astype(np.int64) * grid.shape[1] + columns[inside].astype(np.int64)
    seen = inside & labels.notna().to_numpy()
    _refuse_two(table, pixel[seen], labels[seen])
    again = seen & pd.Series(pixel).where(seen).duplicated().to_numpy()
    keep = ~again
    codes = np.zeros(len(table), np.int64)
    at = {
        dim: xr.DataArray(place[inside].astype(np.int64), dims="point")
        for dim, place in zip(grid.dims, (rows, columns), strict=True)
    }
    codes[inside] = land[LAND].isel(at).to_numpy()
    names = {one.code: one.key for one in legend.classes}
    given = pd.Series([names.get(int(code)) for code in codes], dtype=object)
    beyond = sorted(set(labels.dropna()) - set(legend.keys))
    matrix = error_matrix(given[keep], labels[keep], labels=[*legend.keys, *beyond])
    matrix.attrs["notes"] = _notes(
        matrix.attrs, int(again.sum()), int((~inside & labels.notna()).sum())
    )
    return matrix


def _refuse_two(table: pd.DataFrame, pixel: Any, labels: pd.Series) -> None:
    """Refuse two labels for one pixel: one of them is wrong, or the place."""
    many = labels.groupby(pixel).transform("nunique")
    if (many > 1).any():
        row = many.index[many > 1][0]
        found = sorted(set(labels[pixel == pixel[labels.index.get_loc(row)]]))
        text = _(
            "The pixel at {longitude}, {latitude} has several labels ({names}); such pixels: "
            "{count}. Leave one label for each."
        )
        place = {one: float(table.loc[row, one]) for one in _NEEDED[:2]}
        count = int(np.unique(pixel[(many > 1).to_numpy()]).size)
        raise ValueError(note(text, **place, names=found, count=count))


def _notes(counts: Any, again: int, beside: int) -> list[Note]:
    said = [
        (again, _("{count} points lie in a pixel of another point of the same class: left out.")),
        (beside, _("{count} points lie beside the map: left out.")),
        (
            counts["nodata_map"] - beside,
            _("{count} points lie where the map has no class: left out."),
        ),
        (
            counts["nodata_reference"] + counts["nodata_both"],
            _("{count} points have no label: left out."),
        ),
    ]
    return [note(text, count=count) for count, text in said if count > 0]
