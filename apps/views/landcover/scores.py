"""The comparison: random parts against whole blocks, side by side, the difference first."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
import pandas as pd
import panel as pn
from bokeh.models import FactorRange, HoverTool, Range1d

from apps.views.earthquakes.panelkit import BLUE, ORANGE, bokeh, chart, grid, source, table_html
from apps.views.landcover.selection import LandSelection
from apps.views.landcover.words import (
    duration,
    family_names,
    fixed,
    interval,
    note_texts,
    percent,
    said,
    size,
)
from apps.views.styles import styled

ROW = 34
"""Height of a classifier in the plot, pixels."""

HEAD = """
.ql-head { font-size: 17px; line-height: 1.45; padding: 8px 12px; color: var(--qc-text); }
.ql-head strong { color: var(--qc-secondary); }
.ql-key { display: inline-block; width: 12px; height: 12px; margin: 0 5px 0 12px; }
.ql-dot { border-radius: 50%; }
"""


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
        self.plot = pn.Column(sizing_mode="stretch_width", margin=0)
        self.table = grid()
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
        self.head.object = (
            f'<div class="ql-head" aria-live="polite">{escape(text)} '
            f"<strong>{escape(more)}{ends}{after}</strong> {escape(why)}</div>"
        )

    def baselines(self) -> dict[str, float]:
        """Return way of judging -> what always giving the commonest class scores."""
        first = next(iter(self.selection.outcomes.values()))
        return {way: judged.commonest for way, judged in first.ways.items()}

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
        least = np.nanmin([*rows["low"], *(100 * one for one in self.baselines().values())])
        self.figure.x_range.start = max(0.0, float(np.floor(least / 10) * 10))
        self.figure.x_range.end = 100.5
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
        label = str(selection.table["label"].value_counts().index[0])
        text = self.visit._("Always the commonest class ({name})")
        return str(text.format(name=selection.class_name(label, language)))

    def _write(self) -> None:
        _, language = self.visit._, self.visit.language
        families = family_names(_) | {"baseline": _("baseline")}
        rows = []
        for row in self.frame().to_dict("records"):
            base = row["family"] == "baseline"
            gap = fixed(100 * row["difference"], 1, language) if not base else "–"
            ends = interval(row["difference_low"], row["difference_high"], language)
            rows.append(
                [
                    row["title"],
                    families[row["family"]],
                    percent(row["accuracy_random"], language),
                    interval(row["accuracy_random_low"], row["accuracy_random_high"], language),
                    percent(row["accuracy_block"], language),
                    interval(row["accuracy_block_low"], row["accuracy_block_high"], language),
                    gap,
                    ends,
                    duration(row["fit_seconds"], language),
                    duration(row["judging_seconds"], language),
                    size(row["bytes"], language),
                ]
            )
        heads = [
            _("Classifier"), _("Family"), _("Random parts"), _("95 % interval"),
            _("Whole blocks"), _("95 % interval"), _("Difference, points"), _("95 % interval"),
            _("Learning, s"), _("Judging, s"), _("Size"),
        ]  # fmt: skip
        self.table.object = table_html(
            _("Overall accuracy, the best in blocks first"), heads, rows, words=(1,)
        )

    def _notes(self) -> None:
        _, language, selection = self.visit._, self.visit.language, self.selection
        parts = []
        if selection.outcomes:
            text = _(
                "{count} samples in {folds} parts; blocks of {side}° × {side}°. Circles: random "
                "parts, diamonds: whole blocks."
            )
            parts.append(
                text.format(
                    count=len(selection.table),
                    folds=selection.state.folds,
                    side=fixed(selection.block_side(), 2, language),
                )
            )
        for name, error in selection.failures.items():
            title = selection.classifiers[name].title[language]
            text = _("{name} could not be trained:").format(name=title)
            parts.append(f"{text} {said(self.visit, error)}")
        parts += note_texts(self.visit, selection.dropped)
        self.note.object = "".join(f'<div class="qc-note">{escape(one)}</div>' for one in parts)
