"""How right a map is, and how much of each class there is: design-based, with intervals.

Doors: `error_matrix` (map against reference), `area_adjusted_accuracy` (estimates with intervals),
`sampling_design` and `draw_samples` (how many places to look at, and which).
"""

from analysis.agrarian.accuracy.design import draw_samples, sampling_design
from analysis.agrarian.accuracy.matrix import error_matrix
from analysis.agrarian.accuracy.olofsson import Accuracy, area_adjusted_accuracy

__all__ = [
    "Accuracy",
    "area_adjusted_accuracy",
    "draw_samples",
    "error_matrix",
    "sampling_design",
]
