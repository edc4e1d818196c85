"""Why a file is not taken: a reason that a page can word in the visitor's language."""

from __future__ import annotations

from typing import Any, Final

REASONS: Final = {
    "suffix": "{name} has none of the suffixes {allowed}.",
    "empty": "{name} is empty.",
    "large": "{name} has {size} bytes; at most {limit} are taken.",
    "many": "There are {count} files already; at most {limit} are kept. Remove one first.",
    "full": "This server keeps no more files at the moment.",
    "content": "{name} is no {format} file: its first bytes are of something else.",
    "broken": "{name} cannot be read: {detail}",
    "zip_members": "The archive holds {count} files; at most {limit} are unpacked.",
    "zip_path": "The archive holds the path {path!r}, which leads out of its folder.",
    "zip_kind": "The archive holds {path!r}; only the parts of one shapefile are unpacked.",
    "zip_size": "Unpacked, the archive would have {size} bytes; at most {limit} are unpacked.",
    "zip_shape": "The archive holds {count} .shp files; exactly one is expected.",
    "zip_parts": "The shapefile lacks its part {part}.",
    "zip_locked": "The archive is protected by a password.",
    "outside": "{name} points to other files ({path!r}); send one file that holds all its data.",
    "cells": "The grid has {count} values; at most {limit} are taken.",
    "rows": "The table has {count} rows; at most {limit} are taken.",
    "columns": "The table has {count} columns; at most {limit} are taken.",
    "place": "No row has a longitude and a latitude in degrees.",
    "nothing": "{name} holds nothing that can be shown: {detail}",
    "slow": "Looking at the file took longer than {seconds} seconds and was stopped.",
    "crash": "The file ended the process that read it; it is damaged or made to do harm.",
    "crs": "{name} names no coordinate system, and its numbers are no degrees.",
    "crs_unknown": "No coordinate system {crs!r} is known.",
    "answer": "{detail}",
}
"""Key of a reason -> English sentence."""


class Refused(ValueError):  # noqa: N818 - what happened, not a fault of the program
    """A file is not taken; nothing of it is kept.

    Parameters
    ----------
    reason : str
        Key of `REASONS`.
    **values
        What stands in the sentence.

    Examples
    --------
    >>> str(Refused("empty", name="a.csv"))
    'a.csv is empty.'
    """

    def __init__(self, reason: str, **values: Any):
        self.reason, self.values = reason, values
        super().__init__(REASONS[reason].format(**values))
