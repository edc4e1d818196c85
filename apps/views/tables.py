"""The series of the chosen cells as words and as a table, for screen readers and for checking."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import numpy as np
import pandas as pd
import panel as pn
import panel_material_ui as pmui

from analysis.language import format_date, format_number
from analysis.outputs.maplegend import unit_sign
from apps.views.clock import number
from apps.views.downloads import Provider
from apps.views.styles import styled

ROWS = 24
STYLE = """
.qc-scroll { overflow-x: auto; }
.qc-scroll:focus-visible { outline: 2px solid var(--qc-primary, #0b6478); }
table.qc-series { border-collapse: collapse; font-size: 13px; }
.qc-series caption { text-align: left; font-weight: 600; padding: 4px 0; }
.qc-series th, .qc-series td { padding: 3px 10px;
  border-bottom: 1px solid var(--qc-line, #d3dde0); }
.qc-series thead th { text-align: right; vertical-align: bottom; max-width: 180px; }
.qc-series tbody th { text-align: left; font-weight: 400; white-space: nowrap; }
.qc-series td { text-align: right; font-variant-numeric: tabular-nums; }
"""


def describe_series(
    column: pd.Series, about: Mapping[str, Any], session: Any, name: str = ""
) -> str:
    """Say a series in one sentence: how many values, from when to when, least, largest, mean.

    Parameters
    ----------
    column : pandas.Series
        Values by time (UTC).
    about : mapping
        ``long_name, units, simulated`` of the series.
    session
        Language and texts of the visitor.
    name : str, optional
        What the sentence begins with; without it the name of the column.

    Returns
    -------
    str
        The sentence, with a mark when the values are simulated.
    """
    _, language = session._, session.language
    title = name or str(column.name)
    if about.get("simulated"):
        title = f"{title} ({_('simulated')})"
    known = column.dropna()
    times = pd.DatetimeIndex(known.index)
    if known.empty:
        return _("{name}: no values.").format(name=title)
    unit = unit_sign(str(about.get("units", "")))

    def amount(value: float) -> str:
        return f"{number(float(value), language)} {unit}".strip()

    return _(
        "{name}: {count} values from {start} to {end}; least {low} ({low_date}), "
        "largest {high} ({high_date}), mean {mean}."
    ).format(
        name=title,
        count=format_number(len(known), language, 0),
        start=format_date(times[0], language),
        end=format_date(times[-1], language),
        low=amount(known.min()),
        low_date=format_date(times[int(known.argmin())], language),
        high=amount(known.max()),
        high_date=format_date(times[int(known.argmax())], language),
        mean=amount(known.mean()),
    )


def series_table(
    table: pd.DataFrame, metadata: Mapping[str, Any], session: Any, start: int = 0
) -> str:
    """Write rows of the series as an HTML table.

    Parameters
    ----------
    table : pandas.DataFrame
        Series by time (UTC).
    metadata : mapping
        As `Provider.series_metadata` gives it.
    session
        Language and texts of the visitor.
    start : int
        First row shown.

    Returns
    -------
    str
        A table of at most `ROWS` rows with headings, units and a caption; a gap is a dash.
    """
    _, language = session._, session.language
    columns: Mapping[str, Mapping[str, Any]] = metadata.get("columns", {})
    rows = table.iloc[start : start + ROWS]
    heads = []
    for name in table.columns:
        about = columns.get(name, {})
        notes = [unit_sign(str(about.get("units") or ""))]
        if about.get("simulated"):
            notes.append(_("simulated"))
        note = ", ".join(part for part in notes if part)
        heads.append(f"{name}, {note}" if note else str(name))
    caption = _("Values {first} to {last} of {total}, times in UTC").format(
        first=format_number(start + 1 if len(rows) else 0, language, 0),
        last=format_number(start + len(rows), language, 0),
        total=format_number(len(table), language, 0),
    )
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in [_("Date"), *heads])
    body = "".join(
        f'<tr><th scope="row">{escape(format_date(moment, language))}</th>'
        + "".join(
            f"<td>{number(float(value), language) if np.isfinite(value) else '–'}</td>"
            for value in values
        )
        + "</tr>"
        for moment, values in zip(rows.index, rows.to_numpy(dtype=float), strict=True)
    )
    return (
        f'<div class="qc-scroll" tabindex="0" role="region" aria-label="{escape(caption)}">'
        f'<table class="qc-series"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


class SeriesTable:
    """Sentences about every series and a table in pages.

    Parameters
    ----------
    session
        Language and texts of the visitor.
    provider : Provider
        Gives the series.
    """

    def __init__(self, session: Any, provider: Provider):
        self.session, self.provider = session, provider
        self.values, self.about = pd.DataFrame(), dict[str, Any]()
        self.words = styled()
        self.rows = pn.pane.HTML("", stylesheets=[STYLE], sizing_mode="stretch_width", margin=0)
        self.pages = pmui.Pagination(count=1, value=0, visible=False, margin=(4, 0))
        self.pages.param.watch(self._show, "value")
        self.panel = pn.Column(
            self.words, self.rows, self.pages, sizing_mode="stretch_width", margin=0
        )

    def update(self, *_events: Any) -> None:
        """Take the series of the moment; the last page with the newest values is shown."""
        _ = self.session._
        self.values = self.provider.series_table()
        self.about = self.provider.series_metadata() if len(self.values) else {}
        if self.values.empty:
            text = _("Click the map, type coordinates or pick a place to see its history.")
            self.words.object = f'<div class="qc-note">{escape(text)}</div>'
            self.rows.object, self.pages.visible = "", False
            return
        columns = self.about.get("columns", {})
        items = "".join(
            f"<li>{escape(describe_series(self.values[name], columns.get(name, {}), self.session))}"
            "</li>"
            for name in self.values.columns
        )
        self.words.object = f'<ul class="qc-note">{items}</ul>'
        count = -(-len(self.values) // ROWS)
        self.pages.value = 0  # the number of pages bounds it
        self.pages.param.update(count=count, visible=count > 1)
        self.pages.value = count - 1
        self._show()

    def _show(self, *_events: Any) -> None:
        """Show the chosen page."""
        if not self.values.empty:
            start = self.pages.value * ROWS
            self.rows.object = series_table(self.values, self.about, self.session, start)
