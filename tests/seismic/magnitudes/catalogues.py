"""Magnitudes of the real catalogues, in the order of time, and of simulated ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Mags = NDArray[np.float64]

NAMES = (
    "usgs_m5_2013_2023",
    "usgs_m45_2020",
    "gcmt",
    "ncedc",
    "oklahoma",
    "ridgecrest",
    "usgs_m5_2022_2024",
    "usgs_m5_1900_2022",
)


def load(folder: Path, name: str) -> pd.DataFrame:
    """Return one catalogue with the columns time and mag, oldest event first."""
    folder = folder / "seismic"
    return {
        "usgs_m5_2013_2023": lambda: _usgs(folder / "usgs_m5_global_2013_2023.csv"),
        "usgs_m45_2020": lambda: _usgs(folder / "usgs_m45_global_2020.csv"),
        "gcmt": lambda: _gcmt(folder / "gcmt_global_1976_2013.csv"),
        "ncedc": lambda: _ncedc(folder / "ncedc_california_m3_1966_2007.txt"),
        "oklahoma": lambda: _named(folder / "comcat_oklahoma_2016_m3.csv", "Origin time"),
        "ridgecrest": lambda: _named(folder / "comcat_ridgecrest_2019.csv", "time_string"),
        "usgs_m5_2022_2024": lambda: _usgs(folder / "usgs_m5_global_2022_2024.csv"),
        "usgs_m5_1900_2022": lambda: _usgs(folder / "usgs_m5_global_1900_2022.csv.gz"),
    }[name]()


def _usgs(path: Path) -> pd.DataFrame:
    """Earthquakes only; the long file has no column of types."""
    table = pd.read_csv(path, encoding="utf-8-sig")
    if "type" in table:
        table = table[table["type"] == "earthquake"]
    table = table.assign(time=pd.to_datetime(table["time"], format="ISO8601").dt.tz_localize(None))
    return table.sort_values("time", kind="stable", ignore_index=True)


def _gcmt(path: Path) -> pd.DataFrame:
    """Shallow events from 2004 on, in the order of the file: their times are whole days."""
    table = pd.read_csv(path)
    table["time"] = pd.to_datetime(table[["year", "month", "day"]])
    return table[(table["year"] >= 2004) & (table["depth"] < 70)].reset_index(drop=True)


def _ncedc(path: Path) -> pd.DataFrame:
    """Events from 1984 on."""
    rows = [line.split()[:6] for line in path.read_text().splitlines()[1:] if line.strip()]
    table = pd.DataFrame(rows, columns=["date", "clock", "latitude", "longitude", "depth", "mag"])
    table["mag"] = table["mag"].astype(float)
    table["time"] = pd.to_datetime(table["date"], format="%Y/%m/%d")
    return table[table["date"] >= "1984"].reset_index(drop=True)


def _named(path: Path, time: str) -> pd.DataFrame:
    """A catalogue with names of its own for the columns."""
    table = pd.read_csv(path).rename(columns={time: "time", "Magnitude": "mag", "M": "mag"})
    moments = pd.to_datetime(table["time"], format="ISO8601", utc=True)
    return table.assign(time=moments.dt.tz_localize(None))


def gutenberg_richter(n: int, b: float, mc: float, seed: int, width: float = 0.1) -> Mags:
    """Draw n binned magnitudes that follow the law exactly from the bin of mc on."""
    steps = np.random.default_rng(seed).geometric(1 - 10 ** (-b * width), size=n) - 1
    return mc + steps * width
