"""Files of samples: formats, coordinate systems, odd labels and outlines, refusals in words."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from analysis.language import translator
from analysis.uploads import Refused
from apps.views.landcover.samplefile import read_upload
from apps.views.landcover.samplesets import SampleSet
from apps.views.landcover.words import note_texts, said
from apps.views.visitor import Session

PLACES = {"су": (65.2, 52.1), "Жаздық бидай": (66.0, 52.6)}
UTM = "EPSG:32642"


def shapes(crs: str | None = "EPSG:4326") -> gpd.GeoDataFrame:
    """Return the two places in a coordinate system; None is metres that no system is named for."""
    points = [shapely.Point(one) for one in PLACES.values()]
    frame = gpd.GeoDataFrame({"label": list(PLACES)}, geometry=points, crs="EPSG:4326")
    if crs is None:
        return frame.to_crs(UTM).set_crs(None, allow_override=True)
    return frame.to_crs(crs)


def as_csv(crs: str | None, head: str = "", column: bool = False) -> bytes:
    """Write the two places as a table; the system stands in a comment, a column or nowhere."""
    frame = shapes(crs)
    table = frame[["label"]].assign(x=frame.geometry.x, y=frame.geometry.y)
    if column:
        table["epsg"] = [crs, "4326"]
        table.loc[1, ["x", "y"]] = PLACES["Жаздық бидай"]
    return (head + table.to_csv(index=False)).encode("utf-8-sig")


def as_geojson(crs: str | None) -> bytes:
    """Write the two places as GeoJSON that names its system."""
    frame = shapes(crs)
    whole = json.loads(frame.set_crs(None, allow_override=True).to_json())
    if crs is not None:
        name = f"urn:ogc:def:crs:EPSG::{crs.partition(':')[2]}"
        whole["crs"] = {"type": "name", "properties": {"name": name}}
    return json.dumps(whole).encode()


def as_zip(folder: Path, crs: str | None) -> bytes:
    """Write the two places as a zipped shapefile."""
    shapes(crs).to_file(folder / "үлгі.shp", encoding="utf-8")
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as whole:
        for path in sorted(folder.glob("үлгі.*")):
            whole.write(path, path.name)
    return made.getvalue()


def as_package(folder: Path, *systems: str) -> bytes:
    """Write a GeoPackage with a layer for each system."""
    path = folder / "two.gpkg"
    for place, crs in enumerate(systems):
        shapes(crs).iloc[[place]].to_file(path, layer=f"layer {place}", driver="GPKG")
    return path.read_bytes()


def in_place(found: SampleSet) -> bool:
    """Whether both places are where they are on the Earth, to a metre."""
    places = found.table.set_index("label")[["longitude", "latitude"]]
    return set(places.index) == set(PLACES) and all(
        np.allclose(places.loc[label], at, atol=1e-5) for label, at in PLACES.items()
    )


def test_tables_and_geojson_in_another_system_are_converted() -> None:
    plain = read_upload("a.csv", as_csv("EPSG:4326"))
    assert in_place(plain)
    assert plain.notes == ()
    files = {
        "comment.csv": as_csv(UTM, head="# crs: EPSG:32642\n"),
        "column.csv": as_csv(UTM, column=True),
        "a.geojson": as_geojson("EPSG:28412"),
    }
    for name, data in files.items():
        found = read_upload(name, data)
        assert in_place(found), name
        assert {one.why for one in found.notes} == {"converted"}
    assert read_upload("column.csv", files["column.csv"]).notes == ((1, "converted", UTM),)


def test_what_names_no_system_is_refused_until_the_visitor_names_it() -> None:
    for name, data in (("a.csv", as_csv(None)), ("a.geojson", as_geojson(None))):
        with pytest.raises(Refused) as caught:
            read_upload(name, data)
        assert caught.value.reason == "crs"
        assert in_place(read_upload(name, data, "32642"))
        with pytest.raises(Refused, match="32999999"):
            read_upload(name, data, "32999999")
    assert in_place(read_upload("a.csv", as_csv("EPSG:4326"), "")), "degrees need no name"


@pytest.mark.slow
def test_a_geopackage_with_layers_of_two_systems_is_read(tmp_path: Path) -> None:
    found = read_upload("two.gpkg", as_package(tmp_path, UTM, "EPSG:3857"))
    assert in_place(found)
    assert set(found.notes) == {(1, "converted", UTM), (1, "converted", "EPSG:3857")}


@pytest.mark.slow
def test_a_zipped_shapefile_is_read_and_one_without_its_system_is_refused(tmp_path: Path) -> None:
    (tmp_path / "known").mkdir()
    (tmp_path / "unknown").mkdir()
    found = read_upload("үлгі.zip", as_zip(tmp_path / "known", UTM))
    assert in_place(found)
    data = as_zip(tmp_path / "unknown", None)
    with pytest.raises(Refused) as caught:
        read_upload("үлгі.zip", data)
    assert caught.value.reason == "crs"
    assert in_place(read_upload("үлгі.zip", data, "EPSG:32642"))
    with pytest.raises(Refused) as caught:
        read_upload("үлгі.zip", b"PK\x03\x04" + bytes(200))
    assert caught.value.reason == "broken"


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.csv", b"label,x\nwater,1\n", "no column latitude"),
        ("a.csv", b"", "empty"),
        ("a.exe", b"x", "suffixes"),
        ("a.gpkg", b"x", "no GeoPackage file"),
        ("a.geojson", b"[1]", "no GeoJSON"),
        ("a.geojson", b'{"features": [', "character 14"),
        ("a.geojson", b'{"features": []}', "no point"),
        ("a.geojson", b'{"features": [7, {"geometry": {"type": "Point"}}]}', "no point"),
        ("a.csv", b"label,lon,lat\n,65,52\n", "no sample"),
    ],
)
def test_a_strange_file_is_refused_in_every_language(name: str, data: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        read_upload(name, data)
    english = said(Session("en", translator("en")), caught.value)
    for language in ("kk", "ru"):
        text = said(Session(language, translator(language)), caught.value)
        assert text
        assert text != english


def test_labels_with_spaces_and_cyrillic_commas_and_crossing_outlines_are_read() -> None:
    table = (
        "Класс;Бойлық;Ендік\n Жаздық  бидай ;65,1;52,0\n;65,2;52,0\nсу;565,0;52,0\nсу;65,3;52,0\n"
    )
    for encoding in ("utf-8-sig", "utf-16"):
        found = read_upload("үлгілер.csv", table.encode(encoding))
        assert found.table["label"].tolist() == ["Жаздық бидай", "су"]
        assert [one.why for one in found.notes] == ["no class", "no degrees"]
    bow = {"type": "Polygon", "coordinates": [[[65, 52], [66, 53], [66, 52], [65, 53], [65, 52]]]}
    feature: dict[str, Any] = {"type": "Feature", "properties": {"class": "орман"}, "geometry": bow}
    data = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    found = read_upload("a.geojson", data)
    assert found.areas[0][1].is_valid
    assert found.notes == ((1, "mended", ""),)
    visit = Session("kk", translator("kk"))
    assert note_texts(visit, found.notes) != note_texts(
        Session("en", translator("en")), found.notes
    )
