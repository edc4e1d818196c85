"""Reads HDF5, NetCDF and HDF4 in a process of its own; `analysis.sources.guardedprocess` runs it.

The C libraries trust what stands in a file: of a hundred damaged files one or two make them crash
or hang. Here they take nothing with them. A request is pickled behind its length in 8 bytes; an
answer is a pickle and the plain bytes of its arrays, behind their number and lengths. A request
comes with the seconds that it may take; after them the process ends, even where the one that asked,
and would have ended it, is gone. Nothing of the package is imported: a start takes 0.2 s.
"""

from __future__ import annotations

import os
import pickle
import signal
import struct
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np

_GRACE: Final = 5.0  # seconds after which the one that asked should have ended us
_MOST_OPEN, _MOST_OBJECTS = 32, 100_000  # files that are kept open; groups and arrays of a file
_HDF4_TYPES: Final = {
    5: "float32", 6: "float64", 20: "int8", 21: "uint8", 22: "int16", 23: "uint16", 24: "int32",
    25: "uint32",
}  # fmt: skip
_MOST_BYTES: Final = 2**31  # of one array of HDF4, which is read as a whole

Stamp = tuple[int, int, int]
Name = str | None


class Told(ValueError):  # noqa: N818 - words, not an error of a library
    """What is wrong, in words that a person reads."""


_open: dict[tuple[Any, ...], Any] = {}  # those used last stand last


def _kept(opener: Callable[..., Any], path: str, wanted: Stamp, *options: Any) -> Any:
    """File, opened now or before."""
    key = (opener.__name__, path, wanted, *options)
    about = Path(path).stat()
    now = about.st_size, about.st_mtime_ns, about.st_ino  # another stamp is another file
    for old in [one for one in _open if one[1] == path and one[2] != now]:
        _close(old)
    if now != wanted:
        raise Told("it has changed on disc since it was opened")
    if key in _open:
        _open[key] = _open.pop(key)
        return _open[key]
    while len(_open) >= _MOST_OPEN:
        _close(next(iter(_open)))
    _open[key] = opener(path, *options)
    return _open[key]


def _close(key: tuple[Any, ...]) -> None:
    with suppress(Exception):  # of a damaged file; it is let go of all the same
        _open.pop(key).close()


def plain(value: Any) -> Any:
    """Values, or the value of an attribute, in types of Python and NumPy alone."""
    if isinstance(value, np.ndarray):
        if value.dtype.kind == "O":
            flat = np.empty(value.size, object)
            for k, one in enumerate(value.ravel()):  # one by one: some are arrays themselves
                flat[k] = plain(one)
            return flat.reshape(value.shape)
        return value if value.dtype.metadata is None else value.view(value.dtype.str)
    if isinstance(value, (str, bytes, bool, int, float, complex)):
        return value
    if isinstance(value, np.generic) and value.dtype.kind in "biufcSU":
        return value
    return str(value)


def _kind(dtype: Any, variable: Any = None) -> Any:
    """Type of an array without what only the library understands; ``str`` for texts."""
    if dtype is str:
        return "str"
    found: Any = np.dtype("O" if getattr(variable, "_isvlen", False) else dtype)  # of lists: O
    if found.kind == "O":
        given = (found.metadata or {}).get("vlen")
        return "str" if given is str else np.dtype("O")
    return found if found.names else np.dtype(found.str)


# HDF5 as it stands in the file -------------------------------------------------------------------


def hdf5_file(path: str) -> Any:
    """Open with h5py."""
    try:
        return import_module("h5py").File(path, "r")
    except OSError as error:
        if "signature not found" in str(error):
            raise Told("it is no HDF5 file") from error
        raise


def hdf5_check(path: str, wanted: Stamp) -> None:
    """Open a file and no more."""
    _kept(hdf5_file, path, wanted)


