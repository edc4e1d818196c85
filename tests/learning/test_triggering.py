"""Events that trigger events: the law of Omori and Utsu, and nothing of the future."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import scipy.integrate

from analysis.cells.lattice import Lattice
from analysis.learning import Past, productivity, triggered_rate

GLOBE = Lattice.from_bounds((-180, -90, 180, 90), 5)
ISSUE = pd.to_datetime(["2015-01-01", "2015-01-31", "2016-01-01"])
NONE = np.zeros((3, GLOBE.size), np.float32)


def within(delay: float, decay: float) -> float:
    return scipy.integrate.quad(lambda t: 1 - (1 + t / delay) ** (1 - decay), 0, 30)[0] / 30


@pytest.mark.parametrize("decay", [1.3, 2.0, 2.5])
def test_number_is_the_integral_of_omori_and_utsu(decay):
    past = Past.of(["2014-12-30"], [71], [43], [0.7], since="2010-01-01")
    rate = triggered_rate(past, GLOBE, ISSUE, background=NONE, delay="6h", decay=decay)
    for step, when in enumerate(ISSUE):
        age = (when - pd.Timestamp("2014-12-30")) / pd.Timedelta("1D")
        wanted, _ = scipy.integrate.quad(
            lambda t: 0.7 * (decay - 1) / 0.25 * (1 + t / 0.25) ** -decay, age, age + 30
        )
        wanted /= 1 - 0.7 * within(0.25, decay)
        assert rate[step].sum(dtype=float) == pytest.approx(wanted, rel=1e-5)
    assert np.argmax(rate[0]) == GLOBE.index([71], [43])[0]


def test_background_takes_what_is_not_triggered():
    flat = NONE + np.float32(1e-3)
    quiet = Past.of(["2011-01-01"], [70], [43], [0.4], since="2010-01-01")
    rate = triggered_rate(quiet, GLOBE, ISSUE, background=flat, memory="100D")
    wanted = 0.6 * flat / (1 - 0.4 * within(15 / 1440, 1.1))
    np.testing.assert_allclose(rate, wanted, rtol=1e-4)


def test_nothing_after_the_issue_time_matters():
    times = pd.date_range("2013-01-01", "2016-06-01", freq="9D")
    generator = np.random.default_rng(0)
    where = generator.uniform(-60, 60, (2, times.size))
    weights = productivity(5 + generator.exponential(0.4, times.size).clip(0, 2), 5.0)
    whole = Past.of(times, *where, weights, since="2010-01-01")
    for step, when in enumerate(ISSUE):
        known = times < when
        part = Past.of(times[known], *where[:, known], weights[known], since="2010-01-01")
        one, other = (
            triggered_rate(past, GLOBE, ISSUE, background=NONE)[step] for past in (whole, part)
        )
        np.testing.assert_array_equal(one, other)


def test_productivity_of_a_gutenberg_richter_record():
    sizes = 5 + np.random.default_rng(0).exponential(1 / np.log(10), 400_000).clip(0, 4)
    assert productivity(sizes, 5.0, growth=0.4).mean() == pytest.approx(0.1 / 0.6, rel=0.02)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"background": NONE[:2]}, "background is"),
        ({"background": NONE, "decay": 1.0}, "p above 1"),
        ({"background": NONE, "delay": "0s"}, "positive length"),
    ],
)
def test_impossible_questions_say_why(options, words):
    past = Past.of(["2014-12-30"], [71], [43], [0.7], since="2010-01-01")
    with pytest.raises(ValueError, match=words):
        triggered_rate(past, GLOBE, ISSUE, **options)


def test_runaway_and_small_sizes_say_why():
    past = Past.of(["2014-12-30"], [70], [43], [1.0], since="2010-01-01")
    with pytest.raises(ValueError, match="ever more"):
        triggered_rate(past, GLOBE, ISSUE, background=NONE)
    with pytest.raises(ValueError, match="below the least"):
        productivity([4.9], 5.0)
    with pytest.raises(ValueError, match="neither may be negative"):
        productivity([5.0], 5.0, growth=-1)
