"""The packaged starter files: what they promise, they hold."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr

from analysis.settings import ROOT

STARTER = ROOT / "analysis" / "starter"
LIMIT = 12_000_000
EVENT_COLUMNS = [
    *("id", "time", "longitude", "latitude", "depth", "mag", "magType", "place", "type"),
    *("source", "simulated", "regime"),
]
VECTORS = [
    *("plates", "regimes", "coastline", "borders", "countries", "kz_oblasts"),
    *("demo_districts", "demo_farms"),
]


@pytest.fixture(scope="module")
def gcmt() -> pd.DataFrame:
    return pd.read_parquet(STARTER / "events_gcmt.parquet")


@pytest.fixture(scope="module")
def small() -> pd.DataFrame:
    return pd.read_parquet(STARTER / "events_simulated.parquet")


def vector(name: str) -> gpd.GeoDataFrame:
    return gpd.read_parquet(STARTER / f"{name}.parquet")


def data_files() -> list[Path]:
    return [p for p in STARTER.iterdir() if p.suffix in (".parquet", ".nc")]


def test_files_stay_small() -> None:
    assert sum(path.stat().st_size for path in data_files()) <= LIMIT


def test_every_file_is_in_the_readme_with_a_licence() -> None:
    lines = (STARTER / "README.md").read_text(encoding="utf-8").splitlines()
    rows = {line.split("`")[1]: line for line in lines if line.startswith("| `")}
    assert set(rows) == {path.name for path in data_files()}
    licences = ("CC0-1.0", "MIT", "public domain", "OGL-UK-3.0", "CC-BY-4.0")
    for name, line in rows.items():
        origin, licence = line.split("|")[3:5]
        assert any(one in licence for one in licences), name
        assert any(char.isdigit() for char in origin), f"{name} states no version"


def test_gcmt_is_complete(gcmt: pd.DataFrame) -> None:
    assert len(gcmt) == 50_282
    assert list(gcmt.columns[: len(EVENT_COLUMNS)]) == EVENT_COLUMNS
    assert gcmt["id"].is_unique
    assert not gcmt["simulated"].any()
    assert gcmt["time"].is_monotonic_increasing
    assert gcmt["time"].min() >= pd.Timestamp("1976-01-01")
    assert gcmt["time"].max() < pd.Timestamp("2017-07-01")
    assert gcmt[["longitude", "latitude"]].abs().max().tolist() <= [180.0, 90.0]
    assert (gcmt["longitude"] < 180.0).all()
    assert not gcmt[EVENT_COLUMNS].isna().any().any()


def test_gcmt_magnitudes_follow_from_the_moments(gcmt: pd.DataFrame) -> None:
    # Hanks and Kanamori (1979): Mw = 2/3 (log10 M0 - 9.1); M0 from the tensor's norm.
    rr, tt, pp, rt, rp, tp = (gcmt[c] for c in ("mrr", "mtt", "mpp", "mrt", "mrp", "mtp"))
    moment = np.sqrt((rr**2 + tt**2 + pp**2 + 2 * (rt**2 + rp**2 + tp**2)) / 2)
    magnitude = 2 / 3 * (np.log10(moment) - 9.1)
    assert (magnitude - gcmt["mag"]).abs().quantile(0.99) < 0.06
    assert gcmt["mag"].max() == pytest.approx(9.12, abs=0.05)


@pytest.mark.parametrize(
    ("day", "strike", "dip", "rake"),
    # Published by the Global CMT project for these events.
    [("2011-03-11T05:46", 203, 10, 88), ("2010-02-27T06:34", 19, 18, 116)],
)
def test_nodal_planes_are_those_published(
    gcmt: pd.DataFrame, day: str, strike: int, dip: int, rake: int
) -> None:
    start = pd.Timestamp(day)
    inside = gcmt["time"].between(start, start + pd.Timedelta(minutes=1)) & (gcmt["mag"] > 8)
    event = gcmt[inside].iloc[0]
    assert abs(event["strike1"] - strike) <= 1
    assert abs(event["dip1"] - dip) <= 1
    assert abs(event["rake1"] - rake) <= 1


def test_second_nodal_plane_is_perpendicular_to_the_first(gcmt: pd.DataFrame) -> None:
    def normal(plane: int) -> np.ndarray:
        strike, dip = (np.radians(gcmt[f"{n}{plane}"].to_numpy(float)) for n in ("strike", "dip"))
        sine = np.sin(dip)
        return np.stack([-sine * np.sin(strike), sine * np.cos(strike), -np.cos(dip)], axis=1)

    cosine = np.abs(np.sum(normal(1) * normal(2), axis=1))
    assert np.quantile(cosine, 0.999) < 0.03  # angles are rounded to whole degrees


def test_known_events_lie_in_the_right_regime(gcmt: pd.DataFrame) -> None:
    great = gcmt[gcmt["mag"] >= 8.7]
    assert set(great["regime"]) == {"subduction"}
    share = gcmt["regime"].value_counts(normalize=True)
    assert share["subduction"] > 0.5
    assert share["stable"] < 0.05


def test_simulated_events_are_marked_and_seeded_small(small: pd.DataFrame) -> None:
    assert list(small.columns) == EVENT_COLUMNS
    assert small["simulated"].all()
    assert 25_000 < len(small) < 40_000
    assert small["id"].is_unique
    assert small["mag"].between(3.0, 5.5).all()
    assert small["depth"].between(1.0, 690.0).all()
    assert small["time"].between("1976-01-01", "2018-01-01").all()
    assert (small["longitude"] < 180.0).all()


def test_simulated_magnitudes_have_b_of_one(small: pd.DataFrame) -> None:
    # Aki (1965) with Utsu's correction for bins of 0.1, over magnitudes well inside the range.
    magnitudes = small["mag"].to_numpy(float)
    b = np.log10(np.e) / (magnitudes.mean() - (3.05 - 0.05))
    assert b == pytest.approx(1.0, abs=0.05)


def test_aftershocks_cluster_in_time(small: pd.DataFrame) -> None:
    near = small[
        small["latitude"].between(33, 43)
        & small["longitude"].between(138, 148)
        & small["time"].between("2011-01-01", "2011-06-30")
    ]
    before = (near["time"] < "2011-03-11").sum()
    after = (near["time"] >= "2011-03-11").sum()
    assert after > 5 * max(before, 1)


@pytest.mark.parametrize("name", VECTORS)
def test_geometries_are_valid_and_on_the_map(name: str) -> None:
    frame = vector(name)
    assert frame.crs == 4326
    assert frame.geometry.is_valid.all()
    assert not frame.geometry.is_empty.any()
    west, south, east, north = frame.total_bounds
    assert -180 <= west < east <= 180
    assert -90 <= south < north <= 90


@pytest.mark.parametrize("name", ["plates", "coastline", "borders", "kz_oblasts"])
def test_no_line_jumps_across_the_map(name: str) -> None:
    for line in shapely.get_parts(
        vector(name).geometry.boundary if "kz" in name else vector(name).geometry
    ):
        step = np.abs(np.diff(shapely.get_coordinates(line)[:, 0]))
        assert step.max(initial=0.0) < 90.0


def test_only_antarctica_reaches_around_the_globe() -> None:
    countries = vector("countries")
    for iso, shape in zip(countries["iso"], countries.geometry, strict=True):
        for part in shapely.get_parts(shape):
            step = np.abs(np.diff(shapely.get_coordinates(part.exterior)[:, 0])).max()
            assert step < 90.0 or iso == "AQ"


def test_regimes_cover_the_earth_once() -> None:
    frame = vector("regimes")
    assert set(frame["regime"]) == {"subduction", "volcanic", "active", "stable"}
    square_degrees = shapely.area(frame.geometry.to_numpy()).sum()
    assert square_degrees == pytest.approx(360 * 180, rel=1e-4)


def test_plates_are_the_56_of_morvel() -> None:
    plates = vector("plates")
    assert plates["id"].nunique() == 56
    assert plates["name"].nunique() == 56
    assert {"Pacific", "Eurasia", "Nubia", "North Bismarck"} <= set(plates["name"])


@pytest.mark.parametrize(
    ("iso", "kk", "ru", "en"),
    [("KZ", "Қазақстан", "Казахстан", "Kazakhstan"), ("JP", "Жапония", "Япония", "Japan")],
)
def test_countries_have_names_in_three_languages(iso: str, kk: str, ru: str, en: str) -> None:
    frame = vector("countries")
    rows = frame[frame["iso"] == iso]
    assert set(rows["scale"]) == {"110m", "50m"}
    assert set(rows[["name_kk", "name_ru", "name_en"]].iloc[0]) == {kk, ru, en}
    assert not frame[["name_kk", "name_ru", "name_en"]].isna().any().any()


def test_oblasts_are_those_of_2022() -> None:
    oblasts = vector("kz_oblasts")
    assert (oblasts["kind"] == "oblast").sum() == 17
    assert (oblasts["kind"] == "city").sum() == 3
    assert oblasts["id"].is_unique
    # 2,724,900 km2 is the official area; the outlines include some of the Caspian shore.
    assert oblasts["area_km2"].sum() == pytest.approx(2_724_900, rel=0.01)


def test_oblasts_hold_their_centres() -> None:
    oblasts = vector("kz_oblasts")
    towns = pd.read_parquet(STARTER / "places.parquet").query("country == 'KZ'")
    for row in oblasts.itertuples():
        town = towns[towns["name_en"] == row.centre].nlargest(1, "population").iloc[0]
        point = shapely.Point(town["longitude"], town["latitude"])
        assert row.geometry.distance(point) < 0.02, row.name_en


def test_districts_cut_three_oblasts_without_gap_or_overlap() -> None:
    districts, oblasts = vector("demo_districts"), vector("kz_oblasts").set_index("id")
    assert len(districts) == 24
    assert districts["simulated"].all()
    for iso, group in districts.groupby("oblast_id"):
        whole = oblasts.geometry[iso]
        assert shapely.area(group.geometry.to_numpy()).sum() == pytest.approx(whole.area, rel=1e-3)
        assert group.geometry.union_all().symmetric_difference(whole).area < 1e-3 * whole.area


def test_farms_lie_in_their_districts_and_apart() -> None:
    farms, districts = vector("demo_farms"), vector("demo_districts").set_index("id")
    assert len(farms) == 200
    assert farms["simulated"].all()
    assert farms["id"].is_unique
    home = districts.geometry[farms["district_id"]].to_numpy()
    assert shapely.covers(home, farms.geometry.to_numpy()).all()
    left, right = farms.sindex.query(farms.geometry, predicate="intersects")
    assert (left == right).all()
    assert farms["area_ha"].between(1_000, 3_500).all()
    for language, word in (("en", "Demonstration"), ("ru", "Демонстрационн"), ("kk", "Үлгілік")):
        assert farms[f"name_{language}"].str.startswith(word).all()
        assert districts[f"name_{language}"].str.startswith(word).all()


def test_wind_is_the_real_grid_with_its_native_axis() -> None:
    with xr.open_dataset(STARTER / "wind.nc") as ds:
        assert dict(ds.sizes) == {"time": 132, "latitude": 73, "longitude": 144}
        assert (float(ds["longitude"][0]), float(ds["longitude"][-1])) == (20.0, 377.5)
        # Trade winds blow from the east, the roaring forties from the west.
        mean = ds["u_wind"].mean(("time", "longitude"))
        assert float(mean.sel(latitude=15)) < -2 < 3 < float(mean.sel(latitude=-50))
        assert float(np.abs(ds["v_wind"]).max()) < 40


def test_relief_has_its_duplicate_meridian_and_known_heights() -> None:
    with xr.open_dataset(STARTER / "relief.nc") as ds:
        relief = ds["elevation"].load()
    assert relief.shape == (540, 1081)
    assert float(relief["longitude"][-1] - relief["longitude"][0]) == pytest.approx(360, abs=1e-3)
    np.testing.assert_array_equal(relief[:, 0], relief[:, -1])
    assert float(relief.sel(longitude=88, latitude=33, method="nearest")) > 4000  # Tibet
    assert float(relief.sel(longitude=200, latitude=20, method="nearest")) < -3000  # Pacific


def test_sea_temperature_is_in_kelvin_and_warm_at_the_equator() -> None:
    with xr.open_dataset(STARTER / "sea_temperature.nc") as ds:
        assert ds["sst"].attrs["units"] == "K"
        assert dict(ds.sizes) == {"time": 54, "latitude": 18, "longitude": 432, "bnds": 2}
        assert float(ds["sst"].min()) == pytest.approx(289.2, abs=0.1)
        assert float(ds["sst"].max()) == pytest.approx(304.35, abs=0.1)
        assert np.isnan(ds["sst"].to_numpy()).any()  # Africa and South America
