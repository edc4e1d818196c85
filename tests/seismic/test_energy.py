"""Energy of earthquakes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.seismic.energy import energy_joules, log10_energy


def test_energy_matches_published_values():
    # Gutenberg and Richter 1956: log10 E = 1.5 M + 4.8.
    np.testing.assert_allclose(
        energy_joules([5, 6, 7, 8]), [1.995e12, 6.31e13, 1.995e15, 6.31e16], rtol=1e-3
    )


def test_one_unit_of_magnitude_is_the_same_factor_everywhere():
    magnitudes = np.linspace(-1, 9, 40)
    np.testing.assert_allclose(
        energy_joules(magnitudes + 1) / energy_joules(magnitudes), 10**1.5, rtol=1e-12
    )


def test_no_energy_is_zero_and_a_missing_magnitude_stays_missing():
    assert log10_energy([0.0])[0] == 0
    assert np.isnan(energy_joules([np.nan])[0])
    assert log10_energy(energy_joules(5.0)) == pytest.approx(12.3, abs=1e-12)


def test_energy_of_a_real_catalogue(real_data):
    events = pd.read_csv(real_data / "seismic" / "usgs_m5_global_2013_2023.csv")
    events = events[events["type"] == "earthquake"]
    assert energy_joules(events["mag"]).sum() == pytest.approx(2.983e18, rel=1e-3)
