"""Damaged copies of a file, and the check that a reader survives them.

``mutations(path, n, seed)`` yields copies with flipped, lost, zeroed or repeated bytes, with lines
and fields of text changed, and for HDF5 and NetCDF with renamed, lost and reshaped variables and
absurd attributes. ``check_survives(opener, files)`` opens each in a child process that has a time
and a memory limit, computes all values, and wants a clear error of ours or plausible data.
"""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import h5py
import netCDF4
import numpy as np
from numpy.random import Generator

from tests.products.survival import check_survives

__all__ = ["check_survives", "mutations"]

ABSURD = (0.0, -1.0, np.nan, np.inf, 1e300, -9999, "", "parsecs", b"\xff\xfe", np.array([1, 2, 3]))
ATTRIBUTES = ("scale_factor", "add_offset", "_FillValue", "units", "valid_range", "valid_min")
ATTRIBUTES += ("missing_value", "calendar", "grid_mapping", "long_name")


def mutations(
    path: Path | str,
    n: int,
    seed: int,
    *,
    folder: Path | None = None,
    companions: Sequence[Path] = (),
) -> Iterator[Path]:
    """Yield damaged copies of a file, each under its own name in a folder of its own.

    Parameters
    ----------
    path : path
        The whole file.
    n : int
        Number of copies.
    seed : int
        The same seed gives the same copies.
    folder : pathlib.Path, optional
        Where to write; without it beside the file.
    companions : sequence of pathlib.Path, optional
        Files and folders that stand beside it and stay whole.

    Yields
    ------
    pathlib.Path
        A copy; it is written when it is asked for.
    """
    whole = Path(path)
    target = folder or whole.parent / "mutated"
    ways = kinds(whole)
    for k in range(n):
        rng = np.random.default_rng([seed, k])
        place = target / f"{k:04d}"
        place.mkdir(parents=True, exist_ok=True)
        for one in companions:
            (place / one.name).symlink_to(one.absolute())
        copy = Path(shutil.copy(whole, place / whole.name))
        # every way comes, in turn; the first copies of all seeds try each of them
        ways[k % len(ways)](copy, rng)
        yield copy


def kinds(path: Path) -> list[Callable[[Path, Generator], None]]:
    """Ways to damage a file, by what it holds."""
    ways = [flipped, truncated, overwritten, flipped_at_the_head, shuffled]
    data = path.read_bytes()
    if data[:8] == b"\x89HDF\r\n\x1a\n":
        ways += [hdf5_renamed, hdf5_absurd, hdf5_lost, hdf5_reshaped, hdf5_absurd]
    elif data[:3] == b"CDF":
        ways += [netcdf_renamed, netcdf_absurd, netcdf_absurd]
    elif data[:2] == b"\x1f\x8b":
        ways += [inside_gzip(one) for one in (flipped, truncated, lines, fields)]
    elif b"\0" not in data[:4096]:
        ways += [lines, fields, fields]
    return ways


def _some(rng: Generator, size: int, count: int) -> np.ndarray:
    return rng.integers(0, max(size, 1), count)


def flipped(path: Path, rng: Generator) -> None:
    """Change one to 64 bytes anywhere."""
    data = bytearray(path.read_bytes())
    for place in _some(rng, len(data), 2 ** int(rng.integers(0, 7))) if data else ():
        data[place] ^= int(rng.integers(1, 256))
    path.write_bytes(data)


def flipped_at_the_head(path: Path, rng: Generator) -> None:
    """Change a few bytes of the first two kilobytes, where formats keep their headers."""
    data = bytearray(path.read_bytes())
    for place in _some(rng, min(len(data), 2048), int(rng.integers(1, 9))) if data else ():
        data[place] ^= int(rng.integers(1, 256))
    path.write_bytes(data)


def truncated(path: Path, rng: Generator) -> None:
    """End too early: at any place, now and then at the very start or one byte before the end."""
    data = path.read_bytes()
    ends = [0, 1, len(data) - 1, *map(int, _some(rng, len(data), 7))]
    path.write_bytes(data[: max(0, ends[int(rng.integers(0, len(ends)))])])


def overwritten(path: Path, rng: Generator) -> None:
    """Fill a block with zeros or ones, as a disc or a broken download does."""
    data = bytearray(path.read_bytes())
    start = int(_some(rng, len(data), 1)[0])
    stop = min(len(data), start + int(rng.integers(1, 4097)))
    data[start:stop] = bytes([rng.choice([0, 255])]) * (stop - start)
    path.write_bytes(data)


def shuffled(path: Path, rng: Generator) -> None:
    """Repeat, lose or exchange a block."""
    data = path.read_bytes()
    a, b, c = sorted(map(int, _some(rng, len(data) + 1, 3)))
    parts = [data[:a], data[a:b], data[b:c], data[c:]]
    orders = ([0, 2, 1, 3], [0, 1, 1, 2, 3], [0, 2, 3])
    path.write_bytes(b"".join(parts[k] for k in orders[int(rng.integers(0, 3))]))


