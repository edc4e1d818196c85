"""What a visitor takes away: maps, tables, outlines, a picture, settings, lines of Python."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from typing import Any

import pandas as pd
import panel as pn
import panel_material_ui as pmui

from analysis.outputs import table_csv, table_xlsx
from analysis.outputs.unitmaps import units_geojson
from apps.views.downloads import COPY
from apps.views.earthquakes.downloads import excel_options
from apps.views.filebutton import file_button
from apps.views.landcover.exports import class_zip, geotiff, map_picture, settings_yaml
from apps.views.landcover.pythoncode import python_code
from apps.views.landcover.samplefile import drawn_geojson
from apps.views.landcover.selection import LandSelection
from apps.views.styles import styled

BUTTON: dict[str, Any] = {"width": 250, "margin": (4, 8), "size": "small"}


class Takeaway:
    """Buttons that make a file when they are pressed, and the lines of Python."""

    def __init__(
        self, visit: Any, selection: LandSelection, scores: Any, matrices: Any, areas: Any
    ):
        _ = visit._
        self.visit, self.selection = visit, selection
        self.scores, self.matrices, self.areas = scores, matrices, areas
        self.message = styled()
        self.buttons: dict[str, Any] = {}
        groups = (
            (
                _("Map"),
                (
                    ("class.zip", _("Classes (COG with its legend, ZIP)"), self.classes),
                    ("probability.tif", _("Probabilities (COG)"), lambda: self._tif("probability")),
                    ("uncertainty.tif", _("Uncertainty (COG)"), lambda: self._tif("entropy")),
                    ("map.png", _("Picture of the map (PNG)"), self.picture),
                ),
            ),
            (
                _("Areas"),
                (
                    ("areas.csv", _("Areas by unit (CSV)"), lambda: self._csv(self.areas.long())),
                    ("areas.xlsx", _("Areas by unit (XLSX)"),
                     lambda: self._xlsx(self.areas.long())),
                    ("areas.geojson", _("Areas by unit (GeoJSON)"), self.area_geojson),
                ),
            ),
            (
                _("Comparison"),
                (
                    ("scores.csv", _("Scores (CSV)"), lambda: self._csv(self.scores.frame())),
                    ("scores.xlsx", _("Scores (XLSX)"), lambda: self._xlsx(self.scores.frame())),
                    ("matrices.csv", _("Error matrices (CSV)"),
                     lambda: self._csv(self.matrices.frame())),
                    ("matrices.xlsx", _("Error matrices (XLSX)"),
                     lambda: self._xlsx(self.matrices.frame())),
                ),
            ),
            (
                _("Samples"),
                (
                    ("samples.csv", _("Samples with their courses (CSV)"),
                     lambda: self._csv(self.samples())),
                    ("samples.geojson", _("Drawn samples (GeoJSON)"), self.drawn),
                    ("pixel.csv", _("The clicked pixel (CSV)"), lambda: self._csv(self.pixel())),
                ),
            ),
            (
                _("Settings"),
                (("settings.yml", _("Settings (YAML)"), lambda: settings_yaml(selection)),),
            ),
        )  # fmt: skip
        rows: list[Any] = []
        for title, members in groups:
            rows.append(pmui.Typography(title, variant="subtitle2", margin=(8, 8, 0, 8)))
            made = [self._button(suffix, label, make) for suffix, label, make in members]
            rows.append(pn.FlexBox(*made, margin=0))
        self.panel = pn.Column(
            self.message, *rows, *self._code_part(), sizing_mode="stretch_width", margin=(6, 0)
        )

    def show(self) -> None:
        """Nothing to bring up to date: files are made when they are asked for."""

    def _button(self, suffix: str, label: str, make: Callable[[], bytes]) -> Any:
        button = file_button(label, make, lambda: self.filename(suffix), self._say, **BUTTON)
        self.buttons[suffix] = button
        return button

    def filename(self, suffix: str) -> str:
        """Name of a file: imagery, classifier, year, units."""
        selection = self.selection
        name = selection.imagery.key
        if selection.simulated and "simulated" not in name:
            name += "-simulated"
        parts = [name, selection.left or "samples", str(selection.year)]
        if suffix.startswith("areas"):
            parts.append(selection.state.level)
        text = re.sub(r"[^A-Za-z0-9._-]+", "-", "_".join(parts))
        return f"{text[:120]}_{suffix}"

    # files ---------------------------------------------------------------------------------------

    def _map(self) -> Any:
        selection = self.selection
        found = selection.maps.get(selection.sides[0]) if selection.sides else None
        if found is None:
            raise ValueError(self.visit._("There is no map yet: train classifiers first."))
        return found

    def _tif(self, layer: str) -> bytes:
        return geotiff(self._map(), layer, self.visit.language)

    def classes(self) -> bytes:
        """Make the classes as GeoTIFF with the names of the classes beside it."""
        name = self.filename("class.zip").removesuffix(".zip")
        return class_zip(self.selection, self._map(), name, self.visit.language)

    def picture(self) -> bytes:
        """Make a picture of the map with its legend."""
        return map_picture(self.visit, self.selection, self._map())

    def area_geojson(self) -> bytes:
        """Make outlines and areas of all units."""
        table = self.areas.wide()
        about = self.about(table)
        about.pop("columns")
        return units_geojson(self.selection.units.shapes, table, about)

    def samples(self) -> pd.DataFrame:
        """Return the samples with the features that were taken from the imagery."""
        table = self.selection.table
        if table.empty:
            raise ValueError(self.visit._("There are no samples yet."))
        return table

    def pixel(self) -> pd.DataFrame:
        """Return the clicked pixel."""
        selection = self.selection
        if selection.state.point is None:
            raise ValueError(self.visit._("No pixel is chosen: click the map first."))
        values = selection.pixel(selection.state.point)
        longitude, latitude = selection.state.point
        dates = selection.imagery.dates(selection.year)
        place = {"longitude": longitude, "latitude": latitude}
        return pd.DataFrame({"time": dates, **values}).assign(**place)

    def drawn(self) -> bytes:
        """Make the drawn samples."""
        if not self.selection.state.drawn:
            raise ValueError(self.visit._("Nothing has been drawn on the map yet."))
        return drawn_geojson(self.selection.state.drawn)

    def about(self, table: pd.DataFrame) -> dict[str, Any]:
        """Say where a table comes from, as `analysis.outputs.table_csv` takes it."""
        selection, language = self.selection, self.visit.language
        base, imagery = selection.base, selection.imagery
        sources = [imagery.title(language)] + ([base.title(language)] if base is not None else [])
        citations = [imagery.citation] + ([base.citation] if base is not None else [])
        about: dict[str, Any] = {
            "title": self.visit._("Land cover of {year}").format(year=selection.year),
            "source": "; ".join(sources),
            "citation": "; ".join(one for one in citations if one),
            "licence": imagery.licence,
            "columns": {
                name: {"units": "ha"} for name in ("area_ha", "low", "high") if name in table
            },
        }
        if selection.simulated:
            about["simulated"] = True
        return about

    def _csv(self, table: pd.DataFrame) -> bytes:
        language = self.visit.language
        return table_csv(
            table, self.about(table), options=excel_options(language), language=language
        )

    def _xlsx(self, table: pd.DataFrame) -> bytes:
        return table_xlsx(table, self.about(table), language=self.visit.language)

    # Python --------------------------------------------------------------------------------------

    def code(self) -> str:
        """Return the lines that give scores, map and areas without this page."""
        return python_code(self.selection)

    def _code_part(self) -> list[Any]:
        _ = self.visit._
        self.lines = pmui.TextAreaInput(
            label=_("Python code of this view"),
            value="",
            visible=False,
            height=360,
            rows=16,
            max_length=40_000,
            sx={"& textarea": {"fontFamily": "ui-monospace, monospace", "fontSize": 12}},
            sizing_mode="stretch_width",
            margin=(6, 8),
        )
        self.status = pn.widgets.StaticText(value="", margin=(0, 8))
        text = pn.widgets.TextInput(value="", visible=False)
        trigger = pn.widgets.IntInput(value=0, visible=False)
        trigger.jscallback(
            args={
                "code": text,
                "status": self.status,
                "copied": _("The code is in the clipboard."),
                "failed": _("Select the text and copy it."),
            },
            value=COPY,
        )
        button = pmui.Button(
            label=_("Copy as Python"), icon="content_copy", variant="outlined", **BUTTON
        )

        def clicked(_event: Any) -> None:
            self.lines.value = text.value = self.code()
            self.lines.visible = True
            trigger.value += 1

        button.on_click(clicked)
        self.buttons["py"] = button
        return [button, self.status, self.lines, text, trigger]

    def _say(self, error: BaseException | None) -> None:
        text = "" if error is None else escape(str(error)[:300])
        self.message.object = f'<div class="qc-note" role="alert">{text}</div>' if text else ""
