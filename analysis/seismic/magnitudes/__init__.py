"""Magnitudes: bins, completeness, b-value and its maps, counts by magnitude."""

from analysis.seismic.magnitudes.bins import bin_magnitudes
from analysis.seismic.magnitudes.bmap import b_map, b_nearest
from analysis.seismic.magnitudes.bvalue import BValue, a_value, b_value
from analysis.seismic.magnitudes.frequency import frequency_magnitude
from analysis.seismic.magnitudes.mc import Completeness, completeness, completeness_details
from analysis.seismic.magnitudes.mcerror import CompletenessError, completeness_error
from analysis.seismic.magnitudes.rates import Stepp, stepp
from analysis.seismic.magnitudes.significance import BDifference, b_difference
from analysis.seismic.magnitudes.windows import b_in_time, completeness_in_time

__all__ = [
    "BDifference",
    "BValue",
    "Completeness",
    "CompletenessError",
    "Stepp",
    "a_value",
    "b_difference",
    "b_in_time",
    "b_map",
    "b_nearest",
    "b_value",
    "bin_magnitudes",
    "completeness",
    "completeness_details",
    "completeness_error",
    "completeness_in_time",
    "frequency_magnitude",
    "stepp",
]
