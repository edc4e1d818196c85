"""Damaged files of the ionosphere, of space weather and of stations: refused, or plausible."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.sources.ionosphere.cses import open_cses
from analysis.sources.ionosphere.dst import RANGE, open_dst
from analysis.sources.ionosphere.gfz import open_gfz
from analysis.sources.ionosphere.gims import PLAUSIBLE, open_ionex
from analysis.sources.ionosphere.swpc import open_swpc
from analysis.sources.stations.gnss import open_gnss
from analysis.sources.stations.observatories import open_observatories
from analysis.sources.stations.plain import open_stations
from analysis.sources.stations.rivers import open_grdc
from analysis.sources.stations.waterdata import open_water
from tests.products import ionosphere_files, spaceweather_files, stations_files
from tests.products.mutations import check_survives, mutations

DAYS = pd.date_range("2020-01-08", periods=40)
HOURS = pd.date_range("2020-01-08", periods=3, freq="2h")
BOUNDS = {"tec": PLAUSIBLE, "tec_rms": PLAUSIBLE, "dst": RANGE, "kp": (0.0, 9.0)}
SMALL = {"latitudes": np.arange(60, 29, -2.5), "longitudes": np.arange(40, 101, 5.0)}
KP = np.round(np.linspace(0, 4, 320).reshape(40, 8) * 3) / 3


def ionex(folder: Path, name: str) -> Path:
    tec = np.round(np.random.default_rng(1).uniform(2, 60, (3, 13, 13)), 1)
    return ionosphere_files.write_ionex(folder / name, HOURS, tec, rms=tec / 10, **SMALL)


def cses(folder: Path) -> Path:
    values = {"A311": np.full(200, 2e10), "A321": np.full(200, 2500.0)}
    units = {"A311": "m^-3", "A321": "K"}
    return ionosphere_files.write_cses(folder, rows=200, values=values, units=units)


def dst_values() -> np.ndarray:
    return np.round(np.random.default_rng(2).normal(-20, 30, (40, 24)))


def page(folder: Path) -> Path:
    return spaceweather_files.write_dst_page(folder / "d.html", "2020-01", dst_values()[:31])


def newest(folder: Path) -> Path:
    rows = [{"time_tag": f"2026-05-{k:02d}T18:00:00", "Kp": k / 4} for k in range(1, 31)]
    return spaceweather_files.write_swpc_json(folder / "k.json", rows, table=False)


def metres() -> np.ndarray:
    return np.random.default_rng(3).normal(0.5, 0.01, (40, 3))


def field(folder: Path) -> Path:
    times = pd.date_range("2003-01-01", periods=60, freq="min")
    values = {name: np.linspace(9000, 9100, 60) for name in "XYZF"}
    return stations_files.write_iaga(folder / "naq20030101dmin.min", times, values)


def river(folder: Path) -> Path:
    texts = [f"{day:%Y-%m-%d}" for day in DAYS]
    return stations_files.write_grdc(folder / "1_Q_Day.Cmd.txt", texts, np.linspace(0, 900, 40))


def water(folder: Path) -> Path:
    names = ["agency_cd", "site_no", "datetime", "1_00060_00003", "1_00060_00003_cd"]
    rows = [["USGS", "03451500", f"{day:%Y-%m-%d}", str(k + 10), "A"] for k, day in enumerate(DAYS)]
    return stations_files.write_rdb(folder / "a.rdb", names, rows)


def wells(folder: Path) -> Path:
    path = folder / "wells.csv"
    lines = [f"{day:%Y-%m-%d};76.9;43.2;{k / 10}" for k, day in enumerate(DAYS)]
    path.write_text("\n".join(["time;longitude;latitude;level (m)", *lines]))
    return path


READERS: dict[str, tuple[Callable[[Path], Path], Callable[..., Any], dict[str, Any]]] = {
    "ionex": (lambda to: ionex(to, "codg0080.20i"), open_ionex, {}),
    "ionex_z": (lambda to: ionex(to, "codg0080.20i.Z"), open_ionex, {}),
    "ionex_gz": (lambda to: ionex(to, "COD_GIM.INX.gz"), open_ionex, {}),
    "cses": (cses, open_cses, {}),
    "gfz": (
        lambda to: spaceweather_files.write_gfz(to / "k.txt", DAYS, KP, np.full(40, 100.0)),
        open_gfz,
        {},
    ),
    "dst": (lambda to: spaceweather_files.write_dst(to / "d", DAYS, dst_values()), open_dst, {}),
    "dst_page": (page, open_dst, {}),
    "swpc": (newest, open_swpc, {}),
    "tenv3": (
        lambda to: stations_files.write_tenv3(to / "LHAS.tenv3", DAYS, metres()),
        open_gnss,
        {},
    ),
    "tenv8": (
        lambda to: stations_files.write_tenv8(to / "000007_NA.tenv8", DAYS, metres()),
        open_gnss,
        {"places": {"000007": (76.9, 43.2)}},
    ),
    "pos": (lambda to: stations_files.write_pos(to / "P156.pos", DAYS, metres()), open_gnss, {}),
    "iaga2002": (field, open_observatories, {}),
    "grdc": (river, open_grdc, {}),
    "rdb": (water, open_water, {"places": {"03451500": (-82.58, 35.61)}}),
    "stations": (wells, open_stations, {}),
}


def survive(name: str, folder: Path, count: int, seed: int) -> dict[str, int]:
    """Open damaged copies of the file of a reader."""
    write, read, options = READERS[name]
    whole = write(folder)
    found = read(whole, **options)
    assert len(found.compute()) if hasattr(found, "npartitions") else found.sizes["time"]
    copies = mutations(whole, count, seed)
    return check_survives(lambda path: read(path, **options), copies, bounds=BOUNDS)


@pytest.mark.parametrize("name", READERS)
def test_thirty_damaged_files(tmp_path: Path, name: str) -> None:
    counts = survive(name, tmp_path, 30, 7)
    assert sum(counts.values()) == 30
    assert counts["refused"] > 0


@pytest.mark.slow
@pytest.mark.parametrize("name", READERS)
def test_a_thousand_damaged_files(tmp_path: Path, name: str) -> None:
    assert sum(survive(name, tmp_path, 1000, 11).values()) == 1000
