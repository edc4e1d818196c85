"""The simulator that plants a precursor, and the events that it simulates."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.cells import Cells
from analysis.seismic.distances import distance_km
from analysis.seismic.planted import ANOMALY, plant, precursor
from analysis.seismic.plantedevents import simulate_events, uneven_rates

CELLS = Cells.from_grid((60, 36, 84, 48), 1.0, "1995-01-01", "2005-01-01", "10D")
RATES = uneven_rates(CELLS, 1.5, seed=4)


def one_event(when: str, magnitude: float = 6.0) -> pd.DataFrame:
    return pd.DataFrame({"time": [when], "longitude": [72.5], "latitude": [42.5], "mag": magnitude})


def test_the_rise_is_before_the_event_and_near_it_only():
    when = CELLS.edges[100] + np.timedelta64(5, "D")
    rise = precursor(CELLS, one_event(str(when)), lead="20D", radius_km=200, magnitude=5)
    # windows 98 (its last 5 of 10 days), 99 (all of it), 100 (5 days until the event)
    home = int(CELLS.find(72.5, 42.5)[0])
    assert np.flatnonzero(rise.any(axis=1)).tolist() == [98, 99, 100]
    assert rise[98:101, home].tolist() == [0.5, 1.0, 0.5]
    apart = distance_km(72.5, 42.5, *CELLS.centres)
    assert ((rise[99] > 0) == (apart <= 200)).all()
    order = np.argsort(apart)
    assert (np.diff(rise[99][order]) <= 0).all(), "it falls with distance"


def test_weak_events_do_not_announce_themselves():
    table = one_event(str(CELLS.edges[100]), magnitude=4.9)
    assert not precursor(CELLS, table, lead="20D", radius_km=200, magnitude=5).any()


def test_nothing_but_the_rise_depends_on_the_strength():
    events, none = plant(CELLS, RATES, strength=0, seed=3)
    same, three = plant(CELLS, RATES, strength=3, seed=3)
    pd.testing.assert_frame_equal(events, same)
    rise = precursor(CELLS, events, lead="20D", radius_km=200, magnitude=5)
    found = (three[ANOMALY] - none[ANOMALY]).to_numpy()
    np.testing.assert_allclose(found, 3 * rise, atol=1e-5)
    assert rise.any()
    other = plant(CELLS, RATES, strength=0, seed=5)[1]
    assert not np.allclose(none[ANOMALY], other[ANOMALY])


def test_without_strength_the_anomaly_knows_nothing_of_events():
    """Of 12 worlds hardly 1 has a correlation beyond 2 standard errors by chance."""
    beyond = 0
    for seed in range(12):
        events, cube = plant(CELLS, RATES, strength=0, seed=seed)
        told = precursor(CELLS, events, lead="20D", radius_km=200, magnitude=5)
        noise = cube[ANOMALY].to_numpy() - cube[ANOMALY].to_numpy().mean(axis=1, keepdims=True)
        shifted = [
            float((np.roll(told, step, axis=0) * noise).sum()) for step in range(20, 340, 20)
        ]
        beyond += abs(float((told * noise).sum()) - np.mean(shifted)) > 2.1 * np.std(shifted)
    assert beyond <= 3


def test_noise_has_the_stated_moments_and_memory():
    cube = plant(CELLS, RATES, strength=0, memory=0.6, seed=2)[1]
    values = cube[ANOMALY].to_numpy().astype(float)
    assert abs(values.mean()) < 0.05
    assert abs(values.std() - 1) < 0.02
    # half of the variance is smooth and has the memory
    assert 0.2 < np.corrcoef(values[:-1].ravel(), values[1:].ravel())[0, 1] < 0.4


def test_everything_is_marked_simulated_and_counts_are_those_of_the_events():
    events, cube = plant(CELLS, RATES, strength=1, seed=1)
    assert cube.attrs["simulated"] is True
    assert all(cube[name].attrs["simulated"] for name in cube.data_vars if name != "time_bounds")
    assert bool(events["simulated"].all())
    assert int(cube["count"].sum()) == len(events)
    assert float(cube["largest_magnitude"].max()) == events["mag"].max()
    real = plant(CELLS, one_event("1999-01-01"), strength=1)[1]
    assert "simulated" not in real["count"].attrs
    assert real[ANOMALY].attrs["simulated"] is True


def test_simulated_seismicity_has_the_numbers_that_were_asked_for():
    rates = uneven_rates(CELLS, 20.0, seed=1)
    events = simulate_events(CELLS, rates, aftershocks=0.3, b=1.0, seed=8)
    own = events[events["parent"] == ""]
    expected = 20.0 * CELLS.shape[0]
    assert abs(len(own) - expected) < 4 * np.sqrt(expected)
    share = 1 - len(own) / len(events)
    assert 0.2 < share < 0.33  # 0.3, less what falls out of region and time
    b = 1 / (np.log(10) * (own["mag"].mean() - 4.995))
    assert abs(b - 1) < 0.06
    assert events["time"].is_monotonic_increasing
    children = events[events["parent"] != ""]
    known = events.set_index("id").reindex(children["parent"])
    late = children["time"].to_numpy() >= known["time"].to_numpy()
    assert late[known["time"].notna().to_numpy()].all()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"strength": -1}, "strength is -1"),
        ({"strength": 1, "lead": "0D"}, "longer than nothing"),
        ({"strength": 1, "radius_km": 0}, "radius is 0"),
        ({"strength": 1, "memory": 1}, "memory is 1"),
    ],
)
def test_impossible_parameters_are_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        plant(CELLS, RATES, **wrong)
    with pytest.raises(ValueError, match=r"must be \(cell,\)"):
        plant(CELLS, RATES[:3], strength=1)
