"""Simulated vegetation of northern Kazakhstan: red, near infrared and NDVI every 16 days.

Every cell has a land-cover class and follows that class's calendar through the year; fields
rotate between wheat, oilseeds and fallow; some years are dry. ``simulated = True`` throughout.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr
from intake.readers.readers import BaseReader

from analysis.sources.noise import coefficients, lazy_grid, local_field, once, white
from analysis.spelling import did_you_mean

SEED = 2015
STEP = 0.05
WEST, SOUTH, EAST, NORTH = 60.0, 48.0, 75.0, 55.5
YEARS = range(2015, 2024)
CHUNKS = (46, -1, -1)
VARIABLES = ("ndvi", "red", "nir")
Grid = npt.NDArray[np.float32]


@dataclass(frozen=True)
class CoverClass:
    """Land-cover class with its crop calendar.

    Parameters
    ----------
    key : str
        Short name.
    names : dict
        Name in kk, ru, en.
    base, top : float
        NDVI of the bare or dormant season and of the height of the season.
    green, brown : float
        Day of the year of the middle of greening and of the middle of browning or harvest.
    rise, fall : float
        Days that greening and browning take.
    bright : float
        Sum of the reflectances of red and near infrared.
    thirst : float
        Share of the rise of NDVI that the driest year takes away.
    """

    key: str
    names: dict[str, str]
    base: float
    top: float
    green: float
    brown: float
    rise: float
    fall: float
    bright: float
    thirst: float


def _names(kk: str, ru: str, en: str) -> dict[str, str]:
    return {"kk": kk, "ru": ru, "en": en}


CLASSES: tuple[CoverClass, ...] = (
    CoverClass("water", _names("Су", "Вода", "Water"), -0.15, -0.12, 120, 280, 20, 20, 0.06, 0.0),
    CoverClass("forest", _names("Орман", "Лес", "Forest"), 0.42, 0.84, 128, 268, 9, 14, 0.38, 0.12),
    CoverClass(
        "wheat",
        _names("Жаздық бидай", "Яровая пшеница", "Spring wheat"),
        *(0.15, 0.72, 168, 228, 8, 8, 0.44, 0.5),
    ),
    CoverClass(
        "oilseed",
        _names("Майлы дақылдар", "Масличные культуры", "Oilseed crops"),
        *(0.15, 0.78, 176, 248, 8, 7, 0.46, 0.4),
    ),
    CoverClass("fallow", _names("Пар", "Пар", "Fallow"), 0.15, 0.27, 150, 260, 14, 20, 0.42, 0.3),
    CoverClass(
        "pasture",
        _names("Жайылым", "Пастбище", "Pasture"),
        *(0.17, 0.46, 118, 192, 10, 22, 0.46, 0.55),
    ),
    CoverClass(
        "meadow",
        _names("Шабындық", "Сенокос", "Hay meadow"),
        *(0.22, 0.66, 124, 205, 9, 14, 0.44, 0.3),
    ),
    CoverClass(
        "built", _names("Құрылыс", "Застройка", "Built-up"), 0.14, 0.24, 125, 265, 12, 18, 0.36, 0.1
    ),
)
"""Land-cover classes; a class's number in `land_cover` is its place here."""

_KEYS = [one.key for one in CLASSES]


def vegetation(
    variables: tuple[str, ...] = VARIABLES, *, seed: int = SEED, chunks: Any = CHUNKS
) -> xr.Dataset:
    """Simulate vegetation of 60-75 E, 48-55.5 N at 0.05 degree, every 16 days, 2015-2023.

    Parameters
    ----------
    variables : tuple of str
        Any of "ndvi", "red", "nir".
    seed : int
        Same seed, same values.
    chunks : chunks of Dask
        They change the pieces, never the values; cut in time (a piece in space costs as much as
        the whole map).

    Returns
    -------
    xarray.Dataset
        (time, latitude, longitude), lazy, float32. NDVI is exactly (nir - red) / (nir + red),
        in float32. Periods start on days 1, 17, 33 ... of each year, as those of MODIS.

    Raises
    ------
    ValueError
        An unknown variable.

    Examples
    --------
    >>> ds = vegetation()
    >>> dict(ds.sizes)["time"] == 23 * 9, ds["ndvi"].attrs["simulated"]
    (True, True)
    """
    for name in variables:
        if name not in VARIABLES:
            raise ValueError(f"There is no variable {name!r}. {did_you_mean(name, VARIABLES)}")
    latitude, longitude = _axes()
    start, end = _periods()
    labels = {
        "ndvi": "Normalised difference vegetation index (simulated)",
        "red": "Reflectance, red (simulated)",
        "nir": "Reflectance, near infrared (simulated)",
    }
    shape = (len(start), len(latitude), len(longitude))
    ds = xr.Dataset(
        {
            name: (
                ("time", "latitude", "longitude"),
                lazy_grid(_reflectance, shape, chunks, name, seed),
                {
                    "units": "1",
                    "long_name": labels[name],
                    "source": f"Qazcube simulator, seed {seed}",
                    "simulated": True,
                },
            )
            for name in variables
        },
        coords={
            "time": start.to_numpy("datetime64[ns]"),
            "latitude": ("latitude", latitude, {"units": "degrees_north"}),
            "longitude": ("longitude", longitude, {"units": "degrees_east"}),
        },
    )
    bounds = np.stack([start.to_numpy(), end.to_numpy()], axis=1).astype("datetime64[ns]")
    ds["time_bounds"] = (("time", "bnds"), bounds)
    ds["time"].attrs = {"standard_name": "time", "bounds": "time_bounds"}
    ds.attrs = {
        "title": "Vegetation of northern Kazakhstan (simulated)",
        "simulated": True,
        "licence": "CC0-1.0",
        "comment": "Made by a simulator; no value is a measurement.",
    }
    return ds


