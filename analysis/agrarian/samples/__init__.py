"""Labelled samples of land cover: reading, checks, series, features.

Doors: `read_samples`, `extract`, `regularise`, `whittaker`, `variogram`.
"""

from analysis.agrarian.samples.extraction import extract
from analysis.agrarian.samples.regular import regularise, whittaker
from analysis.agrarian.samples.table import as_samples, features_of, read_samples
from analysis.agrarian.samples.variogram import variogram

__all__ = [
    "as_samples",
    "extract",
    "features_of",
    "read_samples",
    "regularise",
    "variogram",
    "whittaker",
]
