"""Learning from a table, and judging honestly: parts, baselines, scores."""

from analysis.learning.baselines import (
    adaptive_rate,
    cell_rate,
    mixture,
    probability,
    recent_rate,
    smoothed_rate,
    uniform_rate,
)
from analysis.learning.folds import block_folds, temporal_folds
from analysis.learning.past import Past
from analysis.learning.splits import Split, leaky_random_split, temporal_split

__all__ = [
    "Past",
    "Split",
    "adaptive_rate",
    "block_folds",
    "cell_rate",
    "leaky_random_split",
    "mixture",
    "probability",
    "recent_rate",
    "smoothed_rate",
    "temporal_folds",
    "temporal_split",
    "uniform_rate",
]
