"""The drawer of a page: groups that are made when they are opened, widgets that follow a state."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import panel as pn
import panel_material_ui as pmui

WIDE: dict[str, Any] = {"sizing_mode": "stretch_width", "margin": (6, 8)}
ROOMY: dict[str, Any] = {"sizing_mode": "stretch_width", "margin": (7, 12)}
"""Widgets as wide as the drawer, those of `ROOMY` with more room around."""

Group = tuple[str, Callable[[], list[Any]]]
"""Title of a group, and what makes its widgets."""


def _same(value: Any) -> Any:
    return value


class Groups:
    """Titles one under the other; what stands under one is made when it is first opened.

    Parameters
    ----------
    groups : sequence of pairs
        Title, and what makes the widgets; the first one is open from the beginning.
    made : callable, optional
        Called when the widgets of a group are made, before they stand in it.

    Attributes
    ----------
    bodies : list
        Column of each group.
    panel
        All of them.
    """

    def __init__(self, groups: Sequence[Group], made: Callable[[], None] | None = None):
        self._build = dict(enumerate(build for _title, build in groups))
        self._made = made
        self.bodies = [pn.Column(sizing_mode="stretch_width", margin=0) for _group in groups]
        self.panel = pmui.Accordion(
            *((title, body) for (title, _b), body in zip(groups, self.bodies, strict=True)),
            active=[0],
            sizing_mode="stretch_width",
            margin=0,
            disable_gutters=True,
            elevation=0,
            title_variant="subtitle1",
        )
        self._open()
        self.panel.param.watch(self._open, "active")

    def _open(self, *_events: Any) -> None:
        for index in self.panel.active:
            build = self._build.pop(index, None)
            if build is not None:
                widgets = build()
                if self._made is not None:
                    self._made()  # before the browser has them: it would not show the change
                self.bodies[index][:] = widgets


class Binding:
    """Keeps widgets and a state equal; what is put in quietly does not come back as a choice.

    Parameters
    ----------
    state
        Its parameters are set by the widgets.

    Attributes
    ----------
    busy : bool
        Whether the page itself changes the widgets at the moment.
    """

    def __init__(self, state: Any):
        self.state, self.busy = state, False

    @contextlib.contextmanager
    def quiet(self) -> Iterator[None]:
        """Let the page change widgets without setting the state by it."""
        before, self.busy = self.busy, True
        try:
            yield
        finally:
            self.busy = before

    def put(self, name: str, value: Any) -> None:
        """Set a parameter of the state unless it is so already."""
        if getattr(self.state, name) != value:
            setattr(self.state, name, value)

    def chosen(self, widget: Any, then: Callable[[Any], None]) -> Any:
        """Call what takes the value that the visitor chose; return the widget."""

        def changed(event: Any) -> None:
            if not self.busy and event.new is not None:
                then(event.new)

        widget.param.watch(changed, "value")
        return widget

    def send(self, widget: Any, name: str, take: Callable[[Any], Any] = _same) -> Any:
        """Let a widget set a parameter of the state; return the widget.

        Parameters
        ----------
        widget
            Has a ``value``.
        name : str
            Of the parameter.
        take : callable, optional
            Makes the parameter of the value.
        """
        return self.chosen(widget, lambda value: self.put(name, take(value)))

    def both(
        self,
        widget: Any,
        name: str,
        take: Callable[[Any], Any] = _same,
        give: Callable[[Any], Any] = _same,
    ) -> Any:
        """Let a widget set a parameter of the state and follow it; return the widget.

        Parameters
        ----------
        widget
            Has a ``value``.
        name : str
            Of the parameter.
        take, give : callable, optional
            Make the parameter of the value, and the value of the parameter; None leaves it.
        """

        def follow(event: Any) -> None:
            value = give(event.new)
            if value is not None and widget.value != value:
                with self.quiet():
                    widget.value = value

        self.state.param.watch(follow, name)
        return self.send(widget, name, take)
