"""Classified maps as the page holds them: small numbers for pictures, areas by unit."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from analysis import settings
from analysis.keeping import held, hold
from apps.views.landcover.imagery import Imagery
from apps.views.landcover.raster import Indices, picture, shares
from apps.views.landcover.training import Outcome, tidy
from apps.views.state import Bounds

log = logging.getLogger(__name__)

KEPT = 8
Report = Callable[[int, int, str], None]
_lock = threading.RLock()
_maps: OrderedDict[str, ClassMap] = OrderedDict()


@dataclass(frozen=True)
class ClassMap:
    """One classified map; indices (latitude, longitude), both ascending, 0 is no value."""

    key: str
    path: Path
    classes: tuple[str, ...]
    longitudes: Any
    latitudes: Any
    klass: Indices
    probability: Indices
    uncertainty: Indices
    simulated: bool

    def cut(self, quantity: str, codes: Any) -> Callable[[Bounds, int, int], Indices]:
        """Return what cuts a window of a quantity; `codes` are the map's classes in the picture.

        Parameters
        ----------
        quantity : {"class", "probability", "uncertainty"}
            What is shown.
        codes : array of uint8
            Index in the picture of no value and of every class of this map, shape (1 + class,).
        """
        values = {"probability": self.probability, "uncertainty": self.uncertainty}.get(quantity)
        table = np.asarray(codes, np.uint8)

        def window(bounds: Bounds, width: int, height: int) -> Indices:
            chosen = self.klass if values is None else values
            cut = picture(chosen, self.longitudes, self.latitudes, bounds, width, height)
            return table[cut] if values is None else cut

        return window


def map_key(imagery: Imagery, outcome: Outcome, year: int) -> str:
    """Name a map by all that it depends on: the cube as it is, the classifier, the year."""
    state = (imagery.cube.path / "meta.json").stat()
    about = [imagery.key, state.st_ino, state.st_mtime_ns, outcome.key, year, 1]
    return hashlib.sha256(json.dumps(about).encode()).hexdigest()[:24]


def at_hand(imagery: Imagery, outcome: Outcome, year: int) -> ClassMap | None:
    """Return a map that is in memory already."""
    with _lock:
        key = map_key(imagery, outcome, year)
        if key in _maps:
            _maps.move_to_end(key)
        return _maps.get(key)


def make_map(imagery: Imagery, outcome: Outcome, year: int, report: Report) -> ClassMap:
    """Classify a year of imagery; a finished map is opened, a broken one is continued.

    Parameters
    ----------
    imagery, outcome, year
        What is classified, by what.
    report : callable
        Told what is done, the total and what; it raises to give up.

    Returns
    -------
    ClassMap
        Kept for all sessions.

    Raises
    ------
    ValueError
        The classifier and the imagery do not fit.
    """
    from analysis.agrarian.mapping import classify

    found = at_hand(imagery, outcome, year)
    if found is not None:
        return found
    key = map_key(imagery, outcome, year)
    path = settings.cache_dir() / "landcover" / "maps" / f"{key}.zarr"
    path.parent.mkdir(parents=True, exist_ok=True)
    season = imagery.season(year)
    with held(path):
        data = classify(
            season,
            outcome.fitted,
            path,
            bands=list(imagery.bands),
            resume=True,
            progress=report,
        )
        made = _take(key, path, data, simulated=imagery.simulated)
        hold(path, made)
    tidy()
    with _lock:
        _maps[key] = made
        while len(_maps) > KEPT:
            _maps.popitem(last=False)
    return made


def _take(key: str, path: Path, data: xr.Dataset, *, simulated: bool) -> ClassMap:
    """Take of a map what pictures need."""
    classes = tuple(map(str, data.attrs["classes"]))
    klass = data["class"].to_numpy().astype(np.uint8)
    klass = np.where(klass <= len(classes), klass, 0)
    down, across = data["class"].dims
    most = data["probability"].max("label")
    return ClassMap(
        key,
        path,
        classes,
        data[across].to_numpy(),
        data[down].to_numpy(),
        klass,
        _indices(most, klass),
        _indices(data["entropy"], klass),
        simulated,
    )


def _indices(values: xr.DataArray, klass: Indices) -> Indices:
    from analysis.agrarian.mapping.layers import NONE, SCALE

    found = values.to_numpy()
    if found.dtype.kind == "u":
        found = np.where(found == NONE, np.nan, found / np.float32(SCALE))
    return shares(found, (klass > 0) & np.isfinite(found))
