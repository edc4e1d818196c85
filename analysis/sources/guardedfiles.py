"""HDF5 and NetCDF files as xarray and our readers want them, read in a process of their own.

:class:`GuardedNetCDF` and :class:`GuardedHDF5` take the place of the engines ``netcdf4`` and
``h5netcdf`` of :func:`xarray.open_dataset`; :func:`open_hdf5` that of ``h5py.File``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
import xarray as xr
from intake.readers import datatypes
from intake.readers.readers import BaseReader, XArrayDatasetReader
from numpy.typing import NDArray
from xarray.backends import AbstractDataStore, BackendArray, BackendEntrypoint
from xarray.backends.store import StoreBackendEntrypoint
from xarray.coding.strings import create_vlen_dtype
from xarray.core import indexing
from xarray.core.utils import FrozenDict

from analysis.settings import ROOT
from analysis.sources.guardedprocess import Place, Unreadable, ask, place

_OURS: Final = ROOT / "analysis" / "starter"
_INDEXING: Final = {
    "netcdf4": indexing.IndexingSupport.OUTER,
    "h5netcdf": indexing.IndexingSupport.OUTER_1VECTOR,
}


def is_ours(path: str | Path) -> bool:
    """Whether a file comes with the program, so that no other process need read it.

    Examples
    --------
    >>> is_ours("mascons.nc")
    False
    """
    return Path(path).absolute().is_relative_to(_OURS)


# NetCDF ------------------------------------------------------------------------------------------


class _Array(BackendArray):
    """A variable on disc; each read is a request to another process."""

    def __init__(self, where: Place, source: tuple[Any, ...], name: str, shape: Any, dtype: Any):
        self.where, self.source, self.name = where, source, name
        self.shape, self.dtype = shape, dtype

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        support = _INDEXING[self.source[0]]
        return indexing.explicit_indexing_adapter(key, self.shape, support, self._read)

    def _read(self, key: tuple[Any, ...]) -> NDArray[Any]:
        values = ask(self.source[0], "netcdf_read", self.where, *self.source, (self.name, key))
        shape = _shape(key, self.shape)
        if self.dtype.kind == "O" and shape == () != values.shape:  # a list, which is one value
            values, given = np.empty((), object), values
            values[()] = given
        strange = values.shape != shape or (self.dtype.kind != "O" and values.dtype != self.dtype)
        if strange:
            problem = f"{self.name}: {self.dtype} {shape} became {values.dtype} {values.shape}"
            raise Unreadable(self.where[0], problem)
        return np.asarray(values)


def _shape(key: tuple[Any, ...], whole: tuple[int, ...]) -> tuple[int, ...]:
    """Shape of a part of an array, each index for itself."""
    sizes = []
    for one, size in zip(key, whole, strict=True):
        if isinstance(one, slice):
            sizes.append(len(range(*one.indices(size))))
        elif np.ndim(one):
            sizes.append(np.size(one))
    return tuple(sizes)


def _is_classic(path: str) -> bool:
    """Whether a file is NetCDF-3 by its first bytes, whatever its name."""
    try:
        with Path(path).open("rb") as file:
            return file.read(4)[:3] == b"CDF"
    except OSError as error:
        raise Unreadable(path, error.strerror or "the system refuses it") from error


class _Store(AbstractDataStore):
    """What a group of a file holds, as xarray asks for it before it decodes anything."""

    def __init__(self, path: str, library: str, phony: str | None, group: str | None):
        self.where = place(path)
        if library == "h5netcdf" and _is_classic(path):
            library = "netcdf4"  # the one of the two that knows it
        self.source = (library, phony, group)
        found = ask(library, "netcdf_describe", self.where, *self.source)
        self.variables, self.attributes, self.sizes, self.unlimited = found

    def get_variables(self) -> Any:
        return FrozenDict(
            {name: self._variable(name, *row) for name, row in self.variables.items()}
        )

    def _variable(
        self, name: str, dims: Any, shape: Any, kind: Any, attrs: dict[str, Any], about: Any
    ) -> xr.Variable:
        dtype = create_vlen_dtype(str) if isinstance(kind, str) else np.dtype(kind)
        about = dict(about)
        names = about.pop("enum", None)
        if names:
            told_names = {"enum": names[0], "enum_name": names[1]}
            about["dtype"] = np.dtype(dtype, metadata=told_names)
        else:
            about["dtype"] = str if isinstance(kind, str) else dtype
        if dtype.kind == "S" and "_FillValue" in attrs:
            attrs["_FillValue"] = np.bytes_(attrs["_FillValue"])
        if "least_significant_digit" in attrs and self.source[0] == "netcdf4":
            about["least_significant_digit"] = attrs.pop("least_significant_digit")
        about |= {"source": self.where[0], "original_shape": tuple(shape)}
        data = indexing.LazilyIndexedArray(
            _Array(self.where, self.source, name, tuple(shape), dtype)
        )
        return xr.Variable(dims, data, attrs, about)

    def get_attrs(self) -> Any:
        return FrozenDict(self.attributes)

    def get_dimensions(self) -> Any:
        return FrozenDict(self.sizes)

    def get_encoding(self) -> dict[str, Any]:
        return {"unlimited_dims": set(self.unlimited)}


class GuardedNetCDF(BackendEntrypoint):
    """Engine of :func:`xarray.open_dataset`: as ``netcdf4``, in a process of its own."""

    library: ClassVar[str] = "netcdf4"
    open_dataset_parameters = (
        "filename_or_obj", "mask_and_scale", "decode_times", "concat_characters", "decode_coords",
        "drop_variables", "use_cftime", "decode_timedelta", "group", "phony_dims", "format", "lock",
    )  # fmt: skip

    def open_dataset(  # noqa: PLR0913 - those of the engines that it takes the place of
        self,
        filename_or_obj: Any,
        *,
        mask_and_scale: Any = True,
        decode_times: Any = True,
        concat_characters: Any = True,
        decode_coords: Any = True,
        drop_variables: Any = None,
        use_cftime: Any = None,
        decode_timedelta: Any = None,
        group: str | None = None,
        phony_dims: str | None = None,
        format: str | None = None,  # noqa: ARG002 - of writing, as in those engines
        lock: Any = None,  # noqa: ARG002 - nothing is shared with other threads here
    ) -> xr.Dataset:
        """Open a local file; values are read, in the other process, when they are asked for.

        Parameters
        ----------
        filename_or_obj : path
            Local file.
        mask_and_scale, decode_times, concat_characters, decode_coords, drop_variables, \
