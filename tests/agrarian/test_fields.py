"""Farms and fields of one's own: any file and projection, and what is wrong with them."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

from analysis.agrarian.fields import read_fields


def farms():
    shapes = [shapely.box(70 + k / 10, 50, 70.09 + k / 10, 50.05) for k in range(3)]
    names = ["Алтын дән", "Береке", "Береке"]
    return gpd.GeoDataFrame({"Атауы": names, "crop": ["бидай", "арпа", "бидай"]},
                            geometry=shapes, crs=4326)  # fmt: skip


@pytest.mark.parametrize("name", ["f.gpkg", "f.geojson", "f.shp"])
def test_any_file_and_projection_gives_the_same_fields(tmp_path, name):
    plain = read_fields(farms())
    frame = farms() if name == "f.geojson" else farms().to_crs(32642)
    frame.to_file(tmp_path / name, encoding="utf-8")
    found = read_fields(tmp_path / name, year=2024)
    assert found["id"].tolist() == ["Алтын дән", "Береке (1)", "Береке (2)"]
    assert found["name_kk"].tolist() == ["Алтын дән", "Береке", "Береке"]
    assert found["crop"].tolist() == ["бидай", "арпа", "бидай"]
    assert set(found["year"]) == {2024}
    assert found["area_ha"].to_numpy() == pytest.approx(plain["area_ha"].to_numpy(), rel=1e-4)
    assert found.attrs["faults"] == plain.attrs["faults"] == []


def test_every_fault_is_told():
    table = farms()
    table.loc[3] = ["Көлеңке", "бидай", shapely.box(70.05, 50.01, 70.15, 50.02)]
    table.loc[4] = ["Қос", "бидай", table.geometry[1]]
    bow = shapely.Polygon([(71, 50), (71.1, 50.1), (71.1, 50), (71, 50.1)])
    table.loc[5] = ["Бант", "бидай", bow]
    table.loc[6] = ["Дала", "бидай", shapely.box(60, 45, 64, 47)]
    found = read_fields(table.set_crs(4326))
    faults = {(one["fault"], one["unit"]) for one in found.attrs["faults"]}
    assert ("overlap", "Алтын дән") in faults
    assert ("same outline", "Қос") in faults
    assert ("very large", "Дала") in faults
    assert any(fault == "mended" and "Бант" in unit for fault, unit in faults)
    assert found.geometry.is_valid.all()
    assert found["area_ha"].iloc[3] == pytest.approx(716.2 * 1.111, rel=0.01)


def test_bad_fields_say_why(tmp_path):
    with pytest.raises(ValueError, match="states no coordinate reference system"):
        read_fields(farms().to_crs(32642).set_crs(None, allow_override=True))
    stated = farms().to_crs(32642).set_crs(None, allow_override=True)
    assert read_fields(stated, crs="EPSG:32642")["area_ha"].iloc[0] > 3000
    with pytest.raises(ValueError, match="has Point"):
        read_fields(farms().set_geometry(farms().to_crs(3857).centroid.to_crs(4326)))
    with pytest.raises(ValueError, match="no column 'owner'"):
        read_fields(farms(), name="owner")
    with pytest.raises(ValueError, match="2 times"):
        read_fields(farms().assign(id=["1", "2", "2"]))
    with pytest.raises(ValueError, match="no file"):
        read_fields(tmp_path / "none.gpkg")
    (tmp_path / "bad.gpkg").write_bytes(b"not a package")
    with pytest.raises(ValueError, match="cannot be read"):
        read_fields(tmp_path / "bad.gpkg")
