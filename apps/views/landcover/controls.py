"""The drawer of the land-cover page: imagery, samples, classifiers, judging, map."""

from __future__ import annotations

from html import escape
from typing import Any

import panel as pn
import panel_material_ui as pmui

from apps.views.drawer import ROOMY, Binding
from apps.views.landcover.selection import LandSelection
from apps.views.landcover.state import LEVELS, QUANTITIES
from apps.views.landcover.words import family_names, quantity_names
from apps.views.styles import styled

BLOCKS = (0.25, 0.5, 1.0, 2.0)


class Controls:
    """Widgets bound to the state; those that depend on the data are filled when they are there.

    Parameters
    ----------
    visit
        Language, texts and theme of the visitor.
    selection
        What is chosen, and its data.
    """

    def __init__(self, visit: Any, selection: LandSelection):
        self.visit, self.selection, self.state = visit, selection, selection.state
        self.binding = Binding(self.state)
        self._data_part()
        self._methods_part()
        self._map_part()
        _ = visit._
        self.panel = pn.Column(
            self._head(_("1. Imagery and samples")), self.imagery, self.year, self.samples,
            self.sample_note,
            self._head(_("2. Classifiers")), *self.families, self.deep_note,
            self._head(_("3. Judging")), self.folds, self.block,
            self._head(_("4. Map")), self.show, self.left, self.right, self.other,
            self.level, self.cover,
            sizing_mode="stretch_width", margin=(4, 0),
        )  # fmt: skip

    @staticmethod
    def _head(text: str) -> Any:
        return pmui.Typography(text, variant="subtitle2", margin=(10, 12, 0, 12))

    def _data_part(self) -> None:
        _, language, selection = self.visit._, self.visit.language, self.selection
        self.imagery = pmui.Select(
            label=_("Imagery"),
            options={one.title(language): key for key, one in selection.imageries.items()},
            **ROOMY,
        )
        self.year = pmui.Select(label=_("Year"), options=[], **ROOMY)
        self.samples = pmui.Select(label=_("Samples"), options={}, **ROOMY)
        self.sample_note = styled()
        self.binding.chosen(self.imagery, self._imagery_chosen)
        self.binding.send(self.year, "year")
        self.binding.send(self.samples, "samples")

    def _methods_part(self) -> None:
        _, language = self.visit._, self.visit.language
        names = family_names(_)
        self.families = []
        for family, members in self.selection.families.items():
            options = {one.title[language]: one.name for one in members}
            box = pmui.MultiChoice(label=names[family], options=options, value=[], **ROOMY)
            self.families.append(self.binding.chosen(box, self._methods_chosen))
        text = _(
            "U-Net is not in the list: it looks at the pixels around a sample, so it needs squares "
            "of pixels instead of single ones, and takes minutes for each part. In Python: "
            'extract(cube, places, patch=9), then fit(samples, "UNet"); the copied code has the '
            "lines."
        )
        if not self.selection.deep:
            text = _(
                "Deep learning needs PyTorch, which is not installed here: the multilayer "
                "perceptron stands for it."
            )
        self.deep_note = styled(f'<div class="qc-note">{escape(text)}</div>')
        self.folds = pmui.Select(
            label=_("Parts of the cross-validation"), options=[3, 5, 10], value=5, **ROOMY
        )
        sizes = {_("from the variogram of the samples"): 0.0}
        sizes |= {f"{size:g}°": size for size in BLOCKS}
        self.block = pmui.Select(label=_("Side of a spatial block"), options=sizes, **ROOMY)
        self.binding.send(self.folds, "folds")
        self.binding.send(self.block, "block")

    def _map_part(self) -> None:
        _ = self.visit._
        texts = quantity_names(_)
        self.show = pmui.Select(
            label=_("Colours of the map"), options={texts[one]: one for one in QUANTITIES}, **ROOMY
        )
        self.left = pmui.Select(label=_("Classifier of the map"), options={}, **ROOMY)
        self.right = pmui.Select(label=_("Right of the divider"), options={}, **ROOMY)
        self.other = pmui.Select(label=_("Year right of the divider"), options={}, **ROOMY)
        levels = {
            "district": _("Districts (demonstration)"),
            "farm": _("Farms (demonstration)"),
            "oblast": _("Oblasts"),
        }
        self.level = pmui.Select(
            label=_("Kind of units"), options={levels[one]: one for one in LEVELS}, **ROOMY
        )
        self.cover = pmui.Select(label=_("Class of the units"), options={}, **ROOMY)
        for widget, name in (
            (self.show, "show"), (self.left, "left"), (self.right, "right"),
            (self.other, "other"), (self.level, "level"), (self.cover, "cover"),
        ):  # fmt: skip
            self.binding.send(widget, name)

    def _imagery_chosen(self, key: str) -> None:
        first = next(iter(self.selection.imageries), "")
        self.state.param.update(
            imagery="" if key == first else key, year=0, other=0, point=None, band="", trained=False
        )

    def _methods_chosen(self, _value: Any) -> None:
        self.binding.put("methods", [one for box in self.families for one in box.value])

    # what depends on the data --------------------------------------------------------------------

    def fill(self) -> None:
        """Take options and values from the data and the state."""
        with self.binding.quiet():
            self._fill()

    def _fill(self) -> None:
        selection, state = self.selection, self.state
        imagery = selection.imagery
        self.imagery.value = imagery.key
        years = imagery.years[::-1]
        self.year.param.update(options={str(year): year for year in years}, value=selection.year)
        sets = selection.sample_options()
        self.samples.param.update(options=sets, value=selection.sample_key)
        chosen = selection.methods
        for box in self.families:
            box.value = [one for one in box.options.values() if one in chosen]
        folds = sorted({3, 5, 10, state.folds})
        self.folds.param.update(options=folds, value=state.folds)
        if state.block not in self.block.options.values():
            self.block.options = {**self.block.options, f"{state.block:g}°": state.block}
        self.block.value = state.block
        self._fill_map()

    def _fill_map(self) -> None:
        _, language, selection = self.visit._, self.visit.language, self.selection
        state = self.state
        self.show.value = selection.quantity
        trained = {one.title(language): key for key, one in selection.outcomes.items()}
        self.left.param.update(options=trained, value=selection.left, visible=bool(trained))
        none = {_("nothing"): ""}
        self.right.param.update(
            options=none | trained, value=selection.right, visible=bool(trained)
        )
        years = {_("the same year"): 0}
        years |= {
            str(year): year for year in selection.imagery.years[::-1] if year != selection.year
        }
        self.other.param.update(
            options=years,
            value=state.other if state.other in years.values() else 0,
            visible=bool(trained) and len(years) > 1,
        )
        self.level.param.update(value=state.level, visible=bool(trained))
        classes = {selection.class_name(one, language): one for one in selection.classes}
        self.cover.param.update(
            options=classes, value=selection.cover if classes else None, visible=bool(trained)
        )
