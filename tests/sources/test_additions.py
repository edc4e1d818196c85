"""Files of the user's own become entries of the user's own catalogue."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml
from intake.readers.entry import Catalog

from analysis import settings
from analysis.sources import add_entry, entry, list_sources, open_source


@pytest.fixture
def mine(tmp_path, monkeypatch):
    path = tmp_path / "config" / "mine.yml"
    path.parent.mkdir()
    path.write_text("entries: {}")
    monkeypatch.setenv("QAZCUBE_CATALOG", str(path))
    return path


@pytest.fixture
def grid(tmp_path):
    path = tmp_path / "salt.nc"
    xr.Dataset(
        {"SALT": (("time", "lat", "lon"), np.ones((2, 2, 3)), {"units": "g/kg"})},
        coords={
            "time": pd.to_datetime(["2001-01-16", "2001-02-15"]),
            "lat": [50.0, 40.0],
            "lon": [350.0, 0.0, 10.0],
        },
    ).to_netcdf(path)
    return path


def test_grid_is_added_with_what_the_file_tells(mine, grid):
    before = entry("wind")
    about = add_entry(grid, "salt", {"title": "Salt", "variables": {"SALT": "salinity"}})
    assert about.kind == "grid"
    assert about.access == "user"
    assert about.units == {"salinity": "g/kg"}
    assert about.coverage == (-10.0, 40.0, 10.0, 50.0, "2001-01-16", "2001-02-15")
    assert open_source("salt").salinity.attrs["units"] == "g/kg"
    assert list_sources().loc["salt", "title"] == "Salt"
    assert entry("wind") == before


def test_what_is_written_is_complete_for_intake(mine, grid):
    add_entry(grid, "salt")
    add_entry(grid, "salt_again")
    catalog = Catalog.from_yaml_file(str(mine))
    assert list(catalog) == ["salt", "salt_again"]
    assert catalog["salt"].read().sizes["lon"] == 3
    assert not list(mine.parent.glob(".*"))


def test_hand_written_entries_stay(mine, grid):
    mine.write_text(
        f"entries: {{by_hand: {{url: {grid}, title: {{kk: Тұз, ru: Соль, en: Salt}}}}}}"
    )
    add_entry(grid, "salt")
    assert entry("by_hand").title["kk"] == "Тұз"
    assert open_source("by_hand").sizes["longitude"] == 3


@pytest.mark.parametrize(
    ("columns", "kind"),
    [
        ({"longitude": [70.0], "latitude": [45.0], "time": ["2020-01-01"], "mag": [5.0]}, "events"),
        ({"longitude": [70.0], "latitude": [45.0], "level": [5.0]}, "points"),
        ({"year": [2020], "yield": [5.0]}, "table"),
    ],
)
def test_kind_of_a_table(tmp_path, mine, columns, kind):
    pd.DataFrame(columns).to_csv(tmp_path / "t.csv", index=False)
    about = add_entry(tmp_path / "t.csv", "mine")
    assert about.kind == kind
    if kind == "events":
        assert about.coverage == (70.0, 45.0, 70.0, 45.0, "2020-01-01", "2020-01-01")


@pytest.mark.parametrize(
    ("wkt", "kind"), [("POINT (70 45)", "points"), ("LINESTRING (70 45, 71 46)", "lines")]
)
def test_kind_of_vectors(tmp_path, mine, wkt, kind):
    frame = gpd.GeoDataFrame({"a": [1]}, geometry=gpd.GeoSeries.from_wkt([wkt]), crs=4326)
    frame.to_file(tmp_path / "v.geojson")
    assert add_entry(tmp_path / "v.geojson", "mine").kind == kind


def test_parquet_with_shapes_is_known_as_vectors(tmp_path, mine):
    frame = gpd.GeoDataFrame({"a": [1]}, geometry=gpd.points_from_xy([70], [45]), crs=4326)
    frame.to_parquet(tmp_path / "v.parquet")
    assert add_entry(tmp_path / "v.parquet", "mine").kind == "points"
    assert open_source("mine").geometry.x.tolist() == [70]


def test_simulated_file_makes_a_simulated_entry(tmp_path, mine, grid):
    with xr.open_dataset(grid) as ds:
        ds.assign_attrs(simulated="true").to_netcdf(tmp_path / "sim.nc")
    assert add_entry(tmp_path / "sim.nc", "sim").simulated
    assert not add_entry(grid, "salt").simulated


def test_stated_unit_of_a_known_variable_survives(tmp_path, mine):
    ds = xr.Dataset(
        {"lst": (("lat", "lon"), np.full((2, 2), 300.0))},
        coords={"lat": [0.0, 1.0], "lon": [0.0, 1.0]},
    )
    ds.to_netcdf(tmp_path / "t.nc")
    about = add_entry(tmp_path / "t.nc", "warm", {"units": {"lst": "K"}})
    assert about.units == {"lst": "degC"}
    assert float(open_source("warm").lst.max()) == pytest.approx(26.85, abs=1e-3)


def test_static_grid_has_no_dates(tmp_path, mine, grid):
    xr.open_dataset(grid).isel(time=0, drop=True).to_netcdf(tmp_path / "still.nc")
    assert add_entry(tmp_path / "still.nc", "still").coverage[4:] == (None, None)


def test_options_reach_the_reader(tmp_path, mine):
    (tmp_path / "t.csv").write_text("a;b\n1,5;2\n")
    add_entry(tmp_path / "t.csv", "mine", options={"sep": ";", "decimal": ","})
    assert open_source("mine").compute()["a"].tolist() == [1.5]


@pytest.mark.parametrize(
    ("name", "match"),
    [
        ("wind", "There is a source 'wind' already"),
        ("my file", "is no name"),
        ("../x", "is no name"),
        ("salt", "There is no file"),
    ],
)
def test_refused_additions_write_nothing(tmp_path, mine, name, match):
    before = mine.read_text()
    with pytest.raises(ValueError, match=match):
        add_entry(tmp_path / "none.nc", name)
    assert mine.read_text() == before


def test_file_that_does_not_open_is_not_added(tmp_path, mine):
    (tmp_path / "a.nc").write_text("no netcdf")
    before = mine.read_text()
    with pytest.raises(ValueError, match="is no NetCDF file"):
        add_entry(tmp_path / "a.nc", "mine")
    assert mine.read_text() == before


def test_overwriting_replaces(mine, grid):
    add_entry(grid, "salt", {"title": "One"})
    with pytest.raises(ValueError, match="already"):
        add_entry(grid, "salt", {"title": "Two"})
    assert add_entry(grid, "salt", {"title": "Two"}, overwrite=True).title["en"] == "Two"


def test_first_addition_makes_the_catalogue_in_the_configuration_folder(
    tmp_path, monkeypatch, grid
):
    monkeypatch.delenv("QAZCUBE_CATALOG", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    about = add_entry(grid, "salt")
    assert about.catalogue == settings.user_catalog()
    assert yaml.safe_load(settings.user_catalog().read_text())["version"] == 2
    assert "salt" in list_sources().index


def test_the_first_entry_makes_the_catalogue_that_the_setting_names(tmp_path, monkeypatch):
    (tmp_path / "wells.csv").write_text("time,longitude,latitude,level\n2020-01-01,70,45,1\n")
    monkeypatch.setenv("QAZCUBE_CATALOG", str(tmp_path / "new" / "own.yml"))
    assert add_entry(tmp_path / "wells.csv", "wells").kind == "points"
    assert (tmp_path / "new" / "own.yml").is_file()


def test_first_file_of_a_pattern_tells_the_format(tmp_path, mine, grid):
    for year in (2001, 2002):
        (tmp_path / f"level_{year}.tsv").write_text("level\tplace\n1.5\twell\n")
    add_entry(tmp_path / "level_*", "levels", options={"sep": "\t"})
    assert len(open_source("levels").compute()) == 2
    with pytest.raises(ValueError, match=r"format of .*nothing_.* is unknown"):
        add_entry(tmp_path / "nothing_*", "nothing")
