"""Departures and Z in the explorer: as defined, centred, stated, shared, taken away."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from analysis.cubes import ingest, norms
from analysis.outputs import python_code
from apps.views import atlas
from apps.views.frame import Session
from apps.views.judged import JudgedCube, base_text, bases, can_be_judged, judged_layer
from apps.views.judging import Judging
from apps.views.legend import grid_legend
from apps.views.maps import MapView
from apps.views.seriesdata import grid_curves
from apps.views.state import ViewState

KEY = "long/sst"


@pytest.fixture(scope="module")
def layers(tmp_path_factory):
    """24 years of months, 4 x 8 cells: a season, a trend and noise; and a static grid."""
    rng = np.random.default_rng(3)
    months = pd.date_range("2000-01-01", periods=288, freq="MS").as_unit("ns")
    latitude, longitude = np.arange(42.5, 50, 2.0), np.arange(60.5, 76, 2.0)
    season = 10 * np.sin(2 * np.pi * np.arange(288) / 12)
    values = season[:, None, None] + rng.normal(0, 2, (288, 4, 8)) + np.arange(8)
    dims = ("time", "latitude", "longitude")
    attributes = {"units": "degC", "long_name": "sea", "source": "made for the tests"}
    data = xr.Dataset(
        {"sst": (dims, values.astype("float32"), attributes)},
        {"time": months, "latitude": latitude, "longitude": longitude},
    )
    still = data.isel(time=[0]).rename(sst="elevation")
    still["elevation"].attrs["units"] = "m"
    still.attrs["static"] = True
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QAZCUBE_CACHE", str(tmp_path_factory.mktemp("cache")))
        for name, one in (("long", data), ("still", still)):
            ingest(one, name, progress=lambda done, total: None)
        yield atlas.grid_layers()


def made(layers, **values):
    state = ViewState(**({"layer": KEY, "bounds": (58, 40, 80, 52)} | values))
    return MapView(Session("en", str), state, layers)


def test_base_periods_lie_inside_the_record_and_are_written(layers):
    cube = layers[KEY].cube
    assert bases(cube) == [None, (2000, 2011), (2012, 2023)]
    assert base_text(cube, None) == "2000–2023"
    assert not can_be_judged(layers["still/elevation"])


@pytest.mark.parametrize("base", [None, (2000, 2011)])
def test_series_and_picture_are_what_the_definition_says(layers, base):
    layer = layers[KEY]
    norms.of(layer.cube, "sst", base)
    raw = layer.cube.series(64.5, 44.5, "sst").to_pandas()
    years = slice(*map(str, base)) if base else slice(None)
    groups = raw[years].groupby(raw[years].index.month)
    by = raw.index.month
    departure = raw - groups.mean().reindex(by).to_numpy()
    expected = {"departure": departure, "zscore": departure / groups.std().reindex(by).to_numpy()}
    for statistic, values in expected.items():
        judged = judged_layer(layer, statistic, base)
        (curve,) = grid_curves(judged, [(64.5, 44.5)])
        assert np.allclose(curve.values, values, atol=0.12 if statistic == "zscore" else 1e-4)
        picture = judged.cube.view(100, (64, 44, 65, 45), 1, 1, "sst")
        assert float(picture.squeeze()) == pytest.approx(curve.values[100], abs=1e-4)


def test_colours_are_centred_on_zero_and_the_base_is_in_legend_and_names(layers):
    norms.of(layers[KEY].cube, "sst", (2000, 2011))
    view = made(layers, statistic="zscore", base=(2000, 2011))
    low, high = view.limits(view.layer)
    assert low == -high < 0
    assert view.colormap(view.layer) == "cmocean:balance"
    html = grid_legend(view.session, view)
    assert "Z-score against 2000–2011" in html
    assert view.layer.unit("en") == ""
    assert view.layer.key == KEY
    assert judged_layer(layers[KEY], "departure", (2000, 2011)).unit("en") == "°C"


def mean(view):
    window = view.plot.window()
    found = view.layer.cube.view(view.time_index, window, 40, 30, "sst", crs="EPSG:3857")
    return float(np.nanmean(found.values))


def test_values_are_shown_until_the_norm_is_there_and_then_departures(layers):
    base = (2012, 2023)
    view = made(layers, statistic="departure", base=base)
    assert norms.find(layers[KEY].cube, "sst", base) is None
    assert view.layer is view.plain_layer
    before = mean(view)
    judging = Judging(view.session, view.state, view)
    judging.job.wait()
    assert isinstance(view.layer.cube, JudgedCube)
    assert abs(mean(view)) < abs(before)
    assert "mean of the same time" in judging.note.object
    judging.statistic.value = "value"
    assert view.layer is view.plain_layer
    assert mean(view) == pytest.approx(before)


def test_a_layer_without_times_shows_its_values_and_says_so(layers):
    view = made(layers, layer="still/elevation", statistic="zscore")
    judging = Judging(view.session, view.state, view)
    assert view.layer is view.plain_layer
    assert judging.statistic.disabled
    assert "no norm" in judging.note.object


def test_the_link_holds_it_and_refuses_nonsense():
    state = ViewState(statistic="zscore", base=(1991, 2020))
    assert state.query() == {"as": "zscore", "base": "1991,2020"}
    again = ViewState()
    assert again.read_query(state.query()) == []
    assert (again.statistic, again.base) == ("zscore", (1991, 2020))
    wrong = {"as": "guess", "base": "2020,1991"}
    assert len(ViewState().read_query(wrong)) == 2
    assert len(ViewState().read_query({"base": "1991.5,2020"})) == 1


def test_statistics_are_of_departures(layers):
    norms.of(layers[KEY].cube, "sst", None)
    cube = judged_layer(layers[KEY], "departure", None).cube
    found = cube.statistics(100, (59.5, 41.5, 76.5, 49.5), "sst")
    picture = cube.view(100, (59.5, 41.5, 76.5, 49.5), 8, 4, "sst")
    assert found.cells == 32
    weights = np.cos(np.radians(picture["y"])).broadcast_like(picture)
    assert found.mean == pytest.approx(float(picture.weighted(weights).mean()), abs=1e-6)
    assert found.minimum == pytest.approx(float(picture.min()))


def test_the_mean_of_an_area_is_judged(layers):
    import shapely

    norms.of(layers[KEY].cube, "sst", None)
    cube = judged_layer(layers[KEY], "departure", None).cube
    found = cube.zonal(shapely.box(60, 42, 70, 50), "sst")
    by_month = found["mean"].groupby("time.month").mean()
    assert np.allclose(by_month, 0, atol=1e-4)
    assert np.isnan(found["std"].values).all()


def test_the_lines_of_python_make_the_same_picture(layers):
    norms.of(layers[KEY].cube, "sst", (2000, 2011))
    choice = {
        "cube": "long", "variable": "sst", "statistic": "zscore", "base": (2000, 2011),
        "bounds": (60, 42, 76, 50), "size": (8, 4), "time": "2010-06-01T00:00:00",
        "points": [(64.5, 44.5)],
    }  # fmt: skip
    code = python_code(choice)
    assert "norms.of(cube, 'sst', base=(2000, 2011))" in code
    lines = code.split("picture = ")[0].replace("import hvplot.xarray", "")
    scope: dict = {}
    exec(compile(lines, "view.py", "exec"), scope)  # noqa: S102 - what we wrote ourselves
    judged = judged_layer(layers[KEY], "zscore", (2000, 2011)).cube
    expected = judged.view("2010-06-01", (60, 42, 76, 50), 8, 4, "sst")
    assert np.array_equal(scope["view"].values, expected.values)


def test_the_lines_of_an_own_file_add_it_first(layers):
    choice = {
        "cube": "my_rain", "variable": "rain", "file": "rain '20.nc", "units": "mm",
        "bounds": (60, 42, 76, 50), "time": "2020-01-01",
    }  # fmt: skip
    code = python_code(choice)
    compile(code, "view.py", "exec")
    line = "add_entry(\"rain '20.nc\", 'my_rain', {'units': {'rain': 'mm'}}, overwrite=True)"
    assert line in code
    assert code.index(line) < code.index("open_cube('my_rain')")
    assert "import add_entry" in code