use_cftime, decode_timedelta, group, phony_dims
            As of the engines of xarray.
        format, lock
            Without effect.

        Returns
        -------
        xarray.Dataset
            Lazy.

        Raises
        ------
        Unreadable
            The file is damaged; also when values are computed.
        """
        path = str(filename_or_obj).removeprefix("file://")
        store = _Store(path, self.library, phony_dims, group)
        return StoreBackendEntrypoint().open_dataset(
            store,
            mask_and_scale=mask_and_scale,
            decode_times=decode_times,
            concat_characters=concat_characters,
            decode_coords=decode_coords,
            drop_variables=drop_variables,
            use_cftime=use_cftime,
            decode_timedelta=decode_timedelta,
        )


class GuardedHDF5(GuardedNetCDF):
    """Engine of :func:`xarray.open_dataset`: as ``h5netcdf``, in a process of its own."""

    library: ClassVar[str] = "h5netcdf"


ENGINES: Final[Mapping[str, type[GuardedNetCDF]]] = {
    "netcdf4": GuardedNetCDF,
    "h5netcdf": GuardedHDF5,
}
"""Engine of xarray -> ours."""


def engine_for(path: str | Path, engine: str) -> Any:
    """Engine that opens a file: one in a process of its own for files that others have made.

    Parameters
    ----------
    path : path
        Local file.
    engine : str
        As in xarray.

    Returns
    -------
    str or type
        To be given to :func:`xarray.open_dataset`.

    Examples
    --------
    >>> engine_for("mascons.nc", "netcdf4").__name__, engine_for("cube.zarr", "zarr")
    ('GuardedNetCDF', 'zarr')
    """
    return engine if is_ours(path) else ENGINES.get(engine, engine)


def guard_reader(reader: BaseReader, options: dict[str, Any]) -> dict[str, Any]:
    """Let Intake's reader of NetCDF and HDF5 read local files in a process of its own.

    Parameters
    ----------
    reader : intake.readers.readers.BaseReader
        Of an entry.
    options : dict
        What is given to it besides its own.

    Returns
    -------
    dict
        With the engine replaced where the library in C would run here; files behind an address,
        and those that come with the program, are read as the entry says.
    """
    if not isinstance(reader, XArrayDatasetReader):
        return options
    data = [one for one in reader.kwargs.get("args", ()) if hasattr(one, "url")]
    urls = [url for one in data for url in ([one.url] if isinstance(one.url, str) else one.url)]
    default = "h5netcdf" if any(isinstance(one, datatypes.HDF5) for one in data) else ""
    engine = options.get("engine", reader.kwargs.get("engine", default))
    paths = [url.removeprefix("file://") for url in urls]
    if engine not in ENGINES or any("://" in path for path in paths) or all(map(is_ours, paths)):
        return options
    return {**options, "engine": ENGINES[engine]}


# HDF5 --------------------------------------------------------------------------------------------


class Attributed:
    """A group or an array of a file, with attributes."""

    def __init__(self, where: Place, name: str):
        self.where, self.name = where, name

    @property
    def attrs(self) -> dict[str, Any]:
        """Attributes; read anew each time."""
        return dict(ask("hdf5", "hdf5_attributes", self.where, self.name))


class Array(Attributed):
    """An array of an HDF5 file: shape and type known, values read when asked for.

    Attributes
    ----------
    shape : tuple of int, or None
        None for one that is empty by itself.
    dtype : numpy.dtype
    chunks : tuple of int, or None
    stored : int
        Bytes that its values take in the file, packed as they are.
    """

    def __init__(self, where: Place, name: str, about: tuple[Any, ...]):
        super().__init__(where, name)
        self.shape, self.dtype, self.chunks, self.stored = about

    @property
    def ndim(self) -> int:
        """Number of dimensions."""
        return len(self.shape or ())

    @property
    def size(self) -> int:
        """Number of values."""
        return 0 if self.shape is None else int(np.prod(self.shape, dtype=object))

    def __getitem__(self, key: Any) -> Any:
        values = ask("hdf5", "hdf5_read", self.where, self.name, key)
        if values.dtype.kind != "O" and values.dtype != self.dtype:
            problem = f"{self.name}: {self.dtype} became {values.dtype}"
            raise Unreadable(self.where[0], problem)
        return values if values.ndim else values[()]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        del copy  # it always is one
        return np.asarray(self[()], dtype)


class Group(Attributed, Mapping[str, Any]):
    """A group of an HDF5 file; ``group["a/b"]`` leads into groups of it."""

    def __init__(self, where: Place, name: str, tree: Mapping[str, Any]):
        super().__init__(where, name)
        self.tree = tree

    def _inside(self, key: str) -> str:
        return f"{self.name}/{key.strip('/')}".strip("/")

    def __getitem__(self, key: str) -> Any:
        name = self._inside(key)
        if name not in self.tree:
            raise KeyError(key)
        about = self.tree[name]
        if about is None:
            return Group(self.where, name, self.tree)
        return Array(self.where, name, about)

    def __iter__(self) -> Iterator[str]:
        start = self._inside("") + "/" if self.name else ""
        inside = (one[len(start) :] for one in self.tree if one.startswith(start))
        return (one for one in inside if "/" not in one)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def open_hdf5(path: str | Path) -> Group:
    """Describe an HDF5 file; the description is kept while the file stays as it is.

    Parameters
    ----------
    path : path
        Local file.

    Returns
    -------
    Group
        Its root. Links to other files are left out.

    Raises
    ------
    ValueError
        There is no such file.
    Unreadable
        It is damaged; also when values or attributes are read.
    """
    where = place(path)
    return Group(where, "", _tree(where))


@lru_cache(maxsize=256)
def _tree(where: Place) -> Mapping[str, Any]:
    return dict(ask("hdf5", "hdf5_tree", where))


def path_outside(path: str | Path, most: int) -> str:
    """First path of another file that an HDF5 file would make the library read.

    Parameters
    ----------
    path : path
        Local file.
    most : int
        Groups and arrays that it may have.

    Returns
    -------
    str
        Of an external link, of a virtual array, or of raw data kept outside; "" for none.

    Raises
    ------
    Unreadable
        It is damaged, or has more objects.
    """
    return str(ask("hdf5", "hdf5_outside", place(path), most))
