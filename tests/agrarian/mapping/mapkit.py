"""Small cubes, models and maps for the tests."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from sklearn.ensemble import RandomForestClassifier

LABELS = ["arable", "forest", "water"]
MIDDLES = np.array([[0.2, 0.7, 0.3], [0.5, 0.8, 0.6], [-0.1, -0.1, -0.2]])


def truth(rows: int = 40, columns: int = 60) -> np.ndarray:
    """Class places in stripes and a lake."""
    down, across = np.mgrid[:rows, :columns]
    found = (across // 15) % 2
    found[np.hypot(down - rows / 2, across - columns / 2) < 7] = 2
    return found


def cube(rows: int = 40, columns: int = 60, *, seed: int = 1, chunks: Any = None) -> xr.Dataset:
    """NDVI and near infrared at three dates over Kostanay."""
    rng = np.random.default_rng(seed)
    kinds = truth(rows, columns)
    data = {}
    for band, share in (("ndvi", 1.0), ("nir", 0.5)):
        values = share * np.moveaxis(MIDDLES[kinds], -1, 0) + rng.normal(
            0, 0.08, (3, rows, columns)
        )
        data[band] = (("time", "latitude", "longitude"), values.astype("float32"))
    coords = {
        "time": np.array(["2021-05-01", "2021-07-01", "2021-09-01"], "datetime64[ns]"),
        "latitude": 52.0 + 0.01 * np.arange(rows),
        "longitude": 65.0 + 0.01 * np.arange(columns),
    }
    made = xr.Dataset(data, coords, {"simulated": True})
    return made if chunks is None else made.chunk(chunks)


def forest(seed: int = 0) -> RandomForestClassifier:
    """A random forest that learnt from another draw of the same land."""
    other, kinds = cube(seed=9), truth()
    flat = np.stack([other[b].to_numpy()[t].ravel() for b in ("ndvi", "nir") for t in range(3)], 1)
    labels = np.array(LABELS)[kinds.ravel()]
    pick = np.random.default_rng(seed).permutation(labels.size)[:300]
    return RandomForestClassifier(15, random_state=seed, n_jobs=1).fit(flat[pick], labels[pick])


def flat(ds: xr.Dataset) -> np.ndarray:
    """Features of all pixels, band by band."""
    return np.stack([ds[b].to_numpy()[t].ravel() for b in ("ndvi", "nir") for t in range(3)], 1)
