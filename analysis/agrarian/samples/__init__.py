"""Labelled samples of land cover: reading, quality, series, features.

Doors: `read_samples`, `extract`; `check_samples`, `neighbour_noise`, `som_noise`; `regularise`,
`whittaker`, `add_indices`, `phenology`, `phenology_features`; `variogram`, `block_size`,
`add_zones`.
"""

from analysis.agrarian.samples.checks import check_samples
from analysis.agrarian.samples.extraction import extract
from analysis.agrarian.samples.indices import add_indices
from analysis.agrarian.samples.noise import neighbour_noise, som_noise
from analysis.agrarian.samples.regular import regularise, whittaker
from analysis.agrarian.samples.seasons import phenology, phenology_features
from analysis.agrarian.samples.semivariance import block_size, variogram
from analysis.agrarian.samples.table import as_samples, features_of, read_samples
from analysis.agrarian.samples.zones import add_zones

__all__ = [
    "add_indices",
    "add_zones",
    "as_samples",
    "block_size",
    "check_samples",
    "extract",
    "features_of",
    "neighbour_noise",
    "phenology",
    "phenology_features",
    "read_samples",
    "regularise",
    "som_noise",
    "variogram",
    "whittaker",
]
