"""What the simulated grids stand on: land, relief, the magnetic pole and real earthquakes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import h5py
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.ndimage import gaussian_filter

from analysis.settings import ROOT
from analysis.sources.noise import once

STARTER = ROOT / "analysis" / "starter"
POLE = (80.7, -72.7)  # latitude and longitude of the geomagnetic pole, IGRF-13, 2020
LEAST = 7.5  # magnitude from which an earthquake leaves a step
EARTH = 6371.0
Grid = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Scene:
    """A grid with what is known of its cells; arrays are (latitude, longitude).

    ``inland`` runs from about 0.1 on islands to 1 in the middle of a continent.
    """

    latitude: npt.NDArray[np.float64]
    longitude: npt.NDArray[np.float64]
    land: npt.NDArray[np.bool_]
    elevation: Grid
    inland: Grid
    magnetic_latitude: Grid


@once
def scene(rows: float, columns: float) -> Scene:
    """Scene of a global grid with cells of `rows` x `columns` degrees."""
    latitude = np.arange(-90.0 + rows / 2.0, 90.0, rows)
    longitude = np.arange(-180.0 + columns / 2.0, 180.0, columns)
    if columns > 1.0:
        latitude, longitude = np.arange(-87.5, 90.0, rows), np.arange(-180.0, 180.0, columns)
    land = is_land(latitude, longitude)
    near = gaussian_filter(land.astype(np.float32), 6.0 / rows, mode=("nearest", "wrap"))
    lat, lon = np.radians(latitude)[:, None], np.radians(longitude)[None, :]
    pole, turn = np.radians(POLE[0]), np.radians(POLE[1])
    sine = np.sin(lat) * np.sin(pole) + np.cos(lat) * np.cos(pole) * np.cos(lon - turn)
    magnetic = np.degrees(np.arcsin(sine)).astype(np.float32)
    inland = 0.1 + 0.9 * near
    return Scene(latitude, longitude, land, _elevation(latitude, longitude), inland, magnetic)


def is_land(
    latitude: npt.NDArray[np.float64], longitude: npt.NDArray[np.float64]
) -> npt.NDArray[np.bool_]:
    """Whether each cell centre lies in a country of Natural Earth (the Caspian lowland does).

    Returns
    -------
    numpy.ndarray
        bool, shape (latitude, longitude).
    """
    countries = gpd.read_parquet(STARTER / "countries.parquet", columns=["scale", "geometry"])
    shapes = countries.geometry[countries["scale"] == "50m"].to_numpy()
    out = np.zeros((len(latitude), len(longitude)), bool)
    for shape in shapely.get_parts(shapes):
        west, south, east, north = shape.bounds
        row = slice(*np.searchsorted(latitude, [south, north]))
        column = slice(*np.searchsorted(longitude, [west, east]))
        x, y = np.meshgrid(longitude[column], latitude[row])
        if x.size:
            shapely.prepare(shape)
            out[row, column] |= shapely.contains_xy(shape, x, y)
    return out


def _elevation(latitude: npt.NDArray[np.float64], longitude: npt.NDArray[np.float64]) -> Grid:
    # h5py and not netCDF4, which crashes where threads open files at the same time
    with h5py.File(STARTER / "relief.nc") as relief:
        metres = relief["elevation"][...] * relief["elevation"].attrs["scale_factor"]
        east, north = relief["longitude"][...], relief["latitude"][...]
    wanted = (longitude - east[0]) % 360.0 + east[0]
    column = np.abs(east[None, :] - wanted[:, None]).argmin(axis=1)
    row = np.abs(north[None, :] - latitude[:, None]).argmin(axis=1)
    return np.asarray(metres[np.ix_(row, column)], np.float32)


def _hill(here: Scene, latitude: float, longitude: float, degrees: float) -> Grid:
    """1 at a place, falling to 1/e at a distance of `degrees`."""
    lat, lon = np.radians(here.latitude)[:, None], np.radians(here.longitude)[None, :]
    phi, lam = np.radians(latitude), np.radians(longitude)
    cosine = np.sin(phi) * np.sin(lat) + np.cos(phi) * np.cos(lat) * np.cos(lon - lam)
    away = np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))
    return np.exp(-((away / degrees) ** 2)).astype(np.float32)


def ice_loss(here: Scene) -> Grid:
    """Loss of mass over Greenland, West Antarctica and Alaska, cm of water per year."""
    centres = ((73.0, -42.0, 8.0, 7.0), (-75.0, -105.0, 6.0, 9.0), (60.5, -144.0, 4.0, 5.0))
    return sum(
        (rate * _hill(here, lat, lon, width) for lat, lon, width, rate in centres),
        np.zeros_like(here.elevation),
    )


def rebound(here: Scene) -> Grid:
    """Uplift after the last ice age around Hudson Bay and the Gulf of Bothnia, mm per year."""
    return 11.0 * _hill(here, 60.0, -82.0, 14.0) + 8.5 * _hill(here, 64.0, 21.0, 8.0)


@once
def great_events() -> pd.DataFrame:
    """Real events of the packaged catalogue with M >= 7.5, 2002-2017, repeated rows dropped."""
    columns = ["time", "longitude", "latitude", "depth", "mag", "rake1"]
    events = pd.read_parquet(STARTER / "events_gcmt.parquet", columns=columns)
    events = events[(events["mag"] >= LEAST) & (events["time"] >= "2002-01-01")]
    return events.drop_duplicates().reset_index(drop=True)


@once
def _event_patterns(rows: float, columns: float, kind: str) -> list[tuple[Any, Grid]]:
    """Give the final step of each great event: cells it reaches (flat numbers) and its values."""
    here = scene(rows, columns)
    rows_of: Any = great_events().itertuples()
    out = []
    for event in rows_of:
        shallow = np.exp(-float(event.depth) / 100.0)
        if kind == "gravity":  # a few cm of water for the largest, M 9.1
            size, width = -5.0 * 10.0 ** (0.9 * (event.mag - 9.1)), 3.0
        else:  # mean over a cell; half a rupture length wide, at least one cell
            sign = 1.0 if event.rake1 > 0 else -1.0  # thrusts up, normal faults down
            size = sign * 25.0 * 10.0 ** (0.75 * (event.mag - LEAST))
            width = max(1.0, 10.0 ** (0.5 * event.mag - 2.2) / 111.2)
        hill = _hill(here, event.latitude, event.longitude, width).ravel()
        cells = np.flatnonzero(hill > 1e-3)
        out.append((cells, (size * shallow * hill[cells]).astype(np.float32)))
    return out


def steps_of_events(here: Scene, months: list[int], kind: str) -> Grid:
    """Sum of the steps that the great events have left by each month.

    Nothing before the event; in its month the share of the month that follows it; later the
    whole step and a slow relaxation of 15 % of it over a year.

    Parameters
    ----------
    here : Scene
        The grid.
    months : list of int
        Months since January 2002.
    kind : str
        "gravity" (cm of water) or "deformation" (mm).

    Returns
    -------
    numpy.ndarray
        float32, shape (month, latitude, longitude).
    """
    times: Any = great_events()["time"].dt
    share = (times.day - 1 + times.hour / 24.0) / times.days_in_month
    moment = ((times.year - 2002) * 12 + times.month - 1 + share).to_numpy()
    end = np.array(months, float)[:, None] + 1.0
    done = np.clip(end - moment, 0.0, 1.0)
    later = 0.15 * (1.0 - np.exp(-np.clip(end - 0.5 - moment, 0.0, None) / 12.0))
    time = (done * (1.0 + later)).astype(np.float32)
    rows = float(here.latitude[1] - here.latitude[0])
    columns = float(here.longitude[1] - here.longitude[0])
    total = np.zeros((len(months), here.land.size), np.float32)
    for at, (cells, values) in enumerate(_event_patterns(rows, columns, kind)):
        if time[:, at].any():
            total[:, cells] += time[:, at, None] * values
    return total.reshape(len(months), *here.land.shape)
