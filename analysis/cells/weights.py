"""How much of each pixel of a grid belongs to each cell: sparse matrices (cell, pixel)."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse
import shapely
from numpy.typing import NDArray

from analysis.cells.cells import Cells, equal_area
from analysis.cells.lattice import Lattice

Axis = NDArray[np.float64]
_SLIVER = 1e-9  # of a pixel: an overlap this thin is rounding


def cell_weights(cells: Cells, longitude: Axis, latitude: Axis, how: str) -> Any:
    """Return the weight of every pixel in every cell.

    Parameters
    ----------
    cells
        The cells.
    longitude, latitude
        Middles of the columns and rows of the grid, degrees, strictly monotonic. A grid that goes
        round the world is closed.
    how
        "mean", "max", "count": the common area on the unit sphere. "sum": the share of the pixel
        that lies in the cell, so that totals are kept. "nearest": 1 for the pixel that holds the
        middle of the cell. "linear": bilinear between the middles of four pixels.

    Returns
    -------
    scipy.sparse.csr_array
        Weights (cell, pixel), pixels row by row; only positive ones are stored. A cell that the
        grid does not reach has none.

    Raises
    ------
    ValueError
        If an axis is not strictly monotonic, has one value only, or leaves the Earth.
    """
    lon_edges, lat_edges = axis_edges(longitude, "longitude"), axis_edges(latitude, "latitude")
    if how in ("nearest", "linear"):
        lons, lats = cells.centres
        one_row = _linear if how == "linear" else _nearest
        across = one_row(lons, longitude, lon_edges, closed=True)
        along = one_row(lats, latitude, lat_edges, closed=False)
        return _product(along, across)
    if isinstance(cells.geometry, Lattice):
        matrix = _boxes(cells.geometry, lon_edges, lat_edges)
    else:
        matrix = _polygons(cells.geometry, lon_edges, lat_edges)
    if how == "sum":
        matrix = matrix @ scipy.sparse.diags_array(1 / _pixel_areas(lon_edges, lat_edges))
    return scipy.sparse.csr_array(matrix)


def axis_edges(centres: Axis, name: str) -> Axis:
    """Return the edges (n, 2) of the pixels of an axis: halfway to the neighbours.

    Parameters
    ----------
    centres
        Middles (n), degrees, strictly monotonic.
    name
        "longitude" or "latitude"; latitudes end at the poles.

    Returns
    -------
    numpy.ndarray
        Lower and upper edge of each pixel (n, 2), degrees.

    Raises
    ------
    ValueError
        If the axis is not strictly monotonic, has one value only, leaves the Earth, or goes round
        it more than once.

    Examples
    --------
    >>> axis_edges(np.array([-90.0, 0.0, 90.0]), "latitude")
    array([[-90., -45.], [-45.,  45.], [ 45.,  90.]])
    """
    steps = np.diff(centres)
    if centres.size < 2 or not ((steps > 0).all() or (steps < 0).all()):
        msg = f"The {name} has {centres.size} values; it needs two or more, strictly monotonic."
        raise ValueError(msg)
    if name == "longitude" and np.ptp(centres) >= 360 - 1e-6:
        msg = (
            f"The longitude goes from {centres.min():g} to {centres.max():g}: a meridian is there "
        )
        raise ValueError(msg + "twice and would count twice. Normalise the grid first.")
    if name == "latitude" and np.abs(centres).max() > 90:
        msg = f"The latitude goes to {np.abs(centres).max()}; it must stay within -90 and 90."
        raise ValueError(msg)
    middle = (centres[:-1] + centres[1:]) / 2
    first, last = centres[0] - steps[0] / 2, centres[-1] + steps[-1] / 2
    edges = np.concatenate([[first], middle, [last]])
    if name == "latitude":
        edges = np.clip(edges, -90, 90)
    pairs = np.stack([edges[:-1], edges[1:]], axis=1)
    return np.asarray(np.sort(pairs, axis=1))


def _product(along: Any, across: Any) -> Any:
    """Return (cell, pixel) weights from those of the rows (cell, y) and columns (cell, x)."""
    rows, columns = along.tocsr(), across.tocsr()
    pairs_of = np.diff(rows.indptr) * np.diff(columns.indptr)
    cell = np.repeat(np.arange(rows.shape[0]), pairs_of)
    number = np.arange(pairs_of.sum()) - np.repeat(np.cumsum(pairs_of) - pairs_of, pairs_of)
    per_row = np.diff(columns.indptr)[cell]
    row, column = rows.indptr[cell] + number // per_row, columns.indptr[cell] + number % per_row
    pixel = rows.indices[row].astype(np.int64) * columns.shape[1] + columns.indices[column]
    shape = (rows.shape[0], rows.shape[1] * columns.shape[1])
    return scipy.sparse.csr_array((rows.data[row] * columns.data[column], (cell, pixel)), shape)


def _boxes(lattice: Lattice, lon_edges: Axis, lat_edges: Axis) -> Any:
    """Return the common areas of boxes and pixels: a product of widths and heights."""
    wide = lattice.longitude_edges
    tall = np.sin(np.radians(lattice.latitude_edges))
    width = sum(_overlaps(wide[:-1], wide[1:], lon_edges + turn) for turn in (-360, 0, 360))
    height = _overlaps(tall[:-1], tall[1:], np.sin(np.radians(lat_edges)))
    return scipy.sparse.kron(height, np.radians(1) * width, format="csr")


def _overlaps(low: Axis, high: Axis, pixels: Axis) -> Any:
    """Return the common lengths (cell, pixel) of intervals, slivers left out."""
    order = np.argsort(pixels[:, 0])
    begin, end = pixels[order, 0], pixels[order, 1]
    first = np.searchsorted(end, low, side="right")
    counts = np.maximum(np.searchsorted(begin, high, side="left") - first, 0)
    cell = np.repeat(np.arange(low.size), counts)
    pixel = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts - first, counts)
    length = np.minimum(high[cell], end[pixel]) - np.maximum(low[cell], begin[pixel])
    keep = length > _SLIVER * (end - begin)[pixel]
    shape = (low.size, begin.size)
    return scipy.sparse.csr_array((length[keep], (cell[keep], order[pixel[keep]])), shape)


def _polygons(shapes: NDArray[Any], lon_edges: Axis, lat_edges: Axis) -> Any:
    """Return the common areas of polygons and pixels."""
    flat = equal_area(shapes)
    west, south, east, north = shapely.bounds(flat).T
    tall = np.sin(np.radians(lat_edges))
    cells, pixels, areas = [], [], []
    for turn in (-360, 0, 360):
        wide = np.radians(lon_edges + turn)
        for cell, shape in enumerate(flat):
            columns = np.flatnonzero((wide[:, 1] > west[cell]) & (wide[:, 0] < east[cell]))
            rows = np.flatnonzero((tall[:, 1] > south[cell]) & (tall[:, 0] < north[cell]))
            row, column = (part.ravel() for part in np.meshgrid(rows, columns, indexing="ij"))
            area, whole = _common_areas(shape, wide[column], tall[row])
            keep = area > _SLIVER * whole
            cells.append(np.full(keep.sum(), cell))
            pixels.append((row * wide.shape[0] + column)[keep])
            areas.append(area[keep])
    places = (np.concatenate(cells), np.concatenate(pixels))
    shape_of = (shapes.size, lon_edges.shape[0] * lat_edges.shape[0])
    return scipy.sparse.csr_array((np.concatenate(areas), places), shape_of)


def _common_areas(
    shape: Any, wide: Axis, tall: Axis
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the area (box) of each box in a polygon, and of the whole box."""
    boxes = shapely.box(wide[:, 0], tall[:, 0], wide[:, 1], tall[:, 1])
    whole = shapely.area(boxes)
    shapely.prepare(shape)
    inside = shapely.contains_properly(shape, boxes)
    area = np.where(inside, whole, 0.0)
    edge = np.flatnonzero(~inside & shapely.intersects(shape, boxes))
    area[edge] = shapely.area(shapely.intersection(shape, boxes[edge]))
    return area, whole