def hdf5_tree(path: str, wanted: Stamp) -> dict[str, Any]:
    """All groups and arrays: path inside -> None, or shape, type, chunks and stored bytes."""
    h5py = import_module("h5py")
    found: dict[str, Any] = {}
    for name, one in _walk(_kept(hdf5_file, path, wanted), "", set()):
        if isinstance(one, h5py.Dataset):
            kind = np.dtype("O") if one.dtype.kind == "O" else _kind(one.dtype)
            found[name] = (one.shape, kind, one.chunks, one.id.get_storage_size())
        elif isinstance(one, h5py.Group):
            found[name] = None
    return found


def _walk(group: Any, above: str, seen: set[int], soft: bool = True) -> Iterator[tuple[str, Any]]:
    h5py = import_module("h5py")
    for key in group:
        link = group.get(key, getlink=True)
        if isinstance(link, h5py.ExternalLink):
            yield f"{above}{key}", link
            continue
        if isinstance(link, h5py.SoftLink) and not (soft and link.path in group):
            continue
        one = group[key]
        if len(seen) > _MOST_OBJECTS:
            raise Told(f"it has more than {_MOST_OBJECTS} groups and arrays")
        yield f"{above}{key}", one
        address = h5py.h5o.get_info(one.id).addr
        if address not in seen:
            seen.add(address)
            if isinstance(one, h5py.Group):
                yield from _walk(one, f"{above}{key}/", seen, soft)


def hdf5_attributes(path: str, wanted: Stamp, name: str) -> dict[str, Any]:
    """Attributes of a group or array."""
    file = _kept(hdf5_file, path, wanted)
    return {key: plain(value) for key, value in file[name or "/"].attrs.items()}


def hdf5_read(path: str, wanted: Stamp, name: str, key: Any) -> Any:
    """Values of an array."""
    _refuse_unwritten(path, wanted, name)
    return plain(np.asarray(_kept(hdf5_file, path, wanted)[name][key]))


@lru_cache(maxsize=4096)
def _refuse_unwritten(path: str, wanted_file: Stamp, name: str) -> None:
    """Refuse a grid of which the file lacks bytes or misplaces them: zeros would be made up."""
    array = _kept(hdf5_file, path, wanted_file)[name]
    grid = len(array.shape or ()) > 1 and array.dtype.kind in "iuf" and array.size
    if not grid or array.is_virtual or array.external:
        return
    stored, wanted = array.id.get_storage_size(), array.size * array.dtype.itemsize
    empty = stored == 0 and "_FillValue" not in array.attrs and not np.any(array.fillvalue)
    if empty or (array.chunks is None and 0 < stored < wanted):
        raise Told(f"{name} has {stored} bytes in it, {wanted} are wanted")
    pieces: list[Any] = []
    _ = array.chunks and array.id.chunk_iter(pieces.append)
    raw = array.id.get_create_plist().get_nfilters() == 0
    whole = np.prod(array.chunks or (), dtype=int) * array.dtype.itemsize
    for one in pieces:
        sides = zip(one.chunk_offset, array.chunks, array.shape, strict=True)
        if (raw and one.size != whole) or any(at % side or at >= end for at, side, end in sides):
            raise Told(f"a part of {name} lies where none belongs, or has another size")
    for one in pieces[:1] + pieces[-1:]:
        array.id.read_direct_chunk(one.chunk_offset)  # not found where their index is damaged


def hdf5_outside(path: str, wanted: Stamp, most: int) -> str:
    """First path of another file that this one would make the library read; "" for none.

    The library follows external links, virtual arrays and raw data kept outside; we do not.
    """
    h5py = import_module("h5py")
    walk = _walk(_kept(hdf5_file, path, wanted), "", set(), soft=False)
    for count, (_, one) in enumerate(walk):
        if count >= most:
            raise Told(f"it has more than {most} groups and arrays")
        if isinstance(one, h5py.ExternalLink):
            return str(one.filename)
        if isinstance(one, h5py.Dataset):
            paths = [str(part[0]) for part in one.external or ()]
            if one.is_virtual:
                paths += [str(v.file_name) for v in one.virtual_sources() if v.file_name != "."]
            if paths:
                return paths[0]
    return ""


# NetCDF, through either of its two libraries -----------------------------------------------------


