"""Choices that the drawers of several pages offer, and what they say in return."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import panel_material_ui as pmui

from analysis.language import format_number
from analysis.sources.regions import REGIONS
from apps.views.drawer import WIDE


def region_names(language: str) -> dict[str, str]:
    """Return name -> key of the packaged regions, in the reader's language."""
    return {found.names[language]: key for key, found in REGIONS.items()}


def region_jump(session: Any, view: Any) -> Any:
    """Make a list of regions; the map `view` goes to the one that is chosen."""
    _ = session._
    jump = pmui.Select(
        label=_("Show the region"),
        options={_("Choose …"): "", **region_names(session.language)},
        value="",
        **WIDE,
    )

    def go(event: Any) -> None:
        if event.new:
            found = REGIONS[event.new]
            view.go_to((found.west, found.south, found.east, found.north))

    jump.param.watch(go, "value")
    return jump


def within_choice(session: Any, value: str) -> Any:
    """Make the choice of the region in which events lie; "" stands for everywhere."""
    _ = session._
    return pmui.Select(
        label=_("Within"),
        options={_("Everywhere"): "", **region_names(session.language)},
        value=value,
        **WIDE,
    )


def clock_choice(session: Any, value: str) -> Any:
    """Make the choice between times in UTC and local times."""
    _ = session._
    return pmui.RadioButtonGroup(
        label=_("Times in"),
        options={_("UTC"): "utc", _("local time"): "local"},
        value=value,
        size="small",
        **WIDE,
    )


def overlay_names(_: Callable[[str], str], *, tiles: bool) -> dict[str, str]:
    """Return name -> key of the layers above every map; `tiles` with the street map."""
    names = {
        _("Borders"): "borders",
        _("Oblasts of Kazakhstan"): "oblasts",
        _("Place names (when near)"): "names",
        _("Degree grid"): "graticule",
    }
    return {**names, _("Street map (needs a network)"): "tiles"} if tiles else names


def passing_html(session: Any, kept: int, total: int) -> str:
    """Say how many earthquakes pass the filters, and what to do where none does.

    >>> from apps.views.visitor import Session
    >>> "1 of 2 earthquakes" in passing_html(Session("en", str), 1, 2)
    True
    """
    _, language = session._, session.language
    text = _("{kept} of {total} earthquakes pass the filters.").format(
        kept=format_number(kept, language, 0), total=format_number(total, language, 0)
    )
    if kept == 0:
        text += " " + _("Widen the magnitude, depth or period.")
    return f'<div class="qc-note" aria-live="polite">{escape(text)}</div>'
