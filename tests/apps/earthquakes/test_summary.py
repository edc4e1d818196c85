"""Statistics of the chosen events against plain computations."""

import numpy as np
import pandas as pd
import pytest

from analysis.language import LANGUAGES
from analysis.seismic import energy_joules
from apps.views.earthquakes.summary import SummaryPanel, field_statistics, group_statistics
from tests.apps.earthquakes.paneltools import made_up, opened, selection, visitor


@pytest.fixture
def panel():
    found = SummaryPanel(visitor(), selection())
    return opened(found)


def test_fields_have_count_mean_and_quartiles():
    table = made_up()
    found = field_statistics(table)
    assert list(found.index) == ["mag", "depth", "longitude", "latitude"]
    expected = table["depth"].describe()
    row = found.loc["depth"]
    assert row["count"] == expected["count"]
    assert row["missing"] == table["depth"].isna().sum() > 0
    for ours, theirs in (("mean",) * 2, ("std",) * 2, ("lower_quartile", "25%"), ("max",) * 2):
        assert row[ours] == pytest.approx(expected[theirs])


def test_doubling_the_events_keeps_means_and_doubles_counts():
    table = made_up(500)
    one, two = field_statistics(table), field_statistics(pd.concat([table, table]))
    np.testing.assert_allclose(two["mean"], one["mean"])
    np.testing.assert_array_equal(two["count"], 2 * one["count"])


def test_one_event_has_no_spread():
    found = field_statistics(made_up(20).iloc[:1])
    assert np.isnan(found.loc["mag", "std"])
    assert field_statistics(made_up(20).iloc[:0]).empty


@pytest.mark.parametrize("by", ["month", "year", "regime", "magType", "agency"])
def test_groups_hold_every_event_once(by):
    table = made_up()
    found = group_statistics(table, by)
    assert found["count"].sum() == len(table)
    assert found["max_mag"].max() == table["mag"].max()
    energy = np.nansum(10.0 ** found["log10_energy"])
    assert energy == pytest.approx(energy_joules(table["mag"].to_numpy()).sum())


def test_months_without_events_have_a_row():
    table = made_up(100)
    table = table[(table["time"].dt.year != 2013)]
    found = group_statistics(table, "month")
    assert (found.loc["2013", "count"] == 0).all()
    assert found.loc["2013", "max_mag"].isna().all()
    assert len(found) == 12 * (found.index[-1].year - found.index[0].year) + (
        found.index[-1].month - found.index[0].month + 1
    )


def test_years_long_before_our_clock_are_kept():
    table = made_up(10)
    table.loc[0, "time"] = pd.Timestamp("1556-01-23").as_unit("ms")
    found = group_statistics(table, "year")
    assert str(found.index[0])[:4] == "1556"
    assert found["count"].sum() == 10


def test_panel_follows_selection_and_choice(panel):
    events = panel.selection.brushed
    assert f"{len(events):,}" in panel.fields.object
    assert sum(panel.bars.data["top"]) == len(events)
    panel.by.value = "month"
    panel.job.wait()
    assert sum(panel.bars.data["top"]) == len(events)
    assert "The newest 60" in panel.note.object
    panel.by.value = "regime"
    panel.job.wait()
    assert not panel.plot.visible
    assert "Subduction" in panel.groups.object
    assert panel.table()["count"].sum() == len(events)
    panel.selection.state.magnitude = (6.0, 10.0)
    panel.update()
    panel.job.wait()
    assert panel.table()["count"].sum() == len(panel.selection.brushed) < len(events)


def test_nothing_chosen_is_a_state_of_its_own(panel):
    panel.selection.state.magnitude = (9.5, 10.0)
    panel.update()
    panel.job.wait()
    assert panel.message.kind == "empty"
    assert panel.fields.object == ""
    panel.selection.state.magnitude = None
    panel.update()
    panel.job.wait()
    assert panel.message.kind == ""
    assert panel.plot.visible


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language(language):
    panel = opened(SummaryPanel(visitor(language), selection()))
    for by in panel.by.options.values():
        panel.by.value = by
        panel.job.wait()
        assert panel.groups.object
