"""Data whose licence keeps them off public pages are on no page unless the server says so."""

import pytest

from analysis.cubes import ingest
from apps.views import atlas
from tests.apps.conftest import gravity_like


@pytest.fixture
def both(cache):
    for name, public in (("bought", "false"), ("free", "true")):
        ingest(gravity_like().assign_attrs(public=public), name, progress=lambda done, total: None)


def shown():
    return {layer.key for layer in atlas.grid_layers().values()}


def test_restricted_cubes_are_hidden(both):
    assert shown() == {"free/lwe_thickness"}


def test_a_server_behind_a_door_may_show_them(both, monkeypatch):
    monkeypatch.setenv("QAZCUBE_RESTRICTED", "shown")
    assert shown() == {"bought/lwe_thickness", "free/lwe_thickness"}
