"""The tabs under the map: comparison, matrices, areas, samples, files."""

from __future__ import annotations

from typing import Any

from apps.views.landcover.areaview import AreasView
from apps.views.landcover.matrices import MatricesView
from apps.views.landcover.sampleview import SamplesView
from apps.views.landcover.scores import ScoresView
from apps.views.landcover.selection import LandSelection
from apps.views.landcover.takeaway import Takeaway
from apps.views.landcover.work import Work


class TabParts:
    """Parts of the tabs, each made when it is first opened."""

    def __init__(self, visit: Any, selection: LandSelection, work: Work):
        self.visit, self.selection, self.work = visit, selection, work
        self._made: dict[str, Any] = {}

    def titles(self) -> dict[str, str]:
        """Return tab -> its name."""
        _ = self.visit._
        return {
            "scores": _("Comparison"),
            "matrices": _("Error matrices"),
            "areas": _("Areas"),
            "samples": _("Samples"),
            "files": _("Files and Python"),
        }

    def part(self, name: str) -> Any:
        """Return a part, made if need be."""
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def _make(self, name: str) -> Any:
        if name == "files":
            return Takeaway(
                self.visit, self.selection, self.part("scores"), self.part("matrices"),
                self.part("areas"),
            )  # fmt: skip
        if name == "samples":
            return SamplesView(self.visit, self.selection)
        made = {"scores": ScoresView, "matrices": MatricesView, "areas": AreasView}[name]
        return made(self.visit, self.selection)

    def show(self, name: str) -> None:
        """Bring a part up to date, if it has been made."""
        if name in self._made:
            self._made[name].show()
