"""Administrative units: layouts, codes and years, areas, faults; from 2018 to 2024."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

from analysis.agrarian.crosswalk import carry, check_units, crosswalk, fates
from analysis.agrarian.units import COLUMNS, areas_km2, names, project, read_units
from analysis.sources import open_source


def cod(count=3, year=2018, **more):
    """Districts in the layout of OCHA COD-AB: boxes side by side."""
    west = 60.0 + np.arange(count)
    rows = {
        "ADM1_EN": ["Akmola"] * count,
        "ADM1_KK": ["Ақмола"] * count,
        "ADM1_RU": ["Акмолинская"] * count,
        "ADM2_EN": [f"D{k}" for k in range(count)],
        "ADM2_KK": [f"Қ{k}" for k in range(count)],
        "ADM2_RU": [f"Д{k}" for k in range(count)],
        "ADM2_PCODE": [f"KZ11{k}000" for k in range(count)],
        "Year": [year] * count,
    }
    shapes = shapely.box(west, 50.0, west + 1, 51.0)
    return gpd.GeoDataFrame(rows | more, geometry=shapes, crs=4326)


def test_layout_of_ocha():
    units = read_units(cod())
    assert list(units.columns) == [*COLUMNS, "geometry"]
    assert units["kato"].tolist() == ["110000000", "111000000", "112000000"]
    assert units["id"].tolist() == ["110000000-2018", "111000000-2018", "112000000-2018"]
    assert set(units["parent"]) == {"110000000"}
    assert units["level"].unique().tolist() == ["district"]
    assert names(units, "kk").tolist() == ["Қ0, Ақмола", "Қ1, Ақмола", "Қ2, Ақмола"]


def test_layout_of_geoboundaries():
    frame = gpd.GeoDataFrame(
        {
            "shapeName": ["Akmola Region", "Abai Region"],
            "shapeISO": ["KZ-AKM", "KZ-10"],
            "shapeID": ["1B", "2B"],
            "shapeGroup": "KAZ",
            "shapeType": "ADM1",
        },
        geometry=shapely.box([60, 62], 50, [61, 63], 51),
        crs=4326,
    )
    with pytest.raises(ValueError, match="year=2024"):
        read_units(frame)
    units = read_units(frame, year=2022)
    assert units["name_en"].tolist() == ["Akmola Region", "Abai Region"]
    assert units["kato"].tolist() == ["", ""]
    assert units["id"].tolist() == ["KZ-AKM-2022", "KZ-10-2022"]


def test_our_own_oblasts():
    units = read_units(open_source("kz_oblasts"))
    assert len(units) == 20
    assert "110000000" in set(units["kato"])
    assert units.loc[units["kato"] == "110000000", "name_kk"].item() == "Ақмола облысы"
    assert units["area_km2"].sum() == pytest.approx(2_724_900, rel=0.01)  # stat.gov.kz


def test_areas_are_those_of_the_ellipsoid():
    boxes = shapely.box([46, 60, 80], [40, 48, 54], [47, 63, 81], [41, 49, 55.5])
    geod = pyproj.Geod(ellps="WGS84")
    exact = [geod.geometry_area_perimeter(shapely.segmentize(one, 0.001))[0] / 1e6 for one in boxes]
    np.testing.assert_allclose(areas_km2(boxes), exact, rtol=1e-8)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ADM2_PCODE": ["a", "a", "b"]}, "'a-2018' is there twice"),
        ({"KATO": ["11", "12345", "13"]}, "'12345' is no KATO code"),
        ({"Year": [2018, 1800, 2018]}, None),
    ],
)
def test_faulty_codes(change, message):
    if message is None:
        assert read_units(cod(**change))["year"].tolist() == [2018, 1800, 2018]
        return
    with pytest.raises(ValueError, match=message):
        read_units(cod(**change))


def test_unknown_layout_and_points():
    frame = cod()[["Year", "geometry"]]
    with pytest.raises(ValueError, match="layout of the units is unknown"):
        read_units(frame)
    points = cod().set_geometry(shapely.points([60, 61, 62], 50))
    with pytest.raises(ValueError, match="'D0' is Point; it must be a polygon"):
        read_units(points.set_crs(4326, allow_override=True))


def test_crossing_outline_is_mended_and_told():
    frame = cod()
    shapes = frame.geometry.to_numpy().copy()
    shapes[1] = shapely.Polygon([(61, 50), (62, 51), (62, 50), (61, 51)])
    units = read_units(frame.set_geometry(shapes, crs=4326))
    assert shapely.is_valid(units.geometry.to_numpy()).all()
    assert len(units.attrs["notes"]) == 1
    assert "Self-intersection" in units.attrs["notes"][0]
    assert check_units(units)["fault"].tolist()[-1] == "mended"


def test_faults_of_a_division():
    whole = gpd.GeoDataFrame(
        {"ADM1_EN": ["Akmola"], "ADM1_PCODE": ["KZ11"], "Year": [2018]},
        geometry=[shapely.box(60, 50, 63, 51)],
        crs=4326,
    )
    oblasts, districts = read_units(whole), read_units(cod())
    assert check_units(districts, oblasts).empty
    frame = cod()
    shapes = frame.geometry.to_numpy().copy()
    shapes[0] = shapely.box(60, 50, 61.1, 51)  # over its neighbour
    shapes[2] = shapely.box(62, 50, 63.2, 51)  # out of its oblast
    shapes[1] = shapely.box(61, 50, 62, 51) - shapely.box(61.5, 50.5, 61.6, 50.6)  # a hole
    bad = check_units(read_units(frame.set_geometry(shapes, crs=4326)), oblasts)
    assert set(bad["fault"]) == {"overlap", "outside its parent", "gap", "parent not covered"}
    sizes = bad.set_index("fault")["area_km2"]
    assert sizes["gap"] == pytest.approx(sizes["parent not covered"], rel=1e-6)
    expected = areas_km2([shapely.box(61, 50, 61.1, 51)])[0]
    assert sizes["overlap"] == pytest.approx(expected, rel=1e-6)
    elsewhere = read_units(cod().assign(KATO=["210000000", "211000000", "212000000"]))
    assert check_units(elsewhere, oblasts)["fault"].tolist().count("no parent") == 3


def test_fates_of_units():
    old = read_units(cod(6, KATO=[f"11{k}000000" for k in range(6)]))
    shapes = old.geometry.to_numpy().copy()
    codes = ["110000000", "119000000", "112000000", "114000000", "113000000", "118000000"]
    shapes[2] = shapely.box(62, 50, 63, 50.7)  # lost a part
    shapes[5] = shapely.box(65, 50, 65.5, 51)
    new = read_units(cod(6, 2024, KATO=codes).set_geometry(shapes, crs=4326))
    told = fates(old, new)
    assert told["fate"].tolist() == ["same", "recoded", "changed", "moved", "moved", "divided"]
    assert told["successor"].iloc[1] == "119000000-2024"
    assert told["code_overlap"].iloc[2] == pytest.approx(0.7, abs=0.01)


def test_amounts_keep_their_sum_and_means_their_level():
    old = read_units(cod(3))
    cut = shapely.box([60, 60.5, 61.7], 50, [60.5, 61.7, 63], 51)
    new = read_units(cod(3, 2024).set_geometry(cut, crs=4326))
    pieces = crosswalk(old, new)
    values = pd.Series([10.0, 20.0, 60.0], index=old["id"])
    amounts = carry(values, pieces)
    assert amounts.sum() == pytest.approx(90.0)
    assert amounts["110000000-2024"] == pytest.approx(5.0, rel=1e-6)
    means = carry(values, pieces, "mean")
    weights = new.set_index("id")["area_km2"]
    assert (means * weights).sum() == pytest.approx(
        (values * old.set_index("id")["area_km2"]).sum()
    )
    back = carry(pd.Series(7.0, index=old["id"]), pieces, "mean")
    assert back.tolist() == pytest.approx([7.0, 7.0, 7.0])
    some = carry(values.drop("112000000-2018"), pieces)
    assert some.isna().tolist() == [False, False, True]
    with pytest.raises(ValueError, match="'amount' or 'mean'"):
        carry(values, pieces, "sum")


def test_real_units_of_both_years(real_data):
    folder = real_data / "agrarian"
    old = read_units(folder / "kaz_adm2_2018.geojson")
    new = read_units(folder / "kaz_adm2_2024.geojson")
    assert (len(old), len(new)) == (216, 224)
    assert old["id"].iloc[0] == "111000000-2018"
    assert len(new.attrs["notes"]) == 1
    assert new.attrs["notes"][0].startswith("Ulytau: Self-intersection[68.7357")
    assert old.attrs["notes"] == []
    assert shapely.is_valid(new.geometry.to_numpy()).all()
    for units in (old, new):  # 2,724,900 km2 by stat.gov.kz; the outlines are simplified
        assert units["area_km2"].sum() == pytest.approx(2_728_300, rel=1e-4)
    oblasts = read_units(folder / "kaz_adm1_2024.geojson")
    assert oblasts["area_km2"].sum() == pytest.approx(new["area_km2"].sum(), rel=1e-5)


def test_real_districts_of_2018_live_on_or_not(real_data):
    """192 codes of 216 live on, but only 178 of them name the same outline."""
    folder = real_data / "agrarian"
    old = read_units(folder / "kaz_adm2_2018.geojson")
    new = read_units(folder / "kaz_adm2_2024.geojson")
    assert len(set(old["kato"]) & set(new["kato"])) == 192
    pieces = crosswalk(old, new)
    told = fates(old, new, pieces)
    assert told["fate"].value_counts().to_dict() == {
        "same": 178,
        "changed": 13,
        "moved": 1,
        "recoded": 11,
        "recoded and changed": 7,
        "divided": 6,
    }
    # the code of Taldykorgan now names Konaev, 150 km away
    moved = told[told["fate"] == "moved"].iloc[0]
    assert moved["kato"] == "191000000"
    label = old.set_index("id").loc[moved.name, "name_en"], moved["successor"]
    assert label == ("Taldykorgan", "331000000-2024")
    # every old district is inside the new ones, but for the drawing of borders
    covered = pieces.groupby("old")["share_of_old"].sum()
    assert covered.min() > 0.9999
    values = pd.Series(1.0, index=old["id"])
    assert carry(values, pieces).sum() == pytest.approx(216, rel=1e-4)


def test_real_faults(real_data):
    folder = real_data / "agrarian"
    old = read_units(folder / "kaz_adm2_2018.geojson")
    bad = check_units(old, read_units(folder / "kaz_adm1_2018.geojson"))
    first = bad[bad["fault"] == "overlap"].iloc[0]
    pair = old.set_index("id").loc[[first["unit"], first["other"]], "name_en"].tolist()
    assert pair == ["Kazygurt", "Ordabasy"]
    assert first["area_km2"] == pytest.approx(15.4, abs=0.1)


def test_projection_keeps_areas_whatever_the_place():
    tall = shapely.box(60, 40, 61, 41), shapely.box(60, 55, 61, 56)
    whole = shapely.area(project(tall))
    halves = [shapely.area(project([shapely.box(60, low, 60.5, low + 1)]))[0] for low in (40, 55)]
    np.testing.assert_allclose(whole, 2 * np.array(halves), rtol=1e-12)
