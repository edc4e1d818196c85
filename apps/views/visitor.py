"""Who looks at the page: language, theme, and the server side of the session."""

import gc
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from weakref import WeakSet

import panel as pn
from bokeh.server.connection import ServerConnection
from panel.io.resources import LOCAL_DIST
from panel.io.server import DocHandler
from panel.reactive import Syncable

from analysis import settings
from analysis.language import language_of, translator
from apps.views.earlyhead import send_early
from apps.views.wire import in_order

log = logging.getLogger(__name__)

# Our callbacks write Bokeh sources, which needs the document's lock also when another change of the
# same page is still under way; without these two marks Panel 1.9 leaves such a callback unlocked.
Syncable._event_coroutine.lock = True
Syncable._change_coroutine.lock = True
send_early(DocHandler)
in_order(ServerConnection)

_installed: WeakSet[Any] = WeakSet()


class SteadySet(set[Any]):
    """Set that may change while it is being walked through.

    A HoloViews plot takes itself out of the callbacks of a session while Panel
    calls them, which ends ``panel serve --warm`` with "Set changed size during
    iteration" (Panel 1.9.4, HoloViews 1.23.2).

    Examples
    --------
    >>> numbers = SteadySet({1, 2, 3})
    >>> for number in numbers:
    ...     numbers.discard(number)
    >>> len(numbers)
    0
    """

    def __iter__(self) -> Iterator[Any]:
        return iter(tuple(super().__iter__()))


@dataclass(frozen=True)
class Session:
    """What is known about one visitor at the start of his session.

    Attributes
    ----------
    language : str
        One of ``analysis.language.LANGUAGES``.
    _ : callable
        Translates an English text into that language.
    theme : {"light", "dark"}
        Theme at the first view; afterwards watch ``dark_theme`` of the page.
    timezone : str or None
        Name of the visitor's time zone, None for UTC.
    chosen : bool
        Whether the address names the language.
    themed : bool
        Whether the address names the theme.
    """

    language: str
    _: Callable[[str], str]
    theme: str = "light"
    timezone: str | None = None
    chosen: bool = False
    themed: bool = False


def session() -> Session:
    """Read address, cookies, browser and settings of the present visitor.

    Returns
    -------
    Session
        Language, translator and theme; values that make no sense are passed
        over. Outside a server the settings decide.

    Examples
    --------
    >>> session().theme
    'light'
    """
    cookies = pn.state.cookies or {}
    headers = {name.lower(): text for name, text in (pn.state.headers or {}).items()}
    wish = argument("lang")
    language = language_of(
        headers.get("accept-language", ""),
        wish,
        settings.get("language"),
        cookies.get("qazcube_lang", ""),
    )
    themes = [argument("theme")]
    themes += [cookies.get(name, "") for name in ("qazcube_theme", "qazcube_prefers")]
    theme = next((name for name in themes if name in ("light", "dark")), "light")
    return Session(
        language, translator(language), theme, chosen=wish == language, themed=themes[0] == theme
    )


def argument(name: str) -> str:
    """Read one argument of the page's address.

    Parameters
    ----------
    name : str
        Name of the argument.

    Returns
    -------
    str
        Its first value, cut at 40 characters; empty where there is none.

    Examples
    --------
    >>> argument("lang")
    ''
    """
    values = (pn.state.session_args or {}).get(name) or [b""]
    return bytes(values[0]).decode("utf-8", errors="replace")[:40]


def install(visit: Session, *extensions: str) -> None:
    """Prepare the server side of a session; further calls do nothing.

    Parameters
    ----------
    visit : Session
        The visitor.
    *extensions : str
        Panel extensions that the page needs, such as ``"tabulator"``.
    """
    document = pn.state.curdoc
    if document is not None and document in _installed:
        return
    if document is not None and not pn.state.headers:
        spare_imports()
    if document is not None:
        # Panel says so only with the HTML of a page; a page that comes back after a restart of
        # the server has none, and would ask a server far away for its style sheets
        where = f"{pn.state.rel_path}/{LOCAL_DIST}" if pn.state.rel_path else LOCAL_DIST
        document._template_variables.setdefault("dist_url", where)
    _ = visit._
    pn.extension(
        *extensions,
        notifications=True,
        reconnect=True,
        disconnect_notification=_("The connection to the server was lost."),
        exception_handler=lambda error: report(visit, error),
    )
    pn.config.theme = "dark" if visit.theme == "dark" else "default"
    if document is not None:
        _installed.add(document)
        callbacks = document.callbacks
        callbacks._session_destroyed_callbacks = SteadySet(callbacks._session_destroyed_callbacks)
        document.on_session_destroyed(forget)


def forget(context: Any) -> None:
    """Let go of all that was drawn in a session that has ended.

    The notification area of the widget library stays registered (Panel 1.9.4,
    panel-material-ui 0.16.6) and would keep the whole document in memory.

    Parameters
    ----------
    context : bokeh.application.application.SessionContext
        The session.
    """
    views = pn.state._views
    for key in [key for key, (_, _, document, _) in views.items() if document is context._document]:
        del views[key]


def spare_imports() -> None:
    """Spare the garbage collector what has been imported; for the run before the first visitor.

    Panel collects garbage after each session. That takes 0.4 s while it walks through all objects
    of all modules, and no visitor is answered meanwhile; without them it takes a few milliseconds.
    """
    gc.collect()
    gc.freeze()


def report(visit: Session, error: BaseException) -> None:
    """Tell the visitor about an error and write it into the log.

    Parameters
    ----------
    visit : Session
        The visitor.
    error : BaseException
        What happened; its text stays English.
    """
    log.error("A page failed: %s", error, exc_info=error)
    if pn.state.notifications is not None:
        detail = str(error) or type(error).__name__
        pn.state.notifications.error(
            f"{visit._('That did not work. Nothing was lost.')} {detail[:300]}", duration=0
        )
