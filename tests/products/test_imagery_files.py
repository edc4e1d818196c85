"""Images from files: names of bands, land cover, what a reader does with all kinds of addresses."""

from __future__ import annotations

import json
import random

import numpy as np
import pandas as pd
import pytest
from rasterio.errors import RasterioError

from analysis.sources import open_source
from analysis.sources.imagery import products
from analysis.sources.imagery.files import items_of_files
from analysis.sources.imagery.readers import open_images
from analysis.sources.imagery.worldcover import CLASSES, WORLDCOVER
from tests.products.imagery_files import (
    write_catalogue,
    write_files,
    write_landsat,
    write_sentinel2,
    write_worldcover,
)
from tests.products.mutations import check_survives, mutations
from tests.products.stacserver import StacServer

SMALL = {"corner": (350_000.0, 5_710_000.0), "shape": (64, 64), "size": 1000.0}
BOX = (67.0, 51.0, 67.5, 51.3)
GRID = {"bbox": BOX, "resolution": 0.02}


def ndvi(lon, lat, when):
    """NDVI of a place and a date."""
    return 0.3 + 0.01 * (lon - 67) + 0.02 * when.month


def expected(ds):
    lon, lat = np.meshgrid(ds.longitude, ds.latitude)
    return np.stack([ndvi(lon, lat, pd.Timestamp(one)) for one in ds.time.values])


def safe(name, key):
    """Name of a band in a SAFE folder."""
    size = {"B04": 10, "B08": 10, "SCL": 20}[key]
    return f"T42UUV_{name.split('_')[2]}T061141_{key}_{size}m.tif"


@pytest.mark.parametrize("baseline", ["03.01", "04.00"])
def test_bands_of_a_safe_folder(tmp_path, baseline):
    items = write_sentinel2(tmp_path, ["2022-01-26"], ndvi, baseline=lambda _: baseline, **SMALL)
    number = baseline.replace(".", "")
    inside = tmp_path / f"S2A_MSIL2A_20220126T061141_N{number}_R134_T42UUV_20220126.SAFE" / "IMG"
    paths = write_files(inside, items, safe)
    ds = open_images(paths, product="sentinel2", index="ndvi", **GRID).compute()
    np.testing.assert_allclose(ds.ndvi, expected(ds), atol=0.003)
    (item,) = items_of_files(paths, products.SENTINEL2)
    assert item.properties["s2:mgrs_tile"] == "42UUV"
    assert str(item.datetime)[:19] == "2022-01-26 06:11:41"
    bare = write_files(tmp_path / "bare", items, safe)
    with pytest.raises(ValueError, match="harmonise=1000 or harmonise=0"):
        open_images(bare, product="sentinel2", **GRID)


def test_downloaded_files_of_collection_1(tmp_path):
    def name(scene, key):
        return f"S2A_T42UUV_{scene.split('_')[2]}T061142_L2A.{key}.tif"

    dates = ["2019-06-10", "2023-06-10"]
    items = write_sentinel2(tmp_path, dates, ndvi, baseline=lambda _: "05.00", **SMALL)
    write_files(tmp_path / "all", items, name)
    ds = open_images(f"{tmp_path}/all/*.tif", product="sentinel2", index="ndvi", **GRID).compute()
    np.testing.assert_allclose(ds.ndvi, expected(ds), atol=0.003)
    one = open_images(f"{tmp_path}/all/*.tif", product="sentinel2", start="2023", **GRID)
    assert one.sizes["time"] == 1
    whole = open_images(f"{tmp_path}/all/*.tif", product="sentinel2", resolution=0.02)
    assert whole.longitude.min() < 66.9


def test_item_beside_the_files_tells_the_baseline(tmp_path):
    items = write_sentinel2(tmp_path, ["2022-06-10"], ndvi, style="earthsearch", **SMALL)
    paths = write_files(tmp_path / "all", items)
    with pytest.raises(ValueError, match="harmonise"):
        open_images(paths, product="sentinel2", **GRID)
    (tmp_path / "all" / f"{items[0]['id']}.json").write_text(json.dumps(items[0]))
    ds = open_images(paths, product="sentinel2", index="ndvi", **GRID).compute()
    np.testing.assert_allclose(ds.ndvi, expected(ds), atol=0.003)
    (tmp_path / "all" / f"{items[0]['id']}.json").write_text("{}")
    with pytest.raises(ValueError, match="is no STAC item"):
        open_images(paths, product="sentinel2", **GRID)


