"""Areas of the classes: of the whole map with intervals, and by farm, district or oblast."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
import pandas as pd
import panel as pn
import panel_material_ui as pmui

from analysis.notes import in_language
from apps.views.htmlbuttons import BUTTONS, HtmlButtons
from apps.views.htmltables import TABLE, table_html
from apps.views.landcover.areas import UnitAreas
from apps.views.landcover.checking import Check, can_check
from apps.views.landcover.checkview import CheckView
from apps.views.landcover.pixel import CHIP
from apps.views.landcover.selection import LandSelection
from apps.views.landcover.words import between, hectares, interval, mark, percent
from apps.views.landcover.workbar import FOCUS
from apps.views.styles import styled
from apps.views.unitsets import natural

ROWS = 25
REST = ("total", "no_value", "outside")
"""Columns of a unit after its classes."""

INTERVAL = """
.qc-grid tbody th { position: sticky; left: 0; background: var(--qc-page); }
.qc-grid small { display: block; color: var(--qc-muted); font-size: 11px; }
.qc-grid tr.ql-sum td, .qc-grid tr.ql-sum th { font-weight: 700; }
"""


class AreasView:
    """Two tables: the whole map, and the units."""

    def __init__(self, visit: Any, selection: LandSelection):
        self.visit, self.selection = visit, selection
        self.head = styled()
        self.sampled = pmui.Checkbox(
            label=visit._("The samples were drawn at random on the map: estimate the areas"),
            value=selection.state.sampled,
            visible=False,
            margin=(4, 8),
        )
        self.sampled.param.watch(self._sampled_chosen, "value")
        self.judge = pmui.Button(
            label=visit._("Judge this map by a checking sample"),
            icon="fact_check",
            variant="outlined",
            size="small",
            visible=False,
            sx=FOCUS,
            margin=(6, 8),
        )
        self.judge.on_click(lambda _event: self._judged())
        self.whole = pn.pane.HTML(
            "", stylesheets=[TABLE, CHIP, INTERVAL], sizing_mode="stretch_width", margin=(4, 8)
        )
        self.rows = HtmlButtons(
            self._pressed,
            stylesheets=[TABLE, BUTTONS, CHIP, INTERVAL],
            sizing_mode="stretch_width",
            margin=(0, 8),
        )
        self.pages = pmui.Pagination(count=1, value=0, visible=False, margin=(4, 8))
        self.pages.param.watch(lambda _event: self._draw(), "value")
        self.note = styled()
        self.check = CheckView(visit, selection)
        self.panel = pn.Column(
            self.head, self.judge, self.sampled, self.whole, self.rows, self.pages, self.note,
            self.check.panel,
            sizing_mode="stretch_width", margin=(0, 8),
        )  # fmt: skip

    def _sampled_chosen(self, event: Any) -> None:
        self.selection.state.sampled = bool(event.new)

    def _judged(self) -> None:
        """Judge the map by a checking sample, or go back to what was counted."""
        self.selection.state.checked = not self.selection.checked

    def show(self) -> None:
        """Write both tables anew."""
        _, selection = self.visit._, self.selection
        found, checked = selection.shown_areas(), selection.checked
        self.check.show()
        visible = found is not None and not checked
        self.sampled.param.update(value=selection.state.sampled, visible=visible)
        self.judge.param.update(
            label=_("Back to pixel counts")
            if checked
            else _("Judge this map by a checking sample"),
            icon="undo" if checked else "fact_check",
            visible=found is not None and can_check(selection),
        )
        if found is None:
            self.whole.object = self.rows.html = self.note.object = ""
            self.pages.visible = False
            text = (
                _("The areas come with the map: train classifiers first.")
                if not selection.outcomes
                else _("The areas of the units are summed.")
            )
            self.head.object = f'<div class="qc-note" role="status">{escape(text)}</div>'
            return
        name, year = selection.sides[0]
        title = f"{selection.outcomes[name].title(self.visit.language)}, {year}"
        sign = mark(self.visit, simulated=selection.simulated or selection.units.simulated)
        head = f'<div class="qc-note"><b>{escape(title)}</b> {sign}</div>'
        self.head.object = head + (self._told(found.check) if found.check is not None else "")
        self._write_whole(found)
        wide = self.wide()
        count = max(1, -(-len(wide) // ROWS))
        self.pages.param.update(count=count, visible=count > 1)
        self.pages.value = min(self.pages.value, count - 1)
        self._draw()
        self._notes(found)

    def _told(self, check: Check) -> str:
        """Say how the map was judged, and how right it is."""
        _, language, found = self.visit._, self.visit.language, check.accuracy
        first = _(
            "Judged by a checking sample: {count} places drawn at random on this map, in each "
            "class by itself and apart from the samples that were learnt from. Their labels "
            "are the simulated truth; for real imagery somebody has to look at each place."
        ).format(count=hectares(len(check.places), language))
        if check.file:
            first = _(
                "Judged by {count} places that somebody has labelled ({name}): drawn at random on "
                "this map, in each class by itself."
            )
            if not found.drawn:
                first = _(
                    "Judged by {count} places that somebody has labelled ({name}). They were not "
                    "drawn on this map: estimates and intervals may be wrong by several times."
                )
            seen = hectares(found.counts.to_numpy().sum(), language)
            first = first.format(count=seen, name=check.file)
        texts = (
            first,
            _(
                "Overall accuracy {accuracy} (95 %: {ends}); a map of the commonest class alone "
                "would have {baseline}."
            ).format(
                accuracy=percent(found.overall, language),
                ends=interval(found.overall_low, found.overall_high, language),
                baseline=percent(found.classes["area_share"].max(), language),
            ),
        )
        return "".join(f'<div class="qc-note">{escape(text)}</div>' for text in texts)

    # the whole map -------------------------------------------------------------------------------

    def _write_whole(self, found: Any) -> None:
        _, language, selection = self.visit._, self.visit.language, self.selection
        estimated, rows = selection.estimated, []
        order = [one for one in selection.classes if one in found.whole.index]
        order += [one for one in found.whole.index if one not in order]
        for label, row in found.whole.loc[order].iterrows():
            cells = [hectares(row["mapped"], language)]
            if estimated:
                cells += [
                    hectares(row["area"], language),
                    between(row["low"], row["high"], language),
                ]
            cells += [self._share(row, "users"), self._share(row, "producers")]
            rows.append([selection.class_name(str(label), language), *cells])
        total = found.whole[["mapped", "area"]].sum()
        more = [hectares(total["area"], language), ""] if estimated else []
        rows.append([_("Sum"), hectares(total["mapped"], language), *more, "", ""])
        heads = [_("Class"), _("On the map, ha")]
        heads += [_("Estimated, ha"), _("95 % interval, ha")] if estimated else []
        heads += [_("User's accuracy"), _("Producer's accuracy")]
        caption = _("The whole map: area counted")
        if found.check is not None:
            caption = _("The whole map: area counted, and area estimated by the checking sample")
        elif estimated:
            caption = _("The whole map: area counted, and area corrected by the error matrix")
        self.whole.object = table_html(caption, heads, rows)

    def _share(self, row: Any, name: str) -> str:
        """Write an accuracy, with its interval where there is one."""
        language, low = self.visit.language, row.get(f"{name}_low", np.nan)
        ends = interval(low, row.get(f"{name}_high", np.nan), language)
        return percent(row[name], language) + (f" ({ends})" if not np.isnan(low) else "")

    def whole_map(self) -> pd.DataFrame:
        """Return the areas of the whole map: a row a class; intervals where they are estimated.

        Raises
        ------
        ValueError
            There are no areas yet.
        """
        found = self._found()
        names = [
            self.selection.class_name(str(one), self.visit.language) for one in found.whole.index
        ]
        table = found.whole.rename_axis("class").reset_index()
        table.insert(1, "class_name", names)
        ends = {"mapped": "area_ha", "area": "estimate_ha", "low": "low_ha", "high": "high_ha"}
        table = table.rename(columns=ends)
        return table if self.selection.estimated else table.drop(columns=list(ends.values())[1:])

    def checking(self) -> pd.DataFrame:
        """Return the places of the checking sample.

        Raises
        ------
        ValueError
            The map has not been judged by one.
        """
        found = self.selection.shown_areas()
        if found is None or found.check is None:
            text = self.visit._("There is no checking sample yet: judge the map under Areas first.")
            raise ValueError(text)
        return found.check.places

    def _found(self) -> UnitAreas:
        """Return the areas; complain where there are none."""
        found = self.selection.shown_areas()
        if found is None:
            raise ValueError(self.visit._("There are no areas yet: train classifiers first."))
        return found

    # units ---------------------------------------------------------------------------------------

    def wide(self) -> pd.DataFrame:
        """Return the units as a table: a row a unit, a column of hectares a class.

        Raises
        ------
        ValueError
            There are no areas yet.
        """
        found = self._found()
        language, units = self.visit.language, self.selection.units
        wide = found.table.pivot_table("area_ha", "unit", "class", aggfunc="sum")
        order = [one for one in self.selection.classes if one in wide]
        wide = wide[order].fillna(0.0)
        wide.insert(0, "name", [units.name(str(one), language) for one in wide.index])
        wide["total"] = wide[order].sum(axis=1)
        rest = found.units[["nodata_ha", "rejected_ha"]].sum(axis=1)
        wide["no_value"] = rest.reindex(wide.index).fillna(0.0)
        wide["outside"] = found.units["outside_ha"].reindex(wide.index).fillna(0.0)
        keys = wide["name"].map(natural)
        return wide.loc[keys.sort_values(kind="stable").index]

    def long(self) -> pd.DataFrame:
        """Return the units as a long table with intervals: a row a unit and class.

        Raises
        ------
        ValueError
            There are no areas yet.
        """
        found = self._found()
        language, units = self.visit.language, self.selection.units
        long = found.table.copy()
        if not self.selection.estimated:
            long = long.drop(columns=["estimate_ha", "low_ha", "high_ha"], errors="ignore")
        long.insert(1, "name", [units.name(str(one), language) for one in long["unit"]])
        titles = [self.selection.class_name(str(one), language) for one in long["class"]]
        long.insert(3, "class_name", titles)
        return long

    def _pressed(self, key: str) -> None:
        what, _sep, value = key.partition(":")
        if what == "unit" and value in self.selection.units.places:
            self.selection.state.unit = value

    def _draw(self) -> None:
        _, language, selection = self.visit._, self.visit.language, self.selection
        found = selection.shown_areas()
        if found is None:
            return
        wide = self.wide()
        classes = [one for one in selection.classes if one in wide]
        named = found.table.set_index(["unit", "class"])
        ends = named[["estimate_ha", "low_ha", "high_ha"]].to_dict("index")
        first = self.pages.value * ROWS
        heads = [_("Name"), *(selection.class_name(one, language) for one in classes)]
        heads += [_("Sum"), _("No value"), _("Beside the map")]
        head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
        body = "".join(
            self._row(str(ident), row, classes, ends)
            for ident, row in wide.iloc[first : first + ROWS].iterrows()
        )
        sums = [wide[one].sum() for one in (*classes, *REST)]
        cells = "".join(f"<td>{hectares(one, language)}</td>" for one in sums)
        body += (
            f'<tr class="ql-sum"><th scope="row">{escape(_("Sum of all units"))}</th>{cells}</tr>'
        )
        caption = _("Area by unit, ha, as mapped")
        if selection.checked:
            caption = _(
                "Area by unit, ha: as mapped; below it the estimate by the checking sample, and "
                "its 95 % interval"
            )
        elif selection.state.sampled:
            caption = _(
                "Area by unit, ha: as mapped; below it the estimate corrected by the error matrix, "
                "and its 95 % interval"
            )
        self.rows.html = (
            f'<div class="qc-scroll" tabindex="0" role="region" aria-label="{escape(caption)}">'
            f'<table class="qc-grid"><caption>{escape(caption)}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )

    def _row(self, ident: str, row: Any, classes: list[str], ends: dict[Any, Any]) -> str:
        language = self.visit.language
        cells = []
        for one in classes:
            about = ends.get((ident, one), {}) if self.selection.estimated else {}
            small = between(about.get("low_ha"), about.get("high_ha"), language)
            guess = hectares(about.get("estimate_ha", np.nan), language)
            more = f"<small>≈ {guess}</small><small>{small}</small>" if small else ""
            cells.append(f"<td>{hectares(row[one], language)}{more}</td>")
        cells += [f"<td>{hectares(row[one], language)}</td>" for one in REST]
        chosen = ident == self.selection.state.unit
        sign = ' class="qc-chosen" aria-current="true"' if chosen else ""
        return (
            f'<tr{sign}><th scope="row"><button type="button" data-key="unit:{escape(ident)}">'
            f"{escape(str(row['name']))}</button></th>{''.join(cells)}</tr>"
        )

    def _notes(self, found: Any) -> None:
        _, language = self.visit._, self.visit.language
        wide = self.wide()
        inside = wide["total"].sum() + wide["no_value"].sum()
        whole = found.whole["mapped"].sum()
        texts = [
            _(
                "Hectares are counted on the ellipsoid (equal area); a pixel on a border counts "
                "with the share inside. The units hold {inside} ha of the map's {whole} ha."
            ).format(inside=hectares(inside, language), whole=hectares(whole, language)),
            self._ground(),
        ]
        lines = [f'<div class="qc-note">{escape(one)}</div>' for one in texts]
        if self.selection.estimated:
            lines += [_note(one, language) for one in found.notes]
        self.note.object = "".join(lines)

    def _ground(self) -> str:
        """Say what the areas rest on."""
        _, selection = self.visit._, self.selection
        if selection.checked:
            return _(
                "Estimates of a stratified sample (Olofsson et al. 2014) with Jeffreys intervals: "
                "each place stands for a part of its class on the map."
            )
        if selection.state.sampled:
            return _(
                "The estimates take the samples for a random sample of the map's classes (Olofsson "
                "et al. 2014); with samples of convenience the true error is larger. The matrix is "
                "that of whole blocks. A unit is taken to be as well mapped as the whole map."
            )
        return _(
            "Pixels counted; what the classifier mixes up is in them. An estimate corrected by "
            "the error matrix, with its interval, holds only for samples that were drawn at "
            "random on the map, each class by itself or all together (places to be labelled, "
            "below). Samples that were chosen, such as as many of each class, make it wrong."
        )


def _note(text: str, language: str) -> str:
    """Write a note in the reader's language; one that is in English only says so."""
    told = in_language(text, language)
    mark = ' lang="en"' if language != "en" and told == text else ""
    return f'<div class="qc-note"{mark}>{escape(told)}</div>'
