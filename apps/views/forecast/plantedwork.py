"""The work behind the planted precursor: one world with it and without it, model after model."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from apps.views.jobs import Ticket

KEPT = 400
"""Results of models that a process remembers."""

_kept: dict[tuple[float, int, str], dict[str, Any]] = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class Wish:
    """What is asked for: strength of the precursor, number of the world, models."""

    strength: float
    seed: int
    models: tuple[str, ...]

    @property
    def strengths(self) -> tuple[float, ...]:
        """The strength, and the same world without."""
        return (self.strength, 0.0) if self.strength > 0 else (0.0,)


@dataclass(frozen=True, eq=False)
class Found:
    """What is known so far.

    ``rows`` has an index (strength, model) and the columns of
    :class:`analysis.seismic.plantedrecovery.Recovery`; ``courses`` the mean anomaly before events
    by strength, indexed by days from the event.
    """

    wish: Wish
    rows: pd.DataFrame
    courses: dict[float, pd.Series]
    events: int
    failures: dict[str, str]


@lru_cache(maxsize=3)
def world(strength: float, seed: int) -> Any:
    """Return a simulated world; the last three are kept."""
    from analysis.seismic.plantedrecovery import make_world

    return make_world(strength, seed)


def course(made: Any, before: int = 9, after: int = 3) -> pd.Series:
    """Return the mean anomaly at the epicentres, by days from the event to the step's middle.

    Parameters
    ----------
    made
        A world of :func:`analysis.seismic.plantedrecovery.make_world`.
    before, after
        How many steps on each side.

    Returns
    -------
    pandas.Series
        Mean anomaly in standard deviations, all events of the world.
    """
    from analysis.seismic.planted import ANOMALY

    values = made.cube[ANOMALY].to_numpy()
    step = made.cells.find_time(made.events["time"].to_numpy())
    cell = made.cells.find(made.events["longitude"].to_numpy(), made.events["latitude"].to_numpy())
    inside = (step >= before) & (step < values.shape[0] - after) & (cell >= 0)
    places = np.arange(-before, after + 1)
    means = [float(values[step[inside] + one, cell[inside]].mean()) for one in places]
    length = float((made.cells.edges[1] - made.cells.edges[0]) / np.timedelta64(1, "D"))
    return pd.Series(means, index=places * length)


def run(wish: Wish, ticket: Ticket, partial: Callable[[Found], None]) -> Found:
    """Make the worlds and let the models learn; what is known already is not made again.

    Parameters
    ----------
    wish
        What is asked for.
    ticket
        Told how far the work is; what it raises ends the work.
    partial
        Takes what is known after each step.

    Returns
    -------
    Found
        All.
    """
    from analysis.seismic.plantedrecovery import iterate_recovery

    strengths = wish.strengths
    total = len(strengths) * (1 + 3 * len(wish.models))
    courses: dict[float, pd.Series] = {}
    failures: dict[str, str] = {}
    done, events = 0, 0
    for strength in strengths:
        ticket.report(done, total)
        made = world(strength, wish.seed)
        courses[strength] = course(made)
        events = len(made.events)
        done += 1
        partial(Found(wish, _rows(wish), dict(courses), events, dict(failures)))
    for model in wish.models:
        for strength in strengths:
            ticket.report(done, total)
            if (strength, wish.seed, model) not in _kept:
                begun = done

                def step(
                    part: int, _of: int, _text: str, begun: int = begun, total: int = total
                ) -> None:
                    ticket.report(begun + max(0, min(part - 1, 2)), total)

                *_, found = iterate_recovery(
                    strength, wish.seed, [model], world=world(strength, wish.seed), progress=step
                )
                failures |= found.failures
                if model in found.table.index:
                    row: dict[str, Any] = {str(k): v for k, v in found.table.loc[model].items()}
                    _keep((strength, wish.seed, model), row)
            done += 3
            partial(Found(wish, _rows(wish), dict(courses), events, dict(failures)))
    ticket.report(total, total)
    return Found(wish, _rows(wish), courses, events, failures)


def _keep(key: tuple[float, int, str], row: dict[str, Any]) -> None:
    with _lock:
        while len(_kept) >= KEPT:
            del _kept[next(iter(_kept))]
        _kept[key] = row


def _rows(wish: Wish) -> pd.DataFrame:
    """Return what is known of a wish, models in its order."""
    found = {
        (strength, model): _kept[strength, wish.seed, model]
        for model in wish.models
        for strength in wish.strengths
        if (strength, wish.seed, model) in _kept
    }
    if not found:
        return pd.DataFrame()
    table = pd.DataFrame(list(found.values()))
    table.index = pd.MultiIndex.from_tuples(list(found), names=["strength", "model"])
    return table
