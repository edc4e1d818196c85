"""Tables and remarks as HTML that screen readers read, in the style of the pages."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import panel as pn

TABLE = """
.qc-scroll { overflow-x: auto; }
.qc-scroll:focus-visible { outline: 2px solid var(--qc-primary, #0b6478); }
table.qc-grid { border-collapse: collapse; font-size: 13px; color: var(--qc-text); }
.qc-grid caption { text-align: left; font-weight: 600; padding: 4px 0; caption-side: top; }
.qc-grid th, .qc-grid td { padding: 3px 10px; border-bottom: 1px solid var(--qc-line, #d3dde0);
  white-space: nowrap; }
.qc-grid thead th { text-align: right; vertical-align: bottom; white-space: normal;
  min-width: 56px; max-width: 120px; }
.qc-grid tbody th, .qc-grid thead th:first-child { text-align: left; font-weight: 400; }
.qc-grid thead th.qc-words { text-align: left; }
.qc-grid td { text-align: right; font-variant-numeric: tabular-nums; }
.qc-grid td.qc-words { text-align: left; max-width: 560px; overflow: hidden;
  text-overflow: ellipsis; }
"""


def grid(pane: Any | None = None) -> Any:
    """Make the pane of a table."""
    return pane or pn.pane.HTML("", stylesheets=[TABLE], sizing_mode="stretch_width", margin=(4, 0))


def table_html(
    caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]], words: Sequence[int] = ()
) -> str:
    """Write a table; the first cell of a row is its heading, columns in `words` hold text.

    >>> '<th scope="row">a</th><td>1</td>' in table_html("c", ["x", "y"], [["a", "1"]])
    True
    """
    head = "".join(
        f'<th scope="col"{" class=qc-words" if place in words else ""}>{escape(text)}</th>'
        for place, text in enumerate(heads)
    )
    body = "".join(
        "<tr>"
        + f'<th scope="row">{escape(row[0])}</th>'
        + "".join(
            f"<td{' class=qc-words' if place in words else ''}>{escape(text)}</td>"
            for place, text in enumerate(row[1:], start=1)
        )
        + "</tr>"
        for row in rows
    )
    return (
        f'<div class="qc-scroll" tabindex="0" role="region" aria-label="{escape(caption)}">'
        f'<table class="qc-grid"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def note(text: str) -> str:
    """Write a paragraph that a screen reader reads when it changes."""
    return f'<div class="qc-note" aria-live="polite">{escape(text)}</div>'
