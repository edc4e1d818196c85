"""Times and numbers as the reader writes them."""

from __future__ import annotations

import re
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.settings import ROOT
from apps.views.clock import moment_text, number, step_text, zone_or_none
from apps.views.sliders import at_pointer

VIEWS = ROOT / "apps" / "views"
RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def cube(start: str, end: str, time: str | None = None) -> SimpleNamespace:
    bounds = np.array([[start, end]], "datetime64[ns]")
    return SimpleNamespace(
        time_bounds=bounds, times=np.array([time or start], "datetime64[ns]"), static=False
    )


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
@pytest.mark.parametrize(
    ("start", "end", "month"),
    [("2011-02-01", "2011-03-01", "2011"), ("2011-03-01", "2011-04-01", "2011")],
)
def test_a_month_is_written_as_month_and_year(
    language: str, start: str, end: str, month: str
) -> None:
    text = step_text(cube(start, end), 0, language)
    assert month in text
    assert not any(day in text.split() for day in ("1", "01", "14", "15"))


def test_a_year_is_written_as_a_year() -> None:
    assert step_text(cube("2011-01-01", "2012-01-01"), 0, "en") == "2011"


def test_an_irregular_month_is_named_by_the_middle_of_its_bounds() -> None:
    # GRACE solutions may start in the last days of the month before
    text = step_text(cube("2011-10-28", "2011-11-27", "2011-11-12"), 0, "en")
    assert "Nov" in text


def test_other_steps_are_written_as_moments() -> None:
    text = step_text(cube("2011-03-11T06:00", "2011-03-11T12:00"), 0, "en")
    assert "06:00" in text
    assert "UTC" in text


def test_local_time_names_its_shift_and_is_the_same_instant() -> None:
    moment = np.datetime64("2011-03-11T22:46")
    utc = moment_text(moment, "en")
    local = moment_text(moment, "en", "local", "Asia/Almaty")
    assert utc == "11 Mar 2011, 22:46 UTC"
    assert local == "12 Mar 2011, 04:46 (UTC+06:00)"


def test_summer_time_is_that_of_the_moment_shown() -> None:
    winter = moment_text(np.datetime64("2020-01-15T12:00"), "en", "local", "Europe/Berlin")
    summer = moment_text(np.datetime64("2020-07-15T12:00"), "en", "local", "Europe/Berlin")
    assert winter.endswith("13:00 (UTC+01:00)")
    assert summer.endswith("14:00 (UTC+02:00)")


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../etc/passwd", "/etc/localtime", "\x00"])
def test_an_unknown_zone_is_utc(zone: str) -> None:
    assert zone_or_none(zone) is None
    assert moment_text(np.datetime64("2011-03-11T05:46"), "en", "local", zone).endswith("UTC")


@given(st.floats(-1e12, 1e12, allow_subnormal=False), st.sampled_from(["kk", "ru", "en"]))
def test_numbers_keep_the_digits_that_matter(value: float, language: str) -> None:
    text, _ten, power = number(value, language).partition("·10")
    plain = "".join(text.split()).replace("−", "-")
    plain = plain.replace(",", "") if language == "en" else plain.replace(",", ".")
    read = float(plain) * 10.0 ** int(power.translate(RAISED) or 0)
    assert read == pytest.approx(value, rel=6e-3, abs=1e-99)


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("kk", ("−5\xa0661", "−0,25", "−1,23·10⁻⁴", "0")),
        ("ru", ("−5\xa0661", "−0,25", "−1,23·10⁻⁴", "0")),
        ("en", ("−5,661", "−0.25", "−1.23·10⁻⁴", "0")),
    ],
)
def test_numbers_have_the_signs_of_the_language_and_a_minus_that_is_one(
    language: str, texts: tuple[str, ...]
) -> None:
    found = tuple(number(value, language) for value in (-5661.0, -0.25, -0.000123, -0.0))
    assert found == texts


def test_no_box_at_the_pointer_writes_numbers_with_the_signs_of_english() -> None:
    rooms = [VIEWS, VIEWS / "fields", VIEWS / "landcover", VIEWS / "sources"]
    own = re.compile(r"[@$]\w+\{[+0#]")
    texts = {path.name: path.read_text("utf-8") for room in rooms for path in room.glob("*.py")}
    assert [name for name, text in texts.items() if own.search(text)] == []
    with pytest.raises(ValueError, match="digits is -1"):
        at_pointer(-1)
