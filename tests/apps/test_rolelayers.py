"""Flags of quality and counts as layers: after all quantities, named, explained, never judged."""

import numpy as np
import pandas as pd
import pytest

from analysis.cubes import ingest
from analysis.language import LANGUAGES
from apps.views import atlas
from apps.views.frame import Session
from apps.views.judged import can_be_judged
from apps.views.legend import grid_legend
from apps.views.maps import MapView
from apps.views.rolelayers import described, meanings
from apps.views.state import ViewState
from tests.apps.cubekit import grid


@pytest.fixture(scope="module")
def layers(tmp_path_factory):
    """Temperature with its flags and counts."""
    months = pd.date_range("2020-01-01", periods=4, freq="MS")
    data = grid("lst_day", "degC", months, np.arange(40.5, 44), np.arange(60.5, 66))
    flags = np.broadcast_to(np.arange(6) % 3, data["lst_day"].shape)
    dims = data["lst_day"].dims
    about = {"role": "quality", "units": "1", "source": "made", "flag_values": [0, 1, 2],
             "flag_meanings": "good other cloudy"}  # fmt: skip
    data["lst_day_quality"] = (dims, flags.astype("float32"), about)
    counted = {"role": "count", "units": "1", "source": "made"}
    data["lst_day_count"] = (dims, flags.astype("float32") + 1, counted)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QAZCUBE_CACHE", str(tmp_path_factory.mktemp("cache")))
        ingest(data, "surface", progress=lambda done, total: None)
        yield atlas.grid_layers()


def test_flags_and_counts_are_layers_after_the_quantities(layers):
    assert next(iter(layers)) == "surface/lst_day"
    assert set(layers) == {f"surface/lst_day{tail}" for tail in ("", "_quality", "_count")}
    for language in LANGUAGES:
        names = {layer.name(language) for layer in layers.values()}
        assert len(names) == 3
        base = layers["surface/lst_day"].name(language)
        assert all(name.startswith(base) for name in names)
    assert can_be_judged(layers["surface/lst_day"])
    assert not can_be_judged(layers["surface/lst_day_quality"])
    assert not can_be_judged(layers["surface/lst_day_count"])


def test_the_map_shows_the_flags_as_they_are_and_the_legend_what_they_mean(layers):
    state = ViewState(layer="surface/lst_day_quality", bounds=(60, 40, 66, 44))
    view = MapView(Session("en", str), state, layers)
    shown = view.layer.cube.view(0, (60, 40, 66, 44), 60, 40, "lst_day_quality")
    known = shown.values[np.isfinite(shown.values)]
    assert set(known.tolist()) == {0.0, 1.0, 2.0}
    assert "0: good; 1: other; 2: cloudy" in grid_legend(view.session, view)


def test_meanings_of_bits_name_the_mask():
    attrs = {"flag_meanings": "good cloud", "flag_values": [0, 2], "flag_masks": [3, 3]}
    assert meanings(attrs) == ["0 (3): good", "2 (3): cloud"]
    assert meanings({}) == []
    assert meanings({"flag_meanings": "a b", "flag_values": [1]}) == ["a", "b"]


def test_a_quantity_stays_what_the_vocabulary_says():
    assert described("sst", {"units": "K"}).units == "degC"
    assert described("odd", {"role": "count"}).names["en"] == "odd: number of values"
