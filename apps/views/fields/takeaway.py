"""What a visitor takes away: tables, outlines with numbers, a picture, lines of Python."""

from __future__ import annotations

import re
from html import escape
from typing import Any

import pandas as pd
import panel as pn
import panel_material_ui as pmui

from analysis.outputs import table_csv, table_xlsx
from analysis.outputs.unitmaps import UnitPicture, units_geojson, units_picture
from apps.views.credits import credit
from apps.views.downloads import COPY
from apps.views.fields.pythoncode import python_code
from apps.views.fields.selection import FieldSelection
from apps.views.fields.words import legend_steps, quantity_names, scale, step_text
from apps.views.filebutton import file_button
from apps.views.fileset import excel_options
from apps.views.mapfigure import POINT_COLOURS
from apps.views.styles import styled

BUTTON: dict[str, Any] = {"width": 210, "margin": (4, 8), "size": "small"}
INTEGRALS = ("integral", "integral_norm")


class Takeaway:
    """Buttons that make a file when they are pressed, and the lines of Python."""

    def __init__(self, visit: Any, selection: FieldSelection):
        _ = visit._
        self.visit, self.selection = visit, selection
        self.message = styled()
        self.buttons = {
            "units.csv": self._button("units.csv", _("All units (CSV)"), self.units_csv),
            "units.xlsx": self._button("units.xlsx", _("All units (XLSX)"), self.units_xlsx),
            "geojson": self._button("geojson", _("All units (GeoJSON)"), self.geojson),
            "curve.csv": self._button("curve.csv", _("The curves (CSV)"), self.curve_csv),
            "curve.xlsx": self._button("curve.xlsx", _("The curves (XLSX)"), self.curve_xlsx),
            "png": self._button("png", _("Picture (PNG)"), self.picture),
        }
        self.panel = pn.Column(
            pn.FlexBox(*self.buttons.values(), margin=0),
            self.message,
            *self._code_part(),
            sizing_mode="stretch_width",
            margin=(6, 0),
        )

    def _button(self, suffix: str, label: str, make: Any) -> Any:
        return file_button(label, make, lambda: self.filename(suffix), self._say, **BUTTON)

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

    def units_csv(self) -> bytes:
        """Make the table of all units as CSV."""
        return self._csv(self.units_table())

    def units_xlsx(self) -> bytes:
        """Make the table of all units as a workbook."""
        return self._xlsx(self.units_table())

    def curve_csv(self) -> bytes:
        """Make the curves as CSV."""
        return self._csv(self.curves())

    def curve_xlsx(self) -> bytes:
        """Make the curves as a workbook."""
        return self._xlsx(self.curves())

    def _csv(self, table: pd.DataFrame) -> bytes:
        language = self.visit.language
        return table_csv(
            table, self.about(table), options=excel_options(language), language=language
        )

    def _xlsx(self, table: pd.DataFrame) -> bytes:
        return table_xlsx(table, self.about(table), language=self.visit.language)

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

    def _code_part(self) -> list[Any]:
        _ = self.visit._
        self.lines = pmui.TextAreaInput(
            label=_("Python code of this view"),
            value="",
            visible=False,
            height=300,
            rows=12,
            max_length=20_000,
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
