"""Shapefiles as people send them: zipped, without ``.shx`` or ``.cpg``, in Cyrillic code pages."""

from __future__ import annotations

import codecs
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Final

UNPACKED: Final = 1_000_000_000
"""Bytes that an archive may hold unpacked."""
_UNPACKING: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
)
_PARTS: Final = (".shp", ".shx", ".dbf", ".prj", ".cpg", ".qpj")
_SAMPLE: Final = 4_000_000
_DRIVERS: Final = {0xC9: "cp1251", 0x65: "cp866", 0x26: "cp866", 0x57: "", 0x03: "cp1252"}
_CYRILLIC: Final = "kz1048"  # Windows page of Kazakhstan: the Russian letters lie as in cp1251


@contextmanager
def shapefile_parts(path: Path, member: str | None = None) -> Iterator[tuple[Path, list[str]]]:
    """Give the path of a shapefile that a library can open; unpack or copy it where need be.

    Parameters
    ----------
    path : pathlib.Path
        A ``.shp`` file, or an archive that holds one.
    member : str, optional
        Name of the shapefile in an archive of several, with or without ``.shp``.

    Yields
    ------
    path : pathlib.Path
        A ``.shp`` with its ``.shx``; what was unpacked is deleted afterwards.
    notes : list of str
        What was unusual.

    Raises
    ------
    ValueError
        The archive is damaged, holds no shapefile or several, is locked or too large, or the
        table of attributes is missing.
    """
    if path.suffix.lower() != ".zip":
        parts = {one.suffix.lower(): one for one in path.parent.glob(path.stem + ".*")}
        if ".shx" in parts:
            yield path, []
            return
        with TemporaryDirectory(prefix="qazcube-") as folder:
            for suffix, part in parts.items():
                if suffix in _PARTS:
                    shutil.copy(part, Path(folder) / f"layer{suffix}")
            yield Path(folder) / "layer.shp", ["The index (.shx) is missing; it was made anew."]
        return
    with TemporaryDirectory(prefix="qazcube-") as folder:
        name, suffixes = _unpack(path, member, Path(folder))
        notes = [] if ".shx" in suffixes else ["The index (.shx) is missing; it was made anew."]
        if ".dbf" not in suffixes:
            notes.append(f"{name} has no table of attributes (.dbf).")
        yield Path(folder) / "layer.shp", notes


def _unpack(path: Path, member: str | None, folder: Path) -> tuple[str, set[str]]:
    try:
        with zipfile.ZipFile(path) as archive:
            infos = [one for one in archive.infolist() if not one.is_dir()]
            shapes = [one.filename for one in infos if one.filename.lower().endswith(".shp")]
            shapes = [one for one in shapes if not one.startswith("__MACOSX")]
            name = _choose(path, shapes, member)
            stem = str(PurePosixPath(name).with_suffix("")).lower()
            parts = [
                one
                for one in infos
                if PurePosixPath(one.filename).suffix.lower() in _PARTS
                and str(PurePosixPath(one.filename).with_suffix("")).lower() == stem
            ]
            size = sum(one.file_size for one in parts)
            if size > UNPACKED:
                raise ValueError(
                    f"{path.name} unpacks to {size / 1e6:,.0f} MB; at most {UNPACKED / 1e6:,.0f} "
                    "MB are unpacked."
                )
            if any(one.flag_bits & 1 for one in parts):
                raise ValueError(f"{path.name} is locked by a password; send it without.")
            suffixes = set()
            for one in parts:
                suffix = PurePosixPath(one.filename).suffix.lower()
                suffixes.add(suffix)
                with archive.open(one) as source, (folder / f"layer{suffix}").open("wb") as target:
                    shutil.copyfileobj(source, target)
            return name, suffixes
    except _UNPACKING as error:
        raise ValueError(f"{path.name} cannot be unpacked: {error}") from error


def _choose(path: Path, shapes: list[str], member: str | None) -> str:
    if not shapes:
        raise ValueError(f"{path.name} holds no shapefile (.shp).")
    if member is not None:
        wanted = [one for one in shapes if member in (one, PurePosixPath(one).stem)]
        if len(wanted) != 1:
            raise ValueError(f"{path.name} has no {member!r}; it has {', '.join(shapes)}.")
        return wanted[0]
    if len(shapes) > 1:
        raise ValueError(
            f"{path.name} holds {len(shapes)} shapefiles: {', '.join(shapes)}. Choose one: "
            f"layer={PurePosixPath(shapes[0]).stem!r}."
        )
    return shapes[0]


def table_encoding(shape: Path, given: str | None = None) -> tuple[str, str]:
    """Find the encoding of the attributes of a shapefile.

    What the ``.cpg`` says holds, where the bytes allow it; then the mark in the ``.dbf``; else the
    bytes tell: UTF-8 where they are such, cp866 (DOS) where its letters prevail, else KZ-1048, the
    Windows page of Kazakhstan, which has the Russian letters of cp1251 and the Kazakh ones.

    Parameters
    ----------
    shape : pathlib.Path
        The ``.shp``.
    given : str, optional
        Name of an encoding, which overrides all.

    Returns
    -------
    encoding : str
        Name of a codec of Python.
    note : str
        How it was found, "" where the file says it.

    Raises
    ------
    ValueError
        The encoding given is unknown.
    """
    if given is not None:
        return _codec(given, must=True), ""
    dbf = _beside(shape, ".dbf")
    if dbf is None:
        return "utf-8", ""
    with dbf.open("rb") as file:
        head = file.read(32)
        text = file.read(_SAMPLE)
    high = bytes(one for one in text if one >= 0x80)
    stated = ""
    cpg = _beside(shape, ".cpg")
    if cpg is not None:
        stated = _codec(cpg.read_text("ascii", errors="ignore"))
    stated = stated or (_DRIVERS.get(head[29], "") if len(head) > 29 else "")
    if not high:
        return stated or "utf-8", ""
    valid = _is_utf8(text)
    if stated and (stated != "utf-8" or valid):
        return stated, ""
    if valid:
        return "utf-8", ""
    found = _page(high)
    why = "says UTF-8, which it is not" if stated else "does not say its encoding"
    return found, f"The table {why}; its texts were read as {found}."


def _page(high: bytes) -> str:
    dos = sum(0x80 <= one <= 0xAF for one in high)
    windows = sum(0xC0 <= one <= 0xDF or one >= 0xF0 for one in high)
    return "cp866" if dos > windows else _CYRILLIC


def _is_utf8(text: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(text)
    except UnicodeDecodeError:
        return False
    return True


def _codec(name: str, *, must: bool = False) -> str:
    plain = name.strip().strip('"').lower().removeprefix("ansi").strip(" -_")
    for one in (plain, f"cp{plain}", plain.replace("windows-", "cp").replace("windows", "cp")):
        try:
            return codecs.lookup(one).name
        except LookupError:
            continue
    if must:
        raise ValueError(f"The encoding {name!r} is unknown; write utf-8, cp1251, cp866 ...")
    return ""


def _beside(shape: Path, suffix: str) -> Path | None:
    for one in shape.parent.glob(shape.stem + ".*"):
        if one.suffix.lower() == suffix:
            return one
    return None
