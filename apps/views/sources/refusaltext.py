"""Why a file was not taken, in the visitor's language."""

from __future__ import annotations

from typing import Any

from analysis.language import format_number
from analysis.uploads import Refused
from apps.views.sizes import size_text

SIZES = ("size", "limit")


def refusal_text(visit: Any, error: Refused) -> tuple[str, str]:
    """Return what is wrong and, where a library said more, its English words.

    Parameters
    ----------
    visit
        The visitor.
    error : Refused
        The reason.

    Returns
    -------
    str
        A sentence in the visitor's language.
    str
        Details in English; "" for none.
    """
    _, language, values = visit._, visit.language, dict(error.values)
    texts = {
        "suffix": _("{name} has none of these suffixes: {allowed}."),
        "empty": _("{name} is empty."),
        "large": _("{name} has {size}; at most {limit} are taken."),
        "many": _("You keep {count} files already, and {limit} is the most. Remove one first."),
        "full": _("This server has no room for more files at the moment."),
        "content": _("{name} is no {format} file: it begins as something else."),
        "broken": _("{name} cannot be read: it is damaged or of another kind."),
        "zip_members": _("The archive holds {count} files; at most {limit} are unpacked."),
        "zip_path": _("The archive holds the path “{path}”, which leads out of its folder."),
        "zip_kind": _("The archive holds “{path}”; only the parts of one shapefile are unpacked."),
        "zip_size": _("Unpacked, the archive would have {size}; at most {limit} are unpacked."),
        "zip_shape": _("The archive holds {count} files .shp; exactly one is expected."),
        "zip_parts": _("The shapefile lacks its part {part}."),
        "zip_locked": _("The archive is protected by a password."),
        "outside": _("{name} points to other files; send one file that holds all its data."),
        "cells": _("The grid has {count} values; at most {limit} are taken."),
        "rows": _("The file has {count} rows; at most {limit} are taken."),
        "columns": _("The table has {count} columns; at most {limit} are taken."),
        "place": _("No row has a longitude and a latitude in degrees: choose the columns."),
        "nothing": _("{name} holds nothing that can be shown on the map."),
        "slow": _("Looking at the file took longer than {seconds} seconds and was stopped."),
        "crash": _("The file ended the process that read it; it is damaged or made to do harm."),
        "crs": _("{name} names no coordinate system, and its numbers are no degrees."),
        "crs_unknown": _("No coordinate system “{crs}” is known."),
        "answer": _("An answer does not fit the file."),
    }
    in_bytes = error.reason in ("large", "zip_size")
    shown = {
        key: (size_text(value, language) if in_bytes and key in SIZES else _plain(value, language))
        for key, value in values.items()
    }
    return texts[error.reason].format(**shown), str(values.get("detail", ""))


def _plain(value: Any, language: str) -> str:
    return format_number(value, language, 0) if isinstance(value, int | float) else str(value)
