"""What cleaning sets aside of a catalogue: found once, shared by all sessions."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from analysis.seismic.cleaning import CleaningReport, clean
from apps.views.earthquakes.catalogues import Events

_reports: dict[int, CleaningReport] = {}
_lock = threading.RLock()


def cleaning(events: Events) -> CleaningReport:
    """Return what cleaning says of the events of a catalogue; computed once.

    Parameters
    ----------
    events : Events
        All events of the catalogue.

    Returns
    -------
    analysis.seismic.CleaningReport
        Its positions are rows of ``events.table``.
    """
    key = id(events)
    with _lock:
        if key not in _reports:
            _kept, report = clean(events.table)
            _reports[key] = report
            weakref.finalize(events, _reports.pop, key, None)
        return _reports[key]


def is_cleaned(events: Events) -> bool:
    """Whether the report is there already."""
    return id(events) in _reports


def aside(events: Events, steps: Iterable[str]) -> npt.NDArray[np.bool_]:
    """Return which events the named steps of cleaning set aside.

    Parameters
    ----------
    events : Events
        All events of the catalogue.
    steps : iterable of str
        Steps; a step that there is not sets nothing aside.

    Returns
    -------
    numpy.ndarray
        (event) True where a row is set aside.
    """
    table = cleaning(events).table
    found = np.zeros(len(events), bool)
    found[table.loc[table["step"].isin(list(steps)), "position"].to_numpy(np.int64)] = True
    return found
