"""What a map is made from, the classes of one tile of it, and a fingerprint."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import xarray as xr

from analysis.agrarian.legends import Legend
from analysis.agrarian.mapping.features import Plan, finite, labels_of
from analysis.agrarian.mapping.grid import Grid
from analysis.agrarian.mapping.layers import Layers, layers_of, probabilities
from analysis.agrarian.mapping.running import Tile

_HALVED: Final = 16  # pixels that may become one inside a network of images
_PROBE: Final = 12  # rows and columns of pixels by which a cube and a model are known again


@dataclass(frozen=True)
class Job:
    """All that a tile needs."""

    cube: xr.Dataset
    fitted: Any
    grid: Grid
    features: Plan
    mask: xr.DataArray | None
    least: float
    gaps: str
    halo: int


def classify_tile(job: Job, place: Tile) -> Layers:
    """Classify one tile."""
    rows, columns = place
    if job.halo:
        return _image(job, place)
    block = job.features.read(job.cube, rows, columns, job.grid.dims)
    known = finite(block) if job.gaps == "nodata" else np.isfinite(block).any(axis=0)
    if job.mask is not None:
        known &= job.mask[rows, columns].to_numpy()
    chance = probabilities(job.fitted, block, known)
    if not known.any():
        chance = np.empty((0, len(labels_of(job.fitted))))
    return layers_of(chance, known, job.least)


def _image(job: Job, place: Tile) -> Layers:
    """Classify one tile with a model that looks at the pixels around."""
    wide, inner = [], []
    for part, size in zip(place, job.grid.shape, strict=True):
        # Networks halve the image several times: windows begin where those of the map would.
        low = max(0, (part.start - job.halo) // _HALVED * _HALVED)
        high = min(size, part.stop + job.halo)
        wide.append(slice(low, high))
        inner.append(slice(part.start - low, part.stop - low))
    block = job.features.read(job.cube, wide[0], wide[1], job.grid.dims)
    cut = block[:, inner[0], inner[1]]
    known = finite(cut) if job.gaps == "nodata" else np.isfinite(cut).any(axis=0)
    if job.mask is not None:
        known &= job.mask[place].to_numpy()
    chance = np.asarray(job.fitted.predict_image(block))[:, inner[0], inner[1]]
    return layers_of(chance[:, known].T, known, job.least)


def about(job: Job) -> dict[str, Any]:
    """Say what a map was made from."""
    bands = [job.cube[name] for name in job.features.bands]
    out: dict[str, Any] = {
        "title": "Land cover",
        "model": str(getattr(job.fitted, "name", type(job.fitted).__name__)),
        "bands": list(job.features.bands),
        "least_probability": job.least,
        "gaps": job.gaps,
    }
    if "time" in job.cube.dims:
        times = job.cube["time"].to_numpy()[list(job.features.steps)]
        out["dates"] = [str(one)[:10] for one in times]
    if any(bool(one.attrs.get("simulated")) for one in bands) or job.cube.attrs.get("simulated"):
        out["simulated"] = True
    source = {str(one.attrs["source"]) for one in bands if one.attrs.get("source")}
    return out | ({"source": "; ".join(sorted(source))} if source else {})


def fingerprint(job: Job, legend: Legend, size: tuple[int, int]) -> str:
    """Fingerprint of a run: the same cube, model and choices give the same."""
    grid, features = job.grid, job.features
    words = repr((grid.crs.to_wkt(), grid.dims, legend.keys, features, size, job.least, job.gaps))
    found = hashlib.sha256(words.encode())
    for axis in (grid.y, grid.x):
        found.update(np.ascontiguousarray(axis).tobytes())
    if job.mask is not None:
        found.update(np.ascontiguousarray(job.mask.to_numpy()).tobytes())
    # A model is known by what it says of some pixels; a cube by those pixels.
    for start in ((0, 0), (grid.shape[0] // 2, grid.shape[1] // 2)):
        rows, columns = (
            slice(low, min(low + _PROBE, size)) for low, size in zip(start, grid.shape, strict=True)
        )
        block = features.read(job.cube, rows, columns, grid.dims)
        found.update(block.tobytes())
        if job.halo:
            chance = np.asarray(job.fitted.predict_image(block))
        else:
            values = np.nan_to_num(block, posinf=0.0, neginf=0.0)
            chance = probabilities(job.fitted, values, np.ones(block.shape[1:], bool))
        found.update(np.round(np.nan_to_num(chance, nan=-1.0), 5).tobytes())
    return found.hexdigest()[:32]
