"""What the pages round a map share: the map's box, tabs under it, the status line, the frame."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from typing import Any

import panel as pn
import panel_material_ui as pmui

from apps.views.credits import credit
from apps.views.frame import frame
from apps.views.pad import pad
from apps.views.styles import styled

HALF = {"flex": "1 1 430px", "min-width": "min(100%, 330px)"}
"""Style of a half of the page beside another, under it where there is no room."""

STATUS = """
@media (max-width: 700px) { .qc-status { max-height: 2.7em; overflow-y: auto; } }
"""


def map_box(visit: Any, pane: Any, height: int) -> Any:
    """Put a map of a height in pixels into its box, with the buttons that move it."""
    return pn.Column(
        pane,
        pad(visit),
        sizing_mode="stretch_width",
        height=height,
        margin=0,
        styles={"position": "relative"},
    )


def status_pane() -> Any:
    """Make the line at the foot of a page."""
    return styled(stylesheets=[STATUS])


def status_html(visit: Any, parts: Iterable[str], mark: str) -> str:
    """Write titles, periods, citations and licences in a line; `mark` is HTML of ours.

    >>> from apps.views.visitor import Session
    >>> status_html(Session("en", str), ["Argus (2011)", ""], "")
    '<div class="qc-status" tabindex="0">Argus (2011) </div>'
    """
    text = " · ".join(escape(credit(visit._, part)) for part in parts if part)
    return f'<div class="qc-status" tabindex="0">{text} {mark}</div>'


class PageTabs:
    """Tabs that the address knows; the first one has no name there.

    Parameters
    ----------
    state
        Its parameter ``tab`` follows the open tab, and the other way round.
    titles : mapping
        Name -> what the tab is called.
    show : callable
        Called when another tab was opened.
    **options
        Further options of the tabs.

    Attributes
    ----------
    bodies : dict
        Name -> column that holds what the tab shows.
    view
        The tabs.
    """

    def __init__(
        self, state: Any, titles: Mapping[str, str], show: Callable[[], None], **options: Any
    ):
        self.state, self.names, self._show = state, list(titles), show
        self.bodies = {
            name: pn.Column(sizing_mode="stretch_width", margin=(4, 0), min_height=120)
            for name in titles
        }
        self.view = pmui.Tabs(
            *((titles[name], body) for name, body in self.bodies.items()),
            active=self._asked_for(),
            dynamic=True,
            sizing_mode="stretch_width",
            margin=0,
            **options,
        )
        self.view.param.watch(self._opened, "active")
        state.param.watch(self._asked, "tab")

    @property
    def open(self) -> str:
        """Name of the open tab."""
        return self.names[self.view.active]

    def _asked_for(self) -> int:
        return self.names.index(self.state.tab) if self.state.tab in self.names else 0

    def _asked(self, _event: Any) -> None:
        self.view.active = self._asked_for()

    def _opened(self, _event: Any) -> None:
        self.state.tab = "" if self.open == self.names[0] else self.open
        self._show()


def map_frame(
    visit: Any,
    name: str,
    title: str,
    page: Any,
    inks: Sequence[Callable[..., None]],
    **options: Any,
) -> Any:
    """Put a page with a map into the frame.

    Parameters
    ----------
    visit
        The visitor.
    name, title : str
        Name of the page in its address, and its title.
    page
        Has ``main()`` and ``status``.
    inks : sequence of callables
        Called with ``dark=`` when the theme of the page changes.
    **options
        Drawer and further parts, as `apps.views.frame.frame` takes them.

    Returns
    -------
    panel_material_ui.Page
        The whole page.
    """
    view = frame(
        visit,
        page=name,
        title=title,
        main=page.main(),
        status=page.status,
        skip=visit._("Skip to the map"),
        **options,
    )

    def switched(event: Any) -> None:
        for ink in inks:
            ink(dark=event.new)

    view.param.watch(switched, "dark_theme")
    return view
