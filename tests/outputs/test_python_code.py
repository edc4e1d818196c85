"""The code of a view is run, and what it leaves is the view."""

import ast

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr
from bokeh.core.validation import check_integrity

import analysis.sources
from analysis.cubes import ingest
from analysis.outputs.python_code import python_code

hv = pytest.importorskip("holoviews")

CHOICE = {
    "cube": "demo",
    "variable": "lst",
    "time": "2010-02-15",
    "bounds": (40.0, 35.0, 90.0, 60.0),
    "size": (300, 150),
    "points": [(76.9, 43.2), (71.4, 51.1)],
    "colormap": "cmocean:thermal",
    "limits": (-10.0, 30.0),
    "simulated": True,
    "address": "https://example.org/explorer?layer=demo/lst",
}


@pytest.fixture
def cube(cache):
    """Cube named demo, four months of a coarse world."""
    rng = np.random.default_rng(5)
    times = pd.date_range("2010-01-15", periods=4, freq="MS") + pd.Timedelta("14D")
    longitude, latitude = np.arange(-180.0, 180.0, 5.0), np.arange(-87.5, 90.0, 5.0)
    values = rng.normal(10, 5, (4, latitude.size, longitude.size)).astype("float32")
    attrs = {"units": "degC", "long_name": "temperature", "source": "test", "simulated": True}
    dataset = xr.Dataset(
        {"lst": (("time", "latitude", "longitude"), values, attrs)},
        coords={"time": times, "latitude": latitude, "longitude": longitude},
    )
    return ingest(dataset, "demo", progress=lambda done, total: None)


def run(choice) -> dict:
    names: dict = {}
    exec(compile(python_code(choice), "view.py", "exec"), names)  # noqa: S102
    return names


def test_code_runs_and_makes_the_same_view(cube):
    names = run(CHOICE)
    expected = cube.view("2010-02-15", CHOICE["bounds"], 300, 150, "lst")
    np.testing.assert_array_equal(names["view"].to_numpy(), expected.to_numpy())
    for lon, lat in CHOICE["points"]:
        series = names["series"][f"{lon:.2f}, {lat:.2f}"]
        np.testing.assert_array_equal(series.to_numpy(), cube.series(lon, lat, "lst").to_numpy())


def test_picture_draws(cube):
    picture = run(CHOICE)["picture"]
    assert isinstance(picture, hv.Layout)
    assert hv.render(picture) is not None
    image = picture.traverse(lambda element: element, [hv.Image])[0]
    assert image.range("x") == pytest.approx((40, 90))
    assert len(picture.traverse(lambda element: element, [hv.Curve])) == 2


def test_a_grid_without_time_or_points_is_a_map_alone(cube):
    choice = {key: CHOICE[key] for key in ("cube", "variable", "bounds")}
    names = run(choice)
    assert "series" not in names
    assert hv.render(names["picture"]) is not None


def test_lines_and_events_are_laid_over(cube, monkeypatch):
    shapes = [shapely.LineString([(50, 40), (60, 50)]), shapely.LineString([(50, 40), (60, 60)])]
    line = gpd.GeoDataFrame({"scale": ["50m", "110m"]}, geometry=shapes, crs=4326)
    events = pd.DataFrame(
        {
            "id": ["a", "b"],
            "time": pd.to_datetime(["2010-02-01", "1999-01-01"]),
            "longitude": [70.0, 60.0],
            "latitude": [45.0, 40.0],
            "depth": [10.0, 20.0],
            "mag": [5.5, 7.0],
            "place": ["Here", "There"],
            "source": ["s", "s"],
            "simulated": [False, False],
        }
    )
    tables = {"coastline": line, "events_gcmt": events}
    monkeypatch.setattr(analysis.sources, "open_source", tables.__getitem__, raising=False)
    names = run(
        {
            **CHOICE,
            "lines": ["coastline"],
            "events": {
                "catalogues": ["events_gcmt"],
                "start": "2005-01-01",
                "end": None,
                "magnitude": (5.0, 10.0),
                "depth": (-10.0, 700.0),
                "region": (40, 35, 90, 60),
            },
        }
    )
    assert names["events"]["id"].tolist() == ["a"]
    assert names["outlines"][:-1].tolist() == [[50.0, 40.0], [60.0, 50.0]]
    drawn = names["picture"].traverse(lambda element: element, [hv.Points])
    assert len(drawn[0]) == 1
    assert hv.render(names["picture"]) is not None


