"""Misspelt names and impossible parameters are refused before any table is made."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import numpy as np
import pytest
import xarray as xr

from analysis.compute import Resources
from analysis.cubes import ingest
from analysis.seismic.forecasting import (
    Settings,
    forecast,
    grids,
    memory,
    prepare,
    preparing,
    run,
    stored_forecast,
)
from analysis.seismic.forecasting.featurenames import names_of
from analysis.seismic.forecasting.memory import needed_memory
from analysis.seismic.forecasting.paramchecks import MOST_ROUNDS, check_params
from analysis.sources import open_source

SATELLITES = ("static", "gravity_simulated", "ionosphere_simulated")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("QAZCUBE_CACHE", str(tmp_path))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"only": ["coun"]}, "no feature 'coun' to learn from. Did you mean 'count'"),
        ({"only": ["tec_z"]}, "no feature 'tec_z'"),
        ({"features": SATELLITES, "relations": ["pearson(lwe_thickness, te)"]}, "mean 'tec'?"),
        (
            {"features": SATELLITES, "relations": ["lwe_thickness > 2 sigma and tek > 1"]},
            "names 'tek', which is no feature. Did you mean 'tec'",
        ),
        ({"relations": ["count > 2 sigma"]}, "No chosen feature has one"),
        ({"relations": ["relation_1 > 0"]}, "names 'relation_1'"),
        (
            {"features": ["catalogue", "wind"]},
            "'wind' has no value that was known at an issue time",
        ),
        (
            {"features": ["ionosphere_simulated"], "delays": {"ionosphere_simulated": "999D"}},
            "each is known 999D later and counts for 180D",
        ),
        (
            {"features": ["sea_temperature"], "split": ["2011-01-01", "2014-01-01"]},
            "no value in the region kazakhstan_central_asia: it covers latitudes",
        ),
        ({"models": ["SVM"], "params": {"SVM": {"c": 1.0}}}, "no parameter 'c'. Did you mean 'C'"),
        ({"models": ["SVM"], "params": {"SVM": {"random_state": 1}}}, "parameter 'random_state'"),
        ({"models": ["SVM"], "params": {"SVM": {"C": -1}}}, "params of SVM: The 'C' parameter"),
        ({"models": ["XGBoost"], "params": {"XGBoost": {"max_depth": -3}}}, "value -3 for Param"),
        ({"models": ["XGBoost"], "params": {"XGBoost": {"n_estimators": 2.5}}}, "is 2.5; it is a"),
        (
            {"models": ["XGBoost"], "params": {"XGBoost": {"n_estimators": MOST_ROUNDS + 1}}},
            "whole number from 1 to 100000",
        ),
    ],
)
def test_nothing_is_made_of_what_will_fail(change, words, monkeypatch):
    monkeypatch.setattr(preparing, "feature_tables", None)
    with pytest.raises(ValueError, match=re.escape(words)):
        prepare(Settings.from_mapping(change))


def test_parameters_that_models_take_are_let_pass():
    params = {
        "KernelSVM": {"gamma": 0.1, "n_components": 200, "max_iter": 5000},
        "RandomForest": {"n_estimators": MOST_ROUNDS, "max_depth": None},
        "LogisticRegression": {},
    }
    check_params(Settings(models=tuple(params), params=params))


def test_more_memory_than_there_is_is_refused_with_the_estimate(monkeypatch):
    chosen = Settings(region="global", resolution=0.25)
    needed = needed_memory(chosen)
    own = Resources(2, int(0.9 * needed), "host", "cgroup")
    monkeypatch.setattr(memory, "resources", lambda: own)
    words = (
        f"about {needed / 1e9:.1f} GB of memory, for 1036800 cells .*{0.9 * needed / 1e9:.1f} GB"
    )
    with pytest.raises(ValueError, match=words):
        prepare(chosen)
    assert needed_memory(chosen.replace(region="japan")) < needed / 10
    assert needed_memory(chosen.replace(features=("catalogue", "gravity_simulated"))) > needed


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_estimated_memory_is_what_a_run_takes(tmp_path):
    chosen = Settings(
        region="global",
        resolution=1.0,
        period=("2002-01-01", "2006-01-01"),
        magnitude=6.0,
        completeness=5.4,
        keep_empty=0.005,
        models=("LogisticRegression", "XGBoost"),
        draws=20,
    )
    work = (
        "import resource, sys\n"
        "from analysis.seismic.forecasting import Settings, run\n"
        "run(Settings.from_yaml(sys.stdin.read()))\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", work],
        input=chosen.to_yaml(),
        env={**os.environ, "QAZCUBE_CACHE": str(tmp_path), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert 0.5 < int(done.stdout) / needed_memory(chosen) < 1.1


@pytest.mark.slow
def test_names_are_those_of_the_tables(monkeypatch):
    chosen = Settings(
        region=(138, 34, 146, 42),
        resolution=4.0,
        period=("2008-01-01", "2010-06-01"),
        magnitude=5.5,
        completeness=5.4,
        features=("catalogue", *SATELLITES),
        relations=("pearson(lwe_thickness, tec)", "relation_1 > 0 and rate_smoothed > 0"),
        components=2,
        baselines=("smoothed", "mixture"),
    )
    told = prepare(chosen).attrs["features"]
    assert names_of(chosen) == list(told)
    assert told["relation_1"]["delay"] == told["tec"]["delay"]  # the steps of both are known then


def test_a_source_is_read_from_its_cube_where_there_is_one():
    chosen = Settings(region=(66, 40, 70, 44), resolution=2.0, features=("gravity_simulated",))
    plain = grids.read_steps(chosen, chosen.lattice)[0]
    few = open_source("gravity_simulated").isel(time=slice(0, 6))
    ingest(few, "gravity_simulated")
    cube = grids.read_steps(chosen, chosen.lattice)[0]
    assert (cube.ends == plain.ends[:6]).all()
    assert cube.values.attrs["simulated"]
    wanted = plain.values[:6].to_numpy()
    np.testing.assert_allclose(cube.values.to_numpy(), wanted, rtol=1e-5)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_five_models_learn_from_all_simulated_grids_and_their_cubes():
    grids_of_all = ("gravity", "temperature", "ionosphere", "deformation")
    sources = [f"{one}_simulated" for one in grids_of_all]
    for one in sources[:2]:  # the others are read without a cube
        ingest(one, one)
    chosen = Settings(
        name="grids",
        region="japan",
        resolution=2.0,
        period=("2005-01-01", "2012-01-01"),
        magnitude=5.5,
        completeness=5.4,
        keep_empty=0.1,
        features=("catalogue", "static", *sources),
        draws=20,
    )
    made = run(chosen)
    assert not made.comparison.failures
    assert made.card["simulated"]
    told = stored_forecast("grids")
    assert told.attrs["simulated"] is True
    xr.testing.assert_identical(told, forecast("grids"))
    assert np.isfinite(told["probability"]).all()
    known = made.prepared.evaluation[["lwe_thickness", "lst", "tec", "displacement"]]
    assert known.notna().mean().min() > 0.3
