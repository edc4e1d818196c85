"""Displacement through time from networks of interferograms."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from analysis.seismic import sbas
from analysis.seismic.network import Network
from analysis.seismic.sbas import line
from analysis.sources.insar.interferograms import open_interferograms

LENGTH = 0.0555
DAYS = np.array([0, 12, 24, 48, 60, 72, 84])
DATES = np.datetime64("2018-01-01", "ns") + DAYS * np.timedelta64(1, "D")
YEARS = DAYS / 365.25
NETWORK = [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3), (3, 4), (3, 5), (4, 5), (4, 6), (5, 6)]


def make(moved, pairs=NETWORK, coherence=None, dates=DATES):
    """Stack of the displacements (date, latitude, longitude) in mm toward the satellite."""
    first, second = (np.array(ends) for ends in zip(*pairs, strict=True))
    phase = -4 * np.pi / (LENGTH * 1000) * (moved[second] - moved[first])
    dims = ("pair", "latitude", "longitude")
    data = {"unwrapped_phase": (dims, phase)}
    if coherence is not None:
        data["coherence"] = (dims, np.broadcast_to(coherence, phase.shape).copy())
    return xr.Dataset(
        data,
        coords={
            "reference": ("pair", dates[first]),
            "secondary": ("pair", dates[second]),
            "latitude": 43.0 + 0.01 * np.arange(moved.shape[1]),
            "longitude": 76.0 + 0.01 * np.arange(moved.shape[2]),
        },
        attrs={"wavelength": LENGTH, "sign": -1},
    )


@pytest.fixture
def moved():
    rng = np.random.default_rng(7)
    field = rng.normal(0, 8, (DATES.size, 4, 5)).cumsum(axis=0)
    field -= field[0]
    field[:, 0, 0] = 0.0  # the reference
    return field


HERE = (76.0, 43.0)


def test_displacements_come_back(moved):
    out = sbas(make(moved), reference=HERE)
    np.testing.assert_allclose(out.los_displacement, moved, atol=1e-4)
    assert float(out.misfit.max()) < 1e-6
    assert float(out.temporal_coherence.min()) > 1 - 1e-6
    assert (out.pairs_count == len(NETWORK)).all()
    assert out.attrs["network_rank"] == DATES.size - 1


def test_velocity_and_its_error_are_those_of_a_line(moved):
    out = sbas(make(moved), reference=HERE)
    for row, column in ((0, 1), (2, 3), (3, 4)):
        (slope, _), covariance = np.polyfit(YEARS, moved[:, row, column], 1, cov=True)
        assert float(out.velocity[row, column]) == pytest.approx(slope, rel=1e-5)
        assert float(out.velocity_std[row, column]) == pytest.approx(
            covariance[0, 0] ** 0.5, rel=1e-5
        )


def test_standard_error_tells_the_scatter_of_velocities():
    rng = np.random.default_rng(1)
    field = -100 * YEARS[:, None, None] + rng.normal(0, 5, (DATES.size, 60, 60))
    field[:, 0, 0] = 0.0
    out = sbas(make(field - field[:1]), reference=HERE)
    scatter = float(out.velocity.values.ravel()[1:].std())
    told = float(np.sqrt((out.velocity_std.values.ravel()[1:] ** 2).mean()))
    assert told == pytest.approx(scatter, rel=0.05)
    assert float(out.velocity.mean()) == pytest.approx(-100, abs=2)


def test_order_of_pairs_and_of_their_dates_does_not_matter(moved):
    stack = make(moved)
    turned = make(moved, [(b, a) for a, b in reversed(NETWORK)])
    one, other = sbas(stack, reference=HERE), sbas(turned, reference=HERE)
    np.testing.assert_allclose(one.los_displacement, other.los_displacement, atol=1e-4)


def test_sign_turns_the_displacement(moved):
    stack = make(moved)
    away = sbas(stack.assign_attrs(sign=1), reference=HERE)
    np.testing.assert_allclose(away.los_displacement, -moved, atol=1e-4)


def test_lost_pairs_cost_nothing_while_the_dates_stay_joined(moved):
    stack = make(moved, coherence=0.9)
    phase = stack["unwrapped_phase"].values
    phase[[0, 5], 1, 1] = np.nan
    out = sbas(stack, reference=HERE)
    np.testing.assert_allclose(out.los_displacement, moved, atol=1e-4)
    assert int(out.pairs_count[1, 1]) == len(NETWORK) - 2


def test_dates_that_are_apart_are_missing_or_bridged(moved):
    stack = make(moved)
    apart = [k for k, (a, b) in enumerate(NETWORK) if a <= 2 < b]
    stack["unwrapped_phase"].values[apart, 2, 2] = np.nan
    out = sbas(stack, reference=HERE)
    cell = out.los_displacement[:, 2, 2].values
    np.testing.assert_allclose(cell[:3], moved[:3, 2, 2], atol=1e-4)
    assert np.isnan(cell[3:]).all()
    bridged = sbas(stack, reference=HERE, gaps="velocity").los_displacement[:, 2, 2].values
    np.testing.assert_allclose(bridged[:3], moved[:3, 2, 2], atol=1e-4)
    assert bridged[3] == pytest.approx(bridged[2], abs=1e-4)  # least velocity over the gap: none
    np.testing.assert_allclose(np.diff(bridged[3:]), np.diff(moved[3:, 2, 2]), atol=1e-3)


def test_cell_without_interferograms_is_missing(moved):
    stack = make(moved)
    stack["unwrapped_phase"].values[:, 3, 3] = np.nan
    for gaps in ("missing", "velocity"):
        out = sbas(stack, reference=HERE, gaps=gaps)
        assert np.isnan(out.los_displacement[:, 3, 3]).all()
        assert np.isnan(out.velocity[3, 3])
        assert int(out.pairs_count[3, 3]) == 0


def test_network_in_two_groups_is_refused_with_its_rank(moved):
    split = [pair for pair in NETWORK if not pair[0] <= 2 < pair[1]]
    with pytest.raises(ValueError, match=r"2 groups.*2018-01-01 to 2018-01-25 \(3 dates\).*5 of 6"):
        sbas(make(moved, split), reference=HERE)
    out = sbas(make(moved, split), reference=HERE, gaps="velocity")
    assert np.isfinite(out.los_displacement).all()


def test_weights_by_coherence_trust_the_better_pairs():
    rng = np.random.default_rng(3)
    field = np.zeros((DATES.size, 30, 30))
    stack = make(field)
    good = np.where(np.arange(len(NETWORK)) % 3 == 0, 0.3, 0.95)[:, None, None]
    noise = np.sqrt((1 - good**2) / (2 * good**2)) * rng.normal(0, 1, stack.unwrapped_phase.shape)
    noise[:, 0, 0] = 0.0
    stack["unwrapped_phase"] = stack.unwrapped_phase + noise
    stack["coherence"] = stack.unwrapped_phase.copy(data=np.broadcast_to(good, noise.shape))
    plain, weighted = (
        float(sbas(stack, reference=HERE, weights=w).los_displacement.std())
        for w in ("none", "coherence")
    )
    assert weighted < 0.6 * plain


def test_pairs_of_low_coherence_are_left_out(moved):
    coherence = np.full((len(NETWORK), 4, 5), 0.9)
    coherence[2] = 0.1
    stack = make(moved, coherence=coherence)
    stack["unwrapped_phase"].values[2, 1:] += 2 * np.pi  # a mistake of the unwrapping
    out = sbas(stack, reference=HERE, min_coherence=0.2)
    np.testing.assert_allclose(out.los_displacement, moved, atol=1e-4)


def test_reference_is_the_most_coherent_cell(moved):
    coherence = np.full((len(NETWORK), 4, 5), 0.5)
    coherence[:, 3, 1] = 0.9
    coherence[:, 2, 2] = 0.99
    stack = make(moved, coherence=coherence)
    stack["unwrapped_phase"].values[4, 2, 2] = np.nan  # the better one misses a pair
    out = sbas(stack)
    np.testing.assert_allclose(out.los_displacement, moved - moved[:, 3:4, 1:2], atol=1e-4)


def test_lazy_stack_stays_lazy(moved, refuse_compute):
    stack = make(moved, coherence=0.5)
    lazy = sbas(stack.chunk({"latitude": 2, "longitude": 2}))
    assert lazy.los_displacement.chunks is not None


def test_blocks_give_what_the_whole_gives(moved):
    stack = make(moved, coherence=np.linspace(0.1, 0.9, 20).reshape(4, 5))
    whole, blocks = sbas(stack), sbas(stack.chunk({"pair": 3, "latitude": 2, "longitude": 3}))
    xr.testing.assert_allclose(whole, blocks.compute(), atol=1e-5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"weights": "best"}, "weights is 'best'; allowed are none, coherence"),
        ({"gaps": "fill"}, "gaps is 'fill'; allowed are missing, velocity"),
        ({"reference": "here"}, "reference is 'here'; allowed are coherence, mean"),
        ({"reference": (10.0, 43.0)}, "longitude 10; the stack reaches from 76 to 76.04"),
        ({"reference": (76.0, np.nan)}, "latitude nan; the stack reaches from 43 to 43.03"),
        ({"min_coherence": 2}, "allowed are 0 to below 1"),
        ({}, "no 'coherence'; give reference="),
    ],
)
def test_wrong_options_are_refused(moved, options, message):
    with pytest.raises(ValueError, match=message):
        sbas(make(moved), **options)


def test_an_empty_stack_is_refused(moved):
    with pytest.raises(ValueError, match="The stack is empty"):
        sbas(make(moved).isel(pair=slice(0, 0)), reference=HERE)


def test_reference_without_a_phase_is_refused(moved):
    stack = make(moved)
    stack["unwrapped_phase"].values[4, 0, 0] = np.nan
    with pytest.raises(ValueError, match=r"no phase in 1 of 10.*2018-01-25 - 2018-02-18"):
        sbas(stack, reference=HERE)


def test_mexico_city_sinks_as_measured(real_data):
    stack = open_interferograms(real_data / "grids" / "insar_pyrate_mexico_s1")
    out = sbas(stack).compute()
    assert out.attrs["network_dates"] == 13
    assert out.attrs["network_rank"] == 12
    whole = np.isfinite(out.los_displacement).all("time")
    assert float(whole.mean()) == pytest.approx(0.98, abs=0.005)
    for velocity in (out.velocity, out.velocity.where(whole)):
        found = np.nanpercentile(velocity, [2, 50, 98])
        assert np.round(found).tolist() == [-283, -93, 1]


# The reference results were made of the minimum spanning tree of the network (12 of the 17
# pairs, so that each cell has one solution), with a constant taken off each interferogram.
TREE = (0, 1, 3, 4, 5, 6, 7, 11, 13, 14, 15, 16)


def anchored(values, like):
    """Take off each date the median of its difference to the reference result."""
    return values - np.nanmedian(values - like, axis=(0, 1), keepdims=True)


def test_sydney_agrees_with_the_reference_results(real_data):
    folder = real_data / "grids" / "insar_pyrate_sydney_envisat"
    stack = open_interferograms(folder, sign=1)
    theirs = np.load(folder / "tscuml_0.npy")[::-1]
    rate = np.load(folder / "linear_rate.npy")[::-1]
    tree = sbas(stack.isel(pair=list(TREE)), reference="mean").compute()
    ours = tree.los_displacement.transpose("latitude", "longitude", "time").values[..., 1:]
    apart = np.abs(anchored(ours, theirs) - theirs)
    assert np.isfinite(apart).sum() == 31_701
    assert np.nanmax(apart) < 1e-4  # mm
    whole = np.isfinite(theirs).all(axis=2) & np.isfinite(ours).all(axis=2)
    slopes = np.where(whole, tree.velocity.values, np.nan)[..., None]
    apart = np.abs(anchored(slopes, rate[..., None])[..., 0] - rate)
    assert np.nanmax(apart) < 1e-3  # mm/year


def test_sydney_with_all_pairs_stays_near_the_reference_results(real_data):
    folder = real_data / "grids" / "insar_pyrate_sydney_envisat"
    rate = np.load(folder / "linear_rate.npy")[::-1]
    slopes = sbas(open_interferograms(folder, sign=1), reference="mean").compute().velocity.values
    apart = np.abs(anchored(slopes[..., None], rate[..., None])[..., 0] - rate)
    assert np.nanpercentile(apart, 50) < 0.35  # mm/year; the five pairs more change the solution
    assert np.nanpercentile(apart, 98) < 1.5
    both = np.isfinite(slopes) & np.isfinite(rate)
    assert np.corrcoef(slopes[both], rate[both])[0, 1] > 0.97


def test_line_is_that_of_the_reference_results(real_data):
    folder = real_data / "grids" / "insar_pyrate_sydney_envisat"
    theirs = np.load(folder / "tscuml_0.npy").reshape(-1, 12).T
    stack = open_interferograms(folder)
    years = Network.of(stack["reference"].values, stack["secondary"].values).years
    slope, error = line(years, np.concatenate([np.zeros((1, theirs.shape[1])), theirs]))
    rate, spread = (np.load(folder / f"linear_{name}.npy").ravel() for name in ("rate", "error"))
    known = np.isfinite(slope) & np.isfinite(rate)
    assert known.sum() == np.isfinite(rate).sum()
    np.testing.assert_allclose(slope[known], rate[known], atol=1e-5)
    np.testing.assert_allclose(error[known], spread[known], atol=1e-5)
