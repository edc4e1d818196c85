"""Catalogues for the tests of declustering."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.seismic.decluster.reference import Table

PLACES = ((75.0, 43.0), (-179.95, 10.0), (20.0, 89.7), (-60.0, -89.9), (0.02, 0.0))


def random_catalogue(seed, n=2000, days=900.0):
    """Events round a few places (date line, both poles), with equal times and magnitudes."""
    rng = np.random.default_rng(seed)
    place = np.array(PLACES)[rng.integers(len(PLACES), size=n)]
    wide = rng.choice([0.02, 0.2, 1.0], size=n)
    latitude = place[:, 1] + wide * rng.normal(size=n)
    over = np.abs(latitude) > 90
    latitude = np.where(over, np.sign(latitude) * 180 - latitude, latitude)
    turn = np.where(np.abs(place[:, 1]) > 80, rng.uniform(-180, 180, n), wide * rng.normal(size=n))
    day = np.where(rng.random(n) < 0.6, rng.exponential(20, n) + 300, rng.uniform(0, days, n))
    time = (pd.Timestamp("2001-03-01") + pd.to_timedelta(np.round(day, 2), unit="D")).floor("s")
    return pd.DataFrame(
        {
            "time": time,
            "longitude": (place[:, 0] + turn + 180) % 360 - 180,
            "latitude": latitude,
            "depth": np.where(rng.random(n) < 0.1, np.nan, np.round(rng.uniform(0, 60, n))),
            "mag": np.round(3 + rng.exponential(0.45, n), 1),
        }
    )


# of each seed 2,000 events (quick for two of them, the others in the slow tests) or 800
SIZES = [
    *(pytest.param((seed, 2000), marks=() if seed < 2 else pytest.mark.slow) for seed in range(20)),
    *((seed, 800) for seed in range(2, 20)),
]


@pytest.fixture(scope="session", params=SIZES, ids=lambda one: "{}x{}".format(*one))
def catalogue(request):
    """20 random catalogues, with what brute force needs of each."""
    table = random_catalogue(*request.param)
    return table, Table(table)
