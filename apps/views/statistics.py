"""Histogram and statistics of what is in view, with words and a table for every reader."""

from __future__ import annotations

from html import escape
from typing import Any

import holoviews as hv
import hvplot.pandas  # noqa: F401 - gives data frames their .hvplot
import numpy as np
import pandas as pd
import panel as pn

from analysis.cubes import Cube, OutsideGridError, open_cube
from analysis.cubes.viewstats import ViewStatistics
from analysis.language import format_number
from analysis.outputs import ViewChoice
from analysis.sources.vocabulary import variable
from apps.views.atlas import unit_text
from apps.views.clock import number
from apps.views.downloads import Provider
from apps.views.styles import styled

HEIGHT = 180
FILL = "#0b6478"
ROW = '<tr><th scope="row">{name}</th><td>{value}</td></tr>'
TABLE = """
table.qc-table { border-collapse: collapse; width: 100%; font-size: 13.5px; }
.qc-table caption { text-align: left; font-weight: 600; padding: 4px 0; }
.qc-table th { text-align: left; font-weight: 400; padding: 3px 8px 3px 0; }
.qc-table td { text-align: right; font-variant-numeric: tabular-nums; padding: 3px 0; }
.qc-table tr { border-bottom: 1px solid var(--qc-line, #d3dde0); }
"""

PANE: dict[str, Any] = {"sizing_mode": "stretch_width", "height": HEIGHT, "margin": 0}


class Statistics:
    """Histogram, sentence and table of the part of the grid that the map shows.

    Parameters
    ----------
    session
        Language and texts of the visitor.
    provider : Provider
        Its `state` says which cube, variable, time and bounds are in view.
    """

    def __init__(self, session: Any, provider: Provider):
        self.session, self.provider = session, provider
        self.found: ViewStatistics | None = None
        self._drawn: tuple[str, str] | None = None
        self._handles: dict[str, Any] = {}
        self.plot = pn.pane.HoloViews(None, visible=False, **PANE)
        self.words = styled()
        self.table = pn.pane.HTML("", stylesheets=[TABLE], sizing_mode="stretch_width", margin=0)
        self.panel = pn.Column(
            self.words, self.plot, self.table, sizing_mode="stretch_width", margin=0
        )

    def update(self, *_events: Any) -> None:
        """Compute anew and put the numbers into the figure, the sentence and the table."""
        _ = self.session._
        try:
            choice = self.provider.state()
            cube = getattr(self.provider, "cube", None) or open_cube(choice["cube"])
            found = cube.statistics(choice.get("time") or 0, choice["bounds"], choice["variable"])
        except OutsideGridError:
            text = _("This layer has no cell in view. Zoom out or choose another layer.")
            self._nothing(text)
            return
        except ValueError as error:
            self._nothing(str(error))
            return
        if not found.counts.size:
            self._nothing(_("Every cell in view is without a value at this time."))
            return
        self.found = found
        self._describe(cube, choice, found)
        self._draw(cube, choice, found)

    def _nothing(self, text: str) -> None:
        """Say why there are no numbers."""
        self.found = None
        self.plot.visible = False
        self.table.object = ""
        self.words.object = f'<div class="qc-note" role="status">{escape(text)}</div>'

    def _name(self, cube: Cube, choice: ViewChoice) -> tuple[str, str]:
        """Name and unit of the variable in the reader's language."""
        info = variable(choice["variable"], cube.attrs(choice["variable"]))
        name = info.names.get(self.session.language) or info.names["en"]
        return name, unit_text(info.units, self.session.language)

    def _describe(self, cube: Cube, choice: ViewChoice, found: ViewStatistics) -> None:
        """Write the sentence and the table."""
        _, language = self.session._, self.session.language
        name, unit = self._name(cube, choice)

        def amount(value: float) -> str:
            return f"{number(value, language)} {unit}".strip()

        sentence = _(
            "Half of the area in view lies between {low} and {high}; the mean is {mean}."
        ).format(
            low=amount(found.lower_quartile),
            high=amount(found.upper_quartile),
            mean=amount(found.mean),
        )
        mark = f' <span class="qc-simulated">{_("simulated")}</span>' if cube.simulated else ""
        self.words.object = f'<div class="qc-note">{escape(sentence)}{mark}</div>'
        share = format_number(100 * found.valid_share, language, 1)
        rows = [
            (_("Mean (weighted by area)"), amount(found.mean)),
            (_("Standard deviation"), amount(found.std)),
            (_("Minimum"), amount(found.minimum)),
            (_("Lower quartile"), amount(found.lower_quartile)),
            (_("Median"), amount(found.median)),
            (_("Upper quartile"), amount(found.upper_quartile)),
            (_("Maximum"), amount(found.maximum)),
            (_("Area with values"), f"{share} %"),
            (_("Cells in view"), format_number(found.cells, language, 0)),
        ]
        if found.level:
            side = format_number(2**found.level, language, 0)
            blocks = _("Averages of {side} × {side} cells").format(side=side)
            rows.append((_("Resolution"), blocks))
        body = "".join(ROW.format(name=escape(key), value=escape(value)) for key, value in rows)
        caption = _("Statistics of what is in view: {name}").format(name=name)
        self.table.object = (
            f'<table class="qc-table"><caption>{escape(caption)}</caption>'
            f"<tbody>{body}</tbody></table>"
        )

    def _draw(self, cube: Cube, choice: ViewChoice, found: ViewStatistics) -> None:
        """Put the shares into the figure; a new variable gets a new figure."""
        name = self._name(cube, choice)
        if self._drawn != name:
            self._handles = {}
            drawn = self._figure(*name, found)  # a pane that is shown cannot take a new figure
            self.plot = pn.pane.HoloViews(drawn, **PANE)
            self.panel[1] = self.plot
            self._drawn = name
        self.plot.visible = True
        if "source" in self._handles:
            self._push(found)

    def _figure(self, name: str, unit: str, found: ViewStatistics) -> hv.Histogram:
        """Make the histogram with hvPlot and keep its handles for later updates."""
        _ = self.session._
        middles: Any = pd.DataFrame({"value": (found.edges[1:] + found.edges[:-1]) / 2})

        def keep(plot: Any, _element: Any) -> None:
            self._handles = plot.handles
            if self.found is not None:
                self._push(self.found)

        return middles.hvplot.hist(
            "value",
            bins=found.edges,
            height=HEIGHT,
            responsive=True,
            color=FILL,
            line_color=None,
            toolbar=None,
            legend=False,
            xlabel=unit or name,
            ylabel=_("share of the area, %"),
        ).opts(default_tools=[], tools=[], hooks=[keep])

    def _push(self, found: ViewStatistics) -> None:
        """Give new bars to the figure that is there, and make room for them."""
        edges, shares = found.edges, 100 * found.counts
        self._handles["source"].data = {
            "left": edges[:-1],
            "right": edges[1:],
            "top": shares,
            "value": (edges[1:] + edges[:-1]) / 2,
            "value_count": shares,
        }
        self._handles["x_range"].update(start=float(edges[0]), end=float(edges[-1]))
        self._handles["y_range"].update(start=0.0, end=float(np.max(shares)) * 1.08)
