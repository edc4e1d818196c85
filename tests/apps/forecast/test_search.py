"""The search for settings: made once for all who ask, stopped by the last, taken over whole."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.language import translator
from analysis.learning import Cancelled
from apps.views.forecast import searching, searchpanel
from apps.views.forecast.page import ForecastPage
from apps.views.forecast.searching import Found, trials_of
from apps.views.forecast.training import Trainer
from apps.views.visitor import Session
from tests.apps.forecast import forecastkit

TRIALS: list[Any] = [({"C": 0.1}, 0.2), ({"C": 1.0}, np.nan), ({"C": 3.0}, 0.3)]


class Work:
    """A search that makes a trial when it is let."""

    def __init__(self) -> None:
        self.begun, self.go, self.made = 0, threading.Semaphore(0), threading.Semaphore(0)

    def __call__(self, _wanted: Any, progress: Any, cancel: Any) -> Iterator[Found]:
        self.begun += 1
        found = Found(known={"base rate": 0.1})
        yield found
        for trial in TRIALS:
            self.go.acquire()
            if cancel():
                raise Cancelled("stopped")
            found.trials.append(trial)
            progress(len(found.trials), len(TRIALS), "")
            self.made.release()
        yield found


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    """Both visitors ask the same server."""
    made = Work()
    monkeypatch.setattr(searchpanel, "searcher", Trainer(made, lambda _wanted: None))
    return made


def opened(page: ForecastPage) -> Any:
    panel = page.tabs.panel("search")
    assert len(panel.view)
    return panel


def other(small: Trainer) -> Any:
    assert small is not None
    made = ForecastPage(Session("kk", translator("kk")))
    made.main()
    return opened(made)


def step(work: Work) -> None:
    work.go.release()
    assert work.made.acquire(timeout=60)


def test_two_visitors_share_a_search_and_one_stops_only_his_own_view(
    page: ForecastPage, small: Trainer, work: Work
) -> None:
    one = opened(page)
    one.start.param.trigger("clicks")
    search = one.search
    step(work)
    two = other(small)  # comes later, and sees what runs with his choices
    assert two.search is search
    assert len(two.trials) == len(one.trials) == 1
    one.wait[1].clicks += 1
    assert not one.running
    assert "what is finished is kept" in one.words.object
    step(work)
    assert len(two.trials) == 2
    assert len(one.trials) == 1
    work.go.release()
    search.wait(60)
    assert work.begun == 1
    assert not two.running
    assert two.take.visible
    assert two.known == {"base rate": 0.1}
    assert len(other(small).trials) == 3  # and who comes when it is done


def test_the_last_who_leaves_stops_the_search(page: ForecastPage, work: Work) -> None:
    panel = opened(page)
    panel.start.param.trigger("clicks")
    search = panel.search
    step(work)
    panel.wait[1].clicks += 1
    work.go.release()
    search.wait(60)
    assert search.state == "cancelled"
    assert len(panel.trials) == 1
    assert panel.take.visible


def test_trials_given_up_early_are_counted_and_the_best_is_taken_over_at_once(
    page: ForecastPage, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = opened(page)
    panel.which.value = "LogisticRegression"
    panel.start.param.trigger("clicks")
    search = panel.search
    work.go.release(3)
    search.wait(60)
    assert "3 trials (1 given up early); the best so far has 0.300" in panel.words.object
    assert panel.rows.object.count("<tr>") == 3
    looks: list[Any] = []
    monkeypatch.setattr(page.train, "look", lambda: looks.append(1))
    panel.take.param.trigger("clicks")
    assert page.state.query()["set"] == "LogisticRegression.C=3"
    assert len(looks) == 1
    panel.update()  # as the page does when its choice has changed
    assert "Taken over" in panel.words.object
    panel.take.param.trigger("clicks")
    assert "that were set before" in panel.words.object
    page.state.region = "japan"
    panel.update()
    assert not panel.trials
    assert "Taken over" not in panel.words.object


def test_a_model_that_was_not_chosen_is_chosen_with_its_settings(
    page: ForecastPage, work: Work
) -> None:
    panel = opened(page)
    page.state.models = ["XGBoost"]
    panel.model, panel.trials = "LogisticRegression", [({"C": 3.0}, 0.3)]
    panel.take.param.trigger("clicks")
    assert page.state.models == ["XGBoost", "LogisticRegression"]


def test_a_search_in_which_no_trial_ends_says_so(page: ForecastPage, work: Work) -> None:
    panel = opened(page)
    table = pd.DataFrame({"C": [1.0], "score": [0.9], "state": ["pruned"]})
    panel.trials = trials_of(table, ["C"])
    panel.update()
    assert "No trial has come to its end" in panel.words.object
    assert not panel.take.visible
    assert not panel.box.visible


def test_a_search_goes_on_from_its_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("QAZCUBE_CACHE", str(tmp_path))
    ready = forecastkit.prepared()
    told: list[int] = []
    for most in (2, 3):
        wanted = searching.Wanted(forecastkit.settings(), "LogisticRegression", "grid", most, ready)
        steps = searching.search(wanted, lambda done, _n, _t: told.append(done), lambda: False)
        found = list(steps)[-1]
        assert len(found.trials) >= most
        assert found.known
    assert told[:2] == [1, 2]
