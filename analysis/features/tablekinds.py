"""What each variable of a cube is: a measurement, a count, an energy, a largest size."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import xarray as xr

from analysis.features.tablewindows import DAY
from analysis.spelling import did_you_mean

EVENTS: Final = ("count", "energy", "largest")
"""Kinds of variables that say whether something happened."""
_COUNT: Final = re.compile(r"(^|_)(n|count|counts|number|numbers|events|quakes|earthquakes)(_|$)")
_ENERGY: Final = re.compile(r"(^|_)(energy|energies|moment)(_|$)")
_LARGEST: Final = re.compile(r"(^|_)(mag|magnitude|magnitudes)(_|$)")
_POINTS: Final = "Number of points"
RESERVED: Final = ("target", "weight", "time", "cell")


@dataclass(frozen=True)
class Variable:
    """A variable of a cube.

    Attributes
    ----------
    name
        Its name.
    kind
        "measured", "count", "energy" or "largest".
    axes
        "both" (time, cell), "time", or "cell" for one that does not change.
    units, title
        Units and long name.
    source
        Where it is from; "" where that is not stated.
    delay
        From the end of a window to its publication, ns.
    since
        For one that does not change: from when on it is known, ns; None for always.
    simulated
        Whether it is no observation.
    """

    name: str
    kind: str
    axes: str
    units: str
    title: str
    source: str
    delay: int
    since: int | None
    simulated: bool


def describe(cube: xr.Dataset, delays: Any) -> tuple[dict[str, Variable], list[str]]:
    """Return the numeric variables of a cube, and notes on those that are left out.

    Parameters
    ----------
    cube
        With the axes ``time`` and ``cell``.
    delays
        Length of time for all variables, or by name; others have that of ``attrs["latency"]``.

    Returns
    -------
    tuple
        Variables by name, notes.

    Raises
    ------
    ValueError
        A name of the delays is unknown, or a delay is impossible.
    """
    if isinstance(delays, Mapping):
        for name in delays:
            if name not in cube.data_vars:
                known = [str(one) for one in cube.data_vars]
                raise ValueError(
                    f"delays names {name!r}, which the cube has not. "
                    f"{did_you_mean(str(name), known)}"
                )
    found, notes = {}, []
    for key in cube.data_vars:
        array, name = cube[key], str(key)
        others = [str(dim) for dim in array.dims if dim not in ("time", "cell")]
        if array.dtype.kind not in "fiub" or others:
            what = f"has the axes {', '.join(others)}" if others else f"holds {array.dtype}"
            if array.dtype.kind != "M":  # bounds of time are no data
                notes.append(f"{name} {what} and is left out.")
            continue
        axes = {2: "both", 1: "time" if "time" in array.dims else "cell"}.get(array.ndim, "none")
        if axes == "none":
            notes.append(f"{name} is a single number and is left out.")
            continue
        found[name] = Variable(
            name,
            "measured" if is_companion(name, cube) else _kind(name, array),
            axes,
            str(array.attrs.get("units", "")),
            str(array.attrs.get("long_name") or name),
            str(array.attrs.get("source", "")),
            _delay(key, array, delays),
            _since(name, array),
            bool(array.attrs.get("simulated", False)),
        )
    if not found:
        names = ", ".join(map(str, cube.data_vars)) or "nothing"
        raise ValueError(f"The cube has no numeric variable (time, cell); it has {names}.")
    return found, notes


def is_companion(name: str, cube: xr.Dataset) -> bool:
    """Tell whether a variable only says how good another one is.

    Parameters
    ----------
    name
        Name of the variable.
    cube
        The cube.

    Returns
    -------
    bool
        True for a flag of quality and a number of values, ``<other>_count``; the number of points
        is that of events, and is none.
    """
    attrs = cube[name].attrs
    if attrs.get("long_name") == _POINTS:
        return False
    other = name.removesuffix("_count")
    return attrs.get("role") in ("quality", "count") or (other != name and other in cube.data_vars)


def _kind(name: str, array: xr.DataArray) -> str:
    """Return the kind of a variable by its name."""
    low, title = name.lower(), str(array.attrs.get("long_name", "")).lower()
    if _COUNT.search(low) or title.startswith(("number of", "count of")):
        return "count"
    if _ENERGY.search(low):
        return "energy"
    return "largest" if _LARGEST.search(low) else "measured"


def _delay(key: Any, array: xr.DataArray, delays: Any) -> int:
    """Return the delay of publication, ns."""
    given = array.attrs.get("latency")
    if isinstance(delays, Mapping):
        given = delays.get(key, given)
    elif delays is not None:
        given = delays
    if given is None or given == "":
        return 0
    if isinstance(given, int | float | np.number) and not isinstance(given, bool):
        given = f"{float(given)}D"  # a bare number counts days
    try:
        length = pd.Timedelta(given)
    except (ValueError, TypeError) as error:
        raise ValueError(
            f"The delay of {key} is {given!r}; give a length such as '60D'."
        ) from error
    if pd.isna(length) or length < pd.Timedelta(0):
        raise ValueError(
            f"The delay of {key} is {given!r}; nothing is known before it is measured, so it must "
            "not be negative."
        )
    return round(length / pd.Timedelta("1D") * DAY)


def _since(name: str, array: xr.DataArray) -> int | None:
    given = array.attrs.get("known_from")
    if given is None:
        return None
    try:
        stamp = pd.Timestamp(str(given))
    except (ValueError, TypeError) as error:
        raise ValueError(f"{name} is known_from {given!r}, which is no time.") from error
    return int(stamp.as_unit("ns").to_datetime64().astype(np.int64))
