"""The pseudonym of a visitor, shared by the panels of his session; nothing else is kept of him."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import param

from analysis.seismic.precursors import ANY

_names: WeakKeyDictionary[Any, Pseudonym] = WeakKeyDictionary()


class Pseudonym(param.Parameterized):
    """What a visitor calls himself here."""

    value = param.String("")
    written = param.Integer(0, doc="grows when the register has a new entry")


def pseudonym_of(owner: Any, _: Callable[[str], str]) -> Pseudonym:
    """Return the pseudonym that belongs to a session; a random animal at first.

    Parameters
    ----------
    owner
        Whatever the panels of a session share.
    _
        Translates.

    Returns
    -------
    Pseudonym
        The same one for the same owner.

    Examples
    --------
    >>> class Owner:
    ...     pass
    >>> owner = Owner()
    >>> one = pseudonym_of(owner, str)
    >>> one is pseudonym_of(owner, str), len(one.value) > 4
    (True, True)
    """
    if owner not in _names:
        animals = (_("Snow leopard"), _("Saiga"), _("Eagle"), _("Marmot"), _("Swan"), _("Wolf"))
        chosen = random.choice(animals)  # noqa: S311 - a name, no secret
        _names[owner] = Pseudonym(value=f"{chosen} {random.randint(10, 99)}")  # noqa: S311
    return _names[owner]


def group_names(_: Callable[[str], str]) -> dict[str, str]:
    """Return key -> name of the groups of earthquakes by tectonic regime and setting."""
    return {
        ANY: _("all earthquakes"),
        "subduction": _("subduction"),
        "active": _("active crust"),
        "volcanic": _("volcanic"),
        "stable": _("stable crust"),
        "slab": _("subducted slab"),
        "active continental": _("active continent"),
        "rift": _("continental rift"),
        "ridge": _("mid-ocean ridge"),
        "transform": _("transform"),
        "ridge or transform": _("ridge or transform"),
        "stable continental": _("stable continent"),
        "stable oceanic": _("stable ocean floor"),
    }


def group_name(key: str, _: Callable[[str], str]) -> str:
    """Return the name of a group; a group that is not ours keeps its own.

    Examples
    --------
    >>> group_name("all", str), group_name("Zone 3", str)
    ('all earthquakes', 'Zone 3')
    """
    return group_names(_).get(ANY if key == "all" else key, key)


def direction_names(_: Callable[[str], str]) -> dict[str, str]:
    """Return key -> words for how anomalies before earthquakes are expected to differ."""
    return {
        "two-sided": _("different"),
        "greater": _("higher"),
        "less": _("lower"),
    }


def read_days(text: str, most: int = 12) -> tuple[float, ...]:
    """Read lags in days, none after the event, ascending, each once.

    Raises
    ------
    ValueError
        None, more than `most`, after the event, or beyond ten years.

    Examples
    --------
    >>> read_days("0; −30 -60,5")
    (-60.5, -30.0, 0.0)
    """
    parts = [one for one in re.split(r"[;\s]+|,\s+", text.replace("−", "-").strip()) if one]
    found = sorted({float(one.replace(",", ".")) for one in parts})
    if not 0 < len(found) <= most or found[0] < -3650 or found[-1] > 0:
        raise ValueError(f"{text!r}: one to {most} numbers from -3650 to 0 are expected")
    return tuple(found)
