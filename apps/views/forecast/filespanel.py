"""What a visitor takes away: map, table, report, Python lines, settings for `qazcube train`."""

from __future__ import annotations

import re
from html import escape
from typing import Any

import pandas as pd
import panel as pn
import xarray as xr

from analysis.language import format_date
from analysis.outputs import view_geotiff, view_netcdf
from analysis.seismic.forecasting.statement import statement
from apps.views.copyfield import CopyField
from apps.views.fileset import FileSet
from apps.views.forecast.choices import settings_of
from apps.views.forecast.panel import ForecastPanel, about_forecast
from apps.views.forecast.words import forecast_name
from apps.views.styles import styled

LINES = '''\
# {title}{simulated}
# {statement}
from analysis.seismic.forecasting import Settings, forecast, run

settings = Settings.from_yaml("""
{settings}""")
found = run(settings)  # the same numbers as on the page
scores = found.comparison.scores
print(scores[["kind", "average_precision", "area_skill_smoothed", "information_gain"]])
print(found.comparison.difference({first!r}, {second!r}))
print(found.comparison.at({threshold!r}))

maps = forecast(found, {issue!r})  # probability of every model, base rate, gain
print(maps)
'''


class FilesPanel(ForecastPanel):
    """Buttons that make a file when they are pressed."""

    name = "files"

    @property
    def title(self) -> str:
        """Name of the tab."""
        return str(self.visit._("Files and Python"))

    def build(self) -> list[Any]:
        """Make the buttons and the lines."""
        _ = self.visit._
        self.files = files = FileSet(self.visit, self.filename, lambda _t: self.about(), width=300)
        makers = (
            ("csv", _("Forecasts of the window (CSV)"), self.csv),
            ("xlsx", _("Forecasts of the window (XLSX)"), self.xlsx),
            ("nc", _("Map of the window (NetCDF)"), self.netcdf),
            ("tif", _("Map of the window (GeoTIFF)"), self.geotiff),
            ("png", _("Both maps (PNG)"), self.picture),
            ("pdf", _("Report: maps, scores, curves (PDF)"), self.report),
        )
        note = _("Every file holds the statement that stands at the top of this page.")
        return [
            styled(f'<div class="qc-note">{escape(note)}</div>'),
            pn.FlexBox(*(files.button(*maker) for maker in makers), margin=0),
            files.message,
            *self._code_part(),
        ]

    def refresh(self) -> None:
        """Nothing is made before a button is pressed."""

    def filename(self, suffix: str) -> str:
        """Name of a file: region, model, window."""
        shown, state = self.choice.shown, self.choice.state
        if shown is None:
            return f"qazcube_forecast.{suffix}"
        start = shown.times[shown.window(state.issue)]
        mark = "_simulated" if shown.simulated else ""
        name = f"qazcube_forecast_{state.region}_{self.choice.names[0]}_{start:%Y-%m-%d}{mark}"
        return f"{re.sub(r'[^A-Za-z0-9.-]+', '_', name)[:120]}.{suffix}"

    # tables --------------------------------------------------------------------------------------

    @property
    def tabled(self) -> bool:
        """Whether there is a table to take away."""
        return False  # the first two buttons make it

    def table(self) -> pd.DataFrame:
        """Return the forecasts of all cells of the window, and how many events came."""
        shown = self.choice.shown
        if shown is None:
            return pd.DataFrame()
        window = shown.window(self.choice.state.issue)
        longitude, latitude = shown.lattice.centres
        start, end = shown.span(window)
        came = shown.lattice.index(*(shown.happened(window)[one] for one in PLACE))
        table = pd.DataFrame(
            {
                "cell": shown.lattice.ids,
                "longitude": longitude,
                "latitude": latitude,
                "start": start,
                "end": end,
                **{name: shown.grid(name, window).ravel() for name in shown.names()},
            }
        )
        table["events"] = pd.Series(came).value_counts().reindex(range(len(table)), fill_value=0)
        return table

    def about(self) -> dict[str, Any]:
        """Say what the table holds, and where it comes from."""
        shown, language = self.choice.shown, self.visit.language
        title = self.title
        if shown is not None:
            start, end = shown.span(shown.window(self.choice.state.issue))
            text = self.visit._("Probability of an earthquake, {start} to {end}")
            title = text.format(start=format_date(start, language), end=format_date(end, language))
        return about_forecast(self.choice, title, language)

    def csv(self) -> bytes:
        """Make the forecasts of the window as CSV."""
        return self.files.csv(self._rows())

    def xlsx(self) -> bytes:
        """Make the forecasts of the window as a workbook."""
        return self.files.xlsx(self._rows())

    def _rows(self) -> pd.DataFrame:
        table = self.table()
        if table.empty:
            raise ValueError(self.visit._("No forecast has been made of this choice yet."))
        return table

    # maps ----------------------------------------------------------------------------------------

    def grid(self) -> xr.DataArray:
        """Return the forecast of the window, (latitude, longitude), with all that is to be known.

        Raises
        ------
        ValueError
            There is no comparison.
        """
        shown = self.choice.shown
        if shown is None:
            raise ValueError(self.visit._("No forecast has been made of this choice yet."))
        window, name = shown.window(self.choice.state.issue), self.choice.names[0]
        lons, lats = shown.lattice.longitude_edges, shown.lattice.latitude_edges
        start, end = shown.span(window)
        about = self.about()
        attrs = {
            "units": "1",
            "long_name": f"Probability of M >= {shown.magnitude:g} within {shown.horizon} days",
            "model": name,
            "window_end": f"{end:%Y-%m-%d}",
            "base_rate": shown.base_rate(),
            "source": about.get("source", ""),
            "statement": statement("en"),
        }
        if shown.simulated:
            attrs["simulated"] = True
        return xr.DataArray(
            shown.grid(name, window),
            {
                "y": (lats[:-1] + lats[1:]) / 2,
                "x": (lons[:-1] + lons[1:]) / 2,
                "time": start,
            },
            ("y", "x"),
            "probability",
            attrs,
        )

    def netcdf(self) -> bytes:
        """Make the map as NetCDF."""
        return view_netcdf(self.grid(), self._credits())

    def geotiff(self) -> bytes:
        """Make the map as a GeoTIFF."""
        return view_geotiff(self.grid(), self._credits())

    def _credits(self) -> dict[str, Any]:
        about = self.about()
        kept = ("source", "licence", "citation", "simulated")
        title = forecast_name(self.choice.names[0], self.visit)
        return {"title": title} | {key: about[key] for key in kept if about.get(key)}

    def picture(self) -> bytes:
        """Make a picture of both maps."""
        from apps.views.forecast.report import maps_png

        return maps_png(self.visit, self.choice)

    def report(self) -> bytes:
        """Make the report."""
        from apps.views.forecast.report import report_pdf

        return report_pdf(self.visit, self.choice)

    # Python and settings -------------------------------------------------------------------------

    def code(self) -> str:
        """Return the lines that give the same numbers without this page."""
        shown, run = self.choice.shown, self.choice.run
        if shown is None:
            raise ValueError(self.visit._("No forecast has been made of this choice yet."))
        first, second = self.choice.names
        return LINES.format(
            title="Forecasts compared with their baselines",
            simulated="; SIMULATED DATA" if shown.simulated else "",
            statement=statement("en").partition(". ")[0] + ".",
            settings=run.settings.to_yaml(),
            first=first,
            second=second,
            threshold=self.choice.threshold,
            issue=f"{shown.times[shown.window(self.choice.state.issue)]:%Y-%m-%d}",
        )

    def settings(self) -> str:
        """Return the settings file of what is chosen."""
        return (
            "# qazcube train settings.yml\n"
            f"# {statement('en').partition('. ')[0]}.\n{settings_of(self.choice.state).to_yaml()}"
        )

    def _code_part(self) -> list[Any]:
        _ = self.visit._
        field = CopyField(
            self.visit,
            _("Copied text"),
            _("The text is in the clipboard."),
            self.files.say,
            rows=12,
            height=300,
        )
        label, options = _("Copy settings for “qazcube train”"), self.files.options
        python = field.button(_("Copy as Python"), self.code, **options)
        settings = field.button(label, self.settings, **options)
        self.files.buttons |= {"py": python, "yml": settings}
        return [pn.FlexBox(python, settings, margin=0), *field.parts]


PLACE = ("longitude", "latitude")
