"""Values beyond any plausible range are damage of a file, not measurements: they are missing."""

from __future__ import annotations

import numpy as np
import xarray as xr

from analysis.sources.units import conversion
from analysis.sources.vocabulary import known


def plausible(ds: xr.Dataset) -> xr.Dataset:
    """Blank values outside the range that the vocabulary has for their variable.

    Parameters
    ----------
    ds : xarray.Dataset
        Variables with ``units``, lazy or not.

    Returns
    -------
    xarray.Dataset
        The same, lazy where it was; variables that the vocabulary does not know, and flags and
        counts, as they are.

    Raises
    ------
    ValueError
        The units of a known variable cannot be converted.

    Examples
    --------
    >>> ds = xr.Dataset({"los_displacement": ("x", [0.02, 1e30, np.nan], {"units": "m"})})
    >>> plausible(ds).los_displacement.values.tolist()
    [0.02, nan, nan]
    """
    out = ds.copy()
    for name, data in ds.data_vars.items():
        row = known(str(name))
        if row is None or "role" in data.attrs or data.dtype.kind != "f":
            continue
        stated = str(data.attrs.get("units") or row.units)
        factor, offset = conversion(stated, row.units)
        low = -np.inf if row.minimum is None else (row.minimum - offset) / factor
        high = np.inf if row.maximum is None else (row.maximum - offset) / factor
        out[name] = data.where((data >= low) & (data <= high)).assign_attrs(data.attrs)
    return out
