"""Panels of the forecast page without a browser: planted precursor, epochs, hypotheses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from analysis.cubes import ingest
from analysis.language import translator
from analysis.seismic.forecasting import records
from analysis.seismic.forecasting.records import Record
from analysis.seismic.precursors import HypothesisRegister
from apps.views.forecast import epochswork, planted, plantedwork
from apps.views.forecast.epochs import EpochsPanel
from apps.views.forecast.hypotheses import HypothesesPanel
from apps.views.forecast.planted import PlantedPanel
from apps.views.forecast.plantedwork import Found, Wish
from apps.views.forecast.selection import ForecastSelection
from apps.views.forecast.state import ForecastState
from apps.views.jobs import Cancelled, Ticket
from apps.views.visitor import Session
from tests.apps.earthquakes.paneltools import press, rendered

TEXT = "The water rises before earthquakes."


def visitor(language: str = "en") -> Session:
    return Session(language, translator(language))


def chosen() -> ForecastSelection:
    return ForecastSelection(ForecastState())


@pytest.fixture(scope="module")
def cubes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache with one cube of noise."""
    months = pd.date_range("2000-01-01", periods=120, freq="MS", unit="ns")
    rows, columns = np.arange(-8.75, 10, 2.5), np.arange(1.25, 40, 2.5)
    values = np.random.default_rng(4).normal(size=(months.size, rows.size, columns.size))
    ends = (months + pd.offsets.MonthBegin(1)).to_numpy()
    data = xr.Dataset(
        {
            "lwe_thickness": (
                ("time", "latitude", "longitude"),
                values.astype("float32"),
                {"units": "cm", "long_name": "Water", "source": "made", "simulated": True},
            )
        },
        {
            "time": months,
            "latitude": rows,
            "longitude": columns,
            "time_bounds": (("time", "bnds"), np.stack([months.to_numpy(), ends], axis=1)),
        },
    )
    folder = tmp_path_factory.mktemp("epochs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QAZCUBE_CACHE", str(folder))
        ingest(data, "water", progress=lambda done, total: None)
    return folder


