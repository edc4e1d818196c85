"""Which events are shown: those that pass the filters, of these those in view, and in the brush.

One :class:`Selection` belongs to one session. It knows neither Panel nor Bokeh: the page and its
panels subscribe, and ask for tables or for row numbers when they draw. All is computed when it is
first asked for and kept until a filter, the view or the brush changes.

The protocol of panels
----------------------
A panel is a class ``<Name>Panel(visit, selection)`` in a module of its own, named in
``apps.views.earthquakes.panels``. It has ``title`` (translated), ``view`` (a viewable, built when
it is first asked for) and ``update()``. The page asks for ``view`` when the panel's tab is opened
for the first time, and calls ``update()`` whenever the selection has changed while the tab is open,
and when the tab is opened again after a change. A tab that is never opened costs nothing. A panel
that draws on the map has ``attach(view)``, called once with the map.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from analysis.seismic.events import check_region
from analysis.sources.regions import region
from apps.views import atlas
from apps.views.earthquakes.aside import aside, is_cleaned
from apps.views.earthquakes.catalogues import Catalogue, Events, at_hand, catalogues, events
from apps.views.earthquakes.state import FILTERS, QuakeState
from apps.views.state import Bounds

log = logging.getLogger(__name__)
Change = Literal["events", "view", "brush"]
"""What changed; a change of the events is one of the view and the brush too."""

Rows = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]
EDGE = 84.9  # degrees: a view that reaches so far shows all up to the pole


class Selection:
    """The events of one session.

    Parameters
    ----------
    state
        What the visitor chose; watched.
    known
        Catalogues by key; those at hand if not given.
    read
        Gives the events of a catalogue by its key.
    """

    def __init__(
        self,
        state: QuakeState,
        known: Mapping[str, Catalogue] | None = None,
        read: Callable[[str], Events] = events,
    ):
        self.state = state
        self.catalogues = dict(catalogues() if known is None else known)
        self.problem: Exception | None = None
        self._read = read
        self._callbacks: list[Callable[[Change], None]] = []
        self._kept: dict[str, Any] = {}
        state.param.watch(lambda *_e: self._changed("events"), list(FILTERS))
        state.param.watch(lambda *_e: self._changed("view"), ["bounds"])
        state.param.watch(lambda *_e: self._changed("brush"), ["brush"])

    # what is chosen ------------------------------------------------------------------------------

    @property
    def catalogue(self) -> Catalogue | None:
        """The chosen catalogue, else the first; None where there is none at all."""
        first = next(iter(self.catalogues.values()), None)
        return self.catalogues.get(self.state.catalogue, first)

    @property
    def simulated(self) -> bool:
        """Whether any of the events shown may be made up; they are marked then."""
        found = self.catalogue
        return found is not None and (found.simulated or bool(self.events["simulated"].any()))

    @property
    def all(self) -> Events:
        """All events of the catalogue, whatever the filters.

        A catalogue that cannot be read is empty; :attr:`problem` then says why.
        """
        if "all" not in self._kept:
            self.problem = None
            try:
                found = self.catalogue
                self._kept["all"] = self._read(found.key) if found else _nothing()
            except (ValueError, OSError) as error:
                log.warning("catalogue %s cannot be read: %s", self.state.catalogue, error)
                self.problem = error
                self._kept["all"] = _nothing()
        found_events: Events = self._kept["all"]
        return found_events

    @property
    def slow(self) -> bool:
        """Whether the events chosen are still to be read, cleaned or declustered."""
        if "all" not in self._kept:
            found = self.catalogue
            if found is not None and self._read is events and not at_hand(found.key):
                return True
        if self.state.setaside and not is_cleaned(self.all):
            return True
        method = self.state.decluster
        return method != "none" and not self.all.declustered(method)

    @property
    def rows(self) -> Rows:
        """Rows of :attr:`all` that pass the filters, in the order of time."""
        return self._once("rows", lambda: np.flatnonzero(self._filters()))

    @property
    def view_rows(self) -> Rows:
        """Rows of :attr:`all` that pass the filters and lie within the map's window."""
        return self._once("view_rows", lambda: self.rows[self._seen(self.rows)])

    @property
    def brush_rows(self) -> Rows:
        """Rows of :attr:`all` in view and in the brush; all in view where nothing is brushed."""
        return self._once("brush_rows", lambda: self.view_rows[self._brushed(self.view_rows)])

    @property
    def events(self) -> pd.DataFrame:
        """Events that pass the filters."""
        return self._table("rows")

    @property
    def in_view(self) -> pd.DataFrame:
        """Events that pass the filters and lie within the map's window."""
        return self._table("view_rows")

    @property
    def brushed(self) -> pd.DataFrame:
        """Events in view and in the brush; all in view where nothing is brushed."""
        return self._table("brush_rows")

    @property
    def span(self) -> tuple[pd.Timestamp, pd.Timestamp] | None:
        """First and last time of the whole catalogue, UTC; None where it is empty."""
        time = self.all.time
        if not len(time):
            return None
        first, last = (pd.Timestamp(int(value), unit="ms") for value in (time[0], time[-1]))
        return first, last

    def row_of(self, ident: str) -> int | None:
        """Return the row of :attr:`all` of the event with this id; None where there is none."""
        if not ident:
            return None
        where: dict[str, int] = self._once(
            "where", lambda: dict(zip(self.all.table["id"], range(len(self.all)), strict=True))
        )
        return where.get(ident)

    # changes -------------------------------------------------------------------------------------

    def subscribe(self, callback: Callable[[Change], None]) -> Callable[[], None]:
        """Call back after every change; return the function that ends this."""
        self._callbacks.append(callback)

        def end() -> None:
            if callback in self._callbacks:
                self._callbacks.remove(callback)

        return end

    def reload(self) -> None:
        """Read the catalogue again: its events have changed."""
        self._kept.clear()
        self._tell("events")

    def _changed(self, what: Change) -> None:
        stale = {
            "events": ("all", "where", "rows", "view_rows", "brush_rows"),
            "view": ("view_rows", "brush_rows"),
            "brush": ("brush_rows",),
        }[what]
        for name in stale:
            self._kept.pop(name, None)
            self._kept.pop(f"table {name}", None)
        self._tell(what)

    def _tell(self, what: Change) -> None:
        for callback in tuple(self._callbacks):
            callback(what)

    def _once(self, name: str, compute: Callable[[], Any]) -> Any:
        if name not in self._kept:
            self._kept[name] = compute()
        return self._kept[name]

    def _table(self, name: str) -> pd.DataFrame:
        rows = getattr(self, name)
        found: pd.DataFrame = self._once(f"table {name}", lambda: self.all.table.iloc[rows])
        return found

    # filters -------------------------------------------------------------------------------------

    def _filters(self) -> Mask:
        state, every = self.state, self.all
        keep = np.ones(len(every), bool)
        if state.dates is not None:
            start, end = (np.datetime64(day).astype("datetime64[ms]") for day in state.dates)
            if len(state.dates[1]) <= 10:  # the last chosen day is shown too
                end = end + np.timedelta64(1, "D")
            keep &= (every.time >= start.astype(np.int64)) & (every.time < end.astype(np.int64))
        for values, limits in ((every.magnitude, state.magnitude), (every.depth, state.depth)):
            if limits is not None:
                keep &= (values >= limits[0]) & (values <= limits[1])
        if state.region:
            found = region(state.region)
            box = (found.west, found.south, found.east, found.north)
            keep &= inside_box(every.table, box)
        if state.area:
            keep &= inside_area(every.table, state.area)
        for column, chosen in (
            ("type", state.types),
            ("regime", state.regimes),
            ("status", state.statuses),
        ):
            if chosen:
                keep &= self._any_of(column, chosen)
        return keep & self._methods() if len(every) else keep

    def _methods(self) -> Mask | bool:
        """Return what the methods that look at the whole catalogue keep."""
        state, every = self.state, self.all
        kept: Mask | bool = True
        if state.setaside:
            kept = ~aside(every, state.setaside)
        if state.decluster != "none":
            kept = kept & every.mainshocks(state.decluster)
        return kept

    def _any_of(self, column: str, chosen: list[str]) -> Mask:
        table = self.all.table
        if column not in table:
            return np.zeros(len(table), bool)
        return table[column].isin(chosen).to_numpy(bool)

    def _seen(self, rows: Rows) -> Mask:
        west, south, east, north = self.state.bounds
        table = self.all.table
        latitude = table["latitude"].to_numpy(float)[rows]
        low, high = (-90.0 if south <= -EDGE else south), (90.0 if north >= EDGE else north)
        keep = (latitude >= low) & (latitude <= high)
        if east - west < 360.0:
            longitude = table["longitude"].to_numpy(float)[rows]
            keep &= (longitude - west) % 360.0 <= east - west
        return np.asarray(keep, bool)

    def _brushed(self, rows: Rows) -> Mask:
        if self.state.brush is None:
            return np.ones(len(rows), bool)
        start, end, low, high = self.state.brush
        first, last = (
            np.datetime64(day).astype("datetime64[ms]").astype(np.int64) for day in (start, end)
        )
        time, magnitude = self.all.time[rows], self.all.magnitude[rows]
        return np.asarray(
            (time >= first) & (time <= last) & (magnitude >= low) & (magnitude <= high), bool
        )


