"""The top bar of the frame: product, pages, place search, language, share, help."""

from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import panel as pn
import panel_material_ui as pmui

from analysis.language import LANGUAGE_NAMES
from apps.views.dialogs import help_dialog, share_dialog
from apps.views.theme import LOGO
from apps.views.visitor import Session

STYLE = Path(__file__).with_name("frame.css").read_text(encoding="utf-8")
FIELD = """
.MuiInputBase-root { background: #0f4a5b; color: #fff; }
.MuiInputBase-input::placeholder { color: #d5e8ec !important; opacity: 1 !important; }
.MuiInputLabel-root, .MuiInputLabel-root.Mui-focused, .MuiSvgIcon-root { color: #d5e8ec; }
.MuiOutlinedInput-notchedOutline { border-color: #ffffff80 !important; }
"""
"""Style of the place search in the bar, which is dark in both themes."""

ICONS = {
    "share": "M18 16a3 3 0 0 0-2 .8l-7.1-4.1a3 3 0 0 0 0-1.4L16 7.2a3 3 0 1 0-1-2.2c0 .2 0 "
    ".5.1.7L8 9.8a3 3 0 1 0 0 4.4l7.1 4.2-.1.6a3 3 0 1 0 3-3z",
    "help": "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm1 17h-2v-2h2zm2.1-7.7-.9.9c-.8.7-1.2 "
    "1.3-1.2 2.8h-2v-.5c0-1.1.4-2.1 1.2-2.8l1.2-1.3a2 2 0 1 0-3.4-1.4H8a4 4 0 1 1 7.1 2.3z",
}


def addresses(visit: Session) -> list[tuple[str, str]]:
    """List the pages of the product.

    Parameters
    ----------
    visit : Session
        The visitor.

    Returns
    -------
    list of (str, str)
        Address relative to any page, and name in the visitor's language.
    """
    _ = visit._
    return [
        ("home", _("Home")),
        ("explorer", _("Explorer")),
        ("earthquakes", _("Earthquakes")),
        ("forecast", _("Forecasts")),
        ("fields", _("Fields")),
        ("landcover", _("Land cover")),
        ("sources", _("Sources")),
    ]


def link(visit: Session, page: str, **query: str) -> str:
    """Write a link to a page that keeps the language.

    Parameters
    ----------
    visit : Session
        The visitor.
    page : str
        Name of the page.
    **query : str
        Further arguments of the address.

    Returns
    -------
    str
        A relative address, right behind any prefix.

    Examples
    --------
    >>> link(Session("kk", str), "explorer", region="japan")
    './explorer?region=japan&lang=kk'
    """
    return f"./{page}?{urlencode(query | {'lang': visit.language})}"


def links(visit: Session, page: str) -> str:
    """Write the links to the pages and mark the present one.

    Parameters
    ----------
    visit : Session
        The visitor.
    page : str
        Name of the present page.

    Returns
    -------
    str
        HTML of a ``nav`` element.
    """
    current = ' aria-current="page"'
    inner = "".join(
        f'<a href="{escape(link(visit, address))}"'
        f"{current if address == page else ''}>{escape(name)}</a>"
        for address, name in addresses(visit)
    )
    return f'<nav aria-label="{escape(visit._("Pages"))}">{inner}</nav>'


def language_select(visit: Session) -> str:
    """Write the choice of the language.

    Parameters
    ----------
    visit : Session
        The visitor.

    Returns
    -------
    str
        HTML of a ``select`` element; a choice loads the same address anew.
    """
    options = "".join(
        f'<option value="{code}" lang="{code}"{" selected" if code == visit.language else ""}>'
        f"{name}</option>"
        for code, name in LANGUAGE_NAMES.items()
    )
    return (
        f'<select aria-label="{escape(visit._("Language"))}" '
        f'onchange="qazcube.language(this.value)">{options}</select>'
    )


def tool(name: str, icon: str) -> str:
    """Write a round button of the bar that opens a dialog.

    Parameters
    ----------
    name : str
        Name of the button in the visitor's language.
    icon : str
        Key of `ICONS`, and name of the dialog.

    Returns
    -------
    str
        HTML of a ``button`` element.
    """
    return (
        f'<button type="button" class="tool" aria-label="{escape(name)}" title="{escape(name)}" '
        f"onclick=\"qazcube.open(this, '{icon}')\"><svg viewBox='0 0 24 24' aria-hidden='true'>"
        f"<path d='{ICONS[icon]}'/></svg></button>"
    )


def html(text: str, **options: Any) -> pn.pane.HTML:
    """Make a pane of our own HTML in the style of the frame.

    Parameters
    ----------
    text : str
        HTML; texts from outside must be escaped.
    **options
        Further options of the pane.

    Returns
    -------
    panel.pane.HTML
        The pane.
    """
    sheets = [STYLE, *options.pop("stylesheets", [])]
    return pn.pane.HTML(text, stylesheets=sheets, margin=options.pop("margin", 0), **options)


def header(
    visit: Session,
    page: str,
    title: str,
    search: Any | None,
    on_share: Callable[[], None] | None,
    actions: Sequence[Any],
) -> list[Any]:
    """Fill the top bar.

    Parameters
    ----------
    visit : Session
        The visitor.
    page, title : str
        Name and title of the page.
    search : viewable, optional
        Place search of the page.
    on_share : callable, optional
        What the share button does instead of showing the address.
    actions : sequence of viewables
        Further buttons of the page.

    Returns
    -------
    list
        Product and pages, search, and the tools.
    """
    _ = visit._
    heading = "" if page == "home" else f'<h1 class="qc-hidden">{escape(title)}</h1>'
    left = (
        f'<div class="bar"><a class="brand" href="{escape(link(visit, "home"))}" '
        f'aria-label="Qazcube: {escape(_("Home"))}">{LOGO}<b>Qazcube</b></a>'
        f"{links(visit, page)}{heading}</div>"
    )
    share = tool(_("Share"), "share") if on_share is None else ""
    right = (
        f'<div class="bar">{language_select(visit)}{share}{tool(_("Help"), "help")}</div>'
        f"{share_dialog(_) if share else ''}{help_dialog(_)}"
    )
    if search is not None:
        search.stylesheets = [*search.stylesheets, FIELD]
    middle = search if search is not None else pn.Spacer(height=1)
    space = pn.Row(middle, sizing_mode="stretch_width", margin=(0, 8), align="center")
    parts: list[Any] = [html(left, align="center"), space, *actions]
    if on_share is not None:
        button = pmui.IconButton(icon="share", description=_("Share"), color="light", margin=0)
        button.on_click(lambda _event: on_share())
        parts.append(button)
    return [*parts, html(right, align="center")]
