"""Limits that the host, the control groups and JupyterHub set to this process."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path

_SUFFIXES = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}


def host_cpus() -> int:
    """Return the processors that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def group_folders(mount: Path, process: Path) -> Iterator[Path]:
    """Yield the folders of the process's control groups, each with its parents."""
    text = process.read_text() if process.is_file() else ""
    folders = {mount, mount / "cpu", mount / "memory"}
    for line in text.splitlines():
        _, controllers, path = line.split(":", 2)
        roots = [mount / name for name in controllers.split(",")] if controllers else [mount]
        for root in roots:
            folder = root / path.lstrip("/")
            folders.update(
                parent for parent in (folder, *folder.parents) if mount in parent.parents
            )
    yield from folders


def cpu_quotas(folder: Path) -> Iterator[float]:
    """Yield the processor quotas of a control group: version 2, then version 1."""
    words = _words(folder / "cpu.max")
    if len(words) == 2 and words[0] != "max":
        yield int(words[0]) / int(words[1])
    quota, period = _words(folder / "cpu.cfs_quota_us"), _words(folder / "cpu.cfs_period_us")
    if quota and period and int(quota[0]) > 0:
        yield int(quota[0]) / int(period[0])


def memory_limits(folder: Path) -> Iterator[float]:
    """Yield the memory limits of a control group: version 2, then version 1."""
    for name in ("memory.max", "memory.limit_in_bytes"):
        words = _words(folder / name)
        if words and words[0] != "max":
            yield float(words[0])


def _words(path: Path) -> list[str]:
    """Return the words of a small file; none where it cannot be read."""
    try:
        return path.read_text().split()
    except OSError:
        return []


def positive_setting(name: str, *, suffixes: bool) -> float:
    """Return a positive number from the environment, such as 1.5 or 512M."""
    text = os.environ[name].strip()
    suffix = text[-1:].upper() if suffixes and text[-1:].isalpha() else ""
    try:
        value = float(text[: len(text) - len(suffix)]) * _SUFFIXES[suffix]
    except (ValueError, KeyError):
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        msg = f"{name} is {text!r}; it must be a positive number."
        raise ValueError(msg)
    return value
