"""Languages: complete catalogues, the choice of a language, numbers and dates."""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.language import (
    LANGUAGES,
    accepted,
    format_date,
    format_month,
    format_number,
    format_time,
    language_of,
    translator,
)
from analysis.settings import ROOT


@pytest.fixture(scope="module")
def scripts() -> ModuleType:
    spec = importlib.util.spec_from_file_location("messages", ROOT / "scripts" / "messages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_every_text_is_translated(scripts: ModuleType) -> None:
    texts = scripts.collect()
    assert {language: scripts.faults(language, texts) for language in ("kk", "ru")} == {
        "kk": [],
        "ru": [],
    }


def test_collecting_sees_texts_in_f_strings_and_refuses_names(scripts, tmp_path) -> None:
    for folder in scripts.FOLDERS:
        (tmp_path / folder).mkdir()
    module = tmp_path / "apps" / "page.py"
    module.write_text("x = f\"<b>{visit._('Inside')}</b>\" + _('one ' 'text')\n")
    assert {message.id for message in scripts.collect(tmp_path)} == {"", "Inside", "one text"}
    module.write_text("x = _(name)\n")
    with pytest.raises(ValueError, match=r"apps/page.py:1: _\(\) takes the text itself"):
        scripts.collect(tmp_path)


def test_unknown_text_comes_back_and_unknown_language_is_refused() -> None:
    assert translator("kk")("no such text") == "no such text"
    with pytest.raises(ValueError, match="unknown language 'de'; allowed: kk, ru, en"):
        translator("de")


@given(st.text(), st.text(), st.text(), st.text())
def test_any_wish_gives_one_of_our_languages(header, query, setting, cookie) -> None:
    assert language_of(header, query, setting, cookie) in LANGUAGES


@pytest.mark.parametrize(
    ("header", "query", "setting", "cookie", "language"),
    [
        ("ru-RU,ru;q=0.9,en;q=0.8", None, "", "", "ru"),
        ("de,en;q=0.3,kk-Cyrl-KZ;q=0.4", None, "", "", "kk"),
        ("ru", "EN", "kk", "kk", "en"),
        ("ru", "", "kk", "en", "en"),
        ("fr", None, "ru", "", "ru"),
        ("kk;q=0, fr", None, "en", "", "en"),
        (None, None, "", "", "kk"),
    ],
)
def test_address_cookie_browser_setting_in_this_order(
    header, query, setting, cookie, language
) -> None:
    assert language_of(header, query, setting, cookie) == language


@given(st.permutations([("kk", 0.9), ("ru", 0.5), ("en", 0.1)]))
def test_order_in_the_header_does_not_matter_but_weights_do(parts) -> None:
    header = ",".join(f"{tag};q={weight}" for tag, weight in parts)
    assert accepted(header) == ["kk", "ru", "en"]


@given(st.floats(-1e9, 1e9), st.integers(0, 6), st.sampled_from(LANGUAGES))
def test_a_written_number_reads_back(value: float, digits: int, language: str) -> None:
    text = format_number(value, language, digits)
    decimal = "." if language == "en" else ","
    assert "-" not in text  # people read a true minus
    plain = "".join(sign for sign in text if sign.isdigit() or sign in f"−{decimal}")
    plain = plain.replace("−", "-")
    assert float(plain.replace(decimal, ".")) == pytest.approx(value, abs=10.0**-digits, rel=1e-12)
    assert len(plain.partition(decimal)[2]) == digits
    assert not (float(plain.replace(decimal, ".")) == 0 and "−" in text)


def test_missing_values_and_bad_digits() -> None:
    assert {format_number(value, "kk") for value in (np.nan, np.inf, -np.inf)} == {"–"}
    assert format_date(np.datetime64("NaT"), "ru") == "–"
    with pytest.raises(ValueError, match="digits is -1"):
        format_number(1, "kk", -1)


def test_dates_are_the_same_day_whatever_they_come_as() -> None:
    forms = ["2011-03-11", np.datetime64("2011-03-11T05:46", "ns"), pd.Timestamp(2011, 3, 11, 5)]
    for language in LANGUAGES:
        assert len({format_date(form, language, "long") for form in forms}) == 1
    assert format_date("2011-03-11", "kk", "d MMMM y") == "11 наурыз 2011"
    assert format_date("2014-01-02", "kk") == "2014\u202fж. 2 қаң."
    assert format_date("2014-01-02", "ru") == "2 янв. 2014\u202fг."
    assert format_date("2014-01-02", "en") == "2 Jan 2014"
    assert format_month("2011-03-11", "ru") == "март 2011"
    assert format_month("2011-03-11", "kk") == "2011 ж. наурыз"
    assert format_time("2011-03-11T05:46:24", "ru", "HH:mm") == "05:46"
