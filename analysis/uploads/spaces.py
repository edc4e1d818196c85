"""Where the files of a visitor are kept, what is there, and for how long."""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from analysis import settings
from analysis.service.holdings import folder_size
from analysis.sources import handwriting
from analysis.uploads.checks import most_bytes
from analysis.uploads.refusals import Refused

MODES: Final = ("visitor", "own", "off")
DAY: Final = 86_400.0
TOTAL: Final = 100
"""All visitors together may keep this many times what one file may have."""

_USED: Final = "used"
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{20,100}")


@dataclass(frozen=True)
class Item:
    """One file that was taken.

    Attributes
    ----------
    name : str
        Name of its entry in the space's catalogue, and of its cube.
    title : str
        What the visitor calls it.
    file : str
        Name of the file as it came.
    kind : str
        Kind of entry: grid, points, events, table, polygons, lines.
    size : int
        Bytes on disk, cube included.
    added : float
        When, seconds since 1970.
    variables : dict of str to str
        Name -> unit.
    box : list of float or None
        West, south, east, north.
    times : list of str or None
        First and last day.
    data : str
        Table that pages read, relative to the folder of the space; "" for a cube.
    """

    name: str
    title: str
    file: str
    kind: str
    size: int
    added: float
    variables: dict[str, str] = field(default_factory=dict)
    box: list[float] | None = None
    times: list[str] | None = None
    data: str = ""


@dataclass(frozen=True)
class Space:
    """A folder with the files, the catalogue and the cubes of one visitor.

    Attributes
    ----------
    folder : pathlib.Path
        Holds ``files/`` and ``items/``.
    cache : pathlib.Path
        Cache folder in which its cubes are made.
    catalog : pathlib.Path
        Catalogue to which its entries are added.
    days : int
        Days after the last visit at which all is removed; 0 for never.
    """

    folder: Path
    cache: Path
    catalog: Path
    days: int = 0

    @property
    def files(self) -> Path:
        """Folder of the files themselves."""
        return self.folder / "files"

    def exists(self) -> bool:
        """Whether anything was ever kept here."""
        return (self.folder / "items").is_dir()

    def touch(self) -> None:
        """Note a visit: from now on the days are counted anew."""
        if self.folder.is_dir():
            (self.folder / _USED).touch()

    def items(self) -> list[Item]:
        """Return what is kept, the newest first; a note that cannot be read is left out."""
        found = []
        for path in (self.folder / "items").glob("*.json"):
            try:
                found.append(Item(**json.loads(path.read_text(encoding="utf-8"))))
            except (OSError, ValueError, TypeError):
                continue
        return sorted(found, key=lambda one: -one.added)

    def size(self) -> int:
        """Bytes of all that is kept."""
        return sum(one.size for one in self.items())

    def incoming(self) -> Path:
        """Make a folder of a name nobody can guess for a file that comes in."""
        folder = self.files / secrets.token_hex(8)
        folder.mkdir(parents=True)
        self.touch()
        return folder

    def keep(self, item: Item) -> None:
        """Write down that a file was taken."""
        folder = self.folder / "items"
        folder.mkdir(parents=True, exist_ok=True)
        beside = folder / f".{item.name}.{os.getpid()}"
        beside.write_text(json.dumps(asdict(item), ensure_ascii=False), encoding="utf-8")
        beside.replace(folder / f"{item.name}.json")
        self.touch()

    def remove(self, name: str) -> None:
        """Remove a file, its entry and its cube.

        Raises
        ------
        ValueError
            There is none of this name.
        """
        if name not in {one.name for one in self.items()}:
            raise ValueError(f"There is no file {name!r} here.")
        rows = yaml.safe_load(self.catalog.read_text(encoding="utf-8")) or {}
        url = str(rows.get("data", {}).get(f"{name}_file", {}).get("kwargs", {}).get("url", ""))
        for section in ("aliases", "entries"):
            rows.get(section, {}).pop(name, None)
        rows.get("data", {}).pop(f"{name}_file", None)
        beside = self.catalog.with_name(f".{self.catalog.name}.{os.getpid()}")
        beside.write_text(yaml.safe_dump(rows, sort_keys=False, allow_unicode=True), "utf-8")
        beside.replace(self.catalog)
        folder = Path(url).parent
        if folder.parent == self.files:
            shutil.rmtree(folder, ignore_errors=True)
        cubes = self.cache / "cubes"
        shutil.rmtree(cubes / name, ignore_errors=True)
        (cubes / f"{name}.lock").unlink(missing_ok=True)
        (self.folder / "items" / f"{name}.json").unlink(missing_ok=True)

    def free_name(self, title: str) -> str:
        """Return a name for an entry that is not taken here.

        >>> own_space().free_name("Rain, 2020").startswith("my_rain_2020")
        True
        """
        ascii_ = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
        stem = re.sub(r"[^a-z0-9]+", "_", ascii_.lower()).strip("_")[:40]
        base = f"my_{stem}" if stem else "my_layer"
        taken = {one.name for one in self.items()}
        number, name = 1, base
        while name in taken or not handwriting.NAME.match(name):
            number += 1
            name = f"{base}_{number}"
        return name


