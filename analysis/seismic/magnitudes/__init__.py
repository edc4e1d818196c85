"""Magnitudes: bins, completeness, b-value, counts by magnitude."""

from analysis.seismic.magnitudes.bins import bin_magnitudes
from analysis.seismic.magnitudes.bmap import b_map, b_nearest
from analysis.seismic.magnitudes.bvalue import BValue, a_value, b_value
from analysis.seismic.magnitudes.frequency import frequency_magnitude
from analysis.seismic.magnitudes.mc import (
    Completeness,
    completeness,
    completeness_details,
)

__all__ = [
    "BValue",
    "Completeness",
    "a_value",
    "b_map",
    "b_nearest",
    "b_value",
    "bin_magnitudes",
    "completeness",
    "completeness_details",
    "frequency_magnitude",
]
