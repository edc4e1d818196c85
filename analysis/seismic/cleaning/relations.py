"""Published relations between magnitudes and moment magnitude, with their errors and ranges."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.spelling import did_you_mean


@dataclass(frozen=True)
class Piece:
    """One formula on a range of magnitudes.

    Parameters
    ----------
    low, high : float
        Range of the magnitude; the lower edge belongs to it, the upper one to the next piece or,
        of the last piece, to it.
    error : float
        Standard deviation of Mw; NaN where none is published.
    slope, intercept : float
        ``Mw = slope m + intercept``; used where `exponent` is None.
    exponent : tuple of float, optional
        (a, b, c) of ``Mw = exp(a + b m) + c``.
    """

    low: float
    high: float
    error: float
    slope: float = 1.0
    intercept: float = 0.0
    exponent: tuple[float, float, float] | None = None

    def convert(self, magnitude: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return Mw, whatever the range."""
        if self.exponent is None:
            return self.slope * magnitude + self.intercept
        a, b, c = self.exponent
        return np.exp(a + b * magnitude) + c


@dataclass(frozen=True)
class Relation:
    """A published conversion of one family of magnitudes to Mw.

    Parameters
    ----------
    name : str
        Author and year, as it stands in the column ``mw_from``.
    family : str
        Family of magnitudes (`magnitude_families`).
    citation : str
        Where it is published.
    pieces : tuple of Piece
        By ascending magnitude, without overlap.
    """

    name: str
    family: str
    citation: str
    pieces: tuple[Piece, ...]

    def __post_init__(self) -> None:
        """Refuse pieces that are empty or overlap."""
        edges = [edge for piece in self.pieces for edge in (piece.low, piece.high)]
        if not self.pieces or not all(np.isfinite(edges)) or edges != sorted(edges):
            msg = f"The ranges of {self.name} are {edges}; give finite ranges in ascending order."
            raise ValueError(msg)

    def convert(
        self, magnitude: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return Mw and its error, NaN outside the range.

        Parameters
        ----------
        magnitude : numpy.ndarray
            (n) magnitudes of the family.

        Returns
        -------
        tuple of numpy.ndarray
            (n) Mw, and (n) standard deviations (NaN also where none is published).

        Examples
        --------
        >>> mb, ms = find_relations("scordilis-2006")
        >>> mb.convert(np.array([3.4, 5.0]))[0]
        array([ nan, 5.28])
        """
        mw = np.full(magnitude.shape, np.nan)
        error = np.full(magnitude.shape, np.nan)
        for number, piece in enumerate(self.pieces):
            last = number == len(self.pieces) - 1
            inside = magnitude >= piece.low - 1e-9
            inside &= magnitude <= piece.high + 1e-9 if last else magnitude < piece.high - 1e-9
            mw[inside] = piece.convert(magnitude[inside])
            error[inside] = piece.error
        return mw, error


_SCORDILIS: Final = (
    "Scordilis (2006), Journal of Seismology 10, 225-236, doi:10.1007/s10950-006-9012-4"
)
_WEATHERILL: Final = (
    "Weatherill, Pagani and Garcia (2016), Geophysical Journal International 206, 1652-1676, "
    "doi:10.1093/gji/ggw232"
)
_DI_GIACOMO: Final = (
    "Di Giacomo et al. (2015), Physics of the Earth and Planetary Interiors 239, 33-47, "
    "doi:10.1016/j.pepi.2014.06.005"
)

RELATIONS: Final = MappingProxyType(
    {
        "scordilis-2006": (
            Relation("scordilis-2006", "mb", _SCORDILIS, (Piece(3.5, 6.2, 0.29, 0.85, 1.03),)),
            # published for 3.0-6.1 and 6.2-8.2 with magnitudes to 0.1: parted in the middle
            Relation(
                "scordilis-2006",
                "ms",
                _SCORDILIS,
                (Piece(3.0, 6.15, 0.17, 0.67, 2.07), Piece(6.15, 8.2, 0.20, 0.99, 0.08)),
            ),
        ),
        "weatherill-2016": (
            Relation(
                "weatherill-2016", "mb", _WEATHERILL, (Piece(3.5, 7.0, 0.283, 1.159, -0.659),)
            ),
            Relation(
                "weatherill-2016",
                "ms",
                _WEATHERILL,
                (Piece(3.5, 6.47, 0.159, 0.723, 1.798), Piece(6.47, 8.0, 0.187, 1.005, -0.026)),
            ),
        ),
        "di-giacomo-2015": (
            Relation(
                "di-giacomo-2015",
                "mb",
                _DI_GIACOMO,
                (Piece(4.0, 6.5, np.nan, exponent=(-4.664, 0.859, 4.555)),),
            ),
            Relation(
                "di-giacomo-2015",
                "ms",
                _DI_GIACOMO,
                (Piece(3.6, 8.0, np.nan, exponent=(-0.222, 0.233, 2.863)),),
            ),
        ),
    }
)
"""Name -> relations to GCMT Mw. `scordilis-2006` is for the bulletins of ISC and NEIC, all over the
globe; `weatherill-2016` for those of NEIC alone; `di-giacomo-2015` for the ISC-GEM catalogue, whose
paper states no error. None is for ML or Md: those differ from network to network."""


def find_relations(which: str | Relation | Iterable[Relation]) -> tuple[Relation, ...]:
    """Return relations by their name, or those given.

    Parameters
    ----------
    which : str, Relation or iterable of Relation
        A key of `RELATIONS`, or relations of one's own (for example of a regional ML).

    Returns
    -------
    tuple of Relation
        At most one for a family.

    Raises
    ------
    ValueError
        There is no such name, or a family has two relations.

    Examples
    --------
    >>> [one.family for one in find_relations("scordilis-2006")]
    ['mb', 'ms']
    """
    if isinstance(which, str):
        if which not in RELATIONS:
            msg = f"There are no relations {which!r}. {did_you_mean(which, RELATIONS)}"
            raise ValueError(msg)
        return RELATIONS[which]
    found = (which,) if isinstance(which, Relation) else tuple(which)
    families = [one.family for one in found]
    if len(set(families)) < len(families):
        msg = f"The relations are for {', '.join(families)}; give at most one for a family."
        raise ValueError(msg)
    return found