def _pixel_areas(lon_edges: Axis, lat_edges: Axis) -> NDArray[np.float64]:
    """Return the areas (pixel) of the pixels on the unit sphere."""
    width = np.radians(lon_edges[:, 1] - lon_edges[:, 0])
    height = np.diff(np.sin(np.radians(lat_edges)), axis=1)[:, 0]
    return np.outer(height, width).ravel()


def _nearest(points: Axis, centres: Axis, edges: Axis, *, closed: bool) -> Any:
    """Return weight 1 for the pixel (point, pixel) that holds each point."""
    order = np.argsort(edges[:, 0])
    begin, end = edges[order, 0], edges[order, 1]
    if closed:
        points = points - 360 * np.floor((points - begin[0]) / 360)
    found = np.searchsorted(begin, points, side="right") - 1
    inside = (found >= 0) & (points <= end[np.maximum(found, 0)])
    rows = np.flatnonzero(inside)
    shape = (points.size, centres.size)
    return scipy.sparse.csr_array((np.ones(rows.size), (rows, order[found[inside]])), shape)


def _linear(points: Axis, centres: Axis, edges: Axis, *, closed: bool) -> Any:
    """Return the weights (point, pixel) of linear interpolation.

    Between the last middle and the edge of the grid the last value holds; a grid that goes round
    the world continues at its other side.
    """
    order = np.argsort(centres)
    middles = centres[order]
    low, high = edges.min(), edges.max()
    if closed:
        points = points - 360 * np.floor((points - low) / 360)
    inside = np.flatnonzero((points >= low) & (points <= high))
    if closed and abs(high - low - 360) < (middles[1] - middles[0]) / 2:
        middles = np.concatenate([[middles[-1] - 360], middles, [middles[0] + 360]])
        order = np.concatenate([[order[-1]], order, [order[0]]])
    places = np.clip(points[inside], middles[0], middles[-1])
    left = np.clip(np.searchsorted(middles, places, side="right") - 1, 0, middles.size - 2)
    right_share = (places - middles[left]) / (middles[left + 1] - middles[left])
    weights = np.concatenate([1 - right_share, right_share])
    rows, columns = np.tile(inside, 2), np.concatenate([order[left], order[left + 1]])
    keep = weights > _SLIVER
    shape = (points.size, centres.size)
    return scipy.sparse.csr_array((weights[keep], (rows[keep], columns[keep])), shape)
