"""MODIS land surface temperature: flags bit for bit, each cell at its place, days in order."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyproj
import pytest
import xarray as xr

from analysis.sources.normalise import normalise
from analysis.sources.surface import bits
from analysis.sources.surface.eosmetadata import read_period
from analysis.sources.surface.modis import open_modis_lst
from tests.products.surface_files import TILE, write_mod11, write_mod11c

LST = {"lst_day": "LST_Day_1km", "lst_night": "LST_Night_1km"}


def all_flags() -> np.ndarray:
    """All 256 flags, once each."""
    return np.arange(256, dtype="uint8").reshape(16, 16)


def test_each_of_the_256_flags_is_kept_or_screened_as_documented(tmp_path):
    path = write_mod11(tmp_path, size=16, layers={"QC_Day": all_flags()})
    kept = {q: np.isfinite(open_modis_lst(path, q).lst_day.values[0]) for q in bits.LEVELS}
    for flag in range(256):
        place = divmod(flag, 16)
        mandatory, error = flag % 4, flag // 64
        assert kept["all"][place]
        assert kept["best"][place] == (mandatory == 0)
        assert kept["good"][place] == (mandatory == 0 or (mandatory == 1 and error in (0, 1)))
    ds = open_modis_lst(path)
    np.testing.assert_array_equal(ds.lst_day_quality.values[0], all_flags())
    quality = normalise(ds).lst_day_quality.values
    whole = quality[np.isfinite(quality)]
    assert set(whole) <= set(range(256))
    assert np.unique(whole).size > 200


def test_a_good_flag_that_the_file_calls_fill_keeps_its_value(tmp_path):
    """MOD11B2 states _FillValue 0 for flags of which 0 says good."""
    path = write_mod11(tmp_path, product="MOD11B2", size=8, days=8, fill_flag=True)
    ds = normalise(open_modis_lst(path))
    inside = np.isfinite(ds.lst_day.values)
    assert inside.any()
    assert (ds.lst_day_quality.values[inside] == 0).all()


def test_scale_is_applied_once_and_fill_is_missing(tmp_path):
    raw = np.full((4, 4), 15000, "uint16")
    raw[0] = 0
    raw[1] = 7499  # below the valid range
    raw[2] = 65535  # valid by the provider, and 1037 degC
    ds = open_modis_lst(write_mod11(tmp_path, size=4, layers={"LST_Day_1km": raw}), layers="all")
    values = ds.lst_day.values[0]
    assert np.isnan(values[:3]).all()
    np.testing.assert_allclose(values[3], 300.0, rtol=1e-6)
    np.testing.assert_allclose(ds.lst_day_view_time.values, 11.0, rtol=1e-6)
    np.testing.assert_allclose(ds.lst_day_view_angle.values, 30.0)
    np.testing.assert_allclose(ds.emissivity_31.values, 0.98, rtol=1e-6)
    assert ds.lst_day_view_time.attrs["time_system"] == "local solar time"


def test_tiles_and_days_lie_where_pyproj_puts_them(tmp_path):
    """Random places of four tiles and two days, against the number that each cell was given."""
    rng = np.random.default_rng(3)
    size, known = 30, {}
    for day in (date(2019, 7, 2), date(2019, 7, 1)):
        for h, v in ((22, 3), (23, 4)):  # two corners of a square: the other two have no file
            raw = rng.integers(13000, 16000, (size, size)).astype("uint16")
            known[(day, h, v)] = raw
            write_mod11(tmp_path, day, h, v, size=size, layers={"LST_Day_1km": raw})
    ds = normalise(open_modis_lst(tmp_path))
    assert ds.time.values.astype("datetime64[D]").astype(str).tolist() == [
        "2019-07-01",
        "2019-07-02",
    ]
    values = ds.lst_day.values
    project = pyproj.Transformer.from_crs(
        "EPSG:4326", "+proj=sinu +R=6371007.181 +units=m", always_xy=True
    )
    rows, columns = (
        rng.integers(0, ds.latitude.size, 4000),
        rng.integers(0, ds.longitude.size, 4000),
    )
    x, y = project.transform(ds.longitude.values[columns], ds.latitude.values[rows])
    across, down = np.divmod(x, TILE), np.divmod(-y, TILE)
    hits = 0
    for k in range(4000):
        h, v = int(across[0][k]) + 18, int(down[0][k]) + 9
        cell = int(down[1][k] / TILE * size), int(across[1][k] / TILE * size)
        for step, day in enumerate((date(2019, 7, 1), date(2019, 7, 2))):
            told = values[step, rows[k], columns[k]]
            if (day, h, v) in known:
                hits += 1
                expected = known[day, h, v][cell] * 0.02 - 273.15
                np.testing.assert_allclose(told, expected, atol=1e-3)
            else:
                assert np.isnan(told)
    assert hits > 1000


def test_nothing_is_read_before_it_is_asked_for(tmp_path, refuse_compute, monkeypatch):
    for day in range(1, 4):
        write_mod11(tmp_path, date(2019, 7, day), size=4)
    from analysis.sources.surface import hdf4

    def refuse(*_: object) -> None:
        raise AssertionError("values were read")

    monkeypatch.setattr(hdf4, "read", refuse)
    ds = normalise(open_modis_lst(tmp_path))
    assert ds.sizes["time"] == 3
    assert ds.lst_day.chunks is not None


def test_averages_bring_the_number_of_days_behind_them(tmp_path):
    clear = np.array([[0, 1, 2, 255]] * 4, "uint8")
    path = write_mod11(
        tmp_path, product="MOD11A2", days=8, size=4, layers={"Clear_sky_days": clear}
    )
    ds = open_modis_lst(path)
    assert ds.lst_day_count.values[0, 0].tolist() == [0, 1, 1, 8]
    assert ds.lst_day_count.attrs["role"] == "count"
    np.testing.assert_array_equal(
        ds.time_bounds.values[0].astype("datetime64[D]").astype(str), ["2019-07-01", "2019-07-09"]
    )


def test_climate_grid_is_geographic_and_counts_days_of_a_month(tmp_path):
    ds = open_modis_lst(write_mod11c(tmp_path), layers="all")
    assert ds.latitude.values[[0, -1]].tolist() == [87.5, -87.5]
    assert ds.longitude.values[[0, -1]].tolist() == [-177.5, 177.5]
    assert (ds.lst_day_count.values == 3).all()  # bits 31, 2 and 0
    assert ds.lst_day_view_time.attrs["time_system"] == "UTC"
    np.testing.assert_allclose(ds.lst_day_view_time.values, 6.0, rtol=1e-6)
    assert normalise(ds).lst_day.attrs["units"] == "degC"


def test_the_later_version_of_a_tile_replaces_the_earlier(tmp_path):
    for made, number in (("2019184000000", 14000), ("2021001000000", 15000)):
        raw = np.full((4, 4), number, "uint16")
        write_mod11(tmp_path, size=4, made=made, layers={"LST_Day_1km": raw})
    ds = open_modis_lst(tmp_path)
    assert ds.sizes["time"] == 1
    np.testing.assert_allclose(ds.lst_day.values, 300.0)
    assert ds.attrs["replaced_files"] == 1


def test_what_does_not_belong_together_is_refused(tmp_path):
    terra = write_mod11(tmp_path, size=4)
    aqua = write_mod11(tmp_path, product="MYD11A1", size=4)
    with pytest.raises(ValueError, match="several products, MOD11A1, MYD11A1"):
        open_modis_lst([terra, aqua])
    coarse = write_mod11(tmp_path, date(2019, 7, 9), size=8)
    with pytest.raises(ValueError, match="another grid"):
        open_modis_lst([terra, coarse]).lst_day.compute()
    with pytest.raises(ValueError, match="no layer 'lst_dya'"):
        open_modis_lst(terra, layers=["lst_dya"])
    with pytest.raises(ValueError, match="no quality 'fine'"):
        open_modis_lst(terra, "fine")
    with pytest.raises(ValueError, match="No file"):
        open_modis_lst(tmp_path / "*.he5")
    (tmp_path / "x.hdf").write_bytes(terra.read_bytes()[:5000])
    with pytest.raises(ValueError, match="truncated or damaged"):
        open_modis_lst(tmp_path / "x.hdf")
    (tmp_path / "y.hdf").write_bytes(b"<html>login</html>")
    with pytest.raises(ValueError, match="no HDF4 file"):
        open_modis_lst(tmp_path / "y.hdf")


def test_real_daily_tile(real_data):
    folder = real_data / "grids" / "modis"
    path = next(folder.glob("MOD11A1.A2019305.*.hdf"))
    raw = open_modis_lst(path, "all").lst_day.values
    assert np.isfinite(raw).mean() == pytest.approx(0.23, abs=0.005)
    assert np.nanmin(raw) == pytest.approx(291.4, abs=0.01)
    assert np.nanmax(raw) == pytest.approx(325.72, abs=0.01)
    ds = open_modis_lst(path)
    good = ds.lst_day.values
    # 251784 flags 0, 3453 flags 17, 73798 flags 65 and 3580 flags 81 of 1200 x 1200
    assert np.isfinite(good).sum() == 251784 + 3453 + 73798 + 3580
    out = normalise(ds)
    rng = np.random.default_rng(0)
    project = pyproj.Transformer.from_crs(
        "EPSG:4326", "+proj=sinu +R=6371007.181 +units=m", always_xy=True
    )
    rows = rng.integers(0, out.latitude.size, 5000)
    columns = rng.integers(0, out.longitude.size, 5000)
    x, y = project.transform(out.longitude.values[columns], out.latitude.values[rows])
    cell = 1111950.519767 / 1200
    i, j = np.floor(-y / cell).astype(int), np.floor((x + 4447802.079066) / cell).astype(int)
    inside = (i >= 0) & (i < 1200) & (j >= 0) & (j < 1200)
    told = out.lst_day.values[0, rows, columns]
    np.testing.assert_allclose(told[inside], good[0, i[inside], j[inside]] - 273.15, atol=1e-3)
    assert np.isnan(told[~inside]).all()
    assert out.latitude.values[0] == pytest.approx(-9.99583, abs=1e-4)
    assert xr.ufuncs.isfinite(out.lst_day).mean().compute() == pytest.approx(0.23, abs=0.02)


def test_real_eight_day_tile_of_six_kilometres(real_data):
    path = next((real_data / "grids" / "modis").glob("MOD11B2.*.hdf"))
    best = open_modis_lst(path, "best")
    values, flags = best.lst_day.values, best.lst_day_quality.values
    assert np.isfinite(values).sum() == 782  # 564 flags 0 and 218 flags 8
    assert (flags[np.isfinite(values)] % 4 == 0).all()
    assert best.lst_day_count.values.max() == 6


@pytest.mark.parametrize(
    ("day", "hour"),
    [("2017-01-08", "9:59"), ("", "23:59:59"), ("2017-01", "23:59:59"), ("2019-01-08", "00:00:00")],
)
def test_damaged_stamps_are_no_period(day, hour):
    """Pandas takes a time alone for a time of today; no product is of two years."""
    part = 'OBJECT=RANGE{}{} NUM_VAL=1 VALUE="{}" END_OBJECT '
    rows = [("BEGINNING", "DATE", "2017-01-01"), ("BEGINNING", "TIME", "00:00:00.000000")]
    whole = [*rows, ("ENDING", "DATE", "2017-01-08"), ("ENDING", "TIME", "23:59:59.000000")]
    assert read_period("".join(part.format(*row) for row in whole)) is not None
    damaged = [*rows, ("ENDING", "DATE", day), ("ENDING", "TIME", hour)]
    assert read_period("".join(part.format(*row) for row in damaged)) is None
