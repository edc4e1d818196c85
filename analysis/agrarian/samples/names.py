"""Names of features: `<band>_<step>`, and `<band>_<step>@<cell>` for the pixels round a sample."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_FEATURE: Final = re.compile(r"^(?P<band>.+?)_(?P<step>\d+)$")
_CELL: Final = re.compile(r"^(?P<name>.+)@(?P<cell>\d+)$")


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
    patch
        Side of the square of pixels round a sample.
    """

    names: tuple[str, ...]
    bands: tuple[str, ...]
    steps: int
    patch: int = 1

    @property
    def pixel(self) -> list[str]:
        """Features of the sample's own pixel, the middle of its square."""
        if self.patch == 1:
            return list(self.names)
        middle = f"@{self.patch**2 // 2 + 1}"
        return [one for one in self.names if one.endswith(middle)]


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
    if any("@" in one for one in names):
        return _patches(names)
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


def _patches(names: tuple[str, ...]) -> Layout:
    """Read the layout of squares of pixels."""
    cells: dict[str, dict[int, str]] = {}
    for name in names:
        part = _CELL.match(name)
        if part is None:
            return Layout(names, names, 1)
        cells.setdefault(part["name"], {})[int(part["cell"])] = name
    sizes = {tuple(sorted(one)) for one in cells.values()}
    side = math.isqrt(len(next(iter(sizes))))
    if sizes != {tuple(range(1, side**2 + 1))} or side % 2 == 0:
        return Layout(names, names, 1)
    inner = feature_layout(list(cells))
    ordered = tuple(cells[one][cell] for one in inner.names for cell in range(1, side**2 + 1))
    return Layout(ordered, inner.bands, inner.steps, side)
