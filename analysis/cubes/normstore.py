"""Norms of a cube on disk: their folders, arrays and description."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from analysis.cubes.errors import CubeBusyError, disk_full_of_norms, is_full
from analysis.cubes.journal import exclusive, sync_folder, write_durably
from analysis.cubes.layout import Layout
from analysis.cubes.snapshot import Snapshot
from analysis.cubes.storage import create_array
from analysis.yearly import Base, Season, base_ends

META = "norm.json"
FORMAT = 1
SUMS = ("count", "mean", "squares")
"""Number, mean and sum of squared deviations of the values of each slot alone."""
STATISTICS = ("mean", "std", "count")
"""Of each slot with its neighbours in the window."""

_TILE_BYTES = 150_000_000
_PIECE = 400  # rows and columns of a piece that is read at once, roughly
MOST_CELLS = 1_500_000
"""Cells that a picture is judged from; finer levels are left to smaller windows."""


@dataclass(frozen=True)
class NormKey:
    """What a norm is made of, for one variable of one cube.

    Attributes
    ----------
    variable
        Name of the variable.
    base
        Base period, as :func:`analysis.yearly.base_mask` reads it.
    season
        The division of the year.
    minimum
        Values below which there is no norm.
    """

    variable: str
    base: Base
    season: Season
    minimum: int

    @property
    def sums_name(self) -> str:
        """Name of the folder of the sums: the division and the base, to the second."""
        base = "all"
        if self.base is not None:
            ends = [str(one.astype("datetime64[s]")) for one in base_ends(self.base)]
            base = "-".join(one.replace("-", "").replace(":", "") for one in ends)
        return f"{self.season.by}{self.season.hours}-{base}"

    @property
    def name(self) -> str:
        """Name of the folder of the finished norm."""
        return f"{self.sums_name}-w{self.season.window}-m{self.minimum}"


def norms_folder(snapshot: Snapshot, variable: str) -> Path:
    """Folder of the norms of a variable: it goes when the data of the cube are replaced.

    Parameters
    ----------
    snapshot
        State of the cube.
    variable
        Name of the variable.

    Returns
    -------
    pathlib.Path
        It need not exist.
    """
    return snapshot.data / "norms" / variable


@dataclass(frozen=True)
class Tiling:
    """How the arrays of a norm are cut.

    Attributes
    ----------
    shape
        (slots, rows, columns).
    tile
        Rows and columns of one file, which holds all slots.
    piece
        Rows and columns of what is read at once, of one slot.
    """

    shape: tuple[int, int, int]
    tile: tuple[int, int]
    piece: tuple[int, int]

    def tiles(self) -> Iterator[tuple[slice, slice]]:
        """Rows and columns of each file."""
        _, rows, columns = self.shape
        for row in range(0, rows, self.tile[0]):
            for column in range(0, columns, self.tile[1]):
                yield (
                    slice(row, min(row + self.tile[0], rows)),
                    slice(column, min(column + self.tile[1], columns)),
                )


def tiling_of(layout: Layout, slots: int) -> Tiling:
    """Choose the cuts for a cube: whole files of its series, within bounded memory.

    Parameters
    ----------
    layout
        Of the cube.
    slots
        Slots of the year.

    Returns
    -------
    Tiling
        Tiles of a bounded number of bytes, as wide as they may be.

    Examples
    --------
    Monthly norms of a small cube lie in one file, read in one piece:

    >>> from analysis.cubes.layout import choose_layout
    >>> tiling_of(choose_layout((240, 180, 360)), 12)
    Tiling(shape=(12, 180, 360), tile=(180, 360), piece=(180, 360))
    """
    _, rows, columns = layout.shape
    unit = layout.series_file
    cells = max(1, _TILE_BYTES // (4 * len(SUMS) * slots * unit * unit))  # in files of series
    across = min(cells, -(-columns // unit))
    down = min(max(1, cells // across), -(-rows // unit))
    height, piece_rows = _cut(down, unit)
    width, piece_columns = _cut(across, unit)
    fit = (min(height, max(rows, 1)), min(width, max(columns, 1)))
    piece = (min(piece_rows, fit[0]), min(piece_columns, fit[1]))
    tile = (-(-fit[0] // piece[0]) * piece[0], -(-fit[1] // piece[1]) * piece[1])
    return Tiling((slots, rows, columns), tile, piece)


def _cut(units: int, unit: int) -> tuple[int, int]:
    """Return sizes of a tile and of its pieces, which fit into it."""
    per_piece = min(units, max(1, round(_PIECE / unit)))
    return units // per_piece * per_piece * unit, per_piece * unit


def create(folder: Path, names: tuple[str, ...], tiling: Tiling) -> dict[str, Any]:
    """Create the arrays (slot, latitude, longitude) of a norm, for writing.

    Parameters
    ----------
    folder
        Folder of the arrays.
    names
        Names of the arrays.
    tiling
        How they are cut.

    Returns
    -------
    dict
        Name -> handle.
    """
    outer = (tiling.shape[0], *tiling.tile)
    inner = (1, *tiling.piece)
    return {name: create_array(folder / name, tiling.shape, outer, inner) for name in names}


@contextmanager
def built_aside(final: Path, name: str, snapshot: Snapshot) -> Iterator[Path | None]:
    """Build a folder beside its place; it appears there in one step, or not at all.

    Parameters
    ----------
    final
        Where it belongs. If it is there already, there is nothing to do: None.
    name
        Name of the cube, for messages.
    snapshot
        State of the cube; a folder made of data that were replaced meanwhile is refused.

    Yields
    ------
    pathlib.Path or None
        An empty folder to fill, and to describe with :func:`write_meta`.

    Raises
    ------
    CubeBusyError
        Another process builds the same.
    DiskFullError
        The disk is full.
    ValueError
        The data of the cube were replaced.
    """
    final.parent.mkdir(parents=True, exist_ok=True)
    building = final.with_name(f"{final.name}.building")
    try:
        with _alone(final.with_name(f"{final.name}.lock"), name):
            if (final / META).is_file():
                yield None
                return
            shutil.rmtree(building, ignore_errors=True)
            building.mkdir()
            yield building
            check_there(snapshot)
            building.rename(final)
            sync_folder(final.parent)
    except (OSError, ValueError) as error:
        shutil.rmtree(building, ignore_errors=True)
        if is_full(error):
            raise disk_full_of_norms(name) from error
        raise


@contextmanager
def _alone(path: Path, name: str) -> Iterator[None]:
    try:
        with exclusive(path, name):
            yield
    except CubeBusyError as error:
        message = f"Another process is making this norm of the cube {name!r}; wait until it ends."
        raise CubeBusyError(message) from error


def check_there(snapshot: Snapshot) -> None:
    """Refuse data that were replaced: what is gone reads as missing.

    Parameters
    ----------
    snapshot
        State of the cube.

    Raises
    ------
    ValueError
        Its data are no longer there.
    """
    if not (snapshot.data / "meta.json").is_file():
        message = f"The cube {snapshot.meta.name!r} was replaced while its norm was made; "
        raise ValueError(message + "make the norm again.")


def write_meta(folder: Path, tiling: Tiling, **more: Any) -> None:
    """Describe a finished folder.

    Parameters
    ----------
    folder
        Folder of the arrays.
    tiling
        How they are cut.
    more
        Further values that JSON can hold.
    """
    stored = {"format": FORMAT, "shape": tiling.shape, "tile": tiling.tile, "piece": tiling.piece}
    write_durably(folder / META, json.dumps({**stored, **more}))


def read_norm_meta(folder: Path) -> dict[str, Any] | None:
    """Read the description of a finished folder.

    Parameters
    ----------
    folder
        Folder of the arrays.

    Returns
    -------
    dict or None
        None where there is none, or one that another version wrote.

    Raises
    ------
    ValueError
        The file is damaged.
    """
    try:
        stored = json.loads((folder / META).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except json.JSONDecodeError as error:
        message = f"The norm at {folder} is damaged; delete this folder, it is made again."
        raise ValueError(message) from error
    return stored if stored.get("format") == FORMAT else None


def coarsest(shape: tuple[int, int]) -> int:
    """Return the level of the pyramid from which on a whole map has few enough cells.

    Parameters
    ----------
    shape
        Rows and columns of the finest level.

    Returns
    -------
    int
        0 where the finest level will do.

    Examples
    --------
    >>> coarsest((720, 1440)), coarsest((3600, 7200))
    (0, 3)
    """
    rows, columns = shape
    return max(0, math.ceil(math.log2(rows * columns / MOST_CELLS) / 2)) if rows * columns else 0


Progress = Callable[[int, int], None]
Floats32 = np.ndarray[Any, np.dtype[np.float32]]
