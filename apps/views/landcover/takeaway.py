"""What a visitor takes away: maps, tables, outlines, a picture, settings, lines of Python."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pandas as pd
import panel as pn
import panel_material_ui as pmui

from analysis.outputs.unitmaps import units_geojson
from apps.views.fileset import FileSet
from apps.views.landcover.exports import class_zip, geotiff, map_picture, settings_yaml
from apps.views.landcover.pythoncode import python_code
from apps.views.landcover.samplefile import drawn_geojson
from apps.views.landcover.selection import LandSelection

HECTARES = ("area_ha", "estimate_ha", "error_ha", "low_ha", "high_ha", "low", "high")
"""Columns of hectares in tables of areas."""


class Takeaway:
    """Buttons that make a file when they are pressed, and the lines of Python."""

    def __init__(
        self, visit: Any, selection: LandSelection, scores: Any, matrices: Any, areas: Any
    ):
        _ = visit._
        self.visit, self.selection = visit, selection
        self.scores, self.matrices, self.areas = scores, matrices, areas
        self.files = FileSet(visit, self.filename, self.about)
        csv, xlsx = self._csv, self._xlsx
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
                    ("areas.csv", _("Areas by unit (CSV)"), csv(self.areas.long)),
                    ("areas.xlsx", _("Areas by unit (XLSX)"),
                     xlsx(self.areas.long)),
                    ("whole.csv", _("Areas of the whole map (CSV)"), csv(self.areas.whole_map)),
                    ("whole.xlsx", _("Areas of the whole map (XLSX)"), xlsx(self.areas.whole_map)),
                    ("checking.csv", _("Checking sample (CSV)"), csv(self.areas.checking)),
                    ("areas.geojson", _("Areas by unit (GeoJSON)"), self.area_geojson),
                ),
            ),
            (
                _("Comparison"),
                (
                    ("scores.csv", _("Scores (CSV)"), csv(self.scores.frame)),
                    ("scores.xlsx", _("Scores (XLSX)"), xlsx(self.scores.frame)),
                    ("matrices.csv", _("Error matrices (CSV)"),
                     csv(self.matrices.frame)),
                    ("matrices.xlsx", _("Error matrices (XLSX)"),
                     xlsx(self.matrices.frame)),
                ),
            ),
            (
                _("Samples"),
                (
                    ("samples.csv", _("Samples with their courses (CSV)"),
                     csv(self.samples)),
                    ("samples.geojson", _("Drawn samples (GeoJSON)"), self.drawn),
                    ("pixel.csv", _("The clicked pixel (CSV)"), csv(self.pixel)),
                    ("curves.csv", _("Mean courses of the classes (CSV)"), csv(self.curves)),
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
            made = [self.files.button(suffix, label, make) for suffix, label, make in members]
            rows.append(pn.FlexBox(*made, margin=0))
        self.panel = pn.Column(
            self.files.message,
            *rows,
            *self.files.python(self.code),
            sizing_mode="stretch_width",
            margin=(6, 0),
        )  # fmt: skip

    def _csv(self, table: Callable[[], pd.DataFrame]) -> Callable[[], bytes]:
        return lambda: self.files.csv(table())

    def _xlsx(self, table: Callable[[], pd.DataFrame]) -> Callable[[], bytes]:
        return lambda: self.files.xlsx(table())

    def show(self) -> None:
        """Nothing to bring up to date: files are made when they are asked for."""

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

    def curves(self) -> pd.DataFrame:
        """Return the mean course of every class, a row a date, band and class."""
        selection = self.selection
        dates = selection.imagery.dates(selection.year)
        parts = [
            pd.DataFrame({"time": dates, "band": band, "class": label, "mean": values})
            for band in selection.imagery.bands
            for label, values in selection.mean_curves(band).items()
        ]
        if not parts:
            raise ValueError(self.visit._("There are no samples yet."))
        return pd.concat(parts, ignore_index=True)

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
            "columns": {name: {"units": "ha"} for name in HECTARES if name in table},
        }
        if selection.simulated:
            about["simulated"] = True
        return about

    # Python --------------------------------------------------------------------------------------

    def code(self) -> str:
        """Return the lines that give scores, map and areas without this page."""
        return python_code(self.selection)
