"""Sums of events before issue times: exact, equal by both ways, blind to the future."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.seismic import energy_joules
from analysis.seismic.history import Swept, outcomes, sweep

FIELDS = tuple(Swept.__dataclass_fields__)


def days(*numbers: float) -> np.ndarray:
    return np.datetime64("2000-01-01", "ns") + (np.array(numbers) * 86_400e9).astype("m8[ns]")


@st.composite
def records(draw: st.DrawFn) -> dict[str, Any]:
    """Events and issue times, many of them at the same moments."""
    n = draw(st.integers(0, 40))
    moments = draw(st.lists(st.integers(0, 60), min_size=n, max_size=n))
    issue = sorted(draw(st.sets(st.integers(1, 70), min_size=1, max_size=12)))
    return {
        "cell": np.array(draw(st.lists(st.integers(-1, 4), min_size=n, max_size=n)), np.int64),
        "times": days(*moments),
        "magnitude": np.array(draw(st.lists(st.floats(3, 9), min_size=n, max_size=n))),
        "issue": days(*issue),
        "history": f"{draw(st.integers(1, 30))}D",
        "delay": draw(st.sampled_from([None, "12h"])),
    }


@settings(max_examples=40)
@given(records())
def test_rows_are_those_of_masks(record: dict[str, Any]) -> None:
    rows = sweep(**record)
    found = {}
    back = np.timedelta64(int(record["history"][:-1]), "D")
    wait = np.timedelta64(0 if record["delay"] is None else 12, "h")
    for k, when in enumerate(record["issue"]):
        known = (record["times"] >= when - back) & (record["times"] < when - wait)
        for cell in range(5):
            inside = known & (record["cell"] == cell)
            if inside.any():
                found[k, cell] = inside
    assert list(zip(rows.step, rows.cell, strict=True)) == sorted(found)
    for row, inside in enumerate(found[key] for key in sorted(found)):
        assert rows.count[row] == inside.sum()
        assert rows.largest[row] == record["magnitude"][inside].max()
        assert rows.last[row] == record["times"][inside].max()
        total = energy_joules(record["magnitude"][inside]).sum()
        np.testing.assert_allclose(rows.energy[row], total, rtol=1e-12)
        np.testing.assert_allclose(rows.magnitudes[row], record["magnitude"][inside].sum())


@settings(max_examples=25)
@given(records())
def test_numba_and_numpy_give_the_same_bits(record: dict[str, Any]) -> None:
    compiled, plain = (sweep(**record, method=method) for method in ("numba", "numpy"))
    for name in FIELDS:
        one, other = getattr(compiled, name), getattr(plain, name)
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)


def test_long_sums_have_the_same_bits() -> None:
    random = np.random.default_rng(5)
    times = days(*np.sort(random.uniform(0, 400, 3000)))
    cell, magnitude = random.integers(0, 3, 3000), random.normal(5, 1, 3000)
    issue = days(*np.arange(30, 400, 30))
    both = [sweep(cell, times, magnitude, issue, method=one) for one in ("numba", "numpy")]
    assert all(np.array_equal(*(getattr(one, name) for one in both)) for name in FIELDS)


@settings(max_examples=25)
@given(records(), st.randoms(use_true_random=False))
def test_the_order_of_events_does_not_matter(record: dict[str, Any], random: Any) -> None:
    order = np.array(random.sample(range(len(record["cell"])), len(record["cell"])), int)
    mixed = record | {name: record[name][order] for name in ("cell", "times", "magnitude")}
    for name in ("step", "cell", "count", "largest", "last"):
        np.testing.assert_array_equal(getattr(sweep(**record), name), getattr(sweep(**mixed), name))


@settings(max_examples=25)
@given(records(), st.integers(0, 11))
def test_the_future_is_not_known(record: dict[str, Any], step: int) -> None:
    step = step % record["issue"].size
    later = record["times"] >= record["issue"][step]
    changed = record | {
        "magnitude": np.where(later, 9.5, record["magnitude"]),
        "cell": np.where(later, 2, record["cell"]),
    }
    for name in FIELDS:
        one, other = (sweep(**each) for each in (record, changed))
        known = getattr(one, name)[one.step <= step], getattr(other, name)[other.step <= step]
        np.testing.assert_array_equal(*known)


@settings(max_examples=25)
@given(records())
def test_outcomes_are_those_of_masks(record: dict[str, Any]) -> None:
    rows = outcomes(record["cell"], record["times"], record["issue"], record["history"])
    ahead = np.timedelta64(int(record["history"][:-1]), "D")
    found = {}
    for k, when in enumerate(record["issue"]):
        inside = (record["times"] >= when) & (record["times"] < when + ahead)
        for cell in record["cell"][inside & (record["cell"] >= 0)]:
            found[k, cell] = found.get((k, cell), 0) + 1
    pairs = zip(rows.step, rows.cell, strict=True)
    assert dict(zip(pairs, rows.count, strict=True)) == found


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"method": "cupy"}, "unknown"),
        ({"history": "-3D"}, "longer than nothing"),
        ({"delay": "40D"}, "not shorter"),
        ({"magnitude": [5.0]}, "must be"),
        ({"magnitude": [5.0, np.nan]}, "missing"),
        ({"cell": [0.5, 1.0]}, "whole numbers"),
        ({"issue": days(3, 1)}, "ascend"),
        ({"issue": days()}, "at least one"),
    ],
)
def test_what_cannot_be_is_refused(change: dict[str, Any], words: str) -> None:
    good = {
        "cell": [0, 1],
        "times": days(1, 2),
        "magnitude": [5.0, 6.0],
        "issue": days(3),
        "history": "30D",
    }
    with pytest.raises(ValueError, match=words):
        sweep(**(good | change))
