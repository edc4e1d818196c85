"""The slider of the windows of the test: steps, and play."""

from __future__ import annotations

from typing import Any

from analysis.language import format_date
from apps.views.forecast.selection import ForecastSelection
from apps.views.timebar import StepBar


def issue_bar(visit: Any, selection: ForecastSelection) -> StepBar:
    """Make the bar that chooses the window that is shown, and plays all of them."""
    state = selection.state

    def place() -> tuple[int, int] | None:
        shown = selection.shown
        return None if shown is None else (shown.window(state.issue), len(shown.times))

    def go(window: int) -> None:
        shown = selection.shown
        if shown is not None:
            last = window == len(shown.times) - 1
            state.issue = "" if last else f"{shown.times[window]:%Y-%m-%d}"

    def text() -> str:
        shown = selection.shown
        if shown is None:
            return ""
        return " – ".join(
            format_date(one, visit.language) for one in shown.span(shown.window(state.issue))
        )

    return StepBar(visit, visit._("Window of the forecast"), place, go, text)
