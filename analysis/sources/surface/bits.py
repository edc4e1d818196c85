"""Bit fields of quality flags, and which values each level of screening keeps.

Tables of the providers: MODIS Land Surface Temperature Products Users' Guide (Wan, collection 6)
for ``MOD11``; VNP21A1 file specification (LAADS, version 1; the same bits in version 2) for
``VNP21``; MODIS Vegetation Index User's Guide (Didan et al.) for ``MOD13``; Landsat 8-9 Collection
2 Level 2 Science Product Guide (USGS, LSDS-1619) for ``LANDSAT``. The sense of some fields is the
other way round in VNP21: there the accuracy 0 is the worst.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from analysis.spelling import did_you_mean

LEVELS: Final = ("best", "good", "all")
"""Levels of screening: only the best, what is good enough for most uses, all that was produced."""


@dataclass(frozen=True)
class Field:
    """Some neighbouring bits of a flag.

    Attributes
    ----------
    name : str
        What they tell.
    first : int
        Lowest bit, counted from 0.
    count : int
        How many bits.
    meanings : tuple of str
        Of the values 0, 1, ...
    """

    name: str
    first: int
    count: int
    meanings: tuple[str, ...]


Keeps = Callable[[NDArray[Any]], NDArray[np.bool_]]


@dataclass(frozen=True)
class Flag:
    """A flag of a product: its fields, and what each level of screening keeps.

    Attributes
    ----------
    name : str
        Product family.
    fields : tuple of Field
        Its parts.
    keeps : mapping of str to callable
        Level -> function from whole flags to whether the value is kept.
    """

    name: str
    fields: tuple[Field, ...]
    keeps: Mapping[str, Keeps]

    def attrs(self) -> dict[str, Any]:
        """Attributes of a variable that holds such flags, after the CF conventions."""
        masks, values, words = [], [], []
        for one in self.fields:
            for value, meaning in enumerate(one.meanings):
                masks.append(((1 << one.count) - 1) << one.first)
                values.append(value << one.first)
                words.append(f"{one.name}_{meaning}".replace(" ", "_"))
        return {
            "role": "quality",
            "units": "1",
            "flag_masks": np.array(masks, dtype=np.int32),
            "flag_values": np.array(values, dtype=np.int32),
            "flag_meanings": " ".join(words),
        }


def field(flags: NDArray[Any], first: int, count: int = 1) -> NDArray[Any]:
    """Take some bits out of flags.

    Parameters
    ----------
    flags : array of int
        Any shape.
    first : int
        Lowest bit, counted from 0.
    count : int, optional
        How many bits.

    Returns
    -------
    array of int
        The same shape, from 0 to 2**count - 1.

    Examples
    --------
    All fields together are the flag again:

    >>> flag = np.array([0b10_01_00_11])
    >>> [int(field(flag, first, 2)[0]) for first in (6, 4, 2, 0)]
    [2, 1, 0, 3]
    """
    return (flags >> first) & ((1 << count) - 1)


def keep(flag: Flag, flags: NDArray[Any], level: str) -> NDArray[np.bool_]:
    """Tell which values a level of screening keeps.

    Parameters
    ----------
    flag : Flag
        Table of the product.
    flags : array
        Flags, any shape; NaN where there are none (never kept).
    level : str
        One of :data:`LEVELS`.

    Returns
    -------
    array of bool
        The same shape.

    Raises
    ------
    ValueError
        The level is none of the allowed.

    Examples
    --------
    In MOD11, 0 is the best flag, 65 an error of at most 2 K, 145 of at most 3 K, 2 cloud:

    >>> keep(MOD11, np.array([0, 65, 145, 2]), "good").tolist()
    [True, True, False, False]
    """
    check_level(level)
    given = np.asarray(flags)
    if given.dtype.kind in "iu":
        return np.asarray(flag.keeps[level](given))
    there = np.isfinite(given)
    whole = np.where(there, given, 0).astype(np.int64)
    return np.asarray(there & flag.keeps[level](whole))


def check_level(level: str) -> None:
    """Refuse a level of screening that does not exist.

    Parameters
    ----------
    level : str
        As given by a user.

    Raises
    ------
    ValueError
        It is none of :data:`LEVELS`.

    Examples
    --------
    >>> check_level("good")
    """
    if level not in LEVELS:
        raise ValueError(f"There is no quality {level!r}. {did_you_mean(str(level), LEVELS)}")


_MANDATORY: Final = Field("mandatory", 0, 2, ("good", "other", "cloud", "not_produced"))

MOD11: Final = Flag(
    "MOD11",
    (
        _MANDATORY,
        Field("data", 2, 2, ("good", "other", "undefined_2", "undefined_3")),
        Field("emissivity_error", 4, 2, ("up_to_0.01", "up_to_0.02", "up_to_0.04", "above_0.04")),
        Field("lst_error", 6, 2, ("up_to_1K", "up_to_2K", "up_to_3K", "above_3K")),
    ),
    {
        "best": lambda q: field(q, 0, 2) == 0,
        "good": lambda q: (field(q, 0, 2) == 0) | ((field(q, 0, 2) == 1) & (field(q, 6, 2) <= 1)),
        "all": lambda q: np.ones(q.shape, dtype=bool),
    },
)
"""8 bits of MOD11 and MYD11, tiles and climate grids."""

VNP21: Final = Flag(
    "VNP21",
    (
        _MANDATORY,
        Field("data", 2, 2, ("good", "missing", "fairly_calibrated", "poorly_calibrated")),
        Field("cloud", 4, 2, ("free", "thin_cirrus", "near_cloud", "cloudy")),
        Field("iterations", 6, 2, ("slow", "6", "5", "fast")),
        Field("opacity", 8, 2, ("from_0.3", "0.2_to_0.3", "0.1_to_0.2", "below_0.1")),
        Field("contrast", 10, 2, ("above_0.15", "0.1_to_0.15", "0.03_to_0.1", "below_0.03")),
        Field("emissivity_error", 12, 2, ("above_0.02", "0.015_to_0.02", "to_0.015", "to_0.01")),
        Field("lst_error", 14, 2, ("above_2K", "1.5_to_2K", "1_to_1.5K", "below_1K")),
    ),
    {
        "best": lambda q: field(q, 0, 2) == 0,
        "good": lambda q: (
            (field(q, 0, 2) == 0)
            | ((field(q, 0, 2) == 1) & (field(q, 4, 2) == 0) & (field(q, 14, 2) >= 1))
        ),
        "all": lambda q: np.ones(q.shape, dtype=bool),
    },
)
"""16 bits of VNP21A1 and VJ121A1, day and night."""

MOD13: Final = Flag(
    "MOD13",
    (Field("reliability", 0, 2, ("good", "marginal", "snow_or_ice", "cloudy")),),
    {
        "best": lambda q: q == 0,
        "good": lambda q: (q == 0) | (q == 1),
        "all": lambda q: np.ones(q.shape, dtype=bool),
    },
)
"""Pixel reliability of MOD13 and MYD13: a value, not bits; -1 and 255 are fill."""

LANDSAT: Final = Flag(
    "LANDSAT",
    (
        Field("fill", 0, 1, ("no", "yes")),
        Field("dilated_cloud", 1, 1, ("no", "yes")),
        Field("cirrus", 2, 1, ("no", "yes")),
        Field("cloud", 3, 1, ("no", "yes")),
        Field("cloud_shadow", 4, 1, ("no", "yes")),
        Field("snow", 5, 1, ("no", "yes")),
        Field("clear", 6, 1, ("no", "yes")),
        Field("water", 7, 1, ("no", "yes")),
        Field("cloud_confidence", 8, 2, ("none", "low", "medium", "high")),
        Field("shadow_confidence", 10, 2, ("none", "low", "reserved", "high")),
        Field("snow_confidence", 12, 2, ("none", "low", "reserved", "high")),
        Field("cirrus_confidence", 14, 2, ("none", "low", "reserved", "high")),
    ),
    {
        "best": lambda q: (field(q, 0, 5) == 0) & (field(q, 8, 2) <= 1) & (field(q, 5) == 0),
        "good": lambda q: field(q, 0, 5) == 0,
        "all": lambda q: field(q, 0) == 0,
    },
)
"""16 bits of ``QA_PIXEL`` of Landsat 8 and 9, collection 2."""
