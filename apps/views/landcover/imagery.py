"""Imagery that can be classified: cubes with several steps in a year, and their years."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from analysis.cubes import Cube
from analysis.sources import entry, list_sources
from analysis.sources.roles import role
from apps.views import atlas

LEAST_STEPS = 6
"""Steps in a year without which a class cannot be told by its course."""

FIRST = ("landcover_simulated", "vegetation_simulated")
"""Packaged imagery in the order in which it is offered."""

REFLECTANCE = ("blue", "green", "red", "nir", "swir", "swir16", "swir22", "ndvi", "evi")

GREENS = (
    "#f6f0c4", "#e6e49b", "#cddb7a", "#a9cc66", "#82ba58", "#5aa54e", "#358c46", "#1a703b",
    "#0a5530", "#033b24",
)  # fmt: skip
GREYS = ("#111111", "#555555", "#999999", "#dddddd", "#ffffff")
"""Colours of a vegetation index, and of any other band, from low to high."""


@dataclass(frozen=True)
class Imagery:
    """One cube that can be classified."""

    key: str
    cube: Cube
    titles: dict[str, str]
    citation: str
    licence: str
    bands: tuple[str, ...]
    names: dict[str, dict[str, str]]

    @property
    def simulated(self) -> bool:
        """Whether any band is made up."""
        return any(bool(self.cube.attrs(band).get("simulated")) for band in self.bands)

    def title(self, language: str) -> str:
        """Return the source's title in the reader's language."""
        return self.titles.get(language) or self.titles["en"]

    def share_within(self, places: Any) -> float:
        """Return the share of the imagery's area, on the sphere, in the box of some places.

        Parameters
        ----------
        places : pandas.DataFrame
            With longitude and latitude; 1 for none.

        Returns
        -------
        float
            From 0 to 1.
        """
        if not len(places):
            return 1.0
        west, south, east, north = self.cube.bounds
        longitude = (places["longitude"].to_numpy(float) - west) % 360.0
        across = (longitude.max() - longitude.min()) / ((east - west) % 360.0 or 360.0)
        low, high = places["latitude"].min(), places["latitude"].max()
        band = np.sin(np.radians([south, north, max(low, south), min(high, north)]))
        return float(np.clip(across * (band[3] - band[2]) / (band[1] - band[0]), 0.0, 1.0))

    def band_name(self, band: str, language: str) -> str:
        """Return a band's name in the reader's language."""
        names = self.names.get(band, {})
        return names.get(language) or names.get("en") or band

    @cached_property
    def _calendar(self) -> dict[int, list[int]]:
        """Return year -> positions of its steps, years with the usual number of them only."""
        return calendar(self.cube.times)

    @property
    def years(self) -> list[int]:
        """Years that can be classified, the first one first."""
        return list(self._calendar)

    def positions(self, year: int) -> list[int]:
        """Return the positions of a year's steps.

        Raises
        ------
        ValueError
            The imagery has not that year.
        """
        if year not in self._calendar:
            have = f"{self.years[0]} to {self.years[-1]}"
            raise ValueError(f"The imagery {self.key!r} has no whole year {year}; it has {have}.")
        return self._calendar[year]

    def dates(self, year: int) -> pd.DatetimeIndex:
        """Return the middles of the steps of a year."""
        where = self.positions(year)
        bounds = self.cube.time_bounds
        times = pd.DatetimeIndex(self.cube.times[where])
        if bounds is None:
            return times
        low, high = (pd.DatetimeIndex(bounds[where, side]) for side in (0, 1))
        return pd.DatetimeIndex(low + (high - low) / 2)

    def season(self, year: int) -> xr.Dataset:
        """Return all bands of a year, lazily: (time, latitude, longitude)."""
        return self.cube.dataset()[list(self.bands)].isel(time=self.positions(year))

    def meets(self, corners: Sequence[tuple[float, float]]) -> bool:
        """Whether a point, or the box round the corners of an area, has a part in the imagery."""
        west, south, east, north = self.cube.bounds
        lon, lat = zip(*corners, strict=True)
        across = west > east or (max(lon) >= west and min(lon) <= east)
        return bool(across and max(lat) >= south and min(lat) <= north)

    @property
    def cells(self) -> int:
        """Number of pixels."""
        return len(self.cube.latitudes) * len(self.cube.longitudes)


def calendar(times: Any) -> dict[int, list[int]]:
    """Sort steps by year; years that lack steps which most years have are left out.

    >>> days = pd.date_range("2019-01-01", "2021-03-01", freq="MS").to_numpy()
    >>> {year: len(steps) for year, steps in calendar(days).items()}
    {2019: 12, 2020: 12}
    """
    years = np.asarray(times).astype("datetime64[Y]").astype(int) + 1970
    counts = Counter(int(year) for year in years)
    usual = max(Counter(counts.values()).items(), key=lambda pair: (pair[1], pair[0]))[0]
    usual = usual if usual >= LEAST_STEPS else max(counts.values())
    if usual < LEAST_STEPS:
        return {}
    return {
        year: [int(place) for place in np.flatnonzero(years == year)]
        for year in sorted(counts)
        if counts[year] == usual
    }


def imageries() -> dict[str, Imagery]:
    """Return the cubes that can be classified by their names; reflectances come first."""
    layers = atlas.grid_layers()
    bands: dict[str, list[atlas.GridLayer]] = {}
    for layer in layers.values():
        cube = layer.cube
        if not cube.static and role(cube.attrs(layer.variable)) is None:
            bands.setdefault(cube.name, []).append(layer)
    found = []
    for name, members in bands.items():
        first = members[0]
        order = {band: place for place, band in enumerate(first.cube.variables)}
        members = sorted(members, key=lambda one: order[one.variable])
        made = Imagery(
            name,
            first.cube,
            first.titles,
            first.citation,
            first.licence,
            tuple(one.variable for one in members),
            {one.variable: dict(one.info.names) for one in members},
        )
        if made.years and _suits(made):
            found.append(made)
    return {one.key: one for one in sorted(found, key=_rank)}


def _suits(one: Imagery) -> bool:
    """Whether land shows itself in it: a band of the surface, or imagery of one's own."""
    known = {str(name) for name in list_sources()["name"]}
    own = one.key not in known or entry(one.key).access == "user"
    return own or any(band in REFLECTANCE for band in one.bands)


def _rank(one: Imagery) -> tuple[bool, int, bool, int, str]:
    surface = any(band in REFLECTANCE for band in one.bands)
    packaged = FIRST.index(one.key) if one.key in FIRST else len(FIRST)
    return not surface, packaged, one.simulated, -len(one.bands), one.key
