"""Vectors from files: code pages, archives, missing parts, other coordinates, faulty outlines."""

from __future__ import annotations

import json
import random
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from analysis.sources import open_source
from analysis.sources.tables import mend
from analysis.sources.vectors import open_vectors, read_vectors

NAMES = ["Ақмола", "Қостанай", "Щучинск"]
RUSSIAN = ["Акмолинская", "Костанайская", "Щучинск"]


def table(names=RUSSIAN, crs=4326, column="NAME"):
    west = np.array([60.0, 62.0, 64.0])
    shapes = shapely.box(west, 50.0, west + 1, 51.0)
    return gpd.GeoDataFrame({column: names, "n": [1, 2, 3]}, geometry=shapes, crs=4326).to_crs(crs)


def shapefile(folder: Path, frame=None, encoding="cp1251", cpg=None, mark=0, drop=()):
    """Write a shapefile as other programs do: any code page, any .cpg, any mark in the .dbf."""
    folder.mkdir(parents=True, exist_ok=True)
    frame = table() if frame is None else frame
    columns = [one for one in frame if one != "geometry"]
    plain = {one: one.encode(encoding).decode("latin-1") for one in columns}
    raw = frame.rename(columns=plain)
    for one in plain.values():
        if not np.issubdtype(np.asarray(raw[one]).dtype, np.number):
            raw[one] = [text.encode(encoding).decode("latin-1") for text in raw[one]]
    path = folder / "units.shp"
    raw.to_file(path, encoding="ISO-8859-1", engine="pyogrio")
    data = bytearray((folder / "units.dbf").read_bytes())
    data[29] = mark
    (folder / "units.dbf").write_bytes(bytes(data))
    (folder / "units.cpg").unlink(missing_ok=True)
    if cpg is not None:
        (folder / "units.cpg").write_text(cpg)
    for suffix in drop:
        (folder / f"units{suffix}").unlink()
    return path


def pack(path: Path, *names: str, inner="данные/units") -> Path:
    """Pack a shapefile into an archive, in a folder with a Cyrillic name."""
    target = path.with_suffix(".zip")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(path.parent.glob(path.stem + ".*")):
            if part.suffix != ".zip":
                archive.write(part, f"{inner}{part.suffix}")
        for name in names:
            archive.writestr(name, b"x")
    return target


@pytest.mark.parametrize(
    ("encoding", "cpg", "mark", "told"),
    [
        ("cp1251", None, 0, "read as kz1048"),
        ("cp1251", "1251", 0, ""),
        ("cp1251", "ANSI 1251", 0, ""),
        ("cp1251", "windows-1251", 0, ""),
        ("cp1251", "UTF-8", 0, "says UTF-8, which it is not"),
        ("cp1251", None, 0xC9, ""),
        ("cp866", None, 0, "read as cp866"),
        ("cp866", None, 0x65, ""),
        ("utf-8", None, 0, ""),
        ("utf-8", "UTF-8", 0, ""),
        ("utf-8", "nonsense", 0x57, ""),
    ],
)
@pytest.mark.parametrize("zipped", [False, True])
def test_russian_names_survive(tmp_path, encoding, cpg, mark, told, zipped):
    path = shapefile(tmp_path / "a", table(column="ИМЯ"), encoding, cpg, mark)
    frame = read_vectors(pack(path) if zipped else path)
    assert frame["ИМЯ"].tolist() == RUSSIAN
    assert frame["n"].tolist() == [1, 2, 3]
    notes = " ".join(frame.attrs["notes"])
    assert (told in notes) if told else ("read as" not in notes)


def test_kazakh_names_in_the_windows_page_of_kazakhstan(tmp_path):
    path = shapefile(tmp_path / "a", table(NAMES), "kz1048")
    assert read_vectors(path)["NAME"].tolist() == NAMES
    assert read_vectors(path, encoding="cp1251")["NAME"].tolist() != NAMES
    with pytest.raises(ValueError, match="encoding 'klingon' is unknown"):
        read_vectors(path, encoding="klingon")


@pytest.mark.parametrize("crs", [4326, 32642, 3857, 28412])
def test_places_survive_other_coordinates(tmp_path, crs):
    frame = read_vectors(pack(shapefile(tmp_path / "a", table(crs=crs))))
    assert frame.crs.to_epsg() == 4326
    far = shapely.hausdorff_distance(frame.geometry.to_numpy(), table().geometry.to_numpy())
    assert far.max() < 1e-5


