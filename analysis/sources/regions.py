"""The packaged regions of interest, the same for every page and the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import yaml

from analysis.spelling import did_you_mean

_FILE = Path(__file__).with_name("regions.yml")


@dataclass(frozen=True)
class Region:
    """A rectangle on the globe.

    ``west > east`` means that it crosses 180 degrees. ``names`` has a name in kk, ru and en.
    """

    key: str
    names: Mapping[str, str]
    west: float
    south: float
    east: float
    north: float

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees."""
        return self.west, self.south, self.east, self.north

    @property
    def crosses_date_line(self) -> bool:
        """Whether the region runs over 180 degrees."""
        return self.west > self.east

    def contains(self, longitude: float, latitude: float) -> bool:
        """Whether a point lies inside or on the edge; any longitude is accepted.

        Examples
        --------
        >>> ring = region("pacific_ring")
        >>> ring.contains(-179.0, 51.0), ring.contains(181.0, 51.0), ring.contains(20.0, 51.0)
        (True, True, False)
        """
        east = (longitude + 180.0) % 360.0 - 180.0
        if self.crosses_date_line:
            inside = east >= self.west or east <= self.east
        else:
            inside = self.west <= east <= self.east
        return inside and self.south <= latitude <= self.north


def _read() -> Mapping[str, Region]:
    rows = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return MappingProxyType(
        {
            key: Region(key, MappingProxyType(row["names"]), *map(float, row["bounds"]))
            for key, row in rows.items()
        }
    )


REGIONS: Mapping[str, Region] = _read()
"""Key -> region, in the order in which they are offered."""


def region(name: str) -> Region:
    """Find a region by its key or by its name in any language.

    Parameters
    ----------
    name : str
        For example "japan" or "Жапония"; case does not matter.

    Returns
    -------
    Region
        One of `REGIONS`.

    Raises
    ------
    ValueError
        No region is called so; the message proposes one.

    Examples
    --------
    >>> region("Камчатка").bounds
    (150.0, 46.0, 172.0, 63.0)
    >>> region("calfornia")
    Traceback (most recent call last):
    ...
    ValueError: There is no region 'calfornia'. Did you mean 'california'?
    """
    wanted = name.strip().casefold()
    for one in REGIONS.values():
        if wanted == one.key or wanted in (text.casefold() for text in one.names.values()):
            return one
    raise ValueError(f"There is no region {name!r}. {did_you_mean(name, REGIONS)}")
