"""Files of the earthquakes page: the events in four formats, and every panel's table in two."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property
from html import escape
from typing import Any

import pandas as pd
import panel as pn
import panel_material_ui as pmui

from analysis.language import format_number
from analysis.outputs import CsvOptions, events_geojson, events_quakeml
from apps.views.earthquakes.selection import Selection
from apps.views.fileset import FileSet, excel_options
from apps.views.styles import styled

WIDTH = 190
SMALL: dict[str, Any] = {"size": "small", "margin": (4, 8), "width": 170}
UNITS = {
    "longitude": "deg",
    "latitude": "deg",
    "depth": "km",
    "horizontalError": "km",
    "depthError": "km",
    "dmin": "deg",
    "gap": "deg",
    "rms": "s",
}
"""Units of the columns of events."""

INTERNAL = ("x", "y")


def about_events(selection: Selection, title: str, language: str) -> dict[str, Any]:
    """Say where the events come from, as `analysis.outputs.table_csv` takes it."""
    found = selection.catalogue
    about: dict[str, Any] = {"title": title}
    if found is not None:
        about["source"] = found.title(language)
        about["citation"], about["licence"] = found.citation, found.licence
    if selection.simulated:
        about["simulated"] = True
    return about


class TableButtons:
    """Two buttons under a panel: its table as CSV for Excel and as XLSX.

    Parameters
    ----------
    visit
        The visitor.
    name : str
        Name of the panel, part of the file's name.
    table, about : callable
        Give the table, and where it comes from.
    """

    page = "earthquakes"

    def __init__(
        self,
        visit: Any,
        name: str,
        table: Callable[[], pd.DataFrame],
        about: Callable[[], dict[str, Any]],
    ):
        self.visit, self.name, self._table, self._about = visit, name, table, about
        _ = visit._
        self.files = files = FileSet(
            visit,
            lambda suffix: f"qazcube_{self.page}_{self.name}.{suffix}",
            lambda _table: self._about(),
            WIDTH,
        )
        self.buttons = files.buttons
        row = [
            files.button("csv", _("Table as CSV"), self.csv),
            files.button("xlsx", _("Table as XLSX"), self.xlsx),
        ]
        self.panel = pn.Column(
            pn.FlexBox(*row, margin=0), files.message, sizing_mode="stretch_width", margin=(4, 0)
        )

    def csv(self) -> bytes:
        """Make the table as CSV."""
        return self.files.csv(self._rows())

    def xlsx(self) -> bytes:
        """Make the table as a workbook."""
        return self.files.xlsx(self._rows())

    def _rows(self) -> pd.DataFrame:
        table = self._table()
        if table.empty:
            raise ValueError(self.visit._("The table is empty: there is nothing to save."))
        return table


class DownloadsPanel:
    """The events themselves as files: which of them, in which format.

    Parameters
    ----------
    visit
        The visitor.
    selection : Selection
        Which events are shown.
    """

    name = "downloads"

    def __init__(self, visit: Any, selection: Selection):
        self.visit, self.selection = visit, selection
        self.csv_options = excel_options(visit.language)
        self.files = FileSet(visit, self.filename, lambda _table: self._described(), WIDTH)
        self.buttons = self.files.buttons
        self.count = styled()

    @property
    def title(self) -> str:
        """Name of the tab."""
        return str(self.visit._("Take away"))

    @cached_property
    def view(self) -> Any:
        """The panel, built when it is first looked at."""
        _ = self.visit._
        self.which = pmui.RadioBoxGroup(
            label=_("Which earthquakes"),
            options={
                _("In view and marked in the plots"): "brushed",
                _("All in view"): "in_view",
                _("All that pass the filters"): "events",
            },
            value="brushed",
            margin=(4, 8),
        )
        self.which.param.watch(self.update, "value")
        self.separator = pmui.Select(
            label=_("Columns are separated by"),
            options={_("comma"): ",", _("semicolon"): ";", _("tab"): "\t"},
            value=self.csv_options.separator,
            **SMALL,
        )
        self.decimal = pmui.Select(
            label=_("Decimal mark"),
            options={_("point"): ".", _("comma"): ","},
            value=self.csv_options.decimal,
            **SMALL,
        )
        for widget in (self.separator, self.decimal):
            widget.param.watch(self._csv_chosen, "value")
        makers: tuple[tuple[str, str, Callable[[], bytes]], ...] = (
            ("csv", _("CSV for Excel"), self.csv),
            ("xlsx", _("Excel workbook (XLSX)"), self.xlsx),
            ("geojson", _("GeoJSON map layer"), self.geojson),
            ("quakeml", _("QuakeML (seismology)"), self.quakeml),
        )
        column = pn.Column(
            self.which,
            self.count,
            pn.FlexBox(*(self.files.button(*maker) for maker in makers), margin=0),
            pn.FlexBox(self.separator, self.decimal, margin=(10, 0)),
            self.files.message,
            sizing_mode="stretch_width",
            margin=(0, 8),
        )
        self.update()
        return column

    def update(self, *_events: Any) -> None:
        """Say how many events would be in the file."""
        if "which" not in vars(self):
            return
        _, language = self.visit._, self.visit.language
        number = format_number(self._size(), language, 0)
        text = escape(_("{count} earthquakes will be in the file.").format(count=number))
        if self.selection.simulated:
            text += f' <b class="qc-simulated">{escape(_("Simulated data"))}</b>'
        self.count.object = f'<div class="qc-note" aria-live="polite">{text}</div>'

    def events(self) -> pd.DataFrame:
        """Return the chosen events with all their columns.

        Raises
        ------
        ValueError
            If there are none.
        """
        which = self.which.value if "which" in vars(self) else "brushed"
        table: pd.DataFrame = getattr(self.selection, which)
        if table.empty:
            raise ValueError(self.visit._("No earthquake is chosen: widen the filters or the map."))
        return table.drop(columns=[name for name in INTERNAL if name in table])

    def about(self) -> dict[str, Any]:
        """Say where they come from."""
        about = about_events(self.selection, self.visit._("Earthquakes"), self.visit.language)
        return about | {"columns": {name: {"units": unit} for name, unit in UNITS.items()}}

    def csv(self) -> bytes:
        """Make the CSV file."""
        return self.files.csv(self._known(), self.csv_options)

    def xlsx(self) -> bytes:
        """Make the workbook."""
        return self.files.xlsx(self._known())

    def geojson(self) -> bytes:
        """Make the GeoJSON file."""
        return events_geojson(self.events(), self.about())

    def quakeml(self) -> bytes:
        """Make the QuakeML file."""
        return events_quakeml(self.events(), self.about())

    def filename(self, suffix: str) -> str:
        """Name of a file: catalogue, number of events, format."""
        found = self.selection.catalogue
        key = re.sub(r"[^A-Za-z0-9.-]+", "-", found.key if found else "none")
        ending = "quakeml.xml" if suffix == "quakeml" else suffix
        return f"qazcube_{key[:80]}_{self._size()}.{ending}"

    def _known(self) -> pd.DataFrame:
        """Return the events without the columns that are empty for all of them."""
        events = self.events()
        empty = [name for name in events if not (events[name].notna() & (events[name] != "")).any()]
        return events.drop(columns=empty)

    def _described(self) -> dict[str, Any]:
        about = self.about()
        kept = set(self._known().columns)
        about["columns"] = {name: one for name, one in about["columns"].items() if name in kept}
        return about

    def _size(self) -> int:
        rows = {"brushed": "brush_rows", "in_view": "view_rows", "events": "rows"}
        return len(getattr(self.selection, rows[self.which.value]))

    def _csv_chosen(self, event: Any) -> None:
        """Take the choice over; a comma cannot be both, so the other one gives way."""
        if self.separator.value == self.decimal.value == ",":
            if event.obj is self.separator:
                self.decimal.value = "."
            else:
                self.separator.value = ";"
            return
        self.csv_options = CsvOptions(self.separator.value, self.decimal.value, bom=True)
