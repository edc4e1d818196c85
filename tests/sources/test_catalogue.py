"""Our catalogue: every entry opens, lazily, with what the product promises of it."""

from __future__ import annotations

import os
import re
import runpy
from pathlib import Path

import cmocean
import colorcet
import dask
import dask.dataframe as dd
import geopandas as gpd
import numpy as np
import pytest
import xarray as xr
import yaml
from intake.readers.entry import Catalog

from analysis import settings
from analysis.sources import entry, list_sources, open_source
from analysis.sources.entries import ACCESS, KINDS, LANGUAGES
from analysis.sources.rows import addresses
from analysis.sources.vocabulary import known, vocabulary
from analysis.sources.ways import DOWNLOADS

OURS = yaml.safe_load((settings.ROOT / "catalog.yml").read_text(encoding="utf-8"))
NAMES = list(OURS["entries"])
FETCHED = [
    name
    for name, row in OURS["entries"].items()
    if any(url.startswith(DOWNLOADS) for url in addresses(OURS, name))
]
AT_HAND = [name for name in NAMES if name not in FETCHED]
DOCS = settings.ROOT / "docs" / "sources.md"


@pytest.mark.parametrize("name", NAMES)
def test_every_entry_says_what_it_is(name):
    about = entry(name)
    assert about.kind in KINDS
    assert about.access in ACCESS
    assert len(about.licence) > 2
    assert len(about.citation) > 20
    for text in (about.title, about.description):
        assert set(text) == set(LANGUAGES)
        assert len(set(text.values())) == 3, "a text is missing in one language"


@pytest.mark.parametrize("name", FETCHED)
def test_what_is_fetched_says_from_whom_and_how(name, cache):
    about = entry(name)
    assert len(about.provider) > 2
    assert about.homepage.startswith(("http://", "https://"))
    assert about.access == ("account" if about.account else "open")
    assert about.latency or about.cadence == "static"
    assert about.fetch is not None
    (url,) = addresses(OURS, name)
    assert url.startswith(f"{DOWNLOADS}/{name}/")
    if about.kind == "grid" and about.fetch.how != "stac":
        assert about.resolution is not None
        assert about.units
    if about.fetch.how == "service":
        assert len(set(about.fetch.words.values())) == 3, "a text is missing in one language"
    with pytest.raises(ValueError, match=f"Nothing of the source '{name}' is downloaded") as caught:
        open_source(name)
    assert str(settings.cache_dir() / "downloads") in str(caught.value)
    if about.fetch.how not in ("service", "none"):
        assert f"qazcube fetch {name} --region " in str(caught.value)


@pytest.mark.parametrize("name", AT_HAND)
def test_what_is_at_hand_opens_lazily_with_units(name, refuse_compute):
    about = entry(name)
    opened = open_source(name)
    if about.kind == "grid":
        check_grid(opened, about)
    elif about.kind == "events":
        assert isinstance(opened, dd.DataFrame)
        assert {"id", "time", "longitude", "latitude", "depth", "mag"} <= set(opened.columns)
    elif about.kind == "table":
        assert len(opened.columns) > 1
    else:
        assert isinstance(opened, gpd.GeoDataFrame)
        assert opened.crs.to_epsg() == 4326


def check_grid(opened, about):
    assert isinstance(opened, xr.Dataset)
    variables = [v for v in opened.data_vars if v != "time_bounds"]
    assert set(about.units) == set(variables)
    for name in variables:
        data = opened[name]
        assert data.chunks is not None, "not lazy"
        assert data.dims == ("time", "latitude", "longitude")
        assert data.dtype == np.float32
        assert data.attrs["units"] == about.units[name] == known(name).units
        assert data.attrs["long_name"]
        assert data.attrs["source"]
        assert ("simulated" in data.attrs) == about.simulated
    west, south, east, north, start, end = about.coverage
    assert west <= opened.longitude.min() <= opened.longitude.max() <= east
    assert south <= opened.latitude.min() <= opened.latitude.max() <= north
    if opened.attrs.get("static"):
        assert (start, end) == (None, None)
        return
    assert np.datetime64(start) <= opened.time.values[0]
    assert opened.time.values[-1] < np.datetime64(end) + np.timedelta64(1, "D")


