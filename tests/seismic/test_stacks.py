"""Stacks of interferograms as a source."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from intake.readers import datatypes

from analysis.seismic.stacks import StackReader, invert_stack, open_stack
from analysis.sources import open_source
from analysis.sources.normalise import normalise
from tests.products.insar_files import write_gunw, write_licsar

DAYS = ("20170106", "20170118", "20170130", "20170211")
PAIRS = ((0, 1), (1, 2), (0, 2), (2, 3), (1, 3))
SHAPE = np.linspace(0.2, 1.0, 12).reshape(3, 4)
MOVED = np.array([0.0, -5.0, -8.0, -14.0])[:, None, None] * SHAPE


@pytest.fixture
def frame(tmp_path):
    coherence = np.full((3, 4), 0.5)
    coherence[2, 1] = 0.95
    return write_licsar(tmp_path / "frame", MOVED, DAYS, PAIRS, coherence=coherence)


def test_frame_becomes_a_cube_lazily(frame, refuse_compute):
    out = normalise(StackReader(datatypes.TIFF(url=str(frame))).read())
    assert out.los_displacement.dims == ("time", "latitude", "longitude")
    assert out.los_displacement.chunks is not None
    assert list(out.los_displacement.attrs["units"]) == list("mm")


def test_cube_departs_from_the_most_coherent_cell(frame):
    out = normalise(invert_stack(frame))
    expected = (MOVED - MOVED[:, 2:, 1:2])[:, ::-1]
    np.testing.assert_allclose(out.los_displacement, expected, atol=1e-3)


def test_velocity_is_a_still_grid(frame):
    out = normalise(invert_stack(frame, show="velocity", reference=[67.0005, 43.9995]))
    assert out.attrs["static"]
    assert set(out.data_vars) == {"velocity", "velocity_std", "temporal_coherence", "time_bounds"}
    slope = np.polyfit(np.array([0, 12, 24, 36]) / 365.25, (MOVED - MOVED[:, :1, :1])[:, 2, 3], 1)[
        0
    ]
    assert float(out.velocity[0, 0, 3]) == pytest.approx(slope, rel=1e-4)


def test_aria_is_known_by_its_names(tmp_path):
    for a, b in PAIRS:
        write_gunw(tmp_path, MOVED[b] - MOVED[a], (DAYS[a], DAYS[b]))
    assert open_stack(tmp_path).attrs["sign"] == 1
    out = invert_stack(tmp_path, reference=(67.0, 44.0))
    np.testing.assert_allclose(out.los_displacement, (MOVED - MOVED[:, :1, :1])[:, ::-1], atol=1e-3)


def test_wrong_choices_are_refused(frame, tmp_path):
    with pytest.raises(ValueError, match="show is 'phase'; allowed are displacement, velocity"):
        invert_stack(frame, show="phase")
    with pytest.raises(ValueError, match="There is no file or folder"):
        invert_stack(tmp_path / "none")


def test_real_stack_opens_as_a_source(real_data):
    stack = real_data / "grids" / "insar_pyrate_mexico_s1"
    rate = open_source("insar_licsar", path=stack, show="velocity")
    assert np.round(np.nanpercentile(rate.velocity, [2, 50, 98])).tolist() == [-283, -93, 1]
    assert rate.velocity.attrs["units"] == "mm/year"
    assert rate.longitude.values[0] == pytest.approx(-99.1904, abs=1e-4)
    assert open_source("insar_licsar", path=stack).sizes["time"] == 13


def test_lazy_files_can_be_sent_to_another_process(tmp_path):
    write_gunw(tmp_path, MOVED[1], DAYS[:2])
    out = open_stack(tmp_path).unwrapped_phase
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(out)), out)  # noqa: S301 - our own


def test_damage_that_shows_late_is_told_in_words(frame):
    path = next(frame.rglob("20170106_20170118.geo.unw.tif"))
    lazy = invert_stack(frame)
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(ValueError, match=r"geo.unw.tif cannot be read: .*Copy or download"):
        lazy.compute()