def test_missing_parts(tmp_path):
    frame = read_vectors(shapefile(tmp_path / "a", drop=(".prj", ".shx")))
    assert len(frame) == 3
    notes = " ".join(frame.attrs["notes"])
    assert "No coordinate reference system is stated" in notes
    assert "index (.shx) is missing" in notes
    assert not (tmp_path / "a" / "units.shx").exists(), "the user's folder was written to"
    metres = shapefile(tmp_path / "b", table(crs=32642), drop=(".prj",))
    with pytest.raises(ValueError, match="crs: EPSG:32642"):
        read_vectors(metres)
    there = read_vectors(metres, crs="EPSG:32642")
    far = shapely.hausdorff_distance(there.geometry.to_numpy(), table().geometry.to_numpy())
    assert far.max() < 1e-6
    bare = read_vectors(pack(shapefile(tmp_path / "c", drop=(".dbf",))))
    assert len(bare) == 3
    assert "no table of attributes" in " ".join(bare.attrs["notes"])


def test_archive_of_several_needs_a_choice(tmp_path):
    path = shapefile(tmp_path / "a")
    archive = pack(path, inner="one")
    with zipfile.ZipFile(archive, "a") as more:
        for part in path.parent.glob("units.[sdp]*"):
            more.write(part, f"deep/two{part.suffix}")
    with pytest.raises(ValueError, match=r"2 shapefiles: .*Choose one: layer='"):
        read_vectors(archive)
    assert len(read_vectors(archive, layer="two")) == 3
    with pytest.raises(ValueError, match="has no 'three'"):
        read_vectors(archive, layer="three")


def test_archives_that_cannot_be_read(tmp_path, monkeypatch):
    empty = tmp_path / "empty.zip"
    with zipfile.ZipFile(empty, "w") as archive:
        archive.writestr("readme.txt", "nothing")
    with pytest.raises(ValueError, match="holds no shapefile"):
        read_vectors(empty)
    fake = tmp_path / "fake.zip"
    fake.write_bytes(b"PK no archive")
    with pytest.raises(ValueError, match="cannot be unpacked"):
        read_vectors(fake)
    monkeypatch.setattr("analysis.sources.shapefiles.UNPACKED", 100)
    with pytest.raises(ValueError, match="at most 0 MB are unpacked"):
        read_vectors(pack(shapefile(tmp_path / "a")))


def test_crossing_outlines_are_mended_and_told(tmp_path):
    bow = shapely.Polygon([(60, 50), (61, 51), (61, 50), (60, 51)])
    frame = table().set_geometry([bow, *table().geometry[1:]], crs=4326)
    frame.to_file(tmp_path / "a.geojson", driver="GeoJSON")
    read = read_vectors(tmp_path / "a.geojson")
    assert read.geometry.is_valid.all()
    assert read.geometry[0].area == pytest.approx(0.5)
    assert read.attrs["notes"] == [
        "Акмолинская: Self-intersection[60.5 50.5]; mended, area 0 to 0.5 "
        "(square units of the map)."
    ]
    again, notes = mend(read.geometry.to_numpy(), read["NAME"])
    assert notes == []
    assert shapely.equals(again, read.geometry.to_numpy()).all()


def test_mending_keeps_areas_only():
    spike = shapely.Polygon([(0, 0), (1, 0), (1, 1), (1, 3), (1, 1), (0, 1)])
    flat = shapely.Polygon([(0, 0), (1, 1), (0, 0)])
    shapes, notes = mend(np.array([spike, flat, None], dtype=object), ["spike", "flat", "none"])
    assert shapes[0].geom_type == "Polygon"
    assert shapes[0].area == pytest.approx(1.0)
    assert shapes[2] is None
    assert len(notes) == 2
    assert notes[1].endswith("it has no area.")


def test_mixed_empty_and_high_shapes_are_told(tmp_path):
    shapes = [shapely.box(60, 50, 61, 51), shapely.Point(62, 50, 300), None]
    gpd.GeoDataFrame({"a": [1, 2, 3]}, geometry=shapes, crs=4326).to_file(
        tmp_path / "a.gpkg", driver="GPKG"
    )
    frame = read_vectors(tmp_path / "a.gpkg")
    assert frame["a"].tolist() == [1, 2]
    assert not frame.geometry.has_z.any()
    told = " ".join(frame.attrs["notes"])
    assert "mixes 1 Point, 1 Polygon" in told
    assert "1 of 3 rows have no shape" in told
    assert "heights" in told