def netcdf4_file(path: str, *_: Name) -> Any:
    """Open with the NetCDF library in C, values as they are stored."""
    file = import_module("netCDF4").Dataset(path, "r")
    file.set_auto_maskandscale(False)
    file.set_auto_chartostring(False)
    return file


def h5netcdf_file(path: str, phony: Name, _group: Name) -> Any:
    """Open with h5netcdf, for each group anew: dimensions without names are counted as met."""
    options = {"phony_dims": phony or "access", "decode_vlen_strings": True}
    return import_module("h5netcdf").File(path, "r", **options)


def _group(library: str, path: str, wanted: Stamp, phony: Name, group: Name) -> Any:
    opener, of = (netcdf4_file, None) if library == "netcdf4" else (h5netcdf_file, group)
    place = _kept(opener, path, wanted, phony, of)
    for key in (group or "").strip("/").split("/"):
        if key and key not in place.groups:
            raise Told(f"it has no group {key!r}")
        place = place.groups[key] if key else place
    return place


def netcdf_describe(path: str, wanted: Stamp, library: str, phony: Name, group: Name) -> Any:
    """Variables (dimensions, shape, type, attributes, encoding), attributes, sizes, unlimited."""
    file = _group(library, path, wanted, phony, group)
    about = _about_netcdf4 if library == "netcdf4" else _about_h5netcdf
    attributes = _netcdf4_attributes if library == "netcdf4" else _h5netcdf_attributes
    variables = {
        name: (one.dimensions, tuple(one.shape), _kind(one.dtype, one), attributes(one), about(one))
        for name, one in file.variables.items()
    }
    sizes = {name: len(one) for name, one in file.dimensions.items()}
    unlimited = [name for name, one in file.dimensions.items() if one.isunlimited()]
    return variables, attributes(file), sizes, unlimited


def _netcdf4_attributes(owner: Any) -> dict[str, Any]:
    return {name: plain(owner.getncattr(name)) for name in owner.ncattrs()}


def _h5netcdf_attributes(owner: Any) -> dict[str, Any]:
    found = {}
    for name in owner.attrs:
        with suppress(TypeError):  # of references to places in the file, which are no values
            value = owner.attrs[name]
            if isinstance(value, bytes) and name not in ("_FillValue", "missing_value"):
                with suppress(UnicodeDecodeError):
                    value = value.decode("utf-8")
            found[name] = plain(value)
    return found


def _about_netcdf4(one: Any) -> dict[str, Any]:
    """Tell the encoding of a variable, as xarray calls it."""
    chunks = one.chunking()
    found = dict(one.filters() or {})
    if chunks is not None:
        found |= _chunked(one, None if chunks == "contiguous" else tuple(chunks))
    return found | _enumerated(one)


def _about_h5netcdf(one: Any) -> dict[str, Any]:
    found = _chunked(one, one.chunks) | dict(one.filters())
    if one.compression == "gzip":
        found |= {"zlib": True, "complevel": one.compression_opts}
    elif one.compression is not None:
        found |= {"compression": one.compression, "compression_opts": one.compression_opts}
    return found | _enumerated(one)


def _chunked(one: Any, chunks: tuple[int, ...] | None) -> dict[str, Any]:
    if not chunks:
        return {"contiguous": True, "chunksizes": None}
    preferred = dict(zip(one.dimensions, chunks, strict=True))
    return {"contiguous": False, "chunksizes": chunks, "preferred_chunks": preferred}


def _enumerated(one: Any) -> dict[str, Any]:
    names = getattr(one.datatype, "enum_dict", None)
    return {"enum": (dict(names), str(one.datatype.name))} if names else {}


def netcdf_read(path: str, wanted: Stamp, library: str, phony: Name, group: Name, part: Any) -> Any:
    """Values of a variable; `part` is its name and the part of it."""
    name, key = part
    variable = _group(library, path, wanted, phony, group).variables[name]
    if library == "h5netcdf" or variable.group().disk_format == "HDF5":
        _refuse_unwritten(path, wanted, f"{(group or '').strip('/')}/{name}".strip("/"))
    return plain(np.asarray(variable[key]))


