"""The table of scores: all forecasts and baselines together, the best average precision first."""

from __future__ import annotations

from html import escape
from typing import Any

import pandas as pd

from analysis.notes import Note, in_language
from analysis.sources.regions import REGIONS
from apps.views.forecast.panel import ForecastPanel
from apps.views.forecast.summary import sentences
from apps.views.forecast.within import part_title
from apps.views.forecast.words import (
    COLUMNS,
    forecast_name,
    number,
    score_names,
    score_texts,
)
from apps.views.htmlbuttons import BUTTONS, HtmlButtons
from apps.views.htmltables import TABLE
from apps.views.styles import styled

MOST = 400
"""Letters of a note that are shown."""

STYLE = """
.qc-grid td small { display: block; color: var(--qc-muted); font-size: 11.5px; }
.qp-kind { display: block; color: var(--qc-muted); font-size: 11.5px; }
.qp-against { min-width: 26px; border: 1px solid var(--qc-line) !important; margin-left: 8px;
  text-align: center !important; padding: 0 5px !important; }
.qp-against[aria-pressed=true] { border-color: currentColor !important; font-weight: 700; }
.qc-grid th, .qc-grid td { padding: 3px 7px; }
.qc-grid thead th { max-width: 170px; }
.qp-row th { min-width: 216px; }
.qp-row th > div { display: flex; justify-content: space-between; align-items: center; gap: 8px; }
.qp-row th button { white-space: normal; }
.qp-list { margin: 4px 0 8px; padding-left: 22px; font-size: 13px; line-height: 1.5;
  color: var(--qc-text); }
.qp-told { padding-left: 30px; max-width: 110ch; }
"""


