"""The address of the land-cover page: back and forth, nonsense refused in words."""

from __future__ import annotations

import pytest

from apps.views.landcover.state import FIELDS, MOST_DRAWN, LandState, read_drawn, write_drawn

AREA = ((66.0, 52.0), (66.5, 52.0), (66.5, 52.5))


def test_a_link_holds_all_that_was_chosen() -> None:
    state = LandState(
        imagery="mine", year=2019, samples="none", drawn=[("Жаздық бидай, 1", AREA)],
        methods=["RandomForest", "MLP"], folds=3, block=0.5, trained=True, left="MLP",
        right="RandomForest", other=2020, divider=30, show="units", level="farm", cover="water",
        unit="demo-1", sampled=True, checked=True, point=(66.1, 52.2), band="red", mode="area",
        label="water", bounds=(60.0, 50.0, 61.5, 52.0), tab="areas",
    )  # fmt: skip
    query = state.query()
    assert set(query) == set(FIELDS)
    other = LandState()
    assert other.read_query(query) == []
    assert other.query() == query
    assert LandState().query() == {}


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("year", "soon"), ("year", "99999"), ("folds", "1"), ("folds", "400"), ("block", "-1"),
        ("show", "beauty"), ("units", "village"), ("point", "66"), ("point", "66,95"),
        ("divider", "101"), ("drawn", "a"), ("drawn", "a~1,2;3,4"), ("drawn", "~1,2"),
        ("drawn", "a~1,x"), ("view", "1,2,3"), ("tab", "x" * 300), ("mode", "dance"),
    ],
)  # fmt: skip
def test_nonsense_is_told_and_changes_nothing(key: str, text: str) -> None:
    state = LandState()
    problems = state.read_query({key: text, "left": "MLP"})
    assert len(problems) == 1
    assert problems[0].startswith(f"{key}=")
    assert state.query() == {"left": "MLP"}


def test_drawn_samples_are_kept_tidy_and_not_without_end() -> None:
    state = LandState()
    state.add_drawn("  жайылым \n 2 ", [(66.12345678, 52.0)])
    assert state.drawn == [("жайылым 2", ((66.1235, 52.0),))]
    with pytest.raises(ValueError, match="needs a class"):
        state.add_drawn("  ", [(66.0, 52.0)])
    state.drawn = state.drawn * MOST_DRAWN
    with pytest.raises(ValueError, match="At most"):
        state.add_drawn("a", [(66.0, 52.0)])


def test_a_link_that_would_be_too_long_leaves_the_drawn_samples_out() -> None:
    state = LandState(drawn=[("шабындық", AREA)] * MOST_DRAWN)
    assert not state.fits
    assert "drawn" not in state.query()
    state.drawn = state.drawn[:3]
    assert state.fits
    assert read_drawn(state.query()["drawn"]) == state.drawn


def test_labels_may_hold_every_letter() -> None:
    drawn = [(label, AREA) for label in ("a|b", "a~b;c,d", "Орман %20", "=&?#+")]
    assert read_drawn(write_drawn(drawn)) == drawn
