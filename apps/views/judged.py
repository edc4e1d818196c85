"""A variable shown as its departure from the norm, or as Z: a layer like any other.

The cube of such a layer answers as the cube does, but with judged values; map, legend, series,
statistics and files need not know.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import numpy as np
import xarray as xr

from analysis.cubes import Cube, norms
from analysis.cubes.viewstats import ViewStatistics, _summary
from analysis.features import departure, zscore
from analysis.language import LANGUAGES, translator
from analysis.sources.vocabulary import Variable
from apps.views.atlas import GridLayer
from apps.views.state import Base

COLORMAP = "cmocean:balance"
COLORMAPS = {"lwe_thickness": "cmocean:balance_r", "ndvi": "cmocean:curl"}
"""Diverging maps where the common one would mislead: dry is red."""

MOST = 1200
"""Cells along a side of the window whose values are counted for statistics."""

LEAST_YEARS = 10
NORMALS = ((1961, 1990), (1981, 2010), (1991, 2020))
"""Base periods of the World Meteorological Organization."""


def bases(cube: Any) -> list[Base]:
    """List the base periods that a cube offers: all its years, and the usual ones that it holds.

    Parameters
    ----------
    cube : Cube
        Any.

    Returns
    -------
    list of tuple of int or None
        First and last year; None for all years.
    """
    years = cube.times.astype("datetime64[Y]").astype(int) + 1970
    first, last = int(years[0]), int(years[-1])
    found: list[Base] = [None]
    found += [one for one in NORMALS if first <= one[0] and one[1] <= last]
    if last - first + 1 >= 2 * LEAST_YEARS:
        middle = first + (last - first + 1) // 2
        found += [(first, middle - 1), (middle, last)]
    elif last - first + 1 > LEAST_YEARS:
        found += [(first, first + LEAST_YEARS - 1)]
    return list(dict.fromkeys(found))


def base_text(cube: Any, base: Base) -> str:
    """Write a base period: first and last year."""
    years = cube.times.astype("datetime64[Y]").astype(int) + 1970
    first, last = base or (int(years[0]), int(years[-1]))
    return f"{first}–{last}"


def can_be_judged(layer: GridLayer) -> bool:
    """Whether a layer has times enough for a norm, and values that can have one."""
    role = layer.cube.attrs(layer.variable).get("role", "")
    return not layer.cube.static and len(layer.cube.times) > 2 and role == ""


def judged_layer(layer: GridLayer, statistic: str, base: Base) -> GridLayer | None:
    """Return a layer that shows departures or Z; None where its norm has not been made yet.

    Parameters
    ----------
    layer : GridLayer
        The variable as it is.
    statistic : {"departure", "zscore"}
        What is shown.
    base : tuple of int or None
        Years from which the norm comes; None for all.

    Returns
    -------
    GridLayer or None
        With the same key.
    """
    if statistic == "value" or not can_be_judged(layer):
        return None
    norm = norms.find(layer.cube, layer.variable, base)
    if norm is None:
        return None
    names = {}
    for language in LANGUAGES:
        _ = translator(language)
        text = {
            "departure": _("{name}: departure from {base}"),
            "zscore": _("{name}: Z-score against {base}"),
        }[statistic]
        names[language] = text.format(name=layer.name(language), base=base_text(layer.cube, base))
    info = Variable(
        name=layer.variable,
        units="1" if statistic == "zscore" else layer.info.units,
        names=names,
        minimum=None,
        maximum=None,
        colormap=COLORMAPS.get(layer.variable, COLORMAP),
        center=0.0,
    )
    cube = JudgedCube(layer.cube, layer.variable, norm, statistic, base)
    return replace(layer, cube=cast(Cube, cube), info=info)


class JudgedCube:
    """A cube whose values are departures or Z of one variable.

    Parameters
    ----------
    cube : Cube
        The cube itself.
    variable : str
        The variable that is judged.
    norm : analysis.cubes.norms.Norm
        Its norm.
    statistic : {"departure", "zscore"}
        What is given.
    base : tuple of int or None
        Years of the norm.
    """

    def __init__(self, cube: Cube, variable: str, norm: Any, statistic: str, base: Base):
        self.raw, self.variable, self.norm = cube, variable, norm
        self.statistic, self.base = statistic, base

    def __getattr__(self, name: str) -> Any:
        return getattr(self.raw, name)

    def attrs(self, variable: str | None = None) -> dict[str, Any]:
        """Return the attributes of the judged variable; its limits are symmetric about 0."""
        found = dict(self.raw.attrs(variable or self.variable))
        limits = self.norm.limits(self.statistic)
        found["percentiles"] = limits or (np.nan, np.nan)
        if self.statistic == "zscore":
            found["units"] = "1"
        return found | {"statistic": self.statistic, **self.norm.attrs}

    def view(
        self, time: Any, bounds: Any, width: int, height: int, variable: str | None = None,
        **options: Any,
    ) -> xr.DataArray:  # fmt: skip
        """Return a picture of departures or Z; as :meth:`Cube.view`."""
        del variable
        found: xr.DataArray = self.norm.view(
            time, bounds, width, height, kind=self.statistic, **options
        )
        return found

    def series(self, lon: float, lat: float, variable: str | None = None) -> xr.DataArray:
        """Return departures or Z of a cell; as :meth:`Cube.series`."""
        found = norms.series(self.raw, lon, lat, variable or self.variable, self.base)
        return found[self.statistic]

    def zonal(self, shape: Any, variable: str | None = None) -> xr.Dataset:
        """Return departures or Z of the mean over an area; their spread in it is not known."""
        mean = self.raw.zonal(shape, variable or self.variable)["mean"]
        judge: Callable[..., xr.DataArray] = departure if self.statistic == "departure" else zscore
        found = judge(mean, base=self.base)
        return xr.Dataset({"mean": found, "std": xr.full_like(found, np.nan)})

    def statistics(self, time: Any, bounds: Any, variable: str | None = None) -> ViewStatistics:
        """Return statistics of departures or Z in a window, weighted by area."""
        west, south, east, north = bounds
        across = float(np.diff(self.raw.longitudes).min()) if len(self.raw.longitudes) > 1 else 1.0
        down = float(np.diff(self.raw.latitudes).min()) if len(self.raw.latitudes) > 1 else 1.0
        span = (east - west) % 360.0 or 360.0
        width = min(max(round(span / across), 1), MOST)
        height = min(max(round((north - south) / down), 1), MOST)
        found = self.view(time, bounds, width, height, variable)
        values = found.values.astype(float).ravel()
        areas = np.repeat(np.cos(np.radians(found["y"].values)), width)
        valid = np.isfinite(values)
        share = float(areas[valid].sum() / areas.sum())
        return _summary(values[valid], areas[valid], share, values.size, 0)
