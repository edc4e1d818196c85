"""What ``qazcube doctor`` looks at."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from analysis import compute, settings
from analysis.keeping import limits
from analysis.language import LANGUAGES

PACKAGES = (
    "qazcube",
    "panel",
    "panel-material-ui",
    "bokeh",
    "holoviews",
    "datashader",
    "geoviews",
    "cartopy",
    "xarray",
    "zarr",
    "tensorstore",
    "dask",
    "intake",
    "numpy",
    "pandas",
)
LOW_DISK = 2 * 1024**3
"""Free space below which an ingest may not fit, bytes."""

_TRIAL_BYTES = 1024**2
Level = Literal["ok", "warning", "broken"]
Translate = Callable[[str], str]


@dataclass(frozen=True)
class Finding:
    """One line of the check: what was looked at, how it is, and what it says."""

    level: Level
    topic: str
    text: str


def examine(_: Translate) -> Iterator[Finding]:
    """Look at the installation, one thing after the other.

    Parameters
    ----------
    _
        Translator of the texts.

    Yields
    ------
    Finding
        One for each thing looked at; nothing is raised.
    """
    yield from _versions(_)
    yield from _machine(_)
    yield from _settings(_)
    yield from _cache(_)
    yield from _catalogue(_)
    yield from _accounts(_)


def _versions(_: Translate) -> Iterator[Finding]:
    """Look at Python and the packages."""
    topic = _("Versions")
    yield Finding("ok", topic, f"Python {platform.python_version()}, {platform.system()}")
    found = []
    for name in PACKAGES:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            text = _("{package} is not installed; run: pip install -e .").format(package=name)
            yield Finding("broken", topic, text)
    yield Finding("ok", topic, ", ".join(found))


def _machine(_: Translate) -> Iterator[Finding]:
    """Look at processors, memory, GPU and Dask."""
    topic = _("Computing")
    try:
        own = compute.resources()
        text = _("{cpus} processors ({cpus_from}), {memory} GB of memory ({memory_from})")
        numbers = {"cpus": f"{own.cpus:g}", "memory": f"{own.memory / 1024**3:.1f}"}
        origins = {"cpus_from": own.cpus_from, "memory_from": own.memory_from}
        yield Finding("ok", topic, text.format(**numbers, **origins))
    except ValueError as error:
        yield Finding("broken", topic, str(error))
    try:
        chosen = compute.backend()
        why = compute.gpu_problem()
        text = _("Tables and models use: {backend}").format(backend=chosen)
        yield Finding("ok", topic, f"{text} ({why})" if why else text)
    except ValueError as error:
        yield Finding("broken", topic, str(error))
    try:
        client = compute.client()
        where = _("threads of this process") if client is None else str(client.scheduler.address)
        yield Finding("ok", topic, _("Dask computes with: {where}").format(where=where))
    except ValueError as error:
        yield Finding("broken", topic, str(error))


def _settings(_: Translate) -> Iterator[Finding]:
    """List the settings; unknown QAZCUBE_ variables are probably misspelt."""
    topic = _("Settings")
    known = {setting.env for setting in settings.SETTINGS}
    for setting in settings.SETTINGS:
        value = settings.get(setting.name) or "-"
        changed = "" if os.environ.get(setting.env) else f" ({_('default')})"
        yield Finding("ok", topic, f"{setting.env} = {value}{changed}")
    for name in sorted(os.environ):
        if name.startswith("QAZCUBE_") and name not in known:
            text = _("{name} is no setting of Qazcube and has no effect").format(name=name)
            yield Finding("warning", topic, text)
    language = settings.get("language")
    if language and language not in LANGUAGES:
        text = _("QAZCUBE_LANGUAGE is {value}; it must be kk, ru or en").format(value=language)
        yield Finding("broken", topic, text)


def _cache(_: Translate) -> Iterator[Finding]:
    """Look whether the cache can be written, what it holds, and what is left."""
    topic = _("Cache")
    try:
        folder = settings.cache_dir()
    except ValueError as error:
        yield Finding("broken", topic, str(error))
        return
    problem = write_problem(folder, _)
    if problem:
        yield Finding("broken", topic, problem)
    free = shutil.disk_usage(folder).free
    text = _("{folder}: {size} MB used, {free} GB free on the disk").format(
        folder=folder, size=f"{_size(folder) / 1e6:.0f}", free=f"{free / 1024**3:.1f}"
    )
    yield Finding("warning" if free < LOW_DISK and not problem else "ok", topic, text)
    if not problem:
        from analysis.cubes import list_cubes

        names = ", ".join(list_cubes()) or _("none yet; run: qazcube demo")
        yield Finding("ok", topic, _("Cubes: {names}").format(names=names))
        try:
            most = limits()
        except ValueError as error:
            yield Finding("broken", topic, str(error))
            return
        text = _("Finished results: {land} MB of land cover, {tables} MB of forecasts; at most "
                 "{most} MB each, removed {days} days after their last use")  # fmt: skip
        found = {one: f"{_size(folder / one) / 1e6:.0f}" for one in ("landcover", "forecasting")}
        told = {"most": f"{most.size / 1e6:g}", "days": f"{most.age / 86400:g}"}
        text = text.format(land=found["landcover"], tables=found["forecasting"], **told)
        yield Finding("ok", topic, text)


def write_problem(folder: Path, _: Translate) -> str | None:
    """Return why a folder cannot be written, or None.

    Parameters
    ----------
    folder
        The folder.
    _
        Translator of the text.

    Returns
    -------
    str or None
        A sentence.
    """
    try:
        with tempfile.NamedTemporaryFile(dir=folder) as file:
            file.write(bytes(_TRIAL_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        text = _("{folder} cannot be written ({reason}). Free some space, or set QAZCUBE_CACHE.")
        return text.format(folder=folder, reason=error.strerror)
    return None


def _catalogue(_: Translate) -> Iterator[Finding]:
    """Open every packaged source."""
    topic = _("Catalogue")
    try:
        from analysis.sources import list_sources, open_source

        table = list_sources()
    except Exception as error:  # a damaged catalogue raises what it likes
        yield Finding("broken", topic, str(error))
        return
    packaged = table.loc[table["access"] == "packaged", "name"]
    for name in packaged:
        try:
            open_source(str(name))
        except Exception as error:  # a damaged installation raises what it likes
            yield Finding("broken", topic, f"{name}: {error}")
    text = _("{all} sources, {packaged} of them packaged")
    yield Finding("ok", topic, text.format(all=len(table), packaged=len(packaged)))


def _accounts(_: Translate) -> Iterator[Finding]:
    """Look which accounts of data providers are set up; nothing is asked, nothing is shown."""
    from analysis.sources.fetching.accounts import ACCOUNTS, state

    topic = _("Accounts for downloads")
    texts = {
        "environment": _("{title}: set up, in the environment"),
        "netrc": _("{title}: set up, in a file of yours"),
        "missing": _("{title}: not set up; get one at {address}"),
    }
    for one in ACCOUNTS.values():
        try:
            text = texts[state(one.name)].format(title=one.title, address=one.register)
            yield Finding("ok", topic, text)
        except ValueError as error:
            yield Finding("warning", topic, str(error))


def _size(folder: Path) -> int:
    """Return the bytes of all files below a folder."""
    total = 0
    for parent, _folders, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(parent) / name).lstat().st_size
            except OSError:  # deleted while we looked
                continue
    return total
