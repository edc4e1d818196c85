"""A checking sample by hand: places of the map out, somebody's labels in."""

from __future__ import annotations

from html import escape
from typing import Any

import pandas as pd
import panel as pn
import panel_material_ui as pmui

from analysis.uploads.spaces import mode
from apps.views.fileset import FileSet
from apps.views.jobs import Job, Ticket
from apps.views.landcover.checking import (
    MOST_BYTES,
    SEED,
    SIZES,
    SUFFIXES,
    Check,
    check_by_labels,
    labelled,
    read_labels,
)
from apps.views.landcover.filefield import FileField
from apps.views.landcover.maps import ClassMap
from apps.views.landcover.selection import LandSelection
from apps.views.landcover.words import hectares, said
from apps.views.notices import Message
from apps.views.styles import styled


class CheckView:
    """What somebody needs to judge the map shown: the places, and a field for the labels.

    Parameters
    ----------
    visit, selection
        The visitor and what is chosen.
    """

    def __init__(self, visit: Any, selection: LandSelection):
        _ = visit._
        self.visit, self.selection = visit, selection
        self.message = Message(visit)
        self.job = Job(self._taken, self._refused)
        self.about = styled()
        self.count = pmui.Select(
            label=_("Number of places"), options=list(SIZES), value=SIZES[1], size="small",
            width=180, margin=(8, 8),
        )  # fmt: skip
        self.files = FileSet(visit, self._filename, self._credits, width=300)
        button = self.files.button("places.csv", _("Places to be labelled (CSV)"), self.places)
        self.forget = pmui.Button(
            label=_("Leave these labels"), icon="undo", variant="text", size="small",
            visible=False, margin=(4, 8),
        )  # fmt: skip
        self.forget.on_click(lambda _event: self._forget())
        self.field = FileField(
            visit,
            self.message,
            self.take,
            choose=_("Choose the file with the labels"),
            limits=_("The same table (CSV), its column label filled in, up to {size} MB.").format(
                size=MOST_BYTES // 10**6
            ),
            suffixes=SUFFIXES,
            most=MOST_BYTES,
        )
        picker = [self.field.picker] if mode() != "off" else []
        self.panel = pn.Column(
            self.about, pn.FlexBox(self.count, button, margin=0, align_items="center"),
            self.files.message, *picker, self.message.pane, self.forget,
            sizing_mode="stretch_width", margin=0, visible=False,
        )  # fmt: skip

    def show(self) -> None:
        """Say what is to be done; nothing while there is no map."""
        _, language, shown = self.visit._, self.visit.language, self._map()
        self.panel.visible = shown is not None
        if shown is None:
            return
        order = [one for one in self.selection.classes if one in shown.classes]
        names = [self.selection.class_name(one, language) for one in order]
        text = _(
            "To judge this map by what lies there: take places drawn on it at random, look at each "
            "one in a picture of the same year without looking at the map, write its class into "
            "the column label (leave it empty where nobody can tell), and give the table back. "
            "The labels stay with this visit. Classes: {names}."
        ).format(names=", ".join(names))
        self.about.object = f'<div class="qc-note">{escape(text)}</div>'
        self.forget.visible = labelled(self.selection) is not None

    def _map(self) -> ClassMap | None:
        sides = self.selection.sides
        return self.selection.maps.get(sides[0]) if sides else None

    # places out ----------------------------------------------------------------------------------

    def places(self) -> bytes:
        """Draw places on the map shown, as CSV with an empty column for the labels.

        Raises
        ------
        ValueError
            There is no map, or it has fewer classes or pixels than it takes.
        """
        from analysis.agrarian.accuracy import draw_places
        from analysis.agrarian.mapping import open_map

        shown = self._map()
        if shown is None:
            raise ValueError(self.visit._("There is no map yet: train classifiers first."))
        return self.files.csv(draw_places(open_map(shown.path), size=self.count.value, seed=SEED))

    def _filename(self, suffix: str) -> str:
        name, year = self.selection.sides[0]
        return f"qazcube-{self.selection.imagery.key}-{name}-{year}-{suffix}"[-120:]

    def _credits(self, _table: pd.DataFrame) -> dict[str, Any]:
        _, language, imagery = self.visit._, self.visit.language, self.selection.imagery
        about: dict[str, Any] = {
            "title": _("Places of a checking sample, to be labelled"),
            "source": imagery.title(language),
            "citation": imagery.citation,
            "licence": imagery.licence,
            "columns": {},
        }
        return about | ({"simulated": True} if self.selection.simulated else {})

    # labels in -----------------------------------------------------------------------------------

    def take(self, name: str, data: bytes) -> None:
        """Judge the map shown by the labels of a file, beside the page; the page follows."""
        shown, language = self._map(), self.visit.language
        if shown is None:
            return
        self.message.loading(self.visit._("The file is being read."))

        def work(_ticket: Ticket) -> tuple[str, Check]:
            from analysis.agrarian.mapping import open_map

            land = open_map(shown.path)
            places = read_labels(name, data, land, language)
            return shown.key, check_by_labels(land, places, name[:80])

        self.job.start(work)

    def _refused(self, error: BaseException) -> None:
        """Say why the labels were not taken; what was there before stays."""
        if isinstance(error, ValueError):
            told = said(self.visit, error)
            self.message.say("error", self.visit._("The labels were not taken."), told)
        else:
            self.message.failed(error)

    def _taken(self, result: tuple[str, Check]) -> None:
        key, check = result
        self.selection.labelled[key] = check
        self._follow(checked=True)
        language = self.visit.language
        text = self.visit._("{count} labels were taken from {name}.").format(
            count=hectares(check.accuracy.counts.to_numpy().sum(), language), name=check.file
        )
        self.message.say("info", text)

    def _forget(self) -> None:
        shown = self._map()
        if shown is not None:
            self.selection.labelled.pop(shown.key, None)
            self.message.hide()
            self._follow(checked=False)

    def _follow(self, *, checked: bool) -> None:
        """Let the page sum the areas anew."""
        selection = self.selection
        for side in [key for key in selection.areas if key[3]]:
            del selection.areas[side]
        if selection.state.checked == checked:
            selection.state.param.trigger("checked")
        else:
            selection.state.checked = checked
