"""Ways of holding samples back: at random, by block, by zone, forward in time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.agrarian.landcover.nearness import (
    TOGETHER,
    Positions,
    copies_of,
    deal_copies,
    places_of,
    without_neighbours,
)
from analysis.agrarian.samples.columns import check_places
from analysis.agrarian.samples.semivariance import block_size, blocks_of
from analysis.learning.folds import deal_groups, temporal_folds
from analysis.notes import Note, note
from analysis.notes import mark as _
from analysis.spelling import did_you_mean

SCHEMES: Final = ("random", "block", "zone", "time")


@dataclass(frozen=True, eq=False)
class Folds:
    """Pairs of samples to learn from and to judge on.

    Attributes
    ----------
    by
        Scheme.
    names
        Name of each fold.
    pairs
        Positions to learn from and to judge on, for each fold.
    groups
        Group of every sample (sample,): those of one group are not independent.
    notes
        What the reader must know.
    block_degrees
        Side of a block, where there are any.
    """

    by: str
    names: tuple[str, ...]
    pairs: list[tuple[Positions, Positions]]
    groups: Positions
    notes: tuple[Note, ...] = ()
    block_degrees: float | None = None


def make_folds(  # noqa: PLR0913 - each is a choice of the caller
    samples: pd.DataFrame,
    labels: NDArray[Any],
    by: str,
    *,
    folds: int = 5,
    block_degrees: float | None = None,
    seed: int = 0,
    columns: list[str] | None = None,
    together: str = "copies",
    buffer_km: float = 0.0,
) -> Folds:
    """Return how samples are held back.

    Parameters
    ----------
    samples
        Samples; longitude and latitude for blocks, zone for zones, start for time.
    labels
        Labels (sample,).
    by
        "random", within classes; "block", whole blocks of the globe; "zone", one zone after the
        other; "time", learning always from what lies before.
    folds
        How many; zones are as many as there are.
    block_degrees
        Side of a block in degrees of longitude and of latitude; None for the range of the
        variogram of the samples.
    seed
        Seed.
    columns
        Features, for the variogram.
    together
        What random folds do not part: "copies", "places" or "nothing", see
        :func:`~analysis.agrarian.landcover.nearness.copies_of`.
    buffer_km
        Samples nearer than this to one that is judged are not learnt from; not for "time".

    Returns
    -------
    Folds
        They.

    Raises
    ------
    ValueError
        The scheme is unknown or the samples lack what it needs.

    Examples
    --------
    >>> table = pd.DataFrame({"zone": ["дала", "дала", "орман", "тау"]})
    >>> make_folds(table, np.array(list("abab")), "zone").names
    ('дала', 'орман', 'тау')
    """
    if by not in SCHEMES:
        raise ValueError(f"Samples are held back by {by!r}. {did_you_mean(str(by), SCHEMES)}")
    if together not in TOGETHER:
        advice = did_you_mean(str(together), TOGETHER)
        raise ValueError(f"Random folds keep together {together!r}. {advice}")
    if isinstance(folds, bool) or not isinstance(folds, int | np.integer):
        raise ValueError(f"The number of folds is {folds!r}; it is a whole number, 2 or more.")
    if by == "random":
        found = _random(samples, labels, folds, seed, together)
    elif by == "block":
        found = _blocks(samples, labels, folds, block_degrees, seed, columns or [])
    else:
        found = _zones(samples) if by == "zone" else _time(samples, folds)
    return _apart(found, samples, buffer_km) if buffer_km else found


def _apart(found: Folds, samples: pd.DataFrame, buffer_km: float) -> Folds:
    """Leave a strip without samples round those that are judged."""
    if found.by == "time" or not 0 < buffer_km < np.inf:
        raise ValueError(
            f"The buffer is {buffer_km:g} km, samples are held back by {found.by}; a buffer is a "
            "distance of 0 or more, and there is none in time."
        )
    _need(samples, ("longitude", "latitude"), found.by)
    check_places(samples)
    pairs, lost = without_neighbours(found.pairs, samples, buffer_km)
    for fold, (train, _judged) in zip(found.names, pairs, strict=True):
        if not train.size:
            raise ValueError(
                f"No sample lies {buffer_km:g} km or more from all of fold {fold}; take a narrower "
                "buffer."
            )
    text = note(
        _("Samples within {km} km of those judged are not learnt from: {least} to {most} a fold."),
        km=float(buffer_km),
        least=min(lost),
        most=max(lost),
    )
    return replace(found, pairs=pairs, notes=(*found.notes, text))


def _random(
    samples: pd.DataFrame, labels: NDArray[Any], folds: int, seed: int, together: str
) -> Folds:
    copies, groups = copies_of(samples, together), places_of(samples)
    distinct, places = np.unique(copies).size, np.unique(groups).size
    if not 2 <= folds <= distinct:
        text = _(
            "{folds} folds of {samples} samples ({distinct} without copies of one place) are "
            "impossible; 2 or more, and a sample for each."
        )
        raise ValueError(note(text, folds=folds, samples=labels.size, distinct=distinct))
    fold = deal_copies(copies, labels, folds, seed)
    notes: list[Note] = []
    if distinct < labels.size:
        many = np.bincount(copies)
        notes.append(
            note(
                _(
                    "{copies} samples are copies: they lie at {places} places (or pixels) "
                    "{period}. They are held back together."
                ),
                copies=int(many[many > 1].sum()),
                places=int((many > 1).sum()),
                period=note(
                    _("in the same period") if together == "copies" else _("in any period")
                ),
            )
        )
    if distinct > places:
        notes.append(
            note(
                _(
                    "{samples} samples lie at {places} places: at random, the same place is "
                    "learnt from and judged on."
                ),
                samples=labels.size,
                places=places,
            )
        )
    names = tuple(f"{k + 1}" for k in range(folds))
    return Folds("random", names, _pairs(fold), groups, tuple(notes))


def _blocks(
    samples: pd.DataFrame,
    labels: NDArray[Any],
    folds: int,
    size: float | None,
    seed: int,
    columns: list[str],
) -> Folds:
    _need(samples, ("longitude", "latitude"), "block")
    check_places(samples)
    east, north = (samples[one].to_numpy(np.float64) for one in ("longitude", "latitude"))
    notes = []
    if size is None:
        size, why = block_size(samples, labels, columns, folds=folds)
        notes.append(why)
    groups = blocks_of(east, north, size)
    blocks = np.unique(groups).size
    if not 2 <= folds <= blocks:
        text = _(
            "{folds} folds of {blocks} blocks of {size} degrees are impossible; there must be 2 "
            "folds or more and a block for each: smaller blocks, or fewer folds."
        )
        raise ValueError(note(text, folds=folds, blocks=blocks, size=float(size)))
    fold = deal_groups(groups, folds=folds, seed=seed)
    names = tuple(f"{k + 1}" for k in range(folds))
    notes.append(note(_("{blocks} blocks of {size} degrees."), blocks=blocks, size=float(size)))
    return Folds("block", names, _pairs(fold), groups, tuple(notes), size)


def _zones(samples: pd.DataFrame) -> Folds:
    _need(samples, ("zone",), "zone")
    names, groups = np.unique(
        samples["zone"].astype(str).to_numpy(dtype=object), return_inverse=True
    )
    if names.size < 2:
        text = _("All samples lie in one zone ({name}); there must be 2 or more.")
        raise ValueError(note(text, name=str(names[0])))
    return Folds("zone", tuple(names.tolist()), _pairs(groups), groups.astype(np.intp))


def _time(samples: pd.DataFrame, folds: int) -> Folds:
    name = next((one for one in ("start", "start_date", "date", "year") if one in samples), None)
    if name is None:
        raise ValueError("To go forward in time the samples need a column start (or year).")
    values = samples[name]
    years = pd.api.types.is_numeric_dtype(values)
    times = pd.to_datetime(values.astype(int).astype(str), format="%Y") if years else values
    times = pd.to_datetime(times).astype("datetime64[ns]")
    distinct = times.dt.to_period("Y").nunique() if not years else times.nunique()
    if times.isna().any() or distinct < 2:
        text = _(
            "The samples are of {count} year(s), or some have no date; going forward in time "
            "needs 2 years or more."
        )
        raise ValueError(note(text, count=int(distinct)))
    yearly = pd.Series(times.to_numpy("datetime64[Y]").astype("datetime64[ns]"))
    used = min(folds, distinct - 1)
    notes = []
    if used < folds:
        notes.append(note(_("{years} years allow {folds} fold(s)."), years=distinct, folds=used))
    pairs = temporal_folds(yearly.to_numpy(), folds=used, gap="0D")
    year = yearly.dt.year.to_numpy()
    names = tuple(f"{year[test].min()}-{year[test].max()}" for _learnt, test in pairs)
    return Folds("time", names, pairs, np.unique(year, return_inverse=True)[1], tuple(notes))


def _pairs(fold: Positions) -> list[tuple[Positions, Positions]]:
    return [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in np.unique(fold)]


def _need(samples: pd.DataFrame, names: tuple[str, ...], by: str) -> None:
    for name in names:
        if name not in samples:
            text = _("Samples held back by {by} need the column {name}.")
            raise ValueError(note(text, by=by, name=name))
        if lacking := int(samples[name].isna().sum()):
            raise ValueError(note(_("{count} samples have no {name}."), count=lacking, name=name))
