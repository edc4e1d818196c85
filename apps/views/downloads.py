"""What a visitor takes away: files of the series and of the view, a printed map, Python lines.

Nothing is made before its button is pressed. The page gives the data through a `Provider`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cached_property
from html import escape
from typing import Any, Protocol, runtime_checkable

import pandas as pd
import panel as pn
import panel_material_ui as pmui
import xarray as xr

from analysis.outputs import (
    CsvOptions,
    MapLayers,
    MapStyle,
    ViewChoice,
    printed_map,
    python_code,
    table_csv,
    table_xlsx,
    view_geotiff,
    view_netcdf,
    view_picture,
)
from apps.views.copyfield import CopyField
from apps.views.credits import credit
from apps.views.filebutton import file_button

WIDE: dict[str, Any] = {"sizing_mode": "stretch_width", "margin": (4, 0)}
CREDITS = ("title", "source", "licence", "citation", "credits", "simulated")


class Provider(Protocol):
    """What the page must give, each time as the visitor sees it at that moment."""

    def series_table(self) -> pd.DataFrame:
        """Give the series of the chosen cells: index ``time`` (UTC), a column per series."""

    def series_metadata(self) -> dict[str, Any]:
        """Say where they come from, as `analysis.outputs.table_csv` takes it."""

    def view(self) -> xr.DataArray:
        """Give the map's values ``(y, x)`` in degrees.

        Attributes: those of `Cube.view`, ``title, licence, citation``, ``credits`` (a list of
        further lines, for example for the events) and, where the time stands for a month or a
        year, ``time_text``. A static grid has no ``time``.
        """

    def state(self) -> ViewChoice:
        """Say what is shown in plain values."""

    def map_layers(self) -> MapLayers:
        """Give lines, events and points above the map, in degrees."""


@runtime_checkable
class EventProvider(Protocol):
    """A provider that can also give the earthquakes that pass the visitor's filters."""

    def events_table(self) -> pd.DataFrame:
        """Give them with all their columns, ``time`` in UTC."""

    def events_metadata(self) -> dict[str, Any]:
        """Say where they come from, as `analysis.outputs.table_csv` takes it."""


