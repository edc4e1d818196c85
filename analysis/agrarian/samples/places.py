"""Places of samples: points, or the pixels whose middle lies in a polygon."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.agrarian.samples.columns import KEYS
from analysis.agrarian.samples.table import read_samples, tidy_labels

_PLACE: Final = ("longitude", "latitude")
_VECTORS: Final = (".gpkg", ".geojson", ".json", ".shp", ".zip")


@dataclass(frozen=True, eq=False)
class Axes:
    """Axes of an image and its reference system.

    Attributes
    ----------
    x_name, y_name
        Dimensions.
    x, y
        Middles of columns and rows.
    crs
        Reference system.
    """

    x_name: str
    y_name: str
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    crs: Any

    @classmethod
    def of(cls, cube: Any, crs: Any = None) -> Axes:
        """Read the axes of a cube.

        Parameters
        ----------
        cube
            Dataset with latitude and longitude, or with y and x and a reference system.
        crs
            Reference system where the cube states none.

        Returns
        -------
        Axes
            They.

        Raises
        ------
        ValueError
            There are no such axes, or no reference system.
        """
        for x, y in (("longitude", "latitude"), ("lon", "lat"), ("x", "y")):
            if x in cube.dims and y in cube.dims:
                found = crs if crs is not None else _crs_of(cube, x)
                across, along = (np.asarray(cube[one], np.float64) for one in (x, y))
                if across.size < 2 or along.size < 2:
                    raise ValueError(
                        f"The imagery is {along.size} x {across.size} pixels; 2 x 2 at the least."
                    )
                return cls(x, y, across, along, found)
        raise ValueError(
            f"The imagery has the dimensions {', '.join(map(str, cube.dims))}; it needs latitude "
            "and longitude, or y and x."
        )

    def find(self, x: Any, y: Any) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return row and column of the pixel in which a place lies, -1 outside.

        Parameters
        ----------
        x, y
            Places (sample,) in the reference system of the image.

        Returns
        -------
        tuple of numpy.ndarray
            Rows and columns (sample,).
        """
        rows, columns = _index(self.y, np.asarray(y)), _index(self.x, np.asarray(x))
        outside = (rows < 0) | (columns < 0)
        return np.where(outside, -1, rows), np.where(outside, -1, columns)

    def numbers(self, rows: Any, columns: Any) -> NDArray[np.intp]:
        """Return the numbers of pixels from the south-western corner, whichever way the axes run.

        Parameters
        ----------
        rows, columns
            Positions on the axes (sample,).

        Returns
        -------
        numpy.ndarray
            Numbers (sample,), from 0.
        """
        down, across = (
            np.asarray(at) if axis[0] < axis[-1] else axis.size - 1 - np.asarray(at)
            for axis, at in ((self.y, rows), (self.x, columns))
        )
        return np.asarray(down * self.x.size + across, dtype=np.intp)


def place_samples(source: Any, axes: Axes, most: int, seed: int) -> pd.DataFrame:
    """Return points with their pixels, from points or polygons.

    Parameters
    ----------
    source
        File, table or shapes with labels.
    axes
        Of the image.
    most
        Most pixels of a polygon.
    seed
        Which, where there are more.

    Returns
    -------
    pandas.DataFrame
        label, longitude, latitude, what else is given, `row` and `column` (-1 outside), and
        `polygon` where samples come from polygons.

    Raises
    ------
    ValueError
        No label, no reference system, shapes that are neither points nor polygons.
    """
    shapes = _shapes(source)
    if shapes is None or (shapes.geom_type == "Point").all():
        points = read_samples(source if shapes is None else shapes)
        if not {"longitude", "latitude"} <= set(points.columns):
            raise ValueError("The samples have no longitude and latitude to find their pixels by.")
        x, y = _project(points["longitude"], points["latitude"], axes.crs)
        rows, columns = axes.find(x, y)
        keys = [one for one in KEYS if one in points]
        return points[keys].assign(row=rows, column=columns)
    return _pixels(shapes, axes, most, seed)


