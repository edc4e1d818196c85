"""VIIRS land surface temperature: flags whose sense is the other way round than in MODIS."""

from __future__ import annotations

from datetime import date

import h5py
import numpy as np
import pytest

from analysis.sources.normalise import normalise
from analysis.sources.surface.viirs import open_viirs_lst
from tests.products.surface_files import write_vnp21


def test_flags_of_sixteen_bits_are_screened_as_documented(tmp_path):
    rng = np.random.default_rng(0)
    flags = rng.integers(0, 2**16, (64, 64)).astype("uint16")
    path = write_vnp21(tmp_path, size=64, flags=flags)
    kept = {q: np.isfinite(open_viirs_lst(path, q).lst_day.values[0]) for q in ("best", "good")}
    mandatory, cloud, accuracy = flags % 4, flags // 16 % 4, flags // 16384
    np.testing.assert_array_equal(kept["best"], mandatory == 0)
    fair = (mandatory == 1) & (cloud == 0) & (accuracy >= 1)  # 0 is the worst accuracy here
    np.testing.assert_array_equal(kept["good"], (mandatory == 0) | fair)
    told = open_viirs_lst(path).lst_day_quality
    np.testing.assert_array_equal(told.values[0], flags)
    assert told.attrs["role"] == "quality"
    assert np.isfinite(open_viirs_lst(path, "all").lst_day.values).all()


def test_scale_is_read_from_the_file_and_compared(tmp_path):
    lst = np.array([[0, 15000], [7499, 16000]], "uint16")
    path = write_vnp21(tmp_path, size=2, lst=lst)
    ds = open_viirs_lst(path, layers="all")
    np.testing.assert_allclose(ds.lst_day.values[0], [[np.nan, 300.0], [np.nan, 320.0]])
    np.testing.assert_allclose(ds.lst_day_view_time.values, 13.3, rtol=1e-6)
    np.testing.assert_allclose(ds.emissivity_14.values, 0.97, rtol=1e-6)
    field = "HDFEOS/GRIDS/VIIRS_Grid_Daily_1km_LST21/Data Fields/LST_1KM"
    with h5py.File(path, "a") as file:
        file[field].attrs["scale_factor"] = 1.0
    with pytest.raises(ValueError, match=r"states the scale 1; documented is 0\.02"):
        open_viirs_lst(path).lst_day.compute()
    with h5py.File(path, "a") as file:
        file[field].attrs.clear()
        file[field].attrs["Scale"] = 0.02  # as other VIIRS products write it
    np.testing.assert_allclose(open_viirs_lst(path).lst_day.values[0, 0, 1], 300.0)


def test_day_and_night_and_satellites_have_their_own_cubes(tmp_path, refuse_compute):
    night = write_vnp21(tmp_path, product="VJ121A1N", size=4)
    ds = normalise(open_viirs_lst(night))
    assert {"lst_night", "lst_night_quality"} <= set(ds.data_vars)
    assert ds.lst_night.attrs["units"] == "degC"
    assert ds.attrs["product"] == "VJ121A1N"
    day = write_vnp21(tmp_path, product="VNP21A1D", size=4)
    with pytest.raises(ValueError, match="several products"):
        open_viirs_lst([night, day])


def test_tiles_and_days_are_joined(tmp_path):
    for day in (2, 1):
        for h in (22, 23):
            write_vnp21(tmp_path, date(2020, 7, day), h, size=6)
    ds = open_viirs_lst(str(tmp_path / "*.h5"))
    assert ds.lst_day.shape == (2, 6, 12)
    assert np.isfinite(ds.lst_day.values).all()
    assert (np.diff(ds.time.values) > np.timedelta64(0)).all()


def test_what_is_no_such_file_is_refused(tmp_path):
    (tmp_path / "a.h5").write_bytes(b"not hdf5 at all")
    with pytest.raises(ValueError, match="cannot be read"):
        open_viirs_lst(tmp_path / "a.h5")
    with h5py.File(tmp_path / "b.h5", "w") as file:
        file["x"] = 1
    with pytest.raises(ValueError, match="no HDFEOS INFORMATION"):
        open_viirs_lst(tmp_path / "b.h5")
    path = write_vnp21(tmp_path, size=4)
    with h5py.File(path, "a") as file:
        del file["HDFEOS/GRIDS/VIIRS_Grid_Daily_1km_LST21/Data Fields/QC"]
    with pytest.raises(ValueError, match="no layer 'QC'"):
        open_viirs_lst(path).lst_day.compute()
