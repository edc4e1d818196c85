"""Tables of events that the tests of cleaning share: real files as they are, and made ones."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd


def usgs_features(path: Path) -> pd.DataFrame:
    """GeoJSON of the USGS, one row for each feature."""
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    return pd.DataFrame(
        {**one["properties"], "id": one["id"]}
        | dict(zip(("longitude", "latitude", "depth"), one["geometry"]["coordinates"], strict=True))
        for one in features
    ).drop(columns="title")


def emsc_features(path: Path) -> pd.DataFrame:
    """JSON of the EMSC, one row for each feature; depth from the properties (positive down)."""
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    return pd.DataFrame([one["properties"] for one in features])


def made(n: int, seed: int = 0, days: float = 3650.0) -> pd.DataFrame:
    """`n` events all over the globe: uniform on the sphere and in time."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "id": [f"ev{i}" for i in range(n)],
            "time": pd.Timestamp("2000-01-01") + pd.to_timedelta(rng.uniform(0, days, n), "D"),
            "longitude": rng.uniform(-180, 180, n),
            "latitude": np.degrees(np.arcsin(rng.uniform(-1, 1, n))),
            "depth": rng.uniform(0, 600, n),
            "mag": np.round(4 + rng.exponential(0.4, n), 1),
            "magType": rng.choice(["mb", "mww", "ml"], n),
            "type": "earthquake",
            "status": "reviewed",
        }
    )
