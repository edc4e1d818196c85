"""What is shown: filters, view and brush, against plain comparisons on the table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.seismic import EventDatabase
from apps.views.earthquakes.catalogues import Catalogue, Events, catalogues, events
from apps.views.earthquakes.selection import Selection
from apps.views.earthquakes.state import QuakeState

N = 3000


def made_up(seed: int = 0) -> pd.DataFrame:
    """Events anywhere, in no order, some without magnitude or depth."""
    rng = np.random.default_rng(seed)
    seconds = rng.integers(0, 10 * 365 * 86_400, N)
    table = pd.DataFrame(
        {
            "id": [f"t{number}" for number in range(N)],
            "time": pd.Timestamp("2010-01-01") + pd.to_timedelta(seconds, unit="s"),
            "longitude": rng.uniform(-180, 180, N),
            "latitude": rng.uniform(-89, 89, N),
            "depth": rng.uniform(0, 600, N),
            "mag": np.round(rng.exponential(0.45, N) + 4, 1),
            "type": rng.choice(["earthquake", "quarry blast", "explosion"], N),
            "status": rng.choice(["reviewed", "automatic"], N),
            "regime": rng.choice(["subduction", "stable"], N),
            "simulated": True,
        }
    )
    table.loc[::50, "mag"] = np.nan
    table.loc[::70, "depth"] = np.nan
    return table


MADE = Events.from_table(made_up())
KNOWN = {
    "made": Catalogue("made", {"en": "Made up"}, True, "nobody", "CC0-1.0"),
    "none": Catalogue("none", {"en": "Empty"}, False, "nobody", "CC0-1.0"),
}


def read(key: str) -> Events:
    if key == "none":
        raise OSError("the disk is gone")
    return MADE


@pytest.fixture
def selection() -> Selection:
    return Selection(QuakeState(), KNOWN, read)


def ids(table: pd.DataFrame) -> set[str]:
    return set(table["id"])


def test_the_catalogues_at_hand_are_read_in_the_order_of_time_and_observed_ones_come_first() -> (
    None
):
    known = catalogues()
    assert [one.simulated for one in known.values()] == sorted(
        one.simulated for one in known.values()
    )
    for key, about in known.items():
        found = events(key)
        assert len(found) == len(found.table) > 1000
        assert (np.diff(found.time) >= 0).all()
        assert bool(found.table["simulated"].all()) is about.simulated
        assert found is events(key), "read once"
    with pytest.raises(ValueError, match=r"no catalogue 'events_gcm'.*events_gcmt"):
        events("events_gcm")


def test_without_a_filter_every_event_passes_those_without_magnitude_too(
    selection: Selection,
) -> None:
    assert len(selection.events) == N
    assert selection.events["mag"].isna().any()
    assert selection.simulated
    first, last = selection.span or (None, None)
    assert (first, last) == (MADE.table["time"].min().floor("ms"), MADE.table["time"].max())


FILTERS = {
    "dates": (
        ("2012-03-01", "2014-06-30"),
        lambda t: (t["time"] >= "2012-03-01") & (t["time"] < "2014-07-01"),
    ),
    "magnitude": ((4.5, 5.5), lambda t: t["mag"].between(4.5, 5.5)),
    "depth": ((100.0, 300.0), lambda t: t["depth"].between(100, 300)),
    "region": ("japan", lambda t: t["longitude"].between(128, 149) & t["latitude"].between(28, 47)),
    "area": (
        "polygon:170,-40;200,-40;200,40;170,40",
        lambda t: ((t["longitude"] > 170) | (t["longitude"] < -160)) & t["latitude"].abs().lt(40),
    ),
    "types": (["earthquake"], lambda t: t["type"] == "earthquake"),
    "regimes": (["stable"], lambda t: t["regime"] == "stable"),
    "statuses": (["reviewed"], lambda t: t["status"] == "reviewed"),
}  # fmt: skip


@pytest.mark.parametrize("name", FILTERS)
def test_each_filter_keeps_what_a_plain_comparison_keeps(selection: Selection, name: str) -> None:
    value, expected = FILTERS[name]
    setattr(selection.state, name, value)
    wanted = MADE.table[expected(MADE.table)]
    assert 0 < len(wanted) < N
    assert ids(selection.events) == ids(wanted)
    selection.state.param.update(**{name: selection.state.param[name].default})
    assert len(selection.events) == N


def test_filters_together_keep_what_each_of_them_keeps(selection: Selection) -> None:
    alone = []
    for name, (value, _expected) in FILTERS.items():
        if name in ("region", "area"):
            continue
        other = Selection(QuakeState(**{name: value}), KNOWN, read)
        alone.append(ids(other.events))
        setattr(selection.state, name, value)
    assert ids(selection.events) == set.intersection(*alone)


def test_the_view_crosses_the_date_line_and_reaches_the_pole(selection: Selection) -> None:
    selection.state.bounds = (160.0, -20.0, 210.0, 20.0)
    here = MADE.table[
        ((MADE.table["longitude"] >= 160) | (MADE.table["longitude"] <= -150))
        & MADE.table["latitude"].abs().le(20)
    ]
    assert ids(selection.in_view) == ids(here)
    selection.state.bounds = (-200.0, 60.0, 200.0, 85.0)
    assert ids(selection.in_view) == ids(MADE.table[MADE.table["latitude"] >= 60])
    assert len(selection.events) == N, "the view filters nothing else"


def test_the_brush_keeps_its_box_of_what_is_in_view(selection: Selection) -> None:
    assert ids(selection.brushed) == ids(selection.in_view)
    selection.state.bounds = (0.0, -85.0, 180.0, 85.0)
    selection.state.brush = ("2011-01-01", "2012-01-01", 4.2, 9.0)
    table = MADE.table
    here = table[
        (table["longitude"] >= 0)
        & table["time"].between("2011-01-01", "2012-01-01")
        & table["mag"].between(4.2, 9)
    ]
    assert ids(selection.brushed) == ids(here)
    assert len(selection.in_view) > len(here)


def test_subscribers_are_told_what_changed_until_they_leave(selection: Selection) -> None:
    told: list[str] = []
    leave = selection.subscribe(told.append)
    selection.state.magnitude = (5.0, 6.0)
    selection.state.bounds = (0.0, 0.0, 10.0, 10.0)
    selection.state.brush = ("2011-01-01", "2012-01-01", 4.2, 9.0)
    selection.state.colour = "depth"
    assert told == ["events", "view", "brush"]
    selection.state.param.update(depth=(0.0, 10.0), types=["earthquake"])
    assert told[3:] == ["events"], "several filters at once are one change"
    leave()
    selection.reload()
    assert len(told) == 4


def test_tables_are_made_once_and_anew_after_a_change(selection: Selection) -> None:
    assert selection.events is selection.events
    before = selection.in_view
    selection.state.brush = ("2011-01-01", "2012-01-01", 4.2, 9.0)
    assert selection.in_view is before
    selection.state.bounds = (0.0, 0.0, 10.0, 10.0)
    assert selection.in_view is not before


def test_a_catalogue_that_cannot_be_read_is_empty_and_says_why(selection: Selection) -> None:
    selection.state.catalogue = "none"
    assert len(selection.events) == 0
    assert "the disk is gone" in str(selection.problem)
    assert selection.span is None
    selection.state.catalogue = "made"
    assert len(selection.events) == N
    assert selection.problem is None


def test_without_any_catalogue_nothing_is_shown() -> None:
    nothing = Selection(QuakeState(), {}, read)
    assert nothing.catalogue is None
    assert len(nothing.brushed) == 0
    assert not nothing.simulated


def test_an_unknown_method_of_declustering_says_which_there_are() -> None:
    with pytest.raises(ValueError, match=r"unknown method of declustering 'magic'.*reasenberg"):
        MADE.mainshocks("magic")


def test_the_local_database_is_a_catalogue_once_it_holds_events_and_is_read_anew_after_a_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QAZCUBE_CACHE", str(tmp_path))
    assert "database" not in catalogues()
    with EventDatabase(tmp_path / "events.sqlite") as database:
        assert "database" not in catalogues(), "it is empty"
        rows = made_up().head(20).assign(simulated=False, agency="usgs", source="earthquakes_usgs")
        database.apply(rows)
        about = catalogues()["database"]
        assert about.title("kk") != about.title("en")
        assert not about.simulated
        first = events("database")
        assert set(first.table["id"]) == set(rows["id"])
        assert events("database") is first
        database.apply(made_up(1).iloc[[25]].assign(id="late", simulated=False, agency="usgs"))
        assert "late" in set(events("database").table["id"])
    (tmp_path / "events.sqlite").write_bytes(b"no database at all" * 100)
    assert "database" not in catalogues()


@pytest.mark.parametrize("method", ["gardner-knopoff", "gruenthal", "uhrhammer", "reasenberg"])
def test_declustering_keeps_the_mainshocks_of_the_whole_catalogue(method: str) -> None:
    cluster = pd.DataFrame(
        {
            "id": ["main", "after", "far"],
            "time": pd.to_datetime(["2010-01-01 00:00", "2010-01-01 06:00", "2010-01-03 00:00"]),
            "longitude": [70.0, 70.02, -70.0],
            "latitude": [40.0, 40.01, -40.0],
            "depth": 10.0,
            "mag": [7.0, 5.0, 5.5],
        }
    )
    sequence = Events.from_table(cluster)
    about = {"one": Catalogue("one", {"en": "One"}, False, "", "")}
    chosen = Selection(
        QuakeState(decluster=method, magnitude=(4.0, 6.0)), about, lambda _k: sequence
    )
    assert ids(chosen.events) == {"far"}, (
        "the aftershock stays one although its mainshock is hidden"
    )
    assert sequence.declustered(method)
