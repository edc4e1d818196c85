"""The damaged copies differ as they should, and the check of survival catches every bad end."""

from __future__ import annotations

import ctypes
import gzip
import shutil
import time
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from analysis.sources.readers import file_date
from tests.products.mutations import (
    check_survives,
    hdf5_absurd,
    hdf5_lost,
    hdf5_renamed,
    hdf5_reshaped,
    kinds,
    mutations,
)


def write_grid(path, fmt="NETCDF4"):
    values = np.linspace(0, 20, 24).reshape(2, 3, 4)
    xr.Dataset(
        {"lwe_thickness": (("time", "lat", "lon"), values, {"units": "cm"})},
        {"time": pd.date_range("2001-01-01", periods=2), "lat": [1.0, 2, 3], "lon": [1.0, 2, 3, 4]},
    ).to_netcdf(path, format=fmt, engine="netcdf4")
    return path


def write_text(path):
    path.write_text("".join(f"ALMT {2000 + k} {0.1 * k:.3f} 7.5\n" for k in range(50)))
    return path


@pytest.mark.parametrize(
    "name", ["grid.nc", "classic.nc", "table.txt", "table.txt.gz", "bytes.hdf"]
)
def test_copies_are_damaged_and_the_same_for_a_seed(tmp_path, name):
    whole = tmp_path / name
    if name == "bytes.hdf":
        whole.write_bytes(bytes(range(256)) * 20)
    elif name.endswith(".nc"):
        write_grid(whole, "NETCDF4" if name == "grid.nc" else "NETCDF3_CLASSIC")
    else:
        write_text(tmp_path / "table.txt")
        if name.endswith("gz"):
            whole.write_bytes(gzip.compress((tmp_path / "table.txt").read_bytes(), mtime=0))
    before = whole.read_bytes()
    count = 3 * len(kinds(whole))
    first = [one.read_bytes() for one in mutations(whole, count, 1, folder=tmp_path / "a")]
    again = [one.read_bytes() for one in mutations(whole, count, 1, folder=tmp_path / "b")]
    other = [one.read_bytes() for one in mutations(whole, count, 2, folder=tmp_path / "c")]
    assert whole.read_bytes() == before
    assert len(first) == count
    assert sum(one != before for one in first) > 0.9 * count
    assert len(set(first)) > 0.7 * count
    assert sum(a == b for a, b in zip(first, other, strict=True)) < 0.2 * count
    if name != "grid.nc":  # HDF5 writes the time of a change into the file
        assert first == again


def test_copies_keep_the_name_and_have_their_companions(tmp_path):
    whole = write_text(tmp_path / "tide_20200131.txt")
    (tmp_path / "tide.hdr").write_text("whole")
    (copy,) = mutations(whole, 1, 0, companions=[tmp_path / "tide.hdr"])
    assert str(file_date(str(copy)))[:10] == "2020-01-31"
    assert (copy.parent / "tide.hdr").read_text() == "whole"


def test_variables_of_hdf5_are_renamed_lost_and_reshaped(tmp_path):
    whole = write_grid(tmp_path / "grid.nc")
    with h5py.File(whole) as file:
        before = {name: file[name].shape for name in file}
    found = {"renamed": 0, "lost": 0, "reshaped": 0}
    for way in (hdf5_renamed, hdf5_lost, hdf5_reshaped):
        for k in range(8):
            copy = Path(shutil.copy(whole, tmp_path / "copy.nc"))
            way(copy, np.random.default_rng(k))
            with h5py.File(copy) as file:
                after = {name: file[name].shape for name in file}
            lost = set(before) - set(after)
            found["renamed"] += len(lost) == 1 and len(after) == len(before)
            found["lost"] += len(after) < len(before)
            found["reshaped"] += set(after) == set(before) and after != before
    assert all(found.values()), found


def test_absurd_attributes_reach_variables_and_the_file(tmp_path):
    whole = write_grid(tmp_path / "grid.nc")
    reached = set()
    for k in range(30):
        copy = Path(shutil.copy(whole, tmp_path / "copy.nc"))
        hdf5_absurd(copy, np.random.default_rng(k))
        with h5py.File(copy) as file, h5py.File(whole) as other:
            for name in ("/", *other):
                new = set(file[name].attrs) - set(other[name].attrs)
                reached |= {(name == "/", one) for one in new}
    assert {on_file for on_file, _ in reached} == {True, False}
    assert len({one for _, one in reached}) > 5


def fail():
    raise TypeError("no number")


ENDS = {
    "crash": lambda: ctypes.string_at(0),
    "hang": lambda: time.sleep(60),
    "memory": lambda: np.ones(10**9),
    "type": fail,
    "foreign": lambda: np.zeros(3).reshape(2, 2),
    "infinite": lambda: xr.Dataset({"a": ("x", [1.0, np.inf])}),
    "range": lambda: xr.Dataset({"lwe_thickness": ("x", [1e6], {"units": "cm"})}).chunk(),
    "place": lambda: pd.DataFrame({"latitude": [143.0], "longitude": [70.0]}),
    "times": lambda: pd.DataFrame({"time": np.array(["1677-10-01"], "datetime64[ns]")}),
    "nothing": lambda: None,
    "ours": lambda: file_date("a file without a date in its name.nc"),
    "good": lambda: xr.Dataset({"lwe_thickness": ("x", [1.0, np.nan], {"units": "cm"})}).chunk(),
}


def ends(path):
    """Open a file in the way that its name says."""
    return ENDS[path.stem]()


@pytest.mark.parametrize(
    ("word", "match"),
    [
        ("crash", "crash: exit code -11"),
        ("hang", "hang: more than 3 s"),
        ("memory", "MemoryError"),
        ("type", "TypeError: no number"),
        ("foreign", "not by analysis in words"),
        ("infinite", "a is infinite"),
        ("range", "lwe_thickness from 1000000.0"),
        ("place", "latitude from 143.0"),
        ("times", "time from 1677"),
        ("nothing", "gives NoneType"),
    ],
)
def test_every_bad_end_is_caught_and_the_next_file_is_opened(tmp_path, word, match):
    bad, good = tmp_path / f"{word}.nc", tmp_path / "good.nc"
    bad.touch()
    good.touch()
    with pytest.raises(AssertionError, match=match) as caught:
        check_survives(ends, [bad, good], seconds=3 if word == "hang" else 30, megabytes=1500)
    assert str(caught.value).startswith("1 of 2:")
    assert bad.exists()
    assert not good.exists()


def test_clear_errors_and_plausible_values_survive(tmp_path):
    for name in ("ours.nc", "good.nc", "type.nc"):
        (tmp_path / name).touch()
    files = [tmp_path / "ours.nc", tmp_path / "good.nc", tmp_path / "type.nc"]
    assert check_survives(ends, files, also=(TypeError,)) == {"refused": 2, "opened": 1}
    with pytest.raises(AssertionError, match="no file"):
        check_survives(ends, [])


def test_bounds_of_ones_own(tmp_path):
    (tmp_path / "good.nc").touch()
    with pytest.raises(AssertionError, match=r"allowed -1.0 to 0.5"):
        check_survives(ends, [tmp_path / "good.nc"], bounds={"lwe_thickness": (-1.0, 0.5)})
