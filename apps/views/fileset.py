"""What a page gives away: buttons that make files, and the lines of Python of what it shows."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import pandas as pd

from analysis.notes import in_language
from analysis.outputs import CsvOptions, table_csv, table_xlsx
from apps.views.copyfield import CopyField
from apps.views.filebutton import file_button
from apps.views.styles import styled


def excel_options(language: str) -> CsvOptions:
    """Return what the Excel of the reader's country expects: its separator and decimal mark.

    >>> excel_options("kk").separator, excel_options("en").decimal
    (';', '.')
    """
    comma = language != "en"
    return CsvOptions(";" if comma else ",", "," if comma else ".", bom=True)


def refusal_html(error: BaseException | None, language: str) -> str:
    """Write why there is no file, in the reader's language; None takes it back.

    >>> refusal_html(ValueError("no events"), "en"), refusal_html(None, "en")
    ('<div class="qc-note" role="alert">no events</div>', '')
    """
    first = "" if error is None or not error.args else error.args[0]
    text = "" if error is None else str(error)
    told = escape(in_language(first if isinstance(first, str) else text, language)[:300])
    return f'<div class="qc-note" role="alert">{told}</div>' if told else ""


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
    options : dict
        Of every button.
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
        self.options: dict[str, Any] = {"width": width, "margin": (4, 8), "size": "small"}
        self.message = styled()
        self.buttons: dict[str, Any] = {}
        self.lines: Any = None

    def button(self, suffix: str, label: str, make: Callable[[], bytes]) -> Any:
        """Return the button of a file."""
        made = file_button(label, make, lambda: self._filename(suffix), self.say, **self.options)
        self.buttons[suffix] = made
        return made

    def csv(self, table: pd.DataFrame, options: CsvOptions | None = None) -> bytes:
        """Write a table as CSV, with the marks of the reader's spreadsheet or those given."""
        language = self.visit.language
        return table_csv(
            table, self._about(table), options=options or excel_options(language), language=language
        )

    def xlsx(self, table: pd.DataFrame) -> bytes:
        """Write a table as a workbook."""
        return table_xlsx(table, self._about(table), language=self.visit.language)

    def say(self, error: BaseException | None) -> None:
        """Say what went wrong in the reader's language; None takes it back."""
        self.message.object = refusal_html(error, self.visit.language)

    def python(
        self, code: Callable[[], str], *, rows: int = 14, height: int = 318, most: int = 40_000
    ) -> list[Any]:
        """Return the parts that show and copy the lines of Python.

        Parameters
        ----------
        code : callable
            Gives the lines when they are asked for.
        rows, height : int
            Lines of the field, and its height in pixels.
        most : int
            Letters that it takes.

        Returns
        -------
        list
            Button, what became of it, the field, and two hidden parts.
        """
        _ = self.visit._
        field = CopyField(
            self.visit,
            _("Python code of this view"),
            _("The code is in the clipboard."),
            self.say,
            rows=rows,
            height=height,
            most=most,
        )
        self.lines = field.lines
        self.buttons["py"] = field.button(_("Copy as Python"), code, **self.options)
        return [self.buttons["py"], *field.parts]