@pytest.mark.parametrize(
    "name", [n for n in AT_HAND if OURS["entries"][n]["metadata"]["kind"] == "grid"]
)
def test_values_are_plausible(name):
    about = entry(name)
    opened = open_source(name)
    for variable in about.units:
        row = known(variable)
        with dask.config.set(scheduler="synchronous"):
            values = opened[variable].isel(time=[0, -1]).values
        assert np.isfinite(values).mean() > 0.1
        assert np.nanmin(values) >= row.minimum
        assert np.nanmax(values) <= row.maximum


def test_events_hold_the_real_number_of_rows():
    table = open_source("events_gcmt").compute()
    assert len(table) == 50_282
    assert not table["simulated"].any()
    assert open_source("events_simulated").compute()["simulated"].all()


def test_catalogue_is_plain_intake_too():
    catalog = Catalog.from_yaml_file(str(settings.ROOT / "catalog.yml"))
    assert set(catalog) == set(NAMES)
    assert catalog["wind"].read().sizes["time"] == 132
    assert len(catalog["plates"].read()) > 10
    assert "mag" in catalog["events_gcmt"].read().columns


def test_packaged_files_of_the_catalogue_exist():
    for row in OURS["data"].values():
        if row["kwargs"]["url"].startswith(DOWNLOADS):
            continue
        path = Path(row["kwargs"]["url"].replace("{CATALOG_DIR}", str(settings.ROOT)))
        assert path.is_file()
        assert path.is_relative_to(settings.ROOT / "analysis" / "starter")


def test_unknown_name_gets_a_suggestion():
    with pytest.raises(ValueError, match=r"no source 'gravty'\. Did you mean 'gravity_"):
        open_source("gravty")
    with pytest.raises(ValueError, match="Did you mean 'wind'"):
        entry("Wnd")


def test_unknown_parameter_gets_a_suggestion():
    with pytest.raises(ValueError, match=r"no parameter 'sead'\. Did you mean 'seed'"):
        open_source("gravity_simulated", sead=3)


def test_parameter_reaches_the_reader():
    first, same, other = (
        open_source("ionosphere_simulated", seed=seed).tec.isel(time=0).values for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, same)
    assert not np.array_equal(first, other)


def test_list_has_a_row_for_each_name_in_three_languages():
    tables = {language: list_sources(language) for language in LANGUAGES}
    for table in tables.values():
        assert list(table.index) == list(table["name"])
        assert set(NAMES) <= set(table.index)
    assert tables["kk"].loc["wind", "title"].startswith("Жел")
    assert tables["ru"].loc["wind", "title"].startswith("Ветер")
    assert tables["en"].query("kind == 'events'").index.tolist() == [
        "events_gcmt",
        "events_simulated",
        "earthquakes_usgs",
        "earthquakes_emsc",
        "earthquakes_live",
    ]


def test_twin_has_the_same_names(twin):
    rows = yaml.safe_load(twin.read_text(encoding="utf-8"))
    assert set(rows["entries"]) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_twin_opens(name, twin):
    ours, other = OURS["entries"][name]["metadata"], entry(name)
    assert other.catalogue == twin
    assert other.kind == ours["kind"]
    assert other.simulated == ours["simulated"]
    opened = open_source(name)
    if other.kind == "grid":
        assert dict(other.units) == ours["units"]
        check_grid_of_twin(opened, other, fetched=name in FETCHED)
    elif name in FETCHED:
        table = opened.compute() if hasattr(opened, "compute") else opened
        assert len(table)
        assert set(entry(name).units) <= set(table.columns)


