"""IONEX, the exchange format of maps of the electron content: text to arrays.

Layout: S. Schaer, W. Gurtner, J. Feltens, "IONEX: The IONosphere Map EXchange Format Version 1",
Astronomical Institute of the University of Bern, 1998. Lines of 80 columns; the label of a record
stands in columns 61 to 80, values of a map are 16 whole numbers of 5 columns to a line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

KINDS: Final = {"TEC": "tec", "RMS": "tec_rms", "HEIGHT": "tec_height"}
"""Kind of a map in the file -> name of the variable."""

MISSING: Final = 9999
_WIDTH: Final = 80
_PER_LINE: Final = 16
_MOST_CELLS: Final = 4_000_000  # of one map; the common grid has 5,183
_MARKS: Final = re.compile(rb"^.{60}(?:START OF |END OF |EPOCH OF ).*$", re.MULTILINE)
_GRID: Final = ("LAT1 / LAT2 / DLAT", "LON1 / LON2 / DLON", "HGT1 / HGT2 / DHGT")


@dataclass(frozen=True)
class Header:
    """What the header of a file says; degrees, km, seconds.

    ``stated`` is the number of maps that it promises, 0 where it says nothing.
    """

    latitudes: NDArray[np.float64]
    longitudes: NDArray[np.float64]
    heights: NDArray[np.float64]
    exponent: int
    stated: int
    interval: float
    base_radius: float
    program: str
    agency: str
    mapping: str
    version: str


@dataclass(frozen=True)
class Maps:
    """All maps of one kind: ``times`` (map), ``values`` (map, height, latitude, longitude)."""

    times: NDArray[np.datetime64]
    values: NDArray[np.float32]


@dataclass(frozen=True)
class Records:
    """Lines of a file as a table of bytes, and which of them carry which label."""

    lines: NDArray[np.uint8]
    labels: NDArray[np.bytes_]
    header: Header
    end: int
    epochs: NDArray[np.datetime64] = field(repr=False)
    """Epochs of the TEC maps."""


def outline(text: bytes) -> bytes:
    """Header, beginnings, ends and epochs of the maps alone: what opening a file needs.

    Parameters
    ----------
    text : bytes
        The whole file, unpacked.

    Returns
    -------
    bytes
        A text that `read_records` reads like the whole, some twenty times faster.

    Raises
    ------
    ValueError
        The header has no end.

    Examples
    --------
    >>> outline(b"what is this")
    Traceback (most recent call last):
    ...
    ValueError: it is no IONEX file: the header is missing or has no end
    """
    end = text.find(b"END OF HEADER")
    if end < 0:
        raise ValueError("it is no IONEX file: the header is missing or has no end")
    stop = text.find(b"\n", end)
    head = text[:stop] if stop >= 0 else text
    return b"\n".join([head, *_MARKS.findall(text, len(head))])


def read_records(text: bytes) -> Records:
    """Read the header and the epochs of a file, and lay out its lines for reading the maps.

    Parameters
    ----------
    text : bytes
        The whole file, unpacked.

    Returns
    -------
    Records

    Raises
    ------
    ValueError
        No IONEX file, or a header that lacks what is needed.

    Examples
    --------
    >>> read_records(b"<html>404</html>")
    Traceback (most recent call last):
    ...
    ValueError: it is no IONEX file: the header is missing or has no end
    """
    lines = _table(text)
    labels = _labels(lines)
    ends = np.flatnonzero(labels == b"END OF HEADER")
    if not ends.size or not np.any(labels[: ends[0]] == b"IONEX VERSION / TYPE"):
        raise ValueError("it is no IONEX file: the header is missing or has no end")
    end = int(ends[0])
    header = _header(lines[:end], labels[:end])
    starts = np.flatnonzero(labels == b"START OF TEC MAP")
    if not starts.size:
        raise ValueError("it has no map of the electron content (START OF TEC MAP)")
    every = np.isin(labels, [b"START OF %b MAP" % one for one in (b"TEC", b"RMS", b"HEIGHT")])
    if header.stated not in (0, starts.size, every.sum()):  # of one kind, or of all
        raise ValueError(
            f"its header promises {header.stated} maps, but {starts.size} are there; "
            "it is cut short or damaged"
        )
    epochs = _epochs(lines, labels, starts)
    steps = np.diff(epochs).astype(np.int64)
    if np.any(steps <= 0):
        raise ValueError(f"its maps are not in order of time, after {epochs[np.argmin(steps)]}")
    return Records(lines, labels, header, end, epochs)


def read_maps(records: Records, kind: str = "TEC") -> Maps | None:
    r"""Values of all maps of one kind.

    Parameters
    ----------
    records : Records
        Of one file.
    kind : str
        "TEC", "RMS" or "HEIGHT".

    Returns
    -------
    Maps or None
        Values times ten to the power of the exponent that holds there (10^-1 where none is
        stated), 9999 is NaN. None where the file has no such map.

    Raises
    ------
    ValueError
        A map is incomplete, lies on another grid than the header says, or holds what is no number.

    Examples
    --------
    Tenths of a TECU, for no exponent is stated; 9999 is no value:

    >>> def line(text, label):
    ...     return f"{text:<60}{label:<20}\n"
    >>> head = line("     1.0", "IONEX VERSION / TYPE")
    >>> head += line("   450.0 450.0   0.0", "HGT1 / HGT2 / DHGT")
    >>> head += line("    10.0   7.5  -2.5", "LAT1 / LAT2 / DLAT")
    >>> head += line("    60.0  65.0   5.0", "LON1 / LON2 / DLON") + line("", "END OF HEADER")
    >>> rows = "".join(
    ...     line(f"  {one:6.1f}  60.0  65.0   5.0 450.0", "LAT/LON1/LON2/DLON/H") + values + "\n"
    ...     for one, values in ((10.0, "  100 9999"), (7.5, "  101  102"))
    ... )
    >>> epoch = line("  2020     1     8     2     0     0", "EPOCH OF CURRENT MAP")
    >>> text = head + line("     1", "START OF TEC MAP") + epoch + rows + line("", "END OF TEC MAP")
    >>> records = read_records(text.encode())
    >>> read_maps(records).values[0, 0].tolist()
    [[10.0, nan], [10.1, 10.2]]
    """
    label = kind.encode()
    starts = np.flatnonzero(records.labels == b"START OF " + label + b" MAP")
    stops = np.flatnonzero(records.labels == b"END OF " + label + b" MAP")
    if not starts.size:
        return None
    if starts.size != stops.size or np.any(starts > stops) or np.any(stops[:-1] > starts[1:]):
        raise ValueError(f"a {kind} map has no end; it is cut short or damaged")
    header = records.header
    shape = (header.heights.size, header.latitudes.size, header.longitudes.size)
    rows = np.flatnonzero(records.labels == b"LAT/LON1/LON2/DLON/H")
    which = np.searchsorted(starts, rows, side="right") - 1
    inside = (which >= 0) & (rows < stops[np.maximum(which, 0)])
    rows, which = rows[inside], which[inside]
    expected = shape[0] * shape[1]
    counts = np.bincount(which, minlength=starts.size)
    if np.any(counts != expected):
        wrong = int(np.argmax(counts != expected))
        raise ValueError(
            f"{kind} map {wrong + 1} has {counts[wrong]} rows instead of {expected}; "
            "it is cut short or damaged"
        )
    place = _places(records, rows, which)
    values = np.full((starts.size * expected, shape[2]), np.nan, np.float32)
    values[place] = _values(records, rows, shape[2])
    times = _epochs(records.lines, records.labels, starts)
    return Maps(times, values.reshape(starts.size, *shape))


def _table(text: bytes) -> NDArray[np.uint8]:
    """Lines as rows of 80 bytes, filled up with blanks; longer ones are cut."""
    raw = np.frombuffer(text, np.uint8)
    ends = np.flatnonzero(raw == ord("\n"))
    if ends.size == 0 or ends[-1] != raw.size - 1:
        ends = np.append(ends, raw.size)
    starts = np.concatenate([[0], ends[:-1] + 1])
    lengths = np.minimum(ends - starts, _WIDTH)
    columns = np.arange(_WIDTH)
    inside = columns < lengths[:, None]
    padded = np.append(raw, np.uint8(32))
    index = np.where(inside, starts[:, None] + columns, raw.size)
    table = padded[index]
    table[table < 32] = 32  # the return of Windows, tabulators
    return np.ascontiguousarray(table)


def _labels(lines: NDArray[np.uint8]) -> NDArray[np.bytes_]:
    """Text of columns 61 to 80 where it begins with a letter or #, else empty."""
    field_ = np.ascontiguousarray(lines[:, 60:])
    head = field_[:, 0]
    letters = ((head >= 65) & (head <= 90)) | (head == ord("#"))
    out = np.zeros(lines.shape[0], "S20")
    out[letters] = np.char.rstrip(field_[letters].view("S20").ravel())
    return out


