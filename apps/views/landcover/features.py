"""The course of every sample, taken from the imagery."""

from __future__ import annotations

from collections import Counter

import pandas as pd

from analysis.notes import mark as _
from analysis.notes import note
from apps.views.landcover.imagery import Imagery
from apps.views.landcover.samplesets import Left


def take_features(
    imagery: Imagery, places: pd.DataFrame
) -> tuple[pd.DataFrame, tuple[Left, ...], float]:
    """Take the features of samples from the imagery, and the side of blocks from the samples.

    Parameters
    ----------
    imagery
        Where from.
    places
        label, longitude, latitude, start, end, origin.

    Returns
    -------
    table : pandas.DataFrame
        Samples with features ``<band>_<step>``, steps from 1.
    notes : tuple of Left
        How many were left out, and why.
    side : float
        Side of a block by the variogram of the samples, degrees.

    Raises
    ------
    ValueError
        No sample lies in the imagery, or the years have different numbers of steps.
    """
    from analysis.agrarian.samples.extraction import extract
    from analysis.agrarian.samples.semivariance import block_size
    from analysis.agrarian.samples.table import features_of

    known = places["start"].dt.year.isin(imagery.years)
    rows = places[known].reset_index(drop=True)
    rows["sample_id"] = rows.index
    if rows.empty:
        text = _("No sample is of the years of the imagery ({first} to {last}).")
        years = {"first": str(imagery.years[0]), "last": str(imagery.years[-1])}
        raise ValueError(note(text, **years))
    found = extract(imagery.cube, rows, bands=list(imagery.bands))
    attrs = dict(found.attrs)
    found["origin"] = rows["origin"].to_numpy()[found["sample_id"].to_numpy()]
    found.attrs = attrs
    reasons: Counter[str] = Counter(one["reason"] for one in attrs.get("dropped", []))
    if len(rows) < len(places):
        reasons["other years"] = len(places) - len(rows)
    side = 1.0
    if len(set(found["label"])) > 1 and len(found) > MOST_FEW:
        side, _why = block_size(found, found["label"], features_of(found))
    return found, tuple(Left(count, why) for why, count in reasons.items()), side


MOST_FEW = 10
"""Samples of which no variogram can be made."""
