"""A server of files on loopback, and catalogues whose entries are fetched from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.fileserver import FileServer

QUICK: dict[str, Any] = {"pause": 0.0, "backoff": 0.01, "read": 5.0}


@pytest.fixture
def server() -> Iterator[FileServer]:
    """Server without files."""
    with FileServer() as one:
        yield one


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Path) -> Callable[..., Path]:
    """Make an entry with this way to fetch; give the folder of its downloads."""
    rows: dict[str, Any] = {}

    def make(way: dict[str, Any], name: str = "tide", pattern: str = "*", **metadata: Any) -> Path:
        row = {"url": f"{{DOWNLOADS}}/{name}/{pattern}", "format": "netcdf", "kind": "grid"}
        row |= {"title": name, "access": "open", "licence": "CC0-1.0", "fetch": way, **metadata}
        rows[name] = row
        path = tmp_path / "mine.yml"
        path.write_text(yaml.safe_dump({"entries": rows}))
        monkeypatch.setenv("QAZCUBE_CATALOG", str(path))
        return cache / "downloads" / name

    return make
