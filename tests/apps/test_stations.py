"""Stations on the explorer: their rows, their series, their marks, their place in the address."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from analysis.features import departure, zscore
from analysis.outputs import python_code
from analysis.outputs.stationseries import MOST_VALUES, ident_of, rows_of, station_series
from apps.views import extras as extras_module
from apps.views.extras import Extras
from apps.views.geometry import WORLD_WIDTH, to_mercator
from apps.views.points import PointsBar
from apps.views.pointtables import PointTable
from apps.views.state import MAX_STATIONS, ViewState, format_stations, parse_stations
from apps.views.stationdock import COLOURS, StationDock
from apps.views.stations import judged, read_station, title_of
from apps.views.takeaway import Takeaway
from tests.apps.cubekit import layers, make

__all__ = ["layers"]

MONTHS = pd.date_range("2000-01-01", periods=120, freq="MS")


def wells() -> pd.DataFrame:
    """Two wells of one name at two places, the rows out of order."""
    level = np.arange(120.0)
    one = pd.DataFrame({"time": MONTHS, "longitude": 76.9, "latitude": 43.25, "level": level})
    other = one.assign(longitude=-170.0, latitude=10.0, level=1000 + level % 12)
    return pd.concat([one, other]).assign(name="Well", sigma_of="x").sample(frac=1, random_state=1)


def tracks() -> pd.DataFrame:
    times = pd.date_range("2021-04-01T00:34:40", periods=40, freq="3s")
    one = pd.DataFrame(
        {"time": times, "longitude": np.linspace(70, 69, 40), "latitude": np.linspace(-60, 60, 40),
         "altitude": 507.0, "ascending": True, "orbit": 175381, "density": np.arange(40.0)}
    )  # fmt: skip
    return pd.concat([one, one.assign(orbit=175382, longitude=50.0, density=7.0)])


def table(name: str = "wells", units: dict[str, str] | None = None, rows=None) -> PointTable:
    read = wells if rows is None else (lambda: rows)
    return PointTable(
        name, {"en": "Wells"}, units or {"level": "m"}, False, read, "USGS", "CC0-1.0"
    )


FIRST = "Well@76.9000,43.2500"
SECOND = "Well@-170.0000,10.0000"


def test_a_well_is_its_rows_in_order_and_not_those_of_another_of_its_name():
    found = read_station(table(), wells(), FIRST)
    assert found.title == title_of(FIRST) == "Well"
    assert found.values.index.equals(MONTHS.as_unit("ns").rename("time"))
    assert found.values["level"].tolist() == list(range(120))
    assert list(found.values) == ["level"]
    assert not found.daily
    assert read_station(table(), wells(), SECOND).values["level"].max() == 1011


def test_every_row_leads_back_to_its_own_station():
    for rows in (wells(), tracks()):
        for ident, group in rows.groupby(rows.apply(ident_of, axis=1)):
            pd.testing.assert_frame_equal(rows_of(rows, str(ident)), group)


def test_a_track_is_all_its_places_and_its_height_is_no_variable():
    found = read_station(table(rows=tracks()), tracks(), "175381")
    assert found.values["density"].tolist() == list(range(40))
    assert list(found.values) == ["density"]


def test_rows_of_one_time_are_their_mean_and_zones_become_utc():
    rows = wells()
    twice = pd.concat([rows, rows.assign(level=rows["level"] + 2)])
    twice["time"] = twice["time"].dt.tz_localize("UTC").dt.tz_convert("Asia/Almaty")
    values = read_station(table(), twice, FIRST).values["level"]
    assert values.tolist() == [one + 1 for one in range(120)]
    assert values.index[0] == MONTHS[0]


def test_very_many_values_are_means_over_days():
    times = pd.date_range("2023-01-01", periods=MOST_VALUES + 1440, freq="min")
    rows = pd.DataFrame({"time": times, "station": "AAA", "longitude": 77.0, "latitude": 43.0})
    rows["level"] = times.hour + 100.0 * (times.day - 1) * (times.month == 1)
    found = read_station(table(), rows, "AAA")
    assert found.daily
    assert found.values["level"].iloc[:3].tolist() == [11.5, 111.5, 211.5]


@pytest.mark.parametrize(("statistic", "judge"), [("departure", departure), ("zscore", zscore)])
def test_a_station_is_judged_as_a_cell_is(statistic, judge):
    station = read_station(table(), wells(), FIRST)
    found, years = judged(station, statistic, (2001, 2008))
    data = xr.DataArray(np.arange(120.0), {"time": MONTHS}, ("time",))
    np.testing.assert_allclose(found["level"], judge(data, base=(2001, 2008)), rtol=1e-6)
    assert years == "2001–2008"
    assert judged(station, statistic, (1961, 1990))[1] == "2000–2009"
    assert judged(station, "value", None) == (station.values, "")


def test_few_years_have_no_norm():
    rows = wells()
    short = rows[rows["time"] < "2004-01-01"]
    found, _years = judged(read_station(table(), short, FIRST), "departure", None)
    assert found["level"].isna().all()


@pytest.mark.parametrize(
    ("rows", "ident", "told"),
    [
        (wells(), "Other@76.9000,43.2500", "no station"),
        (wells(), "Well", "longitude,latitude"),
        (wells().drop(columns="time"), FIRST, "no times"),
        (wells().drop(columns="level"), FIRST, "no numbers"),
    ],
)
def test_what_is_not_there_is_told(rows, ident, told):
    with pytest.raises(ValueError, match=told):
        read_station(table(), rows, ident)


KEYS = st.tuples(
    st.from_regex(r"[a-z_]{1,12}", fullmatch=True),
    st.text(st.characters(min_codepoint=32, max_codepoint=0x4FF), min_size=1, max_size=40),
).map(":".join)


@given(st.lists(KEYS, max_size=MAX_STATIONS, unique=True))
def test_the_address_brings_the_same_stations_back(keys):
    assert parse_stations(format_stations(keys)) == keys
    state, again = ViewState(stations=keys), ViewState()
    assert again.read_query(state.query()) == []
    assert again.stations == keys


def test_nonsense_in_the_address_is_told():
    state = ViewState()
    assert len(state.read_query({"stations": "LHAS"})) == 1
    assert len(state.read_query({"stations": ";".join(f"t:{n}" for n in range(9))})) == 1
    assert state.stations == []


# on the page -------------------------------------------------------------------------------------


@pytest.fixture
def shown(layers, monkeypatch):
    known = {"wells": table(), "tracks": table("tracks", {"density": "1"}, tracks())}
    monkeypatch.setattr(extras_module, "tables", lambda: known)

    def start(**values):
        view = make(layers, **values)
        found = Extras(view.session, view.state, view)
        dock = StationDock(view.session, view.state, found.known_tables, lambda _event: None)
        return SimpleNamespace(
            view=view, state=view.state, marks=found.marks, extras=found, dock=dock,
            bar=PointsBar(view.session, view.state),
        )  # fmt: skip

    return start


@pytest.mark.parametrize("turn", [-1, 0, 1])
def test_a_tap_on_a_mark_is_its_station_and_beside_it_none(shown, turn):
    page = shown(tables=["wells"], bounds=(60, 30, 90, 50))
    x, y = (float(one[0]) for one in to_mercator(np.array([76.9]), np.array([43.25])))
    west, _south, east, _north = page.view.plot.window()
    move = turn * WORLD_WIDTH
    edges = [("start", west + move), ("end", east + move)]
    for edge, value in edges if turn < 0 else edges[::-1]:  # at no moment an empty window
        setattr(page.view.plot.figure.x_range, edge, value)
    pixel = (east - west) / page.view.plot.size()[0]
    assert page.marks.at(x + move + 8 * pixel, y) == f"wells:{FIRST}"
    assert page.marks.at(x + move + 16 * pixel, y) == ""


def test_pressing_replaces_comparing_adds_and_a_chip_removes(shown):
    page = shown(tables=["wells"], points=[(10.0, 10.0)])
    page.bar.station(f"wells:{FIRST}", add=False)
    page.bar.station(f"wells:{SECOND}", add=False)
    assert page.state.stations == [f"wells:{SECOND}"]
    page.bar.station(f"wells:{FIRST}", add=True)
    assert page.state.stations == [f"wells:{SECOND}", f"wells:{FIRST}"]
    assert [one[2] for one in page.bar.panel.points[1:]] == list(COLOURS[:2])
    page.bar._asked({"remove": 1})
    assert page.state.stations == [f"wells:{FIRST}"]
    assert page.state.points == [(10.0, 10.0)]
    page.bar._asked({"remove": 0})
    assert page.state.points == []


def test_the_dock_draws_the_series_of_a_link_and_its_departure(shown):
    page = shown(stations=[f"wells:{FIRST}", "tracks:175381"], bounds=(60, 30, 90, 50))
    assert page.state.tables == ["wells", "tracks"]
    assert page.dock.panel.visible
    assert [band.title for band in page.dock.stack.bands.values()] == ["level, m", "density"]
    assert page.dock.stack.lines.data["colour"] == list(COLOURS[:2])
    assert "120 times from" in page.dock.note.object
    assert page.marks._rings.data["colour"] == list(COLOURS[:2])
    page.state.statistic = "departure"
    assert page.dock.stack.lines.data["colour"] == [COLOURS[0]]
    assert "Too few years for a norm: density (175381)." in page.dock.note.object
    page.state.stations = []
    assert not page.dock.panel.visible
    assert page.marks._rings.data["x"] == []


def test_what_is_taken_away_are_values_and_what_is_shown_of_them(shown):
    page = shown(stations=[f"wells:{FIRST}"], statistic="zscore")
    kinds = [(variable, kind) for _title, _one, variable, _series, kind in page.dock.columns()]
    assert kinds == [("level", "zscore"), ("level", "value")]
    titles = [title for title, *_rest in page.dock.columns()]
    assert titles == ["level: Z-score against 2000–2009 S1: Well", "level S1: Well"]


def test_a_station_that_is_not_here_is_told(shown):
    page = shown(stations=["wells:none@1,2", "nothing:x"])
    assert "There is no station" in page.dock.note.object
    assert "There is no table nothing here." in page.dock.note.object
    assert page.dock.stack is None


def test_stations_are_chosen_by_name_too(shown):
    page = shown(tables=["wells"], bounds=(60, 30, 90, 50))
    choice = page.marks.widget()
    assert choice.options == {"Well · Wells": f"wells:{FIRST}"}
    choice.value = [f"wells:{FIRST}"]
    assert page.state.stations == [f"wells:{FIRST}"]
    assert len(page.dock.stack.lines.data["xs"]) == 1
    page.state.stations = []
    assert choice.value == []


def test_the_lines_of_python_make_the_series_that_are_shown(shown, monkeypatch):
    page = shown(
        stations=[f"wells:{FIRST}", "tracks:175381"], statistic="zscore", base=(2001, 2008)
    )
    explorer = SimpleNamespace(
        session=page.view.session, state=page.state, view=page.view, stations=page.dock
    )
    choice = Takeaway(explorer).state()
    assert [one["ident"] for one in choice["stations"]] == [FIRST, "175381"]
    tables = {"wells": wells(), "tracks": tracks()}
    monkeypatch.setattr("analysis.sources.open_source", tables.__getitem__)
    code = python_code({**choice, "lines": [], "points": []})
    lines = code[code.index("tables = {") : code.index("for name in dict.fromkeys")]
    scope: dict = {"open_source": tables.__getitem__, "station_series": station_series}
    exec(compile(lines, "view.py", "exec"), scope)  # noqa: S102 - what we wrote ourselves
    taken = [one for one in page.dock.columns() if one[4] == "zscore"]
    assert len(taken) == 2
    for place, (_title, station, variable, values, _kind) in enumerate(taken, start=1):
        found = scope["stations"][f"S{place}: {station.title}"][variable]
        pd.testing.assert_series_equal(found, values)
