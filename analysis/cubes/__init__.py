"""Normalised grids on disk: written once, read at a click, at any zoom."""

from analysis.cubes.cube import Cube
from analysis.cubes.errors import (
    CannotAppendError,
    CubeBusyError,
    CubeNotFoundError,
    DiskFullError,
    OutsideGridError,
)
from analysis.cubes.ingestion import ingest
from analysis.cubes.names import list_cubes
from analysis.cubes.registry import open_cube

__all__ = [
    "CannotAppendError",
    "Cube",
    "CubeBusyError",
    "CubeNotFoundError",
    "DiskFullError",
    "OutsideGridError",
    "ingest",
    "list_cubes",
    "open_cube",
]
