"""The grids and tables that a visitor brought, as the explorer takes them."""

from __future__ import annotations

import logging
from functools import lru_cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from analysis.cubes import open_cube
from analysis.language import LANGUAGES, translator
from analysis.uploads import Item, Space
from analysis.uploads.spaces import mode
from apps.views.atlas import GridLayer
from apps.views.rolelayers import described
from apps.views.sources.owner import present_token, space_of

log = logging.getLogger(__name__)


def own_space_of_visitor() -> Space | None:
    """Return the space of the present visitor where he has one of his own; it notes the visit."""
    if mode() != "visitor":
        return None
    space = space_of(present_token())
    if space is None or not space.exists():
        return None
    space.touch()
    return space


def own_layers() -> dict[str, GridLayer]:
    """Return the grids that the present visitor brought, by key ``name/variable``.

    Where files go into the catalogue of the installation, they are among all other layers.
    """
    space = own_space_of_visitor()
    return layers_of(space) if space is not None else {}


def layers_of(space: Space) -> dict[str, GridLayer]:
    """Return the grids of a space; one that cannot be opened is left out, the log says why."""
    found = {}
    for item in space.items():
        if item.kind != "grid":
            continue
        try:
            cube = open_cube(Path(space.cache / "cubes" / item.name))
        except (ValueError, OSError) as error:
            log.warning("The cube %s of a visitor cannot be opened: %s", item.name, error)
            continue
        for name in cube.variables:
            layer = GridLayer(
                key=f"{item.name}/{name}",
                cube=cube,
                variable=name,
                info=described(name, cube.attrs(name)),
                titles=titles_of(item),
                licence="",
                citation=item.file,
                cadence="",
            )
            found[layer.key] = layer
    return found


def own_tables() -> dict[str, Item]:
    """Return the points, areas and lines that the present visitor brought, by name."""
    space = own_space_of_visitor()
    return {} if space is None else {one.name: one for one in space.items() if one.data}


def read_own(item: Item, space: Space) -> Any:
    """Read a table that was made of a visitor's file: our own Parquet, never the file itself."""
    path = space.folder / item.data
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _read(path: Path, modified: int) -> Any:
    del modified
    return gpd.read_parquet(path) if path.suffix == ".geoparquet" else pd.read_parquet(path)


def titles_of(item: Item) -> dict[str, str]:
    """Return the title of a visitor's file in every language, marked as his own."""
    titles = {}
    for language in LANGUAGES:
        _ = translator(language)
        titles[language] = f"{item.title} ({_('your file')})"
    return titles
