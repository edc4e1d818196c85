"""Earthquakes of the last hour, day and week, as they come; with the age of the data."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
import pandas as pd
import panel as pn
import panel_material_ui as pmui
from bokeh.models import Range1d

from analysis.language import format_number
from analysis.seismic.raster import CLASS_RADII, magnitude_classes
from analysis.sources import entry
from apps.views import atlas
from apps.views.charts import bokeh, chart, source
from apps.views.clock import clock_times
from apps.views.colours import EVENT_COLOURS
from apps.views.earthquakes.feeds import STALE, Snapshot, shared_feed
from apps.views.earthquakes.panelkit import Panel
from apps.views.geometry import HALF_WORLD, to_mercator
from apps.views.heartbeat import Heartbeat
from apps.views.htmltables import grid, table_html
from apps.views.jobs import Job
from apps.views.styles import FIELD, ONE_LINE, styled

BEAT = 10
"""Seconds from one look at the clock to the next, while the page is visible."""

LISTED = 30
LEVELS = ("1.0", "2.5", "4.5")
TOP = 15.5e6  # Mercator metres: about 80 degrees
SOURCE = "earthquakes_live"


class LivePanel(Panel):
    """What the USGS has located lately; asked for once a minute while the page is looked at.

    Parameters
    ----------
    visit
        The visitor.
    selection
        Not used: the feed has nothing to do with the catalogue of the page.
    base_url : str, optional
        Host of the feed; that of the catalogue entry if not given.
    """

    name = "live"

    def __init__(self, visit: Any, selection: Any, base_url: str | None = None):
        super().__init__(visit, selection)
        self.base_url = base_url
        self.snapshot = Snapshot(None, None, 0)
        self.job = Job(self._came, self._failed)
        self._drawn: tuple[Any, ...] = ()

    @property
    def title(self) -> str:
        """Name of the tab."""
        return str(self.visit._("Live"))

    @property
    def events(self) -> pd.DataFrame:
        """The events at hand, newest first; empty where there are none."""
        feed = self.snapshot.feed
        return pd.DataFrame() if feed is None else feed.events

    # widgets -------------------------------------------------------------------------------------

    def build(self) -> list[Any]:
        """Make the choice of the period, the line of the age, the map and the list."""
        _ = self.visit._
        self.period = pmui.RadioButtonGroup(
            label=_("Earthquakes of"),
            options={
                _("the last hour"): "hour",
                _("the last day"): "day",
                _("the last week"): "week",
            },
            value="day",
            size="small",
            margin=(8, 8),
            sx=ONE_LINE,
        )  # fmt: skip
        levels = {f"≥ {format_number(float(one), self.visit.language)}": one for one in LEVELS}
        self.level = pmui.Select(
            label=_("Magnitude"), options={_("all"): "all"} | levels, value="all", **FIELD
        )
        self.again = pmui.Button(
            label=_("Ask now"), icon="refresh", variant="outlined", size="small", margin=(10, 8)
        )
        self.again.on_click(lambda _event: self._ask(now=True))
        for widget in (self.period, self.level):
            widget.param.watch(self._chosen, "value")
        self.age, self.words, self.list = styled(), styled(), grid()
        self.beat = Heartbeat(self._beat, seconds=BEAT)
        self.points = source("x", "y", "size", "colour", "mag", "time", "place", "depth")
        self.figure = chart(
            _("Map of the newest earthquakes"),
            _("Longitude, °"),
            _("Latitude, °"),
            height=330,
            x_range=Range1d(-HALF_WORLD, HALF_WORLD),
            y_range=Range1d(-TOP * 0.75, TOP),
            x_axis_type="mercator",
            y_axis_type="mercator",
            match_aspect=True,
            hover=[
                ("", "@time"),
                (_("Magnitude"), "@mag{0.0}"),
                (_("Depth, km"), "@depth{0}"),
                ("", "@place"),
            ],
        )
        world = (-HALF_WORLD, -TOP, HALF_WORLD, TOP)
        x, y = atlas.lines("coastline", "110m").within(world)
        self.figure.line(x, y, line_color="#7d8a91", line_width=0.8)
        dots = self.figure.scatter(
            "x", "y", size="size", fill_color="colour", line_color="#5d4037", line_width=0.6,
            fill_alpha=0.85, source=self.points,
        )  # fmt: skip
        self.figure.hover.renderers = [dots]
        self.plot = bokeh(self.figure)
        return [
            pn.FlexBox(self.period, self.level, self.again, margin=0, align_items="center"),
            self.age,
            self.words,
            self.plot,
            self.list,
            self.beat,
        ]

    def _mark(self) -> None:
        """Nothing here is simulated, whatever catalogue the page shows."""

    def _chosen(self, _event: Any) -> None:
        self._drawn = ()
        self.refresh()

    def _beat(self) -> None:
        """Look at the clock; ask when a minute has passed."""
        self._tell()
        self._ask()

    def _ask(self, *, now: bool = False) -> None:
        feed = shared_feed(self.period.value, self.level.value, self.base_url)
        if not self.job.running and (now or feed.due()):
            self.again.loading = True
            self.job.start(lambda _ticket: feed.renew(now=now))

    # numbers -------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show what is at hand, and ask for more when it is time."""
        self.job.cancel()
        feed = shared_feed(self.period.value, self.level.value, self.base_url)
        self._came(feed.snapshot)
        self._ask()

    def _failed(self, error: Exception) -> None:
        self.again.loading = False
        self.message.failed(error)

    def _came(self, snapshot: Snapshot) -> None:
        self.again.loading = False
        self.snapshot = snapshot
        self._tell()
        feed = snapshot.feed
        key = (self.period.value, self.level.value, None if feed is None else id(feed.events))
        if key != self._drawn:
            self._drawn = key
            self._draw()

    def _tell(self) -> None:
        """Say how old the data are and whether that is too old; cheap, at every beat."""
        _, snapshot = self.visit._, self.snapshot
        state, feed = snapshot.state(), snapshot.feed
        self.plot.visible = feed is not None
        if state == "loading":
            self.age.object = ""
            self.message.loading(_("The newest earthquakes are being fetched."))
            return
        if feed is None:
            self.age.object = ""
            self.message.say(
                "stale",
                _("The service cannot be reached."),
                _("It is asked again every minute while this page is visible. The catalogues of "
                  "the page need no network."),
                str(snapshot.trouble or ""),
            )  # fmt: skip
            return
        moment = f"{feed.current:%Y-%m-%d %H:%M:%S} UTC"
        text = _("Data of {moment}, {age} old. Source: USGS.").format(
            moment=moment, age=self._span(feed.age())
        )
        sign = {"fresh": "●", "stale": "↻"}[state]
        colour = {"fresh": "success", "stale": "warning"}[state]
        self.age.object = (
            f'<div class="qc-note"><b style="color:var(--qc-{colour})" aria-hidden="true">{sign}'
            f"</b> {escape(text)}</div>"
        )
        if state == "stale":
            self.message.say(
                "stale",
                _("These earthquakes are not the newest any more."),
                _("Nothing newer than {minutes} minutes could be had; it is asked again every "
                  "minute.").format(minutes=int(STALE.total_seconds() // 60)),
                str(snapshot.trouble or ""),
            )  # fmt: skip
        elif not len(feed.events):
            self.message.empty(
                _("No earthquake in this time."), _("Choose a longer time or smaller magnitudes.")
            )
        else:
            self.message.hide()

    def _span(self, age: pd.Timedelta) -> str:
        """Write an age in seconds, minutes or hours."""
        _, seconds = self.visit._, age.total_seconds()
        if seconds < 90:
            return str(_("{count} s").format(count=int(seconds)))
        if seconds < 5400:
            return str(_("{count} min").format(count=round(seconds / 60)))
        hours = format_number(seconds / 3600, self.visit.language, 1)
        return str(_("{count} h").format(count=hours))

    def _draw(self) -> None:
        _, language, events = self.visit._, self.visit.language, self.events
        if not len(events):
            self.words.object = self.list.object = ""
            self.points.data = {name: [] for name in self.points.data}
            return
        size = events["mag"].to_numpy(float)
        shown = events.iloc[np.argsort(np.nan_to_num(size, nan=-9.0), kind="stable")]
        x, y = to_mercator(shown["longitude"].to_numpy(float), shown["latitude"].to_numpy(float))
        classes = magnitude_classes(shown["mag"].to_numpy(float)) - 1
        self.points.data = {
            "x": x,
            "y": y,
            "size": 2 * np.array(CLASS_RADII)[classes] + 3,
            "colour": np.array(EVENT_COLOURS)[classes],
            "mag": shown["mag"].to_numpy(float),
            "depth": shown["depth"].to_numpy(float),
            "time": clock_times(shown["time"]),
            "place": shown["place"].fillna("").astype(str).tolist(),
        }
        largest = events.iloc[int(np.nanargmax(size))] if np.isfinite(size).any() else None
        automatic = int((events["status"] == "automatic").sum())
        parts = [
            _("{count} events; {automatic} are automatic and may still change.").format(
                count=format_number(len(events), language, 0),
                automatic=format_number(automatic, language, 0),
            )
        ]
        if largest is not None:
            text = _("The largest: M {mag}, {place}, {time}.")
            parts.append(
                text.format(
                    mag=format_number(largest["mag"], language, 1),
                    place=str(largest["place"] or ""),
                    time=clock_times(pd.Series([largest["time"]]))[0],
                )
            )
        self.words.object = (
            f'<div class="qc-note" aria-live="polite">{escape(" ".join(parts))}</div>'
        )
        self.list.object = self._newest(events)

    def _newest(self, events: pd.DataFrame) -> str:
        _, language = self.visit._, self.visit.language
        newest = events.sort_values("time", ascending=False).head(LISTED)
        rows = [
            [
                time,
                format_number(row["mag"], language, 1),
                format_number(row["depth"], language, 0),
                str(row["type"] or ""),
                str(row["status"] or ""),
                str(row["place"] or ""),
            ]
            for time, row in zip(
                clock_times(newest["time"]), newest.to_dict("records"), strict=True
            )
        ]
        heads = [
            _("Time (UTC)"),
            _("Magnitude"),
            _("Depth, km"),
            _("Kind of event"),
            _("Status"),
            _("Place"),
        ]
        return table_html(_("The newest {count}").format(count=len(rows)), heads, rows, (3, 4, 5))

    def table(self) -> pd.DataFrame:
        """Return all events at hand with all columns."""
        return self.events

    def about(self) -> dict[str, Any]:
        """Say where they come from and when they were had."""
        about = entry(SOURCE)
        feed = self.snapshot.feed
        return {
            "title": about.title[self.visit.language],
            "citation": about.citation,
            "licence": about.licence,
            "url": feed.url if feed else "",
            "retrieved": f"{feed.current:%Y-%m-%d %H:%M:%S} UTC" if feed else "",
        }
