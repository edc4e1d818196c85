"""One layer of one file: unpacked, and blanked where its flags say so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.sources.surface import bits
from analysis.sources.surface.packing import Packing, unpack

Read = Callable[[str, str], tuple[NDArray[Any], dict[str, Any]]]
"""From path and layer to stored values and attributes."""


def load_layer(
    path: str,
    read: Read,
    layer: str,
    kind: Packing | None,
    flags: str | None,
    table: bits.Flag,
    level: str,
) -> NDArray[np.float32]:
    """Values of one layer of one file, screened.

    Parameters
    ----------
    path : str
        Local file.
    read : callable
        Reads a layer.
    layer : str
        Name in the file.
    kind : Packing or None
        How it is packed; None: bits to be counted.
    flags : str or None
        Name of the flags, where the layer is screened.
    table : Flag
        What the flags mean.
    level : str
        Level of screening.

    Returns
    -------
    array of float32, (row, column)
        NaN where there is no value or it is screened.

    Raises
    ------
    ValueError
        The file is damaged or packs its values otherwise.

    Examples
    --------
    >>> stored = {"LST": np.array([[0, 15000, 15000]], "uint16"), "QC": np.array([[0, 0, 2]])}
    >>> from analysis.sources.surface.packing import TEMPERATURE
    >>> def read(path, layer):
    ...     return stored[layer], {}
    >>> load_layer("a.hdf", read, "LST", TEMPERATURE, "QC", bits.MOD11, "good").tolist()
    [[nan, 300.0, nan]]
    """
    stored, attrs = read(path, layer)
    if kind is None:
        if stored.dtype.kind not in "iu":
            raise ValueError(f"{layer} of {path} holds {stored.dtype}, no bits.")
        unsigned = stored.view(stored.dtype.str.replace("i", "u"))
        return np.bitwise_count(unsigned).astype(np.float32)
    values = unpack(stored, attrs, kind, f"{layer} of {path}")
    if flags is None:
        return values
    told = read(path, flags)[0]
    if told.shape != values.shape or told.dtype.kind not in "iu":
        raise ValueError(
            f"{flags} of {path} holds {told.dtype} {told.shape}; whole numbers {values.shape} as "
            f"those of {layer} fit."
        )
    values[~bits.keep(table, told, level)] = np.nan
    return values


def load_flags(path: str, read: Read, layer: str) -> NDArray[np.float32]:
    """Read the flags of one file, bit for bit.

    Parameters
    ----------
    path : str
        Local file.
    read : callable
        Reads a layer.
    layer : str
        Name in the file.

    Returns
    -------
    array of float32, (row, column)
        float32 holds up to 24 bits exactly.

    Raises
    ------
    ValueError
        The file is damaged, or its flags are no whole numbers.
    """
    values = read(path, layer)[0]
    if values.dtype.kind not in "iu" or values.dtype.itemsize > 2:
        raise ValueError(f"{layer} of {path} holds {values.dtype}; flags of 8 or 16 bits are read.")
    return values.astype(np.float32)
