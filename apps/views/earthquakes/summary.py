"""Statistics of the chosen events: by field, by month or year, by regime, kind and more."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import panel as pn
import panel_material_ui as pmui

from analysis.language import format_number
from analysis.seismic.energy import energy_joules
from apps.views.charts import BLUE, bokeh, chart, source
from apps.views.clock import number
from apps.views.earthquakes.panelkit import Panel
from apps.views.earthquakes.regimes import regime_names
from apps.views.htmltables import grid, note, table_html
from apps.views.jobs import Job, Ticket
from apps.views.styles import FIELD, styled

FIELDS = ("mag", "depth", "longitude", "latitude", "nst", "gap", "rms", "felt", "significance")
PERIODS = {"month": "M", "year": "Y"}
LISTED = 60
DEGREES = ("longitude", "latitude", "gap")


def field_statistics(table: pd.DataFrame) -> pd.DataFrame:
    """Count, mean, spread and quartiles of every field of numbers that has values.

    Parameters
    ----------
    table : pandas.DataFrame
        Events.

    Returns
    -------
    pandas.DataFrame
        One row a field: ``count, missing, mean, std, min, lower_quartile, median, upper_quartile,
        max``; standard deviation of a sample (n - 1).
    """
    rows = {}
    for name in FIELDS:
        if name not in table:
            continue
        values = table[name].to_numpy(float)
        known = values[np.isfinite(values)]
        if not known.size:
            continue
        low, middle, high = np.percentile(known, [25, 50, 75])
        rows[name] = {
            "count": known.size,
            "missing": values.size - known.size,
            "mean": known.mean(),
            "std": known.std(ddof=1) if known.size > 1 else np.nan,
            "min": known.min(),
            "lower_quartile": low,
            "median": middle,
            "upper_quartile": high,
            "max": known.max(),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("field")


def group_statistics(table: pd.DataFrame, by: str) -> pd.DataFrame:
    """Count, magnitudes, depth and energy of events by month, year or a column of words.

    Parameters
    ----------
    table : pandas.DataFrame
        Events.
    by : str
        ``"month"``, ``"year"`` or the name of a column.

    Returns
    -------
    pandas.DataFrame
        One row a group: ``count, mean_mag, max_mag, median_depth, log10_energy`` (joules). Months
        and years without events have a row; other groups come largest first.
    """
    if by in PERIODS:
        months = table["time"].to_numpy().astype(f"datetime64[{PERIODS[by]}]")
        keys: Any = pd.Series(months.astype("datetime64[s]"), index=table.index)
    else:
        keys = table[by].fillna("").astype(str) if by in table else pd.Series("", index=table.index)
    size = table["mag"].astype(float)
    grouped = pd.DataFrame(
        {
            "key": keys,
            "mag": size,
            "depth": table["depth"].astype(float),
            "energy": energy_joules(size.to_numpy()),
        }
    ).groupby("key")
    found = pd.DataFrame(
        {
            "count": grouped.size(),
            "mean_mag": grouped["mag"].mean(),
            "max_mag": grouped["mag"].max(),
            "median_depth": grouped["depth"].median(),
            "log10_energy": np.log10(grouped["energy"].sum(min_count=1)),
        }
    ).rename_axis(by)
    if by not in PERIODS:
        return found.sort_values("count", ascending=False, kind="stable")
    if found.empty:
        return found
    step = {"month": "MS", "year": "YS"}[by]
    every = pd.date_range(found.index.min(), found.index.max(), freq=step, name=by, unit="s")
    found = found.reindex(every)
    return found.assign(count=found["count"].fillna(0).astype(int))


class SummaryPanel(Panel):
    """Statistics of the events in view and in the brush."""

    name = "summary"

    def __init__(self, visit: Any, selection: Any):
        super().__init__(visit, selection)
        self.job = Job(self._came, self._failed)
        self.found, self.grouping = pd.DataFrame(), "year"

    @property
    def title(self) -> str:
        """Name of the tab."""
        return str(self.visit._("Statistics"))

    def build(self) -> list[Any]:
        """Make the tables, the choice of groups and the bars."""
        _ = self.visit._
        self.by = pmui.Select(
            label=_("Grouped by"),
            options={
                _("year"): "year",
                _("month"): "month",
                _("tectonic regime"): "regime",
                _("kind of event"): "type",
                _("kind of magnitude"): "magType",
                _("agency"): "agency",
                _("status"): "status",
            },
            value="year",
            **FIELD,
        )
        self.by.param.watch(lambda _event: self.update(), "value")
        self.fields, self.groups, self.note = grid(), grid(), styled()
        self.bars = source("left", "right", "top", "time")
        label = _("Earthquakes per month or year")
        self.figure = chart(
            label,
            _("Time (UTC)"),
            _("Earthquakes"),
            time=True,
            height=190,
            hover=[("", "@time{%F}"), (_("Earthquakes"), "@top{0}")],
        )
        self.figure.quad(
            left="left", right="right", top="top", bottom=0, source=self.bars,
            fill_color=BLUE, line_color=None,
        )  # fmt: skip
        self.figure.y_range.start = 0
        self.plot = bokeh(self.figure)
        return [self.fields, self.by, self.note, self.plot, pn.Column(self.groups, margin=0)]

    def refresh(self) -> None:
        """Compute both tables in a thread."""
        selection, by = self.selection, self.by.value
        rows, table = selection.brush_rows, selection.all.table
        if not len(rows):
            self.job.cancel()
            self.found = pd.DataFrame()
            self.message.empty()
            self.fields.object = self.groups.object = self.note.object = ""
            self.plot.visible = False
            return
        names = [name for name in dict.fromkeys(("time", by, *FIELDS)) if name in table]

        def work(ticket: Ticket) -> tuple[int, str, pd.DataFrame, pd.DataFrame]:
            events = table[names].iloc[rows]
            ticket.report(1, 3)
            fields = field_statistics(events)
            ticket.report(2, 3)
            return len(events), by, fields, group_statistics(events, by)

        self.job.start(work)

    def _failed(self, error: Exception) -> None:
        self.message.failed(error)

    def _came(self, result: tuple[int, str, pd.DataFrame, pd.DataFrame]) -> None:
        count, self.grouping, fields, self.found = result
        self.message.hide()
        self._fields(fields, count)
        self._grouped()

    def _fields(self, fields: pd.DataFrame, count: int) -> None:
        _, language = self.visit._, self.visit.language
        names = {
            "mag": _("Magnitude"),
            "depth": _("Depth"),
            "longitude": _("Longitude"),
            "latitude": _("Latitude"),
            "nst": _("Stations used"),
            "gap": _("Largest gap between stations"),
            "rms": _("Misfit of arrival times"),
            "felt": _("Reports of shaking"),
            "significance": _("Significance (USGS)"),
        }
        units = dict.fromkeys(DEGREES, "°") | {"depth": _("km"), "rms": _("s")}
        rows = []
        for name, row in fields.iterrows():
            unit = units.get(str(name), "")
            counts = [format_number(row[key], language, 0) for key in ("count", "missing")]
            values = [number(float(row[key]), language) if np.isfinite(row[key]) else "–"
                      for key in row.index[2:]]  # fmt: skip
            rows.append([f"{names[str(name)]}, {unit}" if unit else names[str(name)]])
            rows[-1] += counts + values
        heads = [
            _("Field"),
            _("Count"),
            _("Missing"),
            _("Mean"),
            _("Standard deviation"),
            _("Minimum"),
            _("Lower quartile"),
            _("Median"),
            _("Upper quartile"),
            _("Maximum"),
        ]
        caption = _("Statistics of {count} earthquakes").format(
            count=format_number(count, language, 0)
        )
        self.fields.object = table_html(caption, heads, rows)

    def _grouped(self) -> None:
        _, language, by = self.visit._, self.visit.language, self.grouping
        self.plot.visible = by in PERIODS
        if by in PERIODS:
            starts = self.found.index.to_numpy().astype("datetime64[ms]").astype(float)
            step = 86_400_000.0 * {"month": 30.44, "year": 365.25}[by]
            self.bars.data = {
                "left": starts,
                "right": np.append(starts[1:], starts[-1] + step),
                "top": self.found["count"].to_numpy(float),
                "time": starts,
            }
        shown = self.found.iloc[-LISTED:][::-1] if by in PERIODS else self.found.iloc[:LISTED]
        names = regime_names(language) if by == "regime" else {}
        rows = [
            [
                names.get(str(key), _period(key, by)) or _("not given"),
                format_number(row["count"], language, 0),
                format_number(row["mean_mag"], language, 2),
                format_number(row["max_mag"], language, 1),
                format_number(row["median_depth"], language, 1),
                format_number(row["log10_energy"], language, 2),
            ]
            for key, row in shown.iterrows()
        ]
        heads = [
            self._label(),
            _("Count"),
            _("Mean magnitude"),
            _("Largest magnitude"),
            _("Median depth, km"),
            _("Energy, log10 J"),
        ]
        self.groups.object = table_html(self._label(), heads, rows)
        more = len(self.found) - len(shown)
        text = _("The newest {count} are listed here; the file holds all.") if more else ""
        self.note.object = note(text.format(count=len(shown))) if more else ""

    def _label(self) -> str:
        labels = {value: label for label, value in self.by.options.items()}
        text = str(labels[self.grouping])
        return text[:1].upper() + text[1:]

    def table(self) -> pd.DataFrame:
        """Return the groups as they are computed."""
        if self.found.empty:
            return pd.DataFrame()
        found = self.found.reset_index()
        first, by = str(found.columns[0]), self.grouping
        return found.assign(**{first: [_period(key, by) for key in found[first]]})

    def about(self) -> dict[str, Any]:
        """Say where they come from."""
        units = {"median_depth": "km", "log10_energy": "log10 J"}
        return super().about() | {"columns": {key: {"units": unit} for key, unit in units.items()}}


def _period(key: Any, by: str) -> str:
    """Write a month or year; any other key as it is.

    >>> _period(pd.Timestamp("2011-03-01"), "month"), _period("stable", "regime")
    ('2011-03', 'stable')
    """
    if by in PERIODS:
        return str(pd.Timestamp(key).strftime("%Y-%m" if by == "month" else "%Y"))
    return str(key)
