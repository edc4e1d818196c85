"""b-values and completeness against SeismoStats (AGPL), which `make test-oracles` installs.

It is only called here, as a black box; the product never imports it, and `make test` skips this.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from analysis.seismic.magnitudes import a_value, b_value, completeness, completeness_details
from analysis.seismic.magnitudes.bins import bin_magnitudes
from tests.seismic.magnitudes.catalogues import NAMES, gutenberg_richter, load

oracle = pytest.importorskip(
    "seismostats.analysis", reason="SeismoStats is not installed: run make test-oracles"
)
ESTIMATORS = {
    "tinti-mulargia": oracle.ClassicBValueEstimator,
    "aki-utsu": oracle.UtsuBValueEstimator,
    "b-positive": oracle.BPositiveBValueEstimator,
}


@pytest.fixture(params=[*NAMES, 0.7, 1.0, 1.4])
def mags(request):
    """Magnitudes of a real catalogue, or of a simulated one with that b."""
    if isinstance(request.param, float):
        return np.round(gutenberg_richter(3000, request.param, 2.0, 1), 1)
    return load(request.getfixturevalue("real_data"), request.param)["mag"].to_numpy()


@pytest.mark.parametrize("method", ESTIMATORS)
def test_b_values_are_equal(mags, method):
    rounded = bin_magnitudes(mags)
    lowest = rounded.min()
    for mc in np.round(lowest + np.arange(0, 1.01, 0.1), 1):
        found = b_value(mags, mc, method=method)
        peer = ESTIMATORS[method]()
        above = rounded[rounded > mc - 0.05]
        peer.calculate(above, mc=mc, delta_m=0.1)
        assert found.b == pytest.approx(peer.b_value, rel=1e-9)
        if method != "b-positive":
            assert found.n == len(above)
        # it writes ln 10 where Shi and Bolt print 2.30, and takes the b of each method where they
        # have that of Aki and Utsu
        aki = found.b
        if method != "aki-utsu":
            mean = 0.1 / math.expm1(0.1 * found.b * math.log(10))
            aki = 1 / (math.log(10) * (mean + 0.05))
        share = 2.30 / math.log(10) * (aki / found.b) ** 2
        assert found.std == pytest.approx(peer.std * share, rel=1e-9)


def test_b_positive_by_times_is_b_positive_by_order(mags):
    rounded = bin_magnitudes(mags)
    times = np.arange(rounded.size)
    mixed = np.random.default_rng(1).permutation(rounded.size)
    peer = oracle.BPositiveBValueEstimator()
    mc = rounded.min()
    peer.calculate(rounded[mixed], mc=mc, delta_m=0.1, times=times[mixed])
    assert b_value(rounded, mc, method="b-positive").b == pytest.approx(peer.b_value, rel=1e-9)


def test_a_values_are_equal(mags):
    rounded = bin_magnitudes(mags)
    mc = completeness(mags)
    b = b_value(mags, mc).b
    peer = oracle.ClassicAValueEstimator()
    peer.calculate(
        rounded[rounded > mc - 0.05], mc=mc, delta_m=0.1, scaling_factor=10, m_ref=0, b_value=b
    )
    assert a_value(mags, mc, b, years=10) == pytest.approx(peer.a_value, rel=1e-9)


def test_maximum_curvature_is_equal(mags):
    peer, _ = oracle.estimate_mc_maxc(bin_magnitudes(mags), fmd_bin=0.1)
    assert completeness(mags) == pytest.approx(peer, abs=1e-6)


def test_b_value_stability_is_equal_but_where_the_criterion_is_a_tie(mags):
    peer, _ = oracle.estimate_mc_b_stability(bin_magnitudes(mags), delta_m=0.1)
    found = completeness_details(mags, "b-stability")
    tested = found.candidates.set_index("mc")
    ratio = ((tested["b_mean"] - tested["b"]).abs() / tested["std"]).rename("ratio")
    if found.mc != pytest.approx(peer, abs=1e-6):
        lower = ratio[np.isclose(ratio.index, min(found.mc, peer))].item()
        assert lower == pytest.approx(1, abs=0.03)


def test_kolmogorov_smirnov_is_equal(mags):
    rounded = bin_magnitudes(mags)
    peer, details = oracle.estimate_mc_ks(rounded, delta_m=0.1, n=2000)
    found = completeness_details(mags, "ks")
    assert found.mc == pytest.approx(peer, abs=1e-6)
    tested = found.candidates
    np.testing.assert_allclose(tested["mc"], details["mcs_tested"][: len(tested)], atol=1e-6)
    np.testing.assert_allclose(tested["distance"], details["ks_ds"][: len(tested)], rtol=1e-3)
    np.testing.assert_allclose(tested["p_value"], details["p_values"][: len(tested)], atol=0.05)
