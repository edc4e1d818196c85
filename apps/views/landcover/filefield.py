"""A field for one small file, read whole when it has come."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from analysis.uploads.checks import plain_name
from apps.views.filepicker import FilePicker, picker_words
from apps.views.notices import Message


class FileField:
    """The field, and the folder in which a file stays until it is read.

    Parameters
    ----------
    visit
        Language and texts of the visitor.
    message : Message
        Says why a file is not taken.
    take : callable
        Takes the name of a file and its bytes.
    choose, limits : str
        What the button of the field says, and what may be chosen.
    suffixes : sequence of str
        That are taken, with the point.
    most : int
        Bytes that a file may have.

    Attributes
    ----------
    picker : FilePicker
        The field.
    """

    def __init__(
        self,
        visit: Any,
        message: Message,
        take: Callable[[str, bytes], None],
        *,
        choose: str,
        limits: str,
        suffixes: Sequence[str],
        most: int,
    ):
        self.visit, self.message, self._take = visit, message, take
        self._suffixes, self._most = list(suffixes), most
        self._folder = tempfile.TemporaryDirectory(prefix="qazcube-offered-")
        self._path = Path(self._folder.name) / "offered"
        self._name = ""
        self.picker = FilePicker(
            self._offered,
            self._whole,
            self._drop,
            message.hide,
            suffixes=self._suffixes,
            most=most,
            words=picker_words(visit, choose, limits, self._suffixes, most),
            max_width=560,
            sizing_mode="stretch_width",
            margin=(6, 8),
        )

    def _offered(self, name: str, size: int) -> Path | None:
        self.message.hide()
        self._name = plain_name(name)
        wrong = Path(self._name).suffix.lower() not in self._suffixes
        if wrong or not 0 < size <= self._most:
            self.message.say("error", self.visit._("This file is not taken."), "", self._name)
            return None
        self._drop()
        return self._path

    def _drop(self) -> None:
        self._path.unlink(missing_ok=True)

    def _whole(self) -> None:
        if not self._path.exists():
            return
        try:
            self._take(self._name, self._path.read_bytes())
        finally:
            self._drop()
