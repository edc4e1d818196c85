"""Spectral indices from reflectances."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import xarray as xr

from analysis.spelling import did_you_mean


@dataclass(frozen=True)
class SpectralIndex:
    """One index: the bands that it needs, its formula, its name, its paper."""

    bands: tuple[str, ...]
    formula: Callable[..., Any]
    label: str
    paper: str


def _normalised(a: Any, b: Any) -> Any:
    return (a - b) / (a + b)


INDICES: Final[Mapping[str, SpectralIndex]] = {
    "ndvi": SpectralIndex(("nir", "red"), _normalised, "Vegetation index NDVI", "Rouse 1974"),
    "evi": SpectralIndex(
        ("nir", "red", "blue"),
        lambda n, r, b: 2.5 * (n - r) / (n + 6 * r - 7.5 * b + 1),
        "Enhanced vegetation index EVI",
        "Huete 2002",
    ),
    "evi2": SpectralIndex(
        ("nir", "red"),
        lambda n, r: 2.5 * (n - r) / (n + 2.4 * r + 1),
        "Two-band enhanced vegetation index EVI2",
        "Jiang 2008",
    ),
    "savi": SpectralIndex(
        ("nir", "red"),
        lambda n, r: 1.5 * (n - r) / (n + r + 0.5),
        "Soil-adjusted vegetation index SAVI",
        "Huete 1988",
    ),
    "ndwi": SpectralIndex(("green", "nir"), _normalised, "Water index NDWI", "McFeeters 1996"),
    "mndwi": SpectralIndex(
        ("green", "swir16"), _normalised, "Modified water index MNDWI", "Xu 2006"
    ),
    "ndmi": SpectralIndex(("nir", "swir16"), _normalised, "Moisture index NDMI", "Gao 1996"),
    "nbr": SpectralIndex(("nir", "swir22"), _normalised, "Burn index NBR", "Key and Benson 2006"),
}
"""Indices by name: McFeeters's NDWI is of open water, Gao's (here NDMI) of leaf water."""


def index_bands(name: str) -> tuple[str, ...]:
    """Bands that an index needs.

    Parameters
    ----------
    name : str
        A key of :data:`INDICES`.

    Returns
    -------
    tuple of str

    Raises
    ------
    ValueError
        There is no such index.

    Examples
    --------
    >>> index_bands("ndvi")
    ('nir', 'red')
    """
    if name not in INDICES:
        raise ValueError(f"There is no index {name!r}. {did_you_mean(name, INDICES)}")
    return INDICES[name].bands


def spectral_index(bands: Mapping[str, xr.DataArray] | xr.Dataset, name: str) -> xr.DataArray:
    """Compute an index from reflectances, lazily.

    Parameters
    ----------
    bands : mapping or xarray.Dataset
        Reflectances (fraction) by name, any shape; a reflectance below 0, which the correction of
        the atmosphere leaves over dark water, counts as 0.
    name : str
        A key of :data:`INDICES`.

    Returns
    -------
    xarray.DataArray
        The index, no unit, float32; NaN where a band is missing or the index is not between -1
        and 1 (EVI of clouds and snow), or has no value (0 / 0).

    Raises
    ------
    ValueError
        There is no such index, or a band that it needs is missing.

    Examples
    --------
    NDVI does not change when all light is dimmed:

    >>> bands = {"nir": xr.DataArray([0.4, 0.3]), "red": xr.DataArray([0.1, 0.1])}
    >>> dim = {name: band * 0.5 for name, band in bands.items()}
    >>> spectral_index(bands, "ndvi").values.round(2).tolist()
    [0.6, 0.5]
    >>> bool(np.allclose(spectral_index(dim, "ndvi"), spectral_index(bands, "ndvi")))
    True
    """
    wanted = index_bands(name)
    missing = [one for one in wanted if one not in bands]
    if missing:
        raise ValueError(f"{name} needs {', '.join(wanted)}; {', '.join(missing)} is missing.")
    about = INDICES[name]

    def compute(*given: Any) -> Any:
        with np.errstate(divide="ignore", invalid="ignore"):
            value = about.formula(*(np.maximum(one, 0, dtype=np.float32) for one in given))
            return np.where(np.abs(value) <= 1, value, np.nan).astype(np.float32)

    first, *others = (bands[one] for one in wanted)
    out = xr.apply_ufunc(
        compute, first, *others, dask="parallelized", output_dtypes=[np.float32], join="exact"
    )
    out.attrs = {"units": "1", "long_name": about.label, "paper": about.paper}
    return out.rename(name)
