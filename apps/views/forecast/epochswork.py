"""The work behind superposed epochs: events and variables by name, tested once, remembered."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.seismic.precursors import Epochs
from apps.views.jobs import Ticket

KEPT = 12
_kept: dict[Wish, Epochs] = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class Wish:
    """What is tested.

    Attributes
    ----------
    events
        Source of the events, as `analysis.seismic.forecasting.read_record` takes it.
    magnitude
        Least magnitude.
    keys
        Variables, ``cube/variable``.
    groups
        "regime", "setting" or "" for all events together.
    lags, radii
        Days, none after the event; km.
    alternative, correction
        As `analysis.seismic.precursors.superposed_epochs` takes them.
    """

    events: str
    magnitude: float
    keys: tuple[str, ...]
    groups: str
    lags: tuple[float, ...]
    radii: tuple[float, ...]
    alternative: str
    correction: str

    @property
    def variables(self) -> list[str]:
        """Names of the variables."""
        return [one.partition("/")[2] for one in self.keys]


def examine(wish: Wish, ticket: Ticket) -> Epochs:
    """Test what was asked for, or remember what came out.

    Parameters
    ----------
    wish
        What is asked for.
    ticket
        Told how far the work is; what it raises ends the work.

    Returns
    -------
    Epochs
        The tests.

    Raises
    ------
    ValueError
        There are too few events, or a variable is not there.
    """
    from analysis.cubes import norms, open_cube
    from analysis.seismic.forecasting.records import read_record
    from analysis.seismic.precursors import superposed_epochs

    with _lock:
        if wish in _kept:
            return _kept[wish]
    total = 1000 * (len(wish.keys) + 1)
    for number, key in enumerate(wish.keys):  # norms are kept in the cube
        cube, _sep, variable = key.partition("/")

        def made(done: int, of: int, number: int = number) -> None:
            ticket.report(round(1000 * (number + done / max(of, 1))), total)

        ticket.report(1000 * number, total)
        norms.of(open_cube(cube), variable, progress=made)

    def read(done: int, of: int) -> None:
        ticket.report(1000 * len(wish.keys) + round(1000 * done / max(of, 1)), total)

    events = read_record(wish.events).events
    events = spanned(events[events["mag"] >= wish.magnitude], wish.keys)
    if events.empty:
        raise ValueError(
            f"There is no earthquake of magnitude {wish.magnitude:g} and more in the time of the "
            "variables."
        )
    found = superposed_epochs(
        events,
        list(wish.keys),
        lags=[pd.Timedelta(days=one) for one in wish.lags],
        radii=wish.radii,
        by=wish.groups or None,
        alternative=wish.alternative,
        correction=wish.correction,
        progress=read,
    )
    with _lock:
        while len(_kept) >= KEPT:
            del _kept[next(iter(_kept))]
        _kept[wish] = found
    return found


def spanned(events: pd.DataFrame, keys: tuple[str, ...]) -> pd.DataFrame:
    """Return the events in the time that some variable covers, and a year and a half before it.

    The earlier ones matter: what they left behind is before the first ones in that time.
    """
    from analysis.cubes import open_cube

    cubes: list[Any] = [open_cube(key.partition("/")[0]) for key in keys]
    first = min(pd.Timestamp(one.times.min()) for one in cubes) - pd.Timedelta(days=550)
    last = max(pd.Timestamp(one.times.max()) for one in cubes) + pd.Timedelta(days=400)
    return events[(events["time"] >= first) & (events["time"] <= last)]