def lines(path: Path, rng: Generator) -> None:
    """Lose, repeat, cut or exchange some lines of a text."""
    rows = path.read_bytes().splitlines(keepends=True)
    for _ in range(int(rng.integers(1, 5))):
        if not rows:
            break
        k, other = map(int, _some(rng, len(rows), 2))
        match int(rng.integers(0, 4)):
            case 0:
                del rows[k]
            case 1:
                rows.insert(k, rows[other])
            case 2:
                rows[k] = rows[k][: int(rng.integers(0, len(rows[k]) + 1))]
            case _:
                rows[k], rows[other] = rows[other], rows[k]
    path.write_bytes(b"".join(rows))


def fields(path: Path, rng: Generator) -> None:
    """Put something else into some fields of a text."""
    strange = (b"", b"NaN", b"-9999", b"1e999", b"abc", b"*****", b"99999999", b"\xd0\xb0", b"-0.0")
    rows = path.read_bytes().splitlines(keepends=True)
    for k in _some(rng, len(rows), int(rng.integers(1, 9))) if rows else ():
        words = rows[k].split(b" ")
        words[int(rng.integers(0, len(words)))] = strange[int(rng.integers(0, len(strange)))]
        rows[k] = b" ".join(words)
    path.write_bytes(b"".join(rows))


def inside_gzip(way: Callable[[Path, Generator], None]) -> Callable[[Path, Generator], None]:
    """Damage what is packed, and pack it rightly again."""

    def inner(path: Path, rng: Generator) -> None:
        whole = gzip.decompress(path.read_bytes())
        path.write_bytes(whole)
        way(path, rng)
        path.write_bytes(gzip.compress(path.read_bytes(), mtime=0))

    return inner


def _datasets(file: h5py.File) -> list[str]:
    names: list[str] = []
    file.visititems(
        lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None
    )
    return sorted(names)


def _choice(rng: Generator, names: Sequence[Any]) -> Any:
    return names[int(rng.integers(0, len(names)))]


def hdf5_renamed(path: Path, rng: Generator) -> None:
    """Call a variable or a group otherwise."""
    with h5py.File(path, "r+") as file:
        names: list[str] = []
        file.visit(names.append)
        if names:
            name = _choice(rng, sorted(names))
            file.move(name, f"{name}_{rng.integers(0, 100)}")


def hdf5_lost(path: Path, rng: Generator) -> None:
    """Lose a variable or one of its attributes."""
    with h5py.File(path, "r+") as file:
        names = _datasets(file)
        if not names:
            return
        name = _choice(rng, names)
        kept = [one for one in file[name].attrs if one not in ("DIMENSION_LIST", "CLASS", "NAME")]
        if kept and rng.random() < 0.6:
            del file[name].attrs[_choice(rng, sorted(kept))]
        else:
            del file[name]


def hdf5_reshaped(path: Path, rng: Generator) -> None:
    """Put another shape or type where a variable was."""
    with h5py.File(path, "r+") as file:
        names = _datasets(file)
        if not names:
            return
        name = _choice(rng, names)
        attributes = {
            key: value
            for key, value in file[name].attrs.items()
            if key not in ("DIMENSION_LIST", "REFERENCE_LIST", "CLASS", "NAME", "_Netcdf4Dimid")
        }
        shape = file[name].shape
        del file[name]
        others = (np.zeros(()), np.zeros((0,)), np.zeros((3, 2)), np.full(shape[::-1], 7.5))
        others += (np.full(shape, 3, "i2"), np.full(shape, b"text", "S4"), np.full(shape, np.nan))
        file[name] = _choice(rng, others)
        for key, value in attributes.items():
            file[name].attrs[key] = value


def hdf5_absurd(path: Path, rng: Generator) -> None:
    """Give a variable or the file an attribute that makes no sense."""
    with h5py.File(path, "r+") as file:
        names = _datasets(file)
        owner = file[_choice(rng, names)] if names and rng.random() < 0.8 else file
        there = [one for one in owner.attrs if one not in ("DIMENSION_LIST", "REFERENCE_LIST")]
        owner.attrs[_choice(rng, [*sorted(there), *ATTRIBUTES])] = _choice(rng, ABSURD)


def netcdf_renamed(path: Path, rng: Generator) -> None:
    """Call a variable or a dimension of a classic file otherwise."""
    with netCDF4.Dataset(path, "r+") as file:
        if rng.random() < 0.7 or not file.dimensions:
            file.renameVariable(_choice(rng, sorted(file.variables)), "renamed")
        else:
            file.renameDimension(_choice(rng, sorted(file.dimensions)), "renamed")


def netcdf_absurd(path: Path, rng: Generator) -> None:
    """Give a variable of a classic file an attribute that makes no sense."""
    with netCDF4.Dataset(path, "r+") as file:
        variable = file[_choice(rng, sorted(file.variables))]
        value = _choice(rng, [one for one in ABSURD if not isinstance(one, bytes)])
        name = _choice(rng, sorted({*variable.ncattrs(), *ATTRIBUTES}))
        if name == "_FillValue":
            name = "missing_value"  # the library sets the other only when a variable is made
        variable.setncattr(name, value)
