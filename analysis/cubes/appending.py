"""New time steps behind those of a cube: what it holds is not read from its source again."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import xarray as xr

from analysis.cubes.build import Progress
from analysis.cubes.cube import Cube
from analysis.cubes.errors import CannotAppendError
from analysis.cubes.ingestion import ingest
from analysis.cubes.names import META, cubes_folder
from analysis.cubes.registry import open_cube
from analysis.sources.fetching import records


def renew(
    source_or_dataset: str | xr.Dataset,
    name: str,
    fetched: Iterable[Path],
    progress: Progress | None = None,
) -> Cube:
    """Bring a cube up to date after files were fetched, in the cheapest way that is right.

    Where all of them are later than its last step, their steps are put behind it; else, and where
    the grid has changed, the whole source is read again.

    Parameters
    ----------
    source_or_dataset : str or xarray.Dataset
        As for :func:`analysis.cubes.ingest`.
    name : str
        Name of the cube; it is made where there is none.
    fetched : iterable of pathlib.Path
        Files that came since the cube was made.
    progress : callable, optional
        Called with (done, total).

    Returns
    -------
    Cube
    """
    if (cubes_folder() / name / META).is_file() and _all_later(fetched, open_cube(name)):
        try:
            return ingest(source_or_dataset, name, append=True, progress=progress)
        except CannotAppendError:
            pass  # another grid: it has to be made anew
    return ingest(source_or_dataset, name, overwrite=True, progress=progress)


def _all_later(fetched: Iterable[Path], cube: Cube) -> bool:
    """Whether the record of each file states a day after the last step of a cube."""
    if cube.static:
        return False
    last = cube.times[-1].astype("datetime64[D]")
    dates = [records.read(path.parent).get(path.name, {}).get("date", "") for path in fetched]
    return bool(dates) and all(one and np.datetime64(one[:10]) > last for one in dates)
