"""The same seed gives the same map, whoever shares the work."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from analysis.agrarian.landcover import CLASSIFIERS, fit
from analysis.agrarian.mapping import classify
from tests.agrarian.mapping import mapkit

SMALL = {
    "RandomForest": {"n_estimators": 10},
    "XGBoost": {"n_estimators": 5},
    "MLP": {"hidden_layer_sizes": (8,), "max_iter": 200},
    "TempCNN": {"epochs": 25, "width": 8, "learning_rate": 0.01},
    "LSTM": {"epochs": 25, "width": 8, "learning_rate": 0.01},
    "UNet": {"epochs": 25, "width": 8, "learning_rate": 0.01},
}
DEEP = [name for name, one in CLASSIFIERS.items() if one.family == "dl"]


def samples() -> pd.DataFrame:
    pick = np.random.default_rng(2).permutation(40 * 60)[:150]
    names = [f"{band}_{step}" for band in ("ndvi", "nir") for step in (1, 2, 3)]
    table = pd.DataFrame(mapkit.flat(mapkit.cube(seed=9))[pick], columns=names)
    return table.assign(label=np.array(mapkit.LABELS)[mapkit.truth().ravel()[pick]])


@pytest.mark.parametrize(
    "name",
    [pytest.param(one, marks=pytest.mark.slow) if one in DEEP else one for one in CLASSIFIERS],
)
def test_the_same_seed_gives_the_same_map_with_one_worker_and_with_two(name: str) -> None:
    if not CLASSIFIERS[name].available:
        pytest.skip(CLASSIFIERS[name].reason)
    table, cube = samples(), mapkit.cube()
    made = []
    for workers in (1, 2):
        fitted = fit(table, name, params=SMALL.get(name), seed=4)
        made.append(classify(cube, fitted, workers=workers, tile=16))
    xr.testing.assert_identical(*made)
    assert (made[0]["class"] == mapkit.truth() + 1).mean() > 0.7
    if CLASSIFIERS[name].seeded and name != "SVM":  # a seed that is taken changes something
        other = classify(cube, fit(table, name, params=SMALL.get(name), seed=5), tile=16)
        assert not other["probability"].equals(made[0]["probability"])


@pytest.mark.slow
def test_networks_that_learn_at_once_do_not_disturb_each_other() -> None:
    pytest.importorskip("torch")
    table = samples()

    def learn(seed: int) -> dict[str, np.ndarray]:
        fitted = fit(table, "TempCNN", params={"epochs": 6, "width": 8}, seed=seed)
        fitted.predict(table)
        return fitted.estimator.weights_

    alone = [learn(seed) for seed in range(4)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(learn, range(4)))
    for one, other in zip(alone, together, strict=True):
        for name, weights in one.items():
            np.testing.assert_array_equal(weights, other[name])
