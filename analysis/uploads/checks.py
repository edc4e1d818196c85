"""What is looked at before a byte of a file is given to a library: name, size, first bytes, zip."""

from __future__ import annotations

import lzma
import re
import unicodedata
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import Final

from analysis import settings
from analysis.uploads.refusals import Refused

FORMATS: Final = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".tif": "geotiff",
    ".tiff": "geotiff",
    ".nc": "netcdf",
    ".nc4": "netcdf",
    ".zip": "shapefile",
}
"""Suffix -> format of the files that are taken."""

MOST_FILES: Final = 10
"""Files that one visitor may keep."""

MOST_MEMBERS: Final = 40
MOST_RATIO: Final = 20
"""An archive may unpack to this many times the size that a file may have."""

PARTS: Final = (".shp", ".shx", ".dbf", ".prj", ".cpg")
IGNORED: Final = (".sbn", ".sbx", ".qix", ".qpj", ".qmd", ".xml", ".fix", ".txt", ".lyr")
NEEDED: Final = (".shx", ".dbf")
_DAMAGED: Final = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, OSError,
    UnicodeError, ValueError,
)  # fmt: skip
_PIECE: Final = 1 << 20
_MAGIC: Final = {
    "netcdf": (b"\x89HDF\r\n\x1a\n", b"CDF\x01", b"CDF\x02", b"CDF\x05"),
    "geotiff": (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"),
    "shapefile": (b"PK\x03\x04",),
}
_LABELS: Final = {"netcdf": "NetCDF", "geotiff": "GeoTIFF", "shapefile": "ZIP", "csv": "CSV"}


def most_bytes() -> int:
    """Size that a file may have, bytes.

    Raises
    ------
    ValueError
        The setting ``QAZCUBE_UPLOAD_MB`` is no number from 1 to 2000.
    """
    text = settings.get("upload_mb")
    if not re.fullmatch(r"\d{1,4}", text) or not 1 <= int(text) <= 2000:
        raise ValueError(f"QAZCUBE_UPLOAD_MB is {text!r}; it must be a number from 1 to 2000.")
    return int(text) * 1_000_000


def plain_name(name: str) -> str:
    r"""Return the last part of a path as people write it, without what could do harm.

    >>> plain_name("../../etc/Кар\x00та.csv"), plain_name("C:\\data\\wells.CSV"), plain_name("..")
    ('Карта.csv', 'wells.CSV', 'file')
    """
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    kept = "".join(one for one in last if one.isprintable() and one not in '<>:"|?*').strip(" .")
    stem, suffix = Path(kept).stem[:80], Path(kept).suffix[:10]
    return f"{stem}{suffix}" or "file"


def check_offer(name: str, size: int, kept: int) -> str:
    """Check name and size of a file that is offered, before any of it is sent.

    Parameters
    ----------
    name : str
        As the browser tells it.
    size : int
        Bytes.
    kept : int
        Files that this visitor has here already.

    Returns
    -------
    str
        Its format, one of `FORMATS`.

    Raises
    ------
    Refused
        Wrong suffix, empty, too large, or too many files.

    Examples
    --------
    >>> check_offer("wells.CSV", 20_000, 0)
    'csv'
    """
    shown, limit = plain_name(name), most_bytes()
    form = FORMATS.get(Path(shown).suffix.lower())
    if form is None:
        raise Refused("suffix", name=shown, allowed=" ".join(FORMATS))
    if size <= 0:
        raise Refused("empty", name=shown)
    if size > limit:
        raise Refused("large", name=shown, size=size, limit=limit)
    if kept >= MOST_FILES:
        raise Refused("many", count=kept, limit=MOST_FILES)
    return form


def check_content(path: Path, form: str, name: str) -> None:
    """Check that a file begins as its format does.

    Raises
    ------
    Refused
        It begins otherwise, or text holds the byte 0.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    if form == "csv":
        wrong = b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff"))
    else:
        wrong = not head.startswith(_MAGIC[form])
    if wrong:
        raise Refused("content", name=name, format=_LABELS[form])


def unpack_shapefile(path: Path, folder: Path) -> Path:
    """Unpack the one shapefile of an archive under names of our own.

    Paths inside the archive are never used as paths; sizes are counted while unpacking, for the
    table of contents may lie.

    Parameters
    ----------
    path : pathlib.Path
        The archive.
    folder : pathlib.Path
        Where ``shape.shp`` and its parts are written.

    Returns
    -------
    pathlib.Path
        ``shape.shp``.

    Raises
    ------
    Refused
        Too many or too large members, a path that leads out, something that is no shapefile,
        several of them, or a missing part.
    """
    limit = most_bytes() * MOST_RATIO
    try:
        with zipfile.ZipFile(path) as archive:
            members = [one for one in archive.infolist() if not one.is_dir()]
            chosen = _members(members, limit)
            left = limit
            for suffix, member in chosen.items():
                left -= _extract(archive, member, folder / f"shape{suffix}", left, limit)
    except Refused:
        raise
    except _DAMAGED as error:
        raise Refused("broken", name=path.name, detail=str(error)[:200]) from error
    except RuntimeError as error:  # zipfile's word for a missing password
        raise Refused("zip_locked") from error
    return folder / "shape.shp"


def _members(members: list[zipfile.ZipInfo], limit: int) -> dict[str, zipfile.ZipInfo]:
    if len(members) > MOST_MEMBERS:
        raise Refused("zip_members", count=len(members), limit=MOST_MEMBERS)
    stated = sum(one.file_size for one in members)
    if stated > limit:
        raise Refused("zip_size", size=stated, limit=limit)
    shapes, found = [], []
    for one in members:
        inner = _inner_path(one)
        if inner.parts[0] == "__MACOSX" or inner.name.startswith("."):
            continue
        suffix = inner.suffix.lower()
        if suffix not in PARTS + IGNORED:
            raise Refused("zip_kind", path=one.filename[:120])
        found.append((inner, suffix, one))
        if suffix == ".shp":
            shapes.append(inner)
    if len(shapes) != 1:
        raise Refused("zip_shape", count=len(shapes))
    stem = shapes[0].with_suffix("").as_posix().casefold()
    chosen = {
        suffix: one
        for inner, suffix, one in found
        if suffix in PARTS and inner.with_suffix("").as_posix().casefold() == stem
    }
    for part in NEEDED:
        if part not in chosen:
            raise Refused("zip_parts", part=part)
    return chosen


def _inner_path(member: zipfile.ZipInfo) -> PurePosixPath:
    """Path of a member; refused where it would lead out of the folder."""
    inner = PurePosixPath(member.filename.replace("\\", "/"))
    link = (member.external_attr >> 16) & 0o170000 == 0o120000
    if inner.is_absolute() or ".." in inner.parts or ":" in inner.parts[0] or link:
        raise Refused("zip_path", path=member.filename[:120])
    return inner


def _extract(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, left: int, limit: int
) -> int:
    written = 0
    with archive.open(member) as source, target.open("wb") as file:
        while piece := source.read(_PIECE):
            written += len(piece)
            if written > left:
                raise Refused("zip_size", size=limit + written - left, limit=limit)
            file.write(piece)
    return written
