"""All that is known of one source, in words: what, where, when, terms, how to cite."""

from __future__ import annotations

from html import escape
from typing import Any
from urllib.parse import urlparse

from analysis.language import MISSING, format_number
from apps.views.atlas import unit_text
from apps.views.bar import link
from apps.views.credits import credit
from apps.views.sizes import size_text
from apps.views.sources.listing import Row, variable_names
from apps.views.sources.words import (
    access_names,
    cadence_text,
    copy_names,
    day_text,
    duration_text,
    kind_names,
    period_text,
    place_text,
    provider_text,
)
from apps.views.visitor import Session

ACCOUNTS = {
    "earthdata": "https://urs.earthdata.nasa.gov",
    "cdse": "https://dataspace.copernicus.eu",
    "cds": "https://cds.climate.copernicus.eu",
    "earthengine": "https://earthengine.google.com",
}
"""Where an account is made."""


def details(visit: Session, row: Row, shown_in_explorer: str = "") -> str:
    """Write all that is known of a source.

    Parameters
    ----------
    visit : Session
        The visitor.
    row : Row
        The source.
    shown_in_explorer : str, optional
        Address of the explorer that shows it; "" where it cannot be shown yet.

    Returns
    -------
    str
        HTML.
    """
    _, language, item = visit._, visit.language, row.entry
    mark = f' <span class="made">{escape(_("simulated"))}</span>' if item.simulated else ""
    about = item.description.get(language) or item.description.get("en") or ""
    title = row.title(language)
    text = f"<p>{escape(about)}</p>" if about and about != title else ""
    return (
        f'<section class="qs-details" aria-label="{escape(_("Details of the source"))}">'
        f'<h2 tabindex="-1">{escape(title)}</h2><code>{escape(item.name)}</code>{mark}{text}'
        f"{_buttons(visit, shown_in_explorer)}"
        f"{_facts(visit, row)}{_variables(visit, item)}{_citation(visit, item)}</section>"
    )


def explorer_address(visit: Session, row: Row) -> str:
    """Return the address of the explorer that shows a source; "" where it has no cube."""
    item = row.entry
    if item.kind == "grid" and row.holding.cube and item.units:
        return link(visit, "explorer", layer=f"{item.name}/{next(iter(item.units))}")
    if row.own or (item.kind == "points" and row.holding.extent != "nothing"):
        return link(visit, "explorer", tables=item.name)
    if item.kind == "events" and item.access == "packaged":
        return link(visit, "explorer", kinds="simulated" if item.simulated else "real")
    return ""


def _buttons(visit: Session, address: str) -> str:
    _ = visit._
    go = (
        f'<a class="action go" href="{escape(address)}">{escape(_("Open in the explorer"))} '
        '<span aria-hidden="true">→</span></a>'
        if address
        else ""
    )
    close = escape(_("Close the details of the source"))
    return (
        f'<div class="qs-row">{go}<button type="button" class="action" data-key="close" '
        f'title="{close}">{escape(_("Close"))}</button></div>'
    )


def _facts(visit: Session, row: Row) -> str:
    _, language, item, have = visit._, visit.language, row.entry, row.holding
    licence = credit(_, item.licence)
    state = copy_names(visit)[have.extent]
    if have.size:
        state += f", {size_text(have.size, language)}"
    if have.files:
        files = _("{count} files").format(count=format_number(have.files, language, 0))
        state += f", {files}"
    cube = _("ingested: ready for the map and for clicks") if have.cube else _("not ingested")
    facts: list[tuple[str, str]] = [
        (_("Kind"), escape(kind_names(visit)[item.kind])),
        (_("Where"), escape(place_text(visit, item.coverage))),
        (_("When"), escape(period_text(visit, item))),
        (_("Cadence"), escape(cadence_text(visit, item.cadence))),
        (_("Latency"), escape(duration_text(visit, item.latency) or item.latency)),
        (_("Resolution"), escape(_resolution(visit, item.resolution))),
        (_("Provider"), escape(provider_text(visit, item.provider))),
        (_("Licence"), escape(licence) + _private(visit, item)),
        (_("Access"), _access(visit, item)),
        (_("Home page"), _homepage(item.homepage or item.origin)),
        (_("Local copy"), escape(state)),
        (_("Newest date here"), escape(day_text(have.newest, language)) if have.newest else ""),
        (_("Cube"), escape(cube) if item.kind == "grid" else ""),
    ]
    cells = "".join(f"<dt>{escape(name)}</dt><dd>{value}</dd>" for name, value in facts if value)
    return f"<dl>{cells}</dl>"


def _private(visit: Session, item: Any) -> str:
    text = visit._("its licence keeps it off public pages")
    return "" if item.public else f" ({escape(text)})"


def _resolution(visit: Session, degrees: float | None) -> str:
    if not degrees:
        return ""
    _, language = visit._, visit.language
    metres = degrees * 111_195.0
    size = (
        f"{format_number(metres / 1000, language, 0 if metres > 1e4 else 1)} {_('km')}"
        if metres >= 1000
        else f"{format_number(metres, language, 0)} {_('m')}"
    )
    return f"{format_number(degrees, language, None if degrees >= 0.01 else 5)}° ≈ {size}"


def _access(visit: Session, item: Any) -> str:
    text = escape(access_names(visit)[item.access])
    if not item.account:
        return text
    address = ACCOUNTS.get(item.account, "")
    name = escape(item.account)
    return f"{text}: " + (_homepage(address, name) if address else name)


def _homepage(address: str, name: str = "") -> str:
    """Write a link where the address is one of the web; else the words as they are.

    >>> _homepage("javascript:alert(1)")
    'javascript:alert(1)'
    """
    found = urlparse(address)
    if found.scheme not in ("http", "https"):
        return escape(name or address)
    label = escape(name or found.netloc)
    return f'<a href="{escape(address)}" target="_blank" rel="noopener noreferrer">{label}</a>'


def _unit(units: str, language: str) -> str:
    """Write a unit; the dash where none is stated, 1 for a plain number.

    >>> _unit("W m-2", "kk"), _unit("1", "en"), _unit("", "ru")
    ('Вт/м²', '1', '–')
    """
    return unit_text(units, language) or units or MISSING


def _variables(visit: Session, item: Any) -> str:
    names = variable_names(item, visit.language)
    if not names:
        return ""
    lines = "".join(
        f"<li>{escape(words)} (<code>{escape(name)}</code>), "
        f"{escape(_unit(unit, visit.language))}</li>"
        for name, words, unit in names
    )
    return f"<h3>{escape(visit._('Variables and units'))}</h3><ul>{lines}</ul>"


def _citation(visit: Session, item: Any) -> str:
    _ = visit._
    if item.citation in ("", "not stated"):
        return ""
    label = escape(_("How to cite"))
    return (
        f'<h3>{label}</h3><div class="qs-cite"><textarea readonly rows="3" aria-label="{label}">'
        f"{escape(item.citation)}</textarea>"
        f'<button type="button" class="action" data-copy>{escape(_("Copy"))}</button></div>'
    )
