"""Catalogues by hand: completed, or refused with a reason."""

from __future__ import annotations

import pytest

from analysis.sources import entry, open_source
from analysis.sources.handwriting import complete


def test_completing_twice_changes_nothing():
    rows = {"entries": {"wells": {"url": "wells.csv", "title": "Wells"}}}
    once = complete(rows)
    assert complete(once) == once


def test_all_keys_of_intake_are_there():
    rows = complete({"entries": {"a": {"url": "a.nc"}}})
    assert set(rows) == {"version", "metadata", "aliases", "user_parameters", "data", "entries"}
    for row in rows["entries"].values():
        assert set(row) == {"reader", "output_instance", "kwargs", "metadata", "user_parameters"}
    for row in rows["data"].values():
        assert set(row) == {"datatype", "kwargs", "metadata", "user_parameters"}
    assert rows["aliases"] == {"a": "a"}


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("a.nc", "{CATALOG_DIR}/a.nc"),
        ("/data/a.nc", "/data/a.nc"),
        ("https://x.org/a.nc", "https://x.org/a.nc"),
        ("{CATALOG_DIR}/a.nc", "{CATALOG_DIR}/a.nc"),
    ],
)
def test_paths_are_relative_to_the_catalogue(url, wanted):
    rows = complete({"entries": {"a": {"url": url}}})
    assert rows["data"]["a_file"]["kwargs"]["url"] == wanted


FOREIGN = {
    "a reader": {"entries": {"a": {"reader": "os:system", "kwargs": {"args": ["ls"]}}}},
    "a reader of subprocess": {"entries": {"a": {"reader": "subprocess:Popen"}}},
    "a look-alike": {"entries": {"a": {"reader": "analysis_evil.x:Y"}}},
    "a converter": {"entries": {"a": {"reader": "intake.readers.convert:X"}}},
    "a module": {"entries": {"a": {"reader": "intake.readers.readers:PythonModule"}}},
    "a pickle": {"entries": {"a": {"reader": "intake.readers.readers:SKLearnModelReader"}}},
    "a data type": {"data": {"d": {"datatype": "os:system", "url": "a.nc"}}, "entries": {}},
    "a parameter": {"user_parameters": {"p": {"cls": "os:system"}}, "entries": {}},
    "a function as parameter": {
        "user_parameters": {"p": {"cls": "intake.readers.user_parameters:import_name"}}
    },
    "a parameter of data": {
        "data": {"d": {"url": "a.csv", "user_parameters": {"p": {"cls": "x:y"}}}}
    },
}


@pytest.mark.parametrize("rows", FOREIGN.values(), ids=FOREIGN.keys())
def test_foreign_code_is_not_imported(rows):
    with pytest.raises(
        ValueError, match="is not imported: only Intake's readers of grids, tables and vectors"
    ):
        complete(rows)


@pytest.mark.parametrize("text", ["{func(os:system)}", "{import(os:system)}", "{ shell(ls) }"])
def test_templates_that_run_code_are_refused(text):
    with pytest.raises(ValueError, match="would run code"):
        complete({"entries": {"a": {"url": "a.csv", "kwargs": {"converters": {"x": text}}}}})


PARAMETER = "intake.readers.user_parameters:BaseUserParameter"


@pytest.mark.parametrize("text", ["func(os:system)", "import(os:system)", "pickle64(gASV)"])
@pytest.mark.parametrize("where", ["catalogue", "entry", "data"])
def test_parameters_that_run_code_are_refused(text, where):
    rows = {
        "data": {"d": {"url": "a.csv"}},
        "entries": {"a": {"reader": "intake.readers.readers:DaskCSV"}},
    }
    place = {"catalogue": rows, "entry": rows["entries"]["a"], "data": rows["data"]["d"]}[where]
    place["user_parameters"] = {"p": {"cls": PARAMETER, "default": text}}
    with pytest.raises(ValueError, match="would run code"):
        complete(rows)


