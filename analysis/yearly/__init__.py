"""The course of a year: which slot of it a time belongs to, and compiled sums over the slots.

Whoever computes norms uses these: :mod:`analysis.features` on arrays, :mod:`analysis.cubes.norms`
on what is stored. Nothing here opens a file.
"""

from analysis.yearly.base import (
    MINIMUM,
    Base,
    base_ends,
    base_mask,
    check_minimum,
    check_times,
    period,
)
from analysis.yearly.kernels import finish, judge, pool, slot_sums
from analysis.yearly.season import BY, Season, season_of

__all__ = [
    "BY",
    "MINIMUM",
    "Base",
    "Season",
    "base_ends",
    "base_mask",
    "check_minimum",
    "check_times",
    "finish",
    "judge",
    "period",
    "pool",
    "season_of",
    "slot_sums",
]
