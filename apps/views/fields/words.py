"""Names, numbers and sentences of the fields page, and the colours of what the map shows."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from analysis.agrarian.drought import CLASSES
from analysis.language import MISSING, format_date, format_number
from apps.views.fields.selection import FieldSelection

BROWN_GREEN = (
    "#7a4a05", "#a8700f", "#cf9d3f", "#e8cf92", "#f3ead0",
    "#d9eeea", "#9ad5cb", "#4fada2", "#1c7f77", "#01564d",
)  # fmt: skip
"""From dry to green, ten steps that are told apart by colour-blind readers and in grey."""

GREENS = (
    "#f6f0c4", "#e6e49b", "#cddb7a", "#a9cc66", "#82ba58", "#5aa54e", "#358c46", "#1a703b",
    "#0a5530", "#033b24",
)  # fmt: skip
DROUGHT = ("#6b1d0b", "#b5451b", "#e0873a", "#f2c879", "#cfe3d6")
POINTS = ("#7b2e0d", "#d98a3d", "#e9e2c8", "#6fb59f", "#0f6b5c")
RAIN = ("#6b3a06", "#a8691c", "#dcb26b", "#ece8dc", "#9cc7d6", "#4a8fb3", "#16567e")
UNKNOWN = "#9aa5a9"


@dataclass(frozen=True)
class Scale:
    """Limits and colours of a quantity; values beyond the ends take the last colour."""

    low: float
    high: float
    colours: tuple[str, ...]
    limits: tuple[float, ...] = ()

    def colour(self, values: Any) -> list[str]:
        """Return a colour for each value.

        >>> Scale(0.0, 10.0, ("#000000", "#ffffff")).colour([1.0, 9.0, np.nan])
        ['#000000', '#ffffff', '#9aa5a9']
        """
        array = np.asarray(values, float)
        if self.limits:
            place = np.searchsorted(np.array(self.limits), array, side="right")
        else:
            share = (array - self.low) / (self.high - self.low) * len(self.colours)
            place = np.nan_to_num(share, nan=0.0).astype(int)
        place = np.clip(place, 0, len(self.colours) - 1)
        return [
            UNKNOWN if np.isnan(value) else self.colours[at]
            for value, at in zip(array, place, strict=True)
        ]


def scale(quantity: str, selection: FieldSelection) -> Scale:
    """Return the scale of a quantity; it does not depend on the date, so colours do not jump."""
    classed = {"vci": DROUGHT, "svi": POINTS, "spi": RAIN}
    if quantity in classed:
        limits = tuple(limit for limit, _name in CLASSES[quantity][:-1])
        return Scale(limits[0], limits[-1], classed[quantity], limits)
    if quantity == "rank":
        return Scale(0.5, len(selection.years) + 0.5, BROWN_GREEN[::-1])
    ends = {"departure": 0.2, "percent": 50.0, "z": 2.5, "integral_percent": 25.0}
    if quantity in ends:
        return Scale(-ends[quantity], ends[quantity], BROWN_GREEN)
    return Scale(0.0, 0.8, GREENS)


def quantity_names(_: Any) -> dict[str, str]:
    """Return quantity -> its name in the reader's language."""
    return {
        "departure": _("Departure from the norm"),
        "percent": _("Departure, % of the norm"),
        "z": _("Z (departure in standard deviations)"),
        "value": _("NDVI of the date"),
        "vci": _("Vegetation condition index (VCI), %"),
        "svi": _("Standardised vegetation index (SVI)"),
        "spi": _("Precipitation index of 3 months (SPI)"),
        "rank": _("Rank of the year at this date"),
        "integral_percent": _("Season so far against the norm, %"),
    }


def column_names(_: Any, index: str) -> dict[str, str]:
    """Return column of the table -> its heading, in the order of the table."""
    return {
        "name": _("Name"),
        "value": _("NDVI"),
        "norm": _("Norm"),
        "departure": _("Departure"),
        "percent": _("Departure, %"),
        "z": "Z",
        index: {"vci": "VCI, %", "svi": "SVI", "spi": "SPI"}[index],
        f"{index}_class": _("Drought"),
        "rank": _("Rank"),
        "integral": _("Season so far, NDVI·days"),
        "integral_percent": _("Season against the norm, %"),
        "integral_rank": _("Rank of the season"),
    }


DIGITS = {
    "value": 3, "norm": 3, "departure": 3, "percent": 0, "z": 1, "vci": 1, "svi": 2, "spi": 1,
    "rank": 0, "integral": 1, "integral_percent": 0, "integral_rank": 0, "mean": 3, "std": 3,
}  # fmt: skip
SIGNED = ("departure", "percent", "z", "spi", "integral_percent")


def class_names(_: Any) -> dict[str, str]:
    """Return class of a drought index -> its name in the reader's language."""
    return {
        "extreme drought": _("extreme drought"),
        "severe drought": _("severe drought"),
        "moderate drought": _("moderate drought"),
        "mild drought": _("mild drought"),
        "no drought": _("no drought"),
        "very poor": _("very poor vegetation"),
        "poor": _("poor vegetation"),
        "average": _("average vegetation"),
        "good": _("good vegetation"),
        "very good": _("very good vegetation"),
        "extremely dry": _("extremely dry"),
        "severely dry": _("severely dry"),
        "moderately dry": _("moderately dry"),
        "near normal": _("near normal"),
        "moderately wet": _("moderately wet"),
        "very wet": _("very wet"),
        "extremely wet": _("extremely wet"),
        "": MISSING,
    }


