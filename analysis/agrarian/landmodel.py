"""What the simulated land is made of: its axes, fields, classes and calendars.

The doors are in `analysis.agrarian.simulatedland`.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.agrarian.simulate import CLASSES, CoverClass
from analysis.sources.noise import coefficients, local_field, once, white

YEARS: Final = (2021, 2022)
STEPS: Final = 24
"""Dates of a year: the 1st and the 16th of each month."""
STEP: Final = 0.0075
WEST, SOUTH, EAST, NORTH = 64.4, 51.5, 66.8, 53.0
PARCEL: Final = (3, 3)  # pixels of a field, down and across
Grid = npt.NDArray[np.float32]

_FROM = {one.key: one for one in CLASSES}
_NO_NAMES: dict[str, str] = {}
# Calendar of the classes that `simulate` does not have: base, top, green, brown, rise, fall,
# brightness, thirst.
_MORE = {
    "fallow": CoverClass("fallow", _NO_NAMES, 0.17, 0.43, 124, 226, 13, 18, 0.43, 0.35),
    "saline": CoverClass("saline", _NO_NAMES, 0.06, 0.13, 140, 250, 15, 20, 0.72, 0.1),
    "bare": CoverClass("bare", _NO_NAMES, 0.09, 0.15, 125, 250, 15, 20, 0.56, 0.1),
}
# Label, calendar, and shortwave infrared of the bare surface as a share of red + near infrared.
KINDS: Final[tuple[tuple[str, CoverClass, float], ...]] = (
    ("arable", _FROM["wheat"], 0.78),
    ("arable", _FROM["oilseed"], 0.74),
    ("bare_fallow", _FROM["fallow"], 0.84),
    ("fallow", _MORE["fallow"], 0.76),
    ("hayfield", _FROM["meadow"], 0.66),
    ("pasture", _FROM["pasture"], 0.78),
    ("forest", _FROM["forest"], 0.62),
    ("water", _FROM["water"], 0.20),
    ("built", _FROM["built"], 0.80),
    ("saline", _MORE["saline"], 0.48),
    ("bare", _MORE["bare"], 0.88),
)
LABELS: Final = tuple(dict.fromkeys(label for label, _, _ in KINDS))
(WHEAT, OILSEED, REST, FALLOW, HAY, PASTURE, FOREST, WATER, BUILT, SALINE, BARE) = range(len(KINDS))


# the places --------------------------------------------------------------------------------------


def axes() -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return latitudes and longitudes of the middles of the pixels, degrees."""
    rows, columns = round((NORTH - SOUTH) / STEP), round((EAST - WEST) / STEP)
    latitude = np.round(SOUTH + STEP * (np.arange(rows) + 0.5), 5)
    return latitude, np.round(WEST + STEP * (np.arange(columns) + 0.5), 5)


def periods() -> tuple[pd.DatetimeIndex, pd.DatetimeIndex]:
    """Return the first days of all steps and the days after their last ones."""
    starts = [
        pd.Timestamp(year, month, day)
        for year in YEARS
        for month in range(1, 13)
        for day in (1, 16)
    ]
    return pd.DatetimeIndex(starts), pd.DatetimeIndex([*starts[1:], f"{YEARS[-1] + 1}-01-01"])


@once
def _smooth(seed: int, waves: int, scale: float) -> Grid:
    """Smooth pattern with mean 0 and variance about 1, (latitude, longitude)."""
    latitude, longitude = axes()
    rows = (latitude - SOUTH) / (EAST - WEST)
    columns = (longitude - WEST) / (EAST - WEST)
    amplitudes = coefficients(seed, 1, (waves, waves), memory=0.0, scale=scale, circle=False)
    return local_field(amplitudes, rows, columns).astype(np.float32)[0]


