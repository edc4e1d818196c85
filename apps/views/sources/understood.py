"""What was understood of a file, in words, and the questions that it leaves open."""

from __future__ import annotations

from html import escape
from typing import Any

import panel as pn
import panel_material_ui as pmui

from analysis.language import MISSING, format_number
from analysis.sources.entries import Coverage
from apps.views.atlas import unit_text
from apps.views.clock import number
from apps.views.sources.words import day_text, kind_names, place_text
from apps.views.styles import styled

MOST_UNITS = 12
FIELD: dict[str, Any] = {"size": "small", "width": 230, "margin": (6, 6)}
COMMON = ("1", "m", "cm", "mm", "km", "degC", "K", "mm/day", "m/s", "W m-2", "%")


def coverage(box: list[float], start: str | None = None, end: str | None = None) -> Coverage:
    """Make a coverage of a box: west, south, east, north."""
    west, south, east, north = box
    return Coverage(west, south, east, north, start, end)


def understood_html(visit: Any, found: dict[str, Any], file: str) -> str:
    """Write what a file holds."""
    _, language = visit._, visit.language
    facts = [(_("File"), file), (_("Kind"), kind_names(visit)[found["kind"]])]
    if found["box"]:
        facts.append((_("Where"), place_text(visit, coverage(found["box"]))))
    if found["times"]:
        first, last, count = found["times"]
        days = f"{day_text(first, language)} – {day_text(last, language)}"
        steps = _("{count} times").format(count=format_number(count, language, 0))
        facts.append((_("When"), f"{days} ({steps})"))
    elif found["box"]:
        facts.append((_("When"), _("no times: it does not change")))
    if found["count"]:
        words = {
            "grid": _("{count} values"),
            "points": _("{count} rows"),
            "events": _("{count} rows"),
        }
        text = words.get(found["kind"], _("{count} shapes"))
        facts.append((_("Size"), text.format(count=format_number(found["count"], language, 0))))
    if found["dropped"]:
        text = _("{count} rows have no place and are left out")
        text = text.format(count=format_number(found["dropped"], language, 0))
        facts.append((_("Left out"), text))
    lines = "".join(f"<dt>{escape(a)}</dt><dd>{escape(str(b))}</dd>" for a, b in facts)
    return f"<dl>{lines}</dl>{_variables(visit, found)}"


def _variables(visit: Any, found: dict[str, Any]) -> str:
    _, language = visit._, visit.language
    rows = ""
    for one in found["variables"]:
        low, high = one.get("low"), one.get("high")
        span = MISSING if low is None else f"{number(low, language)} … {number(high, language)}"
        unit = (
            escape(unit_text(one["unit"], language) or one["unit"])
            or f"<em>{escape(_('not stated'))}</em>"
        )
        rows += f"<tr><th scope='row'>{escape(one['name'])}</th><td>{unit}</td><td>{span}</td></tr>"
    if not rows:
        return ""
    heads = (_("Variable"), _("Unit"), _("From – to"))
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    label = escape(_("Variables and units"))
    return (
        f'<h3>{label}</h3><div class="qs-scroll" tabindex="0" role="region" aria-label="{label}">'
        f'<table class="qs-plain"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    )


class Questions:
    """Widgets for what a file does not tell: columns, units, coordinate system.

    Parameters
    ----------
    visit
        The visitor.
    """

    def __init__(self, visit: Any):
        self.visit = visit
        self.panel = pn.Column(sizing_mode="stretch_width", margin=0)
        self._fields: list[tuple[dict[str, Any], Any]] = []

    def ask(self, found: dict[str, Any]) -> None:
        """Make a widget for each question."""
        _ = self.visit._
        self._fields = []
        parts: list[Any] = []
        groups = {"column": _("Which column is what"), "unit": _("Units"), "crs": _("Place")}
        for what, title in groups.items():
            some = [one for one in found["questions"] if one["what"] == what][:MOST_UNITS]
            if not some:
                continue
            self._fields += [(one, self._field(one)) for one in some]
            fields = [widget for one, widget in self._fields if one["what"] == what]
            parts += [
                pmui.Typography(title, variant="subtitle2", margin=(8, 6, 0, 6)),
                styled(f'<div class="qc-note">{escape(self._help(what))}</div>'),
                pn.FlexBox(*fields, margin=0),
            ]
        self.panel[:] = parts

    def _help(self, what: str) -> str:
        _ = self.visit._
        return {
            "column": _("Check what was found by the heads of the columns."),
            "unit": _("The file does not state them. Write 1 for a number without a unit."),
            "crs": _("The file does not state its coordinate system; for degrees it is EPSG:4326."),
        }[what]

    def _field(self, one: dict[str, Any]) -> Any:
        _ = self.visit._
        given = str(one["given"] or "")
        if one["what"] == "column":
            names = {
                "longitude": _("Longitude"),
                "latitude": _("Latitude"),
                "time": _("Time (may be missing)"),
            }
            options = {_("none"): "", **{head: head for head in one["options"]}}
            return pmui.Select(label=names[one["name"]], options=options, value=given, **FIELD)
        if one["what"] == "unit":
            label = _("Unit of {name}").format(name=one["name"])
            return pmui.TextInput(
                label=label, value=given, placeholder=", ".join(COMMON[:6]), **FIELD
            )
        return pmui.TextInput(
            label=_("Coordinate system"), value=given, placeholder="EPSG:32642", **FIELD
        )

    def answers(self) -> dict[str, Any]:
        """Return what was answered."""
        out: dict[str, Any] = {"units": {}, "columns": {}}
        for one, widget in self._fields:
            value = str(widget.value or "").strip()[:80]
            if one["what"] == "crs":
                out["crs"] = value
            elif one["what"] == "unit":
                if value:
                    out["units"][one["name"]] = value
            else:
                out["columns"][one["name"]] = value
        return out

    def open(self) -> bool:
        """Whether something that must be answered is not."""
        return any(one["needed"] and not str(w.value or "").strip() for one, w in self._fields)

    def watch(self, changed: Any) -> None:
        """Call when an answer changes."""
        for _one, widget in self._fields:
            widget.param.watch(changed, "value")
