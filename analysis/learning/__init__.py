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
from analysis.learning.calibration import (
    brier_parts,
    brier_score,
    correct_prior,
    reliability_table,
)
from analysis.learning.compare import Cancelled, compare, iterate_comparison
from analysis.learning.comparison import Comparison
from analysis.learning.consistency import likelihood_test, number_test, space_test
from analysis.learning.contribution import contribution
from analysis.learning.fitting import Fitted
from analysis.learning.folds import block_folds, temporal_folds
from analysis.learning.importance import importance
from analysis.learning.importanceshap import explain_row
from analysis.learning.information import gain_test, information_gain
from analysis.learning.models import MODELS, Model
from analysis.learning.past import Past
from analysis.learning.ranking import (
    area_skill,
    average_precision,
    chance_precision,
    curves,
    molchan_diagram,
    roc_auc,
)
from analysis.learning.scores import SCORES, Interval, bootstrap, score
from analysis.learning.splits import Split, leaky_random_split, temporal_split
from analysis.learning.thresholds import Confusion, confusion
from analysis.learning.triggering import productivity, triggered_rate
from analysis.learning.tuning import Tuning, tune

__all__ = [
    "MODELS",
    "SCORES",
    "Cancelled",
    "Comparison",
    "Confusion",
    "Fitted",
    "Interval",
    "Model",
    "Past",
    "Split",
    "Tuning",
    "adaptive_rate",
    "area_skill",
    "average_precision",
    "block_folds",
    "bootstrap",
    "brier_parts",
    "brier_score",
    "cell_rate",
    "chance_precision",
    "compare",
    "confusion",
    "contribution",
    "correct_prior",
    "curves",
    "explain_row",
    "gain_test",
    "importance",
    "information_gain",
    "iterate_comparison",
    "leaky_random_split",
    "likelihood_test",
    "mixture",
    "molchan_diagram",
    "number_test",
    "probability",
    "productivity",
    "recent_rate",
    "reliability_table",
    "roc_auc",
    "score",
    "smoothed_rate",
    "space_test",
    "temporal_folds",
    "temporal_split",
    "triggered_rate",
    "tune",
    "uniform_rate",
]
