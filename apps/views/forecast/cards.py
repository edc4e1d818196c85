"""Cards beside the map: main scores of the chosen forecast and what they are over its baseline."""

from __future__ import annotations

from html import escape
from typing import Any

import pandas as pd

from analysis.seismic.forecasting.statement import leaky_statement
from apps.views.forecast.selection import ForecastSelection
from apps.views.forecast.summary import nothing_came
from apps.views.forecast.within import part_title
from apps.views.forecast.words import (
    AT_THRESHOLD,
    CARDS,
    forecast_name,
    number,
    percent,
    score_names,
    score_texts,
    signed,
    simulated_mark,
    verdict,
)
from apps.views.styles import styled

STYLE = """
.qp-cards { display: grid; grid-template-columns: repeat(6, minmax(0, 1fr)); gap: 8px;
  margin: 0; padding: 0; }
.qp-card { grid-column: span 3; padding: 8px 12px 9px; border: 1px solid var(--qc-line);
  border-radius: 10px; background: var(--qc-surface); margin: 0; }
.qp-card dt { font-size: 12.5px; color: var(--qc-muted); line-height: 1.25; }
.qp-card.qp-at { grid-column: span 6; }
.qp-three { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 8px;
  align-items: end; margin: 3px 0 0; }
.qp-three small { display: block; font-size: 12px; line-height: 1.25; color: var(--qc-muted);
  font-variant-numeric: tabular-nums; }
.qp-card dd { margin: 0; }
.qp-leaky { margin: 0 0 7px; padding: 6px 10px; border-radius: 8px; font-size: 13px;
  color: var(--qc-error); border: 1px solid currentColor; }
.qp-value { font-size: 21px; font-weight: 650; font-variant-numeric: tabular-nums; }
.qp-range { font-size: 12px; color: var(--qc-muted); font-variant-numeric: tabular-nums; }
.qp-diff { font-size: 12.5px; font-variant-numeric: tabular-nums; margin-top: 2px !important; }
.qp-better { color: var(--qc-success); }
.qp-worse { color: var(--qc-error); }
.qp-same { color: var(--qc-muted); }
.qp-head { font-size: 13.5px; line-height: 1.35; margin: 0 0 7px; }
.qp-head b { font-size: 15px; }
"""
SIGNS = {"better": "▲", "worse": "▼", "same": "≈"}


class Cards:
    """The scores of the forecast that is looked at."""

    def __init__(self, visit: Any, selection: ForecastSelection):
        self.visit, self.selection = visit, selection
        self.panel = styled(stylesheets=[STYLE])

    def show(self) -> None:
        """Write the cards anew."""
        self.panel.object = cards_html(self.visit, self.selection) if self.selection.ready else ""


def cards_html(visit: Any, selection: ForecastSelection) -> str:
    """Return the cards of the forecast that is looked at.

    Parameters
    ----------
    visit
        The visitor.
    selection
        What is shown.

    Returns
    -------
    str
        HTML in the visitor's language; "" where there is no comparison.
    """
    _ = visit._
    shown = selection.shown
    if shown is None:
        return ""
    first, second = selection.names
    scores = selection.scores
    head = _("{model} against {baseline}").format(
        model=f"<b>{escape(forecast_name(first, visit))}</b>",
        baseline=escape(forecast_name(second, visit)),
    )
    part = _part(visit, selection)
    mark = f" {simulated_mark(visit)}" if selection.simulated else ""
    base = _("Base rate: before the test, {share} of the cells and windows had an event.").format(
        share=percent(shown.base_rate(), visit.language)
    )
    at = _("Alarm from {threshold} on").format(
        threshold=percent(selection.threshold, visit.language)
    )
    cards = [_card(visit, selection, name, scores) for name in CARDS if name in scores]
    cards.append(_alarms(visit, selection, at))
    body = f'<dl class="qp-cards">{"".join(cards)}</dl>'
    if not float(scores["observed_rate"].iloc[0]):
        body = f'<p class="qp-head" role="status">{escape(nothing_came(visit, shown))}</p>'
    leaky = f'<p class="qp-leaky">{escape(leaky_statement(visit.language))}</p>'
    return (
        f'{leaky if selection.leaky else ""}<div class="qp-head">{head}{mark}<br>'
        f'<span class="qp-range">{escape(base)}</span>{part}</div>{body}'
    )


def _part(visit: Any, selection: ForecastSelection) -> str:
    """Say which cells the scores are of, where they are not of all, or cannot be of those."""
    _, within = visit._, selection.state.within
    if not within:
        return ""
    name = part_title(within, visit.language, _)
    if selection.within:
        text = _("Scores of the cells in {name} only.").format(name=name)
        return f'<br><strong class="qp-range">{escape(text)}</strong>'
    text = _(
        "No earthquake of the test came in {name}: the scores are of all cells. Choose another "
        "part under “Scores of”, or a smaller magnitude."
    ).format(name=name)
    return f'<p class="qp-leaky" role="status">{escape(text)}</p>'


def _card(visit: Any, selection: ForecastSelection, name: str, scores: pd.DataFrame) -> str:
    language = visit.language
    first, second = selection.names
    row: Any = scores.loc[first]
    value = number(row[name], name, language)
    low, high = (row.get(f"{name}_{end}", float("nan")) for end in ("low", "high"))
    between = f"{number(low, name, language)} … {number(high, name, language)}"
    if first == second:
        return _write(visit, name, value, between, "", "")
    found = selection.difference(name, first, second)
    kind, word = verdict(found[1], found[2], visit._)
    text = visit._("against the baseline {difference} ({low} … {high}): {verdict}").format(
        difference=signed(found[0], name, language),
        low=signed(found[1], name, language),
        high=signed(found[2], name, language),
        verdict=word,
    )
    return _write(visit, name, value, between, kind, text)


def _alarms(visit: Any, selection: ForecastSelection, at: str) -> str:
    """Write what the threshold makes of both forecasts: one card, for all three depend on it."""
    _, language = visit._, visit.language
    first, second = selection.names
    mine, other = selection.at(first), selection.at(second)
    quiet = other.hits + other.false_alarms == 0
    parts = []
    for name in AT_THRESHOLD:
        value = number(getattr(mine, name), name, language)
        text = number(getattr(other, name), name, language)
        told = _("baseline: {value}").format(value=text) if first != second and not quiet else ""
        below = f"<small>{escape(told)}</small>" if told else ""
        parts.append(
            f'<span title="{escape(score_texts(_)[name])}"><small>{escape(score_names(_)[name])}'
            f'</small><span class="qp-value">{escape(value)}</span>{below}</span>'
        )
    none = _("the baseline gives no alarm from here on") if first != second and quiet else ""
    last = f'<dd class="qp-range">{escape(none)}</dd>' if none else ""
    return (
        f'<div class="qp-card qp-at"><dt>{escape(at)}</dt>'
        f'<dd class="qp-three">{"".join(parts)}</dd>{last}</div>'
    )


def _write(visit: Any, name: str, value: str, between: str, kind: str, text: str) -> str:
    _ = visit._
    title, help_text = score_names(_)[name], score_texts(_)[name]
    sign = f'<span aria-hidden="true">{SIGNS.get(kind, "")}</span> ' if text else ""
    below = f'<dd class="qp-diff qp-{kind}">{sign}{escape(text)}</dd>' if text else ""
    return (
        f'<div class="qp-card" title="{escape(help_text)}"><dt>{escape(title)}</dt>'
        f'<dd class="qp-value">{escape(value)}</dd>'
        f'<dd class="qp-range">{escape(between)}</dd>{below}</div>'
    )
