"""The comparison on paper: both maps, table of scores, curves, and the statement on each page."""

from __future__ import annotations

import io
import textwrap
from datetime import UTC, datetime
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from analysis.language import format_date, format_number
from analysis.outputs.maplayers import draw_events, draw_lines, joined_lines
from analysis.outputs.printed import FONT, INK, MUTED, WARNING, colour_map, drawing, watermark
from analysis.seismic.forecasting.statement import statement
from apps.views import atlas
from apps.views.forecast.forecastmap import COLOURS
from apps.views.forecast.panel import forecast_colours
from apps.views.forecast.selection import ForecastSelection
from apps.views.forecast.within import part_title
from apps.views.forecast.words import CARDS, forecast_name, number, percent, score_names

PAGE = (11.69, 8.27)  # inches, A4 landscape
SHOWN = (*CARDS, "precision", "recall", "f1", "roc_auc")
EVENTS = ["longitude", "latitude", "mag"]


def report_pdf(visit: Any, selection: ForecastSelection) -> bytes:
    """Return the comparison as a PDF of three pages A4.

    Raises
    ------
    ValueError
        There is no comparison.
    """
    buffer = io.BytesIO()
    with drawing, mpl.rc_context(FONT):
        about = {"Title": visit._("Forecasts"), "Creator": "Qazcube"}
        with PdfPages(buffer, metadata=about) as pages:
            for page in (maps_page, scores_page, curves_page):
                pages.savefig(page(visit, selection))
    return buffer.getvalue()


def maps_png(visit: Any, selection: ForecastSelection) -> bytes:
    """Return both maps as a picture for slides."""
    buffer = io.BytesIO()
    with drawing, mpl.rc_context(FONT):
        maps_page(visit, selection).savefig(buffer, format="png", dpi=150)
    return buffer.getvalue()


def _page(visit: Any, selection: ForecastSelection, title: str) -> Figure:
    """Return a page with title, settings and statement."""
    _, language, shown = visit._, visit.language, selection.shown
    if shown is None:
        raise ValueError(_("No forecast has been made of this choice yet."))
    figure = Figure(figsize=PAGE, facecolor="white")
    figure.text(0.04, 0.955, title, fontsize=16, fontweight="bold", color=INK, va="top")
    text = _("Target: M ≥ {magnitude} in a cell of {side}° within {days} days").format(
        magnitude=format_number(shown.magnitude, language, 1),
        side=format_number(shown.lattice.resolution, language),
        days=shown.horizon,
    )
    found = selection.catalogue
    source = f"{found.title(language)}, {found.citation}, {found.licence}" if found else ""
    figure.text(0.04, 0.91, text, fontsize=10.5, color=MUTED, va="top")
    if shown.simulated:
        figure.text(
            0.96, 0.955, _("SIMULATED DATA"), fontsize=11, fontweight="bold", color="white",
            ha="right", va="top",
            bbox={"boxstyle": "round,pad=0.4", "facecolor": WARNING, "edgecolor": "none"},
        )  # fmt: skip
    known = "\n".join(textwrap.wrap(statement(language), 160))
    figure.text(0.04, 0.11, known, fontsize=8, color=INK, va="top")
    end = f"{source} · Qazcube, {datetime.now(UTC):%Y-%m-%d}"
    figure.text(0.04, 0.022, textwrap.shorten(end, 190), fontsize=7.5, color=MUTED)
    return figure


def maps_page(visit: Any, selection: ForecastSelection) -> Figure:
    """Return the page with both maps of the window shown."""
    _, language, shown = visit._, visit.language, selection.shown
    if shown is None:
        raise ValueError(_("No forecast has been made of this choice yet."))
    window = shown.window(selection.state.issue)
    start, end = (format_date(one, language) for one in shown.span(window))
    title = _("Probability of an earthquake, {start} to {end}").format(start=start, end=end)
    figure = _page(visit, selection, title)
    lattice, limits = shown.lattice, shown.limits
    extent = (*lattice.longitude_edges[[0, -1]], *lattice.latitude_edges[[0, -1]])
    west, east, south, north = (float(one) for one in extent)
    lines = {"coastline": _lines("coastline"), "borders": _lines("borders")}
    events = shown.happened(window)[EVENTS]
    names = list(dict.fromkeys(selection.names))
    width = 0.92 / len(names)
    for place, name in enumerate(names):
        axes = figure.add_axes((0.04 + place * width, 0.2, width - 0.025, 0.64))
        axes.set_facecolor("#eceff1")
        image = axes.imshow(
            shown.grid(name, window), extent=(west, east, south, north), origin="lower",
            interpolation="none", cmap=colour_map(COLOURS), norm=LogNorm(*limits), zorder=1,
            aspect=1.0 / np.cos(np.radians((max(south, -75) + min(north, 75)) / 2)),
        )  # fmt: skip
        bounds = (west, south, east, north)
        draw_lines(axes, lines, bounds)  # type: ignore[arg-type]
        draw_events(axes, events, bounds)
        axes.set_xlim(west, east)
        axes.set_ylim(south, north)
        axes.tick_params(labelsize=8, colors=MUTED)
        axes.set_title(forecast_name(name, visit), fontsize=11.5, color=INK)
        if shown.simulated:
            watermark(axes, _("SIMULATED DATA"))
    bar = figure.colorbar(
        image, cax=figure.add_axes((0.25, 0.15, 0.5, 0.018)), orientation="horizontal"
    )
    bar.ax.xaxis.set_major_formatter(lambda value, _place: percent(float(value), language))
    bar.ax.tick_params(labelsize=8)
    return figure


