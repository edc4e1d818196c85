"""What a page says when there is an error, nothing to show, a wait, or old data."""

import logging
from collections.abc import Callable
from html import escape
from typing import Any, Literal

import panel as pn

from analysis.language import format_time
from apps.views.visitor import Session

log = logging.getLogger(__name__)

Kind = Literal["error", "empty", "loading", "stale", "simulated", "info"]

MARKS: dict[str, tuple[str, str]] = {
    "error": ("!", "error"),
    "empty": ("∅", "muted"),
    "loading": ("…", "primary"),
    "stale": ("↻", "warning"),
    "simulated": ("~", "warning"),
    "info": ("i", "info"),
}
"""Mark and colour of each kind; the colour never stands alone."""

STYLE = """
:host { font-family: var(--qc-font); }
.notice { display: flex; gap: 14px; align-items: flex-start; padding: 14px 16px;
  border: 1px solid var(--qc-line); border-left: 5px solid var(--tone); border-radius: 10px;
  background: var(--qc-surface); color: var(--qc-text); line-height: 1.45; white-space: normal; }
.mark { flex: none; width: 28px; height: 28px; border-radius: 50%; border: 2px solid var(--tone);
  color: var(--tone); font-weight: 700; display: grid; place-items: center; }
strong { display: block; font-size: 16px; }
p { margin: 4px 0 0; font-size: 15px; }
code { display: block; margin-top: 8px; padding: 8px 10px; border-radius: 6px; font-size: 13px;
  background: var(--qc-page); color: var(--qc-muted); overflow-wrap: anywhere; }
.loading .mark { animation: breathe 1.2s ease-in-out infinite alternate; }
@keyframes breathe { from { opacity: .35 } to { opacity: 1 } }
@media (prefers-reduced-motion: reduce) { .loading .mark { animation: none } }
"""


def notice(kind: Kind, title: str, text: str = "", *, detail: str = "", **options: Any) -> Any:
    """Make a notice that says what happened and what to do next.

    Parameters
    ----------
    kind : {"error", "empty", "loading", "stale", "simulated", "info"}
        What it is about; errors are read out at once.
    title : str
        What happened, in the visitor's language.
    text : str, optional
        What to do next, in the visitor's language.
    detail : str, optional
        The English text of an exception.
    **options
        Further options of the pane.

    Returns
    -------
    panel.pane.HTML
        The notice.

    Raises
    ------
    ValueError
        The kind is unknown.

    Examples
    --------
    >>> 'role="alert"' in notice("error", "No file").object
    True
    """
    if kind not in MARKS:
        raise ValueError(f"unknown kind of notice {kind!r}; allowed: {', '.join(MARKS)}")
    mark, tone = MARKS[kind]
    role = "alert" if kind == "error" else "status"
    busy = ' aria-busy="true"' if kind == "loading" else ""
    parts = [f"<strong>{escape(title)}</strong>"]
    if text:
        parts.append(f"<p>{escape(text)}</p>")
    if detail:
        parts.append(f'<code lang="en">{escape(detail[:600])}</code>')
    return pn.pane.HTML(
        f'<div class="notice {kind}" role="{role}"{busy} style="--tone:var(--qc-{tone})">'
        f'<span class="mark" aria-hidden="true">{mark}</span><div>{"".join(parts)}</div></div>',
        stylesheets=[STYLE],
        **({"sizing_mode": "stretch_width", "margin": (8, 0)} | options),
    )


def failed(visit: Session, error: BaseException, text: str = "") -> Any:
    """Say that something went wrong and that the rest is untouched.

    Parameters
    ----------
    visit : Session
        The visitor.
    error : BaseException
        What happened; its text is shown in English.
    text : str, optional
        What to do next; without it, to change the choice or to reload.

    Returns
    -------
    panel.pane.HTML
        The notice.
    """
    _ = visit._
    advice = text or _("Change the choice or reload the page; what you chose is in the address.")
    detail = str(error) or type(error).__name__
    return notice("error", _("That did not work. Nothing was lost."), advice, detail=detail)


def attempt(visit: Session, build: Callable[[], Any]) -> Any:
    """Build the content of a page, or say in its place why that failed.

    Parameters
    ----------
    visit : Session
        The visitor.
    build : callable
        Makes the content.

    Returns
    -------
    viewable
        The content, or a notice; the log then has the trace.
    """
    try:
        return build()
    except Exception as error:
        log.exception("A page failed: %s", error)
        return failed(visit, error)


def empty(visit: Session, title: str = "", text: str = "") -> Any:
    """Say that there is nothing to show for this choice.

    Parameters
    ----------
    visit : Session
        The visitor.
    title, text : str, optional
        What is missing and what to do next.

    Returns
    -------
    panel.pane.HTML
        The notice.
    """
    _ = visit._
    return notice(
        "empty",
        title or _("Nothing to show for this choice."),
        text or _("Widen the dates, the magnitudes or the region."),
    )


def loading(visit: Session, title: str = "") -> Any:
    """Say that something is being prepared.

    Parameters
    ----------
    visit : Session
        The visitor.
    title : str, optional
        What is being prepared.

    Returns
    -------
    panel.pane.HTML
        The notice.
    """
    return notice("loading", title or visit._("The data are being prepared."))


def stale(visit: Session, since: Any, text: str = "") -> Any:
    """Say that data are old because newer ones could not be had.

    Parameters
    ----------
    visit : Session
        The visitor.
    since : datetime-like
        Moment of the data, UTC.
    text : str, optional
        What to do next.

    Returns
    -------
    panel.pane.HTML
        The notice.
    """
    _ = visit._
    moment = format_time(since, visit.language, "short")
    return notice(
        "stale",
        _("These data are from {moment} UTC.").format(moment=moment),
        text or _("Newer ones could not be had; they are asked for again on the next visit."),
    )


class Message:
    """One place of a panel that says what there is to say, or is not there."""

    def __init__(self, visit: Any):
        self.visit = visit
        self.pane = notice("info", "", visible=False)
        self.kind = ""

    def _show(self, kind: str, made: Any) -> None:
        self.kind = kind
        self.pane.param.update(object=made.object, visible=True)

    def hide(self) -> None:
        """Say nothing."""
        self.kind = ""
        self.pane.visible = False

    def empty(self, title: str = "", text: str = "") -> None:
        """Say that there is nothing to show, and what to do."""
        self._show("empty", empty(self.visit, title, text))

    def loading(self, title: str = "") -> None:
        """Say that something is being made."""
        self._show("loading", loading(self.visit, title))

    def failed(self, error: BaseException, text: str = "") -> None:
        """Say what went wrong."""
        self._show("error", failed(self.visit, error, text))

    def say(self, kind: Any, title: str, text: str = "", detail: str = "") -> None:
        """Say anything of a kind that `apps.views.notices` knows."""
        self._show(kind, notice(kind, title, text, detail=detail))
