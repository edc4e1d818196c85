"""The whole job on real earthquakes: base rate and baselines as measured before, models beside."""

from __future__ import annotations

import pytest

from analysis.seismic.forecasting import Settings, forecast, run
from tests.learning.test_real import earthquakes


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_models_on_real_earthquakes_stand_where_research_found_them(
    real_data, tmp_path, monkeypatch
):
    monkeypatch.setenv("QAZCUBE_CACHE", str(tmp_path / "cache"))
    table = earthquakes(real_data).assign(type="earthquake")
    table.to_parquet(tmp_path / "usgs.parquet")
    chosen = Settings(
        name="usgs",
        events=str(tmp_path / "usgs.parquet"),
        region="global",
        resolution=0.5,
        since="1976-01-01",
        period=("2013-01-01", "2023-10-31"),
        magnitude=5.0,
        completeness=5.0,
        split=("2020-01-01", "2022-01-01"),
        keep_empty=0.005,
        baselines=("uniform", "smoothed", "recent", "mixture"),
        models=("LogisticRegression", "HistGradientBoosting"),
        only=(
            "count",
            "count_recent",
            "count_0_50_km",
            "count_50_100_km",
            "count_100_300_km",
            "count_recent_50_km",
            "long_rate",
            "long_rate_target",
            "mixture_rate",
            "days_since_last",
        ),
        draws=100,
    )
    made = run(chosen)
    scores = made.comparison.scores
    outcome = made.comparison.outcome
    assert len(outcome) == 21 * 259_200
    assert 100 * outcome.mean() == pytest.approx(0.042, abs=0.001)
    smoothed = scores.loc["rate_smoothed"]
    assert smoothed["roc_auc"] == pytest.approx(0.980, abs=0.004)
    assert smoothed["average_precision"] == pytest.approx(0.040, abs=0.006)
    assert scores.loc["rate_mixture", "average_precision"] == pytest.approx(0.0457, abs=0.007)
    models = ("LogisticRegression", "HistGradientBoosting")
    for name in models:
        assert scores.loc[name, "mean_forecast"] == pytest.approx(outcome.mean(), rel=0.10)
        more = made.comparison.difference(name, "rate_smoothed").loc["average_precision"]
        assert more["low"] > 0
    between = made.comparison.difference(*models).loc["average_precision"]
    assert between["low"] < 0 < between["high"]
    last = chosen.issue_times[-1]
    told = forecast("usgs", last)["probability"]
    for name in models:
        judged = made.comparison.predictions.loc[last, name].to_numpy()
        assert told.sel(model=name).to_numpy().ravel() == pytest.approx(judged, rel=1e-5)