class ScoresPanel(ForecastPanel):
    """One row a forecast; its name shows it, the sign beside it makes it the comparison."""

    name = "scores"
    leaked = True

    @property
    def title(self) -> str:
        """Name of the tab."""
        return str(self.visit._("Scores"))

    def build(self) -> list[Any]:
        """Make the table and its explanation."""
        self.rows = HtmlButtons(
            self._pressed,
            stylesheets=[TABLE, BUTTONS, STYLE],
            sizing_mode="stretch_width",
            margin=0,
        )
        self.told, self.words, self.failed = styled(stylesheets=[STYLE]), styled(), styled()
        self.how = styled(self._how(), stylesheets=[STYLE])
        return [self.told, self.rows, self.failed, self.words, self.how]

    def _pressed(self, key: str) -> None:
        what, _sep, name = key.partition(":")
        if self.choice.shown is None or name not in self.choice.shown.names():
            return
        if what == "model":
            self.choice.state.model = name
        elif what == "against":
            self.choice.state.baseline = name

    def _columns(self, scores: pd.DataFrame) -> list[str]:
        return [name for name in COLUMNS if name in scores]

    def refresh(self) -> None:
        """Write the table."""
        _ = self.visit._
        scores = self.choice.scores
        columns = self._columns(scores)
        names = score_names(_)
        caption = _("Scores of all forecasts on the test part, with 95 % intervals")
        if self.choice.within:
            part = part_title(self.choice.within, self.visit.language, _)
            caption = f"{caption} – {part}"
        head = "".join(
            f'<th scope="col" title="{escape(score_texts(_)[name])}">{escape(names[name])}</th>'
            for name in columns
        )
        body = "".join(self._row(str(name), row, columns) for name, row in scores.iterrows())
        first = f'<th scope="col">{escape(_("Forecast"))}</th>'
        self.rows.html = (
            f'<div class="qc-scroll" tabindex="0" role="region" aria-label="{escape(caption)}">'
            f'<table class="qc-grid"><caption>{escape(caption)}</caption>'
            f"<thead><tr>{first}{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )
        self.failed.object = self._failures()
        self.words.object = self._notes()
        items = (f"<li>{escape(one)}</li>" for one in sentences(self.visit, self.choice))
        self.told.object = f'<ul class="qp-list qp-told">{"".join(items)}</ul>'

    def _row(self, name: str, row: Any, columns: list[str]) -> str:
        _, language = self.visit._, self.visit.language
        first, second = self.choice.names
        kinds = {"model": _("model"), "baseline": _("baseline"), "own": _("own")}
        title = forecast_name(name, self.visit)
        compare = _("Compare with {name}").format(name=title)
        pressed = "true" if name == second else "false"
        cells = [
            f'<th scope="row"><div><span><button type="button" data-key="model:{escape(name)}">'
            f'{escape(title)}</button><span class="qp-kind">{escape(kinds[str(row["kind"])])}'
            f'</span></span><button type="button" class="qp-against" aria-pressed="{pressed}" '
            f'data-key="against:{escape(name)}" title="{escape(compare)}" '
            f'aria-label="{escape(compare)}">⇄</button></div></th>'
        ]
        for column in columns:
            low, high = row.get(f"{column}_low"), row.get(f"{column}_high")
            between = ""
            if low is not None and high is not None and pd.notna(low) and pd.notna(high):
                between = (
                    f"<small>{number(low, column, language)} … "
                    f"{number(high, column, language)}</small>"
                )
            elif column == "accuracy" and pd.notna(row.get("always_no")):
                never = _("never: {value}").format(
                    value=number(row["always_no"], "accuracy", language)
                )
                between = f"<small>{escape(never)}</small>"
            cells.append(f"<td>{escape(number(row[column], column, language))}{between}</td>")
        mark = "qp-row qc-chosen" if name == first else "qp-row"
        current = ' aria-current="true"' if name == first else ""
        return f'<tr class="{mark}"{current}>{"".join(cells)}</tr>'

    def _failures(self) -> str:
        failures = self.choice.shown.comparison.failures if self.choice.shown else {}
        if not failures:
            return ""
        items = "".join(
            f"<li><b>{escape(forecast_name(str(name), self.visit))}</b>: {self._said(text)}</li>"
            for name, text in failures.items()
        )
        title = escape(self.visit._("These models gave no forecast; the others are compared:"))
        return f'<div class="qc-note" role="status">{title}<ul>{items}</ul></div>'

    def _notes(self) -> str:
        """Write what a reader must know, as the library says it."""
        run, shown = self.choice.run, self.choice.shown
        if shown is None:
            return ""
        told = [*getattr(run.prepared, "notes", ()), *shown.comparison.notes]
        if not told:
            return ""
        items = "".join(dict.fromkeys(f"<li>{self._said(one)}</li>" for one in told))
        title = escape(self.visit._("What else must be known"))
        return f'<details class="qc-note"><summary>{title}</summary><ul>{items}</ul></details>'

    def _said(self, told: Any) -> str:
        """Write a note of the library in the visitor's language; what has none stays English."""
        if isinstance(told, Note):
            named = Note(told.text, {key: self._named(one) for key, one in told.values.items()})
            return escape(in_language(named, self.visit.language)[:MOST])
        return f'<span lang="en">{escape(str(told)[:MOST])}</span>'

    def _named(self, value: Any) -> Any:
        """Return the name that a region or a forecast in a note has on the page."""
        if type(value) is list:
            return [self._named(one) for one in value]
        if type(value) is not str:
            return value
        region = REGIONS.get(value)
        return region.names[self.visit.language] if region else forecast_name(value, self.visit)

    def _how(self) -> str:
        _ = self.visit._
        names, texts = score_names(_), score_texts(_)
        items = "".join(
            f"<li><b>{escape(names[name])}</b>: {escape(texts[name])}</li>" for name in COLUMNS
        )
        title = escape(_("How to read them"))
        return (
            f'<details class="qc-note"><summary>{title}</summary>'
            f'<ul class="qp-list">{items}</ul></details>'
        )

    def table(self) -> pd.DataFrame:
        """Return the scores with all their columns, and the part of the cells that they are of."""
        table = self.choice.scores.reset_index(names="forecast")
        return table.assign(within=self.choice.within) if self.choice.within else table
