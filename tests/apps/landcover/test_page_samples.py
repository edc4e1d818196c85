"""The land-cover page without a browser: samples of one's own, links, giving up."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from tests.apps.landcover.landkit import page_of, settle

QUICK = ["LinearDiscriminant", "NearestNeighbours"]


def test_drawn_samples_are_learnt_from(land: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = page_of(monkeypatch)
    before = len(page.selection.table)
    page.state.param.update(mode="point", label="water")
    page.bar.tapped(65.0, 52.0)
    page.state.mode = "area"
    for corner in ((65.2, 52.2), (65.6, 52.2), (65.6, 52.5)):
        page.bar.tapped(*corner)
    page.bar.double_tapped()
    settle(page)
    drawn = page.selection.table[page.selection.table["origin"] == "drawn"]
    assert len(page.selection.table) == before + len(drawn)
    assert len(drawn) > 5
    assert set(drawn["label"]) == {"water"}
    page.bar.tapped(10.0, 10.0)
    assert not page.bar.drawing.corners or page.state.mode == "area"
    page.state.mode = "point"
    page.bar.tapped(10.0, 10.0)
    assert "outside the imagery" in page.bar.said.object
    assert len(page.state.drawn) == 2
    page.state.mode = "area"
    page.bar.drawing.corners = []
    page.bar._undone()
    settle(page)
    assert (page.selection.table["origin"] == "drawn").sum() == 1
    page.bar.place.value = "52.1, 65.3"
    assert len(page.bar.drawing.corners) == 1
    page.bar.place.value = "here"
    assert "degrees" in page.bar.said.object


def test_too_few_samples_are_told_and_nothing_breaks(
    land: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = page_of(monkeypatch, samples="none", models="LinearDiscriminant")
    assert "no samples" in page.work.message.pane.object
    page.state.drawn = [("a", ((65.0, 52.0),)), ("b", ((65.5, 52.0),))]
    settle(page)
    page.train()
    settle(page)
    assert not page.selection.outcomes
    assert page.work.message.kind == "error"
    page.state.drawn = [("a", ((10.0, 10.0),))]
    settle(page)
    assert "outside the imagery" in page.work.message.pane.object


def test_uploads_follow_one_another_and_a_refused_one_changes_nothing(
    land: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = page_of(monkeypatch, samples="none")
    view = page.parts.part("samples")

    def take(name: str, data: bytes) -> None:
        view.take(name, data)
        view.job.wait()
        settle(page)

    for name, label in (("one.csv", "бидай"), ("two.csv", "су қоймасы")):
        rows = "".join(f"{label},{65 + 0.1 * at},52\n" for at in range(3))
        take(name, f"label,lon,lat\n{rows}".encode())
        assert page.controls.samples.value == page.selection.sample_key
        assert page.selection.base.title("kk") == name  # type: ignore[union-attr]
        assert page.selection.classes == [label]
        assert len(page.selection.table) == 3
    take("metres.csv", b"label,x,y\nsu,412000,5760000\n")
    assert "metres.csv" in view.message.pane.object
    assert view.system.visible
    assert page.selection.classes == ["су қоймасы"]
    view.system.value = "32642"
    view.job.wait()
    settle(page)
    assert page.selection.classes == ["su"]
    assert not view.system.visible
    assert "places = pd.DataFrame(  # drawn" in page.parts.part("files").code()


def test_what_a_link_asks_for_in_vain_is_told(land: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = page_of(
        monkeypatch, imagery="none such", samples="nor this", models="Oracle,MLP", year="1999"
    )
    assert len(page.problems) == 4
    assert page.selection.methods == ["MLP"]
    assert page.selection.year == 2021


@pytest.mark.slow
def test_what_is_finished_when_the_visitor_gives_up_stays_and_has_its_map(
    land: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apps.views.landcover import training

    real, given_up = training.train, threading.Event()

    def train(samples: Any, name: str, **options: Any) -> Any:
        if name == QUICK[0]:
            return real(samples, name, **options)
        options["report"](1, 2, "random")  # raises when the visitor has given up
        raise AssertionError("nobody gave up")

    monkeypatch.setattr(training, "train", train)
    page = page_of(monkeypatch, models=",".join(QUICK), folds="3")
    shown: list[str] = []
    real_first = page.work._first_map

    def first(*given: Any) -> None:
        real_first(*given)
        shown.append(page.selection.pictured)
        page.work.give_up()
        given_up.set()

    monkeypatch.setattr(page.work, "_first_map", first)
    page.train()
    assert given_up.wait(60)
    settle(page)
    assert shown == ["class"]  # the first map is there while the second one learns
    assert list(page.selection.outcomes) == QUICK[:1]
    assert page.state.trained
    assert not page.work.job.running
    assert page.selection.shown_areas() is not None
    assert not page.work.strip.cancel.visible
