"""Datasets of a track of CSES as arrays, with the distrust that files from the network need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import h5py
import numpy as np
from numpy.typing import NDArray

from analysis.sources.guardedfiles import Array, Group

EPOCH: Final = np.datetime64("2009-01-01", "ns")
"""Zero of VERSE_TIME."""

_MOST_ROWS: Final = 5_000_000
_BLOCK: Final = 4_000_000  # values read at once
_CROWDED: Final = 2000  # times that a dataset may be larger than its bytes in the file
_FACTORS: Final = {
    ("m-3", "cm-3"): 1e-6,
    ("km/s", "m/s"): 1e3,
    ("v/m", "mv/m"): 1e3,
    ("uv/m", "mv/m"): 1e-3,
    ("t", "nt"): 1e9,
    ("pt", "nt"): 1e-3,
    ("ev", "k"): 11604.518,
}
_SPELLINGS: Final = {"/m3": "m-3", "1/m3": "m-3", "/cm3": "cm-3", "1/cm3": "cm-3", "#/m3": "m-3"}


def read_times(file: Group) -> NDArray[np.datetime64]:
    """Read the times of the rows: the UTC of the first, then the satellite's milliseconds.

    Parameters
    ----------
    file : Group or h5py.File
        With ``UTC_TIME`` (whole numbers YYYYMMDDhhmmssmmm) and ``VERSE_TIME`` (milliseconds since
        2009).

    Returns
    -------
    numpy.ndarray
        Nanoseconds, UTC, ascending.

    Raises
    ------
    ValueError
        The two clocks differ by more than two seconds, or a time is none.

    Examples
    --------
    Times go on by the clock of the satellite:

    >>> file = h5py.File("memory", "w", driver="core", backing_store=False)
    >>> file["VERSE_TIME"] = np.array([[1000], [4000]])
    >>> file["UTC_TIME"] = np.array([[20210401003440000], [20210401003443000]])
    >>> (read_times(file)[1] - read_times(file)[0]) / np.timedelta64(1, "s")
    np.float64(3.0)
    """
    verse = _column(file, "VERSE_TIME", None)
    utc = _utc(file, verse.size)
    if not np.isfinite(verse).all() or np.abs(verse).max() > 1e13:
        raise ValueError("VERSE_TIME holds no milliseconds since 2009; the file is damaged.")
    since = np.round((verse - verse[0]) * 1e6).astype("timedelta64[ns]")
    times = utc[0] + since
    if np.any(np.diff(verse) < 0):
        raise ValueError("VERSE_TIME goes back; the file is damaged.")
    if np.abs((times - utc) / np.timedelta64(1, "s")).max() > 2:
        raise ValueError("VERSE_TIME and UTC_TIME differ by more than 2 s; the file is damaged.")
    return times


def _utc(file: Group, rows: int) -> NDArray[np.datetime64]:
    """Decode YYYYMMDDhhmmss with or without milliseconds."""
    raw = file["UTC_TIME"]
    _check(raw, "UTC_TIME")
    values = np.asarray(raw).ravel()
    if values.size != rows or not rows:
        raise ValueError(f"UTC_TIME has {values.size} rows, VERSE_TIME {rows}.")
    if values.dtype.kind in "SO":
        texts = [one.decode("latin-1") if isinstance(one, bytes) else str(one) for one in values]
    elif values.dtype.kind in "iu":
        texts = [str(int(one)) for one in values]
    else:
        raise ValueError(f"UTC_TIME has the type {values.dtype}; the file is damaged.")
    out = []
    for text in texts:
        if not text.isdigit() or len(text) not in (14, 17):
            raise ValueError(f"UTC_TIME is {text!r}, not YYYYMMDDhhmmssmmm; the file is damaged.")
        date = f"{text[:4]}-{text[4:6]}-{text[6:8]}T{text[8:10]}:{text[10:12]}:{text[12:14]}"
        if not 2000 <= int(text[:4]) <= 2200:
            raise ValueError(f"UTC_TIME is {text!r}; the file is damaged.")
        out.append(f"{date}.{text[14:] or '000'}")
    try:
        return np.array(out, dtype="datetime64[ns]")
    except ValueError as error:
        raise ValueError(f"UTC_TIME is no time: {error}; the file is damaged.") from None


def read_axis(file: Group, name: str, rows: int, largest: float) -> NDArray[np.float64]:
    """Column of numbers that cannot exceed a limit.

    Parameters
    ----------
    file : Group or h5py.File
        The track.
    name : str
        Dataset.
    rows : int
        Rows that it must have.
    largest : float
        Largest magnitude that can be true; others become NaN, for telemetry errs.

    Returns
    -------
    numpy.ndarray

    Raises
    ------
    ValueError
        It has another length or type, or no number that can be true.

    Examples
    --------
    >>> file = h5py.File("memory", "w", driver="core", backing_store=False)
    >>> file["GEO_LAT"] = np.array([[43.2], [9999.0]])
    >>> read_axis(file, "GEO_LAT", 2, 90)
    array([43.2,  nan])
    """
    values = _column(file, name, rows)
    good = np.abs(values) <= largest
    if not good.any():
        raise ValueError(f"{name} holds nothing that can be true; the file is damaged.")
    return np.where(good, values, np.nan)


def read_rows(
    dataset: Array, name: str, rows: int, columns: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean of each row, and the root mean square about it.

    Parameters
    ----------
    dataset : Array or h5py.Dataset
        (row, sample) or (row,).
    name : str
        Its name, for messages.
    rows : int
        Rows that it must have.
    columns : numpy.ndarray of bool, optional
        Which samples count.

    Returns
    -------
    mean, rms : numpy.ndarray
        (row,); NaN where no sample is a number. What the file calls missing is NaN.

    Raises
    ------
    ValueError
        It has another shape or type.

    Examples
    --------
    >>> file = h5py.File("memory", "w", driver="core", backing_store=False)
    >>> wave = file.create_dataset("A111_W", data=np.array([[1.0, 3.0], [5.0, np.nan]]))
    >>> mean, rms = read_rows(wave, "A111_W", 2)
    >>> mean.tolist(), rms.tolist()
    ([2.0, 5.0], [1.0, 0.0])
    """
    _check(dataset, name)
    if dataset.dtype.kind not in "fiu" or dataset.ndim not in (1, 2) or dataset.shape[0] != rows:
        raise ValueError(f"{name} has the shape {dataset.shape}, not {rows} rows; it is damaged.")
    width = dataset.shape[1] if dataset.ndim == 2 else 1
    if columns is not None and columns.size != width:
        raise ValueError(f"{name} has {width} frequencies, FREQ {columns.size}.")
    fill = _number(dataset.attrs.get("_FillValue"))
    mean, rms = np.full(rows, np.nan), np.full(rows, np.nan)
    step = max(1, _BLOCK // width)
    for begin in range(0, rows, step):
        block = np.asarray(dataset[begin : begin + step], np.float64).reshape(-1, width)
        if columns is not None:
            block = block[:, columns]
        known = np.isfinite(block) & (block != fill) & (np.abs(block) < 1e30)
        count = known.sum(axis=1)
        full = count > 0
        total = np.where(known, block, 0.0).sum(axis=1)
        here = np.divide(total, count, out=np.full(count.size, np.nan), where=full)
        away = np.where(known, block - here[:, None], 0.0)
        spread = np.divide(
            (away**2).sum(axis=1), count, out=np.full(count.size, np.nan), where=full
        )
        mean[begin : begin + step] = here
        rms[begin : begin + step] = np.sqrt(spread)
    return mean, rms


def stated_unit(dataset: Array, name: str, wanted: str, given: Mapping[str, str]) -> float:
    """Factor from the unit of a dataset to the wanted one.

    Parameters
    ----------
    dataset : Array or h5py.Dataset
        With an attribute ``units`` or ``unit``, in any case.
    name : str
        Its name.
    wanted : str
        Unit of the table.
    given : mapping
        Dataset -> unit, where the file states none.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        Neither states a unit, or there is no way from it to the wanted one.

    Examples
    --------
    >>> file = h5py.File("memory", "w", driver="core", backing_store=False)
    >>> density = file.create_dataset("A311", data=[1e10])
    >>> density.attrs["UNITS"] = np.array([b"m^-3"])
    >>> stated_unit(density, "A311", "cm-3", {})
    1e-06
    """
    text = given.get(name, "")
    for key in dataset.attrs:
        if str(key).lower() in ("units", "unit") and not text:
            value = np.asarray(dataset.attrs[key]).ravel()
            text = _text(value[0]) if value.size else ""
    if not text.strip():
        raise ValueError(
            f"{name} states no unit; tell it: units={{{name!r}: 'm-3'}} or another (here {wanted})."
        )
    plain = text.lower().translate(str.maketrans("", "", " ^{}*()"))
    plain = _SPELLINGS.get(plain, plain)
    if plain == wanted.lower():
        return 1.0
    factor = _FACTORS.get((plain, wanted.lower()))
    if factor is None:
        raise ValueError(f"{name} is in {text.strip()!r}, from which no way leads to {wanted}.")
    return factor


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _number(value: Any) -> float:
    array = np.asarray(value)
    usable = array.size == 1 and array.dtype.kind in "fiu"
    return float(array.ravel()[0]) if usable else np.nan


def _column(file: Group, name: str, rows: int | None) -> NDArray[np.float64]:
    dataset = file[name]
    _check(dataset, name)
    if dataset.dtype.kind not in "fiu":
        raise ValueError(f"{name} has the type {dataset.dtype}; the file is damaged.")
    values = np.asarray(dataset, np.float64).ravel()
    if (rows is not None and values.size != rows) or not values.size:
        raise ValueError(f"{name} has {values.size} rows, not {rows}; the file is damaged.")
    return values


def _check(dataset: Any, name: str) -> None:
    """Refuse a dataset that is none, or claims far more than its bytes can hold."""
    if not isinstance(dataset, (Array, h5py.Dataset)):
        raise ValueError(f"{name} is no dataset; the file is damaged.")
    stored = dataset.stored if isinstance(dataset, Array) else dataset.id.get_storage_size()
    size = int(dataset.size or 0) * dataset.dtype.itemsize
    if dataset.shape is None or (dataset.shape and dataset.shape[0] > _MOST_ROWS):
        raise ValueError(f"{name} has the shape {dataset.shape}; the file is damaged.")
    if size > 4096 and size > _CROWDED * stored:
        raise ValueError(f"{name} claims {size} bytes but has {stored}; the file is damaged.")
