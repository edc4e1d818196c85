"""Sentinel-2 and Landsat scenes: offset of the baseline, masks, mosaics, months, laziness."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from analysis.sources.imagery import products, stac
from analysis.sources.imagery.composites import monthly
from analysis.sources.imagery.scenes import SceneOptions, compose_scenes, open_imagery
from tests.products.imagery_files import write_catalogue, write_landsat, write_sentinel2

BOX = (67.0, 51.0, 67.5, 51.3)
GRID = {"bbox": BOX, "resolution": 0.01}


def truth(lon, lat, when):
    """NDVI of a place and a date."""
    del lat
    return 0.3 + 0.2 * np.sin(np.radians(40 * lon)) + 0.02 * when.month


def expected(ds):
    lon, lat = np.meshgrid(ds.longitude, ds.latitude)
    return np.stack([truth(lon, lat, pd.Timestamp(one)) for one in ds.time.values])


def stored(folder, items):
    path = folder / "items.json"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": items}))
    return path


SMALL = {"corner": (350_000.0, 5_710_000.0), "shape": (128, 128)}
DATES = ("2021-12-20", "2022-01-20", "2022-02-10", "2022-03-02")


@pytest.mark.parametrize(
    ("style", "removed"), [("planetary", None), ("earthsearch", None), ("earthsearch", True)]
)
def test_offset_of_the_new_baseline_leaves_no_step(tmp_path, style, removed):
    items = write_sentinel2(tmp_path, DATES, truth, style=style, offset_removed=removed, **SMALL)
    path = stored(tmp_path, items)
    ds = open_imagery(path, "sentinel-2-l2a", index="ndvi", **GRID).compute()
    np.testing.assert_allclose(ds.ndvi, expected(ds), atol=0.005)
    red = open_imagery(path, "sentinel-2-l2a", bands=["red"], **GRID).red
    np.testing.assert_allclose(red, 0.25 * (1 - expected(ds)), atol=0.002)
    if not removed:  # the trap: without the offset the new scenes are far off, the old ones right
        raw = open_imagery(path, "sentinel-2-l2a", index="ndvi", harmonise=0, **GRID).ndvi
        error = np.abs(raw - expected(ds)).max(("latitude", "longitude")).values
        assert (error[:2] < 0.005).all()
        assert (error[2:] > 0.05).all()


def test_baseline_counts_not_the_date(tmp_path):
    """A scene of 2021 processed again by 05.00 has the offset; one of 2023 by 03.01 has none."""
    odd = {"2021-06-10": "05.00", "2023-06-10": "03.01"}
    items = write_sentinel2(
        tmp_path, list(odd), truth, baseline=lambda when: odd[f"{when:%Y-%m-%d}"], **SMALL
    )
    ds = open_imagery(stored(tmp_path, items), "sentinel-2-l2a", index="ndvi", **GRID).compute()
    np.testing.assert_allclose(ds.ndvi, expected(ds), atol=0.005)


def test_unknown_baseline_is_an_error_that_says_what_to_do(tmp_path):
    items = write_sentinel2(tmp_path, DATES[:1], truth, **SMALL)
    items[0]["properties"].pop("s2:processing_baseline")
    path = stored(tmp_path, items)
    with pytest.raises(ValueError, match=r"harmonise=1000 or harmonise=0"):
        open_imagery(path, "sentinel-2-l2a", **GRID)
    ds = open_imagery(path, "sentinel-2-l2a", index="ndvi", harmonise=0, **GRID)
    np.testing.assert_allclose(ds.ndvi, expected(ds), atol=0.005)
    items[0]["properties"]["s2:product_uri"] = "S2A_MSIL2A_20211220T061241_N0301_R134_T42UUV_x.SAFE"
    ds = open_imagery(stored(tmp_path, items), "sentinel-2-l2a", index="ndvi", **GRID)
    np.testing.assert_allclose(ds.ndvi, expected(ds), atol=0.005)
    items[0]["properties"]["s2:processing_baseline"] = "99.99"  # processed outside ESA
    items[0]["properties"].pop("s2:product_uri")
    with pytest.raises(ValueError, match="does not say its processing baseline"):
        open_imagery(stored(tmp_path, items), "sentinel-2-l2a", **GRID)


def test_newest_processing_of_a_scene_counts_once(tmp_path):
    wrong = write_sentinel2(
        tmp_path, DATES[:2], lambda lon, lat, when: 0 * lon - 0.4, suffix="_old", **SMALL
    )
    right = write_sentinel2(
        tmp_path, DATES[:2], truth, baseline=lambda when: "05.00", suffix="_new", **SMALL
    )
    for order in (wrong + right, right + wrong):
        ds = open_imagery(stored(tmp_path, order), "sentinel-2-l2a", index="ndvi", **GRID)
        assert ds.attrs["scenes"] == 2
        np.testing.assert_allclose(ds.ndvi, expected(ds), atol=0.005)


def cloud(lon, lat, when):
    """A cloud over half of the box on odd days, all of it in March."""
    del lat
    return (lon > 67.25) if when.month != 3 else np.ones_like(lon, dtype=bool)


def test_clouds_are_masked_and_flags_kept(tmp_path):
    items = write_sentinel2(tmp_path, DATES, truth, clouds=cloud, **SMALL)
    path = stored(tmp_path, items)
    ds = open_imagery(path, "sentinel-2-l2a", index="ndvi", **GRID).compute()
    clear = ds.longitude.values < 67.23
    np.testing.assert_allclose(ds.ndvi[:3, :, clear], expected(ds)[:3, :, clear], atol=0.005)
    assert np.isnan(ds.ndvi[:3, :, ds.longitude.values > 67.27]).all()
    assert np.isnan(ds.ndvi[3]).all()
    flags = ds.ndvi_quality
    assert flags.attrs["role"] == "quality"
    meanings = dict(
        zip(flags.attrs["flag_values"], flags.attrs["flag_meanings"].split(), strict=True)
    )
    assert meanings[9] == "cloud_high_probability"
    assert set(np.unique(flags)) == {4, 9}
    np.testing.assert_array_equal(np.isfinite(ds.ndvi), flags == 4)
    everything = open_imagery(path, "sentinel-2-l2a", index="ndvi", quality="all", **GRID).ndvi
    assert np.abs(everything[3]).max() < 1e-6  # white clouds: red = nir
    only = open_imagery(path, "sentinel-2-l2a", quality=[9], bands=["red"], **GRID).red
    np.testing.assert_array_equal(np.isfinite(only), flags == 9)
    less = open_imagery(path, "sentinel-2-l2a", index="ndvi", cloud_cover=90, **GRID)
    assert less.sizes["time"] == 3


@pytest.mark.parametrize("how", ["median", "mean"])
def test_months_are_composed_with_counts(tmp_path, how):
    dates = pd.date_range("2021-06-01", "2021-07-31", freq="10D").strftime("%Y-%m-%d").tolist()
    rng = np.random.default_rng(3)
    shifts = dict(zip(dates, rng.uniform(-0.1, 0.1, len(dates)), strict=True))
    covered = dict(zip(dates, rng.uniform(67, 67.5, len(dates)), strict=True))

    def field(lon, lat, when):
        return 0.4 + 0 * lon + shifts[f"{when:%Y-%m-%d}"]

    def cloudy(lon, lat, when):
        return lon > covered[f"{when:%Y-%m-%d}"]

    items = write_sentinel2(tmp_path, dates, field, clouds=cloudy, **SMALL)
    path = stored(tmp_path, items)
    days = open_imagery(path, "sentinel-2-l2a", index="ndvi", **GRID).compute()
    out = open_imagery(path, "sentinel-2-l2a", index="ndvi", composite=how, **GRID).compute()
    assert [str(one)[:10] for one in out.time.values] == ["2021-06-01", "2021-07-01"]
    assert str(out.time_bounds.values[0, 1])[:10] == "2021-07-01"
    assert out.ndvi_count.attrs["role"] == "count"
    reference = days.ndvi.groupby("time.month")
    reference = reference.median(skipna=True) if how == "median" else reference.mean(skipna=True)
    np.testing.assert_allclose(out.ndvi, reference, atol=1e-6)
    count = np.isfinite(days.ndvi).groupby("time.month").sum()
    np.testing.assert_array_equal(out.ndvi_count, count)
    assert int(out.ndvi_count.min()) < int(out.ndvi_count.max()) - 1


def test_composite_of_nothing_valid_is_nan_with_a_count_of_zero():
    times = pd.to_datetime(["2021-06-03", "2021-06-13"])
    ds = xr.Dataset(
        {"ndvi": (("time", "x"), np.array([[np.nan, 1.0], [np.nan, 3.0]]))}, {"time": times}
    )
    for how in ("median", "mean"):
        out = monthly(ds, how)
        assert np.isnan(out.ndvi.values[0, 0])
        assert out.ndvi.values[0, 1] == 2.0
        assert out.ndvi_count.values.tolist() == [[0, 2]]


def test_tiles_of_two_zones_make_one_step(tmp_path):
    west = {"corner": (400_000.0, 5_710_000.0), "shape": (100, 180), "tile": "42UWV"}
    east = {"corner": (230_000.0, 5_710_000.0), "shape": (100, 260), "tile": "43UDV"}
    items = write_sentinel2(tmp_path, ["2023-06-10"], truth, crs="EPSG:32642", **west)
    items += write_sentinel2(tmp_path, ["2023-06-10"], truth, crs="EPSG:32643", **east)
    box = (68.2, 51.15, 72.5, 51.3)
    path = stored(tmp_path, items)
    ds = open_imagery(path, "sentinel-2-l2a", index="ndvi", bbox=box, resolution=0.02).compute()
    assert ds.sizes["time"] == 1
    reached = ds.longitude.values[np.isfinite(ds.ndvi[0]).all("latitude")]
    np.testing.assert_allclose(
        ds.ndvi.sel(longitude=reached), expected(ds.sel(longitude=reached)), atol=0.006
    )
    assert (reached < 69.9).any()
    assert (reached > 72).any()


def test_day_of_several_baselines_is_one_step(tmp_path):
    left = {"corner": (350_000.0, 5_710_000.0), "shape": (128, 64), "tile": "42UUV"}
    right = {"corner": (382_000.0, 5_710_000.0), "shape": (128, 64), "tile": "42UVV"}
    items = write_sentinel2(tmp_path, ["2021-06-10"], truth, **left)
    items += write_sentinel2(tmp_path, ["2021-06-10"], truth, baseline=lambda _: "05.09", **right)
    ds = open_imagery(
        stored(tmp_path, items),
        "sentinel-2-l2a",
        index="ndvi",
        resolution=0.01,
        bbox=(66.95, 51.0, 67.7, 51.3),
    ).compute()
    assert ds.sizes["time"] == 1
    np.testing.assert_allclose(ds.ndvi, expected(ds), atol=0.005)
    assert (ds.ndvi_quality == 4).all()


def test_projected_grid_keeps_the_pixels_of_the_scene(tmp_path):
    items = write_sentinel2(tmp_path, ["2021-06-10"], truth, **SMALL)
    ds = open_imagery(
        stored(tmp_path, items),
        "sentinel-2-l2a",
        bands=["red"],
        bbox=BOX,
        crs="EPSG:32642",
        resolution=500,
    )
    assert ds.red.dims == ("time", "y", "x")
    assert float(ds.x[1] - ds.x[0]) == 500
    assert float(ds.x[0]) % 500 == 250
    import rasterio

    with rasterio.open(items[0]["assets"]["B04"]["href"]) as file:
        row, column = file.index(float(ds.x[3]), float(ds.y[5]))
        number = file.read(1)[row, column]
    assert float(ds.red[0, 5, 3]) == pytest.approx(number * 1e-4, abs=1e-6)


def test_static_catalogue_is_lazy_to_the_end(tmp_path, refuse_compute):
    items = write_sentinel2(tmp_path / "data", DATES, truth, extra=["blue"], **SMALL)
    path = write_catalogue(tmp_path, items)
    ds = open_imagery(path, "sentinel-2-l2a", index="evi", composite="mean", **GRID)
    assert ds.evi.chunks is not None
    assert ds.evi.dtype == np.float32


def test_landsat_scale_offset_and_bits(tmp_path):
    flags = {"2021-06-10": 21824, "2021-06-26": 22280, "2021-07-12": 21826}
    items = write_landsat(tmp_path, list(flags), truth, lambda when: flags[f"{when:%Y-%m-%d}"])
    path = stored(tmp_path, items)
    ds = open_imagery(path, "landsat-c2-l2", index="ndvi", **GRID).compute()
    np.testing.assert_allclose(ds.ndvi[0], expected(ds)[0], atol=0.002)
    assert np.isnan(ds.ndvi[1]).all()  # a cloud
    assert np.isnan(ds.ndvi[2]).all()  # near a cloud
    assert ds.ndvi_quality[1, 0, 0] == 22280
    usable = open_imagery(path, "landsat-c2-l2", index="ndvi", quality="usable", **GRID)
    np.testing.assert_allclose(usable.ndvi[2], expected(ds)[2], atol=0.002)
    assert np.isnan(usable.ndvi[1]).all()
    warm = open_imagery(path, "landsat-c2-l2", bands=["surface_temperature"], **GRID)
    assert warm.surface_temperature.attrs["units"] == "K"
    assert float(warm.surface_temperature[0].mean()) == pytest.approx(300.0, abs=0.01)


def test_landsat_numbers_out_of_range_are_missing(tmp_path):
    items = write_landsat(
        tmp_path,
        ["2021-06-10"],
        lambda lon, lat, when: np.where(lon > 67.25, 0.4, -3.0),
        lambda when: 21824,
    )
    ds = open_imagery(stored(tmp_path, items), "landsat-c2-l2", bands=["nir"], **GRID).compute()
    assert np.isnan(ds.nir[0, :, ds.longitude.values < 67.23]).all()
    assert np.isfinite(ds.nir[0, :, ds.longitude.values > 67.27]).all()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"bands": ["purple"]}, "no band 'purple'"),
        ({"bands": []}, "no bands"),
        ({"index": "nvdi"}, r"no index 'nvdi'.*'ndvi'"),
        ({"quality": "god"}, r"no quality 'god'.*good"),
        ({"quality": [17]}, r"no class 17 \(0 to 11\)"),
        ({"quality": []}, "empty list"),
        ({"composite": "maximum"}, "no composite 'maximum'"),
        ({"crs": "EPSG:99999"}, "unknown"),
        ({"resolution": -1}, "positive"),
        ({"resolution": float("nan")}, "positive"),
        ({"harmonise": "never"}, "harmonise='never'"),
        ({"harmonise": True}, "harmonise=True"),
        ({"bbox": None}, "Say where"),
        ({"bbox": (179, 51, -179, 52)}, "two sides of the date line"),
        (
            {"bbox": (60, 45, 80, 55), "resolution": None},
            r"pixels a step.*resolution=0\.00\d+ \(degrees\)",
        ),
        ({"bbox": (0, 0, 1, 1)}, r"has no scene of sentinel-2-l2a in \(0, 0, 1, 1\)"),
        ({"collection": "sentinel-9"}, "product=sentinel2 or landsat"),
        ({"chunk": 3}, "16 or more"),
        ({"indx": "ndvi"}, r"no option 'indx'.*'index'"),
        ({"sign": "planetary"}, "Did you mean 'planetary-computer'"),
    ],
)
def test_impossible_requests_are_refused(tmp_path_factory, given, message):
    folder = tmp_path_factory.getbasetemp() / "one-scene"
    path = folder / "items.json"
    if not path.exists():
        folder.mkdir(exist_ok=True)
        stored(folder, write_sentinel2(folder, DATES[:1], truth, **SMALL))
    with pytest.raises(ValueError, match=message):
        open_imagery(path, **{"collection": "sentinel-2-l2a", **GRID, **given})


def test_missing_asset_is_named(tmp_path):
    items = write_sentinel2(tmp_path, DATES[:1], truth, **SMALL)
    items[0]["assets"].pop("SCL")
    with pytest.raises(ValueError, match=r"no asset for the quality flags \(SCL, scl.*it has B04"):
        open_imagery(stored(tmp_path, items), "sentinel-2-l2a", **GRID)


def test_neighbouring_boxes_share_their_pixels(tmp_path):
    items = write_sentinel2(tmp_path, DATES[:1], truth, **SMALL)
    found = stac.search(stored(tmp_path, items))
    wish = SceneOptions(index="ndvi", resolution=0.01)
    whole, part = (
        compose_scenes(found, products.SENTINEL2, box, wish).ndvi
        for box in (BOX, (67.2004, 51.1004, 67.3, 51.2))
    )
    cut = whole.sel(longitude=slice(67.2, 67.3), latitude=slice(51.2, 51.1))
    xr.testing.assert_allclose(cut, part)
