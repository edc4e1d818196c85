"""Tables from settings: rows, outcomes, baselines; found again, and blind to the future."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.seismic.forecasting import Cancelled, Settings, prepare

CHOSEN = Settings(
    region="japan",
    resolution=2.0,
    since="1996-01-01",
    period=("2006-01-01", "2011-01-01"),
    magnitude=5.5,
    completeness=5.4,
    keep_empty=0.1,
    baselines=("uniform", "cell", "smoothed", "recent", "mixture"),
)


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("QAZCUBE_CACHE", str(tmp_path))


def test_outcomes_are_the_events_of_the_next_window():
    made = prepare(CHOSEN)
    times = made.evaluation.index.get_level_values("time").unique()
    assert len(made.evaluation) == times.size * made.lattice.size
    seen = made.events[made.events["time"] >= times[0]]
    assert made.evaluation["events"].sum() == len(seen) > 0
    first = seen.iloc[0]
    cell = made.lattice.ids[made.lattice.index(first["longitude"], first["latitude"])]
    issue = times[times <= first["time"]][-1]
    assert made.evaluation.loc[(issue, cell), "target"] == 1


def test_sample_stands_for_all_rows():
    made = prepare(CHOSEN)
    rows = CHOSEN.issue_times.size * made.lattice.size
    assert made.table["weight"].sum() == pytest.approx(rows, rel=0.05)
    assert (made.table.loc[made.table["target"] == 1, "weight"] == 1).all()
    inside = made.events["time"] < CHOSEN.issue_times[-1] + pd.Timedelta("30D")
    assert made.table["events"].sum() == inside.sum()


def test_second_time_the_tables_are_found_and_equal():
    made, again = prepare(CHOSEN), prepare(CHOSEN)
    pd.testing.assert_frame_equal(made.table, again.table, check_exact=True)
    pd.testing.assert_frame_equal(made.evaluation, again.evaluation, check_exact=True)
    assert made.table.attrs["features"] == again.table.attrs["features"]


def test_later_events_change_no_feature_and_no_baseline(tmp_path):
    made = prepare(CHOSEN)
    events = made.record.events
    moment = made.evaluation.index[0][0]
    changed = events.copy()
    later = (changed["time"] >= moment).to_numpy()
    changed.loc[later, "longitude"] = np.roll(changed.loc[later, "longitude"], 7)
    changed.loc[later, "mag"] = 9.0
    file = tmp_path / "changed.parquet"
    changed.to_parquet(file)
    other = prepare(CHOSEN.replace(events=str(file)))
    names = [*made.table.attrs["features"], *made.table.filter(like="rate_").columns]
    at = made.evaluation.index.get_level_values("time") == moment
    pd.testing.assert_frame_equal(made.evaluation.loc[at, names], other.evaluation.loc[at, names])
    assert not made.evaluation["target"].equals(other.evaluation["target"])


def test_stopping_leaves_nothing_half_done(tmp_path):
    with pytest.raises(Cancelled):
        prepare(CHOSEN, cancel=lambda: True)
    assert not list(tmp_path.glob("forecasting/*"))


def test_period_beyond_the_record_is_refused():
    with pytest.raises(ValueError, match="would all seem empty"):
        prepare(CHOSEN.replace(period=("2006-01-01", "2020-01-01")))
