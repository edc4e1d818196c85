"""What the explorer lays over or under its map on demand: tables of points, satellite pictures."""

from __future__ import annotations

import logging
from html import escape
from typing import Any

import numpy as np
import pandas as pd
import panel as pn
import panel_material_ui as pmui
import param
from bokeh.models import HoverTool, WMTSTileSource

from analysis.language import format_date, format_number
from analysis.settings import get
from analysis.sources.imagery import gibs
from apps.views.drawer import WIDE
from apps.views.maps import MapView
from apps.views.pointtables import Places, PointTable, box_text, places_of, tables, within
from apps.views.state import MOST_TABLES, ViewState
from apps.views.stationmarks import StationMarks
from apps.views.styles import styled

log = logging.getLogger(__name__)

COLOURS = ("#0b7fab", "#c2410c", "#7c3aed", "#15803d")
MARKS = ("square", "diamond", "triangle", "circle")

_PROBE = """
export function render({ model }) {
  const look = () => {
    if (!model.address) return
    const address = model.address
    const image = new Image()
    image.onload = () => { if (address == model.address) model.send_msg("here") }
    image.onerror = () => { if (address == model.address) model.send_msg("gone") }
    image.src = address
  }
  model.on("address", look)
  look()
  return document.createElement("span")
}
"""


class Probe(pn.custom.JSComponent):
    """Asks for one picture in the browser and tells whether it came."""

    address = param.String("", doc="of the picture; '' for none")
    on_answer = param.Callable(None, allow_None=True, doc="told whether it came")

    _esm = _PROBE
    _rename = {"on_answer": None}  # noqa: RUF012 - as the library has it

    def __init__(self, on_answer: Any, **options: Any):
        super().__init__(on_answer=on_answer, width=0, height=0, margin=0, **options)

    def _handle_msg(self, msg: Any) -> None:
        if self.on_answer is not None:
            self.on_answer(msg == "here")


