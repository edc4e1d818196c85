"""A sky of electron content and its indices: quiet days, storms, local anomalies."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from analysis.seismic.ionosphere import dipole_latitude, solar_zenith

ALMATY = (43.25, 76.9)


def indices(hours: pd.DatetimeIndex, storms: dict[str, float], seed: int = 5) -> pd.DataFrame:
    """Hourly Dst, and Kp and F10.7 that hold for three hours and a day.

    A storm (time -> least Dst) has a main phase of eight hours and recovers in two steps, of 15 and
    60 hours, as storms do (Burton et al., 1975); Kp follows the rate of injection.
    """
    rng = np.random.default_rng(seed)
    dst = np.zeros(hours.size)
    kp = 1.2 + 0.8 * np.abs(rng.normal(0, 1, hours.size // 3 + 1)).repeat(3)[: hours.size]
    kp = np.minimum(kp, 2.9)
    for onset, least in storms.items():
        age = (hours - pd.Timestamp(onset)) / pd.Timedelta(hours=1)
        main = np.clip(age / 8, 0, 1)
        fade = 0.7 * np.exp(-np.clip(age - 8, 0, None) / 15)
        fade = fade + 0.3 * np.exp(-np.clip(age - 8, 0, None) / 60)
        dst += np.where(age >= 0, least * main * fade, 0)
        peak = np.clip(3 + 5 * np.sqrt(-least / 300), 4, 9)
        kp = np.where((age >= 0) & (age < 14), peak * np.exp(-((age - 5) ** 2) / 150), kp)
    dst += rng.normal(-8, 5, hours.size)
    days = hours.day_of_year.to_numpy()
    flux = 120 + 15 * np.sin(2 * np.pi * days / 27) + rng.normal(0, 1, hours.size)
    kp_held = pd.Series(kp, hours).resample("3h").max().reindex(hours, method="ffill")
    return pd.DataFrame(
        {"time": hours, "kp": kp_held.to_numpy(), "dst": dst, "f107_observed": flux}
    )


def storm_factor(
    times: pd.DatetimeIndex, latitude: np.ndarray, longitude: np.ndarray, storms: dict[str, float]
) -> np.ndarray:
    """Ratio by which storms change the content, (time, latitude, longitude).

    Positive phase in sunlight for the first half day, negative phase afterwards, strong in high
    magnetic latitudes, fading within two days; stronger for deeper storms.
    """
    out = np.ones((times.size, latitude.size, longitude.size))
    magnetic = np.abs(dipole_latitude(latitude[:, None], longitude[None, :], times[0]))
    zenith = solar_zenith(
        times.to_numpy()[:, None, None], latitude[None, :, None], longitude[None, None, :]
    )
    for onset, least in storms.items():
        age = np.asarray((times - pd.Timestamp(onset)) / pd.Timedelta(hours=1))[:, None, None]
        size = np.sqrt(-least / 200)
        rise = np.clip(age / 3, 0, 1) * np.exp(-np.clip(age - 9, 0, None) / 4)
        up = 0.7 * size * rise * np.clip(1.2 - zenith / 110, 0, 1)
        grow = np.clip((age - 8) / 6, 0, 1) * np.exp(-np.clip(age - 20, 0, None) / 16)
        down = 0.55 * size * grow * np.clip(0.25 + magnetic / 60, 0, 1)
        out *= np.where(age >= 0, (1 + up) * np.clip(1 - down, 0.2, 1), 1)
    return out


def quiet_sky(
    times: pd.DatetimeIndex, latitude: np.ndarray, longitude: np.ndarray, seed: int = 9
) -> np.ndarray:
    """Electron content of quiet days, TECU: sun, equatorial crests, days that differ by 8 %."""
    rng = np.random.default_rng(seed)
    zenith = solar_zenith(
        times.to_numpy()[:, None, None], latitude[None, :, None], longitude[None, None, :]
    )
    magnetic = dipole_latitude(latitude[:, None], longitude[None, :], times[0])
    crest = 1 + 0.6 * np.exp(-(((np.abs(magnetic) - 15) / 8) ** 2))
    sky = (4 + 22 * np.clip(1.1 - zenith / 100, 0, None) ** 1.2) * crest
    days = (times - times[0]).days.to_numpy()
    turn = 1 + 0.12 * np.sin(2 * np.pi * days / 27)
    # what differs from day to day is smooth in space: a few waves with their own sizes
    lat, lon = np.radians(latitude)[:, None], np.radians(longitude)[None, :]
    waves = [np.cos(k * lat + m * lon + p) for k, m, p in rng.uniform(0, 3, (6, 3)).round()]
    size = rng.normal(0, 0.08 / np.sqrt(6), (days.max() + 1, 6))[days]
    sky = sky * turn[:, None, None] * (1 + np.tensordot(size, np.stack(waves), 1))
    return sky * (1 + rng.normal(0, 0.02, sky.shape))


def local_factor(
    times: pd.DatetimeIndex,
    latitude: np.ndarray,
    longitude: np.ndarray,
    start: str,
    *,
    size: float,
    hours: float = 8.0,
    place: tuple[float, float] = ALMATY,
    width: float = 8.0,
) -> np.ndarray:
    """Ratio by which an artificial anomaly changes the content around a place for some hours."""
    age = np.asarray((times - pd.Timestamp(start)) / pd.Timedelta(hours=1))[:, None, None]
    lat, lon = latitude[None, :, None], longitude[None, None, :]
    away = ((lat - place[0]) ** 2 + ((lon - place[1]) * np.cos(np.radians(lat))) ** 2) / width**2
    return 1 + size * np.exp(-away) * ((age >= 0) & (age <= hours))


def as_grid(
    times: pd.DatetimeIndex, latitude: np.ndarray, longitude: np.ndarray, values: np.ndarray
) -> xr.DataArray:
    """Content as a grid in TECU, in steps of 0.1 as maps have them."""
    return xr.DataArray(
        np.round(values, 1).astype(np.float32),
        {"time": times, "latitude": latitude, "longitude": longitude},
        ("time", "latitude", "longitude"),
        "tec",
        {"units": "TECU", "simulated": True},
    )
