"""The panels under the map of the earthquakes page: adding one is one line here."""

from __future__ import annotations

import importlib
from typing import Any, Protocol


class Panel(Protocol):
    """What the page asks of a panel; it is made with the visitor and the selection."""

    @property
    def title(self) -> str:
        """Name of the tab, in the visitor's language."""

    @property
    def view(self) -> Any:
        """What the tab shows; built when it is first asked for."""

    def update(self) -> None:
        """Show the present selection; called only while the tab is open."""


PANELS: dict[str, str] = {
    "section": "apps.views.earthquakes.section:SectionPanel",
    "declustered": "apps.views.earthquakes.declustered:DeclusteredPanel",
    "throughtime": "apps.views.earthquakes.throughtime:ThroughTimePanel",
    "ratejumps": "apps.views.earthquakes.ratejumps:RateJumpsPanel",
    "bmap": "apps.views.earthquakes.bmap:BMapPanel",
    "table": "apps.views.earthquakes.table:TablePanel",
    "joined": "apps.views.earthquakes.joined:JoinedPanel",
    "summary": "apps.views.earthquakes.summary:SummaryPanel",
    "setaside": "apps.views.earthquakes.setaside:SetAsidePanel",
    "live": "apps.views.earthquakes.live:LivePanel",
    "syncing": "apps.views.earthquakes.syncing:SyncPanel",
    "downloads": "apps.views.earthquakes.downloads:DownloadsPanel",
}
"""Name in the address -> ``module:Class``, in the order of the tabs."""


def panel_class(name: str) -> Any:
    """Return the class of a panel; its module is imported when it is first asked for.

    Raises
    ------
    ValueError
        If there is no such panel.

    >>> panel_class("sparkles")
    Traceback (most recent call last):
    ...
    ValueError: unknown panel 'sparkles'
    """
    if name not in PANELS:
        raise ValueError(f"unknown panel {name!r}")
    module, _, cls = PANELS[name].partition(":")
    return getattr(importlib.import_module(module), cls)