class Extras:
    """Tables of points and satellite pictures of one session.

    Parameters
    ----------
    session
        The visitor.
    state : ViewState
        Which of them are shown.
    view : MapView
        The map.
    """

    def __init__(self, session: Any, state: ViewState, view: MapView):
        self.session, self.state, self.view = session, state, view
        self.known: dict[str, PointTable] | None = None
        self.places: dict[str, Places] = {}
        self.problems: list[str] = []
        self._drawn: dict[str, Any] = {}
        self._tiles: Any = None
        self._address, self._shown = "", (0, "")
        self._reached = False
        self._streets = ""
        self.note, self.words = styled(), styled()
        self.marks = StationMarks(session, state, view, self.places, self.known_tables)
        self.probe = Probe(self._answered)
        state.param.watch(self._tables_changed, ["tables"])
        state.param.watch(self._picture_changed, ["picture", "time", "layer"])
        state.param.watch(self._overlays_changed, ["overlays"])
        view.refreshed.append(self.draw)
        self._overlays_changed()
        if state.tables:
            self._tables_changed()
        if state.picture:
            self._picture_changed()

    # widgets -------------------------------------------------------------------------------------

    def widgets(self) -> list[Any]:
        """Make the widgets of the drawer."""
        _, language = self.session._, self.session.language
        known = self.known_tables()
        names = {one.titles.get(language) or one.titles["en"]: key for key, one in known.items()}
        chosen = pmui.MultiChoice(
            label=_("Stations, tracks, own shapes"),
            options=names,
            value=[name for name in self.state.tables if name in known],
            max_items=MOST_TABLES,
            disabled=not known,
            **WIDE,
        )
        chosen.param.watch(lambda event: setattr(self.state, "tables", list(event.new)), "value")
        pictures = {_("none"): ""} | {
            one.titles[language]: name for name, one in gibs.LAYERS.items()
        }
        picture = pmui.Select(
            label=_("Satellite picture (NASA, needs a network)"),
            options=pictures,
            value=self.state.picture,
            **WIDE,
        )
        picture.param.watch(lambda event: setattr(self.state, "picture", event.new or ""), "value")
        if not known:
            text = _("No table of points is here yet: fetch one, or bring your own file, on the "
                     "sources page.")  # fmt: skip
            self.note.object = f'<div class="qc-note">{escape(text)}</div>'
        return [chosen, self.note, self.marks.widget(), picture, self.words]

    def known_tables(self) -> dict[str, PointTable]:
        """Return the tables at hand, by name; they are looked for once."""
        if self.known is None:
            self.known = tables()
        return self.known

    # tables --------------------------------------------------------------------------------------

    def _tables_changed(self, *_events: Any) -> None:
        _, known = self.session._, self.known_tables()
        self.problems = []
        for name in self.state.tables[:MOST_TABLES]:
            if name in self.places:
                continue
            if name not in known:
                self.problems.append(_("There is no table {name} here.").format(name=name[:60]))
                continue
            try:
                self.places[name] = places_of(known[name].read())
            except (ValueError, OSError, KeyError) as error:
                log.warning("The table %s is not shown: %s", name, error)
                text = _("{name} cannot be shown: {reason}")
                self.problems.append(text.format(name=name, reason=str(error)[:200]))
        self.draw()

    def draw(self) -> None:
        """Draw what is in the window of every table shown."""
        self.marks.draw()
        shown = [name for name in self.state.tables[:MOST_TABLES] if name in self.places]
        for name, (points, line) in self._drawn.items():
            points.visible = line.visible = name in shown
        if not shown and not self.problems:
            return
        window, lines = self.view.plot.window(), []
        _, language = self.session._, self.session.language
        for name in shown:
            table, found = self.known_tables()[name], self.places[name]
            chosen, x = within(found, window)
            points, line = self._renderers(name)
            rows = found.last.iloc[chosen]
            texts = [
                box_text(self.session, table, row, int(found.count[place]))
                for place, (_index, row) in zip(chosen, rows.iterrows(), strict=True)
            ]
            points.data_source.data = {"x": x, "y": found.y[chosen], "text": texts}
            if found.lines is not None:
                outline = found.lines.within(window)
                line.data_source.data = {"x": outline[0], "y": outline[1]}
            title = table.titles.get(language) or table.titles["en"]
            text = _("{title}: {count} of {total} places drawn").format(
                title=title,
                count=format_number(len(chosen), language, 0),
                total=format_number(len(found.x), language, 0),
            )
            lines.append(text)
        every = [escape(line) for line in [*lines, *self.problems]]
        self.note.object = f'<div class="qc-note" aria-live="polite">{"<br>".join(every)}</div>'

    def _renderers(self, name: str) -> tuple[Any, Any]:
        if name not in self._drawn:
            figure, place = self.view.plot.figure, len(self._drawn) % len(COLOURS)
            line = figure.line([], [], line_color=COLOURS[place], line_width=2)
            points = figure.scatter(
                x=np.empty(0), y=np.empty(0), size=9, marker=MARKS[place],
                fill_color=COLOURS[place], line_color="white", line_width=1,
            )  # fmt: skip
            points.data_source.data = {"x": [], "y": [], "text": []}
            figure.add_tools(
                HoverTool(renderers=[points], tooltips='<div class="qc-tip">@text{safe}</div>')
            )
            self._drawn[name] = (points, line)
        return self._drawn[name]

    # satellite pictures --------------------------------------------------------------------------

    def _picture_changed(self, *_events: Any) -> None:
        """Show the picture of the day that the map shows; say which day it is, or why none."""
        _, language = self.session._, self.session.language
        if self.state.picture not in gibs.LAYERS:
            self._hide(_("There is no such picture.") if self.state.picture else "")
            return
        layer, wanted = gibs.find_layer(self.state.picture), self._moment()
        day = layer.day(wanted)
        if day is None:
            first = format_date(str(min(span.first for span in layer.spans)), language)
            self._hide(_("This picture begins on {day}; choose a later time.").format(day=first))
            return
        self._address = layer.address(wanted)
        self._shown = (layer.level, format_date(str(day), language))
        if self._reached:
            self._show_picture()
            return
        self._say(_("The pictures are being asked for."))
        self.probe.address = self._address.format(Z=0, Y=0, X=0)

    def _show_picture(self) -> None:
        _, (level, day) = self.session._, self._shown
        if self._tiles is None:  # only now: without a network the page would wait for it for ever
            source = WMTSTileSource(url=self._address, attribution=gibs.CREDIT, max_zoom=level)
            self._tiles = self.view.plot.figure.add_tile(source, level="underlay")
        self._tiles.tile_source.update(url=self._address, max_zoom=level)
        self._tiles.visible = True
        text = _("Picture of {day}; hide the grid (shown as: hidden) to see it whole.")
        self._say(text.format(day=day))

    def _moment(self) -> str:
        """Return the day that the map shows; today for a layer without times."""
        layer = self.view.plain_layer
        if self.state.time:
            return self.state.time[:10]
        if layer is not None and not layer.cube.static:
            return str(layer.cube.times[self.view.time_index])[:10]
        return f"{pd.Timestamp.now('UTC') - pd.Timedelta(days=1):%Y-%m-%d}"

    def _overlays_changed(self, *_events: Any) -> None:
        """Ask for the street map's first tile when it is switched on."""
        template = get("tiles") if "tiles" in self.state.overlays else ""
        if template and not self._streets:
            self.probe.address = _first_tile(template)
        self._streets = template

    def _answered(self, came: bool) -> None:
        _ = self.session._
        if self._streets and self.probe.address == _first_tile(self._streets):
            self.probe.address = ""
            if not came:
                _warn(_("The street map cannot be reached: there is no network, or it is "
                        "blocked."))  # fmt: skip
            return
        if not self.state.picture or not self._address:
            return
        self._reached = came
        if came:
            self._show_picture()
            return
        text = _("The pictures of NASA cannot be reached: there is no network, or it is blocked.")
        self._hide(text)
        _warn(text)

    def _hide(self, text: str) -> None:
        if self._tiles is not None:
            self._tiles.visible = False
        self.probe.address = self._address = ""
        self._say(text)

    def _say(self, text: str) -> None:
        self.words.object = (
            f'<div class="qc-note" role="status">{escape(text)}</div>' if text else ""
        )


def _first_tile(template: str) -> str:
    """Return the address of the tile that holds the world.

    >>> _first_tile("https://tiles.example/{Z}/{X}/{Y}.png")
    'https://tiles.example/0/0/0.png'
    """
    return template.replace("{Z}", "0").replace("{Y}", "0").replace("{X}", "0")


def _warn(text: str) -> None:
    """Say it over the page too: what asked for it may lie in a closed group."""
    if pn.state.notifications is not None:
        pn.state.notifications.warning(text, duration=8000)