def land_cover(year: int, *, seed: int = SEED) -> xr.DataArray:
    """Give the class of every cell in a year: the truth that a classifier is to find.

    Parameters
    ----------
    year : int
        2015 to 2023; only the crops of the fields change.
    seed : int
        As in `vegetation`.

    Returns
    -------
    xarray.DataArray
        int8, (latitude, longitude), place in `CLASSES`.

    Raises
    ------
    ValueError
        A year outside the simulation.

    Examples
    --------
    >>> cover = land_cover(2020)
    >>> cover.attrs["classes"].split()[int(cover.median())] in ("wheat", "fallow", "pasture")
    True
    """
    if year not in YEARS:
        raise ValueError(f"The year {year} is not simulated; {YEARS[0]} to {YEARS[-1]} are.")
    latitude, longitude = _axes()
    cover = _cover(seed)[year - YEARS[0]]
    attrs = {"long_name": "Land cover (simulated)", "units": "1", "simulated": True}
    attrs |= {"source": f"Qazcube simulator, seed {seed}", "classes": " ".join(_KEYS)}
    coords = {"latitude": latitude, "longitude": longitude}
    return xr.DataArray(cover, coords, ("latitude", "longitude"), "land_cover", attrs)


class SimulatedVegetation(BaseReader):
    """Reader for the catalogue; ``variables`` and ``seed`` are optional."""

    output_instance = "xarray:Dataset"

    def _read(
        self,
        variables: tuple[str, ...] = VARIABLES,
        seed: int = SEED,
        chunks: Any = CHUNKS,
        **_: Any,
    ) -> xr.Dataset:
        return vegetation(tuple(variables), seed=seed, chunks=chunks)


def _axes() -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    rows, columns = round((NORTH - SOUTH) / STEP), round((EAST - WEST) / STEP)
    latitude = np.round(SOUTH + STEP * (np.arange(rows) + 0.5), 3)
    return latitude, np.round(WEST + STEP * (np.arange(columns) + 0.5), 3)


def _periods() -> tuple[pd.DatetimeIndex, pd.DatetimeIndex]:
    starts = [
        pd.Timestamp(year, 1, 1) + pd.Timedelta(days=16 * n) for year in YEARS for n in range(23)
    ]
    return pd.DatetimeIndex(starts), pd.DatetimeIndex([*starts[1:], f"{YEARS[-1] + 1}-01-01"])


@once
def _pattern(seed: int, steps: int, waves: int, scale: float) -> Grid:
    """Smooth patterns with mean 0 and variance about 1, shape (step, latitude, longitude)."""
    latitude, longitude = _axes()
    rows = (latitude - SOUTH) / (EAST - WEST)
    columns = (longitude - WEST) / (EAST - WEST)
    amplitudes = coefficients(seed, steps, (waves, waves), memory=0.0, scale=scale, circle=False)
    return local_field(amplitudes, rows, columns).astype(np.float32)


