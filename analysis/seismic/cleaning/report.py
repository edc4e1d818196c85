"""What cleaning set aside, why, and how it comes back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.spelling import did_you_mean

REASONS: Final = MappingProxyType(
    {
        "deleted": "The agency has deleted the event.",
        "deleted-later": "The agency deleted the event later (row {partner}).",
        "unreadable": "A value is not readable: {value}.",
        "no-time": "The event has no time.",
        "no-place": "The event has no longitude or no latitude.",
        "bad-latitude": "The latitude {value} is not between -90 and 90 degrees.",
        "bad-longitude": "The longitude {value} is not a longitude.",
        "no-magnitude": "The event has no magnitude.",
        "bad-magnitude": "The magnitude {value} is impossible.",
        "bad-depth": "The depth {value} km is impossible.",
        "non-tectonic": "The event is no earthquake: {value}.",
        "induced": "The earthquake was induced or triggered by people.",
        "unknown-type": "The event type {value} is on no list; it is not guessed.",
        "exact-repeat": "The same row as {partner}: time, place, depth and magnitude are equal.",
        "same-id": "The same event as {partner}, {value}, by the ids that the agency lists.",
        "near-repeat": "The same event as {partner}: {dt} s and {distance} km apart.",
        "other-agency": "The same event as {partner} of {value}: {dt} s, {distance} km apart.",
    }
)
"""Code of a reason -> English sentence. The names in braces are columns of `CleaningReport.table`,
so that whoever shows a report can say it in another language."""

FINDING: Final = ("position", "reason", "value", "partner", "dt", "distance", "dmag", "aside")


@dataclass(frozen=True)
class CleaningReport:
    """Every row that `clean` set aside, with its reason.

    Parameters
    ----------
    events : pandas.DataFrame
        (n) all rows given, brought to the columns of events; not changed.
    table : pandas.DataFrame
        One line for each row set aside, in the order of the rows: ``index`` (label of the
        caller), ``position`` (0 to n - 1), ``id``, ``agency``, ``time``, ``mag``, ``step``,
        ``reason`` (a key of `REASONS`), ``value`` (what was wrong, as text), ``partner``
        (label) and ``partner_id`` of the row that was kept instead, and for pairs ``dt`` (s),
        ``distance`` (km) and ``dmag``, this row minus the partner.
    suspects : pandas.DataFrame
        The same columns for rows that were **kept** although they look like a repeat: the agency
        has reviewed both and gives them different ids, so by its word they are two events; or
        both carry a date without a time of day.
    steps : tuple of str
        The steps that ran, in their order.
    notes : mapping of str to int
        Rows that were kept although something is missing: ``no-depth``, ``no-type``,
        ``no-magnitude``, ``unreadable`` (a value of no importance here, now missing).
    """

    events: pd.DataFrame
    table: pd.DataFrame
    suspects: pd.DataFrame
    steps: tuple[str, ...]
    notes: Mapping[str, int]

    def __len__(self) -> int:
        """Return how many rows were set aside."""
        return len(self.table)

    @property
    def total(self) -> int:
        """Rows given: those kept and those set aside."""
        return len(self.events)

    @property
    def kept(self) -> int:
        """Rows kept."""
        return self.total - len(self)

    @property
    def counts(self) -> dict[str, int]:
        """Rows set aside by each step that ran, 0 included."""
        found = self.table["step"].value_counts()
        return {step: int(found.get(step, 0)) for step in self.steps}

    @property
    def reasons(self) -> dict[str, int]:
        """Rows set aside for each reason that occurs, in the order of `REASONS`."""
        found = self.table["reason"].value_counts()
        return {reason: int(found[reason]) for reason in REASONS if reason in found}

    def undo(self, *steps: str, rows: Any = None) -> pd.DataFrame:
        """Return the clean events with rows that were set aside back at their places.

        The rows come back as they are; no other step runs again. To clean without a step from
        the beginning, call ``clean(events, skip=[step])``.

        Parameters
        ----------
        *steps : str
            Steps to undo. None of them and no `rows` gives the clean events.
        rows : label or iterable of labels, optional
            Rows to bring back besides, by their label in the index of the caller.

        Returns
        -------
        pandas.DataFrame
            Events in the order of the rows given to `clean`.

        Raises
        ------
        ValueError
            A step did not run, or a label was not set aside.
        """
        for step in steps:
            if step not in self.steps:
                msg = f"The step {step!r} did not run. {did_you_mean(step, self.steps)}"
                raise ValueError(msg)
        back = self.table["step"].isin(steps)
        if rows is not None:
            labels = rows if _is_many(rows) else [rows]
            for label in labels:
                if not self.table["index"].isin([label]).any():
                    msg = f"The row {label!r} was not set aside; see the column index of the table."
                    raise ValueError(msg)
            back |= self.table["index"].isin(list(labels))
        keep = np.ones(self.total, bool)
        keep[self.table.loc[~back, "position"]] = False
        return self.events[keep]

    def sentence(self, row: int) -> str:
        """Return in English why a row was set aside.

        Parameters
        ----------
        row : int
            Line of `table`.

        Returns
        -------
        str
            The sentence of `REASONS` with its values.
        """
        line = self.table.iloc[row]
        values = {name: line[name] for name in ("value", "partner")}
        return REASONS[line["reason"]].format(
            **values, dt=f"{abs(line['dt']):.2f}", distance=f"{line['distance']:.1f}"
        )

    def __str__(self) -> str:
        """Return counts by step and reason, in English."""
        lines = [f"{self.total} rows: {self.kept} kept, {len(self)} set aside."]
        for step, count in self.counts.items():
            lines.append(f"  {step}: {count}")
            parts = self.table.loc[self.table["step"] == step, "reason"].value_counts(sort=False)
            lines += [f"    {reason}: {n}" for reason, n in parts.items() if reason != step]
        if len(self.suspects):
            lines.append(f"  kept, but perhaps repeats: {len(self.suspects)}")
        lines += [f"  kept with {name}: {count}" for name, count in self.notes.items() if count]
        return "\n".join(lines)


def build_report(
    events: pd.DataFrame,
    findings: Mapping[str, pd.DataFrame],
    notes: Mapping[str, int],
) -> CleaningReport:
    """Make the report from what the steps found.

    Parameters
    ----------
    events : pandas.DataFrame
        (n) all rows.
    findings : mapping of str to pandas.DataFrame
        Step -> what it set aside, made by `finding`.
    notes : mapping of str to int
        Rows kept although something is missing.

    Returns
    -------
    CleaningReport
        The report.
    """
    lines = [one.assign(step=step) for step, one in findings.items()]
    found = pd.concat([finding([], "").assign(step=""), *lines])
    found = found.sort_values("position", kind="stable", ignore_index=True)
    position = found["position"].to_numpy(np.int64)
    partner = found["partner"].to_numpy(np.int64)
    known = partner >= 0
    index = events.index
    table = pd.DataFrame(
        {
            "index": index.take(position) if index.nlevels == 1 else _labels(index, position),
            "position": position,
            "id": events["id"].take(position).to_numpy(),
            "agency": events["agency"].take(position).to_numpy(),
            "time": events["time"].take(position).to_numpy(),
            "mag": events["mag"].take(position).to_numpy(),
            "step": found["step"],
            "reason": found["reason"],
            "value": found["value"],
            "partner": _labels(index, partner).where(known, None),
            "partner_id": pd.Series(events["id"].take(partner).to_numpy()).where(known, None),
            "dt": found["dt"],
            "distance": found["distance"],
            "dmag": found["dmag"],
        }
    )
    aside = found["aside"].to_numpy(bool)
    suspects = table[~aside].drop_duplicates("position", ignore_index=True)
    table = table[aside].reset_index(drop=True)
    return CleaningReport(events, table, suspects, tuple(findings), MappingProxyType(dict(notes)))


def finding(
    position: Iterable[int] | NDArray[np.int64],
    reason: str | NDArray[np.str_],
    value: Any = "",
    partner: Any = -1,
    dt: Any = np.nan,
    distance: Any = np.nan,
    dmag: Any = np.nan,
    aside: Any = True,
) -> pd.DataFrame:
    """Return rows to set aside, one line each, in the columns `FINDING`.

    Parameters
    ----------
    position : array of int
        (k) positions of the rows.
    reason : str or (k) array of str
        Keys of `REASONS`.
    value, partner, dt, distance, dmag
        One for all or (k) each: what was wrong, the position of the row kept instead (-1: none),
        and how far apart the two are.
    aside : bool or (k) array of bool
        False: only suspected, and kept.

    Returns
    -------
    pandas.DataFrame
        (k) lines.
    """
    rows = np.asarray(position, dtype=np.int64)
    columns = {
        "reason": pd.Series(reason, index=range(rows.size), dtype="str"),
        "value": pd.Series(value, index=range(rows.size), dtype="str"),
        "partner": np.broadcast_to(np.asarray(partner, np.int64), rows.shape),
        "dt": np.broadcast_to(np.asarray(dt, np.float64), rows.shape),
        "distance": np.broadcast_to(np.asarray(distance, np.float64), rows.shape),
        "dmag": np.broadcast_to(np.asarray(dmag, np.float64), rows.shape),
        "aside": np.broadcast_to(np.asarray(aside, np.bool_), rows.shape),
    }
    return pd.DataFrame({"position": rows} | columns, columns=list(FINDING))


def _labels(index: pd.Index, rows: NDArray[np.int64]) -> pd.Series:
    """Return labels of an index as objects, those of several levels as tuples."""
    return pd.Series(list(index.take(rows)), dtype=object)


def _is_many(rows: Any) -> bool:
    return isinstance(rows, Iterable) and not isinstance(rows, str | bytes | tuple)
