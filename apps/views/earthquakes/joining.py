"""The work behind the joined table: one variable after another, told and stopped on the way."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.seismic.joined import join_satellites
from apps.views.jobs import Ticket

QUANTITIES = ("value", "anomaly", "z")
PIECE = 2000
"""Events that are joined before the work says how far it is."""

_NORM = 0.5  # share of the work that making a norm is counted as
_KEPT = ("id", "time", "longitude", "latitude", "depth", "mag")
_SUFFIX = {"value": "", "anomaly": "_anomaly", "z": "_z", "cells": "_cells", "time": "_time"}
_SUFFIX |= {"end": "_end"}


@dataclass(frozen=True)
class Wish:
    """What is joined: ``cube/variable`` keys, lags in days, radii in km."""

    keys: tuple[str, ...]
    lags: tuple[float, ...]
    radii: tuple[float, ...]
    pre_event: bool = False


def column(key: str, quantity: str, wish: Wish) -> str:
    """Return the column of a variable's quantity; the cube is named where it must be.

    >>> wish = Wish(("a/lst", "b/lst", "b/tec"), (0.0,), (0.0,))
    >>> column("a/lst", "z", wish), column("b/tec", "value", wish)
    ('a_lst_z', 'tec')
    """
    variables = [one.partition("/")[2] for one in wish.keys]
    cube, _sep, variable = key.partition("/")
    name = variable if variables.count(variable) == 1 else f"{cube}_{variable}"
    return f"{name}{_SUFFIX[quantity]}"


def join(events: pd.DataFrame, wish: Wish, ticket: Ticket) -> pd.DataFrame:
    """Join events with every variable of a wish.

    Parameters
    ----------
    events : pandas.DataFrame
        ``id, time, longitude, latitude`` and, where known, ``depth, mag``.
    wish : Wish
        Variables, lags, radii.
    ticket : Ticket
        Told how far the work is; what it raises ends the work.

    Returns
    -------
    pandas.DataFrame
        A row for each event, lag and radius: the events' columns, ``lag_days``, ``radius_km``, and
        for each variable value, ``_anomaly``, ``_z``, ``_cells``, ``_time`` and ``_end``.

    Raises
    ------
    ValueError
        As :func:`analysis.seismic.joined.join_satellites`.
    """
    total = 1000 * len(wish.keys)
    whole: pd.DataFrame | None = None
    for number, key in enumerate(wish.keys):

        def tell(share: float, number: int = number) -> None:
            ticket.report(round(1000 * (number + share)), total)

        tell(0.0)
        _norm(key, tell)
        part = _one(events, key, wish, tell)
        name = key.partition("/")[2]
        renamed = {
            f"{name}{suffix}": column(key, quantity, wish) for quantity, suffix in _SUFFIX.items()
        }
        part = part.rename(columns=renamed)
        new = part[list(renamed.values())]
        whole = part if whole is None else pd.concat([whole, new], axis=1)
    if whole is None:
        return pd.DataFrame()
    place = list(whole.columns).index("lag")
    whole.insert(place, "lag_days", whole.pop("lag").dt.total_seconds() / 86_400.0)
    return whole


def _norm(key: str, tell: Callable[[float], None]) -> None:
    """Make the norm of a cube's variable, if it is not there yet."""
    from analysis.cubes import norms, open_cube

    name, _sep, variable = key.partition("/")

    def progress(done: int, total: int) -> None:
        tell(_NORM * done / max(total, 1))

    norms.of(open_cube(name), variable, progress=progress)


def _one(events: pd.DataFrame, key: str, wish: Wish, tell: Callable[[float], None]) -> pd.DataFrame:
    """Join all events with one variable, a piece after another in the order of time."""
    kept = [name for name in _KEPT if name in events]
    ordered = events[kept].sort_values("time", kind="stable", ignore_index=True)
    lags = [pd.Timedelta(days=lag) for lag in wish.lags]
    parts = []
    for start in range(0, len(ordered), PIECE):
        piece = ordered.iloc[start : start + PIECE]
        lazy = join_satellites(piece, [key], lags=lags, radii=wish.radii, pre_event=wish.pre_event)
        parts.append(lazy.compute(scheduler="synchronous"))
        done = min(start + PIECE, len(ordered)) / len(ordered)
        tell(_NORM + (1.0 - _NORM) * done)
    return pd.concat(parts, ignore_index=True)


def read_lags(text: str) -> tuple[float, ...]:
    """Read lags in days: numbers parted by semicolons, spaces, or commas and spaces.

    Raises
    ------
    ValueError
        None, more than eight, or beyond ten years.

    >>> read_lags("−30; 0; +30,5"), read_lags("-10, 0")
    ((-30.0, 0.0, 30.5), (-10.0, 0.0))
    """
    return _numbers(text, -3650.0, 3650.0, 8)


def read_radii(text: str) -> tuple[float, ...]:
    """Read radii in km.

    Raises
    ------
    ValueError
        None, more than five, negative or beyond 2,000 km.

    >>> read_radii("0 100 300")
    (0.0, 100.0, 300.0)
    """
    return _numbers(text, 0.0, 2000.0, 5)


def _numbers(text: str, low: float, high: float, most: int) -> tuple[float, ...]:
    parts = [part for part in re.split(r"[;\s]+|,\s+", text.replace("−", "-").strip()) if part]
    found = tuple(dict.fromkeys(float(part.replace(",", ".")) for part in parts))
    if not 0 < len(found) <= most:
        raise ValueError(f"{text!r}: one to {most} numbers are expected")
    if not all(np.isfinite(one) and low <= one <= high for one in found):
        raise ValueError(f"{text!r}: numbers from {low:g} to {high:g} are expected")
    return found
