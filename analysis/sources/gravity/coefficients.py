"""Files of gravity coefficients: GSM of JPL, CSR and GFZ, and the two technical notes for them."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from analysis.sources.filelists import told
from analysis.sources.gravity.mascons import day_of_year

Floats = NDArray[np.float64]

GM: Final = 3.986004415e14
RADIUS: Final = 6378136.3
"""Constants to which all coefficients are brought (m3 s-2, m): those of JPL and CSR."""

_NAME: Final = re.compile(
    r"^GSM-2_(?P<start>\d{7})-(?P<end>\d{7})_(?P<mission>GRAC|GRFO)_"
    r"(?P<centre>\w{5})_(?P<kind>\w{4})_(?P<release>\d{4})(\.gz|\.txt)?$"
)
_NUMBER: Final = r"([-+]?\d+\.?\d*(?:[EeDd][-+]?\d+)?)"
_VALUE: Final = re.compile(r"^\s*value\s*:\s*" + _NUMBER)
_EARTH: Final = re.compile(r"^EARTH\s+" + _NUMBER + r"\s+" + _NUMBER)
_PLAIN: Final = re.compile(r"^\s*(earth_gravity_constant|radius)\s+" + _NUMBER)
_LONGEST: Final = 64_000_000  # bytes of text; 96 x 96 coefficients take half a million
_NEAR: Final = np.timedelta64(16, "D")


@dataclass(frozen=True)
class Month:
    """What the name of a GSM file says.

    Attributes
    ----------
    path : pathlib.Path
        The file.
    start, end : numpy.datetime64
        First moment and the moment after the last day.
    centre, kind : str
        ``JPLEM``, ``UTCSR``, ``GFZOP``; ``BA01`` (degree 60) or ``BB01`` (degree 96).
    """

    path: Path
    start: Any
    end: Any
    centre: str
    kind: str

    @property
    def middle(self) -> Any:
        """Middle of the span."""
        return self.start + (self.end - self.start) // 2


def month_of(path: Path) -> Month:
    """Read the name of a GSM file.

    Parameters
    ----------
    path : pathlib.Path
        ``GSM-2_YYYYDDD-YYYYDDD_GRAC_JPLEM_BB01_0600.gz``.

    Returns
    -------
    Month

    Raises
    ------
    ValueError
        Another name, or a span that ends before it begins.

    Examples
    --------
    >>> month = month_of(Path("GSM-2_2002095-2002120_GRAC_UTCSR_BB01_0600.gz"))
    >>> str(month.start)[:10], str(month.end)[:10], month.centre
    ('2002-04-05', '2002-05-01', 'UTCSR')
    """
    match = _NAME.match(path.name)
    if not match:
        raise ValueError(
            f"{path.name} is no name of a GSM file (GSM-2_YYYYDDD-YYYYDDD_GRAC_JPLEM_BB01_0600.gz)."
        )
    start = day_of_year(match["start"])
    end = day_of_year(match["end"]) + np.timedelta64(1, "D")
    if end <= start:
        raise ValueError(f"{path.name} ends before it begins.")
    return Month(path, start, end, match["centre"], match["kind"])


def read_coefficients(path: Path, degree: int) -> Floats:
    """Read fully normalised coefficients of a GSM (or ICGEM ``gfc``) file up to a degree.

    Parameters
    ----------
    path : pathlib.Path
        Plain or gzip.
    degree : int
        Greatest degree and order wanted.

    Returns
    -------
    numpy.ndarray
        ``(2, degree + 1, degree + 1)``: cosines and sines, brought to `GM` and `RADIUS`.

    Raises
    ------
    ValueError
        Damaged, cut off, of a lower degree, or without the constants of the Earth.
    """
    out = np.full((2, degree + 1, degree + 1), np.nan)
    constants: dict[str, float] = {}
    waiting = ""
    for line in _lines(path):
        if line.startswith(("GRCOF2", "gfc")):
            _row(line, out, path)
            continue
        if "earth_gravity_param" in line or "mean_equator_radius" in line:
            waiting = "gm" if "gravity" in line else "radius"
        elif waiting and (match := _VALUE.match(line)):
            constants.setdefault(waiting, _float(match[1]))
            waiting = ""
        elif match := _EARTH.match(line):
            constants = {"gm": _float(match[1]), "radius": _float(match[2])}
        elif match := _PLAIN.match(line):
            constants["radius" if match[1] == "radius" else "gm"] = _float(match[2])
    _check_constants(constants, path)
    out[:, :2] = np.nan_to_num(out[:, :2])  # degrees 0 and 1 are left out of some files
    rows, columns = np.tril_indices(degree + 1)
    lost = np.isnan(out[:, rows, columns]).any(axis=0)
    if lost.any():
        n, m = rows[lost][0], columns[lost][0]
        raise ValueError(
            f"{path.name} lacks {int(lost.sum())} of {rows.size} coefficients up to degree "
            f"{degree}, the first of degree {n} and order {m}: it is cut off, or of a lower degree."
        )
    ratio = constants["radius"] / RADIUS
    powers = ratio ** np.arange(degree + 1)[None, :, None]
    return np.nan_to_num(out) * powers * (constants["gm"] / GM)


def _check_constants(constants: dict[str, float], path: Path) -> None:
    for key, wanted, words in (("gm", GM, "gravity constant"), ("radius", RADIUS, "radius")):
        value = constants.get(key)
        if value is None:
            raise ValueError(f"{path.name} states no {words} of the Earth.")
        if not abs(value / wanted - 1) < 1e-5:
            raise ValueError(f"{path.name} states the {words} {value:g}; it is about {wanted:g}.")


def _lines(path: Path) -> Iterator[str]:
    """Lines of a plain or gzipped text, not more than a file of coefficients can hold."""
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if packed else path.open("rb") as file:
            text = file.read(_LONGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise told(path, error) from error
    if len(text) > _LONGEST:
        raise ValueError(f"{path.name} is longer than any file of coefficients.")
    yield from text.decode("ascii", errors="replace").splitlines()


def _float(text: str) -> float:
    return float(text.replace("D", "e").replace("d", "e"))


def _row(line: str, out: Floats, path: Path) -> None:
    parts = line.split()
    try:
        n, m = int(parts[1]), int(parts[2])
        values = [_float(parts[3]), _float(parts[4])]
    except (ValueError, IndexError):
        raise ValueError(f"{path.name} has a line that is no coefficient: {line[:60]!r}.") from None
    if not 0 <= m <= n or not np.isfinite(values).all() or max(map(abs, values)) > 1.1:
        raise ValueError(f"{path.name} has an impossible coefficient: {line[:60]!r}.")
    if n < out.shape[1]:
        if not np.isnan(out[0, n, m]):
            raise ValueError(f"{path.name} has degree {n}, order {m} twice.")
        out[:, n, m] = values


def read_degree1(path: Path) -> list[tuple[Any, int, Floats]]:
    """Read Technical Note 13: coefficients of degree 1 (motion of the centre of mass).

    Parameters
    ----------
    path : pathlib.Path
        ``TN-13_GEOC_*.txt``.

    Returns
    -------
    list of (middle, order, (cosine, sine))

    Raises
    ------
    ValueError
        It has no such lines.
    """
    found = []
    for line in _lines(path):
        parts = line.split()
        if len(parts) >= 9 and parts[0] == "GRCOF2" and parts[1] == "1":
            try:
                pair = np.array([_float(parts[3]), _float(parts[4])])
                span = [_calendar_day(one) for one in parts[7:9]]
                found.append((span[0] + (span[1] - span[0]) // 2, int(parts[2]), pair))
            except ValueError:
                raise ValueError(f"{path.name} has a line that is none: {line[:60]!r}.") from None
    if not found:
        raise ValueError(f"{path.name} has no coefficients of degree 1 (GRCOF2 1 ...).")
    return found


def read_low_degrees(path: Path) -> list[tuple[Any, float, float]]:
    """Read Technical Note 14: C20 and C30 from satellite laser ranging.

    Parameters
    ----------
    path : pathlib.Path
        ``TN-14_C30_C20_GSFC_SLR.txt``.

    Returns
    -------
    list of (middle, C20, C30)
        C30 is NaN where the note has none.

    Raises
    ------
    ValueError
        It has no such lines.
    """
    found = []
    for line in _lines(path):
        parts = line.split()
        if len(parts) < 10 or not re.fullmatch(r"\d{5}(\.\d+)?", parts[0]):
            continue
        try:
            numbers = [_float(one) for one in parts[:10]]
        except ValueError:
            raise ValueError(f"{path.name} has a line that is none: {line[:60]!r}.") from None
        middle = (numbers[0] + numbers[8]) / 2
        origin = np.datetime64("1858-11-17", "ns")
        when = origin + np.timedelta64(round(middle * 86400), "s")
        found.append((when, numbers[2], numbers[5]))
    if not found:
        raise ValueError(f"{path.name} has no lines of C20 and C30.")
    return found


def _calendar_day(text: str) -> np.datetime64:
    """Date of ``yyyymmdd.hhmm``."""
    return np.datetime64(f"{text[:4]}-{text[4:6]}-{text[6:8]}", "ns")


def low_degrees_of(
    months: list[Month], degree1: Path | None, low_degrees: Path | None
) -> list[dict[tuple[int, int, int], float]]:
    """Coefficients which the technical notes put in place of those of each month.

    Parameters
    ----------
    months : list of Month
        As opened.
    degree1, low_degrees : pathlib.Path or None
        Technical Notes 13 and 14.

    Returns
    -------
    list of dict
        (0 cosine or 1 sine, degree, order) -> value, for each month.

    Raises
    ------
    ValueError
        A note has nothing within 16 days of the middle of a month.
    """
    out: list[dict[tuple[int, int, int], float]] = [{} for _ in months]
    if degree1 is not None:
        rows = read_degree1(degree1)
        for order in (0, 1):
            known = [(when, pair) for when, m, pair in rows if m == order]
            for month, into in zip(months, out, strict=True):
                pair = _nearest(known, month, degree1)
                into[0, 1, order], into[1, 1, order] = float(pair[0]), float(pair[1])
    if low_degrees is not None:
        values = [(when, (c20, c30)) for when, c20, c30 in read_low_degrees(low_degrees)]
        for month, into in zip(months, out, strict=True):
            c20, c30 = _nearest(values, month, low_degrees)
            into[0, 2, 0] = c20
            if np.isfinite(c30):
                into[0, 3, 0] = c30
    return out


def _nearest(rows: list[tuple[Any, Any]], month: Month, path: Path) -> Any:
    if rows:
        when, values = min(rows, key=lambda row: abs(row[0] - month.middle))
        if abs(when - month.middle) <= _NEAR:
            return values
    raise ValueError(f"{path.name} has nothing for the month of {month.path.name}.")
