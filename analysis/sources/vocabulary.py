"""What is known of variables: unit, names in three languages, plausible range, colour map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_FILE = Path(__file__).with_name("variables.yml")
GENERIC_COLORMAP = "cmocean:thermal"


@dataclass(frozen=True)
class Variable:
    """One physical quantity.

    ``minimum`` and ``maximum`` bound plausible values in ``units`` (None: no bound known);
    ``center`` is the middle of a diverging colour map, None where the map is sequential.
    """

    name: str
    units: str
    names: Mapping[str, str]
    minimum: float | None
    maximum: float | None
    colormap: str
    center: float | None = None


@cache
def vocabulary() -> Mapping[str, Variable]:
    """All known variables by name, in the order of the file.

    Examples
    --------
    >>> vocabulary()["lwe_thickness"].units
    'cm'
    """
    rows = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return {
        name: Variable(
            name=name,
            units=str(row["units"]),
            names=dict(row["names"]),
            minimum=row["minimum"],
            maximum=row["maximum"],
            colormap=row["colormap"],
            center=row.get("center"),
        )
        for name, row in rows.items()
    }


def known(name: str) -> Variable | None:
    """Look a name up: the variable, or None where the vocabulary has no such name.

    Examples
    --------
    >>> known("sst").names["en"], known("my_own_index")
    ('Sea surface temperature', None)
    """
    return vocabulary().get(name)


def variable(name: str, attrs: Mapping[str, Any] | None = None) -> Variable:
    """Describe a variable; one that is not in the vocabulary is made from its attributes.

    Parameters
    ----------
    name : str
        Name of a data variable.
    attrs : mapping, optional
        Its attributes (``units``, ``long_name``, ``valid_min``, ``valid_max``).

    Returns
    -------
    Variable
        A generic one has the same name in all languages and a sequential colour map.

    Examples
    --------
    >>> variable("soil_moisture_x", {"units": "%", "long_name": "Soil moisture"}).names["kk"]
    'Soil moisture'
    """
    found = known(name)
    if found is not None:
        return found
    given = attrs or {}
    label = str(given.get("long_name") or given.get("standard_name") or name).replace("_", " ")
    return Variable(
        name=name,
        units=str(given.get("units", "")),
        names=dict.fromkeys(("kk", "ru", "en"), label),
        minimum=_number(given.get("valid_min")),
        maximum=_number(given.get("valid_max")),
        colormap=GENERIC_COLORMAP,
    )


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
