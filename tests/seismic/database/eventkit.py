"""Made-up events for the tests of the database."""

from __future__ import annotations

import numpy as np
import pandas as pd


def row(identity, *, updated="2020-01-02", ids=None, mag=5.0, time="2020-01-01", **other):
    """One event as a listing tells it."""
    told = {
        "id": identity,
        "time": time,
        "updated": updated,
        "longitude": 77.0,
        "latitude": 43.0,
        "depth": 10.0,
        "mag": mag,
        "type": "earthquake",
    }
    if ids is not None:
        told["ids"] = f",{','.join(ids)},"
    return told | other


def table(*rows):
    """Listing of some rows."""
    return pd.DataFrame(list(rows))


def many(count, seed=0):
    """Listing of random events all over the globe, one a minute."""
    rng = np.random.default_rng(seed)
    times = pd.date_range("2000-01-01", periods=count, freq="min").as_unit("us")
    return pd.DataFrame(
        {
            "id": [f"us{number:07d}" for number in range(count)],
            "time": times,
            "updated": times + pd.Timedelta(days=30),
            "longitude": rng.uniform(-180, 180, count),
            "latitude": np.degrees(np.arcsin(rng.uniform(-1, 1, count))),
            "depth": rng.uniform(0, 700, count).round(1),
            "mag": (4 + rng.exponential(0.43, count)).round(1),
            "magType": rng.choice(["mb", "mww"], count),
            "place": "somewhere",
            "type": rng.choice(["earthquake", "quarry blast"], count, p=[0.9, 0.1]),
            "status": "reviewed",
        }
    )
