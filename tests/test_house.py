"""The house itself: packages, licences, names, sizes, and what must stand in no file."""

from __future__ import annotations

import ast
import functools
import importlib.metadata
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from analysis.settings import ROOT

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS: dict[str, list[str]] = PROJECT["project"]["optional-dependencies"]
CONDA_NAMES = {"matplotlib": "matplotlib-base"}
CONDA_EXTRAS = ("jupyter",)
PIP_ONLY = {"xgboost", "xgboost-cpu"}  # of two builds in one folder neither would work
CARD = "panel holoviews geoviews datashader hvplot dask xarray intake scikit-learn"
OPTIONAL = {"cudf", "cupy", "dask_gateway"}  # a GPU, a Dask Gateway: looked for, never required
HOSTS = (("py", "pi"), ("np", "mjs"), ("deb", "ian"), ("python", "hosted"), ("ana", "conda"))
FOLDERS = (("wo", "rk"), ("fa", "rm"), ("ro", "ot"))  # in two parts: this file is searched too
TEXT = {".py", ".md", ".yml", ".yaml", ".toml", ".txt", ".cff", ".bib", ".css", ".js", ".po", ""}


def requirements(*extras: str) -> dict[str, Requirement]:
    lines = [*PROJECT["project"]["dependencies"], *(line for one in extras for line in EXTRAS[one])]
    found = [Requirement(line) for line in lines]
    return {canonicalize_name(one.name): one for one in found}


def constraints() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z0-9-]+==[\w.!+]+", row) for row in rows), "plain name==version"
    pairs = [row.split("==") for row in rows]
    assert len({name for name, _ in pairs}) == len(pairs)
    return dict(pairs)


def tracked() -> list[Path]:
    done = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip("not a git checkout: there is no list of files")
    paths = [ROOT / name for name in done.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


def sources() -> Iterable[tuple[Path, str]]:
    for path in tracked():
        if path.suffix in TEXT:
            yield path.relative_to(ROOT), path.read_text(encoding="utf-8")


owners_of_packages = functools.cache(importlib.metadata.packages_distributions)


def imported(*folders: str) -> dict[str, Path]:
    """Top-level names that the Python files of the folders import, and one file of each."""
    names: dict[str, Path] = {}
    for path in (path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0]: path for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names[node.module.split(".")[0]] = path
    known = {*sys.stdlib_module_names, "analysis", "apps", "scripts", "tests", "benchmarks"}
    return {name: path for name, path in names.items() if name not in known}


def test_constraints_satisfy_every_range():
    exact = constraints()
    for name, wanted in requirements(*EXTRAS).items():
        assert name in exact, f"constraints.txt has no version of {name}"
        assert wanted.specifier.contains(exact[name]), f"{exact[name]} is not {wanted}"


def test_conda_environment_has_the_same_packages_and_ranges():
    rows = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    assert rows[-1] == {"pip": ["-e ."]}
    conda = {one.name: one for one in map(Requirement, rows[:-1])}
    assert str(conda.pop("python").specifier) == PROJECT["project"]["requires-python"]
    conda.pop("pip")
    pip = requirements(*CONDA_EXTRAS)
    wanted = {
        CONDA_NAMES.get(name, name): one.specifier
        for name, one in pip.items()
        if name not in PIP_ONLY
    }
    assert {name: one.specifier for name, one in conda.items()} == wanted
    assert set(CARD.split()) <= set(conda)
    assert "cudf" in (ROOT / "environment.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("folders", "extras"),
    [
        (("analysis", "apps"), ()),
        (("tests", "benchmarks", "scripts"), ("test", "jupyter", "dl")),
    ],
)
def test_every_import_is_a_declared_dependency(folders, extras):
    owners = owners_of_packages()
    declared = set(requirements(*extras))
    for name, path in imported(*folders).items():
        if name in OPTIONAL:
            continue
        packages = {canonicalize_name(owner) for owner in owners.get(name, [name])}
        assert packages & declared, f"{path.name} imports {name}, which pyproject.toml lacks"


def test_no_registry_host_and_no_path_of_a_machine():
    hosts = "|".join(f"{a}{b}" for a, b in HOSTS)
    folders = "|".join(f"{a}{b}" for a, b in FOLDERS)
    pattern = re.compile(rf"\b({hosts})\.(org|net|com)\b|(?<![\w.])/({folders})/|/t" + r"mp/[a-z]")
    hits = ((path, pattern.search(text)) for path, text in sources())
    assert not [f"{path}: {hit.group()}" for path, hit in hits if hit]


def test_nothing_is_left_for_later():
    words = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3)) + r")\b")
    assert not [f"{path}: {hit.group()}" for path, text in sources() if (hit := words.search(text))]


def test_no_module_is_long():
    long = {
        str(path): lines
        for path, text in sources()
        if path.suffix == ".py" and (lines := text.count("\n")) > 400
    }
    assert not long


def test_pages_are_short_and_shadow_no_module():
    pages = sorted((ROOT / "apps").glob("*.py"))
    path = [folder for folder in sys.path if Path(folder).resolve() != ROOT / "apps"]
    assert {"home", "explorer"} <= {page.stem for page in pages}
    for page in pages:
        assert page.stem != "__init__", "panel serve would make a page of it"
        assert page.stem not in sys.stdlib_module_names
        assert PathFinder.find_spec(page.stem, path) is None, f"{page.name} hides a module"
        assert page.read_text(encoding="utf-8").count("\n") <= 60, f"{page.name} computes too much"


def test_wheel_holds_pages_science_and_catalogue():
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["packages"] == ["analysis", "apps"]
    assert wheel["force-include"] == {"catalog.yml": "catalog.yml"}
    assert (ROOT / "catalog.yml").is_file()


def test_licence_and_version_agree():
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert licence.startswith("BSD 3-Clause License")
    assert PROJECT["project"]["license"] == citation["license"] == "BSD-3-Clause"
    assert PROJECT["project"]["version"] == str(citation["version"])
    assert PROJECT["project"]["authors"][0]["name"] == citation["authors"][0]["name"]


def test_files_are_small_enough_for_git():
    sizes = {path.relative_to(ROOT).as_posix(): path.stat().st_size for path in tracked()}
    starter = sum(size for name, size in sizes.items() if name.startswith("analysis/starter/"))
    assert 0 < starter <= 12_000_000
    assert not {name: size for name, size in sizes.items() if size > 4_000_000}
    assert not [name for name in sizes if name.startswith("data_cache/") and "README" not in name]


def test_commands_of_people_and_ci_are_the_same():
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = next(line for line in text.splitlines() if line.startswith(".PHONY:")).split()[1:]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    shown = subprocess.run(
        ["make"], cwd=ROOT, capture_output=True, text=True, check=True, env=clean
    ).stdout
    for target in phony:
        assert f"make {target} " in shown, f"`make` alone does not list {target}"
        planned = ["make", "-n", target]
        subprocess.run(planned, cwd=ROOT, capture_output=True, check=True, env=clean)
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "run make check\n" in script
    assert "run make test\n" in script
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_set_up_is_remade_when_the_lists_of_packages_change():
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    command = ["make", "-n", "-W", "constraints.txt", "app"]
    planned = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True, env=clean
    ).stdout
    assert "-c constraints.txt -e ." in planned