def test_a_parameter_is_written_as_a_mapping():
    with pytest.raises(ValueError, match="the parameter 'p' is 'os'; give its cls and default"):
        complete({"entries": {}, "user_parameters": {"p": "os"}})


def test_values_given_at_the_opening_run_no_code():
    with pytest.raises(ValueError, match="would run code"):
        open_source("wind", chunks="func(os:system)")


def test_something_of_ours_that_is_no_reader_is_not_called(tmp_path, monkeypatch):
    path = tmp_path / "c.yml"
    path.write_text("entries: {a: {reader: 'analysis.settings:cache_dir'}}")
    monkeypatch.setenv("QAZCUBE_CATALOG", str(path))
    with pytest.raises(ValueError, match=r"'analysis\.settings:cache_dir' is no reader"):
        open_source("a")


def test_foreign_catalogue_is_refused_before_anything_runs(tmp_path, monkeypatch):
    mark = tmp_path / "ran"
    (tmp_path / "evil.py").write_text(f"open({str(mark)!r}, 'w')\nclass R: pass\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    path = tmp_path / "c.yml"
    path.write_text("entries: {a: {reader: 'evil:R'}}")
    monkeypatch.setenv("QAZCUBE_CATALOG", str(path))
    with pytest.raises(ValueError, match="names 'evil:R', which is not imported"):
        open_source("a")
    assert not mark.exists()


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("just words", "no mapping with the key 'entries'"),
        ("entires: {}", "Did you mean 'entries'"),
        ("version: 1\nsources: {}", "'sources'"),
        ("version: 1", "version 1; only version 2"),
        ("entries: {a: b}", "'a' is no mapping"),
        ("entries: {a: {title: x}}", "has the key 'title'|neither url nor reader"),
        ("entries: {'a b': {url: a.nc}}", "'a b' is no name"),
        ("entries: {a: {url: a.xyz}}", "The format of 'a.xyz' is unknown"),
        ("entries: [", "cannot be read"),
        ("entries: {wells: {url: a.csv}}\naliases: {w: wels}", "Did you mean 'wells'"),
    ],
)
def test_mistakes_name_the_catalogue_and_what_is_wrong(tmp_path, monkeypatch, text, match):
    path = tmp_path / "mine.yml"
    path.write_text(text)
    monkeypatch.setenv("QAZCUBE_CATALOG", str(path))
    with pytest.raises(ValueError, match=match) as caught:
        entry("wind")
    assert "mine.yml" in str(caught.value)


def test_missing_catalogue_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("QAZCUBE_CATALOG", str(tmp_path / "none.yml"))
    with pytest.raises(ValueError, match=r"There is no catalogue .*none\.yml"):
        entry("wind")


@pytest.mark.parametrize(
    ("metadata", "match"),
    [
        ("kind: gird", "Did you mean 'grid'"),
        ("units: m", "write them by variable"),
        ("coverage: {west: 1, esat: 2}", "Did you mean 'east'"),
        ("access: pakaged", "Did you mean 'packaged'"),
    ],
)
def test_mistakes_in_metadata(tmp_path, monkeypatch, metadata, match):
    path = tmp_path / "mine.yml"
    path.write_text(f"entries: {{a: {{url: a.nc, {metadata}}}}}")
    monkeypatch.setenv("QAZCUBE_CATALOG", str(path))
    with pytest.raises(ValueError, match=match):
        entry("a")


def test_alias_opens_the_same_source(tmp_path, monkeypatch):
    (tmp_path / "wells.csv").write_text("a\n1\n")
    path = tmp_path / "mine.yml"
    path.write_text("entries: {wells: {url: wells.csv, title: Wells}}\naliases: {w: wells}")
    monkeypatch.setenv("QAZCUBE_CATALOG", str(path))
    assert entry("w").title == entry("wells").title
    assert open_source("w").compute()["a"].tolist() == [1]


def test_empty_sections_are_no_mistake():
    assert complete({"version": 2, "entries": None, "data": None})["entries"] == {}
