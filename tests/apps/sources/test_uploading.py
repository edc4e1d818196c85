"""The tab of one's own files: offered, sent in parts, understood, answered, added, removed."""

import threading
from pathlib import Path

import pytest

from analysis.language import LANGUAGES
from analysis.uploads import Refused, visitor_space
from analysis.uploads.refusals import REASONS
from analysis.uploads.understanding import understand
from apps.views.sources import uploading
from apps.views.sources.owner import COOKIE, token_of
from apps.views.sources.ownlayers import layers_of
from apps.views.sources.page import SourcesPage
from apps.views.sources.refusaltext import refusal_text
from apps.views.sources.uploading import Uploading
from tests.apps.sources.conftest import visitor
from tests.uploads.filekit import csv, netcdf


@pytest.fixture
def panel(cache, visit, monkeypatch):
    """The tab, with files understood in this process: what a child does is tested elsewhere."""

    def here(space, path, form, file, answers, stop=None):
        return understand(path, form, file, answers)

    monkeypatch.setattr(uploading, "look", here)
    monkeypatch.setenv("QAZCUBE_CATALOG", str(cache / "none.yml"))
    changed = []
    found = Uploading(visit, lambda: changed.append(True))
    found.changed = changed
    sent = []
    monkeypatch.setattr(found.picker, "_send_msg", sent.append)
    found.sent = sent
    return found


def send(panel, path: Path, *, name: str = "", part: int = 700):
    data = path.read_bytes()
    panel.picker._handle_msg({"what": "offer", "name": name or path.name, "size": len(data)})
    for start in range(0, len(data), part):
        piece = data[start : start + part]
        last = start + part >= len(data)
        panel.picker._handle_msg({"what": "part", "bytes": piece, "last": last})
    panel.wait()


def test_a_file_comes_in_parts_is_understood_and_its_questions_are_asked(panel, tmp_path):
    path = netcdf(tmp_path / "Rain 2020.nc", units=None)
    send(panel, path)
    assert panel.path.read_bytes() == path.read_bytes()
    assert panel.path.name == "rain_2020.nc"
    assert panel.review.visible
    assert panel.add.disabled
    assert panel.message.kind == "info"
    assert panel.title.value == "Rain 2020"
    (_one, field), = panel.questions._fields  # fmt: skip
    field.value = "mm"
    panel.again.clicks += 1
    panel.wait()
    assert "24 times" in panel.told.html
    assert not panel.add.disabled


def test_the_browser_is_told_a_word_by_which_it_is_known(panel, tmp_path):
    assert panel.space is None
    send(panel, csv(tmp_path / "w.csv"))
    (told,) = (one for one in panel.sent if isinstance(one, dict))
    assert told["cookie"] == COOKIE
    assert panel.space == visitor_space(told["token"])
    assert told["days"] == 30
    again = panel.token
    panel.picker._handle_msg({"what": "stop"})
    send(panel, csv(tmp_path / "w.csv"))
    assert panel.token == again


def test_what_the_browser_refuses_takes_back_what_was_said_of_the_file_before(panel, tmp_path):
    wrong = tmp_path / "w.csv"
    wrong.write_bytes(b"\x00\x01" * 40)
    send(panel, wrong)
    assert panel.message.kind == "error"
    panel.picker._handle_msg({"what": "fault"})
    assert not panel.message.pane.visible
    send(panel, netcdf(tmp_path / "Rain 2020.nc", units=None))
    assert panel.message.kind == "info"
    panel.picker._handle_msg({"what": "fault"})
    assert panel.message.pane.visible
    assert panel.review.visible


def test_adding_lists_the_file_and_tells_the_page(panel, tmp_path, monkeypatch):
    from analysis.uploads.spaces import as_item

    def added(space, path, form, file, title, answers, progress, stop):
        progress(1, 2)
        found = understand(path, form, file, answers)
        made = as_item("my_w", title, file, found | {"data": path.name}, path.parent, space)
        space.catalog.write_text("{}")
        space.keep(made)
        return made

    monkeypatch.setattr(uploading, "add", added)
    send(panel, csv(tmp_path / "w.csv"))
    panel.title.value = "<b>Wells</b>"
    panel.add.clicks += 1
    panel.wait()
    assert panel.changed == [True]
    assert "&lt;b&gt;Wells&lt;/b&gt;" in panel.list.html
    assert "tables=my_w" in panel.list.html
    assert not panel.review.visible
    panel.list._handle_msg("remove:my_w")
    assert panel.items() == []
    assert panel.list.html == ""
    assert len(panel.changed) == 2


