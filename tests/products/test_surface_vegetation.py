"""Vegetation indices: HDF4 with an inverse factor, series of rasters that change their units."""

from __future__ import annotations

import shutil
from datetime import date

import numpy as np
import pytest

from analysis.sources.normalise import normalise
from analysis.sources.surface.appeears import open_appeears
from analysis.sources.surface.indexrasters import open_index_rasters
from analysis.sources.surface.vegetation import open_modis_vegetation
from tests.products.surface_files import write_mod13
from tests.products.surface_raster_files import SINUSOIDAL, write_appeears, write_raster


def test_inverse_factor_and_reliability(tmp_path):
    ndvi = np.array([[5000, 10000, -2000], [-3000, -2001, 8000], [1000, 2000, 3000]])
    rank = np.array([[0, 1, 0], [-1, 0, 2], [3, 0, 1]])
    path = write_mod13(tmp_path, size=3, ndvi=ndvi, reliability=rank)
    nan = np.nan
    expected = {
        "all": [[0.5, 1.0, -0.2], [nan, nan, 0.8], [0.1, 0.2, 0.3]],
        "good": [[0.5, 1.0, -0.2], [nan, nan, nan], [nan, 0.2, 0.3]],
        "best": [[0.5, nan, -0.2], [nan, nan, nan], [nan, 0.2, nan]],
    }
    for quality, values in expected.items():
        ds = open_modis_vegetation(path, quality)
        np.testing.assert_allclose(ds.ndvi.values[0], values, rtol=1e-5)
        np.testing.assert_array_equal(ds.ndvi_quality.values[0], rank)
    every = open_modis_vegetation(path, layers="all")
    np.testing.assert_allclose(every.swir22.values[0][rank == 0], 0.1234, rtol=1e-4)
    assert (every.composite_day.values == 9).all()
    bounds = every.time_bounds.values.astype("datetime64[D]").astype(str)
    assert bounds.tolist() == [["2016-01-01", "2016-01-17"]]


def test_composites_follow_each_other_lazily(tmp_path, refuse_compute):
    for day in (date(2016, 1, 17), date(2016, 1, 1)):
        write_mod13(tmp_path, day, size=4)
    ds = normalise(open_modis_vegetation(tmp_path))
    assert ds.sizes["time"] == 2
    assert ds.ndvi.attrs["units"] == "1"


def series(folder, kinds):
    """A year of rasters of one NDVI: whole numbers or fractions, as `kinds` says."""
    truth = np.linspace(-0.2, 1.0, 120).reshape(10, 12)
    for k, kind in enumerate(kinds):
        values = np.round(truth * 10000).astype("int16") if kind == "i" else truth.astype("float32")
        values = values.copy()
        values[0, 0] = 32767
        where = {"west": 7e5, "north": 5.1e6, "step": 463.3127, "crs": SINUSOIDAL}
        write_raster(folder / f"NDVI_2016_{1 + 16 * k:03d}.tif", values, nodata=32767, **where)
    return truth


@pytest.mark.parametrize("kinds", ["iiff", "iiii", "ffff", "fiif"])
def test_all_files_of_a_series_come_out_on_one_scale(tmp_path, kinds):
    truth = series(tmp_path, kinds)
    ds = open_index_rasters(tmp_path)
    values = ds.ndvi.values
    assert np.isnan(values[:, 0, 0]).all()
    for step in values:
        np.testing.assert_allclose(step.ravel()[1:], truth.ravel()[1:], atol=6e-5)
    packed = kinds.count("i")
    told = ds.ndvi.attrs["packing"]
    assert told.startswith(f"{packed} files" if 0 < packed < 4 else "all 4 files")


