"""Quality of samples: the same place twice, balance, values that cannot be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from analysis.agrarian.samples.table import as_samples, features_of

INDICES: Final = ("ndvi", "evi", "savi", "msavi", "ndwi", "mndwi", "nbr", "gndvi", "ndmi")
REFLECTANCES: Final = ("blue", "green", "red", "nir", "swir", "mir", "red_edge", "rededge", "nir08")
FEWEST: Final = 20
_NUMBER: Final = re.compile(r"_\d+(@\d+)?$")
COLUMNS: Final = ("check", "severity", "count", "where", "rows")


def check_samples(
    samples: Any,
    *,
    limits: Mapping[str, tuple[float, float]] | None = None,
    features: Any = None,
    spread: float = 10.0,
) -> pd.DataFrame:
    """Find what is wrong with samples before anything is learnt from them.

    Parameters
    ----------
    samples
        Samples, or their file.
    limits
        Band to least and greatest value; indices are known to lie in [-1, 1] (EVI in [-2, 2]),
        reflectances in [-0.1, 1.6].
    features
        Features or bands; None for all.
    spread
        A value so many times farther from the median of its class and date than half the samples
        is an outlier.

    Returns
    -------
    pandas.DataFrame
        A row for each finding, the gravest first. Columns: check ("same place, other label", "same
        place twice", "few samples", "unbalanced", "missing values", "out of range", "units",
        "outlier", "period"), severity ("error", "warning"), count, where (class, band or feature),
        rows (list of positions). Empty where all is well. `attrs["classes"]`: samples of each.

    Examples
    --------
    >>> table = pd.DataFrame(
    ...     {
    ...         "label": ["су", "егін"] * 30,
    ...         "longitude": 70 + np.arange(60) / 10,
    ...         "latitude": 50.0,
    ...         "ndvi_1": np.tile([0.1, 3000], 30),
    ...     }
    ... )
    >>> check_samples(table)[["check", "where", "count"]].to_numpy().tolist()
    [['units', 'ndvi', 30]]
    """
    table = as_samples(samples)
    names = features_of(table, features)
    values = table[names].to_numpy(np.float64, na_value=np.nan)
    counts = table["label"].value_counts()
    found: list[tuple[str, str, int, str, list[int]]] = []
    found += _places(table)
    found += [
        ("few samples", "warning", int(n), str(one), np.flatnonzero(table["label"] == one).tolist())
        for one, n in counts.items()
        if n < FEWEST
    ]
    if counts.size > 1 and counts.iloc[0] > 10 * counts.iloc[-1]:
        found.append(("unbalanced", "warning", int(counts.iloc[0]), str(counts.index[0]), []))
    found += _gaps(values, names) + _period(table)
    ranges, wrong = _ranges(values, names, dict(limits or {}))
    found += ranges
    found += _outliers(np.where(wrong, np.nan, values), names, table["label"].to_numpy(), spread)
    result = pd.DataFrame(found, columns=list(COLUMNS))
    order = np.lexsort((-result["count"].to_numpy(int), result["severity"].to_numpy(str)))
    result = result.iloc[order].reset_index(drop=True)
    result.attrs["classes"] = {one: int(n) for one, n in counts.items()}
    return result


def _places(table: pd.DataFrame) -> list[Any]:
    if not {"longitude", "latitude"} <= set(table.columns):
        return []
    keys = ["longitude", "latitude", *(one for one in ("start", "end") if one in table)]
    place = table[keys].round({"longitude": 5, "latitude": 5})
    number = place.groupby(keys, dropna=False).ngroup().to_numpy()
    labels = pd.Series(table["label"].to_numpy()).groupby(number).transform("nunique").to_numpy()
    many = pd.Series(number).groupby(number).transform("size").to_numpy() > 1
    rows = []
    for name, severity, which in (
        ("same place, other label", "error", labels > 1),
        ("same place twice", "warning", many & (labels == 1)),
    ):
        if which.any():
            where = f"{np.unique(number[which]).size} places"
            rows.append((name, severity, int(which.sum()), where, np.flatnonzero(which).tolist()))
    return rows


def _gaps(values: Any, names: list[str]) -> list[Any]:
    gap = ~np.isfinite(values)
    rows = np.flatnonzero(gap.any(axis=1))
    if not rows.size:
        return []
    worst = names[int(gap.sum(axis=0).argmax())]
    severity = "error" if gap.all(axis=1).any() or gap.all(axis=0).any() else "warning"
    return [("missing values", severity, int(gap.sum()), f"most in {worst}", rows.tolist())]


def _period(table: pd.DataFrame) -> list[Any]:
    if not {"start", "end"} <= set(table.columns):
        return []
    start, end = pd.to_datetime(table["start"]), pd.to_datetime(table["end"])
    wrong = np.flatnonzero((end <= start).to_numpy())
    rows = []
    if wrong.size:
        rows.append(("period", "error", int(wrong.size), "end before start", wrong.tolist()))
    long = np.flatnonzero(((end - start).dt.days > 800).to_numpy())
    if long.size:
        rows.append(("period", "warning", int(long.size), "longer than 800 days", long.tolist()))
    return rows


def _ranges(
    values: Any, names: list[str], limits: dict[str, tuple[float, float]]
) -> tuple[list[Any], Any]:
    """Find values that a band cannot have, and bands in other units."""
    wrong = np.zeros(values.shape, bool)
    rows: list[Any] = []
    bands: dict[str, list[int]] = {}
    for k, one in enumerate(names):
        bands.setdefault(one if one in limits else _NUMBER.sub("", one), []).append(k)
    for band, own in bands.items():
        limit = limits.get(band) or _limit(band)
        if limit is None:
            continue
        part = values[:, own]
        beyond = (part < limit[0]) | (part > limit[1])
        if not beyond.any():
            continue
        wrong[:, own] = beyond
        which = np.flatnonzero(beyond.any(axis=1))
        size = np.nanmedian(np.abs(part[beyond]))
        scale = band not in limits and 100 <= size <= 20_000
        name = "units" if scale else "out of range"
        rows.append((name, "error", int(which.size), band, which.tolist()))
    return rows, wrong


def _limit(band: str) -> tuple[float, float] | None:
    name = band.casefold()
    if name in INDICES:
        return (-2.0, 2.0) if name == "evi" else (-1.0, 1.0)
    return (-0.1, 1.6) if name.startswith(REFLECTANCES) else None


def _outliers(values: Any, names: list[str], labels: Any, spread: float) -> list[Any]:
    """Find values far from the rest of their class at the same date."""
    rows: list[Any] = []
    far = np.zeros(values.shape, bool)
    for one in np.unique(labels):
        own = np.flatnonzero(labels == one)
        part = values[own]
        known = np.isfinite(part).sum(axis=0)
        use = known >= 8
        if not use.any():
            continue
        middle = np.nanmedian(part[:, use], axis=0)
        size = np.nanmedian(np.abs(part[:, use] - middle), axis=0)
        beyond = np.abs(part[:, use] - middle) > spread * np.maximum(size, 1e-9)
        far[np.ix_(own, np.flatnonzero(use))] = beyond & (size > 0)
    which = np.flatnonzero(far.any(axis=1))
    if which.size:
        worst = names[int(far.sum(axis=0).argmax())]
        rows.append(("outlier", "warning", int(which.size), f"most in {worst}", which.tolist()))
    return rows
