"""Half-orbit tracks of CSES (Zhangheng 1) level 2: plasma and electromagnetic field, HDF5.

Names of files and datasets, shapes, epochs and units as the public reader csespy 2.0.0a0 (INAF)
knows them; the data themselves are handed out at leos.ac.cn after registration.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import dask.dataframe as dd
import numpy as np
import pandas as pd
from intake.readers import datatypes
from intake.readers.readers import FileReader
from numpy.typing import NDArray

from analysis.sources.guardedfiles import Group, open_hdf5
from analysis.sources.guardedprocess import Unreadable
from analysis.sources.ionosphere.csesfile import read_axis, read_rows, read_times, stated_unit
from analysis.sources.ionosphere.lazytables import empty_table, open_tables
from analysis.sources.ionosphere.packed import find_files


@dataclass(frozen=True)
class Quantity:
    """Name, unit and plausible range of a dataset."""

    name: str
    unit: str
    low: float = -np.inf
    high: float = np.inf


def _vector(first: int, kind: str, unit: str) -> dict[str, Quantity]:
    return {f"A{first + k}_W": Quantity(f"{kind}_{axis}", unit) for k, axis in enumerate("xyz")}


_DENSITY: Final = ("cm-3", 1e-3, 1e7)
QUANTITIES: Final[Mapping[str, Quantity]] = {
    "A311": Quantity("electron_density", *_DENSITY),
    "A321": Quantity("electron_temperature", "K", 50.0, 20000.0),
    "A313": Quantity("hydrogen_density", *_DENSITY),
    "A314": Quantity("helium_density", *_DENSITY),
    "A315": Quantity("oxygen_density", *_DENSITY),
    "A322": Quantity("ion_temperature", "K", 50.0, 20000.0),
    "A331": Quantity("ion_drift_x", "m/s", -1e4, 1e4),
    "A332": Quantity("ion_drift_y", "m/s", -1e4, 1e4),
    "A333": Quantity("ion_drift_z", "m/s", -1e4, 1e4),
    "A211": Quantity("magnetic_total", "nT", 1.0, 7e4),
    "A221": Quantity("magnetic_x", "nT", -7e4, 7e4),
    "A222": Quantity("magnetic_y", "nT", -7e4, 7e4),
    "A223": Quantity("magnetic_z", "nT", -7e4, 7e4),
    **_vector(111, "electric", "mV/m"),
    **_vector(121, "electric", "mV/m"),
    **_vector(131, "electric", "mV/m"),
    **_vector(141, "electric", "mV/m"),
    **_vector(231, "magnetic", "nT"),
    **_vector(241, "magnetic", "nT"),
    **_vector(251, "magnetic", "nT"),
}
"""Dataset in the file -> what it holds: LAP A311, A321; PAP A313-A333; HPM A211-A223; EFD A111_W to
A143_W and SCM A231_W to A253_W are waveforms, a packet to a row."""

_IONS: Final = ("hydrogen_density", "helium_density", "oxygen_density")
_PLACE: Final = {"magnetic_latitude": "MAG_LAT", "altitude": "ALTITUDE"}
_LEAP: Final = 5.0  # degrees from a point to the next, beyond three times its usual speed
_SLOWEST: Final = 0.02  # degrees a second; satellites of this height move by 0.07
_LOWEST: Final = 100.0  # km; nothing flies below
_STEP: Final = 1.0  # degrees that a place may lie beside its neighbours, beyond three steps


class CsesReader(FileReader):
    """Reader for the catalogue: half-orbit tracks of CSES, see `open_cses`."""

    output_instance = "dask.dataframe:DataFrame"
    implements = {datatypes.HDF5}  # noqa: RUF012 - Intake's own way to say what a reader opens

    def _read(self, data: Any, **options: Any) -> dd.DataFrame:
        known = {"bands", "units", "quality"}
        return open_cses(data.url, **{k: v for k, v in options.items() if k in known})


def open_cses(
    paths: str | Path | Sequence[str | Path],
    *,
    bands: Mapping[str, tuple[float, float]] | None = None,
    units: Mapping[str, str] | None = None,
    quality: str = "good",
) -> dd.DataFrame:
    """Open level-2 tracks of one instrument as a table of points.

    Parameters
    ----------
    paths : path, pattern, folder or sequence of them
        Files such as ``CSES_01_LAP_1_L02_A3_175381_20210401_003440_20210401_010914_000.h5``.
    bands : mapping, optional
        Name -> lowest and highest frequency, Hz: the mean of the power spectra (``A111_P`` and
        its kin) in it, as a column ``electric_x_<name>``.
    units : mapping, optional
        Dataset -> unit of its values, for files that state none.
    quality : str, optional
        "good": points with a place beside the orbit are left out, values outside of the range of
        `QUANTITIES` are NaN. "all": as in the file.

    Returns
    -------
    dask.dataframe.DataFrame
        A partition for each half-orbit, a row for each sample or packet: ``time`` (UTC),
        ``longitude`` [-180, 180), ``latitude``, ``altitude`` (km) and ``magnetic_latitude`` where
        the file has them, ``ascending``, ``local_time`` (hours, UT + longitude / 15), ``orbit``,
        and the quantities in the units of `QUANTITIES`. A waveform gives its mean and, as
        ``<name>_rms``, the root mean square about it. ``ion_density`` is the sum of the three ions.

    Raises
    ------
    ValueError
        There is no file, it is no track of CSES, or it states no unit; when values are asked for,
        also: it is damaged.

    Examples
    --------
    >>> open_cses("nowhere/CSES*.h5")
    Traceback (most recent call last):
    ...
    ValueError: No file matches nowhere/CSES*.h5.
    """
    if quality not in ("good", "all"):
        raise ValueError(f"The quality {quality!r} is unknown; it is one of good, all.")
    first = str(find_files(paths)[0])
    found = _look(first)
    return open_tables(
        paths,
        read_cses,
        _columns(found, bands or {}),
        bands=dict(bands or {}),
        units=dict(units or {}),
        quality=quality,
    )


def read_cses(
    path: str | Path,
    *,
    bands: Mapping[str, tuple[float, float]] | None = None,
    units: Mapping[str, str] | None = None,
    quality: str = "good",
) -> pd.DataFrame:
    """Read one half-orbit at once.

    Parameters
    ----------
    path, bands, units, quality
        As `open_cses`.

    Returns
    -------
    pandas.DataFrame
        As `open_cses`; units in ``attrs["units"]``, and in ``attrs["left_out"]`` how many points
        had a place beside the orbit.

    Raises
    ------
    ValueError
        As `open_cses`.

    Examples
    --------
    >>> read_cses("nowhere.h5")
    Traceback (most recent call last):
    ...
    ValueError: There is no file nowhere.h5.
    """
    asked = bands or {}
    found = _look(str(path))
    empty = _columns(found, asked)
    try:
        file = open_hdf5(path)
        table = _table(file, found, asked, units or {}, quality)
        table["orbit"] = _orbit(file, Path(path).name)
    except Unreadable:
        raise
    except (OSError, RuntimeError, KeyError, TypeError, MemoryError) as error:
        raise ValueError(f"{path} cannot be read: it is damaged ({error}).") from None
    steady = _steady(table)
    if quality == "good":
        table = table[steady].reset_index(drop=True)
        _refuse_leaps(table, str(path))
    table.attrs["left_out"] = int((~steady).sum()) if quality == "good" else 0
    ascending = np.gradient(table["latitude"].to_numpy()) > 0 if len(table) > 1 else False
    table["ascending"] = ascending
    table["local_time"] = _local_time(table)
    told = {one.name: one.unit for one in found.values()}
    attrs = table.attrs
    table = table[list(empty.columns)].astype(empty.dtypes.to_dict())
    table.attrs = {**attrs, "units": {n: u for n, u in told.items() if n in table}}
    return table


def _look(path: str) -> dict[str, Quantity]:
    """Datasets of a file that are known."""
    if not Path(path).is_file():
        raise ValueError(f"There is no file {path}.")
    names = set(open_hdf5(path))
    missing = {"UTC_TIME", "VERSE_TIME", "GEO_LAT", "GEO_LON"} - names
    if missing:
        raise ValueError(
            f"{path} is no track of CSES: it has no dataset {', '.join(sorted(missing))}."
        )
    found = {key: one for key, one in QUANTITIES.items() if key in names}
    if not found:
        raise ValueError(
            f"{path} has none of the known datasets ({', '.join(QUANTITIES)}); it has "
            f"{', '.join(sorted(names))}."
        )
    return found


def _columns(
    found: Mapping[str, Quantity], bands: Mapping[str, tuple[float, float]]
) -> pd.DataFrame:
    """Columns of the table of an instrument."""
    for name, (low, high) in bands.items():
        if not 0 <= low < high:
            raise ValueError(f"The band {name!r} is {low} to {high} Hz; the first must be lower.")
    kinds = {"time": "datetime64[ns]", "longitude": "float64", "latitude": "float64"}
    kinds |= dict.fromkeys((*_PLACE, "local_time"), "float32")
    kinds |= {"ascending": "bool", "orbit": "int64"}
    for key, one in found.items():
        kinds[one.name] = "float32"
        if key.endswith("_W"):
            kinds[f"{one.name}_rms"] = "float32"
            kinds |= {f"{one.name}_{band}": "float32" for band in bands}
    if {one.name for one in found.values()} >= set(_IONS):
        kinds["ion_density"] = "float32"
    return empty_table(**kinds)


def _table(
    file: Group,
    found: Mapping[str, Quantity],
    bands: Mapping[str, tuple[float, float]],
    units: Mapping[str, str],
    quality: str,
) -> pd.DataFrame:
    times = read_times(file)
    table = pd.DataFrame({"time": times})
    table["longitude"] = (read_axis(file, "GEO_LON", times.size, 360) + 180) % 360 - 180
    table["latitude"] = read_axis(file, "GEO_LAT", times.size, 90)
    for name, dataset in _PLACE.items():
        known = dataset in file
        table[name] = read_axis(file, dataset, times.size, 3000) if known else np.nan
    if quality == "good":
        table["altitude"] = table["altitude"].where(table["altitude"] >= _LOWEST)
    for key, one in found.items():
        factor = stated_unit(file[key], key, one.unit, units)
        mean, rms = read_rows(file[key], key, times.size)
        table[one.name] = _within(mean * factor, one, quality)
        if key.endswith("_W"):
            table[f"{one.name}_rms"] = rms * abs(factor)
            for band, limits in bands.items():
                table[f"{one.name}_{band}"] = _power(file, key, times.size, limits)
    if set(_IONS) <= set(table.columns):
        table["ion_density"] = table[list(_IONS)].sum(axis=1, min_count=len(_IONS))
    return table


def _within(values: NDArray[Any], one: Quantity, quality: str) -> NDArray[Any]:
    """Blank what cannot be true."""
    if quality == "all":
        return values
    return np.where((values >= one.low) & (values <= one.high), values, np.nan)


def _power(file: Group, key: str, rows: int, limits: tuple[float, float]) -> NDArray[np.float64]:
    """Mean of the power spectrum of a component in a band, in the unit of the file."""
    name = key[:-2] + "_P"
    if name not in file or "FREQ" not in file:
        raise ValueError(f"The file has no power spectrum {name} with FREQ; leave the bands out.")
    frequencies = np.asarray(file["FREQ"], np.float64).ravel()
    inside = (frequencies >= limits[0]) & (frequencies <= limits[1])
    if not inside.any():
        low, high = np.nanmin(frequencies), np.nanmax(frequencies)
        raise ValueError(f"No frequency lies in {limits} Hz; the file has {low:g} to {high:g} Hz.")
    mean, _ = read_rows(file[name], name, rows, inside)
    return mean


def _orbit(file: Group, name: str) -> int:
    """Find the number of the half-orbit: an attribute, else the seventh part of the name."""
    given = np.asarray(file.attrs.get("ORBITNUM", [])).ravel()
    if given.size and np.issubdtype(given.dtype, np.number) and np.isfinite(given[0]):
        return int(given[0])
    parts = name.split("_")
    return int(parts[6]) if len(parts) > 6 and parts[6].isdigit() else -1


def _steady(table: pd.DataFrame) -> NDArray[np.bool_]:
    """Points whose place fits its neighbours; telemetry brings others."""
    latitude, longitude = np.radians(table["latitude"]), np.radians(table["longitude"])
    vectors = pd.DataFrame(
        {
            "x": np.cos(latitude) * np.cos(longitude),
            "y": np.cos(latitude) * np.sin(longitude),
            "z": np.sin(latitude),
        }
    )
    if len(vectors) < 5:
        return np.asarray(vectors.notna().all(axis=1))
    middle = vectors.rolling(5, center=True, min_periods=3).median()
    away = np.degrees(np.sqrt(((vectors - middle) ** 2).sum(axis=1, min_count=3)))
    step = np.degrees(np.sqrt((vectors.diff() ** 2).sum(axis=1, min_count=3))).median()
    return np.asarray(away <= _STEP + 3 * step)


def _refuse_leaps(table: pd.DataFrame, path: str) -> None:
    """Refuse a track that no satellite can fly: its places, or a block of them, are damaged."""
    latitude, longitude = np.radians(table["latitude"]), np.radians(table["longitude"])
    x, y, z = (
        np.diff(one.to_numpy())
        for one in (
            np.cos(latitude) * np.cos(longitude),
            np.cos(latitude) * np.sin(longitude),
            np.sin(latitude),
        )
    )
    moved = np.degrees(2 * np.arcsin(np.clip(np.sqrt(x**2 + y**2 + z**2) / 2, 0.0, 1.0)))
    seconds = np.diff(table["time"].to_numpy()) / np.timedelta64(1, "s")
    usual = np.median(moved / np.maximum(seconds, 1e-3)) if len(table) > 1 else 0.0
    if len(table) > 4 and usual < _SLOWEST:
        raise ValueError(
            f"{path} hardly moves ({np.median(moved):.2g} degrees from point to point): its places "
            "are damaged. Copy or download it again, or keep all with quality='all'."
        )
    leaps = np.flatnonzero(moved > _LEAP + 3 * usual * seconds)
    if leaps.size:
        places = table[["latitude", "longitude"]].to_numpy()[leaps[0] : leaps[0] + 2]
        ends = " to ".join(f"{one:.1f} N {other:.1f} E" for one, other in places)
        raise ValueError(
            f"{path} leaps from {ends} in {seconds[leaps[0]]:g} s: a part of its places is "
            "damaged. Copy or download it again, or keep all with quality='all'."
        )


def _local_time(table: pd.DataFrame) -> pd.Series:
    """Mean solar time of the place, hours."""
    since = (table["time"] - table["time"].dt.normalize()) / pd.Timedelta(hours=1)
    return (since + table["longitude"] / 15) % 24
