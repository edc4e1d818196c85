"""What a visitor takes away: tables, outlines with numbers, a picture, lines of Python."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd
import panel as pn

from analysis.outputs.unitmaps import UnitPicture, units_geojson, units_picture
from apps.views.credits import credit
from apps.views.fields.pythoncode import python_code
from apps.views.fields.selection import FieldSelection
from apps.views.fields.words import legend_steps, quantity_names, scale, step_text
from apps.views.fileset import FileSet
from apps.views.mapfigure import POINT_COLOURS

INTEGRALS = ("integral", "integral_norm")


class Takeaway:
    """Buttons that make a file when they are pressed, and the lines of Python."""

    def __init__(self, visit: Any, selection: FieldSelection):
        _ = visit._
        self.visit, self.selection = visit, selection
        self.files = files = FileSet(visit, self.filename, self.about, width=210)
        makers = (
            ("units.csv", _("All units (CSV)"), lambda: files.csv(self.units_table())),
            ("units.xlsx", _("All units (XLSX)"), lambda: files.xlsx(self.units_table())),
            ("geojson", _("All units (GeoJSON)"), self.geojson),
            ("curve.csv", _("The curves (CSV)"), lambda: files.csv(self.curves())),
            ("curve.xlsx", _("The curves (XLSX)"), lambda: files.xlsx(self.curves())),
            ("png", _("Picture (PNG)"), self.picture),
        )
        self.panel = pn.Column(
            pn.FlexBox(*(files.button(*maker) for maker in makers), margin=0),
            files.message,
            *files.python(self.code, rows=12, height=300, most=20_000),
            sizing_mode="stretch_width",
            margin=(6, 0),
        )

    def filename(self, suffix: str) -> str:
        """Name of a file: cube, units, year."""
        layer = self.selection.layer
        cube = layer.cube.name if layer is not None else "vegetation"
        simulated = "-simulated" if self.selection.simulated and "simulated" not in cube else ""
        text = f"{cube}-{self.selection.level}-{self.selection.year}{simulated}"
        return re.sub(r"[^A-Za-z0-9._-]", "_", f"{text}-{self.selection.date:%m%d}.{suffix}")

    # tables --------------------------------------------------------------------------------------

    def units_table(self) -> pd.DataFrame:
        """Return all units of the filters, one row each."""
        language = self.visit.language
        table = self.selection.shown(language)
        if table.empty:
            raise ValueError(self.visit._("The table is empty: there is nothing to save."))
        others = [name for name in map(str, table) if name.startswith("name_")]
        kept = table.drop(columns=others)
        kept.insert(0, "name", table[f"name_{language}"])
        kept.insert(1, "date", str(self.selection.date.date()))
        return kept.reset_index(names="unit")

    def curves(self) -> pd.DataFrame:
        """Return the curves of the chosen units, a row a unit and date."""
        selection = self.selection
        parts = []
        for unit in selection.chosen:
            part = selection.curve_table(unit)
            part.insert(1, "unit", unit)
            part.insert(2, "name", selection.units.name(unit, self.visit.language))
            parts.append(part)
        return pd.concat(parts, ignore_index=True)

    def about(self, table: pd.DataFrame) -> dict[str, Any]:
        """Say where a table comes from, as `analysis.outputs.table_csv` takes it."""
        _, selection, language = self.visit._, self.selection, self.visit.language
        layer = selection.layer
        units = {"percent": "%", "vci": "%", "integral_percent": "%", "area_km2": "km2"}
        units |= dict.fromkeys(INTEGRALS, "day")
        about: dict[str, Any] = {
            "title": _("Growing season of {year} against the other years").format(
                year=selection.year
            ),
            "source": f"{layer.title(language)}; {selection.units.title.get(language, '')}"
            if layer
            else "",
            "citation": f"{layer.citation}; {selection.units.citation}" if layer else "",
            "licence": f"{layer.licence}; {selection.units.licence}" if layer else "",
            "columns": {name: {"units": units[name]} for name in table if name in units},
        }
        if selection.simulated:
            about["simulated"] = True
        return about

    def geojson(self) -> bytes:
        """Make outlines and numbers of all units."""
        table = self.units_table()
        about = self.about(table)
        about.pop("columns")
        return units_geojson(self.selection.units.shapes, table.set_index("unit"), about)

    def picture(self) -> bytes:
        """Make a picture of the map and the curve."""
        _, selection, language = self.visit._, self.selection, self.visit.language
        table = selection.shown(language)
        quantity = selection.quantity
        where = {str(ident): place for place, ident in enumerate(table.index)}
        units = [unit for unit in selection.chosen if unit in where] or selection.chosen[:1]
        chosen = [
            (where[unit], colour)
            for unit, colour in zip(units, POINT_COLOURS, strict=False)
            if unit in where
        ]
        curve = selection.curve_table(units[0])
        layer = selection.layer
        lines = {
            f"{selection.units.name(unit, language)}, {selection.year}": values
            for unit in units
            for values in [selection.curve_table(unit)["value"].to_numpy()]
        }
        return units_picture(
            UnitPicture(
                shapes=list(selection.units.shapes[list(where)].to_numpy()),
                colours=scale(quantity, selection).colour(table[quantity]),
                chosen=chosen,
                legend=legend_steps(self.visit, selection),
                curve=curve,
                lines=lines,
                title=quantity_names(_)[quantity],
                subtitle=step_text(selection, language),
                label=layer.variable.upper() if layer else "NDVI",
                credits=[*self._credits(), "Qazcube"],
                simulated=selection.simulated,
                language=language,
            )
        )

    def _credits(self) -> list[str]:
        """Return citations, then licences, in the reader's words."""
        layer, units = self.selection.layer, self.selection.units
        sources: list[Any] = [units] if layer is None else [layer, units]
        cited = dict.fromkeys(credit(self.visit._, one.citation) for one in sources)
        licences = dict.fromkeys(credit(self.visit._, one.licence) for one in sources)
        return ["; ".join(one for one in part if one) for part in (cited, licences)]

    # Python --------------------------------------------------------------------------------------

    def code(self) -> str:
        """Return the lines that give the table and the curve without this page."""
        return python_code(self.selection)
