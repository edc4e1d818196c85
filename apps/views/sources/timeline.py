"""One bar of time for each source, on an axis that all of them share."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

FIRST = 1970
"""Where the axis begins; an older source begins at its edge, with a mark."""

STEPS = (1, 2, 5, 10, 20, 25, 50)
DAY = np.timedelta64(1, "D")
YEAR = 365.2425


def year_of(day: str) -> float:
    """Turn a day into years with a fraction.

    >>> round(year_of("2000-07-02"), 2)
    2000.5
    """
    moment = np.datetime64(str(day)[:10], "D")
    year = moment.astype("datetime64[Y]")
    return float(year.astype(int)) + 1970 + float((moment - year.astype(moment.dtype)) / DAY) / YEAR


@dataclass(frozen=True)
class Axis:
    """From which year to which the bars are drawn."""

    start: float
    end: float

    @classmethod
    def over(cls, coverages: list[Any], today: str) -> Axis:
        """Make the axis that goes on to today, or to the last day of a coverage."""
        ends = [year_of(one.end) for one in coverages if one.start and one.end]
        return cls(float(FIRST), max([year_of(today), *ends]) + 0.5)

    def share(self, year: float) -> float:
        """Return how far along the axis a year lies, from 0 to 100.

        >>> Axis(2000, 2010).share(2005), Axis(2000, 2010).share(1990)
        (50.0, 0.0)
        """
        part = 100 * (year - self.start) / (self.end - self.start)
        return float(round(min(max(part, 0.0), 100.0), 2))

    def ticks(self, most: int = 7) -> list[int]:
        """Return round years.

        >>> Axis(1970, 2026.5).ticks()
        [1970, 1980, 1990, 2000, 2010, 2020]
        """
        step = next((one for one in STEPS if (self.end - self.start) / one <= most), STEPS[-1])
        first = int(-(-self.start // step) * step)
        return list(range(first, int(self.end) + 1, step))


def scale(axis: Axis) -> str:
    """Write the years above the bars."""
    marks = "".join(
        f'<span style="left:{axis.share(year)}%">{year}</span>'
        for year in axis.ticks()
        if axis.share(year) < 95
    )
    return f'<div class="scale" aria-hidden="true">{marks}</div>'


def bar(axis: Axis, item: Any, today: str, words: str, newest: str = "") -> str:
    """Write the bar of one source.

    Parameters
    ----------
    axis : Axis
        Shared by all bars.
    item : analysis.sources.Entry
        The source.
    today : str
        Day up to which a source without an end goes on.
    words : str
        The period in words, for those who do not see the bar.
    newest : str, optional
        Last day of the local copy; a mark stands there.

    Returns
    -------
    str
        HTML; a source that does not change has a hatched bar over the whole axis.
    """
    ticks = "".join(f'<i class="tick" style="left:{axis.share(y)}%"></i>' for y in axis.ticks())
    start, end = item.coverage.start, item.coverage.end
    if not start:
        style = "still" if item.cadence == "static" else "unknown"
        inner = f'<i class="bar {style}" style="left:0;width:100%"></i>'
    else:
        left = axis.share(year_of(start))
        right = axis.share(year_of(end or today))
        older = " older" if year_of(start) < axis.start else ""
        style = "bar" + older + (" made" if item.simulated else "") + ("" if end else " goes-on")
        inner = f'<i class="{style}" style="left:{left}%;width:{max(right - left, 0.6):.2f}%"></i>'
    if newest:
        inner += f'<i class="newest" style="left:{axis.share(year_of(newest))}%"></i>'
    return (
        f'<span class="bars" role="img" aria-label="{escape(words)}" title="{escape(words)}">'
        f"{ticks}{inner}</span>"
    )