@pytest.fixture
def world(cubes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[pd.DataFrame]:
    """The cube, made-up earthquakes, and a register of one test's own."""
    monkeypatch.setenv("QAZCUBE_CACHE", str(cubes))
    (cubes / "hypotheses.sqlite").unlink(missing_ok=True)
    random = np.random.default_rng(5)
    events = pd.DataFrame(
        {
            "time": pd.Timestamp("2002-01-01")
            + pd.to_timedelta(np.sort(random.uniform(0, 2500, 40)), "D"),
            "longitude": random.uniform(1, 39, 40),
            "latitude": random.uniform(-9, 9, 40),
            "mag": 7.0,
            "depth": 10.0,
            "simulated": False,
        }
    )
    monkeypatch.setattr(records, "read_record", lambda _name: Record(events, {"digest": "x"}))
    epochswork._kept.clear()
    yield events
    epochswork._kept.clear()


# planted ---------------------------------------------------------------------------------------


def finished(strength: float = 3.0) -> Found:
    row = {
        "base": 1.2, "whole": 1.5, "gain": 0.3, "gain_low": 0.2, "gain_high": 0.4,
        "placebo_gain": 0.3, "placebo_gain_low": 0.1, "placebo_gain_high": 0.5,
        "precision_gain": 0.1, "precision_gain_low": 0.0, "precision_gain_high": 0.2,
        "found": True, "positives": 200,
    }  # fmt: skip
    none = row | {
        "whole": 1.19, "gain": -0.01, "gain_low": -0.03, "gain_high": 0.01, "found": False,
    }  # fmt: skip
    rows = pd.DataFrame([row, none])
    rows.index = pd.MultiIndex.from_tuples(
        [(strength, "SVM"), (0.0, "SVM")], names=["strength", "model"]
    )
    course = pd.Series([0.0, 2.5, 0.1], index=[-20.0, -10.0, 0.0])
    wish = Wish(strength, 0, ("SVM",))
    return Found(wish, rows, {strength: course, 0.0: 0 * course}, 2581, {})


@pytest.mark.parametrize("language", ["kk", "en"])
def test_the_planted_precursor_says_what_was_found_and_that_it_is_simulated(language):
    panel = rendered(PlantedPanel(visitor(language), chosen()))
    _ = panel.visit._
    assert _("Simulated data") in panel.parts[0].object
    told = {"kk": "сенімді деп танылмаған", "en": "No satellite precursor"}
    assert told[language] in panel.parts[0].object
    panel._came(finished())
    assert _("found") in panel.rows.object
    assert _("nothing shown: the interval holds 0") in panel.rows.object
    assert panel.lines["planted"].data["y"] == [0.0, 2.5, 0.1]
    assert panel.dots["none"].data["low"] == [-0.03]
    assert not panel.wait.visible
    saved = press(panel.downloads.buttons["csv"])
    assert saved is not None
    assert b"Qazcube" in saved
    assert panel.about()["simulated"] is True
    panel.update()
    assert not panel.wait.visible, "opening the tab again shows no bar"


def test_strength_nothing_is_one_world_and_wrong_numbers_are_told(monkeypatch):
    assert Wish(0.0, 1, ("SVM",)).strengths == (0.0,)
    panel = rendered(PlantedPanel(visitor(), chosen()))
    begun: list[Wish] = []
    monkeypatch.setattr(planted, "run", lambda wish, _ticket, _partial: begun.append(wish))
    panel.seed.value = "1.5"
    panel._begin()
    assert panel.seed.error_state
    panel.seed.value, panel.models.value = "3", []
    panel._begin()
    assert panel.models.error_state
    assert not begun
    panel.models.value = ["SVM", "XGBoost"]
    monkeypatch.setattr(panel, "_came", lambda found: None)
    panel.job._done = lambda found: None
    panel._begin()
    panel.job.wait()
    assert begun == [Wish(3.0, 3, ("XGBoost", "SVM"))]


def test_the_work_tells_its_way_remembers_and_stops(monkeypatch):
    from analysis.seismic import plantedrecovery

    fits: list[tuple[float, str]] = []
    row = finished().rows.iloc[0]

    def iterate(strength: float, _seed: int, models: Any, **options: Any) -> Any:
        options["progress"](1, 4, models[0])
        fits.append((strength, models[0]))
        table = pd.DataFrame([row.to_dict()], index=pd.Index(models, name="model"))
        yield SimpleNamespace(table=table, failures={})

    made = SimpleNamespace(events=range(7))
    monkeypatch.setattr(plantedrecovery, "iterate_recovery", iterate)
    monkeypatch.setattr(plantedwork, "world", lambda *_: made)
    monkeypatch.setattr(plantedwork, "course", lambda _made: pd.Series([1.0], index=[0.0]))
    monkeypatch.setattr(plantedwork, "_kept", {})
    told: list[tuple[int, int]] = []
    parts: list[Found] = []
    wish = Wish(2.0, 9, ("SVM", "XGBoost"))
    ticket = Ticket(lambda *what: told.append(what))
    found = plantedwork.run(wish, ticket, parts.append)
    assert [len(one.rows) for one in parts] == [0, 0, 1, 2, 3, 4]
    assert told[-1] == (14, 14)
    assert [done for done, _total in told] == sorted(done for done, _total in told)
    assert len(fits) == 4
    again = plantedwork.run(wish, ticket, parts.append)
    assert len(fits) == 4, "nothing is learnt twice"
    pd.testing.assert_frame_equal(found.rows, again.rows)
    ticket.cancel()
    with pytest.raises(Cancelled):
        plantedwork.run(wish, ticket, parts.append)


# epochs and hypotheses -------------------------------------------------------------------------


def opened(selection: ForecastSelection, language: str = "en") -> EpochsPanel:
    panel: EpochsPanel = rendered(EpochsPanel(visitor(language), selection))
    panel.lags.value, panel.radii.value = "-30; 0", "0; 300"
    panel.groups.value = ""
    return panel


@pytest.mark.parametrize("language", ["ru"])
def test_epochs_are_tested_counted_and_looked_at(world, language):
    panel = opened(chosen(), language)
    assert panel.variables.value
    panel._begin()
    panel.job.wait()
    assert panel.found is not None
    assert panel.found.tests == 4
    assert panel.found.counts["given"] == len(world)
    assert "qc-simulated" in panel.words.object
    assert panel.rows.object.count("<tr>") == 2  # heads, and one variable and group
    assert panel.figure.lines[1].data["x"] == [-30.0, 0.0]
    assert not panel.figure.drawn[2][0].visible
    assert not panel.wait.visible
    (look,) = HypothesisRegister().looks()
    assert (look["variables"], look["groups"]) == (["lwe_thickness"], ["*"])
    assert look["author"] == panel.who.value
    assert press(panel.downloads.buttons["csv"]) is not None
    assert panel.about()["simulated"] is True


def test_wrong_fields_are_told_and_nothing_is_looked_at(world):
    panel = opened(chosen())
    for name, wrong in {"lags": "5", "radii": "-1", "magnitude": "2"}.items():
        widget = getattr(panel, name)
        kept, widget.value = widget.value, wrong
        panel._begin()
        assert widget.error_state
        assert widget.helper_text
        widget.value = kept
    panel.magnitude.value = "9"
    panel._begin()
    panel.job.wait()
    assert panel.message.kind == "error"
    assert HypothesisRegister().looks() == []


def test_a_hypothesis_is_written_tested_and_told_from_one_that_came_late(world):
    both = chosen()
    register = rendered(HypothesesPanel(visitor(), both))
    register._write()
    assert register.variables.error_state
    assert register.register.hypotheses() == []
    register.author.value, register.text.value = "Steppe fox", TEXT
    register.variables.value = ["lwe_thickness"]
    register.direction.value = "greater"
    register._write()
    assert register.message.kind == "info"
    assert "Steppe fox" in register.rows.object
    panel = opened(both)
    assert panel.who.value == "Steppe fox", "one pseudonym in all panels"
    panel.hypothesis.value = 1
    assert (panel.direction.value, panel.groups.value) == ("greater", "")
    assert panel.lags.value == "−30; 0"
    panel._begin()
    panel.job.wait()
    assert "looked at" in panel.judged.object
    (result,) = register.register.results(1)
    assert result["tests"] == 2
    assert result["author"] == "Steppe fox"
    assert not result["passes"]
    assert "it does not pass" in register.rows.object
    register.text.value = f"{TEXT} And once more."
    register._write()
    late, first = register.register.hypotheses()
    assert (first.beforehand, late.beforehand) == (True, False)
    assert "no: looked at by the same pseudonym before" in register.rows.object
    assert list(register.table()["beforehand"]) == [False, True]
    panel.hypothesis.value = late.number
    panel._begin()
    panel.job.wait()
    assert "confirms nothing" in panel.judged.object


def test_texts_of_others_are_escaped_and_pseudonyms_are_no_addresses(world):
    panel = rendered(HypothesesPanel(visitor("kk"), chosen()))
    panel.text.value, panel.variables.value = "<script>alert(1)</script> rises", ["lwe_thickness"]
    panel.author.value = "me@school.kz"
    panel._write()
    assert panel.author.error_state
    panel.author.value = "<b>fox</b>"
    panel._write()
    assert "<script>" not in panel.rows.object
    assert "<b>fox" not in panel.rows.object
    assert "&lt;script&gt;" in panel.rows.object
