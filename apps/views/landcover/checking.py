"""A checking sample: places drawn on a map, labelled by somebody or by the made-up truth."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

from analysis.notes import mark as _
from analysis.notes import note
from analysis.uploads import Refused
from analysis.uploads.csvfile import first_lines, guess_role, read_csv, read_text
from apps.views.landcover.classes import ordered
from apps.views.landcover.imagery import FIRST, Imagery

SIZES = (200, 400, 600, 1000)
"""Numbers of places that are offered for somebody to look at."""

SUFFIXES = (".csv", ".txt", ".tsv")
MOST_BYTES = 2_000_000
NEEDED = ("longitude", "latitude", "label")
HEADS = {
    "place": ("place", "орын", "место"),
    "label": ("label", "class", "класс", "класы", "белгі", "белгісі", "метка"),
    "drawn": ("drawn",),
}
"""Heads, beside those of degrees, by which a column is known."""

LOST = _("Letters were lost when the file was saved (“{value}”): save it as CSV UTF-8.")

PLACES = 600
SEED = 0
"""Of the drawing, so that the same map always has the same places."""


@dataclass(frozen=True)
class Check:
    """A map judged by places drawn on it.

    Attributes
    ----------
    places
        place, longitude, latitude, label, drawn, simulated: a row a place.
    accuracy
        :class:`analysis.agrarian.accuracy.Accuracy` of the map.
    file
        Name of the file with somebody's labels; "" where the made-up truth labelled the places.
    """

    places: pd.DataFrame
    accuracy: Any
    file: str = ""

    def whole(self) -> pd.DataFrame:
        """Return by class: mapped, area, low, high (ha); users, producers with their ends."""
        names = {"mapped_area": "mapped", "area": "area", "area_low": "low", "area_high": "high"}
        shares = [
            f"{name}{end}" for name in ("users", "producers") for end in ("", "_low", "_high")
        ]
        found: pd.DataFrame = self.accuracy.classes
        return found[[*names, *shares]].rename(columns=names)


def checkable(imagery: Imagery) -> bool:
    """Whether the truth of the imagery is known: that of the starter set, made by the simulator."""
    return imagery.key == FIRST[0] and imagery.simulated


def can_check(selection: Any) -> bool:
    """Whether the map shown can be judged: its truth is known, or somebody labelled places."""
    return checkable(selection.imagery) or labelled(selection) is not None


def labelled(selection: Any) -> Check | None:
    """Return how somebody's labels judge the map shown; None where there are none."""
    side = selection.sides[0] if selection.sides else None
    shown = selection.maps.get(side)
    found: Check | None = selection.labelled.get(shown.key) if shown is not None else None
    return found


def read_labels(name: str, data: bytes, land: xr.Dataset, language: str = "en") -> pd.DataFrame:
    """Read the places of a checking sample with the labels that somebody wrote.

    Parameters
    ----------
    name : str
        Name of the file.
    data : bytes
        A table; separator, decimal mark and encoding are found out. Heads may be Kazakh or Russian.
    land : xarray.Dataset
        The map on which the places were drawn.
    language : str
        Of the names of classes in messages.

    Returns
    -------
    pandas.DataFrame
        longitude, latitude, label and, where the file has them, place and drawn; empty labels
        where nobody could tell.

    Raises
    ------
    ValueError
        The file is too large or no table, a column is lacking, a place is none, or a label is no
        class: the row of the file, the value and what is allowed are told.
    """
    from analysis.agrarian.mapping.store import legend_of_map

    shown, suffix = name[:80], Path(name).suffix.lower()
    if len(data) > MOST_BYTES:
        raise Refused("large", name=shown, size=len(data), limit=MOST_BYTES)
    if suffix not in SUFFIXES:
        raise Refused("suffix", name=shown, allowed=" ".join(SUFFIXES))
    if not data.strip():
        raise Refused("empty", name=shown)
    with tempfile.TemporaryDirectory(prefix="qazcube-labels-") as folder:
        path = Path(folder) / f"labels{suffix}"
        path.write_bytes(data)
        encoding = read_text(path)
        path.write_text(_bare(data.decode(encoding, errors="replace")), encoding="utf-8")
        table = read_csv(path, shown)
        above = first_lines(path, "utf-8")[0] + 2  # comments, the heads, counted from 1
    table = _known_heads(table)
    for head in NEEDED:
        if head not in table:
            heads = ", ".join(map(str, table.columns[:12]))
            if "?" in heads:
                raise ValueError(note(LOST, value=heads[:80]))
            text = _("The file has no column {name}. Its columns are: {heads}.")
            raise ValueError(note(text, name=head, heads=heads))
    _check_degrees(table, above)
    known = legend_of_map(land)
    _check_labels(table["label"], above, known, language)
    table["label"] = table["label"].astype(object).where(table["label"].notna(), None)
    kept = [head for head in ("place", *NEEDED, "drawn") if head in table]
    return table[kept]