def inside_box(table: pd.DataFrame, box: Bounds) -> Mask:
    """Return which events lie in west, south, east, north; west > east crosses the date line.

    >>> table = pd.DataFrame({"longitude": [179.0, -179.0, 0.0], "latitude": 0.0})
    >>> inside_box(table, (170, -10, -170, 10)).tolist()
    [True, True, False]
    """
    west, south, east, north = check_region(box)
    longitude, latitude = (table[name].to_numpy(float) for name in ("longitude", "latitude"))
    across = (longitude - west) % 360.0 <= east - west if east - west < 360.0 else True
    return np.asarray((latitude >= south) & (latitude <= north) & across, bool)


def inside_area(table: pd.DataFrame, key: str) -> Mask:
    """Return which events lie in an area of the atlas, or in a polygon of any turn of the world.

    Raises
    ------
    ValueError
        If there is no such area.

    >>> table = pd.DataFrame({"longitude": [-179.0, 0.0], "latitude": 1.0})
    >>> inside_area(table, "polygon:175,0;185,0;185,5;175,5").tolist()
    [True, False]
    """
    shape, _names = atlas.area_shape(key)
    shapely.prepare(shape)
    longitude, latitude = (table[name].to_numpy(float) for name in ("longitude", "latitude"))
    west, _south, east, _north = shape.bounds
    keep = np.zeros(len(table), bool)
    for turn in range(int((west - 180.0) // 360.0), int((east + 180.0) // 360.0) + 1):
        keep |= shapely.contains_xy(shape, longitude + 360.0 * turn, latitude)
    return keep


def _nothing() -> Events:
    columns = {"time": pd.to_datetime([]), "longitude": [], "latitude": []}
    return Events.from_table(pd.DataFrame(columns))
