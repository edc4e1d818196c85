"""Sound files of every kind open in the other process as plain xarray opens them."""

from __future__ import annotations

from pathlib import Path

import h5py
import netCDF4
import numpy as np
import pytest
import xarray as xr

from analysis.sources import open_source
from analysis.sources.guarded import open_guarded
from analysis.sources.guardedfiles import ENGINES
from analysis.sources.guardedprocess import Unreadable

RAIN = np.arange(6.0, dtype="f4").reshape(2, 3)
PAIR = np.dtype([("a", "i4"), ("b", "f4")])
CODES = h5py.enum_dtype({"land": 0, "sea": 1}, basetype="i4")
ARRAYS = {
    "plain": np.zeros((3, 4)) + 2,
    "bool": np.array([True, False]),
    "text": np.array(["а", "бв"], h5py.string_dtype()),
    "bytes": np.array([b"aa", b"b"]),
    "complex": np.full((2, 2), 1 + 2j),
    "compound": np.array([(1, 2.5), (3, 4.5)], PAIR),
    "enum": np.array([[0, 1], [1, 0]]).astype(CODES),
    "uint64": np.array([1, 2**63], "u8"),
    "none": np.zeros((0, 3), "f4"),
    "scalar": np.array(4326),
}


def write_hdf5(path: Path, scales: bool = True) -> None:
    """Latitude, longitude and rain; with the scales that NetCDF wants, or bare."""
    with h5py.File(path, "w") as file:
        file["lat"], file["lon"] = np.array([1.0, 2.0]), np.array([3.0, 4.0, 5.0])
        file["rain"] = RAIN
        file["rain"].attrs["units"] = "mm"
        for axis, name in enumerate(("lat", "lon") if scales else ()):
            file[name].make_scale(name)
            file["rain"].dims[axis].attach_scale(file[name])


def check_same(path: Path, engine: str, **options) -> None:
    with xr.open_dataset(path, engine=engine, **options) as plain:
        found = xr.open_dataset(path, engine=ENGINES[engine], **options)
        assert {n: v.dtype for n, v in found.items()} == {n: v.dtype for n, v in plain.items()}
        xr.testing.assert_identical(found.load(), plain.load())


@pytest.mark.filterwarnings("ignore:The 'phony_dims' kwarg")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", ARRAYS)
def test_an_array_without_scales_opens_as_in_plain_xarray(tmp_path, kind, engine):
    write_hdf5(tmp_path / "a.nc")
    with h5py.File(tmp_path / "a.nc", "r+") as file:
        file["more"] = ARRAYS[kind]
    check_same(tmp_path / "a.nc", engine)


@pytest.mark.filterwarnings("ignore:The 'phony_dims' kwarg")
@pytest.mark.parametrize("engine", ENGINES)
def test_bare_hdf5_opens_as_in_plain_xarray_each_group_for_itself(tmp_path, engine):
    write_hdf5(tmp_path / "a.h5", scales=False)
    with h5py.File(tmp_path / "a.h5", "r+") as file:
        file["deep/wind"], file["far/wind"] = np.ones((4, 5)), np.ones((6, 7))
    for group in (None, "far", "deep", "far", None):
        check_same(tmp_path / "a.h5", engine, group=group)
    if engine == "h5netcdf":
        check_same(tmp_path / "a.h5", engine, phony_dims="sort")


def test_lists_of_varying_length_are_read(tmp_path):
    write_hdf5(tmp_path / "a.nc")
    with h5py.File(tmp_path / "a.nc", "r+") as file:
        made = file.create_dataset("lists", (2,), dtype=h5py.vlen_dtype("i4"))
        made[0], made[1] = [1, 2], [3, 4]
    check_lists(xr.open_dataset(tmp_path / "a.nc", engine="netcdf4"))
    for engine in ENGINES.values():
        check_lists(xr.open_dataset(tmp_path / "a.nc", engine=engine))


def check_lists(found: xr.Dataset) -> None:
    assert [one.tolist() for one in found["lists"].values] == [[1, 2], [3, 4]]
    found.close()


@pytest.mark.parametrize("engine", ENGINES)
def test_references_among_the_attributes_are_left_out(tmp_path, engine):
    write_hdf5(tmp_path / "a.nc")
    with h5py.File(tmp_path / "a.nc", "r+") as file:
        for owner in (file, file["rain"]):
            owner.attrs["place"], owner.attrs["part"] = file["rain"].ref, file["rain"].regionref[0]
            owner.attrs["name"] = "снег"
    found = open_guarded(tmp_path / "a.nc", engine=engine)
    assert found["rain"].attrs == {"units": "mm", "name": "снег"}
    assert found.attrs == {"name": "снег"}
    np.testing.assert_array_equal(found["rain"], RAIN)


@pytest.mark.parametrize(
    "format_", ["NETCDF3_CLASSIC", "NETCDF3_64BIT_OFFSET", "NETCDF3_64BIT_DATA", "NETCDF4_CLASSIC"]
)
def test_every_format_of_netcdf_opens_in_the_place_of_an_entry(tmp_path, format_):
    with netCDF4.Dataset(tmp_path / "a.nc", "w", format=format_) as file:
        axes = {"time": [0, 31], "lat": [1, 2], "lon": [3, 4, 5]}
        for name, values in axes.items():
            file.createDimension(name, len(values))
            file.createVariable(name, "f8", (name,))[:] = values
        file["time"].units = "days since 1982-01-01"
        file.createVariable("rain", "f4", tuple(axes))[:] = np.stack([RAIN, RAIN + 1])
        file["rain"].units = "mm"
    for engine in ENGINES:
        found = open_guarded(tmp_path / "a.nc", engine=engine)
        with xr.open_dataset(tmp_path / "a.nc", engine="netcdf4") as plain:
            xr.testing.assert_identical(found.load(), plain.load())
    for path in ("a.nc", "a*.nc"):
        opened = open_source("wind", path=str(tmp_path / path))
        np.testing.assert_array_equal(opened["rain"].values, np.stack([RAIN, RAIN + 1]))


def test_a_folder_is_called_a_folder(tmp_path):
    for engine in ENGINES:
        with pytest.raises(Unreadable, match=r"it is a folder; name a file in it.*\*\.$"):
            open_guarded(tmp_path, engine=engine)
    with pytest.raises(ValueError, match=r"cannot be opened: .* it is a folder; name a file in it"):
        open_source("wind", path=str(tmp_path))
