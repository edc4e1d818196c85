"""Every format of a user's own, from a catalogue written by hand with as little as possible."""

from __future__ import annotations

import dataclasses
import re

import dask
import dask.dataframe as dd
import geopandas as gpd
import h5py
import netCDF4
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
import xarray as xr
from rasterio.transform import from_origin

from analysis.sources import entry, list_sources, open_source
from analysis.sources import formats as formats_module
from analysis.sources.formats import find_format, formats
from analysis.sources.handwriting import SAFE_DATATYPES, SAFE_READERS


def cube() -> xr.Dataset:
    times = pd.date_range("2020-01-01", periods=3, freq="MS")
    values = np.arange(24, dtype="float64").reshape(3, 2, 4)
    return xr.Dataset(
        {"salinity": (("time", "lat", "lon"), values, {"units": "g/kg", "long_name": "Salinity"})},
        coords={"time": times, "lat": [10.0, -10.0], "lon": [0.0, 90.0, 180.0, 270.0]},
    )


def table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "time": pd.to_datetime(["2020-01-01T00:00", "2020-01-02T12:00"]),
            "longitude": [76.9, 71.4],
            "latitude": [43.2, 51.1],
            "level": [1.5, 2.5],
        }
    )


def points() -> gpd.GeoDataFrame:
    places = gpd.points_from_xy([76.9, 71.4], [43.2, 51.1], crs=4326)
    return gpd.GeoDataFrame({"name": ["Алматы", "Астана"]}, geometry=places)


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Write a catalogue by hand and use it."""

    def write(text: str) -> None:
        (tmp_path / "mine.yml").write_text(text, encoding="utf-8")
        monkeypatch.setenv("QAZCUBE_CATALOG", str(tmp_path / "mine.yml"))

    return write


@pytest.mark.parametrize("fmt", ["NETCDF4", "NETCDF3_CLASSIC", "NETCDF3_64BIT"])
def test_netcdf(tmp_path, own, fmt, refuse_compute):
    cube().to_netcdf(tmp_path / "a.nc", format=fmt)
    own("entries: {a: {url: a.nc}}")
    out = open_source("a")
    assert out.salinity.chunks is not None
    assert out.longitude.values.tolist() == [-180, -90, 0, 90]
    assert out.salinity.attrs["units"] == "g/kg"


def test_large_contiguous_netcdf_comes_in_pieces(tmp_path, own, refuse_compute):
    """One chunk of the whole file would be read whole for a single map."""
    with netCDF4.Dataset(tmp_path / "a.nc", "w") as file:
        for name, size, units in (
            ("time", 200, "days since 2000-01-01"),
            ("lat", 500, "degrees_north"),
            ("lon", 1000, "degrees_east"),
        ):
            file.createDimension(name, size)
            axis = file.createVariable(name, "f8", (name,))
            axis.units = units
            axis[:] = np.arange(size) * 0.1
        values = file.createVariable("sst", "f4", ("time", "lat", "lon"), contiguous=True)
        values.units = "K"
    own("entries: {a: {url: a.nc}}")
    data = open_source("a").sst.data
    assert data.nbytes == 400_000_000
    assert np.prod(data.chunksize) * 4 <= 134_217_728


def test_zarr(tmp_path, own, refuse_compute):
    with dask_synchronous():
        cube().to_zarr(tmp_path / "a.zarr", zarr_format=2)
    own("entries: {a: {url: a.zarr}}")
    out = open_source("a")
    assert out.salinity.chunks is not None
    assert out.sizes["time"] == 3


def test_hdf5_without_names_of_dimensions(tmp_path, own):
    data = cube()
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["lat"], file["lon"] = data.lat.values, data.lon.values
        file["salinity"] = data.salinity.values[0]
    own("entries: {a: {url: a.h5, units: {salinity: g/kg}}}")
    out = open_source("a")
    np.testing.assert_allclose(
        out.salinity.sel(longitude=-90, latitude=-10).values.ravel(),
        data.salinity.isel(time=0).sel(lon=270, lat=-10),
    )


def write_tiff(path, values, crs="EPSG:4326", left=60.0, top=50.0, size=0.5, **extra):
    values = np.atleast_3d(values) if values.ndim == 2 else values
    count, height, width = values.shape
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=height,
        width=width,
        count=count,
        dtype=values.dtype,
        crs=crs,
        transform=from_origin(left, top, size, size),
        **extra,
    ) as file:
        file.write(values)


def test_geotiff_in_degrees(tmp_path, own, refuse_compute):
    values = np.arange(12, dtype="int16").reshape(1, 3, 4)
    values[0, 0, 0] = -99
    write_tiff(tmp_path / "index.tif", values, nodata=-99)
    own("entries: {a: {url: index.tif, units: {index: '1'}}}")
    out = open_source("a")
    assert out.longitude.values.tolist() == [60.25, 60.75, 61.25, 61.75]
    assert out.latitude.values.tolist() == [48.75, 49.25, 49.75]
    with dask_synchronous():
        read = out["index"].isel(time=0).values
    np.testing.assert_array_equal(np.nan_to_num(read[::-1], nan=-99), values[0])


def dask_synchronous():
    return dask.config.set(scheduler="synchronous")


def test_geotiff_in_utm_with_several_bands(tmp_path, own):
    values = np.stack([np.full((40, 50), 0.1), np.full((40, 50), 0.5)]).astype("float32")
    write_tiff(tmp_path / "s2.tif", values, crs="EPSG:32642", left=500000, top=5500000, size=20)
    own("entries: {a: {url: s2.tif, kwargs: {bands: [red, nir]}}}")
    out = open_source("a")
    assert {"red", "nir"} <= set(out.data_vars)
    assert 68.9 < float(out.longitude.mean()) < 69.1
    assert float(out.nir.max()) == pytest.approx(0.5)
    assert out.attrs["native_crs"] == "EPSG:32642"


def test_geotiffs_with_a_date_each_are_steps_in_time(tmp_path, own):
    for k, day in enumerate(("20160101", "20160117", "20160202")):
        write_tiff(tmp_path / f"ndvi_{day}.tif", np.full((1, 3, 4), k / 10, dtype="float32"))
    own("entries: {a: {url: 'ndvi_*.tif', kwargs: {bands: [ndvi]}}}")
    out = open_source("a")
    assert out.time.values.astype("datetime64[D]").astype(str).tolist() == [
        "2016-01-01",
        "2016-01-17",
        "2016-02-02",
    ]
    np.testing.assert_allclose(out.ndvi.isel(longitude=0, latitude=0), [0, 0.1, 0.2], atol=1e-6)


def test_csv(tmp_path, own):
    table().to_csv(tmp_path / "a.csv", index=False)
    own("entries: {a: {url: a.csv}}")
    out = open_source("a")
    assert isinstance(out, dd.DataFrame)
    read = out.compute()
    assert read["time"].dtype.kind == "M"
    pd.testing.assert_series_equal(read["level"], table()["level"])


def test_csv_of_excel_with_commas(tmp_path, own):
    text = "time;level\n2020-01-01;1,5\n2020-01-02;2,5\n"
    (tmp_path / "a.csv").write_text(text, encoding="utf-8-sig")
    own("entries: {a: {url: a.csv, kwargs: {sep: ';', decimal: ',', encoding: utf-8-sig}}}")
    assert open_source("a").compute()["level"].tolist() == [1.5, 2.5]


def test_parquet(tmp_path, own):
    table().to_parquet(tmp_path / "a.parquet")
    own("entries: {a: {url: a.parquet}}")
    pd.testing.assert_frame_equal(open_source("a").compute(), table())


@pytest.mark.parametrize(
    ("suffix", "form"),
    [("geojson", None), ("gpkg", None), ("shp", None), ("parquet", "geoparquet")],
)
def test_vectors(tmp_path, own, suffix, form):
    frame = points().to_crs(32642) if suffix == "gpkg" else points()
    path = tmp_path / f"a.{suffix}"
    if suffix == "parquet":
        frame.to_parquet(path)
    else:
        frame.to_file(path, encoding="utf-8")
    own(f"entries: {{a: {{url: a.{suffix}{f', format: {form}' if form else ''}, kind: points}}}}")
    out = open_source("a")
    assert out.crs.to_epsg() == 4326
    assert out["name"].tolist() == ["Алматы", "Астана"]
    assert shapely.distance(out.geometry.to_numpy(), points().geometry.to_numpy()).max() < 1e-6
    assert entry("a").kind == "points"


def test_full_form_with_keys_left_out(tmp_path, own):
    cube().to_netcdf(tmp_path / "a.nc")
    own(
        """
        data:
          file: {datatype: "intake.readers.datatypes:HDF5", kwargs: {url: "{CATALOG_DIR}/a.nc"}}
        entries:
          a:
            reader: "intake.readers.readers:XArrayDatasetReader"
            kwargs: {args: ["{data(file)}"], engine: h5netcdf, chunks: {}}
        """
    )
    assert open_source("a").sizes["time"] == 3
    assert entry("a").kind == "grid"


def test_every_format_has_a_reader_that_may_be_imported():
    for one in formats().values():
        assert SAFE_READERS.match(one.reader)
        assert SAFE_DATATYPES.match(one.datatype)


def test_every_pattern_finds_its_format_before_the_suffix_does():
    for name, one in formats().items():
        assert bool(one.patterns) == bool(one.examples), f"{name}: a pattern and its examples"
        for example in one.examples:
            assert find_format(f"/some/where/{example}").name == name, example
            assert find_format(example, "csv").name == "csv"


def test_name_of_a_product_goes_before_its_suffix(monkeypatch):
    table = dict(formats())
    product = dataclasses.replace(
        table["csv"], name="tide", suffixes=(), patterns=(re.compile(r"TIDE_\d+\.nc(\.gz)?", re.I),)
    )
    monkeypatch.setattr(formats_module, "formats", lambda: {**table, "tide": product})
    assert find_format("https://x.org/a/tide_2020.NC").name == "tide"
    assert find_format("TIDE_2020.nc.gz").name == "tide"
    assert find_format("old_TIDE_2020.nc").name == "netcdf"
    with pytest.raises(ValueError, match=r"The format of 'old_TIDE_2020\.nc\.gz' is unknown"):
        find_format("old_TIDE_2020.nc.gz")


def test_unknown_format_lists_the_known():
    with pytest.raises(ValueError, match=r"The format of 'a\.xlsx' is unknown.*\.nc"):
        find_format("a.xlsx")
    with pytest.raises(ValueError, match="Did you mean 'netcdf'"):
        find_format("a", "netcfd")


class TestDamaged:
    """A file that cannot be read says why, and names itself."""

    def check(self, own, text, match):
        own(text)
        with pytest.raises(ValueError, match=match) as caught:
            open_source("a")
        assert "'a' cannot be opened" in str(caught.value)

    def test_missing(self, own):
        self.check(own, "entries: {a: {url: a.nc}}", r"There is no file .*a\.nc")

    def test_no_netcdf(self, tmp_path, own):
        (tmp_path / "a.nc").write_text("<html>Please log in</html>")
        self.check(
            own, "entries: {a: {url: a.nc}}", "is no NetCDF file: it starts with b'<html>Pl'"
        )

    def test_empty(self, tmp_path, own):
        (tmp_path / "a.nc").touch()
        self.check(own, "entries: {a: {url: a.nc}}", "is no NetCDF file: it is empty")

    def test_times_beyond_all_clocks(self, tmp_path, own):
        data = cube().drop_encoding()
        damaged = data.assign_coords(time=[-1, 2**56 - 1, 700])
        told = {"units": "days since 2020-01-01", "calendar": "proleptic_gregorian"}
        damaged["time"].attrs.update(told)
        damaged.to_netcdf(tmp_path / "a.nc")
        self.check(own, "entries: {a: {url: a.nc}}", "outside range of 64 bit")

    @pytest.mark.parametrize("fmt", ["NETCDF4", "NETCDF3_CLASSIC", "NETCDF3_64BIT"])
    @pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
    def test_truncated_netcdf(self, tmp_path, own, fmt, share):
        whole = tmp_path / "whole.nc"
        cube().isel(lon=np.arange(400) % 4).assign_coords(lon=np.arange(400) * 0.5).to_netcdf(
            whole, format=fmt
        )
        data = whole.read_bytes()
        (tmp_path / "a.nc").write_bytes(data[: int(share * len(data))])
        self.check(own, "entries: {a: {url: a.nc}}", "truncated|damaged")

    def test_truncated_geotiff(self, tmp_path, own):
        values = np.arange(40000, dtype="float32").reshape(1, 200, 200)
        write_tiff(tmp_path / "whole.tif", values)
        data = (tmp_path / "whole.tif").read_bytes()
        (tmp_path / "a.tif").write_bytes(data[: len(data) // 2])
        self.check(own, "entries: {a: {url: a.tif, units: {a: m}}}", "(?i)read|damaged|tiff")

    def test_truncated_parquet(self, tmp_path, own):
        table().to_parquet(tmp_path / "whole.parquet")
        data = (tmp_path / "whole.parquet").read_bytes()
        (tmp_path / "a.parquet").write_bytes(data[: len(data) // 2])
        self.check(own, "entries: {a: {url: a.parquet}}", "(?i)parquet|footer|magic")

    def test_no_zarr(self, tmp_path, own):
        (tmp_path / "a.zarr").mkdir()
        self.check(own, "entries: {a: {url: a.zarr}}", "(?i)zarr|group|metadata")

    def test_no_geojson(self, tmp_path, own):
        (tmp_path / "a.geojson").write_text("not json")
        self.check(own, "entries: {a: {url: a.geojson}}", "(?i)recogni|format|geojson")

    def test_grid_without_units(self, tmp_path, own):
        data = cube()
        del data.salinity.attrs["units"]
        data.to_netcdf(tmp_path / "a.nc")
        self.check(own, "entries: {a: {url: a.nc}}", "'salinity' states no units")
        own("entries: {a: {url: a.nc, units: {salinity: g/kg}}}")
        assert open_source("a").salinity.attrs["units"] == "g/kg"

    def test_duplicate_times(self, tmp_path, own):
        data = cube()
        data = data.assign_coords(time=data.time.values[[0, 1, 1]])
        data.to_netcdf(tmp_path / "a.nc")
        self.check(own, "entries: {a: {url: a.nc}}", "2020-02-01T00:00:00 appears twice")


def test_own_entries_are_listed_with_defaults(tmp_path, own):
    cube().to_netcdf(tmp_path / "a.nc")
    own("entries: {my_cube: {url: a.nc}}")
    row = list_sources().loc["my_cube"]
    assert row["access"] == "user"
    assert row["kind"] == "grid"
    assert row["title"] == "my cube"
    assert row["licence"] == "not stated"


def test_multiples_are_scaled_before_units_are_converted(tmp_path, own):
    write_tiff(tmp_path / "a.tif", np.full((1, 3, 4), 14000, dtype="uint16"))
    own("entries: {a: {url: a.tif, kwargs: {bands: [lst]}, scale: {lst: 0.02}, units: {lst: K}}}")
    out = open_source("a").lst
    np.testing.assert_allclose(out.values, 280 - 273.15, rtol=1e-6)
    assert out.attrs["units"] == "degC"


def test_series_of_multiples_and_fractions_is_refused(tmp_path, own):
    write_tiff(tmp_path / "n_20160101.tif", np.full((1, 3, 4), 4000, dtype="int16"))
    write_tiff(tmp_path / "n_20160117.tif", np.full((1, 3, 4), 0.4, dtype="float32"))
    own("entries: {a: {url: 'n_*.tif', kwargs: {bands: [ndvi]}}}")
    with pytest.raises(ValueError, match="units change inside the series"):
        open_source("a")