def _header(lines: NDArray[np.uint8], labels: NDArray[np.bytes_]) -> Header:
    def find(label: str, *, needed: bool = False) -> str:
        where = np.flatnonzero(labels == label.encode())
        if where.size:
            return lines[where[0], :60].tobytes().decode("latin-1")
        if needed:
            raise ValueError(f"its header has no record {label!r}")
        return ""

    axes = [_axis(label, find(label, needed=True)) for label in _GRID]
    cells = axes[0].size * axes[1].size * axes[2].size
    if cells > _MOST_CELLS:
        raise ValueError(f"its header states a grid of {cells} cells; it is damaged")
    if np.abs(axes[0]).max() > 90 or np.abs(axes[1]).max() > 360:
        raise ValueError("its header states latitudes or longitudes that are none")
    program = find("PGM / RUN BY / DATE")
    return Header(
        latitudes=axes[0],
        longitudes=axes[1],
        heights=axes[2],
        exponent=int(_number("EXPONENT", find("EXPONENT"), -1.0, -9, 9)),
        stated=int(_number("# OF MAPS IN FILE", find("# OF MAPS IN FILE"), 0.0, 0, 1e6)),
        interval=_number("INTERVAL", find("INTERVAL"), 0.0, 0, 1e7),
        base_radius=_number("BASE RADIUS", find("BASE RADIUS"), 6371.0, 6000, 7000),
        program=program[:20].strip(),
        agency=program[20:40].strip(),
        mapping=find("MAPPING FUNCTION").strip(),
        version=find("IONEX VERSION / TYPE")[:20].strip(),
    )