# HDF4 --------------------------------------------------------------------------------------------


def _about_hdf4(array: Any) -> tuple[tuple[int, ...], str]:
    _, _, sizes, kind, _ = array.info()
    return tuple(np.atleast_1d(sizes).tolist()), _HDF4_TYPES.get(kind, "")


def hdf4_describe(path: str, _: Stamp) -> dict[str, tuple[tuple[int, ...], str, dict[str, Any]]]:
    """Shape, type and attributes of each array of numbers of a file."""
    found = {}
    with ExitStack() as stack:
        file = import_module("pyhdf.SD").SD(path)
        stack.callback(file.end)
        for name in file.datasets():
            array = file.select(name)
            shape, kind = _about_hdf4(array)
            if kind:  # others hold text and the like
                found[name] = (shape, kind, dict(array.attributes()))
            array.endaccess()
    return found


def hdf4_read(path: str, _: Stamp, layer: str) -> tuple[np.ndarray[Any, Any], dict[str, Any]]:
    """Read one array as it is stored, with its attributes."""
    with ExitStack() as stack:
        file = import_module("pyhdf.SD").SD(path)
        stack.callback(file.end)
        if layer not in file.datasets():
            raise Told(f"it has no array {layer!r}")
        array = file.select(layer)
        shape, kind = _about_hdf4(array)
        if not kind:
            raise Told(f"{layer} holds no numbers")
        if np.prod(shape, dtype=float) * np.dtype(kind).itemsize > _MOST_BYTES:
            raise Told(f"{layer} has the shape {shape}, more than {_MOST_BYTES} bytes")
        attrs = dict(array.attributes())
        values = np.asarray(array.get())
        array.endaccess()
    return values, attrs


# the process -------------------------------------------------------------------------------------

TASKS: Final[dict[str, Callable[..., Any]]] = {
    one.__name__: one
    for one in (
        hdf5_check, hdf5_tree, hdf5_attributes, hdf5_read, hdf5_outside, netcdf_describe,
        netcdf_read, hdf4_describe, hdf4_read,
    )
}  # fmt: skip


def end_after(seconds: float) -> None:
    """Let the system end us after some seconds, in the midst of C too; 0 takes it back."""
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, signal.SIG_DFL)  # a handler of Python waits for C to return
        signal.setitimer(signal.ITIMER_REAL, seconds)


def limit_memory(bytes_: int) -> None:
    """Refuse more memory than this to the process, and leave no core behind; not on Windows."""
    with suppress(ImportError):
        resource = import_module("resource")
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        most = resource.getrlimit(resource.RLIMIT_AS)[1]
        least = bytes_ if most == resource.RLIM_INFINITY else min(bytes_, most)
        resource.setrlimit(resource.RLIMIT_AS, (least, most))


def serve() -> None:
    """Answer requests until there are no more."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not get between the answers
    warnings.simplefilter("ignore")
    while head := sys.stdin.buffer.read(8):
        data = sys.stdin.buffer.read(int.from_bytes(head, "big"))
        seconds, task, request = pickle.loads(data)  # noqa: S301 - ours
        end_after(seconds + _GRACE)
        try:
            answer: tuple[bool, Any] = (True, TASKS[task](*request))
        except Exception as error:  # whatever a library says of a damaged file becomes an answer
            answer = (False, (type(error).__name__, str(error), getattr(error, "errno", None)))
        end_after(0.0)
        _write(answers, answer)


def _write(answers: Any, answer: Any) -> None:
    buffers: list[pickle.PickleBuffer] = []
    data = pickle.dumps(answer, protocol=5, buffer_callback=buffers.append)
    pieces = [one.raw() for one in buffers]
    sizes = [len(data), *(one.nbytes for one in pieces)]
    answers.write(struct.pack(f">Q{len(sizes)}Q", len(sizes), *sizes))
    for one in (data, *pieces):
        answers.write(one)
    answers.flush()


if __name__ == "__main__":
    limit_memory(int(sys.argv[1]))
    serve()
