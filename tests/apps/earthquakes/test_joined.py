"""The tab that joins earthquakes with grids: values, fields, progress, cancel, files."""

from __future__ import annotations

import io
import threading
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.language import LANGUAGES
from analysis.seismic.joined import join_satellites
from apps.views.earthquakes import joined
from apps.views.earthquakes.joined import JoinedPanel
from apps.views.earthquakes.joining import Wish, column, join, read_lags, read_radii
from tests.apps.cubekit import PATCHY, SLOPE, layers  # noqa: F401 - a fixture
from tests.apps.earthquakes.paneltools import made_up, press, rendered, selection, visitor

pytestmark = pytest.mark.usefixtures("layers")
Panel = JoinedPanel


@pytest.fixture(autouse=True)
def _cache(layers: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    """The cubes of the fixture are those of the cache."""
    folder = next(iter(layers.values())).cube.path.parent.parent
    monkeypatch.setenv("QAZCUBE_CACHE", str(folder))


def events(count: int = 300) -> pd.DataFrame:
    table = made_up(count).sort_values("time", ignore_index=True)
    table["time"] = pd.date_range("2004-02-01", "2005-11-20", periods=count).as_unit("ms")
    return table


def opened(count: int = 300, language: str = "en") -> Panel:
    panel = JoinedPanel(visitor(language), selection(events(count)))
    rendered(panel)
    panel.job.wait()
    return panel


def test_the_numbers_are_those_of_the_library_and_of_the_cubes() -> None:
    panel = opened()
    found = panel.found
    assert len(found) == 25 * 3 * 2
    keys = panel.variables.value
    assert SLOPE in keys
    expected = join_satellites(
        panel.selection.brushed.nlargest(25, "mag"),
        list(keys),
        lags=["-30D", "0D", "30D"],
        radii=[0, 100],
    ).compute()
    for name in ("lwe_thickness", "lwe_thickness_anomaly", "lwe_thickness_z"):
        np.testing.assert_allclose(found[name], expected[name])
    cube = panel.layers[SLOPE].cube
    here = found[(found["radius_km"] == 0) & (found["lag_days"] == -30)]
    for row in here.to_dict("records")[:8]:
        moment = row["time"] - pd.Timedelta(days=30)
        try:
            step = cube.time_index(moment)
        except ValueError:
            continue
        series = cube.series(row["longitude"], row["latitude"])
        assert row["lwe_thickness"] == pytest.approx(float(series[step]), rel=1e-6)


def test_the_table_shows_one_radius_and_quantity_and_all_lags() -> None:
    panel = opened()
    html = panel.rows.html
    assert html.count("<tr") == 2 + 25
    heads = html.count('<th scope="col"')
    assert heads == 2 + 3 * len(panel.variables.value)
    panel.quantity.value = "z"
    assert panel.rows.html != html
    assert "Water" in panel.words.object or "water" in panel.words.object
    assert "no precursor" in panel.words.object
    ident = str(panel.found["id"].iloc[0])
    panel._pressed(f"event:{ident}")
    assert panel.selection.state.event == ident
    assert "qc-chosen" in panel.rows.html


def test_only_events_in_the_time_of_the_data_are_taken() -> None:
    table = events()
    table.loc[:49, "time"] = pd.Timestamp("1990-01-01").as_unit("ms")
    table["mag"] = np.where(np.arange(300) < 50, 9.0, 5.0)
    panel = JoinedPanel(visitor(), selection(table.sort_values("time", ignore_index=True)))
    rendered(panel)
    panel.job.wait()
    assert (panel.found["time"] > pd.Timestamp("2003-12-01")).all()
    assert panel.found["lwe_thickness"].notna().mean() > 0.8


def test_many_events_wait_for_the_button_and_are_joined_in_pieces(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    panel = opened(600)
    monkeypatch.setattr("apps.views.earthquakes.joining.PIECE", 200)
    panel.count.value = 0
    assert panel.found.empty
    assert "press the button" in panel.message.pane.object
    panel.start.clicks += 1
    panel.job.wait()
    assert len(panel.found) == 600 * 6
    assert panel.found["time"].is_monotonic_increasing
    assert panel.pages.count == 24


def test_progress_is_told_and_a_join_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    panel = opened()
    gate, begun = threading.Event(), threading.Event()

    def slow(_events: Any, _wish: Wish, ticket: Any) -> pd.DataFrame:
        begun.set()
        gate.wait(20)
        ticket.report(1, 2)
        raise AssertionError("the work went on")

    monkeypatch.setattr(joined, "join", slow)
    panel._begin()
    assert begun.wait(20)
    assert panel.busy.visible
    panel._cancelled(None)
    gate.set()
    assert not panel.busy.visible
    assert "cancelled" in panel.message.pane.object
    panel._progress(1, 4)
    assert panel.bar.value == 25


def test_every_step_of_the_work_is_told() -> None:
    told: list[tuple[int, int]] = []

    class Ticket:
        def report(self, done: int, total: int) -> None:
            told.append((done, total))

    wish = Wish((SLOPE, PATCHY), (0.0,), (0.0,))
    found = join(events(50), wish, Ticket())  # type: ignore[arg-type]
    assert len(found) == 50
    assert told[-1] == (2000, 2000)
    assert [done for done, _total in told] == sorted(done for done, _total in told)


@pytest.mark.parametrize("text", ["", "a", "1;2;3;4;5;6;7;8;9", "99999"])
def test_lags_that_make_no_sense_are_said_at_the_field(text: str) -> None:
    panel = opened()
    panel.lags.value = text
    assert panel.lags.error_state
    assert "8 numbers" in panel.lags.helper_text
    panel.lags.value = "-10; 10"
    assert not panel.lags.error_state
    panel.before.value = True
    assert panel.lags.helper_text == "no lag after the earthquake"


def test_without_a_variable_or_with_a_wrong_radius_nothing_is_joined() -> None:
    panel = opened()
    panel.radii.value = "-5"
    assert panel.radii.error_state
    panel.radii.value = "50"
    panel.variables.value = []
    assert panel.variables.error_state


def test_files_hold_all_radii_and_lags() -> None:
    panel = opened()
    text = press(panel.downloads.buttons["csv"])
    assert text is not None
    lines = [line for line in text.decode("utf-8-sig").splitlines() if not line.startswith("#")]
    read = pd.read_csv(io.StringIO("\n".join(lines)))
    assert len(read) == len(panel.found)
    assert press(panel.downloads.buttons["xlsx"])
    about = panel.about()["columns"]
    assert about[column(SLOPE, "value", panel.wish)]["units"] == "cm"  # type: ignore[arg-type]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language(language: str) -> None:
    panel = opened(60, language)
    assert panel.title
    assert "{" not in panel.words.object + panel.rows.html


def test_numbers_are_read_as_people_write_them() -> None:
    assert read_lags("-30, -10, 0") == (-30.0, -10.0, 0.0)
    assert read_radii("0;100,5") == (0.0, 100.5)
    with pytest.raises(ValueError, match="one to 5"):
        read_radii("")
    with pytest.raises(ValueError, match="from 0 to 2000"):
        read_radii("nan")


def test_without_a_grid_the_tab_says_what_to_do(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QAZCUBE_CACHE", str(tmp_path))
    panel = JoinedPanel(visitor(), selection(events(20)))
    rendered(panel)
    assert "no grid to join" in panel.message.pane.object
