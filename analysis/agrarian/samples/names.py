"""Names of features: `<band>_<step>`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_FEATURE: Final = re.compile(r"^(?P<band>.+?)_(?P<step>\d+)$")


@dataclass(frozen=True)
class Layout:
    """Which features are which band at which step.

    Attributes
    ----------
    names
        Features, all steps of the first band, then of the second.
    bands
        Bands, in the order of the table.
    steps
        Number of steps; 1 where the features are no series.
    """

    names: tuple[str, ...]
    bands: tuple[str, ...]
    steps: int


def feature_layout(columns: Sequence[str]) -> Layout:
    """Read bands and steps from the names of features.

    Parameters
    ----------
    columns
        Names of features in any order.

    Returns
    -------
    Layout
        Features that are not all `<band>_<step>` with the same steps for every band stay in their
        order, each a band of one step.

    Examples
    --------
    >>> feature_layout(["ndvi_10", "evi_2", "ndvi_2", "evi_10"]).names
    ('ndvi_2', 'ndvi_10', 'evi_2', 'evi_10')
    >>> feature_layout(["blue", "height_1"]).steps
    1
    """
    names = tuple(str(one) for one in columns)
    parts = [_FEATURE.match(one) for one in names]
    found: dict[str, dict[int, str]] = {}
    for name, part in zip(names, parts, strict=True):
        if part is None:
            return Layout(names, names, 1)
        found.setdefault(part["band"], {})[int(part["step"])] = name
    steps = {tuple(sorted(one)) for one in found.values()}
    if len(steps) != 1 or sum(map(len, found.values())) != len(names):
        return Layout(names, names, 1)
    order = next(iter(steps))
    ordered = tuple(found[band][step] for band in found for step in order)
    return Layout(ordered, tuple(found), len(order))
