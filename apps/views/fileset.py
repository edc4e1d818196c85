"""What a page gives away: buttons that make files, and the lines of Python of what it shows."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import pandas as pd
import panel as pn
import panel_material_ui as pmui

from analysis.notes import in_language
from analysis.outputs import CsvOptions, table_csv, table_xlsx
from apps.views.downloads import COPY
from apps.views.filebutton import file_button
from apps.views.styles import styled


def excel_options(language: str) -> CsvOptions:
    """Return what the Excel of the reader's country expects: its separator and decimal mark.

    >>> excel_options("kk").separator, excel_options("en").decimal
    (';', '.')
    """
    comma = language != "en"
    return CsvOptions(";" if comma else ",", "," if comma else ".", bom=True)


class FileSet:
    """Buttons of files that are made when they are pressed, and one place for what went wrong.

    Parameters
    ----------
    visit
        Language and texts of the visitor.
    filename : callable
        Takes the suffix of a file, gives its name.
    about : callable
        Takes a table, says where it comes from, as `analysis.outputs.table_csv` takes it.
    width : int
        Of a button, pixels.

    Attributes
    ----------
    buttons : dict
        Suffix -> button; "py" for the lines of Python.
    message
        Says what went wrong.
    """

    def __init__(
        self,
        visit: Any,
        filename: Callable[[str], str],
        about: Callable[[pd.DataFrame], dict[str, Any]],
        width: int = 250,
    ):
        self.visit, self._filename, self._about = visit, filename, about
        self._options: dict[str, Any] = {"width": width, "margin": (4, 8), "size": "small"}
        self.message = styled()
        self.buttons: dict[str, Any] = {}
        self.lines: Any = None

    def button(self, suffix: str, label: str, make: Callable[[], bytes]) -> Any:
        """Return the button of a file."""
        made = file_button(label, make, lambda: self._filename(suffix), self.say, **self._options)
        self.buttons[suffix] = made
        return made

    def csv(self, table: pd.DataFrame) -> bytes:
        """Write a table as CSV, with the marks of the reader's spreadsheet."""
        language = self.visit.language
        return table_csv(
            table, self._about(table), options=excel_options(language), language=language
        )

    def xlsx(self, table: pd.DataFrame) -> bytes:
        """Write a table as a workbook."""
        return table_xlsx(table, self._about(table), language=self.visit.language)

    def say(self, error: BaseException | None) -> None:
        """Say what went wrong in the reader's language; None takes it back."""
        first = "" if error is None or not error.args else error.args[0]
        text = in_language(first if isinstance(first, str) else str(error), self.visit.language)
        told = escape(text[:300])
        self.message.object = f'<div class="qc-note" role="alert">{told}</div>' if told else ""

    def python(self, code: Callable[[], str], *, rows: int = 14, most: int = 40_000) -> list[Any]:
        """Return the parts that show and copy the lines of Python.

        Parameters
        ----------
        code : callable
            Gives the lines when they are asked for.
        rows : int
            Lines of the field.
        most : int
            Letters that it takes.

        Returns
        -------
        list
            Button, what became of it, the field, and two hidden parts.
        """
        _ = self.visit._
        self.lines = pmui.TextAreaInput(
            label=_("Python code of this view"),
            value="",
            visible=False,
            height=22 * rows + 10,
            rows=rows,
            max_length=most,
            sx={"& textarea": {"fontFamily": "ui-monospace, monospace", "fontSize": 12}},
            sizing_mode="stretch_width",
            margin=(6, 8),
        )
        status = pn.widgets.StaticText(value="", margin=(0, 8))
        text = pn.widgets.TextInput(value="", visible=False)
        trigger = pn.widgets.IntInput(value=0, visible=False)
        trigger.jscallback(
            args={
                "code": text,
                "status": status,
                "copied": _("The code is in the clipboard."),
                "failed": _("Select the text and copy it."),
            },
            value=COPY,
        )
        button = pmui.Button(
            label=_("Copy as Python"), icon="content_copy", variant="outlined", **self._options
        )

        def clicked(_event: Any) -> None:
            self.lines.value = text.value = code()
            self.lines.visible = True
            trigger.value += 1

        button.on_click(clicked)
        self.buttons["py"] = button
        return [button, status, self.lines, text, trigger]
