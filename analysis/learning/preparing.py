"""From what a caller gives to rows to learn from and rows to judge by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from analysis.learning.demands import each_once
from analysis.learning.grid import FEWEST_WINDOWS, Grid, make_grid
from analysis.learning.ranking import chance_precision, roc_auc
from analysis.learning.sheet import Floats, Sheet, read_sheet, rows_of
from analysis.learning.splits import Split, length_of_time, temporal_split
from analysis.learning.yardsticks import Known, base_rate, forecast_baseline, typical_step
from analysis.notes import mark as _
from analysis.notes import note

_TOO_GOOD = 0.995  # smoothed seismicity, the best single feature of earthquakes, has 0.98
_FEWEST = 5  # positives
_MOST = 20_000  # rows
_MORE = 1.1  # times the base rate, from which on chance is told
_FEW = 10  # windows: of those fewer are drawn, too few intervals hold the truth
_MANY = 30  # blocks, from which on they nearly hold what they promise


def prepare(
    table: Any, split: Any, evaluation: Any, features: Sequence[str] | None, target: str
) -> tuple[Known, list[str]]:
    """Return the rows to learn from and to judge by, and what a reader must know.

    Parameters
    ----------
    table, split, evaluation, features, target
        As for :func:`~analysis.learning.compare.iterate_comparison`.

    Returns
    -------
    tuple
        Rows, and notes.

    Raises
    ------
    ValueError
        The table, the split or the evaluation is impossible.
    """
    sheet = read_sheet(table, features, target=target)
    each_once(sheet, "table")
    notes = list(sheet.notes)
    parts = split_of(sheet, split, notes)
    if not sheet.weights[parts.train].any():
        raise ValueError("All weights of the train part are 0, so there is nothing to learn from.")
    sheet = _without_empty(sheet, parts, notes)
    notes += _too_good(sheet.take(parts.train))
    if evaluation is None:
        judged, judged_table = sheet.take(parts.test), rows_of(table, parts.test)
    else:
        if parts.leaky:
            raise ValueError("A leaky split is judged by its own test rows; give no evaluation.")
        judged = read_sheet(evaluation, sheet.names, target=target)
        each_once(judged, "evaluation")
        first = parts.bounds["test"][0].to_datetime64()
        rows = np.flatnonzero(judged.times >= first)
        judged_table = evaluation
        if rows.size < len(judged):
            text = _("{count} rows of the evaluation lie before the test part and are left out.")
            notes.append(note(text, count=len(judged) - rows.size))
            judged, judged_table = judged.take(rows), rows_of(evaluation, rows)
        if not rows.size:
            raise ValueError(f"The evaluation has no rows from {parts.bounds['test'][0]} on.")
    return Known(sheet, judged, parts, table, judged_table), [*notes, *parts.notes]


def grid_of(known: Known) -> tuple[Grid, list[str]]:
    """Return the rows to judge by with all that scores need, and notes.

    Parameters
    ----------
    known
        Rows.

    Returns
    -------
    tuple
        Grid and notes.
    """
    reference, name = _reference(known)
    grid = make_grid(known.judged, reference, name, known.judged.rates.get("rate_smoothed"))
    notes: list[str] = []
    if not grid.positives.size:
        notes.append(note(_("There are no positives to judge by: most scores are undefined.")))
    blocks, hit = grid.windows // grid.block, int(np.count_nonzero(grid.positive_weight))
    if grid.windows < 2:
        notes.append(note(_("There is one window to judge by, so there are no intervals.")))
    elif grid.positives.size and hit < FEWEST_WINDOWS:
        text = _(
            "The positives to judge by lie in {count} of the windows, so there are no intervals: "
            "drawing these again says nothing of others."
        )
        notes.append(note(text, count=hit))
    elif grid.windows < _FEW:
        text = _("The intervals rest on {count} windows to judge by only; they are too narrow.")
        notes.append(note(text, count=grid.windows))
    elif blocks < _MANY:
        text = _(
            "The intervals rest on {count} windows to judge by, drawn in blocks of {block}: with "
            "so few they are somewhat too narrow (in made worlds some 85 of 100 held the truth, "
            "not 95)."
        )
        notes.append(note(text, count=grid.windows, block=grid.block))
    if grid.weights is None and grid.positives.size:
        base = grid.positives.size / len(grid)
        chance = chance_precision(len(grid), grid.positives.size)
        if chance > _MORE * base:
            text = _(
                "With {count} positives among {rows} rows to judge by, a ranking at random has an "
                "average precision of {chance} on average, not the base rate of {base}."
            )
            notes.append(
                note(text, count=grid.positives.size, rows=len(grid), chance=chance, base=base)
            )
    return grid, notes


def gap_of(sheet: Sheet, split: Split) -> pd.Timedelta:
    """Return the gap between what is learnt from and what is judged.

    Parameters
    ----------
    sheet
        Rows.
    split
        Parts.

    Returns
    -------
    pandas.Timedelta
        That of the split, or where it has none (a leaky one) the target window.
    """
    if split.gap > pd.Timedelta(0):
        return split.gap
    return pd.Timedelta(sheet.attrs.get("horizon", typical_step(sheet.times)))


def split_of(sheet: Sheet, split: Any, notes: list[str]) -> Split:
    """Return the parts: those given, or by shares or dates with a gap as long as the window.

    Parameters
    ----------
    sheet
        Rows.
    split
        Parts, three shares, two dates, or None.
    notes
        What a reader must know is told here.

    Returns
    -------
    Split
        The parts.

    Raises
    ------
    ValueError
        The split is of another table, or a part is empty.
    """
    if isinstance(split, Split):
        largest = max(int(getattr(split, name).max()) for name in ("train", "validation", "test"))
        if largest >= len(sheet):
            raise ValueError(f"The split is of another table: this one has {len(sheet)} rows.")
        return split
    options: dict[str, Any] = {}
    if split is not None:
        given = tuple(split) if isinstance(split, (tuple, list, np.ndarray)) else ()
        if len(given) not in (2, 3):
            raise ValueError(
                f"The split is {split!r}; give what temporal_split returns, three shares such as "
                "(0.7, 0.15, 0.15), or two dates such as ('2020-01-01', '2022-01-01')."
            )
        options["shares" if len(given) == 3 else "dates"] = given
    times = pd.DataFrame({"time": sheet.times, "target": sheet.outcome})
    horizon = sheet.attrs.get("horizon")
    if horizon is not None:
        length_of_time(horizon, "target window (attrs['horizon'])")
        return temporal_split(times, gap=horizon, horizon=horizon, **options)
    try:
        return temporal_split(times, gap="30D", **options)
    except ValueError:
        step = typical_step(sheet.times)
        if step >= pd.Timedelta("30D"):
            raise
        found = temporal_split(times, gap=step, **options)
        text = _(
            "The table does not state its target window (attrs['horizon']) and is too short for a "
            "gap of 30 days between the parts: the gap is one step of time, {step}."
        )
        notes.append(note(text, step=str(step)))
        return found


def _without_empty(sheet: Sheet, split: Split, notes: list[str]) -> Sheet:
    """Return the sheet without features that have no value in the train part."""
    known = np.asarray(np.isfinite(sheet.values[split.train]).any(axis=0))
    if known.all():
        return sheet
    left = [name for name, one in zip(sheet.names, known.tolist(), strict=True) if not one]
    notes.append(note(_("No value in the train part, so not learnt from: {names}."), names=left))
    names = tuple(name for name in sheet.names if name not in left)
    return replace(
        sheet, values=np.ascontiguousarray(sheet.values[:, np.array(known)]), names=names
    )


def _too_good(train: Sheet) -> list[str]:
    """Return a warning for each feature that alone orders the outcomes nearly without fault."""
    notes: list[str] = []
    rows = np.arange(len(train))[:: max(1, len(train) // _MOST)]
    outcome = train.outcome[rows]
    for name, values in zip(train.names, train.values[rows].T, strict=True):
        good = np.isfinite(values)
        if outcome[good].sum() < _FEWEST or outcome[good].all():
            continue
        found = roc_auc(outcome[good], values[good])
        if max(found, 1 - found) > _TOO_GOOD:
            text = _(
                "The feature {name} alone tells nearly every outcome of the train part (ROC-AUC "
                "{auc}): was it known at the issue time?"
            )
            notes.append(note(text, name=name, auc=float(found)))
    return notes


def _reference(known: Known) -> tuple[Floats, str]:
    """Return the probabilities that information gain is counted over."""
    name = "rate_uniform"
    if name in known.judged.rates:
        told = forecast_baseline(name, known)
        if (told[known.judged.outcome > 0] > 0).all():
            return told, name
    flat = base_rate(known)
    if flat.size and flat[0] <= 0:  # nothing to count from: as if half an event had been seen
        flat = np.full_like(flat, 0.5 / max(float(known.train.weights.sum()), 1.0))
    return flat, "base_rate"
