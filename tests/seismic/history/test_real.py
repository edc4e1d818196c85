"""Real earthquakes: base rate, rows and skill of the long-term rate as published and measured."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from analysis.cells.lattice import Lattice
from analysis.learning import average_precision, roc_auc
from analysis.seismic.history import catalogue_table


@pytest.mark.slow
def test_the_long_term_rate_alone_has_the_skill_of_smoothed_seismicity(real_data: Path) -> None:
    folder = real_data / "seismic"
    names = ["time", "longitude", "latitude", "mag"]
    early, late = (
        pd.read_csv(folder / name, usecols=names)
        for name in ("usgs_m5_global_1900_2022.csv.gz", "usgs_m5_global_2013_2023.csv")
    )
    for one in (early, late):
        times = pd.to_datetime(one["time"], utc=True, format="mixed")
        one["time"] = times.dt.tz_localize(None)
    events = pd.concat([early, late[late["time"] > early["time"].max()]])
    issue = pd.date_range("2022-01-14", periods=21, freq="30D")
    globe = Lattice.from_bounds((-180, -90, 180, 90), 0.5)
    table = catalogue_table(
        events,
        globe,
        issue,
        completeness=5.0,
        since="1976-01-01",
        features=["count", "long_rate_target"],
    )
    positive = table["target"] == 1
    base = positive.sum() / (21 * 259_200)
    assert 0.00041 < base < 0.00044  # 0.042 %
    assert abs(table["weight"].sum() / (21 * 259_200) - 1) < 0.01
    assert 0.74 < (table.loc[positive, "count"] == 0).mean() < 0.82
    given = table["target"], table["long_rate_target"], table["weight"]
    assert abs(roc_auc(*given) - 0.980) < 0.004
    assert abs(average_precision(*given) - 0.040) < 0.006