@once
def _parcels(seed: int) -> tuple[npt.NDArray[np.int64], Grid]:
    """Return the number of the field of each pixel, and normal noise (4, field)."""
    latitude, longitude = axes()
    down, across = np.arange(len(latitude)) // PARCEL[0], np.arange(len(longitude)) // PARCEL[1]
    # Every second row of fields is shifted by half a field.
    shifted = (np.arange(len(longitude))[None, :] + PARCEL[1] // 2 * (down[:, None] % 2)) // PARCEL[
        1
    ]
    number = down[:, None] * (across[-1] + 2) + shifted
    return number, white(seed + 1, slice(0, 4), (1, int(number.max()) + 1))[:, 0]


@once
def kinds_of(seed: int) -> npt.NDArray[np.int8]:
    """Place in KINDS of each pixel and year, (year, latitude, longitude)."""
    latitude, longitude = axes()
    shape = (len(latitude), len(longitude))
    field, chance = _parcels(seed)
    grain = white(seed + 2, slice(0, 3), shape)
    soil, wet = _smooth(seed + 3, 12, 4.0), _smooth(seed + 4, 40, 14.0)
    lake, rock = _smooth(seed + 5, 50, 18.0), _smooth(seed + 6, 40, 16.0)
    still = np.where(wet + 0.3 * grain[0] > 0.9, HAY, PASTURE)
    still = np.where((rock > 1.75) & (still == PASTURE), BARE, still)
    arable = soil + 0.25 * chance[0][field] > -0.15
    old = arable & (chance[1][field] > 0.95)  # fields that nobody sows
    still = np.where(old, FALLOW, np.where(arable, WHEAT, still))
    still = np.where(~arable & (wet < -1.5) & (lake > 0.2), SALINE, still)
    north = (latitude[:, None] - SOUTH) / (NORTH - SOUTH)
    still = np.where((rock < -1.5 - 0.5 * (1 - north)) & (grain[1] > -1.2), FOREST, still)
    still = np.where(lake > 1.72, SALINE, still)
    still = np.where(lake > 1.95, WATER, still)
    years = np.repeat(still[None].astype(np.int8), len(YEARS), axis=0)
    turn = np.floor(4.0 / (1.0 + np.exp(-1.702 * chance[2][field]))).astype(int)
    towns = _towns(seed, shape)
    for at in range(len(YEARS)):
        sown = years[at] == WHEAT
        years[at] = np.where(sown & (chance[3][field] * (1 - 2 * at) > 0.9), OILSEED, years[at])
        years[at] = np.where(sown & ((at + turn) % 4 == 0), REST, years[at])
        ploughed = (still == FALLOW) & (chance[2][field] > 0.6) & (at == 1)
        years[at] = np.where(ploughed, WHEAT, years[at])
        dry = ~np.isin(still, (WATER, FOREST))
        years[at] = np.where(dry & (towns < 1.0 + 0.25 * at), BUILT, years[at])
    return years


def _towns(seed: int, shape: tuple[int, int]) -> Grid:
    """Distance to the nearest settlement in its radii, (latitude, longitude)."""
    rng = np.random.Generator(np.random.Philox(seed + 8))
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    out = np.full(shape, np.inf)
    for _ in range(45):
        row, column = rng.uniform(0, shape[0]), rng.uniform(0, shape[1])
        radius = 1.2 + 2.4 * rng.random() ** 3
        out = np.minimum(out, np.hypot(rows - row, columns - column) / radius)
    return out.astype(np.float32)


# the values --------------------------------------------------------------------------------------


