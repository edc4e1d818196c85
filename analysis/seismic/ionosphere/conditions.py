"""Which local times, light, magnetic latitudes and directions of the orbit are looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from analysis.seismic.ionosphere.magnetic import dipole_latitude
from analysis.seismic.ionosphere.reasons import REASONS
from analysis.seismic.ionosphere.sunlight import horizon, local_time, solar_zenith

LIGHTS: Final = ("day", "night")
DIRECTIONS: Final = ("ascending", "descending")


@dataclass(frozen=True)
class Conditions:
    """What values must meet beyond quiet space weather; None does not look at it.

    Attributes
    ----------
    hours : tuple or None
        Local time from, to (not included), hours; may pass midnight: (22, 4).
    light : str or None
        "day" or "night": sun above or below the horizon at `height`.
    height : float
        Where the light is asked for, km: 450 is the layer of the maps of electron content.
    magnetic : tuple or None
        Least and greatest magnitude of the geomagnetic latitude, degrees.
    direction : str or None
        "ascending" or "descending" half-orbits; for tracks.

    Examples
    --------
    >>> Conditions(light="dusk")
    Traceback (most recent call last):
    ...
    ValueError: The light 'dusk' is unknown; it is one of day, night.
    """

    hours: tuple[float, float] | None = None
    light: str | None = None
    height: float = 450.0
    magnetic: tuple[float, float] | None = None
    direction: str | None = None

    def __post_init__(self) -> None:
        """Refuse conditions that cannot be."""
        for name, allowed in (("light", LIGHTS), ("direction", DIRECTIONS)):
            value = getattr(self, name)
            if value is not None and value not in allowed:
                raise ValueError(
                    f"The {name} {value!r} is unknown; it is one of {', '.join(allowed)}."
                )
        if self.hours is not None and not all(0 <= one <= 24 for one in self.hours):
            raise ValueError(f"The hours are {self.hours}; local time goes from 0 to 24.")
        if self.magnetic is not None and not 0 <= self.magnetic[0] < self.magnetic[1] <= 90:
            raise ValueError(
                f"The magnetic latitudes are {self.magnetic}; write the least and the greatest "
                "magnitude, 0 to 90."
            )
        horizon(self.height)


def unmet(
    times: Any, latitude: Any, longitude: Any, conditions: Conditions, own_latitude: Any = None
) -> NDArray[np.int16]:
    """Tell for places and times which conditions are not met.

    Parameters
    ----------
    times, latitude, longitude : array-like
        UTC and degrees; they broadcast.
    conditions : Conditions
        The direction is not looked at here.
    own_latitude : array-like, optional
        Magnetic latitudes, where the data bring their own; else those of the dipole.

    Returns
    -------
    numpy.ndarray of int16
        Bits of `REASONS`.

    Examples
    --------
    >>> noon = np.datetime64("2020-06-21T12:00")
    >>> int(unmet(noon, 50.0, 0.0, Conditions(light="night"))[()])
    16
    """
    flags = np.zeros(np.broadcast(times, latitude, longitude).shape, np.int16)
    if conditions.hours is not None:
        now = local_time(times, longitude)
        begin, end = conditions.hours
        inside = (now >= begin) & (now < end) if begin <= end else (now >= begin) | (now < end)
        flags |= _bit(inside, "light_or_local_time")
    if conditions.light is not None:
        lit = solar_zenith(times, latitude, longitude) < horizon(conditions.height)
        flags |= _bit(lit if conditions.light == "day" else ~lit, "light_or_local_time")
    if conditions.magnetic is not None:
        if own_latitude is None:
            first = np.asarray(times).ravel()[0]
            own_latitude = dipole_latitude(latitude, longitude, first)
        away = np.abs(np.asarray(own_latitude, np.float64))
        inside = (away >= conditions.magnetic[0]) & (away <= conditions.magnetic[1])
        flags |= _bit(inside, "magnetic_latitude")
    return flags


def _bit(met: NDArray[np.bool_], reason: str) -> NDArray[np.int16]:
    return np.where(met, 0, REASONS[reason]).astype(np.int16)