def _number(label: str, text: str, default: float, low: float, high: float) -> float:
    """First number of a record; the default where the record is missing."""
    if not text.strip():
        return default
    try:
        value = float(text.split()[0])
    except ValueError:
        raise ValueError(f"its record {label!r} holds {text.strip()!r}, no number") from None
    if not low <= value <= high:
        raise ValueError(f"its record {label!r} holds {value:g}, not {low:g} to {high:g}")
    return value


def _axis(label: str, text: str) -> NDArray[np.float64]:
    """Points from the first to the last, by the step; a step of 0 is one point."""
    try:
        first, last, step = (float(one) for one in text.split()[:3])
    except ValueError:
        raise ValueError(f"its record {label!r} holds {text.strip()!r}, no three numbers") from None
    if step == 0 or first == last:
        return np.array([first])
    count = (last - first) / step
    if not (np.isfinite(count) and 0 < count < 1e5 and abs(count - round(count)) < 1e-3):
        raise ValueError(
            f"its record {label!r} does not lead from {first:g} by {step:g} to {last:g}"
        )
    return np.round(first + step * np.arange(round(count) + 1), 6)


def _epochs(
    lines: NDArray[np.uint8], labels: NDArray[np.bytes_], starts: NDArray[Any]
) -> NDArray[np.datetime64]:
    """Read the times of maps; an hour of 24 and a second of 60 belong to the next."""
    where = np.flatnonzero(labels == b"EPOCH OF CURRENT MAP")
    found = np.searchsorted(where, starts)
    limits = np.append(starts[1:], lines.shape[0])
    if np.any(found >= where.size) or np.any(where[np.minimum(found, where.size - 1)] > limits):
        raise ValueError("a map has no epoch")
    fields = _integers(lines[where[found], :36], 6)
    year, month, day, *clock = fields.T
    if np.any((year < 1950) | (year > 2200) | (month < 1) | (month > 12) | (day < 1) | (day > 31)):
        raise ValueError(f"a map has the date {year[0]}-{month[0]}-{day[0]}, which is none")
    months = (year * 12 + month - 1 - 1970 * 12).astype("datetime64[M]")
    seconds = clock[0] * 3600 + clock[1] * 60 + clock[2]
    if np.any((seconds < 0) | (seconds > 86400)):
        raise ValueError("a map has a time of day that is none")
    days = months.astype("datetime64[D]") + (day - 1).astype("timedelta64[D]")
    return days.astype("datetime64[ns]") + seconds.astype("timedelta64[s]")


