"""The whole history of gridded variables round many places, judged by its norm."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.seismic.joinedgrids import JoinedVariable, Source, find_variables
from analysis.yearly import Base

_MOST_BYTES = 1_000_000_000


@dataclass(frozen=True, eq=False)
class Surroundings:
    """History of one variable round places.

    Attributes
    ----------
    name, units
        Of the variable.
    title
        Its long name.
    simulated
        Whether it is made by a simulator.
    variable
        The variable, which finds the steps before a moment.
    z, departure
        Z and departure from the norm (step, place, radius), NaN without a valid cell.
    """

    name: str
    units: str
    title: str
    simulated: bool
    variable: JoinedVariable
    z: NDArray[np.float32]
    departure: NDArray[np.float32]

    @property
    def ends(self) -> NDArray[np.datetime64]:
        """Ends of the steps (step,)."""
        return np.asarray(self.variable.bounds[:, 1])


def surroundings(
    sources: Source | Sequence[Source],
    longitude: ArrayLike,
    latitude: ArrayLike,
    radii: Sequence[float],
    *,
    base: Base = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Surroundings]:
    """Return the history of gridded variables round places.

    Cells are judged by the norm of their own time of the year first; then the means of those whose
    centres lie within a radius are taken, as by :func:`~analysis.seismic.joined.join_satellites`.

    Parameters
    ----------
    sources
        Cubes, normalised datasets or their names, one or several; "name/variable" takes one
        variable. Variables that never change are left out.
    longitude, latitude
        Places (place,), degrees.
    radii
        Radii (radius,), km; 0 is the cell that holds the place.
    base
        Base period of the norms; None for all times.
    progress
        Told how many maps of all have been read; what it raises ends the work.

    Returns
    -------
    list of Surroundings
        One for each variable.

    Raises
    ------
    ValueError
        There is no variable that changes, times do not ascend, or the result would not fit into
        memory.
    """
    lons, lats = (np.asarray(one, dtype=np.float64) for one in (longitude, latitude))
    near = tuple(float(one) for one in radii)
    several = [one for one in find_variables(sources, base) if not one.static]
    if not several:
        raise ValueError("None of the variables changes with time, so none can precede an event.")
    for one in several:
        if not (np.diff(one.bounds[:, 1].astype(np.int64)) > 0).all():
            raise ValueError(f"The times of {one.name!r} do not ascend; sort them, each once.")
    total = sum(one.times.size for one in several)
    needed = 8 * total * lons.size * len(near)
    if needed > _MOST_BYTES:
        raise ValueError(
            f"{total} maps round {lons.size} places and {len(near)} radii take "
            f"{needed / 1e9:.1f} GB, more than {_MOST_BYTES / 1e9:g}; take fewer places or radii."
        )
    done, found = 0, []
    for one in several:
        shape = (one.times.size, lons.size, len(near))
        z, apart = np.full(shape, np.nan, np.float32), np.full(shape, np.nan, np.float32)
        for step, plane in one.maps(np.arange(one.times.size)):
            mean, spread = one.norm(step)
            departure = plane - mean
            standard = departure / np.where(spread > 0, spread, np.nan)
            maps = np.stack([standard.astype(np.float32), departure.astype(np.float32)])
            means, _ = one.grid.means(maps, lons, lats, near)
            z[step], apart[step] = means[..., 0], means[..., 1]
            done += 1
            if progress is not None:
                progress(done, total)
        attrs = one.data.attrs
        found.append(
            Surroundings(
                one.name,
                str(attrs.get("units", "")),
                str(attrs.get("long_name", one.name)),
                bool(attrs.get("simulated", False)),
                one,
                z,
                apart,
            )
        )
    return found


def lagged(
    series: NDArray[Any], one: Surroundings, moments: NDArray[np.datetime64], tolerance: Any = None
) -> NDArray[np.float64]:
    """Return the values of the last steps that had ended at moments of each place.

    Parameters
    ----------
    series
        Values (step, place, radius).
    one
        Whose steps they are.
    moments
        datetime64 (place, moment).
    tolerance
        Longest time from the end of a step to the moment; None for a typical step.

    Returns
    -------
    numpy.ndarray
        Values (place, moment, radius), NaN where no step had ended so recently.
    """
    steps = one.variable.steps(moments.ravel(), ended=True, tolerance=tolerance)
    steps = steps.reshape(moments.shape)
    place = np.arange(moments.shape[0])[:, np.newaxis]
    values = series[np.maximum(steps, 0), place].astype(np.float64)
    return np.where(steps[..., np.newaxis] >= 0, values, np.nan)


def mean_between(
    series: NDArray[Any],
    one: Surroundings,
    begin: NDArray[np.datetime64],
    end: NDArray[np.datetime64],
    share: float = 0.5,
) -> NDArray[np.float64]:
    """Return the mean of the steps that ended between two moments of each place.

    Parameters
    ----------
    series
        Values (step, place, radius).
    one
        Whose steps they are.
    begin, end
        Moments (place, moment); a step that ended at the first does not count, at the second it
        does.
    share
        Least share of valid values of as many typical steps as fit between.

    Returns
    -------
    numpy.ndarray
        Means (place, moment, radius), NaN where too few are valid.
    """
    ends = one.ends
    low = np.searchsorted(ends, begin, side="right")
    high = np.searchsorted(ends, end, side="right")
    known = np.isfinite(series)
    zero = np.zeros((1, *series.shape[1:]))
    sums = np.concatenate([zero, np.cumsum(np.where(known, series, 0.0), axis=0, dtype=np.float64)])
    counts = np.concatenate([zero, np.cumsum(known, axis=0)])
    place = np.arange(begin.shape[0])[:, np.newaxis]
    total, number = (one[high, place] - one[low, place] for one in (sums, counts))
    typical = np.median(np.diff(one.variable.bounds, axis=1).astype(np.int64))
    fit = (end - begin).astype("timedelta64[ns]").astype(np.int64) / max(float(typical), 1.0)
    enough = number >= np.maximum(share * fit, 1.0)[..., np.newaxis]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(enough, total / number, np.nan)
