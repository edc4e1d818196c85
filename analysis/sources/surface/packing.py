"""Scale, offset, fill value and valid range of packed layers: applied once, and only if sane.

A file states them; each is compared with the provider's documentation, so that neither a damaged
attribute nor an already scaled layer passes as data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Packing:
    """How a provider documents a kind of layer.

    Attributes
    ----------
    units : str
        Of the unpacked values.
    scales : tuple of float
        Factors that occur; the first is taken where the file states none.
    offset : float
        Added after the factor.
    fill : tuple of int
        Stored numbers that mean "no value".
    valid : tuple of int
        Least and greatest valid stored number.
    """

    units: str
    scales: tuple[float, ...]
    offset: float
    fill: tuple[int, ...]
    valid: tuple[int, int]


# 7500 to 65535 are valid by the providers; no land is below -95 or above 85 degC, so beyond that
# only damage or a failed retrieval is left
TEMPERATURE: Final = Packing("K", (0.02,), 0.0, (0,), (8908, 17907))
VIEW_TIME: Final = Packing("hours", (0.1, 0.2), 0.0, (255,), (0, 240))
VIEW_ANGLE: Final = Packing("degrees", (1.0,), -65.0, (255,), (0, 130))
EMISSIVITY: Final = Packing("1", (0.002,), 0.49, (0,), (1, 255))
INDEX: Final = Packing("1", (0.0001,), 0.0, (-3000, -28672, 32767), (-2000, 10000))
REFLECTANCE: Final = Packing("1", (0.0001,), 0.0, (-1000, -28672, 32767), (0, 10000))


def unpack(
    values: NDArray[Any], attrs: Mapping[str, Any], packing: Packing, label: str
) -> NDArray[np.float32]:
    """Values of a packed layer.

    Parameters
    ----------
    values : array of integers
        As stored, any shape.
    attrs : mapping
        Attributes of the layer; ``scale_factor`` or ``Scale``, ``add_offset`` or ``Offset``. MOD13
        states the inverse of its factor (10000).
    packing : Packing
        What the provider documents.
    label : str
        Name of the layer and file, for errors.

    Returns
    -------
    array of float32
        The same shape; NaN for fill values and outside of the valid range.

    Raises
    ------
    ValueError
        The layer holds fractions, or states another scale or offset than documented.

    Examples
    --------
    >>> stored = np.array([0, 12500, 15000], "uint16")
    >>> unpack(stored, {"scale_factor": 0.02}, TEMPERATURE, "LST").tolist()
    [nan, 250.0, 300.0]
    >>> one, other = {"scale_factor": 1e4}, {"scale_factor": 1e-4}
    >>> stored = np.array([5000], "int16")
    >>> bool(unpack(stored, one, INDEX, "NDVI") == unpack(stored, other, INDEX, "NDVI"))
    True
    """
    if values.dtype.kind not in "iu":
        raise ValueError(f"{label} holds {values.dtype} where packed whole numbers are documented.")
    stated = _number(attrs, ("scale_factor", "Scale"), packing.scales[0], label)
    scale = 1.0 / stated if stated >= 10.0 else stated
    if not any(np.isclose(scale, one, rtol=1e-5, atol=0.0) for one in packing.scales):
        known = ", ".join(f"{one:g}" for one in packing.scales)
        raise ValueError(f"{label} states the scale {stated:g}; documented is {known}.")
    offset = _number(attrs, ("add_offset", "Offset"), packing.offset, label)
    if not np.isclose(offset, packing.offset, rtol=1e-5, atol=1e-9):
        raise ValueError(f"{label} states the offset {offset:g}; documented is {packing.offset:g}.")
    stated_fill = _number(attrs, ("_FillValue", "_Fillvalue"), packing.fill[0], label)
    # compared as stored: a climate grid has 26 million cells, and each copy counts
    bad = (values < packing.valid[0]) | (values > packing.valid[1])
    for fill in (*packing.fill, stated_fill):  # view times: 255 in tiles, 0 in older grids
        bad |= values == fill
    plain = values.astype(np.float32)
    plain *= np.float32(scale)
    plain += np.float32(packing.offset)
    plain[bad] = np.nan
    return plain


def _number(attrs: Mapping[str, Any], names: tuple[str, ...], default: float, label: str) -> float:
    for name in names:
        if name not in attrs:
            continue
        value = attrs[name]
        text = value.decode("latin-1") if isinstance(value, bytes) else value
        if isinstance(text, str) and text.strip().lower() in ("", "n/a", "na", "none"):
            continue
        try:
            number = float(np.asarray(text).ravel()[0])
        except (TypeError, ValueError, IndexError):
            raise ValueError(f"{label} states {name}={value!r}, which is no number.") from None
        if not np.isfinite(number) or number > 1e9:
            raise ValueError(f"{label} states {name}={number!r}, which cannot be.")
        return number
    return default