def _integers(chars: NDArray[np.uint8], width: int) -> NDArray[np.int64]:
    """Whole numbers in fields of equal width; a blank field or any other sign is an error."""
    parts = chars.reshape(chars.shape[0], -1, width)
    digit = (parts >= 48) & (parts <= 57)
    minus = parts == ord("-")
    if not np.all(digit | minus | (parts == 32) | (parts == ord("+"))):
        raise ValueError("a field of numbers holds other signs; it is damaged")
    if not np.all(digit.any(axis=2)):
        raise ValueError("a field of numbers is empty; it is cut short or damaged")
    if np.any(minus[:, :, 1:] & digit[:, :, :-1]) or np.any(minus.sum(axis=2) > 1):
        raise ValueError("a minus stands inside a number; it is damaged")
    broken = digit[:, :, :-1] & ~digit[:, :, 1:]
    if np.any(broken.sum(axis=2) + digit[:, :, -1] > 1):  # more than one run of digits
        raise ValueError("a number has a gap; it is damaged")
    total = np.zeros(parts.shape[:2], np.int64)
    for k in range(width):
        total = np.where(digit[:, :, k], total * 10 + (parts[:, :, k] - 48), total)
    return np.where(minus.any(axis=2), -total, total)


def _places(records: Records, rows: NDArray[Any], which: NDArray[Any]) -> NDArray[np.int64]:
    """Row of the result (map, height, latitude) of each row of the file."""
    header = records.header
    fields = np.ascontiguousarray(records.lines[rows, 2:32]).view("S6")
    try:
        latitude, first, last, step, height = fields.astype(np.float64).T
    except ValueError:
        raise ValueError("a row begins with what are no numbers; it is damaged") from None
    longitudes = header.longitudes
    width = longitudes[1] - longitudes[0] if longitudes.size > 1 else 0.0
    wanted = (longitudes[0], longitudes[-1], width)
    told = np.stack([first, last, step])
    if np.any(np.abs(told - np.array(wanted)[:, None]) > 0.051):
        raise ValueError("a row has other longitudes than the header")
    level = _find(header.heights, height, "a height")
    band = _find(header.latitudes, latitude, "a latitude")
    place = (which * header.heights.size + level) * header.latitudes.size + band
    if np.unique(place).size != place.size:
        raise ValueError("a map has the same latitude twice; it is damaged")
    return place


def _find(axis: NDArray[np.float64], values: NDArray[np.float64], what: str) -> NDArray[np.intp]:
    if axis.size == 1:
        index = np.zeros(values.size, np.intp)
    else:
        steps = (values - axis[0]) / (axis[1] - axis[0])
        if not np.all(np.isfinite(steps)) or np.abs(steps).max() > 1e6:
            raise ValueError(f"a row has {what} that is none")
        index = np.clip(np.rint(steps).astype(np.intp), 0, axis.size - 1)
    wrong = np.abs(axis[index] - values) > 0.051
    if np.any(wrong):
        raise ValueError(f"a row has {what} ({values[wrong][0]:g}) that the header does not state")
    return index


def _values(records: Records, rows: NDArray[Any], width: int) -> NDArray[np.float32]:
    """Values of the rows, scaled: (row, longitude)."""
    per_row = -(-width // _PER_LINE)
    if rows[-1] + per_row >= records.lines.shape[0]:
        raise ValueError("the last row has no values; it is cut short")
    index = rows[:, None] + 1 + np.arange(per_row)
    if np.any(records.labels[index] != b""):
        raise ValueError("a row is shorter than the header says; it is damaged")
    chars = records.lines[index].reshape(rows.size, -1)[:, : 5 * width]
    whole = _integers(chars, 5)
    where = np.flatnonzero(records.labels == b"EXPONENT")
    powers = np.full(rows.size, records.header.exponent, np.float64)
    later = where[where > records.end]
    if later.size:
        texts = [records.lines[k, :60].tobytes().decode("latin-1") for k in later]
        stated = np.array([_number("EXPONENT", text, -1.0, -9, 9) for text in texts])
        before = np.searchsorted(later, rows) - 1
        powers = np.where(before >= 0, stated[np.maximum(before, 0)], powers)
    scaled = whole * 10.0 ** powers[:, None]
    return np.where(whole == MISSING, np.nan, scaled).astype(np.float32)
