"""Raw rows of events to clean ones: seven steps, each named, switchable and undoable."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.seismic.cleaning.agencies import agency_words
from analysis.seismic.cleaning.kinds import UNSTATED, event_kinds
from analysis.seismic.cleaning.report import CleaningReport, build_report
from analysis.seismic.cleaning.steps import STEPS, Rules
from analysis.seismic.columns import EVENT_COLUMNS, as_events, event_frame
from analysis.spelling import did_you_mean

_KINDS: Final = ("float64", "datetime64[us]", "bool")
_PARTS: Final = {"year": 2000, "month": 1, "day": 1, "hour": 0, "minute": 0, "second": 0}
_FLAGS: Final = ("true", "yes", "t", "false", "no", "f")


def clean(
    events: pd.DataFrame,
    *,
    skip: Iterable[str] = (),
    induced: bool = False,
    unknown_magnitude: bool = False,
    agencies: str | Iterable[str] | None = None,
    rules: Rules | None = None,
) -> tuple[pd.DataFrame, CleaningReport]:
    """Set aside what is no earthquake, is wrong, or stands twice; say of every row why.

    No row is changed or lost: the rows kept and the rows of the report are together the rows
    given. The steps, in their order (`STEPS`):

    ``deleted``
        status ``deleted``, and older rows with the id of such a row.
    ``invalid``
        no readable time, place or magnitude; a latitude beyond a pole; a magnitude or depth that
        is impossible. An unknown depth is no fault.
    ``event-type``
        explosions, quarry blasts, eruptions, ... and induced earthquakes; a type on no list is
        quarantined. No type at all is no fault, and the report counts these rows.
    ``exact-repeat``
        same agency, time, place, depth and magnitude.
    ``same-id``
        same agency and a shared id in ``id`` or ``ids``: the row updated last stays.
    ``near-repeat``
        same agency, within 2 s, 20 km and 1.0 of magnitude of a better row; never chained. A
        repeat (exact or near) is only suspected, and kept, where the agency has reviewed both
        rows and gives them two ids (``report.suspects``, ``Rules(overrule_reviewed=True)``).
    ``other-agency``
        matched one to one to an event of a preferred agency (`match_catalogues`).

    Parameters
    ----------
    events : pandas.DataFrame
        (n) rows in any form that `as_events` takes; not changed. Values that are no time or no
        number where one belongs set their row aside instead of stopping the work.
    skip : iterable of str
        Steps not to run.
    induced : bool
        Keep induced and triggered earthquakes.
    unknown_magnitude : bool
        Keep events without a magnitude.
    agencies : str or iterable of str, optional
        Preferred agencies, best first, in any case; `AGENCIES` if not given.
    rules : Rules, optional
        Limits and windows of the steps; the three arguments above go before its values.

    Returns
    -------
    tuple of pandas.DataFrame and CleaningReport
        The clean events, in the order and with the index given, in the columns of `as_events`;
        and the report.

    Raises
    ------
    ValueError
        A step to skip does not exist, or the table lacks time, longitude or latitude.

    Examples
    --------
    >>> raw = pd.DataFrame(
    ...     {
    ...         "id": ["a", "b", "b2", "c", "d"],
    ...         "time": ["2020-01-01", "2020-01-02", "2020-01-02", "2020-01-03", "2020-01-04"],
    ...         "longitude": [10.0, 20.0, 20.0, 30.0, 40.0],
    ...         "latitude": [50.0, 50.0, 50.0, 91.0, 50.0],
    ...         "mag": [3.0, 4.0, 4.0, 5.0, 2.0],
    ...         "type": ["earthquake", "earthquake", "earthquake", "earthquake", "Quarry_Blast"],
    ...     }
    ... )
    >>> events, report = clean(raw)
    >>> events["id"].tolist(), report.reasons
    (['a', 'b'], {'bad-latitude': 1, 'non-tectonic': 1, 'exact-repeat': 1})
    >>> len(events) + len(report) == len(raw)
    True
    >>> report.undo("event-type")["id"].tolist()
    ['a', 'b', 'd']
    """
    skipped = set(skip if not isinstance(skip, str) else [skip])
    for name in skipped:
        if name not in STEPS:
            msg = f"There is no step {name!r}. {did_you_mean(name, STEPS)}"
            raise ValueError(msg)
    frame, unreadable = readable(events)
    with np.errstate(invalid="ignore"):  # an infinite longitude is a row to set aside
        table = as_events(frame)
    base = rules or Rules()
    used = replace(
        base,
        induced=induced or base.induced,
        unknown_magnitude=unknown_magnitude or base.unknown_magnitude,
        agencies=agency_words(base.agencies if agencies is None else agencies),
        unreadable=unreadable,
    )
    rows = np.arange(len(table), dtype=np.int64)
    findings = {}
    for name, step in STEPS.items():
        if name not in skipped:
            findings[name] = step(table, rows, used)
            found = findings[name]
            rows = np.setdiff1d(rows, found.loc[found["aside"], "position"], assume_unique=True)
    kept = table.take(rows)
    return kept, build_report(table, findings, _notes(kept, rows, unreadable))


def _notes(
    kept: pd.DataFrame, rows: NDArray[np.int64], unreadable: dict[str, dict[int, str]]
) -> dict[str, int]:
    """Count the rows kept although something is missing."""
    lost = {row for found in unreadable.values() for row in found}
    return {
        "no-depth": int(kept["depth"].isna().sum()),
        "no-type": int((event_kinds(kept["type"]) == UNSTATED).sum()),
        "no-magnitude": int(kept["mag"].isna().sum()),
        "unreadable": len(lost & set(rows.tolist())) if lost else 0,
    }


def readable(events: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, dict[int, str]]]:
    """Blank the values that are no time or no number where one belongs; say which.

    Which column means what is asked of `as_events` itself: every column gets its own number as
    its only value, and the numbers come back under the standard names.

    Parameters
    ----------
    events : pandas.DataFrame
        (n) events in any form that `as_events` takes.

    Returns
    -------
    (pandas.DataFrame, dict)
        The events with such values blank; standard name of the column -> row -> value as text.

    Examples
    --------
    >>> rows = pd.DataFrame({"time": ["2020-01-01"], "lon": [1.0], "lat": [2.0], "mag": ["big"]})
    >>> frame, wrong = readable(rows)
    >>> wrong, frame["mag"].isna().all().item()
    ({'mag': {0: "'big'"}}, True)
    """
    frame = event_frame(events).rename(columns={})  # as given, but columns can be replaced
    text = [
        number
        for number, kind in enumerate(frame.dtypes)
        if not (pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_datetime64_any_dtype(kind))
    ]
    if not text or not frame.columns.is_unique:
        return frame, {}
    probe = pd.DataFrame([np.arange(frame.shape[1], dtype=float)], columns=frame.columns)
    for label in frame.columns:  # the parts of a date are no times by themselves
        probe[label] = _PARTS.get(str(label).lower(), probe[label])
    standard = as_events(probe, fill=False).iloc[0]
    unreadable: dict[str, dict[int, str]] = {}
    for name, kind in EVENT_COLUMNS.items():
        if name not in standard.index or kind not in _KINDS:
            continue
        found = standard[name]
        if kind == "bool":  # says only whether it was 0
            every = probe.iloc[[0] * len(text)].reset_index(drop=True)
            every[frame.columns[text]] = np.eye(len(text))
            hits = np.flatnonzero(as_events(every, fill=False)[name])
            number = text[hits[0]] if hits.size == 1 else -1
        else:
            number = found.value // 1_000_000 if kind == "datetime64[us]" else int(found)
        if number in text:
            column = frame.iloc[:, number]
            wrong = np.flatnonzero(_is_wrong(column, kind))
            if wrong.size:
                unreadable[name] = {int(row): repr(column.iloc[row]) for row in wrong}
                blank = column.astype(object)
                blank.iloc[wrong] = None
                frame[frame.columns[number]] = blank
    return frame, unreadable


def _is_wrong(column: pd.Series, kind: str) -> NDArray[np.bool_]:
    """Say which values are neither readable nor missing."""
    blank = column.isna() | (column.astype("str").str.strip() == "")
    if kind == "bool":
        blank |= column.astype("str").str.strip().str.lower().isin(_FLAGS)
    if kind == "datetime64[us]":
        read = pd.to_datetime(column.mask(blank), utc=True, format="ISO8601", errors="coerce")
    else:
        read = pd.to_numeric(column, errors="coerce")
    return (read.isna() & ~blank).to_numpy(bool)
