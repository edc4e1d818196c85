"""Tables of points and shapes that can be laid over the map: stations, tracks, own files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache, partial
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from analysis.language import LANGUAGES, format_number
from analysis.outputs.stationseries import points_table
from analysis.service.holdings import holding
from analysis.sources import entry, list_sources, open_source
from apps.views.atlas import unit_text
from apps.views.clock import number
from apps.views.geometry import LineLayer, to_mercator
from apps.views.sources.ownlayers import own_space_of_visitor, read_own
from apps.views.state import Bounds

DRAWN = 4000
"""Points in the window that are drawn; of more, every n-th place."""

SHOWN = 6
"""Values of a point that its box tells."""

NAMES = ("name", "station", "id", "code", "site", "title", "скважина", "станция")
WORLD_WIDTH = 2 * np.pi * 6378137.0


@dataclass(frozen=True)
class PointTable:
    """One table that can be shown.

    Attributes
    ----------
    name : str
        Name of its entry, as in the address.
    titles : dict of str to str
        Name by language.
    units : mapping of str to str
        Unit of each column.
    simulated : bool
        Whether the values are made up.
    read : callable
        Gives the table, or shapes.
    citation, licence : str
        As the catalogue has them.
    file : str
        Name of the visitor's own file; "" for a source of the catalogue.
    """

    name: str
    titles: dict[str, str]
    units: dict[str, str]
    simulated: bool
    read: Callable[[], Any] = field(compare=False)
    citation: str = ""
    licence: str = ""
    file: str = ""

    def title(self, language: str) -> str:
        """Return the name in the reader's language."""
        return self.titles.get(language) or self.titles["en"]


def tables() -> dict[str, PointTable]:
    """Return the tables at hand: stations and tracks of the catalogue, and the visitor's own.

    Events are not among them: the map has a layer of its own for these.
    """
    found: dict[str, PointTable] = {}
    for name in map(str, list_sources().query("kind == 'points'")["name"]):
        one = entry(name)
        if holding(one).extent != "nothing":
            read: Callable[[], Any] = partial(_source, name)
            found[name] = PointTable(
                name, dict(one.title), dict(one.units), one.simulated, read, one.citation,
                one.licence,
            )  # fmt: skip
    space = own_space_of_visitor()
    if space is None:
        return found
    for item in space.items():
        if item.data:
            titles = dict.fromkeys(LANGUAGES, item.title)
            read = partial(read_own, item, space)
            found[item.name] = PointTable(
                item.name, titles, dict(item.variables), False, read, item.file, file=item.file
            )
    return found


@lru_cache(maxsize=4)
def _source(name: str) -> Any:
    return points_table(open_source(name))


@dataclass(frozen=True)
class Places:
    """The places of a table in Web Mercator, one for each longitude and latitude, with their rows.

    Attributes
    ----------
    x, y : array, (place)
        Metres.
    last : pandas.DataFrame
        The newest row of each place.
    count : array, (place)
        Rows of each place.
    lines : LineLayer or None
        Outlines, where the table holds shapes.
    """

    x: Any
    y: Any
    last: pd.DataFrame
    count: Any
    lines: LineLayer | None = None


def places_of(table: Any) -> Places:
    """Bring rows at the same place together; shapes become outlines.

    Parameters
    ----------
    table : pandas.DataFrame or geopandas.GeoDataFrame
        With ``longitude`` and ``latitude``, and perhaps ``time``.

    Returns
    -------
    Places

    Raises
    ------
    ValueError
        The table has no places.

    Examples
    --------
    >>> rows = {"longitude": [70.0, 70.0], "latitude": [45.0, 45.0], "time": [2, 1], "v": [5, 6]}
    >>> found = places_of(pd.DataFrame(rows))
    >>> found.count.tolist(), found.last["v"].tolist()
    ([2], [5])
    """
    lines = None
    if hasattr(table, "geometry"):
        points = table.geom_type == "Point"
        rest = table[~points]
        if len(rest):
            lines = LineLayer.from_geometries(rest.geometry)
            centres = rest.geometry.representative_point()
        else:
            centres = table.geometry
        plain = pd.DataFrame((rest if len(rest) else table).drop(columns="geometry"))
        plain = plain.assign(longitude=centres.x.to_numpy(), latitude=centres.y.to_numpy())
    else:
        plain = table
    if not {"longitude", "latitude"} <= set(plain.columns):
        raise ValueError("The table has no columns longitude and latitude.")
    plain = plain[plain["longitude"].notna() & plain["latitude"].notna()]
    if "time" in plain:
        plain = plain.sort_values("time", kind="stable")
    groups = plain.groupby(["longitude", "latitude"], sort=False)
    last = plain.loc[~plain.duplicated(["longitude", "latitude"], keep="last")]
    count = groups.size().reindex(pd.MultiIndex.from_frame(last[["longitude", "latitude"]]))
    x, y = to_mercator(last["longitude"].to_numpy(float), last["latitude"].to_numpy(float))
    return Places(x, y, last.reset_index(drop=True), count.to_numpy(), lines)


def within(found: Places, window: Bounds, most: int = DRAWN) -> tuple[Any, Any]:
    """Return the positions of the places in a window, thinned, and the x at which they are drawn.

    Parameters
    ----------
    found : Places
        All places.
    window : tuple of float
        West, south, east, north in metres; it may lie on another copy of the world.
    most : int, optional
        Places drawn.

    Returns
    -------
    array of int, array of float
        Positions, and x on the copy of the world that is in the window.
    """
    west, south, east, north = window
    x = found.x + np.ceil((west - found.x) / WORLD_WIDTH) * WORLD_WIDTH
    inside = np.flatnonzero((x <= east) & (found.y >= south) & (found.y <= north))
    step = -(-len(inside) // most) or 1
    chosen = inside[::step]
    return chosen, x[chosen]


def box_text(session: Any, table: PointTable, row: pd.Series, count: int) -> str:
    """Write what the box of a place tells, as HTML: everything from the table is escaped."""
    _, language = session._, session.language
    columns = [str(name) for name in row.index]
    head = next((name for name in columns if name.casefold() in NAMES), "")
    title = table.titles.get(language) or table.titles["en"]
    lines = [f"<b>{escape(str(row[head]) if head else title)}</b>"]
    if head:
        lines.append(escape(title))
    if "time" in row.index and not pd.isna(row["time"]):
        lines.append(escape(str(row["time"])[:16]))
    skip = {"time", "longitude", "latitude", head}
    for name in [name for name in columns if name not in skip][:SHOWN]:
        value = row[name]
        if pd.api.types.is_scalar(value) and pd.isna(value):
            continue
        plain = isinstance(value, int | float | np.integer | np.floating) and not isinstance(
            value, bool
        )
        unit = unit_text(table.units.get(name, ""), language)
        text = f"{number(float(value), language)} {unit}".strip() if plain else str(value)[:60]
        lines.append(f"{escape(name)}: {escape(text)}")
    if count > 1:
        rows = _("{count} rows").format(count=format_number(count, language, 0))
        lines.append(escape(rows))
    if table.simulated:
        lines.append(f"<i>{escape(_('simulated'))}</i>")
    return "<br>".join(lines)
