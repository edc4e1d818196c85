"""Settings of a forecast: written and read, refused where they cannot be, chosen by data."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from analysis.seismic.forecasting import Settings, defaults_for, read_record, statement
from analysis.seismic.forecasting.defaults import complete_from
from analysis.seismic.forecasting.store import run_name


def test_what_is_written_is_read_back(tmp_path):
    chosen = Settings(
        region=(170, -20, -170, 0),
        split=(0.6, 0.2, 0.2),
        params={"RandomForest": {"n_estimators": 300}},
        features=("catalogue", "gravity_simulated"),
        delays={"gravity_simulated": "60D"},
    )
    file = tmp_path / "own.yml"
    file.write_text(chosen.to_yaml(), encoding="utf-8")
    assert Settings.from_yaml(file) == chosen
    assert Settings.from_yaml(chosen.to_yaml()).lattice == chosen.lattice


def test_dates_without_quotes_are_dates():
    text = "period: [2005-01-01, 2015-01-01]\nsplit: [2010-01-01, 2012-01-01]\n"
    assert Settings.from_yaml(text).period == ("2005-01-01", "2015-01-01")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"magnitud": 5}, "Did you mean 'magnitude'"),
        ({"baselines": ["smoothd"]}, "Did you mean 'smoothed'"),
        ({"period": ["2000-01-01"]}, "first and a last"),
        ({"period": ["soon", "later"]}, "give dates"),
        ({"since": "2001-01-01"}, "the record begins before"),
        ({"history": "9000D"}, "after the start of the record"),
        ({"keep_empty": 0}, "above 0"),
        ({"split": [0.5]}, "two dates, three shares"),
        ({"split": "randomly"}, "must be a list"),
        ({"delays": {"gravity_simulatd": "9D"}, "features": ["gravity_simulated"]}, "Did you mean"),
        ({"delays": {"catalogue": "-3D"}}, "must not be negative"),
        ({"features": []}, "No group"),
        ({"features": "catalogue"}, "must be a list"),
        ({"region": "kazahstan"}, "no region"),
        ({"calibrate": "beta"}, "isotonic"),
        ({"name": "../../etc"}, "letters, digits"),
        ({"name": 5}, "name is 5; it must be a text"),
        ({"horizon": 30}, "horizon is 30; it must be a text"),
        ({"horizon": "1s"}, "more than 50000"),
        ({"magnitude": "5"}, "magnitude is '5'; it must be a finite number"),
        ({"magnitude": float("nan")}, "must be a finite number"),
        ({"resolution": 0.0001}, "96800000000 cells of 0.0001 degrees, which with 213 windows"),
        ({"resolution": 0.7}, "divide 180"),
        ({"keep_empty": True}, "must be a finite number"),
        ({"completeness": float("nan")}, "or nothing"),
        ({"threshold": 5}, "from 0 to 1"),
        ({"draws": 1.5}, "whole number"),
        ({"draws": 10**11}, "at most 100000"),
        ({"seed": -1}, "must not be negative"),
        ({"allow_incomplete": "maybe"}, "true or false"),
        ({"models": ["XGBost"]}, "Did you mean 'XGBoost'"),
        ({"models": ["SVM", "SVM"]}, "'SVM' twice"),
        ({"baselines": [None]}, "list of texts"),
        ({"params": {"SVM": 3}}, "params of SVM is 3"),
        ({"models": ["SVM"], "params": {"XGBoost": {}}}, "models are SVM"),
    ],
)
def test_what_cannot_be_is_refused(values, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        Settings.from_mapping(values)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("region: [[1], 2, 3, 4]\n", "list of numbers"),
        ("a: &a [x, x]\ntitle: [*a, *a]\n", "hold a reference"),
        ("[" * 1000 + "\n", "nested too deep"),
        ("name: a\x00\n", "no YAML"),
        ("!!python/object/apply:os.getcwd []: 1\n", "no YAML"),
    ],
)
def test_texts_that_are_no_settings(text, words):
    with pytest.raises(ValueError, match=words):
        Settings.from_yaml(text)


def test_a_split_at_random_is_written_as_a_word():
    chosen = Settings.from_yaml("split: random\nseed: 3\n")
    assert chosen.leaky
    assert Settings.from_yaml(chosen.to_yaml()) == chosen
    assert not Settings().leaky
    assert "-random-" in run_name(chosen)
    events = read_record("events_gcmt").events
    leaky, honest = (defaults_for(events, "japan", split=one) for one in ("random", ()))
    assert leaky.leaky
    assert leaky.replace(split=()) == honest


def test_windows_end_within_the_period():
    chosen = Settings(period=("2010-01-01", "2011-01-01"))
    assert chosen.issue_times[-1] + pd.Timedelta("30D") <= pd.Timestamp("2011-01-01")
    assert chosen.issue_times[-1] + pd.Timedelta("60D") > pd.Timestamp("2011-01-01")


def test_defaults_follow_the_completeness_and_the_extent():
    record = read_record("events_gcmt")
    near = defaults_for(record.events, "kazakhstan_central_asia")
    wide = defaults_for(record.events, "global")
    assert near.magnitude >= complete_from(record.events, "kazakhstan_central_asia")[1]
    assert near.resolution == 0.5 < wide.resolution
    assert pd.Timestamp(near.since) < pd.Timestamp(near.period[0])
    assert defaults_for(record.events, "global", magnitude=6.0, resolution=3.0).magnitude == 6.0


def test_recent_record_is_split_by_the_years_of_the_course():
    times = pd.date_range("2000-01-01", "2023-10-01", freq="12h")
    mags = 5.0 + np.random.default_rng(1).exponential(0.4, times.size).round(1)
    events = pd.DataFrame({"time": times, "longitude": 140.0, "latitude": 38.0, "mag": mags})
    assert defaults_for(events, "japan").split == ("2020-01-01", "2022-01-01")


def test_short_record_is_refused():
    times = pd.date_range("2020-01-01", "2022-01-01", freq="D")
    events = pd.DataFrame({"time": times, "longitude": 0.0, "latitude": 0.0, "mag": 5.0})
    with pytest.raises(ValueError, match="six years"):
        defaults_for(events, "global")


def test_statement_says_that_it_is_no_warning():
    for language, word in (("en", "not a warning"), ("ru", "предупреждение"), ("kk", "ескерту")):
        assert word in statement(language)


def test_a_settings_file_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "odd.yml").write_bytes(b"\x00\xff")
    with pytest.raises(ValueError, match="is no text in UTF-8"):
        Settings.from_yaml(tmp_path / "odd.yml")
