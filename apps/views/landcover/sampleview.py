"""The samples: how many of each class, what was left out, a file of one's own."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import Any

import panel as pn
import panel_material_ui as pmui

from analysis.language import format_number
from analysis.uploads import Refused
from analysis.uploads.spaces import mode
from apps.views.filebutton import file_button
from apps.views.htmltables import TABLE, table_html
from apps.views.jobs import Job, Ticket
from apps.views.landcover.filefield import FileField
from apps.views.landcover.pixel import CHIP
from apps.views.landcover.samplefile import MOST_BYTES, SUFFIXES, drawn_geojson, read_upload
from apps.views.landcover.samplesets import SampleSet
from apps.views.landcover.selection import LandSelection
from apps.views.landcover.words import mark, note_texts, percent, said
from apps.views.notices import Message
from apps.views.styles import styled


class SamplesView:
    """Table of the classes, and the field for a file."""

    def __init__(self, visit: Any, selection: LandSelection):
        _ = visit._
        self.visit, self.selection = visit, selection
        self.table = pn.pane.HTML(
            "", stylesheets=[TABLE, CHIP], sizing_mode="stretch_width", margin=(4, 8)
        )
        self.note, self.about = styled(), styled(self._about())
        self.message = Message(visit)
        self.job = Job(self._taken, self._refused)
        self.waiting: tuple[str, bytes] = ("", b"")
        self.taken = 0
        self.system = pmui.TextInput(
            label=_("Coordinate system of the file (EPSG code)"),
            placeholder="32642",
            visible=False,
            size="small",
            width=320,
            margin=(8, 8),
        )
        self.system.param.watch(self._system_typed, "value")
        limits = _("CSV, GeoJSON, GeoPackage or a zipped shapefile, up to {size} MB.")
        self.field = FileField(
            visit,
            self.message,
            self.take,
            choose=_("Choose a file"),
            limits=limits.format(size=MOST_BYTES // 10**6),
            suffixes=SUFFIXES,
            most=MOST_BYTES,
        )
        parts = [self.field.picker] if mode() != "off" else []
        self.save = file_button(
            _("Drawn samples (GeoJSON)"),
            self.drawn_file,
            lambda: "qazcube-drawn-samples.geojson",
            self._say,
            width=240,
            margin=(4, 8),
            size="small",
        )
        self.panel = pn.Column(
            self.table, self.note, self.about, *parts, self.message.pane, self.system,
            self.save,
            sizing_mode="stretch_width", margin=(0, 8),
        )  # fmt: skip

    def _about(self) -> str:
        _ = self.visit._
        text = _(
            "Samples of your own: a table (CSV) with the columns label, longitude, latitude, and "
            "start and end where they are known; or points and areas with a property label "
            "(GeoJSON, GeoPackage, a shapefile as ZIP). A file that names another coordinate "
            "system is converted; a table names it in a column crs or in a first line such as "
            "“# EPSG:32642”. The samples stay with this visit and are not in the link. Larger "
            "files become a source first (qazcube sources add)."
        )
        return f'<div class="qc-note">{escape(text)}</div>'

    # a file --------------------------------------------------------------------------------------

    def take(self, name: str, data: bytes, crs: str = "") -> None:
        """Read a file of samples beside the page; the page follows."""
        self.waiting = (name, data)
        self.system.visible = False
        self.message.loading(self.visit._("The file is being read."))

        def work(_ticket: Ticket) -> Any:
            return name, read_upload(name, data, crs)

        self.job.start(work)

    def _system_typed(self, event: Any) -> None:
        text = str(event.new or "").strip()
        if text and self.waiting[0]:
            self.take(*self.waiting, text)

    def _refused(self, error: BaseException) -> None:
        """Say why a file was not taken; what was there before stays."""
        _ = self.visit._
        if not isinstance(error, ValueError):
            self.message.failed(error)
            return
        about_system = isinstance(error, Refused) and error.reason in ("crs", "crs_unknown")
        text = _("The samples that were there stay.")
        if about_system:
            text = _(
                "Type the code of its coordinate system into the field below, for example 32642 "
                "(UTM zone 42 north), and press Enter. The samples that were there stay."
            )
        self.system.visible = about_system
        self.message.say("error", _("The file was not taken."), f"{said(self.visit, error)} {text}")

    def _taken(self, result: tuple[str, SampleSet]) -> None:
        _, state = self.visit._, self.selection.state
        name, found = result
        self.waiting = ("", b"")
        self.taken += 1  # each file has a key of its own, so that the menu shows its name
        found = replace(found, key=f"{found.key}-{self.taken}")
        self.selection.upload = found
        state.samples = found.key
        count = format_number(len(found.table) + len(found.areas), self.visit.language, 0)
        text = _("{count} points and areas were taken from {name}.").format(count=count, name=name)
        self.message.say("info", text, " ".join(note_texts(self.visit, found.notes)))

    def drawn_file(self) -> bytes:
        """Return the drawn samples as GeoJSON.

        Raises
        ------
        ValueError
            Nothing was drawn.
        """
        drawn = self.selection.state.drawn
        if not drawn:
            raise ValueError(self.visit._("Nothing has been drawn on the map yet."))
        return drawn_geojson(drawn)

    def _say(self, error: BaseException | None) -> None:
        if error is None:
            self.message.hide()
        else:
            self.message.say("info", str(error))

    # the table -----------------------------------------------------------------------------------

    def show(self) -> None:
        """Write the table of the classes anew."""
        _, language, selection = self.visit._, self.visit.language, self.selection
        table = selection.table if len(selection.table) else selection.places()
        counts = table["label"].value_counts()
        drawn = table.loc[table["origin"] == "drawn", "label"].value_counts()
        rows = [
            [
                selection.class_name(one, language),
                format_number(int(counts.get(one, 0)), language, 0),
                percent(counts.get(one, 0) / max(len(table), 1), language),
                format_number(int(drawn.get(one, 0)), language, 0),
                one,
            ]
            for one in selection.classes
        ]
        heads = [
            _("Class"), _("Samples"), _("Part of all"), _("of them drawn"), _("Label in the file"),
        ]  # fmt: skip
        caption = _("Samples by class")
        self.table.object = table_html(caption, heads, rows, words=(4,))
        base = selection.base.notes if selection.base is not None else ()
        notes = note_texts(self.visit, (*base, *selection.dropped))
        few = [selection.class_name(str(one), language) for one in counts.index[counts < 2]]
        if few:
            text = _("A class needs two samples and more; too few of: {names}.")
            notes.append(text.format(names=", ".join(few)))
        text = "".join(f"<p>{escape(one)}</p>" for one in notes)
        sign = mark(self.visit, simulated=selection.base is not None and selection.base.simulated)
        self.note.object = f'<div class="qc-note">{sign}{text}</div>'
        self.save.visible = bool(selection.state.drawn)
