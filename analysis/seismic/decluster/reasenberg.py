"""Declustering by links of interaction zones (Reasenberg 1985)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.seismic.decluster.catalogue import read_catalogue
from analysis.seismic.decluster.grid import build_grid, points
from analysis.seismic.decluster.links import Placed, Rules, sweep, sweep_causal


def reasenberg(  # noqa: PLR0913 - the names of the method
    events: Any,
    rfact: float = 10.0,
    xmeff: float | None = None,
    xk: float = 0.5,
    taumin: float = 1.0,
    taumax: float = 10.0,
    p: float = 0.95,
    *,
    three_dimensional: bool = False,
    causal: bool = False,
) -> NDArray[np.int64]:
    """Group events whose interaction zones in space and time link them.

    Reasenberg (1985), J. Geophys. Res. 90:5479. Events are gone through in order of time. A later
    event is linked to event i when it comes within the look-ahead time tau and lies nearer than
    `rfact` crack radii to i, or nearer than one crack radius to the largest event of the cluster
    of i. A crack radius is 0.011 * 10^(0.4 M) km. Tau is `taumin` for an event in no cluster and
    for the largest of one; else, t days after the largest event of magnitude M,
    -ln(1 - p) t / 10^((2/3) (max((1 - xk) M - xmeff, 0) - 1)), kept between `taumin` and `taumax`.
    Linked clusters become one, whose mainshock is the largest event of both, the earliest of
    equals (the program bruces 0.5.0 keeps the smaller one there).

    Parameters
    ----------
    events : pandas.DataFrame
        Events (n) as `analysis.seismic.columns.as_events` reads them. Any longitude. An event
        without time, place or magnitude belongs to no cluster and stands alone.
    rfact : float
        Crack radii within which an event links, positive.
    xmeff : float, optional
        Magnitude from which the catalogue is complete; the smallest in the catalogue where not
        given, and in a causal run the smallest so far.
    xk : float
        By how much of its largest magnitude a cluster raises that magnitude, 0 to 1.
    taumin, taumax : float
        Shortest and longest look-ahead time, days, 0 < taumin <= taumax.
    p : float
        Confidence of seeing the next event of the sequence, between 0 and 1.
    three_dimensional : bool
        True takes distances between hypocentres (as the original, when depths are measured),
        False between epicentres. A difference of depth that is not known counts as 0.
    causal : bool
        True uses for each event only those strictly before it: its id is the largest event, up
        to itself, of the clusters it is linked to, and tau of an event is what was known when it
        came. No later event changes an earlier id.

    Returns
    -------
    numpy.ndarray
        Position of the mainshock of each row's cluster, int64 (n). A mainshock and an event that
        stands alone carry their own position.

    Raises
    ------
    ValueError
        A parameter is outside its range, or the table lacks a column.

    Examples
    --------
    Five events in one place: the largest stays, whatever came first.

    >>> import pandas as pd
    >>> table = pd.DataFrame(
    ...     {
    ...         "time": pd.date_range("2020-01-01", periods=5, freq="h"),
    ...         "mag": [6.0, 4, 5, 4, 4],
    ...         "lon": [0.0] * 5,
    ...         "lat": [0.0] * 5,
    ...     }
    ... )
    >>> reasenberg(table)
    array([0, 0, 0, 0, 0])
    >>> reasenberg(table.assign(mag=[4, 5, 4, 6, 4])), reasenberg(table.assign(lon=range(5)))
    (array([3, 3, 3, 3, 3]), array([0, 1, 2, 3, 4]))
    """
    _check(rfact, xmeff, xk, taumin, taumax, p)
    catalogue = read_catalogue(events)
    magnitude = catalogue.magnitude
    if not magnitude.size:
        return catalogue.in_table(np.empty(0, np.int64))
    crack = 0.011 * 10 ** (0.4 * magnitude)
    if xmeff is not None:
        cutoff = np.full(magnitude.size, float(xmeff))
    elif causal:
        cutoff = np.minimum.accumulate(magnitude)
    else:
        cutoff = np.full(magnitude.size, magnitude.min())
    grid = build_grid(catalogue.longitude, catalogue.latitude, 2 * rfact * float(np.median(crack)))
    placed = Placed(
        catalogue.longitude,
        catalogue.latitude,
        points(catalogue.longitude, catalogue.latitude, catalogue.depth)[grid.events],
        catalogue.days,
        magnitude,
        crack,
        cutoff,
    )
    rules = Rules(rfact, xk, taumin, taumax, -math.log(1 - p), three_dimensional)
    return catalogue.in_table((sweep_causal if causal else sweep)(placed, rules, grid))


def _check(
    rfact: float, xmeff: float | None, xk: float, taumin: float, taumax: float, p: float
) -> None:
    """Refuse parameters that mean nothing."""
    if not (math.isfinite(rfact) and rfact > 0):
        msg = f"rfact is {rfact}; give a positive number of crack radii."
        raise ValueError(msg)
    if xmeff is not None and not math.isfinite(xmeff):
        msg = f"xmeff is {xmeff}; give a magnitude, or None for the smallest in the catalogue."
        raise ValueError(msg)
    if not 0 <= xk <= 1:
        msg = f"xk is {xk}; give 0 to 1."
        raise ValueError(msg)
    if not 0 < taumin <= taumax < math.inf:
        msg = f"taumin is {taumin} and taumax {taumax} days; give 0 < taumin <= taumax."
        raise ValueError(msg)
    if not 0 < p < 1:
        msg = f"p is {p}; give a confidence between 0 and 1."
        raise ValueError(msg)
