"""Labelled samples of land cover: reading, checks, series, features.

Doors: `read_samples`, `variogram`.
"""

from analysis.agrarian.samples.table import as_samples, features_of, read_samples
from analysis.agrarian.samples.variogram import variogram

__all__ = ["as_samples", "features_of", "read_samples", "variogram"]