@once
def _calendar(at: int, seed: int) -> dict[str, Grid]:
    """Calendar of every pixel in a year, each (latitude, longitude)."""
    kinds = kinds_of(seed)[at]
    field, _ = _parcels(seed)
    names = ("base", "top", "green", "brown", "rise", "fall", "bright", "thirst")
    of = {n: np.array([getattr(c, n) for _, c, _ in KINDS], np.float32)[kinds] for n in names}
    swir = np.array([share for *_, share in KINDS], np.float32)[kinds]
    dry = 0.35 + 0.25 * at + 0.12 * _smooth(seed + 9 + at, 6, 2.0)
    own = white(seed + 12 + at, slice(0, 4), (1, int(field.max()) + 1))[:, 0][:, field]
    # A field has one sowing date; pastures and groves vary with their place.
    late = 7.0 * _smooth(seed + 15, 10, 3.0) + 6.0 * own[0]
    vigour = np.clip(1.0 + 0.16 * own[1] + 0.20 * _smooth(seed + 16, 16, 5.0), 0.3, 1.7)
    tone = np.clip(1.0 + 0.10 * own[2] + 0.14 * _smooth(seed + 17, 20, 6.0), 0.5, 1.5)
    soil = 0.02 * own[0] + 0.04 * _smooth(seed + 19, 20, 6.0)
    return {
        "base": of["base"] + soil,
        "swing": (of["top"] - of["base"]) * (1.0 - of["thirst"] * dry) * vigour,
        "bright": of["bright"] * tone,
        "green": of["green"] + late,
        "brown": of["brown"] + 0.4 * late + 4.0 * own[3] - 12.0 * dry,
        "rise": 2.2 / of["rise"],
        "fall": 2.2 / of["fall"],
        "swir16": swir,
    }


def _logistic(x: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-np.clip(x, -60.0, 60.0)))


def _bands(step: int, seed: int) -> dict[str, Grid]:
    """Reflectances of a step, each (latitude, longitude), before neighbours mix."""
    at = step // STEPS
    one = _calendar(at, seed)
    day = float((periods()[0][step] - pd.Timestamp(YEARS[at], 1, 1)).days + 8)
    up = _logistic((day - one["green"]) * one["rise"])
    down = _logistic((day - one["brown"]) * one["fall"])
    shape = one["base"].shape
    noise = white(seed + 100, slice(4 * step, 4 * step + 4), shape)
    ndvi = one["base"] + one["swing"] * np.clip(up - down, 0.0, 1.0) + 0.04 * noise[0]
    winter = np.cos(2.0 * np.pi * (day - 20.0) / 365.0) - 0.42
    snow = _logistic((winter + 0.03 * _smooth(seed + 18, 8, 3.0)) * 9.0)
    ndvi = np.clip(ndvi, -0.3, 0.93)
    leaf = np.clip(ndvi, 0.0, 1.0)
    total = one["bright"] * (1.0 + 0.05 * noise[1])
    bands = {
        "red": total * (1.0 - ndvi) / 2.0,
        "nir": total * (1.0 + ndvi) / 2.0,
        "green": total * (0.34 - 0.22 * leaf) * (1.0 + 0.04 * noise[2]),
        "swir16": total * one["swir16"] * (1.0 - 0.62 * leaf) * (1.0 + 0.05 * noise[3]),
    }
    lying = {"red": 0.60, "nir": 0.62, "green": 0.61, "swir16": 0.10}
    return {name: values * (1.0 - snow) + lying[name] * snow for name, values in bands.items()}


def _mixed(values: Any) -> Grid:
    """Let a pixel see a little of its four neighbours."""
    wide = np.pad(values, 1, mode="edge")
    around = wide[:-2, 1:-1] + wide[2:, 1:-1] + wide[1:-1, :-2] + wide[1:-1, 2:]
    return np.clip(0.8 * values + 0.05 * around, 0.001, 1.0).astype(np.float32)


def land_values(steps: slice, rows: slice, columns: slice, name: str, seed: int) -> Grid:
    """Return a band of some steps and pixels, (step, row, column)."""
    out = np.empty((steps.stop - steps.start, *(len(axis) for axis in axes())), np.float32)
    for at, step in enumerate(range(steps.start, steps.stop)):
        bands = _bands(step, seed)
        if name == "ndvi":
            red, nir = _mixed(bands["red"]), _mixed(bands["nir"])
            out[at] = (nir - red) / (nir + red)
        else:
            out[at] = _mixed(bands[name])
    return out[:, rows, columns]
