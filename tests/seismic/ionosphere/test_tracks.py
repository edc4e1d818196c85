"""Points along orbits judged against quiet passes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.seismic.ionosphere import REASONS, Conditions, activity, screen_tracks
from tests.seismic.ionosphere import skies

HOURS = pd.date_range("2024-01-01", periods=24 * 140, freq="h")


def passes(storms: dict[str, float], *, local: float = 1.0, seed: int = 4) -> pd.DataFrame:
    """Electron density of two passes a day, one up at 2 h and one down at 14 h local time."""
    rng = np.random.default_rng(seed)
    parts = []
    for day in pd.date_range("2024-01-05", "2024-05-10"):
        for up in (True, False):
            latitude = np.arange(-60, 60, 1.0) * (1 if up else -1)
            hour = 2.0 if up else 14.0
            time = day + pd.to_timedelta((hour - 75 / 15) % 24, "h")
            times = time + pd.to_timedelta(np.arange(latitude.size) * 16, "s")
            base = (2e4 if up else 8e4) * (1 + 0.5 * np.cos(np.radians(latitude)))
            density = base * (1 + rng.normal(0, 0.06)) * (1 + rng.normal(0, 0.02, latitude.size))
            for onset, least in storms.items():
                age = (times[0] - pd.Timestamp(onset)) / pd.Timedelta(hours=1)
                density *= 1 + (-least / 300) * (0 <= age < 40) * np.exp(-max(age, 0) / 30)
            near = (np.abs(latitude - 43) < 4) & (str(day.date()) == "2024-05-01") & (not up)
            parts.append(
                pd.DataFrame(
                    {
                        "time": times,
                        "longitude": 75.0 + rng.uniform(-2, 2),
                        "latitude": latitude,
                        "ascending": up,
                        "electron_density": np.where(near, density * local, density),
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)


STORM = {"2024-04-20T06:00": -220.0}


def test_storm_is_set_aside_and_a_local_anomaly_of_either_sign_is_seen() -> None:
    found = activity(skies.indices(HOURS, STORM))
    for local, sign in ((1.8, 1), (0.4, -1)):
        table = screen_tracks(passes(STORM, local=local), "electron_density", found)
        anomaly = table["electron_density_anomaly"]
        storm = table["time"].between("2024-04-20T06:00", "2024-04-21T12:00")
        assert storm.sum() > 100
        assert anomaly[storm].isna().all()
        assert (table.loc[storm, "electron_density_anomaly_quality"] & REASONS["dst"] != 0).all()
        place = table["time"].dt.date.eq(pd.Timestamp("2024-05-01").date()) & ~table["ascending"]
        near = place & (np.abs(table["latitude"] - 43) < 3)
        assert (sign * anomaly[near]).min() > 4
        assert np.abs(anomaly[place & (table["latitude"] < 30)]).max() < 4


def test_passes_up_and_down_have_references_of_their_own() -> None:
    found = activity(skies.indices(HOURS, {}))
    table = screen_tracks(passes({}), "electron_density", found)
    middle = table["electron_density_reference"]
    late = table["time"] > "2024-03-01"
    near = late & (np.abs(table["latitude"]) < 2)
    up = middle[near & table["ascending"]].median()
    assert up == pytest.approx(3e4, rel=0.1)
    assert middle[near & ~table["ascending"]].median() == pytest.approx(1.2e5, rel=0.1)
    early = table["time"] < "2024-01-09"
    why = table["electron_density_anomaly_quality"]
    assert (why[early] & REASONS["few_quiet_days"] != 0).all()


def test_a_constant_factor_of_calibration_changes_no_anomaly() -> None:
    found = activity(skies.indices(HOURS, STORM))
    table = passes(STORM)
    doubled = table.assign(electron_density=table["electron_density"] * 2)
    one, two = (screen_tracks(part, "electron_density", found) for part in (table, doubled))
    name = "electron_density_anomaly"
    np.testing.assert_allclose(one[name], two[name], rtol=1e-9)
    assert one[name].notna().any()


def test_conditions_of_orbits() -> None:
    found = activity(skies.indices(HOURS, {}))
    table = passes({}).assign(magnetic_latitude=lambda one: one["latitude"] - 8)
    asked = Conditions(direction="ascending", light="night", height=500, magnetic=(0, 40))
    out = screen_tracks(table, "electron_density", found, conditions=asked)
    kept = out[out["electron_density_anomaly_quality"] == 0]
    assert kept["ascending"].all()
    assert kept["latitude"].between(-32, 48).all()
    assert len(kept) > 1000
    with pytest.raises(ValueError, match="no column ne; it has time"):
        screen_tracks(table, "ne", found)
    nothing = screen_tracks(table.iloc[:0], "electron_density", found)
    assert len(nothing) == 0
