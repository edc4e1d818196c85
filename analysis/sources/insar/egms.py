"""European Ground Motion Service: points with their velocity and series, CSV in zip archives.

Levels 2a and 2b are along the line of sight, toward the satellite positive; level 3 is up or east
positive. All in mm and mm/year.
"""

from __future__ import annotations

import io
import math
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import dask.dataframe as dd
import numpy as np
import pandas as pd
import pyproj
from intake.readers import datatypes
from intake.readers.readers import FileReader

from analysis.sources.circle import wrap_longitude
from analysis.sources.filelists import Paths, list_files, told

WHAT: Final = ("velocity", "series")
_DAY: Final = re.compile(r"^(19|20)\d{6}$")
_PIECE: Final = 32_000_000  # bytes of text in a part of the table
_LONGEST: Final = 200_000  # bytes of a line: a point with its series
_COLUMNS: Final = {
    "velocity": ["id", "longitude", "latitude", "height", "velocity", "velocity_std", "rmse"],
    "series": ["time", "id", "longitude", "latitude", "los_displacement"],
}
_NUMBERS: Final = {
    "mean_velocity": "velocity",
    "mean_velocity_std": "velocity_std",
    "height": "height",
    "rmse": "rmse",
}


@dataclass(frozen=True)
class _Piece:
    """Lines of a file that start at the bytes from `start` to `stop`."""

    path: Path
    member: str
    start: int
    stop: int


def open_egms(paths: Paths, *, what: str = "velocity") -> dd.DataFrame:
    """Open points of the European Ground Motion Service.

    Parameters
    ----------
    paths : str, pathlib.Path, or a sequence of them
        ``EGMS_*.zip`` or ``.csv``: files, folder or pattern.
    what : {"velocity", "series"}, optional
        A row for each point, or for each point and date.

    Returns
    -------
    dask.dataframe.DataFrame
        Lazy. ``velocity``: id, longitude, latitude (degrees), height (m), velocity and
        velocity_std (mm/year), rmse (mm). ``series``: time, id, longitude, latitude,
        los_displacement (mm); for level 3 that is displacement up or east, as the name of the
        file says (``_U`` or ``_E``).

    Raises
    ------
    ValueError
        No CSV, no such columns; when values are computed: damaged archives, places or numbers
        that are none.
    """
    if what not in WHAT:
        raise ValueError(f"what is {what!r}; allowed are {', '.join(WHAT)}.")
    pieces = []
    for path in list_files(paths, (".zip", ".csv"), "points of EGMS"):
        for member, size in _members(path):
            _check_header(_header(path, member), path)
            starts = range(0, size, _PIECE)
            pieces += [_Piece(path, member, start, start + _PIECE) for start in starts]
    return dd.from_map(_table, pieces, what=what, meta=_empty(what))


def _empty(what: str) -> pd.DataFrame:
    kinds: dict[str, Any] = dict.fromkeys(_COLUMNS[what], np.dtype("float64"))
    kinds["id"] = pd.Series([], dtype="str").dtype
    if "time" in kinds:
        kinds["time"] = np.dtype("datetime64[ns]")
    frame = pd.DataFrame({name: pd.Series([], dtype=kind) for name, kind in kinds.items()})
    return frame[_COLUMNS[what]]


def _members(path: Path) -> list[tuple[str, int]]:
    """CSV files of an archive, or the file itself, with their sizes."""
    if path.suffix.lower() == ".csv":
        return [("", path.stat().st_size)]
    try:
        with zipfile.ZipFile(path) as archive:
            found = [
                (one.filename, one.file_size)
                for one in archive.infolist()
                if one.filename.lower().endswith(".csv") and not one.is_dir()
            ]
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, ValueError) as error:
        raise told(path, error) from error
    if not found:
        raise ValueError(f"{path.name} holds no CSV.")
    return found


def _open(path: Path, member: str) -> Iterator[IO[bytes]]:
    """Open the text of a file, closing all that was opened."""
    if not member:
        with path.open("rb") as file:
            yield file
        return
    with zipfile.ZipFile(path) as archive, archive.open(member) as file:
        yield file


_FAULTS: Final = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    KeyError,
    ValueError,
)


def _header(path: Path, member: str) -> list[str]:
    try:
        for file in _open(path, member):
            line = file.readline(_LONGEST)
    except _FAULTS as error:
        raise told(path, error) from error
    text = line.decode("utf-8-sig", errors="replace").strip()
    return [one.strip().strip('"') for one in text.split(",")]


