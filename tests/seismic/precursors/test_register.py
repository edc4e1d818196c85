"""The register of hypotheses: what was written beforehand, and that nothing of it changes."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from analysis.seismic.precursors import HypothesisRegister

TEXT = "The electron content rises in the month before strong earthquakes."


@pytest.fixture
def register(tmp_path: Path) -> HypothesisRegister:
    return HypothesisRegister(tmp_path / "hypotheses.sqlite")


def test_it_lies_in_the_cache_and_needs_no_file_to_be_read(cache: Path):
    register = HypothesisRegister()
    assert register.hypotheses() == []
    assert not list(cache.iterdir())
    register.write(TEXT, author="Saiga", variables=["tec"])
    assert (cache / "hypotheses.sqlite").exists()


@pytest.mark.parametrize(
    ("look", "before"),
    [
        ({"variables": ["tec"], "groups": ["subduction"]}, False),
        ({"variables": ["*"]}, False),
        ({"variables": ["tec", "lst"]}, False),
        ({"variables": ["lst"]}, True),
        ({"variables": ["tec"], "groups": ["active"]}, True),
    ],
)
def test_only_looks_at_the_same_data_count(register, look, before):
    register.look(author="Marmot", what="epochs", **look)
    told = {"variables": ["tec"], "groups": ["subduction", "volcanic"]}
    found = register.hypothesis(register.write(TEXT, author="Saiga", **told))
    assert found.beforehand is before
    assert found.own_look_before is None, "the look was another's"
    if not before:
        assert found.looked_before <= found.time


def test_looks_of_the_author_are_told_apart(register):
    register.look(author="Saiga", variables=["tec"], what="epochs")
    found = register.hypothesis(register.write(TEXT, author="Saiga", variables=["tec"]))
    assert found.own_look_before is not None
    assert register.looks()[0]["what"] == "epochs"


def test_a_look_afterwards_changes_nothing_and_results_are_kept(register):
    number = register.write(TEXT, author="Saiga", variables=["tec"], direction="greater")
    register.look(author="Saiga", variables=["tec"], what="epochs")
    register.result(number, author="Saiga", outcome={"effect": 0.1, "p_adjusted": float("nan")})
    found = register.hypothesis(number)
    assert found.beforehand
    assert (found.direction, found.text) == ("greater", TEXT)
    (result,) = register.results(number)
    assert result["effect"] == 0.1
    with pytest.raises(ValueError, match="no hypothesis number 2"):
        register.result(2, author="Saiga", outcome={})


def test_nothing_is_changed_or_deleted_and_force_is_seen(register):
    for place in range(3):
        register.write(f"{TEXT} {place}", author="Saiga", variables=["tec"])
    with sqlite3.connect(register.path) as connection:
        for command in ("UPDATE entries SET author = 'x'", "DELETE FROM entries"):
            with pytest.raises(sqlite3.DatabaseError, match="never"):
                connection.execute(command)
        assert register.check() == 3
        connection.execute("DROP TRIGGER entries_stay")
        connection.execute("UPDATE entries SET time = '2001-01-01' WHERE number = 2")
    connection.close()
    with pytest.raises(ValueError, match="entry 2 is not what was written"):
        register.check()


def test_last_entries_that_were_cut_off_are_missed(register):
    for place in range(3):
        register.write(f"{TEXT} {place}", author="Saiga", variables=["tec"])
    with sqlite3.connect(register.path) as connection:
        connection.execute("DROP TRIGGER entries_remain")
        connection.execute("DELETE FROM entries WHERE number = 3")
    connection.close()
    with pytest.raises(ValueError, match="3 entries were written, 2 are there"):
        register.check()


def test_many_write_at_once(register):
    def write(name: str) -> None:
        for _ in range(10):
            HypothesisRegister(register.path).look(author=name, variables=["a"], what="x")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, ["Saiga", "Marmot", "Eagle", "Bear"]))
    assert register.check() == 40


def test_a_broken_file_is_told(register):
    register.path.write_bytes(b"not a database" * 100)
    with pytest.raises(ValueError, match="cannot be used"):
        register.write(TEXT, author="Saiga", variables=["tec"])


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"text": "short"}, "5 characters"),
        ({"author": "x"}, "2 to 40"),
        ({"author": "me@school.kz"}, "address"),
        ({"author": "87011234567"}, "telephone"),
        ({"variables": []}, "No variable"),
        ({"direction": "up"}, "two-sided"),
        ({"lags_days": (-5, 5)}, "ascending numbers"),
        ({"radius_km": -1}, "radius"),
    ],
)
def test_impossible_entries_are_refused(register, wrong, words):
    told = {"text": TEXT, "author": "Saiga", "variables": ["tec"]} | wrong
    with pytest.raises(ValueError, match=words):
        register.write(told.pop("text"), **told)
    assert register.hypotheses() == []
