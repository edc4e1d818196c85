"""Displacement through time from a network of interferograms (small baseline subsets, SBAS).

Berardino, Fornaro, Lanari and Sansosti (2002), doi:10.1109/TGRS.2002.803792. Each interferogram
is the difference of the displacements of two dates; the displacements of all dates are the least
squares solution of the network, cell by cell.
"""

from __future__ import annotations

from typing import Any, Final

import dask.array as da
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from analysis.seismic.network import Network, solve

Floats = NDArray[np.float64]

WEIGHTS: Final = ("none", "coherence")
GAPS: Final = ("missing", "velocity")
REFERENCES: Final = ("coherence", "mean")
_EXTRAS: Final = ("velocity", "velocity_std", "misfit", "temporal_coherence", "pairs_count")
_ATTRS: Final = {
    "velocity": ("mm/year", "Line-of-sight velocity, toward the satellite positive"),
    "velocity_std": ("mm/year", "Standard error of the line-of-sight velocity"),
    "misfit": ("mm", "Root mean square misfit of the interferograms"),
    "temporal_coherence": ("1", "Temporal coherence of the inversion"),
    "pairs_count": ("1", "Interferograms used"),
}


def sbas(
    stack: xr.Dataset,
    *,
    reference: str | tuple[float, float] = "coherence",
    weights: str = "none",
    min_coherence: float = 0.0,
    gaps: str = "missing",
) -> xr.Dataset:
    """Invert a stack of interferograms into displacement through time and its mean velocity.

    Parameters
    ----------
    stack : xarray.Dataset
        From :func:`analysis.sources.insar.interferograms.open_interferograms`:
        ``unwrapped_phase`` (pair, latitude, longitude) in rad, NaN where it is missing,
        ``coherence`` of the same shape (needed for `weights`, `min_coherence` and the reference
        by coherence), ``reference`` and ``secondary`` (pair), attributes ``wavelength`` (m) and
        ``sign``.
    reference : {"coherence", "mean"} or (longitude, latitude), optional
        Where the ground is said not to move: the cell of the highest mean coherence among those
        that every interferogram has; the mean of the scene in each interferogram; or the cell
        nearest to a place.
    weights : {"none", "coherence"}, optional
        With coherence g a phase has the weight g^2 / (1 - g^2), the inverse of its variance up
        to the number of looks (Rodriguez and Martin 1992, doi:10.1049/ip-f-2.1992.0018).
    min_coherence : float, optional
        A phase of a lower coherence counts as missing.
    gaps : {"missing", "velocity"}, optional
        Dates which the interferograms of a cell do not join with the first date: missing; or
        bridged by the solution of least velocity between dates (singular values, as in the
        paper).

    Returns
    -------
    xarray.Dataset
        Lazy where the stack is. ``los_displacement`` (time, latitude, longitude) in mm since the
        first date, toward the satellite positive; ``velocity`` and ``velocity_std``
        (latitude, longitude) in mm/year: slope of a line through the known dates of a cell and
        its standard error (of a line with independent errors; those of neighbouring dates are
        not quite); ``misfit`` in mm; ``temporal_coherence`` (Pepe and Lanari 2006,
        doi:10.1109/TGRS.2006.873207); ``pairs_count``. Attributes ``network_rank`` and
        ``network_dates``: of the network of all interferograms.

    Raises
    ------
    ValueError
        A wrong option, a stack without what an option needs, a network that falls into groups
        without a common date (with ``gaps="missing"``). When values are computed: a reference
        without a phase in some interferogram.

    Examples
    --------
    Three dates, all three pairs, a cell that sinks 5 mm and then 3 mm, beside a stable one:

    >>> moved = np.array([-5.0, -3.0, -8.0]) / 1000  # pairs 1-2, 2-3, 1-3, metres
    >>> phase = -4 * np.pi / 0.0556 * np.stack([moved, 0 * moved], axis=1)[:, None, :]
    >>> dates = np.array(["2018-01-01", "2018-01-13", "2018-01-25"], dtype="datetime64[ns]")
    >>> stack = xr.Dataset(
    ...     {"unwrapped_phase": (("pair", "latitude", "longitude"), phase)},
    ...     coords={
    ...         "reference": ("pair", dates[[0, 1, 0]]),
    ...         "secondary": ("pair", dates[[1, 2, 2]]),
    ...         "latitude": [19.0],
    ...         "longitude": [-99.0, -98.0],
    ...     },
    ...     attrs={"wavelength": 0.0556, "sign": -1},
    ... )
    >>> out = sbas(stack, reference=(-98.0, 19.0))
    >>> out.los_displacement[:, 0, 0].values.round(3).tolist()
    [0.0, -5.0, -8.0]
    """
    _check(stack, reference, weights, min_coherence, gaps)
    if 0 in stack["unwrapped_phase"].shape:
        raise ValueError(f"The stack is empty: {dict(stack['unwrapped_phase'].sizes)}.")
    ends = (stack[name].compute(scheduler="synchronous") for name in ("reference", "secondary"))
    network = Network.of(*(one.values for one in ends))
    if gaps == "missing":
        network.check_joined()
    phase = stack["unwrapped_phase"].transpose("pair", "latitude", "longitude")
    lazy = phase.chunks is not None
    values = da.asarray(phase.data).rechunk({0: -1})
    coherent = None
    if "coherence" in stack:
        known = stack["coherence"].transpose("pair", "latitude", "longitude")
        coherent = da.nan_to_num(da.asarray(known.data).rechunk(values.chunks))
    zero = _reference_phase(stack, values, coherent, reference)
    factor = stack.attrs["sign"] * stack.attrs["wavelength"] / (4 * np.pi) * 1000.0
    blocks = [values, zero] + ([coherent] if coherent is not None else [])
    count = network.dates.size
    solved = da.map_blocks(
        _block,
        *blocks,
        network=network,
        factor=factor,
        weights=weights,
        least=min_coherence,
        bridge=gaps == "velocity",
        dtype=np.float32,
        chunks=((count + len(_EXTRAS),), *values.chunks[1:]),
        meta=np.empty((0, 0, 0), np.float32),
    )
    out = _dataset(stack, solved, network)
    out.attrs["reference"] = str(reference)
    return out if lazy else out.compute()


