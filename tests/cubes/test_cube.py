"""What a cube answers is what was put in, for any grid and any point."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.cubes import (
    CubeNotFoundError,
    OutsideGridError,
    ingest,
    lazy,
    list_cubes,
    open_cube,
)

own_cache = settings(
    deadline=None,
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
grids = st.fixed_dictionaries(
    {
        "times": st.integers(1, 5),
        "rows": st.integers(2, 30),
        "columns": st.integers(2, 40),
        "south": st.floats(-90, 0),
        "height": st.floats(1, 80),
        "west": st.floats(-180, 170),
        "width": st.floats(1, 360),
        "seed": st.integers(0, 1000),
    }
)


def build(make_grid, spec) -> xr.Dataset:
    """Regular grid of any place and size, longitudes brought to [-180, 180) ascending."""
    step = spec["height"] / spec["rows"]
    latitudes = spec["south"] + step * (np.arange(spec["rows"]) + 0.5)
    step = spec["width"] / spec["columns"]
    longitudes = spec["west"] + step * (np.arange(spec["columns"]) + 0.5)
    longitudes = np.sort((longitudes + 180) % 360 - 180)
    return make_grid(spec["times"], latitudes, longitudes, seed=spec["seed"])


@own_cache
@given(grids, st.data())
def test_series_of_any_point_is_that_of_its_cell(cache, make_grid, spec, data):
    ds = build(make_grid, spec)
    cube = ingest(ds, "any", overwrite=True)
    row = data.draw(st.integers(0, spec["rows"] - 1))
    column = data.draw(st.integers(0, spec["columns"] - 1))
    turn = 360 * data.draw(st.integers(-2, 2))
    off = data.draw(st.floats(-0.4, 0.4))
    lon = float(ds.longitude[column]) + off * spec["width"] / spec["columns"] + turn
    lat = float(ds.latitude[row]) + off * spec["height"] / spec["rows"]
    series = cube.series(lon, lat)
    expected = ds["height"][:, row, column]
    np.testing.assert_array_equal(series.to_numpy(), expected.to_numpy())
    np.testing.assert_array_equal(series["time"], ds["time"])
    assert series.attrs["longitude"] == pytest.approx(float(ds.longitude[column]))
    assert series.attrs["units"] == "m"


@own_cache
@given(grids)
def test_dataset_gives_back_all_values_in_both_layouts(cache, make_grid, spec):
    ds = build(make_grid, spec)
    cube = ingest(ds, "any", overwrite=True)
    for layout in ("map", "series"):
        stored = cube.dataset(layout)
        xr.testing.assert_equal(stored.compute(), ds)
        assert stored["height"].attrs["units"] == "m"


def test_dataset_is_lazy(cache, make_grid, refuse_compute):
    ingest(make_grid(), "lazy").dataset().mean()


def test_dataset_knows_its_layouts(cache, make_grid):
    with pytest.raises(ValueError, match="Did you mean 'series'"):
        ingest(make_grid(), "lazy").dataset("serie")


def test_many_series_are_those_of_each_point(cache, make_grid):
    cube = ingest(make_grid(), "many")
    points = [(10, 20), (370, 20), (-170, -60), (179.9, 85)]
    many = cube.series_many(points)
    assert many.dims == ("point", "time")
    for position, point in enumerate(points):
        np.testing.assert_array_equal(many[position].to_numpy(), cube.series(*point).to_numpy())
    assert cube.series_many([]).shape == (0, cube.times.size)


def test_distance_to_the_cell_is_given(cache, make_grid):
    cube = ingest(make_grid(), "near")
    assert cube.series(0, 2.5).attrs["distance_km"] == 0
    assert cube.series(1, 2.5).attrs["distance_km"] == pytest.approx(111.1, abs=0.2)


def test_variables_are_kept_apart_and_the_first_is_meant_by_default(cache, make_grid):
    ds = make_grid(variables=("height", "depth"))
    cube = ingest(ds, "two")
    assert cube.variables == ["height", "depth"]
    for name in cube.variables:
        np.testing.assert_array_equal(cube.series(0, 2.5, name), ds[name][:, 18, 36])
    np.testing.assert_array_equal(cube.series(0, 2.5), cube.series(0, 2.5, "height"))
    with pytest.raises(ValueError, match="Did you mean 'depth'"):
        cube.series(0, 0, "dept")


def test_attributes_describe_the_values(cache, make_grid):
    ds = make_grid()
    attrs = ingest(ds, "described").attrs("height")
    values = ds["height"].to_numpy()
    assert attrs["minimum"] == np.nanmin(values)
    assert attrs["maximum"] == np.nanmax(values)
    assert attrs["valid_share"] == pytest.approx(np.isfinite(values).mean())
    assert attrs["percentiles"] == pytest.approx(np.nanpercentile(values, [2, 98]))
    assert sum(attrs["histogram"]["counts"]) == np.isfinite(values).sum()


def test_a_variable_without_any_value_is_no_error(cache, make_grid):
    cube = ingest(make_grid(gaps=1.1), "empty")
    assert "percentiles" not in cube.attrs()
    assert cube.attrs()["valid_share"] == 0
    assert np.isnan(cube.series(0, 0)).all()


def test_simulated_is_told(cache, make_grid):
    ds = make_grid(variables=("height", "depth"))
    assert not ingest(ds, "real").simulated
    ds["depth"].attrs["simulated"] = True
    cube = ingest(ds, "mixed")
    assert cube.simulated
    assert cube.series(0, 0, "depth").attrs["simulated"] is True
    assert "simulated" not in cube.attrs("height")


def test_outside_a_region_the_message_names_what_is_covered(cache, make_grid):
    ds = make_grid(latitudes=np.arange(30.5, 60), longitudes=np.arange(40.5, 100))
    cube = ingest(ds, "region")
    assert cube.bounds == (40, 30, 100, 60)
    with pytest.raises(OutsideGridError, match="longitudes 40 to 100 and latitudes 30 to 60"):
        cube.series(-61, -3)
    with pytest.raises(OutsideGridError, match="10, 50"):
        cube.series_many([(50, 50), (10, 50)])
    for lat in (90.5, float("nan")):
        with pytest.raises(OutsideGridError):
            cube.series(50, lat)


def test_an_unknown_cube_is_answered_with_the_closest_name(cache, make_grid):
    with pytest.raises(CubeNotFoundError, match="No cube has been ingested yet"):
        open_cube("gravity")
    ingest(make_grid(), "gravity")
    with pytest.raises(CubeNotFoundError, match="Did you mean 'gravity'"):
        open_cube("gravty")
    assert list_cubes() == ["gravity"]
    assert open_cube("gravity") is open_cube(cache / "cubes" / "gravity")


def test_a_damaged_description_is_told(cache, make_grid):
    ingest(make_grid(), "hurt")
    meta = cache / "cubes" / "hurt" / "meta.json"
    meta.write_text(meta.read_text()[:100])
    with pytest.raises(ValueError, match="damaged"):
        open_cube(cache / "cubes" / "hurt").series(0, 0)


def test_an_open_cube_follows_its_replacement(cache, make_grid):
    first, second = make_grid(seed=1), make_grid(times=9, seed=2)
    cube = ingest(first, "swap")
    cube.view(0, (-180, -90, 180, 90), 72, 36)
    np.testing.assert_array_equal(cube.series(0, 2.5), first["height"][:, 18, 36])
    ingest(second, "swap", overwrite=True)
    np.testing.assert_array_equal(cube.series(0, 2.5), second["height"][:, 18, 36])
    picture = cube.view(0, (-182.5, -90, 177.5, 90), 72, 36)
    np.testing.assert_array_equal(picture.to_numpy(), second["height"][0].to_numpy())
    assert cube.times.size == 9


def test_readers_never_see_a_mixture_while_a_cube_is_replaced(cache, make_grid):
    versions = [make_grid(gaps=0, seed=seed) for seed in range(2)]
    for number, ds in enumerate(versions):
        ds["height"][:] = number + 1.0
    cube = ingest(versions[0], "live")
    stop, wrong = threading.Event(), []

    def watch() -> None:
        while not stop.is_set():
            seen = np.unique(cube.view(0, (-180, -90, 180, 90), 72, 36).to_numpy())
            many = np.unique(cube.series_many([(0, 0), (170, 80)]).to_numpy())
            if seen.size != 1 or many.size != 1 or np.isnan(seen).any() or np.isnan(many).any():
                wrong.append((seen, many))

    with ThreadPoolExecutor(3) as pool:
        watchers = [pool.submit(watch) for _ in range(3)]
        for number in range(6):
            ingest(versions[(number + 1) % 2], "live", overwrite=True)
        stop.set()
        for watcher in watchers:
            watcher.result()
    assert not wrong


def test_lazy_values_of_a_replaced_cube_are_refused_even_while_they_are_read(
    cache, make_grid, monkeypatch
):
    old = ingest(make_grid(seed=1), "lazy").dataset()
    opened = lazy.open_array

    def replace_then_open(folder):
        array = opened(folder)
        ingest(make_grid(seed=2), "lazy", overwrite=True)
        return array

    monkeypatch.setattr(lazy, "open_array", replace_then_open)
    with pytest.raises(ValueError, match="replaced or deleted"):
        old["height"].compute(scheduler="sync")


def test_a_deleted_cube_is_told(cache, make_grid):
    cube = ingest(make_grid(), "gone")
    (cache / "cubes" / "gone" / "meta.json").unlink()
    with pytest.raises(CubeNotFoundError, match="deleted"):
        cube.series(0, 0)


def test_a_time_is_found_in_its_step_and_gaps_are_told(cache, make_grid):
    ds = make_grid(times=6).isel(time=[0, 1, 2, 5])
    cube = ingest(ds, "gap")
    assert cube.time_index("2001-01-31") == 0
    assert cube.time_index("2001-02-01") == 1
    assert cube.time_index(pd.Timestamp("2001-02-01", tz="Asia/Almaty")) == 0
    assert cube.time_index(ds.time.to_numpy()[3]) == 3
    assert cube.time_index(-1) == 3
    for moment in ("2001-04-15", "1990-01-01", "2031-01-01", "2001-07-01"):
        with pytest.raises(ValueError, match="nearest are"):
            cube.time_index(moment)
    for nonsense in ("yesterday", None, "NaT", 4, -5):
        with pytest.raises(ValueError, match=r"not a time|no time step"):
            cube.time_index(nonsense)


@pytest.mark.parametrize("time", ["1416-07-03", "2585-08-01", "99999-01-01"])
def test_a_time_far_away_is_no_step(cache, make_grid, time):
    cube = ingest(make_grid(), "far")
    with pytest.raises(ValueError, match=r"outside the years|is not a time"):
        cube.time_index(time)


def test_without_bounds_half_a_step_is_near_enough(cache, make_grid):
    ds = make_grid(times=6).drop_vars("time_bounds")
    cube = ingest(ds, "unbounded")
    assert cube.time_bounds is None
    assert cube.time_index(ds.time.to_numpy()[2] + np.timedelta64(10, "D")) == 2
    with pytest.raises(ValueError, match="nearest are"):
        cube.time_index("2002-01-01")


def test_a_static_cube_answers_at_any_time(cache, make_grid):
    ds = make_grid(times=1)
    ds.attrs["static"] = True
    cube = ingest(ds, "relief")
    assert cube.static
    assert not (cube.path / cube._snapshot().data / "series").exists()
    for time in (None, "1066-10-14", 12):
        picture = cube.view(time, (-182.5, -90, 177.5, 90), 72, 36)
        np.testing.assert_array_equal(picture.to_numpy(), ds["height"][0].to_numpy())
    assert cube.series(0, 0).sizes == {"time": 1}


def test_many_threads_share_one_cube(cache, make_grid):
    ds = make_grid(times=20)
    cube = ingest(ds, "shared")

    def ask(seed: int) -> bool:
        rng = np.random.default_rng(seed)
        row, column = rng.integers(36), rng.integers(72)
        series = cube.series(float(ds.longitude[column]), float(ds.latitude[row]))
        return np.array_equal(series, ds["height"][:, row, column], equal_nan=True)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(200)))
