"""Citations and licences in the reader's language."""

import re

import pytest
import yaml

from analysis.language import translator
from analysis.settings import ROOT
from apps.views.credits import credit

CITED = {
    name: str(one["metadata"]["citation"])
    for name, one in yaml.safe_load((ROOT / "catalog.yml").read_text("utf-8"))["entries"].items()
}
OWN = ("Simulated by", "Made by", "Made with", "through ", "distributed by", "not an observation")


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_no_word_of_ours_stays_english(language: str) -> None:
    _ = translator(language)
    changed = 0
    for citation in CITED.values():
        text = credit(_, citation)
        if re.search(r"Qazcube|; through|Natural Earth|NOAA/PMEL", citation):
            assert not [word for word in OWN if word in text], text
            changed += 1
    assert changed > 15


def test_english_and_names_stay_as_they_are() -> None:
    english = translator("en")
    for citation in CITED.values():
        assert credit(english, citation) == citation
        for numbers in re.findall(r"doi:\S+", citation):
            assert numbers in credit(translator("kk"), citation)


def test_places_of_names_are_filled() -> None:
    text = credit(translator("ru"), "Argus (2011), doi:10.1/x; through platemotion 0.1.7.")
    assert text.startswith("Argus (2011), doi:10.1/x")
    assert "platemotion 0.1.7" in text
    assert "{" not in text


def test_a_licence_is_said_in_words() -> None:
    assert credit(translator("kk"), "public domain") == "қоғамдық игілік"
    assert credit(translator("kk"), "CC-BY-4.0") == "CC-BY-4.0"
