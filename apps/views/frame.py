"""The one frame of all pages: bar, drawer, context bar, status line, language, theme."""

from base64 import b64encode
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import panel as pn
import panel_material_ui as pmui
from panel.util import edit_readonly

from apps.views.accessibility import template
from apps.views.bar import header, html, language_select, link, links
from apps.views.theme import LOGO, material, palette
from apps.views.visitor import Session, install, session

__all__ = ["Session", "frame", "html", "install", "link", "session"]

NARROW = 1240
"""Width in pixels below which links and language are in the drawer."""


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
            f":host{{display:none}}@media(max-width:{NARROW - 0.05}px){{:host{{display:block}}}}"
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
        busy_indicator=None,
        template=template(
            visit.language, visit.theme, chosen=visit.chosen, themed=visit.themed, skip=skip
        ),
        stylesheets=[page_style(bool(side))],
    )
    still(view)
    return view


def still(view: pmui.Page) -> None:
    """Stop a page from following whether the server is busy.

    Every callback would walk all models of the page, twice; and the state of
    the server, which follows no session's end, would keep each page for ever
    (panel-material-ui 0.16.6).

    Parameters
    ----------
    view : panel_material_ui.Page
        The page.
    """
    with edit_readonly(view):
        view.busy = False
    for watcher in list(pn.state.param.watchers.get("busy", {}).get("value", [])):
        follower = getattr(watcher.fn, "__self__", None)  # the parameters of a page
        if getattr(follower, "self", None) is view:
            pn.state.param.unwatch(watcher)


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
        else f"@media(min-width:{NARROW}px){{.MuiIconButton-edgeStart{{display:none!important}}}}"
    )
    return (
        ".header{background:var(--qc-bar)!important;color:var(--qc-on-bar)!important;"
        "box-shadow:none!important;background-image:none!important}"
        ".main{background:var(--qc-page)!important}"
        ".MuiToolbar-root{min-height:56px!important;margin:0!important}"
        ".header .MuiToolbar-root{padding:0 12px}"
        ".header .MuiIconButton-edgeStart,.header .MuiIconButton-edgeEnd{margin:0!important}"
        ".sidebar>.MuiBox-root{padding-top:4px}.MuiDrawer-modal .MuiToolbar-root{display:none}"
        ".header .MuiLinearProgress-root{position:absolute;bottom:0}"
        ".header .MuiIconButton-root:focus-visible{outline:3px solid #8edbe6}"
        f"@media(max-width:599.95px){{.header .MuiToolbar-root{{padding:0 6px}}}}{hide}"
    )


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
