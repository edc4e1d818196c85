"""What the doctor looks at."""

from __future__ import annotations

import os
import subprocess

import pytest

from analysis.language import translator
from analysis.service import checks

ENGLISH = translator("en")


def findings(level=None):
    return [found for found in checks.examine(ENGLISH) if level in (None, found.level)]


def test_a_package_that_is_missing_is_found(cache, monkeypatch):
    monkeypatch.setattr(checks, "PACKAGES", ("numpy", "no-such-package"))
    broken = [found.text for found in findings("broken") if found.topic == "Versions"]
    assert broken == ["no-such-package is not installed; run: pip install -e ."]


def test_every_packaged_source_is_opened(cache, monkeypatch):
    from analysis import sources

    opened = []

    def open_source(name):
        opened.append(name)
        if name == "wind":
            raise RuntimeError("the file is cut short")

    monkeypatch.setattr(sources, "open_source", open_source)
    broken = [found.text for found in findings("broken") if found.topic == "Catalogue"]
    assert broken == ["wind: the file is cut short"]
    listed = sources.list_sources()
    assert set(opened) == set(listed.loc[listed["access"] == "packaged", "name"])
    assert "earthquakes_usgs" not in opened  # it needs a network


def test_a_cache_that_can_be_written_has_no_problem(tmp_path):
    assert checks.write_problem(tmp_path, ENGLISH) is None
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_cannot_be_written(tmp_path):
    assert "cannot be written" in str(checks.write_problem(tmp_path / "absent", ENGLISH))


def test_a_full_disk_is_said_plainly(tmp_path):
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(tmp_path)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("only an administrator may mount the small disk that this test fills")
    try:
        problem = checks.write_problem(tmp_path, ENGLISH)
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)
    assert "No space left on device" in str(problem)
    assert "set QAZCUBE_CACHE" in str(problem)


def test_little_space_is_a_warning(cache, monkeypatch):
    monkeypatch.setattr(checks, "LOW_DISK", 2**60)
    warnings = [found.text for found in findings("warning") if found.topic == "Cache"]
    assert len(warnings) == 1
    assert "GB free" in warnings[0]
