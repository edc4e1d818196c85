"""Our own entries: what is downloaded is what their readers look for."""

from __future__ import annotations

import datetime as dt
import fnmatch
import re

import pytest
import yaml

from analysis import settings
from analysis.sources import entry
from analysis.sources.fetching.courier import Courier
from analysis.sources.fetching.finding import Wish, by_address
from analysis.sources.fetching.places import box_of, touches
from analysis.sources.fetching.templates import chosen, fill
from analysis.sources.missing import command
from analysis.sources.rows import addresses
from analysis.sources.ways import DOWNLOADS

OURS = yaml.safe_load((settings.ROOT / "catalog.yml").read_text(encoding="utf-8"))
WAYS = {
    name: row["metadata"]["fetch"]["how"]
    for name, row in OURS["entries"].items()
    if row["metadata"].get("fetch")
}
BOX = (60.0, 40.0, 90.0, 56.0)


def pattern_of(name):
    (url,) = addresses(OURS, name)
    return url.removeprefix(f"{DOWNLOADS}/{name}/")


PLAIN = [
    name
    for name, how in WAYS.items()
    if how == "files" and not {"index", "choose"} & set(OURS["entries"][name]["metadata"]["fetch"])
]


@pytest.mark.parametrize("name", PLAIN)
def test_names_of_files_fit_the_pattern_of_the_reader(name):
    about = entry(name)
    way = about.fetch
    last = dt.date.fromisoformat((about.coverage.end or "2023-06-30")[:10])
    with Courier() as courier:
        items = list(by_address(way, Wish(about, BOX, last - dt.timedelta(40), last, {}), courier))
    assert items
    for item in items:
        assert fnmatch.fnmatchcase(item.name, pattern_of(name)), item.name
        assert all(url.startswith(("https://", "http://")) for url in item.urls)


@pytest.mark.parametrize("name", [one for one, how in WAYS.items() if how != "none"])
def test_the_command_that_is_proposed_is_one(name):
    about = entry(name)
    text = command(about)
    region = re.search(r"--region (\S+)", text)[1]
    assert touches(box_of(region, about), about.coverage[:4])
    assert all(f"--choose {one}=" in text for one in about.fetch.choose)


def test_choices_of_our_entries_have_examples_that_fill_their_addresses():
    examples = {"frame": "021D_04972_131213", "station": "POL2"}
    for name in WAYS:
        way = entry(name).fetch
        if not way.choose or not set(way.choose) <= set(examples):
            continue
        choices = chosen(way, {key: examples[key] for key in way.choose}, name)
        for template in (*way.urls, way.base):
            assert "{" not in fill(template, dt.date(2020, 1, 1), BOX, choices)
