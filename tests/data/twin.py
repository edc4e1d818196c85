"""Write the tiny files of the twin catalogue: ``python tests/data/twin.py FOLDER``.

Files of products are written by the function ``twin(folder)`` of each
``tests/products/*_files.py``.
"""

from __future__ import annotations

import runpy
import shutil
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import xarray as xr

GRIDS = {
    "gravity_simulated": {"lwe_thickness": ("cm", 10.0, 0.0)},
    "temperature_simulated": {"lst": ("K", 20.0, 285.0)},
    "ionosphere_simulated": {"tec": ("TECU", 10.0, 25.0)},
    "deformation_simulated": {"displacement": ("mm", 5.0, 0.0)},
    "wind": {"u_wind": ("m/s", 5.0, 0.0), "v_wind": ("m/s", 5.0, 0.0)},
    "relief": {"elevation": ("m", 3000.0, 0.0)},
    "sea_temperature": {"sst": ("K", 8.0, 290.0)},
    "vegetation_simulated": {
        "ndvi": ("1", 0.3, 0.4),
        "red": ("1", 0.1, 0.2),
        "nir": ("1", 0.1, 0.4),
    },
    "landcover_simulated": {
        "green": ("1", 0.1, 0.2),
        "red": ("1", 0.1, 0.2),
        "nir": ("1", 0.1, 0.4),
        "swir16": ("1", 0.1, 0.3),
        "ndvi": ("1", 0.3, 0.4),
    },
}
LINES = ("plates", "coastline", "borders")
POLYGONS = ("regimes", "countries", "kz_oblasts", "demo_districts", "demo_farms")


def build(folder: Path) -> Path:
    """Write all files and a copy of the catalogue; return the path of the catalogue."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, variables in GRIDS.items():
        grid(name, variables).to_netcdf(folder / f"{name}.nc")
    for name, simulated in (("events_gcmt", False), ("events_simulated", True)):
        events(simulated).to_parquet(folder / f"{name}.parquet")
    samples().to_parquet(folder / "landcover_samples.parquet")
    for name in ("earthquakes_usgs", "earthquakes_emsc", "earthquakes_live"):
        told = events(simulated=False)
        told.assign(source=name).to_parquet(folder / f"{name}.parquet")
    west = np.array([50.0, 60.0, 70.0])
    for name in (*LINES, *POLYGONS):
        shapes = shapely.box(west, 40.0, west + 10.0, 55.0)
        if name in LINES:
            shapes = shapely.boundary(shapes)
        names = {f"name_{language}": list("ABC") for language in ("kk", "ru", "en")}
        frame = gpd.GeoDataFrame({"id": list("abc"), **names}, geometry=shapes, crs=4326)
        frame.to_parquet(folder / f"{name}.parquet")
    for path in sorted((Path(__file__).parent.parent / "products").glob("*_files.py")):
        if "\ndef twin(" in path.read_text(encoding="utf-8"):
            runpy.run_path(str(path))["twin"](folder)
    return Path(shutil.copy(Path(__file__).with_name("catalog.yml"), folder / "catalog.yml"))


def samples() -> pd.DataFrame:
    """Give four labelled places at two dates."""
    place = np.repeat(np.arange(4), 2)
    table = pd.DataFrame({"sample_id": place + 1, "longitude": 60.0 + place, "latitude": 50.0})
    table["start_date"], table["end_date"] = pd.Timestamp("2001-01-01"), pd.Timestamp("2001-12-31")
    table["label"] = np.where(place < 2, "water", "arable")
    table["date"] = np.tile(pd.to_datetime(["2001-06-01", "2001-07-01"]), 4)
    for name in GRIDS["landcover_simulated"]:
        table[name] = (0.1 + 0.1 * place).astype("float32")
    return table.assign(simulated=True)


def grid(name: str, variables: dict[str, tuple[str, float, float]]) -> xr.Dataset:
    """Smooth global grid of 15 degrees, 0..360 and from north to south, two years of months."""
    latitude, longitude = np.arange(82.5, -90, -15.0), np.arange(7.5, 360, 15.0)
    times = pd.date_range("2001-01-01", periods=24, freq="MS") + pd.Timedelta(days=14)
    wave = np.cos(np.radians(latitude))[:, None] * np.sin(np.radians(longitude))[None, :]
    season = np.sin(2 * np.pi * np.arange(24) / 12)[:, None, None]
    dims: tuple[str, ...] = ("time", "lat", "lon")
    coords = {
        "time": times,
        "lat": ("lat", latitude, {"units": "degrees_north"}),
        "lon": ("lon", longitude, {"units": "degrees_east"}),
    }
    field = wave[None] * 0.7 + season * 0.3
    if name == "relief":
        dims, field = dims[1:], wave
        coords.pop("time")
    return xr.Dataset(
        {
            variable: (dims, (offset + scale * field).astype("float32"), {"units": units})
            for variable, (units, scale, offset) in variables.items()
        },
        coords=coords,
    )


def events(simulated: bool) -> pd.DataFrame:
    """Sixty events around Kazakhstan, in the columns that all event tables have."""
    rng = np.random.default_rng(1 + simulated)
    count = 60
    return pd.DataFrame(
        {
            "id": [f"twin-{simulated:d}-{k}" for k in range(count)],
            "time": pd.date_range("2001-01-05", periods=count, freq="12D"),
            "longitude": rng.uniform(50, 90, count),
            "latitude": rng.uniform(35, 55, count),
            "depth": rng.uniform(5, 60, count).astype("float32"),
            "mag": (3.0 if simulated else 5.0) + rng.exponential(0.4, count).astype("float32"),
            "magType": "mw",
            "place": "somewhere",
            "type": "earthquake",
            "source": "simulated" if simulated else "gcmt",
            "simulated": simulated,
            "regime": "active",
        }
    )


if __name__ == "__main__":
    build(Path(sys.argv[1]))
