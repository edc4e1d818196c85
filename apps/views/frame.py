"""The one frame of all pages: bar, drawer, context bar, status line, language, theme."""

from base64 import b64encode
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import panel as pn
import panel_material_ui as pmui

from analysis.language import LANGUAGE_NAMES
from apps.views.accessibility import template
from apps.views.dialogs import help_dialog, share_dialog
from apps.views.theme import LOGO, material, palette
from apps.views.visitor import Session, install, session

__all__ = ["Session", "frame", "html", "install", "link", "session"]

STYLE = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")
FIELD = """
.MuiInputBase-root { background: #0f4a5b; color: #fff; }
.MuiInputBase-input::placeholder { color: #d5e8ec; opacity: 1; }
.MuiInputLabel-root, .MuiInputLabel-root.Mui-focused, .MuiSvgIcon-root { color: #d5e8ec; }
.MuiOutlinedInput-notchedOutline { border-color: #ffffff80 !important; }
"""
"""Style of the place search in the bar, which is dark in both themes."""

PHONE = 900
"""Width in pixels below which links and language are in the drawer."""

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
    return [("home", _("Home")), ("explorer", _("Explorer"))]


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


def frame(  # noqa: PLR0913 - one named argument for each place of the frame
    visit: Session,
    *,
    page: str,
    title: str,
    main: Any,
    drawer: Any | None = None,
    context: Any | None = None,
    status: Any | None = None,
    search: Any | None = None,
    on_share: Callable[[], None] | None = None,
    actions: Sequence[Any] = (),
    skip: str = "",
) -> pmui.Page:
    """Put the parts of a page into the frame.

    Parameters
    ----------
    visit : Session
        The visitor.
    page : str
        Name of the page, as in its address.
    title : str
        Title in the visitor's language.
    main : viewable
        The map, or the content.
    drawer : viewable or sequence of viewables, optional
        What is shown: layers and filters. Shut at load on phones.
    context : viewable or sequence of viewables, optional
        Details and scores, on the right.
    status : viewable or str, optional
        Which data are shown, from when, and whether simulated.
    search : viewable, optional
        Place search, in the top bar.
    on_share : callable, optional
        What the share button does instead of showing the address, which
        holds the state already.
    actions : sequence of viewables, optional
        Further buttons of the top bar.
    skip : str, optional
        Text of the skip link, by default "Skip to the content".

    Returns
    -------
    panel_material_ui.Page
        The page; ``dark_theme`` and ``contextbar_open`` may be watched and set.
    """
    install(visit)
    palette(visit.theme)
    side = many(drawer)
    phone = html(
        f'<div class="menu">{links(visit, page)}<label>{escape(visit._("Language"))}'
        f"{language_select(visit)}</label></div>",
        stylesheets=[
            f":host{{display:none}}@media(max-width:{PHONE - 0.05}px){{:host{{display:block}}}}"
        ],
        sizing_mode="stretch_width",
    )
    view = pmui.Page(
        main=[body(main, status)],
        sidebar=[phone, *side],
        sidebar_open=bool(side),
        sidebar_variant="auto" if side else "temporary",
        sidebar_resizable=False,
        sidebar_width=320,
        contextbar=many(context),
        contextbar_width=340,
        header=header(visit, page, title, search, on_share, actions),
        title="",
        meta_title=f"{title} · Qazcube",
        meta_name="Qazcube",
        favicon=favicon(),
        dark_theme=visit.theme == "dark",
        theme_config=material(),
        theme_toggle=True,
        template=template(visit.language, visit.theme, chosen=visit.chosen, skip=skip),
        stylesheets=[page_style(bool(side))],
    )
    view.param.watch(lambda event: keep_theme(event.new), "dark_theme")
    return view


def body(main: Any, status: Any | None) -> Any:
    """Put the status line under the content.

    Parameters
    ----------
    main : viewable
        The content.
    status : viewable or str, optional
        The status line.

    Returns
    -------
    viewable
        The content alone, or a column that fills the height.
    """
    if status is None:
        return main
    line = (
        html(f'<div class="status">{escape(status)}</div>') if isinstance(status, str) else status
    )
    line.sizing_mode = "stretch_width"
    return pn.Column(main, line, sizing_mode="stretch_both", margin=0)


def many(parts: Any | None) -> list[Any]:
    """Make a list of one part, several or none.

    Parameters
    ----------
    parts : viewable, sequence of viewables or None
        The parts.

    Returns
    -------
    list
        The parts.

    Examples
    --------
    >>> many(None), many("one"), many(["one", "two"])
    ([], ['one'], ['one', 'two'])
    """
    if parts is None:
        return []
    return list(parts) if isinstance(parts, list | tuple) else [parts]


def page_style(has_drawer: bool) -> str:
    """Write the style sheet of the page itself.

    Parameters
    ----------
    has_drawer : bool
        Whether the drawer holds more than the links for phones.

    Returns
    -------
    str
        Rules for the bar and the drawer.
    """
    hide = (
        ""
        if has_drawer
        else f"@media(min-width:{PHONE}px){{.MuiIconButton-edgeStart{{display:none}}}}"
    )
    return (
        ".header{background:var(--qc-bar)!important;color:var(--qc-on-bar)!important;"
        "box-shadow:none!important;background-image:none!important}"
        ".main{background:var(--qc-page)!important}"
        ".MuiToolbar-root{min-height:56px!important;margin:0!important}"
        ".header .MuiToolbar-root{padding:0 12px}"
        ".header .MuiLinearProgress-root{position:absolute;bottom:0}"
        ".header .MuiIconButton-root:focus-visible{outline:3px solid #8edbe6}"
        f"@media(max-width:599.95px){{.header .MuiToolbar-root{{padding:0 6px}}}}{hide}"
    )


def keep_theme(dark: bool) -> None:
    """Write the theme into the address, so that a link restores it.

    Parameters
    ----------
    dark : bool
        Whether the dark theme was chosen.
    """
    if pn.state.location is not None:
        pn.state.location.update_query(theme="dark" if dark else "light")


def favicon() -> str:
    """Give the mark of the product as an address of its own.

    Returns
    -------
    str
        A data URL.

    Examples
    --------
    >>> favicon().startswith("data:image/svg+xml;base64,")
    True
    """
    return "data:image/svg+xml;base64," + b64encode(LOGO.encode()).decode()
