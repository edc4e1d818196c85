"""Real grids: wind, relief, sea surface temperature (values packed, axes left as they came)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

FERRET = "usr/share/ferret-vis/data"


def _packed(step: float) -> dict[str, object]:
    return {
        "dtype": "int16",
        "scale_factor": np.float32(step),
        "_FillValue": np.int16(-32768),
        "zlib": True,
        "complevel": 9,
        "shuffle": True,
    }


def build_wind(ferret: Path, target: Path) -> str:
    """Write the monthly wind grid of the US Navy (FNOC), 1982-1992, 2.5 degrees.

    Longitude stays 20 .. 377.5 as in the original. Packing keeps 0.02 m/s.
    """
    with xr.open_dataset(ferret / FERRET / "monthly_navy_winds.cdf") as raw:
        ds = raw.load()
    ds = ds.rename(FNOCX="longitude", FNOCY="latitude", TIME="time", UWND="u_wind", VWND="v_wind")
    ds["u_wind"].attrs = _about("eastward_wind", "Eastward wind", "m s-1")
    ds["v_wind"].attrs = _about("northward_wind", "Northward wind", "m s-1")
    ds["longitude"].attrs = {"units": "degrees_east", "standard_name": "longitude"}
    ds["latitude"].attrs = {"units": "degrees_north", "standard_name": "latitude"}
    ds["time"].attrs = {"standard_name": "time"}
    ds.attrs = {
        "Conventions": "CF-1.8",
        "title": "Monthly mean wind 1982-1992, US Navy FNOC",
        "licence": "public domain",
        "source": "Fleet Numerical Oceanography Center, through ferret-datasets (NOAA/PMEL)",
    }
    times: dict[str, object] = {"units": "hours since 1980-01-14 14:00:00", "dtype": "float64"}
    _write(ds, target, {"u_wind": _packed(0.02), "v_wind": _packed(0.02), "time": times})
    return _dims(ds)


def build_relief(ferret: Path, target: Path) -> str:
    """Write the relief of the Earth at 20 arc minutes; the first meridian comes twice (20.17 E)."""
    with xr.open_dataset(ferret / FERRET / "etopo20.cdf") as raw:
        ds = raw.load()
    ds = ds.rename(ETOPO20X1_1081="longitude", ETOPO20Y="latitude", ROSE="elevation")
    ds["elevation"].attrs = _about("height_above_mean_sea_level", "Elevation", "m")
    ds["longitude"].attrs = {"units": "degrees_east", "standard_name": "longitude"}
    ds["latitude"].attrs = {"units": "degrees_north", "standard_name": "latitude"}
    ds.attrs = {
        "Conventions": "CF-1.8",
        "title": "Relief of the surface of the Earth, 20 arc minutes (ETOPO5 averaged)",
        "licence": "public domain",
        "source": "NOAA ETOPO5, averaged to 20', through ferret-datasets (NOAA/PMEL)",
    }
    _write(ds, target, {"elevation": _packed(1.0)})
    return _dims(ds)


def build_sea_temperature(iris: Path, target: Path) -> str:
    """Write the monthly OSTIA sea surface temperature of a tropical band, 2006-2010, in kelvin.

    Longitude stays 0 .. 359.17 and the unit K as in the original. Packing keeps 0.001 K.
    """
    folder = iris / "iris_sample_data" / "sample_data"
    with xr.open_dataset(folder / "ostia_monthly.nc") as raw:
        ds = raw[["surface_temperature", "time_bnds"]].load()
    ds = ds.drop_vars(["forecast_period", "forecast_reference_time"], errors="ignore")
    ds = ds.rename(surface_temperature="sst")
    ds["sst"].attrs = _about("sea_surface_temperature", "Sea surface temperature", "K")
    ds.attrs = {
        "Conventions": "CF-1.8",
        "title": "OSTIA monthly mean sea surface temperature, 5 S - 4.4 N, 2006-2010",
        "licence": "Open Government Licence (UK); British Crown copyright, Met Office",
        "source": "Met Office OSTIA, through iris-sample-data",
    }
    encoding = _packed(0.001) | {"add_offset": np.float32(295.0)}
    times: dict[str, object] = {"units": "hours since 1970-01-01 00:00:00", "dtype": "float64"}
    _write(ds, target, {"sst": encoding, "time": times, "time_bnds": {"dtype": "float64"}})
    return _dims(ds)


def _about(standard_name: str, long_name: str, units: str) -> dict[str, str]:
    return {"standard_name": standard_name, "long_name": long_name, "units": units}


def _dims(ds: xr.Dataset) -> str:
    return " x ".join(
        f"{ds.sizes[d]} {d}" for d in ("time", "latitude", "longitude") if d in ds.sizes
    )


def _write(ds: xr.Dataset, target: Path, encoding: dict[str, dict[str, object]]) -> None:
    ds.encoding = {}
    for name in ds.variables:
        ds[name].encoding = {}
    for name in ("latitude", "longitude"):
        encoding.setdefault(name, {"_FillValue": None})
    ds.to_netcdf(target, engine="netcdf4", format="NETCDF4", encoding=encoding)
