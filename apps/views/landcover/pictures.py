"""What the map shows of a selection: imagery, classes, probability, uncertainty, units."""

from __future__ import annotations

from typing import Any

import numpy as np

from apps.views.colours import colour_indices
from apps.views.landcover.landmap import LandMap, Scale, spread
from apps.views.landcover.legend import DOUBT, SHARES, UNKNOWN
from apps.views.landcover.maps import ClassMap
from apps.views.landcover.raster import Indices
from apps.views.landcover.selection import LandSelection
from apps.views.landcover.words import between, hectares, percent
from apps.views.state import Bounds


class Pictures:
    """Feeds the map of one session."""

    def __init__(self, visit: Any, selection: LandSelection, plot: LandMap):
        self.visit, self.selection, self.map = visit, selection, plot

    def show(self) -> None:
        """Show what is chosen as far as it is there."""
        quantity = self.selection.pictured
        if quantity == "imagery":
            self._imagery()
        elif quantity == "units":
            self._classes("class")
        else:
            self._classes(quantity)
        self._units(shown=quantity == "units")

    def _imagery(self) -> None:
        selection = self.selection
        low, high = selection.picture_limits()
        imagery, band = selection.imagery, selection.picture_band
        step = selection.picture_step()

        def cut(window: Bounds, width: int, height: int) -> Indices:
            view = imagery.cube.view(step, window, width, height, band, crs="EPSG:3857")
            return colour_indices(np.asarray(view.values, np.float32), low, high)

        self.map.show(Scale(_smooth(selection.picture_colours), (), low, high), cut)

    def _classes(self, quantity: str) -> None:
        selection, language = self.selection, self.visit.language
        sides = [selection.maps.get(side) for side in selection.sides]
        if not sides or sides[0] is None:
            self.map.show(None, None)
            return
        classes = selection.classes
        scale = {
            "class": Scale(
                tuple(selection.colours[one] for one in classes),
                tuple(selection.class_name(one, language) for one in classes),
            ),
            "probability": Scale(_smooth(SHARES), (), 0.0, 1.0),
            "uncertainty": Scale(_smooth(DOUBT), (), 0.0, 1.0),
        }[quantity]
        cuts = [None if one is None else one.cut(quantity, codes(one, classes)) for one in sides]
        right = cuts[1] if len(cuts) > 1 else None
        self.map.show(scale, cuts[0], right)

    def side_names(self) -> list[str]:
        """Name both sides of the divider; one name where there is no divider."""
        selection, language = self.selection, self.visit.language
        if selection.pictured in ("imagery", "units"):
            return []
        return [
            f"{selection.outcomes[name].title(language)}, {year}"
            for name, year in selection.sides
            if (name, year) in selection.maps
        ]

    # units ---------------------------------------------------------------------------------------

    def _units(self, *, shown: bool) -> None:
        selection, language = self.selection, self.visit.language
        table = selection.unit_shares() if shown else None
        if table is None:
            self.map.show_units(None, [], [], [], [])
            self.map.mark_unit(None, "")
            return
        low, high = selection.share_ends()
        place = np.clip(
            ((table["share"].to_numpy() - low) / max(high - low, 1e-9) * len(SHARES)), 0, 6
        )
        colours = [UNKNOWN if np.isnan(one) else SHARES[int(one)] for one in place]
        ids = [str(one) for one in table.index]
        names = [selection.units.name(one, language) for one in ids]
        cover, sampled = selection.class_name(selection.cover, language), selection.estimated
        texts = [
            f"{cover}: {hectares(area, language)} {self.visit._('ha')}, {percent(share, language)}"
            + (f" (95 %: {ends})" if (ends := between(low, high, language)) and sampled else "")
            for area, share, low, high in table[["area", "share", "low", "high"]].to_numpy()
        ]
        self.map.show_units(selection.units, ids, colours, names, texts)
        self.mark_unit()

    def mark_unit(self) -> None:
        """Outline the chosen unit where units are shown."""
        selection = self.selection
        if selection.pictured == "units":
            self.map.mark_unit(selection.units, selection.state.unit)

    # samples -------------------------------------------------------------------------------------

    def show_samples(self) -> None:
        """Show the packaged or uploaded samples and the drawn ones."""
        selection = self.selection
        colours = selection.colours
        table = selection.shown_samples()
        rows = spread(table["label"].to_numpy())
        part = table.iloc[rows]
        self.map.show_samples(
            part["longitude"], part["latitude"], [colours[one] for one in part["label"]]
        )
        self.map.show_drawn(selection.state.drawn, lambda label: colours[label])


def codes(one: ClassMap, classes: list[str]) -> Any:
    """Return the index in the picture of no value and of every class of a map.

    Classes that the samples have no more stay empty.
    """
    known = {label: place + 1 for place, label in enumerate(classes)}
    return np.array([0, *(known.get(label, 0) for label in one.classes)], np.uint8)


def _smooth(colours: tuple[str, ...], count: int = 255) -> tuple[str, ...]:
    """Return a ramp of many colours through some.

    >>> len(_smooth(("#000000", "#ffffff"))), _smooth(("#000000", "#ffffff"))[127]
    (255, '#808080')
    """
    points = np.array([[int(one[at : at + 2], 16) for at in (1, 3, 5)] for one in colours])
    where = np.linspace(0, len(colours) - 1, count)
    mixed = [np.interp(where, np.arange(len(colours)), points[:, part]) for part in range(3)]
    return tuple(
        "#{:02x}{:02x}{:02x}".format(*(round(float(v)) for v in one))
        for one in zip(*mixed, strict=True)
    )
