"""Stacks of interferograms in GeoTIFF."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.sources.insar.interferograms import open_interferograms
from tests.products.insar_files import WAVELENGTH, write_geotiff, write_licsar

DATES = ("20170106", "20170118", "20170130")
PAIRS = ((0, 1), (1, 2), (0, 2))
SINKING = np.array([0.0, -5.0, -8.0])[:, None, None] * np.linspace(0.2, 1, 12).reshape(3, 4)


def test_frame_of_licsar_opens_lazily(tmp_path, refuse_compute):
    stack = open_interferograms(write_licsar(tmp_path / "frame", SINKING, DATES, PAIRS))
    assert dict(stack.sizes) == {"pair": 3, "latitude": 3, "longitude": 4}
    assert stack.unwrapped_phase.chunks is not None
    assert stack.attrs["wavelength"] == pytest.approx(WAVELENGTH)
    assert stack.attrs["licsar_heading"] == "-169.9"
    assert [str(one)[:10] for one in stack.secondary.values] == [
        "2017-01-18",
        "2017-01-30",
        "2017-01-30",
    ]
    assert stack.latitude.values[0] < stack.latitude.values[-1]
    assert stack.longitude.values[0] == pytest.approx(67.0005)


def test_phases_and_coherence_stand_at_their_places(tmp_path):
    coherence = np.linspace(0.2, 1.0, 12).reshape(3, 4)
    folder = write_licsar(tmp_path / "frame", SINKING, DATES, PAIRS, coherence=coherence)
    stack = open_interferograms(folder).compute()
    first = stack.isel(pair=0)
    expected = 4 * np.pi / (WAVELENGTH * 1000) * -(SINKING[1] - SINKING[0])
    np.testing.assert_allclose(first.unwrapped_phase, expected[::-1], rtol=1e-6)
    np.testing.assert_allclose(first.coherence, coherence[::-1], atol=0.5 / 255)
    assert float(stack.los_up[0, 0]) == pytest.approx(0.77)


def test_zero_phase_is_missing(tmp_path):
    for dates in ("20170106_20170118", "20170118_20170130"):
        values = np.array([[0.0, 1.5]], "float32")
        write_geotiff(tmp_path / f"{dates}.geo.unw.tif", values)
    phase = open_interferograms(tmp_path).unwrapped_phase.values
    assert np.isnan(phase[:, 0, 0]).all()
    assert (phase[:, 0, 1] == 1.5).all()


@pytest.mark.parametrize(
    ("names", "kwargs", "message"),
    [
        (["a.unw.tif"], {}, "No two dates stand in the name"),
        (["20170106_20170118_unw.tif"], {}, "state no wavelength; give wavelength in metres"),
        (["20170106_20170118_unw.tif"], {"wavelength": 5.6}, "radars have 0.01 to 1"),
        (["20170106_20170118_unw.tif"], {"sign": 0}, "sign is 0; allowed are -1 and 1"),
        (["20170106_20170106_unw.tif"], {"wavelength": 0.056}, "joins 2017-01-06 with itself"),
        (["20170106_20170118_cc.tif"], {}, "None of the 1 files is an unwrapped"),
        (
            ["20170106_20170118_unw.tif", "x_20170106_20170118_unw.tif"],
            {"wavelength": 0.056},
            "is there twice",
        ),
        (
            ["20170106_20170118_unw.tif", "20170106_20170130_unw.tif", "20170106_20170130_cc.tif"],
            {"wavelength": 0.056},
            "1 of 2 interferograms have no file of coherence.*20170106_20170118",
        ),
    ],
)
def test_wrong_stacks_are_refused_in_words(tmp_path, names, kwargs, message):
    for name in names:
        write_geotiff(tmp_path / name, np.ones((2, 2), "float32"))
    with pytest.raises(ValueError, match=message):
        open_interferograms(tmp_path, **kwargs)


def test_other_grids_and_radars_are_refused(tmp_path):
    one, two = (tmp_path / f"2017010{k}_20170118_unw.tif" for k in (1, 2))
    write_geotiff(one, np.ones((2, 2), "float32"))
    write_geotiff(two, np.ones((2, 2), "float32"), west=68.0)
    with pytest.raises(ValueError, match="lies on another grid"):
        open_interferograms(tmp_path, wavelength=0.056)
    for path, length in ((one, "0.0562"), (two, "0.2384")):
        write_geotiff(path, np.ones((2, 2), "float32"), tags={"WAVELENGTH_METRES": length})
    with pytest.raises(ValueError, match="not one radar"):
        open_interferograms(tmp_path)


def test_real_stacks_open(real_data):
    mexico = open_interferograms(real_data / "grids" / "insar_pyrate_mexico_s1")
    assert dict(mexico.sizes) == {"pair": 30, "latitude": 60, "longitude": 100}
    assert mexico.attrs["wavelength"] == pytest.approx(0.0555042, abs=1e-7)
    assert float(mexico.coherence.max()) < 1
    sydney = open_interferograms(real_data / "grids" / "insar_pyrate_sydney_envisat")
    assert dict(sydney.sizes) == {"pair": 17, "latitude": 72, "longitude": 47}
    assert "coherence" not in sydney
