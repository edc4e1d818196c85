"""A small comparison with made-up outcomes, as a finished training gives it."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.cells.lattice import Lattice
from analysis.learning import temporal_split
from analysis.learning.compare import iterate_comparison
from analysis.seismic.forecasting import Settings

BOX = (68.0, 36.0, 76.0, 42.0)
MODELS = ("LogisticRegression", "XGBoost")


@dataclass(frozen=True)
class Prepared:
    """What was learnt from."""

    table: pd.DataFrame
    evaluation: pd.DataFrame
    split: Any
    lattice: Lattice
    notes: tuple[str, ...]
    simulated: bool


@dataclass(frozen=True)
class Run:
    """What a training gives."""

    settings: Settings
    comparison: Any
    prepared: Prepared


def settings(**changes: Any) -> Settings:
    """Settings whose windows are those of the small table."""
    plain: dict[str, Any] = {
        "region": BOX,
        "resolution": 1.0,
        "since": "2008-01-01",
        "period": ("2009-01-01", "2016-12-01"),
        "magnitude": 5.0,
        "models": MODELS,
    }
    return Settings(**(plain | changes))


@functools.lru_cache(maxsize=2)
def prepared(*, simulated: bool = False) -> Prepared:
    """Tables in which past events say where the next ones come, and a grid says nothing."""
    chosen = settings()
    lattice, times = chosen.lattice, chosen.issue_times
    random = np.random.default_rng(7)
    place = np.linspace(-2.6, -0.4, lattice.size)[random.permutation(lattice.size)]
    index = pd.MultiIndex.from_product([times, lattice.ids], names=["time", "cell"])
    logs = np.tile(place, len(times))
    table = pd.DataFrame(index=index)
    table["log_rate"] = (logs + random.normal(0, 0.2, len(index))).astype(np.float32)
    table["count"] = random.poisson(10**logs * 5).astype(np.float32)
    table["gravity"] = random.normal(size=len(index)).astype(np.float32)
    table["target"] = (random.random(len(index)) < 1 - np.exp(-(10**logs))).astype(np.int8)
    table["weight"] = np.float32(1)
    table["rate_smoothed"] = (10**logs).astype(np.float32)
    table["rate_uniform"] = np.float32((10**logs).mean())
    title = {"kk": "Жиілік логарифмі", "ru": "Логарифм частоты", "en": "Log of the rate"}
    table.attrs = {
        "horizon": "30D",
        "features": {
            "log_rate": {"group": "catalogue", "units": "1", "simulated": False, "title": title},
            "count": {"group": "catalogue", "units": "1", "simulated": False, "title": {"en": "N"}},
            "gravity": {"group": "gravity", "units": "cm", "simulated": True, "title": {"en": "G"}},
        },
        "cells": {"bounds": BOX, "resolution": 1.0},
        "notes": [],
    }
    split = temporal_split(table, gap="30D")
    evaluation = table[table.index.get_level_values(0) >= split.bounds["test"][0]]
    evaluation.attrs = table.attrs
    return Prepared(table, evaluation, split, lattice, ("A note of the tables.",), simulated)


def iterate(
    chosen: Settings, *, progress: Any = None, cancel: Any = None, simulated: bool = False
) -> Iterator[Run]:
    """Train, as `analysis.seismic.forecasting.iterate` does."""
    ready = prepared(simulated=simulated)
    for found in iterate_comparison(
        ready.table,
        list(chosen.models),
        ["rate_smoothed", "rate_uniform", "base_rate"],
        split=ready.split,
        evaluation=ready.evaluation,
        draws=60,
        progress=progress,
        cancel=cancel,
    ):
        yield Run(chosen, found, ready)


@functools.lru_cache(maxsize=2)
def finished(*, simulated: bool = False) -> Run:
    """A finished run; made once for all tests."""
    *_rest, last = iterate(settings(), simulated=simulated)
    return last


def events() -> pd.DataFrame:
    """Earthquakes of the small table: one in each cell and window with a positive outcome."""
    ready = prepared()
    rows = ready.table[ready.table["target"] > 0]
    longitude, latitude = ready.lattice.centres
    place = pd.Index(ready.lattice.ids).get_indexer(rows.index.get_level_values(1))
    times = rows.index.get_level_values(0) + pd.Timedelta(days=3)
    table = pd.DataFrame(
        {
            "id": [f"made-{number}" for number in range(len(rows))],
            "time": times,
            "longitude": longitude[place],
            "latitude": latitude[place],
            "depth": 10.0,
            "mag": 5.0 + np.arange(len(rows)) % 20 / 10,
            "magType": "mw",
            "place": "nowhere",
            "source": "made",
            "simulated": False,
        }
    )
    return table.sort_values("time", kind="stable", ignore_index=True)