def _check_header(columns: list[str], path: Path) -> None:
    if len(set(columns)) < len(columns):
        raise ValueError(f"{path.name} names a column twice.")
    placed = {"longitude", "latitude"} <= set(columns) or {"easting", "northing"} <= set(columns)
    if "pid" not in columns or "mean_velocity" not in columns or not placed:
        raise ValueError(
            f"{path.name} is no CSV of EGMS: pid, mean_velocity and longitude, latitude or "
            f"easting, northing wanted; it has {', '.join(columns[:8])}."
        )


def _table(piece: _Piece, what: str) -> pd.DataFrame:
    """Rows of a piece."""
    columns = _header(piece.path, piece.member)
    text = _text(piece)
    if not text:
        return _empty(what)
    days = [one for one in columns if _DAY.match(one)]
    wanted = {"pid", "longitude", "latitude", "easting", "northing", *_NUMBERS}
    wanted |= set(days) if what == "series" else set()
    try:
        rows = pd.read_csv(
            io.BytesIO(text), names=columns, usecols=[c for c in columns if c in wanted], dtype=str
        )
        frame = _points(rows)
        if what == "velocity":
            return frame[_COLUMNS["velocity"]]
        return _series(frame, rows, days)
    except (pd.errors.ParserError, UnicodeDecodeError, ValueError, OverflowError) as error:
        raise ValueError(f"{piece.path.name} has rows that cannot be read: {error}") from error


def _text(piece: _Piece) -> bytes:
    """Whole lines that start inside the piece, the header left out."""
    try:
        for file in _open(piece.path, piece.member):
            if piece.start > 0:
                file.seek(piece.start - 1)  # the end of a line that starts before: maybe a lone \n
            file.readline(_LONGEST)
            left = piece.stop - file.tell()
            text = file.read(left) if left > 0 else b""
            return text if not text or text.endswith(b"\n") else text + file.readline(_LONGEST)
    except _FAULTS as error:
        raise told(piece.path, error) from error
    return b""


def _points(rows: pd.DataFrame) -> pd.DataFrame:
    out = pd.DataFrame({"id": rows["pid"].astype("str")})
    if {"longitude", "latitude"} <= set(rows):
        lon, lat = (_column(rows, name) for name in ("longitude", "latitude"))
    else:
        turn = pyproj.Transformer.from_crs(3035, 4326, always_xy=True)
        lon, lat = turn.transform(_column(rows, "easting"), _column(rows, "northing"))
    inside = np.isfinite(lon) & (np.abs(lon) <= 360) & (np.abs(lat) <= 90)
    if not inside.all():
        worst = rows["pid"].iloc[int(np.flatnonzero(~inside)[0])]
        raise ValueError(f"the point {worst!r} has no place on the Earth.")
    out["longitude"], out["latitude"] = wrap_longitude(lon), lat
    for name, target in _NUMBERS.items():
        out[target] = _column(rows, name) if name in rows else math.nan
    return out


def _column(rows: pd.DataFrame, name: str) -> Any:
    return pd.to_numeric(rows[name]).to_numpy(dtype=np.float64)


def _series(frame: pd.DataFrame, rows: pd.DataFrame, days: list[str]) -> pd.DataFrame:
    """Make a row of each point and date; missing values are left out."""
    if not days:
        raise ValueError("there are no columns of dates (YYYYMMDD).")
    moments = pd.to_datetime(pd.Series(days), format="%Y%m%d", errors="coerce")
    if moments.isna().any():
        raise ValueError(f"the column {days[int(moments.isna().argmax())]} is no date.")
    values = np.stack([_column(rows, day) for day in days], axis=1)
    count = len(days)
    out = pd.DataFrame(
        {
            "time": np.tile(moments.to_numpy().astype("datetime64[ns]"), len(frame)),
            "id": frame["id"].repeat(count).to_numpy(),
            "longitude": frame["longitude"].repeat(count).to_numpy(),
            "latitude": frame["latitude"].repeat(count).to_numpy(),
            "los_displacement": values.ravel(),
        }
    ).astype({"id": frame["id"].dtype})
    return out[np.isfinite(out["los_displacement"])].reset_index(drop=True)


class EgmsReader(FileReader):
    """Reader for the catalogue: `open_egms`."""

    output_instance = "dask.dataframe:DataFrame"
    implements = {datatypes.CSV}  # noqa: RUF012 - Intake's own way to say what a reader opens
    func = "dask.dataframe:read_csv"

    def _read(self, data: Any, what: str = "velocity", **_: Any) -> dd.DataFrame:
        return open_egms(data.url, what=what)
