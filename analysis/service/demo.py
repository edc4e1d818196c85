"""The demonstration: the starter grids made into cubes, once."""

from __future__ import annotations

from collections.abc import Callable

from analysis.cubes import ingest, list_cubes
from analysis.sources import list_sources

DemoProgress = Callable[[str, int, int], None]


def missing_cubes() -> list[str]:
    """Return the packaged grids that have no cube in the cache.

    Returns
    -------
    list of str
        Names, in the order of the catalogue.
    """
    table = list_sources()
    packaged = table.loc[(table["kind"] == "grid") & (table["access"] == "packaged"), "name"]
    ready = set(list_cubes())
    return [str(name) for name in packaged if name not in ready]


def prepare_demo(progress: DemoProgress | None = None) -> list[str]:
    """Make the cubes that the demonstration needs; those that are there already stay.

    Parameters
    ----------
    progress
        Called with the name of a cube, the pieces done, and all pieces. None reports nothing.

    Returns
    -------
    list of str
        Names of the cubes made.

    Raises
    ------
    ValueError
        If a packaged source cannot be opened.
    OSError
        If the cache cannot be written.
    """
    names = missing_cubes()
    for name in names:

        def report(done: int, total: int, name: str = name) -> None:
            if progress is not None:
                progress(name, done, total)

        report(0, 0)
        ingest(name, name, progress=report)
    return names