def mode() -> str:
    """How files are taken on this server: "visitor", "own" or "off".

    Raises
    ------
    ValueError
        The setting ``QAZCUBE_UPLOADS`` is none of them.
    """
    value = settings.get("uploads").strip().lower()
    if value not in MODES:
        raise ValueError(f"QAZCUBE_UPLOADS is {value!r}; allowed: {', '.join(MODES)}.")
    return value


def days() -> int:
    """Days that a visitor's files are kept after his last visit.

    Raises
    ------
    ValueError
        The setting ``QAZCUBE_UPLOAD_DAYS`` is no number from 1 to 3650.
    """
    text = settings.get("upload_days")
    if not re.fullmatch(r"\d{1,4}", text) or not 1 <= int(text) <= 3650:
        raise ValueError(f"QAZCUBE_UPLOAD_DAYS is {text!r}; it must be a number from 1 to 3650.")
    return int(text)


def visitor_space(token: str) -> Space:
    """Return the space of a visitor.

    Parameters
    ----------
    token : str
        What only this visitor's browser knows, or his login; it never becomes a path.

    Returns
    -------
    Space
        Nothing is made on disk.

    Raises
    ------
    ValueError
        The token is too short to be a secret.

    Examples
    --------
    >>> one, other = visitor_space("a" * 20), visitor_space("b" * 20)
    >>> one.folder == other.folder, one.folder == visitor_space("a" * 20).folder
    (False, True)
    """
    if not _TOKEN.fullmatch(token):
        raise ValueError("A visitor is known by 20 to 100 letters, digits, _ and -.")
    key = hashlib.sha256(token.encode()).hexdigest()[:32]
    folder = visitors_folder() / key
    return Space(folder, folder, folder / "catalog.yml", days())


def own_space() -> Space:
    """Return the space of the one person who runs this server: the own catalogue and cache."""
    cache = settings.cache_dir()
    return Space(cache / "uploads", cache, settings.user_catalog())


def visitors_folder() -> Path:
    """Folder that holds the spaces of all visitors."""
    return settings.cache_dir() / "visitors"


def sweep(now: float | None = None) -> int:
    """Remove the spaces of visitors who have not come back for the days of the setting.

    Parameters
    ----------
    now : float, optional
        Seconds since 1970; the present moment if not given.

    Returns
    -------
    int
        Number of spaces removed.
    """
    oldest = (time.time() if now is None else now) - days() * DAY
    removed = 0
    for folder in _spaces():
        try:
            stamp = (folder / _USED).stat().st_mtime
        except OSError:
            stamp = folder.stat().st_mtime
        if stamp < oldest:
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    return removed


def check_room() -> None:
    """Refuse a file where all visitors together keep too much already, or the disc is near full.

    Raises
    ------
    Refused
        There is no room.
    """
    limit = TOTAL * most_bytes()
    free = shutil.disk_usage(settings.cache_dir()).free
    if free < 10 * most_bytes() or folder_size(visitors_folder()) > limit:
        raise Refused("full")


def _spaces() -> Iterator[Path]:
    folder = visitors_folder()
    if folder.is_dir():
        yield from (path for path in folder.iterdir() if path.is_dir())


def as_item(
    name: str, title: str, file: str, found: dict[str, Any], folder: Path, space: Space
) -> Item:
    """Make the note of a file from what was understood of it."""
    times = found.get("times")
    data = str((folder / found["data"]).relative_to(space.folder)) if found.get("data") else ""
    return Item(
        name=name,
        title=title,
        file=file,
        kind=str(found["kind"]),
        size=folder_size(folder) + folder_size(space.cache / "cubes" / name),
        added=time.time(),
        variables={one["name"]: one["unit"] for one in found["variables"]},
        box=found.get("box"),
        times=None if times is None else [str(times[0]), str(times[1])],
        data=data,
    )
