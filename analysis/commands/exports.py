"""Writing events into files, whatever their number."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pandas as pd

from analysis.seismic.database import EventTable
from analysis.spelling import did_you_mean

FORMATS: Final = (".csv", ".xlsx", ".geojson", ".json", ".quakeml", ".xml", ".parquet")
"""Endings of the files that can be written."""


def write_events(events: EventTable, file: Path, language: str = "en") -> int:
    """Write the events of a question into a file.

    Parameters
    ----------
    events : EventTable
        Parquet is written piece by piece, so any number goes; other formats hold them at once.
    file : pathlib.Path
        One of `FORMATS`; it appears whole or not at all.
    language : {"kk", "ru", "en"}
        Language of what stands beside the data.

    Returns
    -------
    int
        Events written.

    Raises
    ------
    ValueError
        The ending is unknown, or the format cannot hold so many.
    """
    if _ending(file) != ".parquet":
        table = events.to_frame()
        write_table(table, file, language)
        return len(table)
    import pyarrow as pa
    import pyarrow.parquet as pq

    empty = events.head(0)
    schema = pa.Schema.from_pandas(empty, preserve_index=False)
    count = 0
    with _appearing(file) as part, pq.ParquetWriter(part, schema) as writer:
        for chunk in events.chunks():
            writer.write_table(pa.Table.from_pandas(chunk, schema, preserve_index=False))
            count += len(chunk)
    return count


def write_table(table: pd.DataFrame, file: Path, language: str = "en") -> None:
    """Write a table of events into a file; as `write_events`."""
    from analysis.outputs.geojson import events_geojson
    from analysis.outputs.quakeml import events_quakeml
    from analysis.outputs.tables import table_csv
    from analysis.outputs.workbooks import table_xlsx

    ending = _ending(file)
    about = _about(table, language)
    with _appearing(file) as part:
        if ending == ".parquet":
            table.to_parquet(part, index=False)
        elif ending == ".csv":
            part.write_bytes(table_csv(table, about, language=language))
        elif ending == ".xlsx":
            part.write_bytes(table_xlsx(table, about, language=language))
        elif ending in (".geojson", ".json"):
            part.write_bytes(events_geojson(table, about))
        else:
            part.write_bytes(events_quakeml(table, about))


def _ending(file: Path) -> str:
    ending = file.suffix.lower()
    if ending not in FORMATS:
        hint = did_you_mean(ending, FORMATS)
        raise ValueError(
            f"The file {file} ends in {ending!r}; allowed: {', '.join(FORMATS)}. {hint}"
        )
    return ending


@contextmanager
def _appearing(file: Path) -> Iterator[Path]:
    """Write beside, and rename at the end."""
    if not file.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "There is no folder", str(file.parent))
    try:
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.", suffix=".part")
    except OSError as error:  # names the part, which nobody asked for
        raise OSError(error.errno, error.strerror, str(file)) from error
    os.close(handle)
    part = Path(name)
    try:
        yield part
        part.chmod(0o666 & ~_umask())
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _about(table: pd.DataFrame, language: str) -> dict[str, Any]:
    """Say whose events they are, and on which terms they may be used."""
    from analysis.sources import entry, list_sources

    names = [one for one in table["source"].dropna().unique() if isinstance(one, str)]
    known = set(list_sources(language)["name"])
    entries = [entry(name) for name in names if name in known]
    about = {
        "source": "; ".join(one.title[language] for one in entries) or "; ".join(names),
        "licence": "; ".join(dict.fromkeys(one.licence for one in entries)),
        "citation": "; ".join(one.citation for one in entries),
        "simulated": bool(table["simulated"].any()),
    }
    return {key: value for key, value in about.items() if value not in ("", False)}
