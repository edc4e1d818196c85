"""What the pointer finds about an earthquake on the map, as the reader writes it."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from analysis.language import format_number
from apps.views.atlas import unit_text
from apps.views.clock import clock_times


def pointer_labels(_: Callable[[str], str], **others: str) -> dict[str, str]:
    """Return the labels of what the pointer tells of events, as `MapFigure` takes them.

    Parameters
    ----------
    _ : callable
        Translates an English text.
    **others : str
        Of the map itself: ``map``, ``empty``, ``value``.
    """
    return {
        "empty": "",
        "value": "",
        "place": _("Latitude, longitude"),
        "magnitude": _("Magnitude"),
        "depth": _("Depth"),
        "time": _("Time"),
        "event": _("Event"),
        "source": _("Source"),
        **others,
    }


def hover_rows(top: pd.DataFrame, session: Any, clock: str, zone: str) -> dict[str, Any]:
    """Return positions and texts of events, the largest first, as columns of a data source.

    Equal texts are one object in all sessions: thousands of rows in each would be megabytes.
    """
    language = session.language
    top = top.sort_values("mag", ascending=False)
    kilometres = unit_text("km", language)
    marks = np.where(top["simulated"], session._("simulated"), "")
    texts = {
        "magnitude": [
            f"{magnitude_text(mag, language)} {kind}"
            for mag, kind in zip(top["mag"], top["magType"], strict=True)
        ],
        "depth": [f"{value:.0f} {kilometres}" for value in top["depth"]],
        "time": clock_times(top["time"], clock, zone),
        "event": [
            f"{place} ({ident})" for place, ident in zip(top["place"], top["id"], strict=True)
        ],
        "origin": [
            f"{source.upper()} {mark}".strip()
            for source, mark in zip(top["source"], marks, strict=True)
        ],
    }
    shared = {name: [sys.intern(text) for text in column] for name, column in texts.items()}
    return {"x": top["x"].to_numpy(), "y": top["y"].to_numpy(), **shared}


@functools.lru_cache(maxsize=4096)
def magnitude_text(value: float, language: str) -> str:
    """Write a magnitude with one decimal; a map has thousands of them and few different ones.

    >>> magnitude_text(9.1, "kk")
    '9,1'
    """
    return format_number(value, language, 1)
