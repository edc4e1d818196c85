"""Slow work of the page: features of samples, training, maps, areas; with a bar, to be given up."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import panel as pn

from apps.views.jobs import Job, Ticket, later
from apps.views.landcover.checking import Check, check_by_truth, checkable
from apps.views.landcover.features import take_features
from apps.views.landcover.maps import ClassMap, make_map
from apps.views.landcover.selection import LandSelection
from apps.views.landcover.training import Outcome
from apps.views.landcover.words import said
from apps.views.landcover.workbar import WorkBar
from apps.views.notices import Message


class Work:
    """One piece of slow work at a time; what is finished of it is shown at once.

    Parameters
    ----------
    visit, selection
        The visitor and what is chosen.
    on_samples, on_trained, on_mapped : callable
        Told when features are there, when a classifier is trained, when a map is there.
    """

    def __init__(
        self,
        visit: Any,
        selection: LandSelection,
        on_samples: Callable[[], None],
        on_trained: Callable[..., None],
        on_mapped: Callable[[], None],
    ):
        self.visit, self.selection = visit, selection
        self._on_samples, self._on_trained, self._on_mapped = on_samples, on_trained, on_mapped
        self.message = Message(visit)
        self.job = Job(self._done, self._failed)
        self._finish: Callable[[Any], None] = lambda _result: None
        self._then_train = False
        self._document: Any = None
        self.strip = WorkBar(visit, selection, self.train, self.give_up)

    def _start(self, work: Callable[[Ticket], Any], finish: Callable[[Any], None]) -> None:
        self._finish = finish
        self._document = pn.state.curdoc
        # a training that is asked for while samples are being taken comes after it
        self.strip.busy(may_train=finish == self._prepared)
        self.job.start(work)

    def _done(self, result: Any) -> None:
        self.strip.idle()
        self._finish(result)

    def _failed(self, error: BaseException) -> None:
        self.strip.idle()
        if isinstance(error, ValueError):
            _ = self.visit._
            text = _("Change the samples or the classifiers; nothing was lost.")
            told = f"{said(self.visit, error)} {text}"
            self.message.say("error", _("That cannot be computed."), told)
        else:
            self.message.failed(error)

    def _teller(self, ticket: Ticket, words: Callable[[str], str]) -> Callable[..., None]:
        """Return what the work tells its progress; it raises when the work is to stop."""
        document = self._document

        def report(done: int, total: int, text: str = "") -> None:
            ticket.report(done, total)
            later(document, lambda: self._told(done, total, words(text)))

        return report

    def _told(self, done: int, total: int, text: str) -> None:
        if self.job.running:
            self.strip.tell(done, total, text)

    def cancel(self) -> None:
        """Give up what is under way: it is about something that is chosen no more."""
        if self.job.running:
            self.job.cancel()
            self.selection.training = False
            self.strip.idle()

    def give_up(self) -> None:
        """Stop at the visitor's wish; what is finished stays, and is mapped."""
        training = self.job.running and self._finish == self._trained
        self.cancel()
        if training and self.selection.outcomes:
            self._on_trained(last=True)

    # features ------------------------------------------------------------------------------------

    def prepare(self, *, then_train: bool) -> None:
        """Take the features of the samples from the imagery."""
        self.message.hide()
        asked = self._then_train and self.job.running and self._finish == self._prepared
        self._then_train = then_train or asked
        selection = self.selection
        places = selection.places()
        if places.empty:
            text = self.visit._("Choose samples, upload a file, or draw some on the map.")
            self.message.say("info", self.visit._("There are no samples yet."), text)
            return
        imagery = selection.imagery

        def work(ticket: Ticket) -> Any:
            report = self._teller(ticket, lambda _text: self._extracting())
            report(0, 1)
            return take_features(imagery, places)

        self._start(work, self._prepared)

    def _extracting(self) -> str:
        return str(self.visit._("The course of every sample is taken from the imagery."))

    def _prepared(self, result: Any) -> None:
        self.selection.take_samples(result)
        self._on_samples()
        if self._then_train:
            self.train()

    # training ------------------------------------------------------------------------------------

    def train(self) -> None:
        """Train the chosen classifiers, one after the other; scores come as they are ready."""
        selection = self.selection
        if self.job.running:
            self._then_train = True  # as soon as the samples are there
            return
        if selection.table.empty:
            self.prepare(then_train=True)
            return
        self.message.hide()
        selection.failures = {}
        names = selection.methods
        for name in list(selection.outcomes):
            if name not in names:
                del selection.outcomes[name]
        document = pn.state.curdoc
        imagery, year = selection.imagery, selection.year
        selection.learn()
        table, folds, block = selection.table, selection.state.folds, selection.block_side()

        def work(ticket: Ticket) -> Any:
            from apps.views.landcover.training import train

            mapped = False
            for place, name in enumerate(names):
                tell = self._teller(ticket, partial(self._learning, name, place, len(names)))

                def report(
                    done: int, total: int, text: str, at: int = place, say: Any = tell
                ) -> None:
                    say(at * total + done, total * len(names), text)

                report(0, 1, "")
                try:
                    made: Any = train(table, name, folds=folds, block=block, report=report)
                except (ValueError, ImportError) as error:
                    made = error
                later(document, partial(self._one, ticket, name, made))
                if isinstance(made, Outcome) and not mapped:
                    mapped = True
                    drawn = self._teller(ticket, partial(self._classifying, name, year))
                    land = make_map(imagery, made, year, drawn)
                    later(document, partial(self._first_map, ticket, (name, year), land))
            return None

        self._start(work, self._trained)

    def _learning(self, name: str, place: int, count: int, text: str) -> str:
        _, language = self.visit._, self.visit.language
        what = {
            "random": _("random parts"), "block": _("whole blocks"), "fit": _("learning from all"),
        }.get(text, "")  # fmt: skip
        title = self.selection.classifiers[name].title[language]
        return f"{place + 1} / {count}: {title}{': ' + what if what else ''}"

    def _one(self, ticket: Ticket, name: str, made: Any) -> None:
        """Show one finished classifier, or why there is none; not of work that was replaced."""
        if ticket.cancelled:
            return
        if isinstance(made, Exception):
            self.selection.failures[name] = made
        else:
            self.selection.outcomes[name] = made
        self._on_trained(last=False)

    def _first_map(self, ticket: Ticket, side: tuple[str, int], land: ClassMap) -> None:
        """Show the map of the first classifier while the others learn."""
        if not ticket.cancelled:
            self.selection.maps[side] = land
            self._on_mapped()

    def _trained(self, _result: Any) -> None:
        self.selection.training = False
        self._on_trained(last=True)
        if not self.selection.outcomes and self.selection.failures:
            text = said(self.visit, next(iter(self.selection.failures.values())))
            self.message.say("error", self.visit._("No classifier could be trained."), text)

    # maps and areas ------------------------------------------------------------------------------

    def need_maps(self) -> None:
        """Make the maps, and the areas by unit, that are to be shown and are not there yet."""
        selection = self.selection
        idle = selection.quantity == "imagery" and not selection.checked
        if self.job.running or not selection.outcomes or idle:
            return
        missing = [side for side in selection.sides if side not in selection.maps]
        areas = selection.missing_areas()
        if not missing and not areas:
            return
        self.message.hide()
        imagery, outcomes = selection.imagery, dict(selection.outcomes)

        def work(ticket: Ticket) -> Any:
            made = {}
            for name, year in missing:
                tell = self._teller(ticket, partial(self._classifying, name, year))
                made[name, year] = make_map(imagery, outcomes[name], year, tell)
            return made

        self._start(work, self._maps_made)

    def _classifying(self, name: str, year: int, _text: str) -> str:
        title = self.selection.classifiers[name].title[self.visit.language]
        return str(self.visit._("The map is classified: {name}, {year}.")).format(
            name=title, year=year
        )

    def _maps_made(self, made: dict[tuple[str, int], Any]) -> None:
        self.selection.maps |= made
        self._on_mapped()
        self._areas()

    def _areas(self) -> None:
        selection = self.selection
        wanted = selection.missing_areas()
        if not wanted:
            return
        units, level, checked = selection.units, selection.state.level, selection.checked
        maps = {side: selection.maps[side] for side in wanted}
        checks = {side: self._check_of(side) if checked else None for side in wanted}
        outcomes = dict(selection.outcomes)

        def work(ticket: Ticket) -> Any:
            from apps.views.landcover.areas import unit_areas

            tell = self._teller(ticket, lambda _text: self._summing())
            return {
                (*side, level, checked): unit_areas(
                    one, units, outcomes[side[0]], tell, check=checks[side]
                )
                for side, one in maps.items()
            }

        self._start(work, self._areas_made)

    def _check_of(self, side: tuple[str, int]) -> Callable[[Any], Check] | None:
        """Return what judges a map: somebody's labels, else the made-up truth where it is known."""
        selection = self.selection
        found = selection.labelled.get(selection.maps[side].key)
        if found is not None:
            return lambda _land: found
        return partial(check_by_truth, year=side[1]) if checkable(selection.imagery) else None

    def _summing(self) -> str:
        return str(self.visit._("The areas of the units are summed."))

    def _areas_made(self, made: dict[tuple[str, int, str, bool], Any]) -> None:
        self.selection.areas |= made
        self._on_mapped()
        self.need_maps()  # other units, or a checking sample, may have been asked for meanwhile
