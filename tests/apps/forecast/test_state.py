"""What a link of the forecast page holds: there and back, nonsense told and left out."""

from __future__ import annotations

from typing import Any

import pytest

from apps.views.forecast.choices import settings_of
from apps.views.forecast.state import FIELDS, ForecastState, read_parameters, read_region

CHOSEN: dict[str, Any] = {
    "region": "170,-10,-170,10",
    "learn": "global",
    "events": "events_simulated",
    "period": ("2001-01-01", "2011-12-31"),
    "resolution": 1.0,
    "history": 365,
    "horizon": 60,
    "magnitude": 5.8,
    "groups": ["catalogue", "static"],
    "models": ["XGBoost", "SVM"],
    "parameters": {"XGBoost": {"max_depth": 3, "learning_rate": 0.3}, "SVM": {"C": 0.1}},
    "seed": 7,
    "leaky": True,
    "model": "XGBoost",
    "baseline": "rate_cell",
    "show": "swipe",
    "style": "contours",
    "overlays": ["plates"],
    "issue": "2011-03-11",
    "swipe": 20,
    "cell": [(70.25, 36.25)],
    "threshold": 0.0125,
    "within": "japan",
    "bounds": (60.0, 30.0, 90.0, 50.0),
    "tab": "alarms",
}


def test_a_link_restores_everything() -> None:
    state = ForecastState(**CHOSEN)
    again = ForecastState()
    assert again.read_query(state.query()) == []
    for name, value in CHOSEN.items():
        assert getattr(again, name) == value, name
    assert set(state.query()) == set(FIELDS)
    assert ForecastState().query() == {}


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("where", "atlantis"), ("where", "1,2,3"), ("where", "10,50,20,40"), ("target", "nan"),
        ("history", "0"), ("cell", "0.7"), ("set", "XGBoost=3"), ("set", "a.b=c d"),
        ("threshold", "1.5"), ("period", "2011-01-01,2001-01-01"), ("map", "upside-down"),
        ("swipe", "101"), ("split", "leaky"), ("seed", "-1"), ("set", "A.b=inf"),
    ],
)  # fmt: skip
def test_nonsense_is_told_and_left_out(key: str, text: str) -> None:
    state = ForecastState()
    problems = state.read_query({key: text, "seed" if key != "seed" else "swipe": "5"})
    assert len(problems) == 1
    assert problems[0].startswith(f"{key}=")
    assert state.query() == ({"seed": "5"} if key != "seed" else {"swipe": "5"})


def test_hyperparameters_that_are_the_defaults_are_not_kept() -> None:
    state = ForecastState()
    state.set_parameter("RandomForest", "n_estimators", 300, 100)
    assert state.query() == {"set": "RandomForest.n_estimators=300"}
    state.set_parameter("RandomForest", "n_estimators", 100, 100)
    assert state.query() == {}
    assert read_parameters("A.b=true;A.c=null;A.d=1e-3")["A"] == {"b": True, "c": None, "d": 1e-3}
    assert read_region("60,40,80,50") == "60,40,80,50"


def test_settings_are_what_was_chosen_and_what_suits_the_data() -> None:
    plain = settings_of(ForecastState())
    assert plain.magnitude >= (plain.completeness or 0)
    chosen = settings_of(
        ForecastState(
            region="japan", horizon=60, history=365, models=["SVM"], magnitude=6.0, seed=3,
            parameters={"SVM": {"C": 0.01}, "XGBoost": {"max_depth": 2}},
        )
    )  # fmt: skip
    assert (chosen.region, chosen.horizon, chosen.history) == ("japan", "60D", "365D")
    assert (chosen.models, chosen.magnitude, chosen.seed) == (("SVM",), 6.0, 3)
    assert chosen.params == {"SVM": {"C": 0.01}}
    assert chosen.gap == "60D"
    own = settings_of(ForecastState(region="60,40,80,50", resolution=2.0, learn="region"))
    assert own.learn_from == ""
    assert own.bounds == (60.0, 40.0, 80.0, 50.0)
    assert own.resolution == 2.0
