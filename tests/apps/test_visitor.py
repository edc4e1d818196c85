"""What stays of a visitor when the session has ended."""

from __future__ import annotations

import gc
import weakref

import panel as pn
import panel_material_ui as pmui
from bokeh.document import Document
from bokeh.models import ImportedStyleSheet
from panel.io.state import set_curdoc

from apps.views.frame import still
from apps.views.visitor import Session, forget, install


def test_a_session_that_has_ended_keeps_nothing_registered() -> None:
    class Context:
        _document = Document()

    other = Document()
    views = pn.state._views
    views["ended"] = (None, None, Context._document, None)
    views["open"] = (None, None, other, None)
    try:
        forget(Context())
        assert "ended" not in views
        assert "open" in views
    finally:
        views.pop("ended", None)
        views.pop("open", None)


def test_a_page_that_nobody_holds_is_gone() -> None:
    view = pmui.Page(title="Sample")
    still(view)
    gone = weakref.ref(view)
    del view
    gc.collect()
    assert gone() is None


def test_a_session_made_without_a_page_takes_its_style_sheets_from_this_server() -> None:
    document = Document()
    with set_curdoc(document):
        install(Session("en", str))
        model = pmui.Column(pmui.Select(options=["a"], name="One")).get_root(document)
    found = model.select({"type": ImportedStyleSheet})
    assert len(list(found)) > 0
    assert not [one.url for one in model.select({"type": ImportedStyleSheet}) if ":" in one.url]