def number(value: Any, name: str, language: str) -> str:
    """Write a value of a column; what may be below nothing has its sign.

    >>> number(0.05, "departure", "en"), number(-1.26, "z", "ru")
    ('+0.050', '−1,3')
    """
    value = float(value)
    if np.isnan(value):
        return MISSING
    digits = DIGITS[name]
    text = format_number(abs(round(value, digits)), language, digits)
    found = format_number(abs(value), language, digits)
    text = _fixed(abs(value), digits, language) if digits else found
    if round(value, digits) < 0:
        return f"−{text}"
    return f"+{text}" if name in SIGNED and round(value, digits) > 0 else text


def _fixed(value: float, digits: int, language: str) -> str:
    text = f"{value:.{digits}f}"
    return text if language == "en" else text.replace(".", ",")


def rank_text(rank: Any, of: Any, visit: Any) -> str:
    """Write a rank among years: 1 of 9."""
    if np.isnan(float(rank)):
        return MISSING
    return str(visit._("{rank} of {count}")).format(rank=int(rank), count=int(of))


def legend_steps(visit: Any, selection: FieldSelection) -> list[tuple[str, str]]:
    """Return colour and text of every step of the colours, the first one driest or least."""
    _, language, quantity = visit._, visit.language, selection.quantity
    found = scale(quantity, selection)
    if found.limits:
        words = class_names(_)
        names = [words[name] for _limit, name in CLASSES[quantity]]
        return list(zip(found.colours, names, strict=True))
    edges = np.linspace(found.low, found.high, len(found.colours) + 1)
    if quantity == "rank":
        lowest = np.ceil(edges[:-1]).astype(int)
        return [(colour, str(low)) for colour, low in zip(found.colours, lowest, strict=True)]
    texts = [number(value, quantity, language) for value in edges]
    steps = [f"{low} … {high}" for low, high in pairwise(texts)]
    steps[0], steps[-1] = f"< {texts[1]}", f"≥ {texts[-2]}"
    return list(zip(found.colours, steps, strict=True))


def legend_html(visit: Any, selection: FieldSelection) -> str:
    """Write the legend of the map."""
    name = quantity_names(visit._)[selection.quantity]
    found = scale(selection.quantity, selection)
    if found.limits:
        rows = "".join(
            f'<span><i class="qf-step" style="background:{colour}"></i>{escape(text)}</span>'
            for colour, text in legend_steps(visit, selection)
        )
    else:
        low, high = found.low, found.high
        if selection.quantity == "rank":
            low, high = 1, len(selection.years)
        shades = ", ".join(found.colours)
        ends = [number(value, selection.quantity, visit.language) for value in (low, high)]
        if selection.quantity == "rank":
            best, worst = visit._("greenest"), visit._("driest")
            ends = [f"{ends[0]} ({best})", f"{ends[1]} ({worst})"]
        rows = (
            f'<span class="qf-scale"><span>{escape(ends[0])}</span>'
            f'<span class="qf-ramp" style="background:linear-gradient(90deg, {shades})"></span>'
            f"<span>{escape(ends[1])}</span></span>"
        )
    rows += (
        f'<span><i class="qf-step" style="background:{UNKNOWN}"></i>'
        f"{escape(visit._('no value'))}</span>"
    )
    classed = " qf-classes" if found.limits else ""
    return (
        f'<div class="qf-legend{classed}"><b>{escape(name)}</b>{mark(visit, selection)}{rows}</div>'
    )


def step_text(selection: FieldSelection, language: str) -> str:
    """Write the period of the step that is shown, or its day."""
    return format_date(selection.date, language, "long")


def mark(visit: Any, selection: FieldSelection) -> str:
    """Return the mark of simulated data as HTML; empty for observed ones."""
    if not selection.simulated:
        return ""
    return f'<b class="qc-simulated">{escape(visit._("Simulated data"))}</b>'


def sentence(visit: Any, selection: FieldSelection, unit: str) -> str:
    """Say in words how a unit fares at the date and in the season so far."""
    _, language = visit._, visit.language
    row: Any = selection.table.loc[unit].to_dict()
    where = f"{selection.units.name(unit, language)}, {step_text(selection, language)}"
    if np.isnan(row["value"]):
        return str(_("{where}: no value.")).format(where=where)
    parts = [
        _("{where}: {name} {value}.").format(
            where=where, name=_index_name(selection), value=number(row["value"], "value", language)
        )
    ]
    if np.isnan(row["norm"]):
        parts.append(_("Fewer than three other years have a value: there is no norm."))
    else:
        parts.append(
            _("Norm of {count} other years {norm} ± {error}; departure {departure}, Z {z}.").format(
                count=int(selection.judged["count"].sel(unit=unit, day=selection.day)),
                norm=number(row["norm"], "norm", language),
                error=_fixed(float(row["norm_error"]), 3, language),
                departure=number(row["departure"], "departure", language),
                z=number(row["z"], "z", language),
            )
        )
    index = selection.index
    if index in row and not pd.isna(row[index]):
        label = column_names(_, index)[index].split(",")[0]
        word = class_names(_)[str(row[f"{index}_class"])]
        parts.append(f"{label} {number(row[index], index, language)}: {word}.")
    if not np.isnan(row["rank"]) and row["of"] > 1:
        parts.append(
            _("Rank {rank} at this date (1 is the greenest).").format(
                rank=rank_text(row["rank"], row["of"], visit)
            )
        )
    if not np.isnan(row["integral_percent"]):
        parts.append(
            _("Season so far {percent} % against the norm, rank {rank}.").format(
                percent=number(row["integral_percent"], "integral_percent", language),
                rank=rank_text(row["integral_rank"], row["integral_of"], visit),
            )
        )
    return " ".join(parts)


def _index_name(selection: FieldSelection) -> str:
    layer = selection.layer
    return "NDVI" if layer is None else layer.variable.upper()
