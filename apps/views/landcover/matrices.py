"""Error matrices of one classifier, random parts beside whole blocks."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
import pandas as pd
import panel as pn
import panel_material_ui as pmui

from analysis.language import MISSING
from apps.views.htmltables import TABLE
from apps.views.landcover.selection import LandSelection
from apps.views.landcover.words import percent
from apps.views.styles import styled

SHADE = """
.qc-grid td.ql-right { font-weight: 700; }
.qc-grid td.ql-cell { background: color-mix(in srgb, var(--qc-primary) var(--share), transparent); }
.qc-grid th.ql-axis { font-weight: 600; text-align: left !important; max-width: 130px; }
.qc-grid th, .qc-grid td { padding: 3px 5px; }
.qc-grid td.ql-cell { padding: 3px 4px; text-align: center; min-width: 17px; }
.qc-grid tbody td { font-size: 12.5px; }
.qc-grid thead th { min-width: 0; }
.qc-grid th.ql-class > span { writing-mode: vertical-rl; transform: rotate(180deg);
  max-height: 130px; text-align: left; line-height: 1.15; }
.qc-grid tbody th { white-space: normal; min-width: 96px; max-width: 130px; line-height: 1.15;
  position: sticky; left: 0; background: var(--qc-page); }
"""


class MatricesView:
    """Two tables of counts, with user's and producer's accuracy beside them."""

    def __init__(self, visit: Any, selection: LandSelection):
        _ = visit._
        self.visit, self.selection = visit, selection
        self.chosen = pmui.Select(label=_("Classifier"), options={}, size="small", width=260)
        self.chosen.param.watch(lambda _event: self._draw(), "value")
        half = {"flex": "1 1 480px", "min-width": "min(100%, 340px)"}
        self.panes = [
            pn.pane.HTML("", stylesheets=[TABLE, SHADE], styles=half, margin=(4, 8))
            for _way in range(2)
        ]
        self.note = styled()
        self.panel = pn.Column(
            self.chosen,
            pn.FlexBox(*self.panes, margin=0, sizing_mode="stretch_width"),
            self.note,
            sizing_mode="stretch_width",
            margin=(4, 8),
        )

    def show(self) -> None:
        """Take the trained classifiers and write the tables."""
        language = self.visit.language
        options = {one.title(language): one.name for one in self.selection.ranked}
        value = self.chosen.value if self.chosen.value in options.values() else self.selection.left
        self.chosen.param.update(options=options, value=value or None, visible=bool(options))
        self._draw()

    @property
    def name(self) -> str:
        """Name of the chosen classifier; '' for none."""
        return str(self.chosen.value or "")

    def _draw(self) -> None:
        _ = self.visit._
        outcome = self.selection.outcomes.get(self.name)
        if outcome is None:
            for pane in self.panes:
                pane.object = ""
            text = _("Nothing has been trained yet.")
            self.note.object = f'<div class="qc-note">{escape(text)}</div>'
            return
        captions = {"random": _("Random parts"), "block": _("Whole blocks")}
        for pane, (way, judged) in zip(self.panes, outcome.ways.items(), strict=True):
            pane.object = self._table(captions[way], judged.matrix)
        text = _(
            "Counts of samples, each judged by a model that did not learn from it. User's "
            "accuracy: of what the map calls so, how much is so (the rest is commission). "
            "Producer's accuracy: of what is so, how much the map finds (the rest is omission). "
            "Kappa is not shown: it compares with a chance that no map maker aims at."
        )
        self.note.object = f'<div class="qc-note">{escape(text)}</div>'

    def _table(self, caption: str, matrix: pd.DataFrame) -> str:
        _, language, selection = self.visit._, self.visit.language, self.selection
        corner = _("map (rows) / reference (columns)")
        order = [one for one in selection.classes if one in matrix.index]
        order += [one for one in matrix.index if one not in order]
        matrix = matrix.loc[order, order]
        names = [selection.class_name(str(one), language) for one in order]
        heads = [corner, *names, _("Sum"), _("User's accuracy, %"), "F1, %"]
        counts = matrix.to_numpy(float)
        users, producers, f1 = rates(counts)
        top = counts.max() or 1.0
        body = []
        for place, label in enumerate(matrix.index):
            cells = "".join(
                f'<td class="ql-cell{" ql-right" if place == at else ""}" '
                f'style="--share:{round(60 * value / top)}%">{value:.0f}</td>'
                for at, value in enumerate(counts[place])
            )
            name = escape(selection.class_name(str(label), language))
            body.append(
                f'<tr><th scope="row">{name}</th>{cells}<td>{counts[place].sum():.0f}</td>'
                f"<td>{_whole(users[place])}</td>"
                f"<td>{_whole(f1[place])}</td></tr>"
            )
        sums = "".join(f"<td>{value:.0f}</td>" for value in counts.sum(axis=0))
        found = "".join(f"<td>{_whole(value)}</td>" for value in producers)
        producer = _("Producer's accuracy, %")
        whole = percent(np.trace(counts) / counts.sum() if counts.sum() else np.nan, language)
        body.append(
            f'<tr><th scope="row">{escape(_("Sum"))}</th>{sums}<td>{counts.sum():.0f}</td>'
            f"<td></td><td></td></tr>"
            f'<tr><th scope="row">{escape(producer)}</th>'
            f"{found}<td></td><td>{whole}</td><td></td></tr>"
        )
        head = "".join(
            f'<th scope="col" class="ql-axis">{escape(text)}</th>'
            if place == 0
            else f'<th scope="col" class="ql-class"><span>{escape(text)}</span></th>'
            for place, text in enumerate(heads)
        )
        title = f"{caption}: {corner}"
        return (
            f'<div class="qc-scroll" tabindex="0" role="region" aria-label="{escape(title)}">'
            f'<table class="qc-grid"><caption>{escape(caption)}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
        )

    def frame(self) -> pd.DataFrame:
        """Return all matrices as one long table.

        Raises
        ------
        ValueError
            Nothing has been trained.
        """
        if not self.selection.outcomes:
            raise ValueError(self.visit._("Nothing has been trained yet."))
        parts = []
        for one in self.selection.ranked:
            for way, judged in one.ways.items():
                named = judged.matrix.rename_axis(index="map", columns="reference")
                part = named.reset_index().melt("map", value_name="samples")
                part.insert(0, "judged", way)
                part.insert(0, "classifier", one.name)
                parts.append(part)
        return pd.concat(parts, ignore_index=True)


def rates(counts: Any) -> tuple[Any, Any, Any]:
    """Return user's accuracy, producer's accuracy and F1 of counts (map, reference).

    A constant map finds all of its class, and of the others nothing:

    >>> users, producers, f1 = rates(np.array([[6.0, 2.0], [0.0, 0.0]]))
    >>> users.tolist(), producers.tolist()
    ([0.75, nan], [1.0, 0.0])
    """
    values = np.asarray(counts, float)
    right = np.diag(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        users = right / values.sum(axis=1)
        producers = right / values.sum(axis=0)
        f1 = 2 * right / (values.sum(axis=1) + values.sum(axis=0))
    return users, producers, f1


def _whole(share: Any) -> str:
    return MISSING if np.isnan(share) else f"{100 * float(share):.0f}"
