"""Simulated land of northern Kazakhstan to classify: a cube of two years, its truth, samples.

Fields of some 350 ha lie between pastures, hay meadows, groves, lakes with saline shores and
settlements. Every pixel follows the calendar of its class (`analysis.agrarian.simulate`), which
differs from field to field and from region to region, so that samples near one another are alike:
a classifier judged on neighbours of its samples looks better than it is. All of it is made up.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr
from intake.readers.readers import BaseReader

from analysis.agrarian.landmodel import (
    KINDS,
    LABELS,
    STEPS,
    YEARS,
    axes,
    kinds_of,
    land_values,
    periods,
)
from analysis.agrarian.legends import legend
from analysis.sources.noise import lazy_grid
from analysis.spelling import did_you_mean

SEED: Final = 2021
VARIABLES: Final = ("green", "red", "nir", "swir16", "ndvi")
CHUNKS: Final = (STEPS, -1, -1)
PLACES: Final = 60
"""Places of samples of each class."""


def land_cube(
    variables: tuple[str, ...] = VARIABLES, *, seed: int = SEED, chunks: Any = CHUNKS
) -> xr.Dataset:
    """Simulate reflectances over two years, 24 dates each, 64.4-66.8 E, 51.5-53 N.

    Parameters
    ----------
    variables : tuple of str
        Any of "green", "red", "nir", "swir16", "ndvi".
    seed : int
        Same seed, same values.
    chunks : chunks of Dask
        They change the pieces, never the values.

    Returns
    -------
    xarray.Dataset
        (time, latitude, longitude), lazy, float32, 48 x 200 x 320. NDVI is exactly
        (nir - red) / (nir + red).

    Raises
    ------
    ValueError
        An unknown variable.

    Examples
    --------
    >>> ds = land_cube()
    >>> dict(ds.sizes)["time"], ds["red"].attrs["simulated"]
    (48, True)
    """
    for name in variables:
        if name not in VARIABLES:
            raise ValueError(f"There is no variable {name!r}. {did_you_mean(name, VARIABLES)}")
    latitude, longitude = axes()
    starts, ends = periods()
    labels = {
        "green": "Reflectance, green (simulated)",
        "red": "Reflectance, red (simulated)",
        "nir": "Reflectance, near infrared (simulated)",
        "swir16": "Reflectance, shortwave infrared (simulated)",
        "ndvi": "Normalised difference vegetation index (simulated)",
    }
    shape = (len(starts), len(latitude), len(longitude))
    source = f"Qazcube simulator, seed {seed}"
    data = {
        name: (
            ("time", "latitude", "longitude"),
            lazy_grid(land_values, shape, chunks, name, seed),
            {"units": "1", "long_name": labels[name], "source": source, "simulated": True},
        )
        for name in variables
    }
    coords = {
        "time": starts.to_numpy("datetime64[ns]"),
        "latitude": ("latitude", latitude, {"units": "degrees_north"}),
        "longitude": ("longitude", longitude, {"units": "degrees_east"}),
    }
    ds = xr.Dataset(data, coords)
    bounds = np.stack([starts.to_numpy(), ends.to_numpy()], axis=1).astype("datetime64[ns]")
    ds["time_bounds"] = (("time", "bnds"), bounds)
    ds["time"].attrs = {"standard_name": "time", "bounds": "time_bounds"}
    ds.attrs = {
        "title": "Land of northern Kazakhstan to classify (simulated)",
        "simulated": True,
        "licence": "CC0-1.0",
        "comment": "Made by a simulator; no value is a measurement.",
    }
    return ds


def land_truth(year: int = 2021, *, seed: int = SEED) -> xr.DataArray:
    """Give the class of every pixel in a year: the truth that a map is to find.

    Parameters
    ----------
    year : int
        2021 or 2022; between them fields rotate, some fallow is ploughed, a settlement grows.
    seed : int
        As in :func:`land_cube`.

    Returns
    -------
    xarray.DataArray
        uint8, (latitude, longitude), codes of the legend ``kazakhstan``.

    Raises
    ------
    ValueError
        A year that is not simulated.

    Examples
    --------
    >>> one, other = land_truth(2021), land_truth(2022)
    >>> 0.02 < float((one != other).mean()) < 0.3
    True
    """
    if year not in YEARS:
        raise ValueError(f"The year {year} is not simulated; {YEARS[0]} and {YEARS[-1]} are.")
    codes = np.array([legend().codes[label] for label, _, _ in KINDS], np.uint8)
    latitude, longitude = axes()
    return xr.DataArray(
        codes[kinds_of(seed)[year - YEARS[0]]],
        {"latitude": latitude, "longitude": longitude},
        ("latitude", "longitude"),
        "land",
        {
            "long_name": "Land cover and use (simulated)",
            "units": "1",
            "simulated": True,
            "legend": "kazakhstan",
            "source": f"Qazcube simulator, seed {seed}",
        },
    )


def land_samples(
    variables: tuple[str, ...] = VARIABLES, *, year: int = YEARS[0], seed: int = SEED
) -> pd.DataFrame:
    """Draw labelled samples of the simulated land: whole pixels, several near one another.

    Parameters
    ----------
    variables : tuple of str
        Bands of the table.
    year : int
        2021 or 2022.
    seed : int
        Same seed, same samples.

    Returns
    -------
    pandas.DataFrame
        Long table, 24 rows a sample: ``sample_id``, ``longitude``, ``latitude``, ``start_date``,
        ``end_date``, ``label``, ``date``, the bands, and ``simulated``.

    Raises
    ------
    ValueError
        An unknown variable or year.

    Examples
    --------
    >>> table = land_samples(("ndvi",))
    >>> table.groupby("label")["sample_id"].nunique().unique().tolist(), len(table)
    ([60], 14400)
    """
    truth = land_truth(year, seed=seed)
    at = YEARS.index(year) * STEPS
    latitude, longitude = axes()
    codes = truth.to_numpy()
    places = [
        _spread(codes == legend().codes[label], seed + 50 + n) for n, label in enumerate(LABELS)
    ]
    rows, columns = np.concatenate(places, axis=1)
    cube = land_cube(tuple(variables), seed=seed).isel(time=slice(at, at + STEPS))
    starts, _ = periods()
    size = rows.size
    table = {
        "sample_id": np.repeat(np.arange(1, size + 1), STEPS),
        "longitude": np.repeat(longitude[columns], STEPS),
        "latitude": np.repeat(latitude[rows], STEPS),
        "start_date": pd.Timestamp(year, 1, 1),
        "end_date": pd.Timestamp(year, 12, 31),
        "label": np.repeat(np.repeat(np.array(LABELS, dtype=object), PLACES), STEPS),
        "date": np.tile(starts[at : at + STEPS].to_numpy("datetime64[ns]"), size),
    }
    for name in variables:
        table[name] = cube[name].to_numpy()[:, rows, columns].T.ravel()
    dates = dict.fromkeys(("start_date", "end_date"), "datetime64[ns]")
    return pd.DataFrame(table).astype(dates).assign(simulated=True)


class SimulatedLand(BaseReader):
    """Reader for the catalogue; ``variables`` and ``seed`` are optional."""

    output_instance = "xarray:Dataset"

    def _read(
        self,
        variables: tuple[str, ...] = VARIABLES,
        seed: int = SEED,
        chunks: Any = CHUNKS,
        **_: Any,
    ) -> xr.Dataset:
        return land_cube(tuple(variables), seed=seed, chunks=chunks)


class SimulatedLandSamples(BaseReader):
    """Reader for the catalogue; ``variables``, ``year`` and ``seed`` are optional."""

    output_instance = "dask.dataframe:DataFrame"

    def _read(
        self,
        variables: tuple[str, ...] = VARIABLES,
        year: int = YEARS[0],
        seed: int = SEED,
        **_: Any,
    ) -> Any:
        import dask.dataframe as dd

        def table(wanted: int) -> pd.DataFrame:
            return land_samples(tuple(variables), year=wanted, seed=seed)

        return dd.from_map(table, [year], meta=_shape(tuple(variables)))


def _spread(inside: npt.NDArray[np.bool_], seed: int) -> npt.NDArray[np.int64]:
    """Rows and columns (2, place) of samples of a class, about three near one another."""
    rng = np.random.Generator(np.random.Philox(seed))
    every = np.argwhere(inside)
    left = np.ones(len(every), bool)
    found: list[int] = []
    while len(found) < PLACES:
        middle = every[rng.choice(np.flatnonzero(left))]
        far = np.abs(every - middle).max(axis=1)
        near = np.flatnonzero(left & (far <= 3))
        take = rng.permutation(near)[: min(3, PLACES - len(found))]
        found += take.tolist()
        left[take] = False
    return every[np.array(found)].T


def _shape(variables: tuple[str, ...]) -> pd.DataFrame:
    """Return the table of samples without its rows."""
    day = pd.Series(dtype="datetime64[ns]")
    return pd.DataFrame(
        {
            "sample_id": pd.Series(dtype=np.int64),
            "longitude": pd.Series(dtype=np.float64),
            "latitude": pd.Series(dtype=np.float64),
            "start_date": day,
            "end_date": day,
            "label": pd.Series(dtype="str"),
            "date": day,
            **{name: pd.Series(dtype=np.float32) for name in variables},
            "simulated": pd.Series(dtype=bool),
        }
    )
