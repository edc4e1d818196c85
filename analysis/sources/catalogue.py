"""The only reader of ``catalog.yml`` and of the user's own catalogues.

Ours comes first; the catalogues of ``QAZCUBE_CATALOG`` are merged over it: new names are added,
equal names replaced.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow.lib
import rasterio.errors
import xarray as xr
import yaml
from intake import import_name
from intake.readers.entry import Catalog
from intake.readers.readers import BaseReader

from analysis import settings
from analysis.sources import handwriting, missing
from analysis.sources.entries import Coverage, Entry, read_entry
from analysis.sources.formats import LOADER, check_file, formats
from analysis.sources.guardedfiles import guard_reader
from analysis.sources.normalise import Hints, normalise
from analysis.sources.rows import addresses, files, on_files
from analysis.sources.tables import tidy_table, tidy_vectors
from analysis.sources.ways import downloads_folder
from analysis.spelling import did_you_mean

CATALOGUE: Final = "catalog.yml"
_KINDS_BY_OUTPUT: Final = {"xarray:Dataset": "grid", "geopandas:GeoDataFrame": "polygons"}
_ABOUT: Final = ("provider", "homepage", "account", "latency", "resolution", "public")
_OPENING: Final = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    ImportError,
    RuntimeError,
    ArithmeticError,
    pyarrow.lib.ArrowException,
    rasterio.errors.RasterioError,
)


@dataclass(frozen=True)
class _Loaded:
    """One catalogue file: its completed rows and Intake's view of them."""

    path: Path
    rows: Mapping[str, Any]
    catalog: Any


def list_sources(language: str = "en") -> pd.DataFrame:
    """All sources of all catalogues, one row each.

    Parameters
    ----------
    language : str, optional
        Language of the titles: kk, ru or en.

    Returns
    -------
    pandas.DataFrame
        Indexed by name; columns name, title, kind, units, cadence, west, south, east, north,
        start, end, access, simulated, licence, citation, catalogue, provider, homepage, account,
        latency, resolution, public, fetch (how files are got, "" where the entry does not say).

    Examples
    --------
    >>> list_sources().loc["wind", "kind"]
    'grid'
    """
    columns = ["name", "title", "kind", "units", "cadence", *Coverage._fields]
    columns += ["access", "simulated", "licence", "citation", "catalogue", *_ABOUT, "fetch"]
    rows = []
    for name, loaded in _registry().items():
        one = _describe(loaded, name)
        title = one.title.get(language, one.title["en"])
        units = ", ".join(f"{variable}: {unit}" for variable, unit in one.units.items())
        about = [one.access, one.simulated, one.licence, one.citation, one.catalogue]
        about += [getattr(one, key) for key in _ABOUT] + [one.fetch.how if one.fetch else ""]
        rows.append((name, title, one.kind, units, one.cadence, *one.coverage, *about))
    return pd.DataFrame(rows, columns=columns, index=[row[0] for row in rows])


def entry(name: str) -> Entry:
    """Describe one source.

    Parameters
    ----------
    name : str
        Name in a catalogue.

    Returns
    -------
    Entry
        Names, licence, citation, units, coverage, access.

    Raises
    ------
    ValueError
        There is no such source; the message proposes the closest names.

    Examples
    --------
    >>> entry("wind").units["u_wind"]
    'm/s'
    """
    return _describe(_find(name), name)


def options(name: str) -> dict[str, Any]:
    """Options with which the catalogue opens a source.

    Parameters
    ----------
    name : str
        Name in a catalogue.

    Returns
    -------
    dict
        A copy of what the entry gives to its reader.

    Raises
    ------
    ValueError
        There is no such source.

    Examples
    --------
    >>> options("wind")["engine"]
    'h5netcdf'
    """
    loaded = _find(name)
    return deepcopy(dict(loaded.rows["entries"][loaded.rows["aliases"][name]]["kwargs"]))