def _check(
    stack: xr.Dataset, reference: Any, weights: str, min_coherence: float, gaps: str
) -> None:
    for name, value, allowed in (("weights", weights, WEIGHTS), ("gaps", gaps, GAPS)):
        if value not in allowed:
            raise ValueError(f"{name} is {value!r}; allowed are {', '.join(allowed)}.")
    if isinstance(reference, str) and reference not in REFERENCES:
        raise ValueError(
            f"reference is {reference!r}; allowed are {', '.join(REFERENCES)}, or a pair "
            "(longitude, latitude)."
        )
    if not 0.0 <= min_coherence < 1.0:
        raise ValueError(f"min_coherence is {min_coherence!r}; allowed are 0 to below 1.")
    wanted = ["unwrapped_phase", "reference", "secondary"]
    if weights == "coherence" or min_coherence > 0 or reference == "coherence":
        wanted.append("coherence")
    for name in wanted:
        if name not in stack:
            hint = "; give reference=(longitude, latitude) or 'mean'" if name == "coherence" else ""
            raise ValueError(f"The stack has no {name!r}{hint}.")
    for name in ("wavelength", "sign"):
        if name not in stack.attrs:
            raise ValueError(f"The stack has no attribute {name!r}.")


def _reference_phase(
    stack: xr.Dataset, values: da.Array, coherent: da.Array | None, reference: Any
) -> da.Array:
    """Phase of the reference in each interferogram, (pair, 1, 1)."""
    if reference == "mean":
        return da.nanmean(values, axis=(1, 2), keepdims=True)
    if reference == "coherence" and coherent is not None:
        mean = da.where(da.isfinite(values).all(axis=0), coherent.mean(axis=0), -1.0)
        flat = da.argmax(mean.ravel(), axis=0)
        rows, columns = values.shape[1:]
        order = da.arange(rows * columns, chunks=-1).reshape(rows, columns)
        chosen = order.rechunk(values.chunks[1:]) == flat
    else:
        longitude, latitude = (float(one) for one in reference)
        row, column = (
            _nearest(stack, *one) for one in (("latitude", latitude), ("longitude", longitude))
        )
        return values[:, row : row + 1, column : column + 1].rechunk(-1)
    known = da.where(chosen[None], values, 0.0)
    return known.sum(axis=(1, 2), keepdims=True)


def _nearest(stack: xr.Dataset, axis: str, wanted: float) -> int:
    places = stack[axis].values
    step = abs(places[1] - places[0]) if places.size > 1 else 1.0
    found = int(np.argmin(np.abs(places - wanted)))
    if not abs(places[found] - wanted) <= step:
        raise ValueError(
            f"The reference has the {axis} {wanted:g}; the stack reaches from "
            f"{places.min():g} to {places.max():g}."
        )
    return found


