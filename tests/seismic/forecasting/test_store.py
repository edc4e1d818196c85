"""Stored runs: the earlier one stays where the new one cannot be written; damage is told."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import joblib
import pandas as pd
import pytest

from analysis.sealed import UnsealedError, write_sealed
from analysis.seismic.forecasting import Settings, list_runs, remove_run, store
from analysis.seismic.forecasting.fits import Fits
from analysis.seismic.forecasting.preparing import VERSION
from analysis.seismic.forecasting.store import CARD, Stored, run_folder, store_run, trust_run


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("QAZCUBE_CACHE", str(tmp_path))
    monkeypatch.setattr(store, "card_text", lambda card: card["title"])


def some_run(title: str) -> Stored:
    settings = Settings(name="mine", title=title)
    score = {"name": "rate_smoothed", "average_precision": 0.1}
    card = {
        "format": VERSION, "key": settings.key(), "title": title, "made": title, "events": {},
        "settings": settings.to_mapping(), "scores": [score], "models": ["SVM"],
        "base_rate": 0.01, "simulated": False,
    }  # fmt: skip
    comparison = SimpleNamespace(fitted={"SVM": 1.5}, scores=pd.DataFrame([score]))
    return Stored("mine", settings, card, {}, comparison)


def test_earlier_run_stays_where_the_new_one_cannot_be_written(monkeypatch):
    folder = store_run(some_run("first"))
    rename = Path.rename

    def full(self, target):
        if Path(target) == folder and ".old." not in self.name:
            raise OSError(28, "No space left on device", str(self))
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", full)
        with pytest.raises(OSError, match="No space"):
            store_run(some_run("second"))
    assert list_runs()["title"].tolist() == ["first"]
    assert list(folder.parent.iterdir()) == [folder]
    store_run(some_run("second"))
    assert list_runs()["title"].tolist() == ["second"]


@pytest.mark.parametrize("text", ["{", "[]", "{}", json.dumps({"format": VERSION})])
def test_damaged_card_hides_no_other_run(text):
    store_run(some_run("first"))
    broken = run_folder("broken")
    broken.mkdir()
    (broken / CARD).write_text(text)
    assert list_runs()["name"].tolist() == ["mine"]
    with pytest.raises(ValueError, match="'broken' is damaged"):
        Stored.load("broken")
    remove_run("broken")
    assert not broken.exists()


def test_damaged_objects_are_told():
    folder = store_run(some_run("first"))
    whole = (folder / "comparison.joblib").read_bytes()
    (folder / "comparison.joblib").write_bytes(whole[:-4])
    with pytest.raises(UnsealedError, match=r"comparison\.joblib .* the run 'mine' anew"):
        Stored.load("mine")
    found = Stored.load("mine", comparison=False)
    assert found.fits() == {"SVM": 1.5}
    write_sealed(Gone(), folder / "fits" / "SVM.joblib")
    with pytest.raises(ValueError, match=r"SVM\.joblib of the run 'mine' is damaged"):
        found.fits()


class Gone:
    """What another version of a package can no longer read."""

    def __reduce__(self):
        return getattr, (0, "gone")


class Malicious:
    """What writes a file as soon as it is read."""

    def __init__(self, trace):
        self.trace = trace

    def __reduce__(self):
        return Path.write_text, (self.trace, "ran")


def test_a_run_of_another_installation_runs_nothing_until_it_is_trusted(tmp_path, monkeypatch):
    trace = tmp_path / "trace"
    with monkeypatch.context() as patch:
        patch.setenv("QAZCUBE_CACHE", str(tmp_path / "other"))
        folder = store_run(some_run("first"))
        write_sealed(Malicious(trace), folder / "comparison.joblib")
    shutil.move(folder, run_folder("mine").parent / "mine")
    joblib.dump(Malicious(trace), run_folder("mine") / "fits" / "SVM.joblib")
    assert list_runs()["name"].tolist() == ["mine"]
    with pytest.raises(UnsealedError, match="qazcube forecast mine --trust"):
        Stored.load("mine")
    with pytest.raises(UnsealedError, match="not written by this installation"):
        Stored.load("mine", comparison=False).fits()
    assert not trace.exists()
    assert trust_run("mine") == 2
    Stored.load("mine")
    assert trace.exists()


def test_a_fit_that_was_put_there_is_made_anew(tmp_path):
    kept, trace = Fits(), tmp_path / "trace"
    kept.put("one", 1)
    joblib.dump(Malicious(trace), kept.folder / "one.joblib")
    assert kept.get("one") is None
    assert not trace.exists()
    kept.put("one", 2)
    assert kept.get("one") == 2


@pytest.mark.parametrize("name", ["..", "a/b", "", "a\x00", "a" * 101])
def test_impossible_names(name):
    with pytest.raises(ValueError, match="The name"):
        run_folder(name)


def test_a_name_of_other_settings_is_refused_before_the_work():
    one = some_run("first")
    store_run(one)
    store.refuse_other(one.settings)
    with pytest.raises(ValueError, match="stored run 'mine' of other settings"):
        store.refuse_other(one.settings.replace(seed=9))
    (run_folder("mine") / CARD).write_text("{")
    store.refuse_other(one.settings.replace(seed=9))  # what is damaged may be replaced


def test_a_run_hidden_by_a_kill_between_two_renames_comes_back(monkeypatch):
    folder = store_run(some_run("first"))
    folder.rename(folder.with_name(".mine.old.12345678"))
    assert list_runs().empty  # somebody may be replacing it
    monkeypatch.setattr(store, "SETTLED", -1.0)
    assert list_runs()["title"].tolist() == ["first"]
    folder.rename(folder.with_name(".mine.old.12345678"))
    assert Stored.load("mine", comparison=False).card["title"] == "first"
