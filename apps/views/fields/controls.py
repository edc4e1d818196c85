"""The drawer of the fields page: data, year, season, what the map shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import panel as pn
import panel_material_ui as pmui

from apps.views import unitsets
from apps.views.drawer import ROOMY, Binding
from apps.views.fields.selection import FieldSelection
from apps.views.fields.state import INDICES, MOST_UNITS, MOST_YEARS
from apps.views.fields.words import quantity_names

SEASONS = ((91, 304), (121, 273), (1, 366))


class Controls:
    """Widgets bound to the state; those that depend on the data are filled when they are there."""

    def __init__(self, visit: Any, selection: FieldSelection, show_all: Callable[[], None]):
        _, language = visit._, visit.language
        self.visit, self.selection, self.state = visit, selection, selection.state
        self.binding = binding = Binding(self.state)
        kinds = unitsets.unit_kinds(language)
        titles = {
            "demo_districts": _("Districts (demonstration)"),
            "demo_farms": _("Farms (demonstration)"),
            "kz_oblasts": _("Oblasts"),
        }
        self.layer = pmui.Select(
            label=_("Vegetation"),
            options={
                f"{layer.variable.upper()}: {layer.title(language)}": key
                for key, layer in selection.layers.items()
            },
            value=selection.layer.key if selection.layer else None,
            **ROOMY,
        )
        self.level = pmui.Select(
            label=_("Kind of units"),
            options={titles.get(key, title): key for key, title in kinds.items()},
            value=selection.level if selection.level in kinds else None,
            **ROOMY,
        )
        self.within = pmui.Select(label=_("Within"), options={_("Everywhere"): ""}, **ROOMY)
        self.year = pmui.Select(label=_("Year"), options=[], **ROOMY)
        self.compare = pmui.MultiChoice(
            label=_("Years beside it"), options=[], max_items=MOST_YEARS, **ROOMY
        )
        self.units = pmui.MultiChoice(
            label=_("Units compared"),
            options={},
            max_items=MOST_UNITS,
            search_option_limit=20,
            **ROOMY,
        )
        names = {
            (91, 304): _("April–October"),
            (121, 273): _("May–September"),
            (1, 366): _("the whole year"),
        }
        self._seasons = {names[season]: season for season in SEASONS}
        self.season = pmui.Select(label=_("Growing season"), options=[], **ROOMY)
        self.show = pmui.Select(label=_("Colours of the map"), options=[], **ROOMY)
        self.index = pmui.Select(label=_("Drought index"), options=[], **ROOMY)
        home = pmui.Button(
            label=_("Show all units on the map"), variant="outlined", size="small", **ROOMY
        )
        home.on_click(lambda _event: show_all())
        binding.chosen(self.layer, self._layer_chosen)
        binding.chosen(self.level, self._level_chosen)
        binding.send(self.within, "within")
        binding.send(self.year, "year")
        binding.send(self.compare, "compare", list)
        binding.send(self.units, "units", list)
        binding.send(self.season, "season", tuple)
        binding.send(self.show, "show")
        binding.send(self.index, "index")
        self.panel = pn.Column(
            self.layer, self.level, self.within, self.year, self.compare, self.units,
            self.season, self.show, self.index, home,
            sizing_mode="stretch_width", margin=(4, 0),
        )  # fmt: skip

    def _layer_chosen(self, key: str) -> None:
        first = next(iter(self.selection.layers), "")
        self.state.param.update(layer="" if key == first else key, year=0, day=0, compare=[])

    def _level_chosen(self, key: str) -> None:
        level = "" if key == unitsets.LEVELS["district"] else key
        self.state.param.update(level=level, units=[], within="", find="")

    # what depends on the data --------------------------------------------------------------------

    def fill(self) -> None:
        """Take options and values from the data and the state."""
        with self.binding.quiet():
            self._fill()

    def _fill(self) -> None:
        _, language, state = self.visit._, self.visit.language, self.state
        selection = self.selection
        years = selection.years[::-1]
        self.year.param.update(options={str(year): year for year in years}, value=selection.year)
        others = {str(year): year for year in years if year != selection.year}
        kept = [year for year in state.compare if year in others.values()]
        self.compare.param.update(options=others, value=kept)
        self.within.param.update(options=self._oblasts(), visible=True)
        self.within.value = state.within
        self.within.visible = len(self.within.options) > 2
        names = {
            selection.units.name(str(one), language): str(one) for one in selection.table.index
        }
        self.units.param.update(options=names, value=selection.chosen)
        seasons = dict(self._seasons)
        if state.season not in seasons.values():
            seasons["{}–{}".format(*state.season)] = state.season
        self.season.param.update(options=seasons, value=state.season)
        texts = quantity_names(_)
        shown = {texts[one]: one for one in selection.quantities}
        self.show.param.update(options=shown, value=selection.quantity)
        known = [one for one in INDICES if one != "spi" or selection.has_rain]
        self.index.param.update(options={texts[one]: one for one in known}, value=selection.index)
        layer = selection.layer
        if layer is not None:
            self.layer.value = layer.key
        self.level.value = selection.level

    def _oblasts(self) -> dict[str, str]:
        _, language = self.visit._, self.visit.language
        names = self.selection.units.parent_names[language]
        parents = {str(one) for one in self.selection.table["parent"] if one}
        found = {names.get(parent) or parent: parent for parent in parents}
        return {_("Everywhere"): "", **dict(sorted(found.items()))}
