"""What the parts of a share link may be, in the visitor's language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import panel as pn

from apps.views import state

SHOWN = 3
"""Parts that are told one by one."""


def allowed(session: Any, key: str) -> str:
    """Say what a part of a share link may be.

    Parameters
    ----------
    session : Session
        The visitor.
    key : str
        Name of the part, one of ``apps.views.state.FIELDS`` or "region".

    Returns
    -------
    str
        A short phrase; empty for an unknown name.

    Examples
    --------
    >>> from apps.views.visitor import Session
    >>> allowed(Session("en", str), "radius")
    'a number of kilometres from 10 to 2000'
    """
    _ = session._
    corner = _("west,south,east,north in degrees")
    choice = _("one of {names}")
    some = _("any of {names}")
    day = _("a date such as 2010-06-15")
    pair = _("two numbers, the smaller one first")
    place = _("the name of a region from the list")
    forms = {
        "layer": _("the name of a layer from the list"),
        "time": day,
        "view": corner,
        "style": choice.format(names=", ".join(state.STYLES)),
        "as": choice.format(names=", ".join(state.STATISTICS)),
        "base": _("two years such as 1991,2020"),
        "colours": _("the name of a colour map from the list"),
        "range": pair,
        "projection": choice.format(names=", ".join(state.PROJECTIONS)),
        "show": some.format(names=", ".join(state.OVERLAYS)),
        "tables": _("names of tables of points that are here, with commas"),
        "picture": _("the name of a satellite picture from the list"),
        "points": _("at most {count} pairs longitude,latitude with ; between them").format(
            count=state.MAX_POINTS
        ),
        "area": _("an area from the list, or a polygon"),
        "dates": _("two dates such as 2010-06-15, the earlier one first"),
        "magnitude": pair,
        "depth": pair,
        "within": place,
        "region": place,
        "kinds": some.format(names=", ".join(state.KINDS)),
        "sources": _("names of sources from the list"),
        "radius": _("a number of kilometres from 10 to 2000"),
        "clock": choice.format(names=", ".join(state.CLOCKS)),
        "dock": choice.format(names=", ".join(state.DOCKS)),
    }
    return forms.get(key, "")


def told(session: Any, problems: Iterable[str]) -> str:
    """Write what the visitor is told about the parts of a link that were refused.

    Parameters
    ----------
    session : Session
        The visitor.
    problems : iterable of str
        As ``key=text: reason``, from `ViewState.read_query`; the reasons are for the log.

    Returns
    -------
    str
        Plain text; empty where there is no problem.
    """
    _ = session._
    parts = []
    for problem in problems:
        key, _equals, reason = problem.partition("=")
        text = reason.partition(": ")[0]
        short = text if len(text) <= 24 else f"{text[:24]}…"
        form = allowed(session, key)
        parts.append(f"{key}={short}" + (f" ({form})" if form else ""))
    if not parts:
        return ""
    left = len(parts) - SHOWN
    more = [_("… and {count} more").format(count=left)] if left > 0 else []
    return f"{_head(session)} {'; '.join([*parts[:SHOWN], *more])}"


def warn(session: Any, problems: Sequence[str], most: int = SHOWN) -> None:
    """Tell the visitor which parts of a link were refused, and why; nothing where none was.

    Parameters
    ----------
    session : Session
        The visitor.
    problems : sequence of str
        As ``key=text: reason``.
    most : int
        How many of them are told.
    """
    if problems and pn.state.notifications is not None:
        details = "; ".join(item[:160] for item in problems[:most])
        pn.state.notifications.warning(f"{_head(session)} {details}", duration=0)


def _head(session: Any) -> str:
    _ = session._
    return str(_("Parts of the link could not be used; the defaults are shown instead."))
