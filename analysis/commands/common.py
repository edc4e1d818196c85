"""What all commands share: the language of the terminal, errors in one line, tables, bars."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar

import typer
from tqdm import tqdm

from analysis import settings
from analysis.language import LANGUAGES, translator

P = ParamSpec("P")
R = TypeVar("R")
BAD_INPUT, FAILED, INTERRUPTED = 2, 1, 130

state = {"debug": False}
"""Options of all commands."""


def terminal_language() -> str:
    """Return the language of the terminal: the setting, then the locale, then English.

    Returns
    -------
    str
        "kk", "ru" or "en".

    Examples
    --------
    >>> terminal_language() in LANGUAGES
    True
    """
    wishes = [settings.get("language")]
    wishes += [os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG")]
    for wish in wishes:
        if wish:
            return wish[:2] if wish[:2] in LANGUAGES else "en"
    return "en"


def _(text: str) -> str:
    """Translate a text into the language that the terminal has now."""
    return translator(terminal_language())(text)


translate = _


def plainly(command: Callable[P, R]) -> Callable[P, R]:
    """Turn the errors of a command into one line and an exit code, unless --debug is given."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except (typer.Exit, typer.Abort):  # both are RuntimeErrors
            raise
        except (ValueError, OSError, RuntimeError) as error:
            if state["debug"]:
                raise
            text = error.strerror if isinstance(error, OSError) and error.strerror else said(error)
            if isinstance(error, OSError) and error.filename:
                text = f"{text}: {error.filename}"
            typer.secho(_("Error: {text}").format(text=text), fg="red", err=True)
            raise typer.Exit(BAD_INPUT if isinstance(error, ValueError) else FAILED) from None

    return wrapped


def said(error: Exception) -> str:
    """Return what an error says, in the language of the terminal where it can say it."""
    from analysis.notes import Note, in_language

    first = error.args[0] if error.args else ""
    return in_language(first, terminal_language()) if isinstance(first, Note) else str(error)


def echo_table(rows: Sequence[Sequence[str]]) -> None:
    """Print rows of words in columns, the head first.

    Parameters
    ----------
    rows : sequence of sequences of str
        (rows, columns); the last column is not padded.

    Examples
    --------
    >>> echo_table([["a", "long name"], ["value", "b"]])
    a      long name
    value  b
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)][:-1]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        typer.echo("  ".join([*cells, row[-1]]))


def progress_bar(name: str, total: float, **options: Any) -> Any:
    """Make a bar on the error stream; where that is no terminal nothing is shown."""
    quiet = not sys.stderr.isatty()
    return tqdm(desc=name, total=total, file=sys.stderr, disable=quiet, **options)
