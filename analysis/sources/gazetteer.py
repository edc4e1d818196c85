"""Find places by name with no network: towns, Kazakhstan's oblasts, countries.

Names are compared after `fold`: Kazakh letters, Russian letters and Latin letters with marks
come down to the same plain Latin letters, so that Qaraghandy's and Караганда's searchers meet.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from analysis.settings import ROOT
from analysis.spelling import did_you_mean

STARTER = ROOT / "analysis" / "starter"
LANGUAGES = ("kk", "ru", "en")
NEAREST = {"kk": ("kk", "ru"), "ru": ("ru",), "en": ("en",)}
_LETTERS = str.maketrans(
    dict(
        zip(
            "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
            (
                *("a", "b", "v", "g", "d", "e", "e", "zh", "z", "i", "i", "k", "l", "m", "n", "o"),
                *("p", "r", "s", "t", "u", "f", "h", "ts", "ch", "sh", "sh", "", "i", "", "e"),
                *("u", "a"),
            ),
            strict=True,
        )
    )
    | dict(zip("әғқңөұүһіїєґў", "agknouuhiiegu", strict=True))
    | {"ø": "o", "ł": "l", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "ð": "d"}
)
# Spellings of one sound, applied in this order after the letters.
_SOUNDS = (
    ("shch", "sh"),
    ("kh", "h"),
    ("gh", "g"),
    ("dzh", "zh"),
    ("dj", "zh"),
    ("j", "zh"),
    ("zh", "j"),
    ("iy", "i"),
    ("yu", "u"),
    ("ya", "a"),
    ("ye", "e"),
    ("yo", "e"),
    ("iu", "u"),
    ("ia", "a"),
    ("y", "i"),
    ("q", "k"),
    ("w", "v"),
    ("ii", "i"),
)


@dataclass(frozen=True)
class Place:
    """A place: name in the language asked for, country (ISO code), degrees, inhabitants.

    ``kind`` is "town", "oblast" or "country"; the position of an area is a point inside it, and
    its ``population`` is 0 where none is known.
    """

    name: str
    country: str
    longitude: float
    latitude: float
    population: int
    kind: str = "town"


def fold(text: str) -> str:
    """Bring a name in Kazakh, Russian or Latin letters down to plain Latin letters.

    Examples
    --------
    >>> fold("Қарағанды") == fold("Qaraghandy") == fold("Karagandi")
    True
    >>> fold("Жезқазған") == fold("Jezkazgan") == fold("Zhezqazghan")
    True
    >>> fold("Өскемен") == fold("Öskemen") == fold("Oskemen")
    True
    >>> fold("Орёл") == fold("Орел")
    True
    """
    lower = text.casefold().translate(_LETTERS)
    plain = "".join(c for c in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(c))
    words = "".join(c if c.isalnum() else " " for c in plain.replace("'", "").replace("’", ""))
    for old, new in _SOUNDS:
        words = words.replace(old, new)
    return " ".join(words.split())


@dataclass(frozen=True)
class _Index:
    """All folded names in one text, each between line feeds; the most important place first."""

    text: str
    starts: npt.NDArray[np.int64]
    owner: npt.NDArray[np.int64]
    table: pd.DataFrame


@cache
def _index() -> _Index:
    table = pd.concat([_areas(), _towns()], ignore_index=True)
    table = table.sort_values(
        ["weight", "population"], ascending=False, ignore_index=True, kind="stable"
    )
    names: list[str] = []
    owner: list[int] = []
    columns = zip(table["name_en"], table["name_ru"], table["name_kk"], table["other"], strict=True)
    for at, row in enumerate(columns):
        spellings = [text for one in row if isinstance(one, str) for text in one.split("|")]
        for name in sorted({fold(text) for text in spellings} - {""}):
            names.append(name)
            owner.append(at)
    lengths = np.array([len(name) + 1 for name in names])
    starts = np.concatenate([[1], 1 + np.cumsum(lengths)[:-1]])
    return _Index("\n" + "\n".join(names) + "\n", starts, np.array(owner), table)


def _towns() -> pd.DataFrame:
    return pd.read_parquet(STARTER / "places.parquet").assign(kind="town", weight=0.0)


def _areas() -> pd.DataFrame:
    """Countries and oblasts; a name of an area comes before the same name of a town."""
    countries = gpd.read_parquet(STARTER / "countries.parquet")
    countries = countries[countries["scale"] == "50m"].dropna(subset=["iso"])
    countries = countries.assign(size=shapely.area(countries.geometry.to_numpy()))
    countries = countries.sort_values("size").drop_duplicates("iso", keep="last")
    oblasts = gpd.read_parquet(STARTER / "kz_oblasts.parquet")
    oblasts = oblasts[oblasts["kind"] == "oblast"].assign(iso="KZ", population=0)
    parts = [
        countries.assign(kind="country", weight=2.0),
        oblasts.assign(kind="oblast", weight=1.0),
    ]
    frames = []
    for part in parts:
        inside = part.geometry.representative_point()
        frame = pd.DataFrame(
            part[["name_en", "name_ru", "name_kk", "kind", "weight", "population"]]
        )
        frame = frame.assign(country=part["iso"], longitude=inside.x, latitude=inside.y)
        frames.append(frame.assign(other=None))
    return pd.concat(frames, ignore_index=True)


def search_places(text: str, language: str = "en", limit: int = 10) -> list[Place]:
    """Find places whose name in any language, or a former name, begins with or holds a text.

    Parameters
    ----------
    text : str
        Kazakh, Russian or Latin letters; two or more letters are best.
    language : str
        Language of the names in the answer: kk, ru or en. A place without a name in that
        language is named in English, in Kazakh first in Russian, which shares its letters.
    limit : int
        Longest answer.

    Returns
    -------
    list of Place
        Exact names first, then beginnings of names, then beginnings of words, then the rest;
        within each group countries, oblasts, then towns by inhabitants. Empty where nothing fits.

    Raises
    ------
    ValueError
        An unknown language, or a limit below 1.

    Examples
    --------
    >>> search_places("Целиноград")[0].name, search_places("Nur-Sultan", "kk")[0].name
    ('Astana', 'Астана')
    """
    if language not in LANGUAGES:
        raise ValueError(f"There is no language {language!r}. {did_you_mean(language, LANGUAGES)}")
    if limit < 1:
        raise ValueError(f"limit is {limit}; it must be 1 or more.")
    wanted = fold(text)
    if not wanted:
        return []
    found: dict[int, None] = {}  # keeps the order
    for pattern in (f"\n{wanted}\n", f"\n{wanted}", f" {wanted}", wanted):
        if pattern != wanted or len(wanted) > 2:
            _collect(pattern, limit, found)
    table = _index().table
    return [_place(table.iloc[at], language) for at in found]


def _collect(pattern: str, limit: int, found: dict[int, None]) -> None:
    """Add places that have the pattern, in the order of the index, until there are `limit`."""
    index = _index()
    at = index.text.find(pattern)
    while at >= 0 and len(found) < limit:
        first = at + len(pattern) - len(pattern.lstrip())
        owner = int(np.searchsorted(index.starts, first, side="right")) - 1
        found.setdefault(int(index.owner[owner]))
        at = index.text.find(pattern, at + 1)


def _place(row: Any, language: str) -> Place:
    written = [row[f"name_{one}"] for one in NEAREST[language]]
    return Place(
        name=next((name for name in written if isinstance(name, str)), row["name_en"]),
        country=row["country"],
        longitude=float(row["longitude"]),
        latitude=float(row["latitude"]),
        population=int(row["population"]),
        kind=row["kind"],
    )


def places_within(
    region: tuple[float, float, float, float], language: str = "en", limit: int = 30
) -> list[Place]:
    """Return the largest towns of a region, by population.

    Parameters
    ----------
    region
        West, south, east, north in degrees; the longitudes may be of any turn.
    language
        "kk", "ru" or "en"; a town without a Kazakh name is given its Russian one, which shares
        the letters. Towns abroad without either are left out in both languages; those of
        Kazakhstan are given their English one.
    limit
        Most towns to return.

    Returns
    -------
    list of Place
        The most populous first.

    Raises
    ------
    ValueError
        An unknown language.

    Examples
    --------
    >>> [place.name for place in places_within((76, 42.5, 78, 44), "en", 1)]
    ['Almaty']
    """
    if language not in LANGUAGES:
        raise ValueError(f"There is no language {language!r}. {did_you_mean(language, LANGUAGES)}")
    west, south, east, north = region
    towns = _ranked_towns()
    offset = (towns["longitude"].to_numpy() - west) % 360.0
    latitude = towns["latitude"].to_numpy()
    inside = (offset <= min(east - west, 360.0)) & (latitude >= south) & (latitude <= north)
    if language != "en":
        named = towns[[f"name_{one}" for one in NEAREST[language]]].notna().any(axis=1)
        inside &= (named | (towns["country"] == "KZ")).to_numpy()
    return [
        _place(row, language) for _, row in towns.iloc[np.flatnonzero(inside)[:limit]].iterrows()
    ]


@cache
def _ranked_towns() -> pd.DataFrame:
    return _towns().sort_values("population", ascending=False, ignore_index=True, kind="stable")
