"""The drawer of the sources page: which sources are listed, and the list as a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import panel as pn
import panel_material_ui as pmui

from analysis.outputs import table_csv, table_xlsx
from apps.views.choices import region_names
from apps.views.drawer import Binding
from apps.views.filebutton import file_button
from apps.views.fileset import excel_options, refusal_html
from apps.views.sources.state import SourcesState
from apps.views.sources.words import kind_names
from apps.views.styles import styled

WIDE: dict[str, Any] = {"sizing_mode": "stretch_width", "margin": (6, 12), "size": "small"}


class Filters:
    """Widgets bound both ways to the state.

    Parameters
    ----------
    visit
        The visitor.
    state : SourcesState
        What the visitor chose.
    table : callable
        Gives the listed sources as a table.
    """

    def __init__(self, visit: Any, state: SourcesState, table: Callable[[], pd.DataFrame]):
        self.visit, self.state, self._table = visit, state, table
        _ = visit._
        self.text = pmui.TextInput(
            label=_("Find in names, variables, providers"), value=state.text, **WIDE
        )
        self.kinds = pmui.CheckBoxGroup(
            label=_("Kind"),
            options={name: kind for kind, name in kind_names(visit).items()},
            value=list(state.kinds),
            **WIDE,
        )
        self.region = pmui.Select(
            label=_("With data in"),
            options={_("Everywhere"): "", **region_names(visit.language)},
            value=state.region,
            **WIDE,
        )
        self.copy = pmui.RadioBoxGroup(
            label=_("Local copy"),
            options={
                _("Any"): "any",
                _("Something is here"): "local",
                _("Nothing is here yet"): "missing",
            },
            value=state.copy,
            **WIDE,
        )
        binding = Binding(state)
        binding.both(self.text, "text", lambda text: text[:100].strip())
        binding.both(
            self.kinds, "kinds", lambda new: [one for one in kind_names(visit) if one in new]
        )
        binding.both(self.region, "region")
        binding.both(self.copy, "copy")
        self.reset = pmui.Button(label=_("Show all sources"), variant="outlined", **WIDE)
        self.reset.on_click(self._all)
        self.message = styled()
        self.buttons = {
            "csv": self._file(_("List as CSV"), self.csv, "csv"),
            "xlsx": self._file(_("List as XLSX"), self.xlsx, "xlsx"),
        }
        title = pmui.Typography(_("Which sources"), variant="subtitle1", margin=(12, 12, 0, 12))
        away = pmui.Typography(_("Take away"), variant="subtitle1", margin=(14, 12, 0, 12))
        self.panel = pn.Column(
            title, self.text, self.kinds, self.region, self.copy, self.reset, away,
            *self.buttons.values(), self.message, sizing_mode="stretch_width", margin=0,
        )  # fmt: skip

    def _all(self, _event: Any) -> None:
        self.state.param.update(text="", kinds=[], region="", copy="any")

    # files ---------------------------------------------------------------------------------------

    def csv(self) -> bytes:
        """Make the list as CSV for the reader's spreadsheet."""
        language = self.visit.language
        options = excel_options(language)
        return table_csv(self._rows(), self._about(), options=options, language=language)

    def xlsx(self) -> bytes:
        """Make the list as a workbook."""
        return table_xlsx(self._rows(), self._about(), language=self.visit.language)

    def _about(self) -> dict[str, Any]:
        return {"title": self.visit._("Sources"), "source": "Qazcube, catalog.yml"}

    def _rows(self) -> pd.DataFrame:
        table = self._table()
        if table.empty:
            raise ValueError(self.visit._("The table is empty: there is nothing to save."))
        return table

    def _file(self, label: str, make: Callable[[], bytes], suffix: str) -> Any:
        return file_button(label, make, lambda: f"qazcube_sources.{suffix}", self._say, **WIDE)

    def _say(self, error: BaseException | None) -> None:
        self.message.object = refusal_html(error, self.visit.language)
