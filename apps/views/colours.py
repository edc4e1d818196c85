"""Colour maps by name, indices for the map image, limits from stored percentiles."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import cmocean
import colorcet
import numpy as np
import numpy.typing as npt

# (name, who it suits): perceptually uniform, safe for colour-blind eyes
SEQUENTIAL = (
    "cmocean:thermal",
    "cmocean:haline",
    "cmocean:deep",
    "cmocean:speed",
    "colorcet:bmy",
    "colorcet:gouldian",
    "colorcet:kbc",
    "colorcet:gray",
)
DIVERGING = ("cmocean:balance", "cmocean:delta", "colorcet:coolwarm", "colorcet:gwv")
COLORMAPS = SEQUENTIAL + DIVERGING + ("cmocean:topo", "colorcet:bgy", "cmocean:algae")

# one per magnitude class of analysis.seismic.raster: below 4, 4, 5, 6, 7, 8 and more
EVENT_COLOURS = ("#fff7bc", "#fee391", "#fec44f", "#fe8429", "#d7301f", "#7f0000")


@lru_cache(maxsize=64)
def palette(name: str, count: int = 255) -> tuple[str, ...]:
    """Return `count` hex colours of a map written ``package:name``.

    Raises
    ------
    ValueError
        If the package or the name is unknown.

    >>> len(palette("cmocean:thermal")), palette("colorcet:gray", 2)[0]
    (255, '#000000')
    """
    package, _, short = name.partition(":")
    if package == "cmocean" and short in cmocean.cm.cmap_d:
        colours = cmocean.cm.cmap_d[short](np.linspace(0, 1, count))
        return tuple(
            "#{:02x}{:02x}{:02x}".format(*(round(255 * float(part)) for part in colour[:3]))
            for colour in colours
        )
    if package == "colorcet" and short in colorcet.palette:
        colours = colorcet.palette[short]
        return tuple(
            colours[index] for index in np.linspace(0, len(colours) - 1, count).astype(int)
        )
    raise ValueError(f"unknown colour map {name!r}; allowed: {', '.join(COLORMAPS)}")


def colour_indices(values: npt.NDArray[Any], low: float, high: float) -> npt.NDArray[np.uint8]:
    """Turn values into 1..255 between the limits, 0 where there is no value.

    >>> colour_indices(np.array([[np.nan, 0.0, 5.0, 10.0, 99.0]], "float32"), 0.0, 10.0)
    array([[  0,   1, 128, 255, 255]], dtype=uint8)
    """
    span = (high - low) or 1.0
    scaled = (values - np.float32(low)) * np.float32(254.0 / span) + np.float32(1.5)
    empty = np.isnan(scaled)
    np.clip(scaled, 1, 255.5, out=scaled)
    scaled[empty] = 0
    return scaled.astype(np.uint8)


def default_limits(percentiles: tuple[float, float], centre: float | None) -> tuple[float, float]:
    """Return the colour range: stored percentiles, symmetric about `centre` if there is one.

    >>> default_limits((-2.0, 7.0), 0.0)
    (-7.0, 7.0)
    >>> default_limits((3.0, 3.0), None)
    (2.5, 3.5)
    """
    low, high = (float(value) for value in percentiles)
    if not (np.isfinite(low) and np.isfinite(high)):
        return 0.0, 1.0
    if centre is not None:
        half = max(abs(low - centre), abs(high - centre))
        low, high = centre - half, centre + half
    if low == high:
        low, high = low - 0.5, high + 0.5
    return low, high


def gradient(name: str) -> str:
    """Return the colour map as a CSS linear gradient, low on the left."""
    return f"linear-gradient(to right, {', '.join(palette(name, 17))})"


def colormap_names(_: Callable[[str], str]) -> dict[str, str]:
    """Return what each colour map looks like, in the reader's language -> its name."""
    return {
        _("dark blue – orange – yellow"): "cmocean:thermal",
        _("dark blue – green – pale yellow"): "cmocean:haline",
        _("pale yellow – green – dark blue"): "cmocean:deep",
        _("pale yellow – dark green"): "cmocean:speed",
        _("blue – magenta – yellow"): "colorcet:bmy",
        _("violet – green – yellow"): "colorcet:gouldian",
        _("black – blue – cyan"): "colorcet:kbc",
        _("black – white"): "colorcet:gray",
        _("blue – white – red"): "cmocean:balance",
        _("blue – pale – green"): "cmocean:delta",
        _("blue – grey – red"): "colorcet:coolwarm",
        _("green – white – violet"): "colorcet:gwv",
        _("sea – land"): "cmocean:topo",
        _("blue – green – yellow"): "colorcet:bgy",
        _("pale – dark green"): "cmocean:algae",
    }
