"""Portals of the catalogue: each has a row, opens as a table, and says where to click."""

from __future__ import annotations

import pytest

from analysis.sources import entry, list_sources, open_source
from analysis.sources.fetching import plan
from tests.products.portals_files import PORTALS

HOMEPAGES = {
    "portal_copernicus": "https://dataspace.copernicus.eu/",
    "portal_gracefo": "https://grace.jpl.nasa.gov/",
    "portal_worldview": "https://worldview.earthdata.nasa.gov/",
    "portal_earthengine": "https://earthengine.google.com/",
}


@pytest.mark.parametrize("name", PORTALS)
def test_a_portal_opens_as_what_we_have_from_there(name):
    table = open_source(name)
    named = table.loc[table["source"] != "", "source"]
    assert len(named)
    assert set(named) <= set(list_sources()["name"])
    assert entry(name).homepage == HOMEPAGES[name]
    for one, title in zip(named, table["title"], strict=False):
        assert entry(one).title["en"] == title
    kazakh = open_source(name, language="kk")
    assert (kazakh["title"] != table["title"]).all()


def test_worldview_has_the_layers_of_gibs():
    table = open_source("portal_worldview")
    tiles = table[table["kind"] == "tiles"]
    assert len(tiles) >= 5
    assert tiles["homepage"].str.startswith("https://worldview.earthdata.nasa.gov/?l=").all()
    assert tiles["homepage"].str.contains("MODIS_Terra_CorrectedReflectance_TrueColor").any()


def test_accounts_say_where_to_get_them():
    table = open_source("portal_gracefo").set_index("source")
    assert table.loc["gravity_mascons_jpl", "account"] == "earthdata"
    assert table.loc["gravity_mascons_jpl", "register"].startswith("https://urs.earthdata.nasa.gov")
    assert table.loc["gravity_mascons_csr", "account"] == ""


@pytest.mark.parametrize("name", PORTALS)
def test_nothing_is_downloaded_but_words_are_said(name):
    with pytest.raises(ValueError, match="is not downloaded by this program") as caught:
        plan(name)
    assert entry(name).fetch.words["en"] in str(caught.value)
