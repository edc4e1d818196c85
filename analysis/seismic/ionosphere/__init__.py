"""The ionosphere apart from space weather: screening by activity, light and magnetic latitude."""

from analysis.seismic.ionosphere.conditions import Conditions
from analysis.seismic.ionosphere.disturbance import Limits, activity, disturbed
from analysis.seismic.ionosphere.magnetic import dipole_latitude, dipole_pole
from analysis.seismic.ionosphere.neighbours import local_part
from analysis.seismic.ionosphere.quiettime import QuietDays
from analysis.seismic.ionosphere.reasons import REASONS, explain
from analysis.seismic.ionosphere.screening import screen_grid
from analysis.seismic.ionosphere.sunlight import local_time, solar_zenith
from analysis.seismic.ionosphere.tracks import screen_tracks

__all__ = [
    "REASONS",
    "Conditions",
    "Limits",
    "QuietDays",
    "activity",
    "dipole_latitude",
    "dipole_pole",
    "disturbed",
    "explain",
    "local_part",
    "local_time",
    "screen_grid",
    "screen_tracks",
    "solar_zenith",
]