@pytest.mark.parametrize(
    ("name", "size"),
    [("a.exe", 5), ("a.csv", 0), ("a.csv", 10**10), ("a.csv", 0.5), ("a.csv", "5")],
)
def test_what_is_offered_wrongly_is_not_asked_for(panel, name, size):
    panel.picker._handle_msg({"what": "offer", "name": name, "size": size})
    assert "next" not in panel.sent
    assert panel.path is None
    panel.picker._handle_msg({"what": "part", "bytes": b"12345", "last": True})
    assert panel.path is None


def test_who_sends_more_than_was_offered_is_cut_off(panel):
    panel.picker._handle_msg({"what": "offer", "name": "a.csv", "size": 5})
    folder = panel.path.parent
    panel.picker._handle_msg({"what": "part", "bytes": b"123456", "last": True})
    assert panel.path is None
    assert not folder.exists()


def test_a_path_in_a_name_stays_inside(panel):
    panel.picker._handle_msg({"what": "offer", "name": "../../../evil.csv", "size": 5})
    assert panel.space.files in panel.path.parents
    assert panel.path.name == "evil.csv"


def test_a_bad_file_is_told_and_nothing_is_kept(panel, tmp_path):
    path = tmp_path / "a.nc"
    path.write_bytes(b"this is no grid at all")
    send(panel, path)
    assert panel.message.kind == "error"
    assert "a.nc" in panel.message.pane.object
    assert list(panel.space.files.iterdir()) == []
    assert not panel.review.visible


def test_giving_up_leaves_nothing(panel, tmp_path, monkeypatch):
    begun, go = threading.Event(), threading.Event()

    def slow(*args):
        begun.set()
        go.wait(10)
        return understand(*args[1:5])

    monkeypatch.setattr(uploading, "look", slow)
    path = csv(tmp_path / "w.csv")
    data = path.read_bytes()
    panel.picker._handle_msg({"what": "offer", "name": "w.csv", "size": len(data)})
    panel.picker._handle_msg({"what": "part", "bytes": data, "last": True})
    assert begun.wait(10)
    panel.picker._handle_msg({"what": "stop"})
    go.set()
    panel.wait()
    assert not panel.review.visible
    assert list(panel.space.files.iterdir()) == []


def test_where_it_is_switched_off_there_is_no_field(cache, visit, monkeypatch):
    monkeypatch.setenv("QAZCUBE_UPLOADS", "off")
    panel = Uploading(visit, lambda: None)
    assert panel.picker is None
    assert "qazcube sources add" in panel.about.object


def test_a_login_is_known_in_every_browser_and_cookies_do_not_override_it():
    login = token_of({COOKIE: "x" * 32}, "anna")
    assert login == token_of({}, "anna") != token_of({}, "boris")
    assert visitor_space(login).folder != visitor_space("x" * 32).folder
    assert token_of({COOKIE: "x" * 32}, "guest") == "x" * 32


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_is_worded(language):
    values = {"name": "a.nc", "allowed": ".nc", "size": 5, "limit": 6, "count": 7, "format": "ZIP",
              "path": "p", "part": ".shx", "detail": "d", "seconds": 3, "crs": "E"}  # fmt: skip
    texts = {refusal_text(visitor(language), Refused(key, **values))[0] for key in REASONS}
    assert len(texts) == len(REASONS)
    assert not any("{" in text for text in texts)


def test_own_files_are_listed_first_and_their_grids_are_layers(cache, visit, monkeypatch):
    from analysis.cubes import ingest
    from analysis.uploads import Item
    from apps.views.sources import owner
    from tests.apps.cubekit import grid

    token = "t" * 24
    space = visitor_space(token)
    with monkeypatch.context() as patch:
        patch.setenv("QAZCUBE_CACHE", str(space.cache))
        import numpy as np
        import pandas as pd

        months = pd.date_range("2004-01-01", periods=3, freq="MS")
        data = grid("sst", "degC", months, np.array([1.0, 2.0]), np.array([3.0, 4.0]))
        ingest(data, "my_sea", progress=lambda done, total: None)
    space.keep(Item("my_sea", "Sea", "sea.nc", "grid", 9, 1.0, {"sst": "degC"}, [3, 1, 4, 2],
                    ["2004-01-01", "2004-03-01"]))  # fmt: skip
    layer = layers_of(space)["my_sea/sst"]
    assert layer.title("kk") == "Sea (өз файлыңыз)"
    assert layer.unit("en") == "°C"
    monkeypatch.setattr(uploading, "present_token", lambda: token)
    page = SourcesPage(visit)
    assert page.every[0].name == "my_sea"
    assert page.every[0].own
    assert "Sea" in page.list.html
    assert owner.space_of(token).folder == space.folder
