"""What a catalogue says of one source: names, licence, citation, units, coverage, access."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from analysis.sources.vocabulary import known
from analysis.sources.ways import DURATION, Way, read_way
from analysis.spelling import did_you_mean

KINDS: Final = ("grid", "events", "points", "polygons", "lines", "table")
ACCESS: Final = ("packaged", "open", "account", "user")
LANGUAGES: Final = ("kk", "ru", "en")
UNSTATED: Final = "not stated"


class Coverage(NamedTuple):
    """Where and when there are data: degrees, and ISO dates (None: unknown or static)."""

    west: float
    south: float
    east: float
    north: float
    start: str | None
    end: str | None


WORLD: Final = Coverage(-180.0, -90.0, 180.0, 90.0, None, None)


@dataclass(frozen=True)
class Entry:
    """One source as its catalogue describes it.

    Attributes
    ----------
    name : str
        Name in the catalogue.
    title, description : mapping
        Text by language (kk, ru, en).
    kind : str
        One of :data:`KINDS`.
    licence, citation : str
        Terms of use, and how to cite.
    units : mapping
        Variable -> unit.
    cadence : str
        How often there is a value, for example ``monthly``; ``static`` where nothing changes.
    coverage : Coverage
        West, south, east, north, start, end.
    access : str
        One of :data:`ACCESS`.
    simulated : bool
        The values are no observation.
    origin : str
        Address or package from which the data come.
    catalogue : pathlib.Path or None
        File that holds the entry.
    provider, homepage : str
        Who makes the data, and the address of the page that tells of them.
    account : str
        Account that a download needs, as ``earthdata`` or ``cdse``; "" for none.
    latency : str
        How long after the measurement there are data: an ISO 8601 duration such as ``P60D``.
    resolution : float or None
        Cell size in degrees; None where there are no cells or it is not stated.
    public : bool
        False where the licence keeps the data off public pages.
    fetch : analysis.sources.ways.Way or None
        How the files are downloaded; None where the entry does not say.
    """

    name: str
    title: Mapping[str, str]
    kind: str
    licence: str = UNSTATED
    citation: str = UNSTATED
    units: Mapping[str, str] = field(default_factory=dict)
    cadence: str = UNSTATED
    coverage: Coverage = WORLD
    access: str = "user"
    simulated: bool = False
    description: Mapping[str, str] = field(default_factory=dict)
    origin: str = ""
    catalogue: Path | None = None
    provider: str = ""
    homepage: str = ""
    account: str = ""
    latency: str = ""
    resolution: float | None = None
    public: bool = True
    fetch: Way | None = None


def read_entry(name: str, metadata: Mapping[str, Any], kind: str, catalogue: Path) -> Entry:
    """Entry of a catalogue from its ``metadata``; what a user left out gets a plain default.

    Parameters
    ----------
    name : str
        Name of the entry.
    metadata : mapping
        As written in the catalogue.
    kind : str
        Kind to take where the metadata state none.
    catalogue : pathlib.Path
        File that holds the entry.

    Returns
    -------
    Entry
        With all attributes.

    Raises
    ------
    ValueError
        The kind, the access, the coverage, the account, the latency, the resolution, ``public`` or
        ``fetch`` is none of the allowed.

    Examples
    --------
    >>> row = {"title": "My wells", "units": {"level": "m"}}
    >>> entry = read_entry("wells", row, "table", Path("catalog.yml"))
    >>> entry.title["kk"], entry.access, entry.licence
    ('My wells', 'user', 'not stated')
    """
    title = metadata.get("title") or name.replace("_", " ")
    latency = str(metadata.get("latency") or "")
    if latency and not DURATION.match(latency):
        raise ValueError(f"The entry {name!r} has the latency {latency!r}; write it as P60D.")
    public = metadata.get("public", True)
    if not isinstance(public, bool):
        raise ValueError(f"The entry {name!r} has public {public!r}; allowed: true, false.")
    return Entry(
        name=name,
        title=_languages(title),
        description=_languages(metadata.get("description") or title),
        kind=_one_of(name, "kind", metadata.get("kind") or kind, KINDS),
        licence=_text(metadata.get("licence") or metadata.get("license")),
        citation=_text(metadata.get("citation")),
        units=_units(name, metadata.get("units")),
        cadence=_text(metadata.get("cadence")),
        coverage=_coverage(name, metadata.get("coverage") or {}),
        access=_one_of(name, "access", metadata.get("access") or "user", ACCESS),
        simulated=bool(metadata.get("simulated", False)),
        origin=str(metadata.get("origin") or ""),
        catalogue=catalogue,
        provider=" ".join(str(metadata.get("provider") or "").split()),
        homepage=str(metadata.get("homepage") or ""),
        account=_account(name, metadata.get("account")),
        latency=latency,
        resolution=_resolution(name, metadata.get("resolution")),
        public=public,
        fetch=read_way(name, metadata.get("fetch")),
    )


def _account(name: str, given: Any) -> str:
    if not re.fullmatch("[a-z0-9_]*", str(given or "")):
        raise ValueError(
            f"The entry {name!r} has the account {given!r}; write a word as earthdata."
        )
    return str(given or "")


def _resolution(name: str, given: Any) -> float | None:
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not 0 < given <= 180:
        raise ValueError(f"The entry {name!r} has the resolution {given!r}; write degrees as 0.25.")
    return float(given)


def _languages(text: Any) -> dict[str, str]:
    if not isinstance(text, Mapping):
        return dict.fromkeys(LANGUAGES, str(text))
    spare = text.get("en") or next(iter(text.values()), "")
    return {language: str(text.get(language) or spare) for language in LANGUAGES}


def _text(value: Any) -> str:
    return " ".join(str(value).split()) if value else UNSTATED


def _units(name: str, given: Any) -> dict[str, str]:
    if given is None or isinstance(given, Mapping):
        stated = {str(variable): str(unit) for variable, unit in (given or {}).items()}
        # values of known variables are always in the vocabulary's unit
        return {n: row.units if (row := known(n)) else unit for n, unit in stated.items()}
    raise ValueError(
        f"The entry {name!r} has units {given!r}; write them by variable, as {{ndvi: '1'}}."
    )


def _one_of(name: str, key: str, value: Any, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        hint = did_you_mean(str(value), allowed)
        raise ValueError(f"The entry {name!r} has the {key} {value!r}. {hint}")
    return str(value)


def _coverage(name: str, given: Mapping[str, Any]) -> Coverage:
    unknown = set(given) - set(Coverage._fields)
    if unknown:
        hint = did_you_mean(str(min(unknown)), Coverage._fields)
        raise ValueError(f"The coverage of the entry {name!r} has {min(unknown)!r}. {hint}")
    start, end = given.get("start"), given.get("end")
    return Coverage(
        float(given.get("west", -180.0)),
        float(given.get("south", -90.0)),
        float(given.get("east", 180.0)),
        float(given.get("north", 90.0)),
        None if start is None else str(start),
        None if end is None else str(end),
    )