def test_bands_of_one_scene_must_lie_at_one_place(tmp_path):
    here = write_sentinel2(tmp_path / "a", ["2022-06-10"], ndvi, **SMALL)
    far = {**SMALL, "corner": (400_000.0, 5_710_000.0)}
    there = write_sentinel2(tmp_path / "b", ["2022-06-10"], ndvi, **far)
    here[0]["assets"]["B08"] = there[0]["assets"]["B08"]
    paths = write_files(tmp_path / "all", here, safe)
    with pytest.raises(ValueError, match=r"B08_10m\.tif lies elsewhere than T42UUV.*B04"):
        open_images(paths, product="sentinel2", harmonise=0, **GRID)


def test_landsat_bundle(tmp_path):
    names = {"red": "SR_B4", "nir08": "SR_B5", "lwir11": "ST_B10", "qa_pixel": "QA_PIXEL"}
    items = write_landsat(tmp_path, ["2022-06-10"], ndvi, lambda when: 21824, **SMALL)
    paths = write_files(
        tmp_path / "all",
        items,
        lambda _, key: f"LC09_L2SP_160024_20220610_20220612_02_T1_{names[key]}.TIF",
    )
    ds = open_images(paths, product="landsat", index="ndvi", **GRID).compute()
    np.testing.assert_allclose(ds.ndvi, expected(ds), atol=0.003)
    (item,) = items_of_files(paths, products.LANDSAT)
    assert item.properties["landsat:wrs_row"] == "024"


def test_land_cover_has_eleven_classes_in_three_languages(tmp_path):
    path = write_worldcover(tmp_path)
    ds = open_images(path, product="worldcover", resolution=0.01).compute()
    numbers = ds.land_cover.values
    assert set(np.unique(numbers[np.isfinite(numbers)])) == {one.value for one in CLASSES}
    assert np.isnan(numbers[0, :, 0]).all()
    assert np.isfinite(numbers[0, :, 1:]).all()
    assert ds.land_cover.attrs["version"] == "2.0.0"
    assert len(ds.land_cover.attrs["flag_meanings"].split()) == 11
    assert str(ds.time_bounds.values[0, 0])[:10] == "2021-01-01"
    for one in CLASSES:
        assert len(set(one.names.values())) == 3
        assert len(one.colour) == 7


def test_years_of_land_cover_are_never_mixed(tmp_path):
    paths = [write_worldcover(tmp_path, year=year) for year in (2020, 2021)]
    with pytest.raises(ValueError, match=r"2020 and 2021.*not comparable.*year=2021"):
        open_images(paths, product="worldcover", resolution=0.01)
    for year, version in ((2020, "1.0.0"), (2021, "2.0.0")):
        ds = open_images(paths, product="worldcover", resolution=0.01, year=year)
        assert ds.attrs["version"] == version
        assert ds.sizes["time"] == 1
    with pytest.raises(ValueError, match="no WorldCover of 2022"):
        open_images(paths, product="worldcover", year=2022)


def test_neighbouring_tiles_of_land_cover_make_one_map(tmp_path):
    paths = [write_worldcover(tmp_path, tile) for tile in ("N51E066", "N51E069")]
    ds = open_images(paths, product="worldcover", bbox=(68, 51.5, 70, 52.5), resolution=0.01)
    assert np.isfinite(ds.land_cover.values).mean() > 0.99


def test_service_catalogue_and_files_give_the_same(tmp_path):
    items = write_sentinel2(tmp_path, ["2023-06-10"], ndvi, **SMALL)
    catalogue = write_catalogue(tmp_path / "static", items)
    options = {"collection": "sentinel-2-l2a", "index": "ndvi", **GRID}
    with StacServer(tmp_path, items) as server:
        service = open_images(server.api, **options).compute()
        with pytest.raises(ValueError, match="Say where"):
            open_images(server.api, collection="sentinel-2-l2a")
    static = open_images(catalogue, **options).compute()
    alone = open_images(catalogue.parent.glob("*/S2A*.json"), **options).compute()
    for other in (static, alone):
        np.testing.assert_array_equal(service.ndvi, other.ndvi)


