"""Drought indices: published properties, an independent gamma fit, limits of the classes."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

from analysis.agrarian.drought import (
    CLASSES,
    drought_class,
    standardised_precipitation_index,
    temperature_condition_index,
    vegetation_condition_index,
    vegetation_health_index,
)


def test_spi_is_the_normal_deviate_of_a_gamma_fit_of_scipy() -> None:
    rng = np.random.default_rng(3)
    rain = rng.gamma(1.5, 30.0, (12 * 40, 2))
    found = standardised_precipitation_index(rain, months=3)
    assert np.isnan(found[:2]).all()
    total = rain[0:-2] + rain[1:-1] + rain[2:]
    july = total[4::12, 1]
    shape, _, scale = scipy.stats.gamma.fit(july, floc=0)
    expected = scipy.stats.norm.ppf(scipy.stats.gamma.cdf(july, shape, scale=scale))
    np.testing.assert_allclose(found[6::12, 1], expected, atol=0.05)  # Thom's fit, not the exact


def test_spi_gives_dry_months_their_own_probability_and_keeps_gaps() -> None:
    rng = np.random.default_rng(5)
    rain = rng.gamma(1.5, 30.0, 12 * 40)
    rain[::12][:10] = 0.0
    rain[100] = np.nan
    found = standardised_precipitation_index(rain, months=1)
    dry = found[::12][:10]
    np.testing.assert_allclose(dry[np.isfinite(dry)], scipy.stats.norm.ppf(10 / 40), rtol=1e-9)
    assert np.isnan(found[100])
    assert np.isfinite(np.delete(found, 100)).all()


def test_spi_does_not_depend_on_the_unit_of_the_rain() -> None:
    rain = np.random.default_rng(6).gamma(2.0, 20.0, 12 * 20)
    first, second = (standardised_precipitation_index(rain * unit, 3) for unit in (1.0, 0.1))
    np.testing.assert_allclose(first, second, rtol=1e-9)


@pytest.mark.parametrize(
    ("rain", "months", "text"),
    [
        (np.ones(100), 3, "at least 120"),
        (np.full(240, -1.0), 3, "cannot be < 0"),
        (np.ones(240), 0, "1 to 48"),
    ],
)
def test_spi_refuses_what_is_no_precipitation(rain: np.ndarray, months: int, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        standardised_precipitation_index(rain, months)


def test_equal_years_have_no_spi() -> None:
    assert np.isnan(standardised_precipitation_index(np.ones(240), 1)).all()


def test_condition_indices_run_from_0_to_100_and_against_each_other() -> None:
    values = np.linspace(0.1, 0.9, 9)
    vci = vegetation_condition_index(values, 0.1, 0.9)
    np.testing.assert_allclose(vci, np.linspace(0, 100, 9), atol=1e-12)
    np.testing.assert_allclose(vci + temperature_condition_index(values, 0.1, 0.9), 100.0)
    np.testing.assert_allclose(vegetation_health_index(vci, 100 - vci), 50.0)
    assert np.isnan(vegetation_condition_index(0.3, 0.3, 0.3))
    with pytest.raises(ValueError, match="above the highest"):
        vegetation_condition_index(0.3, 0.5, 0.4)
    with pytest.raises(ValueError, match="between 0 and 1"):
        vegetation_health_index(1.0, 1.0, share=2.0)


@pytest.mark.parametrize("index", list(CLASSES))
def test_every_class_begins_at_its_limit(index: str) -> None:
    limits = [limit for limit, _name in CLASSES[index][:-1]]
    names = [name for _limit, name in CLASSES[index]]
    assert drought_class(limits, index).tolist() == names[1:]
    below = [np.nextafter(limit, -np.inf) for limit in limits]
    assert drought_class(below, index).tolist() == names[:-1]
    with pytest.raises(ValueError, match="There is no index"):
        drought_class([1.0], "pdsi")
