"""Classify a cube of any size tile by tile: stopped at any moment, it goes on where it was."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, Final

import xarray as xr

from analysis.agrarian.legends import legend_of
from analysis.agrarian.mapping.features import labels_of, plan
from analysis.agrarian.mapping.grid import Grid, grid_of
from analysis.agrarian.mapping.job import Job, about, classify_tile, fingerprint
from analysis.agrarian.mapping.layers import one_thread
from analysis.agrarian.mapping.running import Progress, Work, make_map

MOST_PIXELS: Final = 1_048_576
"""Pixels of the largest tile."""
_SIDE: Final = 512


def classify(  # noqa: PLR0913 - each is a choice of the caller
    cube: xr.Dataset,
    fitted: Any,
    out: Any = None,
    *,
    bands: Sequence[str] | None = None,
    steps: Sequence[int] | slice | None = None,
    workers: int = 1,
    resume: bool = True,
    overwrite: bool = False,
    progress: Progress | None = None,
    cancel: Callable[[], bool] | None = None,
    mask: xr.DataArray | None = None,
    crs: Any = None,
    tile: int | None = None,
    least: float = 0.0,
    gaps: str = "auto",
) -> xr.Dataset:
    """Give every pixel of a cube its class, the probabilities of all, and the uncertainty.

    Parameters
    ----------
    cube : xarray.Dataset
        Variables (time, row, column), lazy or not; rows named latitude, lat or y, columns
        longitude, lon or x. Without time the bands are the features.
    fitted : estimator
        Fitted, with ``predict_proba`` and classes: one of ``CLASSIFIERS`` or any of scikit-learn.
    out : path, optional
        Folder of the map (Zarr), or a file ``.tif``: the class as a cloud-optimised GeoTIFF with
        colours and names, beside it the other layers (``_probability``, ``_entropy``,
        ``_margin``) and the folder ``.zarr``. Without it the map stays in memory.
    bands, steps : sequence, optional
        Variables, and positions in time that are the steps 1, 2, ... of the model.
    workers : int
        Threads; the map does not depend on their number.
    resume : bool
        Go on with what an interrupted run of the same cube and model wrote.
    overwrite : bool
        Replace a finished map of another cube or model.
    progress : callable, optional
        Told the tiles done, all tiles, and a text.
    cancel : callable, optional
        Asked between tiles; True ends the work, what is finished stays.
    mask : xarray.DataArray of bool, optional
        (row, column) on the same grid; False: no data.
    crs : optional
        Coordinate reference system, where the cube does not state it.
    tile : int, optional
        Rows and columns of a tile; by default as the cube's chunks lie.
    least : float
        Least probability of the best class; below it the code is 255.
    gaps : str
        What to do with a pixel that lacks some of its values: "nodata", or "model", which must
        know what to do; "auto": "model" for those of ``CLASSIFIERS``, which fill gaps as they
        learnt. A pixel without any value has no data in either case.

    Returns
    -------
    xarray.Dataset
        ``class`` uint8 (0 no data, n the n-th of ``attrs["classes"]``, 255 rejected),
        ``probability`` (label, row, column), ``entropy`` and ``margin`` uint16, of 10,000 with
        65,535 for no data. Lazy where it lies on disk.

    Raises
    ------
    ValueError
        The model and the cube do not fit, the cube has no coordinate reference system, the mask
        lies on another grid, or another map is there.
    Cancelled
        ``cancel`` said so.
    analysis.cubes.CubeBusyError
        Another process writes the same map.

    Examples
    --------
    >>> from sklearn.naive_bayes import GaussianNB
    >>> axes = {"latitude": [50.0, 51.0], "longitude": [60.0, 61.0]}
    >>> cube = xr.Dataset({"ndvi": (tuple(axes), [[0.1, 0.8], [float("nan"), 0.7]])}, axes)
    >>> model = GaussianNB().fit([[0.1], [0.2], [0.7], [0.9]], ["soil", "soil", "wood", "wood"])
    >>> land = classify(cube, model)
    >>> land["class"].to_numpy().tolist(), land.attrs["classes"]
    ([[1, 2], [0, 2]], ['soil', 'wood'])
    """
    if not 0.0 <= least <= 1.0:
        raise ValueError(f"The least probability is {least}; it is between 0 and 1.")
    if gaps not in ("auto", "nodata", "model"):
        raise ValueError(f"gaps={gaps!r}; it is 'auto', 'nodata' or 'model'.")
    grid = grid_of(cube, crs)
    legend = legend_of(labels_of(fitted))
    features = plan(cube, fitted, grid.dims, bands, steps)
    own = "model" if hasattr(fitted, "filling") else "nodata"
    job = Job(
        *(cube, fitted, grid, features, _on_grid(mask, grid), least),
        gaps=own if gaps == "auto" else gaps,
        halo=int(getattr(fitted, "halo", 0)),
    )
    size = _tile_size(cube[list(features.bands)], grid, tile)
    with one_thread(fitted):
        work = Work(
            *(grid, legend, size, functools.partial(classify_tile, job)),
            key=fingerprint(job, legend, size),
            attrs=about(job),
        )
        return make_map(
            *(work, out),
            workers=workers,
            resume=resume,
            overwrite=overwrite,
            progress=progress,
            cancel=cancel,
        )


def _tile_size(cube: xr.Dataset, grid: Grid, wanted: int | None) -> tuple[int, int]:
    """Rows and columns of a tile: whole chunks of the cube, at most MOST_PIXELS."""
    if wanted is not None:
        if wanted < 1:
            raise ValueError(f"tile={wanted}; it is 1 or more.")
        return min(wanted, grid.shape[0]), min(wanted, grid.shape[1])
    chunks = [
        max(
            (one.chunksizes[dim][0] for one in cube.data_vars.values() if one.chunks), default=_SIDE
        )
        for dim in grid.dims
    ]
    rows, columns = (min(part, size) for part, size in zip(chunks, grid.shape, strict=True))
    if rows * columns > MOST_PIXELS:
        return min(rows, 1024), min(columns, 1024)
    # Small chunks are read together: several make a tile of about _SIDE pixels a side.
    many = [max(1, _SIDE // part) for part in (rows, columns)]
    return min(rows * many[0], grid.shape[0]), min(columns * many[1], grid.shape[1])


def _on_grid(mask: xr.DataArray | None, grid: Grid) -> xr.DataArray | None:
    if mask is None:
        return None
    if set(mask.dims) != set(grid.dims) or mask.dtype != bool:
        raise ValueError(
            f"The mask has the dimensions {mask.dims} and the type {mask.dtype}; it has "
            f"{grid.dims} and bool."
        )
    ordered = mask.transpose(*grid.dims)
    if ordered.shape != grid.shape:
        raise ValueError(f"The mask has the shape {ordered.shape}, the cube {grid.shape}.")
    return ordered
