"""Maps of a forecast as files; the statement is in each."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any, Final

import numpy as np
import xarray as xr

from analysis.spelling import did_you_mean

SIMULATED: Final = "simulated"
ENDINGS: Final = (".nc", ".csv", ".tif")


def write_forecast(dataset: xr.Dataset, path: Path, model: str | None = None) -> None:
    """Write a forecast as NetCDF, CSV or GeoTIFF; the statement is in each.

    Parameters
    ----------
    dataset
        As `forecast` gives it.
    path
        Its ending tells the format: .nc, .csv, .tif.
    model
        For GeoTIFF, which model; None for the first.

    Raises
    ------
    ValueError
        The ending or the model is unknown.
    """
    from analysis.outputs import view_geotiff

    names = [str(one) for one in dataset["model"].to_numpy()]
    if model is not None and model not in names:
        raise ValueError(f"There is no model {model!r} here. {did_you_mean(model, names)}")
    check_file(path)
    if path.suffix == ".nc":
        _with_flags(_with_crs(dataset), int).to_netcdf(path, engine="h5netcdf")
    elif path.suffix == ".csv":
        path.write_text(forecast_csv(dataset), encoding="utf-8")
    elif path.suffix == ".tif":
        view = dataset["probability"].sel(model=model or names[0]).drop_vars("model")
        about = {name: str(value) for name, value in dataset.attrs.items()}
        about["base_rate"] = f"{float(dataset['base_rate']):.6g}"
        about["window_end"] = f"{dataset['window_end'].dt.strftime('%Y-%m-%dT%H:%M:%SZ').item()}"
        path.write_bytes(view_geotiff(view, {**about, "model": model or names[0]}))


def keep_forecast(dataset: xr.Dataset, path: Path) -> None:
    """Write a forecast to be read again; the file appears in one step.

    Parameters
    ----------
    dataset
        As `forecast` gives it.
    path
        NetCDF file; its folder exists.

    Raises
    ------
    OSError
        It cannot be written; what was there stays.
    """
    beside = path.with_suffix(f".{uuid.uuid4().hex[:8]}.nc")
    try:
        _with_flags(dataset, int).to_netcdf(beside, engine="h5netcdf")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def read_kept(path: Path) -> xr.Dataset:
    """Return a forecast that was kept, in memory, equal to the one that was given.

    Parameters
    ----------
    path
        As for `keep_forecast`.

    Returns
    -------
    xarray.Dataset
        The forecast.

    Raises
    ------
    OSError
        There is no such file, or it is damaged.
    """
    with xr.open_dataset(path, engine="h5netcdf") as found:
        return _with_flags(found.load(), bool)


def _with_flags(dataset: xr.Dataset, kind: type[int | bool]) -> xr.Dataset:
    """Return a forecast whose marks of simulation are of a kind: NetCDF has no true and false."""
    found = dataset.copy()
    every: list[dict[Any, Any]] = [found.attrs, *(one.attrs for one in found.variables.values())]
    for attrs in every:
        if SIMULATED in attrs:
            attrs[SIMULATED] = kind(attrs[SIMULATED])
    return found


def check_file(path: Path) -> None:
    """Refuse a file that cannot be written, before a forecast is made for it.

    Parameters
    ----------
    path
        Of the file.

    Raises
    ------
    ValueError
        Its ending is unknown, or its folder is not there.
    """
    if path.suffix not in ENDINGS:
        raise ValueError(f"The file is {path.name!r}; its ending must be .nc, .csv or .tif.")
    if not path.absolute().parent.is_dir():
        raise ValueError(f"There is no folder {path.absolute().parent} for the file {path.name}.")


def _with_crs(dataset: xr.Dataset) -> xr.Dataset:
    """Return a forecast whose variables name their reference system, as CF wants it."""
    import pyproj

    found = dataset.copy()
    found["crs"] = ((), np.int32(0), pyproj.CRS.from_epsg(4326).to_cf())
    for name in dataset.data_vars:
        if {"latitude", "longitude"} <= set(dataset[name].dims):
            found[name].attrs["grid_mapping"] = "crs"
    return found


def forecast_csv(dataset: xr.Dataset) -> str:
    """Return a forecast as CSV: one row for each cell, probabilities of all models.

    Parameters
    ----------
    dataset
        As `forecast` gives it.

    Returns
    -------
    str
        The statement and what a reader must know stand in lines that begin with ``#``.
    """
    wide = dataset["probability"].to_dataset("model").drop_vars(["time", "window_end"])
    table = wide.to_dataframe().dropna(how="all").reset_index()
    table["base_rate"] = float(dataset["base_rate"])
    keys = ("title", "statement", "statement_ru", "statement_kk", "target", "run", "events")
    marks = sorted(name for name in dataset.attrs if str(name).startswith("leaky_"))
    lines = [f"# {key}: {dataset.attrs[key]}" for key in (*keys, *marks, "licence", "notes")]
    window = f"{dataset['time'].dt.strftime('%Y-%m-%dT%H:%MZ').item()} to "
    window += f"{dataset['window_end'].dt.strftime('%Y-%m-%dT%H:%MZ').item()}"
    lines += [f"# window: {window}"]
    lines += ["# units: middles of cells in degrees; probabilities and base rate from 0 to 1"]
    if dataset.attrs.get("simulated"):
        lines += ["# simulated: some of the values behind it are no observation"]
    return "\n".join(lines) + "\n" + table.to_csv(index=False, float_format="%.6g")
