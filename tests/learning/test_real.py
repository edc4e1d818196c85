"""Real earthquakes of magnitude 5 and more: base rate and baselines as measured before."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.cells.lattice import Lattice
from analysis.learning import (
    Past,
    area_skill,
    average_precision,
    bootstrap,
    cell_rate,
    compare,
    information_gain,
    mixture,
    probability,
    recent_rate,
    roc_auc,
    smoothed_rate,
    temporal_split,
    uniform_rate,
)
from analysis.learning.spread import area_shares
from analysis.seismic.history import catalogue_table

GLOBE = Lattice.from_bounds((-180, -90, 180, 90), 0.5)


def earthquakes(folder: Path) -> pd.DataFrame:
    names = ["time", "longitude", "latitude", "mag"]
    early = pd.read_csv(folder / "seismic/usgs_m5_global_1900_2022.csv.gz")
    late = pd.read_csv(folder / "seismic/usgs_m5_global_2013_2023.csv")
    late = late[late["type"] == "earthquake"]
    for table in (early, late):
        stamps = pd.to_datetime(table["time"], utc=True, format="ISO8601")
        table["time"] = stamps.dt.tz_localize(None)
    early = early[(early["time"] >= "1976") & (early["time"] < "2013")]
    table = pd.concat([early[names], late[names]])
    return table[table["mag"] >= 5.0]


@pytest.mark.slow
def test_base_rate_and_smoothed_seismicity_of_the_test_years(real_data):
    table = earthquakes(real_data)
    past = Past.of(table["time"], table["longitude"], table["latitude"], since="1976-01-01")
    windows = pd.date_range("2013-01-01", "2023-10-05", freq="30D")
    split = temporal_split(windows, dates=("2020-01-01", "2022-01-01"))
    issue = windows[split.test]
    assert issue.size == 21
    cell = GLOBE.index(table["longitude"], table["latitude"])
    step = np.floor((table["time"] - issue[0]) / pd.Timedelta("30D")).to_numpy().astype(int)
    inside = (step >= 0) & (step < issue.size)
    counts = np.zeros((issue.size, GLOBE.size))
    np.add.at(counts, (step[inside], cell[inside]), 1)
    outcome = (counts > 0).astype(float)
    assert 100 * outcome.mean() == pytest.approx(0.042, abs=0.001)

    rate = smoothed_rate(past, GLOBE, issue, width_km=50)
    chance = probability(rate)
    assert roc_auc(outcome, chance) == pytest.approx(0.980, abs=0.004)
    assert average_precision(outcome, chance) == pytest.approx(0.040, abs=0.006)
    area = np.broadcast_to(area_shares(GLOBE), counts.shape)
    assert area_skill(counts, rate, area) == pytest.approx(0.974, abs=0.004)
    flat = uniform_rate(past, GLOBE, issue)
    assert information_gain(counts, rate, flat) == pytest.approx(2.90, abs=0.15)
    assert rate.sum(dtype=np.float64) == pytest.approx(counts.sum(), rel=0.10)

    wide = smoothed_rate(past, GLOBE, issue, width_km=100)
    assert roc_auc(outcome, wide) == pytest.approx(0.976, abs=0.004)
    assert average_precision(outcome, wide) == pytest.approx(0.029, abs=0.006)
    both = probability(mixture([rate, recent_rate(past, GLOBE, issue)], [0.7, 0.3]))
    assert average_precision(outcome, both) == pytest.approx(0.0457, abs=0.007)
    blocks = np.broadcast_to(np.arange(issue.size)[:, None], counts.shape)
    spread = bootstrap("roc_auc", outcome, chance, blocks)
    assert 0.0005 < spread.std < 0.003
    more = bootstrap("average_precision", outcome, both, blocks, against=chance)
    assert more.value == pytest.approx(0.0075, abs=0.003)
    assert more.low > -0.002  # single windows would show a difference, blocks of them hardly


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_lines_and_trees_are_near_each_other_and_above_smoothed_seismicity(real_data):
    events = earthquakes(real_data).assign(depth=10.0).sort_values("time", ignore_index=True)
    issue = pd.date_range("2010-01-01", "2023-10-05", freq="30D")
    options = {"magnitude": 5.0, "completeness": 5.0, "since": "1976-01-01"}
    table = catalogue_table(events, GLOBE, issue, **options)
    split = temporal_split(table, dates=("2020-01-01", "2022-01-01"))
    test = issue[issue >= split.bounds["test"][0]]
    grid = catalogue_table(events, GLOBE, test, keep_empty=None, **options)
    past = Past.of(events["time"], events["longitude"], events["latitude"], since="1976-01-01")
    for make in (uniform_rate, cell_rate, smoothed_rate):
        grid[f"rate_{make.__name__.removesuffix('_rate')}"] = make(past, GLOBE, test).ravel()
    assert len(grid) == 21 * GLOBE.size
    found = compare(
        table, ["LogisticRegression", "XGBoost"], evaluation=grid, split=split, workers=None
    )
    scores = found.scores
    assert not found.failures
    assert 100 * scores["observed_rate"].iloc[0] == pytest.approx(0.042, abs=0.001)
    smoothed = scores.loc["rate_smoothed"]
    assert smoothed["average_precision"] == pytest.approx(0.040, abs=0.006)
    assert smoothed["roc_auc"] == pytest.approx(0.980, abs=0.004)
    assert smoothed["area_skill_smoothed"] == pytest.approx(0.5, abs=0.03)
    for name in ("LogisticRegression", "XGBoost"):
        row = scores.loc[name]
        assert row["mean_forecast"] == pytest.approx(row["observed_rate"], rel=0.1)
        assert found.difference(name, "rate_smoothed").loc["average_precision", "low"] > 0
    pair = found.difference("XGBoost", "LogisticRegression").loc["average_precision"]
    # with all 19 features; within noise with ten (tests/seismic/forecasting/test_real.py)
    assert abs(pair["value"]) < 0.01