def _describe(loaded: _Loaded, name: str) -> Entry:
    row = loaded.rows["entries"][loaded.rows["aliases"][name]]
    kind = _KINDS_BY_OUTPUT.get(str(row["output_instance"]), "table")
    form = formats().get(str(row["metadata"].get("format")))
    return read_entry(name, row["metadata"], form.kind if form else kind, loaded.path)


def open_source(name: str, **params: Any) -> Any:
    """Open a source, lazily where its format allows.

    Parameters
    ----------
    name : str
        Name in a catalogue.
    **params
        Values for the parameters that the entry declares, or for the options of its reader;
        ``select={"depth": 10}`` chooses along an extra dimension of a grid; ``path="my/*.nc"`` (a
        path, a pattern, an address or several of them) opens files of yours as this product.

    Returns
    -------
    xarray.Dataset or dask.dataframe.DataFrame or geopandas.GeoDataFrame
        A grid comes normalised (see :func:`analysis.sources.normalise.normalise`), a table as it
        is with its ``time`` decoded, vectors in longitude and latitude.

    Raises
    ------
    ValueError
        Unknown source or parameter; a file that is missing, truncated or of another format; or
        nothing is downloaded yet, with the command that does it.
    """
    return _open(_find(name), name, dict(params))


def read_trial(rows: Mapping[str, Any], name: str) -> Any:
    """Open an entry of a catalogue that is not written yet.

    Parameters
    ----------
    rows : mapping
        Complete catalogue.
    name : str
        Entry to open.

    Returns
    -------
    as :func:`open_source`

    Raises
    ------
    ValueError
        As :func:`open_source`.
    """
    path = settings.user_catalog()
    return _open(_Loaded(path, rows, _intake(rows, path)), name, {})


def _open(loaded: _Loaded, name: str, params: dict[str, Any]) -> Any:
    about = _describe(loaded, name)
    row = loaded.rows["entries"][loaded.rows["aliases"][name]]
    handwriting.refuse_code(params)
    select = params.pop("select", {})
    path = params.pop("path", None)
    if path is None:
        missing.check(about, addresses(loaded.rows, name))
    else:
        rows = on_files(loaded.rows, name, path)
        loaded = _Loaded(loaded.path, rows, _intake(rows, loaded.path))
    choices, options = _split(name, params, row, loaded)
    try:
        _check_reader(str(row["reader"]))
        reader = loaded.catalog(**choices)[loaded.rows["aliases"][name]]
        _check(reader, str(row["metadata"].get("format", "")))
        opened = reader.read(**guard_reader(reader, options))
        shaped = _shape(opened, about, row["metadata"], select)
        if isinstance(shaped, xr.Dataset):
            shaped.encoding["source"] = files(reader)
        return shaped
    except _OPENING as error:
        text = str(error) if not isinstance(error, KeyError) else f"missing {error}"
        raise ValueError(f"The source {name!r} cannot be opened: {text}") from error


def _shape(opened: Any, about: Entry, metadata: Mapping[str, Any], select: Any) -> Any:
    if isinstance(opened, xr.DataArray):
        opened = opened.to_dataset(name=opened.name or about.name)
    if not isinstance(opened, xr.Dataset):
        if hasattr(opened, "geometry"):
            return tidy_vectors(opened, metadata.get("crs"))
        return tidy_table(opened)
    hints = Hints(
        names=dict(metadata.get("variables") or {}),
        units=dict(metadata.get("units") or {}),
        scale=dict(metadata.get("scale") or {}),
        select={**dict(metadata.get("select") or {}), **select},
        crs=metadata.get("crs"),
        simulated=about.simulated,
    )
    stated = "" if about.access == "user" and about.citation == "not stated" else about.citation
    out = normalise(opened, source=stated or about.title["en"], hints=hints)
    out.attrs["title"] = about.title["en"]
    out.attrs["licence"] = about.licence
    if not about.public:
        out.attrs["public"] = "false"  # NetCDF has no booleans
    return out


