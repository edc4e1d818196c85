"""Gravity coefficients to equivalent water height."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
import xarray as xr

from analysis.sources.gravity.coefficients import read_coefficients
from analysis.sources.gravity.harmonics import (
    gaussian,
    harmonics_of,
    legendre,
    love_numbers,
    synthesis,
)
from analysis.sources.gravity.level2 import open_level2
from tests.products.gravity_files import MONTHS, write_gsm, write_tn13, write_tn14

RADIUS = 6378136.3


def field(degree=12, **changes):
    """Coefficients of a still Earth, with changes by name: c20, s21 ..."""
    out = np.zeros((2, degree + 1, degree + 1))
    out[0, 0, 0] = 1.0
    out[0, 2, 0] = -4.841e-4
    for name, value in changes.items():
        out["cs".index(name[0]), int(name[1]), int(name[2])] += value
    return out


def months(folder, *values, **kwargs):
    return [
        write_gsm(folder, one, span, **kwargs) for one, span in zip(values, MONTHS, strict=False)
    ]


def test_legendre_functions_are_orthonormal():
    nodes, weights = np.polynomial.legendre.leggauss(40)
    functions = legendre(30, nodes)
    for m in (0, 1, 7, 29):
        products = np.einsum("p,pn,pk->nk", weights, functions[:, m:, m], functions[:, m:, m])
        np.testing.assert_allclose(products, np.eye(31 - m) * (2 if m == 0 else 4), atol=1e-11)


def test_legendre_functions_stay_right_near_the_pole_at_high_degree():
    sine = np.sin(np.radians([89.75, 0.0, -45.0]))
    functions = legendre(120, sine)
    total = (functions**2).sum(axis=2)  # addition theorem: 2 n + 1 at every place
    np.testing.assert_allclose(
        total, np.broadcast_to(2 * np.arange(121) + 1, total.shape), rtol=1e-9
    )


@pytest.mark.parametrize("radius", [200, 300, 500])
def test_gaussian_is_the_transform_of_its_kernel(radius):
    b = np.log(2) / (1 - np.cos(radius * 1000 / RADIUS))
    nodes, weights = np.polynomial.legendre.leggauss(400)
    kernel = b * np.exp(-b * (1 - nodes)) / (1 - np.exp(-2 * b))
    polynomials = np.polynomial.legendre.legvander(nodes, 60)
    found = gaussian(60, radius, RADIUS)
    np.testing.assert_allclose(found, weights * kernel @ polynomials, atol=2e-6)
    half = np.exp(-b * (1 - np.cos(radius * 1000 / RADIUS)))
    assert half == pytest.approx(0.5)


def test_one_coefficient_is_its_layer_of_water(tmp_path):
    change = 2e-10
    paths = months(tmp_path, field(c43=change), field())
    out = open_level2(paths, degree=12, radius=0, resolution=10.0)
    apart = (out.lwe_thickness[0] - out.lwe_thickness[1]).values
    # a * 5517 / (3 * 1000) * (2 n + 1) / (1 + k_4) * P_43 * C * cos(3 longitude), cm
    layer = 100 * RADIUS * 5517 / 3000 * 9 / (1 - 0.132) * change
    lat, lon = (np.radians(out[axis].values) for axis in ("latitude", "longitude"))
    # P_43 = 105 sin(lat) cos(lat)^3, fully normalised by sqrt(2 * 9 * 1! / 7!)
    shape = np.sqrt(2 * 9 / 5040) * 105 * np.sin(lat) * np.cos(lat) ** 3
    np.testing.assert_allclose(apart, layer * np.outer(shape, np.cos(3 * lon)), atol=1e-5)


def test_grid_is_lazy_and_departs_from_its_mean(tmp_path, refuse_compute):
    out = open_level2(months(tmp_path, field(c22=1e-10), field(), field()), degree=12)
    assert out.lwe_thickness.shape == (3, 180, 360)
    assert out.lwe_thickness.chunks is not None
    np.testing.assert_array_equal(out.time_bounds.values, np.array(MONTHS, dtype="datetime64[ns]"))


def test_mean_of_the_base_is_zero(tmp_path):
    paths = months(tmp_path, field(c22=1e-10), field(s33=2e-10), field(c40=1e-10))
    whole = open_level2(paths, degree=12, resolution=10.0).lwe_thickness
    assert float(np.abs(whole.mean("time")).max()) < 1e-5
    base = open_level2(paths, degree=12, resolution=10.0, base=("2002-04-01", "2002-05-31"))
    assert float(np.abs(base.lwe_thickness[:2].mean("time")).max()) < 1e-5
    assert float(np.abs(base.lwe_thickness[2]).max()) > 0.1


def test_other_constants_give_the_same_grid(tmp_path):
    ours = months(tmp_path, field(c43=2e-10), field())
    other = tmp_path / "gfz"
    other.mkdir()
    radius, gm = 6378136.46, 3.986004415e14
    scaled = [
        one * (RADIUS / radius) ** np.arange(13)[None, :, None]
        for one in (field(c43=2e-10), field())
    ]
    theirs = months(other, *scaled, centre="GFZOP", radius=radius, gm=gm)
    one, two = (
        open_level2(p, degree=12, resolution=10.0).lwe_thickness.values for p in (ours, theirs)
    )
    np.testing.assert_allclose(one, two, atol=1e-4)


def test_notes_replace_degree_1_and_c20(tmp_path):
    paths = months(tmp_path, field(c20=1e-9), field())
    flat = open_level2(paths, degree=12, resolution=10.0, radius=0).lwe_thickness
    assert float(np.abs(flat).max()) > 5
    spans = MONTHS[:2]
    note = write_tn14(tmp_path / "tn14.txt", [(*one, -4.841e-4, np.nan) for one in spans])
    still = open_level2(paths, degree=12, resolution=10.0, radius=0, low_degrees=note).lwe_thickness
    assert float(np.abs(still).max()) < 1e-3
    rows = [(*spans[0], 1e-9, 0.0, 0.0), (*spans[1], 0.0, 0.0, 0.0)]
    tide = write_tn13(tmp_path / "tn13.txt", rows)
    moved = open_level2(
        paths, degree=12, resolution=10.0, radius=0, low_degrees=note, degree1=tide
    ).lwe_thickness
    apart = (moved[0] - moved[1]).values
    layer = 100 * RADIUS * 5517 / 3000 * 3 / 1.027 * 1e-9 * np.sqrt(3)
    np.testing.assert_allclose(apart[:, 0], layer * np.sin(np.radians(moved.latitude)), atol=1e-3)
    late = write_tn14(tmp_path / "late.txt", [("2010-01-01", "2010-02-01", -4.8e-4, np.nan)])
    with pytest.raises(ValueError, match=r"late.txt has nothing for the month of GSM-2_2002095"):
        open_level2(paths, degree=12, low_degrees=late)


def test_wrong_files_are_refused_in_words(tmp_path):
    paths = months(tmp_path, field(), field())
    with pytest.raises(ValueError, match=r"lacks 1800 of 1891 coefficients up to degree 60"):
        open_level2(paths)
    with pytest.raises(ValueError, match="allowed are 1 to 200"):
        open_level2(paths, degree=300)
    with pytest.raises(ValueError, match="a divisor of 180"):
        open_level2(paths, degree=12, resolution=7.0)
    with pytest.raises(ValueError, match="One month has no mean"):
        open_level2(paths[:1], degree=12)
    with pytest.raises(ValueError, match="several solutions: GFZOP BA01, JPLEM BA01"):
        open_level2([paths[0], write_gsm(tmp_path, field(), MONTHS[2], centre="GFZOP")], degree=12)
    text = gzip.decompress(paths[0].read_bytes())
    paths[0].write_bytes(gzip.compress(text[: len(text) // 2]))
    with pytest.raises(ValueError, match="it is cut off, or of a lower degree"):
        open_level2(paths, degree=12)
    paths[0].write_bytes(gzip.compress(text)[:300])
    with pytest.raises(ValueError, match="cannot be read: Compressed file ended"):
        open_level2(paths, degree=12)
    paths[0].write_bytes(gzip.compress(text.replace(b"6.3781363000E+06", b"1.7380000000E+06")))
    with pytest.raises(ValueError, match=r"the radius 1.738e\+06; it is about 6.37814e\+06"):
        open_level2(paths, degree=12)


def test_coefficients_come_back(tmp_path):
    rng = np.random.default_rng(1)
    given = np.tril(rng.normal(0, 1e-9, (2, 13, 13)))
    given[1, :, 0] = 0.0
    path = write_gsm(tmp_path, given, MONTHS[0])
    np.testing.assert_allclose(read_coefficients(path, 12), given, atol=1e-20)
    np.testing.assert_allclose(read_coefficients(path, 5), given[:, :6, :6], atol=1e-20)


def test_love_numbers_are_those_of_the_table():
    found = love_numbers(100)
    assert found[[2, 10, 20, 50, 100]].tolist() == [-0.303, -0.069, -0.051, -0.027, -0.014]
    assert (np.diff(found[2:]) > 0).all()


@pytest.mark.slow
def test_real_grid_is_made_of_the_functions(real_data):
    folder = real_data / "grids" / "gravity"
    with xr.open_dataset(folder / "grace_jpl_rl06_sh_ewh_global_1deg_first60.nc") as ds:
        month = ds.lwe_thickness.isel(time=10).values
        lat, lon = ds.lat.values, ds.lon.values
    found = harmonics_of(month, lat, lon, 60)
    assert np.abs(found[:, 0, 0]).max() < 0.01  # no mass is made: the mean of the globe is zero
    rest = synthesis(found[None], lat, lon)[0] - month
    assert month.std() == pytest.approx(5.82, abs=0.01)
    assert rest.std() < 0.01  # cm; the file itself is rounded to 0.02
    power = (found**2).sum(axis=(0, 2))
    assert power[60] < 1e-4 * power[10]  # smoothed by 500 km