def _block(
    values: NDArray[Any],
    zero: NDArray[Any],
    coherent: NDArray[Any] | None = None,
    *,
    network: Network,
    factor: float,
    weights: str,
    least: float,
    bridge: bool,
) -> NDArray[np.float32]:
    """Solve a block of cells: dates first, then the extra layers."""
    known = np.isfinite(zero).ravel()
    if not known.all() and values.size:
        first = network.label(int(np.flatnonzero(~known)[0]))
        raise ValueError(
            f"The reference has no phase in {int((~known).sum())} of {known.size} interferograms, "
            f"the first of them is {first}. Choose another reference."
        )
    pairs, rows, columns = values.shape
    shifts = (values.astype(np.float64) - zero).reshape(pairs, -1) * factor
    importance = np.isfinite(shifts).astype(np.float64)
    if coherent is not None:
        flat = np.clip(coherent.reshape(pairs, -1).astype(np.float64), 0.0, 0.999)
        importance[flat < least] = 0.0
        if weights == "coherence":
            importance *= flat**2 / (1.0 - flat**2)
    moved = solve(network, np.nan_to_num(shifts), importance, bridge)
    layers = [*line(network.years, moved)]
    layers += _fit(network, shifts, importance, moved, factor)
    return np.concatenate([moved, np.stack(layers)]).astype(np.float32).reshape(-1, rows, columns)


def line(years: Floats, moved: Floats) -> tuple[Floats, Floats]:
    """Slope of a line through the known dates of each cell, and its standard error.

    Parameters
    ----------
    years : numpy.ndarray
        ``(date,)``.
    moved : numpy.ndarray
        ``(date, cell)``; NaN where a date is missing.

    Returns
    -------
    slope, error : numpy.ndarray
        ``(cell,)``, units of `moved` a year; NaN with fewer than three dates.

    Examples
    --------
    >>> slope, error = line(np.arange(4.0), np.array([[1.0], [3.0], [5.0], [7.0]]))
    >>> slope.round(9).tolist(), error.round(9).tolist()
    ([2.0], [0.0])
    """
    known = np.isfinite(moved)
    count = known.sum(axis=0)
    enough = count >= 3
    number = np.where(enough, count, 1)
    when = np.where(known, years[:, None], 0.0)
    away = np.where(known, years[:, None] - when.sum(axis=0) / number, 0.0)
    level = np.where(known, moved, 0.0)
    spread = np.where(enough, (away**2).sum(axis=0), 1.0)
    slope = (away * level).sum(axis=0) / spread
    rest = np.where(known, level - level.sum(axis=0) / number - slope * away, 0.0)
    error = np.sqrt((rest**2).sum(axis=0) / np.where(enough, count - 2, 1) / spread)
    return np.where(enough, slope, np.nan), np.where(enough, error, np.nan)


def _fit(
    network: Network, shifts: Floats, importance: Floats, moved: Floats, factor: float
) -> list[Floats]:
    """How well the displacements explain the interferograms that were used."""
    rest = shifts - (moved[network.second] - moved[network.first])
    used = np.isfinite(rest) & (importance > 0)
    count = used.sum(axis=0)
    some = count > 0
    number = np.where(some, count, 1)
    rest = np.where(used, rest, 0.0)
    misfit = np.sqrt((rest**2).sum(axis=0) / number)
    turned = np.where(used, np.exp(1j * rest / factor), 0.0)
    together = np.abs(turned.sum(axis=0)) / number
    return [np.where(some, misfit, np.nan), np.where(some, together, np.nan), count.astype(float)]


def _dataset(stack: xr.Dataset, solved: da.Array, network: Network) -> xr.Dataset:
    places = {
        axis: (axis, stack[axis].values, dict(stack[axis].attrs))
        for axis in ("latitude", "longitude")
    }
    count = network.dates.size
    moved = (
        ("time", "latitude", "longitude"),
        solved[:count],
        {
            "units": "mm",
            "long_name": "Line-of-sight displacement, toward the satellite positive",
        },
    )
    out = xr.Dataset({"los_displacement": moved}, coords={"time": network.dates, **places})
    for k, name in enumerate(_EXTRAS):
        units, label = _ATTRS[name]
        attrs = {"units": units, "long_name": label}
        if name == "pairs_count":
            attrs["role"] = "count"
        out[name] = (("latitude", "longitude"), solved[count + k], attrs)
    out.attrs = {
        "network_pairs": int(network.first.size),
        "network_dates": int(count),
        "network_rank": network.rank,
        "wavelength": stack.attrs["wavelength"],
        "method": "SBAS, Berardino et al. (2002), doi:10.1109/TGRS.2002.803792",
    }
    return out
