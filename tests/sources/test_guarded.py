"""The processes that read files with libraries in C: they may die or hang, and only that file is
refused; whole files come as the libraries give them."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import h5py
import netCDF4
import numpy as np
import pytest
import xarray as xr

from analysis.sources import guardedprocess, open_source
from analysis.sources.guarded import open_guarded
from analysis.sources.guardedfiles import ENGINES, engine_for, open_hdf5, path_outside
from analysis.sources.guardedprocess import Unreadable, ask, place


@pytest.fixture
def path(tmp_path) -> Path:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        made = file.create_dataset("grid/rain", data=np.arange(12.0).reshape(3, 4), chunks=(1, 4))
        made.attrs["units"] = "mm"
        made.attrs["levels"] = np.array([1, 2], "i2")
        file["names"] = np.array(["Алматы", "Астана"], dtype=h5py.string_dtype())
        file["nowhere"] = h5py.SoftLink("/gone")
        file["again"] = h5py.SoftLink("/grid/rain")
    return tmp_path / "a.h5"


@pytest.fixture
def alone(monkeypatch):
    """A pool of the test itself, ended with it."""
    pool = guardedprocess.Pool()
    monkeypatch.setattr(guardedprocess, "_pools", [pool])
    yield pool
    pool.stop()


def process(pool):
    return pool.idle[-1].process


def test_one_process_serves_all_reads_and_a_dead_one_is_replaced(path, alone):
    assert open_hdf5(path)["grid/rain"][1, 2] == 6.0
    first = process(alone)
    assert open_hdf5(path)["grid/rain"].attrs["units"] == "mm"
    assert process(alone) is first
    first.kill()
    first.wait()
    assert open_hdf5(path)["grid/rain"][...].sum() == 66.0
    assert process(alone) is not first


@pytest.mark.parametrize("body", ["import os; os.abort()", "import time; time.sleep(60)"])
def test_a_crash_or_a_hang_of_the_library_refuses_the_file(
    path, tmp_path, alone, monkeypatch, body
):
    script = tmp_path / "worker.py"
    script.write_text(f"import sys; sys.stdin.buffer.read(8); {body}")
    with monkeypatch.context() as patch:
        patch.setattr(guardedprocess, "_SCRIPT", script)
        patch.setattr(guardedprocess, "PATIENCE", 0.3)
        patch.setattr(guardedprocess, "_START", 0.0)
        with pytest.raises(Unreadable, match="HDF5 library crashes or hangs on it") as caught:
            open_hdf5(path)
    assert str(path) in str(caught.value)
    assert "Copy or download it again" in str(caught.value)
    assert not alone.idle
    assert open_hdf5(path)["grid/rain"].shape == (3, 4)


def test_a_process_that_dies_of_an_earlier_file_costs_the_next_nothing(
    path, tmp_path, alone, monkeypatch
):
    answer = pickle.dumps((True, None))
    reply = (1).to_bytes(8, "big") + len(answer).to_bytes(8, "big") + answer
    script = tmp_path / "worker.py"
    script.write_text(
        "import sys, os\n"
        "size = int.from_bytes(sys.stdin.buffer.read(8), 'big')\n"
        "sys.stdin.buffer.read(size)\n"
        f"sys.stdout.buffer.write({reply!r}); sys.stdout.buffer.flush()\n"
        "sys.stdin.buffer.read(8); os.abort()\n"
    )
    with monkeypatch.context() as patch:
        patch.setattr(guardedprocess, "_SCRIPT", script)
        assert ask("hdf5", "hdf5_check", place(path)) is None
    assert open_hdf5(path)["grid/rain"].shape == (3, 4)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no alarm")
def test_a_hang_ends_where_nobody_is_left_to_end_it():
    """A worker whose library hangs in C, and whose parent was killed: the pipe stays silent."""
    code = (
        "import ctypes, sys\n"
        "from importlib.util import module_from_spec, spec_from_file_location\n"
        f"spec = spec_from_file_location('guardedworker', {str(guardedprocess._SCRIPT)!r})\n"
        "guardedworker = module_from_spec(spec)\n"
        "spec.loader.exec_module(guardedworker)\n"
        "guardedworker._GRACE = 0.1\n"
        "hang = lambda path, stamp: ctypes.PyDLL(None).pause()  # holds Python's lock\n"
        "guardedworker.TASKS['hdf5_check'] = hang\n"
        "sys.stdout.write('ready\\n'); sys.stdout.flush()\n"
        "guardedworker.serve()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout.readline() == b"ready\n"
        request = pickle.dumps((0.2, "hdf5_check", ("a.h5", (0, 0, 0))))
        process.stdin.write(len(request).to_bytes(8, "big") + request)
        process.stdin.flush()
        assert process.wait(timeout=30) == -signal.SIGALRM
    finally:
        process.kill()
        process.communicate()


def test_an_answer_that_is_more_than_values_is_not_taken(path, tmp_path, alone, monkeypatch):
    """A file made to harm could let the process say anything; it must not run here."""
    made = tmp_path / "made"

    class Harm:
        def __reduce__(self):
            return os.mkdir, (str(made),)

    harm = pickle.dumps((True, Harm()))
    reply = (1).to_bytes(8, "big") + len(harm).to_bytes(8, "big") + harm
    script = tmp_path / "worker.py"
    script.write_text(
        f"import sys\nsys.stdout.buffer.write({reply!r}); sys.stdout.buffer.flush()\n"
        "sys.stdin.buffer.read()\n"
    )
    monkeypatch.setattr(guardedprocess, "_SCRIPT", script)
    with pytest.raises(Unreadable, match="crashes or hangs"):
        open_hdf5(path)
    assert not made.exists()


def test_an_absurd_size_is_refused_and_takes_no_memory_here(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("rain", shape=(10**7, 10**6), chunks=(1000, 1000), fillvalue=-1)
    rain = open_hdf5(tmp_path / "a.h5")["rain"]
    assert rain.size == 10**13
    with pytest.raises(Unreadable, match="Unable to allocate"):
        rain[...]
    assert rain[5, 5] == -1


def test_a_file_that_was_written_anew_is_not_mixed_with_the_old(path):
    rain = open_hdf5(path)["grid/rain"]
    assert rain[0, 1] == 1.0
    path.unlink()
    with h5py.File(path, "w") as file:
        file["grid/rain"] = np.full((5, 5), 7.0)
    with pytest.raises(Unreadable, match="has changed on disc since it was opened"):
        rain[0, 1]
    assert open_hdf5(path)["grid/rain"].shape == (5, 5)


def test_groups_and_arrays_of_hdf5(path):
    file = open_hdf5(path)
    assert sorted(file) == ["again", "grid", "names"]
    assert len(file["grid"]) == 1
    assert "grid/rain" in file
    assert "grid/snow" not in file
    assert file.get("grid/snow") is None
    rain = file["grid"]["rain"]
    assert (rain.shape, rain.ndim, rain.size, rain.chunks) == ((3, 4), 2, 12, (1, 4))
    assert rain.stored == 96
    assert rain.attrs["levels"].tolist() == [1, 2]
    np.testing.assert_array_equal(np.asarray(rain), np.arange(12.0).reshape(3, 4))
    np.testing.assert_array_equal(file["again"][1:, ::2], [[4, 6], [8, 10]])
    assert file["names"][...].tolist() == ["Алматы".encode(), "Астана".encode()]
    with pytest.raises(KeyError):
        file["grid/snow"]
    with pytest.raises(ValueError, match="There is no file"):
        open_hdf5(path.with_name("b.h5"))


def test_threads_read_beside_each_other(path, alone):
    rain = open_hdf5(path)["grid/rain"]
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda k: float(rain[k % 3, k % 4]), range(24)))
    assert found == [float(4 * (k % 3) + k % 4) for k in range(24)]
    assert 1 <= len(alone.idle) <= 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_child_has_processes_of_its_own(path, alone):
    rain = open_hdf5(path)["grid/rain"]
    before = process(alone)
    child = os.fork()
    if child == 0:
        os._exit(0 if rain[2, 3] == 11.0 and guardedprocess._pools[0] is not alone else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert rain[2, 3] == 11.0
    assert process(alone) is before


def write_all_kinds(path: Path) -> None:
    """Texts, characters, codes with names, packed numbers, times, an unlimited axis, a group."""
    with netCDF4.Dataset(path, "w") as file:
        file.title = "Every kind"
        file.createDimension("time", None)
        file.createDimension("x", 4)
        file.createDimension("letters", 3)
        time = file.createVariable("time", "f8", ("time",))
        time.units = "days since 2020-01-01"
        time[:] = [0, 1, 2.5]
        rain = file.createVariable("rain", "i2", ("time", "x"), zlib=True, fill_value=-1)
        rain.scale_factor, rain.add_offset, rain.coordinates = 0.1, 5.0, "place"
        rain.set_auto_maskandscale(False)
        rain[:] = np.arange(12).reshape(3, 4) - 1
        file.createVariable("place", str, ("x",))[:] = np.array(["а", "b", "ш", ""], object)
        file.createVariable("code", "S1", ("x", "letters"))[:] = np.full((4, 3), b"q")
        cover = file.createEnumType(np.uint8, "covers", {"land": 0, "sea": 1})
        file.createVariable("cover", cover, ("x",))[:] = np.array([0, 1, 1, 0], "u1")
        file.createVariable("number", "f4", ())[...] = 3.5
        inner = file.createGroup("deep")
        inner.createVariable("wind", "f4", ("x",))[:] = [1, 2, 3, 4]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("options", [{}, {"decode_cf": False}, {"chunks": {}}, {"group": "deep"}])
def test_whole_files_open_as_the_engines_of_xarray_open_them(tmp_path, engine, options):
    write_all_kinds(tmp_path / "a.nc")
    with xr.open_dataset(tmp_path / "a.nc", engine=engine, **options) as plain:
        found = xr.open_dataset(tmp_path / "a.nc", engine=ENGINES[engine], **options)
        assert found.encoding == plain.encoding
        for name in plain.variables:
            assert found[name].encoding == plain[name].encoding
            assert found[name].chunks == plain[name].chunks
        assert {n: v.dtype for n, v in found.items()} == {n: v.dtype for n, v in plain.items()}
        part = {"x": [3, 0]} if "group" in options else {"x": [3, 0], "time": slice(2, 0, -1)}
        xr.testing.assert_identical(found.isel(part).load(), plain.isel(part).load())
        xr.testing.assert_identical(found.load(), plain.load())


def test_lazy_values_travel_to_other_processes(tmp_path):
    write_all_kinds(tmp_path / "a.nc")
    lazy = open_guarded(tmp_path / "a.nc", engine="netcdf4", chunks={"time": 1})
    assert lazy["rain"].chunks[0] == (1, 1, 1)
    again = pickle.loads(pickle.dumps(lazy))  # noqa: S301 - our own
    np.testing.assert_allclose(again["rain"].values[0], [np.nan, 5, 5.1, 5.2])


def test_a_damaged_file_is_told_once_and_in_words(tmp_path):
    (tmp_path / "a.nc").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(500))
    for engine in ENGINES:
        with pytest.raises(Unreadable, match=r"a\.nc cannot be read") as caught:
            open_guarded(tmp_path / "a.nc", engine=engine)
        assert str(caught.value).count("cannot be read") == 1
        assert "it is damaged" in str(caught.value)
    write_all_kinds(tmp_path / "b.nc")
    with pytest.raises(Unreadable, match="it has no group 'none'"):
        open_guarded(tmp_path / "b.nc", engine="netcdf4", group="deep/none")


def test_only_files_that_come_with_the_program_are_read_in_this_process(tmp_path, monkeypatch):
    assert engine_for("analysis/starter/relief.nc", "h5netcdf") == "h5netcdf"
    assert engine_for(tmp_path / "relief.nc", "h5netcdf") is ENGINES["h5netcdf"]
    monkeypatch.setenv("QAZCUBE_CATALOG", str(tmp_path / "catalog.yml"))
    times = np.array(["2020-01-01", "2020-01-02"], "datetime64[ns]")
    axes = {"time": times, "lat": [1.0, 2.0], "lon": [3.0, 4.0, 5.0]}
    values = np.arange(12.0).reshape(2, 2, 3)
    rain = {"rain": (("time", "lat", "lon"), values, {"units": "mm"})}
    for k in range(2):
        xr.Dataset(rain, axes).isel(time=[k]).to_netcdf(tmp_path / f"a{k}.nc")
    (tmp_path / "catalog.yml").write_text("entries: {one: {url: a0.nc}, all: {url: 'a*.nc'}}")

    def refuse(*args, **kwargs):
        raise AssertionError("the library is used in this process")

    monkeypatch.setattr(xr.backends.NetCDF4DataStore, "open", refuse)
    monkeypatch.setattr(netCDF4, "Dataset", refuse)
    monkeypatch.setattr(h5py, "File", refuse)
    assert open_source("one")["rain"].values.tolist() == values[:1].tolist()
    assert open_source("all")["rain"].values.tolist() == values.tolist()


def test_paths_outside_are_found_and_not_followed(path, tmp_path):
    assert path_outside(path, 100) == ""
    with pytest.raises(Unreadable, match="more than 2 groups and arrays"):
        path_outside(path, 2)
    with h5py.File(path, "r+") as file:
        file["far"] = h5py.ExternalLink("/etc/passwd", "/")
    assert path_outside(path, 100) == "/etc/passwd"
    assert "far" not in open_hdf5(path)


@pytest.mark.parametrize("engine", ["plain", *ENGINES])
def test_a_grid_that_has_no_bytes_in_the_file_is_not_made_up(tmp_path, engine):
    """Where an address is lost, the libraries give zeros without a word."""
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("moved", shape=(3, 4), dtype="f4")
        file["whole"] = np.ones((3, 4))
        file["deep/whole"] = np.ones((3, 4))
        file.create_dataset("stated", shape=(3, 4), dtype="f4", fillvalue=-9.0)

    def opened(group=None):
        if engine == "plain":
            root = open_hdf5(tmp_path / "a.h5")
            return root[group] if group else root
        options = {"phony_dims": "sort", "group": group}
        return xr.open_dataset(tmp_path / "a.h5", engine=ENGINES[engine], **options)

    with pytest.raises(Unreadable, match="moved has 0 bytes in it, 48 are wanted"):
        np.asarray(opened()["moved"])
    assert (np.asarray(opened()["stated"]) == -9).all()
    for group in (None, "deep", "/deep/"):
        assert np.asarray(opened(group)["whole"]).sum() == 12


@pytest.mark.parametrize("packing", [{}, {"compression": "gzip"}])
def test_a_part_that_lies_elsewhere_is_not_made_up(tmp_path, packing):
    """Where the index of parts is damaged, the libraries give zeros for what they do not find."""
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        made = file.create_dataset("moved", data=np.ones((4, 6)), chunks=(2, 3), **packing)
        places = [made.id.get_chunk_info(k).byte_offset for k in range(4)]
    whole = path.read_bytes()
    assert open_hdf5(path)["moved"][...].sum() == 24
    index = whole.index(b"TREE", whole.index(b"TREE") + 1)  # the second is that of the parts
    at = whole.index(places[0].to_bytes(8, "little"), index) - 24  # its row, before its address
    assert int.from_bytes(whole[at : at + 8], "little") == 0
    path.write_bytes(whole[: at + 6] + b"\x09" + whole[at + 7 :])
    with h5py.File(path) as file:
        assert (file["moved"][...] == 0).any()
    with pytest.raises(Unreadable, match="a part of moved lies where none belongs"):
        open_hdf5(path)["moved"][...]


def test_a_part_that_its_index_does_not_find_is_not_made_up(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        made = file.create_dataset("moved", data=np.ones((4, 6)), chunks=(4, 6))
        place_of = made.id.get_chunk_info(0).byte_offset
    whole = path.read_bytes()
    index = whole.index(b"TREE", whole.index(b"TREE") + 1)
    at = whole.index(place_of.to_bytes(8, "little"), index) + 8 + 8  # the end of the last part
    assert int.from_bytes(whole[at : at + 8], "little") in (4, 6, 0)
    path.write_bytes(whole[:at] + bytes(24) + whole[at + 24 :])
    with h5py.File(path) as file:
        assert (file["moved"][...] == 0).all()
    with pytest.raises(Unreadable, match="it is damaged"):
        open_hdf5(path)["moved"][...]
