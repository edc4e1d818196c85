"""What is known about forecasts of earthquakes and what is not: the statement above the page."""

from __future__ import annotations

from html import escape
from typing import Any

from analysis.seismic.forecasting.statement import statement

KNOWN = """
.qp-known { font-size: 13px; line-height: 1.4; padding: 6px 14px; color: var(--qc-text);
  background: color-mix(in srgb, var(--qc-warning) 12%, var(--qc-surface));
  border-bottom: 1px solid var(--qc-line); }
.qp-known summary { cursor: pointer; font-weight: 600; }
.qp-known p { margin: 4px 0 2px; }
"""


def known_html(visit: Any) -> str:
    """Write what is known and what is not: on the page as in every file.

    Parameters
    ----------
    visit
        The visitor.

    Returns
    -------
    str
        HTML, opened.
    """
    first, _sep, rest = statement(visit.language).partition(". ")
    return (
        f'<details class="qp-known" open><summary>{escape(first)}.</summary>'
        f"<p>{escape(rest)}</p></details>"
    )
