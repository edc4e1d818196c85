"""Families of magnitudes, which one is preferred, and their conversion to moment magnitude."""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.seismic.cleaning.relations import Relation, find_relations
from analysis.seismic.columns import as_events

_MEMBERS: Final = {
    "mw": "mww mwc mwb mwr mw mwp mwpd mi",
    "ms": "ms ms_20 ms20 msz",
    "mb": "mb",
    "ml": "ml mlr mlv",
    "md": "md mc",
}
MAGNITUDE_FAMILIES: Final = MappingProxyType(
    {kind: family for family, kinds in _MEMBERS.items() for kind in kinds.split()}
)
"""Type of magnitude in lower case -> its family, the preferred ones first: moment magnitudes, then
surface waves, body waves, local, duration. ``mb_lg`` and others belong to none: they are no mb."""

_PLACE: Final = {kind: place for place, kind in enumerate(MAGNITUDE_FAMILIES)}


def magnitude_families(mag_type: ArrayLike) -> NDArray[np.str_]:
    """Return the family of each type of magnitude.

    Parameters
    ----------
    mag_type : array_like of str
        (n) types, any case; missing ones belong to no family.

    Returns
    -------
    numpy.ndarray
        (n) of ``mw``, ``ms``, ``mb``, ``ml``, ``md`` and "".

    Examples
    --------
    >>> magnitude_families(["Mww", "ms_20", "mb", "mb_lg", None]).tolist()
    ['mw', 'ms', 'mb', '', '']
    """
    return _types(mag_type).map(MAGNITUDE_FAMILIES.get).fillna("").to_numpy(dtype="<U2")


def preferred_magnitudes(
    event: ArrayLike, mag: ArrayLike, mag_type: ArrayLike, rank: ArrayLike | None = None
) -> NDArray[np.int64]:
    """Choose for each event the magnitude of the best type.

    Mw before Ms before mb before ML before Md before any other; among moment magnitudes mww before
    mwc, mwb, mwr, mw, mwp. That is the order of the International Seismological Centre (Mw > Ms >
    mb > ML > Md): the first saturate last.

    Parameters
    ----------
    event : array_like of int
        (n) number of the event that each magnitude is of.
    mag, mag_type : array_like
        (n) magnitudes and their types. A missing magnitude is chosen where the event has no other.
    rank : array_like of number, optional
        (n) preference among equal types, small first; else the earlier row.

    Returns
    -------
    numpy.ndarray
        Positions of the chosen magnitudes, by the number of the event.

    Examples
    --------
    >>> preferred_magnitudes([7, 7, 7, 9], [5.1, 5.4, np.nan, 3.0], ["mb", "mwr", "mww", "ml"])
    array([1, 3])
    """
    events = np.asarray(event)
    values = np.asarray(mag, dtype=np.float64)
    place = _types(mag_type).map(_PLACE.get).fillna(len(_PLACE)).to_numpy(np.float64)
    other = np.zeros(events.size) if rank is None else np.asarray(rank, dtype=np.float64)
    order = np.lexsort((np.arange(events.size), other, place, np.isnan(values), events))
    first = np.ones(events.size, bool)
    first[1:] = events[order][1:] != events[order][:-1]
    return order[first].astype(np.int64)


