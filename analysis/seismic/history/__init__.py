"""What past events say of a cell at a time: sums, rings, rates, clusters, b-values."""

from analysis.seismic.history.catalogue import catalogue_grid, catalogue_table
from analysis.seismic.history.recipe import Recipe, feature_names
from analysis.seismic.history.sweeping import Swept, outcomes, sweep

__all__ = [
    "Recipe",
    "Swept",
    "catalogue_grid",
    "catalogue_table",
    "feature_names",
    "outcomes",
    "sweep",
]
