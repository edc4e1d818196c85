"""What is understood of each format, what is asked, and what harmful or damaged files come to."""

import h5py
import numpy as np
import pandas as pd
import pytest

from analysis.sources import open_source
from analysis.uploads import Refused
from analysis.uploads.csvfile import as_points, layout, read_csv, read_times, split_head
from analysis.uploads.understanding import take, understand
from tests.uploads.filekit import csv, geotiff, leaking_netcdf, netcdf, shapefile


@pytest.fixture
def space(tmp_path, monkeypatch):
    monkeypatch.setenv("QAZCUBE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("QAZCUBE_CATALOG", str(tmp_path / "own.yml"))
    return tmp_path


def names(found, what):
    return [one["name"] for one in found["questions"] if one["what"] == what]


def refused(call, *args):
    with pytest.raises(Refused) as caught:
        call(*args)
    return caught.value


# CSV ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
def test_a_table_in_any_encoding_is_understood_alike(space, encoding):
    found = understand(csv(space / "w.csv", encoding=encoding), "csv", "w.csv", {})
    assert (found["kind"], found["count"], found["dropped"]) == ("points", 40, 0)
    assert found["box"] == pytest.approx([70.5, 45.05, 74.5, 45.45])
    assert found["times"] == ["2020-01-15", "2020-08-15", 8]
    level, salt = found["variables"]
    assert (level["name"], level["unit"], level["low"], level["high"]) == (
        "уровень", "м", 0.25, 39.25,
    )  # fmt: skip
    assert salt["unit"] == ""
    assert names(found, "unit") == ["соль"]
    assert names(found, "column") == ["longitude", "latitude", "time"]


def test_what_was_answered_is_taken_over(space):
    answers = {"units": {"соль": "g/l"}}
    path = csv(space / "w.csv")
    found = take(path, "csv", "my_wells", "Wells", answers, lambda done, total: None)
    assert found["data"] == "points.parquet"
    table = open_source("my_wells").compute()
    assert len(table) == 40
    assert list(table.columns[:3]) == ["time", "longitude", "latitude"]
    from analysis.sources import entry

    assert entry("my_wells").units == {"уровень": "м", "соль": "g/l"}
    assert entry("my_wells").title["kk"] == "Wells"


def test_without_known_heads_the_columns_are_asked_for(space):
    path = space / "a.csv"
    path.write_text("a,b,c\n70,45,1\n71,46,2\n")
    found = understand(path, "csv", "a.csv", {})
    assert found["box"] is None
    needed = [one for one in found["questions"] if one["needed"] and not one["given"]]
    assert [one["name"] for one in needed] == ["longitude", "latitude"]
    answers = {"columns": {"longitude": "a", "latitude": "b", "time": ""}}
    found = understand(path, "csv", "a.csv", answers)
    assert found["box"] == [70.0, 45.0, 71.0, 46.0]
    assert refused(take, path, "csv", "x", "x", {}, None).reason == "answer"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("lon,lat\n", "nothing"),
        ("lon\n1\n2\n", "nothing"),
        ("lon,lat,v\n999,999,1\n", "place"),
        ("lon,lat,time\n70,45,soon\n71,46,later\n", "answer"),
        ('lon,lat\n1,2\n"never closed,3\n4,5\n', "broken"),
        (",".join(f"c{k}" for k in range(300)) + "\n" + ",".join(["1"] * 300), "columns"),
    ],
)
def test_tables_that_make_no_sense_are_refused_in_words(space, text, reason):
    path = space / "a.csv"
    path.write_text(text)
    assert refused(understand, path, "csv", "a.csv", {}).reason == reason


def test_too_many_rows_are_refused(space, monkeypatch):
    monkeypatch.setattr("analysis.uploads.csvfile.MOST_ROWS", 10)
    assert refused(understand, csv(space / "w.csv"), "csv", "w.csv", {}).reason == "rows"


def test_rows_without_a_place_are_counted_and_left_out():
    table = pd.DataFrame({"x": [70, None, 371], "y": [45, 46, 91], "v": [1, 2, 3]})
    made, dropped = as_points(table, {"longitude": "x", "latitude": "y"})
    assert (len(made), dropped) == (1, 2)
    east = as_points(table.assign(y=10), {"longitude": "x", "latitude": "y"})[0]
    assert east["longitude"].tolist() == [70.0]  # 371 is no longitude


def test_times_are_read_as_people_write_them():
    def read(values):
        found = read_times(pd.DataFrame({"t": values}), "t")
        return [str(one)[:16] for one in found]

    assert read(["2020-05-31", "2020-06-01"]) == ["2020-05-31T00:00", "2020-06-01T00:00"]
    assert read(["31.05.2020", "01.06.2020"]) == ["2020-05-31T00:00", "2020-06-01T00:00"]
    assert read(["2020-01-01T06:00:00+06:00"] * 2) == ["2020-01-01T00:00"] * 2
    assert read([2019, 2020]) == ["2019-01-01T00:00", "2020-01-01T00:00"]
    assert refused(read, [1.5, 99999.0]).reason == "answer"