@once
def _cover(seed: int) -> npt.NDArray[np.int8]:
    """Class of each cell and year, shape (year, latitude, longitude)."""
    latitude, longitude = _axes()
    shape = (len(latitude), len(longitude))
    north = latitude[:, None]
    grain = white(seed + 1, slice(0, 1), shape)[0]
    wet = _pattern(seed + 2, 1, 40, 14.0)[0] + 0.35 * grain
    soil = _pattern(seed + 3, 1, 24, 8.0)[0]
    arable = soil + 0.5 * grain > 0.55 * np.abs(north - 52.6) - 0.35
    still = np.where(arable, _KEYS.index("wheat"), _KEYS.index("pasture"))
    meadow = ~arable & (wet > 0.7)
    still = np.where(meadow, _KEYS.index("meadow"), still)
    still = np.where((wet > 2.6 - 0.6 * np.clip(north - 53.0, 0.0, 3.0)) & ~meadow, 1, still)
    still = np.where(_pattern(seed + 4, 1, 60, 30.0)[0] + 0.4 * grain > 2.5, 0, still)
    still = np.where(white(seed + 5, slice(0, 1), shape)[0] > 2.6, _KEYS.index("built"), still)
    years = np.repeat(still[None].astype(np.int8), len(YEARS), axis=0)
    field = still == _KEYS.index("wheat")
    # Fallow every fourth year; the year depends on the field, one in six of the rest is oilseed.
    turn = np.floor(4.0 * _share(white(seed + 6, slice(0, 1), shape)[0])).astype(int)
    for at in range(len(YEARS)):
        oil = white(seed + 7, slice(at, at + 1), shape)[0] > 0.97
        years[at] = np.where(field & oil, _KEYS.index("oilseed"), years[at])
        years[at] = np.where(field & ((at + turn) % 4 == 0), _KEYS.index("fallow"), years[at])
    return years


def _share(normal: Grid) -> Grid:
    """Turn normal noise into shares between 0 and 1 (logistic form of its distribution)."""
    return np.clip(1.0 / (1.0 + np.exp(-1.702 * normal)), 0.0, 0.9999).astype(np.float32)


@once
def _drought(seed: int) -> Grid:
    """Dryness of each year between 0 and 1, shape (year, latitude, longitude)."""
    rng = np.random.Generator(np.random.Philox(seed + 8))
    country = rng.normal(0.0, 0.8, len(YEARS))[:, None, None]
    place = _pattern(seed + 9, len(YEARS), 8, 2.0)
    south = (52.5 - _axes()[0])[:, None] * 0.25
    return _share((country + 0.7 * place + south).astype(np.float32))


@once
def _calendar(year: int, seed: int) -> dict[str, Grid]:
    """Calendar of every cell in a year: fields of `CoverClass`, shape (latitude, longitude)."""
    cover, dry = _cover(seed)[year], _drought(seed)[year]
    names = ("base", "top", "green", "brown", "rise", "fall", "bright", "thirst")
    of = {name: np.array([getattr(c, name) for c in CLASSES], np.float32)[cover] for name in names}
    late = 3.0 * (_axes()[0][:, None] - 52.0) + 5.0 * _pattern(seed + 10, 1, 24, 8.0)[0]
    swing = (of["top"] - of["base"]) * (1.0 - of["thirst"] * dry)
    made = {
        "base": of["base"],
        "swing": swing,
        "bright": of["bright"],
        "green": of["green"] + late,
        "brown": of["brown"] + 0.3 * late - 14.0 * dry,
        "rise": 2.2 / of["rise"],
        "fall": 2.2 / of["fall"],
    }
    return {name: np.asarray(values, np.float32) for name, values in made.items()}


def _logistic(x: Grid) -> Grid:
    return np.float32(1.0) / (np.float32(1.0) + np.exp(-np.clip(x, -60.0, 60.0)))


def _reflectance(steps: slice, rows: slice, columns: slice, name: str, seed: int) -> Grid:
    north = _axes()[0].astype(np.float32)[:, None]
    shape = (len(north), len(_axes()[1]))
    out = np.empty((steps.stop - steps.start, *shape), np.float32)
    for at, step in enumerate(range(steps.start, steps.stop)):
        year, part = divmod(step, 23)
        one = _calendar(year, seed)
        day = np.float32(16 * part + 8)
        up = _logistic((day - one["green"]) * one["rise"])
        down = _logistic((day - one["brown"]) * one["fall"])
        ndvi = one["base"] + one["swing"] * np.clip(up - down, 0.0, 1.0)
        ndvi += np.float32(0.018) * white(seed + 20, slice(step, step + 1), shape)[0]
        # Snow lies from November to early April, a little longer in the north.
        winter = np.float32(np.cos(2.0 * np.pi * (day - 20.0) / 365.0) - 0.42)
        snow = _logistic((winter + np.float32(0.04) * (north - 52.0)) * 9.0)
        ndvi = np.clip(ndvi * (1.0 - snow) + np.float32(0.03) * snow, -0.3, 0.95)
        total = one["bright"] * (1.0 - snow) + np.float32(1.25) * snow
        red = (total * (1.0 - ndvi) / 2.0).astype(np.float32)
        nir = (total * (1.0 + ndvi) / 2.0).astype(np.float32)
        out[at] = {"red": red, "nir": nir}[name] if name != "ndvi" else (nir - red) / (nir + red)
    return out[:, rows, columns]
