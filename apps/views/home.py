"""The parts of the home page, as HTML in the visitor's language."""

import logging
from base64 import b64encode
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Any

import panel as pn

from analysis.language import MISSING, format_date, format_number
from analysis.sources import entry, list_sources
from analysis.sources.regions import REGIONS
from apps.views.bar import link
from apps.views.credits import credit
from apps.views.preview import STRONG, preview
from apps.views.visitor import Session

log = logging.getLogger(__name__)

STYLE = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")
KINDS = ("grid", "events", "points", "lines", "polygons", "table")
"""Kinds of sources in the order of the list."""


def home(visit: Session) -> pn.pane.HTML:
    """Compose the home page.

    Parameters
    ----------
    visit : Session
        The visitor.

    Returns
    -------
    panel.pane.HTML
        The whole content under the bar.
    """
    parts = (hero, systems, regions, known, sources, footer)
    text = "".join(part(visit) for part in parts)
    return pn.pane.HTML(
        f'<div class="home">{text}</div>',
        stylesheets=[STYLE],
        sizing_mode="stretch_width",
        margin=0,
    )


def hero(visit: Session) -> str:
    """Write what Qazcube is, and the entrance to the explorer.

    Parameters
    ----------
    visit : Session
        The visitor.

    Returns
    -------
    str
        HTML.
    """
    _ = visit._
    address = escape(link(visit, "explorer"))
    further = "".join(
        f'<a class="also" href="{escape(link(visit, page))}">{escape(name)} '
        f'<span aria-hidden="true">→</span></a>'
        for page, name in (
            ("earthquakes", _("Earthquakes")),
            ("forecast", _("Forecasts")),
            ("fields", _("Fields")),
            ("landcover", _("Land cover")),
            ("sources", _("Sources")),
        )
    )
    about = _(
        "Qazcube opens large grids of the Earth in the browser: gravity, temperature, ionosphere, "
        "deformation, vegetation, wind and sea. Click a place and read its whole history, with the "
        "earthquakes around it."
    )
    return (
        f'<section class="hero"><div><h1>{escape(_("The Earth, cell by cell, through time"))}</h1>'
        f'<p class="lede">{escape(about)}</p>'
        f'<a class="go" href="{address}">{escape(_("Open the explorer"))} '
        f'<span aria-hidden="true">→</span></a>'
        f'<div class="further">{further}</div></div>{picture(visit, address)}</section>'
    )


def picture(visit: Session, address: str) -> str:
    """Write the picture that leads to the explorer.

    Parameters
    ----------
    visit : Session
        The visitor.
    address : str
        Address of the explorer, escaped.

    Returns
    -------
    str
        HTML; empty where the sources of the picture are not at hand, which
        the log then says.
    """
    _ = visit._
    try:
        shown = preview()
    except (ValueError, OSError) as error:
        log.warning("The picture of the home page cannot be drawn: %s", error)
        return ""
    caption = _("Relief and {count} earthquakes of magnitude {least} and more, {first}–{last}")
    text = caption.format(
        count=format_number(shown.events, visit.language, 0),
        least=format_number(STRONG, visit.language, 0),
        first=shown.first.year,
        last=shown.last.year,
    )
    code = b64encode(shown.data).decode()
    return (
        f'<a class="world" href="{address}"><img alt="" width="1200" height="560" '
        f'src="data:image/webp;base64,{code}">'
        f"<span>{escape(text)} · {escape(_('real data: GCMT, ETOPO5'))}</span></a>"
    )


def systems(visit: Session) -> str:
    """Write what the two systems do now and what comes next.

    Parameters
    ----------
    visit : Session
        The visitor.

    Returns
    -------
    str
        HTML.
    """
    _ = visit._
    seismic = card(
        visit,
        "SeismoSat+",
        _("Satellite data and earthquakes, for lessons and for research of one's own region."),
        (
            _("one world map of earthquakes, plate boundaries and gridded variables"),
            _("the history of any point: gravity, temperature, ionosphere, deformation"),
            _("earthquakes around it: number, largest magnitude, energy of every month"),
            _("features of every cell, models compared with their baselines"),
            _("forecast zones for teaching, with their uncertainty"),
        ),
        (_("a course of 72 hours"),),
    )
    agrarian = card(
        visit,
        _("Agrarian SDI 2.0"),
        _("Spatial data for agriculture and rural policy in Kazakhstan."),
        (
            _("vegetation of northern Kazakhstan through the seasons"),
            _("oblasts, and demonstration districts and farms"),
            _("mean and spread of any variable over an area, through time"),
            _("land-cover maps with an honest error of their areas"),
        ),
        (
            _("integral assessment of policy by district and oblast"),
            _("a geoportal with open services"),
        ),
    )
    return f'<h2>{escape(_("Two systems"))}</h2><div class="cards">{seismic}{agrarian}</div>'