class Downloads:
    """Buttons that make a file when they are pressed.

    Parameters
    ----------
    session
        Language, texts and time zone of the visitor.
    provider : Provider
        Gives the data.
    """

    def __init__(self, session: Any, provider: Provider):
        self.session, self.provider = session, provider
        self.buttons: dict[str, Any] = {}
        comma = session.language != "en"
        self.csv = CsvOptions(";" if comma else ",", "," if comma else ".", bom=True)
        self.message = pn.pane.HTML("", sizing_mode="stretch_width", margin=(4, 0))

    # files ---------------------------------------------------------------------------------------

    def series_csv(self) -> bytes:
        """Series as CSV with the chosen separator, decimal mark and byte order mark."""
        return table_csv(
            self._series(),
            self.provider.series_metadata(),
            options=self.csv,
            timezone=self._timezone(),
            language=self.session.language,
        )

    def series_xlsx(self) -> bytes:
        """Series as an Excel workbook."""
        return table_xlsx(
            self._series(),
            self.provider.series_metadata(),
            timezone=self._timezone(),
            language=self.session.language,
        )

    def events_csv(self) -> bytes:
        """Earthquakes that pass the filters as CSV, written with the same options."""
        _ = self.session._
        if not isinstance(self.provider, EventProvider):
            raise TypeError("The page gives no earthquakes.")
        table = self.provider.events_table()
        if table.empty:
            raise ValueError(_("Widen the magnitude, depth or period."))
        return table_csv(
            table,
            self.provider.events_metadata(),
            options=self.csv,
            timezone=self._timezone(),
            language=self.session.language,
        )

    def netcdf(self) -> bytes:
        """View as NetCDF."""
        view = self.provider.view()
        return view_netcdf(view, self._credits(view))

    def geotiff(self) -> bytes:
        """View as a Cloud-Optimised GeoTIFF."""
        view = self.provider.view()
        return view_geotiff(view, self._credits(view))

    def picture(self) -> bytes:
        """View as a PNG for slides."""
        view = self.provider.view()
        return view_picture(
            view, self.provider.map_layers(), self._printed_credits(view), style=self._style()
        )

    def printed_pdf(self) -> bytes:
        """Map to print, A4, as PDF."""
        return self._printed("pdf")

    def printed_png(self) -> bytes:
        """Map to print, A4, as PNG."""
        return self._printed("png")

    def code(self) -> str:
        """Python lines of the view."""
        return python_code(self.provider.state())

    def _printed(self, file_format: str) -> bytes:
        view = self.provider.view()
        return printed_map(
            view,
            self.provider.map_layers(),
            self._printed_credits(view),
            style=self._style(),
            file_format=file_format,
        )

    def _series(self) -> pd.DataFrame:
        table = self.provider.series_table()
        if table.empty:
            _ = self.session._
            raise ValueError(_("No cell is chosen: click the map or type coordinates first."))
        return table

    def _timezone(self) -> str | None:
        choice = self.provider.state()
        return choice.get("timezone") or getattr(self.session, "timezone", None)

    def _style(self) -> MapStyle:
        choice = self.provider.state()
        return MapStyle(
            title=choice.get("title", ""),
            colormap=choice.get("colormap") or MapStyle.colormap,
            limits=choice.get("limits"),
            language=self.session.language,
            timezone=self._timezone(),
        )

    @staticmethod
    def _credits(view: xr.DataArray) -> Mapping[str, Any]:
        return {key: view.attrs[key] for key in CREDITS if key in view.attrs}

    def _printed_credits(self, view: xr.DataArray) -> Mapping[str, Any]:
        """Give the credits in the reader's words; files for machines keep the catalogue's."""
        found = dict(self._credits(view))
        for key in ("citation", "licence"):
            if key in found:
                found[key] = credit(self.session._, str(found[key]))
        if "credits" in found:
            found["credits"] = [credit(self.session._, str(one)) for one in found["credits"]]
        return found

    def filename(self, suffix: str, *, series: bool = False) -> str:
        """Name of a file: what it shows, in letters that every system takes."""
        choice = self.provider.state()
        parts = ["qazcube", choice["cube"], choice["variable"]]
        if series:
            parts.append("series")
        else:
            parts.append(str(choice.get("time") or "")[:10])
        name = "_".join(re.sub(r"[^A-Za-z0-9.-]+", "-", part) for part in parts if part)
        return f"{name[:120]}.{suffix}"

    # widgets -------------------------------------------------------------------------------------

    @cached_property
    def panel(self) -> Any:
        """The section, built when it is first asked for."""
        return pn.Column(
            *self._series_part(),
            *self._view_part(),
            *self._code_part(),
            self.message,
            sizing_mode="stretch_width",
            margin=0,
        )

    def _series_part(self) -> list[Any]:
        _ = self.session._
        self.separator = pmui.Select(
            label=_("Columns are separated by"),
            options={_("comma"): ",", _("semicolon"): ";", _("tab"): "\t"},
            value=self.csv.separator,
            size="small",
            **WIDE,
        )
        self.decimal = pmui.Select(
            label=_("Decimal mark"),
            options={_("point"): ".", _("comma"): ","},
            value=self.csv.decimal,
            size="small",
            **WIDE,
        )
        self.bom = pmui.Checkbox(label=_("Mark as UTF-8 for Excel"), value=self.csv.bom, **WIDE)
        for widget in (self.separator, self.decimal, self.bom):
            widget.param.watch(self._csv_chosen, "value")
        return [
            self._heading(_("Time series")),
            self._button("csv", _("CSV table"), self.series_csv, series=True),
            pn.Row(self.separator, self.decimal, sizing_mode="stretch_width", margin=(6, 0, 0, 0)),
            self.bom,
            self._button("xlsx", _("Excel workbook (XLSX)"), self.series_xlsx, series=True),
            *self._events_part(),
        ]

    def _events_part(self) -> list[Any]:
        if not isinstance(self.provider, EventProvider):
            return []
        title = self.session._("Earthquakes")
        return [
            self._heading(title),
            self._button("events.csv", f"{title} (CSV)", self.events_csv),
        ]

    def _csv_chosen(self, event: Any) -> None:
        """Take the choice over; a comma cannot be both, so the other one gives way."""
        if self.separator.value == self.decimal.value == ",":
            if event.obj is self.separator:
                self.decimal.value = "."
            else:
                self.separator.value = ";"
            return
        self.csv = CsvOptions(self.separator.value, self.decimal.value, bom=self.bom.value)

    def _view_part(self) -> list[Any]:
        _ = self.session._
        return [
            self._heading(_("What the map shows")),
            self._button("nc", _("NetCDF grid"), self.netcdf),
            self._button("tif", _("GeoTIFF grid"), self.geotiff),
            self._button("png", _("Picture (PNG)"), self.picture),
            self._heading(_("Map to print, A4")),
            self._button("pdf", _("PDF, with scale and legend"), self.printed_pdf),
            self._button("print.png", _("PNG, with scale and legend"), self.printed_png),
        ]

    def _code_part(self) -> list[Any]:
        _ = self.session._
        field = CopyField(
            self.session,
            _("Python code of this view"),
            _("The code is in the clipboard."),
            self._say,
            rows=10,
            height=260,
            sides=0,
        )
        self.lines = field.lines
        button = field.button(_("Copy as Python"), self.code, **WIDE)
        self.buttons["py"] = button
        return [self._heading(_("Python")), button, *field.parts]

    @staticmethod
    def _heading(text: str) -> Any:
        return pmui.Typography(text, variant="subtitle2", margin=(10, 0, 2, 0))

    def _button(
        self, suffix: str, label: str, make: Callable[[], bytes], *, series: bool = False
    ) -> Any:
        button = file_button(
            label, make, lambda: self.filename(suffix, series=series), self._say, **WIDE
        )
        self.buttons[suffix] = button
        return button

    def _say(self, error: BaseException | None) -> None:
        """Say under the buttons, in place, why there is no file; None takes it back."""
        text = "" if error is None else f'<div role="alert">{escape(str(error)[:300])}</div>'
        self.message.object = text
