"""The offline gazetteer."""

from __future__ import annotations

import pytest

from analysis.sources.gazetteer import Place, fold, places_within, search_places

FORMER = {
    "Astana": "Astana Астана Nur-Sultan Нур-Султан Нұр-Сұлтан Tselinograd Целиноград Akmola Акмола",
    "Almaty": "Almaty Алматы Alma-Ata Алма-Ата Verny Верный",
    "Aktau": "Aktau Ақтау Aqtau",
    "Atyrau": "Atyrau Атырау Guryev Гурьев",
    "Oral": "Oral Орал Uralsk Уральск",
    "Kyzylorda": "Kyzylorda Қызылорда Qyzylorda Кзыл-Орда Перовск",
    "Taraz": "Taraz Тараз Dzhambul Джамбул Zhambyl Жамбыл Аулие-Ата",
    "Semey": "Semey Семей Semipalatinsk Семипалатинск",
    "Oskemen": "Oskemen Өскемен Öskemen Ust-Kamenogorsk Усть-Каменогорск",
    "Petropavl": "Petropavl Петропавл Petropavlovsk Петропавловск",
    "Kostanay": "Kostanay Қостанай Qostanay Kustanay Кустанай",
    "Shymkent": "Shymkent Шымкент Chimkent Чимкент",
    "Turkistan": "Turkistan Түркістан Туркестан",
    "Konaev": "Konaev Қонаев Kapshagay Капшагай Капчагай",
    "Taldykorgan": "Taldykorgan Талдықорған Taldyqorghan Талды-Курган",
    "Zhezkazgan": "Zhezkazgan Жезқазған Jezkazgan Джезказган",
    "Karaganda": "Karaganda Қарағанды Qaraghandy Караганда",
    "Pavlodar": "Pavlodar Павлодар",
}


@pytest.mark.parametrize(
    ("name", "asked"), [(name, one) for name, row in FORMER.items() for one in row.split(" ")]
)
def test_towns_of_kazakhstan_are_found_by_every_name_they_had(name: str, asked: str) -> None:
    found = search_places(asked)[0]
    assert (found.name, found.country) == (name, "KZ")


def test_shevchenko_finds_aktau_among_its_namesakes() -> None:
    assert "Aktau" in [place.name for place in search_places("Шевченко")[:3]]


@pytest.mark.parametrize(
    ("language", "name"), [("kk", "Өскемен"), ("ru", "Усть-Каменогорск"), ("en", "Oskemen")]
)
def test_names_come_in_the_language_asked_for(language: str, name: str) -> None:
    assert search_places("oskemen", language)[0].name == name


def test_a_town_without_a_kazakh_name_has_its_russian_one_in_kazakh() -> None:
    names = [search_places("Chelyabinsk", language)[0].name for language in ("kk", "ru", "en")]
    assert names == ["Челябинск", "Челябинск", "Chelyabinsk"]


@pytest.mark.parametrize(
    ("asked", "kind", "country"),
    [
        ("Жапония", "country", "JP"),
        ("Қазақстан", "country", "KZ"),
        ("Солтүстік Қазақстан", "oblast", "KZ"),
        ("Туркестанская область", "oblast", "KZ"),
    ],
)
def test_countries_and_oblasts_are_found(asked: str, kind: str, country: str) -> None:
    found = search_places(asked)[0]
    assert (found.kind, found.country) == (kind, country)


@pytest.mark.parametrize(
    ("asked", "longitude", "latitude"),
    [("Tokyo", 139.7, 35.7), ("Токио", 139.7, 35.7), ("San Francisco", -122.4, 37.8)],
)
def test_positions_are_right(asked: str, longitude: float, latitude: float) -> None:
    found = search_places(asked)[0]
    assert found.longitude == pytest.approx(longitude, abs=0.1)
    assert found.latitude == pytest.approx(latitude, abs=0.1)


def test_beginnings_come_before_middles_and_large_before_small() -> None:
    found = [place for place in search_places("alma", limit=8) if place.kind == "town"]
    assert found[0].name == "Almaty" or fold(found[0].name) == "alma"
    beginnings = [place.population for place in search_places("mosk", limit=5)]
    assert beginnings[0] > 10_000_000


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Қызылорда", "Qyzylorda"),
        ("ё", "е"),
        ("São Paulo", "sao paulo"),
        ("Жетісу", "Zhetisu"),
        ("Үштөбе", "Ushtobe"),
        ("Һ", "h"),
        ("  Ust - Kamenogorsk ", "ust kamenogorsk"),
    ],
)
def test_spellings_fold_together(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize("text", ["Қарағанды", "Öskemen", "щука", "St. John's", "Łódź"])
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold(text).isascii()


def test_limits_and_empty_questions() -> None:
    assert len(search_places("san", limit=3)) == 3
    assert search_places("  ") == []
    assert search_places("qqqqqq") == []
    assert all(isinstance(one, Place) for one in search_places("al"))


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="'de'"):
        search_places("Berlin", "de")
    with pytest.raises(ValueError, match="limit is 0"):
        search_places("Berlin", limit=0)


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("Dzhambeyty", "Жымпиты"), ("Saksaulskiy", "Сексеуіл"), ("Leninskiy", "Атамекен"),
        ("Bayanaul", "Баянауыл"), ("Ozernyy", "Шашубай"), ("Нур-Султан", "Астана"),
    ],
)  # fmt: skip
def test_places_of_kazakhstan_have_the_kazakh_name_that_geonames_knows(asked, name) -> None:
    assert name in [place.name for place in search_places(asked, "kk")]


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_a_map_in_cyrillic_names_no_town_abroad_in_latin_letters(language) -> None:
    iraq = places_within((42.0, 35.5, 45.0, 37.5), language, 40)
    assert "Al Mawşil al Jadīdah" in [
        place.name for place in places_within((42.0, 35.5, 45.0, 37.5), "en", 40)
    ]
    assert iraq
    assert not [place.name for place in iraq if place.name[0].isascii()]
    with pytest.raises(ValueError, match="no language"):
        places_within((42.0, 35.5, 45.0, 37.5), "tr")
