"""Fetch a source from its details: region and period, the plan, progress, stop; for who may."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import panel as pn
import panel_material_ui as pmui

from analysis.language import format_number, format_time
from analysis.sources import fetching
from analysis.sources.fetching import errors
from apps.views.choices import region_names
from apps.views.heartbeat import Heartbeat
from apps.views.jobs import Job
from apps.views.notices import Message
from apps.views.sizes import size_text
from apps.views.sources.fetchrun import Fetching, allowed, runner
from apps.views.sources.listing import Row
from apps.views.sources.words import day_text, place_text
from apps.views.styles import styled

BEAT = 2
FIELD: dict[str, Any] = {"size": "small", "sizing_mode": "stretch_width", "margin": (6, 4)}
OWN = "own"
MOST = 2000
"""Files that one press of a button may bring; a terminal may bring more."""


class FetchPanel:
    """The form under the details of a source.

    Parameters
    ----------
    visit
        The visitor.
    changed : callable
        Told when a fetch has ended, for the list to be made anew.
    """

    def __init__(self, visit: Any, changed: Callable[[], None]):
        self.visit, self._changed = visit, changed
        self.row: Row | None = None
        self.plan: Any = None
        self._shown: Fetching | None = None
        self._seen = runner.progress.number
        _ = visit._
        self.words = styled()
        self.region = pmui.Select(
            label=_("Region to fetch"),
            options={
                _("all that it covers"): "",
                **region_names(visit.language),
                _("west, south, east, north"): OWN,
            },
            value="kazakhstan_central_asia",
            **FIELD,
        )
        self.box = pmui.TextInput(
            label=_("West, south, east, north (degrees)"), visible=False, **FIELD
        )
        self.start = pmui.TextInput(label=_("First day"), placeholder="2024-01-01", **FIELD)
        self.end = pmui.TextInput(label=_("Last day"), placeholder="2024-12-31", **FIELD)
        self.choices = pn.Column(sizing_mode="stretch_width", margin=0)
        self.ask = pmui.Button(
            label=_("Say what would be downloaded"), variant="outlined", size="small",
            margin=(6, 4),
        )  # fmt: skip
        self.go = pmui.Button(
            label=_("Download"), icon="download", variant="contained", size="small",
            margin=(6, 4), visible=False,
        )  # fmt: skip
        self.cancel = pmui.Button(
            label=_("Stop"), variant="outlined", size="small", margin=(6, 4), visible=False
        )
        self.bar = pmui.LinearProgress(
            value=0, variant="determinate", sizing_mode="stretch_width", margin=(8, 4),
            visible=False,
        )  # fmt: skip
        self.message = Message(visit)
        self.status = styled()
        self.beat = Heartbeat(self._show, seconds=BEAT)
        self.job = Job(self._planned, self._failed)
        self.region.param.watch(self._region_chosen, "value")
        for field in (self.region, self.box, self.start, self.end):
            field.param.watch(self._stale, "value")
        self.ask.on_click(self._ask)
        self.go.on_click(self._go)
        self.cancel.on_click(self._stopped)
        self.form = pn.Column(
            self.region, self.box, pn.Row(self.start, self.end, sizing_mode="stretch_width",
            margin=0), self.choices, pn.FlexBox(self.ask, self.go, margin=0),
            sizing_mode="stretch_width", margin=0,
        )  # fmt: skip
        self.panel = pn.Column(
            self.words, self.form, self.bar, self.cancel, self.message.pane, self.status,
            self.beat, sizing_mode="stretch_width", margin=(4, 0), visible=False,
        )  # fmt: skip

    # which source --------------------------------------------------------------------------------

    def show(self, row: Row | None) -> None:
        """Show the form of a source; nothing where there is nothing to fetch."""
        _, language = self.visit._, self.visit.language
        changed = (row.name if row else "") != (self.row.name if self.row else "")
        self.row = row
        way = row.entry.fetch if row is not None else None
        self.panel.visible = way is not None and way.how != "none"
        if row is None or way is None or not self.panel.visible:
            return
        if changed:
            self._stale()
            self.message.hide()
            self._fields(way)
        title = f"<h3>{escape(_('Fetch it'))}</h3>"
        self.form.visible = way.how != "service" and allowed()
        if way.how == "service":
            words = way.words.get(language) or way.words.get("en", "")
            text = _("It is not downloaded by a program: {words}").format(words=words)
            self.words.object = f'{title}<div class="qc-note">{escape(text)}</div>'
        elif not allowed():
            text = _("Fetching from the page is switched off on this server (QAZCUBE_SYNC=off). In "
                     "a terminal: {command}")  # fmt: skip
            command = f"qazcube fetch {row.name} --region kazakhstan --start 2024-01-01"
            self.words.object = (
                f'{title}<div class="qc-note">{escape(text.format(command=command))}</div>'
            )
        else:
            self.words.object = title
        self._shown = None
        self._show()

    def _fields(self, way: Any) -> None:
        _ = self.visit._
        self.choices[:] = [
            pmui.TextInput(label=_("Part: {name}").format(name=name), name=name, **FIELD)
            for name in way.choose
        ]
        for field in self.choices:
            field.param.watch(self._stale, "value")

    # the plan ------------------------------------------------------------------------------------

    def _region_chosen(self, event: Any) -> None:
        self.box.visible = event.new == OWN

    def _stale(self, *_events: Any) -> None:
        """Forget the plan: it is that of another wish."""
        self.job.cancel()
        self.plan, self.go.visible = None, False
        self.status.object = ""

    def _ask(self, _event: Any) -> None:
        row = self.row
        if row is None or not allowed():
            return
        region = self.box.value.strip() if self.region.value == OWN else self.region.value
        start, end = self.start.value.strip() or None, self.end.value.strip() or None
        choose = {one.name: one.value.strip() for one in self.choices if one.value.strip()}
        self._stale()
        self.message.loading(self.visit._("It is being asked what there is."))
        self.job.start(
            lambda _ticket: fetching.plan(row.name, region or None, start, end, choose=choose)
        )

    def _planned(self, plan: Any) -> None:
        _, language = self.visit._, self.visit.language
        self.plan = plan
        self.message.hide()
        wanted = len(plan.wanted)
        size = size_text(plan.size, language) if plan.size else _("size unknown")
        if plan.size and plan.estimated:
            size = _("about {size}").format(size=size)
        lines = [
            _("{count} files to download, {size}").format(
                count=format_number(wanted, language, 0), size=size if wanted else "0"
            ),
            _("{count} files are here already").format(
                count=format_number(len(plan.present), language, 0)
            ),
            _("{place}, {first} – {last}").format(
                place=place_text(self.visit, (*plan.box, None, None)),
                first=day_text(str(plan.first), language),
                last=day_text(str(plan.last), language),
            ),
            _("{size} free on the disc").format(size=size_text(plan.free, language)),
        ]
        self.status.object = (
            f'<div class="qc-note" aria-live="polite"><ul>'
            f"{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul></div>"
        )
        if plan.account == "missing":
            from analysis.sources.fetching.accounts import how_to

            title = _("The server has no account of the provider.")
            self.message.say("stale", title, detail=how_to(plan.entry.account))
        elif not wanted and not plan.present:
            self.message.empty(_("There are no files of this region and period."), " ")
        elif wanted > MOST:
            text = _("That is more than {count} files: choose a shorter period.")
            text = text.format(count=format_number(MOST, language, 0))
            self.message.say("stale", text)
        blocked = wanted > MOST or (plan.account == "missing" and wanted)
        self.go.visible = bool(plan.items) and not blocked
        self.go.disabled = runner.progress.busy

    def _failed(self, error: Exception) -> None:
        _ = self.visit._
        if isinstance(error, fetching.NotCoveredError):
            title = _("The source does not cover this region or period.")
            self.message.say("empty", title, detail=str(error))
        else:
            self.message.failed(error, _("Change the region or the period, or try later."))

    # the fetch -----------------------------------------------------------------------------------

    def _go(self, _event: Any) -> None:
        if self.plan is None:
            return
        try:
            begun = runner.start(self.plan)
        except (PermissionError, ValueError) as error:
            self.message.failed(error)
            return
        self._seen = -1
        if not begun:
            self.message.say("info", self.visit._("Another fetch is under way already."))
        self.go.visible = False
        self._show()

    def _stopped(self, _event: Any) -> None:
        runner.stop()
        self._show()

    def _show(self) -> None:
        """Say how far the fetch of this process is; at every beat, and cheap."""
        now = runner.progress
        if now is self._shown or self.row is None:
            return
        self._shown = now
        self.bar.visible = now.busy
        self.cancel.visible = now.busy and allowed()
        self.cancel.disabled = now.state == "stopping"
        self.go.disabled = now.busy
        if now.busy:
            self._running(now)
        elif now.state != "idle" and now.number != self._seen:
            self._seen = now.number
            self._ended(now)
            self._changed()

    def _running(self, now: Fetching) -> None:
        _, language = self.visit._, self.visit.language
        self.bar.value = round(100 * now.share)
        if now.state == "stopping":
            text = _("It stops after the piece under way; what came is kept.")
        elif now.phase == "cube":
            text = _("{name}: the cube is being made, {share} %")
        else:
            text = _("{name}: {files} of {all} files, {size}, {share} %")
        text = text.format(
            name=now.source,
            files=format_number(now.files, language, 0),
            all=format_number(now.all_files, language, 0),
            size=size_text(now.size, language),
            share=format_number(100 * now.share, language, 0),
        )
        self.message.hide()
        self.status.object = f'<div class="qc-note" aria-live="polite">{escape(text)}</div>'

    def _ended(self, now: Fetching) -> None:
        _, language = self.visit._, self.visit.language
        moment = format_time(now.ended, language, "short") if now.ended is not None else ""
        said = {
            "done": _("{name}: finished at {moment} UTC."),
            "stopped": _("{name}: stopped at {moment} UTC. Begin again to go on where it was."),
            "failed": _("{name}: ended early at {moment} UTC. Begin again to go on where it was."),
        }[now.state].format(name=now.source, moment=moment)
        report = now.report
        if report is not None:
            text = _("{count} files came ({size}), {present} were here, {missing} are nowhere.")
            said += " " + text.format(
                count=format_number(len(report.fetched), language, 0),
                size=size_text(report.size, language),
                present=format_number(len(report.present), language, 0),
                missing=format_number(len(report.missing), language, 0),
            )
        if now.cube:
            said += " " + _("Its cube is ready.")
        self.status.object = f'<div class="qc-note" aria-live="polite">{escape(said)}</div>'
        if now.error is not None:
            kept = _("What came before is kept.")
            self.message.failed(now.error, f"{_reason(now.error, _)} {kept}".strip())
        else:
            self.message.hide()


def _reason(error: BaseException, _: Callable[[str], str]) -> str:
    """Say in the visitor's language what the English detail of a failed fetch is about."""
    reasons: dict[type[BaseException], str] = {
        errors.UnreachableError: _("The provider cannot be reached: there is no network, or it is "
                                   "blocked."),
        errors.AccountError: _("The provider wants an account that is not set up on this server, "
                               "or does not accept it."),
        errors.DiskError: _("The disk of the server is full or cannot be written."),
        errors.NotCoveredError: _("The product has nothing in this region or period."),
        errors.FetchError: _("Some files did not come."),
    }  # fmt: skip
    return next((text for kind, text in reasons.items() if isinstance(error, kind)), "")