def check_grid_of_twin(opened, about, fetched):
    for name, unit in about.units.items():
        assert opened[name].attrs["units"] == unit
        assert opened[name].chunks is not None, "not lazy"
        if fetched:
            assert np.isfinite(opened[name].values).any(), "no value at all"
    if not fetched:
        assert opened.sizes["longitude"] == 24
        assert opened.longitude.values[0] == -172.5


def test_own_catalogue_adds_and_replaces(tmp_path, monkeypatch, twin):
    other = tmp_path / "mine.yml"
    other.write_text("entries: {wind: {url: w.nc, title: Mine}, wells: {url: wells.csv}}")
    monkeypatch.setenv("QAZCUBE_CATALOG", f"{twin}{os.pathsep}{other}")
    assert entry("wind").title["en"] == "Mine"
    assert entry("wells").kind == "table"
    assert entry("relief").catalogue == twin
    assert set(list_sources().index) == {*NAMES, "wells"}


def test_changed_catalogue_is_read_again(tmp_path, monkeypatch):
    path = tmp_path / "mine.yml"
    monkeypatch.setenv("QAZCUBE_CATALOG", str(path))
    path.write_text("entries: {a: {url: a.csv, title: One}}")
    assert entry("a").title["en"] == "One"
    path.write_text("entries: {a: {url: a.csv, title: Another}}")
    assert entry("a").title["en"] == "Another"


def test_declared_parameter_chooses_a_file(tmp_path, monkeypatch):
    for name, value in (("first", 1.0), ("second", 2.0)):
        xr.Dataset(
            {"salinity": (("lat", "lon"), np.full((2, 2), value), {"units": "g/kg"})},
            coords={"lat": [0.0, 1.0], "lon": [0.0, 1.0]},
        ).to_netcdf(tmp_path / f"{name}.nc")
    (tmp_path / "mine.yml").write_text(
        """
        user_parameters:
          product:
            cls: "intake.readers.user_parameters:OptionsUserParameter"
            default: first
            options: [first, second]
            dtype: str
            description: Which file
        data: {file: {url: "{product}.nc"}}
        entries:
          a:
            reader: "intake.readers.readers:XArrayDatasetReader"
            kwargs: {args: ["{data(file)}"], engine: netcdf4, open_local: true, chunks: {}}
        """
    )
    monkeypatch.setenv("QAZCUBE_CATALOG", str(tmp_path / "mine.yml"))
    assert float(open_source("a").salinity.max()) == 1.0
    assert float(open_source("a", product="second").salinity.max()) == 2.0
    with pytest.raises(ValueError, match="third"):
        open_source("a", product="third")


def test_only_the_catalogue_reads_catalogues():
    pattern = re.compile(r"open_catalog\(|from_yaml_file\(|Catalog\.from_dict\(")
    readers = [
        path.relative_to(settings.ROOT).as_posix()
        for room in ("analysis", "apps")
        for path in (settings.ROOT / room).rglob("*.py")
        if pattern.search(path.read_text(encoding="utf-8"))
    ]
    assert readers == ["analysis/sources/catalogue.py"]


def test_tables_of_the_documentation_are_in_step():
    script = settings.ROOT / "scripts" / "sources_table.py"
    after = runpy.run_path(str(script))["written"](DOCS.read_text(encoding="utf-8"))
    assert DOCS.read_text(encoding="utf-8") == after, "run: python scripts/sources_table.py"
    for name in NAMES:
        assert f"| `{name}` |" in after
    for name, row in vocabulary().items():
        assert f"| `{name}` | {row.units} |" in after


def test_vocabulary_names_three_languages_and_colour_maps_that_exist():
    for row in vocabulary().values():
        assert set(row.names) == set(LANGUAGES)
        assert len(set(row.names.values())) == 3
        library, _, name = row.colormap.partition(":")
        if library == "colorcet":
            assert name in colorcet.palette
        else:
            assert library == "cmocean"
            assert name.removesuffix("_r") in cmocean.cm.cmapnames
        assert row.minimum < row.maximum
        if row.center is not None:
            assert row.minimum < row.center < row.maximum
