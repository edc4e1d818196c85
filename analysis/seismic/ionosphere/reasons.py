"""Why a value of the ionosphere is set aside: one bit for each reason."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

REASONS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "kp": 1,
        "dst": 2,
        "f107": 4,
        "activity_unknown": 8,
        "light_or_local_time": 16,
        "magnetic_latitude": 32,
        "orbit_direction": 64,
        "few_quiet_days": 128,
        "no_value": 256,
    }
)
"""Reason -> bit: Kp, Dst or F10.7 beyond its limit now or in the hours before; one of them is not
known; outside of the local time or light asked for; outside of the magnetic latitudes; the other
direction of the orbit; too few quiet days for a reference; no value in the data."""

DISTURBED: Final = 1 | 2 | 4 | 8
"""Reasons for which a time cannot be part of a quiet reference either."""


def flag_attrs() -> dict[str, Any]:
    """Attributes that say what the bits mean, in the words of the CF conventions.

    Returns
    -------
    dict

    Examples
    --------
    >>> flag_attrs()["flag_meanings"].split()[:2], flag_attrs()["flag_masks"][:2].tolist()
    (['kp', 'dst'], [1, 2])
    """
    return {
        "role": "quality",
        "units": "1",
        "long_name": "Why a value is set aside",
        "flag_masks": np.array(list(REASONS.values()), np.int16),
        "flag_meanings": " ".join(REASONS),
    }


def explain(bits: Any) -> dict[str, int]:
    """Count the values that are set aside, by reason; one value may have several.

    Parameters
    ----------
    bits : array-like of int
        Sums of `REASONS`.

    Returns
    -------
    dict
        Reason -> number of values, and ``kept`` -> number of values without any.

    Examples
    --------
    >>> explain([0, 3, 2])["dst"], explain([0, 3, 2])["kept"]
    (2, 1)
    """
    array: NDArray[np.int64] = np.asarray(bits).astype(np.int64)
    counts = {name: int(np.count_nonzero(array & bit)) for name, bit in REASONS.items()}
    return {**counts, "kept": int(np.count_nonzero(array == 0))}
