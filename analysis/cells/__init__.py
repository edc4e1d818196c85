"""Space-time cells, and anything aligned to them."""

from analysis.cells.align import align
from analysis.cells.cells import Cells
from analysis.cells.lattice import Lattice

__all__ = ["Cells", "Lattice", "align"]