def test_lines_and_events_of_the_packaged_catalogue(cube):
    events = {"catalogues": ["events_gcmt"], "start": "2010-01-01", "magnitude": (5.5, 10.0)}
    choice = {**CHOICE, "lines": ["coastline", "borders", "plates"], "events": events}
    names = run(choice)
    assert 100 < len(names["events"]) < 10_000
    assert not check_integrity(hv.render(names["picture"]).references()).error


def test_a_missing_cube_is_ingested(cube, monkeypatch):
    """The first time on a computer the cube is made; the code then goes on."""
    made = []
    monkeypatch.setattr("analysis.cubes.ingest", lambda *names: made.append(names) or cube)
    run({**CHOICE, "cube": "absent"})
    assert made == [("absent", "absent")]


@pytest.mark.parametrize("key", ["cube", "variable", "time", "address", "colormap"])
def test_text_of_a_link_never_becomes_code(key):
    evil = "x\"')\nimport os; os.system('true')\n#"
    tree = ast.parse(python_code({**CHOICE, key: evil}))
    imported = [
        name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names
    ]
    assert "os" not in imported
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == "os"]


def test_simulated_views_say_so():
    assert "SIMULATED" in python_code(CHOICE)
    assert "SIMULATED" not in python_code({**CHOICE, "simulated": False})


@pytest.mark.parametrize("key", ["cube", "variable", "bounds"])
def test_what_is_missing_is_named(key):
    with pytest.raises(ValueError, match=key):
        python_code({name: value for name, value in CHOICE.items() if name != key})


def test_unknown_lines_are_refused():
    with pytest.raises(ValueError, match="allowed are"):
        python_code({**CHOICE, "lines": ["rivers"]})


WELLS = "time;Well level (m);name;lon;lat\n" + "\n".join(
    f"{year}-{month:02d}-01;{year - 2000 + month / 10:.1f};Well 'A;70,5;45,25".replace(".", ",")
    for year in range(2003, 2011)
    for month in (1, 7)
)


def test_series_of_stations_are_those_of_the_explorer(cube, monkeypatch, tmp_path):
    """A table of the catalogue, and a reader's own file with decimal commas, judged by a norm."""
    times = pd.date_range("2001-01-01", periods=96, freq="MS")
    rows = pd.DataFrame({"date": times, "station": "ALMT", "longitude": 76.9, "latitude": 43.2})
    rows["up"] = np.arange(96.0) ** 2
    monkeypatch.setattr(analysis.sources, "open_source", {"gnss": rows}.__getitem__)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wells '20.csv").write_text(WELLS, encoding="cp1251")
    judged = {"statistic": "departure", "base": (2003, 2008)}
    own = {"table": "wells", "ident": "Well 'A@70.5000,45.2500", "file": "wells '20.csv"}
    stations = [
        {"table": "gnss", "ident": "ALMT", "title": "ALMT", "units": {"up": "mm"}, **judged},
        {**own, "title": "Well 'A", "units": {"Well level": "m"}},
    ]
    names = run({**CHOICE, "simulated": False, "stations": stations})
    up = rows.set_index("date")["up"]
    month = up.index.month
    usual = up[(up.index.year >= 2003) & (up.index.year <= 2008)]
    usual = usual.groupby(usual.index.month).mean().loc[month].to_numpy()
    found = names["stations"]["S1: ALMT"]
    assert found.index.equals(pd.DatetimeIndex(times, name="time").as_unit("ns"))
    np.testing.assert_allclose(found["up"], up.to_numpy() - usual, atol=1e-9)
    level = names["stations"]["S2: Well 'A"]["Well level"]
    assert level.iloc[:3].tolist() == [3.1, 3.7, 4.1]
    assert len(level) == 16
    assert len(names["picture"].traverse(lambda element: element, [hv.Curve])) == 4
    assert hv.render(names["picture"]) is not None


@pytest.mark.parametrize("key", ["table", "ident", "title", "file", "statistic"])
def test_the_name_of_a_station_never_becomes_code(key):
    evil = "x\"')\nimport os; os.system('true')\n#"
    station = {"table": "gnss", "ident": "A", "title": "A", key: evil}
    tree = ast.parse(python_code({**CHOICE, "stations": [station]}))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == "os"]


def test_simulated_stations_say_so():
    station = {"table": "gnss", "ident": "A", "simulated": True}
    assert "SIMULATED" in python_code({**CHOICE, "simulated": False, "stations": [station]})
