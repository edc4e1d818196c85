"""Displacement products that others made: OPERA, LiCSBAS, MintPy, ARIA, SNAP, EGMS."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.seismic import sbas
from analysis.sources.insar import egms
from analysis.sources.insar.egms import open_egms
from analysis.sources.insar.gunw import open_gunw
from analysis.sources.insar.opera import open_disp
from analysis.sources.insar.snap import open_snap
from analysis.sources.insar.timeseries import open_licsbas, open_mintpy
from analysis.sources.normalise import normalise
from tests.products.insar_files import (
    WAVELENGTH,
    write_dimap,
    write_egms,
    write_geotiff,
    write_gunw,
    write_licsbas,
    write_mintpy,
    write_mintpy_velocity,
    write_opera,
)

DAYS = ("20170106", "20170118", "20170130", "20170211", "20170223")
SHAPE = np.linspace(0.2, 1.0, 12).reshape(3, 4)
MOVED = np.array([0.0, -5.0, -8.0, -14.0, -15.0])[:, None, None] * SHAPE  # mm
TIMES = pd.to_datetime(list(DAYS)).to_numpy()


def disp(folder, pairs, **kwargs):
    """Files of the pairs (indices of days), in metres."""
    return [
        write_opera(folder, (MOVED[b] - MOVED[a]) / 1000, (DAYS[a], DAYS[b]), **kwargs)
        for a, b in pairs
    ]


MOVING = ((0, 1), (0, 2), (2, 3), (2, 4))  # the reference date moves to the third


def test_opera_is_brought_to_the_first_reference_date(tmp_path, refuse_compute):
    disp(tmp_path, MOVING)
    out = open_disp(tmp_path)
    assert out.los_displacement.chunks is not None
    assert [str(one)[:10] for one in out.time.values] == [str(one)[:10] for one in TIMES]


def test_opera_displacement_is_continuous_through_the_change_of_reference(tmp_path):
    disp(tmp_path, MOVING)
    out = open_disp(tmp_path)
    np.testing.assert_allclose(out.los_displacement * 1000, MOVED, atol=1e-5)
    grid = normalise(out)
    assert grid.los_displacement.attrs["units"] == "mm"
    values = grid.los_displacement.isel(time=4).values
    inside = np.isfinite(values)
    assert inside.mean() > 0.5
    apart = np.abs(values[inside][:, None] - MOVED[4].ravel())
    assert apart.min(axis=1).max() < 1e-4  # each value stands in the file
    assert grid.los_displacement_quality.attrs["role"] == "quality"


def test_opera_recommended_mask_is_applied_and_kept(tmp_path):
    mask = np.ones((3, 4), "uint8")
    mask[1, 2], mask[0, 0] = 0, 255
    disp(tmp_path, MOVING[:1], mask=mask)
    good, raw = (open_disp(tmp_path, quality=q).compute() for q in ("good", "all"))
    lost = np.isnan(good.los_displacement[1])
    assert lost.sum() == 2
    assert bool(lost[1, 2])
    assert bool(lost[0, 0])
    assert np.isfinite(raw.los_displacement).all()
    np.testing.assert_array_equal(good.los_displacement_quality[1], mask)


def test_opera_stack_without_a_date_in_the_middle_is_refused(tmp_path):
    paths = disp(tmp_path, MOVING)
    with pytest.raises(ValueError, match="starts at 2017-01-30, which no file of the stack"):
        open_disp([paths[0], *paths[2:]])
    later = open_disp(paths[2:])
    np.testing.assert_allclose(later.los_displacement[2] * 1000, MOVED[4] - MOVED[2], atol=1e-5)


def test_opera_newer_version_wins_and_frames_do_not_mix(tmp_path):
    disp(tmp_path, MOVING[:2])
    write_opera(tmp_path, SHAPE, DAYS[:2], made="20260101T000000")
    out = open_disp(tmp_path)
    np.testing.assert_allclose(out.los_displacement[1], SHAPE, rtol=1e-6)
    disp(tmp_path, MOVING[:1], frame="08882")
    with pytest.raises(ValueError, match="2 frames; choose one: frame='08882'"):
        open_disp(tmp_path)
    assert open_disp(tmp_path, frame=8882).time.size == 2
    assert open_disp(tmp_path, frame="F11116").time.size == 3
    with pytest.raises(ValueError, match="No file is of the frame 7; there are 08882, 11116"):
        open_disp(tmp_path, frame=7)
    with pytest.raises(ValueError, match="is no name of an OPERA"):
        open_disp(write_licsbas(tmp_path / "a.nc", MOVED, DAYS))
    with pytest.raises(ValueError, match="allowed are displacement"):
        open_disp(tmp_path, layer="height")


def test_licsbas_series_and_velocity(tmp_path):
    path = write_licsbas(tmp_path / "cum_filt.h5", MOVED, DAYS, velocity=SHAPE * -90)
    out = normalise(open_licsbas(path))
    np.testing.assert_allclose(out.los_displacement, MOVED[:, ::-1], rtol=1e-5)
    np.testing.assert_allclose(out.velocity[0], SHAPE[::-1] * -90, rtol=1e-6)
    assert out.latitude.values[-1] == pytest.approx(43.9995)
    assert out.longitude.values[0] == pytest.approx(67.0005)
    np.testing.assert_array_equal(out.time.values, TIMES)
    assert out.attrs["reference_area"] == "1:2/1:2"


def test_mintpy_series(tmp_path):
    out = normalise(open_mintpy(write_mintpy(tmp_path / "timeseries.h5", MOVED / 1000, DAYS)))
    np.testing.assert_allclose(out.los_displacement, MOVED[:, ::-1], rtol=1e-5)
    assert out.los_displacement.attrs["units"] == "mm"
    assert out.latitude.values[-1] == pytest.approx(43.9995)
    np.testing.assert_array_equal(out.time.values, TIMES)


def test_mintpy_velocity_in_a_projection(tmp_path):
    path = write_mintpy_velocity(
        tmp_path / "velocity.h5",
        SHAPE / -10,
        SHAPE / 100,
        X_FIRST="500000",
        Y_FIRST="4800000",
        X_STEP="100",
        Y_STEP="-100",
        X_UNIT="meters",
        Y_UNIT="meters",
        EPSG="32642",
    )
    out = normalise(open_mintpy(path))
    assert out.velocity.attrs["units"] == "mm/year"
    assert float(out.velocity.min()) == pytest.approx(-100, rel=1e-5)
    assert float(out.velocity_std.max()) == pytest.approx(10, rel=1e-5)
    assert float(out.longitude.mean()) == pytest.approx(69, abs=0.01)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"X_FIRST": None}, "in radar coordinates; geocode it first"),
        ({"X_STEP": "0"}, "in steps of 0"),
        ({"X_STEP": "3"}, "cells of 3 degrees"),
        ({"LENGTH": "12"}, "states the LENGTH 12 and the WIDTH"),
        ({"X_STEP": "far"}, "the attribute X_STEP is 'far'"),
        ({"X_UNIT": "meters", "EPSG": "99"}, "EPSG code 99, which is none"),
        ({"UNIT": "radian"}, "is in 'radian'; metres wanted"),
    ],
)
def test_mintpy_refuses_what_it_cannot_place(tmp_path, changes, message):
    path = write_mintpy(tmp_path / "timeseries.h5", MOVED / 1000, DAYS, **changes)
    with pytest.raises(ValueError, match=message):
        open_mintpy(path)


def gunw(folder, pairs, **kwargs):
    return [write_gunw(folder, MOVED[b] - MOVED[a], (DAYS[a], DAYS[b]), **kwargs) for a, b in pairs]


def test_aria_stack_gives_the_displacement_by_sbas(tmp_path):
    gunw(tmp_path, ((0, 1), (1, 2), (0, 2), (2, 3), (3, 4), (2, 4)))
    stack = open_gunw(tmp_path)
    assert stack.unwrapped_phase.chunks is not None
    assert stack.attrs["wavelength"] == pytest.approx(WAVELENGTH)
    assert (stack.reference.values < stack.secondary.values).all()
    out = sbas(stack, reference=(67.0, 44.0))
    expected = (MOVED - MOVED[:, :1, :1])[:, ::-1]
    np.testing.assert_allclose(out.los_displacement, expected, atol=1e-4)


def test_aria_files_of_other_extents_are_cropped_to_what_they_share(tmp_path):
    step = 1 / 1200
    gunw(tmp_path, ((0, 1),))
    gunw(tmp_path, ((1, 2),), west=67.0 + step, north=44.0 - step)
    out = open_gunw(tmp_path).compute()
    assert dict(out.sizes) == {"pair": 2, "latitude": 2, "longitude": 3}
    factor = 4 * np.pi / (WAVELENGTH * 1000)
    np.testing.assert_allclose(
        out.unwrapped_phase[0], factor * (MOVED[1] - MOVED[0])[1:, 1:][::-1], rtol=1e-5
    )
    gunw(tmp_path, ((2, 3),), west=67.0 + step * 0.4)
    with pytest.raises(ValueError, match="do not coincide"):
        open_gunw(tmp_path)
    gunw(tmp_path, ((3, 4),), track="144")
    with pytest.raises(ValueError, match="2 tracks"):
        open_gunw(tmp_path)


def test_snap_displacement_of_beam_dimap(tmp_path, refuse_compute):
    bands = {
        "displacement_VV_06Jan2018_30Jan2018": ("meters", MOVED[1] / 1000),
        "coh_IW1_VV_06Jan2018_30Jan2018": ("coherence", SHAPE),
        "elevation": ("m", SHAPE * 1000),
    }
    out = open_snap(write_dimap(tmp_path, bands))
    assert set(out.data_vars) == {"los_displacement", "coherence", "time_bounds"}
    assert out.los_displacement.chunks is not None


def test_snap_values_dates_and_signs(tmp_path):
    bands = {"displacement_VV_06Jan2018_30Jan2018": ("meters", MOVED[1] / 1000)}
    out = normalise(open_snap(write_dimap(tmp_path / "a", bands)))
    np.testing.assert_allclose(out.los_displacement[0], MOVED[1][::-1], rtol=1e-5)
    assert str(out.time.values[0])[:10] == "2018-01-30"
    assert str(out.time_bounds.values[0, 0])[:10] == "2018-01-06"
    turned = {"displacement_VV_30Jan2018_06Jan2018": ("meters", MOVED[1] / 1000)}
    back = normalise(open_snap(write_dimap(tmp_path / "b", turned)))
    np.testing.assert_allclose(back.los_displacement, -out.los_displacement)
    np.testing.assert_array_equal(back.time, out.time)


def test_snap_phase_becomes_displacement(tmp_path):
    length = 299_792_458 / 5405.000454334349e6
    phase = -4 * np.pi / length * MOVED[1] / 1000
    bands = {"Unw_Phase_ifg_IW1_VV_06Jan2018_30Jan2018": ("abs_phase", phase)}
    out = normalise(open_snap(write_dimap(tmp_path, bands)))
    np.testing.assert_allclose(out.los_displacement[0], MOVED[1][::-1], rtol=1e-5)


def test_snap_geotiff_takes_its_dates_from_the_name(tmp_path):
    path = tmp_path / "displacement_VV_06Jan2018_30Jan2018.tif"
    write_geotiff(path, (MOVED[1] / 1000).astype("float32"))
    out = normalise(open_snap(path))
    np.testing.assert_allclose(out.los_displacement[0], MOVED[1][::-1], rtol=1e-5)
    other = write_geotiff(tmp_path / "mine_06Jan2018_30Jan2018.tif", np.ones((2, 2), "float32"))
    with pytest.raises(ValueError, match="name them: bands="):
        open_snap(other)
    named = open_snap(other, bands={other.stem: "los_displacement"})
    assert float(named.los_displacement.max()) == 1


def test_snap_refuses_what_it_cannot_place(tmp_path):
    bands = {"displacement_VV_06Jan2018_30Jan2018": ("meters", SHAPE)}
    raw = write_dimap(tmp_path / "raw", bands, geocoded=False)
    with pytest.raises(ValueError, match="run Range-Doppler Terrain Correction"):
        open_snap(raw)
    dim = write_dimap(tmp_path / "cut", bands)
    image = next((tmp_path / "cut").rglob("*.img"))
    image.write_bytes(image.read_bytes()[:-8])
    with pytest.raises(ValueError, match="is cut off"):
        open_snap(dim)
    dim.write_text(dim.read_text().replace("<Dimap", "<!DOCTYPE x [<!ENTITY a 'b'>]><Dimap", 1))
    with pytest.raises(ValueError, match="is no header of SNAP"):
        open_snap(dim)
    bare = write_dimap(tmp_path / "bare", {"displacement": ("meters", SHAPE)}, stem="mine")
    with pytest.raises(ValueError, match="names no pair of dates"):
        open_snap(bare)


POINTS = [(f"p{k:04d}", 6.0 + k / 1000, 48.0 + k / 2000, -7.0 + k / 50) for k in range(400)]


def test_egms_points_of_level_2(tmp_path):
    table = open_egms(write_egms(tmp_path / "EGMS_L2b_088_0286_IW2_VV.zip", POINTS, DAYS))
    assert list(table.columns)[:3] == ["id", "longitude", "latitude"]
    points = table.compute()
    assert len(points) == 400
    assert points["velocity"].iloc[0] == -7.0
    np.testing.assert_allclose(points["longitude"], [one[1] for one in POINTS], atol=1e-8)


def test_egms_points_of_level_3_come_from_their_projection(tmp_path):
    path = write_egms(tmp_path / "EGMS_L3_E40N28_100km_U.zip", POINTS, DAYS, level=3)
    points = open_egms(path).compute()
    np.testing.assert_allclose(points["latitude"], [one[2] for one in POINTS], atol=1e-7)


def test_egms_series_is_a_row_for_each_date(tmp_path):
    path = write_egms(tmp_path / "EGMS_L2b.zip", POINTS[:3], DAYS)
    rows = open_egms(path, what="series").compute()
    assert len(rows) == 3 * len(DAYS)
    np.testing.assert_array_equal(rows["time"].unique(), TIMES)
    last = rows[(rows["id"] == "p0000") & (rows["time"] == TIMES[-1])]
    assert last["los_displacement"].item() == pytest.approx(-7.0 * 48 / 365.25, abs=0.005)


def test_egms_pieces_of_a_large_file_hold_each_line_once(tmp_path, monkeypatch):
    for size, points in ((1000, POINTS), (777, POINTS), (205, POINTS[:120])):
        path = write_egms(tmp_path / f"EGMS_L2b_{size}.zip", points, DAYS)
        whole = open_egms(path).compute()
        with monkeypatch.context() as patch:
            patch.setattr(egms, "_PIECE", size)
            pieces = open_egms(path)
            assert pieces.npartitions > 50
            found = pieces.compute(scheduler="synchronous")
        pd.testing.assert_frame_equal(found.reset_index(drop=True), whole)


def test_egms_refuses_other_tables(tmp_path):
    (tmp_path / "a.csv").write_text("name,value\na,1\n")
    with pytest.raises(ValueError, match="is no CSV of EGMS"):
        open_egms(tmp_path / "a.csv")
    (tmp_path / "b.zip").write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(ValueError, match=r"b.zip cannot be read"):
        open_egms(tmp_path / "b.zip")
    bad = write_egms(tmp_path / "c.zip", [("p", 6.0, 95.0, 1.0)], DAYS)
    with pytest.raises(ValueError, match="the point 'p' has no place on the Earth"):
        open_egms(bad).compute()
