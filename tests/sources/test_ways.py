"""The key ``fetch`` of an entry, files that are not here yet, and files of one's own."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from analysis import settings
from analysis.sources import entry, list_sources, open_source
from analysis.sources.ways import read_way

ENTRY = """
entries:
  lst:
    url: "{DOWNLOADS}/lst/*.nc"
    kind: grid
    title: LST
    access: account
    account: earthdata
    provider: NASA
    homepage: https://example.org
    latency: P2D
    resolution: 0.01
    public: false
    coverage: {west: 40, south: 30, east: 95, north: 60, start: "2000-02-24", end: "2019-06-30"}
    fetch: {how: files, urls: ["https://example.org/a{date:%Y%j}.nc"], step: P1D}
"""


@pytest.fixture
def own(tmp_path, monkeypatch, cache):
    path = tmp_path / "mine.yml"
    path.write_text(ENTRY)
    monkeypatch.setenv("QAZCUBE_CATALOG", str(path))
    return path


def write(path, day, value=280.0):
    path.parent.mkdir(parents=True, exist_ok=True)
    xr.Dataset(
        {"lst": (("time", "lat", "lon"), np.full((1, 2, 3), value), {"units": "K"})},
        {"time": [np.datetime64(day, "ns")], "lat": [1.0, 2.0], "lon": [5.0, 6.0, 7.0]},
    ).to_netcdf(path)
    return path


def test_entry_and_list_know_where_it_comes_from(own):
    about = entry("lst")
    row = list_sources().loc["lst"]
    for key, value in {
        "provider": "NASA",
        "homepage": "https://example.org",
        "account": "earthdata",
        "latency": "P2D",
        "resolution": 0.01,
        "public": False,
    }.items():
        assert getattr(about, key) == value
        assert row[key] == value
    assert row["fetch"] == about.fetch.how == "files"
    assert about.fetch.urls == ("https://example.org/a{date:%Y%j}.nc",)
    assert list_sources().loc["wind", "fetch"] == ""
    assert entry("wind").public


def test_nothing_downloaded_says_the_command(own):
    with pytest.raises(ValueError, match="Nothing of the source 'lst' is downloaded yet") as caught:
        open_source("lst")
    text = str(caught.value)
    assert (
        "qazcube fetch lst --region kazakhstan_central_asia --start 2018-12-01 --end 2018-12-31."
        in text
    )
    assert "needs an account (earthdata)" in text
    assert "open_source('lst', path=...)" in text
    assert str(settings.cache_dir() / "downloads") in text


def test_words_where_somebody_clicks(own):
    text = ENTRY[: ENTRY.index("    fetch:")]
    own.write_text(f"{text}    fetch: {{how: service, words: Click there.}}")
    with pytest.raises(ValueError, match=r"Click there\. Then put the files into .*lst\."):
        open_source("lst")


def test_downloaded_files_open_without_a_change_to_the_catalogue(own, cache, monkeypatch, tmp_path):
    folder = cache / "downloads" / "lst"
    write(folder / "a2018001.nc", "2018-01-01")
    assert open_source("lst").sizes["time"] == 1
    write(folder / "a2018002.nc", "2018-01-02")
    assert open_source("lst").sizes["time"] == 2
    monkeypatch.setenv("QAZCUBE_CACHE", str(tmp_path / "another"))
    with pytest.raises(ValueError, match="is downloaded yet"):
        open_source("lst")


def test_half_files_are_no_files(own, cache):
    folder = cache / "downloads" / "lst"
    folder.mkdir(parents=True)
    (folder / ".a2018001.nc.part").write_bytes(b"half")
    with pytest.raises(ValueError, match="is downloaded yet"):
        open_source("lst")


def test_files_of_ones_own_open_as_the_product(own, tmp_path):
    one = write(tmp_path / "x" / "one.nc", "2018-01-01")
    two = write(tmp_path / "x" / "two.nc", "2018-01-05", 290.0)
    assert open_source("lst", path=one).sizes["time"] == 1
    assert open_source("lst", path=str(tmp_path / "x" / "*.nc")).sizes["time"] == 2
    both = open_source("lst", path=[two, one]).lst
    assert both.attrs["units"] == "degC"
    np.testing.assert_allclose(both.mean(["latitude", "longitude"]), [6.85, 16.85], atol=1e-4)
    assert entry("lst").fetch.how == "files"
    with pytest.raises(ValueError, match="is downloaded yet"):
        open_source("lst")


def test_files_of_ones_own_that_are_none(own, tmp_path):
    for path, match in (
        (tmp_path / "no.nc", "There is no file"),
        ([], "names no file"),
        ("{func(os.system)}", "would run code|brace"),
        (b"a.nc", "bytes"),
    ):
        with pytest.raises(ValueError, match=match):
            open_source("lst", path=path)
    with pytest.raises(ValueError, match="reads no file"):
        open_source("gravity_simulated", path="a.nc")


WRONG = {
    "no mapping": ("files", "write it as a mapping"),
    "unknown how": ({"how": "fils"}, "Did you mean 'files'"),
    "unknown key": ({"how": "files", "url": "x"}, "Did you mean 'urls'"),
    "no addresses": ({"how": "files"}, "without 'urls'"),
    "no short name": ({"how": "granules", "version": "6"}, "without 'short_name'"),
    "words of nobody": ({"how": "service"}, "without 'words'"),
    "key of none": ({"how": "none", "urls": ["x"]}, "takes no keys"),
    "step": ({"how": "files", "urls": ["a{date:%Y}"], "step": "P1W"}, "step: 'P1W'"),
    "checksum": ({"how": "files", "urls": ["a"], "checksum": "md4"}, "Did you mean 'md5'"),
    "once with a date": ({"how": "files", "urls": ["a{date:%Y}"]}, "with {date}, and step: once"),
    "daily without": ({"how": "files", "urls": ["a"], "step": "P1D"}, "without {date}, and step"),
    "dated base": ({"how": "listing", "base": "a{date:%Y}", "pattern": "b"}, "and step: once"),
    "brace": ({"how": "files", "urls": ["a{stations}"]}, "{stations}, which nothing fills"),
    "tiles": ({"how": "files", "urls": ["{tile}"], "tiles": {"tile": 7}}, "write one, as"),
    "pattern": ({"how": "listing", "base": "a", "pattern": "("}, "no regular expression"),
}


@pytest.mark.parametrize(("given", "match"), WRONG.values(), ids=WRONG.keys())
def test_wrong_ways_are_refused(given, match):
    with pytest.raises(ValueError, match=match) as caught:
        read_way("lst", given)
    assert "'lst'" in str(caught.value)


def test_braces_are_filled_by_choices_their_groups_and_columns():
    way = read_way(
        "frames",
        {
            "how": "listing",
            "base": "http://x.org/{track}/{frame}/",
            "pattern": r"(?P<date>\d{8})_\d{8}/.*\.tif",
            "choose": {"frame": r"0*(?P<track>\d+)[AD]_\d{5}_\d{6}"},
        },
    )
    assert way.choose["frame"].startswith("0*")
    places = {"url": "http://x.org/list", "columns": ["station", "latitude", "longitude"]}
    row = {"how": "files", "urls": ["http://x.org/{station}.txt"], "index": places}
    assert read_way("stations", row).index["columns"][0] == "station"


@pytest.mark.parametrize(
    ("line", "match"),
    [
        ("latency: 2 days", "latency '2 days'; write it as P60D"),
        ("latency: P", "latency 'P'"),
        ("resolution: 1km", "resolution '1km'"),
        ("resolution: 0", "resolution 0"),
        ("public: maybe", "public 'maybe'; allowed: true, false"),
        ("account: Earth Data", "account 'Earth Data'"),
    ],
)
def test_wrong_values_of_an_entry_are_refused(own, line, match):
    key = line.split(":", maxsplit=1)[0]
    kept = [one for one in ENTRY.splitlines() if not one.strip().startswith(f"{key}:")]
    own.write_text("\n".join(kept) + f"\n    {line}\n")
    with pytest.raises(ValueError, match=match):
        entry("lst")
