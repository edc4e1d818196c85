"""The documentation: complete, its links alive, its code run as it stands."""

from __future__ import annotations

import doctest
import importlib.util
import re
import sys
import textwrap
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import typer.main
import xarray as xr
import yaml
from bokeh.application import Application
from bokeh.document import Document
from panel.io.handlers import ScriptHandler

from analysis.cli import app
from analysis.cubes import ingest
from analysis.settings import ROOT, SETTINGS
from analysis.sources import list_sources, open_source

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "data_cache/README.md"])
DOCS = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")}
BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)[^)]*\)")


def blocks(path: Path, language: str) -> list[str]:
    found = BLOCK.findall(path.read_text(encoding="utf-8"))
    return [textwrap.dedent(text) for _, kind, text in found if kind == language]


def recipe(start: str) -> str:
    """The one block of CONTRIBUTING.md whose first line names this file."""
    kinds = ("python", "yaml")
    every = [text for kind in kinds for text in blocks(ROOT / "CONTRIBUTING.md", kind)]
    (block,) = [text for text in every if text.startswith(f"# {start}\n")]
    return block


def commands(group: Any = None, before: str = "qazcube") -> Iterator[str]:
    for name, command in (group or typer.main.get_command(app)).commands.items():
        yield f"{before} {name}"
        if hasattr(command, "commands"):
            yield from commands(command, f"{before} {name}")


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_is_documented(setting):
    assert f"| `{setting.env}` |" in DOCS["index.md"]


@pytest.mark.parametrize("command", list(commands()))
def test_every_command_is_documented(command):
    assert re.search(rf"`{command}[ `]", DOCS["index.md"])


def test_every_page_is_documented():
    for page in (ROOT / "apps").glob("*.py"):
        assert f"| `/{page.stem}` |" in DOCS["index.md"], f"docs/index.md misses {page.name}"


def test_every_source_is_documented():
    for name in list_sources()["name"]:
        assert any(f"`{name}`" in text for text in DOCS.values()), f"docs/ says nothing of {name}"


def test_every_document_is_in_the_index():
    for name in DOCS:
        assert name == "index.md" or f"({name})" in DOCS["index.md"]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(path):
    links = LINK.findall(path.read_text(encoding="utf-8"))
    dead = [link for link in links if not (path.parent / link).exists()]
    assert not dead


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_commands_in_the_text_exist(path):
    text = path.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    code = "\n".join([*re.findall(r"`([^`\n]+)`", text), *blocks(path, "sh")])
    assert set(re.findall(r"(?:^|\n)make ([a-z-]+)", code)) <= targets
    known = {command.split()[1] for command in commands()}
    assert set(re.findall(r"qazcube ([a-z]+)", code)) <= known


def test_papers_of_the_formulas_and_data_are_in_the_bibliography():
    known = (ROOT / "docs" / "references.bib").read_text(encoding="utf-8")
    keys = re.findall(r"^@\w+\{(\w+),$", known, re.MULTILINE)
    assert keys
    assert len(set(keys)) == len(keys)
    pattern = re.compile(r"doi:\s*(10\.\d{4,}/(?:[\w./;:-]|\(\w+\))*\w)")
    for path in [*(ROOT / "analysis").rglob("*.py"), ROOT / "catalog.yml"]:
        for identifier in pattern.findall(path.read_text(encoding="utf-8")):
            assert f"{{{identifier}}}" in known, f"{path.name} cites {identifier}"


def test_example_of_the_readme_runs(cache, capsys):
    ingest("wind", "wind", progress=lambda done, total: None)
    (example,) = blocks(ROOT / "README.md", "python")
    exec(compile(example, "README.md", "exec"), {})  # noqa: S102 - our own text
    first, second = capsys.readouterr().out.splitlines()
    unit, distance = first.split()
    assert unit == "m/s"
    assert 0 <= float(distance) < 200
    assert second.startswith("132 (300, 600) ")


def test_recipe_for_a_source(tmp_path, monkeypatch):
    rows = yaml.safe_load(recipe("catalog.yml"))
    grid = xr.Dataset(
        {"salinity": (("time", "latitude", "longitude"), np.full((12, 5, 6), 35.0, "float32"))},
        {
            "time": pd.date_range("2010-01-01", periods=12, freq="MS"),
            "latitude": np.linspace(37, 47, 5),
            "longitude": np.linspace(47, 55, 6),
        },
    )
    folder = tmp_path / "analysis" / "starter"
    folder.mkdir(parents=True)
    grid.to_netcdf(folder / "salinity.nc")
    (tmp_path / "catalog.yml").write_text(recipe("catalog.yml"), encoding="utf-8")
    monkeypatch.setenv("QAZCUBE_CATALOG", str(tmp_path / "catalog.yml"))
    assert set(rows["entries"]) <= set(list_sources()["name"])
    opened = open_source("salinity")["salinity"]
    assert opened.attrs["units"] == "g/kg"
    assert opened.chunks is not None
    assert float(opened.mean()) == 35.0


def load(path: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_recipe_for_a_feature(tmp_path, monkeypatch):
    name = "analysis.features.departures"
    path = tmp_path / "departures.py"
    path.write_text(recipe("analysis/features/departures.py"), encoding="utf-8")
    module = load(path, name)
    assert doctest.testmod(module).failed == 0
    if "analysis.features" not in sys.modules:
        monkeypatch.setitem(sys.modules, "analysis.features", ModuleType("analysis.features"))
    monkeypatch.setitem(sys.modules, name, module)
    (use,) = [one for one in blocks(ROOT / "CONTRIBUTING.md", "python") if f"from {name}" in one]
    scope: dict[str, Any] = {}
    exec(compile(use, "CONTRIBUTING.md", "exec"), scope)  # noqa: S102 - our own text
    result = scope["result"]
    assert result.dims == ("time", "cell")
    assert result.attrs["units"] == "m/s"
    assert np.isnan(result[0]).all()
    assert np.isfinite(result[1:]).all()


def test_recipe_for_a_page(tmp_path, monkeypatch):
    (tmp_path / "apps" / "views").mkdir(parents=True)
    for name in ("apps/strongest.py", "apps/views/strongest.py"):
        (tmp_path / name).write_text(recipe(name), encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    handler = ScriptHandler(filename=str(tmp_path / "apps" / "strongest.py"))
    document = Document()
    request = SimpleNamespace(arguments={}, headers={}, cookies={})
    context = SimpleNamespace(request=request, id="recipe", server_context=None)
    document._session_context = lambda: context
    Application(handler).initialize_document(document)
    assert not handler.failed, handler.error_detail
    texts = [getattr(model, "text", "") for model in document.select({})]
    (table,) = [unescape(text) for text in texts if "&lt;table" in text]
    assert table.count("<tr") == 11  # the head and ten events
