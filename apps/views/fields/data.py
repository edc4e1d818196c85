"""What all sessions of a process share: vegetation cubes, and series of units by year."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import xarray as xr

from analysis.agrarian import by_year, unit_series
from analysis.agrarian.byunit import stored
from apps.views import atlas
from apps.views.unitsets import Units

log = logging.getLogger(__name__)

VEGETATION = ("ndvi", "evi")
KEPT = 8
LEAST = 0.5
"""Share of a unit that the grid must cover for the unit to be judged."""

_lock = threading.RLock()
_series: OrderedDict[tuple[Any, ...], xr.Dataset] = OrderedDict()


def vegetation_layers() -> dict[str, atlas.GridLayer]:
    """Return the layers of vegetation indices by key; observed ones come first."""
    found = atlas.grid_layers()
    return {
        key: layer
        for key, layer in found.items()
        if layer.variable in VEGETATION and not layer.cube.static and len(layer.cube.times) > 1
    }


def rain_layer() -> atlas.GridLayer | None:
    """Return a layer of precipitation, if there is one; observed ones come first."""
    for layer in atlas.grid_layers().values():
        if layer.variable == "precipitation" and not layer.cube.static:
            return layer
    return None


def at_hand(layer: atlas.GridLayer, kind: Units) -> bool:
    """Tell whether the series are in memory or in the cache: then they come at once."""
    with _lock:
        if _key(layer, kind) in _series:
            return True
    return stored(layer.cube, kind.shapes, layer.variable)


def seasons(
    layer: atlas.GridLayer, kind: Units, progress: Callable[[int, int], None] | None = None
) -> xr.Dataset:
    """Return the series of all units cut into years; units that the grid hardly covers left out.

    Raises
    ------
    ValueError
        The cube or the units cannot be read.
    """
    key = _key(layer, kind)
    with _lock:
        if key in _series:
            _series.move_to_end(key)
            return _series[key]
    series = unit_series(layer.cube, kind.shapes, layer.variable, progress=progress)
    kept = series["covered"].to_numpy() >= LEAST
    cut = by_year(series.isel(unit=kept))
    for name in ("area_km2", "covered"):
        cut[name] = series[name].isel(unit=kept)
    with _lock:
        _series[key] = cut
        while len(_series) > KEPT:
            _series.popitem(last=False)
    return cut


def _key(layer: atlas.GridLayer, kind: Units) -> tuple[Any, ...]:
    state = (layer.cube.path / "meta.json").stat()
    return layer.key, kind.key, id(kind), state.st_ino, state.st_mtime_ns