def test_heads_and_layouts():
    assert split_head("\ufeffTEC [TECU]") == ("TEC", "TECU")
    assert layout(["a\tb", "1,5\t2"]) == ("\t", ",")
    assert layout([]) == (",", ".")


def test_heads_that_are_there_twice_become_different(space):
    path = space / "a.csv"
    path.write_text("lon (deg),lat (deg),v (m),v (km)\n70,45,1,2\n71,46,3,4\n")
    assert len(set(read_csv(path, "a.csv").columns)) == 4


# grids -------------------------------------------------------------------------------------------


def test_a_grid_tells_units_times_extent(space):
    found = understand(netcdf(space / "r.nc"), "netcdf", "r.nc", {})
    assert found["questions"] == []
    assert found["variables"] == [{"name": "rain", "unit": "mm", "low": 60.0, "high": 71.0}]
    assert found["times"] == ["2020-01-01", "2021-12-01", 24]
    assert found["box"] == [60.0, 42.0, 71.0, 49.0]
    assert found["count"] == 24 * 8 * 12


def test_a_unit_that_is_missing_is_asked_for_and_then_a_cube_is_made(space):
    path = netcdf(space / "r.nc", units=None)
    assert names(understand(path, "netcdf", "r.nc", {}), "unit") == ["rain"]
    steps = []
    take(path, "netcdf", "my_rain", "Rain", {"units": {"rain": "mm"}}, lambda *a: steps.append(a))
    from analysis.cubes import open_cube

    cube = open_cube("my_rain")
    assert float(cube.series(65.2, 45.1, "rain")[0]) == 65.0
    assert cube.attrs("rain")["units"] == "mm"
    assert steps[-1][0] == steps[-1][1]


def test_a_raster_without_a_system_is_asked_for_it(space):
    found = understand(geotiff(space / "h.tif", crs=None), "geotiff", "h.tif", {})
    (crs,) = (one for one in found["questions"] if one["what"] == "crs")
    assert crs["given"] == "EPSG:4326"
    metres = geotiff(space / "m.tif", crs=None, step=1000.0)
    found = understand(metres, "geotiff", "m.tif", {"units": {"m": "m"}})
    (crs,) = (one for one in found["questions"] if one["what"] == "crs")
    assert crs["given"] == ""
    answers = {"units": {"m": "m"}, "crs": "32642"}
    found = understand(metres, "geotiff", "m.tif", answers)
    assert 68 < found["box"][0] < found["box"][2] < 70
    wrong = refused(understand, metres, "geotiff", "m.tif", answers | {"crs": "moon"})
    assert wrong.reason == "answer"


@pytest.mark.parametrize("way", ["link", "raw", "virtual"])
def test_a_file_that_points_to_another_file_is_refused(space, way):
    secret = space / "secret.bin"
    secret.write_bytes(bytes(range(16)))
    path = leaking_netcdf(space / "r.nc", way, secret)
    assert refused(understand, path, "netcdf", "r.nc", {}).reason == "outside"


def test_a_grid_that_would_fill_the_memory_is_refused_by_its_shape(space):
    path = netcdf(space / "r.nc")
    with h5py.File(path, "a") as file:
        file.create_dataset("bomb", (10**6, 10**6), "f4", chunks=(1000, 1000))
    assert path.stat().st_size < 100_000
    assert refused(understand, path, "netcdf", "r.nc", {}).reason in ("cells", "broken")


@pytest.mark.parametrize("form", ["netcdf", "geotiff"])
def test_truncated_files_are_refused(space, form):
    make, suffix = {"netcdf": (netcdf, "nc"), "geotiff": (geotiff, "tif")}[form]
    path = make(space / f"a.{suffix}")
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * 0.6)])
    answers = {"units": {"a": "m"}}
    assert refused(understand, path, form, "a", answers).reason in ("broken", "nothing")


def test_a_table_in_netcdf_is_no_grid(space):
    path = space / "a.nc"
    with h5py.File(path, "w") as file:
        file["v"] = np.arange(5)
    assert refused(understand, path, "netcdf", "a.nc", {}).reason == "nothing"


# shapes ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "cp1251"])
def test_fields_keep_their_names(space, encoding):
    path = shapefile(space / "f.zip", encoding=encoding)
    found = take(path, "shapefile", "my_fields", "Fields", {}, lambda done, total: None)
    assert (found["kind"], found["count"]) == ("polygons", 2)
    assert found["box"] == pytest.approx([70, 50, 70.4, 50.1])
    assert open_source("my_fields")["name"].tolist() == [
        "Бірінші" if encoding == "utf-8" else "Первое",
        "Второе",
    ]


def test_shapes_without_a_system_are_asked_for_it(space):
    found = understand(shapefile(space / "f.zip", crs=None), "shapefile", "f.zip", {})
    (crs,) = found["questions"]
    assert (crs["what"], crs["given"]) == ("crs", "EPSG:4326")
