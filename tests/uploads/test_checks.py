"""Before a library sees a file: names, sizes, first bytes, archives made to do harm."""

import io
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.uploads import Refused
from analysis.uploads.checks import (
    FORMATS,
    MOST_FILES,
    check_content,
    check_offer,
    most_bytes,
    plain_name,
    unpack_shapefile,
)
from tests.uploads.filekit import csv, geotiff, netcdf, shapefile, zipped

PARTS = {"a.shp": b"x", "a.shx": b"x", "a.dbf": b"x"}


def reason(call, *args):
    with pytest.raises(Refused) as caught:
        call(*args)
    assert str(caught.value)
    return caught.value.reason


@given(st.text(max_size=300))
def test_a_plain_name_is_one_part_of_a_path(name):
    plain = plain_name(name)
    assert plain
    assert not set(plain) & set('/\\<>:"|?*\x00')
    assert plain not in (".", "..")
    assert len(plain) <= 90
    assert plain_name(plain) == plain


@pytest.mark.parametrize(
    ("name", "size", "kept", "expected"),
    [
        ("a.exe", 10, 0, "suffix"),
        ("a.nc.exe", 10, 0, "suffix"),
        ("a.vrt", 10, 0, "suffix"),
        ("a", 10, 0, "suffix"),
        ("a.csv", 0, 0, "empty"),
        ("a.csv", -5, 0, "empty"),
        ("a.csv", 10**9, 0, "large"),
        ("a.csv", 10, MOST_FILES, "many"),
    ],
)
def test_what_is_offered_wrongly_is_refused_before_it_is_sent(name, size, kept, expected):
    assert reason(check_offer, name, size, kept) == expected


def test_what_is_offered_rightly_is_taken():
    assert {check_offer(f"a{suffix.upper()}", 1, 0) for suffix in FORMATS} == set(FORMATS.values())
    assert check_offer("a.csv", most_bytes(), MOST_FILES - 1) == "csv"


@pytest.mark.parametrize("value", ["0", "lots", "-5", "99999", ""])
def test_the_size_of_the_setting_must_make_sense(monkeypatch, value):
    monkeypatch.setenv("QAZCUBE_UPLOAD_MB", value)
    if value:
        with pytest.raises(ValueError, match="QAZCUBE_UPLOAD_MB"):
            most_bytes()
    else:
        assert most_bytes() == 50_000_000


def test_content_must_be_what_the_suffix_says(tmp_path):
    files = {
        "netcdf": netcdf(tmp_path / "a.nc"),
        "geotiff": geotiff(tmp_path / "a.tif"),
        "shapefile": shapefile(tmp_path / "a.zip"),
        "csv": csv(tmp_path / "a.csv"),
    }
    for form in files:
        for other, path in files.items():
            if form == other:
                check_content(path, form, "x")
            elif form != "csv" or other in ("netcdf", "geotiff"):
                assert reason(check_content, path, form, "x") == "content"


# archives ----------------------------------------------------------------------------------------


def test_a_good_shapefile_is_unpacked_under_our_names_only(tmp_path):
    target = tmp_path / "out"
    target.mkdir()
    assert unpack_shapefile(shapefile(tmp_path / "a.zip"), target) == target / "shape.shp"
    assert {path.name for path in target.iterdir()} >= {"shape.shp", "shape.shx", "shape.dbf"}
    assert all(path.stem == "shape" for path in target.iterdir())


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"../a.shp": b"x"}, "zip_path"),
        ({"/etc/a.shp": b"x"}, "zip_path"),
        ({"..\\a.shp": b"x"}, "zip_path"),
        ({"C:/a.shp": b"x"}, "zip_path"),
        ({**PARTS, "run.sh": b"x"}, "zip_kind"),
        ({**PARTS, "b.shp": b"x"}, "zip_shape"),
        ({"a.dbf": b"x"}, "zip_shape"),
        ({"a.shp": b"x", "a.dbf": b"x"}, "zip_parts"),
        ({f"{k}.txt": b"" for k in range(41)}, "zip_members"),
    ],
)
def test_archives_that_are_no_shapefile_are_refused(tmp_path, members, expected):
    path = zipped(tmp_path / "a.zip", members)
    assert reason(unpack_shapefile, path, tmp_path) == expected
    assert {one.name for one in tmp_path.iterdir()} == {"a.zip"}


def test_a_bomb_is_refused_by_what_it_states(tmp_path, monkeypatch):
    monkeypatch.setenv("QAZCUBE_UPLOAD_MB", "1")
    path = zipped(tmp_path / "a.zip", {**PARTS, "a.shp": bytes(21_000_000)})
    assert path.stat().st_size < 100_000
    assert reason(unpack_shapefile, path, tmp_path) == "zip_size"


def test_a_bomb_that_lies_about_its_size_is_stopped_while_unpacking(tmp_path, monkeypatch):
    monkeypatch.setenv("QAZCUBE_UPLOAD_MB", "1")
    size = 30_000_000
    path = zipped(tmp_path / "a.zip", {**PARTS, "a.shp": bytes(size)})
    data = path.read_bytes()
    path.write_bytes(data.replace(struct.pack("<I", size), struct.pack("<I", 1000)))
    out = tmp_path / "out"
    out.mkdir()
    assert reason(unpack_shapefile, path, out) in ("zip_size", "broken")
    assert sum(one.stat().st_size for one in out.iterdir()) <= 20_000_000


def test_a_link_and_a_damaged_archive_are_refused(tmp_path):
    path = tmp_path / "a.zip"
    link = zipfile.ZipInfo("a.shp")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert reason(unpack_shapefile, path, tmp_path) == "zip_path"
    good = shapefile(tmp_path / "b.zip").read_bytes()
    path.write_bytes(good[: len(good) // 2])
    assert reason(unpack_shapefile, path, tmp_path) == "broken"
    assert zipfile.is_zipfile(io.BytesIO(good))