def _bare(text: str) -> str:
    """Take quotes and empty cells from the comments at the top, where a spreadsheet put them.

    >>> _bare('"# a; b";;' + chr(10) + ";;" + chr(10) + "x;y").splitlines()
    ['# a; b";;', '', 'x;y']
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for place, line in enumerate(lines):
        bare = line.lstrip('"')
        if not bare.startswith("#") and bare.strip(";,\t "):
            break
        lines[place] = bare if bare.startswith("#") else ""
    return "\n".join(lines)


def _known_heads(table: pd.DataFrame) -> pd.DataFrame:
    """Give the columns of places, labels and drawing the heads that the page writes."""
    table.columns = pd.Index([str(head).strip().casefold() for head in table.columns])
    heads = list(table.columns)
    found = {role: guess_role(heads, role) for role in ("longitude", "latitude")}
    for role, words in HEADS.items():
        found[role] = next((word for word in words if word in heads), "")
    new = {head: role for role, head in found.items() if head and role not in heads}
    return table.rename(columns=new)


def _check_degrees(table: pd.DataFrame, above: int) -> None:
    for head, most in (("longitude", 180.0), ("latitude", 90.0)):
        values = pd.to_numeric(table[head], errors="coerce")
        wrong = table.index[~(values.abs() <= most)]
        if len(wrong):
            text = _("Row {row}: {name} is {value}; it must be degrees, from −{most} to {most}.")
            value = str(table.loc[wrong[0], head])[:40]
            row = int(wrong[0]) + above
            raise ValueError(note(text, row=row, name=head, value=value, most=int(most)))
        table[head] = values.astype(float)


def _check_labels(labels: pd.Series, above: int, known: Any, language: str) -> None:
    """Tell the first row whose label is no class, how many there are, and what is allowed."""
    from analysis.agrarian.legends import match_labels

    strange = []
    for one in labels.dropna().unique():
        try:
            match_labels([one], known)
        except ValueError:
            strange.append(one)
    if not strange:
        return
    rows = labels.index[labels.isin(strange)]
    if "?" in str(strange[0]) and match_without_lost(str(strange[0]), known):
        raise ValueError(note(LOST, value=str(strange[0])[:80]))
    about = {one.key: one.names.get(language) or one.names["en"] for one in known.classes}
    names = ", ".join(about[key] for key in ordered(about))
    text = _(
        "Row {row}: “{value}” is no class of this map. Such rows: {count}. Write the name, the "
        "label or the code of a class; allowed are: {names}."
    )
    value = str(labels[rows[0]])[:40]
    raise ValueError(
        note(text, row=int(rows[0]) + above, value=value, count=len(rows), names=names)
    )


def match_without_lost(label: str, known: Any) -> bool:
    """Tell whether a label is the name of a class in which "?" stands for lost letters."""
    pattern = re.compile(re.escape(label.strip()).replace(r"\?", "."), re.IGNORECASE)
    return any(pattern.fullmatch(name) for one in known.classes for name in one.names.values())


def check_by_labels(land: xr.Dataset, places: pd.DataFrame, file: str) -> Check:
    """Judge a map by places that somebody has labelled.

    Parameters
    ----------
    land : xarray.Dataset
        The map.
    places : pandas.DataFrame
        Of `read_labels`.
    file : str
        Its name.

    Returns
    -------
    Check
        ``accuracy.drawn`` tells whether all labelled places were drawn on this map.

    Raises
    ------
    ValueError
        No place has a label, a class of the map has no labelled place, or none lies in the map.
    """
    from analysis.agrarian.accuracy import judge_map

    return Check(places, judge_map(land, places), file)


def check_by_truth(land: xr.Dataset, year: int) -> Check:
    """Draw places on a map, label them by the made-up truth, and judge the map.

    Parameters
    ----------
    land : xarray.Dataset
        Map of a year of the simulated land (:func:`analysis.agrarian.mapping.classify`).
    year : int
        Of the truth.

    Returns
    -------
    Check
        Places of each class of the map at random, apart from the samples that were learnt from.

    Raises
    ------
    ValueError
        The year is not simulated, or the map has no areas.
    """
    from analysis.agrarian.accuracy import draw_places, judge_map
    from analysis.agrarian.legends import legend
    from analysis.agrarian.simulatedland import land_truth

    places = draw_places(land, size=PLACES, seed=SEED)
    where = {name: xr.DataArray(places[name], dims="place") for name in ("latitude", "longitude")}
    codes = land_truth(year).sel(where, method="nearest").to_numpy()
    keys = {one.code: one.key for one in legend().classes}
    places["label"] = [keys[int(code)] for code in codes]
    return Check(places.assign(simulated=True), judge_map(land, places))