def scores_page(visit: Any, selection: ForecastSelection) -> Figure:
    """Return the page with the table of scores."""
    _, language = visit._, visit.language
    title = _("Scores of all forecasts on the test part")
    if selection.within:
        title = f"{title}: {part_title(selection.within, language, _)}"
    figure = _page(visit, selection, title)
    axes = figure.add_axes((0.04, 0.16, 0.92, 0.7))
    axes.set_axis_off()
    scores = selection.scores
    columns = [name for name in SHOWN if name in scores]
    names = score_names(_)
    kinds = {"model": _("model"), "baseline": _("baseline"), "own": _("own")}
    rows = []
    for name, row in scores.iterrows():
        cells = [forecast_name(str(name), visit), kinds[str(row["kind"])]]
        for column in columns:
            text = number(float(row[column]), column, language)
            low, high = (float(row.get(f"{column}_{end}", np.nan)) for end in ("low", "high"))
            if np.isfinite(low):
                text += f"\n{number(low, column, language)}…{number(high, column, language)}"
            cells.append(text)
        rows.append(cells)
    heads = [_("Forecast"), "", *("\n".join(textwrap.wrap(names[one], 16)) for one in columns)]
    widths = [0.22, 0.07, *([0.71 / max(len(columns), 1)] * len(columns))]
    table = axes.table(rows, colLabels=heads, colWidths=widths, loc="upper left", cellLoc="right")
    table.auto_set_font_size(False)
    table.set_fontsize(7)
    for (line, place), cell in table.get_celld().items():
        cell.set_height((1.7 if line == 0 else 1.0) / (len(rows) + 2.5))
        cell.set_linewidth(0.4)
        if place < 2:
            cell.get_text().set_horizontalalignment("left")
        if line == 0:
            cell.set_facecolor("#e6eef1")
    return figure


def curves_page(visit: Any, selection: ForecastSelection) -> Figure:
    """Return the page with precision-recall, Molchan, reliability and ROC curves."""
    _ = visit._
    figure = _page(visit, selection, _("Curves of the two forecasts and of all others"))
    shown = selection.shown
    if shown is None:
        return figure
    curves, looks = shown.comparison.curves, forecast_colours(shown.names())
    chosen = selection.names
    axes_of = {
        "precision_recall": (_("Recall"), _("Precision"), "recall", "precision"),
        "molchan": (_("Share of the area alarmed"), _("Share of the events missed"), "alarm",
                    "miss"),
        "reliability": (_("Probability forecast"), _("Share observed"), "forecast", "observed"),
        "roc": (_("Share of the empty cells alarmed"), _("Recall"), "false_positive_rate",
                "recall"),
    }  # fmt: skip
    for place, (kind, (x_name, y_name, x, y)) in enumerate(axes_of.items()):
        axes = figure.add_axes((0.06 + 0.235 * place, 0.34, 0.18, 0.42))
        wanted = chosen if kind == "reliability" else shown.names()
        for name in wanted:
            table = curves[name][kind]
            strong = name in chosen
            colour = looks[name][0] if strong else "#b0bec5"
            axes.plot(
                table[x], table[y], color=colour, linewidth=2 if strong else 0.7,
                zorder=3 if strong else 2, marker="o" if kind == "reliability" else "",
                markersize=3, label=forecast_name(name, visit) if strong else None,
            )  # fmt: skip
        if kind == "reliability":
            axes.set_xscale("log")
            axes.set_yscale("log")
        elif kind == "precision_recall":
            axes.set_yscale("log")
        axes.set_xlabel(x_name, fontsize=8)
        axes.set_ylabel(y_name, fontsize=8)
        axes.tick_params(labelsize=7)
        axes.grid(alpha=0.3, linewidth=0.4)
        if place == 0:
            axes.legend(fontsize=8, loc="upper left", bbox_to_anchor=(0, -0.22), frameon=False)
    return figure


def _lines(name: str) -> Any:
    table = atlas.polygons(name)
    return joined_lines(table[table["scale"] == "50m"].geometry)
