"""A button that makes its file when it is pressed, and sends it."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from typing import Any

import panel as pn
import panel_material_ui as pmui


def file_button(
    label: str,
    make: Callable[[], bytes],
    name: Callable[[], str],
    say: Callable[[BaseException | None], None],
    **options: Any,
) -> Any:
    """Make a button that gives a file.

    Parameters
    ----------
    label : str
        Text of the button.
    make : callable
        Makes the file, in a thread; a ValueError says why there is none.
    name : callable
        Gives the name of the file when it has been made.
    say : callable
        Told the error, or None when the button is pressed anew.
    **options
        Further options of the button.

    Returns
    -------
    panel_material_ui.FileDownload
        The button.
    """
    button = pmui.FileDownload(label=label, filename="qazcube", **options)
    button.variant = "outlined"  # as an argument it collides with a default of the library

    async def clicked(_event: Any) -> None:
        say(None)
        button.loading = True
        try:
            data = await asyncio.to_thread(make)
        except ValueError as error:
            say(error)
            return
        finally:
            button.loading = False
        button.filename = name()
        button.file = io.BytesIO(data)
        button.transfer(download=True)
        button.file = None  # else the next click sends it again before the new one is made
        forget(button)

    button.param.watch(clicked, "_clicks")
    return button


def forget(button: Any) -> None:
    """Drop the file after it was sent: the same file can then be sent again."""

    def drop() -> None:
        button.data = None

    document = pn.state.curdoc
    if document is None or document.session_context is None:
        return
    document.add_timeout_callback(drop, 500)