def test_entry_of_the_catalogue_reads_a_service_of_ones_own(tmp_path):
    items = write_sentinel2(tmp_path, ["2023-06-10", "2023-06-20"], ndvi, **SMALL)
    with StacServer(tmp_path, items) as server:
        ds = open_source(
            "sentinel2_l2a",
            path=server.api,
            collection="sentinel-2-l2a",
            bbox=BOX,
            start="2023-06",
            end="2023-06",
            index="ndvi",
            composite="median",
            resolution=0.02,
        ).compute()
    assert ds.ndvi.dims == ("time", "latitude", "longitude")
    np.testing.assert_allclose(ds.ndvi, expected(ds), atol=0.003)
    assert ds.ndvi_count.values.min() == 2
    assert ds.latitude.values[0] < ds.latitude.values[-1]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"product": "sentinel3"}, "no product 'sentinel3'"),
        ({"product": None}, "product=sentinel2 or landsat or worldcover"),
        ({"bbox": (1, 2)}, "four numbers"),
        ({"region": "kazakhstan_central_asia"}, "not both"),
        ({"start": "2001", "end": "2002"}, "There is no image of sentinel2"),
        ({"indx": "ndvi"}, "no option 'indx'"),
    ],
)
def test_impossible_requests(tmp_path, given, message):
    items = write_sentinel2(tmp_path, ["2023-06-10"], ndvi, **SMALL)
    path = write_catalogue(tmp_path / "static", items)
    with pytest.raises(ValueError, match=message):
        open_images(path, **{"product": "sentinel2", **GRID, **given})


def test_files_that_are_no_bands(tmp_path):
    with pytest.raises(ValueError, match="There is no file"):
        open_images(tmp_path / "none.tif", product="landsat")
    path = write_worldcover(tmp_path)
    with pytest.raises(ValueError, match="is a band of landsat"):
        open_images(path, product="landsat")
    nameless = path.rename(tmp_path / "Map_Map.tif")
    with pytest.raises(ValueError, match="says no date"):
        items_of_files([nameless], WORLDCOVER)


def bundle(folder):
    """A small scene, its files named as Earth Search does."""
    items = write_sentinel2(folder / "raw", ["2023-06-10"], ndvi, shape=(32, 32), size=1000.0)
    return write_files(folder, items, lambda _, key: f"S2A_T42UUV_20230610T061142_L2A.{key}.tif")


def open_bundle(path):
    """Open a damaged band with the whole ones of its scene."""
    folder = path.parent.parent.parent
    whole = [one for one in folder.glob("S2A*.tif") if one.name[-7:] != path.name[-7:]]
    return open_images([path, *whole], product="sentinel2", resolution=0.05)


@pytest.mark.parametrize("count", [30, pytest.param(1000, marks=pytest.mark.slow)])
def test_damaged_bands_give_an_error_or_values(tmp_path, count):
    band = next(one for one in bundle(tmp_path) if "B04" in one.name)
    # a block is read when somebody asks for its values: then rasterio says which file is damaged
    check_survives(open_bundle, mutations(band, count, seed=5), also=(RasterioError,))


ABSURD = (None, "", "x", -1, 1e300, [], {}, [1, 2], {"a": 1}, True, "2023-99-99", "../../x.tif")


def damaged_items(folder, rows, count):
    """Yield lists of items in which one value, name or branch is absurd, lost or renamed."""
    for number in range(count):
        rng = random.Random(number)  # noqa: S311 - no secret
        copy = json.loads(json.dumps(rows))
        spots = []
        stack = [copy]
        while stack:
            node = stack.pop()
            keys = list(node) if isinstance(node, dict) else range(len(node))
            spots += [(node, key) for key in keys]
            stack += [node[key] for key in keys if isinstance(node[key], (dict, list))]
        node, key = rng.choice(spots)
        if number % 3 == 0 and isinstance(node, dict):
            node[f"{key}x"] = node.pop(key)
        elif number % 3 == 1:
            del node[key]
        else:
            node[key] = rng.choice(ABSURD)
        path = folder / f"{number:04d}.json"
        path.write_text(json.dumps(copy))
        yield path


def open_items(path):
    """Open the scenes of a list of items."""
    return open_images(path, product="sentinel2", bbox=BOX, resolution=0.05)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("count", [40, pytest.param(1000, marks=pytest.mark.slow)])
def test_damaged_items_give_an_error_or_values(tmp_path, count):
    small = {**SMALL, "shape": (32, 32)}
    items = write_sentinel2(tmp_path / "raw", ["2023-06-10", "2023-06-20"], ndvi, **small)
    rows = {"type": "FeatureCollection", "features": items}
    # an address in the items that names no file is found when it is read
    files = damaged_items(tmp_path, rows, count)
    counts = check_survives(open_items, files, also=(RasterioError,))
    assert min(counts["opened"], counts["refused"]) > 5


@pytest.mark.parametrize("count", [20, pytest.param(1000, marks=pytest.mark.slow)])
def test_damaged_json_gives_an_error_or_values(tmp_path, count):
    items = write_sentinel2(tmp_path / "raw", ["2023-06-10"], ndvi, **{**SMALL, "shape": (32, 32)})
    text = tmp_path / "items.json"
    text.write_text(json.dumps({"type": "FeatureCollection", "features": items}, indent=1))
    check_survives(open_items, mutations(text, count, seed=6), also=(RasterioError,))