def moment_magnitudes(
    mag: ArrayLike,
    mag_type: ArrayLike,
    *,
    error: ArrayLike | None = None,
    relations: str | Relation | Iterable[Relation] = "scordilis-2006",
) -> pd.DataFrame:
    """Convert magnitudes to moment magnitude.

    Moment magnitudes stay as they are; mb and Ms go through published relations inside the range
    that they were made for; everything else is NaN with a reason. Nothing is extrapolated.

    Parameters
    ----------
    mag : array_like
        (n) magnitudes.
    mag_type : array_like of str
        (n) types.
    error : array_like, optional
        (n) standard deviations of the magnitudes. They add to that of the relation in quadrature,
        times the slope there.
    relations : str, Relation or iterable of Relation
        Key of `RELATIONS`, or relations of one's own, for example for the ML of a network.

    Returns
    -------
    pandas.DataFrame
        (n) rows: ``mw``; ``mw_error`` (standard deviation, NaN where unknown); ``mw_from``
        (``reported:mww``, ``scordilis-2006:mb``, or ""); ``mw_reason`` (why there is none:
        ``no-magnitude``, ``no-type``, ``no-relation``, ``out-of-range``, or "").

    Raises
    ------
    ValueError
        There are no such relations, or the lengths differ.

    Examples
    --------
    A reported Mw is not touched; an mb of 7 is beyond the range, and an ML has no relation:

    >>> moment_magnitudes([6.1, 5.0, 7.0, 4.0], ["mww", "mb", "mb", "ml"])[["mw", "mw_reason"]]
         mw     mw_reason
    0  6.10
    1  5.28
    2   NaN  out-of-range
    3   NaN   no-relation
    """
    values = np.atleast_1d(np.asarray(mag, dtype=np.float64))
    types = _types(mag_type)
    given = np.full(values.shape, np.nan) if error is None else np.asarray(error, dtype=np.float64)
    if not values.shape == types.shape == given.shape:
        msg = f"There are {values.shape} magnitudes, {types.shape} types, {given.shape} errors."
        raise ValueError(msg)
    family = magnitude_families(types)
    mw = np.where(family == "mw", values, np.nan)
    sigma = np.where(family == "mw", given, np.nan)
    source = np.where(family == "mw", "reported:" + types.fillna("").to_numpy(object), "")
    reason = np.full(values.shape, "no-relation", dtype=object)
    reason[(types.isna() | (types == "")).to_numpy(bool)] = "no-type"
    for relation in find_relations(relations):
        own = (family == relation.family) & np.isnan(mw)
        own &= np.isfinite(values)
        reason[own] = "out-of-range"
        mw[own], sigma[own] = _converted(relation, values[own], given[own])
        source[own] = f"{relation.name}:{relation.family}"
    reason[np.isnan(values)] = "no-magnitude"
    missing = np.isnan(mw)
    return pd.DataFrame(
        {
            "mw": mw,
            "mw_error": np.where(missing, np.nan, sigma),
            "mw_from": pd.Series(np.where(missing, "", source), dtype="str"),
            "mw_reason": pd.Series(np.where(missing, reason, ""), dtype="str"),
        }
    )


def add_moment_magnitudes(
    events: pd.DataFrame, relations: str | Relation | Iterable[Relation] = "scordilis-2006"
) -> pd.DataFrame:
    """Return the events with the columns of `moment_magnitudes`; the raw magnitude stays.

    Parameters
    ----------
    events : pandas.DataFrame
        (n) events in any form that `as_events` takes.
    relations : str, Relation or iterable of Relation
        As in `moment_magnitudes`.

    Returns
    -------
    pandas.DataFrame
        (n) events with the index given; ``mag`` and ``magType`` as they were, and ``mw``,
        ``mw_error``, ``mw_from``, ``mw_reason``.

    Examples
    --------
    >>> raw = pd.DataFrame(
    ...     {"time": ["2020-01-01"], "lon": 0, "lat": 0, "mag": 5.0, "magtype": "mb"}
    ... )
    >>> add_moment_magnitudes(raw)[["mag", "mw", "mw_error", "mw_from"]].to_numpy().tolist()
    [[5.0, 5.28, 0.29, 'scordilis-2006:mb']]
    """
    table = as_events(events)
    found = moment_magnitudes(
        table["mag"], table["magType"], error=table["magError"], relations=relations
    )
    return table.assign(**{name: found[name].to_numpy() for name in found.columns})


def _converted(
    relation: Relation, values: NDArray[np.float64], error: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return Mw and the errors of relation and magnitude together; an unknown one adds none."""
    mw, sigma = relation.convert(values)
    step = 1e-4
    beside = np.full(values.shape, np.nan)
    for piece in relation.pieces:
        inside = (values >= piece.low - 1e-9) & (values <= piece.high + 1e-9) & np.isnan(beside)
        rise = piece.convert(values[inside] + step) - piece.convert(values[inside] - step)
        beside[inside] = rise / (2 * step)
    own = np.nan_to_num(beside * error)
    return mw, np.hypot(sigma, own)


def _types(mag_type: Any) -> pd.Series:
    """Return types in lower case without blanks round them."""
    types = np.atleast_1d(np.asarray(mag_type, dtype=object))
    return pd.Series(types, dtype="str").str.lower().str.strip()