def test_a_step_out_of_range_is_refused_by_name(tmp_path):
    series(tmp_path, "ii")
    write_raster(
        tmp_path / "NDVI_2016_065.tif",
        np.linspace(100, 200, 120, dtype="float32").reshape(10, 12) / 200 + 1.5,
        west=7e5, north=5.1e6, step=463.3127, crs=SINUSOIDAL,
    )  # fmt: skip
    with pytest.raises(ValueError, match=r"NDVI_2016_065.tif holds values from 2 to 2.5"):
        open_index_rasters(tmp_path)
    ds = open_index_rasters(tmp_path / "NDVI_2016_0[01]*.tif", scale=0.0001)
    assert ds.sizes["time"] == 2


def test_rasters_of_two_lattices_are_refused(tmp_path):
    series(tmp_path, "ii")
    write_raster(tmp_path / "NDVI_2016_065.tif", np.full((10, 12), 3000, "int16"), west=7e5 + 200,
                 north=5.1e6, step=463.3127, crs=SINUSOIDAL)  # fmt: skip
    with pytest.raises(ValueError, match="between the cells"):
        open_index_rasters(tmp_path)


def test_appeears_layers_are_screened_by_their_flag_files(tmp_path):
    lst = np.array([[0, 15000], [15500, 14000]], "uint16")
    for doy, flags in (("2023145", [[0, 0], [2, 65]]), ("2023153000000", [[3, 145], [0, 17]])):
        write_appeears(tmp_path, "LST_Day_1km", doy, lst)
        write_appeears(tmp_path, "QC_Day", doy, np.array(flags, "uint8"))
    ds = open_appeears(tmp_path)
    nan = np.nan
    expected = [[[nan, 300], [nan, 280]], [[nan, nan], [310, 280]]]
    np.testing.assert_allclose(ds.lst_day.values, expected)
    assert ds.lst_day_quality.values[0].tolist() == [[0, 0], [2, 65]]
    assert normalise(ds).lst_day.attrs["units"] == "degC"
    (tmp_path / "MOD11A2.061_QC_Day_doy2023145_aid0001.tif").unlink()
    with pytest.raises(ValueError, match="no flag file of LST_Day_1km for 2023-05-25"):
        open_appeears(tmp_path)
    assert open_appeears(tmp_path, "all").sizes["time"] == 2


def test_appeears_vegetation_names_have_two_underscores(tmp_path):
    product = "MOD13Q1.061"
    write_appeears(
        tmp_path, "_250m_16_days_NDVI", "2020001", np.array([[5000, -3000]], "int16"), product
    )
    write_appeears(
        tmp_path, "_250m_16_days_pixel_reliability", "2020001", np.zeros((1, 2), "int8"), product
    )
    np.testing.assert_allclose(open_appeears(tmp_path).ndvi.values[0], [[0.5, np.nan]])


def test_real_series_with_two_files_of_fractions(real_data):
    folder = real_data / "grids" / "ndvi" / "mod13a1_modistsp_2016"
    ds = open_index_rasters(folder)
    assert ds.ndvi.attrs["packing"].startswith("21 files held whole numbers (x 10000), 2 fractions")
    means = ds.ndvi.mean(("y", "x")).values
    assert ds.sizes["time"] == 23
    assert means.min() > 0.3
    assert means.max() < 0.8
    # the two files of fractions, 337 and 353, continue the season of those before
    assert np.abs(np.diff(means[-4:])).max() < 0.1
    out = normalise(ds)
    assert 9 < out.longitude.min() < out.longitude.max() < 10


def test_real_lossy_rasters_without_a_fill_value(real_data, tmp_path):
    folder = real_data / "grids" / "ndvi" / "mod13q1_sinop_sits"
    ds = open_index_rasters(folder)
    assert ds.sizes["time"] == 12
    values = ds.ndvi.values
    assert np.isfinite(values).mean() > 0.98
    assert np.nanmin(values) >= -0.2
    assert np.nanmax(values) <= 1.0
    shutil.copy(next(folder.glob("*2013-09-14.jp2")), tmp_path / "NDVI_undated.jp2")
    with pytest.raises(ValueError, match="No date stands"):
        open_index_rasters(tmp_path)
