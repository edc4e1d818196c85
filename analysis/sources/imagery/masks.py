"""Which pixels of a scene are good: Sentinel-2 scene classes, Landsat quality bits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import xarray as xr

from analysis.sources.imagery.products import Product
from analysis.spelling import did_you_mean

QUALITIES: Final = ("good", "usable", "all")


def kept_classes(product: Product, quality: str | Sequence[int | str]) -> tuple[int, ...]:
    """Classes that are kept, or bits that must be 0.

    Parameters
    ----------
    product : Product
        The product.
    quality : str or sequence
        "good", "usable" or "all"; or, for Sentinel-2, the scene classes to keep and, for Landsat,
        the bits that must be 0, by number or name.

    Returns
    -------
    tuple of int
        Sorted; for "all" every class with data (Sentinel-2), or the bit of fill (Landsat).

    Raises
    ------
    ValueError
        There is no such quality or class.

    Examples
    --------
    >>> from analysis.sources.imagery.products import LANDSAT, SENTINEL2
    >>> kept_classes(SENTINEL2, "good"), kept_classes(SENTINEL2, ["vegetation", 5])
    ((4, 5, 6), (4, 5))
    >>> kept_classes(LANDSAT, "all")
    (0,)
    """
    if isinstance(quality, str):
        if quality not in QUALITIES:
            raise ValueError(f"There is no quality {quality!r}. {did_you_mean(quality, QUALITIES)}")
        if quality == "all":
            return (0,) if product.bits else tuple(k for k in product.classes if k > 0)
        return product.good if quality == "good" else product.usable
    names = {meaning: number for number, meaning in product.classes.items()}
    chosen = []
    for one in quality:
        number = names.get(str(one), one)
        if isinstance(number, bool) or number not in product.classes:
            hint = did_you_mean(str(one), names)
            raise ValueError(
                f"{product.name} has no class {one!r} (0 to {max(names.values())}). {hint}"
            )
        chosen.append(int(number))
    if not chosen:
        raise ValueError("quality is an empty list: no pixel would be left.")
    return tuple(sorted({*chosen, 0} if product.bits else set(chosen)))


def good_pixels(flags: xr.DataArray, product: Product, classes: Sequence[int]) -> xr.DataArray:
    """Tell which pixels are kept, lazily.

    Parameters
    ----------
    flags : xarray.DataArray
        Whole numbers, any shape.
    product : Product
        Whose flags they are.
    classes : sequence of int
        Of :func:`kept_classes`.

    Returns
    -------
    xarray.DataArray
        bool.

    Examples
    --------
    Clear land (bit 6 and confidences) is kept, a cloud (bit 3) is not:

    >>> from analysis.sources.imagery.products import LANDSAT
    >>> flags = xr.DataArray(np.array([21824, 22280, 1], "uint16"))
    >>> good_pixels(flags, LANDSAT, (0, 1, 2, 3, 4, 5)).values.tolist()
    [True, False, False]
    """
    if product.bits:
        bad = np.uint16(sum(1 << int(bit) for bit in classes))
        return (flags.astype(np.uint16) & bad) == 0
    table = np.zeros(256, dtype=bool)
    table[list(classes)] = True
    return xr.apply_ufunc(
        _look_up, flags, kwargs={"table": table}, dask="parallelized", output_dtypes=[bool]
    )


def _look_up(flags: Any, table: Any) -> Any:
    return table[np.clip(flags, 0, 255).astype(np.uint8)]


def flag_attrs(product: Product, label: str) -> dict[str, Any]:
    """Attributes of the flags beside a variable (CF flag attributes, and their role).

    Parameters
    ----------
    product : Product
        Whose flags they are.
    label : str
        What they are of.

    Returns
    -------
    dict
    """
    numbers = list(product.classes)
    kind = "flag_masks" if product.bits else "flag_values"
    return {
        "role": "quality",
        "units": "1",
        "long_name": f"Quality of {label}",
        kind: [1 << bit for bit in numbers] if product.bits else numbers,
        "flag_meanings": " ".join(product.classes[number] for number in numbers),
    }
