"""The comparison: random parts against whole blocks, side by side, the difference first."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
import pandas as pd
import panel as pn
from bokeh.models import FactorRange, HoverTool, Range1d, Span

from analysis.notes import in_language
from apps.views.charts import BLUE, ORANGE, PURPLE, bokeh, chart, source
from apps.views.htmltables import TABLE
from apps.views.landcover.selection import LandSelection
from apps.views.landcover.words import (
    duration,
    family_names,
    fixed,
    interval,
    note_texts,
    percent,
    said,
)
from apps.views.sizes import size_text
from apps.views.styles import styled

ROW = 34
"""Height of a classifier in the plot, pixels."""

HEAD = """
.ql-head { font-size: 17px; line-height: 1.45; padding: 8px 12px; color: var(--qc-text); }
.ql-head strong { color: var(--qc-secondary); }
.ql-key { display: inline-block; width: 12px; height: 12px; margin: 0 5px 0 12px; }
.ql-dot { border-radius: 50%; }
"""


SMALL = ".qc-grid small { display: block; color: var(--qc-muted); font-size: 11.5px; }"


class ScoresView:
    """Headline, plot and table of all trained classifiers."""

    def __init__(self, visit: Any, selection: LandSelection):
        _ = visit._
        self.visit, self.selection = visit, selection
        self.head = styled(stylesheets=[HEAD])
        self.points = source("x", "name", "low", "high", "text", "colour", "marker")
        self.bars = source("x", "name", "low", "high", "colour")
        self.figure = chart(
            _("Accuracy of every classifier in random parts and in whole blocks"),
            _("Overall accuracy, %"),
            "",
            y_range=FactorRange(),
            x_range=Range1d(0, 100),
            y_axis_type="auto",
            height=140,
        )
        self.figure.segment(
            "low", "name", "high", "name", source=self.points, line_color="colour", line_width=3
        )
        dots = self.figure.scatter(
            "x", "name", source=self.points, size=12, fill_color="colour", marker="marker",
            line_color="black", line_width=0.8,
        )  # fmt: skip
        self.figure.add_tools(HoverTool(renderers=[dots], tooltips=[("", "@text")]))
        self.base = Span(
            dimension="height", location=0.0, line_dash="dashed", line_width=2, line_color=PURPLE
        )
        self.figure.add_layout(self.base)
        self.plot = pn.Column(sizing_mode="stretch_width", margin=0)
        self.table = pn.pane.HTML(
            "", stylesheets=[TABLE, SMALL], sizing_mode="stretch_width", margin=(4, 0)
        )
        self.note = styled()
        self.panel = pn.Column(
            self.head, self.plot, self.table, self.note, sizing_mode="stretch_width", margin=(0, 8)
        )

    def show(self) -> None:
        """Draw and write everything anew."""
        found = bool(self.selection.outcomes)
        self._headline()
        if found:
            self._draw()
            self._write()
            if not len(self.plot):  # a figure that was hidden cannot be shown
                self.plot[:] = [bokeh(self.figure)]
        else:
            self.plot[:] = []
            self.table.object = ""
        self._notes()

    def _headline(self) -> None:
        _, language, selection = self.visit._, self.visit.language, self.selection
        if not selection.outcomes:
            text = _(
                "Nothing has been trained yet: choose classifiers and press Train and compare."
            )
            self.head.object = f'<div class="ql-head">{escape(text)}</div>'
            return
        first = max(selection.outcomes.values(), key=lambda one: one.ways["random"].accuracy)
        low, high = first.gap_interval(selection.blocks())
        points = fixed(100 * first.gap, 1, language)
        text = _(
            "{name}: {random} right when samples are split at random, {block} in whole blocks that "
            "were not learnt from."
        ).format(
            name=first.title(language),
            random=percent(first.ways["random"].accuracy, language),
            block=percent(first.ways["block"].accuracy, language),
        )
        more = _("The difference is {points} points").format(points=points)
        ends = f" ({fixed(100 * low, 1, language)} … {fixed(100 * high, 1, language)})"
        worst = max(selection.outcomes.values(), key=lambda one: one.gap)
        if worst is not first:
            largest = _("It is largest for {name}: {points} points.").format(
                name=worst.title(language), points=fixed(100 * worst.gap, 1, language)
            )
            ends, after = f"{ends}. " if not np.isnan(low) else ". ", escape(largest)
        else:
            ends, after = f"{ends}." if not np.isnan(low) else ".", ""
        why = _(
            "Neighbouring samples resemble one another; for places without samples the figure in "
            "blocks is the honest one."
        )
        best = selection.ranked[0].ways["block"]
        base = self.baselines()["block"]
        if not best.low > base:
            why = _(
                "In whole blocks no classifier is shown to be better than a map of one class "
                "only ({baseline}): do not use these maps for places without samples."
            ).format(baseline=percent(base, language))
        self.head.object = (
            f'<div class="ql-head" aria-live="polite">{escape(text)} '
            f"<strong>{escape(more)}{ends}{after}</strong> {escape(why)}</div>"
        )

    def baselines(self) -> dict[str, float]:
        """Return way of judging -> what a map of one class would score: the commonest of all.

        It knows the shares of all samples, so no fold can make it look worse than guessing.
        """
        first = next(iter(self.selection.outcomes.values()))
        found = {}
        for way, judged in first.ways.items():
            truth = judged.matrix.to_numpy(float).sum(axis=0)
            found[way] = float(truth.max() / truth.sum()) if truth.sum() else float("nan")
        return found

    def _draw(self) -> None:
        _, language, selection = self.visit._, self.visit.language, self.selection
        names = {"random": _("random parts"), "block": _("whole blocks")}
        rows: dict[str, list[Any]] = {key: [] for key in self.points.data}
        order = selection.ranked[::-1]
        for one in order:
            for way, colour, marker in (("random", BLUE, "circle"), ("block", ORANGE, "diamond")):
                judged = one.ways[way]
                title = one.title(language)
                text = (
                    f"{title}, {names[way]}: {percent(judged.accuracy, language)} "
                    f"({interval(judged.low, judged.high, language)})"
                )
                new = (
                    100 * judged.accuracy, title, 100 * judged.low, 100 * judged.high, text,
                    colour, marker,
                )  # fmt: skip
                for key, value in zip(rows, new, strict=True):
                    rows[key].append(value)
        self.figure.y_range.factors = [one.title(language) for one in order]
        self.figure.height = 60 + ROW * len(order)
        bases = [100 * one for one in self.baselines().values()]
        self.figure.x_range.start = max(0.0, float(np.floor((min(bases) - 4) / 10) * 10))
        self.figure.x_range.end = 100.5
        self.base.location = max(bases)
        self.points.data = rows

    def frame(self) -> pd.DataFrame:
        """Return the scores as a table: a row a classifier, and one of the baseline.

        Raises
        ------
        ValueError
            Nothing has been trained.
        """
        if not self.selection.outcomes:
            raise ValueError(self.visit._("Nothing has been trained yet."))
        blocks = self.selection.blocks()
        rows = []
        for one in self.selection.ranked:
            low, high = one.gap_interval(blocks)
            row: dict[str, Any] = {
                "classifier": one.name, "title": one.title(self.visit.language),
                "family": one.family,
            }  # fmt: skip
            for way, judged in one.ways.items():
                row |= {
                    f"accuracy_{way}": judged.accuracy,
                    f"accuracy_{way}_low": judged.low,
                    f"accuracy_{way}_high": judged.high,
                }
            row |= {"difference": one.gap, "difference_low": low, "difference_high": high}
            row |= {"fit_seconds": one.seconds, "judging_seconds": one.judging, "bytes": one.size}
            rows.append(row)
        base = {"classifier": "commonest", "title": self._baseline_name(), "family": "baseline"}
        rows.append(base | {f"accuracy_{way}": one for way, one in self.baselines().items()})
        return pd.DataFrame(rows)

    def _baseline_name(self) -> str:
        selection, language = self.selection, self.visit.language
        counts = selection.learnt["label"].value_counts()
        if (counts == counts.iloc[0]).sum() > 1:
            return str(self.visit._("A map of one class only"))
        text = self.visit._("A map of one class only ({name})")
        return str(text.format(name=selection.class_name(str(counts.index[0]), language)))

    def _write(self) -> None:
        _, language = self.visit._, self.visit.language
        families = family_names(_) | {"baseline": _("baseline")}
        rows = []
        for row in self.frame().to_dict("records"):
            base = row["family"] == "baseline"
            cells = [f'<td class="qc-words">{escape(families[row["family"]])}</td>']
            for way in ("random", "block"):
                low, high = row[f"accuracy_{way}_low"], row[f"accuracy_{way}_high"]
                cells.append(
                    _cell(
                        percent(row[f"accuracy_{way}"], language),
                        "" if base else interval(low, high, language),
                    )
                )
            gap = "–" if base else fixed(100 * row["difference"], 1, language)
            ends = interval(row["difference_low"], row["difference_high"], language)
            cells.append(_cell(gap, "" if base else ends))
            cells += [
                _cell(duration(row["fit_seconds"], language)),
                _cell(duration(row["judging_seconds"], language)),
                _cell("–" if base else size_text(row["bytes"], language)),
            ]
            title = escape(row["title"])
            rows.append(f'<tr><th scope="row">{title}</th>{"".join(cells)}</tr>')
        heads = [
            _("Classifier"), _("Family"), _("Random parts"), _("Whole blocks"),
            _("Difference, points"), _("Learning, s"), _("Judging, s"), _("Size"),
        ]  # fmt: skip
        head = "".join(
            f'<th scope="col"{" class=qc-words" if place == 1 else ""}>{escape(text)}</th>'
            for place, text in enumerate(heads)
        )
        caption = escape(_("Overall accuracy and its 95 % interval, the best in blocks first"))
        self.table.object = (
            f'<div class="qc-scroll" tabindex="0" role="region" aria-label="{caption}">'
            f'<table class="qc-grid"><caption>{caption}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
        )

    def _notes(self) -> None:
        _, language, selection = self.visit._, self.visit.language, self.selection
        parts = []
        if selection.outcomes:
            text = _(
                "{count} samples in {folds} parts; blocks of {side}° × {side}°. Circles: random "
                "parts, diamonds: whole blocks, dashed line: a map of one class only."
            )
            parts.append(
                text.format(
                    count=len(selection.learnt),
                    folds=selection.state.folds,
                    side=fixed(selection.block_side(), 2, language),
                )
            )
        for name, error in selection.failures.items():
            title = selection.classifiers[name].title[language]
            text = _("{name} could not be trained:").format(name=title)
            parts.append(f"{text} {said(self.visit, error)}")
        told = dict.fromkeys(
            in_language(text, language)
            for one in selection.ranked
            for judged in one.ways.values()
            for text in judged.notes
        )
        parts += [*told, *note_texts(self.visit, selection.dropped)]
        self.note.object = "".join(f'<div class="qc-note">{escape(one)}</div>' for one in parts)


def _cell(text: str, small: str = "") -> str:
    below = f"<small>{escape(small)}</small>" if small else ""
    return f"<td>{escape(text)}{below}</td>"
