"""The history of the chosen stations and tracks: one row a variable, over a time axis of their own.

The figure is made when the first station is chosen, for most visitors choose none.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from html import escape
from typing import Any

import numpy as np
import pandas as pd
import panel as pn

from analysis.language import format_date, format_number
from apps.views.atlas import unit_text
from apps.views.pointtables import PointTable
from apps.views.rows import TimeAxis
from apps.views.seriesdata import Curve
from apps.views.stack import Band, Stack
from apps.views.state import ViewState
from apps.views.stations import Station, curve_of, judged, read_station
from apps.views.styles import styled

log = logging.getLogger(__name__)

COLOURS = ("#a855f7", "#0d9488", "#e11d74", "#b45309")
"""Of the stations, in the order in which they were chosen; none is a colour of a point."""


class StationDock:
    """Series of the chosen stations of one session, as values, departures or Z.

    Parameters
    ----------
    session
        The visitor.
    state : ViewState
        Its ``stations``, ``statistic`` and ``base`` are followed.
    tables : callable
        Gives the tables at hand by name.
    on_time : callable
        Told a tap on the figure.
    """

    def __init__(
        self,
        session: Any,
        state: ViewState,
        tables: Callable[[], dict[str, PointTable]],
        on_time: Any,
    ):
        self.session, self.state, self._tables, self._on_time = session, state, tables, on_time
        self.dark = session.theme == "dark"
        self.stations: list[Station] = []
        self.problems: list[str] = []
        self.stack: Stack | None = None
        self.note = styled()
        self.panel = pn.Column(self.note, sizing_mode="stretch_width", margin=0, visible=False)
        self._read: dict[str, Station] = {}
        state.param.watch(self.update, ["stations"])
        state.param.watch(self._show, ["statistic", "base"])
        state.param.watch(self._mark, ["time"])
        if state.stations:
            self.update()

    # data ----------------------------------------------------------------------------------------

    def update(self, *_events: Any) -> None:
        """Read the chosen stations; those that are not there are told."""
        self.problems = []
        self._read = {key: self._read[key] for key in self.state.stations if key in self._read}
        for key in self.state.stations:
            if key in self._read:
                continue
            try:
                self._read[key] = self._station(key)
            except (ValueError, OSError, KeyError) as error:
                log.info("The station %s is not shown: %s", key, error)
                text = self.session._("{name} cannot be shown: {reason}")
                self.problems.append(text.format(name=key[:80], reason=str(error)[:200]))
        self.stations = list(self._read.values())
        self._show()

    def _station(self, key: str) -> Station:
        name, _colon, ident = key.partition(":")
        table = self._tables().get(name)
        if table is None:
            text = self.session._("There is no table {name} here.")
            raise ValueError(text.format(name=name[:60]))
        return read_station(table, table.read(), ident)

    def columns(self) -> list[tuple[str, Station, str, pd.Series, str]]:
        """Return what is taken away: title, station, variable, values and their statistic.

        The values come always; departures or Z before them where they are shown.
        """
        found = []
        for place, station in enumerate(self.stations, start=1):
            kinds = [self.state.statistic] if self.state.statistic != "value" else []
            for kind in [*kinds, "value"]:
                values, years = judged(station, kind, self.state.base)
                for variable in values:
                    title = self._title(station, str(variable), kind, years)
                    label = f"{title} S{place}: {station.title}"
                    found.append((label, station, str(variable), values[variable], kind))
        return found

    def _title(self, station: Station, variable: str, kind: str, years: str) -> str:
        _, name = self.session._, station.name(variable, self.session.language)
        if kind == "departure":
            return _("{name}: departure from {base}").format(name=name, base=years)
        if kind == "zscore":
            return _("{name}: Z-score against {base}").format(name=name, base=years)
        return name

    # what is shown -------------------------------------------------------------------------------

    def _show(self, *_events: Any) -> None:
        self.panel.visible = bool(self.stations or self.problems)
        if not self.panel.visible:
            return
        kind = self.state.statistic
        empty = Curve(np.empty(0, "datetime64[ns]"), np.empty(0))
        bands: dict[str, Band] = {}
        lacking = []
        for place, station in enumerate(self.stations):
            values, years = judged(station, kind, self.state.base)
            for variable in map(str, values):
                key = f"{station.table.name}/{variable}"
                title = self._title(station, variable, kind, years)
                unit = "" if kind == "zscore" else station.unit(variable)
                unit = unit_text(unit, self.session.language)
                mark = f" ({self.session._('simulated')})" if station.table.simulated else ""
                heading = f"{title}, {unit}{mark}" if unit else f"{title}{mark}"
                band = bands.setdefault(key, Band(heading, curves=[empty] * len(self.stations)))
                curve = curve_of(values[variable])
                band.curves[place] = curve
                if not curve.known and station.values[variable].notna().any():
                    lacking.append(f"{station.name(variable, self.session.language)} "
                                   f"({station.title})")  # fmt: skip
        self._draw(bands)
        self._write(lacking)

    def _draw(self, bands: dict[str, Band]) -> None:
        if self.stack is None and self.stations:
            axis = TimeAxis(*self._span())
            self.stack = Stack(
                axis, dark=self.dark, on_time=self._on_time, language=self.session.language,
                colours=COLOURS,
            )  # fmt: skip
            figure = pn.pane.Bokeh(self.stack.figure, sizing_mode="stretch_width", margin=0)
            self.panel.append(figure)
        if self.stack is not None:
            start, end = self._span()
            self.stack.axis.range.update(start=start, end=end)
            self.stack.bands = bands
            self.stack.push()
            self._mark()

    def _span(self) -> tuple[Any, Any]:
        """Return the period of all chosen stations with a little room on either side."""
        known = [one.values.index for one in self.stations if len(one.values)]
        if not known:
            return np.datetime64("2000-01-01", "ns"), np.datetime64("2001-01-01", "ns")
        start, end = min(one[0] for one in known), max(one[-1] for one in known)
        room = max((end - start) * 0.03, pd.Timedelta("1s"))
        return (start - room).to_datetime64(), (end + room).to_datetime64()

    def _mark(self, *_events: Any) -> None:
        if self.stack is None:
            return
        self.stack.now.visible = bool(self.state.time)
        if self.state.time:
            moment = np.datetime64(self.state.time, "ms").astype(float)
            self.stack.now.location = float(moment)

    def _write(self, lacking: list[str]) -> None:
        _, language = self.session._, self.session.language
        lines = []
        for station, colour in zip(self.stations, COLOURS, strict=False):
            times = station.values.index
            if not len(times):
                text = _("{name}: no values.").format(name=station.title)
            else:
                text = _("{name}, {table}: {count} times from {start} to {end}").format(
                    name=station.title,
                    table=station.table.title(language),
                    count=format_number(len(times), language, 0),
                    start=format_date(times[0], language),
                    end=format_date(times[-1], language),
                )
            text += f"; {_('means over days')}" if station.daily else ""
            mark = f'<span class="qc-dot" style="background:{colour}"></span>'
            lines.append(f"{mark}{escape(text)}")
        if lacking:
            text = _("Too few years for a norm: {names}.").format(names=", ".join(lacking))
            lines.append(escape(text))
        lines += [escape(one) for one in self.problems]
        self.note.object = f'<div class="qc-note" aria-live="polite">{"<br>".join(lines)}</div>'

    def ink(self, *, dark: bool) -> None:
        """Recolour for a light or dark page."""
        self.dark = dark
        if self.stack is not None:
            self.stack.ink(dark=dark)
