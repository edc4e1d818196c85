"""How right a map is, and how much of each class there is: design-based, with intervals.

Doors: `draw_places` (places on a map, to be looked at) and `judge_map` (their labels become
accuracy and areas); beneath them `error_matrix` (map against reference), `area_adjusted_accuracy`
(estimates with intervals), `sampling_design` and `draw_samples`.
"""

from analysis.agrarian.accuracy.checking import draw_places, judge_map
from analysis.agrarian.accuracy.design import draw_samples, sampling_design
from analysis.agrarian.accuracy.matrix import error_matrix
from analysis.agrarian.accuracy.olofsson import Accuracy, area_adjusted_accuracy

__all__ = [
    "Accuracy",
    "area_adjusted_accuracy",
    "draw_places",
    "draw_samples",
    "error_matrix",
    "judge_map",
    "sampling_design",
]
