"""Which values of a cube make which feature of a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import dask.array as da
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from analysis.agrarian.samples.names import feature_layout
from analysis.spelling import did_you_mean


@dataclass(frozen=True)
class Plan:
    """The features of a model in its order.

    Attributes
    ----------
    names : tuple of str
        ``<band>_<step>``, steps from 1.
    bands : tuple of str
        Bands to read.
    steps : tuple of int
        Positions in time to read; (0,) for a cube without time.
    order : tuple of int
        Place of each feature among bands x steps.
    """

    names: tuple[str, ...]
    bands: tuple[str, ...]
    steps: tuple[int, ...]
    order: tuple[int, ...]

    def read(self, cube: xr.Dataset, rows: slice, columns: slice, dims: tuple[str, str]) -> Any:
        """Read a block of the cube: float32, (feature, row, column)."""
        block = cube[list(self.bands)].isel({dims[0]: rows, dims[1]: columns})
        if "time" in block.dims:
            first, last = self.steps[0], self.steps[-1]
            even = self.steps == tuple(range(first, last + 1))
            # A list would copy every chunk once more.
            block = block.isel(time=slice(first, last + 1) if even else list(self.steps))
        size = (rows.stop - rows.start, columns.stop - columns.start)
        out = np.empty((len(self.bands), len(self.steps), *size), np.float32)
        lazy, targets = [], []
        for place, band in enumerate(self.bands):
            layers = block[band].transpose(..., *dims)
            target = out[place] if "time" in layers.dims else out[place, 0]
            if layers.chunks is None:
                target[...] = layers.to_numpy()
            else:  # every chunk goes straight to its place, in one pass and one precision
                lazy.append(layers.data)
                targets.append(target)
        if lazy:
            da.store(lazy, targets, lock=False, scheduler="synchronous")
        for place, band in enumerate(self.bands):
            if "time" not in block[band].dims:
                out[place, 1:] = out[place, 0]
        flat = out.reshape(-1, *size)
        return flat if self.order == tuple(range(len(flat))) else flat[list(self.order)]


def plan(
    cube: xr.Dataset,
    fitted: Any,
    dims: tuple[str, str],
    bands: Sequence[str] | None = None,
    steps: Sequence[int] | slice | None = None,
) -> Plan:
    """Match the features of a model with the bands and steps of a cube.

    Parameters
    ----------
    cube : xarray.Dataset
        Variables (time, row, column) or (row, column).
    fitted : estimator
        Fitted; where it has ``feature_names_in_`` they are found by name, whatever their order.
    dims : tuple of str
        Rows and columns of the cube.
    bands : sequence of str, optional
        Variables; those of the model's names, else all of the cube.
    steps : sequence of int or slice, optional
        Positions in time that are the steps 1, 2, ... of the model; all if not given.

    Returns
    -------
    Plan
        Without names in the model: all steps of the first band, then of the second.

    Raises
    ------
    ValueError
        The cube lacks a band or step, or the number of features differs.
    """
    positions = _positions(cube.sizes.get("time", 1), steps)
    wanted = names_of(fitted)
    if bands is None:
        bands = _bands_of(wanted) if wanted else _layers(cube, dims)
    bands = tuple(str(one) for one in bands)
    have = _layers(cube, dims)
    for band in bands:
        if band not in have:
            raise ValueError(f"The cube has no band {band!r}. {did_you_mean(band, have)}")
    every = tuple(f"{band}_{step}" for band in bands for step in range(1, len(positions) + 1))
    if wanted is None:
        count = getattr(fitted, "n_features_in_", len(every))
        if count != len(every):
            raise ValueError(
                f"The model has {count} features; {len(bands)} bands ({', '.join(bands)}) at "
                f"{len(positions)} steps make {len(every)}."
            )
        return Plan(every, bands, tuple(positions), tuple(range(len(every))))
    place = {name: number for number, name in enumerate(every)}
    if len(positions) == 1:  # features without dates may have the bare name of the band
        place |= {band: number for number, band in enumerate(bands) if band not in place}
    lacking = [name for name in wanted if name not in place]
    if lacking:
        raise ValueError(
            f"The cube gives no feature {lacking[0]!r} ({len(lacking)} of {len(wanted)} are "
            f"lacking): it has {', '.join(bands)} at {len(positions)} steps, {every[0]} to "
            f"{every[-1]}."
        )
    return Plan(tuple(wanted), bands, tuple(positions), tuple(place[name] for name in wanted))


def _positions(times: int, steps: Sequence[int] | slice | None) -> list[int]:
    """Positions in time, counted from 0."""
    if steps is None or isinstance(steps, slice):
        positions = list(range(times))[steps or slice(None)]
    else:
        positions = [int(one) for one in steps]
    wrong = [one for one in positions if not -times <= one < times]
    if wrong or not positions:
        raise ValueError(
            f"The cube has the steps 0 to {times - 1}; {wrong or 'none'} is asked for."
        )
    return [one % times for one in positions]


def names_of(fitted: Any) -> list[str] | None:
    """Names of the features of a fitted model, None where it learnt from a bare array."""
    image = ("image_names",) if getattr(fitted, "halo", 0) else ()
    for attribute in (*image, "feature_names_in_", "feature_names"):
        named = getattr(fitted, attribute, None)
        if named is not None:
            return [str(one) for one in named]
    return None


def labels_of(fitted: Any) -> list[Any]:
    """Classes of a fitted model in the order of its probabilities.

    Raises
    ------
    ValueError
        It is not fitted, or gives no probabilities.
    """
    found = getattr(fitted, "classes_", None)
    found = getattr(fitted, "classes", None) if found is None else found
    if found is None or not hasattr(fitted, "predict_proba"):
        raise ValueError(
            f"The classifier {type(fitted).__name__} is not fitted, or gives no probabilities "
            "(predict_proba and classes_ are needed)."
        )
    return [str(one) for one in np.asarray(found).tolist()]


def _bands_of(names: Sequence[str]) -> tuple[str, ...]:
    return feature_layout(names).bands


def _layers(cube: xr.Dataset, dims: tuple[str, str]) -> tuple[str, ...]:
    """Variables that are maps, with or without time."""
    allowed = {*dims, "time"}
    return tuple(
        str(name)
        for name, one in cube.data_vars.items()
        if set(dims) <= set(one.dims) <= allowed and np.issubdtype(one.dtype, np.number)
    )


def finite(block: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Tell which pixels have all their values, (row, column)."""
    return np.asarray(np.isfinite(block).all(axis=0))
