"""The list of all sources: a map of where, a bar of when for each, and the state of its copy."""

from __future__ import annotations

from html import escape
from typing import Any

import pandas as pd

from analysis.language import format_number
from apps.views.sizes import size_text
from apps.views.sources.listing import Row
from apps.views.sources.state import SourcesState
from apps.views.sources.timeline import Axis, bar, scale
from apps.views.sources.words import (
    GLOBE,
    cadence_text,
    copy_names,
    day_text,
    kind_names,
    period_text,
    place_text,
    provider_text,
    width,
)
from apps.views.sources.worldmap import world_map
from apps.views.visitor import Session


def today() -> str:
    """Return the present day, UTC."""
    return f"{pd.Timestamp.now('UTC'):%Y-%m-%d}"


def map_html(visit: Session, rows: list[Row], state: SourcesState) -> str:
    """Draw where the listed sources have data, and say it."""
    _, language = visit._, visit.language
    chosen = next((row for row in rows if row.name == state.source), None)
    label = _("Map of the world with the areas of the listed sources.")
    where = ""
    if chosen is not None:
        where = f"{chosen.title(language)}: {place_text(visit, chosen.entry.coverage)}"
        label = f"{label} {where}."
    globe = [
        row for row in rows if width(row.entry.coverage.west, row.entry.coverage.east) >= GLOBE
    ]
    text = _("{count} of {total} listed sources go round the globe and are not drawn.").format(
        count=format_number(len(globe), language, 0), total=format_number(len(rows), language, 0)
    )
    boxes = [(row.name, row.entry.coverage, row.entry.simulated) for row in rows]
    picked = f'<span><i class="qs-key chosen"></i>{escape(where)}</span>' if where else ""
    drawn = world_map(label, boxes, state.source, state.region)
    return (
        f'<div class="qs-map">{drawn}<div class="qs-under">{picked}'
        f'<span><i class="qs-key"></i>{escape(_("area of one source: press it"))}</span>'
        f"<span>{escape(text)}</span></div></div>"
    )


def list_html(visit: Session, rows: list[Row], total: int, state: SourcesState) -> str:
    """Write the list with a bar of time for each source."""
    _, language, now = visit._, visit.language, today()
    caption = _("{count} of {total} sources").format(
        count=format_number(len(rows), language, 0), total=format_number(total, language, 0)
    )
    axis = Axis.over([row.entry.coverage for row in rows], now)
    kinds, copies = kind_names(visit), copy_names(visit)
    heads = (
        f'<th scope="col">{escape(_("Source"))}</th>'
        f'<th scope="col">{escape(_("Period"))}{scale(axis)}</th>'
        f'<th scope="col">{escape(_("Local copy"))}</th>'
    )
    legend = "".join(
        f'<span><i class="{style}"></i>{escape(text)}</span>'
        for style, text in (
            ("", _("observed")),
            ("made", _("simulated")),
            ("newest", _("newest date of the copy here")),
        )
    )
    body = "".join(_line(visit, row, state, axis, (kinds, copies, now)) for row in rows)
    return (
        f'<div class="qs-list"><table><caption aria-live="polite">{escape(caption)}'
        f"</caption>"
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
        f'<div class="qs-bars">{legend}</div></div>'
    )


def _line(visit: Session, row: Row, state: SourcesState, axis: Axis, words: Any) -> str:
    _, language, item, have = visit._, visit.language, row.entry, row.holding
    kinds, copies, now = words
    mark = f' <span class="made">{escape(_("simulated"))}</span>' if item.simulated else ""
    about = [kinds[item.kind], cadence_text(visit, item.cadence)]
    about.append(provider_text(visit, item.provider))
    if item.access == "account" or item.account:
        about.append(_("needs an account"))
    if row.own:
        about.append(_("your file"))
    chosen = row.name == state.source
    line = " · ".join(escape(part) for part in about if part and part != "–")
    copy = copies[have.extent]
    more = [size_text(have.size, language)] if have.size else []
    more += [_("to {day}").format(day=day_text(have.newest, language))] if have.newest else []
    more += [_("cube")] if have.cube else []
    detail = f'<span class="about">{escape(" · ".join(more))}</span>' if more else ""
    period = period_text(visit, item)
    return (
        f'<tr{" class=chosen" if chosen else ""}><th scope="row">'
        f'<button type="button" class="name" data-key="source:{escape(row.name)}" '
        f'aria-expanded="{"true" if chosen else "false"}">{escape(row.title(language))}</button>'
        f'{mark}<span class="about">{line}</span></th>'
        f"<td>{bar(axis, item, now, period, have.newest)}"
        f'<span class="about">{escape(period)}</span></td>'
        f'<td><span class="have {have.extent}">{escape(copy)}</span>{detail}</td></tr>'
    )
