"""Maps in other programs: GDAL finds colours, names and counts; STAC describes them."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pystac
import pytest
import rasterio
import rasterio.shutil
import xarray as xr

from analysis.agrarian.mapping import classify, stac_item, write_cog
from tests.agrarian.mapping import mapkit


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("maps")


@pytest.fixture(scope="module")
def land(folder: Path) -> xr.Dataset:
    return classify(mapkit.cube(), mapkit.forest(), folder / "land.tif", tile=16)


def test_the_class_opens_in_gdal_with_colours(land: xr.Dataset, folder: Path) -> None:
    with rasterio.open(folder / "land.tif") as file:
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert file.crs.to_epsg() == 4326
        assert file.nodata == 0
        assert file.colorinterp[0].name == "palette"
        assert file.colormap(1)[1] == (0xE0, 0xB0, 0x4C, 255)
        assert file.colormap(1)[0][3] == 0
        assert file.tags()["simulated"] == "1"
        north_up = land["class"].to_numpy()[::-1]
        np.testing.assert_array_equal(file.read(1), north_up)
        row, column = file.index(65.0 + 0.01 * 7, 52.0 + 0.01 * 3)
        assert file.read(1)[row, column] == land["class"][3, 7]


def test_gdal_reads_the_legend(land: xr.Dataset, folder: Path) -> None:
    """GDAL itself copies names and attribute table from the file into another format."""
    rasterio.shutil.copy(folder / "land.tif", folder / "land.vrt", driver="VRT")
    root = ET.parse(folder / "land.vrt").getroot()  # noqa: S314 - GDAL wrote it
    band = next(root.iter("VRTRasterBand"))
    assert float(band.findtext("NoDataValue", "")) == 0
    assert band.findtext("ColorInterp") == "Palette"
    colours = [[int(one.get(f"c{k}", "")) for k in range(1, 5)] for one in root.iter("Entry")]
    assert colours[0][3] == 0  # no data is transparent
    assert colours[3] == [47, 111, 181, 255]
    names = [one.text for one in root.iter("Category")]
    assert names[1:] == ["Arable land (sown)", "Forest", "Water"]
    table = next(root.iter("GDALRasterAttributeTable"))
    rows = [[cell.text for cell in row.iter("F")] for row in table.iter("Row")]
    fields = [one.find("Name").text for one in table.iter("FieldDefn")]  # type: ignore[union-attr]
    third = dict(zip(fields, rows[2], strict=True))
    assert third["name_ru"] == "Вода"
    assert third["name_kk"] == "Су"
    assert int(third["Count"]) == int((land["class"] == 3).sum())
    assert [third[one] for one in ("Red", "Green", "Blue")] == ["47", "111", "181"]


def test_probability_and_uncertainty_have_their_scale(land: xr.Dataset, folder: Path) -> None:
    with rasterio.open(folder / "land_probability.tif") as file:
        assert file.descriptions == ("arable", "forest", "water")
        assert file.scales == (1e-4,) * 3
        np.testing.assert_array_equal(file.read()[:, ::-1], land["probability"].to_numpy())
    with rasterio.open(folder / "land_entropy.tif") as file:
        assert file.nodata == 65_535


def test_names_are_in_the_language_that_is_asked_for(land: xr.Dataset, tmp_path: Path) -> None:
    write_cog(land, tmp_path / "kk.tif", language="kk")
    text = (tmp_path / "kk.tif.aux.xml").read_text(encoding="utf-8")
    assert "<Category>Орман</Category>" in text
    with pytest.raises(ValueError, match="kk, ru or en"):
        write_cog(land, tmp_path / "de.tif", language="de")
    with pytest.raises(ValueError, match="no layer 'slope'"):
        write_cog(land, tmp_path / "x.tif", "slope")
    assert sorted(one.name for one in tmp_path.iterdir()) == [
        *("kk.qml", "kk.tif", "kk.tif.aux.xml"),
    ]


def test_qgis_gets_a_style_of_the_classes_alone(tmp_path: Path) -> None:
    made = classify(mapkit.cube(), mapkit.forest(), least=0.9)
    named = made.assign_attrs(legend=made.attrs["legend"].replace("Орман", "Орман & <тоғай>"))
    write_cog(named, tmp_path / "land.v1.tif", language="kk")
    root = ET.parse(tmp_path / "land.v1.qml").getroot()  # noqa: S314 - we wrote it
    renderer = next(root.iter("rasterrenderer"))
    assert (root.tag, renderer.get("type"), renderer.get("band")) == ("qgis", "paletted", "1")
    entries = {int(one.get("value", "")): one for one in root.iter("paletteEntry")}
    assert list(entries) == [1, 2, 3, 255]
    assert entries[2].get("label") == "Орман & <тоғай>"
    with rasterio.open(tmp_path / "land.v1.tif") as file:
        table = file.colormap(1)
    for code, one in entries.items():
        colour = one.get("color", "")
        assert tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5)) == table[code][:3]


def test_a_map_in_a_projection_keeps_it(tmp_path: Path) -> None:
    ds = mapkit.cube().rename(latitude="y", longitude="x")
    ds = ds.assign_coords(x=500_000 + 30.0 * np.arange(60), y=5_800_000 - 30.0 * np.arange(40))
    land = classify(ds, mapkit.forest(), tmp_path / "utm.tif", crs="EPSG:32641")
    with rasterio.open(tmp_path / "utm.tif") as file:
        assert file.crs.to_epsg() == 32641
        assert file.transform.to_gdal() == (499_985.0, 30.0, 0.0, 5_800_015.0, 0.0, -30.0)
        np.testing.assert_array_equal(file.read(1), land["class"].to_numpy())
    item = stac_item(land, {"class": "utm.tif"})
    assert item["properties"]["proj:code"] == "EPSG:32641"
    west, south, east, north = item["bbox"]
    assert 62.9 < west < east < 63.1
    assert 52.3 < south < north < 52.4


def test_stac_describes_the_map(land: xr.Dataset, folder: Path) -> None:
    files = {"class": "land.tif", "entropy": "land_entropy.tif", "all": "land.zarr"}
    item: Any = stac_item(land, files, properties={"license": "CC0-1.0"})
    read = pystac.Item.from_dict(json.loads(json.dumps(item)))
    assert read.bbox == pytest.approx([64.995, 51.995, 65.595, 52.395])
    assert read.common_metadata.start_datetime is not None
    assert read.common_metadata.start_datetime.month == 5
    assert read.properties["simulated"] is True
    classes = read.assets["class"].extra_fields["classification:classes"]
    assert [one["value"] for one in classes] == [0, 1, 2, 3]
    assert classes[3]["color_hint"] == "2F6FB5"
    assert read.assets["all"].media_type == "application/vnd.zarr; version=3"
    assert stac_item(land, files, when="2021-07-01")["properties"]["datetime"][:10] == "2021-07-01"
    with pytest.raises(ValueError, match="a file at least"):
        stac_item(land, {})
    undated = land.assign_attrs(dates=[])
    with pytest.raises(ValueError, match="Nobody knows when"):
        stac_item(undated, files)
