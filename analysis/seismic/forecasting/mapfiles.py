"""Maps of a forecast as files; the statement is in each."""

from __future__ import annotations

from pathlib import Path

import xarray as xr


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
        raise ValueError(f"There is no model {model!r} in the forecast; it has {', '.join(names)}.")
    if path.suffix == ".nc":
        dataset.to_netcdf(path, engine="h5netcdf")
    elif path.suffix == ".csv":
        path.write_text(forecast_csv(dataset), encoding="utf-8")
    elif path.suffix == ".tif":
        view = dataset["probability"].sel(model=model or names[0]).drop_vars("model")
        about = {name: str(value) for name, value in dataset.attrs.items()}
        path.write_bytes(view_geotiff(view, {**about, "model": model or names[0]}))
    else:
        raise ValueError(f"The file is {path.name!r}; its ending must be .nc, .csv or .tif.")


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
    if dataset.attrs.get("simulated"):
        lines += ["# simulated: some of the values behind it are no observation"]
    return "\n".join(lines) + "\n" + table.to_csv(index=False, float_format="%.6g")