def _pixels(shapes: Any, axes: Axes, most: int, seed: int) -> pd.DataFrame:
    """Return the pixels whose middle lies in a polygon."""
    import shapely

    from analysis.sources.tables import mend

    if shapes.crs is None:
        raise ValueError("The polygons state no coordinate reference system; set one first.")
    kinds = set(shapes.geom_type.dropna()) - {"Polygon", "MultiPolygon"}
    if kinds:
        raise ValueError(f"The shapes are {', '.join(sorted(kinds))}; give points or polygons.")
    table = read_samples(pd.DataFrame(shapes.drop(columns=shapes.geometry.name)))
    found, notes = mend(shapes.geometry.to_crs(axes.crs).to_numpy(), table["label"].to_numpy())
    rng = np.random.default_rng(seed)
    parts = []
    for number, (_, one) in enumerate(table[[c for c in KEYS if c in table]].iterrows()):
        west, south, east, north = shapely.bounds(found[number])
        columns = np.flatnonzero((axes.x >= west) & (axes.x <= east))
        rows = np.flatnonzero((axes.y >= south) & (axes.y <= north))
        grid = np.stack(np.meshgrid(rows, columns, indexing="ij"), axis=-1).reshape(-1, 2)
        inside = shapely.contains_xy(found[number], axes.x[grid[:, 1]], axes.y[grid[:, 0]])
        grid = grid[inside]
        if not len(grid):  # a polygon smaller than a pixel: the pixel at its middle
            middle = shapely.point_on_surface(found[number])
            row, column = axes.find([shapely.get_x(middle)], [shapely.get_y(middle)])
            grid = np.array([[row[0], column[0]]])
        if len(grid) > most:
            grid = grid[np.sort(rng.choice(len(grid), most, replace=False))]
        part = pd.DataFrame({"row": grid[:, 0], "column": grid[:, 1], "polygon": number + 1})
        parts.append(
            part.assign(**{str(key): value for key, value in one.items() if key not in _PLACE})
        )
    pixels = pd.concat(parts, ignore_index=True)
    pixels["label"] = tidy_labels(pixels["label"])
    east, north = _project(axes.x[pixels["column"]], axes.y[pixels["row"]], axes.crs, back=True)
    pixels = pixels.assign(longitude=east, latitude=north)
    pixels.attrs["notes"] = notes
    return pixels


def _shapes(source: Any) -> Any:
    if hasattr(source, "geom_type"):
        return source
    if isinstance(source, (str, Path)) and Path(source).suffix.lower() in _VECTORS:
        import geopandas as gpd

        return gpd.read_file(source)
    return None


def _crs_of(cube: Any, x: str) -> Any:
    if x != "x":
        return "EPSG:4326"
    import rioxarray  # noqa: F401 - the accessor `rio`

    if cube.rio.crs is None:
        raise ValueError("The imagery states no coordinate reference system; give it as crs=.")
    return cube.rio.crs


def _project(x: Any, y: Any, crs: Any, back: bool = False) -> tuple[Any, Any]:
    """Turn degrees into the system of an image, or back."""
    from pyproj import CRS, Transformer

    system = CRS.from_user_input(crs)
    pair = np.asarray(x, np.float64), np.asarray(y, np.float64)
    if system.is_geographic:
        return pair
    change = Transformer.from_crs(*((system, 4326) if back else (4326, system)), always_xy=True)
    return change.transform(*pair)


def _index(axis: NDArray[np.float64], at: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the position of the pixel of an even axis, -1 outside."""
    step = (axis[-1] - axis[0]) / (axis.size - 1)
    found = np.floor((np.asarray(at, np.float64) - axis[0]) / step + 0.5)
    inside = np.isfinite(found) & (found >= 0) & (found < axis.size)
    return np.where(inside, found, -1).astype(np.intp)
