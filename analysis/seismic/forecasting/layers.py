"""A stored run as a cube: its forecasts of the test windows and the latest, for the explorer."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from analysis.cubes import ingest, list_cubes
from analysis.cubes.names import cubes_folder
from analysis.language import LANGUAGES, format_number, translator
from analysis.learning.splits import length_of_time
from analysis.seismic.forecasting.layernames import PREFIX, PROBABILITY, SMOOTHED
from analysis.seismic.forecasting.maps import BASELINE, columns_of, stored_forecast
from analysis.seismic.forecasting.statement import statement
from analysis.seismic.forecasting.store import Stored
from analysis.sources.regions import REGIONS


def make_layer(
    name: str, model: str | None = None, *, progress: Callable[[int, int], None] | None = None
) -> str:
    """Make the cube of a stored run, so that the explorer shows its forecasts.

    Parameters
    ----------
    name
        Of the run.
    model
        Which model; None for the one with the best average precision.
    progress
        Told ``(done, total)``.

    Returns
    -------
    str
        Key of the layer, ``forecast-NAME/forecast_probability``. The cube holds the probability
        of the model and that of smoothed seismicity, in per cent, for each window of the test part
        and for the latest forecast; its attributes hold base rate, statement and titles.

    Raises
    ------
    ValueError
        There is no such run or model.
    """
    stored = Stored.load(name)
    if stored.settings.leaky:
        raise ValueError(
            f"The run {name!r} was split at random, for teaching: it is judged by rows of its "
            "table, not by maps, and gives no layer."
        )
    scores = stored.comparison.scores
    models = [one for one in scores.index if one in stored.comparison.fitted]
    if model is None and not models:
        raise ValueError(f"No model of {name!r} could be fitted; there is nothing to show.")
    chosen = models[0] if model is None else model
    if chosen not in models:
        raise ValueError(f"There is no model {chosen!r} in {name!r}; it has {', '.join(models)}.")
    cube = f"{PREFIX}{name}"
    ingest(_dataset(stored, chosen), cube, overwrite=True, progress=progress or _silent)
    return f"{cube}/{PROBABILITY}"


def layer_of(name: str) -> str | None:
    """Return the key of the layer of a run, None where none was made."""
    cube = f"{PREFIX}{name}"
    return f"{cube}/{PROBABILITY}" if cube in list_cubes() else None


def remove_layer(name: str) -> None:
    """Remove the cube of a run, where there is one."""
    if layer_of(name) is not None:
        shutil.rmtree(cubes_folder() / f"{PREFIX}{name}")


def titles(settings: Any) -> dict[str, str]:
    """Return the title of the forecasts of some settings, by language.

    Parameters
    ----------
    settings
        Region, magnitude and horizon.

    Returns
    -------
    dict
        kk, ru, en.

    Examples
    --------
    >>> from analysis.seismic.forecasting.choices import Settings
    >>> titles(Settings(region="japan"))["en"]
    'Earthquake forecast (experiment), Japan, M ≥ 5, 30 days'
    """
    found = {}
    days = f"{length_of_time(settings.horizon, 'horizon') / pd.Timedelta('1D'):g}"
    for language in LANGUAGES:
        _ = translator(language)
        place = _("chosen region")
        if isinstance(settings.region, str):
            place = REGIONS[settings.region].names[language]
        found[language] = _(
            "Earthquake forecast (experiment), {place}, M ≥ {magnitude}, {days} days"
        ).format(place=place, magnitude=format_number(settings.magnitude, language), days=days)
    return found


def _dataset(stored: Stored, model: str) -> xr.Dataset:
    """Return the forecasts (time, latitude, longitude), per cent."""
    told, settings = stored.comparison.predictions, stored.settings
    lattice = settings.lattice
    longitude, columns = columns_of(lattice)
    latest = stored_forecast(stored.name)
    times = pd.DatetimeIndex(told.index.get_level_values("time").unique())
    stamps = times.append(pd.DatetimeIndex([latest["time"].item()]))
    variables: dict[str, Any] = {}
    for name, key in ((PROBABILITY, model), (SMOOTHED, BASELINE)):
        if key not in told.columns:
            continue
        values = np.full((stamps.size, lattice.rows, longitude.size), np.nan, np.float32)
        cells = told[key].to_numpy().reshape(times.size, lattice.rows, lattice.columns)
        values[:-1, :, columns] = 100 * cells
        values[-1] = 100 * latest["probability"].sel(model=key).to_numpy()
        attrs: dict[str, Any] = {
            "units": "%",
            "long_name": "Probability of an earthquake in the window",
            "source": f"Qazcube, run {stored.name}, {key}",
            "model": key,
        }
        if stored.card["simulated"]:
            attrs["simulated"] = True
        variables[name] = (("time", "latitude", "longitude"), values, attrs)
    starts = stamps.to_numpy().astype("datetime64[ns]")
    length = length_of_time(settings.horizon, "horizon").to_timedelta64()
    variables["time_bounds"] = (("time", "bnds"), np.stack([starts, starts + length], axis=1))
    middle = (lattice.latitude_edges[:-1] + lattice.latitude_edges[1:]) / 2
    grid = xr.Dataset(
        variables,
        coords={
            "time": starts,
            "latitude": ("latitude", middle, {"units": "degrees_north"}),
            "longitude": ("longitude", longitude, {"units": "degrees_east"}),
        },
    )
    grid["time"].attrs = {"standard_name": "time", "bounds": "time_bounds"}
    grid.attrs = {
        "title": titles(settings)["en"],
        **{f"title_{language}": text for language, text in titles(settings).items()},
        "forecast_of": stored.name,
        "model": model,
        "target": stored.card["target"],
        "base_rate": float(stored.attrs["base_rate"]),
        "licence": stored.card["events"]["licence"],
        "events": stored.card["events"]["citation"] or stored.card["events"]["title"],
        "statement": statement("en"),
    }
    return grid


def _silent(_done: int, _total: int) -> None:
    """Tell nobody."""
