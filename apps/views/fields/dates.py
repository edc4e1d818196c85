"""The slider of the dates of a growing season: steps, and play."""

from __future__ import annotations

from typing import Any

from apps.views.fields.selection import FieldSelection
from apps.views.fields.words import step_text
from apps.views.timebar import StepBar


def date_bar(visit: Any, selection: FieldSelection) -> StepBar:
    """Make the bar that chooses the date that is shown, and plays the season."""

    def place() -> tuple[int, int]:
        return selection.days.index(selection.day), len(selection.days)

    def go(place: int) -> None:
        selection.state.day = selection.days[place]

    return StepBar(visit, visit._("Date"), place, go, lambda: step_text(selection, visit.language))
