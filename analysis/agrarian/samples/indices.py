"""Indices of vegetation, water and soil from bands, with the formulas of spyndex."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd
import xarray as xr

from analysis.agrarian.samples.names import feature_layout
from analysis.agrarian.samples.table import features_of
from analysis.spelling import did_you_mean

BANDS: Final[Mapping[str, str]] = {
    "aerosol": "A", "coastal": "A", "blue": "B", "green": "G", "yellow": "Y", "red": "R",
    "red_edge": "RE1", "rededge": "RE1", "rededge1": "RE1", "rededge2": "RE2", "rededge3": "RE3",
    "nir": "N", "nir08": "N2", "swir": "S1", "swir1": "S1", "swir16": "S1", "mir": "S2",
    "swir2": "S2", "swir22": "S2", "thermal": "T",
}  # fmt: skip
"""What our bands are in the formulas of spyndex (Montero et al. 2023)."""


def index_names() -> list[str]:
    """Return the indices that can be computed.

    Returns
    -------
    list of str
        Short names.

    Examples
    --------
    >>> {"NDVI", "EVI", "NDWI", "NDMI"} <= set(index_names())
    True
    """
    import spyndex

    return sorted(spyndex.indices)


def add_indices(
    data: Any,
    indices: Sequence[str],
    *,
    bands: Mapping[str, str] | None = None,
    constants: Mapping[str, float] | None = None,
) -> Any:
    """Add indices to samples or to a cube.

    Parameters
    ----------
    data
        Samples with features `<band>_<step>`, or a Dataset of bands, lazy or not. Reflectances are
        shares, 0 to 1: indices with constants, such as EVI, are wrong in other units.
    indices
        Short names, such as "NDVI", "EVI", "NDMI"; all 280 of spyndex.
    bands
        Name of a band here to its letter in the formulas, besides `BANDS`.
    constants
        Constants of the formulas; None for the usual ones.

    Returns
    -------
    pandas.DataFrame or xarray.Dataset
        As given, with the indices in small letters beside the bands: `ndvi_1`, or `ndvi`.

    Raises
    ------
    ValueError
        An unknown index, or a band that its formula needs is not there.

    Examples
    --------
    >>> table = pd.DataFrame({"label": ["егін"], "red_1": [0.1], "nir_1": [0.3]})
    >>> float(add_indices(table, ["NDVI"])["ndvi_1"].round(3).iloc[0])
    0.5
    """
    import spyndex

    known = {**BANDS, **(bands or {})}
    formulas = []
    for name in indices:
        if name not in spyndex.indices:
            advice = did_you_mean(str(name), spyndex.indices)
            raise ValueError(f"There is no index {name!r}. {advice}")
        formulas.append(spyndex.indices[name])
    if isinstance(data, xr.Dataset):
        return _cube(data, formulas, known, dict(constants or {}))
    return _samples(data, formulas, known, dict(constants or {}))


def _cube(
    data: xr.Dataset, formulas: list[Any], known: Mapping[str, str], constants: dict[str, float]
) -> xr.Dataset:
    here = {known[str(one)]: data[one] for one in data.data_vars if str(one) in known}
    found = {}
    for one in formulas:
        values = _compute(one, here, constants)
        values.attrs = {"units": "1", "long_name": one.long_name, "source": one.reference}
        if any(here[band].attrs.get("simulated") for band in one.bands if band in here):
            values.attrs["simulated"] = True
        found[one.short_name.lower()] = values
    return data.assign(found)


def _samples(
    data: pd.DataFrame, formulas: list[Any], known: Mapping[str, str], constants: dict[str, float]
) -> pd.DataFrame:
    layout = feature_layout(features_of(data))
    steps = layout.steps if layout.patch == 1 else 1
    names = dict(zip(layout.bands, _by_band(layout.names, steps), strict=True))
    if layout.patch > 1:
        raise ValueError("Add indices to the cube before squares of pixels are taken from it.")
    made = {}
    for one in formulas:
        for step in range(steps):
            here = {known[band]: data[own[step]] for band, own in names.items() if band in known}
            name = one.short_name.lower()
            made[f"{name}_{step + 1}" if steps > 1 or _numbered(layout.names) else name] = _compute(
                one, here, constants
            )
    found = pd.concat([data, pd.DataFrame(made, data.index)], axis=1)
    whole = feature_layout([*layout.names, *made])
    found.attrs = {**data.attrs, "features": list(whole.names), "bands": list(whole.bands)}
    return found


def _compute(formula: Any, here: Mapping[str, Any], constants: Mapping[str, float]) -> Any:
    import spyndex

    usual = spyndex.constants
    wanted = {}
    for one in formula.bands:
        if one in here:
            wanted[one] = here[one]
        elif one in constants or one in usual:
            wanted[one] = constants.get(one, getattr(usual.get(one), "default", None))
    if missing := [one for one in formula.bands if wanted.get(one) is None]:
        own = sorted(here)
        raise ValueError(
            f"{formula.short_name} needs {', '.join(missing)} (letters of spyndex); there are "
            f"{', '.join(own) or 'none'}. Say which band it is with bands=."
        )
    return spyndex.computeIndex(formula.short_name, wanted)


def _by_band(names: Sequence[str], steps: int) -> list[list[str]]:
    return [list(names[k : k + steps]) for k in range(0, len(names), steps)]


def _numbered(names: Sequence[str]) -> bool:
    return all(one.rpartition("_")[2].isdigit() for one in names)