def card(visit: Session, title: str, about: str, now: Iterable[str], later: Iterable[str]) -> str:
    """Write the card of one system.

    Parameters
    ----------
    visit : Session
        The visitor.
    title, about : str
        Name of the system and a sentence on it.
    now, later : iterable of str
        What there is, and what comes next.

    Returns
    -------
    str
        HTML.
    """
    _ = visit._

    def items(texts: Iterable[str]) -> str:
        return "".join(f"<li>{escape(text)}</li>" for text in texts)

    return (
        f'<section class="card"><h3>{escape(title)}</h3><p>{escape(about)}</p>'
        f"<h4>{escape(_('Available now'))}</h4><ul>{items(now)}</ul>"
        f"<h4>{escape(_('Being built'))}</h4><ul>{items(later)}</ul></section>"
    )


def regions(visit: Session) -> str:
    """Write the regions that open the explorer there.

    Parameters
    ----------
    visit : Session
        The visitor.

    Returns
    -------
    str
        HTML.
    """
    items = "".join(
        f'<li><a href="{escape(link(visit, "explorer", region=key))}">'
        f"{escape(region.names[visit.language])}</a></li>"
        for key, region in REGIONS.items()
    )
    title = escape(visit._("Start in a region"))
    return (
        f'<h2 id="regions">{title}</h2><ul class="regions" aria-labelledby="regions">{items}</ul>'
    )


def known(visit: Session) -> str:
    """Write plainly what science can and cannot do.

    Parameters
    ----------
    visit : Session
        The visitor.

    Returns
    -------
    str
        HTML.
    """
    _ = visit._
    first = _(
        "Short-term earthquake prediction is an unsolved problem: nobody can say reliably when and "
        "where the next strong earthquake will be, and no satellite precursor is accepted as "
        "reliable."
    )
    second = _(
        "Qazcube is made for teaching and research and gives no warnings. Its forecasts are shown "
        "beside simple baselines, so that everybody sees what they add. In danger follow the "
        "official services."
    )
    return (
        f'<section class="known"><h2>{escape(_("What is known and what is not"))}</h2>'
        f"<p>{escape(first)}</p><p>{escape(second)}</p></section>"
    )


def sources(visit: Session) -> str:
    """Write the list of data at hand.

    Parameters
    ----------
    visit : Session
        The visitor.

    Returns
    -------
    str
        HTML.
    """
    _ = visit._
    entries = [entry(name) for name in list_sources().index]
    shown = [item for item in entries if item.access in ("packaged", "user")]
    shown.sort(key=lambda item: (KINDS.index(item.kind), item.simulated, item.name))
    names = (_("Source"), _("Data type"), _("Period"), _("Licence"))
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    rows = "".join(row(visit, item, names) for item in shown)
    return (
        f'<h2 id="data">{escape(_("Data at hand, without a network"))}</h2>'
        f'<div class="sheet"><table aria-labelledby="data"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def row(visit: Session, item: Any, names: tuple[str, ...]) -> str:
    """Write one source.

    Parameters
    ----------
    visit : Session
        The visitor.
    item : analysis.sources.Entry
        The source.
    names : tuple of str
        Names of the columns.

    Returns
    -------
    str
        HTML of a row.
    """
    _ = visit._
    mark = (
        f'<span class="mark simulated">{escape(_("simulated"))}</span>'
        if item.simulated
        else f'<span class="mark real">{escape(_("real"))}</span>'
    )
    licence = credit(_, item.licence)
    title = item.title.get(visit.language) or item.title.get("en") or item.name
    cells = (mark, escape(period(visit, item)), escape(licence))
    inner = "".join(
        f'<td data-name="{escape(name)}">{cell}</td>'
        for name, cell in zip(names[1:], cells, strict=True)
    )
    return f'<tr><th scope="row">{escape(title)}</th>{inner}</tr>'


def period(visit: Session, item: Any) -> str:
    """Write from when to when a source has data.

    Parameters
    ----------
    visit : Session
        The visitor.
    item : analysis.sources.Entry
        The source.

    Returns
    -------
    str
        Two months, or that the source does not change; a dash where the
        catalogue does not say.
    """
    start, end = item.coverage[4:6]
    if not start:
        return visit._("does not change") if item.cadence == "static" else MISSING
    pattern = "y MMM" if visit.language == "kk" else "LLL y"
    return " – ".join(format_date(moment, visit.language, pattern) for moment in (start, end))


def footer(visit: Session) -> str:
    """Write what the sources and the product are licensed under.

    Parameters
    ----------
    visit : Session
        The visitor.

    Returns
    -------
    str
        HTML.
    """
    text = visit._("Qazcube is free software (BSD-3). Each source keeps its own licence.")
    return f"<footer>{escape(text)}</footer>"
