"""The first look of the forecast page: scores of an earlier visit, seen before any script is there.

A page that shows a finished run keeps its cards here, in all languages. The next visitor with the
same choices gets them as plain HTML ahead of the page, where the page will have them; when the
page's own cards are painted, the first look is taken away. Both are written by one function.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from analysis.language import LANGUAGES, translator
from apps.views import earlyhead
from apps.views.address import arguments
from apps.views.bar import STYLE as BAR
from apps.views.bar import link, links
from apps.views.forecast.cards import STYLE as CARDS
from apps.views.forecast.cards import cards_html
from apps.views.forecast.known import KNOWN, known_html
from apps.views.forecast.selection import ForecastSelection
from apps.views.forecast.state import FIELDS, ForecastState
from apps.views.styles import STYLE as EXPLORER
from apps.views.theme import LOGO
from apps.views.visitor import Session

MOST = 64
"""Choices whose cards are kept, those asked for last."""

CHOSEN = (*ForecastState.SETTINGS, "model", "baseline", "within", "threshold")
"""What the cards depend on."""

NAMES = tuple(name for name, (parameter, _r, _w) in FIELDS.items() if parameter in CHOSEN)

STYLE = """
:host { position: fixed; inset: 0; z-index: 1300; display: block; background: var(--qc-page);
  color: var(--qc-text); font: 16px/1.42857 var(--qc-font); letter-spacing: .00938em; }
header { position: absolute; z-index: 1; inset: 0 0 auto; height: 56px; padding: 4px 12px 4px 52px;
  background: var(--qc-bar); }
aside { position: absolute; inset: 56px auto 0 0; width: 319px;
  background: var(--qc-surface); border-right: 1px solid var(--qc-line); }
main { position: absolute; inset: 56px 0 0 320px; overflow: hidden auto; }
.qp-both { display: flex; flex-wrap: wrap; gap: 6px; }
.qp-left { flex: 3 1 520px; min-width: min(100%, 320px); box-sizing: border-box; }
.qp-map { height: 440px; display: flex; align-items: center; justify-content: center;
  background: var(--qc-surface); color: var(--qc-muted); }
.qp-under { height: 171px; }
.qp-right { flex: 1 1 300px; min-width: min(100%, 280px); margin: 6px 10px; }
@media (max-width: 599.95px) {
  header { padding-left: 46px; }
  aside { display: none; }
  main { left: 0; }
}
"""
SCRIPT = """
(() => {
  const look = document.getElementById("qc-first"), begun = performance.now();
  const live = (root) => {
    for (const node of root.querySelectorAll("*")) {
      if (node.matches(".qp-cards, .qp-start") && node.getBoundingClientRect().height) return node;
      const found = node.shadowRoot && node !== look && live(node.shadowRoot);
      if (found) return found;
    }
    return null;
  };
  const leave = (node) => {
    const from = look.shadowRoot && look.shadowRoot.querySelector("main");
    for (let at = node; from && from.scrollTop && at; at = at.parentNode || at.host) {
      if (at.scrollHeight > at.clientHeight && /auto|scroll/.test(getComputedStyle(at).overflowY)) {
        at.scrollTop = from.scrollTop;
        break;
      }
      if (!at.parentNode && at.host) continue;
    }
    look.remove();
  };
  const wait = () => {
    const node = document.body && live(document);
    if (node) requestAnimationFrame(() => requestAnimationFrame(() => leave(node)));
    else if (performance.now() - begun > 20000) look.remove();
    else setTimeout(wait, 60);
  };
  setTimeout(wait, 60);
})();
"""


@dataclass(frozen=True)
class Look:
    """Cards of one choice.

    Attributes
    ----------
    card
        The model card of the run, and when it was written: another run has another.
    texts
        Language -> HTML of the cards.
    """

    card: tuple[Path, int]
    texts: dict[str, str]


_kept: OrderedDict[tuple[str, ...], Look] = OrderedDict()


def choice_of(state: ForecastState) -> tuple[str, ...]:
    """Return what the cards of a state depend on, as a link says it.

    Parameters
    ----------
    state
        What the visitor chose.

    Returns
    -------
    tuple of str
        Equal for choices with the same cards.

    Examples
    --------
    >>> choice_of(ForecastState(tab="curves")) == choice_of(ForecastState())
    True
    >>> choice_of(ForecastState(seed=1)) == choice_of(ForecastState())
    False
    """
    query = state.query()
    return tuple(f"{name}={query[name]}" for name in NAMES if name in query)


def keep_look(selection: ForecastSelection) -> None:
    """Keep the cards that a page shows, if they are of a finished run that is stored.

    Parameters
    ----------
    selection
        What the page shows.
    """
    run = selection.run
    if not selection.ready or not getattr(run, "finished", False):
        return
    card = _card(run.name)
    choice = choice_of(selection.state)
    known = _kept.get(choice)
    if card is None or (known is not None and known.card == card):
        return
    visitors = {name: Session(name, translator(name)) for name in LANGUAGES}
    texts = {name: cards_html(visit, selection) for name, visit in visitors.items()}
    _kept[choice] = Look(card, texts)
    while len(_kept) > MOST:
        _kept.popitem(last=False)


def first_look(request: Any, language: str) -> str:
    """Return the first look of a request; "" where nothing is known of its choices.

    Parameters
    ----------
    request : tornado.httputil.HTTPServerRequest
        Request for the page.
    language
        Of the page.

    Returns
    -------
    str
        HTML. Only the model card's time is asked of the disk: a run that was removed or trained
        anew is not shown.
    """
    state = ForecastState()
    if state.read_query(arguments(request.arguments)):
        return ""  # the page itself says what is wrong with the link
    choice = choice_of(state)
    found = _kept.get(choice)
    if found is None:
        return ""
    if _stamp(found.card[0]) != found.card[1]:
        del _kept[choice]
        return ""
    _kept.move_to_end(choice)
    return look_html(found.texts[language], language)


def look_html(cards: str, language: str) -> str:
    """Return the first look: bar, statement, cards, each where the page has it.

    Parameters
    ----------
    cards
        HTML of the cards.
    language
        Of the page.

    Returns
    -------
    str
        An element with a shadow root, which keeps its style to itself, and the script that takes
        it away.
    """
    visit = Session(language, translator(language))
    _ = visit._
    bar = (
        f'<div class="bar"><a class="brand" href="{escape(link(visit, "home"))}" '
        f'aria-label="Qazcube: {escape(_("Home"))}">{LOGO}<b>Qazcube</b></a>'
        f"{links(visit, 'forecast')}</div>"
    )
    wait = escape(_("The page is being prepared."))
    return (
        f'<div id="qc-first"><template shadowrootmode="open"><style>{BAR}{EXPLORER}{KNOWN}{CARDS}'
        f"{STYLE}</style><header>{bar}</header><aside></aside><main>{known_html(visit)}"
        f'<div class="qp-both"><div class="qp-left"><div class="qp-map">{wait}</div>'
        f'<div class="qp-under"></div></div><div class="qp-right">{cards}</div></div></main>'
        f"</template></div><script>{SCRIPT}</script>"
    )


def _card(name: str) -> tuple[Path, int] | None:
    from analysis.seismic.forecasting.store import CARD, run_folder

    path = run_folder(name) / CARD
    stamp = _stamp(path)
    return None if stamp is None else (path, stamp)


def _stamp(path: Path) -> int | None:
    """Return when a file was written, nanoseconds; None where there is none."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None


earlyhead.looks["forecast"] = first_look
