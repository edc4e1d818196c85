"""One's own files: chosen, checked, understood, asked about, added, listed, removed."""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any

import panel as pn
import panel_material_ui as pmui

from analysis.language import format_date, format_number
from analysis.uploads import Item, Refused, Space, add, look, own_space, sweep
from analysis.uploads.checks import FORMATS, MOST_FILES, check_offer, most_bytes, plain_name
from analysis.uploads.spaces import check_room, mode
from analysis.uploads.work import Stopped
from apps.views.bar import link
from apps.views.filepicker import FilePicker, picker_words
from apps.views.jobs import later
from apps.views.notices import Message
from apps.views.sizes import size_text
from apps.views.sources.owner import COOKIE, new_token, present_token, space_of
from apps.views.sources.pressable import Pressable
from apps.views.sources.refusaltext import refusal_text
from apps.views.sources.understood import Questions, understood_html
from apps.views.sources.words import kind_names
from apps.views.styles import styled

log = logging.getLogger(__name__)
FIELD: dict[str, Any] = {"size": "small", "width": 320, "margin": (8, 6)}


class Uploading:
    """The tab of one's own files.

    Parameters
    ----------
    visit
        The visitor.
    changed : callable
        Told when a file was added or removed.
    """

    def __init__(self, visit: Any, changed: Callable[[], None]):
        self.visit, self._changed = visit, changed
        _ = visit._
        self.token = present_token()
        self.space: Space | None = space_of(self.token)
        self.message = Message(visit)
        self.questions = Questions(visit)
        self.found: dict[str, Any] | None = None
        self.path: Path | None = None
        self.file = self.form = ""
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.about = styled(self._about())
        self.bar = pmui.LinearProgress(
            value=0,
            variant="determinate",
            sizing_mode="stretch_width",
            margin=(8, 6),
            visible=False,
        )
        self.told = Pressable()
        self.title = pmui.TextInput(label=_("What to call it"), **FIELD)
        self.again = pmui.Button(label=_("Look again"), variant="outlined", size="small", margin=6)
        self.add = pmui.Button(
            label=_("Add to my sources"), variant="contained", size="small", margin=6
        )
        self.drop = pmui.Button(label=_("Do not add"), variant="outlined", size="small", margin=6)
        self.again.on_click(lambda _event: self._look())
        self.add.on_click(lambda _event: self._add())
        self.drop.on_click(lambda _event: self._forget())
        self.review = pn.Column(
            self.told, self.questions.panel, self.title,
            pn.FlexBox(self.again, self.add, self.drop, margin=0),
            sizing_mode="stretch_width", margin=(8, 0), visible=False,
        )  # fmt: skip
        self.list = Pressable(self._pressed)
        self.picker = self._picker() if mode() != "off" else None
        parts = [self.picker] if self.picker is not None else []
        self.panel = pn.Column(
            self.about, *parts, self.message.pane, self.bar, self.review, self.list,
            sizing_mode="stretch_width", margin=16, max_width=900,
        )  # fmt: skip
        self._show_list()

    def _picker(self) -> FilePicker:
        _, language = self.visit._, self.visit.language
        limit = size_text(most_bytes(), language)
        limits = _("CSV, GeoTIFF, NetCDF or a zipped shapefile; up to {size} and {count} files.")
        text = limits.format(size=limit, count=format_number(MOST_FILES, language, 0))
        words = picker_words(self.visit, _("Choose a file"), text, list(FORMATS), most_bytes())
        return FilePicker(
            self._offered, self._whole, self._forget, self._not_offered, suffixes=list(FORMATS),
            most=most_bytes(), words=words, sizing_mode="stretch_width", margin=(10, 0),
        )  # fmt: skip

    def _about(self) -> str:
        _, language = self.visit._, self.visit.language
        texts = {
            "off": _("Taking files is switched off on this server (QAZCUBE_UPLOADS=off). In a "
                     "terminal: qazcube sources add FILE."),
            "own": _("Files are added to the catalogue and the cache of this installation and "
                     "stay until they are removed."),
            "visitor": _("Only you see your files: the server knows you by your login or by a "
                         "cookie of this browser. They are removed {days} days after your last "
                         "visit, or when you remove them."),
        }  # fmt: skip
        days = self.space.days if self.space is not None else 0
        if mode() == "visitor" and not days:
            from analysis.uploads.spaces import days as kept

            days = kept()
        text = texts[mode()].format(days=format_number(days, language, 0))
        title = escape(_("Files of your own"))
        return f'<h2 style="margin:0 0 4px;font-size:19px">{title}</h2><p>{escape(text)}</p>'

    # a file comes in -----------------------------------------------------------------------------

    def _offered(self, name: str, size: int) -> Path | None:
        """Say where an offered file is to be written; None where it is not taken."""
        self._forget()
        try:
            space = self._known_space()
            form = check_offer(name, size, len(space.items()))
            check_room()
        except Refused as error:
            self._refused(error)
            return None
        except (ValueError, OSError) as error:
            self.message.failed(error)
            return None
        self.file, self.form = plain_name(name), form
        suffix = Path(self.file).suffix.lower()
        self.path = space.incoming() / f"{slug(Path(self.file).stem)}{suffix}"
        self.message.loading(self.visit._("The file is being sent."))
        return self.path

    def _not_offered(self) -> None:
        """Take back what was said of the file before; a file under review stays."""
        if not self.review.visible:
            self.message.hide()

    def _known_space(self) -> Space:
        """Return the visitor's space; who has none yet gets a word to be known by."""
        if self.space is not None:
            return self.space
        if mode() == "own":
            self.space = own_space()
            return self.space
        sweep()
        self.token = new_token()
        space = space_of(self.token)
        if space is None:
            raise ValueError("No files are taken on this server.")
        self.space = space
        if self.picker is not None:
            self.picker.remember(COOKIE, self.token, space.days)
        return space

    def _whole(self) -> None:
        self.title.value = Path(self.file).stem[:80]
        self._look(first=True)

    # looking and adding --------------------------------------------------------------------------

    def _look(self, *, first: bool = False) -> None:
        path, space = self.path, self.space
        if path is None or space is None:
            return
        answers = {} if first else self.questions.answers()
        self._work(
            self.visit._("The file is being looked at."),
            lambda stop: look(space, path, self.form, self.file, answers, stop),
            self._understood,
        )

    def _understood(self, found: dict[str, Any]) -> None:
        _ = self.visit._
        self.found = found
        self.message.hide()
        html = understood_html(self.visit, found, self.file)
        title = escape(_("What was understood"))
        self.told.html = f'<section class="qs-details"><h2>{title}</h2>{html}</section>'
        self.questions.ask(found)
        self.questions.watch(self._answered)
        self.again.visible = bool(found["questions"])
        self.review.visible = True
        self._answered()
        if self.questions.open():
            text = _("Answer the questions below, then let it be looked at again.")
            self.message.say("info", _("The file does not tell everything."), text)

    def _answered(self, *_events: Any) -> None:
        self.add.disabled = self.questions.open() or not (self.found or {}).get("box")

    def _add(self) -> None:
        path, space = self.path, self.space
        if path is None or space is None or self.questions.open():
            return
        title = " ".join(str(self.title.value).split())[:80] or Path(self.file).stem
        answers = self.questions.answers()
        self.bar.param.update(value=0, visible=True)
        document = pn.state.curdoc

        def told(done: int, total: int) -> None:
            share = round(100 * done / total) if total else 0
            later(document, lambda: setattr(self.bar, "value", share))

        self._work(
            self.visit._("The file is being added."),
            lambda stop: add(space, path, self.form, self.file, title, answers, told, stop),
            self._added,
        )

    def _added(self, item: Item) -> None:
        _ = self.visit._
        self.bar.visible = self.review.visible = False
        self.path, self.found = None, None
        self._show_list()
        self._changed()
        self.message.say(
            "info", _("{title} is among your sources now.").format(title=item.title),
            _("It stands in the list below and in the explorer."),
        )  # fmt: skip

    def _work(
        self, words: str, work: Callable[[threading.Event], Any], done: Callable[[Any], None]
    ) -> None:
        """Do something slow in a thread; its result comes back in the turn of this session."""
        document, stop = pn.state.curdoc, threading.Event()
        self._stop.set()
        self._stop = stop
        self.message.loading(words)
        self._busy(on=True)

        def finish(task: Callable[[], None]) -> None:
            if self._stop is stop:
                self._busy(on=False)
                task()

        def run() -> None:
            try:
                result = work(stop)
            except Stopped:
                return
            except Refused as error:
                refused = error
                later(document, lambda: finish(lambda: self._refused(refused)))
                return
            except Exception as error:
                failure = error
                log.exception("A file could not be added: %s", error)
                later(document, lambda: finish(lambda: self._failed(failure)))
                return
            later(document, lambda: finish(lambda: done(result)))

        self._thread = threading.Thread(target=run, name="qazcube-upload", daemon=True)
        self._thread.start()

    def wait(self, seconds: float = 60.0) -> None:
        """Wait for the end of the work; for scripts and tests."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _busy(self, *, on: bool) -> None:
        for button in (self.again, self.add):
            button.disabled = on
        if self.picker is not None:
            self.picker.locked = on

    def _refused(self, error: Refused) -> None:
        text, detail = refusal_text(self.visit, error)
        self.bar.visible = False
        answerable = error.reason in ("answer", "place") and self.path is not None
        keep = answerable and self.path is not None and self.path.exists()
        if not keep:
            self._forget()
        advice = self.visit._("Nothing of it is kept.")
        self.message.say("error", text, "" if keep else advice, detail)

    def _failed(self, error: Exception) -> None:
        self._forget()
        self.message.failed(error)

    def _forget(self) -> None:
        """Give up the file under way."""
        self._stop.set()
        self.review.visible = self.bar.visible = False
        self.message.hide()
        if self.path is not None:
            shutil.rmtree(self.path.parent, ignore_errors=True)
        self.path, self.found = None, None
        self._busy(on=False)

    # what is kept --------------------------------------------------------------------------------

    def items(self) -> list[Item]:
        """Return the files of this visitor."""
        return self.space.items() if self.space is not None else []

    def _show_list(self) -> None:
        _, language, items = self.visit._, self.visit.language, self.items()
        if not items:
            self.list.html = ""
            return
        names = kind_names(self.visit)
        lines = ""
        for one in items:
            about = " · ".join(
                [names[one.kind], size_text(one.size, language), format_date_of(one, language)]
            )
            go = explorer_link(self.visit, one)
            opened = (
                f'<a class="action go" href="{escape(go)}">{escape(_("Open in the explorer"))}</a>'
                if go
                else ""
            )
            remove = escape(_("Remove {title}").format(title=one.title))
            lines += (
                f'<li><div><b>{escape(one.title)}</b> <span class="about">{escape(one.file)} · '
                f'{escape(about)}</span></div><div class="qs-row">{opened}<button type="button" '
                f'class="action" data-key="remove:{escape(one.name)}" aria-label="{remove}">'
                f"{escape(_('Remove'))}</button></div></li>"
            )
        title = escape(_("What you keep here"))
        self.list.html = f'<section class="qs-own"><h2>{title}</h2><ul>{lines}</ul></section>'

    def _pressed(self, key: str) -> None:
        what, _sep, name = key.partition(":")
        if what != "remove" or self.space is None:
            return
        try:
            self.space.remove(name)
        except (ValueError, OSError) as error:
            self.message.failed(error)
            return
        self.message.say("info", self.visit._("The file is removed."))
        self._show_list()
        self._changed()


def slug(stem: str) -> str:
    """Make a name for a variable of a file's name.

    >>> slug("Rain 2020-06"), slug("Карта"), slug("2020")
    ('rain_2020_06', 'layer', 'layer_2020')
    """
    letters = "".join(one if one.isascii() and one.isalnum() else "_" for one in stem.lower())
    plain = "_".join(part for part in letters.split("_") if part)[:60]
    if not plain:
        return "layer"
    return plain if plain[0].isalpha() else f"layer_{plain}"


def explorer_link(visit: Any, item: Item) -> str:
    """Return the address of the explorer that shows a file where it lies; "" where it cannot."""
    around = {} if item.box is None else {"view": _around(item.box)}
    if item.kind == "grid" and item.variables:
        layer = f"{item.name}/{next(iter(item.variables))}"
        return link(visit, "explorer", layer=layer, **around)
    return link(visit, "explorer", tables=item.name, **around) if item.data else ""


def _around(box: Sequence[float]) -> str:
    """Write a window that holds a box with room beside it, two degrees wide at least.

    >>> _around([70.0, 42.0, 78.0, 48.0]), _around([76.95, 43.25, 76.95, 43.25])
    ('68,40.5,80,49.5', '75.95,42.25,77.95,44.25')
    """
    west, south, east, north = box
    across, along = max((east - west) * 1.5, 2.0) / 2, max((north - south) * 1.5, 2.0) / 2
    x, y = (west + east) / 2, (south + north) / 2
    edges = (
        max(x - across, -180.0), max(y - along, -80.0), min(x + across, 180.0), min(y + along, 80.0)
    )  # fmt: skip
    return ",".join(f"{edge:g}" for edge in edges)


def format_date_of(item: Item, language: str) -> str:
    """Write the day on which a file was added."""
    import pandas as pd

    return format_date(pd.Timestamp(item.added, unit="s"), language)
