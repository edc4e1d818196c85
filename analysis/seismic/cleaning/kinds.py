"""What an event was: a tectonic earthquake, something else, or not known."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.seismic.columns import event_types

TECTONIC: Final = "tectonic"
INDUCED: Final = "induced"
NON_TECTONIC: Final = "non-tectonic"
UNKNOWN: Final = "unknown"
UNSTATED: Final = "unstated"

_OTHER_THAN_EARTHQUAKES: Final = (
    # QuakeML 1.2
    "accidental explosion, acoustic noise, anthropogenic event, atmospheric event, avalanche, "
    "blasting levee, boat crash, building collapse, cavity collapse, chemical explosion, collapse, "
    "controlled explosion, crash, debris avalanche, experimental explosion, explosion, "
    "fluid extraction, fluid injection, hydroacoustic event, ice quake, industrial explosion, "
    "landslide, meteorite, mine collapse, mining explosion, not existing, not reported, "
    "nuclear explosion, other event, plane crash, quarry blast, reservoir loading, road cut, "
    "rock burst, rockslide, slide, snow avalanche, sonic blast, sonic boom, thunder, train crash, "
    "volcanic eruption, "
    # strings of ComCat besides
    "debris flow, mine explosion, quarry, rock slide, volcanic explosion"
)

EVENT_KINDS: Final = MappingProxyType(
    {"earthquake": TECTONIC, "induced or triggered event": INDUCED}
    | dict.fromkeys(_OTHER_THAN_EARTHQUAKES.split(", "), NON_TECTONIC)
)
"""Event type in lower case -> its kind: all 44 of QuakeML 1.2 (``EventType``) and those that the
catalogue of the USGS uses besides."""


def event_kinds(types: pd.Series) -> NDArray[np.str_]:
    """Say of each event whether it was a tectonic earthquake.

    The types are those of QuakeML 1.2 (Schorlemmer et al. 2011, doi:10.4401/ag-4874); the two
    letters of ISF and EMSC ("ke", "sm", ...; Storchak et al. 2012) are read as their words. Case
    does not count, and ``_`` is a space.

    Parameters
    ----------
    types : pandas.Series
        Event types, (n); NaN or "" where the source says nothing.

    Returns
    -------
    numpy.ndarray
        (n) of ``tectonic``, ``induced``, ``non-tectonic``, ``unknown`` (a word that is on no
        list: it is not guessed) and ``unstated``.

    Examples
    --------
    >>> event_kinds(pd.Series(["Quarry_Blast", "earthquake", "KE", "landing of a ship", None]))
    array(['non-tectonic', 'tectonic', 'tectonic', 'unknown', 'unstated'], dtype='<U12')
    """
    words = event_types(types)
    kinds = words.map(dict(EVENT_KINDS)).astype(object)
    kinds = kinds.where(kinds.notna(), UNKNOWN).mask(words.isna(), UNSTATED)
    return kinds.to_numpy().astype("<U12")