def _split(
    name: str, params: Mapping[str, Any], row: Mapping[str, Any], loaded: _Loaded
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Values for declared parameters, and options of the reader."""
    declared = {*row["user_parameters"], *loaded.rows["user_parameters"]}
    options = {*row["kwargs"], "chunks"} - {"args"}
    for key in params:
        if key not in declared | options:
            hint = did_you_mean(key, declared | options | {"select"})
            raise ValueError(f"The source {name!r} has no parameter {key!r}. {hint}")
    choices = {key: value for key, value in params.items() if key in declared}
    return choices, {key: value for key, value in params.items() if key not in declared}


def _check_reader(target: str) -> None:
    found = import_name(target)
    if not (isinstance(found, type) and issubclass(found, BaseReader)):
        raise ValueError(f"{target!r} is no reader.")


def _check(reader: Any, form: str) -> None:
    """Look at the file itself before a library gives a puzzling message."""
    for data in reader.kwargs.get("args", ()):
        url = getattr(data, "url", None)
        if not isinstance(url, str):
            continue
        if not form:
            engine = reader.kwargs.get("engine")
            form = "netcdf" if engine in ("netcdf4", "h5netcdf", "scipy") else ""
        check_file(url, form)


def read_catalogue(path: Path) -> dict[str, Any]:
    """Read one catalogue file and complete it.

    Parameters
    ----------
    path : pathlib.Path
        YAML file in Intake 2 form, complete or not, or with the short form of an entry:
        ``wells: {url: wells.csv, units: {level: m}}``.

    Returns
    -------
    dict
        Complete Intake 2 catalogue.

    Raises
    ------
    ValueError
        The file is missing, is no YAML, no catalogue, or names code that may not be imported.
    """
    try:
        rows = yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)  # noqa: S506 - a safe one
    except FileNotFoundError:
        raise ValueError(f"There is no catalogue {path} (see QAZCUBE_CATALOG).") from None
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        raise ValueError(f"The catalogue {path} cannot be read: {error}") from error
    try:
        return handwriting.complete(rows)
    except ValueError as error:
        raise ValueError(f"The catalogue {path}: {error}") from None


def _find(name: str) -> _Loaded:
    registry = _registry()
    if name not in registry:
        raise ValueError(f"There is no source {name!r}. {did_you_mean(str(name), registry)}")
    return registry[name]


def is_taken(name: str) -> bool:
    """Tell whether a catalogue, of those that exist already, has a source of this name.

    Parameters
    ----------
    name : str
        Name of a source.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_taken("wind"), is_taken("my_wells")
    (True, False)
    """
    return any(name in _load_known(path).rows["aliases"] for path in _paths() if path.is_file())


def _paths() -> list[Path]:
    return list(dict.fromkeys((settings.ROOT / CATALOGUE, *settings.catalog_paths())))


def _registry() -> dict[str, _Loaded]:
    """Name of each source -> the catalogue that has the last word on it."""
    found: dict[str, _Loaded] = {}
    for path in _paths():
        loaded = _load_known(path)
        found |= dict.fromkeys(loaded.rows["aliases"], loaded)
    return found


def _load_known(path: Path) -> _Loaded:
    if not path.is_file():
        raise ValueError(f"There is no catalogue {path} (see QAZCUBE_CATALOG).")
    stat = path.stat()
    return _load(path, stat.st_mtime_ns, stat.st_size, downloads_folder())


@lru_cache(maxsize=32)
def _load(path: Path, modified: int, size: int, downloads: Path) -> _Loaded:
    """Read a catalogue again only when its file, or the folder of downloads, has changed."""
    del downloads
    rows = _read(path, modified, size)
    return _Loaded(path, rows, _intake(rows, path))


@lru_cache(maxsize=32)
def _read(path: Path, modified: int, size: int) -> dict[str, Any]:
    del modified, size
    return read_catalogue(path)


def _intake(rows: Mapping[str, Any], path: Path) -> Any:
    catalog = Catalog.from_dict(deepcopy(rows))
    catalog.user_parameters["CATALOG_DIR"] = str(path.parent)
    catalog.user_parameters["DOWNLOADS"] = str(downloads_folder())
    return catalog
