"""The drawer of every page: groups made when opened, widgets and state kept equal."""

from __future__ import annotations

from typing import Any

import panel_material_ui as pmui
import param

from apps.views.drawer import Binding, Groups


class Chosen(param.Parameterized):
    number = param.Integer(1, allow_None=True)


def test_a_group_is_made_once_when_it_is_opened_and_filled_before_it_is_shown() -> None:
    made: list[Any] = []
    seen: list[Any] = []

    def build() -> list[Any]:
        made.append(pmui.Select(options=[1, 2]))
        return made[-1:]

    groups = Groups([("One", build), ("Two", build)], lambda: seen.append(made[-1]))
    groups.bodies[1].param.watch(lambda _event: seen.append("shown"), "objects")
    assert len(made) == 1
    assert [len(body) for body in groups.bodies] == [1, 0]
    groups.panel.active = [0, 1]
    groups.panel.active = [1]
    groups.panel.active = [0, 1]
    assert len(made) == 2, "a group that is opened again is the same"
    assert seen == [*made, "shown"], "what fills the widgets comes before they are in the page"
    assert [len(body) for body in groups.bodies] == [1, 1]


def test_widget_and_state_follow_each_other_and_quiet_changes_do_not_come_back() -> None:
    state = Chosen()
    binding = Binding(state)
    widget = pmui.Select(options=[10, 20, 30], value=10)
    binding.both(widget, "number", lambda value: value // 10, lambda value: value and value * 10)
    widget.value = 20
    assert state.number == 2
    state.number = 3
    assert widget.value == 30
    state.number = None
    assert widget.value == 30, "None leaves the widget as it is"
    with binding.quiet():
        with binding.quiet():
            widget.value = 10
        assert binding.busy, "the outer one still holds"
        widget.value = 20
    assert not binding.busy
    assert state.number is None
    widget.value = 10
    assert state.number == 1


def test_what_only_sends_does_not_follow() -> None:
    state = Chosen()
    binding = Binding(state)
    widget = binding.send(pmui.Select(options=[1, 2, 3], value=1), "number")
    widget.value = 2
    assert state.number == 2
    state.number = 3
    assert widget.value == 2
