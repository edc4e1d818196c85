"""Fixtures of the tests of the forecast page."""

from __future__ import annotations

from typing import Any

import pytest

from analysis.language import translator
from apps.views.forecast import page as page_module
from apps.views.forecast import trainbar
from apps.views.forecast.page import ForecastPage
from apps.views.forecast.training import Trainer
from apps.views.visitor import Session
from tests.apps.forecast import forecastkit


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fits take one thread."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("OMP_WAIT_POLICY", "PASSIVE")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Trainer:
    """The page learns from the small table; nothing is stored at first."""
    made = Trainer(forecastkit.iterate, lambda _settings: None)
    monkeypatch.setattr(trainbar, "trainer", made)
    monkeypatch.setattr(trainbar, "settings_of", lambda _state: forecastkit.settings())
    monkeypatch.setattr(page_module, "target_events", lambda *_a: forecastkit.events())
    return made


@pytest.fixture
def page(small: Trainer, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A page on which the small comparison is shown."""
    monkeypatch.setattr(small, "_cached", lambda _settings: forecastkit.finished())
    made = ForecastPage(Session("en", translator("en")))
    made.main()
    return made
