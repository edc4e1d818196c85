"""What all panels of the earthquakes page share: when they are built and brought up to date."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property
from html import escape
from typing import Any

import pandas as pd
import panel as pn

from apps.views.earthquakes.downloads import TableButtons, about_events
from apps.views.earthquakes.selection import Rows, Selection
from apps.views.notices import Message
from apps.views.styles import styled

log = logging.getLogger(__name__)


class Panel(ABC):
    """One panel: built when it is first looked at, brought up to date when the page says so.

    A subclass gives ``title``, ``build`` (its widgets and figures) and ``refresh`` (which puts new
    numbers into them), and the table that stands behind the picture: ``table`` and ``about``.
    """

    name = ""
    buttons: type[TableButtons] = TableButtons

    def __init__(self, visit: Any, selection: Selection):
        self.visit, self.selection = visit, selection
        self.message = Message(visit)
        self.mark = styled(visible=False)

    @property
    @abstractmethod
    def title(self) -> str:
        """Name in the visitor's language."""

    @abstractmethod
    def build(self) -> list[Any]:
        """Make widgets and figures."""

    @abstractmethod
    def refresh(self) -> None:
        """Put the numbers of the moment into them."""

    @abstractmethod
    def table(self) -> pd.DataFrame:
        """Return what the panel shows, as a table."""

    def about(self) -> dict[str, Any]:
        """Say where the table comes from, as `analysis.outputs.table_csv` takes it."""
        return about_events(self.selection, self.title, self.visit.language)

    @cached_property
    def view(self) -> Any:
        """The panel, built at the first look."""
        self.parts = self.build()
        self.downloads = self.buttons(self.visit, self.name, self.table, self.about)
        column = pn.Column(
            self.mark,
            *self.parts,
            self.message.pane,
            self.downloads.panel,
            sizing_mode="stretch_width",
            margin=(6, 8, 0, 8),
        )
        self._ready = True
        self.update()
        return column

    _ready = False

    def update(self) -> None:
        """Show the selection of the moment; nothing before the first look."""
        if not self._ready:
            return
        self._mark()
        try:
            self.refresh()
        except ValueError as error:
            self.message.failed(error)
        except Exception as error:
            log.exception("A panel failed: %s", error)
            self.message.failed(error)

    def _mark(self) -> None:
        simulated = self.selection.simulated
        if simulated:
            text = escape(self.visit._("Simulated data"))
            self.mark.object = f'<div class="qc-note"><b class="qc-simulated">{text}</b></div>'
        self.mark.visible = simulated


def take(selection: Selection, rows: Rows, columns: Sequence[str]) -> pd.DataFrame:
    """Return some columns of some events; a column that the catalogue lacks is left out."""
    table = selection.all.table
    return table[[name for name in columns if name in table]].iloc[rows]
