"""Earth Engine: what is missing is said plainly; the question is put as xee wants it."""

from __future__ import annotations

import sys
from types import ModuleType

import numpy as np
import pytest
import xarray as xr

from analysis.sources import open_source
from analysis.sources.imagery import earthengine
from analysis.sources.imagery.earthengine import open_earth_engine

ASKED = {"bbox": (66, 50, 67, 51), "start": "2021-06", "end": "2021-07"}


@pytest.fixture
def no_project(monkeypatch):
    monkeypatch.delenv("EARTHENGINE_PROJECT", raising=False)


def test_missing_package_is_named(monkeypatch, no_project):
    monkeypatch.setattr(earthengine, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r'earthengine-api, xee\): pip install "qazcube\[earth'):
        open_earth_engine("MODIS/061/MOD13Q1", **ASKED)


def test_missing_account_is_named(monkeypatch, no_project):
    monkeypatch.setattr(earthengine, "find_spec", lambda name: object())
    with pytest.raises(ValueError, match=r"earthengine authenticate.*EARTHENGINE_PROJECT"):
        open_earth_engine("MODIS/061/MOD13Q1", **ASKED)


@pytest.mark.parametrize(
    ("collection", "change", "message"),
    [
        ("", {}, "which image collection"),
        ("A", {"bbox": None}, "Say where and when"),
        ("A", {"bbox": (67, 50, 66, 51)}, "is none"),
        ("A", {"resolution": 0}, "positive"),
        ("A", {"end": "2020"}, "before it starts"),
    ],
)
def test_incomplete_questions(collection, change, message):
    with pytest.raises(ValueError, match=message):
        open_earth_engine(collection, **{**ASKED, **change})


def test_entry_of_the_catalogue_says_what_is_missing(monkeypatch, no_project):
    monkeypatch.setattr(earthengine, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"packages that are not installed"):
        open_source("earthengine_ndvi", path="ee://MODIS/061/MOD13Q1", **ASKED)
    with pytest.raises(ValueError, match=r"ee://COLLECTION"):
        open_source("earthengine_ndvi", path="https://example.org/a", **ASKED)


class Images:
    """Stands for ee.ImageCollection and writes down what was asked."""

    asked: list = []  # noqa: RUF012 - shared on purpose, as the module it stands for

    def __init__(self, name):
        self.asked[:] = [("collection", name)]

    def __getattr__(self, name):
        return lambda *given: self.asked.append((name, given)) or self


def test_question_in_the_form_of_xee(monkeypatch):
    """The packages are not here: the form of the call is that of their documentation."""
    ee = ModuleType("ee")
    ee.EEException = type("EEException", (Exception,), {})
    started = {}
    ee.Initialize = lambda **options: started.update(options)
    ee.ImageCollection = Images
    ee.Geometry = type("Geometry", (), {"Rectangle": staticmethod(lambda *sides: sides)})
    opened = {}

    def open_dataset(images, **options):
        opened.update(options)
        return xr.Dataset({"NDVI": ("x", np.zeros(1))})

    monkeypatch.setitem(sys.modules, "ee", ee)
    monkeypatch.setattr(earthengine, "find_spec", lambda name: object())
    monkeypatch.setattr(xr, "open_dataset", open_dataset)
    ds = open_earth_engine("A/B", bands=["NDVI"], resolution=0.1, project="mine", **ASKED)
    assert "NDVI" in ds
    assert started["project"] == "mine"
    assert Images.asked[0] == ("collection", "A/B")
    assert Images.asked[1][1][0] == "2021-06-01T00:00:00"
    assert Images.asked[3] == ("select", (["NDVI"],))
    assert opened["crs_transform"] == (0.1, 0.0, 66.0, 0.0, -0.1, 51.0)
    assert opened["shape_2d"] == (10, 10)

    def refuse(**_):
        raise ee.EEException("no permission")

    ee.Initialize = refuse
    with pytest.raises(ValueError, match="refuses: no permission"):
        open_earth_engine("A/B", project="mine", **ASKED)
