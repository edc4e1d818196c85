"""Bring the local database of events up to date from the page, for those who may."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import panel as pn
import panel_material_ui as pmui

from analysis.language import format_number, format_time
from apps.views.choices import region_names
from apps.views.earthquakes.catalogues import DATABASE, catalogues
from apps.views.earthquakes.panelkit import Panel
from apps.views.earthquakes.syncrun import AGENCIES, Syncing, Wish, allowed, runner
from apps.views.heartbeat import Heartbeat
from apps.views.htmltables import grid, note, table_html
from apps.views.places import read_number
from apps.views.styles import FIELD, styled

BEAT = 2
COMMAND = "qazcube events sync --agency usgs --start 2024-01-01 --min-magnitude 4.5"
DAYS = 30
COUNTS = ("listed", "new", "updated", "restored", "deleted", "vanished", "rejected", "requests")


class SyncPanel(Panel):
    """A form, a bar and the report; one sync at a time for the whole server.

    Parameters
    ----------
    visit
        The visitor.
    selection
        Shows the database anew when it has changed.
    base_urls : mapping of str to str, optional
        Addresses of the services, where they are not those of the catalogue.
    """

    name = "syncing"

    def __init__(self, visit: Any, selection: Any, base_urls: dict[str, str] | None = None):
        super().__init__(visit, selection)
        self.base_urls = dict(base_urls or {})
        self.shown = Syncing()
        self._seen = runner.progress.number if not runner.progress.busy else -1

    @property
    def title(self) -> str:
        """Name of the tab."""
        return str(self.visit._("Update"))

    # widgets -------------------------------------------------------------------------------------

    def build(self) -> list[Any]:
        """Make the form; without leave only the words that say so."""
        _, language = self.visit._, self.visit.language
        self.words, self.list = styled(), grid()
        self.agency = pmui.Select(
            label=_("Agency"),
            options={"USGS": "usgs", "EMSC": "emsc", _("both"): "all"},
            value="usgs",
            **FIELD,
        )
        month = pd.Timestamp.now("UTC").normalize() - pd.Timedelta(days=DAYS)
        self.start = pmui.TextInput(label=_("First day (UTC)"), value=f"{month:%Y-%m-%d}", **FIELD)
        self.magnitude = pmui.TextInput(label=_("Least magnitude"), value="4", **FIELD)
        self.region = pmui.Select(
            label=_("Within"), options={_("Everywhere"): "", **region_names(language)}, value="",
            **FIELD | {"width": 220},
        )  # fmt: skip
        self.go = pmui.Button(
            label=_("Bring up to date"), icon="sync", variant="contained", size="small",
            margin=(10, 8),
        )  # fmt: skip
        self.cancel = pmui.Button(
            label=_("Stop"), variant="outlined", size="small", margin=(10, 8), visible=False
        )
        self.go.on_click(self._begin)
        self.cancel.on_click(self._stopped)
        self.bar = pmui.LinearProgress(
            value=0, variant="determinate", sizing_mode="stretch_width", margin=(8, 8),
            visible=False,
        )  # fmt: skip
        self.beat = Heartbeat(self._show, seconds=BEAT)
        self.form = pn.FlexBox(
            self.agency, self.start, self.magnitude, self.region, self.go, self.cancel, margin=0
        )
        return [self.form, self.bar, self.words, self.list, self.beat]

    def _begin(self, _event: Any) -> None:
        wish = self.wish()
        if wish is None:
            return
        try:
            begun = runner.start(wish)
        except (PermissionError, ValueError) as error:
            self.message.failed(error)
            return
        self._seen = -1
        if not begun:
            self.message.say("info", self.visit._("A sync is under way already."))
        self._show()

    def _stopped(self, _event: Any) -> None:
        runner.stop()
        self._show()

    def wish(self) -> Wish | None:
        """Return what the form asks for; None where a field makes no sense, which it then says."""
        _ = self.visit._
        size = read_number(self.magnitude.value, 10.0)
        empty = not str(self.magnitude.value).strip()
        wrong = "" if empty or size is not None else _("a number, or nothing")
        self.magnitude.param.update(error_state=bool(wrong), helper_text=wrong)
        try:
            day = pd.Timestamp(str(self.start.value).strip() or "x")
            late = day.tz_localize(None) > pd.Timestamp.now("UTC").tz_localize(None)
        except ValueError:
            late = True
        text = _("a past day such as 2024-05-31") if late else ""
        self.start.param.update(error_state=late, helper_text=text)
        if wrong or late:
            return None
        agencies = AGENCIES if self.agency.value == "all" else (self.agency.value,)
        return Wish(
            agencies,
            f"{day:%Y-%m-%d}",
            magnitude=None if empty else size,
            region=self.region.value,
            base_urls=self.base_urls,
        )

    def _mark(self) -> None:
        """Nothing here is simulated."""

    # states --------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show the form where it is allowed, and how far a sync is."""
        _ = self.visit._
        leave = allowed()
        self.form.visible = leave
        self.downloads.panel.visible = leave
        if not leave:
            self.words.object = self.list.object = ""
            self.bar.visible = False
            self.message.say(
                "info",
                _("Updating from the page is switched off on this server."),
                _("Whoever runs it can switch it on with QAZCUBE_SYNC=on, or bring the database up "
                  "to date in a terminal:"),
                detail=COMMAND,
            )  # fmt: skip
            return
        self._show()

    def _show(self) -> None:
        """Say how far it is; at every beat, and cheap."""
        if not self._ready or not self.form.visible:
            return
        now, before = runner.progress, self.shown
        if now is before:
            return
        self.shown = now
        self.bar.visible = self.cancel.visible = now.busy
        self.go.disabled, self.cancel.disabled = now.busy, now.state == "stopping"
        if now.busy:
            self._running(now)
        elif now.state == "idle":
            self.words.object = note(
                self.visit._(
                    "Events are kept in a database on the server and are one of the catalogues "
                    "of this page."
                )
            )
        else:
            self._ended(now)

    def _running(self, now: Syncing) -> None:
        _, language = self.visit._, self.visit.language
        self.bar.value = round(100 * now.share)
        text = _("{agency}: {count} events so far, {share} % of the period.").format(
            agency=now.agency.upper(),
            count=format_number(now.listed, language, 0),
            share=format_number(100 * now.share, language, 0),
        )
        if now.state == "stopping":
            text = _("It stops after the answer under way; what is written is kept.")
        self.words.object = note(text)
        self.message.hide()

    def _ended(self, now: Syncing) -> None:
        _, language = self.visit._, self.visit.language
        moment = format_time(now.ended, language, "short") if now.ended is not None else ""
        said = {
            "done": _("Finished at {moment} UTC."),
            "stopped": _("Stopped at {moment} UTC. Begin again to go on where it was."),
            "failed": _("It ended early at {moment} UTC. Begin again to go on where it was."),
        }
        self.words.object = note(said[now.state].format(moment=moment))
        if now.error is not None:
            self.message.failed(now.error, _("What came before is kept."))
        else:
            self.message.hide()
        self.list.object = self._reports(now) if now.reports else ""
        if self._seen != now.number:
            self._seen = now.number
            self._renew()

    def _renew(self) -> None:
        """Let the page know the events that came."""
        self.selection.catalogues = catalogues() | {
            key: one for key, one in self.selection.catalogues.items() if key != DATABASE
        }
        found = self.selection.catalogue
        if found is not None and found.key == DATABASE:
            self.selection.reload()

    def _reports(self, now: Syncing) -> str:
        _, language = self.visit._, self.visit.language
        names = {
            "listed": _("listed"),
            "new": _("new"),
            "updated": _("updated"),
            "restored": _("listed again after deletion"),
            "deleted": _("deleted by the agency"),
            "vanished": _("vanished from the list"),
            "rejected": _("rejected"),
            "requests": _("requests"),
        }
        rows = [
            [names[name], *(format_number(getattr(one, name), language, 0) for one in now.reports)]
            for name in COUNTS
        ]
        heads = ["", *(report.agency.upper() for report in now.reports)]
        return table_html(_("What the sync found"), heads, rows)

    def table(self) -> pd.DataFrame:
        """Return the reports of the last sync, one row an agency."""
        rows = [vars(report) for report in self.shown.reports]
        return pd.DataFrame(rows).replace({None: np.nan}) if rows else pd.DataFrame()

    def about(self) -> dict[str, Any]:
        """Say what the table is."""
        return {"title": self.visit._("What the sync found")}