def test_geopackage_of_several_layers(tmp_path):
    path = tmp_path / "a.gpkg"
    table().to_file(path, layer="districts", driver="GPKG")
    table().to_file(path, layer="farms", driver="GPKG")
    with pytest.raises(ValueError, match=r"2 layers: districts, farms\. Choose one"):
        read_vectors(path)
    assert len(read_vectors(path, layer="farms")) == 3
    with pytest.raises(ValueError, match="no layer 'fields'; it has districts, farms"):
        read_vectors(path, layer="fields")


def test_pattern_must_fit_one_file(tmp_path):
    shapefile(tmp_path)
    (tmp_path / "mine.yml").write_text(
        f"entries: {{a: {{url: '{tmp_path}/u*', format: shapefile}}}}"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QAZCUBE_CATALOG", str(tmp_path / "mine.yml"))
        assert open_source("a")["NAME"].tolist() == RUSSIAN
        table().to_file(tmp_path / "u.geojson", driver="GeoJSON")
        with pytest.raises(ValueError, match=r"fits 2 files of shapes \(u.geojson, units.shp\)"):
            open_source("a")


def test_limits(tmp_path, monkeypatch):
    table().to_file(tmp_path / "a.geojson", driver="GeoJSON")
    with pytest.raises(ValueError, match="has 3 shapes; at most 2 are read"):
        open_vectors(tmp_path / "a.geojson", limit=2)
    with pytest.raises(ValueError, match="has 3 shapes; at most 2 are read"):
        open_vectors(shapefile(tmp_path / "b"), limit=2)
    monkeypatch.setattr("analysis.sources.vectors.FILE_BYTES", 10)
    with pytest.raises(ValueError, match="at most 0"):
        open_vectors(tmp_path / "a.geojson")


def test_files_that_are_none(tmp_path):
    with pytest.raises(ValueError, match="There is no file"):
        read_vectors(tmp_path / "none.shp")
    (tmp_path / "a.docx").write_bytes(b"x")
    with pytest.raises(ValueError, match="is none of"):
        read_vectors(tmp_path / "a.docx")
    for name, text in (("a.geojson", "{"), ("b.gpkg", "SQLite no"), ("c.shp", "x" * 200)):
        (tmp_path / name).write_text(text)
        with pytest.raises(ValueError, match=f"{name} cannot be read|no table"):
            read_vectors(tmp_path / name)
    (tmp_path / "d.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": []}))
    with pytest.raises(ValueError, match="holds no shapes"):
        read_vectors(tmp_path / "d.geojson")


def mutated(data: bytes, seed: int) -> bytes:
    """Flip bytes or cut."""
    rng = random.Random(seed)  # noqa: S311 - no secret
    changed = bytearray(data)
    for _ in range(rng.randint(1, 30)):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed[: rng.randrange(len(changed))] if seed % 3 == 0 else changed)


def survive(folder: Path, seeds) -> int:
    """Open damaged copies; count those that opened. Only ValueError may come."""
    whole = pack(shapefile(folder / "a"))
    plain = folder / "a.geojson"
    table().to_file(plain, driver="GeoJSON")
    opened = 0
    for seed in seeds:
        for path in (whole, plain, folder / "a" / "units.shp"):
            target = folder / f"bad{path.suffix}"
            target.write_bytes(mutated(path.read_bytes(), seed))
            for part in (".dbf", ".shx", ".prj"):
                if path.suffix == ".shp":
                    other = path.with_suffix(part)
                    data = other.read_bytes()
                    data = mutated(data, seed) if seed % 2 else data
                    target.with_suffix(part).write_bytes(data)
            try:
                frame = read_vectors(target)
            except ValueError:
                continue
            opened += 1
            assert np.isfinite(frame.total_bounds).all()
            assert frame.geometry.is_valid.mean() > 0
    return opened


@pytest.mark.filterwarnings("ignore")
def test_damaged_files_give_an_error_or_shapes(tmp_path):
    assert survive(tmp_path, range(30)) > 0


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_thousand_damaged_files(tmp_path):
    assert survive(tmp_path, range(1000)) > 10
