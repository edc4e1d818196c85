"""CSEP tests and information gain against pycsep, which `make test-oracles` installs.

Its own objects are given: forecasts on a grid of longitude and latitude, and a catalogue of events
that pycsep puts into the cells by itself.
"""

from __future__ import annotations

import numpy as np
import pytest

from analysis.cells.lattice import Lattice
from analysis.learning import gain_test, information_gain, likelihood_test, number_test, space_test
from analysis.learning.grid import Grid
from analysis.learning.judging import judge

evaluations = pytest.importorskip(
    "csep.core.poisson_evaluations", reason="pycsep is not installed: run make test-oracles"
)
catalogs = pytest.importorskip("csep.core.catalogs")
forecasts = pytest.importorskip("csep.core.forecasts")
regions = pytest.importorskip("csep.core.regions")

PLACES = Lattice.from_bounds((60, 35, 90, 55), 2.5)
SIMULATIONS = 200


@pytest.fixture(scope="module", params=[1, 2, 3])
def world(request):
    """Rates of two forecasts, numbers of events by cell, and pycsep's view of the three."""
    generator = np.random.default_rng(request.param)
    rates = generator.gamma(0.4, 2.0, PLACES.size) + 1e-3
    other = np.full(PLACES.size, rates.mean() * generator.uniform(0.8, 1.2))
    events = generator.poisson(rates)
    west, south = np.meshgrid(PLACES.longitude_edges[:-1], PLACES.latitude_edges[:-1])
    origins = np.column_stack([west.ravel(), south.ravel()])
    region = regions.CartesianGrid2D.from_origins(origins, dh=2.5, magnitudes=[5.0])
    cells = np.repeat(np.arange(PLACES.size), events)
    rows = [
        (
            f"e{number}",
            1_600_000_000_000 + number,
            origins[cell, 1] + 2.5 * generator.uniform(0.05, 0.95),
            origins[cell, 0] + 2.5 * generator.uniform(0.05, 0.95),
            10.0,
            5.5,
        )
        for number, cell in enumerate(cells)
    ]
    catalogue = catalogs.CSEPCatalog(data=rows, region=region)
    peers = [
        forecasts.GriddedForecast(
            data=one[:, np.newaxis], region=region, magnitudes=[5.0], name=name
        )
        for name, one in (("rates", rates), ("other", other))
    ]
    return rates, other, events, catalogue, peers


def test_events_are_in_the_same_cells(world):
    _, _, events, catalogue, _ = world
    assert (catalogue.spatial_counts() == events).all()
    at = PLACES.index(catalogue.get_longitudes(), catalogue.get_latitudes())
    assert (np.bincount(at, minlength=PLACES.size) == events).all()


def test_number_test(world):
    rates, _, events, catalogue, peers = world
    found = number_test(int(events.sum()), float(rates.sum()))
    wanted = evaluations.number_test(peers[0], catalogue)
    assert (found.at_least, found.at_most) == pytest.approx(wanted.quantile)


@pytest.mark.parametrize("scale", [1.0, 0.2])
def test_likelihood_and_space_tests_draw_the_same_catalogues(world, scale):
    rates, _, events, catalogue, _ = world
    peer = forecasts.GriddedForecast(
        data=(scale * rates)[:, np.newaxis], region=catalogue.region, magnitudes=[5.0], name="rates"
    )
    draws = np.random.default_rng(0).random((SIMULATIONS, int(events.sum())))
    found = likelihood_test(events, scale * rates, simulations=SIMULATIONS, seed=0)
    wanted = evaluations.conditional_likelihood_test(
        peer, catalogue, num_simulations=SIMULATIONS, random_numbers=draws
    )
    assert found.observed == pytest.approx(wanted.observed_statistic)
    assert found.simulated == pytest.approx(np.array(wanted.test_distribution))
    assert found.quantile == pytest.approx(wanted.quantile, abs=1 / SIMULATIONS)
    found = space_test(events[np.newaxis], scale * rates[np.newaxis], simulations=SIMULATIONS)
    wanted = evaluations.spatial_test(
        peer, catalogue, num_simulations=SIMULATIONS, random_numbers=draws
    )
    assert found.observed == pytest.approx(wanted.observed_statistic)
    assert found.simulated == pytest.approx(np.array(wanted.test_distribution))
    assert found.quantile == pytest.approx(wanted.quantile, abs=1 / SIMULATIONS)


def test_gain_and_its_tests(world):
    rates, other, events, catalogue, peers = world
    found = gain_test(events, rates, other)
    wanted = evaluations.paired_t_test(*peers, catalogue)
    assert found.gain == pytest.approx(wanted.observed_statistic)
    assert (found.low, found.high) == pytest.approx(wanted.test_distribution)
    assert found.t == pytest.approx(wanted.quantile[0])
    assert information_gain(events, rates, other) == pytest.approx(wanted.observed_statistic)
    signed = evaluations.w_test(*peers, catalogue)
    assert found.p_signed_rank == pytest.approx(signed.quantile, rel=1e-6)


def test_the_gain_of_a_comparison_is_that_of_the_t_test(world):
    rates, other, events, catalogue, peers = world
    chances = [-np.expm1(-one) for one in (rates, other)]
    grid = Grid(
        None,
        (events > 0).astype(np.uint8),
        None,
        np.zeros(PLACES.size, np.int32),
        1,
        None,
        None,
        chances[1],
        "other",
        events.astype(np.float32),
    )
    judged = judge(grid, chances[0].astype(np.float32), None, None)
    wanted = evaluations.paired_t_test(*peers, catalogue).observed_statistic
    assert judged.values["information_gain"] == pytest.approx(wanted, rel=1e-4, abs=1e-5)
