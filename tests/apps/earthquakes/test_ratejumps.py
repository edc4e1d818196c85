"""Jumps of the rate: where the library finds them, drawn, and told with what changes there."""

import numpy as np
import pandas as pd
import pytest

from analysis.language import LANGUAGES
from analysis.seismic import completeness, rate_changes
from apps.views.earthquakes.ratejumps import FALSE_ALARM, FEWEST, RateJumpsPanel
from tests.apps.earthquakes.paneltools import made_up, opened, selection, visitor


def grown(count=4000):
    """From 2010 on, a new network reports three times as many events."""
    table = made_up(count)
    rng = np.random.default_rng(4)
    early = rng.random(count) < 0.25
    days = np.where(early, rng.uniform(0, 3653, count), rng.uniform(3653, 7305, count))
    time = pd.Timestamp("2000-01-01") + pd.to_timedelta(days, unit="D")
    return table.assign(time=time, net=np.where(early, "old", "new")).sort_values(
        "time", ignore_index=True
    )


@pytest.fixture
def panel():
    return opened(RateJumpsPanel(visitor(), selection(grown())))


def test_jump_is_the_librarys_and_names_the_network(panel):
    events = panel.selection.brushed
    mc = completeness(events["mag"].to_numpy(), "maxc")
    expected = rate_changes(events[events["mag"] >= mc - 1e-9], false_alarm=FALSE_ALARM)
    least, count, found = panel.found
    assert least == mc
    assert count == (events["mag"] >= mc - 1e-9).sum()
    pd.testing.assert_frame_equal(found.changes, expected.changes)
    assert len(found) == 1
    assert abs(found.changes["time"].iloc[0] - pd.Timestamp("2010-01-01")) < pd.Timedelta("370D")
    assert "new: 0 % → 100 %" in panel.list.object
    pd.testing.assert_frame_equal(panel.table(), expected.changes)


def test_bars_levels_and_lines_are_drawn(panel):
    _, count, found = panel.found
    bars, levels = panel.bars.data, panel.levels.data
    assert np.sum(bars["count"]) == count
    width = (bars["right"] - bars["left"]) / 31_557_600_000.0
    np.testing.assert_allclose(bars["rate"] * width, bars["count"])
    assert len(levels["level"]) == len(bars["left"]) + 1
    assert len(panel.spans) == len(found)
    at = found.changes["time"].to_numpy().astype("datetime64[ms]").astype(float)
    assert [span.location for span in panel.spans] == at.tolist()
    panel.update()
    panel.job.wait()
    assert len([one for one in panel.figure.center if one in panel.spans]) == len(found)


def test_a_typed_magnitude_is_taken_and_nonsense_is_told(panel):
    panel.least.value = "5,5"
    panel.job.wait()
    assert panel.found[0] == 5.5
    before = panel.found
    panel.least.value = "strong"
    assert panel.least.error_state
    assert panel.found is before


def test_too_few_events_are_told():
    panel = opened(RateJumpsPanel(visitor(), selection(grown().iloc[: FEWEST - 1])))
    assert panel.message.kind == "empty"
    assert str(FEWEST) in panel.message.pane.object
    assert panel.table().empty


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language(language):
    panel = opened(RateJumpsPanel(visitor(language), selection(grown())))
    assert panel.found is not None
    english = "A jump at which networks" in panel.words.object
    assert english == (language == "en")
