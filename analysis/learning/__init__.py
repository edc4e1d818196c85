"""Learning from a table, and judging honestly: parts, baselines, scores."""

from analysis.learning.folds import block_folds, temporal_folds
from analysis.learning.splits import Split, leaky_random_split, temporal_split

__all__ = [
    "Split",
    "block_folds",
    "leaky_random_split",
    "temporal_folds",
    "temporal_split",
]
